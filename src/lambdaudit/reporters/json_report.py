"""The report as versioned JSON for other programs: ``docs/report.schema.json`` describes it, :func:`read` takes it back.

Equal reports give equal bytes: findings worst first, everything else by name, keys sorted.
"""

import gzip
import zlib
from pathlib import Path
from typing import Any

import msgspec

from lambdaudit.model.finding import Finding, Report
from lambdaudit.overview.shapes import AssetPage, FunctionPage

from . import ReportError

FORMAT = "lambdaudit-report"
VERSION = 1
MAX_BYTES = 2 * 1024**3
"""Largest report that is read, after decompression."""


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


def render(report: Report) -> bytes:
    """The report as UTF-8 JSON, indented by one space, with a line feed at the end."""
    return msgspec.json.format(encode(ordered(report)), indent=1) + b"\n"


def encode(value: Any) -> bytes:
    """Any value of the report as compact JSON with sorted keys; what UTF-8 cannot hold becomes U+FFFD."""
    try:
        return msgspec.json.encode(value, order="deterministic")
    except UnicodeEncodeError:
        return msgspec.json.encode(_storable(msgspec.to_builtins(value)), order="deterministic")


def ordered(report: Report) -> Report:
    """The same report with everything in its fixed order."""
    return msgspec.structs.replace(
        report,
        findings=tuple(sorted(report.findings, key=worst_first)),
        not_assessed=tuple(sorted(report.not_assessed, key=lambda n: (n.rule, n.asset, n.need, n.reason))),
        rules=tuple(sorted(report.rules, key=lambda r: r.rule)),
        functions=tuple(sorted(report.functions, key=lambda f: str(f.get("id", "")))),
        assets=tuple(sorted(report.assets, key=lambda a: (str(a.get("id", "")), str(a.get("kind", ""))))),
    )


def worst_first(finding: Finding) -> tuple[object, ...]:
    """Sort key: severity, then the number of functions affected, then names."""
    return (finding.severity.rank, -len(finding.functions), finding.rule, finding.asset, finding.key, finding.fingerprint)


def _storable(value: Any) -> Any:
    """The value with lone surrogates, which UTF-8 cannot hold, replaced by U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def schema() -> bytes:
    """The JSON Schema (2020-12) of the format, as it stands in ``docs/report.schema.json``."""
    pages, definitions = msgspec.json.schema_components((FunctionPage, AssetPage), ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lambdaudit report",
        "description": f"Format {FORMAT}, version {VERSION}.",
        **msgspec.json.schema(Report),
    }
    properties = document["$defs"]["Report"]["properties"]
    properties["format"] = {"const": FORMAT}
    properties["version"] = {"const": VERSION}
    document["$defs"]["Report"]["required"] += ["format", "version"]
    properties["functions"]["items"], properties["assets"]["items"] = pages
    document["$defs"].update(definitions)
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"


def decode(data: bytes, *, name: str = "report") -> Report:
    """The report in JSON bytes. Raises ReportError for anything else, and for a newer version."""
    try:
        header = msgspec.json.decode(data, type=_Header)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ReportError(f"{name} is not a lambdaudit report: {error}") from error
    if header.format != FORMAT:
        raise ReportError(f"{name} is not a lambdaudit report: its format is {header.format or 'not given'!r}")
    if header.version > VERSION:
        raise ReportError(
            f"{name} has report version {header.version}, this lambdaudit reads up to {VERSION}: upgrade lambdaudit"
        )
    try:
        report = msgspec.json.decode(data, type=Report)
        msgspec.convert(report.functions, tuple[FunctionPage, ...])
        msgspec.convert(report.assets, tuple[AssetPage, ...])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ReportError(f"{name} is damaged: {error}; run the audit again") from error
    return report


def read(path: Path) -> Report:
    """Read a report file, gzipped or not. Raises ReportError with one clear line."""
    try:
        with path.open("rb") as file:
            head = file.read(2)
        with gzip.open(path) if head == b"\x1f\x8b" else path.open("rb") as file:
            data: Any = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReportError(f"cannot read report {path}: {reason}") from error
    if len(data) > MAX_BYTES:
        raise ReportError(f"report {path} is larger than {MAX_BYTES // 1024**3} GiB")
    return decode(data, name=str(path))
