"""Untrusted JSON, taken apart without surprises: what has another type than expected counts as absent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lambdaudit.model.external import ExternalIssue

MOST_TEXT = 400
_CWE = re.compile(r"(?i)\bCWE[-_/ ]?(?:0*)(\d{1,5})\b")
_ADVISORY = re.compile(r"(?i)\b(CVE-\d{4}-\d{4,10}|GHSA(?:-[0-9a-z]{4}){3}|(?:PYSEC|GO|RUSTSEC|MAL)-\d{4}-\d{1,8})\b")
_WORDS = {
    "critical": "critical", "high": "high", "error": "medium", "medium": "medium", "moderate": "medium", "warning": "low",
    "warn": "low", "low": "low", "note": "info", "info": "info", "informational": "info", "negligible": "info", "none": "info",
}  # fmt: skip


@dataclass(slots=True)
class Told:
    """What a file says: the tool, its version, and its results in the order of the file."""

    tool: str
    version: str = ""
    issues: list[ExternalIssue] = field(default_factory=list)


def mapping(value: Any) -> dict[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing for what is no list."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield one


def text(value: Any, most: int = MOST_TEXT) -> str:
    """A string on one line, cut; a number as it is written; nothing for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:most]
    joined = " ".join(value.split()) if isinstance(value, str) else ""
    return joined if len(joined) <= most else joined[: most - 1] + "…"


def number(value: Any) -> int:
    """A line or column number; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0


def texts(value: Any) -> tuple[str, ...]:
    """The strings of a list, or the one string."""
    if isinstance(value, str):
        return (text(value),)
    return tuple(text(one) for one in value[:200] if isinstance(one, str)) if isinstance(value, list) else ()


def severity(word: Any, default: str = "medium") -> str:
    """A tool's word for how bad it is, as one of ours."""
    return _WORDS.get(text(word).lower(), default)


def from_score(score: Any) -> str:
    """A CVSS score as a severity, by the bands of CVSS 3; empty for what is no score."""
    try:
        value = float(score)
    except (TypeError, ValueError):
        return ""
    if not 0 < value <= 10:
        return ""
    return "critical" if value >= 9 else "high" if value >= 7 else "medium" if value >= 4 else "low"


def weaknesses(*values: Any) -> tuple[str, ...]:
    """Every CWE that is named in some texts, as ``CWE-89``. A bare number counts where the tool means one."""
    found: dict[str, None] = {}
    for value in values:
        for one in (str(value),) if isinstance(value, int) and not isinstance(value, bool) else texts(value):
            if one.isdecimal():
                found[f"CWE-{int(one[:6])}"] = None
            found |= {f"CWE-{int(digits)}": None for digits in _CWE.findall(one)}
    return tuple(found)


def advisory_ids(*values: Any) -> tuple[str, ...]:
    """Every advisory that is named in some texts, each spelled as its publisher spells it."""
    found: dict[str, None] = {}
    for value in values:
        for one in texts(value):
            found |= {_spelled(name): None for name in _ADVISORY.findall(one)}
    return tuple(found)


def _spelled(name: str) -> str:
    return f"GHSA{name[4:].lower()}" if name[:4].upper() == "GHSA" else name.upper()
