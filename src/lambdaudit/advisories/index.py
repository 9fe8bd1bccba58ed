"""The newest version of packages as of one day, from an offline file."""

import datetime as dt
import gzip
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .ecosystems import ecosystem, normal_name
from .store import AdvisoryError
from .versions import compare

_MOST = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of a package, the month of its release (``2024-05``, may be empty), and its rank by use (from 0)."""

    version: str
    month: str
    rank: int


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """What an index file says. `date` is the day it was made on; `packages` holds, per OSV ecosystem, packages by normal name."""

    date: str
    packages: dict[str, dict[str, Newest]] = field(default_factory=dict)

    def find(self, ecosystem_name: str, name: str) -> Newest | None:
        """What it says of a package; None when it does not name it."""
        return self.packages.get(ecosystem_name, {}).get(normal_name(ecosystem_name, name))

    def newer(self, ecosystem_name: str, name: str, version: str) -> Newest | None:
        """The newest version if it is newer than this one; None when it is not, or nothing can be said."""
        newest, known = self.find(ecosystem_name, name), ecosystem(ecosystem_name)
        if newest is None or known is None or not newest.version or not version:
            return None
        try:
            return newest if compare(known.scheme, version, newest.version) < 0 else None
        except ValueError:
            return None

    def age(self, today: dt.date) -> int:
        """Days since it was made; 0 when its day cannot be read."""
        try:
            return (today - dt.date.fromisoformat(self.date)).days
        except ValueError:
            return 0

    def over(self, other: "PackageIndex") -> "PackageIndex":
        """This index, with what only the other one names; dated by this one."""
        names = {*self.packages, *other.packages}
        return PackageIndex(self.date, {e: other.packages.get(e, {}) | self.packages.get(e, {}) for e in names})


def read_index(path: Path) -> PackageIndex:
    """An index file: JSON, gzipped or not, ``{"date": "2026-11-21", "PyPI": {"requests": ["2.32.3", "2024-05"]}, "npm": …}``.

    Raises AdvisoryError when it cannot be read.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            inflater = zlib.decompressobj(wbits=31)
            data = inflater.decompress(data, _MOST)
        document = json.loads(data)
    except (OSError, gzip.BadGzipFile, zlib.error, ValueError, RecursionError) as error:
        raise AdvisoryError(f"cannot read the package index {path}: {getattr(error, 'strerror', None) or error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("date"), str):
        raise AdvisoryError(f'{path} is no package index: {{"date": "YYYY-MM-DD", "PyPI": {{"name": ["version", "YYYY-MM"]}}}}')
    return PackageIndex(document["date"], {name: _rows(name, rows) for name, rows in document.items() if isinstance(rows, dict)})


def _rows(ecosystem_name: str, rows: dict[str, Any]) -> dict[str, Newest]:
    found = {}
    for rank, (name, row) in enumerate(rows.items()):
        version, month = (row, "") if isinstance(row, str) else (row[0], row[1] if len(row) > 1 else "") if row else ("", "")
        if isinstance(version, str) and isinstance(month, str):
            found[normal_name(ecosystem_name, name)] = Newest(version, month, rank)
    return found
