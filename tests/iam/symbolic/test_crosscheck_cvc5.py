"""The same questions to the solver cvc5: is there a request that the first policy allows and the second does not?"""

import random
from collections import Counter
from typing import Any, Final

import cvc5
import pytest

from lambdaudit.iam.automaton import ANY, STAR, STAR_BUT_COLON
from lambdaudit.iam.formula import RESOURCE, conj, holds, neg
from lambdaudit.iam.language import Policy, PolicyKind, parse
from lambdaudit.iam.patterns import Wild
from lambdaudit.iam.query import Query
from lambdaudit.iam.shapes import shape_of
from lambdaudit.iam.space import Space
from lambdaudit.iam.symbolic import Placed, formula_of

from . import vocabulary as words
from .solver import Solver

_EQUAL: Final = cvc5.Kind.EQUAL
ACTIONS = ("s3:GetObject", "s3:ListBucket", "sqs:SendMessage")
KEYS = ("s3:prefix", "aws:SourceVpc", "aws:SourceArn")
SETS = frozenset({"aws:tagkeys", "aws:calledvia"})
TEXTS = ("a", "b", "ab", "a*", "*b", "?", "*", "a?b*", "*ab*", "A")
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "111111111111"},
    {"AWS": ["222222222222", "arn:aws:iam::111111111111:user/u"]},
    {"Service": "sns.amazonaws.com"},
)
RESOURCES = tuple(text for text in words.RESOURCE_PATTERNS if "$" not in text)


def condition(source: random.Random) -> tuple[str, str, Any]:
    suffix = source.choice(("", "", "IfExists"))
    sort = source.randrange(6)
    if sort <= 1:
        return source.choice(words.STRING_OPERATORS) + suffix, source.choice(KEYS[:2]), words.some(source, TEXTS, 3)
    if sort == 2:
        patterns = tuple(text for text in words.ARN_PATTERNS if "$" not in text)
        return source.choice(words.ARN_OPERATORS) + suffix, "aws:SourceArn", words.some(source, patterns)
    if sort == 3:
        return source.choice(words.NUMERIC_OPERATORS) + suffix, "s3:max-keys", words.some(source, words.NUMBERS[:-1])
    if sort == 4:
        qualifier = source.choice(("ForAnyValue:", "ForAllValues:"))
        return (
            qualifier + source.choice(words.STRING_OPERATORS),
            source.choice(("aws:TagKeys", "aws:CalledVia")),
            words.some(source, TEXTS),
        )
    return "Null", source.choice((*KEYS, "aws:TagKeys")), source.choice(("true", "false"))


def policy(source: random.Random, principals: bool) -> dict[str, Any]:
    statements = []
    for _ in range(source.randint(1, 3)):
        made: dict[str, Any] = {
            "Effect": source.choice(("Allow", "Allow", "Deny")),
            source.choice(("Action", "Action", "NotAction")): words.some(source, words.ACTION_PATTERNS),
            source.choice(("Resource", "Resource", "NotResource")): words.some(source, RESOURCES, 3),
        }
        if principals:
            made["Principal"] = source.choice(PRINCIPALS)
        for _ in range(source.choice((0, 1, 1, 2))):
            operator, key, values = condition(source)
            made.setdefault("Condition", {}).setdefault(operator, {})[key] = values
        statements.append(made)
    return {"Version": "2012-10-17", "Statement": statements}


def symbolic(new: Policy, old: Policy, action: str) -> bool:
    first, second = formula_of(new), formula_of(old)
    space = Space([*first.patterns(), *second.patterns(), action])
    bit = space.mask(action)
    node = conj([Placed(first, space).allow(bit), neg(Placed(second, space).allow(bit)), holds(RESOURCE, shape_of(action))])
    found = Query().ask(node)
    assert found.proved or found.sure
    return not found.proved


def solved(new: Policy, old: Policy, action: str) -> bool | None:
    solver = Solver(SETS)
    star = solver.tm.mkString("*")
    shape = solver.any_of(
        solver.tm.mkTerm(_EQUAL, solver.resource, star) if glob == ("*",) else solver.arn_like(solver.resource, _parts(glob))
        for glob in shape_of(action)
    )
    return solver.satisfiable(solver.all_of([solver.allows(new, action), solver.no(solver.allows(old, action)), shape]))


def _parts(glob: tuple[str, ...]) -> tuple[Any, ...]:
    found: list[Any] = []
    for token in glob:
        part: Any = Wild.STAR if token in (STAR, STAR_BUT_COLON) else Wild.ANY if token == ANY else token
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def question(seed: int) -> tuple[Policy, Policy, str]:
    """Two random policies and an action."""
    source = random.Random(seed)
    principals = source.random() < 0.4
    kind = PolicyKind.RESOURCE if principals else PolicyKind.IDENTITY
    new, old = (parse(policy(source, principals), kind) for _ in range(2))
    return new, old, source.choice(ACTIONS)


def check(seed: int) -> str:
    new, old, action = question(seed)
    second = solved(new, old, action)
    if second is None:
        return "gave up"
    assert symbolic(new, old, action) is second, f"seed {seed}, action {action}"
    return "violated" if second else "proved"


def test_the_solver_agrees() -> None:
    answers = Counter(check(seed) for seed in range(100))
    assert min(answers["proved"], answers["violated"]) > 15
    assert answers["gave up"] <= 10


@pytest.mark.slow
def test_the_solver_agrees_on_many() -> None:
    answers = Counter(check(seed) for seed in range(1_000, 3_000))
    assert min(answers["proved"], answers["violated"]) > 150
