"""What a check of the policy validator is, and the list of all of them."""

import enum
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import msgspec

from lambdaudit.iam.lint.document import Document


class LintSeverity(enum.Enum):
    """How much a finding weighs: AWS refuses it or it never works, a danger, a likely mistake, a matter of clarity."""

    ERROR = "error"
    SECURITY = "security"
    WARNING = "warning"
    SUGGESTION = "suggestion"


class LintFinding(msgspec.Struct, frozen=True):
    """One finding of the validator: the check, one sentence, the place as a JSON pointer, what to do."""

    id: str
    severity: LintSeverity
    text: str
    pointer: str
    fix: str


class LintCheck(msgspec.Struct, frozen=True):
    """One check: its id, severity, what it looks for in one sentence, and what to do."""

    id: str
    severity: LintSeverity
    title: str
    fix: str


Found: TypeAlias = Iterator[tuple[str, str]]
"""Pointer and text of each finding of a check."""
Checker: TypeAlias = Callable[[Document], Found]

CHECKS: Final[dict[str, LintCheck]] = {}
CHECKERS: Final[dict[str, Checker]] = {}


def declare(identifier: str, severity: LintSeverity, title: str, fix: str) -> None:
    """Add a check whose findings come from elsewhere (the parser)."""
    if identifier in CHECKS:
        raise ValueError(f"two checks are called {identifier}")
    CHECKS[identifier] = LintCheck(identifier, severity, title, fix)


def check(severity: LintSeverity, *, fix: str) -> Callable[[Checker], Checker]:
    """Make a generator a check: its name is the id, its docstring the title."""

    def register(checker: Checker) -> Checker:
        identifier = checker.__name__.replace("_", "-")
        declare(identifier, severity, (checker.__doc__ or "").strip().splitlines()[0], fix)
        CHECKERS[identifier] = checker
        return checker

    return register


ERROR: Final = LintSeverity.ERROR
SECURITY: Final = LintSeverity.SECURITY
WARNING: Final = LintSeverity.WARNING
SUGGESTION: Final = LintSeverity.SUGGESTION
