"""Attack strings in every text of a report."""

import hashlib
from typing import Any

import msgspec

from lambdaudit.model.finding import Report

PAYLOADS = (
    "<script>window.__hit=1</script>",
    "</script><img src=x onerror=window.__hit=2>",
    "\x1b[31m\x1b]8;;http://evil.example\x07red\x1b[2J",
    "::error::planted\n::set-output name=x::y",
    "##[error]planted ##vso[task.complete]",
    '=HYPERLINK("http://evil.example","x")',
    "line one\r\nline two\ttab",
    "safe\u202egnp.exe\u2066\u200b",
    "\x00null\x85\u2028\u2029\ufeff",
    "{{7*7}} ${7*7} <%= 7 %> javascript:alert(1) &lt;b&gt; \\u003cscript\\u003e \\",
    "-->]]><!--<svg/onload=window.__hit=3>",
    "x" * 10_000,
)


def hostile(original: Report) -> Report:
    """The report with an attack in front of every text, keys included; what is joined by id still is. Statistics' keys too."""

    def spoil(text: str) -> str:
        return PAYLOADS[int(hashlib.md5(text.encode()).hexdigest(), 16) % len(PAYLOADS)] + text if text else text

    def walk(value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, str):
            return value if path in _FIXED else spoil(value)
        if isinstance(value, dict):
            return {key if _is_field(path) else spoil(key): walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [walk(item, path) for item in value]
        return value

    return msgspec.convert(walk(msgspec.to_builtins(original), ()), Report)


_FIXED = {
    ("format",),
    ("findings", "severity"),
    ("findings", "confidence"),
    ("findings", "change"),
    ("baseline", "fixed", "severity"),
    ("baseline", "unjudged", "severity"),
    ("not_assessed", "status"),
    ("rules", "severity"),
    ("functions", "worst"),
    ("functions", "triggers", "status"),
}
"""Texts that are one of a few words by type, not chosen by anybody outside."""


def _is_field(path: tuple[str, ...]) -> bool:
    """Whether the keys of a dict are names of fields, and not foreign text."""
    if path in (("statistics", "severities"), ("statistics", "verdicts")):
        return True
    return (
        "document" not in path
        and "witness" not in path
        and "extra" not in path
        and (path[:1] != ("statistics",) or len(path) == 1)
    )
