"""Texts and values of answers on their way into the inventory: well-formed, bounded, without secrets."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from lambdaudit.secrets import redact

MAX_TEXT: Final = 65_536
"""Characters of one value; a longer one is odd. The longest text that AWS sends is a policy of 32 KB."""
MAX_EXTRA_TEXT: Final = 1_000
MAX_EXTRA_ITEMS: Final = 50
MAX_EXTRA_DEPTH: Final = 5


def clean(text: str) -> str:
    """The text as valid Unicode: lone surrogates, which no JSON can carry, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=4096)
def redacted(text: str) -> str:
    """A free text (description, tag, address) without the secrets that someone wrote into it."""
    return redact(clean(text[:MAX_TEXT]))


def iso(moment: datetime) -> str:
    """A time as ISO 8601 text in UTC, ``2026-10-31T09:30:00Z``; a time without zone is taken as UTC."""
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def bounded(value: Any, depth: int = 0) -> Any:
    """A value beyond the model, for `Asset.extra`: plain JSON, texts redacted, cut at a depth, a count and a length."""
    if isinstance(value, str):
        return redacted(value) if len(value) <= MAX_EXTRA_TEXT else f"{redacted(value)[:MAX_EXTRA_TEXT]}…"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else f"… a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if depth >= MAX_EXTRA_DEPTH:
        return f"… {described(value)}"
    if isinstance(value, Mapping):
        pairs = list(value.items())
        kept = {bounded(str(key)): bounded(inner, depth + 1) for key, inner in pairs[:MAX_EXTRA_ITEMS]}
        return kept if len(pairs) <= MAX_EXTRA_ITEMS else {**kept, "…": f"{len(pairs) - MAX_EXTRA_ITEMS} more"}
    if isinstance(value, list | tuple):
        rest = [f"… {len(value) - MAX_EXTRA_ITEMS} more"] if len(value) > MAX_EXTRA_ITEMS else []
        return [bounded(inner, depth + 1) for inner in value[:MAX_EXTRA_ITEMS]] + rest
    return f"… {described(value)}"


def described(value: object) -> str:
    """What kind of thing a value is, in words and without the value: it may be a secret."""
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    names = {bool: "true or false", int: "a number", float: "a number", bytes: "bytes"}
    return names.get(type(value), "a value of another type")
