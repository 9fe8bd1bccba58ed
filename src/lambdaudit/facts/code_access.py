"""What the code of functions calls, joined with what their role may do: rights nobody uses, calls that will be refused."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.power import other_services
from lambdaudit.model.arn import account_of
from lambdaudit.model.code import Code, SdkCall
from lambdaudit.model.functions import Function, FunctionVersion
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.model.unknown import NotKnown, Unknown, is_known, known

if TYPE_CHECKING:
    from lambdaudit.facts.access import Who
    from lambdaudit.iam.verdicts import Witness

_DEPLOYERS: Final = frozenset(
    {"amplify", "cloudformation", "codedeploy", "codepipeline", "elasticbeanstalk", "proton", "serverlessrepo", "servicecatalog"}
)
"""Services that call others with the rights of whoever calls them, whatever a template says."""
_PROGRAMS: Final = frozenset({"external-extension", "internal-extension", "wrapper", "bootstrap"})
"""Programs that run beside the code with the same role."""
_ALWAYS: Final = (
    "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:TagResource", "xray:PutTraceSegments",
    "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries",
    "sts:GetCallerIdentity", "cloudwatch:PutMetricData", "application-signals:*",
)  # fmt: skip
"""What the runtime and the tracing daemon do for every function; the Serverless Framework lets every role tag its log group."""
_IN_VPC: Final = (
    "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    "ec2:GetSecurityGroupsForVpc",
)  # fmt: skip
_POLLS: Final = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"),
    "kinesis": (
        "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary",
        "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard",
    ),
    "kafka": (
        "kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers", "kafka-cluster:*",
        "secretsmanager:GetSecretValue", "glue:GetRegistry", "glue:GetSchemaVersion", *_IN_VPC,
    ),
    "mq": ("mq:DescribeBroker", "secretsmanager:GetSecretValue", *_IN_VPC),
    "rds": ("rds:DescribeDBClusters", "rds:DescribeDBClusterParameters", "rds:DescribeDBSubnetGroups",
            "secretsmanager:GetSecretValue", *_IN_VPC),
}  # fmt: skip
"""What Lambda calls with the role to read a source, by the service in the source's ARN."""
_SENDS: Final = (
    "sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction", "events:PutEvents", "s3:PutObject", "s3:ListBucket",
)  # fmt: skip
"""What Lambda calls with the role to deliver results and failures."""
_FILES: Final = ("elasticfilesystem:*", "s3files:*")
_KMS: Final = (
    "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:CreateGrant",
)  # fmt: skip
"""What services ask of a key in the caller's name."""
_THROUGH: Final = {
    "athena": ("glue:*", "s3:*", "lakeformation:GetDataAccess"),
    "ecs": ("iam:PassRole", "ecr:*"),
    "ec2": ("iam:PassRole", "ec2:*"),
    "glue": ("s3:*", "iam:PassRole", "lakeformation:GetDataAccess"),
    "lambda": ("s3:GetObject", "s3:GetObjectVersion", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    "quicksight": ("athena:*", "s3:*", "glue:*"),
    "redshift-data": ("redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
                      "redshift-serverless:GetCredentials"),
    "timestream": ("timestream:DescribeEndpoints",),
    "sagemaker": ("s3:*", "ecr:*", "iam:PassRole"),
    "dynamodb": ("s3:PutObject", "s3:AbortMultipartUpload", "kinesis:*"),
    "rds-data": ("secretsmanager:GetSecretValue",),
    "s3": ("s3:GetObjectTagging", "s3:PutObjectTagging", "s3:ListBucket", "s3:AbortMultipartUpload",
           "s3:ListMultipartUploadParts"),
    "bedrock": ("aws-marketplace:ViewSubscriptions", "aws-marketplace:Subscribe", "bedrock:InvokeModel"),
}  # fmt: skip
"""What services that the code calls do in the caller's name, or what a call may come to, by prefix; never reported as unused."""
_DANGEROUS: Final = (
    "iam:PassRole", "sts:AssumeRole", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:CreateFunction",
    "cloudformation:CreateStack", "cloudformation:UpdateStack", "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:SendCommand",
    "ssm:StartSession", "kms:Decrypt", "kms:ScheduleKeyDeletion", "ec2:RunInstances", "ec2:TerminateInstances", "ecs:RunTask",
    "s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "dynamodb:DeleteTable", "dynamodb:DeleteItem",
    "dynamodb:DeleteBackup", "rds:DeleteDBInstance", "rds:DeleteDBCluster", "rds:DeleteDBSnapshot",
    "backup:DeleteRecoveryPoint", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "logs:DeleteLogGroup", "sqs:PurgeQueue",
    "sqs:DeleteQueue", "cognito-idp:AdminSetUserPassword", "ses:SendEmail", "ses:SendRawEmail", "organizations:LeaveOrganization",
)  # fmt: skip
"""What an attacker in a function wants besides rights over rights, the worst first."""
_NEEDLESS: Final = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken", "sts:GetAccessKeyInfo"})
"""What every principal may do without a policy."""


class Unused(NamedTuple):
    """Actions of a service that a role may do and no code with that role calls.

    `used` are the actions of the service that are called, `dangerous` the unused ones that an attacker wants, `everywhere`
    those of them that are allowed on any resource without a condition; `witnesses` are some proofs.
    """

    service: str
    actions: tuple[str, ...]
    used: tuple[str, ...]
    dangerous: tuple[str, ...]
    everywhere: tuple[str, ...]
    witnesses: "tuple[Witness, ...]"


class Refused(NamedTuple):
    """An action that code calls and its role may not do: the calls, and the resources as far as they are known.

    `elsewhere`: the role may do it on other resources.
    """

    action: str
    calls: tuple[SdkCall, ...]
    resources: tuple[str, ...]
    elsewhere: bool


def codes(role: Role, audit: Audit) -> tuple[Code, ...]:
    """The code of every function that runs with a role. Raises NotKnown when one of them was not analysed, or other code runs."""
    found = []
    for function_id in audit.users(role):
        function = audit.find(Function, function_id)
        if function is None:
            continue
        if known(function.role) != role.id:
            raise NotKnown(Unknown(f"only a published version of {function.name} has the role; its code was not analysed"))
        _one_code(function, role, audit)
        code = audit.find(Code, f"{function_id}:code")
        if code is None:
            raise NotKnown(Unknown(f"the code of {function.name} was not analysed"))
        found.append(code)
    return tuple(found)


def _one_code(function: Function, role: Role, audit: Audit) -> None:
    """Raises NotKnown when a published version that an alias leads to runs other code with the role."""
    for alias_id in known(function.aliases):
        alias = audit.inventory.get(alias_id)
        number = getattr(alias, "version", "$LATEST")
        if number == "$LATEST":
            continue
        version = audit.find(FunctionVersion, f"{function.id}:{number}")
        if version is not None and known(version.role) == role.id and known(version.code_sha256) != known(function.code_sha256):
            raise NotKnown(Unknown(f"version {number} of {function.name} runs other code with the role, which was not analysed"))


def called(code: Code) -> tuple[SdkCall, ...]:
    """The calls of a function's code. Raises NotKnown when they are not all known: part of the code was not understood."""
    calls = known(code.calls)
    for call in calls:
        if not call.service:
            raise NotKnown(next((r for r in call.resources if isinstance(r, Unknown)), Unknown("a call is not understood")))
    for program in known(code.extensions):
        if program.kind in _PROGRAMS and program.exists:
            raise NotKnown(Unknown(f"{program.name} ({program.kind}) also runs with the role; what it calls is not seen"))
    return calls


def unused(role: Role, audit: Audit) -> tuple[Unused, ...]:
    """What a role may do and none of its functions does, by service. Raises NotKnown unless all that use the role is understood.

    Left out is what Lambda itself, services and libraries that the code calls may do in the role's name, and actions that no SDK
    operation asks for: those leave no call to see.
    """
    return audit.once(("unused", role.id), lambda: _unused(role, audit))


def _unused(role: Role, audit: Audit) -> tuple[Unused, ...]:
    from lambdaudit.code.sdk import index
    from lambdaudit.iam.access import what_can
    from lambdaudit.iam.actions import expand, find_action

    if others := other_services(role, audit):
        raise NotKnown(Unknown(f"{others[0]} can take the role, too; what it does with it is not seen"))
    own = codes(role, audit)
    calls = [call for code in own for call in called(code)]
    if deployers := sorted({_prefix(a) for call in calls for a in call.actions} & _DEPLOYERS):
        raise NotKnown(Unknown(f"the code calls {deployers[0]}, which acts with the rights of the role"))
    used = frozenset(action for call in calls for action in call.actions)
    hidden = {call.service for call in calls if not call.operation}
    hidden |= {_prefix(action) for action in used if find_action(action) is None}
    known(role.policies)
    reach = what_can(audit.layers(role), principal=role.id)
    if reach.open:
        raise NotKnown(Unknown(reach.open[0]))
    spared = expand([*_by_lambda(role, audit), *_through(used, hidden)]) | used
    rows: dict[str, dict[str, tuple[bool, Witness]]] = {}
    for access in reach.access:
        everywhere = "*" in access.resources and not access.conditional
        for action in access.actions:
            prefix = _prefix(action)
            if action not in spared and prefix not in hidden and action in index.reachable(prefix):
                rows.setdefault(prefix, {})[action] = (everywhere, access.witness)
    return tuple(_row(service, actions, used) for service, actions in sorted(rows.items()))


def _prefix(action: str) -> str:
    return action.partition(":")[0]


def _row(service: str, actions: "dict[str, tuple[bool, Witness]]", used: frozenset[str]) -> Unused:
    dangerous = worst_first(action for action in actions if _wanted(action))
    return Unused(
        service=service,
        actions=tuple(sorted(actions)),
        used=tuple(sorted(action for action in used if _prefix(action) == service)),
        dangerous=dangerous,
        everywhere=tuple(action for action in dangerous if actions[action][0]),
        witnesses=tuple({witness.text: witness for _, witness in actions.values()}.values())[:3],
    )


def worst_first(actions: Iterable[str]) -> tuple[str, ...]:
    """Actions that an attacker wants, sorted by how much."""
    places = {action: place for place, action in enumerate(_DANGEROUS)}
    return tuple(sorted(actions, key=lambda action: (places.get(action, len(places)), action)))


def _wanted(action: str) -> bool:
    """Whether an attacker wants an action: those above, and rights over rights."""
    from lambdaudit.iam.actions import AccessLevel, access_level

    return action in _DANGEROUS or access_level(action) is AccessLevel.PERMISSIONS


def _by_lambda(role: Role, audit: Audit) -> Iterator[str]:
    """Actions that Lambda itself does with the role for the functions that have it, as their configuration has it."""
    yield from _ALWAYS
    for function_id in audit.users(role):
        function = audit.find(Function, function_id)
        if function is None:
            continue
        if known(function.vpc) is not None:
            yield from _IN_VPC
        if known(function.file_systems):
            yield from _FILES
        if known(function.kms_key):
            yield from _KMS
        settings = known(function.invoke_config)
        if known(function.dead_letter) or (settings and (settings.on_success or settings.on_failure)):
            yield from _SENDS
        for mapping in audit.every(EventSourceMapping, account=function.account, region=function.region):
            if mapping.function == function.id:
                yield from _KMS
                source = mapping.source.split(":")[2] if mapping.source.count(":") >= 5 else "kafka"
                yield from _POLLS.get(source, (f"{source}:*",))
                if mapping.on_failure:
                    yield from _SENDS


def _through(used: Iterable[str], hidden: Iterable[str]) -> Iterator[str]:
    """Actions that may be asked of the role because of those that the code, or a library in it, calls."""
    from lambdaudit.iam.actions import action

    prefixes = set(hidden)
    for name in used:
        prefixes.add(_prefix(name))
        if row := action(name):
            yield from row.needs
            for resource in row.resources:
                yield from resource.needs
    for prefix in prefixes:
        yield from _KMS
        yield from _THROUGH.get(prefix, ())
    if prefixes:
        yield "iam:CreateServiceLinkedRole"


def refused(code: Code, audit: Audit) -> Iterator[Refused]:
    """Actions that the code of a function calls and its role is not allowed.

    A call with several resources counts only when none of them is allowed; one whose resource is open only when the action is
    allowed nowhere and no resource can allow it by its own policy. Raises NotKnown after the last one when something stays
    undecided.
    """
    from lambdaudit.facts.access import of_principal

    function = audit.find(Function, code.function)
    role = audit.role(function) if function else None
    if role is None:
        return
    who = of_principal(role, audit)
    rows: dict[str, list[SdkCall]] = {}
    left: Unknown | None = None
    for call in known(code.calls):
        for action in call.actions:
            try:
                if not _allowed(role, who, action, call, audit):
                    rows.setdefault(action, []).append(call)
            except NotKnown as error:
                left = left or error.unknown
    for action, calls in sorted(rows.items()):
        resources = tuple(dict.fromkeys(r for call in calls for r in call.resources if isinstance(r, str) and r != "*"))
        yield Refused(action, tuple(calls), resources, bool(audit.can(role, (action,))))
    if left is not None:
        raise NotKnown(left)


def _allowed(role: Role, who: "Who", action: str, call: SdkCall, audit: Audit) -> bool:
    from lambdaudit.code.sdk.actions import MAYBE
    from lambdaudit.facts.access import WITH_POLICY, may, what
    from lambdaudit.iam.actions import find_action

    if action in _NEEDLESS or find_action(action) is None or MAYBE in call.resources:
        return True
    if not all(is_known(resource) for resource in call.resources):
        if audit.can(role, (action,)):
            return True
        if _prefix(action) in WITH_POLICY:
            raise NotKnown(
                Unknown(f"which resource {call.operation} is about is not decided in the code; its policy may allow it")
            )
        return False
    texts = [resource for resource in call.resources if isinstance(resource, str)]
    if any(audit.can(role, (action,), forms) for forms in map(_forms, texts)):
        return True
    for text in texts:
        owner = account_of(text)
        if text == "*" or (owner and owner != role.account):
            continue
        answer = may(who, action, what(text, audit), audit)
        if answer.answer == "yes":
            return True
        if answer.answer == "unknown":
            raise NotKnown(answer.unknown or Unknown(f"whether {role.name} may call {action} on {text} is open"))
    return False


def _forms(resource: str) -> tuple[str, ...]:
    """The ways in which a policy names a resource: log groups with and without their streams, functions with qualifiers."""
    if ":log-group:" in resource and ":log-stream:" not in resource:
        return (resource, f"{resource}:*")
    return (resource,)
