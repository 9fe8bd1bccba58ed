"""The roles of the demo application."""

import json
from dataclasses import dataclass
from typing import Any

from lambdaudit.demo.server import ACCOUNT, AUDITOR
from lambdaudit.demo.stack import MAIN, SECOND, Stack, allow, function_arn, policy, role_arn

Statement = dict[str, Any]
ADMIN_ROLE = "tidewater-backend-admin"
PORTAL_ROLE = "tidewater-crew-portal"


@dataclass(frozen=True)
class Role:
    """A role: who may take it on, and what it may do."""

    name: str
    statements: tuple[Statement, ...] = ()
    aws_managed: tuple[str, ...] = ()
    trust: str = "lambda.amazonaws.com"
    customer_managed: bool = False
    description: str = "Execution role"


def logs(function: str, region: str = MAIN) -> Statement:
    """The right to write to the log group of one function, which exists already."""
    group = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:/aws/lambda/{function}"
    return allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{group}:*")


def _own(function: str, *statements: Statement) -> Role:
    return Role(f"{function}-role", (logs(function), *statements))


def _weak() -> list[Role]:
    photos = "arn:aws:s3:::tidewater-guest-photos"
    return [
        Role(ADMIN_ROLE, aws_managed=("AdministratorAccess",), description="Backend functions"),
        _own("tidewater-payments", allow("dynamodb:*"), allow("secretsmanager:GetSecretValue")),
        Role(
            "tidewater-legacy-quotes-role",
            (allow("dynamodb:Query", on=f"arn:aws:dynamodb:{MAIN}:{ACCOUNT}:table/tidewater-quotes"),),
        ),
        _own("tidewater-photo-resize", allow("s3:GetObject", "s3:PutObject", on=f"{photos}/*")),
        _own("tidewater-notify", allow("ses:SendEmail", on=f"arn:aws:ses:{MAIN}:{ACCOUNT}:identity/tidewater.example")),
        _own("tidewater-search", allow("dynamodb:Query", on=f"arn:aws:dynamodb:{MAIN}:{ACCOUNT}:table/tidewater-quotes")),
        _own("tidewater-partner-sync"),
        _own(
            "tidewater-release-bot",
            allow("lambda:CreateFunction", "lambda:InvokeFunction"),
            allow("iam:PassRole"),
        ),
        _own("tidewater-crew-provisioning", allow("iam:PutRolePolicy", "iam:ListRoles")),
        _own("tidewater-pricing"),
        _own("tidewater-receipts"),
    ]


def _guarded(stack: Stack, function: str, region: str, *statements: Statement, **more: Any) -> Role:
    """The role of a well-built function: its own logs, traces and dead letters, and what its task needs."""
    failed = allow("sqs:SendMessage", on=stack.arns[f"queue/tidewater-dead-letters@{region}"])
    key = allow("kms:Decrypt", "kms:GenerateDataKey", on=stack.arns[f"key/tidewater-data@{region}"])
    # X-Ray knows no resources to narrow this to.
    traces = allow("xray:PutTraceSegments", "xray:PutTelemetryRecords")
    return Role(f"{function}-role", (logs(function, region), traces, failed, key, *statements), **more)


def _clean(stack: Stack) -> list[Role]:
    arn = stack.arns
    queue = f"arn:aws:sqs:{MAIN}:{ACCOUNT}:tidewater-itinerary-updates"
    return [
        _guarded(
            stack,
            "tidewater-itinerary",
            MAIN,
            allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue),
            allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=arn["table/tidewater-itineraries"]),
        ),
        _guarded(
            stack,
            "tidewater-crew-roster",
            MAIN,
            allow("dynamodb:GetItem", on=arn["table/tidewater-itineraries"]),
            customer_managed=True,
        ),
        _guarded(
            stack,
            "tidewater-ledger-export",
            MAIN,
            allow("secretsmanager:GetSecretValue", on=arn["secret/tidewater/ledger-database"]),
            allow("s3:PutObject", on="arn:aws:s3:::tidewater-ledger-archive/daily/*"),
            aws_managed=("service-role/AWSLambdaVPCAccessExecutionRole",),
        ),
        _guarded(
            stack,
            "tidewater-rotate-ledger",
            MAIN,
            allow(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
                on=arn["secret/tidewater/ledger-database"],
            ),
        ),
        _guarded(
            stack,
            "tidewater-berth-map",
            SECOND,
            allow("s3:GetObject", on="arn:aws:s3:::tidewater-charts/incoming/*"),
            allow("s3:PutObject", on="arn:aws:s3:::tidewater-map-tiles/*"),
        ),
        Role(
            PORTAL_ROLE,
            (
                allow(
                    "lambda:InvokeFunctionUrl",
                    "lambda:InvokeFunction",
                    on=function_arn("tidewater-crew-roster") + ":live",
                ),
            ),
            trust="ecs-tasks.amazonaws.com",
            description="The crew portal's containers",
        ),
    ]


def deploy_auditor(stack: Stack) -> None:
    """The role in whose name the demo account is audited; taken on with a second factor only."""
    with_mfa = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    iam = stack.client("iam")
    iam.create_role(RoleName=AUDITOR, AssumeRolePolicyDocument=json.dumps(policy(with_mfa)), Tags=stack.tag_list("audit"))
    iam.attach_role_policy(RoleName=AUDITOR, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    stack.made(f"role/{AUDITOR}", role_arn(AUDITOR))


def deploy_roles(stack: Stack) -> None:
    """All roles of the application; the assets that their policies name must be there."""
    for role in (*_weak(), *_clean(stack)):
        _role(stack, role)


def _role(stack: Stack, role: Role) -> None:
    iam = stack.client("iam")
    trust: Statement = {"Effect": "Allow", "Principal": {"Service": role.trust}, "Action": "sts:AssumeRole"}
    if role.trust != "lambda.amazonaws.com":
        trust["Condition"] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    iam.create_role(
        RoleName=role.name,
        AssumeRolePolicyDocument=json.dumps(policy(trust)),
        Description=stack.text("role description", role.description),
        Tags=stack.tag_list("execution role"),
    )
    stack.made(f"role/{role.name}", role_arn(role.name))
    for name in role.aws_managed:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    if not role.statements:
        return
    document = json.dumps(policy(*role.statements))
    if role.customer_managed:
        created = iam.create_policy(
            PolicyName=f"{role.name}-policy",
            PolicyDocument=document,
            Description=stack.text("policy description", "What the crew roster needs"),
        )
        iam.attach_role_policy(RoleName=role.name, PolicyArn=created["Policy"]["Arn"])
    else:
        iam.put_role_policy(RoleName=role.name, PolicyName="task", PolicyDocument=document)
