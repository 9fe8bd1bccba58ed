"""What the parts of an event are worth: who writes them, by the kind of trigger that delivers them."""

import re
from functools import lru_cache
from typing import Any

from .catalogue import load

Worth = tuple[str, int, str]
"""Label (``event``, ``identity``, "" for what the service supplies), trust (2 certain … 0), kind of the value."""

_HTTP = {"url", "apigateway", "httpapi", "alb", "websocket"}
FIXED = frozenset({"schedule"})
"""Triggers whose event is written by the owner of the rule only."""


@lru_cache(maxsize=64)
def _rules(triggers: frozenset[str]) -> tuple[tuple[re.Pattern[str], Worth], ...]:
    table: list[dict[str, Any]] = load("events")["rules"]
    open_ended = not triggers or "unknown" in triggers
    found = []
    for row in table:
        of = set(row.get("triggers", ()))
        if "http" in of:
            of |= _HTTP
        if of and not of & triggers and (row.get("named") or not open_ended):
            continue
        worth = (row.get("label", ""), int(row.get("trust", 2)), row.get("kind", ""))
        found += [(_pattern(path), worth) for path in row["paths"]]
    return tuple(found)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", path)
    parts = [part.replace("_", "") for part in parts]
    text = "".join(".*" if part == "**" else r"[^.\[]*" if part == "*" else re.escape(part) for part in parts)
    return re.compile(f"event{text}" if path.startswith(("[", ".")) or not path else f"event\\.{text}", re.IGNORECASE)


@lru_cache(maxsize=8192)
def worth(path: str, triggers: frozenset[str]) -> Worth:
    """What stands at a path of the event (``event.Records[].body``): label, trust and kind of its value."""
    if triggers and triggers <= FIXED:
        return "", 2, ""
    plain = path.replace("_", "")
    for pattern, answer in _rules(triggers):
        if pattern.fullmatch(plain):
            return answer
    if triggers and triggers <= _HTTP:
        return "event", 2, _http_kind(path)
    return "event", 2, ""


def _http_kind(path: str) -> str:
    """Over HTTP everything is text until it is parsed."""
    depth = path.count(".")
    if depth == 1:
        return "text" if path.rsplit(".", 1)[1] in ("body", "path", "rawPath", "rawQueryString", "httpMethod") else ""
    heads = ("event.queryStringParameters.", "event.pathParameters.", "event.headers.", "event.multiValue")
    return "text" if path.startswith(heads) and depth == 2 else ""
