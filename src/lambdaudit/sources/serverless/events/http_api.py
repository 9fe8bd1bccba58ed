"""``httpApi``: an HTTP API with routes and authorizers."""

from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.events.gateway import invoke_uri
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
    word,
)

API: Final = "HttpApi"
_HEADERS: Final = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
_LOG_FORMAT: Final = "$context.requestId $context.identity.sourceIp $context.status"


def _settings(s: Service) -> Map:
    return as_map(s.provider.get("httpApi"))


def _api_id(s: Service) -> Any:
    own = _settings(s).get("id")
    return own if own is not None else ref(API)


def add_http_api(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """A route of the service's HTTP API."""
    table = Map()
    if isinstance(settings, str):
        key: Any = str(settings).strip()
    elif isinstance(settings, Map) and not is_function_call(settings):
        table = settings
        key = _key(table)
    else:
        key = Unknown("the route is not known")
    _add_api(s, span)
    integration = _integration(s, function, table, span)
    route = key if not isinstance(key, str) else "$default" if key in ("*", "* *", "$default") else _normal(key)
    made = obj(span, ApiId=_api_id(s), RouteKey=Str(route, span) if isinstance(route, str) else route)
    made["Target"] = join("/", "integrations", integration)
    made["AuthorizationType"] = Str("NONE", span)
    _authorization(s, table, made, span)
    if route == "$default":
        suffix = "Default"
    else:
        suffix = names.path(route.replace(" ", "/", 1).replace("//", "/")) if isinstance(route, str) else f"Open{number}"
    s.add(f"HttpApiRoute{suffix}", "AWS::ApiGatewayV2::Route", made, span)
    _permission(s, f"{names.normal(function.key)}LambdaPermissionHttpApi", function.arn, span)


def _key(table: Map) -> Any:
    method, path = table.get("method"), table.get("path")
    if isinstance(path, str) and (method is None or isinstance(method, str)):
        verb = str(method).upper() if method is not None else "*"
        if str(path) == "*":
            return "*"
        return f"{'ANY' if verb == '*' else verb} {path}"
    return next((one for one in (path, method) if isinstance(one, Unknown)), Unknown("a route's path is not known"))


def _normal(key: str) -> str:
    """A route key: the method in upper case, and a path that begins with a slash."""
    method, _, path = key.partition(" ")
    verb = "ANY" if method == "*" else method.upper()
    path = path.strip()
    return f"{verb} {path if path.startswith('/') else f'/{path}'}"


def _permission(s: Service, name: str, function: Any, span: Span | None) -> None:
    source = join("", "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:", _api_id(s), "/*")
    s.permission(name, function, Str("apigateway.amazonaws.com"), span, SourceArn=source)


def _add_api(s: Service, span: Span | None) -> None:
    own = _settings(s)
    if API in s.resources or own.get("id") is not None:
        return
    name = own.get("name")
    if name is None:
        first = (s.name, "-", s.stage) if own.get("shouldStartNameWithService") is True else (s.stage, "-", s.name)
        name = s.text(*first)
    made = obj(span, Name=name, ProtocolType=Str("HTTP"))
    copied(made, own, DisableExecuteApiEndpoint="disableDefaultEndpoint")
    cors = own.get("cors")
    if cors is not None and cors is not False:
        made["CorsConfiguration"] = _cors(cors, own.keys_at.get("cors"))
        if place := own.keys_at.get("cors"):
            made.keys_at["CorsConfiguration"] = place
    s.add(API, "AWS::ApiGatewayV2::Api", made, own.span or span)


def _cors(cors: Any, span: Span | None) -> Any:
    if isinstance(cors, Unknown):
        return cors
    made = obj(span, AllowOrigins=List(["*"]), AllowHeaders=List(map(Str, _HEADERS)))
    if isinstance(cors, Map):
        copied(
            made,
            cors,
            AllowOrigins="allowedOrigins",
            AllowHeaders="allowedHeaders",
            AllowMethods="allowedMethods",
            AllowCredentials="allowCredentials",
            ExposeHeaders="exposedResponseHeaders",
            MaxAge="maxAge",
        )
        if isinstance(made["AllowOrigins"], str):
            made["AllowOrigins"] = List([made["AllowOrigins"]])
    return made


def _integration(s: Service, function: Function, table: Map, span: Span | None) -> Any:
    name = f"HttpApiIntegration{names.normal(function.key)}"
    payload = _settings(s).get("payload")
    made = obj(
        span,
        ApiId=_api_id(s),
        IntegrationType=Str("AWS_PROXY"),
        IntegrationUri=function.arn,
        PayloadFormatVersion=payload if payload is not None else Str("2.0"),
        TimeoutInMillis=30000,
    )
    s.add(name, "AWS::ApiGatewayV2::Integration", made, span)
    return ref(name)


def _authorization(s: Service, table: Map, made: Map, span: Span | None) -> None:
    written = table.get("authorizer")
    if written is None:
        return
    place = table.keys_at.get("authorizer") or span
    if place:
        made.keys_at["AuthorizationType"] = place
    inner = as_map(written) if isinstance(written, dict) and not is_function_call(written) else Map()
    name = word(inner.get("name")) if inner else word(written)
    kind = word(inner.get("type")).lower()
    if kind == "aws_iam" or name == "aws_iam":
        made["AuthorizationType"] = Str("AWS_IAM", place)
    elif inner.get("id") is not None:
        made["AuthorizationType"] = Str("CUSTOM" if kind == "request" else "JWT", place)
        made["AuthorizerId"] = inner["id"]
    elif name:
        _named(s, name, made, place)
    else:
        made["AuthorizationType"] = written if isinstance(written, Unknown) else Unknown("the authorizer is not known")
    if inner.get("scopes") is not None:
        made["AuthorizationScopes"] = inner["scopes"]


def _named(s: Service, name: str, made: Map, span: Span | None) -> None:
    """An authorizer that the provider section declares."""
    declared = get(_settings(s), "authorizers", name)
    if not isinstance(declared, Map):
        made["AuthorizationType"] = Unknown(f"the authorizer {name[:80]} is not declared")
        return
    request = word(declared.get("type")).lower() == "request"
    logical = f"HttpApiAuthorizer{names.normal(name)}"
    place = as_map(_settings(s).get("authorizers")).keys_at.get(name) or span
    source = declared.get("identitySource")
    authorizer = obj(
        place,
        ApiId=_api_id(s),
        Name=declared.get("name") if declared.get("name") is not None else Str(name),
        IdentitySource=List(members(source)) if source is not None else None,
        AuthorizerType=Str("REQUEST" if request else "JWT"),
    )
    if request:
        _request(s, name, declared, authorizer, place)
    else:
        audience = List(members(declared.get("audience")))
        authorizer["JwtConfiguration"] = obj(place, Audience=audience, Issuer=declared.get("issuerUrl"))
    s.add(logical, "AWS::ApiGatewayV2::Authorizer", authorizer, place)
    made["AuthorizationType"] = Str("CUSTOM" if request else "JWT", span)
    made["AuthorizerId"] = ref(logical)


def _request(s: Service, name: str, declared: Map, authorizer: Map, span: Span | None) -> None:
    target = declared.get("functionArn")
    target = s.function_of(declared.get("functionName")) if target is None else target
    version = declared.get("payloadVersion")
    authorizer["AuthorizerPayloadFormatVersion"] = version if version is not None else Str("2.0")
    authorizer["AuthorizerUri"] = invoke_uri(target)
    copied(authorizer, declared, AuthorizerResultTtlInSeconds="resultTtlInSeconds", EnableSimpleResponses="enableSimpleResponses")
    if declared.get("managedExternally") is not True:
        _permission(s, f"{names.normal(name)}LambdaAuthorizerPermissionHttpApi", target, span)


def finish(s: Service) -> None:
    """The stage of the API."""
    if API not in s.resources:
        return
    span = s.resources.keys_at.get(API)
    made = obj(span, ApiId=ref(API), StageName=Str("$default"), AutoDeploy=True)
    logs = get(s.provider, "logs", "httpApi")
    if logs is not None and logs is not False:
        place = as_map(s.provider.get("logs")).keys_at.get("httpApi")
        retention = s.provider.get("logRetentionInDays")
        group = obj(place, LogGroupName=s.text("/aws/http-api/", s.stack), RetentionInDays=retention)
        s.add("HttpApiLogGroup", "AWS::Logs::LogGroup", group, place)
        pattern = get(logs, "format")
        shown = pattern if pattern is not None else Str(_LOG_FORMAT)
        made["AccessLogSettings"] = obj(place, DestinationArn=attribute("HttpApiLogGroup"), Format=shown)
    s.add("HttpApiStage", "AWS::ApiGatewayV2::Stage", made, span_of(made) or span)
