"""Condition operators as formulas over the dimensions of a request.

Sources: IAM user guide, "Condition operators", "Multivalued context keys", "Global condition context keys". A positive
operator needs the key; a negated one is its negation, so it holds when the key is missing. Outcomes that the guide
leaves open become open questions: atoms that may hold or not.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from lambdaudit.iam.automaton import ANY, STAR, Language, glob_of
from lambdaudit.iam.formula import (
    FALSE,
    Dim,
    Interval,
    Kind,
    Lang,
    Node,
    Quantifier,
    Range,
    conj,
    disj,
    holds,
    neg,
    open_question,
    present,
)
from lambdaudit.iam.language import Condition, Operator, Qualifier
from lambdaudit.iam.values import binary, moment, network, number, truth
from lambdaudit.iam.variables import Mode, language_of, union

NOT_EMPTY: Final[Language] = ((ANY, STAR),)
_END: Final = Decimal("Infinity")

_TEXT_MODES: Final = {
    Operator.STRING_EQUALS: Mode.TEXT,
    Operator.STRING_LIKE: Mode.TEXT,
    Operator.STRING_EQUALS_IGNORE_CASE: Mode.IGNORE_CASE,
    Operator.BOOL: Mode.IGNORE_CASE,
    Operator.ARN_EQUALS: Mode.ARN,
    Operator.ARN_LIKE: Mode.ARN,
}


def condition_formula(condition: Condition, many: Callable[[str], bool], name: str) -> Node:
    """A condition as a formula. `many` says whether a key holds several values, `name` identifies open questions."""
    if condition.operator is None:
        return open_question(name)
    if condition.operator is Operator.NULL:
        return _null(condition, many, name)
    kind = _kind(condition.operator)
    langs, doubtful = languages(condition)
    dim = Dim(condition.key, kind, many=many(condition.key))
    if dim.many:
        return _many(condition, dim, langs, doubtful, name)
    exists = there = present(dim)
    if condition.qualifier is not None and kind is Kind.TEXT:
        there = holds(dim, NOT_EMPTY)  # to the set operators an empty text is an empty set
    return _single(condition, exists, there, disj(holds(dim, lang) for lang in langs), doubtful, name)


def _kind(operator: Operator | None) -> Kind:
    if operator is None:
        return Kind.TEXT
    if operator.value.startswith("Numeric"):
        return Kind.NUMBER
    if operator.value.startswith("Date"):
        return Kind.DATE
    return Kind.ADDRESS if operator.positive is Operator.IP_ADDRESS else Kind.TEXT


def _null(condition: Condition, many: Callable[[str], bool], name: str) -> Node:
    wanted = {truth(entry.raw) for entry in condition.values}
    dim = Dim(condition.key, many=many(condition.key))
    there = present(dim)
    parts = ([neg(there)] if True in wanted else []) + ([there] if False in wanted else [])
    if condition.gap or None in wanted:
        parts.append(open_question(name))
    return disj(parts)


def languages(condition: Condition) -> tuple[list[Lang], bool]:
    """The values of a condition as languages of the positive operator, and whether more values may match."""
    operator = condition.operator
    assert operator is not None
    positive = operator.positive
    mode = _TEXT_MODES.get(positive)
    if mode is not None:
        templates = [entry.template for entry in condition.values]
        if positive is Operator.BOOL:
            templates = [t for t in templates if t.variables or truth(t.raw) is not None]
        return language_of(templates, mode), condition.gap
    texts = [entry.raw for entry in condition.values]
    if positive is Operator.BINARY_EQUALS:
        return _lang(_binary_globs(texts)), condition.gap
    if positive is Operator.IP_ADDRESS:
        found: list[Range] = [part for text in texts if (part := network(text)) is not None]
        return _lang(found), condition.gap or (operator.negated and len(found) < len(texts))
    read = moment if _kind(positive) is Kind.DATE else number
    bounds = [bound for text in texts if (bound := read(text)) is not None]
    name = positive.value.removeprefix("Date").removeprefix("Numeric")
    parts = [_interval(name, bound) for bound in bounds]
    return _lang(parts), condition.gap or (operator.negated and len(bounds) < len(texts))


def _lang(parts: Iterable[Range] | Iterable[Interval] | Language) -> list[Lang]:
    lang: Lang = tuple(dict.fromkeys(parts))  # type: ignore[assignment]
    return [lang] if lang else []


def _binary_globs(texts: list[str]) -> Language:
    globs = [glob_of((text,)) for text in texts if binary(text) is not None]
    for text in texts:
        raw = binary(text)
        if raw is not None:
            globs.append(glob_of((raw.decode("utf-8", "replace"),)))
    return tuple(globs)


def _interval(name: str, bound: Decimal) -> Interval:
    if name == "Equals":
        return bound, True, bound, True
    if name.startswith("Less"):
        return -_END, False, bound, name.endswith("Equals")
    return bound, name.endswith("Equals"), _END, False


def _single(condition: Condition, exists: Node, there: Node, inside: Node, doubtful: bool, name: str) -> Node:
    """A condition on a key with one value.

    `exists` says that the key is present, `there` that it holds something to compare, `inside` that this matches.
    """
    operator = condition.operator
    assert operator is not None
    matched = disj([inside, open_question(name)]) if doubtful else inside
    if operator.negated:
        matched = neg(matched)
    if condition.qualifier is Qualifier.ANY:
        found = conj([there, matched])
        return disj([found, conj([neg(exists), open_question(name)])]) if condition.if_exists else found
    if condition.if_exists or condition.qualifier is Qualifier.ALL or operator.negated:
        return disj([neg(there), matched])
    return conj([there, matched])


def _many(condition: Condition, dim: Dim, langs: list[Lang], doubtful: bool, name: str) -> Node:
    """A condition on a key with a set of values."""
    operator = condition.operator
    assert operator is not None
    lang = (union(langs) if dim.kind is Kind.TEXT else langs[0]) if langs else None
    some = holds(dim, lang, Quantifier.SOME) if lang is not None else FALSE
    every = holds(dim, lang, Quantifier.EVERY) if lang is not None else neg(present(dim))
    if operator.negated:
        some, every = neg(every), neg(some)
    question = open_question(name)
    if doubtful:
        # A value that could not be read may turn each single outcome: towards a match, or away from one if negated.
        some = conj([some, question]) if operator.negated else disj([some, conj([present(dim), question])])
        every = conj([every, disj([neg(present(dim)), question])]) if operator.negated else disj([every, question])
    there = present(dim)
    if condition.qualifier is Qualifier.ANY:
        return disj([some, conj([neg(there), question])]) if condition.if_exists else some
    if condition.qualifier is Qualifier.ALL:
        return every
    # Without a set operator the outcome is only certain when all values agree.
    agreed = disj([conj([there, every]), conj([there, some, question])])
    return disj([neg(there), agreed]) if condition.if_exists or operator.negated else agreed
