"""Ways from a role's rights to more rights: judged on effective permission and on the power of what is reached.

Each technique names the requests that an attacker needs; every one is asked of the IAM engine on the resource that it would be
about (the role itself, its own policies, a role that can be passed, a function that runs with a stronger role).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lambdaudit.facts import power
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.techniques import PASS_TO_COMPUTE, Compute
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role, User
from lambdaudit.model.unknown import NotKnown, known

MAX_TARGETS = 500
"""Roles, users or functions tried as targets of one technique; beyond it the answer is what was found so far."""


class Path(NamedTuple):
    """One way up. `text` completes "the role can …", `steps` are the requests in order, each proved allowed."""

    id: str
    text: str
    severity: Severity
    steps: tuple[str, ...]
    confidence: Confidence = Confidence.HIGH


def paths(role: Role, audit: Audit) -> Iterator[Path]:
    """Every way up that the role's rights open. Raises NotKnown only when nothing was found and something was not known."""
    unknown: NotKnown | None = None
    found = False
    for search in _SEARCHES:
        try:
            for path in search(role, audit):
                found = True
                yield path
        except NotKnown as error:
            unknown = unknown or error
    if unknown and not found:
        raise unknown


def _allowed(role: Role, audit: Audit, *requests: tuple[str, str]) -> tuple[str, ...]:
    """The requests as steps when all of them are allowed, otherwise nothing."""
    steps = []
    for action, resource in requests:
        witnesses = audit.can(role, (action,), (resource,))
        if not witnesses:
            return ()
        steps.append(f"{action} on {witnesses[0].request.resource}")
    return tuple(steps)


def _own_policies(role: Role, audit: Audit) -> Iterator[Path]:
    """Writing the role's own rights."""
    own = (
        ("iam:PutRolePolicy", role.id, "write itself an inline policy that allows everything"),
        ("iam:AttachRolePolicy", role.id, "attach AdministratorAccess to itself"),
    )
    for action, resource, text in own:
        if steps := _allowed(role, audit, (action, resource)):
            yield Path(action, text, Severity.CRITICAL, steps)
    for policy in known(role.policies):
        if policy.kind != "customer-managed":
            continue
        for action, text in (
            ("iam:CreatePolicyVersion", f"replace its own policy {policy.name} by one that allows everything"),
            ("iam:SetDefaultPolicyVersion", f"switch its own policy {policy.name} to another version"),
        ):
            if steps := _allowed(role, audit, (action, policy.arn)):
                severity = Severity.CRITICAL if action == "iam:CreatePolicyVersion" else Severity.MEDIUM
                yield Path(f"{action}:{policy.name}", text, severity, steps)
    if known(role.boundary) is not None and (steps := _allowed(role, audit, ("iam:DeleteRolePermissionsBoundary", role.id))):
        yield Path("iam:DeleteRolePermissionsBoundary", "remove its own permissions boundary", Severity.HIGH, steps)


def _stronger(role: Role, other: Role | User, audit: Audit) -> Severity | None:
    """How much is won by becoming another principal; None when it may do nothing that matters beyond the role's own rights."""
    if isinstance(other, Role) and power.administrator(other, audit):
        return Severity.CRITICAL
    own = {ability.text for ability in power.sensitive(role, audit)}
    won = {ability.text for ability in power.sensitive(other, audit)} - own
    return Severity.HIGH if won else None


def _other_roles(role: Role, audit: Audit) -> Iterator[Path]:
    """Becoming another role: its trust rewritten, or its trust already there."""
    for other in audit.every(Role, account=role.account)[:MAX_TARGETS]:
        if other.id == role.id:
            continue
        routes = (
            (("sts:AssumeRole", other.id),),
            (("iam:UpdateAssumeRolePolicy", other.id),),
        )
        for requests in routes:
            action = requests[0][0]
            if action == "sts:AssumeRole" and not _trusts(other, role, audit):
                continue
            steps = _allowed(role, audit, *requests)
            if steps and (severity := _stronger(role, other, audit)):
                how = "assume" if action == "sts:AssumeRole" else "rewrite the trust policy of and then assume"
                yield Path(
                    f"{action}:{other.name}", f"{how} role {other.name}", severity, (*steps, f"sts:AssumeRole on {other.id}")
                )


def _trusts(other: Role, role: Role, audit: Audit) -> bool:
    """Whether the other role's trust policy lets the role in, directly or through its account."""
    from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, decide
    from lambdaudit.model.unknown import Unknown

    trust = known(other.trust)
    if trust is None:
        return False
    layers = audit.layers(role)
    request = Request(principal=role.id, action="sts:AssumeRole", resource=other.id, resource_account=other.account)
    decision = decide(
        request,
        Layers(
            identity=layers.identity, boundary=layers.boundary, scp=layers.scp, resource=Attached("trust", audit.document(trust))
        ),
    )
    if decision.outcome is Outcome.UNKNOWN:
        raise NotKnown(Unknown(f"whether {other.name} trusts {role.name} is open"))
    return decision.outcome is Outcome.ALLOWED


def _users(role: Role, audit: Audit) -> Iterator[Path]:
    """Becoming a user: new keys or a new password for somebody stronger."""
    for action, text in (
        ("iam:CreateAccessKey", "create access keys for"),
        ("iam:CreateLoginProfile", "set a console password for"),
        ("iam:UpdateLoginProfile", "change the console password of"),
    ):
        if not audit.can(role, (action,), ("*",)):
            continue
        for user in audit.every(User, account=role.account)[:MAX_TARGETS]:
            steps = _allowed(role, audit, (action, user.id))
            if steps and (severity := _stronger(role, user, audit)):
                yield Path(f"{action}:{user.name}", f"{text} user {user.name}", severity, steps)


def _new_compute(role: Role, audit: Audit) -> Iterator[Path]:
    """Passing a stronger role to compute that the attacker controls."""
    if not audit.can(role, ("iam:PassRole",), ("*",)):
        return
    targets = audit.every(Role, account=role.account)[:MAX_TARGETS]
    for compute in PASS_TO_COMPUTE:
        for actions in compute.actions:
            steps = _allowed(role, audit, *((action, "*") for action in actions))
            if not steps:
                continue
            best = _best_passable(role, targets, compute, audit)
            if best:
                other, severity = best
                yield Path(
                    f"{compute.id}:{actions[-1]}",
                    f"pass role {other.name} to {compute.noun} and act as it",
                    severity,
                    (f"iam:PassRole on {other.id} to {compute.service}", *steps),
                )
                break


def _best_passable(role: Role, targets: tuple[Role, ...], compute: Compute, audit: Audit) -> tuple[Role, Severity] | None:
    best: tuple[Role, Severity] | None = None
    for other in targets:
        if other.id == role.id or not audit.passable(role, other, compute.service):
            continue
        severity = _stronger(role, other, audit)
        if severity and (best is None or severity.rank < best[1].rank):
            best = (other, severity)
        if best and best[1] is Severity.CRITICAL:
            break
    return best


def _existing_functions(role: Role, audit: Audit) -> Iterator[Path]:
    """Changing functions that run with a stronger role."""
    for action, how in (
        ("lambda:UpdateFunctionCode", "replace the code of"),
        ("lambda:UpdateFunctionConfiguration", "attach a layer or start hook to"),
    ):
        if not audit.can(role, (action,), ("*",)):
            continue
        for fn in audit.every(Function, account=role.account)[:MAX_TARGETS]:
            other = audit.role(fn)
            if other is None or other.id == role.id or not (steps := _allowed(role, audit, (action, fn.id))):
                continue
            if severity := _stronger(role, other, audit):
                yield Path(f"{action}:{other.name}", f"{how} {fn.name} and act as its role {other.name}", severity, steps)


_SEARCHES: tuple[Callable[[Role, Audit], Iterator[Path]], ...] = (
    _own_policies,
    _other_roles,
    _users,
    _new_compute,
    _existing_functions,
)
