"""Writes popular.json.gz: names and newest versions of the most used packages of PyPI and npm, as of one day.

Run ``python src/lambdaudit/data/make_popular.py PYPI.tsv NPM.tsv YYYY-MM-DD``. The first list has the columns name, version,
month of the newest release and rank among the most downloaded, the second name, version and downloads a month; both begin with a
line of column names. The day on which the lists were made is stored.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

MOST = 15_000


def main(pypi: Path, npm: Path, day: str) -> None:
    """Write the table beside this script: per ecosystem name → [newest version, month of its release], most used first."""
    ranked = sorted((int(row[3]), row[0], row[1], row[2]) for row in _rows(pypi) if row[3].isdigit())
    loaded = sorted((-int(row[2]), row[0], row[1]) for row in _rows(npm) if row[2].isdigit())
    table = {
        "date": day,
        "PyPI": {name: [version, month] for _, name, version, month in ranked[:MOST]},
        "npm": {name: [version, ""] for _, name, version in loaded[:MOST]},
    }
    data = json.dumps(table, separators=(",", ":"), ensure_ascii=True).encode()
    Path(__file__).with_name("popular.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            row = line.rstrip("\n").split("\t")
            if len(row) >= 4:
                yield row


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
