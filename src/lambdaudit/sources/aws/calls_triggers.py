"""The call table, what calls functions: API Gateway, EventBridge, SNS, load balancers, user pools and other services.

A service that calls a function through the function's policy is asked only when a policy names it; one that calls through a
role only when some role lets it. That keeps an account without it at no cost.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from fnmatch import fnmatchcase
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.call import INHABITED, SETTLED, Ask, Call, Pages, Sight, Want, argument, fixed
from lambdaudit.sources.aws.refs import ANY, exact, mentioned, table, text

POLICY = "lambda:GetPolicy"


def _if_source(service: str) -> Ask:
    """Ask once for the region when a policy lets `service` call."""

    def ask(sight: Sight) -> Iterator[Want]:
        if sight.grants.sources(service):
            yield Want()

    return ask


def _if_invoking(service: str) -> Ask:
    """Ask once for the region when some role lets `service` call functions."""

    def ask(sight: Sight) -> Iterator[Want]:
        if sight.scene.roles.invoking(service):
            yield Want()

    return ask


def _if_at_the_edge(sight: Sight) -> Iterator[Want]:
    """Ask once when some role trusts Lambda@Edge, without which no function runs there."""
    if sight.scene.roles.trusting("edgelambda"):
        yield Want()


def _following(
    row: str, service: str, name: str, field: str, subject: str, named_by: Callable[[str], str] = str, role: bool = False
) -> dict[str, Ask]:
    """When to ask about a listed thing: as soon as a policy names it as a source, in whatever order both come.

    `name` is the list call, `field` and `subject` where its records and their names are; `named_by` gives the glob of such
    names that a source means. With `role` all of them are asked about once some role lets the service call functions,
    because then no policy has to name them.
    """
    noted, listed = row + name, f"{row}{name} listed"

    def wanted(names: Set[str], sources: Iterable[str]) -> Iterator[Want]:
        for one in sorted({named_by(source) for source in sources}):
            if any(c in one for c in "*?["):
                yield from (Want(name) for name in sorted(names) if fnmatchcase(name, one))
            elif one in names:
                yield Want(one)

    def so_far(sight: Sight) -> Set[str]:
        return sight.scene.patterns.get((sight.region, listed), frozenset())

    def on_policy(sight: Sight) -> Iterator[Want]:
        new = sight.scene.note(sight.region, noted, sight.grants.sources(service))
        return wanted(so_far(sight), new)

    def on_list(sight: Sight) -> Iterator[Want]:
        names = [one for item in sight.items(field) if (one := text(item.get(subject)))]
        new = sight.scene.note(sight.region, listed, names)
        return wanted(new, sight.scene.patterns.get((sight.region, noted), ()))

    def on_settled(sight: Sight) -> Iterator[Want]:
        through = sight.scene.roles.invoking(service)
        new = sight.scene.note(sight.region, noted, [ANY] if through else [])
        return wanted(so_far(sight), new)

    return {POLICY: on_policy, name: on_list} | ({SETTLED: on_settled} if role else {})


def _api_named_by(source: str) -> str:
    """The API in an execute-api source (``arn:…:execute-api:region:account:API/stage/METHOD/path``); any when it is none."""
    arn = parse_arn(source)
    return ANY if arn is None else arn.resource.partition("/")[0]


def _rest_api(row: str) -> dict[str, Ask]:
    return _following(row, "apigateway", "apigateway:GetRestApis", "items", "id", _api_named_by, role=True)


def _http_api(row: str) -> dict[str, Ask]:
    return _following(row, "apigateway", "apigatewayv2:GetApis", "Items", "ApiId", _api_named_by, role=True)


_RULES = _following("targets", "events", "events:ListRules", "Rules", "Arn")
_APIS: dict[str, Ask] = {POLICY: _if_source("apigateway"), SETTLED: _if_invoking("apigateway")}


def _rest_authorizers(sight: Sight) -> Iterator[Want]:
    for resource in sight.items("items"):
        for method in table(resource.get("resourceMethods")).values():
            if table(method).get("authorizerId"):
                yield Want(sight.subject)
                return


def _http_authorizers(sight: Sight) -> Iterator[Want]:
    if any(route.get("AuthorizerId") for route in sight.items("Items")):
        yield Want(sight.subject)


def _buses(sight: Sight) -> Iterator[Want]:
    if sight.grants.sources("events"):
        yield Want()


def _bus_destinations(sight: Sight) -> Iterator[Want]:
    if any(mentioned(sight.page, "events")):
        yield Want()


def _rules_of_buses(sight: Sight) -> Iterator[Want]:
    """The rules of every bus; of the default bus alone when the buses could not be listed."""
    if sight.page is None:
        yield Want(f"arn:{sight.scene.partition}:events:{sight.region}:{sight.scene.account}:event-bus/default")
    for bus in sight.items("EventBuses"):
        yield Want(text(bus.get("Arn")))


def _bus_arguments(subject: str) -> dict[str, Any]:
    return {"EventBusName": subject.partition(":event-bus/")[2] or "default"}


def _named_rules(sight: Sight) -> Iterator[Want]:
    """Rules that a policy names in full need no list before their targets are read."""
    for source in sight.grants.sources("events"):
        arn = sight.scene.own(source, "events")
        if arn is not None and arn.resource.startswith("rule/") and arn.region == sight.region:
            yield Want(source)
    yield from _RULES[POLICY](sight)


def _rule_arguments(subject: str) -> dict[str, Any]:
    bus, _, rule = subject.partition(":rule/")[2].rpartition("/")
    return {"Rule": rule, "EventBusName": bus or "default"}


def _user_pools(sight: Sight) -> Iterator[Want]:
    for source in sight.grants.sources("cognito-idp"):
        arn = sight.scene.own(source, "cognito-idp")
        if arn is not None and arn.region == sight.region:
            yield Want(arn.resource.partition("/")[2])


def _any_pools(sight: Sight) -> Iterator[Want]:
    if not all(exact(source) for source in sight.grants.sources("cognito-idp")):
        yield Want()


def _listed_pools(sight: Sight) -> Iterator[Want]:
    for pool in sight.items("UserPools"):
        yield Want(text(pool.get("Id")))


def _lambda_target_groups(sight: Sight) -> Iterator[Want]:
    for group in sight.items("TargetGroups"):
        if group.get("TargetType") == "lambda":
            yield Want(text(group.get("TargetGroupArn")))


def _topic_rules(sight: Sight) -> Iterator[Want]:
    for source in sight.grants.sources("iot"):
        arn = sight.scene.own(source, "iot")
        if arn is not None and arn.region == sight.region:
            yield Want(arn.resource.partition("/")[2])


def _any_topic_rules(sight: Sight) -> Iterator[Want]:
    if not all(exact(source) for source in sight.grants.sources("iot")):
        yield Want()


def _each(field: str, subject: str) -> Ask:
    """One question for each record of the list that just came."""

    def ask(sight: Sight) -> Iterator[Want]:
        for item in sight.items(field):
            yield Want(text(item.get(subject)))

    return ask


def _everywhere(_sight: Sight) -> Iterator[Want]:
    yield Want()


def _api(service: str, operation: str, path: str, **more: Any) -> Call:
    """A row for API Gateway, whose one action GET is limited by the paths that the policy names."""
    return Call(
        service=service,
        operation=operation,
        actions=("apigateway:GET",),
        feature="triggers",
        resources=(f"arn:{{partition}}:apigateway:*::{path}",),
        **{"group": "apigateway", "absent": frozenset({"NotFoundException"})} | more,
    )


def _trigger(service: str, operation: str, when: dict[str, Ask], pages: Pages | None = None, **more: Any) -> Call:
    prefix = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}.get(service, service)
    actions = (f"{prefix}:{operation}",)
    return Call(service=service, operation=operation, actions=actions, when=when, pages=pages, feature="triggers", **more)


_REST_PAGES = Pages("position", "position", ("items",))
_HTTP_PAGES = Pages("NextToken", "NextToken", ("Items",))


def _token_pages(field: str) -> Pages:
    return Pages("NextToken", "NextToken", (field,))


def _small_token_pages(field: str) -> Pages:
    return Pages("nextToken", "nextToken", (field,))


TRIGGERS: tuple[Call, ...] = (
    _api("apigateway", "GetRestApis", "/restapis", when=_APIS, fixed=fixed(limit=500), pages=_REST_PAGES, urgency=1),
    _api(
        "apigateway",
        "GetResources",
        "/restapis/*/resources",
        when=_rest_api("resources"),
        arguments=argument("restApiId"),
        fixed=fixed(embed=["methods"], limit=500),
        pages=_REST_PAGES,
        group="apigateway:GetResources",
        urgency=2,
    ),
    _api("apigateway", "GetStages", "/restapis/*/stages", when=_rest_api("stages"), arguments=argument("restApiId")),
    _api(
        "apigateway",
        "GetAuthorizers",
        "/restapis/*/authorizers",
        when={"apigateway:GetResources": _rest_authorizers},
        arguments=argument("restApiId"),
        fixed=fixed(limit=500),
        pages=_REST_PAGES,
    ),
    _api("apigatewayv2", "GetApis", "/apis", when=_APIS, fixed=fixed(MaxResults="500"), pages=_HTTP_PAGES, urgency=1),
    *(
        _api(
            "apigatewayv2",
            operation,
            f"/apis/*/{path}",
            when={"apigatewayv2:GetRoutes": _http_authorizers} if path == "authorizers" else _http_api(path),
            arguments=argument("ApiId"),
            fixed=fixed(MaxResults="500"),
            pages=_HTTP_PAGES,
        )
        for operation, path in (
            ("GetRoutes", "routes"),
            ("GetIntegrations", "integrations"),
            ("GetStages", "stages"),
            ("GetAuthorizers", "authorizers"),
        )
    ),
    _trigger(
        "events",
        "ListEventBuses",
        {POLICY: _buses, "lambda:ListFunctionEventInvokeConfigs": _bus_destinations},
        _token_pages("EventBuses"),
        fixed=fixed(Limit=100),
    ),
    _trigger(
        "events",
        "ListRules",
        {"events:ListEventBuses": _rules_of_buses},
        _token_pages("Rules"),
        arguments=_bus_arguments,
        fixed=fixed(Limit=100),
        absent=frozenset({"ResourceNotFoundException"}),
    ),
    _trigger(
        "events",
        "ListTargetsByRule",
        _RULES | {POLICY: _named_rules},
        _token_pages("Targets"),
        arguments=_rule_arguments,
        fixed=fixed(Limit=100),
        absent=frozenset({"ResourceNotFoundException"}),
    ),
    _trigger("sns", "ListSubscriptions", {INHABITED: _everywhere}, _token_pages("Subscriptions")),
    _trigger(
        "cognito-idp",
        "ListUserPools",
        {POLICY: _any_pools},
        _token_pages("UserPools"),
        fixed=fixed(MaxResults=60),
    ),
    _trigger(
        "cognito-idp",
        "DescribeUserPool",
        {POLICY: _user_pools, "cognito-idp:ListUserPools": _listed_pools},
        arguments=argument("UserPoolId"),
        absent=frozenset({"ResourceNotFoundException"}),
    ),
    _trigger(
        "elbv2",
        "DescribeTargetGroups",
        {POLICY: _if_source("elasticloadbalancing")},
        Pages("Marker", "NextMarker", ("TargetGroups",)),
        fixed=fixed(PageSize=400),
    ),
    _trigger(
        "elbv2",
        "DescribeLoadBalancers",
        {POLICY: _if_source("elasticloadbalancing")},
        Pages("Marker", "NextMarker", ("LoadBalancers",)),
        fixed=fixed(PageSize=400),
    ),
    _trigger(
        "elbv2",
        "DescribeTargetHealth",
        {"elbv2:DescribeTargetGroups": _lambda_target_groups},
        arguments=argument("TargetGroupArn"),
        absent=frozenset({"TargetGroupNotFound", "TargetGroupNotFoundException"}),
    ),
    _trigger("iot", "ListTopicRules", {POLICY: _any_topic_rules}, _small_token_pages("rules"), fixed=fixed(maxResults=250)),
    _trigger(
        "iot",
        "GetTopicRule",
        {POLICY: _topic_rules, "iot:ListTopicRules": _each("rules", "ruleName")},
        arguments=argument("ruleName"),
    ),
    _trigger("config", "DescribeConfigRules", {POLICY: _if_source("config")}, _token_pages("ConfigRules")),
    _trigger("ses", "DescribeActiveReceiptRuleSet", {POLICY: _if_source("ses")}),
    _trigger(
        "cloudfront",
        "ListDistributions",
        {SETTLED: _if_at_the_edge},
        Pages("Marker", "NextMarker", ("Items",), "IsTruncated"),
        fixed=fixed(MaxItems="100"),
        inside="DistributionList",
        home="global",
    ),
    _trigger("pipes", "ListPipes", {SETTLED: _if_invoking("pipes")}, _token_pages("Pipes"), fixed=fixed(Limit=100)),
    _trigger(
        "scheduler",
        "ListSchedules",
        {SETTLED: _if_invoking("scheduler")},
        _token_pages("Schedules"),
        fixed=fixed(MaxResults=100),
    ),
    _trigger(
        "stepfunctions",
        "ListStateMachines",
        {SETTLED: _if_invoking("states")},
        _small_token_pages("stateMachines"),
        fixed=fixed(maxResults=1000),
    ),
    _trigger(
        "stepfunctions",
        "DescribeStateMachine",
        {"stepfunctions:ListStateMachines": _each("stateMachines", "stateMachineArn")},
        arguments=argument("stateMachineArn"),
        absent=frozenset({"StateMachineDoesNotExist"}),
    ),
    _trigger(
        "appsync",
        "ListGraphqlApis",
        {SETTLED: _if_invoking("appsync")},
        _small_token_pages("graphqlApis"),
        fixed=fixed(maxResults=25),
    ),
    _trigger(
        "appsync",
        "ListDataSources",
        {"appsync:ListGraphqlApis": _each("graphqlApis", "apiId")},
        _small_token_pages("dataSources"),
        arguments=argument("apiId"),
        fixed=fixed(maxResults=25),
        absent=frozenset({"NotFoundException"}),
    ),
)
