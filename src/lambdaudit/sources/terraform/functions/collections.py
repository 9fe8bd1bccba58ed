"""Functions on lists, sets and objects, and conversions between types."""

from collections.abc import Callable
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, OneOf, Ref, Span, Text, Value, one_of

from ..partial import Invalid, Wildcard, as_set, equal, is_open, members, reason, to_bool, to_number, to_text

MAX_LENGTH = 10_000


def _why(*values: Value) -> Unknown:
    return next((why for value in values if (why := reason(value))), Unknown("something that is not known"))


def _listed(value: Value) -> tuple[list[Value], Unknown | None]:
    """The members of a list or set, and what else may be in it."""
    if isinstance(value, Wildcard):
        return [value.instance], value.reason
    if is_open(value):
        return [], _why(value)
    if isinstance(value, list):
        return list(value), getattr(value, "rest", None)
    raise Invalid("a list is required")


def _mapped(value: Value) -> tuple[dict[str, Value], Unknown | None]:
    if is_open(value):
        return {}, _why(value)
    if isinstance(value, dict):
        return value, getattr(value, "rest", None)
    raise Invalid("an object is required")


def concat(values: list[Value], at: Span) -> Value:
    """All members of all lists."""
    found = List((), at)
    for value in values:
        inner, rest = _listed(value)
        found.extend(inner)
        found.rest = found.rest or rest
        if len(found) > MAX_LENGTH:
            return Unknown("a list of too many members")
    return found


def merge(values: list[Value], at: Span) -> Value:
    """All pairs of all objects, the last one of a key."""
    found = Map((), at)
    for value in values:
        if value is None:
            continue
        inner, rest = _mapped(value)
        found.update(inner)
        found.keys_at.update(getattr(value, "keys_at", {}))
        found.rest = found.rest or rest
    return found


def lookup(values: list[Value], at: Span) -> Value:
    """The member of a key, or the default."""
    table, key = values[0], values[1]
    inner, rest = _mapped(table)
    if is_open(key):
        if not rest and 0 < len(inner) <= 16:
            return one_of([(f"the key = {name}", value) for name, value in inner.items()])
        return _why(key)
    name = str(to_text(key))
    if name in inner:
        return inner[name]
    if rest:
        return rest
    if len(values) < 3:
        raise Invalid(f"there is no member {name!r}")
    return values[2]


def length(values: list[Value], at: Span) -> Value:
    """The number of members or characters."""
    value = values[0]
    if isinstance(value, str):
        return len(value)
    if is_open(value):
        return _why(value)
    if isinstance(value, list | dict):
        return getattr(value, "rest", None) or len(value)
    raise Invalid("a collection or text is required")


def flatten(values: list[Value], at: Span) -> Value:
    """Lists in lists as one list."""
    found = List((), at)

    def walk(value: Value, depth: int) -> None:
        if depth > 50 or len(found) > MAX_LENGTH:
            raise Invalid("a list that is too large")
        inner, rest = _listed(value)
        found.rest = found.rest or rest
        for one in inner:
            if isinstance(one, list):
                walk(one, depth + 1)
            elif isinstance(one, Unknown):
                found.rest = found.rest or one
            elif isinstance(one, OneOf) and any(isinstance(v, list) for _, v in one.options):
                found.rest = found.rest or _why(one)
            else:
                found.append(one)

    walk(values[0], 0)
    return found


def keys(values: list[Value], at: Span) -> Value:
    """The keys of an object, sorted."""
    inner, rest = _mapped(values[0])
    return List([key for key, _ in members(inner)], at, rest)


def values_(values: list[Value], at: Span) -> Value:
    """The values of an object, by key."""
    if isinstance(values[0], Wildcard):
        return List([values[0].instance], at, values[0].reason)
    inner, rest = _mapped(values[0])
    return List([value for _, value in members(inner)], at, rest)


def element(values: list[Value], at: Span) -> Value:
    """The member of a list at an index that wraps around."""
    inner, rest = _listed(values[0])
    number = to_number(values[1])
    if is_open(number):
        return one_of([(f"the index = {i}", v) for i, v in enumerate(inner)]) if inner and not rest else _why(number)
    if rest:
        return inner[number] if 0 <= number < len(inner) else rest
    if not inner:
        raise Invalid("element() of an empty list")
    return inner[int(number) % len(inner)]


def contains(values: list[Value], at: Span) -> Value:
    """Whether a list has a member."""
    inner, rest = _listed(values[0])
    unknown: Unknown | None = rest
    for one in inner:
        same = equal(one, values[1])
        if same is True:
            return True
        if isinstance(same, Unknown):
            unknown = same
    return unknown or False


def compact(values: list[Value], at: Span) -> Value:
    """A list without empty texts and nulls."""
    inner, rest = _listed(values[0])
    found = List((), at, rest)
    for one in inner:
        if isinstance(one, Unknown | OneOf):
            found.rest = found.rest or _why(one)
        elif one is not None and not (isinstance(one, str) and not one):
            found.append(one)
    return found


def distinct(values: list[Value], at: Span) -> Value:
    """A list without repetitions, in order."""
    inner, rest = _listed(values[0])
    found: list[Value] = []
    for one in inner:
        if len(found) > 1000 or not any(equal(one, other) is True for other in found):
            found.append(one)
    return List(found, at, rest)


def coalesce(values: list[Value], at: Span) -> Value:
    """The first argument that is neither null nor an empty text."""
    for value in values:
        if value is None or (isinstance(value, str) and not value):
            continue
        if isinstance(value, Text) and not any(isinstance(part, str | Ref) for part in value.parts):
            return _why(value)
        return value
    raise Invalid("coalesce(): every argument is empty")


def coalescelist(values: list[Value], at: Span) -> Value:
    """The first list that is not empty."""
    for value in values:
        inner, rest = _listed(value)
        if inner or rest:
            return value
    raise Invalid("coalescelist(): every list is empty")


def one(values: list[Value], at: Span) -> Value:
    """The only member of a list, null when it has none."""
    inner, rest = _listed(values[0])
    if len(inner) > 1:
        raise Invalid("one(): more than one member")
    if inner:
        return inner[0]
    return rest


def zipmap(values: list[Value], at: Span) -> Value:
    """An object of a list of keys and a list of values."""
    names, rest = _listed(values[0])
    inner, more = _listed(values[1])
    if not rest and not more and len(names) != len(inner):
        raise Invalid("zipmap(): lists of different length")
    found = Map((), at, None, rest or more)
    for name, value in zip(names, inner, strict=False):
        if is_open(name):
            found.rest = _why(name)
        else:
            found[str(to_text(name))] = value
    return found


def setproduct(values: list[Value], at: Span) -> Value:
    """All combinations."""
    rows: list[list[Value]] = [[]]
    rest: Unknown | None = None
    for value in values:
        inner, more = _listed(value)
        rest = rest or more
        if len(rows) * max(1, len(inner)) > MAX_LENGTH:
            return Unknown("a product of too many members")
        rows = [[*row, one] for row in rows for one in inner]
    return List([List(row, at) for row in rows], at, rest)


def setunion(values: list[Value], at: Span) -> Value:
    """All members of all sets."""
    whole = concat(values, at)
    return whole if isinstance(whole, Unknown) else as_set(whole, at, whole.rest)


def reverse(values: list[Value], at: Span) -> Value:
    """A list in reverse."""
    inner, rest = _listed(values[0])
    return List(inner[::-1], at, rest)


def slice_(values: list[Value], at: Span) -> Value:
    """A part of a list."""
    inner, rest = _listed(values[0])
    if rest:
        return List((), at, rest)
    start, end = to_number(values[1]), to_number(values[2])
    if is_open(start) or is_open(end):
        return List((), at, _why(start, end))
    if not 0 <= start <= end <= len(inner):
        raise Invalid("slice(): outside the list")
    return List(inner[int(start) : int(end)], at)


def tolist(values: list[Value], at: Span) -> Value:
    """A collection as a list."""
    if values[0] is None:
        return None
    inner, rest = _listed(values[0])
    return List(inner, at, rest) if inner or not rest else rest


def toset(values: list[Value], at: Span) -> Value:
    """A collection as a set."""
    if values[0] is None:
        return None
    if isinstance(values[0], Unknown):
        return values[0]
    inner, rest = _listed(values[0])
    return as_set(inner, at, rest)


def tomap(values: list[Value], at: Span) -> Value:
    """An object as a map."""
    if isinstance(values[0], dict | Unknown | Wildcard) or values[0] is None:
        return values[0]
    raise Invalid("an object is required")


def tostring(values: list[Value], at: Span) -> Value:
    """A value as text."""
    return None if values[0] is None else to_text(values[0])


def same(values: list[Value], at: Span) -> Value:
    """The argument itself."""
    return values[0]


def transpose(table: dict[str, list[str]]) -> Value:
    """Keys and members of lists exchanged."""
    found: dict[str, list[str]] = {}
    for key, inner in members(table):
        for one in inner:
            found.setdefault(str(one), []).append(key)
    return Map({key: List(sorted(inner)) for key, inner in found.items()})


def range_(*limits: float) -> Value:
    """Numbers from a start to a limit."""
    start, limit, step = {1: (0, *limits, None), 2: (*limits, None), 3: limits}[len(limits)]
    first, last = to_number(start), to_number(limit)
    width = to_number(step) if step is not None else (1 if last >= first else -1)
    if not width:
        raise Invalid("range(): a step of zero")
    found: list[Any] = []
    while (first < last) if width > 0 else (first > last):
        found.append(first)
        first += width
        if len(found) > 1024:
            raise Invalid("range(): more than 1024 values")
    return List(found)


def chunklist(values: list[Value], size: int) -> Value:
    """A list in pieces."""
    width = int(to_number(size))
    if width < 0:
        raise Invalid("chunklist(): a negative size")
    return List([List(values[i : i + width]) for i in range(0, len(values), width)]) if width else List([List(values)])


def index_(values: list[Value], wanted: Value) -> Value:
    """The first index of a member."""
    for number, value in enumerate(values):
        if equal(value, wanted) is True:
            return number
    raise Invalid("index(): not in the list")


def matchkeys(values: list[Value], names: list[Value], wanted: list[Value]) -> Value:
    """Values whose key is wanted."""
    return List([v for v, k in zip(values, names, strict=True) if any(equal(k, w) is True for w in wanted)])


def setintersection(*sets: list[Value]) -> Value:
    """Members of all sets."""
    first, *others = sets
    return as_set([v for v in first if all(any(equal(v, o) is True for o in other) for other in others)])


def setsubtract(left: list[Value], right: list[Value]) -> Value:
    """Members of the first set alone."""
    return as_set([v for v in left if not any(equal(v, o) is True for o in right)])


def sum_(values: list[Value]) -> Value:
    """The sum."""
    if not values:
        raise Invalid("sum() of an empty list")
    return sum(to_number(v) for v in values)


def alltrue(values: list[Value], at: Span) -> Value:
    """Whether every member is true."""
    inner, rest = _listed(values[0])
    answers = [to_bool(v) for v in inner]
    if any(a is False or a is None for a in answers):
        return False
    unknown = next((a for a in answers if not isinstance(a, bool)), rest)
    return True if unknown is None else _why(unknown)


def anytrue(values: list[Value], at: Span) -> Value:
    """Whether a member is true."""
    inner, rest = _listed(values[0])
    answers = [to_bool(v) for v in inner]
    if any(a is True for a in answers):
        return True
    unknown = next((a for a in answers if a is not None and not isinstance(a, bool)), rest)
    return False if unknown is None else _why(unknown)


def sort(values: list[Value]) -> Value:
    """A list of texts, sorted."""
    return List(sorted((to_text(v) for v in values), key=str))


PARTIAL: dict[str, Callable[[list[Value], Span], Value]] = {
    "concat": concat,
    "merge": merge,
    "lookup": lookup,
    "length": length,
    "flatten": flatten,
    "keys": keys,
    "values": values_,
    "element": element,
    "contains": contains,
    "compact": compact,
    "distinct": distinct,
    "coalesce": coalesce,
    "coalescelist": coalescelist,
    "one": one,
    "zipmap": zipmap,
    "setproduct": setproduct,
    "setunion": setunion,
    "reverse": reverse,
    "slice": slice_,
    "tolist": tolist,
    "toset": toset,
    "tomap": tomap,
    "tostring": tostring,
    "sensitive": same,
    "nonsensitive": same,
    "ephemeralasnull": same,
    "alltrue": alltrue,
    "anytrue": anytrue,
}
PLAIN: dict[str, Callable[..., Any]] = {
    "transpose": transpose,
    "range": range_,
    "chunklist": chunklist,
    "index": index_,
    "matchkeys": matchkeys,
    "setintersection": setintersection,
    "setsubtract": setsubtract,
    "sum": sum_,
    "sort": sort,
    "tonumber": to_number,
    "tobool": to_bool,
    "issensitive": lambda value: Unknown("whether a value is sensitive"),
}
