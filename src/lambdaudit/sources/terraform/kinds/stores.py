"""Buckets, tables, streams, keys, secrets, parameters, repositories and log groups."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Value

from ..shape import As, Fields, Kind, Many, converted, document, enabled, pick, put, shaped

if TYPE_CHECKING:
    from ..collect import Collector, Source
    from ..shape import Finish

_BUCKET = "AWS::S3::Bucket"


def _changes(by: str, types: tuple[str, ...], fields: Fields) -> "Finish":
    """A resource that only sets properties of another one, which its argument `by` names."""

    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        made = shaped(fields, settings)
        collector.later(source, settings.get(by), types, lambda target: _merge(target, made))

    return finish


def _merge(target: Map, made: Map) -> None:
    for name, value in made.items():
        present = target.get(name)
        if isinstance(present, Map) and isinstance(value, Map):
            _merge(present, value)
        else:
            put(target, name, value, made.keys_at.get(name) or made.span)


def _of_bucket(fields: Fields) -> Kind:
    return Kind("", {}, _changes("bucket", (_BUCKET,), fields))


_CANNED = {
    "public-read": "PublicRead",
    "public-read-write": "PublicReadWrite",
    "authenticated-read": "AuthenticatedRead",
    "private": "Private",
    "aws-exec-read": "AwsExecRead",
    "log-delivery-write": "LogDeliveryWrite",
    "bucket-owner-read": "BucketOwnerRead",
    "bucket-owner-full-control": "BucketOwnerFullControl",
}
_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "Public",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "Authenticated",
}


def _canned(value: Value) -> Value:
    return _CANNED.get(value, value) if isinstance(value, str) else value


def _granted(value: Value) -> Value:
    """Grants of an access control list as the canned list that gives the same to everyone."""
    if not isinstance(value, list):
        return None
    public: set[str] = set()
    for grant in value:
        grantee, _ = pick(grant, "grantee.uri") if isinstance(grant, Map) else (None, None)
        permission = grant.get("permission") if isinstance(grant, Map) else None
        group = _GROUPS.get(grantee, "") if isinstance(grantee, str) else ""
        if group and isinstance(permission, str):
            public.add(f"{group}{'Write' if permission in ('WRITE', 'FULL_CONTROL') else 'Read'}")
    if "PublicWrite" in public:
        return "PublicReadWrite"
    if "PublicRead" in public:
        return "PublicRead"
    return "AuthenticatedRead" if public else None


_BLOCK = {
    "block_public_acls": "PublicAccessBlockConfiguration.BlockPublicAcls",
    "ignore_public_acls": "PublicAccessBlockConfiguration.IgnorePublicAcls",
    "block_public_policy": "PublicAccessBlockConfiguration.BlockPublicPolicy",
    "restrict_public_buckets": "PublicAccessBlockConfiguration.RestrictPublicBuckets",
}


def _block(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """What is not set is false."""
    made = Map({"PublicAccessBlockConfiguration": Map(dict.fromkeys((p.split(".")[1] for p in _BLOCK.values()), False))})
    made.span = settings.span
    shaped(_BLOCK, settings, made)
    collector.later(source, settings.get("bucket"), (_BUCKET,), lambda target: _merge(target, made))


def _rules(value: Value) -> Value:
    """The rules of a key filter; the lift takes several events in one configuration."""
    if not isinstance(value, List):
        return value
    for one in value:
        if isinstance(one, Map):
            found = [Map({"Name": n, "Value": one.pop(n)}) for n in ("prefix", "suffix") if n in one]
            if found:
                put(one, "Filter.S3Key.Rules", List(found, one.span), one.span)
    return value


def _notification(argument: str, name: str) -> Fields:
    return {f"{argument}_arn": name, "events": "Event", "filter_prefix": "prefix", "filter_suffix": "suffix"}


_NOTIFICATIONS: Fields = {
    "lambda_function": Many(
        "NotificationConfiguration.LambdaConfigurations", _notification("lambda_function", "Function"), _rules
    ),
    "queue": Many("NotificationConfiguration.QueueConfigurations", _notification("queue", "Queue"), _rules),
    "topic": Many("NotificationConfiguration.TopicConfigurations", _notification("topic", "Topic"), _rules),
}
_ENCRYPTION: Fields = {
    "rule": Many(
        "BucketEncryption.ServerSideEncryptionConfiguration",
        {
            "apply_server_side_encryption_by_default.sse_algorithm": "ServerSideEncryptionByDefault.SSEAlgorithm",
            "apply_server_side_encryption_by_default.kms_master_key_id": "ServerSideEncryptionByDefault.KMSMasterKeyID",
            "bucket_key_enabled": "BucketKeyEnabled",
        },
    )
}


def _inline_encryption(value: Value) -> Value:
    settings = value[0] if isinstance(value, list) and value else value
    made = shaped(_ENCRYPTION, settings) if isinstance(settings, Map) else None
    return made.get("BucketEncryption") if made is not None else value


def _status(value: Value) -> Value:
    return enabled(value) if isinstance(value, bool) else value


def _bucket(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """The policy that stands in the bucket itself, as older providers take it."""
    policy, at = pick(settings, "policy")
    if policy is not None:
        from lambdaudit.sources.iac.values import Ref

        from ..shape import resource

        made = Map((), at)
        put(made, "Bucket", Ref(source.address, "Ref", at), at)
        put(made, "PolicyDocument", converted(document, policy), at)
        collector.add(resource(source, "AWS::S3::BucketPolicy", made, "/policy"))


def _resource_policy(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A policy of a table or of its stream."""
    policy, at = pick(settings, "policy")
    arn = settings.get("resource_arn")
    path = "StreamSpecification.ResourcePolicy" if getattr(arn, "attribute", "") == "StreamArn" else "ResourcePolicy"
    if policy is not None:
        tree = converted(document, policy)
        collector.later(source, arn, ("AWS::DynamoDB::Table",), lambda p: put(p, f"{path}.PolicyDocument", tree, at))


def _table(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    if settings.get("stream_enabled") is False:
        properties.pop("StreamSpecification", None)


def _sets(by: str, kind: str, path: str, argument: str = "policy") -> "Finish":
    """A policy in a resource of its own that CloudFormation keeps in a property."""

    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        policy, at = pick(settings, argument)
        if policy is not None:
            tree = converted(document, policy)
            collector.later(source, settings.get(by), (kind,), lambda p: put(p, path, tree, at))

    return finish


def _secret(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A policy in the secret itself, as older providers take it."""
    policy, at = pick(settings, "policy")
    if policy is not None:
        from lambdaudit.sources.iac.values import Ref

        from ..shape import resource

        made = Map((), at)
        put(made, "SecretId", Ref(source.address, "Ref", at), at)
        put(made, "ResourcePolicy", converted(document, policy), at)
        collector.add(resource(source, "AWS::SecretsManager::ResourcePolicy", made, "/policy"))


def _unset(value: Value) -> Value:
    """Zero days means for ever."""
    return None if value in (0, "0") else value


def _account_block(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    collector.account_block = (source, settings)


def _grant(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    collector.grants.append((source, settings))


KINDS = {
    "aws_s3_bucket": Kind(
        _BUCKET,
        {
            "bucket": "BucketName",
            "acl": As("AccessControl", _canned),
            "grant": As("AccessControl", _granted),
            "versioning.enabled": As("VersioningConfiguration.Status", _status),
            "server_side_encryption_configuration": As("BucketEncryption", _inline_encryption),
            "tags": "Tags",
        },
        _bucket,
        tags="Tags",
    ),
    "aws_s3_bucket_policy": Kind("AWS::S3::BucketPolicy", {"bucket": "Bucket", "policy": As("PolicyDocument", document)}),
    "aws_s3_bucket_acl": _of_bucket(
        {"acl": As("AccessControl", _canned), "access_control_policy.grant": As("AccessControl", _granted)}
    ),
    "aws_s3_bucket_public_access_block": Kind("", {}, _block),
    "aws_s3_bucket_ownership_controls": _of_bucket(
        {"rule": Many("OwnershipControls.Rules", {"object_ownership": "ObjectOwnership"})}
    ),
    "aws_s3_bucket_server_side_encryption_configuration": _of_bucket(_ENCRYPTION),
    "aws_s3_bucket_notification": _of_bucket(_NOTIFICATIONS),
    "aws_s3_bucket_versioning": _of_bucket({"versioning_configuration.status": "VersioningConfiguration.Status"}),
    "aws_s3_account_public_access_block": Kind("", {}, _account_block),
    "aws_dynamodb_table": Kind(
        "AWS::DynamoDB::Table",
        {
            "name": "TableName",
            "stream_view_type": "StreamSpecification.StreamViewType",
            "stream_enabled": "StreamSpecification.Enabled",
            "server_side_encryption.enabled": "SSESpecification.SSEEnabled",
            "server_side_encryption.kms_key_arn": "SSESpecification.KMSMasterKeyId",
            "deletion_protection_enabled": "DeletionProtectionEnabled",
            "point_in_time_recovery.enabled": "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
            "tags": "Tags",
        },
        _table,
        tags="Tags",
    ),
    "aws_dynamodb_resource_policy": Kind("", {}, _resource_policy),
    "aws_kinesis_stream": Kind(
        "AWS::Kinesis::Stream",
        {
            "name": "Name",
            "encryption_type": "StreamEncryption.EncryptionType",
            "kms_key_id": "StreamEncryption.KeyId",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_kinesis_resource_policy": Kind(
        "AWS::Kinesis::ResourcePolicy", {"resource_arn": "ResourceArn", "policy": As("ResourcePolicy", document)}
    ),
    "aws_kinesis_stream_consumer": Kind("AWS::Kinesis::StreamConsumer", {"name": "ConsumerName", "stream_arn": "StreamARN"}),
    "aws_kms_key": Kind(
        "AWS::KMS::Key",
        {
            "policy": As("KeyPolicy", document),
            "enable_key_rotation": "EnableKeyRotation",
            "customer_master_key_spec": "KeySpec",
            "is_enabled": "Enabled",
            "description": "Description",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_kms_external_key": Kind(
        "AWS::KMS::Key", {"policy": As("KeyPolicy", document), "enabled": "Enabled", "tags": "Tags"}, None, {"Origin": "EXTERNAL"}
    ),
    "aws_kms_replica_key": Kind(
        "AWS::KMS::ReplicaKey", {"policy": As("KeyPolicy", document), "enabled": "Enabled", "tags": "Tags"}
    ),
    "aws_kms_key_policy": Kind("", {}, _sets("key_id", "AWS::KMS::Key", "KeyPolicy")),
    "aws_kms_alias": Kind("AWS::KMS::Alias", {"name": "AliasName", "target_key_id": "TargetKeyId"}),
    "aws_kms_grant": Kind("", {}, _grant),
    "aws_secretsmanager_secret": Kind(
        "AWS::SecretsManager::Secret",
        {"name": "Name", "description": "Description", "kms_key_id": "KmsKeyId", "tags": "Tags"},
        _secret,
        tags="Tags",
    ),
    "aws_secretsmanager_secret_policy": Kind(
        "AWS::SecretsManager::ResourcePolicy", {"secret_arn": "SecretId", "policy": As("ResourcePolicy", document)}
    ),
    "aws_secretsmanager_secret_rotation": Kind(
        "AWS::SecretsManager::RotationSchedule",
        {
            "secret_id": "SecretId",
            "rotation_lambda_arn": "RotationLambdaARN",
            "rotation_rules.automatically_after_days": "RotationRules.AutomaticallyAfterDays",
            "rotation_rules.schedule_expression": "RotationRules.ScheduleExpression",
        },
    ),
    "aws_ssm_parameter": Kind(
        "AWS::SSM::Parameter", {"name": "Name", "type": "Type", "tier": "Tier", "tags": "Tags"}, tags="Tags"
    ),
    "aws_ecr_repository": Kind(
        "AWS::ECR::Repository",
        {
            "name": "RepositoryName",
            "image_tag_mutability": "ImageTagMutability",
            "image_tag_mutability_exclusion_filter": Many(
                "ImageTagMutabilityExclusionFilters", {"filter": "ImageTagMutabilityExclusionFilterValue"}
            ),
            "image_scanning_configuration.scan_on_push": "ImageScanningConfiguration.ScanOnPush",
            "encryption_configuration.encryption_type": "EncryptionConfiguration.EncryptionType",
            "encryption_configuration.kms_key": "EncryptionConfiguration.KmsKey",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_ecr_registry_scanning_configuration": Kind(
        "AWS::ECR::RegistryScanningConfiguration",
        {
            "scan_type": "ScanType",
            "rule": Many(
                "Rules", {"scan_frequency": "ScanFrequency", "repository_filter": Many("RepositoryFilters", {"filter": "Filter"})}
            ),
        },
    ),
    "aws_ecr_repository_policy": Kind("", {}, _sets("repository", "AWS::ECR::Repository", "RepositoryPolicyText")),
    "aws_cloudwatch_log_group": Kind(
        "AWS::Logs::LogGroup",
        {"name": "LogGroupName", "retention_in_days": As("RetentionInDays", _unset), "kms_key_id": "KmsKeyId", "tags": "Tags"},
        tags="Tags",
    ),
    "aws_cloudwatch_log_subscription_filter": Kind(
        "AWS::Logs::SubscriptionFilter",
        {
            "name": "FilterName",
            "log_group_name": "LogGroupName",
            "destination_arn": "DestinationArn",
            "role_arn": "RoleArn",
            "filter_pattern": "FilterPattern",
        },
    ),
    "aws_cloudwatch_log_data_protection_policy": Kind(
        "", {}, _sets("log_group_name", "AWS::Logs::LogGroup", "DataProtectionPolicy", "policy_document")
    ),
    "aws_efs_file_system": Kind(
        "AWS::EFS::FileSystem", {"encrypted": "Encrypted", "kms_key_id": "KmsKeyId", "tags": "FileSystemTags"}
    ),
    "aws_efs_access_point": Kind("AWS::EFS::AccessPoint", {"file_system_id": "FileSystemId"}),
}
