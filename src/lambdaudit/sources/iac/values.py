"""The values of a configuration that was read but not deployed: plain ones with their place, and those that are open.

Six kinds, which every format (CloudFormation, SAM, Terraform, Serverless Framework, CDK) shares:

* plain JSON values: `Str`, `Int`, `Float`, `List` and `Map` are the built-in types with a `span`; bool and None have none,
  so a `Map` keeps the span of each key. Built-in values without a span are legal everywhere;
* `Ref`: an attribute of another resource of the same configuration: its identity is known, its text is settled by the lift;
* `Text`: a text of parts, some of which are no plain text;
* `OneOf`: one of several values, by a condition that nobody decided;
* open lists and maps: a `List` or `Map` whose `rest` says what else may be in it;
* `Unknown` of the model: nothing is known, and why.

`NO_VALUE` stands for a property that is not set (``AWS::NoValue``, Terraform's null).
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from lambdaudit.model.unknown import Unknown

MAX_OPTIONS: Final = 64
"""Values that a OneOf lists; more of them are an Unknown."""


class Span(NamedTuple):
    """A place in a file, line and column from 1. `via`: where it was applied when it was written elsewhere (Globals, modules)."""

    source: str
    line: int
    column: int = 1
    via: "Span | None" = None

    def applied(self, at: "Span | None") -> "Span":
        """This place as applied through another one; itself when that adds nothing."""
        return self if at is None or at == self or self.via is not None else self._replace(via=at)


class Str(str):
    """A text with its place."""

    __slots__ = ("span",)
    span: Span | None

    def __new__(cls, value: str, span: Span | None = None) -> "Str":
        """The same text with a place."""
        made = super().__new__(cls, value)
        made.span = span
        return made

    def __copy__(self) -> "Str":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Str":
        return self


class Int(int):
    """A whole number with its place."""

    span: Span | None

    def __new__(cls, value: int, span: Span | None = None) -> "Int":
        """The same number with a place."""
        made = super().__new__(cls, value)
        made.span = span
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> "Int":
        return self


class Float(float):
    """A number with a fraction, with its place."""

    __slots__ = ("span",)
    span: Span | None

    def __new__(cls, value: float, span: Span | None = None) -> "Float":
        """The same number with a place."""
        made = super().__new__(cls, value)
        made.span = span
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> "Float":
        return self


class List(list[Any]):
    """A list with its place. With `rest` set the list is open: it holds at least these members."""

    __slots__ = ("rest", "span")

    def __init__(self, values: Iterable[Any] = (), span: Span | None = None, rest: Unknown | None = None) -> None:
        super().__init__(values)
        self.span = span
        self.rest = rest

    def __deepcopy__(self, memo: dict[int, Any]) -> "List":
        from copy import deepcopy

        return List([deepcopy(value, memo) for value in self], self.span, self.rest)


class Map(dict[str, Any]):
    """An object with its place and those of its keys. With `rest` set it is open: it holds at least these members."""

    __slots__ = ("keys_at", "rest", "span")

    def __init__(
        self,
        values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        span: Span | None = None,
        keys_at: Mapping[str, Span] | None = None,
        rest: Unknown | None = None,
    ) -> None:
        super().__init__(values)
        self.span = span
        self.keys_at: dict[str, Span] = dict(keys_at or {})
        self.rest = rest

    def at(self, key: str) -> Span | None:
        """The place of a member: of its value when that is a text or number, of its key for everything else."""
        value = self.get(key)
        own, name = span_of(value), self.keys_at.get(key)
        return (name or own) if isinstance(value, list | dict) else (own or name)

    def __copy__(self) -> "Map":
        return Map(self, self.span, self.keys_at, self.rest)

    def copy(self) -> "Map":
        """A shallow copy with the places."""
        return self.__copy__()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Map":
        from copy import deepcopy

        return Map({key: deepcopy(value, memo) for key, value in self.items()}, self.span, self.keys_at, self.rest)


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of another resource, by that resource's address in the configuration.

    `attribute` is CloudFormation's name for Fn::GetAtt (``Arn``, ``QueueUrl`` …), or ``Ref`` for what Ref gives.
    """

    address: str
    attribute: str = "Ref"
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text of parts: plain texts, `Ref`, `OneOf` of texts, and Unknown for a hole."""

    parts: tuple[Any, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values: pairs of what decides for it, in words (``Prod``, ``not Prod``, ``Stage=dev``), and the value.

    `why` says what would settle it (``give --param Stage=…``).
    """

    options: tuple[tuple[str, Any], ...]
    span: Span | None = None
    why: str = ""

    @property
    def reason(self) -> str:
        """Why it is not one value."""
        labels = [label for label, _ in self.options if not label.startswith("not ")]
        shown = " or ".join(labels[:4]) or self.options[0][0]
        return f"depends on {shown}" + (f": {self.why}" if self.why else "")


class _NoValue(enum.Enum):
    NO_VALUE = "no value"

    def __deepcopy__(self, memo: dict[int, Any]) -> "_NoValue":
        return self


NO_VALUE: Final = _NoValue.NO_VALUE
"""The value of a property that is not set."""

Value: TypeAlias = Any
"""A value of any of the kinds; JSON's own types count as plain values without a place."""


def span_of(value: Value) -> Span | None:
    """The place of a value, or None."""
    return getattr(value, "span", None)


def is_plain(value: Value) -> bool:
    """Whether a value is a plain text, number, truth value or null."""
    return value is None or isinstance(value, str | int | float)


def moved(value: Value, span: Span | None) -> Value:
    """The value with a place, when it has none of its own and can carry one."""
    if span is None or span_of(value) is not None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return (type(value) if isinstance(value, Str) else Str)(value, span)
    if isinstance(value, int):
        return Int(value, span)
    if isinstance(value, float):
        return Float(value, span)
    if isinstance(value, list):
        return List(value, span, getattr(value, "rest", None))
    if isinstance(value, dict):
        return Map(value, span, getattr(value, "keys_at", None), getattr(value, "rest", None))
    return value


def located(value: Value, span: Span) -> Value:
    """A plain tree (parsed JSON) with one place for all of it; what has a place already keeps it."""
    if isinstance(value, dict):
        keys = dict.fromkeys(value, span)
        made = Map({key: located(inner, span) for key, inner in value.items()}, span_of(value) or span, keys)
        made.rest = getattr(value, "rest", None)
        return made
    if isinstance(value, list):
        return List([located(inner, span) for inner in value], span_of(value) or span, getattr(value, "rest", None))
    return moved(value, span)


def one_of(options: Iterable[tuple[str, Value]], span: Span | None = None, why: str = "") -> Value:
    """A OneOf over these values; the value itself when all are equal, an Unknown when there are too many."""
    flat: list[tuple[str, Value]] = []
    for label, value in options:
        if isinstance(value, OneOf):
            why = why or value.why
            flat.extend((f"{label}, {inner}" if label else inner, choice) for inner, choice in value.options)
        else:
            flat.append((label, value))
    if flat and all(type(value) is type(flat[0][1]) and value == flat[0][1] for _, value in flat):
        return flat[0][1]
    if len(flat) > MAX_OPTIONS:
        return Unknown(f"one of more than {MAX_OPTIONS} values")
    return OneOf(tuple(flat), span, why)


def open_parts(value: Value) -> Iterator[Unknown]:
    """Every reason why a value is not known in full, depth first."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Text):
        for part in value.parts:
            yield from open_parts(part)
    elif isinstance(value, OneOf):
        yield Unknown(value.reason)
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from open_parts(inner)
        if rest := getattr(value, "rest", None):
            yield rest
