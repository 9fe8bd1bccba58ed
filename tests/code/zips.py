"""Builds zip archives, honest and dishonest ones."""

import io
import stat
import struct
import zipfile
from collections.abc import Iterable, Mapping


def zipped(files: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An ordinary archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_entries(entries: Iterable[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    """An archive of entries with a mode, flags or name of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return buffer.getvalue()


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    """A symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target.encode()


def patched_directory(data: bytes, offset: int, form: str, value: int) -> bytes:
    """The archive with one field of its first central directory row overwritten."""
    at = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


def only_directory(rows: int) -> bytes:
    """An archive of a few bytes per entry: rows of the directory that all point to nothing."""
    name = b"a"
    row = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    body = row * rows
    return body + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, rows & 0xFFFE, rows & 0xFFFE, len(body), 0, 0)
