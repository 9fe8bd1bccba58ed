"""Roles, users, groups and managed policies."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.base import Policy
from lambdaudit.model.identity import AccessKey, Group, ManagedPolicy, Role, User
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.lift.builder import Builder, undecided_policy
from lambdaudit.sources.iac.lift.estate import Perhaps
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, as_map, at, odd
from lambdaudit.sources.iac.lift.sam_templates import sam_templates
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import span_of

_KINDS = {"Roles": "role", "Users": "user", "Groups": "group"}


def principals(b: Builder) -> None:
    """Add managed policies, groups, users and roles."""
    managed = _Managed(b)
    hung = _Hung(b, managed)
    for resource, identity, props in b.each("AWS::IAM::Group"):
        b.add(
            Group(**_common(b, resource, identity, props), policies=_policies(b, props, managed, hung, identity), boundary=None)
        )
    for resource, identity, props in b.each("AWS::IAM::User"):
        b.add(
            User(
                **_common(b, resource, identity, props),
                policies=_policies(b, props, managed, hung, identity),
                boundary=_boundary(props, managed),
                groups=_groups(b, props, hung, identity),
                access_keys=tuple(hung.access_keys.get(identity.name, ())),
            )
        )
    for resource, identity, props in b.each("AWS::IAM::Role"):
        b.add(
            Role(
                **_common(b, resource, identity, props),
                policies=_policies(b, props, managed, hung, identity),
                boundary=_boundary(props, managed),
                trust=_trust(b, props, identity.name),
                # Before its deployment nothing has run with it.
                last_used="",
                description=props.prose("Description", ""),
                max_session=props.integer("MaxSessionDuration", 3600),
                sam_templates=sam_templates(b, resource, props),
            )
        )


def _common(b: Builder, resource: Resource, identity: Identity, props: Props) -> dict[str, Any]:
    path = props.text("Path", "/")
    return {**b.common(resource, identity), "region": "", "path": path if isinstance(path, str) else "/"}


def _trust(b: Builder, props: Props, name: str) -> Maybe[Policy]:
    value = props.take("AssumeRolePolicyDocument")
    if value is None:
        return Unknown("AssumeRolePolicyDocument is not set")
    return b.policy(value, name=name, kind="trust", where=props.at("AssumeRolePolicyDocument"))


class _Managed:
    """Managed policies by ARN: those of the configuration, and AWS's own from the shipped catalogue."""

    def __init__(self, b: Builder) -> None:
        self._b = b
        self._found: dict[str, Maybe[Policy]] = {}
        for resource, identity, props in b.each("AWS::IAM::ManagedPolicy"):
            value = props.take("PolicyDocument")
            where = props.at("PolicyDocument")
            policy = b.policy(value, name=identity.name, kind="customer-managed", where=where, arn=identity.id)
            self._found[identity.id] = policy
            common = {**b.common(resource, identity), "region": ""}
            b.add(ManagedPolicy(**common, policy=policy, versions=(("v1", True),)))

    def document(self, arn: str, where: Where, kind: str = "") -> Policy:
        """The policy; one that stands elsewhere comes back as a document that may allow and deny anything."""
        if arn not in self._found:
            self._found[arn] = self._elsewhere(arn)
        found = self._found[arn]
        if isinstance(found, Unknown):
            return self._b.open_policy(arn.rpartition("/")[2], kind or "customer-managed", where, found, arn)
        if not kind:
            return found
        return Policy(name=found.name, kind=kind, document=found.document, where=found.where, arn=arn, raw=found.raw)

    def _elsewhere(self, arn: str) -> Maybe[Policy]:
        from lambdaudit.iam.actions import managed_policy

        found = managed_policy(arn) if arn.split(":")[4:5] == ["aws"] else None
        if found is None:
            return Unknown(f"the document of {arn} is not in the configuration")
        where = Where(f"catalogue of AWS managed policies, {found.changed}", arn)
        policy = self._b.policy(dict(found.document), name=found.name, kind="aws-managed", where=where, arn=arn)
        self._b.add(ManagedPolicy(id=arn, name=found.name, where=where, policy=policy, versions=((found.version, True),)))
        return policy


class _Hung:
    """Policies, group memberships and access keys that other resources state, by the ARN or name of the principal."""

    def __init__(self, b: Builder, managed: _Managed) -> None:
        self.b = b
        self.inline: dict[str, list[Policy]] = {}
        self.memberships: dict[str, list[str]] = {}
        self.access_keys: dict[str, list[AccessKey]] = {}
        for resource, identity, props in b.each("AWS::IAM::Policy"):
            self._attach(resource, props, lambda p=props, i=identity: self._inline(p, i.name))
        for kind, name in (("RolePolicy", "RoleName"), ("UserPolicy", "UserName"), ("GroupPolicy", "GroupName")):
            for resource, _, props in b.each(f"AWS::IAM::{kind}"):
                title = props.text("PolicyName", resource.name)
                policy = self._inline(props, title if isinstance(title, str) else resource.name)
                self._keep(resource, f"{kind.removesuffix('Policy')}s", props.text(name, ""), policy)
        for resource, identity, props in b.each("AWS::IAM::ManagedPolicy"):
            self._attach(resource, props, lambda i=identity, p=props: managed.document(i.id, p.where))
        for resource, _, props in b.each("AWS::IAM::UserToGroupAddition"):
            group, users = props.text("GroupName", ""), props.texts("Users", ())
            if isinstance(group, Unknown) or isinstance(users, Unknown):
                b.note(resource.where, "adds users to groups that are not known")
                continue
            for user in users:
                self.memberships.setdefault(user, []).append(group)
        for _, identity, props in b.each("AWS::IAM::AccessKey"):
            owner, status = props.text("UserName", ""), props.text("Status", "Active")
            if isinstance(owner, str):
                key = AccessKey(id=identity.name, status=status if isinstance(status, str) else "Active")
                self.access_keys.setdefault(owner, []).append(key)

    def _inline(self, props: Props, name: str) -> Policy:
        where = props.at("PolicyDocument")
        policy = self.b.policy(props.take("PolicyDocument"), name=name, kind="inline", where=where)
        return self.b.open_policy(name, "inline", where, policy) if isinstance(policy, Unknown) else policy

    def _attach(self, resource: Resource, props: Props, policy: Any) -> None:
        for field in _KINDS:
            value = props.take(field)
            members = value if isinstance(value, list) else [] if value is None else [value]
            for member in members:
                self._keep(resource, field, member, policy())
            if rest := getattr(value, "rest", None):
                self.b.note(resource.where, f"is attached to {field.lower()} that are not known: {rest.reason}")

    def _keep(self, resource: Resource, field: str, principal: Any, policy: Policy) -> None:
        if not isinstance(principal, str) or not principal:
            reason = principal.reason if isinstance(principal, Unknown) else "no name"
            self.b.note(resource.where, f"is attached to one of the {field.lower()} that is not known: {reason}")
            return
        key = f"{_KINDS[field]}/{str(principal).rpartition('/')[2]}"
        self.inline.setdefault(key, []).append(policy)


def _policies(b: Builder, props: Props, managed: _Managed, hung: _Hung, identity: Identity) -> Maybe[tuple[Policy, ...]]:
    """Attached and inline policies in full; one that is not known is a document that may allow and deny anything."""
    kind = identity.id.split(":", 5)[5].partition("/")[0]
    found = [
        *_attached(b, props, managed),
        *_inline(b, props),
        *hung.inline.get(f"{kind}/{identity.name}", ()),
    ]
    return tuple(found)


def _attached(b: Builder, props: Props, managed: _Managed) -> Iterator[Policy]:
    value = props.take("ManagedPolicyArns")
    where = props.at("ManagedPolicyArns")
    members = value if isinstance(value, list) else [] if value is None else [value]
    for number, member in enumerate([*members, *([value.rest] if getattr(value, "rest", None) else [])]):
        arn = member.value if isinstance(member, Perhaps) else member
        place = at(where, number, span_of(member))
        if isinstance(arn, str):
            policy = managed.document(str(arn), place)
            yield undecided_policy(policy, member.why) if isinstance(member, Perhaps) else policy
        else:
            why = arn if isinstance(arn, Unknown) else Unknown("a managed policy's ARN is no text")
            yield b.open_policy("managed policy", "customer-managed", place, why)


def _inline(b: Builder, props: Props) -> Iterator[Policy]:
    value = props.take("Policies")
    where = props.at("Policies")
    members = value if isinstance(value, list) else [] if value is None else [value]
    for number, member in enumerate([*members, *([value.rest] if getattr(value, "rest", None) else [])]):
        place = at(where, number, span_of(member))
        stated = member.value if isinstance(member, Perhaps) else member
        if not isinstance(stated, dict):
            yield b.open_policy("inline policy", "inline", place, odd("Policies", stated))
            continue
        policy = _stated(b, Props(as_map(stated), place))
        yield undecided_policy(policy, member.why) if isinstance(member, Perhaps) else policy


def _stated(b: Builder, props: Props) -> Policy:
    name = props.text("PolicyName", "")
    title = name if isinstance(name, str) else "inline policy"
    place = props.at("PolicyDocument")
    policy = b.policy(props.take("PolicyDocument"), name=title, kind="inline", where=place)
    return b.open_policy(title, "inline", place, policy) if isinstance(policy, Unknown) else policy


def _boundary(props: Props, managed: _Managed) -> Maybe[Policy | None]:
    arn = props.text("PermissionsBoundary", "")
    if isinstance(arn, Unknown):
        return arn
    return managed.document(arn, props.at("PermissionsBoundary"), "boundary") if arn else None


def _groups(b: Builder, props: Props, hung: _Hung, identity: Identity) -> Maybe[tuple[str, ...]]:
    names = props.texts("Groups", ())
    if isinstance(names, Unknown):
        return names
    own = {i.name: i.id for _, i, _ in b.each("AWS::IAM::Group")}
    found = []
    for name in dict.fromkeys((*names, *hung.memberships.get(identity.name, ()))):
        if name not in own:
            return Unknown(f"the group {name} is not in the configuration")
        found.append(own[name])
    return tuple(found)
