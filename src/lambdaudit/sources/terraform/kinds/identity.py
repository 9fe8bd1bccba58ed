"""IAM: roles, users, groups, policies, and what attaches them."""

from typing import TYPE_CHECKING

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Value

from ..shape import As, Fields, Kind, Many, document, pick, put, resource

if TYPE_CHECKING:
    from ..collect import Change, Collector, Source
    from ..shape import Finish

_TYPES = {"role": "AWS::IAM::Role", "user": "AWS::IAM::User", "group": "AWS::IAM::Group"}


def _append(value: Value, source: "Source") -> "Change":
    """A change that adds a managed policy to a principal."""

    def change(properties: Map) -> None:
        present = properties.get("ManagedPolicyArns")
        at = getattr(value, "span", None) or source.at
        if not isinstance(present, List):
            rest = present if isinstance(present, Unknown) else None
            present = List((), at, rest)
            put(properties, "ManagedPolicyArns", present, at)
        present.append(value)

    return change


def _attachment(kind: str) -> "Finish":
    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        arn, _ = pick(settings, "policy_arn")
        if arn is not None:
            collector.later(source, settings.get(kind), (_TYPES[kind],), _append(arn, source))

    return finish


def _attach_many(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    arn, _ = pick(settings, "policy_arn")
    for kind in _TYPES:
        value = settings.get(f"{kind}s")
        for one in value if isinstance(value, list) else [value] if value is not None else []:
            collector.later(source, one, (_TYPES[kind],), _append(arn, source))


def _exclusive(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """The list of all attached policies: those that no other resource attaches are added."""
    value, _ = pick(settings, "policy_arns")
    for one in value if isinstance(value, list) else [value] if value is not None else []:

        def change(properties: Map, arn: Value = one) -> None:
            present = properties.get("ManagedPolicyArns")
            if not isinstance(present, list) or arn not in present:
                _append(arn, source)(properties)

        collector.later(source, settings.get("role_name"), ("AWS::IAM::Role",), change, last=True)


def _memberships(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A user's groups, one addition for each."""
    groups = settings.get("groups")
    user, at = pick(settings, "user")
    for number, group in enumerate(groups if isinstance(groups, list) else [groups]):
        made = Map((), at)
        put(made, "GroupName", group, settings.at("groups"))
        put(made, "Users", List([user], at), at)
        collector.add(resource(source, "AWS::IAM::UserToGroupAddition", made, f"/{number}"))


_INLINE: Fields = {"name": "PolicyName", "policy": As("PolicyDocument", document)}
_PRINCIPAL: Fields = {"name": "Name", "path": "Path", "permissions_boundary": "PermissionsBoundary", "tags": "Tags"}


def _inline_of(kind: str) -> Kind:
    name = kind.capitalize()
    return Kind(f"AWS::IAM::{name}Policy", {**_INLINE, kind: f"{name}Name"})


def _drop_empty_inline(value: Value) -> Value:
    """An ``inline_policy {}`` without contents says that there are none."""
    if isinstance(value, List):
        return List([v for v in value if not isinstance(v, dict) or v], value.span, value.rest)
    return value


KINDS = {
    "aws_iam_role": Kind(
        "AWS::IAM::Role",
        {
            **_PRINCIPAL,
            "name": "RoleName",
            "assume_role_policy": As("AssumeRolePolicyDocument", document),
            "description": "Description",
            "max_session_duration": "MaxSessionDuration",
            "managed_policy_arns": "ManagedPolicyArns",
            "inline_policy": Many("Policies", _INLINE, _drop_empty_inline),
        },
        tags="Tags",
    ),
    "aws_iam_user": Kind("AWS::IAM::User", {**_PRINCIPAL, "name": "UserName"}, tags="Tags"),
    "aws_iam_group": Kind("AWS::IAM::Group", {"name": "GroupName", "path": "Path"}),
    "aws_iam_role_policy": _inline_of("role"),
    "aws_iam_user_policy": _inline_of("user"),
    "aws_iam_group_policy": _inline_of("group"),
    "aws_iam_policy": Kind(
        "AWS::IAM::ManagedPolicy",
        {"name": "ManagedPolicyName", "path": "Path", "description": "Description", "policy": As("PolicyDocument", document)},
        tags="Tags",
    ),
    "aws_iam_role_policy_attachment": Kind("", {}, _attachment("role")),
    "aws_iam_user_policy_attachment": Kind("", {}, _attachment("user")),
    "aws_iam_group_policy_attachment": Kind("", {}, _attachment("group")),
    "aws_iam_policy_attachment": Kind("", {}, _attach_many),
    "aws_iam_role_policy_attachments_exclusive": Kind("", {}, _exclusive),
    "aws_iam_user_group_membership": Kind("", {}, _memberships),
    "aws_iam_group_membership": Kind("AWS::IAM::UserToGroupAddition", {"group": "GroupName", "users": "Users"}),
    "aws_iam_access_key": Kind("AWS::IAM::AccessKey", {"user": "UserName", "status": "Status"}),
}
