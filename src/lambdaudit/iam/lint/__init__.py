"""An offline validator of policies: more than a hundred checks of grammar, names, conditions, principals and dangers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.lint import grammar
from lambdaudit.iam.lint.document import Document
from lambdaudit.iam.lint.grammar import FROM_PARSER, MAX_CHECKED
from lambdaudit.iam.lint.registry import CHECKERS, CHECKS, LintCheck, LintFinding, LintSeverity

__all__ = ["LintCheck", "LintFinding", "LintSeverity", "checks", "lint"]

_ORDER = {severity: place for place, severity in enumerate(LintSeverity)}


def lint(
    document: str | bytes | Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY, *, today: date | None = None
) -> tuple[LintFinding, ...]:
    """Validate a policy document of a kind.

    Gives the findings, errors first, then dangers, warnings and suggestions, each in the order of the document. Never
    raises on a bad document. `today` turns on the check for dates that have passed.
    """
    from lambdaudit.iam.lint import actions, conditions, principals, resources, risk, values, whole  # noqa: F401  they register

    policy = parse(document, kind)
    checked = Document(policy, _text(document), today)
    findings = [
        _finding(problem.code, problem.pointer, problem.text) for problem in policy.problems if problem.code in FROM_PARSER
    ]
    for identifier, checker in CHECKERS.items():
        if len(checked.text) > MAX_CHECKED and checker.__module__ != grammar.__name__:
            continue
        findings.extend(_finding(identifier, pointer, text) for pointer, text in checker(checked))
    return tuple(sorted(findings, key=lambda finding: (_ORDER[finding.severity], _place(finding.pointer), finding.id)))


def checks() -> tuple[LintCheck, ...]:
    """Every check that the validator knows, by id."""
    from lambdaudit.iam.lint import actions, conditions, principals, resources, risk, values, whole  # noqa: F401  they register

    return tuple(CHECKS[identifier] for identifier in sorted(CHECKS))


def _finding(identifier: str, pointer: str, text: str) -> LintFinding:
    known = CHECKS[identifier]
    return LintFinding(identifier, known.severity, text, pointer, known.fix)


def _place(pointer: str) -> tuple[tuple[int, str], ...]:
    """A pointer as something to sort by: numbers as numbers."""
    return tuple((int(step), "") if step.isdigit() else (-1, step) for step in pointer.split("/"))


def _text(document: object) -> str:
    if isinstance(document, bytes):
        return document.decode("utf-8", "replace")
    if isinstance(document, str):
        return document
    import json

    try:
        return json.dumps(document, default=str)
    except (TypeError, ValueError, RecursionError):
        return ""
