"""Operators on values of which a part may be unknown."""

from collections.abc import Callable
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Value

from . import partial
from .partial import Invalid


def why(*values: Value) -> Unknown:
    """The first reason why one of the values is not known."""
    for value in values:
        if found := partial.reason(value):
            return found
    return Unknown("something that is not known")


def logic(operator: str, values: list[Value]) -> Value:
    """``&&`` and ``||``: a known side may decide alone."""
    left, right = (partial.to_bool(v) for v in values)
    if left is None or right is None:
        raise Invalid("null in an operation")
    strong = operator == "||"
    if left is strong or right is strong:
        return strong
    if isinstance(left, bool) and isinstance(right, bool):
        return not strong
    return why(left, right)


def equality(operator: str, values: list[Value]) -> Value:
    """``==`` and ``!=``."""
    same = partial.equal(*values)
    return same if isinstance(same, Unknown) else same is (operator == "==")


def arithmetic(operator: str, values: list[Value]) -> Value:
    """Operations on numbers."""
    left, right = (partial.to_number(v) for v in values)
    if left is None or right is None:
        raise Invalid("null in an operation")
    if partial.is_open(left) or partial.is_open(right):
        return why(left, right)
    if operator in ("/", "%") and not right:
        raise Invalid("division by zero")
    if operator in _COMPARE:
        return _COMPARE[operator](left, right)
    if max(abs(left), abs(right)) > 1e150:
        return Unknown("a number that is too large")
    result = _COMPUTE[operator](left, right)
    return int(result) if isinstance(result, float) and result.is_integer() else result


def _remainder(left: float, right: float) -> float:
    result = abs(left) % abs(right)
    return -result if left < 0 else result


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_COMPUTE: dict[str, Callable[[Any, Any], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b,
    "%": _remainder,
}
