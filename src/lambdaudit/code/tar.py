"""The tar format, read as a stream, member by member, with every size bounded; and the packings that image layers come in.

The standard library's reader holds extended headers of any length in memory and believes what they say. This one bounds them.
Layouts: POSIX pax (ustar with extended headers), and the long names of GNU tar.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

BLOCK = 512
CHUNK = 64 * 1024
_MOST_HEADER = 1024**2
_MOST_HEADERS = 16
_RATIO, _RATIO_FROM = 300, 64 * 1024**2
_WINDOW = 2**27
MemberKind = Literal["file", "folder", "link", "hard link", "other"]
Read = Callable[[int], bytes]


class TarError(Exception):
    """The archive cannot be read on; `kind` is that of a package problem (``broken``, ``bomb``, ``too large``)."""

    def __init__(self, text: str, kind: str = "broken") -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member as its header says it. `name` and `target` are neither checked nor cleaned."""

    name: str
    kind: MemberKind
    size: int
    mode: int
    target: str


def unpacked(file: BinaryIO, most: int) -> Read:
    """A function that gives the next bytes (at most as many as asked) of a file that is packed by gzip, Zstandard or not at all.

    Which one is told by its first bytes. Raises TarError when it inflates to more than `most` bytes, or beyond all reason.
    """
    head = file.read(4)
    file.seek(0)
    if head[:2] == b"\x1f\x8b":
        source = _gzip(file)
    elif head == b"\x28\xb5\x2f\xfd":
        source = _zstandard(file)
    else:
        source = iter(lambda: (data := file.read(CHUNK), len(data)), (b"", 0))
    return _Buffered(source, most).read


class _Buffered:
    """Pieces of (data, compressed bytes that went in) as a readable stream that counts."""

    def __init__(self, source: Iterator[tuple[bytes, int]], most: int) -> None:
        self._source = source
        self._most = most
        self._rest = b""
        self._out = self._in = 0

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._source, None)
            if piece is None:
                return b""
            self._rest, consumed = piece
            self._out += len(self._rest)
            self._in += consumed
            if self._out > self._most:
                raise TarError(f"it inflates to more than {self._most} bytes", "bomb")
            if self._out > _RATIO_FROM and self._out > self._in * _RATIO:
                raise TarError(f"it inflates to more than {_RATIO} times its size", "bomb")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _gzip(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    inflater = zlib.decompressobj(31)
    try:
        while data := file.read(CHUNK):
            consumed = len(data)
            while data:
                if inflater.eof:
                    if not data.lstrip(b"\0"):
                        break
                    inflater = zlib.decompressobj(31)
                out = inflater.decompress(data, CHUNK)
                data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                yield out, consumed
                consumed = 0
    except zlib.error as error:
        raise TarError("its compressed data are broken") from error
    if not inflater.eof:
        raise TarError("its compressed data end too early")


def _zstandard(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(file, read_across_frames=True, closefd=False)
    before = 0
    try:
        while out := reader.read(CHUNK):
            now = file.tell()
            yield out, now - before
            before = now
    except zstandard.ZstdError as error:
        raise TarError("its compressed data are broken") from error


def members(read: Read) -> Iterator[tuple[TarMember, Iterator[bytes]]]:
    """The members with their content, which must be taken before the next member, or is skipped.

    Raises TarError, also where the empty block at the end is missing: the rest was cut off.
    """
    while True:
        header, extended = _next(read)
        if header is None:
            return
        member = _member(header, extended)
        left = [member.size if member.kind in ("file", "other") else 0]
        padding = -left[0] % BLOCK
        yield member, _content(read, left)
        if _skip(read, left[0] + padding) > padding:
            raise TarError("it ends too early")


def _next(read: Read) -> tuple[bytes | None, dict[str, str]]:
    """The next real header, with what extended headers before it say."""
    extended: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        header = _exactly(read, BLOCK)
        if not header.strip(b"\0"):
            return None, {}
        kind = header[156:157]
        if kind not in b"xgLKX" or not kind:
            return header, extended
        size = _number(header[124:136])
        if size > _MOST_HEADER:
            raise TarError("an extended header is too large")
        body = _exactly(read, size)
        _skip(read, -size % BLOCK)
        if kind in b"LK":
            extended["path" if kind == b"L" else "linkpath"] = _text(body)
        elif kind != b"g":
            extended.update(_pax(body))
    raise TarError("too many extended headers for one member")


def _pax(body: bytes) -> dict[str, str]:
    """The records of an extended header: ``length key=value`` and a line feed."""
    found = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 12)
        digits = body[at:space]
        if space < 0 or not digits.isdigit() or int(digits) <= space - at + 1 or at + int(digits) > len(body):
            break
        key, equals, value = body[space + 1 : at + int(digits) - 1].partition(b"=")
        if equals and len(key) < 100:
            found[_text(key)] = _text(value)
        at += int(digits)
    return found


def _member(header: bytes, extended: dict[str, str]) -> TarMember:
    if sum(header[:148]) + 8 * 32 + sum(header[156:]) != _number(header[148:156]):
        raise TarError("the checksum of a header is wrong")
    name = _text(header[:100])
    if header[257:262] == b"ustar" and header[263:265] != b" \0" and header[345]:
        name = f"{_text(header[345:500])}/{name}"
    name = extended.get("path", name)
    size = (
        int(extended["size"])
        if extended.get("size", "").isascii() and extended.get("size", "").isdigit()
        else _number(header[124:136])
    )
    sparse = any(key.startswith("GNU.sparse") for key in extended)
    kinds: dict[bytes, MemberKind] = {b"0": "file", b"\0": "file", b"7": "file", b"5": "folder", b"2": "link", b"1": "hard link"}
    kind: MemberKind = "other" if sparse else kinds.get(header[156:157], "other")
    if kind == "file" and name.endswith("/"):
        kind = "folder"
    target = extended.get("linkpath", _text(header[157:257]))
    return TarMember(name, kind, size, _number(header[100:108]) & 0o7777, target)


def _number(field: bytes) -> int:
    """A number in octal digits, or in binary when its first bit is set. Raises TarError for anything else."""
    if field[:1] >= b"\x80":
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if value > 2**60:
            raise TarError("a size is beyond all reason")
        return value
    digits = field.strip(b"\0 ")
    if not digits:
        return 0
    try:
        return int(digits.split(b"\0")[0], 8)
    except ValueError:
        raise TarError("a number in a header is none") from None


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def _content(read: Read, left: list[int]) -> Iterator[bytes]:
    while left[0]:
        data = read(min(CHUNK, left[0]))
        if not data:
            raise TarError("it ends too early")
        left[0] -= len(data)
        yield data


def _exactly(read: Read, size: int) -> bytes:
    pieces, missing = [], size
    while missing:
        data = read(missing)
        if not data:
            raise TarError("it ends too early")
        pieces.append(data)
        missing -= len(data)
    return b"".join(pieces)


def _skip(read: Read, size: int) -> int:
    """Read over so many bytes; how many of them were missing at the end."""
    while size:
        data = read(min(CHUNK, size))
        if not data:
            break
        size -= len(data)
    return size
