"""Puts a flat row of terms and operators together by HCL's precedence."""

from dataclasses import dataclass

from lambdaudit.sources.iac.values import Span

from .syntax import Attr, Bad, Binary, Choice, Expr, Index, Literal, Splat, Step, Unary

PRECEDENCE = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
OPERATORS = frozenset(("?", ":", "!", *PRECEDENCE))


@dataclass(slots=True)
class Sign:
    """An operator, ``?`` or ``:``."""

    at: Span
    text: str


@dataclass(slots=True)
class After:
    """A step after a term: a name (``.x``), an index, a splat with its steps. `full`: ``[*]``, which takes all that follows."""

    at: Span
    step: "Step"
    full: bool = False

    def upon(self, value: Expr) -> Expr:
        """The term with this step taken."""
        if isinstance(self.step, str):
            return Attr(value.at, value, self.step)
        if isinstance(self.step, tuple):
            return Splat(value.at, value, self.step)
        return Index(value.at, value, self.step)


Item = Sign | After | Expr


def climb(items: list[Item], at: Span) -> Expr:
    """The expression of a row of items; a Bad node when they do not fit together."""
    climber = _Climber(items, at)
    value = climber.conditional()
    if climber.position < len(items):
        return Bad(at, "an expression that does not end where it should")
    return value


class _Climber:
    def __init__(self, items: list[Item], at: Span) -> None:
        self.items = items
        self.at = at
        self.position = 0

    def sign(self) -> str:
        item = self.items[self.position] if self.position < len(self.items) else None
        return item.text if isinstance(item, Sign) else ""

    def conditional(self) -> Expr:
        test = self.binary(1)
        if self.sign() != "?":
            return test
        self.position += 1
        then = self.conditional()
        if self.sign() != ":":
            return Bad(self.at, "a conditional without its second branch")
        self.position += 1
        return Choice(test.at, test, then, self.conditional())

    def binary(self, lowest: int) -> Expr:
        left = self.unary()
        while (rank := PRECEDENCE.get(self.sign(), 0)) >= lowest:
            operator = self.sign()
            self.position += 1
            left = Binary(left.at, operator, left, self.binary(rank + 1))
        return left

    def unary(self) -> Expr:
        signs: list[Sign] = []
        while self.sign() in ("!", "-"):
            sign = self.items[self.position]
            assert isinstance(sign, Sign)
            signs.append(sign)
            self.position += 1
        operand = self.term()
        for sign in reversed(signs):
            number = operand.value if isinstance(operand, Literal) else None
            if sign.text == "-" and isinstance(number, int | float) and not isinstance(number, bool):
                operand = Literal(sign.at, -number)
            else:
                operand = Unary(sign.at, sign.text, operand)
        return operand

    def term(self) -> Expr:
        item = self.items[self.position] if self.position < len(self.items) else None
        if item is None or isinstance(item, Sign | After):
            return Bad(self.at, "something is missing in an expression")
        self.position += 1
        value = item
        afters: list[After] = []
        while self.position < len(self.items) and isinstance(after := self.items[self.position], After):
            afters.append(after)
            self.position += 1
        for number, after in enumerate(afters):
            if after.full and isinstance(after.step, tuple):
                return Splat(value.at, value, (*after.step, *_inside(afters[number + 1 :])))
            value = after.upon(value)
        return value


def _inside(afters: "list[After]") -> "tuple[Step, ...]":
    """The steps that follow a full splat: a splat among them takes the rest into itself."""
    for number, after in enumerate(afters):
        if after.full and isinstance(after.step, tuple):
            rest = _inside(afters[number + 1 :])
            return (*(a.step for a in afters[:number]), (*after.step, *rest))
    return tuple(after.step for after in afters)
