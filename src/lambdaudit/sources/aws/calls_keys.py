"""The call table, keys and secrets: KMS keys that anything read so far names, secrets and parameters; never a value."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from lambdaudit.sources.aws.call import FUNCTION, INHABITED, SETTLED, Ask, Call, Pages, Sight, Want, fixed, once
from lambdaudit.sources.aws.calls_resources import GONE, by_role, resource, roles_used
from lambdaudit.sources.aws.refs import environment, key_arn, table, text

_NO_KEY = frozenset({"NotFoundException"})

_KEY_FIELDS: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    FUNCTION: lambda page: [page.get("KMSKeyArn")],
    "sqs:GetQueueAttributes": lambda page: [table(page.get("Attributes")).get("KmsMasterKeyId")],
    "sns:GetTopicAttributes": lambda page: [table(page.get("Attributes")).get("KmsMasterKeyId")],
    "dynamodb:DescribeTable": lambda page: [
        table(table(page.get("Table")).get("SSEDescription")).get("KMSMasterKeyArn"),
    ],
    "kinesis:DescribeStreamSummary": lambda page: [table(page.get("StreamDescriptionSummary")).get("KeyId")],
    "logs:DescribeLogGroups": lambda page: [table(g).get("kmsKeyId") for g in page.get("logGroups") or []],
    "s3:GetBucketEncryption": lambda page: [
        table(table(rule).get("ApplyServerSideEncryptionByDefault")).get("KMSMasterKeyID")
        for rule in table(page.get("ServerSideEncryptionConfiguration")).get("Rules") or []
    ],
}


def _keys_in(fields: Callable[[dict[str, Any]], list[Any]]) -> Ask:
    def ask(sight: Sight) -> Iterator[Want]:
        region = sight.region or sight.scene.bucket_region(sight.subject)
        for reference in fields(sight.page or {}):
            name = key_arn(reference, sight.scene.partition, region, sight.scene.account)
            arn = sight.scene.own(name, "kms")
            if arn is not None:
                yield Want(name, arn.region)

    return ask


_KEYS: dict[str, Ask] = {event: _keys_in(fields) for event, fields in _KEY_FIELDS.items()} | {
    SETTLED: by_role("kms"),
}


def _customer_key(sight: Sight) -> Iterator[Want]:
    """A key that the account manages itself; also one that could not be described, if it is known by its ARN."""
    described = table((sight.page or {}).get("KeyMetadata"))
    arn = text(described.get("Arn")) if sight.page is not None else sight.subject
    if ":key/" in arn and described.get("KeyManager") != "AWS":
        yield Want(arn)


def _rotatable_key(sight: Sight) -> Iterator[Want]:
    """Rotation is a matter of symmetric keys whose material KMS made (or imported); others have no such setting."""
    described = table((sight.page or {}).get("KeyMetadata"))
    if sight.page is None or described.get("KeySpec") == "SYMMETRIC_DEFAULT":
        yield from _customer_key(sight)


# Secrets and parameters: their names, policies and rotation; never a value.


UNUSED_SECRET = "not asked: left to --thorough, as no function rotates the secret and no variable or role names it"


def _secrets(sight: Sight) -> Iterator[Want]:
    """The secrets that a function rotates, a variable names, or an execution role may reach by more than a bare ``*``.

    With ``--thorough`` all of them.
    """
    functions = sight.scene.functions(sight.region)
    own = {f.arn for f in functions}
    values = {v for f in functions if isinstance(f.configuration, dict) for v in environment(f.configuration)}
    patterns = {p for role in sight.once(roles_used) for p in sight.scene.roles.resources(role, "secretsmanager")}
    for key, secret in sight.scene.raw.records("secretsmanager", "ListSecrets", "SecretList"):
        if (key.account, key.region) != (sight.scene.account, sight.region):
            continue
        record = table(secret)
        arn = text(record.get("ARN"))
        rotates = text(record.get("RotationLambdaARN")) in own
        used = rotates or {arn, text(record.get("Name"))} & values or any(fnmatchcase(arn, p) for p in patterns)
        yield Want(arn, later="" if used or sight.scene.thorough else UNUSED_SECRET)


KEYS: tuple[Call, ...] = (
    resource("kms", "DescribeKey", _KEYS, "KeyId", absent=_NO_KEY),
    resource(
        "kms",
        "GetKeyPolicy",
        {"kms:DescribeKey": _customer_key},
        "KeyId",
        fixed=fixed(PolicyName="default"),
        absent=_NO_KEY,
    ),
    resource("kms", "GetKeyRotationStatus", {"kms:DescribeKey": _rotatable_key}, "KeyId", absent=_NO_KEY),
    resource(
        "kms",
        "ListGrants",
        {"kms:DescribeKey": _customer_key},
        "KeyId",
        fixed=fixed(Limit=100),
        pages=Pages("Marker", "NextMarker", ("Grants",), more="Truncated"),
        absent=_NO_KEY,
    ),
    resource(
        "secretsmanager",
        "ListSecrets",
        {INHABITED: once},
        fixed=fixed(MaxResults=100),
        pages=Pages("NextToken", "NextToken", ("SecretList",)),
        settles=True,
    ),
    resource("secretsmanager", "GetResourcePolicy", {SETTLED: _secrets}, "SecretId", absent=GONE),
    resource(
        "ssm",
        "DescribeParameters",
        {INHABITED: once},
        fixed=fixed(MaxResults=50),
        pages=Pages("NextToken", "NextToken", ("Parameters",)),
    ),
)
