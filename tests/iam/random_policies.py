"""Random policies, requests and layers over a small vocabulary, so that statements really meet requests."""

import random
from typing import Any

from lambdaudit.iam.decide import Layers, Request

A1, A2 = "111122223333", "444455556666"
CALLERS = [
    f"arn:aws:iam::{A1}:user/alice",
    f"arn:aws:iam::{A2}:user/bob",
    f"arn:aws:iam::{A1}:role/app",
    f"arn:aws:sts::{A1}:assumed-role/app/s1",
    f"arn:aws:sts::{A1}:federated-user/joe",
    f"arn:aws:iam::{A1}:root",
    f"arn:aws:iam::{A1}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    "sns.amazonaws.com",
    "anonymous",
]
ACTIONS = ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole", "sqs:SendMessage"]
RESOURCES = {
    "s3:GetObject": ["arn:aws:s3:::bucket/alice/k", "arn:aws:s3:::other/k"],
    "s3:PutObject": ["arn:aws:s3:::bucket/alice/k", "arn:aws:s3:::bucket/x"],
    "kms:Decrypt": [f"arn:aws:kms:us-east-1:{A1}:key/k"],
    "sts:AssumeRole": [f"arn:aws:iam::{A1}:role/target"],
    "sqs:SendMessage": [f"arn:aws:sqs:us-east-1:{A1}:q", f"arn:aws:sqs:us-east-1:{A2}:q"],
}
ACTION_PATTERNS = [*ACTIONS, "*", "s3:*", "S3:Get*", "*:*", "kms:D?crypt", "sqs:*", "sts:*", "iam:*"]
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/${aws:username, 'alice'}/k",
    f"arn:aws:sqs:*:{A1}:*",
    "arn:aws:kms",
    f"arn:aws:iam::{A1}:role/t*",
    *(arn for arns in RESOURCES.values() for arn in arns),
]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": "*"},
    {"AWS": A1},
    {"AWS": [A2, f"arn:aws:iam::{A1}:role/app"]},
    {"AWS": f"arn:aws:iam::{A1}:user/alice"},
    {"AWS": [f"arn:aws:sts::{A1}:assumed-role/app/s1", f"arn:aws:iam::{A1}:root"]},
    {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]},
    {"AWS": "arn:aws:iam::*:root"},
]
CONDITIONS: list[Any] = [
    {"StringEquals": {"aws:SourceAccount": A1}},
    {"StringNotEquals": {"aws:SourceAccount": A1}},
    {"StringLikeIfExists": {"aws:SourceAccount": "1*"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}},
    {"Null": {"aws:TagKeys": "true"}},
    {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:max-keys": "10"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{A1}:*"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
]
CONTEXT: dict[str, list[Any]] = {
    "aws:SourceAccount": [A1, A2],
    "aws:SourceIp": ["203.0.113.7", "198.51.100.1", "2001:db8::1"],
    "aws:TagKeys": [("a",), ("a", "x"), ("b", "a"), ()],
    "aws:SecureTransport": ["true", "false"],
    "s3:max-keys": ["5", "50"],
    "aws:CurrentTime": ["2024-06-01T00:00:00Z", "2026-06-01T00:00:00Z"],
    "aws:PrincipalTag/team": ["alice", "blue"],
}


def some(dice: random.Random, values: list[Any]) -> Any:
    picked = dice.sample(values, dice.randint(1, 2))
    return picked[0] if len(picked) == 1 else picked


def statement(dice: random.Random, *, principal: bool, effect: str = "", resource: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": effect or dice.choice(["Allow", "Allow", "Deny"])}
    found["NotAction" if dice.random() < 0.15 else "Action"] = some(dice, ACTION_PATTERNS)
    if resource:
        found["NotResource" if dice.random() < 0.15 else "Resource"] = some(dice, RESOURCE_PATTERNS)
    if principal:
        found["NotPrincipal" if dice.random() < 0.1 else "Principal"] = dice.choice(PRINCIPALS)
    if dice.random() < 0.4:
        found["Condition"] = dice.choice(CONDITIONS)
    return found


def document(dice: random.Random, *, principal: bool = False, resource: bool = True) -> dict[str, Any]:
    statements = [statement(dice, principal=principal, resource=resource) for _ in range(dice.randint(1, 3))]
    if dice.random() < 0.4:
        wide: dict[str, Any] = {"Effect": "Allow", "Action": "*"}
        wide |= ({"Resource": "*"} if resource else {}) | ({"Principal": dice.choice(PRINCIPALS)} if principal else {})
        statements.append(wide)
    return {"Version": dice.choice(["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements}


def request(dice: random.Random) -> Request:
    action = dice.choice(ACTIONS)
    context = {key: dice.choice(values) for key, values in CONTEXT.items() if dice.random() < 0.5}
    return Request(
        principal=dice.choice(CALLERS),
        action=action,
        resource=dice.choice(RESOURCES[action]),
        resource_account=dice.choice([A1, A1, A2, ""]),
        context=context,
    )


def policies(dice: random.Random, asked: Request) -> dict[str, Any]:
    """The arguments of Layers.of."""
    trust = asked.action.startswith("sts:")

    def perhaps(chance: float, make: Any) -> Any:
        return make() if dice.random() < chance else []

    return {
        "identity": perhaps(0.8, lambda: [document(dice) for _ in range(dice.randint(1, 2))]),
        "resource": perhaps(0.6, lambda: document(dice, principal=True, resource=not trust)) or None,
        "boundary": perhaps(0.3, lambda: [document(dice)]),
        "scp": perhaps(0.3, lambda: [[document(dice)] for _ in range(dice.randint(1, 2))]),
        "rcp": perhaps(0.2, lambda: [[document(dice, principal=True)]]),
        "session": perhaps(0.2, lambda: [document(dice)]),
        "endpoint": perhaps(0.2, lambda: [document(dice, principal=True)]),
        "trust": trust,
    }


def layers(dice: random.Random, asked: Request) -> Layers:
    return Layers.of(**policies(dice, asked))
