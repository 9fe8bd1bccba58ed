"""Functions on numbers."""

import math
from collections.abc import Callable
from typing import Any

from ..partial import Invalid, to_number


def _numbers(values: tuple[object, ...]) -> list[float]:
    return [to_number(v) for v in values]


def parseint(text: str, base: int) -> int:
    """A whole number written in a base from 2 to 62 (digits, small letters, capital letters)."""
    digits = str(text)
    base = int(base)
    if not 2 <= base <= 62 or not digits or len(digits) > 100:
        raise Invalid("parseint(): no number of that base")
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    sign = -1 if digits[0] == "-" else 1
    total = 0
    for digit in digits.lstrip("-"):
        value = alphabet.find(digit if base > 36 else digit.lower())
        if not 0 <= value < base:
            raise Invalid("parseint(): no number of that base")
        total = total * base + value
    return sign * total


def _power(base: float, exponent: float) -> float:
    base, exponent = to_number(base), to_number(exponent)
    if abs(exponent) > 1000 or abs(base) > 1e100:
        raise Invalid("pow(): too large")
    result = float(base) ** float(exponent)
    return int(result) if result.is_integer() else result


def _logarithm(value: float, base: float) -> float:
    return math.log(to_number(value)) / math.log(to_number(base))


PLAIN: dict[str, Callable[..., Any]] = {
    "abs": lambda v: abs(to_number(v)),
    "ceil": lambda v: math.ceil(to_number(v)),
    "floor": lambda v: math.floor(to_number(v)),
    "max": lambda *v: max(_numbers(v)),
    "min": lambda *v: min(_numbers(v)),
    "signum": lambda v: (to_number(v) > 0) - (to_number(v) < 0),
    "pow": _power,
    "log": _logarithm,
    "parseint": parseint,
}
