"""Plugins: those whose resources are known, and the rest, which is told."""

import json
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.events import gateway
from lambdaudit.sources.serverless.roles import PER_FUNCTION, document, trust
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
    ref,
    statement,
    sub,
    word,
)

STEP_FUNCTIONS: Final = "serverless-step-functions"
LIFT: Final = "serverless-lift"
_SILENT: Final = frozenset(
    (
        "serverless-bundle",
        "serverless-deployment-bucket",
        "serverless-dotenv-plugin",
        "serverless-dynamodb",
        "serverless-dynamodb-local",
        "serverless-esbuild",
        "serverless-export-env",
        "serverless-go-plugin",
        "serverless-localstack",
        "serverless-offline",
        "serverless-plugin-common-excludes",
        "serverless-plugin-include-dependencies",
        "serverless-plugin-optimize",
        "serverless-plugin-typescript",
        "serverless-prune-plugin",
        "serverless-python-requirements",
        "serverless-rust",
        "serverless-tscpaths",
        "serverless-webpack",
    )
)
"""Plugins that build packages or serve developers: they make no resources."""
_MAX_STATES: Final = 5_000
_MAX_DEPTH: Final = 100


def names_of(s: Service) -> set[str]:
    """The plugins that a service names."""
    listed = s.config.get("plugins")
    if isinstance(listed, dict):
        listed = listed.get("modules")
    return {str(one) for one in members(listed) if isinstance(one, str)}


def note_plugins(s: Service, plugins: set[str]) -> None:
    """Tell which plugins may change what is deployed in a way that is not known."""
    known = _SILENT | {PER_FUNCTION, STEP_FUNCTIONS, LIFT}
    for name in sorted(plugins - known):
        if not name.startswith("serverless-offline"):
            s.note(f"the plugin {name[:80]} is not modelled, it may add or change resources", s.config.keys_at.get("plugins"))


def add_state_machines(s: Service, plugins: set[str]) -> None:
    """The state machines of serverless-step-functions with their roles and HTTP routes."""
    if STEP_FUNCTIONS not in plugins:
        return
    machines = get(s.config, "stepFunctions", "stateMachines")
    if isinstance(machines, Unknown):
        s.note(f"state machines are not known: {machines.reason}", s.config.keys_at.get("stepFunctions"))
    for key, value in as_map(machines).items():
        settings, span = as_map(value), as_map(machines).keys_at.get(key)
        if settings.get("id"):
            logical = word(settings["id"])
        elif settings.get("name"):
            logical = names.plain(word(settings["name"])) or names.normal(key)
        else:
            logical = f"{names.normal(key)}StepFunctionsStateMachine"
        definition = _with_functions(s, settings.get("definition"))
        role = settings.get("role")
        if role is None:
            role = attribute(_machine_role(s, logical, definition, span))
        made = obj(
            span,
            StateMachineName=settings.get("name"),
            RoleArn=role,
            DefinitionString=definition if isinstance(definition, str) else Map({"Fn::ToJsonString": definition}),
        )
        copied(made, settings, StateMachineType="type")
        s.add(logical, "AWS::StepFunctions::StateMachine", made, span)
        for number, event in enumerate(members(settings.get("events")), 1):
            _machine_event(s, key, logical, number, event, span)


def _with_functions(s: Service, value: Any, depth: int = 0) -> Any:
    """A definition in which functions may be named by their keys, with their logical ids instead."""
    if depth > _MAX_DEPTH:
        return Unknown("the definition of the state machine nests too deep")
    if is_function_call(value):
        ((call, inner),) = value.items()
        key = inner[0] if call == "Fn::GetAtt" and isinstance(inner, list) and inner else inner
        if call in ("Ref", "Fn::GetAtt") and isinstance(key, str) and key in s.functions and key not in s.resources:
            identifier = s.functions[key].id
            return ref(identifier) if call == "Ref" else attribute(identifier)
    if isinstance(value, Map):
        made = {name: _with_functions(s, inner, depth + 1) for name, inner in value.items()}
        return Map(made, value.span, value.keys_at, value.rest)
    if isinstance(value, List):
        return List([_with_functions(s, inner, depth + 1) for inner in value], value.span, value.rest)
    return value


def _machine_role(s: Service, logical: str, definition: Any, span: Span | None) -> str:
    if isinstance(definition, str):
        try:
            definition = json.loads(str(definition))
        except ValueError:
            definition = Unknown("the definition of the state machine cannot be read")
    statements: list[Any] = []
    if isinstance(definition, Unknown):
        statements.append(definition)
    for resource, parameters in _tasks(definition):
        statements.append(_task_statement(s, resource, parameters))
    kept = [one for number, one in enumerate(statements) if one not in statements[:number]]
    policy = obj(span, PolicyName=s.text(s.stage, "-", s.name, "-statemachine"), PolicyDocument=document(kept, span))
    name = f"{logical}Role"
    trusted = trust([sub("states.${AWS::Region}.amazonaws.com")], span)
    s.add(name, "AWS::IAM::Role", obj(span, AssumeRolePolicyDocument=trusted, Policies=List([policy])), span)
    return name


def _tasks(definition: Any) -> list[tuple[Any, Map]]:
    """Resource and parameters of every task, in branches and iterators too."""
    found: list[tuple[Any, Map]] = []
    stack, seen = [definition], 0
    while stack and seen < _MAX_STATES:
        one = stack.pop()
        seen += 1
        if isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, dict):
            if one.get("Type") == "Task" and "Resource" in one:
                found.append((one["Resource"], as_map(one.get("Parameters") or one.get("Arguments"))))
            for key in ("States", "Branches", "Iterator", "ItemProcessor"):
                inner = one.get(key)
                stack.extend(inner.values() if key == "States" and isinstance(inner, dict) else [inner])
    return found


def _task_statement(s: Service, resource: Any, parameters: Map) -> Any:
    """What a task needs; Unknown for a service that is not modelled."""
    if isinstance(resource, str) and ":states:" in resource:
        action = str(resource).split(":states:", 1)[1].lstrip(":").partition(".")[0]
        if action == "lambda:invoke":
            resource = parameters.get("FunctionName")
        elif action in ("sns:publish", "sqs:sendMessage"):
            name = {"sns:publish": "TopicArn", "sqs:sendMessage": "QueueUrl"}[action]
            target = parameters.get(name)
            if action == "sqs:sendMessage" and not is_function_call(target):
                target = _queue_arn(target)
            allowed = {"sns:publish": "sns:Publish", "sqs:sendMessage": "sqs:SendMessage"}[action]
            return statement([allowed], target if target is not None else Str("*"))
        elif action.startswith("dynamodb:"):
            table = parameters.get("TableName")
            target = join("", "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/", table)
            return statement([f"dynamodb:{names.upper_first(action.partition(':')[2])}"], target if table else Str("*"))
        else:
            return Unknown(f"what a task of {action[:80]} needs is not modelled")
    if isinstance(resource, str) and resource in s.functions:
        resource = s.functions[resource].arn
    if resource is None:
        return Unknown("a task names no function")
    return statement(["lambda:InvokeFunction"], List([resource, join("", resource, ":*")]))


def _queue_arn(url: Any) -> Any:
    pieces = str(url).split("/") if isinstance(url, str) else []
    if len(pieces) == 5 and pieces[2].startswith("sqs."):
        region = pieces[2].split(".")[1]
        return sub(f"arn:${{AWS::Partition}}:sqs:{region}:{pieces[3]}:{pieces[4]}")
    return url if isinstance(url, Unknown) else Str("*")


def _machine_event(s: Service, key: str, logical: str, number: int, event: Any, span: Span | None) -> None:
    kind = next(iter(event), "") if isinstance(event, dict) else ""
    if kind == "schedule":
        _machine_schedule(s, key, logical, event["schedule"], span_of(event) or span)
        return
    if kind != "http":
        s.note(f"an event ({word(kind) or 'not known'}) of the state machine {key} is not modelled", span_of(event) or span)
        return
    stand_in = Function(f"{key}-state-machine-{number}", Map(), span)
    before = set(s.resources)
    gateway.add_http(s, stand_in, number, event["http"], span_of(event) or span)
    for name in set(s.resources) - before:
        one = s.resources[name]
        if one["Type"] == "AWS::Lambda::Permission" and stand_in.id in str(one):
            del s.resources[name]
        elif one["Type"] == "AWS::ApiGateway::Method" and not name.endswith("Options"):
            uri = sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution")
            one["Properties"]["Integration"] = obj(span, Type=Str("AWS"), IntegrationHttpMethod=Str("POST"), Uri=uri)
    allowed = statement(["states:StartExecution"], Str("*"))
    policy = obj(span, PolicyName=Str("apigatewaytostepfunctions"), PolicyDocument=document([allowed], span))
    trusted = trust(["apigateway.amazonaws.com"], span)
    made = obj(span, AssumeRolePolicyDocument=trusted, Policies=List([policy]))
    s.add("ApigatewayToStepFunctionsRole", "AWS::IAM::Role", made, span)


def _machine_schedule(s: Service, key: str, logical: str, settings: Any, span: Span | None) -> None:
    base = names.normal(key)
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    role = table.get("role")
    if role is None:
        policy = obj(
            span,
            PolicyName=s.text(s.stage, "-", s.region, "-", s.name, f"-{key}-schedule"),
            PolicyDocument=document([statement(["states:StartExecution"], ref(logical))], span),
        )
        name = f"{base}ScheduleToStepFunctionsRole"
        made = obj(span, AssumeRolePolicyDocument=trust(["events.amazonaws.com"], span), Policies=List([policy]))
        s.add(name, "AWS::IAM::Role", made, span)
        role = attribute(name)
    target = obj(span, Arn=ref(logical), Id=Str(f"{key}StepFunctionsSchedule"), RoleArn=role)
    rule = obj(
        span,
        ScheduleExpression=table.get("rate") if table else settings,
        State=Str("DISABLED" if table.get("enabled") is False else "ENABLED"),
        Name=table.get("name"),
        Targets=List([target]),
    )
    s.add(f"{base}StepFunctionsEventsRuleSchedule{s.count(f'{key} machine schedule')}", "AWS::Events::Rule", rule, span)


def add_constructs(s: Service, plugins: set[str]) -> None:
    """The constructs of Lift that are known: queues with their worker, and storage."""
    if LIFT not in plugins:
        return
    constructs = as_map(s.config.get("constructs"))
    for key, value in constructs.items():
        settings, span = as_map(value), constructs.keys_at.get(key)
        kind = word(settings.get("type"))
        if kind == "queue":
            _queue(s, key, settings, span)
        elif kind == "storage":
            _storage(s, key, span)
        else:
            s.note(f"the construct {key[:80]} ({kind[:40] or 'of no kind'}) of Lift is not modelled", span)


def _queue(s: Service, key: str, settings: Map, span: Span | None) -> None:
    base = names.upper_first(key)
    dead, queue = f"{base}Dlq", f"{base}Queue"
    prefix = s.text(s.name, "-", s.stage, "-", key)
    s.add(dead, "AWS::SQS::Queue", obj(span, QueueName=s.text(prefix, "-dlq"), MessageRetentionPeriod=1_209_600), span)
    retries = settings.get("maxRetries")
    redrive = obj(span, deadLetterTargetArn=attribute(dead), maxReceiveCount=retries if retries is not None else 3)
    s.add(queue, "AWS::SQS::Queue", obj(span, QueueName=prefix, RedrivePolicy=redrive), span)
    s.allow(["sqs:SendMessage"], attribute(queue), span)
    worker = settings.get("worker")
    if not isinstance(worker, Map):
        return
    event = obj(span, sqs=obj(span, arn=attribute(queue), batchSize=1, functionResponseType=Str("ReportBatchItemFailures")))
    worker["events"] = List([*members(worker.get("events")), event])
    s.functions[f"{key}Worker"] = Function(f"{key}Worker", worker, settings.keys_at.get("worker") or span)


def _storage(s: Service, key: str, span: Span | None) -> None:
    name = f"{names.upper_first(key)}Bucket"
    default = obj(span, ServerSideEncryptionByDefault=obj(span, SSEAlgorithm=Str("AES256")))
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    made = obj(
        span,
        BucketEncryption=obj(span, ServerSideEncryptionConfiguration=List([default])),
        VersioningConfiguration=obj(span, Status=Str("Enabled")),
        PublicAccessBlockConfiguration=Map(dict.fromkeys(blocked, True), span),
    )
    s.add(name, "AWS::S3::Bucket", made, span)
    arn = attribute(name)
    s.allow(["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket"], List([arn, join("", arn, "/*")]), span)
