"""Routes, stages and authorizers of HTTP and WebSocket APIs."""

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.integrations import ACCOUNT_RATE, Callee, callee
from lambdaudit.sources.aws.assemble.rest_routes import authorizer_function, part_gap, stage_variables
from lambdaudit.sources.aws.assemble.tags import tags_of_map
from lambdaudit.sources.aws.raw import Answer, Key

_ROUTE_DULL = (
    "ApiGatewayManaged",
    "ModelSelectionExpression",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RouteId",
    "RouteResponseSelectionExpression",
)
_STAGE_DULL = (
    "ApiGatewayManaged",
    "AutoDeploy",
    "ClientCertificateId",
    "CreatedDate",
    "DeploymentId",
    "LastDeploymentStatusMessage",
    "LastUpdatedDate",
)
_AUTHORIZER_DULL = ("AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion", "IdentityValidationExpression")


def http_parts(b: Builder, key: Key, api: Api) -> None:
    """Add what belongs to an HTTP or WebSocket API; `key` has the API's id as its subject."""
    authorized = _routes(b, key._replace(operation="GetRoutes"), api)
    _stages(b, key._replace(operation="GetStages"), api)
    if authorized or key._replace(operation="GetAuthorizers") in b.raw:
        _authorizers(b, key._replace(operation="GetAuthorizers"), api)


class _Integrations:
    """What each integration of an API calls, by its id."""

    def __init__(self, b: Builder, key: Key) -> None:
        answer = b.ask(key, key.operation)
        self._gap = answer if isinstance(answer, Unknown) else answer.rest
        self._found: dict[str, Callee] = {}
        for record in b.items(key, answer, "Items") if isinstance(answer, Answer) else ():
            identifier = record.text("IntegrationId", record.unsaid)
            target = record.attempt(_target)
            if isinstance(identifier, Unknown):
                self._gap = self._gap or identifier
            else:
                self._found[identifier] = Callee(target, "", "") if isinstance(target, Unknown) else target

    def of(self, identifier: str) -> Callee:
        """What an integration calls; an Unknown function when its record was not read."""
        missing = self._gap or Unknown(f"the integration {identifier} was not in the answer of apigateway:GetIntegrations")
        return self._found.get(identifier) or Callee(missing, "", "")


def _target(integration: Fields) -> Callee:
    uri = sure(integration.text("IntegrationUri", ""))
    kind = sure(integration.text("IntegrationSubtype", "")) or sure(integration.text("IntegrationType", ""))
    return callee(uri) if uri else Callee("", "", kind)


def _routes(b: Builder, key: Key, api: Api) -> bool:
    """Add the routes; whether one of them uses an authorizer, or that is not known."""
    answer = part_gap(b, key, "route", api)
    integrations = _Integrations(b, key._replace(operation="GetIntegrations"))
    authorized = answer is None or answer.rest is not None
    for record in b.items(key, answer, "Items", "route") if answer else ():
        route_key = record.text("RouteKey", "")
        if isinstance(route_key, str) and route_key:
            authorized |= _route(b, api, record, route_key, integrations)
        else:
            b.lost(("route",), key.account, key.region, record.where, "odd record: a route without a key")
    return authorized


def _route(b: Builder, api: Api, record: Fields, route_key: str, integrations: _Integrations) -> bool:
    record.ignore(*_ROUTE_DULL)
    method, _, path = route_key.partition(" ")
    authorizer = record.plain(record.text("AuthorizerId", ""), "")
    target = _integration(record, integrations)
    route = Route(
        id=f"{api.id}/{route_key}",
        name=route_key,
        where=record.where,
        account=api.account,
        region=api.region,
        api=api.id,
        method=method if path else "ANY",
        path=path or route_key,
        authorization=record.text("AuthorizationType", "NONE"),
        authorizer=f"{api.id}/authorizers/{authorizer}" if authorizer else "",
        api_key_required=record.plain(record.flag("ApiKeyRequired", False), False),
        scopes=record.plain(record.texts("AuthorizationScopes", ()), ()),
        function=target.function,
        qualifier=target.qualifier,
        integration=target.address,
        extra=record.extra(),
    )
    b.add(route, record)
    return bool(authorizer)


def _integration(record: Fields, integrations: _Integrations) -> Callee:
    target = record.text("Target", "")
    if isinstance(target, Unknown):
        return Callee(target, "", "")
    return integrations.of(target.removeprefix("integrations/")) if target else Callee("", "", "")


def _stages(b: Builder, key: Key, api: Api) -> None:
    answer = part_gap(b, key, "stage", api)
    for record in b.items(key, answer, "Items", "stage") if answer else ():
        record.ignore(*_STAGE_DULL)
        name = record.text("StageName", "")
        if not isinstance(name, str) or not name:
            b.lost(("stage",), key.account, key.region, record.where, "odd record: a stage without a name")
            continue
        defaults = record.record("DefaultRouteSettings")
        settings = record.plain(defaults, None)
        stage = Stage(
            id=f"{api.id}/stages/{name}",
            name=name,
            where=record.where,
            account=api.account,
            region=api.region,
            tags=tags_of_map(record, "Tags"),
            api=api.id,
            access_log=record.plain(record.build("AccessLogSettings", _access_log, ""), ""),
            throttled=record.plain(_throttled(settings), False),
            execution_logging=record.plain(settings.text("LoggingLevel", "") if settings else "", ""),
            data_trace=record.plain(_data_trace(record, settings), False),
            variables=stage_variables(record, "StageVariables"),
            extra=record.extra(),
        )
        b.add(stage, record)


def _data_trace(record: Fields, settings: Fields | None) -> Maybe[bool]:
    """Whether requests and answers are logged whole, on some route at least."""
    found = settings.flag("DataTraceEnabled", False) if settings else False
    routes = record.build("RouteSettings", _any_data_trace, False)
    return found or routes if not isinstance(found, Unknown) else found


def _any_data_trace(routes: Fields) -> bool:
    settings = [sure(routes.record(name)) for name in list(routes.data)]
    found = any(sure(route.flag("DataTraceEnabled", False)) for route in settings if route)
    for route in settings:
        if route:
            route.ignore(*route.data)
    return found


def _throttled(settings: Fields | None) -> Maybe[bool]:
    if settings is None:
        return False
    settings.ignore("DetailedMetricsEnabled", "ThrottlingBurstLimit")
    value = settings.take("ThrottlingRateLimit")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        return settings.strange("ThrottlingRateLimit", value)
    return value is not None and 0 <= value < ACCOUNT_RATE


def _access_log(settings: Fields) -> str:
    settings.ignore("Format")
    return sure(settings.text("DestinationArn", ""))


def _authorizers(b: Builder, key: Key, api: Api) -> None:
    answer = part_gap(b, key, "authorizer", api)
    for record in b.items(key, answer, "Items", "authorizer") if answer else ():
        record.ignore(*_AUTHORIZER_DULL)
        identifier = record.text("AuthorizerId", "")
        if not isinstance(identifier, str) or not identifier:
            b.lost(("authorizer",), key.account, key.region, record.where, "odd record: an authorizer without an id")
            continue
        uri = record.plain(record.text("AuthorizerUri", ""), "")
        jwt = record.plain(record.build("JwtConfiguration", _jwt, ("", ())), ("", ()))
        authorizer = Authorizer(
            id=f"{api.id}/authorizers/{identifier}",
            name=record.plain(record.prose("Name", identifier), identifier),
            where=record.where,
            account=api.account,
            region=api.region,
            api=api.id,
            authorizer_id=identifier,
            kind=record.plain(record.text("AuthorizerType", record.unsaid), ""),
            function=record.plain(authorizer_function(uri), ""),
            identity_sources=record.plain(record.texts("IdentitySource", ()), ()),
            ttl=record.plain(record.integer("AuthorizerResultTtlInSeconds", None), None),
            simple_responses=record.plain(record.flag("EnableSimpleResponses", False), False),
            audience=jwt[1],
            issuer=jwt[0],
            extra=record.extra(),
        )
        b.add(authorizer, record)


def _jwt(jwt: Fields) -> tuple[str, tuple[str, ...]]:
    return sure(jwt.text("Issuer", "")), sure(jwt.texts("Audience", ()))
