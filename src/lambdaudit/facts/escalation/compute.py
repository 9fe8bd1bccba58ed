"""Ways up by compute: passing a stronger role to something new, or steering what runs with one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from lambdaudit.facts.escalation.compute_table import NEW_COMPUTE, RUNNING_COMPUTE, Compute
from lambdaudit.facts.escalation.estate import Estate
from lambdaudit.facts.escalation.search import Desk, Goal, all_of, try_on
from lambdaudit.facts.escalation.technique import Ask, Step, Technique, Way
from lambdaudit.model.identity import Principal, Role
from lambdaudit.model.unknown import NotKnown, Unknown, known

COGNITO: Final = Technique(
    "identity-pool-roles", ("P20",), "pass-role", "let an identity pool hand out role {role_name}",
    (Ask("iam:PassRole", "{role}", {"iam:PassedToService": "cognito-identity.amazonaws.com"}),
     Ask("cognito-identity:SetIdentityPoolRoles")),
    ("aws cognito-identity set-identity-pool-roles --identity-pool-id <pool> --roles unauthenticated={role}",
     "aws cognito-identity get-id --identity-pool-id <pool>",
     "aws cognito-identity get-credentials-for-identity --identity-id <identity>"),
)  # fmt: skip

TECHNIQUES: Final = (
    *(compute.technique((compute.passed or compute.services)[0]) for compute in NEW_COMPUTE),
    *(compute.running() for compute in RUNNING_COMPUTE),
    COGNITO,
)


def new_compute(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways to pass a stronger role to something that the attacker starts."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    if not desk.prover.possible(frozenset(("iam:PassRole",))):
        return
    searches: list[Callable[[], Iterator[Way]]] = [
        partial(_first, desk, compute, [compute.technique(service) for service in compute.passed or compute.services])
        for compute in NEW_COMPUTE
    ]
    searches.append(partial(try_on, desk, COGNITO, lambda: _pooled(desk)))
    yield from all_of(searches)
    if estate.unread_trust:
        raise NotKnown(estate.unread_trust)


def _first(desk: Desk, compute: Compute, techniques: list[Technique]) -> Iterator[Way]:
    """The first of several forms of one technique that works."""
    for technique in techniques:
        for way in try_on(desk, technique, lambda: _takers(desk, compute)):
            yield way
            return


def _takers(desk: Desk, compute: Compute) -> Iterator[Goal]:
    """The roles that the service takes, the strongest first."""
    for service in compute.services:
        takers = partial(desk.estate.trusted_by, service)
        for role in desk.estate.promising(desk.prover.me, takers, f"roles of {service}"):
            proof = partial(_reads, desk, compute, role) if compute.reads else None
            yield Goal(_names(role), partial(desk.estate.strength, role), {"role": role}, proof)


def _reads(desk: Desk, compute: Compute, role: Role) -> tuple[Step, ...]:
    """What the passed role itself has to be allowed."""
    witnesses = desk.estate.audit.can(role, (compute.reads,))
    return tuple(Step(compute.reads, w.request.resource, {}, principal=role.id) for w in witnesses[:1])


def _names(role: Role) -> dict[str, str]:
    return {"role": role.id, "role_name": role.name}


def _pooled(desk: Desk) -> Iterator[Goal]:
    """The roles that some identity pool can hand out."""
    for role in desk.estate.roles():
        if role.id != desk.prover.me.id and not isinstance(role.trust, Unknown) and role.trust and _for_pools(desk, role):
            yield Goal(_names(role), partial(desk.estate.strength, role), {"role": role})


def _for_pools(desk: Desk, role: Role) -> bool:
    """Whether a role's trust policy lets in the users of some identity pool."""
    from lambdaudit.iam.questions import Violated, outside_access

    answer = outside_access(
        desk.estate.audit.document(known(role.trust)),  # type: ignore[arg-type]
        resource=role.id,
        account=role.account,
        actions=("sts:AssumeRoleWithWebIdentity",),
    )
    return isinstance(answer, Violated) and any("cognito-identity" in witness.caller for witness in answer.witnesses)


def running_compute(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways to steer what runs with a stronger role."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    yield from all_of([partial(try_on, desk, compute.running(), partial(_users, desk, compute)) for compute in RUNNING_COMPUTE])


def _users(desk: Desk, compute: Compute) -> Iterator[Goal]:
    """The roles that the service takes and that were used: something runs with them."""
    for goal in _takers(desk, compute):
        role = goal.assets["role"]
        assert isinstance(role, Role)
        if known(role.last_used):
            yield goal._replace(assets={})
