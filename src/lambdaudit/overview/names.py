"""Short names for people: of assets, services and kinds of triggers."""

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.assets import kind_of
from lambdaudit.model.inventory import Inventory

_KINDS = {
    "sqs": "queue",
    "sns": "topic",
    "s3": "bucket",
    "dynamodb": "table",
    "kinesis": "stream",
    "kms": "key",
    "secretsmanager": "secret",
    "ssm": "parameter",
    "execute-api": "api",
    "ecr": "image-repository",
    "elasticfilesystem": "file-system",
}
_BY_RESOURCE = {
    ("iam", "role"): "role",
    ("iam", "policy"): "managed-policy",
    ("iam", "user"): "user",
    ("lambda", "function"): "function",
    ("lambda", "layer"): "layer-version",
    ("lambda", "code-signing-config"): "code-signing-config",
    ("lambda", "event-source-mapping"): "event-source-mapping",
    ("events", "rule"): "event-rule",
    ("events", "event-bus"): "event-bus",
    ("logs", "log-group"): "log-group",
    ("ec2", "subnet"): "subnet",
    ("ec2", "security-group"): "security-group",
}
MAX_NAME = 300
HOST = "host:"
"""Prefix of a reference to a host that a value names, instead of an ARN."""


def name_of(inventory: Inventory, asset_id: str) -> str:
    """The name of an asset, or the last part of its ARN, or the id itself."""
    asset = inventory.get(asset_id)
    if asset is not None:
        return asset.name or asset.id
    if asset_id.startswith(HOST):
        return asset_id.removeprefix(HOST)[:MAX_NAME]
    arn = parse_arn(asset_id)
    return (arn.name if arn and arn.name else asset_id)[:MAX_NAME]


def kind_by_id(inventory: Inventory, asset_id: str) -> str:
    """The kind of an asset, read off its ARN when it is not in the inventory; an empty text when that does not say."""
    asset = inventory.get(asset_id)
    if asset is not None:
        return kind_of(asset)
    arn = parse_arn(asset_id)
    if arn is None:
        return "host" if asset_id.startswith(HOST) else ""
    first = arn.resource.replace("/", ":").split(":", 1)[0]
    return _BY_RESOURCE.get((arn.service, first)) or _KINDS.get(arn.service, arn.service)
