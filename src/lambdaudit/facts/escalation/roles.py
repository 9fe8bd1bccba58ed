"""Ways up by becoming another role: assuming it, rewriting it, or making a new one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from lambdaudit.facts.escalation.estate import Estate, Gain, attached, customer_policies, estate_of
from lambdaudit.facts.escalation.itself import attaching, bounded, rewritten_strength, without_boundary
from lambdaudit.facts.escalation.search import Desk, Goal, all_of, try_on, way_of
from lambdaudit.facts.escalation.technique import EVERYTHING, Ask, Step, Technique, Way
from lambdaudit.facts.strength import Strength
from lambdaudit.model.finding import Severity
from lambdaudit.model.identity import Principal, Role
from lambdaudit.model.unknown import NotKnown, Unknown

_ASSUME: Final = "aws sts assume-role --role-arn {role} --role-session-name <name>"
_RETRUST: Final = "aws iam update-assume-role-policy --role-name {role_name} --policy-document file://<trust in the attacker>"
_LIMITED: Final = {"iam:PermissionsBoundary": "{boundary}"}
_ATTACHING: Final = {"iam:PolicyARN": "{attached}", **_LIMITED}
_TRUST: Final = Ask("iam:UpdateAssumeRolePolicy", "{role}")
_PUT: Final = Ask("iam:PutRolePolicy", "{role}", _LIMITED)
_ATTACH: Final = Ask("iam:AttachRolePolicy", "{role}", _ATTACHING)
_VERSION: Final = Ask("iam:CreatePolicyVersion", "{policy}")
_PUT_LINE: Final = "aws iam put-role-policy --role-name {role_name} --policy-name <name> --policy-document {everything}"
_ATTACH_LINE: Final = "aws iam attach-role-policy --role-name {role_name} --policy-arn {attached}"
_VERSION_LINE: Final = "aws iam create-policy-version --policy-arn {policy} --policy-document {everything} --set-as-default"

ASSUME: Final = Technique("assume-role", ("I25",), "assume-role", "assume role {role_name}", (), (_ASSUME,))


def _change(identifier: str, ref: str, text: str, asks: tuple[Ask, ...], *lines: str) -> Technique:
    return Technique(identifier, (ref,), "change-roles", text, asks, lines)


REWRITE_TRUST: Final = _change(
    "rewrite-trust", "I14", "rewrite the trust policy of role {role_name} and assume it", (_TRUST,), _RETRUST, _ASSUME
)
PUT_AND_ASSUME: Final = _change(
    "put-and-assume", "I12", "write an inline policy that allows everything for role {role_name} and assume it", (_PUT,),
    _PUT_LINE, _ASSUME,
)  # fmt: skip
ATTACH_AND_ASSUME: Final = _change(
    "attach-and-assume", "I09", "attach {attached_name} to role {role_name} and assume it", (_ATTACH,), _ATTACH_LINE, _ASSUME
)
VERSION_AND_ASSUME: Final = _change(
    "version-and-assume", "I17", "rewrite policy {policy_name} of role {role_name} and assume it", (_VERSION,),
    _VERSION_LINE, _ASSUME,
)  # fmt: skip
PUT_AND_RETRUST: Final = _change(
    "put-and-retrust", "I20", "write an inline policy that allows everything for role {role_name} and rewrite its trust policy",
    (_PUT, _TRUST), _PUT_LINE, _RETRUST, _ASSUME,
)  # fmt: skip
ATTACH_AND_RETRUST: Final = _change(
    "attach-and-retrust", "I18", "attach {attached_name} to role {role_name} and rewrite its trust policy", (_ATTACH, _TRUST),
    _ATTACH_LINE, _RETRUST, _ASSUME,
)  # fmt: skip
VERSION_AND_RETRUST: Final = _change(
    "version-and-retrust", "I19", "rewrite policy {policy_name} of role {role_name} and its trust policy", (_VERSION, _TRUST),
    _VERSION_LINE, _RETRUST, _ASSUME,
)  # fmt: skip
UNBIND_AND_ASSUME: Final = _change(
    "unbind-and-assume", "I22", "remove the permissions boundary of role {role_name} and assume it",
    (Ask("iam:DeleteRolePermissionsBoundary", "{role}", _LIMITED),),
    "aws iam delete-role-permissions-boundary --role-name {role_name}", _ASSUME,
)  # fmt: skip

_NEW: Final = "arn:{p}:iam::{a}:role/<role>"
_UNBOUND: Final = {"iam:PermissionsBoundary": None}
_CREATE: Final = Ask("iam:CreateRole", _NEW, _UNBOUND)
_CREATE_LINE: Final = "aws iam create-role --role-name <role> --assume-role-policy-document file://<trust in the attacker>"
_ASSUME_NEW: Final = "aws sts assume-role --role-arn arn:{p}:iam::{a}:role/<role> --role-session-name <name>"
CREATE_ROLE: Final = tuple(
    _change(f"create-role-and-{word}", ref, "create a role that may do everything", (_CREATE, ask),
            _CREATE_LINE, line, _ASSUME_NEW)
    for word, ref, ask, line in (
        ("attach", "I18", Ask("iam:AttachRolePolicy", _NEW, {"iam:PolicyARN": "{administrator}", **_UNBOUND}),
         "aws iam attach-role-policy --role-name <role> --policy-arn {administrator}"),
        ("put", "I20", Ask("iam:PutRolePolicy", _NEW, _UNBOUND),
         "aws iam put-role-policy --role-name <role> --policy-name <name> --policy-document {everything}"),
    )
)  # fmt: skip

TECHNIQUES: Final = (
    REWRITE_TRUST, PUT_AND_ASSUME, ATTACH_AND_ASSUME, VERSION_AND_ASSUME, PUT_AND_RETRUST, ATTACH_AND_RETRUST,
    VERSION_AND_RETRUST, UNBIND_AND_ASSUME, *CREATE_ROLE,
)  # fmt: skip


def other_roles(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways to act as another role of the account, or of another account in the inventory."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    retrusted = partial(_goals, desk, None)
    assumed = partial(_goals, desk, partial(_assuming, desk))
    searches: list[Callable[[], Iterator[Way]]] = [
        partial(_assume, desk),
        partial(try_on, desk, REWRITE_TRUST, lambda: (_as_is(desk, role) for role in _worthy(desk))),
        partial(try_on, desk, PUT_AND_ASSUME, partial(assumed, _written)),
        partial(try_on, desk, ATTACH_AND_ASSUME, partial(assumed, _attached)),
        partial(try_on, desk, VERSION_AND_ASSUME, partial(assumed, _rewritten)),
        partial(try_on, desk, PUT_AND_RETRUST, partial(retrusted, _written)),
        partial(try_on, desk, ATTACH_AND_RETRUST, partial(retrusted, _attached)),
        partial(try_on, desk, VERSION_AND_RETRUST, partial(retrusted, _rewritten)),
        partial(try_on, desk, UNBIND_AND_ASSUME, partial(assumed, _unbound)),
        *(partial(try_on, desk, technique, lambda: [_new(desk)]) for technique in CREATE_ROLE),
    ]
    yield from all_of(searches)


def _targets(desk: Desk) -> list[Role]:
    return [role for role in desk.estate.changeable_roles() if role.id != desk.prover.me.id]


def _worthy(desk: Desk) -> list[Role]:
    return desk.estate.promising(desk.prover.me, desk.estate.changeable_roles, "changeable roles")


def _names(role: Role) -> dict[str, str]:
    return {"role": role.id, "role_name": role.name, "everything": EVERYTHING}


def _assume(desk: Desk) -> Iterator[Way]:
    """Another role's trust policy lets the principal in."""
    unknown: NotKnown | None = None
    for role in [r for r in desk.estate.roles() if r.id != desk.prover.me.id] + _elsewhere(desk):
        gain: Gain | NotKnown | None
        try:
            gain = _gain(desk, role)
        except NotKnown as error:
            gain = error
        try:
            step = desk.prover.may_assume(role) if gain else None
        except NotKnown as error:
            unknown = unknown or error
            continue
        if step and isinstance(gain, NotKnown):
            unknown = unknown or gain
        elif step and isinstance(gain, Gain):
            names = {**desk.names, **_names(role)}
            yield way_of(ASSUME, names, (step,), gain, Goal(names, lambda: None))
            return
    if unknown:
        raise unknown


def _elsewhere(desk: Desk) -> list[Role]:
    """Roles of other accounts in the inventory."""
    return [role for role in desk.estate.audit.inventory.of(Role) if role.account != desk.estate.account]


def _gain(desk: Desk, role: Role) -> Gain | None:
    """What a role brings; in another account everything is new."""
    if role.account == desk.estate.account:
        return desk.estate.gain(desk.prover.me, desk.estate.strength(role))
    reached = estate_of(desk.estate.audit, role.account).strength(role)
    if reached.administrator or reached.rises:
        return Gain(Severity.CRITICAL, f"administrator of account {role.account}")
    words = reached.beyond(Strength(False, frozenset()))
    return Gain(Severity.HIGH, f"able to {words[0]} in account {role.account}") if words else None


def _as_is(desk: Desk, role: Role) -> Goal:
    return Goal(_names(role), partial(desk.estate.strength, role), {"role": role})


_Proof = Callable[[Role], "tuple[Step, ...]"]
_Maker = Callable[[Desk, Role], Iterator[Goal]]


def _goals(desk: Desk, proof: _Proof | None, make: _Maker) -> Iterator[Goal]:
    """The goals of a kind for every role that can be changed; with a proof for those that can be assumed as well."""
    for role in _targets(desk) if proof is None else _assumable(desk):
        for goal in make(desk, role):
            yield goal if proof is None else goal._replace(proof=partial(proof, role))


def _assumable(desk: Desk) -> list[Role]:
    """The roles that can be changed and that the principal can assume, or may be able to."""

    def possible(role: Role) -> bool:
        try:
            return desk.prover.may_assume(role) is not None
        except NotKnown:
            return True

    key = ("assumable", desk.prover.me.id)
    return desk.estate.audit.once(key, lambda: [role for role in _targets(desk) if possible(role)])


def _assuming(desk: Desk, role: Role) -> tuple[Step, ...]:
    step = desk.prover.may_assume(role)
    return (step,) if step else ()


def _written(desk: Desk, role: Role) -> Iterator[Goal]:
    yield Goal(partial(bounded, role, **_names(role)), partial(desk.estate.raised, role), {"role": role})


def _attached(desk: Desk, role: Role) -> Iterator[Goal]:
    for goal in attaching(desk, role, **_names(role)):
        yield goal._replace(assets={"role": role})


def _rewritten(desk: Desk, role: Role) -> Iterator[Goal]:
    policies = () if isinstance(role.policies, Unknown) else customer_policies(role)
    for policy in policies:
        names = {**_names(role), "policy": policy.arn, "policy_name": policy.name}
        yield Goal(names, partial(rewritten_strength, desk, role, policy), {"role": role})


def _unbound(desk: Desk, role: Role) -> Iterator[Goal]:
    if role.boundary is not None:
        yield Goal(partial(bounded, role, **_names(role)), partial(without_boundary, desk, role), {"role": role})


def _new(desk: Desk) -> Goal:
    """A new role that may do everything that the guardrails of the account leave."""
    me = desk.prover.me
    layers = desk.estate.audit.layers(me)
    free = msgspec.structs.replace(layers, identity=(attached(EVERYTHING),), boundary=())
    return Goal({"everything": EVERYTHING}, lambda: desk.estate.altered(me, free, "a new role"))
