"""What policies name, for showing. Verdicts come from :mod:`lambdaudit.iam` alone; this only lists what is written."""

from collections.abc import Iterable, Iterator
from typing import Any

from lambdaudit.iam.language import Effect, Operator, PolicyKind, Statement, parse
from lambdaudit.model.base import Policy
from lambdaudit.model.identity import Principal
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown

from .once import once

EVERY_SERVICE = "*"
"""Service name under which statements are listed that are not limited to one service."""

_SOURCE_KEYS = {"aws:sourcearn", "aws:principalarn"}
_ACCOUNT_KEYS = {"aws:sourceaccount", "aws:principalaccount"}


def statements(policy: Policy, kind: PolicyKind) -> tuple[Statement, ...]:
    """The statements of a policy; what could not be read stands in their `gaps`."""
    return parse(policy.raw or policy.document, kind).statements


def access(policies: Iterable[Policy]) -> list[dict[str, Any]]:
    """What identity policies allow by their wording, one entry for each service that they name.

    Each entry: ``service`` (``*`` for statements over all services), ``actions``, ``resources`` (an entry that starts with
    ``not:`` is an exception of NotAction or NotResource), ``policies`` (names), ``conditional`` (all have a condition).
    Denies, boundaries and guardrails are not taken off: the findings tell what is effective.
    """
    services: dict[str, _Access] = {}
    for policy in policies:
        for statement in statements(policy, PolicyKind.IDENTITY):
            if statement.effect is Effect.DENY:
                continue
            for service, actions in _actions(statement).items():
                services.setdefault(service, _Access()).add(policy.name, actions, statement)
    return [{"service": service, **services[service].plain()} for service in sorted(services)]


@once
def principal_access(inventory: Inventory, principal: Principal) -> list[dict[str, Any]] | Unknown:
    """What the policies of a principal allow by their wording, see :func:`access`."""
    return principal.policies if isinstance(principal.policies, Unknown) else access(principal.policies)


class _Access:
    def __init__(self) -> None:
        self.actions: set[str] = set()
        self.resources: set[str] = set()
        self.policies: set[str] = set()
        self.conditional = True

    def add(self, policy: str, actions: Iterable[str], statement: Statement) -> None:
        self.actions.update(actions)
        self.resources.update(entry.raw for entry in statement.resources or ())
        self.resources.update(f"not:{entry.raw}" for entry in statement.not_resources or ())
        self.policies.add(policy)
        self.conditional &= bool(statement.conditions)

    def plain(self) -> dict[str, Any]:
        return {
            "actions": sorted(self.actions),
            "resources": sorted(self.resources),
            "policies": sorted(self.policies),
            "conditional": self.conditional,
        }


def _actions(statement: Statement) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in statement.actions or ():
        service, colon, _ = entry.raw.partition(":")
        plain_service = colon and not set(service) & set("*?$")
        found.setdefault(service.lower() if plain_service else EVERY_SERVICE, set()).add(entry.raw)
    for entry in statement.not_actions or ():
        found.setdefault(EVERY_SERVICE, set()).add(f"not:{entry.raw}")
    if "action" in statement.gaps:
        found.setdefault(EVERY_SERVICE, set()).add("(not readable)")
    return found


def permissions(policy: Policy, qualifier: str) -> Iterator[dict[str, Any]]:
    """The statements of a function's resource-based policy, one entry each.

    ``qualifier`` (empty: the unqualified function), ``sid``, ``effect``, ``principals`` as (element, value) texts like
    ``Service s3.amazonaws.com``, ``actions``, ``sources`` and ``source_accounts`` (values of conditions on the source),
    ``conditions`` (how many), ``readable``.
    """
    for statement in statements(policy, PolicyKind.RESOURCE):
        yield {
            "qualifier": qualifier,
            "sid": statement.sid,
            "effect": statement.effect.value if statement.effect else "",
            "principals": list(_principals(statement)),
            "services": sorted({p.value.lower() for p in statement.principals or () if p.element == "Service"}),
            "actions": [e.raw for e in statement.actions or ()] + [f"not:{e.raw}" for e in statement.not_actions or ()],
            "sources": _values(statement, _SOURCE_KEYS),
            "source_accounts": _values(statement, _ACCOUNT_KEYS),
            "conditions": len(statement.conditions),
            "readable": not statement.gaps and not any(condition.gap for condition in statement.conditions),
        }


def _principals(statement: Statement) -> Iterator[str]:
    for principal in statement.principals or ():
        yield principal.value if principal.element == "*" else f"{principal.element} {principal.value}"
    for principal in statement.not_principals or ():
        yield f"everyone but {principal.element} {principal.value}"


def _values(statement: Statement, keys: set[str]) -> list[str]:
    """Values that a condition key must take; operators that exclude or only test for presence name no source."""
    return sorted(
        {
            entry.raw
            for condition in statement.conditions
            if condition.key in keys and condition.operator not in (None, Operator.NULL) and not condition.operator.negated
            for entry in condition.values
        }
    )
