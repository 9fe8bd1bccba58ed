"""The report as CSV (RFC 4180, UTF-8): one row for each finding, worst first, for spreadsheets and scripts.

One row for each finding and not for each function that it affects: the rows then count as every other output does. What a
spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from lambdaudit.model.finding import Finding, Report

from .json_report import ordered
from .places import Places
from .text import one_line

COLUMNS: Final = (
    "severity", "confidence", "rule", "message", "account", "region", "asset_kind", "asset_name", "asset", "file", "line",
    "functions", "function_ids", "change", "fix", "maps", "see", "fingerprint",
)  # fmt: skip
MOST_CHARACTERS: Final = 32_000
"""A cell of a spreadsheet takes 32,767."""

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def render(report: Report) -> bytes:
    """The table as UTF-8 with a heading; lines end with CR and LF. Equal reports give equal bytes."""
    report = ordered(report)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    places = Places(report)
    writer.writerows([cell(value) for value in _row(finding, places)] for finding in report.findings)
    return text.getvalue().encode("utf-8", "replace")


def _row(finding: Finding, places: Places) -> Iterator[str]:
    place = places.of(finding)
    yield from (finding.severity.value, finding.confidence.value, finding.rule, finding.message, finding.account, finding.region)
    yield from (finding.asset_kind, finding.asset_name, finding.asset, place.path, str(place.line or ""))
    yield from (str(len(finding.functions)), " ".join(finding.functions), finding.change or "", finding.fix.text)
    yield from (" ".join(finding.maps), " ".join(finding.see), finding.identity or finding.fingerprint)


def cell(text: str) -> str:
    """Foreign text in one line, as text for every spreadsheet."""
    text = one_line(text, MOST_CHARACTERS)
    return f"'{text}" if _FORMULA.match(text) else text
