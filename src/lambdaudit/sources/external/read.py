"""A report of another tool, whatever its format: found out by its content, not by its name."""

import json
from pathlib import Path
from typing import Any

import msgspec

from lambdaudit.model.external import ExternalIssue, ExternalReport
from lambdaudit.model.where import Where

from . import sarif
from .dependencies import DEPENDENCIES
from .linters import LINTERS, Format
from .shape import Told

MOST_BYTES = 256 * 1024 * 1024
MOST_ISSUES = 50_000
_ALL = (Format("SARIF", sarif.recognises, sarif.read), *LINTERS, *DEPENDENCIES)
FORMATS = tuple(one.name for one in _ALL if not one.name.startswith("an "))
"""What can be read, by name."""


class ExternalError(Exception):
    """A report cannot be read: what, where and what to do, in one line."""


def read_report(path: Path) -> tuple[ExternalReport, ...]:
    """The results in a file, one report for each run of a tool. Places are as the tool wrote them.

    Raises ExternalError for a file that cannot be read or is in no known format.
    """
    data = _parsed(path)
    found = next((one for one in _ALL if one.recognises(data)), None)
    if found is None:
        raise ExternalError(f"{path} is in no format that is known here: {', '.join(FORMATS)}")
    told = found.read(data)
    return tuple(_report(path, one, position if len(told) > 1 else 0) for position, one in enumerate(told, 1))


def _parsed(path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ExternalError(f"{path} is too large: {size} bytes, at most {MOST_BYTES} are read")
        raw = path.read_bytes()
    except OSError as error:
        raise ExternalError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        return msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # some tools write NaN or stray encodings, which the strict reader refuses
        return json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise ExternalError(f"{path} is not JSON: {error}") from error


def _report(path: Path, told: Told, position: int) -> ExternalReport:
    shown = path.as_posix()
    return ExternalReport(
        id=f"external:{path.name}" + (f"#{position}" if position else ""),
        name=f"{told.tool} in {path.name}",
        where=Where(shown),
        tool=told.tool,
        version=told.version,
        issues=_without_doubles(told.issues[:MOST_ISSUES]),
        left_out=max(len(told.issues) - MOST_ISSUES, 0),
    )


def _without_doubles(issues: list[ExternalIssue]) -> tuple[ExternalIssue, ...]:
    """Each result once: tools repeat a weakness for every path by which a package comes in."""
    return tuple(dict.fromkeys(issues))
