"""Policies for the solver cvc5, translated straight from the parsed statements: an independent second opinion.

Only the vocabulary of the tests is covered: no variables, readable values, principals by ARN, account or service.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import cvc5
from cvc5 import Kind

from lambdaudit.iam.language import Condition, Effect, Operator, Policy, Principal, PrincipalKind, Qualifier, Statement
from lambdaudit.iam.patterns import Part, Wild, action_pattern, split_arn
from lambdaudit.iam.values import moment, number

SET_SIZE = 3


class Solver:
    """One request as solver variables, and formulas about it."""

    def __init__(self, many: frozenset[str]) -> None:
        self.tm = cvc5.TermManager()
        self.solver = cvc5.Solver(self.tm)
        self.solver.setLogic("ALL")
        self.solver.setOption("strings-exp", "true")
        self.solver.setOption("tlimit-per", "3000")
        self.many = many
        self.text = self.tm.getStringSort()
        self.resource = self.tm.mkConst(self.text, "resource")
        self.principal = self.tm.mkConst(self.text, "principal")
        self._constants: dict[str, Any] = {}

    def constant(self, name: str, sort: Any) -> Any:
        if name not in self._constants:
            self._constants[name] = self.tm.mkConst(sort, name)
        return self._constants[name]

    def flag(self, name: str) -> Any:
        return self.constant(name, self.tm.getBooleanSort())

    def all_of(self, parts: Iterable[Any]) -> Any:
        listed = list(parts)
        if not listed:
            return self.tm.mkTrue()
        return listed[0] if len(listed) == 1 else self.tm.mkTerm(Kind.AND, *listed)

    def any_of(self, parts: Iterable[Any]) -> Any:
        listed = list(parts)
        if not listed:
            return self.tm.mkFalse()
        return listed[0] if len(listed) == 1 else self.tm.mkTerm(Kind.OR, *listed)

    def no(self, part: Any) -> Any:
        return self.tm.mkTerm(Kind.NOT, part)

    def _not_colon(self) -> Any:
        low = self.tm.mkTerm(Kind.REGEXP_RANGE, self.tm.mkString(" "), self.tm.mkString("9"))
        high = self.tm.mkTerm(Kind.REGEXP_RANGE, self.tm.mkString(";"), self.tm.mkString("~"))
        return self.tm.mkTerm(Kind.REGEXP_UNION, low, high)

    def _regex(self, parts: Iterable[Part], *, in_segment: bool, ignore_case: bool = False) -> list[Any]:
        char = self._not_colon() if in_segment else self.tm.mkTerm(Kind.REGEXP_ALLCHAR)
        out = []
        for part in parts:
            if part is Wild.STAR:
                out.append(self.tm.mkTerm(Kind.REGEXP_STAR, char))
            elif part is Wild.ANY:
                out.append(char)
            else:
                assert isinstance(part, str)
                out.extend(self._letter(c, ignore_case) for c in part)
        return out

    def _letter(self, char: str, ignore_case: bool) -> Any:
        both = sorted({char.lower(), char.upper()}) if ignore_case else [char]
        terms = [self.tm.mkTerm(Kind.STRING_TO_REGEXP, self.tm.mkString(c)) for c in both]
        return terms[0] if len(terms) == 1 else self.tm.mkTerm(Kind.REGEXP_UNION, *terms)

    def _concatenated(self, pieces: list[Any]) -> Any:
        if not pieces:
            return self.tm.mkTerm(Kind.STRING_TO_REGEXP, self.tm.mkString(""))
        return pieces[0] if len(pieces) == 1 else self.tm.mkTerm(Kind.REGEXP_CONCAT, *pieces)

    def like(self, subject: Any, parts: tuple[Part, ...], *, ignore_case: bool = False) -> Any:
        regex = self._concatenated(self._regex(parts, in_segment=False, ignore_case=ignore_case))
        return self.tm.mkTerm(Kind.STRING_IN_REGEXP, subject, regex)

    def arn_like(self, subject: Any, parts: tuple[Part, ...]) -> Any:
        if parts and all(part is Wild.STAR for part in parts):
            return self.tm.mkTrue()
        pieces: list[Any] = []
        segments = split_arn(parts)
        for index, segment in enumerate(segments):
            pieces.extend(self._regex(segment, in_segment=index < 5))
            if index < 5:
                pieces.append(self.tm.mkTerm(Kind.STRING_TO_REGEXP, self.tm.mkString(":")))
        return self.tm.mkTerm(Kind.STRING_IN_REGEXP, subject, self._concatenated(pieces))

    def statement(self, statement: Statement, kind_has_principals: bool) -> Any:
        entries = statement.resources if statement.resources is not None else statement.not_resources or ()
        listed = self.any_of(self.arn_like(self.resource, entry.template.parts) for entry in entries)
        parts = [listed if statement.resources is not None else self.no(listed)]
        if kind_has_principals:
            parts.append(self.any_of(self._principal(entry) for entry in statement.principals or ()))
        parts.extend(self.condition(condition) for condition in statement.conditions)
        return self.all_of(parts)

    def _principal(self, entry: Principal) -> Any:
        if entry.kind is PrincipalKind.EVERYONE:
            return self.tm.mkTrue()
        star = Wild.STAR
        if entry.kind is PrincipalKind.ACCOUNT:
            return self.arn_like(self.principal, ("arn:", star, ":", star, f"::{entry.account}:", star))
        if entry.kind is PrincipalKind.SERVICE:
            return self.tm.mkTerm(Kind.EQUAL, self.principal, self.tm.mkString("svc:" + entry.value))
        assert entry.kind is PrincipalKind.USER
        return self.tm.mkTerm(Kind.EQUAL, self.principal, self.tm.mkString(entry.value))

    def condition(self, condition: Condition) -> Any:
        operator, key = condition.operator, condition.key
        assert operator is not None
        if key in self.many:
            return self._set_condition(condition)
        there = self.flag(f"there {key}")
        if operator is Operator.NULL:
            wanted = {entry.raw == "true" for entry in condition.values}
            return self.any_of([self.no(there)] * (True in wanted) + [there] * (False in wanted))
        matched = self._matched(condition, key)
        if operator.negated:
            matched = self.no(matched)
        if condition.if_exists or operator.negated:
            return self.any_of([self.no(there), matched])
        return self.all_of([there, matched])

    def _set_condition(self, condition: Condition) -> Any:
        """A set of up to three values, none of them empty."""
        operator, key = condition.operator, condition.key
        assert operator is not None
        slots = [self.flag(f"{key} has {i}") for i in range(SET_SIZE)]
        if operator is Operator.NULL:
            there = self.any_of(slots)
            wanted = {entry.raw == "true" for entry in condition.values}
            return self.any_of([self.no(there)] * (True in wanted) + [there] * (False in wanted))
        some, every = [], []
        for i, slot in enumerate(slots):
            value = self.constant(f"{key} {i}", self.text)
            filled = self.no(self.tm.mkTerm(Kind.EQUAL, value, self.tm.mkString("")))
            matched = self._text(condition, value)
            matched = self.no(matched) if operator.negated else matched
            some.append(self.all_of([slot, filled, matched]))
            every.append(self.any_of([self.no(slot), self.all_of([filled, matched])]))
            self.solver.assertFormula(self.any_of([self.no(slot), filled]))
        assert condition.qualifier is not None
        return self.any_of(some) if condition.qualifier is Qualifier.ANY else self.all_of(every)

    def _matched(self, condition: Condition, key: str) -> Any:
        operator = condition.operator
        assert operator is not None
        name = operator.positive.value
        if name.startswith(("Numeric", "Date")):
            return self._number(condition, name)
        return self._text(condition, self.constant(f"text {key}", self.text))

    def _text(self, condition: Condition, subject: Any) -> Any:
        operator = condition.operator
        assert operator is not None
        name = operator.positive.value
        if name.startswith("Arn"):
            return self.any_of(self.arn_like(subject, entry.template.parts) for entry in condition.values)
        ignore = name in ("StringEqualsIgnoreCase", "Bool")
        return self.any_of(self.like(subject, entry.template.parts, ignore_case=ignore) for entry in condition.values)

    def _number(self, condition: Condition, name: str) -> Any:
        read = moment if name.startswith("Date") else number
        subject = self.constant(f"number {condition.key}", self.tm.getRealSort())
        kinds = {
            "Equals": Kind.EQUAL,
            "LessThan": Kind.LT,
            "LessThanEquals": Kind.LEQ,
            "GreaterThan": Kind.GT,
            "GreaterThanEquals": Kind.GEQ,
        }
        kind = kinds[name.removeprefix("Date").removeprefix("Numeric")]
        bounds = [read(entry.raw) for entry in condition.values]
        return self.any_of(
            self.tm.mkTerm(kind, subject, self.tm.mkReal(*_fraction(bound))) for bound in bounds if bound is not None
        )

    def allows(self, policy: Policy, action: str) -> Any:
        """The policy allows the action: some Allow holds and no Deny."""
        named = policy.kind.names_principals
        allow: list[Any] = []
        deny: list[Any] = []
        for statement in policy.statements:
            entries = statement.actions if statement.actions is not None else statement.not_actions or ()
            listed = any(action_pattern(entry.raw)(action.lower()) for entry in entries)
            if listed == (statement.actions is not None):
                side = allow if statement.effect is Effect.ALLOW else deny
                side.append(self.statement(statement, named))
        return self.all_of([self.any_of(allow), self.no(self.any_of(deny))])

    def satisfiable(self, formula: Any) -> bool | None:
        """Whether some request satisfies the formula; None when the solver gives up."""
        self.solver.assertFormula(formula)
        result = self.solver.checkSat()
        return True if result.isSat() else False if result.isUnsat() else None


def _fraction(value: Decimal) -> tuple[int, int]:
    top, bottom = value.as_integer_ratio()
    return top, bottom
