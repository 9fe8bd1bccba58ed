"""The life cycle of Lambda runtimes, from the dated table in the package."""

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

STALE_AFTER = dt.timedelta(days=120)


class Lifecycle(NamedTuple):
    """Dates of one runtime; None where AWS has not set one. From `deprecated` on AWS patches it no longer."""

    name: str
    deprecated: dt.date | None
    block_create: dt.date | None
    block_update: dt.date | None
    successor: str


@cache
def _table() -> tuple[dt.date, dict[str, Lifecycle]]:
    data = json.loads(files("lambdaudit.data").joinpath("runtimes.json").read_text("utf-8"))
    rows = {
        name: Lifecycle(name, _day(row["deprecated"]), _day(row["block_create"]), _day(row["block_update"]), row["successor"])
        for name, row in data["runtimes"].items()
    }
    return dt.date.fromisoformat(data["date"]), rows


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def lifecycle(runtime: str) -> Lifecycle | None:
    """The life cycle of a runtime id (``python3.13``); None for one that the table does not have."""
    return _table()[1].get(runtime)


def table_date() -> dt.date:
    """The day of the table's data."""
    return _table()[0]


def is_stale(today: dt.date) -> bool:
    """Whether the table is older than 120 days."""
    return today - table_date() > STALE_AFTER
