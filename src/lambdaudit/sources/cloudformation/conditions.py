"""Conditions with three outcomes: true, false, or undecided with the reason."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.iac.values import OneOf, Ref, Str, Text, Value, is_plain

Outcome: TypeAlias = bool | Unknown
FUNCTIONS: Final = frozenset(("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"))
_MAX_DEPTH: Final = 100


class Placeholder(Str):
    """A text that stands for one that only the deployment knows (account, region): good in ARNs, never equal for certain."""

    __slots__ = ()


class Conditions:
    """The conditions of one template by name. `evaluate` gives the value of an expression that is no condition."""

    def __init__(self, declared: Any, evaluate: Callable[[Any], Value]) -> None:
        self._declared = declared if isinstance(declared, dict) else {}
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
            return equal(self._evaluate(arguments[0]), self._evaluate(arguments[1]))
        if function == "Fn::Not" and isinstance(arguments, list) and len(arguments) == 1:
            inner = self.decide(arguments[0])
            return inner if isinstance(inner, Unknown) else not inner
        if function in ("Fn::And", "Fn::Or") and isinstance(arguments, list) and arguments:
            return self._several(arguments, function == "Fn::Or")
        return Unknown(f"the condition function {str(function)[:60]} is not known")

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
