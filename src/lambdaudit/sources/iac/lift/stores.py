"""Queues, topics, buckets, tables, streams, keys, secrets, parameters, log groups, repositories and event rules."""

import json
import re
from typing import Any, Final

from lambdaudit.model.base import Policy
from lambdaudit.model.resources import (
    AclGrant,
    Bucket,
    Bus,
    EventRule,
    ImageRepository,
    Key,
    LogGroup,
    Notification,
    Parameter,
    Queue,
    RuleTarget,
    Secret,
    Stream,
    Subscription,
    SubscriptionFilter,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.text import bounded, redacted
from lambdaudit.sources.iac.lift.builder import AFTER_DEPLOYMENT, Builder, plain_json
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, sure
from lambdaudit.sources.iac.resources import Resource

_ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
_AUTHENTICATED: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_CANNED: Final = {
    "PublicRead": ((_ALL_USERS, "READ"),),
    "PublicReadWrite": ((_ALL_USERS, "READ"), (_ALL_USERS, "WRITE")),
    "AuthenticatedRead": ((_AUTHENTICATED, "READ"),),
}
"""What the canned access control lists grant beside the owner (S3 user guide, "Access control list overview")."""
_BLOCK: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def stores(b: Builder) -> None:
    """Add everything around functions that holds, carries or encrypts data."""
    _queues(b)
    _topics(b)
    _buckets(b)
    _tables(b)
    _streams(b)
    _keys(b)
    _secrets(b)
    _parameters(b)
    _log_groups(b)
    _repositories(b)
    _events(b)


def _hung(b: Builder, kind: str, target: str, document: str) -> dict[str, list[Maybe[Policy]]]:
    """Policies that stand in a resource of their own, by the id, name or URL of what they are about."""
    found: dict[str, list[Maybe[Policy]]] = {}
    for resource, identity, props in b.each(kind):
        targets = props.texts(target, ())
        if isinstance(targets, Unknown):
            b.note(resource.where, f"is about something that is not known: {targets.reason}")
            continue
        policy = b.policy(props.take(document), name=identity.name, kind="resource", where=props.at(document))
        for one in targets:
            found.setdefault(one, []).append(policy)
    return found


def _of(found: dict[str, list[Maybe[Policy]]], identity: Identity, *names: str) -> Maybe[Policy | None]:
    for name in (identity.id, identity.name, *identity.attributes.values(), *names):
        if policies := found.get(name):
            # Two documents for one resource overwrite each other in an order that nobody knows.
            return policies[0] if len(policies) == 1 else Unknown("several documents are set for one resource")
    return None


def _queues(b: Builder) -> None:
    policies = _hung(b, "AWS::SQS::QueuePolicy", "Queues", "PolicyDocument")
    policies |= _hung(b, "AWS::SQS::QueueInlinePolicy", "Queue", "PolicyDocument")
    for resource, identity, props in b.each("AWS::SQS::Queue"):
        kms = props.text("KmsMasterKeyId", None)
        # SQS encrypts new queues with its own keys unless that is switched off.
        managed = props.flag("SqsManagedSseEnabled", True)
        encryption = kms if isinstance(kms, Unknown) else "kms" if kms else managed
        if isinstance(encryption, bool):
            encryption = "sqs" if encryption else "none"
        redrive = props.record("RedrivePolicy")
        allow = props.record("RedriveAllowPolicy")
        b.add(
            Queue(
                **b.common(resource, identity),
                policy=_of(policies, identity),
                visibility_timeout=props.integer("VisibilityTimeout", 30),
                encryption=encryption,
                key=b.key(kms, resource),
                dead_letter=redrive if isinstance(redrive, Unknown | None) else redrive.text("deadLetterTargetArn", None),
                max_receive=redrive if isinstance(redrive, Unknown | None) else redrive.integer("maxReceiveCount", None),
                redrive_allow=allow if isinstance(allow, Unknown | None) else allow.text("redrivePermission", "allowAll"),
            )
        )


def _topics(b: Builder) -> None:
    policies = _hung(b, "AWS::SNS::TopicPolicy", "Topics", "PolicyDocument")
    policies |= _hung(b, "AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument")
    subscriptions: dict[str, list[Subscription | Unknown]] = {}
    for resource, identity, props in b.each("AWS::SNS::Subscription"):
        topic = props.text("TopicArn", "")
        if isinstance(topic, Unknown):
            b.note(resource.where, f"subscribes to a topic that is not known: {topic.reason}")
            continue
        account = b.estate.place(resource).account
        subscriptions.setdefault(topic, []).append(
            props.attempt(lambda p, i=identity, a=account: _subscription(p, i.id, a))  # type: ignore[misc]
        )
    for resource, identity, props in b.each("AWS::SNS::Topic"):
        account = b.estate.place(resource).account
        own = props.each("Subscription", lambda p, i=identity, a=account: _subscription(p, i.id, a), ())  # type: ignore[misc]
        hung = subscriptions.get(identity.id, [])
        gap = own if isinstance(own, Unknown) else next((one for one in hung if isinstance(one, Unknown)), None)
        listed = (*(() if isinstance(own, Unknown) else own), *(one for one in hung if isinstance(one, Subscription)))
        b.add(
            Topic(
                **b.common(resource, identity),
                policy=_of(policies, identity),
                key=b.key(props.text("KmsMasterKeyId", None), resource),
                subscriptions=gap or listed,
            )
        )


def _subscription(props: Props, arn: str, account: str) -> Subscription:
    return Subscription(
        arn=arn,
        protocol=sure(props.text("Protocol", Unknown("Protocol is not set"))),
        endpoint=redacted(sure(props.text("Endpoint", ""))),
        owner=account,
    )


def _buckets(b: Builder) -> None:
    policies = _hung(b, "AWS::S3::BucketPolicy", "Bucket", "PolicyDocument")
    for resource, identity, props in b.each("AWS::S3::Bucket"):
        encryption = props.build("BucketEncryption", _bucket_encryption, ("AES256", None))
        b.add(
            Bucket(
                **b.common(resource, identity),
                policy=_of(policies, identity),
                acl=_acl(props),
                owner="",
                # Since April 2023 new buckets take no access control lists and block public access unless told otherwise.
                ownership=props.build("OwnershipControls", _ownership, "BucketOwnerEnforced"),
                public_access_block=props.build("PublicAccessBlockConfiguration", _block, (True, True, True, True)),
                notifications=props.build("NotificationConfiguration", _notifications, ()),
                encryption=encryption if isinstance(encryption, Unknown) else encryption[0],
                key=encryption if isinstance(encryption, Unknown) else b.key(encryption[1], resource),
                versioning=props.build("VersioningConfiguration", lambda f: sure(f.text("Status", "Disabled")), "Disabled"),
            )
        )


def _acl(props: Props) -> Maybe[tuple[AclGrant, ...]]:
    canned = props.text("AccessControl", "Private")
    if isinstance(canned, Unknown):
        return canned
    return tuple(AclGrant(grantee=grantee, permission=permission) for grantee, permission in _CANNED.get(canned, ()))


def _ownership(props: Props) -> str | None:
    rules = sure(props.each("Rules", lambda f: sure(f.text("ObjectOwnership", "")), ()))
    return rules[0] if rules else None


def _block(props: Props) -> tuple[bool, bool, bool, bool]:
    first, second, third, fourth = (sure(props.flag(name, False)) for name in _BLOCK)
    return first, second, third, fourth


def _bucket_encryption(props: Props) -> tuple[str, str | None]:
    def rule(one: Props) -> tuple[str, str | None]:
        default = sure(one.record("ServerSideEncryptionByDefault"))
        if default is None:
            return "AES256", None
        return sure(default.text("SSEAlgorithm", "AES256")), sure(default.text("KMSMasterKeyID", None))

    rules = sure(props.each("ServerSideEncryptionConfiguration", rule, ()))
    return rules[0] if rules else ("AES256", None)


def _notifications(props: Props) -> tuple[Notification, ...]:
    found: list[Notification] = []
    for name, target in (
        ("LambdaConfigurations", "Function"),
        ("QueueConfigurations", "Queue"),
        ("TopicConfigurations", "Topic"),
    ):

        def one(configuration: Props, target: str = target) -> Notification:
            rules = dict(sure(configuration.build("Filter", _filter_rules, ())))
            return Notification(
                target=sure(configuration.text(target, Unknown(f"{target} is not set"))),
                events=sure(configuration.texts("Event", ())),
                prefix=rules.get("prefix", ""),
                suffix=rules.get("suffix", ""),
            )

        found += sure(props.each(name, one, ()))
    return tuple(found)


def _filter_rules(props: Props) -> tuple[tuple[str, str], ...]:
    def rule(one: Props) -> tuple[str, str]:
        return sure(one.text("Name", "")).lower(), sure(one.prose("Value", ""))

    return sure(props.build("S3Key", lambda f: sure(f.each("Rules", rule, ())), ()))


def _tables(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        replica = _replica(props, b.estate.place(resource).region) if resource.type.endswith("GlobalTable") else props
        sse = props.build("SSESpecification", _table_encryption, ("default", None))
        key = sse if isinstance(sse, Unknown) else sse[1]
        if replica is not props and isinstance(sse, tuple) and sse[0] == "kms":
            key = replica.build("SSESpecification", lambda f: sure(f.text("KMSMasterKeyId", None)), None)
        stream = props.record("StreamSpecification")
        streams: Maybe[str | None] = identity.attributes["StreamArn"] if isinstance(stream, Props) else stream
        policy = replica.build("ResourcePolicy", lambda f: f, None)
        on_stream = stream.build("ResourcePolicy", lambda f: f, None) if isinstance(stream, Props) else stream
        recovery = "PointInTimeRecoverySpecification"
        b.add(
            Table(
                **b.common(resource, identity),
                policy=policy if not isinstance(policy, Props) else b.resource_policy(policy, "PolicyDocument", identity.name),
                stream=streams,
                stream_policy=on_stream
                if not isinstance(on_stream, Props)
                else b.resource_policy(on_stream, "PolicyDocument", identity.name),
                encryption=sse if isinstance(sse, Unknown) else sse[0],
                key=b.key(key, resource),
                deletion_protection=replica.flag("DeletionProtectionEnabled", False),
                point_in_time_recovery=replica.build(
                    recovery, lambda f: sure(f.flag("PointInTimeRecoveryEnabled", False)), False
                ),
            )
        )


def _replica(props: Props, region: str) -> Props:
    """The settings of a global table in the region: its replica's."""
    for one in props.members("Replicas"):
        if isinstance(one, Props) and one.text("Region", "") in (region, ""):
            return one
    first = next((one for one in props.members("Replicas") if isinstance(one, Props)), None)
    return first or props


def _table_encryption(props: Props) -> tuple[str, str | None]:
    if not sure(props.flag("SSEEnabled", False)):
        return "default", None
    return "kms", sure(props.text("KMSMasterKeyId", None))


def _streams(b: Builder) -> None:
    policies = _hung(b, "AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy")
    for resource, identity, props in b.each("AWS::Kinesis::Stream"):
        encryption = props.record("StreamEncryption")
        b.add(
            Stream(
                **b.common(resource, identity),
                policy=_of(policies, identity),
                encryption="NONE"
                if encryption is None
                else encryption
                if isinstance(encryption, Unknown)
                else encryption.text("EncryptionType", "KMS"),
                key=b.key(encryption.text("KeyId", None) if isinstance(encryption, Props) else encryption, resource),
            )
        )


def _keys(b: Builder) -> None:
    aliases: dict[str, list[str]] = {}
    for resource, identity, props in b.each("AWS::KMS::Alias"):
        target = b.key(props.text("TargetKeyId", None), resource)
        if isinstance(target, str):
            aliases.setdefault(target, []).append(identity.name.removeprefix("alias/"))
    for resource, identity, props in b.each("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        spec = props.text("KeySpec", "SYMMETRIC_DEFAULT")
        origin = props.text("Origin", "AWS_KMS")
        enabled = props.flag("Enabled", True)
        rotation: Maybe[bool | None] = props.flag("EnableKeyRotation", False)
        if (isinstance(spec, str) and spec != "SYMMETRIC_DEFAULT") or (isinstance(origin, str) and origin != "AWS_KMS"):
            rotation = None
        if resource.type.endswith("ReplicaKey"):
            rotation = Unknown("the primary key decides")
        policy = b.resource_policy(props, "KeyPolicy", identity.name)
        if policy is None:
            policy = _default_key_policy(b, resource, props, identity)
        b.add(
            Key(
                **b.common(resource, identity),
                manager="CUSTOMER",
                state=enabled if isinstance(enabled, Unknown) else "Enabled" if enabled else "Disabled",
                spec=spec,
                origin=origin,
                rotation=rotation,
                policy=policy,
                grants=(),
                aliases=tuple(sorted(aliases.get(identity.id, ()))),
            )
        )


def _default_key_policy(b: Builder, resource: Resource, props: Props, identity: Identity) -> Policy:
    """The policy that KMS gives a key without one: the account's administrators decide through IAM."""
    place = b.estate.place(resource)
    root = place.arn("iam", "root", region=False)
    statement = {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "kms:*", "Resource": "*"}]}
    return Policy(name=identity.name, kind="resource", document=document, where=props.where)


_RATE: Final = re.compile(r"\s*rate\(\s*(\d{1,6})\s+(hour|day|minute)s?\s*\)\s*")


def _secrets(b: Builder) -> None:
    policies = _hung(b, "AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy")
    rotations: dict[str, Props] = {}
    for resource, _, props in b.each("AWS::SecretsManager::RotationSchedule"):
        secret = props.text("SecretId", "")
        if isinstance(secret, Unknown):
            b.note(resource.where, f"rotates a secret that is not known: {secret.reason}")
        else:
            rotations[secret] = props
    for resource, identity, props in b.each("AWS::SecretsManager::Secret"):
        schedule = rotations.get(identity.id) or rotations.get(identity.name)
        function: Maybe[str | None] = None
        if schedule is not None and schedule.has("RotationLambdaARN"):
            function = b.estate.function_arn(schedule.text("RotationLambdaARN", None), b.estate.place(resource))
        if schedule is not None:
            b.places.link(resource.where / "RotationRules", schedule.data.get("RotationRules"), schedule.data.at("RotationRules"))
        b.add(
            Secret(
                **b.common(resource, identity),
                rotation=schedule is not None,
                rotation_function=function,
                rotation_days=schedule.build("RotationRules", _rotation_days, None) if schedule else None,
                last_rotated="",
                last_changed=AFTER_DEPLOYMENT,
                key=b.key(props.text("KmsKeyId", None), resource),
                policy=_of(policies, identity),
                owning_service="",
            )
        )


def _rotation_days(rules: Props) -> int | None:
    days = sure(rules.integer("AutomaticallyAfterDays", None))
    if days is not None:
        return days
    match = _RATE.fullmatch(sure(rules.text("ScheduleExpression", "")))
    if not match:
        return None
    return max(1, {"minute": 0, "hour": int(match[1]) // 24, "day": int(match[1])}[match[2]])


def _parameters(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::SSM::Parameter"):
        b.add(
            Parameter(
                **b.common(resource, identity),
                kind=props.text("Type", Unknown("Type is not set")),
                key=None,
                tier=props.text("Tier", "Standard"),
            )
        )


def _log_groups(b: Builder) -> None:
    filters: dict[str, list[SubscriptionFilter | Unknown]] = {}
    for resource, identity, props in b.each("AWS::Logs::SubscriptionFilter"):
        group = props.text("LogGroupName", "")
        if isinstance(group, Unknown):
            b.note(resource.where, f"reads a log group that is not known: {group.reason}")
            continue
        filters.setdefault(group, []).append(
            props.attempt(lambda p, i=identity: _subscription_filter(p, i.name))  # type: ignore[misc]
        )
    for resource, identity, props in b.each("AWS::Logs::LogGroup"):
        own = filters.get(identity.name, [])
        gap = next((one for one in own if isinstance(one, Unknown)), None)
        b.add(
            LogGroup(
                **b.common(resource, identity),
                retention=props.integer("RetentionInDays", None),
                key=b.key(props.text("KmsKeyId", None), resource),
                filters=gap or tuple(one for one in own if isinstance(one, SubscriptionFilter)),
                data_protection=props.has("DataProtectionPolicy"),
            )
        )


def _subscription_filter(props: Props, name: str) -> SubscriptionFilter:
    return SubscriptionFilter(
        name=sure(props.text("FilterName", name)),
        destination=sure(props.text("DestinationArn", Unknown("DestinationArn is not set"))),
        role=sure(props.text("RoleArn", "")),
    )


def _repositories(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::ECR::Repository"):
        b.add(
            ImageRepository(
                **b.common(resource, identity),
                policy=b.resource_policy(props, "RepositoryPolicyText", identity.name),
                tag_mutability=props.text("ImageTagMutability", "MUTABLE"),
                scan_on_push=props.build("ImageScanningConfiguration", lambda f: sure(f.flag("ScanOnPush", False)), False),
            )
        )


def _events(b: Builder) -> None:
    policies: dict[str, list[tuple[Resource, Props]]] = {}
    for resource, _, props in b.each("AWS::Events::EventBusPolicy"):
        bus = props.text("EventBusName", "default")
        if isinstance(bus, str):
            policies.setdefault(bus.rpartition("/")[2], []).append((resource, props))
        else:
            b.note(resource.where, f"is about an event bus that is not known: {bus.reason}")
    for resource, identity, props in b.each("AWS::Events::EventBus"):
        own = b.resource_policy(props, "Policy", identity.name)
        hung = policies.pop(identity.name, [])
        b.add(Bus(**b.common(resource, identity), policy=_bus_policy(b, identity, hung) if hung and own is None else own))
    for name, hung in policies.items():
        resource = hung[0][0]
        place = b.estate.place(resource)
        arn = name if name.startswith("arn:") else place.arn("events", f"event-bus/{name}")
        identity = Identity(arn, name, {"Ref": name})
        b.add(Bus(**b.common(resource, identity), policy=_bus_policy(b, identity, hung)))
    for resource, identity, props in b.each("AWS::Events::Rule"):
        plain = b.opener(resource, "event-rule")
        head, _, path = identity.id.partition(":rule/")
        bus = props.text("EventBusName", "")
        own_bus = bus if isinstance(bus, str) and bus.startswith("arn:") else ""
        b.add(
            EventRule(
                **b.common(resource, identity),
                bus=own_bus or f"{head}:event-bus/{path.rpartition('/')[0] or 'default'}",
                state=plain(props.text("State", "ENABLED"), "ENABLED"),
                schedule=plain(props.text("ScheduleExpression", ""), ""),
                pattern=_pattern(plain(props.take("EventPattern"), None)),
                targets=props.each("Targets", _target, ()),
            )
        )


def _bus_policy(b: Builder, identity: Identity, hung: list[tuple[Resource, Props]]) -> Policy:
    """The policy that statements in resources of their own make together."""
    where = hung[0][0].where
    statements = []
    for number, (_, props) in enumerate(hung):
        statement = props.take("Statement")
        if statement is None:
            action, principal = plain_json(props.take("Action")), plain_json(props.take("Principal"))
            if isinstance(principal, str) and principal != "*":
                principal = {"AWS": f"arn:aws:iam::{principal}:root"}
            statements.append({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": identity.id})
        else:
            statements.append(plain_json(statement))
        b.places.link(where / "Policy" / "Statement" / number, statement or props.data, props.data.at("Statement"))
    document = {"Version": "2012-10-17", "Statement": statements}
    return Policy(name=identity.name, kind="resource", document=document, where=where / "Policy")


def _pattern(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return redacted(str(value))
    if not isinstance(value, dict):
        return ""
    return json.dumps(_bounded(plain_json(value)))


def _bounded(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 32:
        return {redacted(str(name)): _bounded(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list) and depth < 32:
        return [_bounded(inner, depth + 1) for inner in value]
    return bounded(value, depth)


def _target(props: Props) -> RuleTarget:
    return RuleTarget(
        id=redacted(sure(props.text("Id", ""))),
        arn=sure(props.text("Arn", Unknown("Arn is not set"))),
        role=sure(props.text("RoleArn", "")),
        dead_letter=sure(props.build("DeadLetterConfig", lambda f: sure(f.text("Arn", "")), "")),
    )
