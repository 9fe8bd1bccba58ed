"""Roles, users and groups with every policy that grants or limits them."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Configured
from lambdaudit.model.identity import Group, Role, User
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, Odd, sure
from lambdaudit.sources.aws.assemble.managed import BULK, ManagedPolicies
from lambdaudit.sources.aws.assemble.tags import tags_of_list
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key

_DULL = ("RoleId", "UserId", "GroupId", "InstanceProfileList", "Arn", "RoleName", "UserName", "GroupName")


def identity(b: Builder) -> None:
    """Add managed policies, groups, users and roles."""
    managed = ManagedPolicies(b)
    for key, record in b.records("iam", BULK, "GroupDetailList", "group"):
        _add_group(b, key, record, managed)
    groups = {(a.account, a.name): a.id for a in b.assets.values() if isinstance(a, Group)}
    for key, record in b.records("iam", BULK, "UserDetailList", "user"):
        _add_user(b, key, record, managed, groups)
    for key, record in b.records("iam", BULK, "RoleDetailList", "role"):
        _add_role(b, key, record, None, managed)
    for key, answer in b.raw.each("iam", "GetRole"):
        _add_single_role(b, key, answer, managed)


def _arn(b: Builder, key: Key, record: Fields, kind: str) -> str:
    """The ARN of a principal, made from path and name when the record has no good one."""
    name = record.text(f"{kind.title()}Name", "")
    path = record.text("Path", "/")
    made = ""
    if isinstance(name, str) and name and isinstance(path, str) and path.startswith("/") and path.endswith("/"):
        made = b.arn(key, "iam", f"{kind}{path}{name}", region="")
    return b.identity(record, "Arn", "iam", f"{kind}/", made)


def _common(b: Builder, key: Key, record: Fields, kind: str) -> dict[str, Any] | None:
    arn = _arn(b, key, record, kind)
    if not arn:
        b.lost((kind,), key.account, "", record.where, f"odd record: a {kind} without name and ARN")
        return None
    record.about(arn)
    record.ignore(*_DULL)
    return {
        "id": arn,
        "name": arn.rpartition("/")[2],
        "where": record.where,
        "account": key.account,
        "path": record.plain(record.text("Path", "/"), "/"),
        "created": record.plain(record.time("CreateDate", ""), ""),
    }


def _policies(b: Builder, key: Key, record: Fields, inline: str, managed: ManagedPolicies) -> Maybe[tuple[Policy, ...]]:
    """Attached and inline policies in full; Unknown when one of them is not known, for it may grant or deny anything."""
    try:
        attached = sure(record.each("AttachedManagedPolicies", lambda f: sure(_attached(f, key, managed)), ()))
        own = sure(record.each(inline, lambda f: sure(_inline(b, f)), ()))
    except Odd as odd:
        return odd.unknown
    return attached + own


def _attached(attached: Fields, key: Key, managed: ManagedPolicies) -> Maybe[Policy]:
    attached.ignore("PolicyName")
    arn = sure(attached.text("PolicyArn", attached.unsaid))
    return managed.document(key, arn)


def _inline(b: Builder, record: Fields) -> Maybe[Policy]:
    name = sure(record.text("PolicyName", ""))
    document = record.take("PolicyDocument")
    return b.documents.policy(document, name=name, kind="inline", where=record.where / "PolicyDocument")


def _boundary(key: Key, record: Fields, managed: ManagedPolicies) -> Maybe[Policy | None]:
    def build(boundary: Fields) -> Policy | None:
        boundary.ignore("PermissionsBoundaryType")
        arn = sure(boundary.text("PermissionsBoundaryArn", ""))
        return sure(managed.document(key, arn, "boundary")) if arn else None

    return record.build("PermissionsBoundary", build, None)


def _add_group(b: Builder, key: Key, record: Fields, managed: ManagedPolicies) -> None:
    common = _common(b, key, record, "group")
    if common is not None:
        policies = _policies(b, key, record, "GroupPolicyList", managed)
        b.add(Group(**common, policies=policies, boundary=None, extra=record.extra()), record)


def _add_user(b: Builder, key: Key, record: Fields, managed: ManagedPolicies, groups: dict[tuple[str, str], str]) -> None:
    common = _common(b, key, record, "user")
    if common is None:
        return
    user = User(
        **common,
        policies=_policies(b, key, record, "UserPolicyList", managed),
        boundary=_boundary(key, record, managed),
        groups=_groups(key, record, groups),
        access_keys=Unknown("not asked", "iam:ListAccessKeys"),
        tags=tags_of_list(record, "Tags"),
        extra=record.extra(),
    )
    b.add(user, record)


def _groups(key: Key, record: Fields, groups: dict[tuple[str, str], str]) -> Maybe[tuple[str, ...]]:
    """The ids of a user's groups; Unknown when one of them is not among the groups that were read."""
    names = record.texts("GroupList", ())
    if isinstance(names, Unknown):
        return names
    for name in names:
        if (key.account, name) not in groups:
            return Unknown(f"the group {name} was not in the answer", f"iam:{BULK}")
    return tuple(groups[key.account, name] for name in names)


def _add_role(b: Builder, key: Key, record: Fields, policies: Maybe[tuple[Policy, ...]] | None, managed: ManagedPolicies) -> None:
    """Add a role; `policies` None: they are in its record."""
    common = _common(b, key, record, "role")
    if common is None:
        return
    if policies is None:
        policies = _policies(b, key, record, "RolePolicyList", managed)
    role = Role(
        **common,
        policies=policies,
        boundary=_boundary(key, record, managed),
        trust=_trust(b, record, common["name"]),
        last_used=record.build("RoleLastUsed", _last_used, ""),
        description=record.plain(record.prose("Description", ""), ""),
        max_session=record.plain(record.integer("MaxSessionDuration", 3600), 3600),
        tags=tags_of_list(record, "Tags"),
        extra=record.extra(),
    )
    b.add(role, record)


def _trust(b: Builder, record: Fields, name: str) -> Maybe[Policy]:
    document = record.take("AssumeRolePolicyDocument")
    if document is None:
        return record.unsaid
    return b.documents.policy(document, name=name, kind="trust", where=record.where / "AssumeRolePolicyDocument")


def _last_used(last: Fields) -> str:
    last.ignore("Region")
    return sure(last.time("LastUsedDate", ""))


def _add_single_role(b: Builder, key: Key, answer: Answer | Unknown, managed: ManagedPolicies) -> None:
    """A role that was read on its own, when the account was not read in bulk."""
    if isinstance(answer, Unknown):
        _miss_role(b, key, answer)
    elif answer.absent:
        b.absent.update(_ids(b, key))
    else:
        record = b.single(key, answer, "Role")
        if isinstance(record, Unknown):
            _miss_role(b, key, record)
        elif _arn(b, key, record, "role") not in b.assets:
            _add_role(b, key, record, _single_policies(b, key, managed), managed)


def _ids(b: Builder, key: Key) -> list[str]:
    """The ARNs under which functions name a role, path included; its name alone does not tell the path."""
    roles = [fn.role for fn in b.assets.values() if isinstance(fn, Configured) and fn.account == key.account]
    found = {role for role in roles if isinstance(role, str) and role.endswith(f"/{key.subject}")}
    return sorted(found) or [b.arn(key, "iam", f"role/{clean(key.subject)}", region="")]


def _miss_role(b: Builder, key: Key, unknown: Unknown) -> None:
    for arn in _ids(b, key):
        if arn not in b.assets:
            b.miss("role", unknown, key.account, "", arn)


def _single_policies(b: Builder, key: Key, managed: ManagedPolicies) -> Maybe[tuple[Policy, ...]]:
    try:
        return tuple(_attached_singly(b, key, managed)) + tuple(_inline_singly(b, key))
    except Odd as odd:
        return odd.unknown


def _attached_singly(b: Builder, key: Key, managed: ManagedPolicies) -> Iterator[Policy]:
    answer = sure(b.ask(key, "ListAttachedRolePolicies"))
    sure(answer.rest)
    list_key = key._replace(operation="ListAttachedRolePolicies")
    for number, item in enumerate(answer.items("AttachedPolicies")):
        record = Fields(item if isinstance(item, dict) else {}, place(list_key, "AttachedPolicies", number))
        yield sure(_attached(record, key, managed))


def _inline_singly(b: Builder, key: Key) -> Iterator[Policy]:
    answer = sure(b.ask(key, "ListRolePolicies"))
    sure(answer.rest)
    for name in answer.items("PolicyNames"):
        if not isinstance(name, str):
            sure(Unknown("odd value: an inline policy's name is not a text"))
        one = key._replace(operation="GetRolePolicy", subject=f"{key.subject}/{name}")
        document = sure(b.ask(one, one.operation)).data.get("PolicyDocument")
        yield sure(b.documents.policy(document, name=name, kind="inline", where=place(one, "PolicyDocument")))
