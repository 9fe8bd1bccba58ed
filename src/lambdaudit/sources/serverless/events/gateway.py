"""``http``: a REST API with resources, methods and authorizers."""

from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cdk.marks import GENERATED
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.roles import add_helper, document, helper_rights
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
    attribute,
    copied,
    get,
    is_arn,
    is_function_call,
    join,
    members,
    obj,
    ref,
    sub,
    word,
)

API: Final = "ApiGatewayRestApi"
_INVOKE: Final = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
_TYPES: Final = {
    "lambda-proxy": "AWS_PROXY",
    "aws-proxy": "AWS_PROXY",
    "lambda": "AWS",
    "aws": "AWS",
    "http": "HTTP",
    "http-proxy": "HTTP_PROXY",
    "mock": "MOCK",
}
_LOG_FORMAT: Final = "requestId: $context.requestId"


def invoke_uri(arn: Any) -> Map:
    """The address with which an API calls a function."""
    return join("", _INVOKE, arn, "/invocations")


def settings_of(s: Service) -> Map:
    """``provider.apiGateway``."""
    return as_map(s.provider.get("apiGateway"))


def api_id(s: Service) -> Any:
    """The id of the REST API: of one that exists when the service names it."""
    own = settings_of(s).get("restApiId")
    return own if own is not None else ref(API)


def add_http(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """A method of the service's REST API."""
    if isinstance(settings, str):
        verb, _, rest = str(settings).strip().partition(" ")
        table = Map({"method": Str(verb, span), "path": Str(rest or "/", span)}, span)
    else:
        table = as_map(settings)
    _add_api(s, span)
    path, method = table.get("path"), table.get("method")
    if not isinstance(path, str) or not isinstance(method, str):
        _open_method(s, function, number, path, method, span)
        return
    plain = str(path).strip("/")
    verb = "ANY" if str(method) in ("*", "any", "ANY") else str(method).upper()
    resource = _add_resources(s, plain, span)
    made = obj(span, HttpMethod=Str(verb, span_of(method)), ResourceId=resource, RestApiId=api_id(s), RequestParameters=Map())
    made["ApiKeyRequired"] = table.get("private") if table.get("private") is not None else False
    if place := table.keys_at.get("private"):
        made.keys_at["ApiKeyRequired"] = place
    _authorization(s, function, table, made, span)
    made["Integration"] = _integration(s, function, table, span)
    name = f"ApiGatewayMethod{names.path(plain)}{names.upper_first(verb.lower())}"
    s.add(name, "AWS::ApiGateway::Method", made, span)
    if table.get("cors") is not None and table.get("cors") is not False:
        _add_preflight(s, plain, resource, table.keys_at.get("cors") or span)
    _permission(s, f"{names.normal(function.key)}LambdaPermissionApiGateway", function.arn, span)


def _open_method(s: Service, function: Function, number: int, path: Any, method: Any, span: Span | None) -> None:
    why = next((one for one in (path, method) if isinstance(one, Unknown)), Unknown("a path or method depends on something"))
    made = obj(span, HttpMethod=method if isinstance(method, str) else Str("ANY"), ResourceId=why, RestApiId=api_id(s))
    made["AuthorizationType"] = why
    made["Integration"] = obj(span, Type=Str("AWS_PROXY"), Uri=invoke_uri(function.arn), IntegrationHttpMethod=Str("POST"))
    s.add(f"ApiGatewayMethod{names.normal(function.key)}Open{number}", "AWS::ApiGateway::Method", made, span)
    _permission(s, f"{names.normal(function.key)}LambdaPermissionApiGateway", function.arn, span)


def _permission(s: Service, name: str, function: Any, span: Span | None) -> None:
    source = join("", "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:", api_id(s), "/*/*")
    s.permission(name, function, Str("apigateway.amazonaws.com"), span, SourceArn=source)


def _add_api(s: Service, span: Span | None) -> None:
    if API in s.resources or settings_of(s).get("restApiId") is not None:
        return
    own = settings_of(s)
    general = s.provider
    kind = general.get("endpointType")
    endpoints = general.get("vpcEndpointIds")
    name = general.get("apiName")
    if name is None:
        first = (s.name, "-", s.stage) if own.get("shouldStartNameWithService") is True else (s.stage, "-", s.name)
        name = s.text(*first)
    made = obj(span, Name=name)
    shape = Str(str(kind).upper(), span_of(kind)) if isinstance(kind, str) else kind if kind is not None else Str("EDGE")
    made["EndpointConfiguration"] = obj(span, Types=List([shape]), VpcEndpointIds=endpoints)
    copied(
        made,
        own,
        BinaryMediaTypes="binaryMediaTypes",
        MinimumCompressionSize="minimumCompressionSize",
        DisableExecuteApiEndpoint="disableDefaultEndpoint",
        ApiKeySourceType="apiKeySourceType",
    )
    policy = own.get("resourcePolicy") if own.get("resourcePolicy") is not None else general.get("resourcePolicy")
    if policy is not None:
        place = own.keys_at.get("resourcePolicy") or general.keys_at.get("resourcePolicy")
        made["Policy"] = policy if isinstance(policy, Unknown) else document(members(policy), place)
        if place:
            made.keys_at["Policy"] = place
    s.add(API, "AWS::ApiGateway::RestApi", made, own.span or span)


def _add_resources(s: Service, path: str, span: Span | None) -> Any:
    """The resources of a path, each once; what gives the id of the last one."""
    own = settings_of(s)
    root = own.get("restApiRootResourceId")
    parent: Any = root if root is not None else attribute(API, "RootResourceId")
    declared = as_map(own.get("restApiResources"))
    walked: list[str] = []
    for part in path.split("/") if path else ():
        walked.append(part)
        whole = "/".join(walked)
        known = declared.get(f"/{whole}") or declared.get(whole)
        if known is not None:
            parent = known
            continue
        name = f"ApiGatewayResource{names.path(whole)}"
        s.add(name, "AWS::ApiGateway::Resource", obj(span, ParentId=parent, PathPart=Str(part, span), RestApiId=api_id(s)), span)
        parent = ref(name)
    return parent


def _integration(s: Service, function: Function, table: Map, span: Span | None) -> Map:
    written = table.get("integration") if table.get("integration") is not None else table.get("type")
    kind = word(written).lower().replace("_", "-") or "lambda-proxy"
    if table.get("async") is True and "integration" not in table:
        kind = "lambda"
    shape = _TYPES.get(kind, "AWS")
    made = obj(span, IntegrationHttpMethod=Str("POST"), Type=Str(shape))
    if shape.startswith("AWS"):
        made["Uri"] = invoke_uri(function.arn)
    elif shape.startswith("HTTP"):
        made["Uri"] = get(table, "request", "uri") or Unknown("the address of the integration is not given")
    connection = word(table.get("connectionType"))
    if connection:
        made["ConnectionType"] = Str(connection.upper())
        made["ConnectionId"] = table.get("connectionId")
    return made


def _authorization(s: Service, function: Function, table: Map, made: Map, span: Span | None) -> None:
    """What a request must show: AuthorizationType, and the authorizer when there is one."""
    written = table.get("authorizer")
    place = table.keys_at.get("authorizer") or span
    if place:
        made.keys_at["AuthorizationType"] = place
    made["AuthorizationType"] = Str("NONE", place)
    if written is None:
        return
    inner = as_map(written) if isinstance(written, dict) and not is_function_call(written) else Map()
    kind = word(inner.get("type"))
    if isinstance(written, Unknown):
        made["AuthorizationType"] = written
    elif word(written).upper() == "AWS_IAM" or kind.upper() == "AWS_IAM":
        made["AuthorizationType"] = Str("AWS_IAM", place)
    elif inner.get("authorizerId") is not None:
        made["AuthorizationType"] = Str("COGNITO_USER_POOLS" if kind.upper() == "COGNITO_USER_POOLS" else "CUSTOM", place)
        made["AuthorizerId"] = inner["authorizerId"]
    else:
        _add_authorizer(s, written, inner, made, place)
    scopes = inner.get("scopes")
    if scopes is not None and made["AuthorizationType"] == "COGNITO_USER_POOLS":
        made["AuthorizationScopes"] = scopes


def _add_authorizer(s: Service, written: Any, inner: Map, made: Map, span: Span | None) -> None:
    arn = inner.get("arn") if inner else (written if is_arn(written) else None)
    name = word(inner.get("name")) if inner else ("" if arn is not None else word(written))
    if arn is None and name not in s.functions:
        made["AuthorizationType"] = Unknown(f"the authorizer {name[:80] or 'of an event'} is no function of the service")
        return
    shown = name or _name_of(arn)
    kind = word(inner.get("type")).upper() or "TOKEN"
    pool = kind == "COGNITO_USER_POOLS" or (isinstance(arn, str) and ":cognito-idp:" in arn)
    target = arn if arn is not None else s.functions[name].arn
    source = inner.get("identitySource")
    authorizer = obj(
        span,
        Name=Str(shown, span),
        RestApiId=api_id(s),
        IdentitySource=source if source is not None else Str("method.request.header.Authorization"),
        Type=Str("COGNITO_USER_POOLS" if pool else kind),
    )
    copied(
        authorizer,
        inner,
        AuthorizerResultTtlInSeconds="resultTtlInSeconds",
        IdentityValidationExpression="identityValidationExpression",
    )
    if pool:
        authorizer["ProviderARNs"] = List([target])
    else:
        authorizer["AuthorizerUri"] = invoke_uri(target)
    logical = f"{names.normal(shown)}ApiGatewayAuthorizer"
    s.add(logical, "AWS::ApiGateway::Authorizer", authorizer, span)
    made["AuthorizationType"] = Str("COGNITO_USER_POOLS" if pool else "CUSTOM", span)
    made["AuthorizerId"] = ref(logical)
    if not pool and inner.get("managedExternally") is not True:
        _permission(s, f"{names.normal(shown)}LambdaPermissionApiGateway", target, span)


def _name_of(arn: Any) -> str:
    if isinstance(arn, str):
        return str(arn).rpartition(":")[2].rpartition("-")[2] or "authorizer"
    if isinstance(arn, dict) and isinstance(arn.get("Fn::GetAtt"), list) and arn["Fn::GetAtt"]:
        return str(arn["Fn::GetAtt"][0])
    return "authorizer"


def _add_preflight(s: Service, path: str, resource: Any, span: Span | None) -> None:
    """The method that answers browsers what they may do; everybody may call it."""
    made = obj(
        span,
        AuthorizationType=Str("NONE"),
        HttpMethod=Str("OPTIONS"),
        ResourceId=resource,
        RestApiId=api_id(s),
        RequestParameters=Map(),
        Integration=obj(span, Type=Str("MOCK")),
    )
    s.add(f"ApiGatewayMethod{names.path(path)}Options", "AWS::ApiGateway::Method", made, span)


def finish(s: Service) -> None:
    """The deployment with the settings of its stage, API keys and usage plan, once there are methods."""
    methods = [name for name, one in s.resources.items() if one.get("Type") == "AWS::ApiGateway::Method"]
    if not methods:
        return
    own = settings_of(s)
    stage = own.get("stage") if own.get("stage") is not None else s.stage
    span = s.resources.keys_at.get(API) or s.resources.keys_at.get(methods[0])
    made = obj(span, RestApiId=api_id(s), StageName=stage)
    if description := _stage_settings(s, span):
        made["StageDescription"] = description
    s.add("ApiGatewayDeployment", "AWS::ApiGateway::Deployment", made, span)
    _add_keys(s, own, stage)


def _stage_settings(s: Service, span: Span | None) -> Map:
    """What the framework sets on the stage after the deployment: tracing, logs."""
    made = Map((), span)
    if get(s.provider, "tracing", "apiGateway") is True:
        made["TracingEnabled"] = True
        if place := as_map(s.provider.get("tracing")).keys_at.get("apiGateway"):
            made.keys_at["TracingEnabled"] = place
    logs = get(s.provider, "logs", "restApi")
    if logs is None or logs is False:
        return made
    place = as_map(s.provider.get("logs")).keys_at.get("restApi")
    settings = as_map(logs)
    group = obj(place, LogGroupName=s.text("/aws/api-gateway/", s.stack), RetentionInDays=s.provider.get("logRetentionInDays"))
    s.add("ApiGatewayLogGroup", "AWS::Logs::LogGroup", group, place)
    if settings.get("accessLogging") is not False:
        pattern = settings.get("format") if settings.get("format") is not None else Str(_LOG_FORMAT)
        group_arn = sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${ApiGatewayLogGroup}")
        made["AccessLogSetting"] = obj(place, DestinationArn=group_arn, Format=pattern)
    if settings.get("executionLogging") is not False:
        level = settings.get("level") if settings.get("level") is not None else Str("INFO")
        trace = settings.get("fullExecutionData")
        setting = obj(place, HttpMethod=Str("*"), ResourcePath=Str("/*"), LoggingLevel=level)
        setting["DataTraceEnabled"] = trace if trace is not None else True
        made["MethodSettings"] = List([setting], place)
    if settings.get("role") is None and settings.get("roleManagedExternally") is not True:
        add_log_role(s, place)
    return made


def add_log_role(s: Service, span: Span | None) -> None:
    """The helper that lets API Gateway write logs in this account."""
    helper = add_helper(s, "custom-resource-apigw-cw-role", "api-gateway-cloud-watch-role/handler.handler", span)
    name = "CustomApiGatewayAccountCloudWatchRole"
    if name in s.resources:
        return
    s.add(
        name,
        "Custom::ApiGatewayAccountRole",
        obj(span, ServiceToken=attribute(helper)),
        span,
        Metadata=Map({GENERATED: "the Serverless Framework"}),
    )
    roles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"
    s.custom_statements += helper_rights(
        (["iam:AttachRolePolicy", "iam:CreateRole", "iam:ListAttachedRolePolicies", "iam:PassRole"], roles),
        (["apigateway:GET", "apigateway:PATCH"], "arn:${AWS::Partition}:apigateway:*::/account"),
    )


def _add_keys(s: Service, own: Map, stage: Any) -> None:
    keys = own.get("apiKeys") if own.get("apiKeys") is not None else s.provider.get("apiKeys")
    for number, key in enumerate(members(keys), 1):
        settings = as_map(key)
        place = span_of(key) or own.keys_at.get("apiKeys")
        made = obj(place, Enabled=True, Name=settings.get("name") if settings else key)
        copied(made, settings, Enabled="enabled", Description="description", Value="value")
        made["StageKeys"] = List([obj(place, RestApiId=api_id(s), StageName=stage)])
        s.add(f"ApiGatewayApiKey{number}", "AWS::ApiGateway::ApiKey", made, place)
    plan = own.get("usagePlan") if own.get("usagePlan") is not None else s.provider.get("usagePlan")
    if keys is None and plan is None:
        return
    stages = List([obj(None, ApiId=api_id(s), Stage=stage)])
    made = obj(span_of(plan), ApiStages=stages, UsagePlanName=s.text(s.name, "-", s.stage))
    s.add("ApiGatewayUsagePlan", "AWS::ApiGateway::UsagePlan", made, span_of(plan) or own.keys_at.get("apiKeys"))
