"""The zip format, read entry by entry and chunk by chunk.

The standard library's reader builds a list of all entries before it gives the first, and believes what the headers say of sizes;
an archive made for that costs gigabytes. This one holds one entry at a time. Layouts: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_UNIX = 3
STORED, DEFLATED = 0, 8
Take = Callable[[int, int], None]
"""Told of (bytes that came out, compressed bytes that went in) before a chunk is handed on; raises to stop."""


class ZipError(Exception):
    """The archive or an entry of it cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the central directory, as it stands there: nothing of it is proved. `mode` is 0 where no Unix mode is given."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    mode: int
    offset: int

    @property
    def encrypted(self) -> bool:
        """Whether the data are encrypted (traditionally or strongly)."""
        return bool(self.flags & 0x41)


class Archive:
    """A zip archive in a seekable binary file. Raises ZipError when there is no usable central directory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        end, fields = self._find_end()
        _, disk, directory_disk, _, self.stated, size, offset, _ = fields
        start = end
        if _FULL16 in (disk, self.stated) or _FULL32 in (size, offset):
            found = self._find_end64(end)
            if found:
                start, self.stated, size, offset = found
                disk = directory_disk = 0
        if disk or directory_disk:
            raise ZipError("it is one part of several")
        self._first = start - size
        self._past = start
        self._shift = self._first - offset
        """Bytes before the archive, as in a program that carries its own archive."""
        if self._first < 0 or self._shift < 0:
            raise ZipError("its central directory lies outside the file")

    def _find_end(self) -> tuple[int, tuple[int, ...]]:
        length = self._file.seek(0, 2)
        tail_at = max(0, length - _END.size - _LONGEST_COMMENT)
        self._file.seek(tail_at)
        tail = self._file.read(length - tail_at)
        at = tail.rfind(b"PK\x05\x06")
        while at >= 0:
            if at + _END.size <= len(tail):
                fields = _END.unpack_from(tail, at)
                if at + _END.size + fields[-1] <= len(tail):
                    return tail_at + at, fields
            at = tail.rfind(b"PK\x05\x06", 0, at)
        raise ZipError("it is not a zip archive, or its end is missing")

    def _find_end64(self, end: int) -> tuple[int, int, int, int] | None:
        if end < _LOCATOR64.size + _END64.size:
            return None
        self._file.seek(end - _LOCATOR64.size)
        mark, _, _, _ = _LOCATOR64.unpack(self._read(_LOCATOR64.size))
        if mark != b"PK\x06\x07":
            return None
        # The record stands right before its locator; the offset in the locator counts without what precedes the archive.
        at = end - _LOCATOR64.size - _END64.size
        self._file.seek(at)
        fields = _END64.unpack(self._read(_END64.size))
        if fields[0] != b"PK\x06\x06":
            raise ZipError("its 64-bit end record is broken")
        return at, fields[7], fields[8], fields[9]

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise ZipError("it ends too early")
        return data

    def entries(self) -> Iterator[Entry]:
        """The entries in the directory's order. Raises ZipError when the directory turns out to be broken."""
        at = self._first
        while at < self._past:
            self._file.seek(at)
            fields = _CENTRAL.unpack(self._read(_CENTRAL.size))
            mark, made_by, _, flags, method, _, _, crc, compressed, size, names, extras, comment, _, _, external, offset = fields
            if mark != b"PK\x01\x02":
                raise ZipError("its central directory is broken")
            raw_name = self._read(names)
            compressed, size, offset = _wide(self._read(extras), size, compressed, offset)
            at += _CENTRAL.size + names + extras + comment
            mode = external >> 16 if made_by >> 8 == _UNIX else 0
            yield Entry(raw_name, _decoded(raw_name), flags, method, crc, compressed, size, mode, offset + self._shift)

    def chunks(self, entry: Entry, take: Take) -> Iterator[bytes]:
        """The data of an entry, inflated, at most 64 KiB at a time. Raises ZipError for broken data, and what `take` raises."""
        if entry.encrypted:
            raise ZipError("it is encrypted")
        if entry.method not in (STORED, DEFLATED):
            raise ZipError(f"it is compressed by method {entry.method}, which Lambda does not unpack")
        start = self._data_of(entry)
        crc = 0
        source = self._stored(start, entry) if entry.method == STORED else self._inflated(start, entry)
        for data, consumed in source:
            take(len(data), consumed)
            crc = zlib.crc32(data, crc)
            yield data
        if crc != entry.crc:
            raise ZipError("its checksum is wrong")

    def _data_of(self, entry: Entry) -> int:
        if entry.offset < 0:
            raise ZipError("it lies outside the file")
        self._file.seek(entry.offset)
        mark, _, _, _, _, _, _, _, _, names, extras = _LOCAL.unpack(self._read(_LOCAL.size))
        if mark != b"PK\x03\x04":
            raise ZipError("its header is missing")
        if self._read(names) != entry.raw_name:
            raise ZipError("the directory and the header name it differently")
        return entry.offset + _LOCAL.size + int(names) + int(extras)

    def _compressed(self, at: int, left: int) -> Iterator[bytes]:
        while left > 0:
            self._file.seek(at)
            data = self._read(min(CHUNK, left))
            at += len(data)
            left -= len(data)
            yield data

    def _stored(self, start: int, entry: Entry) -> Iterator[tuple[bytes, int]]:
        for data in self._compressed(start, entry.compressed):
            yield data, len(data)

    def _inflated(self, start: int, entry: Entry) -> Iterator[tuple[bytes, int]]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for data in self._compressed(start, entry.compressed):
                consumed = len(data)
                while data and not inflater.eof:
                    out = inflater.decompress(data, CHUNK)
                    data = inflater.unconsumed_tail
                    if out:
                        yield out, consumed
                        consumed = 0
            while not inflater.eof and (out := inflater.decompress(b"", CHUNK)):
                yield out, 0
        except zlib.error as error:
            raise ZipError("its data are broken") from error
        if not inflater.eof:
            raise ZipError("its data end too early")


def _wide(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """(compressed, size, offset), from the 64-bit extra field where the short ones are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind != 1:
            continue
        numbers = [n[0] for n in struct.iter_unpack("<Q", body[: len(body) // 8 * 8])]
        values = []
        for value in (size, compressed, offset):
            if value == _FULL32:
                if not numbers:
                    raise ZipError("its 64-bit sizes are missing")
                value = numbers.pop(0)
            values.append(value)
        size, compressed, offset = values
        break
    return compressed, size, offset


def _decoded(raw: bytes) -> str:
    """Lambda unpacks on Linux, where a name is its bytes; nearly all tools write UTF-8, flagged or not."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")
