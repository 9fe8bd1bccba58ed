"""Data inside of large bundles, taken out before they are parsed.

A bundled library may bring megabytes of tables: the AWS SDK 2 has the models of all services, 8 of its 9.5 MB. A literal of
nothing but texts, numbers, names and brackets holds no code that could run, so it is replaced by blanks: every place in the file
stays where it was, and what the literal was counts as not known.
"""

import re
from collections.abc import Iterable

from ..filesystem import FileSystem
from ..flow.frontend import FileTree

BUNDLE_LIMIT = 32 * 1024**2
"""Bytes of a file that is looked at at all; what is left of it without data must keep the limit of all source files."""
_LEAST = 20_000
"""Bytes of a literal that is taken out; smaller ones may be tables of the application's own."""
_MODEL = re.compile(rb"""[{\s]{1,20}["']?(?:version["']?:\s?(?:["']2\.0["'],\s*["']?metadata|2,\s*["']?waiters)|pagination)\b""")
"""How the AWS SDK's own tables begin; they are taken out whatever their size."""
_MOST_STARTS, _MOST_MARKS = 100_000, 3_000_000
"""Places where a literal may begin, and brackets and texts in one. A bundle with all of the AWS SDK 2 has 2,000 and 20,000."""
_MOST_AROUND = 16
"""Brackets of what is around a table that are told from its own without reading it."""
_STRING = rb'"(?:[^"\\\n]++|\\[\s\S])*+"|\'(?:[^\'\\\n]++|\\[\s\S])*+\''
_ASSIGNED = re.compile(rb"(?:exports|[\w$]\s?)=\s?(?=[{\[])|\bdefault\s(?=[{\[])")
_SPAN = re.compile(rb"[{\[](?:[\w$\s{}\[\],:!+-]++|\.(?=\d)|" + _STRING + rb")*+")
_PARSED = re.compile(rb"JSON\.parse\(\s*+(" + _STRING + rb"|`[^`\\$]*+`)\s*+\)")
_TEXT = re.compile(_STRING)
_MARKS = re.compile(rb"[{\[]|[}\]]|" + _STRING)
_BLANK = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
_UNKNOWN = b"JSON.parse()"


class Sources:
    """Files as the walk reads them: scripts may be larger than other files, for data in them is not parsed."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree

    def paths(self) -> Iterable[str]:
        """All paths of files."""
        return self._tree.paths()

    def read(self, path: str) -> bytes | None:
        """The content of a file, None if there is none or it cannot be read."""
        tree = self._tree
        if isinstance(tree, FileSystem) and path.endswith((".js", ".mjs", ".cjs")) and tree.size(path) > tree.limits.file:
            return tree.read(path, BUNDLE_LIMIT)
        return tree.read(path)


def without_data(data: bytes) -> tuple[bytes, int]:
    """The same text with blanks in place of large data literals, and the bytes that are left of it."""
    pieces: list[bytes] = []
    done = left = 0
    for start, end, instead in _literals(data):
        if start >= done:
            blank = data[start:end].translate(_BLANK)
            room = blank.find(b" " * len(instead))
            pieces += (data[done:start], blank[:room], instead, blank[room + len(instead) :])
            left += start - done
            done = end
    pieces.append(data[done:])
    return b"".join(pieces), left + len(data) - done


def _literals(data: bytes) -> list[tuple[int, int, bytes]]:
    """Start and end of each large literal, and what stands for it."""
    found: list[tuple[int, int, bytes]] = []
    for match in _PARSED.finditer(data):
        start, end = match.start(1) + 1, match.end(1) - 1
        if end - start >= _LEAST:
            found.append((start, end, b""))
        elif _MODEL.match(data, start):
            found.append((match.start() + 11, match.end() - 1, b""))
    at, budget, count = 0, 2 * len(data), 0
    while budget > 0 and count < _MOST_STARTS and (assigned := _ASSIGNED.search(data, at)) is not None:
        start = at = assigned.end()
        count += 1
        least = len(_UNKNOWN) if _MODEL.match(data, start) else _LEAST
        span = _SPAN.match(data, start)
        budget -= span.end() - start if span else 0
        if span is not None and span.end() - start >= least:
            at = span.end()
            end = (_model_end(data, start, at) if least < _LEAST else 0) or _balanced(data, start, at)
            if end - start >= least and re.search(rb"[^\r\n]{12}", data[start:end]):
                found.append((start, end, _UNKNOWN))
    return sorted(found)


def _model_end(data: bytes, start: int, most: int) -> int:
    """Where a table of the AWS SDK ends that only brackets of what is around it follow; 0 when something else does."""
    span = data[start:most].rstrip()
    plain = _TEXT.sub(b"", span)
    extra = plain.count(b"}") + plain.count(b"]") - plain.count(b"{") - plain.count(b"[")
    while 0 < extra < _MOST_AROUND and span.endswith((b"}", b"]")):
        span = span[:-1].rstrip()
        extra -= 1
    return start + len(span) if not extra and span.endswith((b"}", b"]")) else 0


def _balanced(data: bytes, start: int, most: int) -> int:
    """Where the literal that begins at `start` ends; `start` itself when it does not end before `most`."""
    depth = 0
    for count, mark in enumerate(_MARKS.finditer(data, start, most)):
        if count > _MOST_MARKS:
            break
        first = data[mark.start()]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
            if not depth:
                return mark.end()
    return start
