"""The report as one self-contained page: no network, no inline handlers, a content-security policy that allows nothing else.

The data stands in one inert JSON block, gzipped above a megabyte; the page's own script builds everything with text nodes. A
table for readers without scripts is written here, escaped.
"""

import base64
import gzip
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import Any

from lambdaudit.model.finding import Finding, Report, Severity

from . import json_report
from .layout import picture
from .ranking import Gap, gaps, groups
from .text import block, count, json_bytes, one_line

GZIP_ABOVE = 1_000_000
"""Size of the data in bytes above which it is compressed; below, the page stays readable with any editor."""

FINDINGS_WITHOUT_SCRIPT = 300

_STYLE = ("tokens", "shell", "lists", "pages", "print")
_SCRIPT = (
    "base",
    "data",
    "router",
    "parts",
    "values",
    "charts",
    "graph",
    "table",
    "filters",
    "overview",
    "findings",
    "finding",
    "functions",
    "code",
    "function",
    "assets",
    "coverage",
    "palette",
    "shell",
)


def render(report: Report) -> bytes:
    """The page as UTF-8. Equal reports give equal bytes."""
    report = json_report.ordered(report)
    unseen = gaps(report)
    style = "\n".join(_asset(f"style/{name}.css") for name in _STYLE)
    vendor = _asset("vendor/htm-preact.js")
    parts = "\n".join(_asset(f"app/{name}.js") for name in _SCRIPT)
    script = f'(() => {{\n"use strict";\n{parts}\n}})();'
    kind, data = _data_block(report, unseen)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(vendor)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{_html(report.tool)}">
<title>{_html(_title(report))}</title>
<style>{style}</style>
</head>
<body>
<noscript>{_without_script(report, unseen)}</noscript>
<div id="app"></div>
<script type="application/json" id="data" data-encoding="{kind}">{data}</script>
<script>{vendor}</script>
<script>{script}</script>
</body>
</html>
"""
    return page.encode()


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", *name.split("/")).read_text("utf-8").strip()


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _title(report: Report) -> str:
    accounts = report.coverage.accounts
    return f"lambdaudit: {accounts[0] if len(accounts) == 1 else count(len(accounts), 'account')}, {report.created[:10]}"


def _data_block(report: Report, unseen: Iterable[Gap]) -> tuple[str, str]:
    """The data with every text harmless, and how it is encoded: ``json`` (escaped for HTML) or ``gzip`` (base64)."""
    data = json_bytes(json_report.encode({"report": report, **_extra(report, unseen)}))
    if len(data) > GZIP_ABOVE:
        return "gzip", base64.b64encode(gzip.compress(data, 7, mtime=0)).decode()
    return "json", data.decode().replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _extra(report: Report, unseen: Iterable[Gap]) -> dict[str, Any]:
    """What is worked out here, so that terminal and page say the same: ranking, gaps, and the pictures."""
    position = {finding.fingerprint: index for index, finding in enumerate(report.findings)}
    assets = {asset["id"]: asset for asset in report.assets}
    return {
        "groups": [
            {
                "rule": g.rule,
                "severity": g.severity,
                "sentence": g.sentence,
                "findings": [position[f.fingerprint] for f in g.findings],
                "functions": len(g.functions),
            }
            for g in groups(report.findings)
        ],
        "gaps": [{**gap._asdict(), "on": gap.on} for gap in unseen],
        "pictures": {view["id"]: picture(view, assets) for view in report.functions},
    }


def _without_script(report: Report, unseen: Sequence[Gap]) -> str:
    """Counts and the worst findings as plain tables."""
    stats = report.statistics
    numbers = [
        ("Functions", stats.functions),
        ("Execution roles", stats.roles),
        *((str(severity).capitalize(), stats.severities[severity]) for severity in Severity),
        ("Findings", stats.findings),
        ("Not assessed", stats.not_assessed),
    ]
    rows = "".join(f'<tr><th scope="row">{_html(name)}</th><td>{number:,}</td></tr>' for name, number in numbers)
    gap_rows = "".join(f"<li>{_html(gap.need or gap.reason)} {_html(gap.on)}</li>" for gap in unseen[:50])
    return f"""<div class="plain"><h1>{_html(_title(report))}</h1>
<p>Search, filters and the pages of single functions need scripts. This is the summary.</p>
<table><caption>Statistics</caption>{rows}</table>
<h2>Not seen</h2><ul>{gap_rows or "<li>Everything that was asked for could be read.</li>"}</ul>
{_plain_findings(report.findings)}</div>"""


def _plain_findings(worst: Sequence[Finding]) -> str:
    rows = "".join(
        f"<tr><td>{f.severity}</td><td>{_html(f.message)}</td><td>{_html(f.asset)}</td><td>{len(f.functions):,}</td>"
        f"<td>{_html(f.fix.text)}</td></tr>"
        for f in worst[:FINDINGS_WITHOUT_SCRIPT]
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Severity", "Finding", "Asset", "Functions", "Fix"))
    more = (
        f"<p>{len(worst) - FINDINGS_WITHOUT_SCRIPT:,} more are not shown here.</p>"
        if len(worst) > FINDINGS_WITHOUT_SCRIPT
        else ""
    )
    return f"<table><caption>Findings, worst first</caption><tr>{head}</tr>{rows}</table>{more}"


def _html(text: str) -> str:
    return escape(one_line(block(text), 2_000))
