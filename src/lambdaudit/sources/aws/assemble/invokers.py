"""What else invokes functions: pipes, schedules, user pools, load balancers, topic rules, state machines and other services.

Only those with a function behind them become assets. What could not be read is a missing row of the kind.
"""

from collections.abc import Callable
from typing import Any

from lambdaudit.model.invokers import Invoker
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key
from lambdaudit.sources.invoking import (
    AUTHORIZER,
    BALANCER,
    EDGE,
    GRAPHQL,
    MAIL,
    SIGN_UP,
    functions_among,
    functions_of,
    is_function,
    objects_in,
)


def invokers(b: Builder) -> None:
    """Add all of them."""
    for add in (_pipes, _schedules, _machines, _graphql, _pools, _groups, _topic_rules, _config_rules, _receipt_rules, _edges):
        add(b)


def _lists(b: Builder, service: str, operation: str) -> None:
    """A list that could not be read, or not to its end, hides invokers."""
    for key, gap in b.raw.gaps(service, operation):
        b.miss("invoker", gap, key.account, key.region, clean(key.subject))


def _add(
    b: Builder, key: Key, record: Fields, arn: str, service: str, kind: str, targets: Maybe[tuple[str, ...]], **more: Any
) -> None:
    if not isinstance(targets, Unknown) and not targets:
        return
    record.about(arn)
    name = more.pop("name", "") or arn.rpartition("/")[2] or arn
    b.add(
        Invoker(
            id=arn,
            name=name,
            where=record.where,
            account=key.account,
            region=key.region,
            tags=Unknown("not asked"),
            service=service,
            kind=kind,
            targets=targets,
            **more,
        ),
        record,
    )


def _each(b: Builder, service: str, operation: str, field: str, build: Callable[[Key, Fields], None]) -> None:
    _lists(b, service, operation)
    for key, record in b.records(service, operation, field, "invoker"):
        build(key, record)


def _text(record: Fields, name: str) -> str:
    return record.plain(record.text(name, ""), "")


def _identified(b: Builder, key: Key, record: Fields, name: str, service: str, resource: str) -> str:
    arn = b.identity(record, name, service, resource)
    if not arn:
        b.lost(("invoker",), key.account, key.region, record.where, f"odd record: no {name}")
    return arn


def _pipes(b: Builder) -> None:
    def build(key: Key, record: Fields) -> None:
        arn = _identified(b, key, record, "Arn", "pipes", "pipe/")
        targets = functions_among(record.take("Target"), record.take("Enrichment"))
        if arn:
            state = _text(record, "CurrentState") or _text(record, "DesiredState")
            _add(b, key, record, arn, "pipes", "pipe", targets, state=state, source=_text(record, "Source"))

    _each(b, "pipes", "ListPipes", "Pipes", build)


def _schedules(b: Builder) -> None:
    def build(key: Key, record: Fields) -> None:
        arn = _identified(b, key, record, "Arn", "scheduler", "schedule/")
        target = record.build("Target", lambda f: functions_among(sure(f.text("Arn", ""))), ())
        if arn:
            group = _text(record, "GroupName")
            detail = (("group", group),) if group not in ("", "default") else ()
            _add(b, key, record, arn, "scheduler", "schedule", target, state=_text(record, "State"), schedule="by its schedule",
                 detail=detail)  # fmt: skip

    _each(b, "scheduler", "ListSchedules", "Schedules", build)


def _machines(b: Builder) -> None:
    _lists(b, "stepfunctions", "ListStateMachines")
    for key, answer in b.raw.each("stepfunctions", "DescribeStateMachine"):
        if isinstance(answer, Unknown):
            b.miss("invoker", answer, key.account, key.region, clean(key.subject))
        elif not answer.absent:
            record = Fields(answer.data, place(key))
            arn = _identified(b, key, record, "stateMachineArn", "states", "stateMachine:")
            if arn:
                functions = functions_of(_text(record, "definition"), b.arn(key, "lambda", "function:"))
                _add(b, key, record, arn, "states", "state machine", functions, name=arn.rpartition(":")[2],
                     detail=(("type", _text(record, "type")),))  # fmt: skip


def _graphql(b: Builder) -> None:
    _lists(b, "appsync", "ListGraphqlApis")
    _lists(b, "appsync", "ListDataSources")
    apis: dict[tuple[str, str, str], tuple[str, str]] = {}
    for key, record in b.records("appsync", "ListGraphqlApis", "graphqlApis", "invoker"):
        arn = _identified(b, key, record, "arn", "appsync", "apis/")
        more = record.each("additionalAuthenticationProviders", _provider, ())
        providers = (("", ""),) if isinstance(more, Unknown) else more
        kinds = {_text(record, "authenticationType"), *(kind for kind, _ in providers)}
        private = _text(record, "visibility") == "PRIVATE"
        outside = GRAPHQL if "API_KEY" in kinds and not private else ""
        apis[key.account, key.region, _text(record, "apiId")] = (arn, outside)
        first = record.build("lambdaAuthorizerConfig", lambda f: sure(f.text("authorizerUri", "")), "")
        authorizer = first if isinstance(first, Unknown) else functions_among(first, *(function for _, function in providers))
        if arn:
            detail = (("authentication", ", ".join(sorted(filter(None, kinds)))),)
            _add(b, key, record, arn, "appsync", "GraphQL API's authorizer", authorizer, name=_text(record, "name"),
                 detail=detail, outside="" if private else AUTHORIZER)  # fmt: skip
    for key, record in b.records("appsync", "ListDataSources", "dataSources", "invoker"):
        api, outside = apis.get((key.account, key.region, clean(key.subject)), ("", ""))
        arn = _identified(b, key, record, "dataSourceArn", "appsync", "apis/")
        function = record.build("lambdaConfig", lambda f: functions_among(sure(f.text("lambdaFunctionArn", ""))), ())
        if arn:
            _add(b, key, record, arn, "appsync", "data source of a GraphQL API", function, name=_text(record, "name"),
                 outside=outside, source=api)  # fmt: skip


def _provider(provider: Fields) -> tuple[str, str]:
    """The kind of one more way to authenticate, and the address of its function."""
    function = provider.build("lambdaAuthorizerConfig", lambda f: sure(f.text("authorizerUri", "")), "")
    return sure(provider.text("authenticationType", "")), sure(function)


def _pools(b: Builder) -> None:
    _lists(b, "cognito-idp", "ListUserPools")
    for key, answer in b.raw.each("cognito-idp", "DescribeUserPool"):
        if isinstance(answer, Answer) and answer.absent:
            continue
        record = b.single(key, answer, "UserPool")
        if isinstance(record, Unknown):
            b.miss("invoker", record, key.account, key.region, clean(key.subject))
            continue
        arn = _identified(b, key, record, "Arn", "cognito-idp", "userpool/")
        hooks = record.build("LambdaConfig", _hooks, ())
        closed = record.build("AdminCreateUserConfig", lambda f: sure(f.flag("AllowAdminCreateUserOnly", False)), False)
        if arn:
            names = () if isinstance(hooks, Unknown) else tuple(name for name, _ in hooks)
            targets = hooks if isinstance(hooks, Unknown) else functions_among(*(function for _, function in hooks))
            _add(b, key, record, arn, "cognito-idp", "user pool", targets, name=_text(record, "Name"),
                 detail=(("hooks", ", ".join(names)),), outside="" if closed is True else SIGN_UP)  # fmt: skip


def _hooks(config: Fields) -> tuple[tuple[str, str], ...]:
    """(hook, function) of a user pool: most are named by an ARN, newer ones by a record with one."""
    found = []
    for name in sorted(config.data):
        value = config.take(name)
        arn = value.get("LambdaArn") if isinstance(value, dict) else value
        if is_function(arn):
            found.append((clean(name), str(arn)))
    return tuple(found)


def _groups(b: Builder) -> None:
    _lists(b, "elbv2", "DescribeTargetGroups")
    balancers = {
        clean(str(record.take("LoadBalancerArn"))): (_text(record, "Scheme"), _text(record, "LoadBalancerName"))
        for _, record in b.records("elbv2", "DescribeLoadBalancers", "LoadBalancers")
    }
    for key, record in b.records("elbv2", "DescribeTargetGroups", "TargetGroups", "invoker"):
        if _text(record, "TargetType") != "lambda":
            continue
        arn = _identified(b, key, record, "TargetGroupArn", "elasticloadbalancing", "targetgroup/")
        if arn:
            fronts = record.plain(record.texts("LoadBalancerArns", ()), ())
            schemes = {balancers.get(front, ("unknown", ""))[0] for front in fronts}
            names = sorted(filter(None, (balancers.get(front, ("", ""))[1] for front in fronts)))
            _add(b, key, record, arn, "elasticloadbalancing", "target group", _registered(b, key, arn),
                 name=_text(record, "TargetGroupName"), detail=(("load balancers", ", ".join(names)),),
                 outside=BALANCER if schemes & {"internet-facing", "unknown", ""} else "")  # fmt: skip


def _registered(b: Builder, key: Key, group: str) -> Maybe[tuple[str, ...]]:
    answer = b.ask(key, "DescribeTargetHealth", subject=group)
    if isinstance(answer, Unknown):
        return answer
    one = key._replace(operation="DescribeTargetHealth", subject=group)
    ids = Fields(answer.data, place(one)).each(
        "TargetHealthDescriptions", lambda f: sure(f.build("Target", lambda t: sure(t.text("Id", "")), "")), ()
    )
    return ids if isinstance(ids, Unknown) else functions_among(*ids)


def _topic_rules(b: Builder) -> None:
    _lists(b, "iot", "ListTopicRules")
    for key, answer in b.raw.each("iot", "GetTopicRule"):
        if isinstance(answer, Unknown):
            b.miss("invoker", answer, key.account, key.region, clean(key.subject))
            continue
        whole = Fields(answer.data, place(key))
        arn = _identified(b, key, whole, "ruleArn", "iot", "rule/")
        rule = whole.record("rule")
        if arn and isinstance(rule, Fields):
            actions = rule.each("actions", _action, ())
            failing = rule.build("errorAction", _action, "")
            last = "" if isinstance(failing, Unknown) else failing
            targets = actions if isinstance(actions, Unknown) else functions_among(*actions, last)
            state = "DISABLED" if rule.take("ruleDisabled") is True else "ENABLED"
            _add(b, key, whole, arn, "iot", "topic rule", targets, state=state, detail=(("select", _text(rule, "sql")[:300]),))


def _action(action: Fields) -> str:
    return sure(action.build("lambda", lambda f: sure(f.text("functionArn", "")), ""))


def _config_rules(b: Builder) -> None:
    def build(key: Key, record: Fields) -> None:
        arn = _identified(b, key, record, "ConfigRuleArn", "config", "config-rule/")
        function = record.build("Source", lambda f: functions_among(sure(f.text("SourceIdentifier", ""))), ())
        if arn:
            _add(b, key, record, arn, "config", "Config rule", function, name=_text(record, "ConfigRuleName"))

    _each(b, "config", "DescribeConfigRules", "ConfigRules", build)


def _receipt_rules(b: Builder) -> None:
    for key, answer in b.raw.each("ses", "DescribeActiveReceiptRuleSet"):
        if isinstance(answer, Unknown):
            b.miss("invoker", answer, key.account, key.region)
            continue
        for record in b.items(key, answer, "Rules", "invoker"):
            name = _text(record, "Name")
            actions = record.each(
                "Actions", lambda f: sure(f.build("LambdaAction", lambda a: sure(a.text("FunctionArn", "")), "")), ()
            )
            targets = actions if isinstance(actions, Unknown) else functions_among(*actions)
            recipients = record.plain(record.texts("Recipients", ()), ())
            _add(b, key, record, b.arn(key, "ses", f"receipt-rule/{name}"), "ses", "mail receipt rule", targets, name=name,
                 state="ENABLED" if record.take("Enabled") is True else "DISABLED", outside=MAIL,
                 detail=(("recipients", ", ".join(recipients[:20]) or "all of the verified domains"),))  # fmt: skip


def _edges(b: Builder) -> None:
    _lists(b, "cloudfront", "ListDistributions")
    for key, record in b.records("cloudfront", "ListDistributions", "Items", "invoker"):
        arn = _identified(b, key, record, "ARN", "cloudfront", "distribution/")
        if arn:
            names = record.build("Aliases", lambda f: sure(f.texts("Items", ())), ())
            shown = "" if isinstance(names, Unknown) else ", ".join(names[:10])
            state = "ENABLED" if record.take("Enabled") is not False else "DISABLED"
            _add(b, key, record, arn, "cloudfront", "distribution", _associated(record.data), name=_text(record, "DomainName"),
                 state=state, detail=(("aliases", shown),) if shown else (), outside=EDGE)  # fmt: skip


def _associated(distribution: object) -> tuple[str, ...]:
    """The function versions that any behaviour of a distribution runs."""
    return functions_among(*(one.get("LambdaFunctionARN") for one in objects_in(distribution) if "LambdaFunctionARN" in one))


__all__ = ["invokers"]
