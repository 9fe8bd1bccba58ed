"""API Gateway: who may call which route, and what stands in front of it."""

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_METHODS_THAT_CHANGE = {"POST", "PUT", "PATCH", "DELETE", "ANY"}


def _routes(api: str, audit: Audit) -> tuple[Route, ...]:
    return tuple(r for r in audit.every(Route) if r.api == api)


@rule(Severity.MEDIUM, maps=("CWE-306", "OWASP:API2", "OWASP:SLS-A2", "FSBP:APIGateway.8"))
def route_without_authorization(route: Route, audit: Audit) -> Outcome:
    """A route of an API calls a function for everyone, without authorization.

    Why: Every request from the internet reaches the handler; whatever it does with its input is open to anyone.
    Fix: Set AWS_IAM, a JWT or Cognito or Lambda authorizer on the route; or state that it is public on purpose.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
    """
    if route.method == "OPTIONS":
        return skip("preflight requests carry no credentials")
    if not known(route.function):
        return skip("no function stands behind it")
    if route.path in ("$disconnect",) or (route.path.startswith("$") and route.path not in ("$connect", "$default")):
        return skip("WebSocket routes are authorized when the connection is made")
    api = audit.find(Api, route.api)
    if api is None:
        return skip("its API does not exist")
    if api.protocol == "WEBSOCKET" and route.path != "$connect":
        return skip("WebSocket routes are authorized when the connection is made")
    if known(route.authorization) != "NONE":
        return None
    if known(api.endpoint) == "PRIVATE":
        return skip("a private API is reached through VPC endpoints only, which private-api-open judges")
    reach = _reach(api, audit)
    if reach is not None:
        key = " (an API key is asked for, which identifies a plan, not a caller)" if route.api_key_required else ""
        yield fail(
            f"anyone can call {route.method} {route.path} of {api.name}{key}: it invokes {_function_name(route)}{reach}",
            at=route.where,
            severity=Severity.LOW if route.api_key_required else Severity.MEDIUM,
            evidence=(Evidence(where=route.where, text=f"authorization NONE on {route.method} {route.path}"),),
        )


def _reach(api: Api, audit: Audit) -> str | None:
    """None when the API's resource policy keeps strangers out; otherwise words about what it says."""
    policy = known(api.policy)
    if policy is None:
        return ""
    if audit.public(policy, f"{api.id}/*/*/*", api.account, ("execute-api:Invoke",)):
        return "; the API's resource policy lets everyone in"
    return None


def _function_name(route: Route) -> str:
    return known(route.function).split(":")[-1]


@rule(Severity.HIGH, maps=("CWE-284", "FSBP:APIGateway.1"))
def private_api_open(api: Api, audit: Audit) -> Outcome:
    """A private API's policy lets every VPC endpoint in, those of other accounts included.

    Why: An endpoint for execute-api in anybody's VPC reaches private APIs whose policy does not name endpoints or VPCs.
    Fix: Bind the policy to your VPC endpoints with aws:SourceVpce.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html
    """
    if known(api.endpoint) != "PRIVATE":
        return skip("it is not a private API")
    policy = known(api.policy)
    for witness in audit.public(policy, f"{api.id}/*/*/*", api.account, ("execute-api:Invoke",)):
        assert policy is not None
        yield fail(f"{api.name} is private, but {witness.text}", at=policy.where, evidence=audit.proof(policy, witness))
        return None


@rule(Severity.HIGH, maps=("CWE-524", "CWE-639", "OWASP:API1"))
def authorizer_cache_leaks(authorizer: Authorizer, audit: Audit) -> Outcome:
    """A cached authorizer answer for one route is used for the others.

    Why: With simple responses the cached yes counts for every route that shares the authorizer; a token that is good for reading
    opens the route that deletes, as long as the answer is cached.
    Fix: Add $context.routeKey to the identity sources, or switch the cache off (TTL 0).
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    if not authorizer.simple_responses or not authorizer.ttl:
        return skip("answers are not cached, or they are policies for named routes")
    if any("routekey" in source.lower() for source in authorizer.identity_sources):
        return None
    users = [r for r in _routes(authorizer.api, audit) if r.authorizer == authorizer.id]
    if len(users) > 1:
        mixed = {r.method in _METHODS_THAT_CHANGE for r in users} == {True, False}
        yield fail(
            f"{authorizer.name} caches its answer for {authorizer.ttl} s and serves {len(users)} routes: "
            + ", ".join(sorted(f"{r.method} {r.path}" for r in users)[:6]),
            at=authorizer.where / "IdentitySource",
            severity=Severity.HIGH if mixed or len(users) > 1 else Severity.MEDIUM,
            functions=tuple(known(r.function) for r in users if r.function),
        )


@rule(Severity.LOW, maps=("CWE-287", "OWASP:API2"))
def jwt_without_audience(authorizer: Authorizer, audit: Audit) -> Outcome:
    """A JWT authorizer accepts tokens that were issued for other applications, or trusts an issuer over plain HTTP.

    Why: Without an audience every token of the issuer is good enough, also one that a user got for another application.
    Fix: Name the audience (client id) of this API, and use an HTTPS issuer.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    if authorizer.kind != "JWT":
        return skip("it is not a JWT authorizer")
    if not authorizer.audience:
        yield fail(f"{authorizer.name} names no audience", at=authorizer.where / "JwtConfiguration", key="audience")
    if authorizer.issuer.startswith("http://"):
        yield fail(
            f"{authorizer.name} trusts an issuer over plain HTTP",
            at=authorizer.where / "JwtConfiguration",
            key="issuer",
            severity=Severity.HIGH,
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-1059", "OWASP:SLS-A7"))
def monolith_behind_greedy_route(route: Route, audit: Audit) -> Outcome:
    """One function serves every method of every path, with a role that reads and writes several stores.

    Why: A flaw in the least important path has the rights of the most important one.
    Fix: Give the paths with other needs functions and roles of their own.
    See: https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/security.html
    """
    if route.method not in ("ANY", "$default") or not (route.path == "$default" or "+}" in route.path):
        return skip("the route names its method and path")
    function = audit.find(Function, known(route.function)) if known(route.function) else None
    role = audit.role(function) if function else None
    if function is None or role is None:
        return skip("no function with a role stands behind it")
    stores = [name for name, read, write in _STORES if audit.can(role, read) and audit.can(role, write)]
    if len(stores) > 1:
        yield fail(
            f"{route.method} {route.path} gives everything to {function.name}, whose role reads and writes {_join(stores)}",
            at=route.where,
            functions=(function.id,),
        )


_STORES = (
    ("DynamoDB tables", ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"), ("dynamodb:PutItem", "dynamodb:DeleteItem")),
    ("S3 objects", ("s3:GetObject",), ("s3:PutObject", "s3:DeleteObject")),
    ("secrets", ("secretsmanager:GetSecretValue",), ("secretsmanager:PutSecretValue",)),
    ("queues", ("sqs:ReceiveMessage",), ("sqs:SendMessage",)),
    ("RDS databases", ("rds-data:ExecuteStatement",), ("rds-data:BatchExecuteStatement",)),
)


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


@rule(Severity.MEDIUM, maps=("CWE-942",))
def cors_allows_any_origin(asset: Function | Api, audit: Audit) -> Outcome:
    """Cross-origin settings let every web site call with the user's credentials.

    Why: A page of the attacker's reads the answers with the visitor's cookies or signed-in session.
    Fix: Name the origins that may call, or do not allow credentials.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
    """
    if isinstance(asset, Function):
        url = known(asset.url)
        cors, where = (url.cors if url else None), (url.where / "Cors" if url else asset.where)
    else:
        cors, where = known(asset.cors), asset.where / "CorsConfiguration"
    if cors is None or not cors.credentials:
        return skip("no cross-origin credentials are allowed")
    wide = [origin for origin in cors.origins if origin in ("*", "https://*", "http://*", "null")]
    if wide:
        yield fail(f"{asset.name} allows credentials from origin {wide[0]}", at=where)


@rule(Severity.INFO, persona="strict", maps=("CWE-778", "FSBP:APIGateway.9"))
def stage_without_access_log(stage: Stage, audit: Audit) -> Outcome:
    """A stage writes no access log.

    Why: Who called which route from where is not recorded.
    Fix: Set an access log destination and format on the stage.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if not stage.access_log:
        yield fail(f"stage {stage.name} writes no access log", at=stage.where)


@rule(Severity.MEDIUM, maps=("CWE-532",))
def stage_logs_bodies(stage: Stage, audit: Audit) -> Outcome:
    """A stage writes full request and response bodies to its execution log.

    Why: Passwords, tokens and personal data of every call end up in a log group.
    Fix: Switch data tracing off outside of debugging.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if stage.data_trace:
        yield fail(f"stage {stage.name} logs full bodies", at=stage.where / "methodSettings")


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-770", "OWASP:SLS-A8"))
def public_api_without_limit(stage: Stage, audit: Audit) -> Outcome:
    """A public API's stage sets no rate limit of its own.

    Why: Its callers share the account's limit for the region: one caller can use it up for all APIs, and run up cost.
    Fix: Set throttling on the stage, or a usage plan or web ACL with a rate rule.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """
    api = audit.find(Api, stage.api)
    if api is None or known(api.endpoint) == "PRIVATE":
        return skip("it is not a public API")
    open_routes = [r for r in _routes(api.id, audit) if r.method != "OPTIONS" and known(r.authorization) == "NONE"]
    if open_routes and not stage.throttled and not stage.web_acl:
        count = f"{len(open_routes)} open {'route' if len(open_routes) == 1 else 'routes'}"
        yield fail(f"stage {stage.name} of {api.name} has {count} and no rate limit", at=stage.where)
