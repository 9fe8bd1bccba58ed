"""What an estate consists of, decided before anything is deployed: functions, roles, triggers, weaknesses, controls.

Everything follows from the number of functions, the regions and the seed.
"""

import hashlib
import io
import random
import zipfile
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import ACCOUNT

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "us-west-2", "eu-central-1", "ca-central-1")
WEIGHTS = (3, 2, 1, 1, 1, 1)
STRANGER = "999999999999"
PARTNER = "444455556666"
FOREIGN_LAYER = f"arn:aws:lambda:{{region}}:{STRANGER}:layer:observability:17"
ORGANIZATION = "o-a1b2c3d4e5"

# How functions are called; share of each in per cent, the rest is called by hand.
TRIGGERS = {
    "rest": 15,
    "http": 10,
    "queue": 15,
    "topic": 7,
    "bucket": 8,
    "table": 6,
    "stream": 3,
    "rule": 14,
    "url": 5,
    "websocket": 2,
}
RUNTIMES = {"python3.13": 34, "nodejs22.x": 30, "python3.12": 14, "java21": 8, "dotnet8": 5, "provided.al2023": 9}
# A weakness and the trigger that its function must have; "" leaves the trigger to chance.
WEAKNESSES = {
    "public-function": "",
    "public-url": "url",
    "confused-deputy": "bucket",
    "cross-account": "",
    "administrator-role": "",
    "wildcard-role": "",
    "escalation-role": "",
    "not-action-role": "",
    "secret-in-environment": "",
    "secret-in-old-version": "",
    "old-runtime": "",
    "foreign-layer": "",
    "open-queue": "queue",
    "open-topic": "topic",
    "open-bucket": "bucket",
    "open-rest-method": "rest",
    "open-http-route": "http",
    "dangerous-code": "",
    "key-without-rotation": "",
    "open-key": "",
    "no-logging-rights": "",
    "dead-end-source": "queue",
    "loader-variable": "",
    "public-layer": "",
    "open-secret": "",
}
# Look-alikes of a weakness that are well built; a tool that reports one cries wolf.
CONTROLS = (
    "organization-permission",
    "harmless-names",
    "url-with-iam",
    "method-arn-with-wildcard",
    "source-account-only",
    "partner-with-external-id",
    "wildcard-region-resource",
    "secret-by-reference",
)
TEAMS = ("orders", "billing", "search", "media", "audit", "mail", "ledger", "stock", "fraud", "people")
VERBS = ("create", "list", "notify", "resize", "import", "export", "sync", "check", "merge", "expire")


@dataclass
class Role:
    """An execution role: documents by inline policy name, ARNs of managed policies, who may assume it."""

    name: str
    inline: dict[str, dict[str, Any]] = field(default_factory=dict)
    managed: list[str] = field(default_factory=list)
    trust: list[dict[str, Any]] = field(default_factory=list)
    logs: bool = True

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{ACCOUNT}:role/{self.name}"


@dataclass
class Function:
    """A function and what is around it."""

    name: str
    region: str
    role: Role
    runtime: str
    trigger: str
    code: bytes
    environment: dict[str, str] = field(default_factory=dict)
    old_environment: dict[str, str] | None = None
    layers: list[str] = field(default_factory=list)
    permissions: list[dict[str, Any]] = field(default_factory=list)
    image: bool = False
    vpc: bool = False
    key: str = ""
    secret: str = ""
    reserved: int | None = None
    versions: int = 0
    dead_letters: bool = False
    retention: int | None = None
    weaknesses: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """The function's unqualified ARN."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"


@dataclass
class Plan:
    """An estate to deploy: `functions` of them over `regions`, one in ten with a weakness unless `density` says else."""

    functions: int
    regions: tuple[str, ...] = REGIONS[:3]
    seed: int = 1
    density: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= len(self.regions) <= len(WEIGHTS):
            raise ValueError(f"an estate has 1 to {len(WEIGHTS)} regions")
        self._draw = random.Random(f"{self.seed}/{self.functions}/{self.regions}")
        self.roles: list[Role] = []
        self.all: list[Function] = [self._function(number) for number in range(self.functions)]
        self._plant()

    @property
    def largest_region(self) -> int:
        """How many functions the region with most of them has."""
        return max(sum(one.region == region for one in self.all) for region in self.regions)

    def _region(self, number: int) -> str:
        weights = WEIGHTS[: len(self.regions)]
        place = number % sum(weights)
        for region, weight in zip(self.regions, weights, strict=False):
            if place < weight:
                return region
            place -= weight
        raise AssertionError("unreachable")

    def _pick(self, shares: dict[str, int], otherwise: str = "") -> str:
        point = self._draw.randrange(100)
        for name, share in shares.items():
            point -= share
            if point < 0:
                return name
        return otherwise

    def _role(self, team: str) -> Role:
        """A role of the team's that exists already in two cases of three, so that one serves three functions."""
        own = [role for role in self.roles if role.name.startswith(team)]
        if own and self._draw.random() < 0.67:
            return self._draw.choice(own)
        role = Role(f"{team}-lambda-{len(self.roles):04}")
        role.managed.append("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        if self._draw.random() < 0.4:
            role.managed.append(f"arn:aws:iam::{ACCOUNT}:policy/{team}-shared")
        self.roles.append(role)
        return role

    def _function(self, number: int) -> Function:
        draw = self._draw
        team = draw.choice(TEAMS)
        runtime = self._pick(RUNTIMES)
        one = Function(
            name=f"{team}-{draw.choice(VERBS)}-{number:04}",
            region=self._region(number),
            role=self._role(team),
            runtime=runtime,
            trigger=self._pick(TRIGGERS, "none"),
            code=package(runtime, number),
        )
        one.environment = {"STAGE": "prod", "TABLE_NAME": f"{team}-data", "LOG_LEVEL": draw.choice(("INFO", "WARN"))}
        one.image = draw.random() < 0.04
        one.vpc = draw.random() < 0.1
        one.versions = draw.choice((1, 2, 3)) if draw.random() < 0.1 else 0
        one.reserved = draw.choice((1, 5, 10)) if draw.random() < 0.05 else None
        one.dead_letters = draw.random() < 0.1
        one.retention = draw.choice((14, 30, 90)) if draw.random() < 0.7 else None
        one.key = "shared" if draw.random() < 0.15 else ""
        one.secret = "own" if draw.random() < 0.1 else ""
        if draw.random() < 0.2:
            one.layers.append("common")
        return one

    def _plant(self) -> None:
        """Give each chosen function one weakness or one control, kinds in turn, at most one change a role."""
        kinds = [*WEAKNESSES, *CONTROLS]
        count = round(self.functions * self.density)
        offset = self._draw.randrange(len(kinds)) if count < len(kinds) else 0
        chosen = self._draw.sample(self.all, count)
        for number, one in enumerate(chosen):
            kind = kinds[(offset + number) % len(kinds)]
            if kind.endswith("-role") or kind in ("no-logging-rights", "wildcard-region-resource", "partner-with-external-id"):
                one.role = Role(f"special-{len(self.roles):04}", managed=list(one.role.managed))
                self.roles.append(one.role)
            if kind in WEAKNESSES:
                one.trigger = WEAKNESSES[kind] or one.trigger
                one.weaknesses.append(kind)
            else:
                one.controls.append(kind)
            change(one, kind)


def change(one: Function, kind: str) -> None:
    """Make the function, or its role, have the weakness or control; what lies in other resources is up to deploy."""
    fake = hashlib.sha256(one.name.encode()).hexdigest()
    if kind == "public-function":
        one.permissions.append({"Principal": "*"})
    elif kind == "cross-account":
        one.permissions.append({"Principal": STRANGER})
    elif kind == "organization-permission":
        one.permissions.append({"Principal": "*", "PrincipalOrgID": ORGANIZATION})
    elif kind == "source-account-only":
        one.permissions.append({"Principal": "s3.amazonaws.com", "SourceAccount": ACCOUNT})
    elif kind == "method-arn-with-wildcard":
        one.trigger = "rest"
    elif kind == "url-with-iam":
        one.trigger = "url-iam"
    elif kind == "administrator-role":
        one.role.managed.append("arn:aws:iam::aws:policy/AdministratorAccess")
    elif kind == "wildcard-role":
        one.role.inline["everything"] = allow("*", "*")
    elif kind == "escalation-role":
        one.role.inline["deploy"] = allow(["iam:PassRole", "lambda:Create*", "lambda:InvokeFunction"], "*")
    elif kind == "not-action-role":
        statement = {"Effect": "Allow", "NotAction": ["organizations:*", "account:*"], "Resource": "*"}
        one.role.inline["nearly"] = {"Version": "2012-10-17", "Statement": [statement]}
    elif kind == "wildcard-region-resource":
        one.role.inline["tables"] = allow("dynamodb:GetItem", f"arn:aws:dynamodb:*:{ACCOUNT}:table/orders")
    elif kind == "partner-with-external-id":
        condition = {"StringEquals": {"sts:ExternalId": fake[:16]}}
        principal = {"AWS": f"arn:aws:iam::{PARTNER}:root"}
        one.role.trust.append({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition})
    elif kind == "no-logging-rights":
        one.role.managed, one.role.logs = [], False
    elif kind == "secret-in-environment":
        one.environment["DATABASE_URL"] = f"postgres://app:{fake[:20]}@db.internal:5432/app"
    elif kind == "secret-in-old-version":
        one.versions = 1
        one.old_environment = one.environment | {"API_TOKEN": f"sk_live_{fake[:24]}"}
    elif kind == "harmless-names":
        one.environment |= {"PASSWORD_MIN_LENGTH": "12", "TOKEN_URL": "https://login.example.com/oauth2/token"}
    elif kind == "old-runtime":
        one.runtime, one.image = "python3.7", False
    elif kind == "foreign-layer":
        one.layers, one.image = [FOREIGN_LAYER.format(region=one.region)], False
    elif kind == "dangerous-code":
        one.runtime, one.image, one.code = "python3.13", False, package("python3.13", -1)
    elif kind == "loader-variable":
        one.environment["AWS_LAMBDA_EXEC_WRAPPER"] = "/tmp/start.sh"
    elif kind == "public-layer":
        one.layers, one.image = [f"public-{fake[:8]}"], False
    elif kind in ("key-without-rotation", "open-key"):
        one.key = kind
    elif kind in ("open-secret", "secret-by-reference"):
        one.secret = kind


def allow(actions: str | list[str], resources: str | list[str]) -> dict[str, Any]:
    """A policy document with one statement that allows."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


SAFE = '''import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    """Store one record ({number})."""
    record = json.loads(event["body"])
    table.put_item(Item={{"id": str(record["id"]), "kind": "{number}"}})
    return {{"statusCode": 200, "body": json.dumps({{"stored": True}})}}
'''
DANGEROUS = """import os
import pickle


def handler(event, context):
    os.system("convert /tmp/" + event["queryStringParameters"]["file"])
    data = pickle.loads(event["body"].encode())
    return eval(event["queryStringParameters"]["expression"])
"""
JAVASCRIPT = """import {{ DynamoDBClient }} from "@aws-sdk/client-dynamodb";

export const handler = async (event) => {{
  const record = JSON.parse(event.body);
  return {{ statusCode: 200, body: JSON.stringify({{ number: {number}, id: record.id }}) }};
}};
"""


def package(runtime: str, number: int) -> bytes:
    """A deployment package for the runtime; the same for the same arguments. Number -1 is the dangerous one."""
    if runtime.startswith("python"):
        files = {"app.py": (DANGEROUS if number < 0 else SAFE).format(number=number)}
    elif runtime.startswith("nodejs"):
        files = {"app.mjs": JAVASCRIPT.format(number=number), "package.json": '{"name": "app", "type": "module"}'}
    else:
        files = {"bootstrap": f"#!/bin/sh\n# {number}\nexec ./app\n"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 15, 8, 30, 0)), text)
    return buffer.getvalue()
