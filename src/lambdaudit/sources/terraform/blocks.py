"""Bodies as values: arguments, nested and dynamic blocks, and how often ``count`` and ``for_each`` make something exist."""

from collections.abc import Callable
from dataclasses import dataclass

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import NO_VALUE, List, Map, OneOf, Span, Value, moved

from .evaluate import Scope, attempt
from .partial import Invalid, Wildcard, bounded, is_open, members, reason, to_number
from .syntax import Attr, Block, Body, Expr, Literal, Name, Pairs

MAX_INSTANCES = 2_000
"""Instances of one resource or module."""

_META = frozenset(("count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic"))


def provider_name(node: Expr) -> str:
    """``aws.west`` of a reference to a provider's configuration."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Attr) and isinstance(node.of, Name):
        return f"{node.of.name}.{node.name}"
    return str(node.value) if isinstance(node, Literal) else ""


def body_values(body: Body, scope: Scope) -> Map:
    """The values of a body: its attributes, and its blocks as lists by type, dynamic ones included."""
    found = Map((), body.at)
    for name, attribute in body.attributes.items():
        if name in _META:
            continue
        value = bounded(moved(attempt(attribute.value, scope), attribute.value.at))
        if value is not None:
            found[name] = value
            found.keys_at[name] = attribute.at
    for name in _block_types(body):
        value = blocks_of(body, name, scope)
        if value is None:
            continue
        found[name] = value
        found.keys_at[name] = value.span or body.at
    return found


def _block_types(body: Body) -> list[str]:
    names = {b.labels[0] if b.type == "dynamic" and b.labels else b.type: None for b in body.blocks}
    if dynamic := body.attributes.get("dynamic"):
        names.update({str(k.value): None for k, _ in getattr(dynamic.value, "pairs", ()) if isinstance(k, Literal)})
    return [n for n in names if n not in _META]


def blocks_of(body: Body, name: str, scope: Scope) -> List | None:
    """The nested blocks of a type as a list of objects; None when there are none."""
    found = List()
    seen = False
    for block in body.blocks:
        if block.type == name:
            seen = True
            found.append(body_values(block.body, scope))
        elif block.type == "dynamic" and block.labels == (name,):
            seen = True
            _dynamic(block, name, scope, found)
        if seen and found.span is None:
            found.span = block.at
    attribute = body.attributes.get("dynamic")
    if attribute and isinstance(attribute.value, Pairs):
        for key, inner in attribute.value.pairs:
            if isinstance(key, Literal) and key.value == name:
                seen = True
                _dynamic_json(inner, name, scope, found)
    return found if seen else None


def _dynamic(block: Block, name: str, scope: Scope, found: List) -> None:
    content = next(iter(block.body.of("content")), None)
    over = block.body.attributes.get("for_each")
    iterator = block.body.attributes.get("iterator")
    bound = provider_name(iterator.value) if iterator else name
    if content is None or over is None:
        return
    _repeat(attempt(over.value, scope), bound, scope, found, lambda inner: body_values(content.body, inner), block.at)


def _dynamic_json(node: Expr, name: str, scope: Scope, found: List) -> None:
    if not isinstance(node, Pairs):
        return
    parts = {k.value: v for k, v in node.pairs if isinstance(k, Literal)}
    over, content = parts.get("for_each"), parts.get("content")
    if over is not None and content is not None:
        _repeat(attempt(over, scope), name, scope, found, lambda inner: attempt(content, inner), node.at)


def _repeat(over: Value, bound: str, scope: Scope, found: List, make: Callable[[Scope], Value], at: Span) -> None:
    if isinstance(over, OneOf):
        _repeat_choice(over, bound, scope, found, make)
        return
    if is_open(over) or not isinstance(over, list | dict):
        if over is not None:
            found.rest = reason(over) or Unknown("a dynamic block over something unknown")
        return
    for number, (key, value) in enumerate(members(over)):
        if number >= MAX_INSTANCES:
            found.rest = Unknown("too many dynamic blocks")
            return
        found.append(make(scope.binding(**{bound: Map({"key": key, "value": value})})))
    found.rest = found.rest or getattr(over, "rest", None)


def _repeat_choice(over: OneOf, bound: str, scope: Scope, found: List, make: Callable[[Scope], Value]) -> None:
    """Blocks that stand in some of the cases: each of them is there or not."""
    rows: dict[str, tuple[Value, Value, list[str]]] = {}
    for label, option in over.options:
        if is_open(option) or not isinstance(option, list | dict) or getattr(option, "rest", None):
            found.rest = reason(option) or Unknown("a dynamic block over something unknown")
            return
        for key, value in members(option):
            rows.setdefault(str(key), (key, value, []))[2].append(label)
    for key, value, labels in rows.values():
        block = make(scope.binding(**{bound: Map({"key": key, "value": value})}))
        if len(labels) < len(over.options):
            others = " or ".join(label for label, _ in over.options if label not in labels)
            block = OneOf(((" or ".join(labels), block), (others, NO_VALUE)), getattr(block, "span", None))
        found.append(block)


@dataclass(slots=True)
class Repetition:
    """How often something exists: for each instance the suffix of its address, its names, and why it may not exist."""

    instances: list[tuple[str, dict[str, Value], Unknown | None]]
    shape: str
    rest: Unknown | None = None


def repetition(body: Body, scope: Scope) -> Repetition:
    """What ``count`` and ``for_each`` of a body say."""
    if attribute := body.attributes.get("count"):
        value = attempt(attribute.value, scope)
        try:
            return _counted(value)
        except Invalid as error:
            return _counted(Unknown(str(error)))
    if attribute := body.attributes.get("for_each"):
        return _for_each(attempt(attribute.value, scope))
    return Repetition([("", {}, None)], "one")


def _counted(value: Value) -> Repetition:
    number = to_number(value)
    if isinstance(number, OneOf):
        known = [
            (label, to_number(v)) for label, v in number.options if isinstance(v, int | str | float) and not isinstance(v, bool)
        ]
        most = max((int(n) for _, n in known if isinstance(n, int | float)), default=1)
        least = (
            min((int(n) for _, n in known if isinstance(n, int | float)), default=0) if len(known) == len(number.options) else 0
        )
        why = Unknown(
            f"exists only when {' or '.join(label for label, n in known if n)[:200]}" if known else "its count is not known"
        )
        rest = why if least < most else None
        rows = [(f"[{i}]", _count(i), None if i < least else why) for i in range(min(max(most, 0), MAX_INSTANCES))]
        return Repetition(rows, "list", rest)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return Repetition([(f"[{i}]", _count(i), None) for i in range(max(0, min(int(number), MAX_INSTANCES)))], "list")
    why = reason(number) or Unknown("its count is not known")
    return Repetition([("[0]", _count(0), Unknown(f"its count is not known: {why.reason}"))], "list", why)


def _count(number: int) -> dict[str, Value]:
    return {"count": Map({"index": number})}


def _for_each(value: Value) -> Repetition:
    if isinstance(value, OneOf):
        return _for_each_choice(value)
    if is_open(value) or not isinstance(value, list | dict):
        why = reason(value) or Unknown("its for_each is not known")
        return _any_key(why)
    rows: list[tuple[str, dict[str, Value], Unknown | None]] = []
    unknown: Unknown | None = getattr(value, "rest", None)
    for key, one in list(members(value))[:MAX_INSTANCES]:
        name = key if isinstance(value, dict) else one
        if isinstance(name, str):
            shown = str(name).replace("\\", "\\\\").replace('"', '\\"')
            rows.append((f'["{shown}"]', {"each": Map({"key": name, "value": one})}, None))
        else:
            unknown = reason(name) or Unknown("a key that is not known")
    if unknown and not rows:
        return _any_key(unknown)
    return Repetition(rows, "map", unknown)


def _any_key(why: Unknown) -> Repetition:
    each = Map({"key": Unknown(f"each.key: {why.reason}", why.need), "value": Unknown(f"each.value: {why.reason}", why.need)})
    return Repetition([('["?"]', {"each": each}, Unknown(f"its for_each is not known: {why.reason}"))], "any", why)


def _for_each_choice(value: OneOf) -> Repetition:
    rows: dict[str, tuple[str, dict[str, Value], Unknown | None]] = {}
    times: dict[str, int] = {}
    for label, option in value.options:
        inner = _for_each(option)
        for suffix, names, _ in inner.instances:
            times[suffix] = times.get(suffix, 0) + 1
            rows.setdefault(suffix, (suffix, names, Unknown(f"exists only when {label}")))
    found = [(s, n, None if times[s] == len(value.options) else why) for s, n, why in rows.values()]
    rest = next((why for _, _, why in found if why), None)
    return Repetition(found, "map", rest)


def collected(shape: str, rows: list[tuple[str, Value]], rest: Unknown | None, at: Span) -> Value:
    """The value that a reference to all instances has."""
    if shape == "one":
        return rows[0][1]
    if shape == "any":
        return Wildcard(rows[0][1], rest or Unknown("its keys are not known"))
    if shape == "list":
        return List([value for _, value in rows], at, rest)
    return Map({_key(suffix): value for suffix, value in rows}, at, None, rest)


def _key(suffix: str) -> str:
    return suffix[2:-2].replace('\\"', '"').replace("\\\\", "\\")
