"""Queues, topics, buckets, tables, streams, log groups and repositories."""

from typing import Final, NamedTuple

from lambdaudit.model.images import scan_filter_matches
from lambdaudit.model.resources import (
    AclGrant,
    Bucket,
    ImageRepository,
    LogGroup,
    Notification,
    Queue,
    Stream,
    Subscription,
    SubscriptionFilter,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.hung import hung_policies, policy_of
from lambdaudit.sources.iac.lift.props import Props, sure

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
    _log_groups(b)
    _repositories(b)


def _queues(b: Builder) -> None:
    policies = hung_policies(b, "AWS::SQS::QueuePolicy", "Queues", "PolicyDocument")
    policies |= hung_policies(b, "AWS::SQS::QueueInlinePolicy", "Queue", "PolicyDocument")
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
                policy=policy_of(policies, identity),
                visibility_timeout=props.integer("VisibilityTimeout", 30),
                encryption=encryption,
                key=b.key(kms, resource),
                dead_letter=redrive if isinstance(redrive, Unknown | None) else redrive.text("deadLetterTargetArn", None),
                max_receive=redrive if isinstance(redrive, Unknown | None) else redrive.integer("maxReceiveCount", None),
                redrive_allow=allow if isinstance(allow, Unknown | None) else allow.text("redrivePermission", "allowAll"),
            )
        )


def _topics(b: Builder) -> None:
    policies = hung_policies(b, "AWS::SNS::TopicPolicy", "Topics", "PolicyDocument")
    policies |= hung_policies(b, "AWS::SNS::TopicInlinePolicy", "TopicArn", "PolicyDocument")
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
                policy=policy_of(policies, identity),
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
    policies = hung_policies(b, "AWS::S3::BucketPolicy", "Bucket", "PolicyDocument")
    for resource, identity, props in b.each("AWS::S3::Bucket"):
        encryption = props.build("BucketEncryption", _bucket_encryption, ("AES256", None))
        b.add(
            Bucket(
                **b.common(resource, identity),
                policy=policy_of(policies, identity),
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
    policies = hung_policies(b, "AWS::Kinesis::ResourcePolicy", "ResourceArn", "ResourcePolicy")
    for resource, identity, props in b.each("AWS::Kinesis::Stream"):
        encryption = props.record("StreamEncryption")
        b.add(
            Stream(
                **b.common(resource, identity),
                policy=policy_of(policies, identity),
                encryption="NONE"
                if encryption is None
                else encryption
                if isinstance(encryption, Unknown)
                else encryption.text("EncryptionType", "KMS"),
                key=b.key(encryption.text("KeyId", None) if isinstance(encryption, Props) else encryption, resource),
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
    scans = _registry_scans(b)
    for resource, identity, props in b.each("AWS::ECR::Repository"):
        place = b.estate.place(resource)
        kind, frequency = scans.get((place.account, place.region), _Registry(None, ())).of(identity.name)
        encryption = props.record("EncryptionConfiguration")
        b.add(
            ImageRepository(
                **b.common(resource, identity),
                policy=b.resource_policy(props, "RepositoryPolicyText", identity.name),
                tag_mutability=props.text("ImageTagMutability", "MUTABLE"),
                tag_exclusions=props.each(
                    "ImageTagMutabilityExclusionFilters", lambda f: sure(f.text("ImageTagMutabilityExclusionFilterValue", "")), ()
                ),
                scan_on_push=props.build("ImageScanningConfiguration", lambda f: sure(f.flag("ScanOnPush", False)), False),
                scan_type=kind,
                scan_frequency=frequency,
                encryption=encryption.text("EncryptionType", "AES256")
                if isinstance(encryption, Props)
                else encryption or "AES256",
                key=b.key(encryption.text("KmsKey", None) if isinstance(encryption, Props) else encryption, resource),
            )
        )


class _Registry(NamedTuple):
    """What a template says about the scans of a registry: their kind, and its rules as frequency and filters."""

    kind: Maybe[str | None]
    rules: Maybe[tuple[tuple[str, tuple[str, ...]], ...]]

    def of(self, name: str) -> tuple[Maybe[str | None], Maybe[str | None]]:
        """Kind and frequency of the scans of a repository; None where the template says nothing."""
        if self.kind is None or isinstance(self.kind, Unknown) or isinstance(self.rules, Unknown):
            return self.kind, self.rules if isinstance(self.rules, Unknown) else self.kind
        found = {frequency for frequency, filters in self.rules if any(scan_filter_matches(f, name) for f in filters)}
        return self.kind, next((word for word in ("CONTINUOUS_SCAN", "SCAN_ON_PUSH") if word in found), "MANUAL")


def _registry_scans(b: Builder) -> dict[tuple[str, str], _Registry]:
    """The scanning settings of registries, by account and region."""
    found = {}
    for resource, _, props in b.each("AWS::ECR::RegistryScanningConfiguration"):
        place = b.estate.place(resource)
        rules = props.each("Rules", _scan_rule, ())
        found[place.account, place.region] = _Registry(props.text("ScanType", "BASIC"), rules)
    return found


def _scan_rule(rule: Props) -> tuple[str, tuple[str, ...]]:
    filters = sure(rule.each("RepositoryFilters", lambda f: sure(f.text("Filter", "")), ()))
    return sure(rule.text("ScanFrequency", "MANUAL")), filters
