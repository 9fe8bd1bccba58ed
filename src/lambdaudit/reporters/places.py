"""The file of a finding, for formats that know only files: that of the template or code, or one that stands for a live asset."""

import posixpath
import re
from typing import NamedTuple

from lambdaudit.model.finding import Finding, Report
from lambdaudit.model.where import Where

_ODD = re.compile(r"[\x00-\x1f\x7f\\]")


class Place(NamedTuple):
    """A file, with ``/`` between folders, and where in it; line and column count from 1, 0 is none.

    `real` says that the file exists where the audit ran, as a path inside its repository (or the audited folder without one).
    """

    path: str
    line: int = 0
    column: int = 0
    real: bool = True

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Places:
    """The files of a report's findings.

    What is live has no file in the repository: ``aws/<account>/<region>/<kind>/<name>`` stands for it, the same in every
    run, and what lies in a function's package comes behind that.
    """

    def __init__(self, report: Report) -> None:
        self._live = bool(report.coverage.calls)
        self._folder = report.coverage.folder

    def of(self, finding: Finding) -> Place:
        """The place of a finding."""
        return self.at(finding.where, finding)

    def at(self, where: Where, finding: Finding) -> Place:
        """A place that a finding names, in its proofs for example."""
        if self._live:
            base = "/".join(_segment(part) for part in _asset_path(finding))
            inner = _clean(where.file) if where.line else ""
            return Place(f"{base}/{inner}" if inner else base, where.line, where.column, real=False)
        file = where.file or finding.where.file or finding.address.partition("#")[0]
        if not file:
            return Place("/".join(_segment(part) for part in _asset_path(finding)), real=False)
        return Place(self.inside(file), where.line, where.column)

    def inside(self, file: str) -> str:
        """A path of the audited folder as one of its repository."""
        return _clean(f"{self._folder}/{file}" if self._folder and not file.startswith("/") else file)


def _asset_path(finding: Finding) -> tuple[str, ...]:
    name = finding.asset_name.removesuffix(" code") or finding.asset
    return ("aws", *(part for part in (finding.account, finding.region, finding.asset_kind, name) if part))


def _segment(text: str) -> str:
    """Text as one name in a path: never empty, never a step upwards."""
    cleaned = _ODD.sub("_", text).replace("/", "_")[:200]
    return cleaned if cleaned.strip(".") else "_"


def _clean(path: str) -> str:
    """A path without control characters, ``.`` and needless ``..``, never absolute."""
    return posixpath.normpath(_ODD.sub("_", path.replace("\\", "/")).lstrip("/") or ".")[:1_000]
