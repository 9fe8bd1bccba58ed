"""``websocket``: a WebSocket API with its routes."""

from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.events.gateway import add_log_role, invoke_uri
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
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

API: Final = "WebsocketsApi"


def _api_id(s: Service) -> Any:
    own = get(s.provider, "apiGateway", "websocketApiId")
    return own if own is not None else ref(API)


def add_websocket(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """A route of the service's WebSocket API."""
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    key = table.get("route") if table else settings
    _add_api(s, span)
    base = names.normal(function.key)
    integration = f"{base}WebsocketsIntegration"
    uri = invoke_uri(function.arn)
    s.add(
        integration,
        "AWS::ApiGatewayV2::Integration",
        obj(span, ApiId=_api_id(s), IntegrationType=Str("AWS_PROXY"), IntegrationUri=uri),
        span,
    )
    made = obj(span, ApiId=_api_id(s), RouteKey=key, AuthorizationType=Str("NONE", span))
    made["Target"] = join("/", "integrations", ref(integration))
    copied(made, table, RouteResponseSelectionExpression="routeResponseSelectionExpression")
    if table.get("authorizer") is not None:
        _authorization(s, table["authorizer"], made, table.keys_at.get("authorizer") or span)
    shown = names.websocket_route(word(key)) if isinstance(key, str) else f"{base}Open{number}"
    s.add(f"{shown}WebsocketsRoute", "AWS::ApiGatewayV2::Route", made, span)
    s.permission(f"{base}LambdaPermissionWebsockets", function.arn, Str("apigateway.amazonaws.com"), span)


def _add_api(s: Service, span: Span | None) -> None:
    if API in s.resources or get(s.provider, "apiGateway", "websocketApiId") is not None:
        return
    name = s.provider.get("websocketsApiName")
    expression = s.provider.get("websocketsApiRouteSelectionExpression")
    made = obj(
        span,
        Name=name if name is not None else s.text(s.stage, "-", s.name, "-websockets"),
        RouteSelectionExpression=expression if expression is not None else Str("$request.body.action"),
        ProtocolType=Str("WEBSOCKET"),
    )
    s.add(API, "AWS::ApiGatewayV2::Api", made, span)
    s.allow(["execute-api:ManageConnections"], sub("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"), span)


def _authorization(s: Service, written: Any, made: Map, span: Span | None) -> None:
    inner = as_map(written) if isinstance(written, dict) and not is_function_call(written) else Map()
    if word(written).upper() == "AWS_IAM":
        made["AuthorizationType"] = Str("AWS_IAM", span)
        return
    arn = inner.get("arn") if inner else (written if is_arn(written) else None)
    name = word(inner.get("name")) if inner else ("" if arn is not None else word(written))
    if arn is None and name not in s.functions:
        made["AuthorizationType"] = (
            written if isinstance(written, Unknown) else Unknown(f"the authorizer {name[:80]} is not known")
        )
        return
    target = arn if arn is not None else s.functions[name].arn
    if not name:
        name = str(arn).rpartition(":")[2] if isinstance(arn, str) else "authorizer"
    source = inner.get("identitySource")
    logical = f"{names.normal(name)}WebsocketsAuthorizer"
    s.add(
        logical,
        "AWS::ApiGatewayV2::Authorizer",
        obj(
            span,
            ApiId=_api_id(s),
            Name=Str(name),
            AuthorizerType=Str("REQUEST"),
            AuthorizerUri=invoke_uri(target),
            IdentitySource=List(members(source)) if source is not None else List([Str("route.request.header.Auth")]),
        ),
        span,
    )
    made["AuthorizationType"] = Str("CUSTOM", span)
    made["AuthorizerId"] = ref(logical)
    s.permission(f"{names.normal(name)}LambdaPermissionWebsockets", target, Str("apigateway.amazonaws.com"), span)


def finish(s: Service) -> None:
    """The stage of the API, with its logs."""
    if API not in s.resources:
        return
    span = s.resources.keys_at.get(API)
    made = obj(span, ApiId=ref(API), StageName=Str(s.stage))
    logs = get(s.provider, "logs", "websocket")
    if logs is not None and logs is not False:
        place = as_map(s.provider.get("logs")).keys_at.get("websocket")
        settings = as_map(logs)
        retention = s.provider.get("logRetentionInDays")
        group = obj(place, LogGroupName=s.text("/aws/websocket/", s.stack), RetentionInDays=retention)
        s.add("WebsocketsLogGroup", "AWS::Logs::LogGroup", group, place)
        trace, level = settings.get("fullExecutionData"), settings.get("level")
        made["DefaultRouteSettings"] = obj(
            place,
            DataTraceEnabled=trace if trace is not None else True,
            LoggingLevel=level if level is not None else Str("INFO"),
        )
        arn = sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${WebsocketsLogGroup}")
        made["AccessLogSettings"] = obj(place, DestinationArn=arn, Format=settings.get("format") or Str("$context.requestId"))
        if settings.get("role") is None and settings.get("roleManagedExternally") is not True:
            add_log_role(s, place)
    s.add("WebsocketsDeploymentStage", "AWS::ApiGatewayV2::Stage", made, span)
