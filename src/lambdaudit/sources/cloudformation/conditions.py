"""Conditions with three outcomes: true, false, or undecided with the reason."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.iac.choices import Decided, Other
from lambdaudit.sources.iac.values import OneOf, Ref, Str, Text, Value, is_plain

Outcome: TypeAlias = bool | Unknown
FUNCTIONS: Final = frozenset(("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"))
MAX_CONDITIONS: Final = 2_000
"""Conditions of a template whose comparisons are listed."""
_MAX_DEPTH: Final = 100
_MAX_NODES: Final = 1_000
_MAX_SUBJECT: Final = 2_000


class Placeholder(Str):
    """A text that stands for one that only the deployment knows (account, region): good in ARNs, never equal for certain."""

    __slots__ = ()


class Conditions:
    """The conditions of one template by name. `evaluate` gives the value of an expression that is no condition.

    `decided` are outcomes of comparisons by their subject (see :func:`subject_of`) that are taken as they are.
    """

    def __init__(self, declared: Any, evaluate: Callable[[Any], Value], decided: Mapping[str, Decided] | None = None) -> None:
        self._declared = declared if isinstance(declared, dict) else {}
        self._decided = decided or {}
        self._evaluate = evaluate
        self._known: dict[str, Outcome] = {}
        self._pending: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def of(self, name: str) -> Outcome:
        """The outcome of a named condition."""
        if name in self._known:
            return self._known[name]
        if name not in self._declared:
            return Unknown(f"the condition {name} is not declared")
        if name in self._pending or len(self._pending) > _MAX_DEPTH:
            return Unknown(f"the condition {name} refers to itself")
        self._pending.add(name)
        outcome = self.decide(self._declared[name])
        self._pending.discard(name)
        self._known[name] = outcome
        return outcome

    def decide(self, expression: Any) -> Outcome:
        """The outcome of a condition's expression."""
        if not isinstance(expression, dict) or len(expression) != 1:
            value = self._evaluate(expression)
            if isinstance(value, bool):
                return value
            return {"true": True, "false": False}.get(value, _ODD) if isinstance(value, str) else _ODD
        (function, arguments), *_ = expression.items()
        if function == "Condition":
            return self.of(str(arguments))
        if function == "Fn::Equals" and isinstance(arguments, list) and len(arguments) == 2:
            return self._compared(arguments[0], arguments[1])
        if function == "Fn::Not" and isinstance(arguments, list) and len(arguments) == 1:
            inner = self.decide(arguments[0])
            return inner if isinstance(inner, Unknown) else not inner
        if function in ("Fn::And", "Fn::Or") and isinstance(arguments, list) and arguments:
            return self._several(arguments, function == "Fn::Or")
        return Unknown(f"the condition function {str(function)[:60]} is not known")

    def _compared(self, left: Any, right: Any) -> Outcome:
        values = self._evaluate(left), self._evaluate(right)
        outcome = equal(*values)
        if not self._decided or isinstance(outcome, bool):
            return outcome
        subject, literal = subject_of((left, right), values)
        found = self._decided.get(subject)
        if isinstance(found, bool):
            return found
        if isinstance(found, str) and literal is not None:
            return literal == found
        return False if isinstance(found, Other) and literal in found.than else outcome

    def comparisons(self) -> Iterator[tuple[str, str, str | None]]:
        """Each undecided comparison of the declared conditions: the condition, the subject, the text that it is compared with."""
        for name, expression in list(self._declared.items())[:MAX_CONDITIONS]:
            for arguments in equalities(expression):
                values = self._evaluate(arguments[0]), self._evaluate(arguments[1])
                if isinstance(self._compared(*arguments), Unknown):
                    yield str(name), *subject_of((arguments[0], arguments[1]), values)

    def users(self) -> dict[str, list[str]]:
        """The conditions that name another one, by that one's name."""
        found: dict[str, list[str]] = {}
        for name, expression in list(self._declared.items())[:MAX_CONDITIONS]:
            for node in _nodes(expression):
                if len(node) == 1 and isinstance(used := node.get("Condition"), str):
                    found.setdefault(str(used), []).append(str(name))
        return found

    def _several(self, arguments: list[Any], wanted: bool) -> Outcome:
        """Whether one of the conditions has the wanted outcome (Or: true), which decides for all."""
        undecided = None
        for argument in arguments:
            outcome = self.decide(argument)
            if isinstance(outcome, Unknown):
                undecided = undecided or outcome
            elif outcome is wanted:
                return wanted
        return undecided or not wanted


def _nodes(expression: Any) -> Iterator[dict[Any, Any]]:
    """The objects in an expression, itself first."""
    stack = [expression]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, dict):
            yield node
        if isinstance(node, list | dict):
            stack.extend(reversed(list(node.values()) if isinstance(node, dict) else node))


def equalities(expression: Any) -> Iterator[list[Any]]:
    """The arguments of every Fn::Equals in an expression."""
    for node in _nodes(expression):
        arguments = node.get("Fn::Equals") if len(node) == 1 else None
        if isinstance(arguments, list) and len(arguments) == 2:
            yield arguments


def subject_of(written: tuple[Any, Any], values: tuple[Value, Value]) -> tuple[str, str | None]:
    """What a comparison is about, as a name, and the text that it is compared with (None: neither side is a plain text).

    The name is that of a parameter or pseudo parameter, else the expression itself.
    """
    for open_side, side in ((0, 1), (1, 0)):
        if is_plain(values[side]) and not isinstance(values[side], Placeholder):
            return _named(written[open_side]), as_text(values[side])
    return " == ".join(sorted(map(_named, written))), None


def _named(node: Any) -> str:
    if isinstance(node, dict) and len(node) == 1 and isinstance(name := node.get("Ref"), str):
        return str(name)
    try:
        return json.dumps(node, sort_keys=True, default=str)[:_MAX_SUBJECT]
    except (TypeError, ValueError, RecursionError):
        return ""


_ODD: Final = Unknown("a condition is no condition function")


def equal(left: Value, right: Value) -> Outcome:
    """Whether two values are the same text; undecided where one of them is open and could be."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, OneOf):
            outcomes = [equal(value, other) for _, value in one.options]
            if all(outcome is outcomes[0] for outcome in outcomes):
                return outcomes[0]
            return Unknown(one.reason)
        if isinstance(one, Unknown):
            return one
    if isinstance(left, Placeholder) or isinstance(right, Placeholder):
        if isinstance(left, Placeholder) and isinstance(right, Placeholder):
            return bool(left == right)
        return Unknown("depends on the account or region (give --account, --region)")
    if is_plain(left) and is_plain(right):
        return as_text(left) == as_text(right)
    if isinstance(left, list) and isinstance(right, list):
        return as_text(left) == as_text(right)
    return _fits(left, right)


def _fits(left: Value, right: Value) -> Outcome:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Text) and isinstance(other, str):
            first, last = one.parts[0], one.parts[-1]
            if isinstance(first, str) and not other.startswith(first):
                return False
            if isinstance(last, str) and not other.endswith(last):
                return False
        if isinstance(one, Ref) and other == "":
            return False
    return Unknown("compares values that are known only after the deployment")
