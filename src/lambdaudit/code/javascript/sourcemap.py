"""Source maps (ECMA-426): from a place in a bundle to the place in the file that was written.

A map lies in the package, so its author may be the attacker: sizes and counts are bounded, numbers that lead nowhere are
dropped, and a map that cannot be read is no map.
"""

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

MAX_MAP = 48 * 1024 * 1024
MAX_SEGMENTS = 4_000_000
MAX_SOURCES = 20_000
MAX_SECTIONS = 2_000
_MAX_NUMBER = 2**31
_MAX_PATH = 300
_LINES = 60
_DIGITS = {char: value for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{1,30}://")
_INLINE = re.compile(r"data:application/json[^,]{0,60}?(;base64)?,")


_Segment = tuple[int, int, int, int, int]
"""Column, source, line, column there, name: all from 0; source and name -1 for none."""


class _Section(msgspec.Struct):
    offset: dict[str, int]
    map: msgspec.Raw


class _File(msgspec.Struct):
    version: int = 3
    sources: list[str | None] = []
    names: list[str | int | float | bool | None] = []
    mappings: str = ""
    sourceRoot: str | None = None  # noqa: N815
    sections: list[_Section] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an original file. `line` and `column` count from 1."""

    path: str
    line: int
    column: int


@dataclass(slots=True)
class SourceMap:
    """One map. `sources` are paths made plain: no scheme, no leading ``..``, printable, cut."""

    sources: list[str]
    names: list[str]
    _mappings: str
    _rows: list[list[_Segment]] | None = field(default=None, repr=False)

    def original(self, line: int, column: int) -> Place | None:
        """Where the text at `line` and `column` (from 1) of the bundle was written, or None when the map does not say."""
        found = self._segment(line, column)
        return Place(self.sources[found[1]], found[2] + 1, found[3] + 1) if found else None

    def within(self, start: tuple[int, int], end: tuple[int, int]) -> Place | None:
        """The first place that the map knows between two places (line and column from 0) of the bundle."""
        self._segment(1, 1)
        rows = self._rows or []
        for line in range(start[0], min(end[0] + 1, start[0] + _LINES, len(rows))):
            row = rows[line]
            at = bisect_right(row, (start[1], -2, 0, 0, 0)) if line == start[0] else 0
            for column, source, y, x, _ in row[at : at + _LINES]:
                if line == end[0] and column >= end[1]:
                    return None
                if source >= 0:
                    return Place(self.sources[source], y + 1, x + 1)
        return None

    def name(self, line: int, column: int) -> str:
        """The name that the text at a place of the bundle had when it was written; empty when the map does not say."""
        found = self._segment(line, column)
        return self.names[found[4]] if found and found[0] == column - 1 and 0 <= found[4] < len(self.names) else ""

    def _segment(self, line: int, column: int) -> _Segment | None:
        if self._rows is None:
            self._rows = _decode(self._mappings, len(self.sources))
            self._mappings = ""
        if not 0 < line <= len(self._rows):
            return None
        row = self._rows[line - 1]
        at = bisect_right(row, (column - 1, _MAX_NUMBER, 0, 0, 0)) - 1
        return row[at] if at >= 0 and row[at][1] >= 0 else None


def package_of(path: str) -> str:
    """The npm package that a path belongs to: ``@scope/name`` or ``name`` behind the last ``node_modules/``, else empty."""
    _, found, rest = path.replace("\\", "/").rpartition("node_modules/")
    if not found:
        return ""
    parts = rest.split("/")
    if parts[0] in (".pnpm", ".store", ".cache"):
        return ""
    return "/".join(parts[:2]) if parts[0].startswith("@") and len(parts) > 1 else parts[0]


def plain_path(path: str, root: str = "") -> str:
    """A path of a map as a person reads it: ``webpack://shop/./src/a.ts?1f2e`` becomes ``src/a.ts``."""
    path = path[: 4 * _MAX_PATH].replace("\\", "/")
    if root and not _SCHEME.match(path) and not path.startswith("/"):
        path = f"{root[:_MAX_PATH].rstrip('/')}/{path}"
    if _SCHEME.match(path):
        head, _, rest = path.partition("://")
        path = rest if head == "file" else rest.partition("/")[2]
    path = path.partition("?")[0]
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "".join(char if char.isprintable() else "?" for char in "/".join(parts))[-_MAX_PATH:]


def read_map(data: bytes) -> SourceMap | None:
    """The map in `data`, or None when it is none, is too large, or is broken."""
    if len(data) > MAX_MAP:
        return None
    if data.startswith(b")]}'"):
        data = data.partition(b"\n")[2]
    try:
        file = msgspec.json.decode(data, type=_File)
        if file.sections is None:
            if not file.mappings or len(file.sources) > MAX_SOURCES:
                return None
            return SourceMap(_sources(file), _names(file), file.mappings)
        return _joined(file.sections[:MAX_SECTIONS])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def find_map(path: str, text: bytes, read: Callable[[str], bytes | None]) -> SourceMap | None:
    """The map of the file `path` with the given `text`: inline, named in its last comment, or ``<path>.map`` beside it.

    A map is looked for with `read` only, never on a network.
    """
    at = text.rfind(b"sourceMappingURL=")
    if at >= 0:
        address = text[at + len(b"sourceMappingURL=") :].split(b"\n", 1)[0].strip().removesuffix(b"*/").strip()
        if address.startswith(b"data:"):
            return _inline(address)
        if len(address) < _MAX_PATH and b":" not in address:
            folder = path.rpartition("/")[0]
            data = read(_beside(folder, address.decode("utf-8", "replace")))
            if data is not None:
                return read_map(data)
    data = read(f"{path}.map")
    return read_map(data) if data is not None else None


def _inline(address: bytes) -> SourceMap | None:
    if len(address) > 2 * MAX_MAP:
        return None
    head = _INLINE.match(address[:100].decode("ascii", "replace"))
    if not head or not head.group(1):
        return None
    try:
        return read_map(base64.b64decode(address[head.end() :], validate=False))
    except (binascii.Error, ValueError):
        return None


def _beside(folder: str, address: str) -> str:
    parts = folder.split("/")
    for part in address.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _sources(file: _File) -> list[str]:
    root = file.sourceRoot or ""
    return [plain_path(source or "", root) for source in file.sources]


def _names(file: _File) -> list[str]:
    return [name[:_MAX_PATH] if isinstance(name, str) else "" for name in file.names[:MAX_SEGMENTS]]


def _joined(sections: list[_Section]) -> SourceMap | None:
    """An indexed map as one: its sections' rows are moved to where each section begins."""
    sources: list[str] = []
    names: list[str] = []
    rows: list[list[_Segment]] = []
    for section in sections:
        part = msgspec.json.decode(section.map, type=_File)
        line, column = section.offset.get("line", 0), section.offset.get("column", 0)
        if not 0 <= line <= MAX_SEGMENTS or not 0 <= column < _MAX_NUMBER or len(sources) + len(part.sources) > MAX_SOURCES:
            return None
        known = _sources(part)
        rows.extend([] for _ in range(line - len(rows)))
        for index, row in enumerate(_decode(part.mappings, len(known))):
            shift = column if index == 0 else 0
            moved = [
                (at + shift, source + len(sources) if source >= 0 else -1, y, x, name + len(names) if name >= 0 else -1)
                for at, source, y, x, name in row
            ]
            if line + index < len(rows):
                rows[line + index] = sorted(rows[line + index] + moved)
            else:
                rows.append(moved)
        sources += known
        names += _names(part)
    return SourceMap(sources, names, "", rows)


def _numbers(segment: str) -> tuple[int, ...]:
    """The numbers of a segment in base 64 VLQ; empty when it is broken."""
    found: list[int] = []
    value = shift = 0
    for char in segment:
        digit = _DIGITS.get(char)
        if digit is None or shift > 30:
            return ()
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        found.append(-(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
        if len(found) > 5:
            return ()
    return tuple(found)


def _decode(mappings: str, sources: int) -> list[list[_Segment]]:
    """The rows of a map, one for each line of the bundle.

    Segments repeat a great deal, so each distinct one is read once. A broken segment or a number that leads out of the map
    is left out; so is everything beyond `MAX_SEGMENTS`.
    """
    known: dict[str, tuple[int, ...]] = {}
    source = line = column = name = count = 0
    rows: list[list[_Segment]] = []
    for text in mappings.split(";", MAX_SEGMENTS):
        row: list[_Segment] = []
        start = 0
        ordered = True
        for segment in text.split(",") if text else ():
            numbers = known.get(segment)
            if numbers is None:
                numbers = known[segment] = _numbers(segment[:64])
            if not numbers:
                continue
            start += numbers[0]
            ordered = ordered and numbers[0] >= 0
            if len(numbers) < 4:
                row.append((start, -1, 0, 0, -1))
                continue
            source += numbers[1]
            line += numbers[2]
            column += numbers[3]
            if len(numbers) > 4:
                name += numbers[4]
            if 0 <= source < sources and 0 <= line < _MAX_NUMBER and 0 <= column < _MAX_NUMBER and 0 <= start < _MAX_NUMBER:
                row.append((start, source, line, column, name if len(numbers) > 4 else -1))
        if not ordered:
            row.sort()
        rows.append(row)
        count += len(row)
        if count > MAX_SEGMENTS:
            break
    return rows
