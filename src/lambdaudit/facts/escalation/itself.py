"""Ways up that need nobody else: writing one's own policies, and taking away what limits oneself."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from lambdaudit.facts.escalation.estate import Estate, Gain, attached, customer_policies
from lambdaudit.facts.escalation.search import Desk, Goal, all_of, try_on
from lambdaudit.facts.escalation.technique import ADMINISTRATOR, EVERYTHING, Ask, Technique, Way, filled
from lambdaudit.facts.strength import Strength
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.identity import Group, ManagedPolicy, Principal, Role, User
from lambdaudit.model.unknown import Unknown, known

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Attached, Layers

_LIMITED: Final = {"iam:PermissionsBoundary": "{boundary}"}
_ATTACHING: Final = {"iam:PolicyARN": "{attached}", "iam:PermissionsBoundary": "{boundary}"}
_WRITE: Final = "--policy-name <name> --policy-document {everything}"

ATTACHABLE: Final = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
"""AWS managed policies that an attacker would attach, the strongest first: a condition may allow only some."""


def _own(identifier: str, ref: str, text: str, ask: Ask, line: str) -> Technique:
    return Technique(identifier, (ref,), "own-rights", text, (ask,), (line,))


PUT_OWN: Final = {
    Role: _own("put-role-policy", "I12", "write itself an inline policy that allows everything",
               Ask("iam:PutRolePolicy", "{self}", _LIMITED), f"aws iam put-role-policy --role-name {{self_name}} {_WRITE}"),
    User: _own("put-user-policy", "I10", "write itself an inline policy that allows everything",
               Ask("iam:PutUserPolicy", "{self}", _LIMITED), f"aws iam put-user-policy --user-name {{self_name}} {_WRITE}"),
}  # fmt: skip
ATTACH_OWN: Final = {
    Role: _own("attach-role-policy", "I09", "attach {attached_name} to itself", Ask("iam:AttachRolePolicy", "{self}", _ATTACHING),
               "aws iam attach-role-policy --role-name {self_name} --policy-arn {attached}"),
    User: _own("attach-user-policy", "I07", "attach {attached_name} to itself", Ask("iam:AttachUserPolicy", "{self}", _ATTACHING),
               "aws iam attach-user-policy --user-name {self_name} --policy-arn {attached}"),
}  # fmt: skip
PUT_GROUP: Final = _own(
    "put-group-policy", "I11", "write an inline policy that allows everything for its group {group_name}",
    Ask("iam:PutGroupPolicy", "{group}"), f"aws iam put-group-policy --group-name {{group_name}} {_WRITE}",
)  # fmt: skip
ATTACH_GROUP: Final = _own(
    "attach-group-policy", "I08", "attach {attached_name} to its group {group_name}",
    Ask("iam:AttachGroupPolicy", "{group}", {"iam:PolicyARN": "{attached}"}),
    "aws iam attach-group-policy --group-name {group_name} --policy-arn {attached}",
)  # fmt: skip
JOIN_GROUP: Final = _own(
    "join-group", "I13", "join the group {group_name}", Ask("iam:AddUserToGroup", "{group}"),
    "aws iam add-user-to-group --group-name {group_name} --user-name {self_name}",
)  # fmt: skip
NEW_VERSION: Final = _own(
    "new-policy-version", "I01", "replace its own policy {policy_name} by one that allows everything",
    Ask("iam:CreatePolicyVersion", "{policy}"),
    "aws iam create-policy-version --policy-arn {policy} --policy-document {everything} --set-as-default",
)  # fmt: skip
NEW_VERSION_FULL: Final = NEW_VERSION._replace(
    id="new-policy-version-after-deletion",
    asks=(Ask("iam:DeletePolicyVersion", "{policy}"), *NEW_VERSION.asks),
    commands=("aws iam delete-policy-version --policy-arn {policy} --version-id {oldest}", *NEW_VERSION.commands),
)
OLD_VERSION: Final = _own(
    "set-default-version", "I02", "switch its own policy {policy_name} to another version",
    Ask("iam:SetDefaultPolicyVersion", "{policy}"),
    "aws iam set-default-policy-version --policy-arn {policy} --version-id {oldest}",
)._replace(confidence=Confidence.LOW)  # fmt: skip

_KIND: Final = {Role: "Role", User: "User"}


def _limit(identifier: str, ref: str, text: str, ask: Ask, line: str) -> Technique:
    return Technique(identifier, (ref,), "own-limits", text, (ask,), (line,))


DROP_BOUNDARY: Final = {
    kind: _limit(f"drop-{word.lower()}-boundary", ref, "remove its own permissions boundary",
                 Ask(f"iam:Delete{word}PermissionsBoundary", "{self}", _LIMITED),
                 f"aws iam delete-{word.lower()}-permissions-boundary --{word.lower()}-name {{self_name}}")
    for kind, word, ref in ((Role, "Role", "I22"), (User, "User", "I21"))
}  # fmt: skip
REPLACE_BOUNDARY: Final = {
    kind: _limit(f"replace-{word.lower()}-boundary", "I23", "replace its own permissions boundary by AdministratorAccess",
                 Ask(f"iam:Put{word}PermissionsBoundary", "{self}", {"iam:PermissionsBoundary": ADMINISTRATOR}),
                 f"aws iam put-{word.lower()}-permissions-boundary --{word.lower()}-name {{self_name}} "
                 "--permissions-boundary {administrator}")
    for kind, word in _KIND.items()
}  # fmt: skip
REWRITE_BOUNDARY: Final = _limit(
    "rewrite-boundary-policy", "I23", "rewrite the policy that is its permissions boundary",
    Ask("iam:CreatePolicyVersion", "{boundary}"),
    "aws iam create-policy-version --policy-arn {boundary} --policy-document {everything} --set-as-default",
)  # fmt: skip
DELETE_DENY: Final = {
    kind: _limit(f"delete-{word.lower()}-deny", "I24", "delete its policy {policy_name}, which denies it things",
                 Ask(f"iam:Delete{word}Policy", "{self}"),
                 f"aws iam delete-{word.lower()}-policy --{word.lower()}-name {{self_name}} --policy-name {{policy_name}}")
    for kind, word in _KIND.items()
}  # fmt: skip
DETACH_DENY: Final = {
    kind: _limit(f"detach-{word.lower()}-deny", "I24", "detach its policy {policy_name}, which denies it things",
                 Ask(f"iam:Detach{word}Policy", "{self}", {"iam:PolicyARN": "{policy}"}),
                 f"aws iam detach-{word.lower()}-policy --{word.lower()}-name {{self_name}} --policy-arn {{policy}}")
    for kind, word in _KIND.items()
}  # fmt: skip
LEAVE_GROUP: Final = _limit(
    "leave-group", "I24", "leave the group {group_name}, which denies it things", Ask("iam:RemoveUserFromGroup", "{group}"),
    "aws iam remove-user-from-group --group-name {group_name} --user-name {self_name}",
)  # fmt: skip

TECHNIQUES: Final = (
    *PUT_OWN.values(), *ATTACH_OWN.values(), PUT_GROUP, ATTACH_GROUP, JOIN_GROUP, NEW_VERSION, NEW_VERSION_FULL, OLD_VERSION,
    *DROP_BOUNDARY.values(), *REPLACE_BOUNDARY.values(), REWRITE_BOUNDARY, *DELETE_DENY.values(), *DETACH_DENY.values(),
    LEAVE_GROUP,
)  # fmt: skip


def own_policies(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways in which a principal grants itself rights."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    kind = Role if isinstance(principal, Role) else User
    searches: list[Callable[[], Iterator[Way]]] = [
        partial(try_on, desk, PUT_OWN[kind], lambda: [_raising(desk, principal)]),
        partial(try_on, desk, ATTACH_OWN[kind], partial(attaching, desk, principal)),
        partial(_versions, desk),
    ]
    if isinstance(principal, User):
        searches.append(partial(_groups, desk, principal))
    yield from all_of(searches)


def boundary_arn(principal: Principal) -> str:
    """The ARN of a principal's permissions boundary, empty when it has none. Raises NotKnown when that was not read."""
    boundary = known(principal.boundary)
    return "" if boundary is None else boundary.arn or "arn:aws:iam::aws:policy/not-read"


def _raising(desk: Desk, principal: Principal) -> Goal:
    return Goal(partial(bounded, principal), partial(desk.estate.raised, principal), {"self": principal})


def bounded(principal: Principal, **names: str) -> dict[str, str]:
    """Names for templates, with those that every write to a principal's policies needs."""
    return {"boundary": boundary_arn(principal), "everything": EVERYTHING, **names}


def attaching(desk: Desk, principal: Principal, **names: str) -> Iterator[Goal]:
    """A goal for each AWS managed policy that an attacker would attach to a principal, the strongest first."""
    from lambdaudit.iam.actions import managed_policy

    for name in ATTACHABLE:
        arn = filled(ADMINISTRATOR, desk.names).replace("AdministratorAccess", name)
        policy = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        document = EVERYTHING if policy is None else msgspec.json.encode(policy.document).decode()
        yield Goal(
            partial(bounded, principal, attached=arn, attached_name=name, **names),
            partial(desk.estate.raised, principal, document),
            {"self": principal},
        )


def _versions(desk: Desk) -> Iterator[Way]:
    """A customer managed policy of its own, or of its groups, in a new or in another version."""
    me = desk.prover.me
    holders: list[Principal] = [me, *(desk.estate.groups_of(me) if isinstance(me, User) else ())]
    if not (desk.prover.open or {"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"} & desk.prover.may):
        return
    for holder in holders:
        for policy in customer_policies(holder):
            versions = version_names(desk, policy.arn)
            names = {"policy": policy.arn, "policy_name": policy.name, "everything": EVERYTHING, "oldest": versions[0]}
            rewritten = Goal(names, partial(rewritten_strength, desk, me, policy))
            yield from try_on(desk, NEW_VERSION_FULL if len(versions) > 4 else NEW_VERSION, partial(_only, rewritten))
            if len(versions) > 1:
                older = Goal(names, lambda: Gain(Severity.MEDIUM, "able to do what an older version of the policy allows"))
                yield from try_on(desk, OLD_VERSION, partial(_only, older))


def _only(goal: Goal) -> list[Goal]:
    return [goal]


def version_names(desk: Desk, arn: str) -> list[str]:
    """The versions of a managed policy that are not in force, then the one that is; one placeholder when they were not read."""
    found = desk.estate.audit.inventory.get(arn)
    if not isinstance(found, ManagedPolicy) or not found.versions:
        return ["<version>"]
    return [name for name, default in sorted(found.versions, key=lambda version: version[1])]


def rewritten_strength(desk: Desk, principal: Principal, policy: Policy) -> Strength:
    """How strong a principal is when one of its policies allows everything."""
    layers = desk.estate.audit.layers(principal)
    identity = () if isinstance(layers.identity, Unknown) else layers.identity
    document = desk.estate.audit.document(policy)
    others = tuple(member for member in identity if isinstance(member, Unknown) or member.policy is not document)
    changed = msgspec.structs.replace(layers, identity=(*others, attached(EVERYTHING)))
    return desk.estate.altered(principal, changed, f"rewritten {policy.arn}")


def _groups(desk: Desk, user: User) -> Iterator[Way]:
    own = desk.estate.groups_of(user)
    searches: list[Callable[[], Iterator[Way]]] = []
    for group in own:
        names = {"group": group.id, "group_name": group.name, "everything": EVERYTHING}
        goal = Goal(names, partial(desk.estate.raised, user))
        searches.append(partial(try_on, desk, PUT_GROUP, partial(_only, goal)))
        searches.append(partial(try_on, desk, ATTACH_GROUP, partial(attaching, desk, user, **names)))
    searches.append(partial(try_on, desk, JOIN_GROUP, partial(joinable, desk, user, own)))
    yield from all_of(searches)


def joinable(desk: Desk, user: User, own: Collection[Group]) -> Iterator[Goal]:
    """A user as a member of one more group."""
    mine = {group.id for group in own}
    return (_joining(desk, user, group) for group in desk.estate.every(Group) if group.id not in mine)


def _joining(desk: Desk, user: User, group: Group) -> Goal:
    names = {"group": group.id, "group_name": group.name, "user_name": user.name, "user": user.id}
    return Goal(names, partial(_with_group, desk, user, group), {"user": user})


def _with_group(desk: Desk, user: User, group: Group) -> Strength:
    layers = desk.estate.audit.layers(user)
    more = tuple(attached(desk.estate.audit.document(policy), policy.name) for policy in known(group.policies))
    identity = () if isinstance(layers.identity, Unknown) else layers.identity
    changed = msgspec.structs.replace(layers, identity=(*identity, *more))
    return desk.estate.altered(user, changed, f"in {group.id}")


def own_limits(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways in which a principal removes its permissions boundary or a policy that denies it things."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    kind = type(principal)
    if kind not in DROP_BOUNDARY:
        return
    searches: list[Callable[[], Iterator[Way]]] = [partial(_denies, desk)]
    if principal.boundary is not None:
        goal = partial(_unbound, desk, principal)
        searches.extend(
            partial(try_on, desk, technique, lambda: [goal()])
            for technique in (DROP_BOUNDARY[kind], REPLACE_BOUNDARY[kind], REWRITE_BOUNDARY)
        )
    yield from all_of(searches)


def _unbound(desk: Desk, principal: Principal) -> Goal:
    return Goal(
        partial(bounded, principal),
        partial(without_boundary, desk, principal),
        {"self": principal},
    )


def without_boundary(desk: Desk, principal: Principal) -> Strength:
    """How strong a principal is without its permissions boundary."""
    layers = desk.estate.audit.layers(principal)
    return desk.estate.altered(principal, msgspec.structs.replace(layers, boundary=()), "without boundary")


def _denies(desk: Desk) -> Iterator[Way]:
    me = desk.prover.me
    groups = desk.estate.groups_of(me) if isinstance(me, User) else []
    removing = {ask.action for t in (*DELETE_DENY.values(), *DETACH_DENY.values(), LEAVE_GROUP) for ask in t.asks}
    if not (desk.prover.open or removing & desk.prover.may):
        return
    for policy in known(me.policies):
        if not _has_deny(desk, policy):
            continue
        technique = (DETACH_DENY if policy.arn else DELETE_DENY)[type(me)]
        names = {"policy": policy.arn, "policy_name": policy.name}
        goal = Goal(names, partial(_without, desk, (policy,), policy.name), {"self": me})
        yield from try_on(desk, technique, partial(_only, goal))
    for group in groups:
        policies = known(group.policies)
        if any(_has_deny(desk, policy) for policy in policies):
            goal = Goal({"group": group.id, "group_name": group.name}, partial(_without, desk, policies, group.id))
            yield from try_on(desk, LEAVE_GROUP, partial(_only, goal))


def _has_deny(desk: Desk, policy: Policy) -> bool:
    from lambdaudit.iam.language import Effect

    return any(s.effect is Effect.DENY for s in desk.estate.audit.document(policy).statements)


def _without(desk: Desk, policies: tuple[Policy, ...], key: str) -> Strength:
    """How strong the principal is without some of its policies."""
    audit, me = desk.estate.audit, desk.prover.me
    layers: Layers = audit.layers(me)
    gone = [audit.document(policy) for policy in policies]
    identity: tuple[Attached | Unknown, ...] = () if isinstance(layers.identity, Unknown) else layers.identity
    rest = tuple(m for m in identity if isinstance(m, Unknown) or not any(m.policy is document for document in gone))
    return desk.estate.altered(me, msgspec.structs.replace(layers, identity=rest), f"without {key}")
