"""Methods, stages and authorizers of REST APIs."""

from typing import Any

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.integrations import ACCOUNT_RATE, Callee, callee
from lambdaudit.sources.aws.assemble.tags import tags_of_map
from lambdaudit.sources.aws.raw import Answer, Key

_ROUTE_DULL = ("httpMethod", "methodResponses", "requestModels", "requestParameters", "operationName")
_STAGE_DULL = (
    "cacheClusterSize",
    "cacheClusterStatus",
    "canarySettings",
    "clientCertificateId",
    "createdDate",
    "deploymentId",
    "documentationVersion",
    "lastUpdatedDate",
)


def rest_parts(b: Builder, key: Key, api: Api) -> None:
    """Add what belongs to a REST API; `key` has the API's id as its subject."""
    authorized = _routes(b, key._replace(operation="GetResources"), api)
    _stages(b, key._replace(operation="GetStages"), api)
    if authorized or key._replace(operation="GetAuthorizers") in b.raw:
        _authorizers(b, key._replace(operation="GetAuthorizers"), api)


def part_gap(b: Builder, key: Key, kind: str, api: Api) -> Answer | None:
    """The answer about a part of an API; what is missing of it is noted."""
    answer = b.ask(key, key.operation)
    gap = answer if isinstance(answer, Unknown) else answer.rest
    if gap:
        b.miss(kind, gap, key.account, key.region, api.id)
    return answer if isinstance(answer, Answer) else None


def _routes(b: Builder, key: Key, api: Api) -> bool:
    """Add the methods; whether one of them uses an authorizer, or that is not known."""
    answer = part_gap(b, key, "route", api)
    authorized = answer is None or answer.rest is not None
    for resource in b.items(key, answer, "items", "route") if answer else ():
        path = resource.text("path", "")
        methods = resource.take("resourceMethods")
        if methods is None:
            continue
        if not isinstance(methods, dict) or not isinstance(path, str) or not path:
            b.lost(("route",), key.account, key.region, resource.where, "odd record: a resource without path or methods")
            continue
        for verb, settings in methods.items():
            where = resource.where / "resourceMethods" / str(verb)
            if isinstance(settings, dict):
                authorized |= _route(b, api, Fields(settings, where), str(verb), path)
            else:
                b.lost(("route",), key.account, key.region, where, "odd record: a method that is not an object")
    return authorized


def _route(b: Builder, api: Api, method: Fields, verb: str, path: str) -> bool:
    method.ignore(*_ROUTE_DULL)
    authorizer = method.plain(method.text("authorizerId", ""), "")
    target = method.build("methodIntegration", _integration, Callee("", "", ""))
    if isinstance(target, Unknown):
        target = Callee(target, "", "")
    route = Route(
        id=f"{api.id}/{verb} {path}",
        name=f"{verb} {path}",
        where=method.where,
        account=api.account,
        region=api.region,
        api=api.id,
        method=verb,
        path=path,
        authorization=method.text("authorizationType", method.unsaid),
        authorizer=f"{api.id}/authorizers/{authorizer}" if authorizer else "",
        api_key_required=method.plain(method.flag("apiKeyRequired", False), False),
        scopes=method.plain(method.texts("authorizationScopes", ()), ()),
        function=target.function,
        qualifier=target.qualifier,
        integration=target.address,
        request_validator=method.plain(method.text("requestValidatorId", ""), ""),
        extra=method.extra(),
    )
    b.add(route, method)
    return bool(authorizer)


def _integration(integration: Fields) -> Callee:
    kind = sure(integration.text("type", ""))
    uri = sure(integration.text("uri", ""))
    # The rest of an integration (templates, parameters, caching) may hold credentials and decides nothing here.
    integration.ignore(*integration.data)
    return callee(uri) if uri else Callee("", "", kind)


def _stages(b: Builder, key: Key, api: Api) -> None:
    answer = part_gap(b, key, "stage", api)
    for record in b.items(key, answer, "item", "stage") if answer else ():
        record.ignore(*_STAGE_DULL)
        name = record.text("stageName", "")
        if not isinstance(name, str) or not name:
            b.lost(("stage",), key.account, key.region, record.where, "odd record: a stage without a name")
            continue
        settings = record.plain(record.build("methodSettings", _method_settings, _NOTHING_SET), _NOTHING_SET)
        caches = record.plain(record.flag("cacheClusterEnabled", False), False)
        stage = Stage(
            id=f"{api.id}/stages/{name}",
            name=name,
            where=record.where,
            account=api.account,
            region=api.region,
            tags=tags_of_map(record, "tags"),
            api=api.id,
            access_log=record.plain(record.build("accessLogSettings", _access_log, ""), ""),
            web_acl=record.plain(record.text("webAclArn", ""), ""),
            throttled=settings["throttled"],
            cache_encrypted=settings["cache_encrypted"] if caches else None,
            execution_logging=settings["execution_logging"],
            data_trace=settings["data_trace"],
            tracing=record.plain(record.flag("tracingEnabled", False), False),
            variables=stage_variables(record, "variables"),
            extra=record.extra(),
        )
        b.add(stage, record)


_NOTHING_SET: dict[str, Any] = {"throttled": False, "cache_encrypted": False, "execution_logging": "", "data_trace": False}


def _method_settings(settings: Fields) -> dict[str, Any]:
    """What the stage's settings say: ``*/*`` is for every method, any other entry for one of them."""
    each = [(str(name), sure(settings.record(str(name)))) for name in settings.data]
    general = next((f for name, f in each if name == "*/*"), None)
    every = [f for _, f in each if f is not None]
    levels = [sure(f.text("loggingLevel", "")) for f in ([general] if general else every)]
    caching = [f for f in every if sure(f.flag("cachingEnabled", False))]
    for fields in every:
        fields.ignore(*fields.data)
    return {
        "throttled": general is not None and sure(_limited(general)),
        "cache_encrypted": all(sure(f.flag("cacheDataEncrypted", False)) for f in caching) if caching else None,
        "execution_logging": next((level for level in levels if level), ""),
        "data_trace": any(sure(f.flag("dataTraceEnabled", False)) for f in every),
    }


def _limited(settings: Fields) -> Maybe[bool]:
    """Whether a request rate is set; -1, absence and the account's own rate mean that only that holds."""
    value = settings.take("throttlingRateLimit")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        return settings.strange("throttlingRateLimit", value)
    return value is not None and 0 <= value < ACCOUNT_RATE


def _access_log(settings: Fields) -> str:
    settings.ignore("format")
    return sure(settings.text("destinationArn", ""))


def stage_variables(record: Fields, name: str) -> tuple[str, ...]:
    """The names of a stage's variables; their values may be secrets."""
    value = record.take(name)
    if value is None:
        return ()
    if not isinstance(value, dict):
        record.odd.append(Unknown(f"odd value: {name} is not an object"))
        return ()
    return tuple(sorted(str(variable) for variable in value))


def _authorizers(b: Builder, key: Key, api: Api) -> None:
    answer = part_gap(b, key, "authorizer", api)
    for record in b.items(key, answer, "items", "authorizer") if answer else ():
        record.ignore("authType", "authorizerCredentials", "identityValidationExpression", "jwtConfiguration")
        identifier = record.text("id", "")
        if not isinstance(identifier, str) or not identifier:
            b.lost(("authorizer",), key.account, key.region, record.where, "odd record: an authorizer without an id")
            continue
        uri = record.plain(record.text("authorizerUri", ""), "")
        sources = record.plain(record.text("identitySource", ""), "")
        authorizer = Authorizer(
            id=f"{api.id}/authorizers/{identifier}",
            name=record.plain(record.prose("name", identifier), identifier),
            where=record.where,
            account=api.account,
            region=api.region,
            api=api.id,
            authorizer_id=identifier,
            kind=record.plain(record.text("type", record.unsaid), ""),
            function=record.plain(authorizer_function(uri), ""),
            identity_sources=tuple(part.strip() for part in sources.split(",") if part.strip()),
            ttl=record.plain(record.integer("authorizerResultTtlInSeconds", 300), None),
            audience=record.plain(record.texts("providerARNs", ()), ()),
            extra=record.extra(),
        )
        b.add(authorizer, record)


def authorizer_function(uri: str) -> Maybe[str]:
    """The authorizer function's ARN, with its qualifier; an empty text when the authorizer calls none."""
    target = callee(uri) if uri else Callee("", "", "")
    if isinstance(target.function, Unknown) or not target.qualifier:
        return target.function
    return f"{target.function}:{target.qualifier}"
