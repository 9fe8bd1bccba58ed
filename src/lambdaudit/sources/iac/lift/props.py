"""Properties of a resource, read one by one: what is open or odd becomes Unknown, what is missing the documented default."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where, escape_pointer
from lambdaudit.sources.aws.assemble.fields import Odd, sure
from lambdaudit.sources.aws.assemble.text import MAX_TEXT, clean, described, redacted
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import Map, Span, span_of

T = TypeVar("T")
D = TypeVar("D")


def is_reference(text: str) -> bool:
    """Whether a text holds a dynamic reference to a parameter or secret, which CloudFormation settles at the deployment."""
    return "{{resolve:" in text


def at(where: Where, name: str | int, span: Span | None) -> Where:
    """The place one step deeper, with the line of what stands there."""
    if span is None:
        return where / name
    return Where(span.source, where.subject, f"{where.pointer}/{escape_pointer(name)}", span.line, span.column)


class Props:
    """Properties and their place. Every reader takes `missing`, the value when the property is not set.

    In an object that is open (a macro may add to it), a property that is not set is Unknown.
    """

    __slots__ = ("data", "where")

    def __init__(self, data: Map, where: Where) -> None:
        self.data = data
        self.where = where

    def at(self, name: str) -> Where:
        """The place of a property."""
        return at(self.where, name, self.data.at(name))

    def take(self, name: str) -> Any:
        """The bare value; None when it is not set, Unknown when that is not known."""
        value = self.data.get(name)
        return self.data.rest if value is None else value

    def has(self, name: str) -> bool:
        """Whether a property is set, to whatever value."""
        return self.data.get(name) is not None

    def text(self, name: str, missing: D) -> str | D | Unknown:
        """A text; numbers and truth values as CloudFormation writes them."""
        value = self.take(name)
        if value is None:
            return missing
        return _text(name, value)

    def prose(self, name: str, missing: D) -> str | D | Unknown:
        """A text that people write freely, without the secrets in it."""
        value = self.text(name, missing)
        return redacted(value) if isinstance(value, str) else value

    def integer(self, name: str, missing: D) -> int | D | Unknown:
        """A whole number, also one written as text."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, str):
            shown = value.strip()
            digits = shown.removeprefix("-")
            if digits.isdecimal() and digits.isascii() and len(digits) <= 18:
                return int(shown)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return int(value)
        return odd(name, value)

    def flag(self, name: str, missing: D) -> bool | D | Unknown:
        """True or false, also written as text."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return odd(name, value)

    def texts(self, name: str, missing: D) -> tuple[str, ...] | D | Unknown:
        """A list of texts; a single text counts as a list of one, as CloudFormation takes it."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            return odd(name, value)
        if rest := getattr(value, "rest", None):
            return rest if isinstance(rest, Unknown) else odd(name, value)
        found = []
        for member in value:
            text = _text(name, member)
            if isinstance(text, Unknown):
                return text
            found.append(text)
        return tuple(found)

    def record(self, name: str) -> "Props | Unknown | None":
        """A nested object; None when it is not set. An object written as JSON text counts."""
        value = self.take(name)
        if value is None or isinstance(value, Unknown):
            return value
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = from_json(value)
        return Props(as_map(value), self.at(name)) if isinstance(value, dict) else odd(name, value)

    def build(self, name: str, build: Callable[["Props"], T], missing: D) -> T | D | Unknown:
        """What `build` makes of a nested object; Unknown when a part of it is not known (see :func:`sure`)."""
        child = self.record(name)
        if child is None:
            return missing
        return child if isinstance(child, Unknown) else child.attempt(build)

    def attempt(self, build: Callable[["Props"], T]) -> T | Unknown:
        """What `build` makes of these properties, or Unknown when a part of them is not known."""
        try:
            return build(self)
        except Odd as found:
            return found.unknown

    def each(self, name: str, build: Callable[["Props"], T], missing: D) -> tuple[T, ...] | D | Unknown:
        """What `build` makes of every object of a list; Unknown when one of them is not known."""
        value = self.take(name)
        if value is None:
            return missing
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            return odd(name, value)
        made = []
        for child in self.members(name):
            one = child if isinstance(child, Unknown) else child.attempt(build)
            if isinstance(one, Unknown):
                return one
            made.append(one)
        return tuple(made)

    def members(self, name: str) -> Iterator["Props | Unknown"]:
        """The objects of a list, each known or not; an Unknown at the end when the list is open or no list."""
        value = self.take(name)
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            if value is not None:
                yield odd(name, value)
            return
        where = self.at(name)
        for number, member in enumerate(value):
            if isinstance(member, dict):
                yield Props(as_map(member), at(where, number, span_of(member)))
            else:
                yield odd(name, member)
        rest = getattr(value, "rest", None)
        if isinstance(rest, Unknown):
            yield rest


def _text(name: str, value: Any) -> str | Unknown:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if is_reference(value):
            return Unknown(f"{name} is read at the deployment from {redacted(clean(str(value)))[:200]}")
        return clean(str(value)) if len(value) <= MAX_TEXT else odd(name, value)
    if isinstance(value, int | float):
        return str(value) if -(10**40) < value < 10**40 else odd(name, value)
    return odd(name, value)


def odd(name: str, value: Any) -> Unknown:
    """The Unknown for a value of the wrong type; an Unknown stays what it is."""
    if isinstance(value, Unknown):
        return Unknown(value.reason, value.need)
    return Unknown(f"odd value: {name} is {described(value)}")


def as_map(value: dict[str, Any]) -> Map:
    """An object as a Map."""
    return value if isinstance(value, Map) else Map(value)


def from_json(text: str) -> Any:
    """The value of a JSON text, with the place of the text; the text itself when it is none."""
    from lambdaudit.sources.iac.values import located

    if len(text) > 1_000_000:
        return text
    span = span_of(text)
    try:
        found = json.loads(text)
        return located(found, span) if span else found
    except (ValueError, RecursionError):
        return text


def span_at(resource: Resource, props: Props) -> Span | None:
    """The place of a resource as a span."""
    place = resource.where
    return Span(place.source, place.line, place.column or 1) if place.line else props.data.span


__all__ = ["Odd", "Props", "as_map", "at", "from_json", "is_reference", "odd", "span_at", "sure"]
