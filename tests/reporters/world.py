"""A made-up organisation as an inventory of real assets."""

import hashlib
import random
from collections.abc import Iterator
from typing import Any

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import CallCount, Coverage
from lambdaudit.model.functions import (
    Alias,
    Cors,
    EnvironmentVariable,
    Function,
    FunctionUrl,
    FunctionVersion,
    InvokeConfig,
    LayerUse,
    LayerVersion,
    Logging,
    VpcConfig,
)
from lambdaudit.model.identity import ManagedPolicy, Role
from lambdaudit.model.inventory import Inventory, Listed
from lambdaudit.model.network import SecurityGroup, Subnet
from lambdaudit.model.resources import (
    Bucket,
    EventRule,
    EventSourceMapping,
    Key,
    LogGroup,
    Notification,
    Queue,
    RuleTarget,
    Subscription,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
RUNTIMES = ("python3.13", "python3.12", "nodejs22.x", "python3.9", "nodejs16.x", "java21", "provided.al2023", None)
WORDS = ("orders", "payments", "invoice", "thumbnail", "audit", "webhook", "login", "report", "search", "stock", "mail", "export")
VERBS = ("api", "worker", "resize", "sync", "ingest", "notify", "cleanup", "authorizer", "import", "fanout")


def _where(operation: str, subject: str, pointer: str = "") -> Where:
    return Where(source=operation, subject=subject, pointer=pointer)


def _allow(actions: Any, resources: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources, **more}]}


BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
LAYER = "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python:5"
FOREIGN_LAYER = "arn:aws:lambda:eu-west-1:555566667777:layer:helpers:12"


def _foundation(account: str, region: str) -> Iterator[AnyAsset]:
    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    if region == REGIONS[0]:
        yield from _roles(account)
    key = arn("kms", "key/0f5c2a6e-1111-4222-8333-94d1cafe0001")
    yield Key(
        id=key, name="alias/app", account=account, region=region, where=_where("kms:DescribeKey", key), rotation=True, policy=None
    )
    queue, topic, table = arn("sqs", "orders-in"), arn("sns", "alerts"), arn("dynamodb", "table/sessions")
    everyone = {
        "Statement": [{"Sid": "Anyone", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}]
    }
    policy = Policy(
        name="queue policy", kind="resource", document=everyone, where=_where("sqs:GetQueueAttributes", queue, "/Policy")
    )
    yield Queue(
        id=queue, name="orders-in", account=account, region=region, where=policy.where, policy=policy, encryption="sqs", key=key
    )
    yield Table(
        id=table, name="sessions", account=account, region=region, where=_where("dynamodb:DescribeTable", table), stream=None
    )
    subscription = Subscription(arn=f"{topic}:1", protocol="lambda", endpoint=arn("lambda", "function:orders-notify"))
    yield Topic(
        id=topic,
        name="alerts",
        account=account,
        region=region,
        where=_where("sns:GetTopicAttributes", topic),
        policy=None,
        key=None,
        subscriptions=(subscription,),
    )
    for net in ("subnet/subnet-0a1b", "security-group/sg-0c2d"):
        cls = Subnet if net.startswith("subnet") else SecurityGroup
        yield cls(
            id=arn("ec2", net), name=net.split("/")[1], account=account, region=region, where=_where("ec2", net), vpc="vpc-1"
        )


def _roles(account: str) -> Iterator[AnyAsset]:
    basic = _allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*")
    managed = Policy(
        name="AWSLambdaBasicExecutionRole", kind="aws-managed", document=basic, where=_where("iam", BASIC), arn=BASIC
    )
    yield ManagedPolicy(id=BASIC, name=managed.name, where=managed.where, policy=managed, attachments=9)
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    inline = {
        "shared-admin": _allow("*", "*"),
        "orders": _allow(
            ["dynamodb:GetItem", "dynamodb:PutItem", "sqs:ReceiveMessage"], f"arn:aws:dynamodb:*:{account}:table/orders"
        ),
        "media": _allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::media-uploads/*"]),
        "deploy": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
                    "Resource": "*",
                },
                {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
            ]
        },
    }
    for name, document in inline.items():
        role = f"arn:aws:iam::{account}:role/lambda/{name}"
        where = _where("iam:GetAccountAuthorizationDetails", role)
        own = Policy(name=f"{name}-inline", kind="inline", document=document, where=where)
        yield Role(
            id=role,
            name=name,
            account=account,
            where=where,
            path="/lambda/",
            created="2024-02-01T10:00:00Z",
            last_used="2026-11-20T08:00:00Z",
            policies=(managed, own),
            boundary=None,
            trust=Policy(name="trust", kind="trust", document=trust, where=where),
        )


def _functions(number: int, rng: random.Random) -> Iterator[AnyAsset]:
    names: dict[tuple[str, str], set[str]] = {}
    for index in range(number):
        account, region = ACCOUNTS[rng.random() < 0.25], rng.choices(REGIONS, (6, 3, 2))[0]
        taken = names.setdefault((account, region), set())
        base = f"{WORDS[index % len(WORDS)]}-{VERBS[(index // len(WORDS) + index) % len(VERBS)]}"
        name = base if base not in taken else f"{base}-{index}"
        taken.add(name)
        yield from _function(index, name, account, region, rng)


def _function(index: int, name: str, account: str, region: str, rng: random.Random) -> Iterator[AnyAsset]:
    fn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    where = _where("lambda:ListFunctions", fn)
    runtime = RUNTIMES[rng.choices(range(8), (6, 7, 5, 2, 2, 2, 1, 1))[0]]
    role = f"arn:aws:iam::{account}:role/lambda/{rng.choices(('shared-admin', 'orders', 'media', 'deploy'), (2, 5, 4, 1))[0]}"
    readable = rng.random() > 0.1
    statements: list[dict[str, Any]] = []
    kind = ("queue", "bucket", "rule", "api", "url", "none", "topic")[index % 7]
    yield from _trigger(kind, fn, name, account, region, statements)
    policy = Policy(
        name="function policy",
        kind="resource",
        document={"Version": "2012-10-17", "Statement": statements},
        where=_where("lambda:GetPolicy", fn, "/Policy"),
    )
    versions = tuple(f"{fn}:{v}" for v in range(1, 1 + index % 4))
    for number, version in enumerate(versions, 1):
        yield FunctionVersion(
            id=version,
            name=name,
            account=account,
            region=region,
            where=where,
            function=fn,
            version=str(number),
            runtime=runtime,
            role=role,
            description=f"release {number}",
            timeout=30,
            memory=512,
            policy=None,
            invoke_config=None,
            handler="app.handler",
            environment=(),
            layers=(),
            vpc=None,
            kms_key=None,
            file_systems=(),
            tracing="PassThrough",
            dead_letter=None,
            logging=None,
            code_sha256="b" * 44,
            code_size=1000,
            ephemeral_storage=512,
            last_modified="2026-03-01T12:00:00Z",
        )
    aliases = (f"{fn}:live",) if versions else ()
    for alias in aliases:
        yield Alias(
            id=alias,
            name="live",
            account=account,
            region=region,
            where=where,
            function=fn,
            version=str(len(versions)),
            weights=(("1", 0.1),) if len(versions) > 1 else (),
            policy=None,
            url=None,
            invoke_config=None,
        )
    cors = Cors(origins=("*",), methods=("*",))
    variables = (
        EnvironmentVariable(name="TABLE_NAME", length=8),
        EnvironmentVariable(name="LOG_LEVEL", length=4),
        EnvironmentVariable(
            name="QUEUE",
            length=60,
            value=f"arn:aws:sqs:{region}:{account}:orders-in",
            references=(f"arn:aws:sqs:{region}:{account}:orders-in",),
        ),
        *(
            (
                EnvironmentVariable(
                    name="DB_PASSWORD",
                    length=24,
                    kind="password",
                    confidence="high",
                    reason="name and entropy",
                    fingerprint="9f0c",
                ),
            )
            if index % 5 == 0
            else ()
        ),
    )
    subnet, group = f"arn:aws:ec2:{region}:{account}:subnet/subnet-0a1b", "sg-0c2d"
    yield Function(
        id=fn,
        name=name,
        account=account,
        region=region,
        where=where,
        runtime=runtime,
        role=role,
        handler="app.handler" if runtime else None,
        package_type="Zip" if runtime else "Image",
        description=f"Handles {name.replace('-', ' ')} events",
        timeout=30,
        memory=512,
        ephemeral_storage=512,
        code_size=rng.randrange(10_000, 9_000_000),
        code_sha256="a" * 44,
        last_modified="2026-10-12T09:30:00Z",
        environment=variables,
        kms_key=None,
        architectures=("arm64",),
        file_systems=(),
        tracing="Active",
        recursion="Terminate",
        layers=(LayerUse(arn=LAYER), *((LayerUse(arn=FOREIGN_LAYER),) if index % 6 == 1 else ())) if index % 3 == 1 else (),
        vpc=VpcConfig(vpc="vpc-1", subnets=(subnet.split("/")[1],), security_groups=(group,)) if index % 4 == 2 else None,
        dead_letter=f"arn:aws:sqs:{region}:{account}:orders-in" if index % 5 == 3 else None,
        logging=Logging(group=f"/aws/lambda/{name}", format="JSON"),
        tags=(("team", WORDS[index % 5]), ("stage", "prod")),
        policy=(policy if statements else None) if readable else Unknown("access denied", "lambda:GetPolicy"),
        url=FunctionUrl(
            url=f"https://{index:08x}.lambda-url.{region}.on.aws/",
            auth_type="NONE" if index % 2 else "AWS_IAM",
            cors=cors,
            where=_where("lambda:ListFunctionUrlConfigs", fn),
        )
        if kind == "url"
        else None,
        invoke_config=InvokeConfig(where=where, on_failure=f"arn:aws:sns:{region}:{account}:alerts", retries=1)
        if index % 6 == 0
        else None,
        reserved_concurrency=10 if index % 5 == 1 else None,
        code_signing=None,
        versions=versions,
        aliases=aliases,
    )
    if index % 2:
        group_id = f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{name}"
        yield LogGroup(
            id=group_id, name=f"/aws/lambda/{name}", account=account, region=region, where=_where("logs", group_id), retention=30
        )


def _trigger(kind: str, fn: str, name: str, account: str, region: str, statements: list[dict[str, Any]]) -> Iterator[AnyAsset]:
    def permit(service: str, source: str) -> None:
        statements.append(
            {
                "Sid": f"{service}-{len(statements)}",
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": fn,
                "Condition": {"ArnLike": {"AWS:SourceArn": source}},
            }
        )

    if kind == "queue":
        mapping = f"arn:aws:lambda:{region}:{account}:event-source-mapping:{hashlib.md5(fn.encode()).hexdigest()}"
        yield EventSourceMapping(
            id=mapping,
            name=mapping[-8:],
            account=account,
            region=region,
            where=_where("lambda", mapping),
            function=fn,
            source=f"arn:aws:sqs:{region}:{account}:orders-in",
            source_kind="sqs",
            state="Enabled",
            batch_size=10,
        )
    elif kind == "bucket":
        bucket = f"arn:aws:s3:::{name}-uploads-{region}-{account}"
        permit("s3", bucket)
        yield Bucket(
            id=bucket,
            name=bucket[13:],
            account=account,
            region=region,
            where=_where("s3", bucket),
            policy=None,
            public_access_block=None,
            notifications=(Notification(target=fn, events=("s3:ObjectCreated:*",), suffix=".png"),),
        )
    elif kind == "rule":
        rule = f"arn:aws:events:{region}:{account}:rule/{name}-every-hour"
        permit("events", rule)
        permit("sns", f"arn:aws:sns:{region}:{account}:alerts")
        yield EventRule(
            id=rule,
            name=f"{name}-every-hour",
            account=account,
            region=region,
            where=_where("events", rule),
            state="ENABLED",
            schedule="rate(1 hour)",
            targets=(RuleTarget(id="1", arn=fn),),
        )
    elif kind == "api":
        api = f"arn:aws:execute-api:{region}:{account}:a1{hashlib.md5(name.encode()).hexdigest()[:8]}"
        permit("apigateway", f"{api}/*/GET/orders")
        yield Api(
            id=api,
            name=f"{name} API",
            account=account,
            region=region,
            where=_where("apigatewayv2:GetApis", api),
            api_id=api[-10:],
            protocol="HTTP",
            policy=None,
        )
        for method, authorization in (("GET", "NONE"), ("POST", "CUSTOM")):
            yield Route(
                id=f"{api}/{method}/orders",
                name=f"{method} /orders",
                account=account,
                region=region,
                where=_where("apigatewayv2", api),
                api=api,
                method=method,
                path="/orders",
                function=fn,
                authorization=authorization,
                integration="AWS_PROXY",
            )
        yield Authorizer(
            id=f"{api}/authorizers/x",
            name="token",
            account=account,
            region=region,
            where=_where("apigatewayv2", api),
            api=api,
            authorizer_id="x",
            kind="REQUEST",
            function=fn.replace(name, "login-authorizer"),
        )
        yield Stage(
            id=f"{api}/stages/live", name="live", account=account, region=region, where=_where("apigatewayv2", api), api=api
        )
    elif kind == "topic":
        permit("sns", f"arn:aws:sns:{region}:{account}:*")


def world(functions: int = 30, *, seed: int = 7) -> Inventory:
    """The organisation: `functions` functions in two accounts and three regions, with roles, triggers and resources."""
    rng = random.Random(seed)
    assets: list[AnyAsset] = [a for account in ACCOUNTS for region in REGIONS for a in _foundation(account, region)]
    assets += _functions(functions, rng)
    for layer, account in ((LAYER, "901920570463"), (FOREIGN_LAYER, "555566667777")):
        assets.append(
            LayerVersion(
                id=layer,
                name=layer.split(":")[6],
                account=account,
                region="eu-west-1",
                where=_where("lambda", layer),
                layer=layer.rsplit(":", 1)[0],
                version=int(layer.rsplit(":", 1)[1]),
            )
        )
    listed = [
        Listed(kind=k, account=a, region=r) for k in ("topic", "event-rule", "route", "api") for a in ACCOUNTS for r in REGIONS
    ]
    listed += [Listed(kind="bucket", account=a) for a in ACCOUNTS]
    coverage = Coverage(
        source="live account",
        accounts=ACCOUNTS,
        regions=REGIONS,
        complete=False,
        notes=("ap-east-1: not enabled in 444455556666",),
        calls=(
            CallCount(operation="lambda:ListFunctions", account=ACCOUNTS[0], region="eu-west-1", asked=4, answered=4),
            CallCount(
                operation="lambda:GetPolicy",
                account=ACCOUNTS[0],
                region="eu-west-1",
                asked=40,
                answered=37,
                denied=3,
                refused=2,
                need="lambda:GetPolicy",
                error="AccessDeniedException",
            ),
            CallCount(
                operation="sqs:GetQueueAttributes",
                account=ACCOUNTS[1],
                region="us-east-1",
                asked=2,
                answered=1,
                failed=1,
                error="the service answered 500 five times",
            ),
            CallCount(
                operation="kms:ListGrants", account=ACCOUNTS[1], region="us-east-1", asked=1, denied=1, need="kms:ListGrants"
            ),
        ),
    )
    return Inventory(assets, listed=listed, coverage=coverage, created="2026-11-21T22:10:00Z")
