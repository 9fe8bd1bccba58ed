"""Reading of the case tables."""

import json
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "123456789012"


def cases(name: str) -> list[Any]:
    """One test parameter for each line of a table."""
    lines = (Path(__file__).parent / "cases" / name).read_text().splitlines()
    return [pytest.param(row, id=row["id"]) for row in map(json.loads, lines)]


def statements(rows: list[Any]) -> dict[str, Any]:
    """A document from statements in the short form ``[effect, action, resource, condition]``, or in full."""
    return {"Version": "2012-10-17", "Statement": [statement(row) for row in rows]}


def statement(row: Any) -> Any:
    """One statement; ``{"not": x}`` in place of an element is its negated form."""
    if not isinstance(row, list):
        return row
    made: dict[str, Any] = {"Effect": row[0]}
    for name, value in zip(("Action", "Resource"), row[1:3], strict=True):
        negated = isinstance(value, dict)
        made["Not" * negated + name] = value["not"] if negated else value
    if len(row) > 3:
        made["Condition"] = row[3]
    return made
