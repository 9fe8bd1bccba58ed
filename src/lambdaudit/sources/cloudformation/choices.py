"""The choices that a template leaves open: parameters without a value, and comparisons that only a deployment decides."""

from collections.abc import Mapping
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.secrets import redact
from lambdaudit.sources.cloudformation.evaluator import Evaluator
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.iac.choices import MAX_CASES, Case, Choice, dependents, of_comparisons, of_values
from lambdaudit.sources.iac.values import OneOf, Value

_PSEUDO: Final = "AWS::"


def choices_of(e: Evaluator, template: Mapping[str, Any], *, scope: str, given: Mapping[str, Value]) -> list[Choice]:
    """The choices of one stack, in the order of its parameters, then of its conditions.

    A parameter that may only have certain values is one of them. One that is free is what the conditions compare it with, or
    anything else; so is everything else that they compare. What a parent stack gives is the parent's choice.
    """
    declared = template.get("Parameters")
    about = {name: one for name, one in declared.items() if isinstance(one, dict)} if isinstance(declared, dict) else {}
    literals: dict[str, list[str | None]] = {}
    named_in: dict[str, list[str]] = {}
    for condition, subject, literal in e.conditions.comparisons():
        if subject not in given:
            literals.setdefault(subject, []).append(literal)
            named_in.setdefault(subject, []).append(condition)
    users = e.conditions.users()
    found: list[Choice] = []
    open_ones = [name for name, one in about.items() if name not in given and _is_listed(one, e.parameters.get(name))]
    for subject in filter(None, dict.fromkeys((*open_ones, *literals))):
        conditions = list(dict.fromkeys(named_in.get(subject, ())))
        plain = subject in about or subject.startswith(_PSEUDO)
        name = subject if plain else f"what {conditions[0]} compares"
        cases = _cases(name, about.get(subject), literals.get(subject, []))
        if not 1 < len(cases) <= MAX_CASES:
            continue
        own = _conditions_on(template, subject) if subject in about else ()
        words = dependents([subject if plain else conditions[0], *conditions, *own], users)
        found.append(Choice(scope, subject, name, tuple(_clean(case) for case in cases), words, scope))
    return found


def _is_listed(about: Mapping[str, Any], value: Value) -> bool:
    """Whether a parameter has no value, and a list of those that it may have."""
    read_later = str(about.get("Type")).startswith("AWS::SSM::Parameter::Value")
    return isinstance(value, OneOf) or (isinstance(value, Unknown) and bool(about.get("AllowedValues")) and not read_later)


def _conditions_on(template: Mapping[str, Any], parameter: str) -> list[str]:
    """The conditions whose text names a parameter, also those that more than a comparison with a text decides."""
    from lambdaudit.sources.cloudformation.stand_ins import referred

    declared = template.get("Conditions")
    names = frozenset((parameter,))
    return [
        str(name)
        for name, expression in (declared.items() if isinstance(declared, dict) else ())
        if next(referred(expression, names), None) is not None
    ]


def _cases(name: str, about: Mapping[str, Any] | None, literals: list[str | None]) -> tuple[Case, ...]:
    allowed = about.get("AllowedValues") if about else None
    if isinstance(allowed, list) and allowed:
        return of_values(name, map(as_text, allowed[: MAX_CASES + 1]))
    known = [literal for literal in literals if literal is not None]
    if not known:
        return (Case(f"{name} is equal", True), Case(f"{name} differs", False))
    return of_comparisons(name, (literal for literal in known if _fits(literal, about or {})))


def _fits(literal: str, about: Mapping[str, Any]) -> bool:
    """Whether a parameter may have that length."""
    least, most = (as_text(about.get(key)) for key in ("MinLength", "MaxLength"))
    number = len(literal)
    too_short = least.isascii() and least.isdecimal() and number < int(least[:9])
    too_long = most.isascii() and most.isdecimal() and number > int(most[:9])
    return not (too_short or too_long)


def _clean(case: Case) -> Case:
    return Case(redact(case.label), case.value)
