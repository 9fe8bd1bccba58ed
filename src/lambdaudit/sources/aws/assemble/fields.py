"""A record of an answer, read field by field: what is odd becomes Unknown, what nobody read stays for `extra`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where, escape_pointer
from lambdaudit.sources.aws.assemble.text import MAX_TEXT, bounded, clean, described, iso, redacted

T = TypeVar("T")
D = TypeVar("D")

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""Values that tell nothing, so that :meth:`Fields.extra` leaves them out."""
MAX_ITEMS = 100_000
"""Elements of one list that are read; AWS's own quotas are far below."""


class Odd(Exception):
    """A part of a value is not what the API's model says, so the value as a whole is not known."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def sure(value: T | Unknown) -> T:
    """Open a part inside the builder of a larger value; an Unknown part makes the larger value Unknown."""
    if isinstance(value, Unknown):
        raise Odd(value)
    return value


class Fields:
    """One record (a JSON object of an answer) and its place.

    Every reader takes the property's name as AWS spells it and `missing`, the value when the record does not hold it (often a
    default that AWS documents, or `unsaid`). A null counts as missing. A value of the wrong type is returned as an Unknown
    and kept, redacted, in :meth:`extra`.
    """

    __slots__ = ("_children", "_used", "data", "odd", "source", "where")

    def __init__(self, data: Mapping[str, Any], where: Where) -> None:
        self.data = data
        self.where = where
        self.source = where.source
        self.odd: list[Unknown] = []
        self._used: set[str] = set()
        self._children: list[tuple[str, int | None, Fields]] = []

    @property
    def unsaid(self) -> Unknown:
        """What stands for a property that the answer should hold and does not."""
        return Unknown(f"not in the answer of {self.source}")

    def text(self, name: str, missing: D) -> str | D | Unknown:
        """A text."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return clean(value)
        return self.strange(name, value)

    def prose(self, name: str, missing: D) -> str | D | Unknown:
        """A text that people write freely, without the secrets in it."""
        value = self.text(name, missing)
        return redacted(value) if isinstance(value, str) else value

    def integer(self, name: str, missing: D) -> int | D | Unknown:
        """A whole number, also one written as text (queue attributes)."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= 18:
            return int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return value
        return self.strange(name, value)

    def flag(self, name: str, missing: D) -> bool | D | Unknown:
        """True or false, also written as text (queue attributes)."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        return self.strange(name, value)

    def time(self, name: str, missing: D) -> str | D | Unknown:
        """A time as ISO 8601 text; a text comes back as AWS wrote it."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, datetime):
            return iso(value)
        if isinstance(value, str) and len(value) <= 64:
            return clean(value)
        return self.strange(name, value)

    def texts(self, name: str, missing: D) -> tuple[str, ...] | D | Unknown:
        """A list of texts."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, list | tuple) and len(value) <= MAX_ITEMS:
            found = tuple([clean(item) for item in value if isinstance(item, str) and len(item) <= MAX_TEXT])
            if len(found) == len(value):
                return found
        return self.strange(name, value)

    def record(self, name: str) -> "Fields | Unknown | None":
        """A nested record; None when there is none."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            return self.strange(name, value)
        child = Fields(value, self.where / name)
        self._children.append((name, None, child))
        return child

    def build(self, name: str, build: Callable[["Fields"], T], missing: D) -> T | D | Unknown:
        """What `build` makes of a nested record; Unknown when a part of it is odd (see :func:`sure`)."""
        child = self.record(name)
        if child is None:
            return missing
        return child if isinstance(child, Unknown) else child.attempt(build)

    def attempt(self, build: Callable[["Fields"], T]) -> T | Unknown:
        """What `build` makes of this record, or Unknown when a part of it is odd."""
        try:
            return build(self)
        except Odd as odd:
            return odd.unknown

    def each(self, name: str, build: Callable[["Fields"], T], missing: D) -> tuple[T, ...] | D | Unknown:
        """What `build` makes of every record of a list; Unknown when one of them is odd."""
        value = self.take(name)
        if value is None:
            return missing
        if not isinstance(value, list) or len(value) > MAX_ITEMS or any(not isinstance(item, dict) for item in value):
            return self.strange(name, value)
        made = []
        where = self.where / name
        for number, item in enumerate(value):
            child = Fields(item, where / number)
            self._children.append((name, number, child))
            one = child.attempt(build)
            if isinstance(one, Unknown):
                return one
            made.append(one)
        return tuple(made)

    def take(self, name: str) -> Any:
        """The bare value, noted as read; None when missing. For values with a reader of their own."""
        self._used.add(name)
        return self.data.get(name)

    def plain(self, value: T | Unknown, fallback: T) -> T:
        """Open a field whose type in the model has no Unknown: an odd value is noted in `odd` and `fallback` stands in."""
        if isinstance(value, Unknown):
            self.odd.append(value)
            return fallback
        return value

    def strange(self, name: str, value: object) -> Unknown:
        """The Unknown for a value of the wrong type or size; the value itself stays for :meth:`extra`."""
        self._used.discard(name)
        return Unknown(f"odd value: {name} is {described(value)}")

    def about(self, subject: str) -> None:
        """Name the asset that a record of a region-wide list is about."""
        self.where = msgspec.structs.replace(self.where, subject=subject)

    def ignore(self, *names: str) -> None:
        """Leave properties out of :meth:`extra` that say nothing to an auditor (revision ids, dates of reading …)."""
        self._used.update(names)

    def extra(self) -> dict[str, Any]:
        """What nobody read: new properties and odd values, by their path in the record; bounded and redacted."""
        found = {}
        for name, value in self.data.items():
            if name not in self._used and value not in EMPTY:
                found[redacted(str(name))] = bounded(value)
        for parent, number, child in self._children:
            for name, value in child.extra().items():
                path = escape_pointer(parent) if number is None else f"{escape_pointer(parent)}/{number}"
                found[f"{path}/{escape_pointer(name)}"] = value
        return found
