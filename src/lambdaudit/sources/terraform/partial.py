"""Operations on values of which a part may be unknown: texts, comparison, conversion, JSON."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.choices import Apart
from lambdaudit.sources.iac.values import Float, Int, List, Map, OneOf, Ref, Span, Str, Text, Value, moved, one_of, span_of

MAX_TEXT = 1024 * 1024
"""Longest text that is computed, in characters."""
MAX_NODES = 50_000
"""Largest tree that is walked, in values."""
MAX_CHOICES = 16


class Invalid(Exception):
    """An expression that Terraform itself would refuse; the text says why."""


class Lazy:
    """Something with attributes that are computed when they are asked for: an instance of a resource, a module."""

    def attribute(self, name: str) -> Value:
        """The value of an attribute."""
        raise NotImplementedError


class SetList(List):
    """A set: unique members, sorted when they are texts."""

    __slots__ = ()


class JsonStr(Str):
    """A text that was made by ``jsonencode`` or a policy document; `tree` is what went into it, with its places."""

    __slots__ = ("tree",)
    tree: Value


class JsonText(Text):
    """The same with holes."""

    __slots__ = ("tree",)
    tree: Value

    def __init__(self, parts: tuple[Any, ...], span: Span | None, tree: Value) -> None:
        super().__init__(parts, span)
        object.__setattr__(self, "tree", tree)


class Wildcard:
    """The instances of a resource or module whose keys are not known: any key gives the one `instance`."""

    def __init__(self, instance: Value, reason: Unknown) -> None:
        self.instance = instance
        self.reason = reason


def is_open(value: Value) -> bool:
    """Whether the value itself, not its members, is more than plain."""
    return isinstance(value, Unknown | Ref | Text | OneOf | Lazy | Wildcard)


def reason(value: Value, nodes: int = MAX_NODES) -> Unknown | None:
    """Why a value is not plain through and through; None when it is."""
    stack = [value]
    while stack:
        one = stack.pop()
        nodes -= 1
        if nodes < 0:
            return Unknown("a value of too many parts")
        if isinstance(one, str | int | float) or one is None:
            continue
        if isinstance(one, Unknown):
            return one
        if isinstance(one, list | dict):
            rest: Unknown | None = getattr(one, "rest", None)
            if rest:
                return rest
            stack.extend(one.values() if isinstance(one, dict) else one)
        elif isinstance(one, Ref):
            return Unknown(f"{one.attribute} of {one.address} is known after apply")
        elif isinstance(one, Text):
            stack.extend(one.parts)
        elif isinstance(one, OneOf):
            return Unknown(f"depends on {one.options[0][0]}")
        else:
            return Unknown(f"{one} is known after apply")
    return None


def bounded(value: Value) -> Value:
    """The value, or an Unknown when it is too large to be handed on; lazy parts of it become Unknown."""
    count = 0

    def walk(one: Value) -> Value:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise Invalid("a value of too many parts")
        if isinstance(one, Lazy | Wildcard):
            return Unknown(f"{one} is known after apply")
        if isinstance(one, Map):
            return Map({k: walk(v) for k, v in one.items()}, one.span, one.keys_at, one.rest)
        if isinstance(one, List):
            return List([walk(v) for v in one], one.span, one.rest)
        if isinstance(one, OneOf):
            return OneOf(tuple((label, walk(v)) for label, v in one.options), one.span)
        return one

    try:
        return walk(value)
    except Invalid as error:
        return Unknown(str(error))


def number_text(value: float) -> str:
    """A number as Terraform prints it."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    shown = f"{value:.15g}"
    return shown if "e" not in shown or abs(value) > 1e300 else format(Decimal(shown), "f")


def to_text(value: Value) -> Value:
    """A value as text: plain ones converted, open ones as they are. Raises Invalid for lists, objects and null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return moved(number_text(value), span_of(value))
    if value is None:
        raise Invalid("null in a text")
    if isinstance(value, list | dict | Wildcard | Lazy):
        raise Invalid("a list or object in a text")
    if isinstance(value, OneOf):
        return one_of([(label, to_text(v)) for label, v in value.options], value.span)
    return value


def text(parts: Iterable[Value], span: Span | None) -> Value:
    """The text of these parts, with what is not known of it as holes."""
    found: list[Any] = []
    length = 0
    for part in parts:
        piece = to_text(part)
        for one in piece.parts if isinstance(piece, Text) else (piece,):
            if isinstance(one, str):
                length += len(one)
                if length > MAX_TEXT:
                    return Unknown("a text of more than a million characters")
                if found and isinstance(found[-1], str):
                    found[-1] += str(one)
                elif one:
                    found.append(str(one))
            else:
                found.append(one)
    if len(found) > 500:
        return Unknown("a text with too many holes")
    if not found:
        return Str("", span)
    if len(found) == 1:
        return Str(found[0], span) if isinstance(found[0], str) else found[0]
    return Text(tuple(found), span)


def plain(value: Value) -> Value:
    """A plain tree of built-in types, for functions that need one; call it only when :func:`reason` gave None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def spread(values: list[Value], work: Callable[[list[Value]], Value]) -> Value:
    """Apply work to every combination of the options of OneOf values, leaving out combinations that contradict themselves."""
    choices: list[list[tuple[tuple[str, ...], Value]]] = []
    total = 1
    for value in values:
        options = value.options if isinstance(value, OneOf) else ((None, value),)
        choices.append([((label,) if label else (), v) for label, v in options])
        total *= len(options)
    if total > MAX_CHOICES:
        return Unknown("depends on too many conditions")
    if total == 1:
        return work(values)
    rows: list[tuple[tuple[str, ...], list[Value]]] = [((), [])]
    for column in choices:
        rows = [
            ((*labels, *(x for x in more if x not in labels)), [*row, value])
            for labels, row in rows
            for more, value in column
            if not _contradict(labels, more)
        ]
    results: list[tuple[str, Value]] = []
    failure: Invalid | None = None
    for labels, row in rows:
        try:
            results.append((", ".join(labels), work(row)))
        except Invalid as error:
            failure = error
    if not results and failure:
        raise failure
    return one_of(results)


def _contradict(some: tuple[str, ...], more: tuple[str, ...]) -> bool:
    facts = {fact for label in some for fact in label.split(", ")}
    return any(
        f"not {fact}" in facts or (fact.startswith("not ") and fact[4:] in facts) for label in more for fact in label.split(", ")
    )


def equal(left: Value, right: Value) -> bool | Unknown:
    """``left == right`` as far as it can be told: types count, and the known ends of a text can decide."""
    if isinstance(left, str) and isinstance(right, str):
        return str(left) == str(right)
    if isinstance(left, Apart) or isinstance(right, Apart):
        one, other = (left, right) if isinstance(left, Apart) else (right, left)
        return False if isinstance(other, str) and other in one.than else one
    if left is None or right is None:
        other = right if left is None else left
        if isinstance(other, Unknown | OneOf):
            return Unknown(f"whether a value is null: {reason(other) and _words(other)}")
        return left is right
    if is_open(left) or is_open(right):
        return _open_equal(left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)
    if isinstance(left, list) and isinstance(right, list):
        return _all_equal(left, right) if len(left) == len(right) else _different_length(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        if set(left) != set(right):
            return _different_length(left, right)
        return _all_equal(list(left.values()), [right[key] for key in left])
    return False


def _words(value: Value) -> str:
    why = reason(value)
    return why.reason if why else ""


def _different_length(left: Value, right: Value) -> bool | Unknown:
    return getattr(left, "rest", None) or getattr(right, "rest", None) or False


def _all_equal(left: list[Value], right: list[Value]) -> bool | Unknown:
    unknown: Unknown | None = getattr(left, "rest", None) or getattr(right, "rest", None)
    for a, b in zip(left, right, strict=True):
        same = equal(a, b)
        if same is False:
            return False
        if isinstance(same, Unknown):
            unknown = same
    return unknown or True


def _open_equal(left: Value, right: Value) -> bool | Unknown:
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        answers = [
            equal(a, b)
            for _, a in (left.options if isinstance(left, OneOf) else (("", left),))
            for _, b in (right.options if isinstance(right, OneOf) else (("", right),))
        ][:64]
        if all(x is True for x in answers):
            return True
        if all(x is False for x in answers):
            return False
    if isinstance(left, Ref) and left == right:
        return True
    for some, other in ((left, right), (right, left)):
        if isinstance(some, Text) and isinstance(other, str) and not _may_be(some, other):
            return False
        if isinstance(some, Ref) and isinstance(other, str) and not other:
            return False
    why = reason(left) or reason(right)
    return Unknown(f"a comparison: {why.reason if why else 'not known'}")


def _may_be(value: Text, other: str) -> bool:
    parts = value.parts
    least = sum(len(part) for part in parts if isinstance(part, str))
    if len(other) < least:
        return False
    return (not isinstance(parts[0], str) or other.startswith(parts[0])) and (
        not isinstance(parts[-1], str) or other.endswith(parts[-1])
    )


def to_number(value: Value) -> Value:
    """A value as a number; open ones as they are."""
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise Invalid("a number is required")
    if isinstance(value, int | float) or is_open(value) or value is None:
        return value
    if isinstance(value, str) and len(value) < 100:
        try:
            number = float(value)
        except ValueError:
            raise Invalid(f"a number is required, not {value[:30]!r}") from None
        if number == number and abs(number) != float("inf") and not value.strip().lower().startswith(("inf", "nan")):
            span = span_of(value)
            return Int(int(number), span) if number.is_integer() and abs(number) < 2**63 else Float(number, span)
    raise Invalid("a number is required")


def to_bool(value: Value) -> Value:
    """A value as a truth value; open ones as they are."""
    if isinstance(value, bool) or is_open(value) or value is None:
        return value
    if isinstance(value, str) and value in ("true", "false", "1", "0"):
        return value in ("true", "1")
    raise Invalid("a truth value is required")


def members(value: Value) -> Iterator[tuple[Value, Value]]:
    """The (key, value) pairs of a collection, in Terraform's order: objects by key."""
    if isinstance(value, dict):
        for key in sorted(value):
            at = value.keys_at.get(key) if isinstance(value, Map) else None
            yield Str(key, at), value[key]
    elif isinstance(value, SetList):
        for one in value:
            yield one, one
    elif isinstance(value, list):
        yield from enumerate(value)
    else:
        raise Invalid("a list, set or object is required")


def as_set(values: Iterable[Value], span: Span | None = None, rest: Unknown | None = None) -> SetList:
    """A set of these values."""
    found: list[Value] = []
    seen: set[Any] = set()
    for value in values:
        if isinstance(value, str | int | float | Ref | Text):
            key: Any = (isinstance(value, bool), str(value) if isinstance(value, str) else value)
            try:
                if key in seen:
                    continue
                seen.add(key)
            except TypeError:
                pass
            found.append(value)
        elif len(found) > 500 or not any(equal(value, other) is True for other in found):
            found.append(value)
    if all(isinstance(v, str) for v in found):
        found.sort()
    elif all(isinstance(v, int | float) and not isinstance(v, bool) for v in found):
        found.sort(key=float)
    return SetList(found, span, rest)


def json_dumps(value: Value, span: Span | None) -> Value:
    """``jsonencode``: a JsonStr, or a JsonText when there are holes; Unknown when nothing can be said."""
    pieces: list[Value] = []
    count = 0

    def walk(one: Value) -> None:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise Invalid("a value of too many parts")
        if isinstance(one, bool) or one is None or isinstance(one, str):
            pieces.append(_quoted(one) if isinstance(one, str) else json.dumps(one))
        elif isinstance(one, int | float):
            pieces.append(number_text(one))
        elif isinstance(one, dict):
            pieces.append("{")
            for number, key in enumerate(sorted(one)):
                pieces.append(("," if number else "") + _quoted(key) + ":")
                walk(one[key])
            pieces.append("}")
            if rest := getattr(one, "rest", None):
                pieces.append(rest)
        elif isinstance(one, list):
            pieces.append("[")
            for number, inner in enumerate(one):
                if number:
                    pieces.append(",")
                walk(inner)
            pieces.append("]")
            if rest := getattr(one, "rest", None):
                pieces.append(rest)
        elif isinstance(one, Text | Ref):
            pieces.append('"')
            pieces.extend(_quoted(p)[1:-1] if isinstance(p, str) else p for p in (one.parts if isinstance(one, Text) else (one,)))
            pieces.append('"')
        elif isinstance(one, Lazy | Wildcard):
            pieces.append(Unknown(f"{one} is known after apply"))
        else:
            pieces.append(one if isinstance(one, Unknown) else Unknown(_words(one)))

    if isinstance(value, Unknown):
        return value
    if isinstance(value, OneOf):
        return one_of([(label, json_dumps(v, span)) for label, v in value.options], span)
    walk(value)
    made = text(pieces, span)
    if isinstance(made, str):
        done = JsonStr(made, span)
        done.tree = value
        return done
    if isinstance(made, Text):
        return JsonText(made.parts, span, value)
    return made


def _quoted(value: str) -> str:
    made = json.dumps(str(value), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        if sign in made:
            made = made.replace(sign, f"\\u{ord(sign):04x}")
    return made
