"""Routes of APIs: what a caller reaches through them, and whether anyone may call them."""

import re
from collections.abc import Iterator

from lambdaudit.facts.audit import Audit
from lambdaudit.model.apis import Api, Route, Stage
from lambdaudit.model.unknown import known

INVOKE = ("execute-api:Invoke",)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


def title(route: Route) -> str:
    """How a route is spelled: ``GET /orders``, ``$default``."""
    return route.path if route.path.startswith("$") else f"{route.method} {route.path}"


def entry(api: Api, audit: Audit) -> str:
    """The route that stands for connecting to a WebSocket API; without ``$connect`` nobody is asked, whichever route it is."""
    routes = audit.of_api(Route, api.id)
    return next((r.id for r in routes if r.path == "$connect"), routes[0].id if routes else "")


def reached(route: Route, api: Api, audit: Audit) -> tuple[str, ...]:
    """Functions that a caller reaches who gets past a route: on a WebSocket connection those of every route."""
    routes = audit.of_api(Route, api.id) if api.protocol == "WEBSOCKET" else (route,)
    found = tuple(sorted({r.function for r in routes if isinstance(r.function, str) and r.function}))
    if not found:
        for r in routes:
            known(r.function)
    return found


def resources(route: Route, stages: tuple[Stage, ...]) -> Iterator[str]:
    """ARNs of requests that a route takes, as resource policies name them: each stage, each method, some value for a variable."""
    path = re.sub(r"\{[^{}]*\}", "x", route.path.lstrip("/"))
    for stage in stages:
        for method in _METHODS if route.method == "ANY" else (route.method,):
            yield f"{route.api}/{stage.name}/{method}/{path}"


def open_to_all(route: Route, audit: Audit) -> bool:
    """Whether anyone on the internet can call a route without credentials. Raises NotKnown when what decides was not read."""
    api = audit.find(Api, route.api)
    if api is None or known(route.authorization) != "NONE" or known(api.endpoint) == "PRIVATE":
        return False
    if api.protocol == "WEBSOCKET" and (first := entry(api, audit)) != route.id:
        return any(r.id == first and r.authorization == "NONE" for r in audit.of_api(Route, api.id))
    stages = audit.of_api(Stage, api.id)
    policy = known(api.policy)
    if policy is None:
        return bool(stages)
    return any(audit.public(policy, r, api.account, INVOKE) for r in resources(route, stages))
