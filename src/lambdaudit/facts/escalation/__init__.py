"""Ways from a principal's rights to more rights: judged on effective permission and on the power of what is reached.

Each technique is data: the requests that an attacker needs with the resource that each is about, and the commands. The IAM
engine is asked about every request; a way is told only when all are allowed and something sensitive is won. One question
about all actions at once sorts out the many principals that cannot start any of them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.escalation import compute, functions, itself, roles, users
from lambdaudit.facts.escalation.estate import Estate, estate_of
from lambdaudit.facts.escalation.prover import Prover
from lambdaudit.facts.escalation.search import Desk, all_of
from lambdaudit.facts.escalation.technique import Path, Step, Technique, Way
from lambdaudit.model.identity import Principal

__all__ = ["TECHNIQUES", "Path", "Step", "Technique", "Way", "desk_of", "estate_of", "paths", "ways"]

TECHNIQUES: Final = (
    *itself.TECHNIQUES,
    roles.ASSUME,
    *roles.TECHNIQUES,
    *users.TECHNIQUES,
    *functions.TECHNIQUES,
    *compute.TECHNIQUES,
)
"""Every technique that is tried."""

_SEARCHES: tuple[Callable[[Principal, Estate], Iterator[Way]], ...] = (
    itself.own_policies,
    itself.own_limits,
    roles.other_roles,
    users.other_users,
    users.providers,
    compute.new_compute,
    functions.functions,
    compute.running_compute,
)
_ACTIONS: Final = frozenset(
    [
        "sts:AssumeRole", "lambda:TagResource", "iam:TagRole", "iam:TagUser",
        *(ask.action for technique in TECHNIQUES for ask in technique.asks),
        *(ask.action for ask, _ in functions.RUN_AGAIN),
    ]
)  # fmt: skip


def desk_of(principal: Principal, estate: Estate) -> Desk:
    """A principal with all that is asked about it, made once for an audit."""
    audit = estate.audit
    prover = audit.once(("prover", principal.id), lambda: Prover(principal, audit, _ACTIONS))
    return Desk(prover, estate)


def ways(principal: Principal, audit: Audit) -> Iterator[Way]:
    """Every technique that works for a role or user, each on the target that brings most.

    Administrators have nothing to win. Raises NotKnown at the end when nothing was found and something that decides was not read.
    """
    estate = estate_of(audit, principal.account)
    if not _idle(principal, estate):
        yield from all_of([partial(search, principal, estate) for search in _SEARCHES])


def _idle(principal: Principal, estate: Estate) -> bool:
    """Whether a principal can start none of the techniques, or has nothing to win."""
    prover = desk_of(principal, estate).prover
    return not (prover.may or prover.open) or estate.strength(principal).administrator


def paths(principal: Principal, audit: Audit) -> Iterator[Path]:
    """The ways up of a role or user, one for each weakness, the worst first.

    Raises NotKnown when there is none and something that decides was not read.
    """
    groups: dict[str, list[Way]] = {}
    for way in ways(principal, audit):
        groups.setdefault(way.technique.group, []).append(way)
    best = [sorted(group, key=lambda way: way.rank) for group in groups.values()]
    for first, *others in sorted(best, key=lambda group: group[0].rank):
        yield Path(
            first.technique.group,
            first.text,
            first.severity,
            first.confidence,
            first.steps,
            first.commands,
            first.technique,
            first.won,
            tuple(dict.fromkeys(way.text for way in others if way.text != first.text)),
        )
