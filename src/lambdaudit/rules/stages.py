"""Stages of APIs: limits, logs, caches and variables."""

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Api, Route, Stage
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.unknown import known
from lambdaudit.rules.apis import open_routes
from lambdaudit.rules.contract import Outcome, fail, rule, skip
from lambdaudit.secrets.names import SECRET_ROLES, read

_NO_FUNCTION = "no route of its API calls a function"


def _functions(stage: Stage, audit: Audit) -> tuple[str, ...]:
    """The functions behind a stage's API. Raises NotKnown when none is known and one may be there."""
    routes = audit.of_api(Route, stage.api)
    found = tuple(sorted({r.function for r in routes if isinstance(r.function, str) and r.function}))
    if not found:
        for route in routes:
            known(route.function)
    return found


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-770", "OWASP:API4:2023", "T1499"))
def public_api_without_limit(stage: Stage, audit: Audit) -> Outcome:
    """A stage with routes for everyone sets no rate limit of its own.

    Why: Its callers share the account's limit for the region: one caller can use it up for all APIs, and run up cost.
    Fix: Set throttling on the stage, or put a web ACL with a rate rule in front.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """
    api = audit.find(Api, stage.api)
    if api is None or known(api.endpoint) == "PRIVATE":
        return skip("it is not a public API")
    if stage.throttled or stage.web_acl:
        return None
    routes = tuple(open_routes(api.id, audit))
    if routes:
        count = f"{len(routes)} open {'route' if len(routes) == 1 else 'routes'}"
        yield fail(
            f"stage {stage.name} of {api.name} has {count} and no rate limit",
            at=stage.where,
            functions=tuple(r.function for r in routes if isinstance(r.function, str)),
        )


@rule(Severity.INFO, persona="strict", maps=("CWE-693", "FSBP:APIGateway.4"))
def public_api_without_web_acl(stage: Stage, audit: Audit) -> Outcome:
    """A REST API with routes for everyone has no web ACL.

    Why: Nothing in front of the function stops oversized bodies, floods from one address or the usual injections.
    Fix: Associate a web ACL with size, rate and injection rules.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html
    """
    api = audit.find(Api, stage.api)
    if api is None or api.protocol != "REST" or known(api.endpoint) == "PRIVATE":
        return skip("it is not a public REST API; others take no web ACL")
    if stage.web_acl:
        return None
    if routes := tuple(open_routes(api.id, audit)):
        functions = tuple(r.function for r in routes if isinstance(r.function, str))
        yield fail(f"stage {stage.name} of {api.name} has no web ACL", at=stage.where, functions=functions)


@rule(Severity.INFO, persona="strict", maps=("CWE-778", "FSBP:APIGateway.9", "OWASP:S10:2017"))
def stage_without_access_log(stage: Stage, audit: Audit) -> Outcome:
    """A stage writes no access log.

    Why: Who called which route from where is not recorded.
    Fix: Set an access log destination and format on the stage.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if stage.access_log:
        return None
    if functions := _functions(stage, audit):
        yield fail(f"stage {stage.name} writes no access log", at=stage.where, functions=functions)
        return None
    return skip(_NO_FUNCTION)


@rule(Severity.MEDIUM, maps=("CWE-532", "OWASP:S3:2017"))
def stage_logs_bodies(stage: Stage, audit: Audit) -> Outcome:
    """A stage writes full request and response bodies to its execution log.

    Why: Passwords, tokens and personal data of every call end up in a log group.
    Fix: Switch data tracing off outside of debugging.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if not stage.data_trace:
        return None
    if functions := _functions(stage, audit):
        yield fail(f"stage {stage.name} logs full bodies", at=stage.where / "methodSettings", functions=functions)
        return None
    return skip(_NO_FUNCTION)


@rule(Severity.LOW, maps=("CWE-311", "FSBP:APIGateway.5"))
def stage_cache_unencrypted(stage: Stage, audit: Audit) -> Outcome:
    """A stage caches answers without encrypting them.

    Why: Cached answers hold what functions told their callers; who gets at the cache's storage reads them.
    Fix: Switch encryption of the cache on, for every method that is cached.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
    """
    if stage.cache_encrypted is None:
        return skip("it caches nothing")
    if stage.cache_encrypted:
        return None
    if functions := _functions(stage, audit):
        yield fail(f"stage {stage.name} caches answers unencrypted", at=stage.where / "methodSettings", functions=functions)
        return None
    return skip(_NO_FUNCTION)


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-312", "OWASP:S3:2017", "T1552"))
def stage_variable_secret(stage: Stage, audit: Audit) -> Outcome:
    """A stage variable has the name of a secret.

    Why: Everyone with apigateway:GET on the stage reads its variables; they also reach logs and integrations.
    Fix: Keep the secret in Secrets Manager, read it in the function, change it, and remove the variable.
    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html
    """
    if not stage.variables:
        return skip("it has no variables")
    for name in stage.variables:
        if read(name).role in SECRET_ROLES:
            message = f"stage {stage.name} has a variable {name}"
            yield fail(message, at=stage.where / "variables" / name, key=name)
