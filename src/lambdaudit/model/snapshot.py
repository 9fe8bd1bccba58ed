"""Snapshots: one inventory as one documented, versioned JSON file, gzipped when its name ends in ``.gz``.

The format is described in docs/snapshot.md. A snapshot holds no secret value: the collector reduces them before an asset is made.
"""

import gzip
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import msgspec

from .assets import AnyAsset
from .finding import Coverage
from .inventory import Inventory, Listed, Missing

FORMAT = "lambdaudit-snapshot"
VERSION = 1
COMPRESSION = 6
"""Level of gzip; the highest takes twice the time for 3 % of the size."""
MAX_BYTES = 2 * 1024**3
"""Largest snapshot that is read, after decompression."""


class SnapshotError(Exception):
    """A snapshot that cannot be read or written; the text says what, where and what to do."""


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    format: str
    version: int
    tool: str = ""
    created: str = ""
    coverage: Coverage = Coverage()
    assets: tuple[AnyAsset, ...] = ()
    missing: tuple[Missing, ...] = ()
    listed: tuple[Listed, ...] = ()
    absent: tuple[str, ...] = ()


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


def encode(inventory: Inventory, *, tool: str = "") -> bytes:
    """The snapshot of an inventory as JSON bytes: sorted, so that equal inventories give equal bytes."""
    snapshot = _Snapshot(
        format=FORMAT,
        version=VERSION,
        tool=tool,
        created=inventory.created,
        coverage=inventory.coverage,
        assets=inventory.assets,
        missing=inventory.missing,
        listed=inventory.listed,
        absent=tuple(sorted(inventory.absent)),
    )
    return msgspec.json.encode(snapshot, order="deterministic")


def decode(data: bytes, *, name: str = "snapshot") -> Inventory:
    """The inventory in snapshot bytes (JSON, not compressed). Raises SnapshotError for anything else."""
    try:
        header = msgspec.json.decode(data, type=_Header)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"{name} is not a lambdaudit snapshot: {error}") from error
    if header.format != FORMAT:
        raise SnapshotError(f"{name} is not a lambdaudit snapshot: its format is {header.format or 'not given'!r}")
    if header.version > VERSION:
        raise SnapshotError(
            f"{name} has snapshot version {header.version}, this lambdaudit reads up to {VERSION}: upgrade lambdaudit"
        )
    try:
        snapshot = msgspec.json.decode(data, type=_Snapshot)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"{name} is damaged: {error}; collect it again") from error
    return Inventory(
        snapshot.assets,
        missing=snapshot.missing,
        listed=snapshot.listed,
        absent=snapshot.absent,
        coverage=snapshot.coverage,
        created=snapshot.created,
    )


def read(path: Path) -> Inventory:
    """Read a snapshot file, compressed or not. Raises SnapshotError with one clear line."""
    try:
        with path.open("rb") as file:
            head = file.read(2)
        with gzip.open(path) if head == b"\x1f\x8b" else path.open("rb") as file:
            data: Any = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SnapshotError(f"cannot read snapshot {path}: {reason}") from error
    if len(data) > MAX_BYTES:
        raise SnapshotError(f"snapshot {path} is larger than {MAX_BYTES // 1024**3} GiB")
    return decode(data, name=str(path))


def write(inventory: Inventory, path: Path, *, tool: str = "") -> None:
    """Write a snapshot atomically, readable by its owner only; gzipped when the name ends in ``.gz``."""
    data = encode(inventory, tool=tool)
    write_atomically(path, gzip.compress(data, COMPRESSION, mtime=0) if path.suffix == ".gz" else data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old content or the new one, never a part; mode 0600.

    Raises OSError (no such folder, no permission, disk full); the old file and no temporary file are left then.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
