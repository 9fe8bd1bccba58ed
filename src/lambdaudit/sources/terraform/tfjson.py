"""JSON syntax (``*.tf.json``) into the same trees as native syntax."""

from typing import Any

from lambdaudit.sources.iac.documents import DocumentError, decode
from lambdaudit.sources.iac.json_text import NotJson, parse_json
from lambdaudit.sources.iac.values import List, Map, Span, span_of

from .hcl import Note, parse_expression, parse_template
from .syntax import Attribute, Block, Body, Expr, Items, Literal, Pairs

MAX_DEPTH = 60
_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
}
_EXPRESSIONS = frozenset(("provider", "type"))


def parse_json_syntax(source: bytes, file: str) -> tuple[Body, list[Note]]:
    """Parse a file of JSON syntax. Never raises for bad input: what is wrong is told in a note."""
    start = Span(file, 1, 1)
    body = Body(start)
    try:
        document = parse_json(decode(source, file), file).value
    except NotJson as error:
        return body, [Note(f"no JSON: {error}", Span(file, error.line))]
    except DocumentError as error:
        return body, [Note(str(error).removeprefix(f"{file}:"), start)]
    notes: list[Note] = []
    for one in document if isinstance(document, list) else [document]:
        if not isinstance(one, Map):
            notes.append(Note("an object of blocks is expected", start))
            continue
        for kind, value in one.items():
            if kind in _LABELS:
                _blocks(kind, value, _LABELS[kind], (), body, one.at(kind) or start)
            elif not kind.startswith("//"):
                notes.append(Note(f"blocks of type {kind[:40]!r} are not read", one.at(kind) or start))
    return body, notes


def _blocks(kind: str, value: Any, labels: int, names: tuple[str, ...], body: Body, at: Span) -> None:
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, Map):
            continue
        if labels:
            for name, inner in one.items():
                if not name.startswith("//"):
                    _blocks(kind, inner, labels - 1, (*names, name), body, one.keys_at.get(name, at))
            continue
        block = Block(at, kind, names, Body(at))
        for name, inner in one.items():
            if name.startswith("//"):
                continue
            place = one.keys_at.get(name, at)
            if name in _EXPRESSIONS and isinstance(inner, str) and kind in ("resource", "data", "variable"):
                value_node: Expr = parse_expression(inner, place)
            elif name == "providers" and kind == "module" and isinstance(inner, Map):
                value_node = Pairs(place, tuple((Literal(place, k), parse_expression(str(v), place)) for k, v in inner.items()))
            else:
                value_node = _expression(inner, place, 0)
            block.body.attributes[name] = Attribute(place, name, value_node)
        body.blocks.append(block)


def _expression(value: Any, at: Span, depth: int) -> Expr:
    place = span_of(value) or at
    if isinstance(value, str):
        return parse_template(str(value), place)
    if depth > MAX_DEPTH:
        return Literal(place, None)
    if isinstance(value, Map):
        pairs = [
            (parse_template(key, value.keys_at.get(key, place)), _expression(inner, value.keys_at.get(key, place), depth + 1))
            for key, inner in value.items()
            if key != "//"
        ]
        return Pairs(place, tuple(pairs))
    if isinstance(value, List):
        return Items(place, tuple(_expression(inner, place, depth + 1) for inner in value))
    return Literal(place, value)
