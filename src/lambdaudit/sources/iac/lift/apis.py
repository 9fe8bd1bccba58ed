"""REST, HTTP and WebSocket APIs from resources; what an OpenAPI body states is in :mod:`.openapi`."""

from collections.abc import Mapping
from typing import Any, Final

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.base import Policy
from lambdaudit.model.inventory import Missing
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.integrations import ACCOUNT_RATE, Callee, callee
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.functions import cors
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.openapi import Body, authorizer_function, body_of, tokens
from lambdaudit.sources.iac.lift.props import Props, from_json, sure
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import Map

NO_CALLEE: Final = Callee("", "", "")


def apis(b: Builder) -> None:
    """Add APIs with their routes, stages and authorizers."""
    found = _rest_apis(b)
    _rest_routes(b, found)
    _rest_stages(b, found)
    _rest_authorizers(b, found)
    found = _http_apis(b)
    _http_routes(b, found)
    _http_stages(b, found)
    _http_authorizers(b, found)


class _Apis:
    """The APIs of one kind by the id that their parts name them with."""

    def __init__(self, b: Builder, noun: str) -> None:
        self.b = b
        self.noun = noun
        self.by_id: dict[str, Api] = {}

    def of(self, resource: Resource, props: Props, name: str, kind: str) -> Api | None:
        """The API that a part belongs to. A part of one that is not known is noted, and kept with an API of its own name."""
        value = props.text(name, "")
        if isinstance(value, str) and value in self.by_id:
            return self.by_id[value]
        reason = value.reason if isinstance(value, Unknown) else f"{value or 'no API'} is not in the configuration"
        self.b.note(resource.where, f"is a {kind} of {self.noun} that is not known: {reason}")
        return None

    def common(self, resource: Resource, api: Api) -> dict[str, Any]:
        """The fields that every part of an API has."""
        return {"where": resource.where, "account": api.account, "region": api.region, "api": api.id}


def _missing_body(b: Builder, api: Api, why: Unknown) -> None:
    for kind in ("route", "authorizer"):
        b.missing.append(Missing(kind=kind, unknown=why, subject=api.id, account=api.account, region=api.region))


def _add_body(b: Builder, resource: Resource, props: Props, api: Api, rest: bool) -> None:
    """Add what the API's OpenAPI body states; a body that is elsewhere or not known is told as missing."""
    value = props.take("Body")
    if isinstance(value, str):
        value = from_json(value)
    if isinstance(value, dict):
        body = Body(b, resource, api, value, props.at("Body"), rest=rest)
        body.add()
    elif value is not None:
        _missing_body(b, api, value if isinstance(value, Unknown) else Unknown("the API's body is no object"))
    elif props.has("BodyS3Location"):
        _missing_body(b, api, Unknown("the API's body is in S3"))
    if isinstance(value, dict) and (rest_of := getattr(value, "rest", None)):
        _missing_body(b, api, rest_of)


def _rest_apis(b: Builder) -> _Apis:
    found = _Apis(b, "a REST API")
    for resource, identity, props in b.each("AWS::ApiGateway::RestApi"):
        endpoint = props.build("EndpointConfiguration", _endpoint, ("EDGE", ()))
        policy: Maybe[Policy | None] = b.resource_policy(props, "Policy", identity.name)
        body = body_of(props)
        if policy is None and (stated := body.get("x-amazon-apigateway-policy")) is not None:
            policy = b.policy(stated, name=identity.name, kind="resource", where=props.at("Body") / "x-amazon-apigateway-policy")
        api = Api(
            **b.common(resource, _titled(identity, props, body)),
            api_id=identity.attributes["Ref"],
            protocol="REST",
            endpoint=endpoint if isinstance(endpoint, Unknown) else endpoint[0],
            vpc_endpoints=endpoint if isinstance(endpoint, Unknown) else endpoint[1],
            policy=policy,
            cors=None,
            default_endpoint_disabled=props.flag("DisableExecuteApiEndpoint", False),
        )
        b.add(api)
        found.by_id[api.api_id] = api
        _add_body(b, resource, props, api, rest=True)
    return found


def _titled(identity: Identity, props: Props, body: Mapping[str, Any]) -> Identity:
    """The identity of an API, by the title of its body where no other name is given."""
    info = body.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return identity._replace(name=str(clean(title))) if isinstance(title, str) and title and not props.has("Name") else identity


def _endpoint(props: Props) -> tuple[str, tuple[str, ...]]:
    types = sure(props.texts("Types", ("EDGE",)))
    return types[0] if types else "EDGE", sure(props.texts("VpcEndpointIds", ()))


def _paths(b: Builder) -> Mapping[str, str]:
    """The path of every REST resource by its id; an empty path for one whose parts are not known."""
    parts: dict[str, tuple[str, str]] = {}
    for _, identity, props in b.each("AWS::ApiGateway::Resource"):
        parent, part = props.text("ParentId", ""), props.text("PathPart", "")
        known = isinstance(parent, str) and isinstance(part, str)
        parts[identity.attributes["Ref"]] = (str(parent), str(part)) if known else ("?", "")
    found: dict[str, str] = {}
    for identifier in parts:
        pieces: list[str] = []
        current, seen = identifier, set[str]()
        while current in parts and current not in seen:
            seen.add(current)
            current, piece = parts[current]
            pieces.append(piece)
        found[identifier] = "/" + "/".join(reversed(pieces)) if current.startswith("root") else ""
    return found


def _rest_routes(b: Builder, apis: _Apis) -> None:
    paths = _paths(b)
    for resource, _, props in b.each("AWS::ApiGateway::Method"):
        api = apis.of(resource, props, "RestApiId", "method")
        if api is None:
            continue
        plain = b.opener(resource, "route")
        verb = plain(props.text("HttpMethod", ""), "")
        identifier = props.text("ResourceId", "")
        path = "/" if isinstance(identifier, str) and identifier.startswith("root") else paths.get(str(identifier), "")
        if not path:
            path = f"/‹{resource.where.subject}›"
        authorizer = plain(props.text("AuthorizerId", ""), "")
        target = integration(props.build("Integration", lambda f: _uri(f, "Uri", "Type"), ("", "")))
        b.add(
            Route(
                id=f"{api.id}/{verb} {path}",
                name=f"{verb} {path}",
                **apis.common(resource, api),
                method=verb,
                path=path,
                authorization=props.text("AuthorizationType", "NONE"),
                authorizer=f"{api.id}/authorizers/{authorizer}" if authorizer else "",
                api_key_required=plain(props.flag("ApiKeyRequired", False), False),
                scopes=plain(props.texts("AuthorizationScopes", ()), ()),
                function=target.function,
                qualifier=target.qualifier,
                integration=target.address,
                request_validator=plain(props.text("RequestValidatorId", ""), ""),
            )
        )


def _uri(props: Props, uri: str, kind: str) -> tuple[str, str]:
    return sure(props.text(uri, "")), sure(props.text(kind, ""))


def integration(found: Maybe[tuple[str, str]]) -> Callee:
    """What an integration given by its URI and type calls."""
    if isinstance(found, Unknown):
        return Callee(found, "", "")
    uri, kind = found
    return callee(uri) if uri else Callee("", "", kind)


def _rest_stages(b: Builder, apis: _Apis) -> None:
    firewalls = _firewalls(b)
    for resource, identity, props in b.each("AWS::ApiGateway::Stage"):
        _rest_stage(b, apis, resource, identity.name, props, firewalls)
    for resource, _, props in b.each("AWS::ApiGateway::Deployment"):
        name = props.text("StageName", "")
        if isinstance(name, str) and name:
            description = props.record("StageDescription")
            inner = description if isinstance(description, Props) else Props(Map(), props.where)
            _rest_stage(b, apis, resource, name, inner, firewalls, api=apis.of(resource, props, "RestApiId", "stage"))


def _rest_stage(
    b: Builder,
    apis: _Apis,
    resource: Resource,
    name: str,
    props: Props,
    firewalls: Mapping[str, str],
    api: Api | None = None,
) -> None:
    api = api or apis.of(resource, props, "RestApiId", "stage")
    if api is None or f"{api.id}/stages/{name}" in b.assets:
        return
    plain = b.opener(resource, "stage")
    settings = plain(props.each("MethodSettings", _method_setting, ()), ())
    general = next((one for one in settings if one["every"]), None)
    caches = [one for one in settings if one["caching"]]
    cached = plain(props.flag("CacheClusterEnabled", False), False)
    levels = [general["level"]] if general else [one["level"] for one in settings]
    stage_arn = f"arn:{api.id.split(':')[1]}:apigateway:{api.region}::/restapis/{api.api_id}/stages/{name}"
    b.add(
        Stage(
            id=f"{api.id}/stages/{name}",
            name=name,
            **apis.common(resource, api),
            tags=b.tags(props),
            access_log=plain(
                props.build("AccessLogSetting", lambda f: sure(f.text("DestinationArn", "")), ""), "an open destination"
            ),
            web_acl=firewalls.get(stage_arn, ""),
            throttled=bool(general and general["throttled"]),
            cache_encrypted=(all(one["encrypted"] for one in caches) if caches else None) if cached else None,
            execution_logging=next((level for level in levels if level), ""),
            data_trace=any(one["trace"] for one in settings),
            tracing=plain(props.flag("TracingEnabled", False), False),
            variables=_names(props, "Variables"),
        )
    )


def _method_setting(props: Props) -> dict[str, Any]:
    every = sure(props.text("HttpMethod", "*")) == "*" and sure(props.text("ResourcePath", "/*")) in ("/*", "*")
    return {
        "every": every,
        "level": sure(props.text("LoggingLevel", "")),
        "trace": sure(props.flag("DataTraceEnabled", False)),
        "throttled": _rate(props),
        "caching": sure(props.flag("CachingEnabled", False)),
        "encrypted": sure(props.flag("CacheDataEncrypted", False)),
    }


def _rate(props: Props) -> bool:
    """Whether a request rate is set; -1 means none, the account's own rate limits nothing."""
    value = props.take("ThrottlingRateLimit")
    if isinstance(value, Unknown):
        return sure(value)
    try:
        return isinstance(value, str | int | float) and 0 <= float(value) < ACCOUNT_RATE
    except ValueError:
        return False


def _names(props: Props, name: str) -> tuple[str, ...]:
    value = props.take(name)
    return tuple(sorted(map(str, value))) if isinstance(value, dict) else ()


def _firewalls(b: Builder) -> Mapping[str, str]:
    """The web ACL of each stage by the stage's ARN."""
    found = {}
    for resource, _, props in b.each("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation"):
        stage = props.text("ResourceArn", "")
        acl = props.text("WebACLArn" if resource.type.startswith("AWS::WAFv2") else "WebACLId", "")
        if isinstance(stage, str):
            found[stage] = acl if isinstance(acl, str) and acl else "a web ACL"
        else:
            b.note(resource.where, f"protects something that is not known: {stage.reason}")
    return found


def _rest_authorizers(b: Builder, apis: _Apis) -> None:
    for resource, identity, props in b.each("AWS::ApiGateway::Authorizer"):
        api = apis.of(resource, props, "RestApiId", "authorizer")
        if api is None:
            continue
        plain = b.opener(resource, "authorizer")
        sources = plain(props.text("IdentitySource", ""), "")
        b.add(
            Authorizer(
                id=f"{api.id}/authorizers/{identity.attributes['Ref']}",
                name=plain(props.prose("Name", identity.name), identity.name),
                **apis.common(resource, api),
                authorizer_id=identity.attributes["Ref"],
                kind=plain(props.text("Type", Unknown("Type is not set")), ""),
                function=plain(authorizer_function(props.text("AuthorizerUri", "")), ""),
                identity_sources=tuple(part.strip() for part in sources.split(",") if part.strip()),
                ttl=plain(props.integer("AuthorizerResultTtlInSeconds", 300), None),
                audience=plain(props.texts("ProviderARNs", ()), ()),
            )
        )


def _http_apis(b: Builder) -> _Apis:
    found = _Apis(b, "an HTTP or WebSocket API")
    for resource, identity, props in b.each("AWS::ApiGatewayV2::Api"):
        body = body_of(props)
        settings = props.build("CorsConfiguration", cors, None)
        if settings is None and isinstance(stated := body.get("x-amazon-apigateway-cors"), dict):
            inner = Map({_capital(key): value for key, value in stated.items()}, getattr(stated, "span", None))
            settings = Props(inner, props.at("Body")).attempt(cors)
        api = Api(
            **b.common(resource, _titled(identity, props, body)),
            api_id=identity.attributes["Ref"],
            protocol=b.plain(props.text("ProtocolType", "HTTP"), "HTTP", resource, "api"),
            endpoint="REGIONAL",
            policy=None,
            cors=settings,
            default_endpoint_disabled=props.flag("DisableExecuteApiEndpoint", False),
        )
        b.add(api)
        found.by_id[api.api_id] = api
        _add_body(b, resource, props, api, rest=False)
        _quick_route(b, resource, props, api, found)
    return found


def _capital(key: object) -> str:
    text = str(key)
    return text[:1].upper() + text[1:]


def _quick_route(b: Builder, resource: Resource, props: Props, api: Api, apis: _Apis) -> None:
    """The route that an HTTP API makes of its Target, for every request unless a key is given; it has a stage of its own."""
    target = props.text("Target", "")
    if not target:
        return
    key = b.plain(props.text("RouteKey", "$default"), "$default", resource, "route")
    _add_http_route(b, api, apis.common(resource, api), key, integration(target if isinstance(target, Unknown) else (target, "")))
    b.add(Stage(id=f"{api.id}/stages/$default", name="$default", **apis.common(resource, api)))


def _add_http_route(b: Builder, api: Api, common: dict[str, Any], key: str, target: Callee, **more: Any) -> None:
    method, _, path = key.partition(" ")
    b.add(
        Route(
            id=f"{api.id}/{key}",
            name=key,
            **common,
            method=method if path else "ANY",
            path=path or key,
            function=target.function,
            qualifier=target.qualifier,
            integration=target.address,
            **{"authorization": "NONE", **more},
        )
    )


def _http_routes(b: Builder, apis: _Apis) -> None:
    integrations = {
        identity.attributes["Ref"]: integration(props.attempt(_http_integration))
        for _, identity, props in b.each("AWS::ApiGatewayV2::Integration")
    }
    for resource, _, props in b.each("AWS::ApiGatewayV2::Route"):
        api = apis.of(resource, props, "ApiId", "route")
        if api is None:
            continue
        plain = b.opener(resource, "route")
        target = props.text("Target", "")
        if isinstance(target, Unknown):
            found = Callee(target, "", "")
        else:
            name = target.removeprefix("integrations/")
            missing = Callee(Unknown(f"the integration {name} is not in the configuration"), "", "")
            found = integrations.get(name, missing) if name else NO_CALLEE
        authorizer = plain(props.text("AuthorizerId", ""), "")
        _add_http_route(
            b,
            api,
            apis.common(resource, api),
            plain(props.text("RouteKey", "$default"), "$default"),
            found,
            authorization=props.text("AuthorizationType", "NONE"),
            authorizer=f"{api.id}/authorizers/{authorizer}" if authorizer else "",
            api_key_required=plain(props.flag("ApiKeyRequired", False), False),
            scopes=plain(props.texts("AuthorizationScopes", ()), ()),
        )


def _http_integration(props: Props) -> tuple[str, str]:
    kind = sure(props.text("IntegrationSubtype", "")) or sure(props.text("IntegrationType", ""))
    return sure(props.text("IntegrationUri", "")), kind


def _http_stages(b: Builder, apis: _Apis) -> None:
    for resource, identity, props in b.each("AWS::ApiGatewayV2::Stage"):
        api = apis.of(resource, props, "ApiId", "stage")
        if api is None:
            continue
        plain = b.opener(resource, "stage")
        defaults = plain(props.record("DefaultRouteSettings"), None)
        trace = plain(defaults.flag("DataTraceEnabled", False), False) if defaults else False
        routes = props.take("RouteSettings")
        for one in routes.values() if isinstance(routes, dict) else ():
            trace = trace or (isinstance(one, dict) and str(one.get("DataTraceEnabled")).lower() == "true")
        b.add(
            Stage(
                id=f"{api.id}/stages/{identity.name}",
                name=identity.name,
                **apis.common(resource, api),
                tags=b.tags(props),
                access_log=plain(
                    props.build("AccessLogSettings", lambda f: sure(f.text("DestinationArn", "")), ""), "an open destination"
                ),
                throttled=plain(defaults.attempt(_rate), False) if defaults else False,
                execution_logging=plain(defaults.text("LoggingLevel", ""), "") if defaults else "",
                data_trace=trace,
                variables=_names(props, "StageVariables"),
            )
        )


def _http_authorizers(b: Builder, apis: _Apis) -> None:
    for resource, identity, props in b.each("AWS::ApiGatewayV2::Authorizer"):
        api = apis.of(resource, props, "ApiId", "authorizer")
        if api is None:
            continue
        plain = b.opener(resource, "authorizer")
        issuer, audience = tokens(plain, props, "JwtConfiguration", "Issuer", "Audience")
        b.add(
            Authorizer(
                id=f"{api.id}/authorizers/{identity.attributes['Ref']}",
                name=plain(props.prose("Name", identity.name), identity.name),
                **apis.common(resource, api),
                authorizer_id=identity.attributes["Ref"],
                kind=plain(props.text("AuthorizerType", Unknown("AuthorizerType is not set")), ""),
                function=plain(authorizer_function(props.text("AuthorizerUri", "")), ""),
                identity_sources=plain(props.texts("IdentitySource", ()), ()),
                ttl=plain(props.integer("AuthorizerResultTtlInSeconds", None), None),
                simple_responses=plain(props.flag("EnableSimpleResponses", False), False),
                audience=audience,
                issuer=issuer,
            )
        )
