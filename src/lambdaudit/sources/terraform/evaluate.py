"""The value of an expression, as far as it is known.

What Terraform would refuse raises `Invalid`, which ``try`` and ``can`` catch like Terraform's; everything that is not known
without a deployment is a value of :mod:`lambdaudit.sources.iac.values`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, OneOf, Span, Value, moved, one_of, span_of

from . import partial
from .access import each_option, get_attribute, get_index
from .operators import arithmetic, equality, logic, why
from .partial import Invalid, Lazy, Wildcard
from .printing import words
from .syntax import (
    Attr,
    Bad,
    Binary,
    Call,
    Choice,
    Expr,
    ForItems,
    ForPairs,
    Index,
    Items,
    Literal,
    Name,
    Pairs,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    Unary,
)

MAX_STEPS = 2_000_000
"""Steps of one root module."""
MAX_TASK = 100_000
"""Steps of one resource."""
MAX_NESTING = 200
MAX_MEMBERS = 10_000


class Stopped(Exception):
    """The whole evaluation did too much work."""


class Work:
    """Counts the steps of one reading, so that hostile configuration ends."""

    def __init__(self) -> None:
        self.total = MAX_STEPS
        self.left = MAX_TASK
        self.depth = 0

    @property
    def done(self) -> int:
        """The steps that were made."""
        return MAX_STEPS - self.total + MAX_TASK - self.left

    def next_task(self) -> None:
        """Give the next resource its steps; raises Stopped when there are none left."""
        self.total -= MAX_TASK - self.left
        self.left = MAX_TASK
        if self.total <= 0:
            raise Stopped


class Surroundings(Protocol):
    """What an expression can refer to beyond its own names: one instance of a module."""

    work: Work

    def root(self, name: str) -> Value:
        """The value of the first word of a traversal."""

    def call(self, name: str, arguments: list[Value], at: Span) -> Value:
        """The result of a function whose arguments are evaluated."""


class Scope:
    """A module with the names that are bound inside it: ``each``, ``count``, iterators, variables of ``for``."""

    __slots__ = ("module", "names")

    def __init__(self, module: Surroundings, names: dict[str, Value] | None = None) -> None:
        self.module = module
        self.names = names or {}

    def binding(self, **names: Value) -> "Scope":
        """The scope with more names."""
        return Scope(self.module, {**self.names, **names})


def evaluate(node: Expr, scope: Scope) -> Value:
    """The value of an expression. Raises Invalid when Terraform would refuse it, Stopped when there was too much to do."""
    work = scope.module.work
    work.left -= 1
    if work.left < 0:
        raise Stopped
    if work.depth > MAX_NESTING:
        return Unknown("an expression that goes too deep")
    work.depth += 1
    try:
        return _HANDLERS[type(node)](node, scope)
    finally:
        work.depth -= 1


def attempt(node: Expr, scope: Scope) -> Value:
    """The value of an expression; what Terraform would refuse is Unknown with the reason."""
    try:
        return evaluate(node, scope)
    except Invalid as error:
        return Unknown(str(error))


def _literal(node: Literal, scope: Scope) -> Value:
    value = node.value
    if type(value) is str or type(value) is int or type(value) is float:
        node.value = value = moved(value, node.at)
    return value


def _bad(node: Bad, scope: Scope) -> Value:
    return Unknown(node.reason)


def _template(node: Template, scope: Scope) -> Value:
    parts: list[Value] = []
    _collect(node, scope, parts)
    return partial.text(parts, node.at)


def _collect(node: Template, scope: Scope, parts: list[Value]) -> None:
    for part in node.parts:
        if len(parts) > MAX_MEMBERS:
            parts.append(Unknown("a template of too many parts"))
            return
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, TemplateIf):
            _directive(part, scope, parts)
        elif isinstance(part, TemplateFor):
            _repeat(part, scope, parts)
        else:
            parts.append(evaluate(part, scope))


def _directive(node: TemplateIf, scope: Scope, parts: list[Value]) -> None:
    condition = partial.to_bool(evaluate(node.condition, scope))
    if isinstance(condition, bool):
        _collect(node.then if condition else node.otherwise, scope, parts)
        return
    label = words(node.condition)
    parts.append(one_of([(label, _template(node.then, scope)), (f"not {label}", _template(node.otherwise, scope))], node.at))


def _repeat(node: TemplateFor, scope: Scope, parts: list[Value]) -> None:
    collection = evaluate(node.collection, scope)
    if partial.is_open(collection):
        parts.append(partial.reason(collection) or Unknown("a loop over something unknown"))
        return
    for key, value in partial.members(collection):
        bound = {node.value: value, **({node.key: key} if node.key else {})}
        _collect(node.body, scope.binding(**bound), parts)
    if rest := getattr(collection, "rest", None):
        parts.append(rest)


def _items(node: Items, scope: Scope) -> Value:
    return List([evaluate(item, scope) for item in node.items], node.at)


def _pairs(node: Pairs, scope: Scope) -> Value:
    found: dict[str, Value] = {}
    places: dict[str, Span] = {}
    rest: Unknown | None = None
    for key_node, value_node in node.pairs:
        key = evaluate(key_node, scope)
        value = evaluate(value_node, scope)
        if partial.is_open(key):
            rest = partial.reason(key) or Unknown("a key that is not known")
            continue
        name = partial.to_text(key)
        found[str(name)] = value
        places[str(name)] = key_node.at
    return Map(found, node.at, places, rest)


def _name(node: Name, scope: Scope) -> Value:
    if node.name in scope.names:
        return scope.names[node.name]
    return scope.module.root(node.name)


def _attr(node: Attr, scope: Scope) -> Value:
    return get_attribute(evaluate(node.of, scope), node.name)


def _index(node: Index, scope: Scope) -> Value:
    value = evaluate(node.of, scope)
    key = evaluate(node.key, scope)
    return get_index(value, key, words(node.key) if partial.is_open(key) else "")


def _splat(node: Splat, scope: Scope) -> Value:
    return _over(evaluate(node.of, scope), lambda one: _steps(one, node.steps, scope, node.at), node.at)


def _steps(one: Value, steps: tuple[Any, ...], scope: Scope, at: Span) -> Value:
    for step in steps:
        if isinstance(step, str):
            one = get_attribute(one, step)
        elif isinstance(step, tuple):
            one = _over(one, lambda inner, deeper=step: _steps(inner, deeper, scope, at), at)  # type: ignore[misc]
        else:
            one = get_index(one, evaluate(step, scope))
    return one


def _over(value: Value, steps: Callable[[Value], Value], at: Span) -> Value:
    if isinstance(value, Unknown):
        return List((), at, value)
    if value is None:
        return List((), at)
    if isinstance(value, OneOf):
        return each_option(value, lambda one: _over(one, steps, at))
    if isinstance(value, Wildcard):
        return List([steps(value.instance)], at, value.reason)
    if isinstance(value, list):
        return List([steps(one) for one in value], at, getattr(value, "rest", None))
    return List([steps(value)], at)


def _call(node: Call, scope: Scope) -> Value:
    name = node.name.removeprefix("core::")
    if name == "try":
        return _try(node, scope)
    if name == "can":
        return _can(node, scope)
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    if node.spread and arguments:
        last = arguments.pop()
        if partial.is_open(last) or getattr(last, "rest", None):
            return _spread_open(name, arguments, last, scope, node.at)
        if not isinstance(last, list):
            raise Invalid("only a list can be spread into arguments")
        arguments.extend(last)
    if len(arguments) > MAX_MEMBERS:
        raise Invalid("too many arguments")
    result = scope.module.call(name, arguments, node.at)
    return moved(result, node.at)


def _spread_open(name: str, arguments: list[Value], last: Value, scope: Scope, at: Span) -> Value:
    """A call with a part of its arguments not known: for the functions that join things, what is known stays."""
    why = partial.reason(last) or Unknown("arguments that are not known")
    known = [*arguments, *(last if isinstance(last, list) else ())]
    if name in ("concat", "setunion", "flatten"):
        return scope.module.call(name, [*known, List((), at, why)], at)
    if name == "merge":
        return scope.module.call(name, [*known, Map((), at, None, why)], at)
    return why


def _try(node: Call, scope: Scope) -> Value:
    failure: Invalid | None = None
    for argument in node.arguments:
        try:
            return evaluate(argument, scope)
        except Invalid as error:
            failure = error
    raise failure or Invalid("try() needs an argument")


def _can(node: Call, scope: Scope) -> Value:
    if len(node.arguments) != 1:
        raise Invalid("can() takes one argument")
    try:
        value = evaluate(node.arguments[0], scope)
    except Invalid:
        return False
    return value if isinstance(value, Unknown) else True


def _choice(node: Choice, scope: Scope) -> Value:
    condition = partial.to_bool(evaluate(node.condition, scope))
    if condition is None:
        raise Invalid("a condition must not be null")
    if isinstance(condition, bool):
        return evaluate(node.then if condition else node.otherwise, scope)
    if isinstance(condition, OneOf):
        found = [
            (label, evaluate(node.then if value else node.otherwise, scope))
            for label, value in condition.options
            if value in (True, False)
        ]
        if len(found) == len(condition.options):
            return one_of(found, node.at)
    label = words(node.condition)
    then, otherwise = attempt(node.then, scope), attempt(node.otherwise, scope)
    if isinstance(then, Unknown) and isinstance(otherwise, Unknown):
        return partial.reason(condition) or then
    opposite = label[4:] if label.startswith("not ") else f"not {label}"
    return one_of([(label, then), (opposite, otherwise)], node.at)


def _unary(node: Unary, scope: Scope) -> Value:
    value = evaluate(node.operand, scope)

    def work(arguments: list[Value]) -> Value:
        operand = partial.to_bool(arguments[0]) if node.operator == "!" else partial.to_number(arguments[0])
        if partial.is_open(operand):
            return why(operand)
        if operand is None:
            raise Invalid("null in an operation")
        return (not operand) if node.operator == "!" else -operand

    return partial.spread([value], work)


def _binary(node: Binary, scope: Scope) -> Value:
    left = evaluate(node.left, scope)
    operator = node.operator
    if operator in ("&&", "||"):
        decided = partial.to_bool(left)
        if isinstance(decided, bool) and decided is (operator == "||"):
            return decided
        try:
            right = evaluate(node.right, scope)
        except Invalid:
            if isinstance(decided, bool):
                raise
            return why(left)
        return partial.spread([left, right], lambda values: logic(operator, values))
    right = evaluate(node.right, scope)
    if operator in ("==", "!="):
        return partial.spread([left, right], lambda values: equality(operator, values))
    return moved(partial.spread([left, right], lambda values: arithmetic(operator, values)), node.at)


def _rows(node: ForItems | ForPairs, collection: Value, scope: Scope) -> Iterator[tuple[Scope, Value]]:
    """The scope of each round that may count, with what is not known about whether it does (None: it counts)."""
    for number, (key, value) in enumerate(partial.members(collection)):
        if number >= MAX_MEMBERS:
            raise Invalid("a loop over too many members")
        inner = scope.binding(**{node.value: value}, **({node.key: key} if node.key else {}))
        if node.condition is None:
            yield inner, None
            continue
        wanted = partial.to_bool(evaluate(node.condition, inner))
        if wanted is True:
            yield inner, None
        elif wanted is not False:
            yield inner, why(wanted)


def _loop_over(node: ForItems | ForPairs, scope: Scope, work: Callable[[Value], Value], empty: Value) -> Value:
    collection = evaluate(node.collection, scope)
    if isinstance(collection, OneOf):
        return each_option(collection, work)
    if isinstance(collection, Wildcard):
        return work(List([collection.instance], node.at, collection.reason))
    if isinstance(collection, Lazy):
        return Unknown(f"the attributes of {collection} are known after apply")
    if partial.is_open(collection):
        empty.rest = why(collection)
        return empty
    if collection is None:
        raise Invalid("a loop over null")
    return work(collection)


def _for_items(node: ForItems, scope: Scope) -> Value:
    def work(collection: Value) -> Value:
        found = List((), node.at, getattr(collection, "rest", None))
        for inner, unsure in _rows(node, collection, scope):
            if unsure is None:
                found.append(evaluate(node.item, inner))
            else:
                found.rest = unsure
        return found

    return _loop_over(node, scope, work, List((), node.at))


def _for_pairs(node: ForPairs, scope: Scope) -> Value:
    def work(collection: Value) -> Value:
        found = Map((), node.at, None, getattr(collection, "rest", None))
        for inner, unsure in _rows(node, collection, scope):
            name = evaluate(node.name, inner)
            if unsure is not None or partial.is_open(name):
                found.rest = unsure or why(name)
                continue
            key = str(partial.to_text(name))
            value = evaluate(node.item, inner)
            if node.grouped:
                found.setdefault(key, List((), node.at)).append(value)
            elif key in found:
                raise Invalid(f"two members with the key {key!r}")
            else:
                found[key] = value
            found.keys_at[key] = span_of(name) or node.name.at
        return found

    return _loop_over(node, scope, work, Map((), node.at))


_HANDLERS: dict[type, Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    Bad: _bad,
    Template: _template,
    Items: _items,
    Pairs: _pairs,
    Name: _name,
    Attr: _attr,
    Index: _index,
    Splat: _splat,
    Call: _call,
    Choice: _choice,
    Unary: _unary,
    Binary: _binary,
    ForItems: _for_items,
    ForPairs: _for_pairs,
}
