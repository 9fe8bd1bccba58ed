"""API Gateway: who may call which route."""

import re
from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.facts.routes import entry, reached, resources, title
from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Cors, Function
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_INVOKE = ("execute-api:Invoke",)
_CHANGES = {"POST", "PUT", "PATCH", "DELETE", "ANY"}


@rule(Severity.MEDIUM, maps=("CWE-306", "OWASP:API2:2023", "OWASP:S2:2017", "FSBP:APIGateway.8"))
def route_without_authorization(route: Route, audit: Audit) -> Outcome:
    """A route of an API calls a function for everyone, without authorization.

    Why: Every request from the internet reaches the handler; whatever it does with its input is open to anyone.
    Fix: Set AWS_IAM, a JWT or Cognito or Lambda authorizer on the route; or state that it is public on purpose.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
    """
    if route.method == "OPTIONS":
        return skip("preflight requests carry no credentials")
    api = audit.find(Api, route.api)
    if api is None:
        return skip("its API does not exist")
    if api.protocol == "WEBSOCKET" and route.id != entry(api, audit):
        return skip("WebSocket routes are authorized when the connection is made")
    functions = reached(route, api, audit)
    if not functions:
        return skip("no function stands behind it")
    if known(route.authorization) != "NONE":
        return None
    if known(api.endpoint) == "PRIVATE":
        return skip("a private API is reached through VPC endpoints only, which private-api-open judges")
    stages = audit.of_api(Stage, api.id)
    if not stages:
        return skip("the API is deployed to no stage")
    policy = known(api.policy)
    witness = next((w for r in resources(route, stages) for w in audit.public(policy, r, api.account, _INVOKE)), None)
    if policy is not None and witness is None:
        return None
    key = " (an API key is asked for, which identifies a plan, not a caller)" if route.api_key_required else ""
    yield fail(
        f"anyone can call {title(route)} of {api.name}{key}: it invokes {_names(functions)}"
        + ("; the API's resource policy lets everyone in" if policy else ""),
        at=route.where,
        severity=Severity.LOW if route.api_key_required else Severity.MEDIUM,
        evidence=(
            Evidence(where=route.where, text=f"authorization NONE on {title(route)}"),
            *(audit.proof(policy, witness) if policy and witness else ()),
        ),
        functions=functions,
    )


def _names(functions: tuple[str, ...]) -> str:
    return ", ".join(f.rpartition(":")[2] for f in functions[:4]) + (" …" if len(functions) > 4 else "")


@rule(Severity.HIGH, maps=("CWE-284", "OWASP:S5:2017"))
def private_api_open(api: Api, audit: Audit) -> Outcome:
    """A private API's policy lets every VPC endpoint in, those of other accounts included.

    Why: An endpoint for execute-api in anybody's VPC reaches private APIs whose policy does not name endpoints or VPCs.
    Fix: Bind the policy to your VPC endpoints with aws:SourceVpce.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html
    """
    if known(api.endpoint) != "PRIVATE":
        return skip("it is not a private API")
    policy = known(api.policy)
    if policy is None:
        return None
    for witness in audit.public(policy, f"{api.id}/*/*/*", api.account, _INVOKE):
        yield fail(f"{api.name} is private, but {witness.text}", at=policy.where, evidence=audit.proof(policy, witness))
        return None


def _guarded(authorizer: Authorizer, audit: Audit) -> tuple[Route, ...]:
    """The routes that ask an authorizer."""
    return tuple(r for r in audit.of_api(Route, authorizer.api) if r.authorizer == authorizer.id)


def _behind(routes: tuple[Route, ...]) -> tuple[str, ...]:
    return tuple(r.function for r in routes if isinstance(r.function, str) and r.function)


@rule(Severity.HIGH, maps=("CWE-863", "CWE-524", "OWASP:API5:2023", "OWASP:S5:2017"))
def authorizer_cache_leaks(authorizer: Authorizer, audit: Audit) -> Outcome:
    """A cached authorizer answer for one route is used for the others.

    Why: With simple responses the cached yes counts for every route that shares the authorizer; a token that is good for reading
    opens the route that deletes, as long as the answer is cached.
    Fix: Add $context.routeKey to the identity sources, or switch the cache off (TTL 0).
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    if not authorizer.simple_responses or not authorizer.ttl:
        return skip("answers are not cached, or they are policies for named routes")
    sources = " ".join(authorizer.identity_sources).lower()
    if "$context.routekey" in sources or ("$context.path" in sources and "$context.httpmethod" in sources):
        return None
    routes = _guarded(authorizer, audit)
    if len(routes) > 1:
        titles = sorted(map(title, routes))
        yield fail(
            f"{authorizer.name} caches its answer for {authorizer.ttl} s and serves {len(routes)} routes: "
            + ", ".join(titles[:6])
            + (" …" if len(titles) > 6 else ""),
            at=authorizer.where / "IdentitySource",
            functions=_behind(routes),
        )


@rule(Severity.MEDIUM, maps=("CWE-284", "OWASP:S2:2017"))
def authorizer_foreign(authorizer: Authorizer, audit: Audit) -> Outcome:
    """A function of another account decides who may call an API.

    Why: Whoever takes over that account lets in whom he likes, under any name, and sees every caller's token.
    Fix: Authorize with a function of your own, or name the account as trusted (--trusted-account).
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-cross-account-lambda-authorizer.html
    """
    account = audit.foreign(authorizer.function)
    if not account:
        return None
    routes = _guarded(authorizer, audit)
    if not routes:
        return skip("no route asks it")
    yield fail(
        f"{authorizer.name} asks {authorizer.function} of account {account} about {len(routes)} "
        + ("route" if len(routes) == 1 else "routes"),
        at=authorizer.where,
        functions=_behind(routes),
    )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-287", "OWASP:API2:2023", "OWASP:S2:2017"))
def jwt_without_audience(authorizer: Authorizer, audit: Audit) -> Outcome:
    """A JWT authorizer accepts tokens that were issued for other applications, or trusts an issuer over plain HTTP.

    Why: Without an audience every token of the issuer is good enough, also one that a user got for another application.
    Fix: Name the audience (client id) of this API, and use an HTTPS issuer.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    if authorizer.kind != "JWT":
        return skip("it is not a JWT authorizer")
    routes = _guarded(authorizer, audit)
    if not routes:
        return skip("no route asks it")
    where, functions = authorizer.where / "JwtConfiguration", _behind(routes)
    if not authorizer.audience:
        yield fail(f"{authorizer.name} names no audience", at=where, key="audience", functions=functions)
    if authorizer.issuer.lower().startswith("http://"):
        message = f"{authorizer.name} trusts an issuer over plain HTTP"
        yield fail(message, at=where, key="issuer", severity=Severity.HIGH, functions=functions)


@rule(Severity.LOW, persona="strict", maps=("CWE-863", "OWASP:API5:2023"))
def token_route_without_scope(route: Route, audit: Audit) -> Outcome:
    """A route that changes things takes every token of its issuer, whatever it was granted for.

    Why: Without a scope a token that an application got for reading works for writing as well, unless the function checks.
    Fix: Ask for a scope on the route.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    if route.method not in _CHANGES or known(route.authorization) not in ("JWT", "COGNITO_USER_POOLS"):
        return skip("it changes nothing, or is not authorized by a token's claims")
    if not known(route.function):
        return skip("no function stands behind it")
    if not route.scopes:
        yield fail(f"{title(route)} asks for no scope", at=route.where)


@rule(Severity.LOW, persona="strict", maps=("CWE-20", "OWASP:S1:2017"))
def route_without_validation(route: Route, audit: Audit) -> Outcome:
    """A REST API passes bodies to a function without checking them against a model.

    Why: Whatever a caller sends reaches the code, odd types, sizes and fields included.
    Fix: Give the method a request model and a request validator, and validate in the function as well.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    if route.method not in ("POST", "PUT", "PATCH") or not known(route.function):
        return skip("it takes no body, or calls no function")
    api = audit.find(Api, route.api)
    if api is None or api.protocol != "REST":
        return skip("only REST APIs validate requests")
    if not route.request_validator:
        yield fail(f"{title(route)} of {api.name} has no request validator", at=route.where)


_STORES = (
    ("DynamoDB tables", ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"), ("dynamodb:PutItem", "dynamodb:DeleteItem")),
    ("S3 objects", ("s3:GetObject",), ("s3:PutObject", "s3:DeleteObject")),
    ("secrets", ("secretsmanager:GetSecretValue",), ("secretsmanager:PutSecretValue",)),
    ("RDS databases", ("rds-data:ExecuteStatement",), ("rds-data:BatchExecuteStatement",)),
)


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-250", "OWASP:S5:2017"))
def monolith_behind_greedy_route(route: Route, audit: Audit) -> Outcome:
    """One function serves every method of every path, with a role that reads and writes several stores.

    Why: A flaw in the least important path has the rights of the most important one.
    Fix: Give the paths with other needs functions and roles of their own.
    See: https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/security-pillar.html
    """
    if route.method != "ANY" or not (route.path == "$default" or "+}" in route.path):
        return skip("the route names its method or path")
    api = audit.find(Api, route.api)
    if api and api.protocol == "WEBSOCKET":
        return skip("its messages have routes of their own")
    function = audit.find(Function, known(route.function)) if known(route.function) else None
    role = audit.role(function) if function else None
    if function is None or role is None:
        return skip("no function with a role stands behind it")
    stores = [name for name, read, write in _STORES if audit.can(role, read) and audit.can(role, write)]
    if len(stores) > 1:
        yield fail(
            f"{title(route)} gives everything to {function.name}, whose role reads and writes "
            f"{', '.join(stores[:-1])} and {stores[-1]}",
            at=route.where,
            functions=(function.id,),
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-942", "OWASP:S6:2017"))
def cors_allows_any_origin(asset: Function | Alias | Api, audit: Audit) -> Outcome:
    """Cross-origin settings let every web site call with the user's credentials.

    Why: The answer names the calling site as allowed, whichever it is: a page of the attacker's reads what the visitor's cookies
    open.
    Fix: Name the origins that may call, or do not allow credentials.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
         https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    cors, where = _cross_origin(asset, audit)
    if cors is None or not cors.credentials:
        return skip("no cross-origin credentials are allowed, or only signed requests are answered")
    wide = [origin for origin in cors.origins if origin in ("*", "https://*", "http://*", "null")]
    if wide:
        yield fail(f"{asset.name} allows credentials from origin {wide[0]}", at=where)


@rule(Severity.LOW, maps=("CWE-942", "CWE-319"))
def cors_trusts_plain_http(asset: Function | Alias | Api, audit: Audit) -> Outcome:
    """Cross-origin settings let a site without TLS call with the user's credentials.

    Why: Who sits between a visitor and that site puts a script into its pages, which then reads what the visitor's cookies open.
    Fix: Allow the site's HTTPS origin only.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
         https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    cors, where = _cross_origin(asset, audit)
    if cors is None or not cors.credentials:
        return skip("no cross-origin credentials are allowed, or only signed requests are answered")
    plain = [o for o in cors.origins if o.lower().startswith("http://") and o != "http://*" and not _LOCAL.match(o)]
    if plain:
        yield fail(f"{asset.name} allows credentials from {', '.join(plain[:4])}", at=where)


_LOCAL = re.compile(r"http://(localhost|127\.|\[::1\])", re.IGNORECASE)


def _cross_origin(asset: Function | Alias | Api, audit: Audit) -> tuple[Cors | None, Where]:
    """The cross-origin settings that browsers get to see. A browser signs nothing by itself, so URLs with IAM have none."""
    if isinstance(asset, Api):
        return known(asset.cors), asset.where / "CorsConfiguration"
    url = audit.open_url(asset)
    return (url.cors, url.where / "Cors") if url else (None, asset.where)


def open_routes(api: str, audit: Audit) -> Iterator[Route]:
    """Routes of an API that call a function for anyone: neither authorization nor API key is asked for.

    Raises NotKnown at the end, when it has given none and one may be among those that were not read in full.
    """
    routes = [r for r in audit.of_api(Route, api) if r.method != "OPTIONS" and not r.api_key_required]
    found = [r for r in routes if r.authorization == "NONE" and isinstance(r.function, str) and r.function]
    yield from found
    if not found:
        for route in routes:
            if isinstance(route.authorization, Unknown) or route.authorization == "NONE":
                known(route.function)
            if isinstance(route.function, Unknown) or route.function:
                known(route.authorization)
