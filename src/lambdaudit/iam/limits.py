"""Why a resource policy lets no stranger in: for each Allow statement the element that keeps them out."""

from collections.abc import Iterable

from lambdaudit.iam.exposure import Caller, ResourceQuestion
from lambdaudit.iam.formula import FALSE, TRUE, Node, conj, disj
from lambdaudit.iam.keys import many_valued
from lambdaudit.iam.language import Condition, Effect, Statement
from lambdaudit.iam.operators import condition_formula
from lambdaudit.iam.symbolic import resource_formulas, who

MOST_STATEMENTS = 12
"""Longer policies are not explained statement by statement."""


def limits_of(question: ResourceQuestion, callers: Iterable[Caller], otherwise: str) -> str:
    """A sentence with the limit of each Allow statement, for a question that has been proved."""
    statements = [s for s in question.policy.statements if s.effect is Effect.ALLOW]
    if not statements:
        return "no statement allows anything"
    if len(statements) > MOST_STATEMENTS or any(statement.gaps for statement in question.policy.statements):
        return otherwise
    listed = list(callers)
    said = [f"statement {statement.index} {_limit(question, statement, listed)}" for statement in statements]
    return "; ".join(said)


def _limit(question: ResourceQuestion, statement: Statement, callers: list[Caller]) -> str:
    formula = next(f for f in question.placed.formula.statements if f.index == statement.index)
    mask = formula.mask(question.space) & question.mask
    if not mask:
        return "is about other actions"
    callers = [caller for caller in callers if caller.actions & mask]
    where = disj(resource_formulas(statement.resources)) if statement.resources is not None else TRUE
    if _shut(question, where, callers):
        return "is about other resources"
    named = who(statement, question.policy, "")
    if _shut(question, named, callers):
        return "names whom it lets in"
    for condition in statement.conditions:
        if _shut(question, conj([named, _formula(condition)]), callers):
            return f"is limited by {condition.written_key}"
    if _shut(question, conj([named, where, *map(_formula, statement.conditions)]), callers):
        return "is limited by its elements together"
    return "is taken back by a Deny"


def _formula(condition: Condition) -> Node:
    return condition_formula(condition, many_valued, condition.pointer)


def _shut(question: ResourceQuestion, node: Node, callers: list[Caller]) -> bool:
    """Whether none of the callers gets past an element."""
    return node is FALSE or all(question.query.ask(question.within(node, caller)).proved for caller in callers)
