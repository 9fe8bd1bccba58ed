"""The author's lines for what the SAM translator makes: resources, properties, and the bodies of APIs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lambdaudit.sources.iac.values import Map, Span, span_of

_APIS: Final = {
    "Api": ("AWS::ApiGateway::RestApi", "RestApiId", "ServerlessRestApi", ""),
    "HttpApi": ("AWS::ApiGatewayV2::Api", "ApiId", "ServerlessHttpApi", "$default"),
}
"""Of each type of event: what its API becomes, where it names it, the API that it has otherwise, and its path."""
_ANY: Final = "x-amazon-apigateway-any-method"


def place(translated: Map, template: Map, owners: Mapping[str, str]) -> dict[str, Span]:
    """The places of resources that do not stand in the file, by their id; `owners` are the ids that their author wrote.

    Puts into `translated` the lines of what the translator copied without them, and of what it made: properties, and the routes
    and authorizers in the bodies of APIs.
    """
    spans: dict[str, Span] = {}
    original = template["Resources"]
    globals_ = template.get("Globals")
    shared = globals_.get("Function") if isinstance(globals_, dict) else None
    for name, resource in translated["Resources"].items():
        owner = owners.get(name, name)
        author = original.get(owner)
        if not isinstance(author, Map):
            span = _implicit(original) if isinstance(original, Map) else None
            if span := span or span_of(original):
                spans[name] = span
            continue
        own = author.get("Properties")
        properties = resource.get("Properties")
        if name not in original:
            span = _within(name, owner, resource, own, shared) or getattr(original, "keys_at", {}).get(owner) or author.span
            if span:
                spans[name] = span
        elif isinstance(properties, dict) and isinstance(own, Map):
            keys_at = {key: span.applied(own.span) for key, span in getattr(shared, "keys_at", {}).items()}
            resource["Properties"] = Map(properties, own.span, {**keys_at, **own.keys_at, **getattr(properties, "keys_at", {})})
    _place_bodies(translated, original, globals_ if isinstance(globals_, Map) else Map())
    return spans


def _within(name: str, owner: str, resource: dict[str, Any], own: Any, shared: Any) -> Span | None:
    """The part of the author's resource that a generated one comes from: an event, the policies, the URL's settings."""
    if not isinstance(own, Map):
        return None
    events = own.get("Events")
    if isinstance(events, Map):
        hits = [event for event in events if name.startswith(f"{owner}{event}")]
        if hits:
            return events.keys_at.get(max(hits, key=len))
    kind = str(resource.get("Type"))
    wanted = {
        "AWS::IAM::Role": ("Policies", "AssumeRolePolicyDocument"),
        "AWS::Lambda::Url": ("FunctionUrlConfig",),
        "AWS::Lambda::Version": ("AutoPublishAlias",),
        "AWS::Lambda::Alias": ("AutoPublishAlias",),
        "AWS::Lambda::EventInvokeConfig": ("EventInvokeConfig",),
        "AWS::Lambda::Permission": ("FunctionUrlConfig", "Auth"),
        "AWS::ApiGateway::Stage": ("StageName",),
        "AWS::ApiGatewayV2::Stage": ("StageName",),
    }.get(kind, ())
    for holder in (own, shared):
        table = holder if isinstance(holder, Map) else Map()
        hit = next((one for one in wanted if one in table), None)
        if hit:
            return table.keys_at.get(hit)
    return None


def _implicit(resources: Map) -> Span | None:
    """The first event that makes the implicit API."""
    for resource in resources.values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        events = properties.get("Events") if isinstance(properties, dict) else None
        if isinstance(events, Map):
            for name, event in events.items():
                if isinstance(event, dict) and event.get("Type") in ("Api", "HttpApi"):
                    return events.keys_at.get(name)
    return None


def _place_bodies(translated: Map, original: Map, shared: Map) -> None:
    """Give the routes in bodies the lines of their events, and the authorizers those of their settings."""
    resources = translated["Resources"]
    routes: dict[str, list[tuple[str, str, Span]]] = {}
    for api, path, method, span in _events(original):
        routes.setdefault(api, []).append((path, method, span))
    for kind, (made, _, _, _) in _APIS.items():
        for name, resource in resources.items():
            properties = resource.get("Properties") if resource.get("Type") == made else None
            body = properties.get("Body") if isinstance(properties, dict) else None
            if not isinstance(properties, dict) or not isinstance(body, dict):
                continue
            author = original.get(name)
            own = author.get("Properties") if isinstance(author, dict) else None
            placed = _with_routes(_with_authorizers(body, (own, shared.get(kind))), routes.get(name, ()))
            if isinstance(properties, Map):
                properties["Body"] = placed
            else:
                resource["Properties"] = Map({**properties, "Body": placed})


def _events(original: Map) -> Iterator[tuple[str, str, str, Span]]:
    """The API, path, method and place of every route that an event makes."""
    for resource in original.values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        events = properties.get("Events") if isinstance(properties, dict) else None
        for name, event in events.items() if isinstance(events, Map) else ():
            row = _APIS.get(str(event.get("Type"))) if isinstance(event, dict) else None
            span = events.at(name) if isinstance(events, Map) else None
            if row is None or span is None:
                continue
            settings = event.get("Properties")
            settings = settings if isinstance(settings, dict) else {}
            api = settings.get(row[1])
            api = api.get("Ref") if isinstance(api, dict) else api
            method = str(settings.get("Method", "any")).lower()
            yield str(api or row[2]), str(settings.get("Path", row[3])), _ANY if method in ("any", "*", _ANY) else method, span


def _with_routes(body: Map, routes: Iterable[tuple[str, str, Span]]) -> Map:
    paths = body.get("paths")
    if not isinstance(paths, dict):
        return body
    paths = body["paths"] = _opened(paths)
    for path, method, span in routes:
        operations = paths.get(path)
        if isinstance(operations, dict) and method in operations:
            paths[path] = operations = _opened(operations)
            operations.keys_at.setdefault(method, span)
            paths.keys_at.setdefault(path, span)
    return body


def _with_authorizers(body: dict[str, Any], holders: tuple[Any, ...]) -> Map:
    made = _opened(body)
    components = made.get("components")
    if isinstance(components, dict):
        made["components"] = _opened(components)
    for holder, key in ((made, "securityDefinitions"), (made.get("components"), "securitySchemes")):
        schemes = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or not isinstance(schemes, dict):
            continue
        placed = holder[key] = _opened(schemes)
        for settings in holders:
            auth = settings.get("Auth") if isinstance(settings, dict) else None
            authorizers = auth.get("Authorizers") if isinstance(auth, dict) else None
            for name, span in authorizers.keys_at.items() if isinstance(authorizers, Map) else ():
                if name in placed:
                    placed.keys_at.setdefault(name, span)
    return made


def _opened(value: dict[str, Any]) -> Map:
    """An object that can be given places."""
    return value.copy() if isinstance(value, Map) else Map(value)
