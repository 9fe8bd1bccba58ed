"""What a rule is: a typed generator that yields what is wrong with one asset.

The function's name is the rule's id (underscores become hyphens), the first parameter's annotation the kind of asset it looks at,
the docstring its page: a title line, then ``Why:`` (how an attacker uses it), ``Fix:`` and ``See:`` (one address a line).
"""

import inspect
import re
import typing
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lambdaudit.facts import Audit
from lambdaudit.model.assets import Asset
from lambdaudit.model.finding import Confidence, Evidence, Fix, Severity
from lambdaudit.model.where import Where


@dataclass(frozen=True, slots=True)
class Fail:
    """One thing that is wrong. Made by :func:`fail`; `None` means the rule's own value holds."""

    message: str
    at: Where | None = None
    key: str = ""
    evidence: tuple[Evidence, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    fix: Fix | None = None
    functions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """The rule does not apply to this asset, and why."""

    reason: str


Outcome = Generator[Fail, None, Any]
"""What a rule gives: fails, and as its return value a Skip or nothing."""
Check = Callable[[Any, Audit], Outcome]
R = TypeVar("R", bound=Check)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its documentation. `kinds` are the asset classes it looks at; `persona` says who gets it by default."""

    id: str
    check: Check
    kinds: tuple[type[Asset], ...]
    severity: Severity
    confidence: Confidence
    title: str
    why: str
    fix: str
    see: tuple[str, ...]
    maps: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    persona: str = "default"
    topic: str = ""


@dataclass(slots=True)
class Registry:
    """The rules that were declared, by id. Declaring only records: nothing runs at import."""

    rules: dict[str, Rule] = field(default_factory=dict)

    def add(self, rule: Rule) -> None:
        """Record a rule. Raises ValueError for an id or alias that is taken already."""
        for name in (rule.id, *rule.aliases):
            if name in self.rules or any(name in other.aliases for other in self.rules.values()):
                raise ValueError(f"two rules are called {name}")
        self.rules[rule.id] = rule


REGISTRY = Registry()


def rule(
    severity: Severity,
    *,
    maps: tuple[str, ...] = (),
    confidence: Confidence = Confidence.HIGH,
    aliases: tuple[str, ...] = (),
    persona: str = "default",
) -> Callable[[R], R]:
    """Declare a rule.

    `severity` is for the usual case (a Fail may carry its own), `maps` are ids in public lists (``CWE-306``, ``FSBP:Lambda.1``,
    ``OWASP:S5:2017`` …), `persona` ``default`` or ``strict`` (only on request). Raises ValueError when the docstring or the
    annotation is incomplete, so that a rule without documentation cannot exist.
    """

    def declare(check: R) -> R:
        name = check.__name__.replace("_", "-")
        title, sections = _sections(name, inspect.getdoc(check) or "")
        REGISTRY.add(
            Rule(
                id=name,
                check=check,
                kinds=_kinds(check),
                severity=severity,
                confidence=confidence,
                title=title,
                why=sections["Why"],
                fix=sections["Fix"],
                see=tuple(sections["See"].split()),
                maps=maps,
                aliases=aliases,
                persona=persona,
                topic=check.__module__.rsplit(".", 1)[-1],
            )
        )
        return check

    return declare


def fail(
    message: str,
    *,
    at: Where | None = None,
    key: str = "",
    evidence: tuple[Evidence, ...] = (),
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    fix: str = "",
    commands: tuple[str, ...] = (),
    functions: tuple[str, ...] | None = None,
) -> Fail:
    """One thing that is wrong with the asset.

    `message` is one sentence with names in it; `at` the place that proves it (the first proof's, when that is a part of it);
    `key` tells several fails of one rule on one asset apart and goes into the fingerprint (a Sid, a principal, a variable's
    name: never a line number); `fix` replaces the rule's own and `commands` are AWS CLI lines to review; `functions` replaces
    the affected functions that the relations of the inventory give.
    """
    return Fail(
        message=message,
        at=_exact(at, evidence),
        key=key,
        evidence=evidence,
        severity=severity,
        confidence=confidence,
        fix=Fix(text=fix, commands=commands) if fix or commands else None,
        functions=functions,
    )


def _exact(at: Where | None, evidence: tuple[Evidence, ...]) -> Where | None:
    """The place of the first proof when it lies within `at`: a statement of a policy, not the role."""
    if at is None or not evidence:
        return at
    first = evidence[0].where
    inside = (first.source, first.subject) == (at.source, at.subject) and first.pointer.startswith(f"{at.pointer}/")
    return first if inside else at


def skip(reason: str) -> Skip:
    """The return value of a rule that does not apply to an asset; `reason` says why (``"it is a container image"``)."""
    return Skip(reason)


def _kinds(check: Check) -> tuple[type[Asset], ...]:
    hints = typing.get_type_hints(check)
    first = next(iter(inspect.signature(check).parameters))
    kinds = typing.get_args(hints[first]) or (hints[first],)
    if not all(isinstance(kind, type) and issubclass(kind, Asset) for kind in kinds):
        raise ValueError(f"{check.__name__}: its first parameter must be annotated with an asset class")
    return tuple(kinds)


def _sections(name: str, doc: str) -> tuple[str, dict[str, str]]:
    title, _, rest = doc.partition("\n")
    found = re.split(r"^(Why|Fix|See):", rest, flags=re.MULTILINE)
    sections = {head: " ".join(text.split()) for head, text in zip(found[1::2], found[2::2], strict=True)}
    for head in ("Why", "Fix", "See"):
        if not sections.get(head):
            raise ValueError(f"rule {name} has no {head}: in its docstring")
    if not title.strip():
        raise ValueError(f"rule {name} has no title")
    return title.strip(), sections
