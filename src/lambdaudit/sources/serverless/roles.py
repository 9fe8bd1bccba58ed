"""The role that functions share, roles of their own by the plugin, and the role of the framework's helper functions."""

from collections.abc import Sequence
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cdk.marks import GENERATED
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.functions import function_name, given_role
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
    attribute,
    copied,
    get,
    is_function_call,
    join,
    members,
    obj,
    record,
    statement,
    sub,
    word,
)

PER_FUNCTION: Final = "serverless-iam-roles-per-function"
_GROUP: Final = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
_VPC_POLICY: Final = "policy/service-role/AWSLambdaVPCAccessExecutionRole"


def trust(services: Sequence[str | Map], span: Span | None = None) -> Map:
    """A trust policy for AWS services."""
    one = obj(
        span,
        Effect=Str("Allow"),
        Principal=obj(span, Service=List([Str(one) if isinstance(one, str) else one for one in services])),
        Action=List([Str("sts:AssumeRole")]),
    )
    return obj(span, Version=Str("2012-10-17"), Statement=List([one]))


def document(statements: list[Any], span: Span | None = None) -> Map:
    """A policy document."""
    return obj(span, Version=Str("2012-10-17"), Statement=List(statements))


def _own(s: Service) -> Map:
    role = get(s.provider, "iam", "role")
    return role if isinstance(role, Map) and not is_function_call(role) else Map()


def provider_statements(s: Service) -> list[Any]:
    """The statements that the service writes for the shared role, in either place."""
    found: list[Any] = []
    for value in (s.provider.get("iamRoleStatements"), _own(s).get("statements")):
        found += [_statement(one) for one in members(value)]
    return found


def _statement(value: Any) -> Any:
    if isinstance(value, dict | Unknown):
        return value
    return Unknown("a statement of the role is no object")


def _place(s: Service) -> Span | None:
    role = _own(s)
    return (
        role.keys_at.get("statements")
        or s.provider.keys_at.get("iamRoleStatements")
        or as_map(s.provider.get("iam")).keys_at.get("role")
        or s.config.keys_at.get("provider")
    )


def _logs(target: Any, suffix: str = "") -> list[Map]:
    """The statements that let functions write to log groups of a name."""
    group = join("", _GROUP, target, f"{suffix}:*")
    stream = join("", _GROUP, target, f"{suffix}:*:*")
    return [
        statement(["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"], List([group])),
        statement(["logs:PutLogEvents"], List([stream])),
    ]


def _log_statements(s: Service) -> list[Map]:
    """Of all functions, as the framework does it, also of those with a role of their own."""
    found: list[Map] = []
    usual, silent = False, []
    for function in s.functions.values():
        name = function_name(s, function)
        if function.settings.get("disableLogs") is True:
            silent.append(name)
        elif function.settings.get("name") is not None:
            found += _logs(name)
        else:
            usual = True
    if usual:
        found += _logs(s.prefix, "*")
    return found + [statement(["logs:PutLogEvents"], join("", _GROUP, name, ":*"), effect="Deny") for name in silent]


def _managed(s: Service, functions: list[Function]) -> list[Any]:
    listed = [*members(_own(s).get("managedPolicies")), *members(s.provider.get("iamManagedPolicies"))]
    inside = any(f.settings.get("vpc") is not None or s.provider.get("vpc") is not None for f in functions)
    if inside:
        listed.append(join("", "arn:${AWS::Partition}:iam::aws:", _VPC_POLICY))
    return listed


def add_shared_role(s: Service) -> None:
    """The role of all functions that have none of their own, with what their events and settings need."""
    users = [function for function in s.functions.values() if given_role(s, function) is None]
    if not users:
        return
    own, span = _own(s), _place(s)
    statements = [*_log_statements(s), *provider_statements(s), *_merged(s.statements)]
    place = own.keys_at.get("statements") or span
    policy = obj(place, PolicyName=join("-", s.name, s.stage, "lambda"), PolicyDocument=document(statements, place))
    made = obj(
        span,
        AssumeRolePolicyDocument=trust(list(dict.fromkeys(s.trusted)), span),
        Policies=List([policy], place),
        Path=own.get("path") if own.get("path") is not None else Str("/"),
        RoleName=own.get("name") if own.get("name") is not None else join("-", s.name, s.stage, "${AWS::Region}", "lambdaRole"),
    )
    copied(made, own, PermissionsBoundary="permissionsBoundary", PermissionBoundary="permissionBoundary")
    boundary = made.pop("PermissionBoundary", None) or s.provider.get("rolePermissionsBoundary")
    if boundary is not None:
        made.setdefault("PermissionsBoundary", boundary)
    if managed := _managed(s, list(s.functions.values())):
        made["ManagedPolicyArns"] = List(managed, own.keys_at.get("managedPolicies") or span)
    if isinstance(own.get("tags"), dict):
        made["Tags"] = List([obj(span_of(value), Key=Str(key), Value=value) for key, value in own["tags"].items()])
    s.add(names.ROLE, "AWS::IAM::Role", made, span)


def _merged(statements: list[Any]) -> list[Any]:
    """Statements with the same actions as one, so that a policy reads as the framework writes it."""
    found: dict[tuple[str, ...], Map] = {}
    rest: list[Any] = []
    for one in statements:
        key = tuple(map(str, one["Action"]))
        if not isinstance(one.get("Resource"), list):
            rest.append(one)
        elif key in found:
            present = found[key]["Resource"]
            present.extend(member for member in one["Resource"] if member not in present)
        else:
            found[key] = one
            rest.append(one)
    return rest


def add_function_roles(s: Service) -> None:
    """Roles of the plugin serverless-iam-roles-per-function: one for each function that has statements of its own."""
    for function in s.functions.values():
        settings = function.settings
        if settings.get("iamRoleStatements") is None or settings.get("role") is not None:
            continue
        place = settings.keys_at.get("iamRoleStatements") or function.span
        statements = [*_function_logs(s, function), *event_statements(function)]
        if _inherits(s, function):
            statements += provider_statements(s)
        statements += [_statement(one) for one in members(settings.get("iamRoleStatements"))]
        policy = obj(
            place,
            PolicyName=join("-", s.name, s.stage, "lambda"),
            PolicyDocument=document(statements, place),
        )
        name = settings.get("iamRoleStatementsName")
        own = _own(s)
        made = obj(
            place,
            AssumeRolePolicyDocument=trust(list(dict.fromkeys(s.trusted)), place),
            Policies=List([policy], place),
            Path=own.get("path") if own.get("path") is not None else Str("/"),
            RoleName=name if name is not None else join("-", s.name, s.stage, function.key, "${AWS::Region}", "lambdaRole"),
        )
        boundary = settings.get("iamPermissionsBoundary")
        boundary = own.get("permissionsBoundary") if boundary is None else boundary
        boundary = s.provider.get("iamPermissionsBoundary") if boundary is None else boundary
        if boundary is not None:
            made["PermissionsBoundary"] = boundary
        if managed := _managed(s, [function]):
            made["ManagedPolicyArns"] = List(managed)
        role = f"{names.normal(function.key)}{names.ROLE}"
        s.add(role, "AWS::IAM::Role", made, place)
        s.resources[function.id]["Properties"]["Role"] = attribute(role)


def _inherits(s: Service, function: Function) -> bool:
    own = function.settings.get("iamRoleStatementsInherit")
    return bool(own if own is not None else get(s.config, "custom", PER_FUNCTION, "defaultInherit"))


def _function_logs(s: Service, function: Function) -> list[Map]:
    group = List([join("", _GROUP, function_name(s, function), ":*:*")])
    return [statement(["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"], group, function.span)]


def event_statements(function: Function) -> list[Map]:
    """What the plugin adds for streams, queues and the dead-letter target of a function."""
    found: dict[str, list[Any]] = {}
    for _, kind, settings, _ in function.events():
        source = settings.get("arn") if isinstance(settings, Map) and not is_function_call(settings) else settings
        if kind == "sqs":
            found.setdefault("sqs", []).append(source)
        elif kind == "stream":
            found.setdefault(stream_kind(settings), []).append(source)
    made = [statement(POLLS[kind], List(sources)) for kind, sources in found.items()]
    target = function.settings.get("onError")
    return [*made, statement(["sns:Publish"], target)] if target is not None else made


POLLS: Final = {
    "dynamodb": ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"],
    "kinesis": ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"],
    "sqs": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
}
"""What a function needs to read from each kind of source."""


def stream_kind(settings: Any) -> str:
    """``kinesis`` or ``dynamodb``."""
    if isinstance(settings, Map):
        kind = word(settings.get("type"))
        if kind:
            return kind if kind in POLLS else "kinesis"
        settings = settings.get("arn")
    return "dynamodb" if isinstance(settings, str) and ":dynamodb:" in settings else "kinesis"


def add_helper(s: Service, key: str, handler: str, span: Span | None) -> str:
    """A function that the framework deploys for custom resources of its own; the logical id."""
    name = names.function(key)
    s.add(
        name,
        "AWS::Lambda::Function",
        record(
            span,
            {
                "Code": obj(span, S3Bucket=Str("serverless"), S3Key=Str("custom-resources.zip")),
                "FunctionName": s.text(s.name, "-", s.stage, "-", key),
                "Handler": Str(handler),
                "MemorySize": 1024,
                "Runtime": Unknown("the framework's version decides"),
                "Timeout": 180,
                "Role": attribute("IamRoleCustomResourcesLambdaExecution"),
            },
        ),
        span,
        Metadata=Map({GENERATED: "the Serverless Framework"}),
    )
    return name


def add_helper_role(s: Service) -> None:
    """The role of the framework's helper functions, when there are any."""
    if not s.custom_statements:
        return
    policy = obj(
        None, PolicyName=join("-", s.stage, s.name, "custom-resources-lambda"), PolicyDocument=document(s.custom_statements)
    )
    s.add(
        "IamRoleCustomResourcesLambdaExecution",
        "AWS::IAM::Role",
        obj(None, AssumeRolePolicyDocument=trust(["lambda.amazonaws.com"]), Policies=List([policy])),
        s.config.keys_at.get("provider"),
        Metadata=Map({GENERATED: "the Serverless Framework"}),
    )


def helper_rights(*pairs: tuple[list[str], str | Map]) -> list[Map]:
    """Statements of the helpers' role."""
    return [statement(actions, sub(target) if isinstance(target, str) else target) for actions, target in pairs]
