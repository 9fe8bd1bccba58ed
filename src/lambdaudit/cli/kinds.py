"""Which of the files that lambdaudit writes a file is, whatever it is called."""

import gzip
import zlib
from pathlib import Path
from typing import Final

_PIECE: Final = 1024 * 1024
_MOST_PIECES: Final = 2048


def format_of(path: Path) -> str:
    """The format that a report or snapshot states, compressed or not; empty for any other file and one that cannot be read.

    It may stand anywhere in the file, as the keys of reports are sorted: the first one counts.
    """
    from lambdaudit.model import snapshot
    from lambdaudit.reporters import json_report

    marks = {f'"{name}"'.encode(): name for name in (json_report.FORMAT, snapshot.FORMAT)}
    before = b""
    try:
        with path.open("rb") as start:
            packed = start.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            for _ in range(_MOST_PIECES):
                piece = file.read(_PIECE)
                found = {text.find(mark): name for mark, name in marks.items() if mark in (text := before + piece)}
                if found or not piece:
                    return found[min(found)] if found else ""
                before = piece[-64:]
    except (OSError, EOFError, zlib.error):
        return ""
    return ""
