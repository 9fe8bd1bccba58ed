"""The least rights that deploying a template needs: of each resource what CloudFormation's handlers ask, on that resource alone.

Source of the rights: ``permissions`` of the handlers in CloudFormation's registry schemas (see data/make_deploy.py); of their
resources: the service authorization reference.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

_TABLE = Path(__file__).parent.parent / "data" / "deploy_permissions.json.gz"
MOST_BYTES: Final = 6_144
"""Characters of a managed policy, white space apart (IAM quotas)."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_HOLDERS: Final = (
    (("Roles",), ("iam:*RolePolicy",)), (("Users",), ("iam:*UserPolicy",)), (("Groups",), ("iam:*GroupPolicy",)),
)  # fmt: skip
"""Whom a policy is put on: rights over the other sorts of principals would let a deployment give anybody anything."""
_OPTIONAL: Final[dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]] = {
    "AWS::Lambda::Function": (
        (("VpcConfig",), ("ec2:*",)),
        (("FileSystemConfigs",), ("elasticfilesystem:*", "s3files:*")),
        (("KmsKeyArn", "Code/SourceKMSKeyArn"), ("kms:*",)),
        (("CodeSigningConfigArn",), ("lambda:GetCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig",
                                     "lambda:DeleteFunctionCodeSigningConfig")),
        (("Layers",), ("lambda:GetLayerVersion",)),
        (("ReservedConcurrentExecutions",), ("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency")),
        (("RecursiveLoop",), ("lambda:PutFunctionRecursionConfig",)),
        (("RuntimeManagementConfig",), ("lambda:PutRuntimeManagementConfig", "lambda:AssociateRuntimeAlias")),
        (("CapacityProviderConfig",), ("lambda:PassCapacityProvider", "lambda:PutFunctionScalingConfig")),
        (("Code/S3Bucket",), ("s3:GetObject", "s3:GetObjectVersion")),
    ),
    "AWS::IAM::ManagedPolicy": _HOLDERS,
    "AWS::IAM::Policy": _HOLDERS,
    "AWS::SQS::Queue": ((("KmsMasterKeyId",), ("kms:*",)),),
    "AWS::SNS::Topic": ((("KmsMasterKeyId",), ("kms:*",)), (("DeliveryStatusLogging",), ("iam:PassRole",))),
    "AWS::DynamoDB::Table": (
        (("SSESpecification",), ("kms:*",)),
        (("ImportSourceSpecification",), ("s3:*", "logs:*", "dynamodb:ImportTable", "dynamodb:DescribeImport")),
        (("KinesisStreamSpecification",), ("kinesis:*", "dynamodb:*KinesisStreamingDestination")),
    ),
    "AWS::ApiGateway::RestApi": ((("BodyS3Location",), ("s3:GetObject",)), (("Policy",), ("apigateway:UpdateRestApiPolicy",))),
    "AWS::Logs::LogGroup": ((("KmsKeyId",), ("kms:*", "logs:AssociateKmsKey", "logs:DisassociateKmsKey")),
                            (("DataProtectionPolicy",), ("logs:*DataProtectionPolicy",))),
    "AWS::S3::Bucket": (
        (("MetadataConfiguration", "MetadataTableConfiguration"), ("s3tables:*", "s3:*Metadata*")),
        (("AccelerateConfiguration",), ("s3:PutAccelerateConfiguration",)),
        (("AnalyticsConfigurations",), ("s3:PutAnalyticsConfiguration",)),
        (("AccessControl",), ("s3:PutBucketAcl", "s3:PutObjectAcl")),
        (("AbacStatus",), ("s3:PutBucketAbac",)),
        (("CorsConfiguration",), ("s3:PutBucketCORS",)),
        (("LoggingConfiguration",), ("s3:PutBucketLogging",)),
        (("NotificationConfiguration",), ("s3:PutBucketNotification",)),
        (("ObjectLockConfiguration", "ObjectLockEnabled"), ("s3:PutBucketObjectLockConfiguration",)),
        (("OwnershipControls",), ("s3:PutBucketOwnershipControls",)),
        (("PublicAccessBlockConfiguration",), ("s3:PutBucketPublicAccessBlock",)),
        (("VersioningConfiguration",), ("s3:PutBucketVersioning",)),
        (("WebsiteConfiguration",), ("s3:PutBucketWebsite", "s3:DeleteBucketWebsite")),
        (("BucketEncryption",), ("s3:PutEncryptionConfiguration",)),
        (("IntelligentTieringConfigurations",), ("s3:PutIntelligentTieringConfiguration",)),
        (("InventoryConfigurations",), ("s3:PutInventoryConfiguration",)),
        (("LifecycleConfiguration",), ("s3:PutLifecycleConfiguration",)),
        (("MetricsConfigurations",), ("s3:PutMetricsConfiguration",)),
        (("ReplicationConfiguration",), ("s3:PutReplicationConfiguration", "s3:DeleteObject")),
    ),
}  # fmt: skip
"""By type: actions (globs) that are needed only when one of the properties is set."""
_WORDS: Final = {"kms": ("kms", "sse"), "ec2": ("vpc", "subnet", "security"), "elasticfilesystem": ("filesystem",)}
"""By service: words one of which is in the name of some property of a resource, when rights of that service are needed."""
_NOTHING: Final = frozenset(
    ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle")
)
"""Types that CloudFormation makes without a call to another service."""
_MADE_BY_SERVICE: Final = frozenset(
    (
        "AWS::Lambda::EventSourceMapping", "AWS::Lambda::CodeSigningConfig", "AWS::KMS::Key", "AWS::SNS::Subscription",
        "AWS::Lambda::LayerVersion",
    )
)  # fmt: skip
"""Types whose ids the service chooses: their rights are for every id."""
_ON_OTHERS: Final = frozenset(("AWS::Lambda::Url", "AWS::Lambda::Permission"))
"""Types that are a setting of another resource, which their rights are about."""
_OF_FUNCTION: Final = 6
"""Colons in the ARN of a function without a qualifier."""
_PASSED: Final[dict[str, str]] = {
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
    "AWS::ApiGateway::Account": "apigateway.amazonaws.com",
    "AWS::Pipes::Pipe": "pipes.amazonaws.com",
}
"""The service that takes the role which a resource names."""
_GATEWAY: Final[dict[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::Account": ("/account",),
    "AWS::ApiGateway::DomainName": ("/domainnames", "/domainnames/*"),
    "AWS::ApiGateway::UsagePlan": ("/usageplans", "/usageplans/*"),
    "AWS::ApiGateway::ApiKey": ("/apikeys", "/apikeys/*"),
    "AWS::ApiGateway::VpcLink": ("/vpclinks", "/vpclinks/*"),
    "AWS::ApiGatewayV2::VpcLink": ("/vpclinks", "/vpclinks/*"),
    "AWS::ApiGatewayV2::DomainName": ("/domainnames", "/domainnames/*"),
}
"""Paths of API Gateway's own resources, where they are not those of an API."""


@dataclass(frozen=True, slots=True)
class Need:
    """One resource of a template: its type, its ARN or a pattern of it, and the paths of properties that are set.

    `roles` are the roles that it names, ``*`` for one that is not known; `others` ARNs of other resources that it names.
    """

    type: str
    arn: str
    properties: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template is deployed; the stack's name, and the bucket that its code is uploaded to (empty: not known)."""

    partition: str
    account: str
    region: str
    stack: str
    artifacts: str = ""
    transformed: bool = False


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(gzip.decompress(_TABLE.read_bytes()))
    return data


def table_date() -> str:
    """The day of the registry schemas that the rights come from."""
    return str(_table()["date"])


def deploy_policy(needs: Iterable[Need], place: Place) -> tuple[dict[str, Any], list[str]]:
    """A policy document with what creating, reading, updating and deleting the resources and their stack needs; and notes.

    Rights are limited to the resources where AWS lets them be limited. A note says where that was not possible, which types
    are not known, and when the document is too long for one managed policy.
    """
    rights: dict[tuple[str, str], set[str]] = {}
    notes: list[str] = []
    for need in needs:
        if need.type in _NOTHING:
            continue
        row = _table()["types"].get(need.type)
        if row is None:
            notes.append(f"{need.type}: what its handler needs is not known" + (" (custom)" if "Custom" in need.type else ""))
            continue
        for action in _actions(need, row, place):
            for resource, condition in _resources(action, need, place):
                rights.setdefault((action, condition), set()).add(resource)
    for action, resource in _stack_rights(place):
        rights.setdefault((action, ""), set()).add(resource)
    if not place.artifacts:
        notes.append("the bucket for packages is not known: rights on its objects are for every bucket; name it with --artifacts")
    document = {"Version": "2012-10-17", "Statement": list(_statements(rights))}
    size = len(json.dumps(document, separators=(",", ":")))
    if size > MOST_BYTES:
        notes.append(f"the policy has {size:,} characters, a managed policy {MOST_BYTES:,} at most: split it by statement")
    return document, list(dict.fromkeys(notes))


def _actions(need: Need, row: dict[str, list[int]], place: Place) -> Iterator[str]:
    from lambdaudit.iam.actions import find_action

    names = _table()["actions"]
    handlers = {names[number] for key in ("create", "read", "update", "delete") for number in row.get(key, ())}
    tags = {names[number] for number in row.get("tags", ())}
    tagged = place.transformed or "Tags" in need.properties
    words = "/".join(need.properties).lower()
    for name in sorted(handlers):
        if name in tags and not tagged:
            continue
        service = name.partition(":")[0]
        if not need.type.lower().startswith(f"aws::{service}::") and not any(w in words for w in _WORDS.get(service, ("",))):
            continue
        if any(
            not need.properties & set(paths) and any(fnmatchcase(name, glob) for glob in globs)
            for paths, globs in _OPTIONAL.get(need.type, ())
        ):
            continue
        if "*" in name:
            yield name
        elif known := find_action(name):
            yield known


def _resources(action: str, need: Need, place: Place) -> Iterator[tuple[str, str]]:
    """Resources for one right, each with the service that a passed role is limited to (empty: no such limit)."""
    service = action.partition(":")[0].lower()
    if action.lower() == "iam:passrole":
        every = f"arn:{place.partition}:iam::{place.account}:role/*"
        for role in need.roles:
            yield (every if role == "*" else role), _PASSED.get(need.type, "")
    elif action == "iam:CreateServiceLinkedRole":
        yield f"arn:{place.partition}:iam::{place.account}:role/aws-service-role/*", ""
    elif service == "apigateway":
        base = f"arn:{place.partition}:apigateway:{place.region}::"
        paths = _GATEWAY.get(need.type, ("/apis", "/apis/*") if "V2" in need.type else ("/restapis", "/restapis/*"))
        yield from ((f"{base}{path}", "") for path in (*paths, "/tags/*"))
    elif service == "s3" and action in ("s3:GetObject", "s3:GetObjectVersion") and ":s3:::" not in need.arn:
        yield f"arn:{place.partition}:s3:::{place.artifacts or '*'}/*", ""
    else:
        yield from ((resource, "") for resource in _limited(action, service, need, place))


def _limited(action: str, service: str, need: Need, place: Place) -> Iterator[str]:
    from lambdaudit.iam.actions import action as described
    from lambdaudit.iam.actions import resource_types

    found = described(action)
    if found is None or not found.resources:
        yield "*"
        return
    kinds = resource_types(service)
    templates = [_filled(kinds[one.type].arn, place) for one in found.resources if one.type in kinds]
    own: tuple[str, ...] = (re.sub(r"[^:/]+$", "*", need.arn) if need.type in _MADE_BY_SERVICE else need.arn,)
    if need.type in _ON_OTHERS and need.others:
        own = ()
    named = [arn for arn in (*own, *need.others) if any(fnmatchcase(arn.rstrip("*"), template) for template in templates)]
    for arn in named:
        yield arn
        if (":function:" in arn and arn.count(":") == _OF_FUNCTION) or ":log-group:" in arn:
            yield f"{arn}:*"
    if not named:
        yield from sorted(set(templates)) or ("*",)


def _filled(template: str, place: Place) -> str:
    for name, value in (("Partition", place.partition), ("Region", place.region), ("Account", place.account)):
        template = template.replace("${" + name + "}", value)
    return _VARIABLE.sub("*", template)


def _stack_rights(place: Place) -> Iterator[tuple[str, str]]:
    base = f"arn:{place.partition}:cloudformation:{place.region}"
    stack = f"{base}:{place.account}:stack/{place.stack}/*"
    for name in (
        "CreateChangeSet", "CreateStack", "DeleteChangeSet", "DeleteStack", "DescribeChangeSet", "DescribeStackEvents",
        "DescribeStackResources", "DescribeStacks", "ExecuteChangeSet", "GetTemplate", "ListStackResources", "UpdateStack",
    ):  # fmt: skip
        yield f"cloudformation:{name}", stack
    yield "cloudformation:GetTemplateSummary", "*"
    yield "cloudformation:ValidateTemplate", "*"
    if place.transformed:
        yield "cloudformation:CreateChangeSet", f"{base}:aws:transform/Serverless-2016-10-31"
    bucket = f"arn:{place.partition}:s3:::{place.artifacts or '*'}"
    yield from ((f"s3:{name}", f"{bucket}/*") for name in ("GetObject", "PutObject"))
    yield "s3:ListBucket", bucket


def _statements(rights: dict[tuple[str, str], set[str]]) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (action, condition), found in rights.items():
        kept = ("*",) if "*" in found else tuple(sorted(found))
        groups.setdefault((kept, condition), []).append(action)
    for number, ((resources, condition), actions) in enumerate(sorted(groups.items()), 1):
        statement: dict[str, Any] = {
            "Sid": f"Deploy{number}",
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": "*" if resources == ("*",) else list(resources),
        }
        if condition:
            statement["Condition"] = {"StringEquals": {"iam:PassedToService": condition}}
        yield statement
