"""DynamoDB tables and Kinesis streams."""

from lambdaudit.model.arn import account_of, parse_arn
from lambdaudit.model.base import Policy
from lambdaudit.model.resources import Stream, Table
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key

_TABLE_DULL = (
    "AttributeDefinitions",
    "BillingModeSummary",
    "CreationDateTime",
    "DisassociationProtectionEnabled",
    "GlobalSecondaryIndexes",
    "ItemCount",
    "KeySchema",
    "LatestStreamLabel",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "TableArn",
    "TableClassSummary",
    "TableId",
    "TableName",
    "TableSizeBytes",
    "TableStatus",
    "WarmThroughput",
)
_STREAM_DULL = (
    "ConsumerCount",
    "EnhancedMonitoring",
    "MaxRecordSizeInKiB",
    "OpenShardCount",
    "RetentionPeriodHours",
    "StreamARN",
    "StreamCreationTimestamp",
    "StreamId",
    "StreamModeDetails",
    "StreamName",
    "StreamStatus",
    "WarmThroughput",
)


def existing(b: Builder, key: Key, answer: Answer | Unknown, kind: str, *path: str) -> Fields | None:
    """The record of an asset that was asked for by its ARN; None when it does not exist or is missing, which is noted."""
    if isinstance(answer, Answer) and answer.absent:
        b.absent.add(clean(key.subject))
        return None
    found = b.single(key, answer, *path)
    if isinstance(found, Unknown):
        b.miss(kind, found, key.account, key.region, clean(key.subject))
        return None
    return found


def tables(b: Builder, keys: Keys) -> None:
    """Add the tables that were asked for."""
    for key, answer in b.raw.each("dynamodb", "DescribeTable"):
        record = existing(b, key, answer, "table", "Table")
        if record:
            _add_table(b, key, record, keys)


def _add_table(b: Builder, key: Key, record: Fields, keys: Keys) -> None:
    record.ignore(*_TABLE_DULL)
    arn = clean(key.subject)
    sse = record.build("SSEDescription", _sse, ("default", None))
    stream = _stream_of(record)
    table = Table(
        id=arn,
        name=arn.rpartition("/")[2],
        where=record.where,
        account=account_of(arn) or key.account,
        region=key.region,
        tags=Unknown("not asked", "dynamodb:ListTagsOfResource"),
        policy=_resource_policy(b, key, arn),
        stream=stream,
        stream_policy=_resource_policy(b, key, stream) if isinstance(stream, str) else stream,
        encryption=sse if isinstance(sse, Unknown) else sse[0],
        key=sse if isinstance(sse, Unknown) else keys.id_of(sse[1], key.account, key.region),
        deletion_protection=record.flag("DeletionProtectionEnabled", False),
        point_in_time_recovery=_recovery(b, key),
        extra=record.extra(),
    )
    b.add(table, record)


def _stream_of(record: Fields) -> Maybe[str | None]:
    """The ARN of the table's stream; None when it has none, or only a disabled one that ends within a day."""
    enabled = record.build("StreamSpecification", lambda f: sure(f.flag("StreamEnabled", False)), False)
    arn = record.text("LatestStreamArn", None)
    if isinstance(enabled, Unknown):
        return enabled
    return arn if enabled else None


def _sse(sse: Fields) -> tuple[str, str | None]:
    """Without a description, or a disabled one, DynamoDB encrypts with a key that AWS owns."""
    sse.ignore("InaccessibleEncryptionDateTime")
    status = sure(sse.text("Status", "ENABLED"))
    kind = sure(sse.text("SSEType", "KMS"))
    key = sure(sse.text("KMSMasterKeyArn", None))
    return ("default", None) if status in ("DISABLED", "DISABLING") else (kind.lower(), key)


def _resource_policy(b: Builder, key: Key, arn: str) -> Maybe[Policy | None]:
    one = key._replace(operation="GetResourcePolicy", subject=arn)
    name = parsed.name if (parsed := parse_arn(arn)) else arn
    return b.documents.resource(b.ask(one, one.operation), "Policy", name=name, where=place(one))


def _recovery(b: Builder, key: Key) -> Maybe[bool]:
    answer = b.ask(key, "DescribeContinuousBackups")
    backups = b.single(key._replace(operation="DescribeContinuousBackups"), answer, "ContinuousBackupsDescription")
    if isinstance(backups, Unknown):
        return backups
    return backups.build(
        "PointInTimeRecoveryDescription", lambda f: sure(f.text("PointInTimeRecoveryStatus", "")) == "ENABLED", False
    )


def streams(b: Builder, keys: Keys) -> None:
    """Add the Kinesis streams that were asked for."""
    for key, answer in b.raw.each("kinesis", "DescribeStreamSummary"):
        record = existing(b, key, answer, "stream", "StreamDescriptionSummary")
        if not record:
            continue
        record.ignore(*_STREAM_DULL)
        arn = clean(key.subject)
        stream = Stream(
            id=arn,
            name=arn.rpartition("/")[2],
            where=record.where,
            account=account_of(arn) or key.account,
            region=key.region,
            tags=Unknown("not asked", "kinesis:ListTagsForResource"),
            policy=_resource_policy(b, key, arn),
            encryption=record.text("EncryptionType", "NONE"),
            key=keys.id_of(record.text("KeyId", None), key.account, key.region),
            extra=record.extra(),
        )
        b.add(stream, record)
