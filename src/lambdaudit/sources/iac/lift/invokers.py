"""What other services are set up to invoke functions, as a live account shows it: pipes, schedules, user pools and more.

State machines are in :mod:`.machines`, target groups in :mod:`.balancers`.
"""

from collections.abc import Iterator

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.balancers import target_groups
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.invoked import add_invoker, function_in
from lambdaudit.sources.iac.lift.machines import machines
from lambdaudit.sources.iac.lift.props import Props
from lambdaudit.sources.invoking import AUTHORIZER, EDGE, GRAPHQL, MAIL, SIGN_UP, functions_among

_UNREAD_API = "callers of a GraphQL API whose ways to authenticate are not in the configuration"


def invokers(b: Builder) -> None:
    """Add all of them."""
    for add in (
        _pipes,
        _schedules,
        machines,
        _graphql,
        _pools,
        target_groups,
        _topic_rules,
        _config_rules,
        _receipt_rules,
        _edges,
    ):
        add(b)


def _pipes(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::Pipes::Pipe"):
        ends = (props.text("Target", ""), props.text("Enrichment", ""))
        state, source = props.text("DesiredState", "RUNNING"), props.text("Source", "")
        add_invoker(b, resource, identity, "pipes", "pipe", ends, state=state, source=source)


def _schedules(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::Scheduler::Schedule"):
        target = function_in(props.record("Target"), "Arn")
        group = props.text("GroupName", "")
        detail = (("group", "not known" if isinstance(group, Unknown) else group),) if group not in ("", "default") else ()
        add_invoker(b, resource, identity, "scheduler", "schedule", [target], state=props.text("State", "ENABLED"),
                    schedule="by its schedule", detail=detail)  # fmt: skip


def _graphql(b: Builder) -> None:
    apis: dict[str, tuple[str, str]] = {}
    for resource, identity, props in b.each("AWS::AppSync::GraphQLApi"):
        more = list(props.members("AdditionalAuthenticationProviders"))
        providers: list[Props | Unknown] = [props, *more]
        kinds = {function_in(one, "AuthenticationType") for one in providers}
        functions = [
            one if isinstance(one, Unknown) else function_in(one.record("LambdaAuthorizerConfig"), "AuthorizerUri")
            for one in providers
        ]
        shown = ", ".join(sorted(filter(None, (kind for kind in kinds if isinstance(kind, str)))))
        private = props.text("Visibility", "GLOBAL") == "PRIVATE"
        unread = any(isinstance(kind, Unknown) for kind in kinds)
        outside = "" if private else GRAPHQL if "API_KEY" in kinds else _UNREAD_API if unread else ""
        apis[identity.attributes["ApiId"]] = (identity.id, outside)
        add_invoker(b, resource, identity, "appsync", "GraphQL API's authorizer", functions, detail=(("authentication", shown),),
                    outside="" if private else AUTHORIZER)  # fmt: skip
    for resource, identity, props in b.each("AWS::AppSync::DataSource"):
        api, outside = apis.get(str(props.text("ApiId", "")), ("", _UNREAD_API))
        function = function_in(props.record("LambdaConfig"), "LambdaFunctionArn")
        add_invoker(b, resource, identity, "appsync", "data source of a GraphQL API", [function], outside=outside, source=api)


def _pools(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::Cognito::UserPool"):
        config = props.record("LambdaConfig")
        hooks = sorted(_hooks(config)) if isinstance(config, Props) else []
        functions = [*(function for _, function in hooks), config if isinstance(config, Unknown) else ""]
        names = ", ".join(name for name, function in hooks if functions_among(function))
        rules = props.record("AdminCreateUserConfig")
        closed = rules.flag("AllowAdminCreateUserOnly", False) if isinstance(rules, Props) else rules
        add_invoker(b, resource, identity, "cognito-idp", "user pool", functions, detail=(("hooks", names),),
                    outside="" if closed is True else SIGN_UP)  # fmt: skip


def _hooks(config: Props) -> Iterator[tuple[str, str | Unknown]]:
    """(hook, function) of a user pool: most are named by an ARN, newer ones by an object with one."""
    for name in config.data:
        if name == "KMSKeyID":
            continue
        inner = config.take(name)
        yield str(name), function_in(config.record(name), "LambdaArn") if isinstance(inner, dict) else config.text(name, "")
    if config.data.rest:
        yield "", config.data.rest


def _topic_rules(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::IoT::TopicRule"):
        payload = props.record("TopicRulePayload")
        if not isinstance(payload, Props):
            if payload is not None:
                add_invoker(b, resource, identity, "iot", "topic rule", [payload])
            continue
        actions: list[Props | Unknown | None] = [*payload.members("Actions"), payload.record("ErrorAction")]
        functions = [function_in(one.record("Lambda") if isinstance(one, Props) else one, "FunctionArn") for one in actions]
        disabled = payload.flag("RuleDisabled", False)
        state = disabled if isinstance(disabled, Unknown) else "DISABLED" if disabled else "ENABLED"
        select = payload.prose("Sql", "")
        shown = "not known" if isinstance(select, Unknown) else select[:300]
        add_invoker(b, resource, identity, "iot", "topic rule", functions, state=state, detail=(("select", shown),))


def _config_rules(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::Config::ConfigRule"):
        function = function_in(props.record("Source"), "SourceIdentifier")
        add_invoker(b, resource, identity, "config", "Config rule", [function])


def _receipt_rules(b: Builder) -> None:
    """Rules of any rule set: that theirs is the active one is no part of a configuration."""
    for resource, identity, props in b.each("AWS::SES::ReceiptRule"):
        rule = props.record("Rule")
        name = rule.text("Name", identity.name) if isinstance(rule, Props) else identity.name
        name = identity.name if isinstance(name, Unknown) else name
        own = Identity(b.estate.place(resource).arn("ses", f"receipt-rule/{name}"), name, identity.attributes)
        if not isinstance(rule, Props):
            if rule is not None:
                add_invoker(b, resource, own, "ses", "mail receipt rule", [rule], outside=MAIL)
            continue
        functions = [
            function_in(one.record("LambdaAction") if isinstance(one, Props) else one, "FunctionArn")
            for one in rule.members("Actions")
        ]
        enabled = rule.flag("Enabled", False)
        state = enabled if isinstance(enabled, Unknown) else "ENABLED" if enabled else "DISABLED"
        recipients = rule.texts("Recipients", ())
        shown = "not known" if isinstance(recipients, Unknown) else ", ".join(recipients[:20]) or "all of the verified domains"
        add_invoker(b, resource, own, "ses", "mail receipt rule", functions, state=state, outside=MAIL,
                    detail=(("recipients", shown),))  # fmt: skip


def _edges(b: Builder) -> None:
    for resource, identity, props in b.each("AWS::CloudFront::Distribution"):
        config = props.record("DistributionConfig")
        if not isinstance(config, Props):
            if config is not None:
                add_invoker(b, resource, identity, "cloudfront", "distribution", [config], region="", outside=EDGE)
            continue
        behaviors = [config.record("DefaultCacheBehavior"), *config.members("CacheBehaviors")]
        functions: list[str | Unknown] = []
        for behavior in behaviors:
            rows = behavior.members("LambdaFunctionAssociations") if isinstance(behavior, Props) else [behavior]
            functions += [function_in(row, "LambdaFunctionARN") for row in rows]
        aliases = config.texts("Aliases", ())
        names = "not known" if isinstance(aliases, Unknown) else ", ".join(aliases[:10])
        enabled = config.flag("Enabled", True)
        state = enabled if isinstance(enabled, Unknown) else "ENABLED" if enabled else "DISABLED"
        add_invoker(b, resource, identity, "cloudfront", "distribution", functions, region="", state=state, outside=EDGE,
                    detail=(("aliases", names),) if names else ())  # fmt: skip
