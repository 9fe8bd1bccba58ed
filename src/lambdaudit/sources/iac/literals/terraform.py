"""Terraform's files as plain trees: what is literal in them stays, everything else is a reference."""

import re
from typing import Any, Final

from lambdaudit.sources.iac.literals.trees import OPEN
from lambdaudit.sources.iac.values import Int, List, Map, Str
from lambdaudit.sources.terraform.syntax import (
    Binary,
    Block,
    Body,
    Call,
    Choice,
    Expr,
    ForItems,
    ForPairs,
    Items,
    Literal,
    Pairs,
    Template,
    TemplateFor,
    TemplateIf,
)

_MAX_DEPTH: Final = 80
_VERB: Final = re.compile(r"%[-+ 0#]{0,3}\d{0,3}[sdvq]")
# Functions whose arguments are paths, names or patterns.
_NAMING: Final = frozenset(
    (
        *("file", "filebase64", "fileexists", "fileset", "filemd5", "filesha256", "filebase64sha256", "templatefile", "abspath"),
        *("regex", "regexall", "can", "length", "pathexpand", "dirname", "basename", "startswith", "endswith", "formatdate"),
    )
)


def tree_of(body: Body) -> Map:
    """The blocks and attributes of a file as nested maps: ``resource`` by type and name, ``variable`` by name, and so on."""
    return _body(body, 0)


def _body(body: Body, depth: int) -> Map:
    made = Map({}, body.at)
    if depth > _MAX_DEPTH:
        return made
    for attribute in body.attributes.values():
        made[attribute.name] = _value(attribute.value, depth + 1)
        made.keys_at[attribute.name] = attribute.at
    for block in body.blocks:
        _add(made, block, depth)
    return made


def _add(into: Map, block: Block, depth: int) -> None:
    """Put a block under its type and labels; a second one of the same name stands beside the first."""
    at = into
    for label in (block.type, *block.labels)[:-1]:
        inner = at.get(label)
        if not isinstance(inner, Map):
            inner = at[label] = Map({}, block.at)
            at.keys_at[label] = block.at
        at = inner
    last = (block.type, *block.labels)[-1]
    body = _body(block.body, depth + 1)
    present = at.get(last)
    at.keys_at.setdefault(last, block.at)
    if present is None:
        at[last] = body
    elif isinstance(present, list):
        present.append(body)
    else:
        at[last] = List([present, body], block.at)


def _value(expr: Expr, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(expr, Literal):
        return _literal(expr)
    if isinstance(expr, Template):
        return Str(_text(expr, depth), expr.at)
    if isinstance(expr, Items):
        return List([_value(one, depth + 1) for one in expr.items], expr.at)
    if isinstance(expr, Pairs):
        made = Map({}, expr.at)
        for key, value in expr.pairs:
            name = str(key.value) if isinstance(key, Literal) else OPEN
            made[name] = _value(value, depth + 1)
            made.keys_at[name] = key.at
        return made
    return _inside(expr, depth)


def _literal(expr: Literal) -> Any:
    if isinstance(expr.value, str):
        return Str(expr.value, expr.at)
    if isinstance(expr.value, int) and not isinstance(expr.value, bool):
        return Int(expr.value, expr.at)
    return expr.value


def _inside(expr: Expr, depth: int) -> Any:
    """What an expression may give: the literals among its choices and arguments."""
    parts: tuple[Expr, ...] = ()
    if isinstance(expr, Call) and (text := _composed(expr, depth)) is not None:
        return text
    if isinstance(expr, Call) and expr.name not in _NAMING:
        # lookup(map, name, default) and the like: names are asked for with literals, too.
        parts = (*expr.arguments[:1], *expr.arguments[2:]) if expr.name == "lookup" else expr.arguments
    elif isinstance(expr, Choice):
        parts = (expr.then, expr.otherwise)
    elif isinstance(expr, ForItems | ForPairs):
        parts = (expr.item,)
    elif isinstance(expr, Binary):
        return None
    if len(parts) == 1:
        return _value(parts[0], depth + 1)
    return List([_value(one, depth + 1) for one in parts], expr.at) if parts else None


def _composed(call: Call, depth: int) -> Str | None:
    """What ``format`` and ``join`` make of their literals."""
    values = [_value(one, depth + 1) for one in call.arguments] if call.name in ("format", "join") else []
    if not values or not isinstance(values[0], str):
        return None
    if call.name == "join":
        items = values[1] if len(values) == 2 and isinstance(values[1], list) else []
        return Str(values[0].join(_shown(one) for one in items), call.at) if items else None
    given = iter(values[1:])
    return Str(_VERB.sub(lambda _: _shown(next(given, None)), values[0]), call.at)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else OPEN


def _text(template: Template, depth: int) -> str:
    parts: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, TemplateIf) and depth < _MAX_DEPTH:
            parts += [_text(part.then, depth + 1), _text(part.otherwise, depth + 1)]
        elif isinstance(part, TemplateFor) and depth < _MAX_DEPTH:
            parts.append(_text(part.body, depth + 1))
        else:
            parts.append(OPEN)
    return "".join(parts)
