"""What a role may do, in the words of rules: administrator, whole services, secrets, trust of other services.

Claims about *every* resource are tested on a resource that no policy can have named: what is allowed on a fresh name is allowed
on any name, while a policy that lists names or prefixes does not match it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lambdaudit.facts.audit import Audit
from lambdaudit.model.arn import SERVICE_PRINCIPAL
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Principal, Role
from lambdaudit.model.unknown import NotKnown, known

if TYPE_CHECKING:
    from lambdaudit.iam.questions import Witness

FRESH = "zq7fresh0name"
"""A name that nobody uses: it stands for any resource."""

TELLING = (
    ("iam:AttachRolePolicy", "arn:{p}:iam::{a}:role/*"),
    ("iam:CreateUser", "arn:{p}:iam::{a}:user/*"),
    ("iam:PassRole", "arn:{p}:iam::{a}:role/*"),
    ("s3:DeleteBucket", "arn:{p}:s3:::*"),
    ("s3:GetObject", "arn:{p}:s3:::*/*"),
    ("ec2:TerminateInstances", "arn:{p}:ec2:{r}:{a}:instance/i-*"),
    ("lambda:UpdateFunctionCode", "arn:{p}:lambda:{r}:{a}:function:*"),
    ("dynamodb:DeleteTable", "arn:{p}:dynamodb:{r}:{a}:table/*"),
    ("secretsmanager:GetSecretValue", "arn:{p}:secretsmanager:{r}:{a}:secret:*"),
    ("kms:ScheduleKeyDeletion", "arn:{p}:kms:{r}:{a}:key/*"),
)
"""Administrator is who may do all of these to any resource: they belong to services that no narrower job needs together."""

_H, _M, _L = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_SERVICES: tuple[tuple[str, str, Severity, tuple[tuple[str, str], ...]], ...] = (
    ("s3", "S3", _H, (("s3:GetObject", "arn:{p}:s3:::*/*"), ("s3:PutObject", "arn:{p}:s3:::*/*"),
                      ("s3:DeleteBucket", "arn:{p}:s3:::*"), ("s3:PutBucketPolicy", "arn:{p}:s3:::*"))),
    ("dynamodb", "DynamoDB", _H, tuple((f"dynamodb:{x}", "arn:{p}:dynamodb:{r}:{a}:table/*")
                                       for x in ("GetItem", "PutItem", "DeleteTable"))),
    ("sqs", "SQS", _M, tuple((f"sqs:{x}", "arn:{p}:sqs:{r}:{a}:*") for x in ("ReceiveMessage", "SendMessage", "DeleteQueue"))),
    ("sns", "SNS", _M, tuple((f"sns:{x}", "arn:{p}:sns:{r}:{a}:*") for x in ("Publish", "Subscribe", "DeleteTopic"))),
    ("lambda", "Lambda", _H, tuple((f"lambda:{x}", "arn:{p}:lambda:{r}:{a}:function:*")
                                   for x in ("GetFunction", "UpdateFunctionCode", "DeleteFunction"))),
    ("kms", "KMS", _H, tuple((f"kms:{x}", "arn:{p}:kms:{r}:{a}:key/*")
                             for x in ("Decrypt", "PutKeyPolicy", "ScheduleKeyDeletion"))),
    ("secretsmanager", "Secrets Manager", _H, tuple((f"secretsmanager:{x}", "arn:{p}:secretsmanager:{r}:{a}:secret:*")
                                                    for x in ("GetSecretValue", "PutSecretValue", "DeleteSecret"))),
    ("ssm", "Systems Manager", _H, (("ssm:GetParameter", "arn:{p}:ssm:{r}:{a}:parameter/*"),
                                    ("ssm:PutParameter", "arn:{p}:ssm:{r}:{a}:parameter/*"),
                                    ("ssm:SendCommand", "arn:{p}:ec2:{r}:{a}:instance/i-*"))),
    ("ec2", "EC2", _H, (("ec2:RunInstances", "arn:{p}:ec2:{r}:{a}:instance/*"),
                        ("ec2:TerminateInstances", "arn:{p}:ec2:{r}:{a}:instance/i-*"),
                        ("ec2:AuthorizeSecurityGroupIngress", "arn:{p}:ec2:{r}:{a}:security-group/sg-*"))),
    ("rds", "RDS", _H, tuple((f"rds:{x}", "arn:{p}:rds:{r}:{a}:db:*") for x in ("ModifyDBInstance", "DeleteDBInstance"))),
    ("cloudformation", "CloudFormation", _H, tuple((f"cloudformation:{x}", "arn:{p}:cloudformation:{r}:{a}:stack/*/*")
                                                   for x in ("CreateStack", "UpdateStack", "DeleteStack"))),
    ("kinesis", "Kinesis", _M, tuple((f"kinesis:{x}", "arn:{p}:kinesis:{r}:{a}:stream/*")
                                     for x in ("GetRecords", "PutRecord", "DeleteStream"))),
    ("events", "EventBridge", _M, (("events:PutEvents", "arn:{p}:events:{r}:{a}:event-bus/*"),
                                   ("events:PutTargets", "arn:{p}:events:{r}:{a}:rule/*"),
                                   ("events:DeleteRule", "arn:{p}:events:{r}:{a}:rule/*"))),
    ("states", "Step Functions", _M, tuple((f"states:{x}", "arn:{p}:states:{r}:{a}:stateMachine:*")
                                           for x in ("StartExecution", "UpdateStateMachine", "DeleteStateMachine"))),
    ("ecr", "ECR", _M, tuple((f"ecr:{x}", "arn:{p}:ecr:{r}:{a}:repository/*")
                             for x in ("BatchGetImage", "PutImage", "DeleteRepository"))),
    ("logs", "CloudWatch Logs", _L, tuple((f"logs:{x}", "arn:{p}:logs:{r}:{a}:log-group:*")
                                          for x in ("FilterLogEvents", "PutSubscriptionFilter", "DeleteLogGroup"))),
)  # fmt: skip

SECRET_READS = (
    ("secret", ("secretsmanager:GetSecretValue",), "arn:{p}:secretsmanager:{r}:{a}:secret:*"),
    ("parameter", ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"), "arn:{p}:ssm:{r}:{a}:parameter/*"),
)

_SENSITIVE = (
    ("read secrets", ("secretsmanager:GetSecretValue",)),
    ("read objects in S3", ("s3:GetObject",)),
    ("write objects in S3", ("s3:PutObject", "s3:DeleteObject")),
    ("read tables", ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan")),
    ("change tables", ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")),
    ("decrypt with KMS", ("kms:Decrypt",)),
    ("invoke functions", ("lambda:InvokeFunction",)),
    ("send to queues", ("sqs:SendMessage",)),
    ("publish to topics", ("sns:Publish",)),
    ("assume roles", ("sts:AssumeRole",)),
    ("pass roles", ("iam:PassRole",)),
    ("change functions", ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration")),
)


class Service(NamedTuple):
    """A service that a role may use without limit."""

    prefix: str
    title: str
    severity: Severity
    witnesses: "tuple[Witness, ...]"


class Ability(NamedTuple):
    """Something that a role may do, in words, with its proof."""

    text: str
    witness: "Witness"


class Exclusion(NamedTuple):
    """An Allow statement with NotAction or NotResource: policy, index, the element, and the worst of what it allows."""

    policy: Policy
    statement: int
    element: str
    worst: tuple[str, ...]


def fill(template: str, role: Role, audit: Audit) -> str:
    """A resource template with the role's partition and account, the first audited region, and fresh names for ``*``."""
    region = next(iter(audit.inventory.coverage.regions), "us-east-1")
    return _filled(template, role.id.split(":")[1], role.account, region)


@lru_cache(maxsize=1024)
def _filled(template: str, partition: str, account: str, region: str) -> str:
    return template.format(p=partition, a=account, r=region).replace("*", FRESH)


def on_every(role: Role, audit: Audit, actions: tuple[str, ...], resource: str) -> "tuple[Witness, ...]":
    """Proofs that a role may do one of the actions to any resource of a shape; empty: proved that it is limited."""
    return audit.can(role, actions, (fill(resource, role, audit),))


def administrator(role: Role, audit: Audit) -> "tuple[Witness, ...]":
    """Proofs that a role is administrator; empty when at least one telling action is not allowed."""
    found: list[Witness] = []
    for action, resource in TELLING:
        witnesses = on_every(role, audit, (action,), resource)
        if not witnesses:
            return ()
        found.append(witnesses[0])
    return tuple(found)


def prize(function_id: str, audit: Audit) -> tuple[Severity | None, str]:
    """What entering a function is worth: critical and words for it when its role is administrator, otherwise nothing.

    Only ever adds to a finding that stands without it, so what is not known about the role adds nothing.
    """
    try:
        function = audit.find(Function, function_id)
        role = audit.role(function) if function else None
        if role is not None and administrator(role, audit):
            return Severity.CRITICAL, f", and its role {role.name} is administrator of the account"
    except NotKnown:
        return None, ""
    return None, ""


def whole_services(role: Role, audit: Audit) -> Iterator[Service]:
    """Services in which a role may read, change and destroy any resource."""
    for prefix, title, severity, probes in _SERVICES:
        found: list[Witness] = []
        for action, resource in probes:
            witnesses = on_every(role, audit, (action,), resource)
            if not witnesses:
                break
            found.append(witnesses[0])
        if len(found) == len(probes):
            yield Service(prefix, title, severity, tuple(found))


def spares_some(role: Role, audit: Audit) -> bool:
    """Whether a policy of the role names resources that it takes out: in an Allow with NotResource, or in a Deny."""
    from lambdaudit.iam.language import Effect

    return any(
        statement.not_resources is not None if statement.effect is Effect.ALLOW else statement.effect is Effect.DENY
        for policy in known(role.policies)
        for statement in audit.document(policy).statements
    )


def sensitive(role: Principal, audit: Audit) -> tuple[Ability, ...]:
    """What a role may do beyond writing its log, at least on one resource, in words."""
    return tuple(Ability(text, witnesses[0]) for text, actions in _SENSITIVE if (witnesses := audit.can(role, actions, ("*",))))


def other_services(role: Role, audit: Audit) -> tuple[str, ...]:
    """Service principals besides Lambda's own that can assume a role, sorted."""
    from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, decide
    from lambdaudit.iam.language import PrincipalKind

    trust = known(role.trust)
    if trust is None:
        return ()
    document = audit.document(trust)
    names = {
        entry.value
        for statement in document.statements
        for entry in statement.principals or ()
        if entry.kind is PrincipalKind.SERVICE
    }
    found = set()
    names = {name for name in names if SERVICE_PRINCIPAL.fullmatch(name)}  # what is no service principal nobody can be
    for name in names - {"lambda.amazonaws.com", "edgelambda.amazonaws.com", "replicator.lambda.amazonaws.com"}:
        request = Request(
            principal=name, action="sts:AssumeRole", resource=role.id, resource_account=role.account,
            context={"aws:SourceAccount": role.account},
        )  # fmt: skip
        if decide(request, Layers(resource=Attached("trust policy", document))).outcome is Outcome.ALLOWED:
            found.add(name)
    return tuple(sorted(found))


def exclusions(role: Role, audit: Audit) -> Iterator[Exclusion]:
    """Allow statements of a role that list what is *not* meant, with the worst abilities that the role has."""
    from lambdaudit.iam.language import Effect

    for policy in known(role.policies):
        for statement in audit.document(policy).statements:
            if statement.effect is not Effect.ALLOW:
                continue
            element = (
                "NotAction" if statement.not_actions is not None else "NotResource" if statement.not_resources is not None else ""
            )
            if element:
                worst = tuple(
                    a.text for a in sensitive(role, audit) if a.text in ("pass roles", "read secrets", "change functions")
                )
                yield Exclusion(policy, statement.index, element, worst)
