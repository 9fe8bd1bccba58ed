"""Load balancers, IoT, Alexa and CloudFront."""

import hashlib
import re
from typing import Any

from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
    attribute,
    copied,
    is_function_call,
    join,
    members,
    obj,
    ref,
    statement,
    sub,
    upper_keys,
    word,
)

_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_CONDITIONS = (("path", "path-pattern"), ("host", "host-header"), ("method", "http-request-method"), ("ip", "source-ip"))


def add_alb(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``alb``: a target group and a rule of a listener."""
    table = as_map(settings)
    listener = table.get("listenerArn")
    balancer = str(listener).split("/")[3] if isinstance(listener, str) and listener.count("/") >= 4 else word(_of(listener))
    base = names.normal(function.key)
    many = table.get("multiValueHeaders") is True
    group = f"{base}Alb{'MultiValue' if many else ''}TargetGroup{re.sub('[^0-9A-Za-z]', '', balancer)}"
    title = f"{s.name if isinstance(s.name, str) else 'service'}-{function.key}-{balancer}"
    whole = f"{title}{'-multi-value' if many else ''}-{s.stage}"
    s.add(
        group,
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        obj(
            span,
            TargetType=Str("lambda"),
            Targets=List([obj(span, Id=function.arn)]),
            Name=Str(hashlib.md5(whole.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()),
            Tags=List([obj(span, Key=Str("Name"), Value=Str(f"{title}-{s.stage}"))]),
        ),
        span,
    )
    conditions = as_map(table.get("conditions"))
    made = obj(
        span,
        Actions=List([obj(span, Type=Str("forward"), TargetGroupArn=ref(group))]),
        Conditions=List(
            [
                obj(span, Field=Str(field), Values=List(members(conditions[key])))
                for key, field in _CONDITIONS
                if conditions.get(key) is not None
            ]
        ),
        ListenerArn=listener,
        Priority=table.get("priority"),
    )
    s.add(
        f"{base}AlbListenerRule{word(table.get('priority')) or number}", "AWS::ElasticLoadBalancingV2::ListenerRule", made, span
    )
    principal = Str("elasticloadbalancing.amazonaws.com")
    s.permission(f"{base}LambdaPermissionAlb", function.arn, principal, span, SourceArn=ref(group))
    s.permission(f"{base}LambdaPermissionRegisterTarget", function.arn, principal, span)


def _of(value: Any) -> Any:
    if is_function_call(value):
        (inner,) = value.values()
        return inner[0] if isinstance(inner, list) and inner else inner
    return value


def add_alexa_skill(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``alexaSkill``: an Alexa skill; without its id every skill may call."""
    token = settings
    if isinstance(settings, dict) and not is_function_call(settings):
        token = settings.get("appId")
    count = s.count(f"{function.key} alexaSkill")
    s.permission(
        f"{names.normal(function.key)}LambdaPermissionAlexaSkill{count}",
        function.arn,
        Str("alexa-appkit.amazon.com"),
        span,
        EventSourceToken=token,
    )


def add_alexa_home(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``alexaSmartHome``: a smart home skill."""
    token = settings
    if isinstance(settings, dict) and not is_function_call(settings):
        token = settings.get("appId")
    count = s.count(f"{function.key} alexaSmartHome")
    s.permission(
        f"{names.normal(function.key)}LambdaPermissionAlexaSmartHome{count}",
        function.arn,
        Str("alexa-connectedhome.amazon.com"),
        span,
        EventSourceToken=token,
    )


def add_iot(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``iot``: a rule of IoT Core."""
    table = as_map(settings)
    base, count = names.normal(function.key), s.count(f"{function.key} iot")
    name = f"{base}IotTopicRule{count}"
    action = obj(span, Lambda=obj(span, FunctionArn=function.arn))
    payload = obj(span, Actions=List([action]), Sql=table.get("sql"), RuleDisabled=table.get("enabled") is False)
    copied(payload, table, AwsIotSqlVersion="sqlVersion", Description="description")
    made = obj(span, TopicRulePayload=payload, RuleName=table.get("name"))
    s.add(name, "AWS::IoT::TopicRule", made, span)
    source = join("", "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/", ref(name))
    s.permission(f"{base}LambdaPermissionIotTopicRule{count}", function.arn, Str("iot.amazonaws.com"), span, SourceArn=source)


def add_fleet(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``iotFleetProvisioning``: a template whose hook the function is."""
    table = as_map(settings)
    base = names.normal(function.key)
    hook = obj(span, TargetArn=function.arn)
    made = obj(
        span,
        TemplateBody=Map({"Fn::ToJsonString": table.get("templateBody")}),
        ProvisioningRoleArn=table.get("provisioningRoleArn"),
        PreProvisioningHook=hook,
        TemplateName=table.get("templateName"),
        Enabled=table.get("enabled") is not False,
    )
    name = f"{base}IotProvisioningTemplate"
    s.add(name, "AWS::IoT::ProvisioningTemplate", made, span)
    s.permission(
        f"{base}LambdaPermissionIotProvisioningTemplate",
        function.arn,
        Str("iot.amazonaws.com"),
        span,
        SourceArn=attribute(name, "TemplateArn"),
    )


def add_cloud_front(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``cloudFront``: the function at the edge, and the service's distribution."""
    table = as_map(settings)
    version = ref(f"{names.normal(function.key)}LambdaVersion")
    distribution = "CloudFrontDistribution"
    config = s.add(
        distribution,
        "AWS::CloudFront::Distribution",
        obj(span, DistributionConfig=obj(span, Enabled=True, Comment=s.text(s.name, " ", s.stage))),
        span,
    )["DistributionConfig"]
    behavior = upper_keys(as_map(table.get("behavior")))
    behavior.setdefault("ViewerProtocolPolicy", Str("allow-all"))
    behavior.setdefault("CachePolicyId", Str(_CACHING_OPTIMIZED))
    origin = table.get("origin")
    behavior["TargetOriginId"] = Str(f"custom/{word(origin).partition('://')[2] or 'origin'}")
    association = obj(span, EventType=table.get("eventType"), LambdaFunctionARN=version)
    pattern = table.get("pathPattern")
    default = pattern is None or pattern == "*"
    present = config.get("DefaultCacheBehavior") if default else None
    if isinstance(present, Map):
        present["LambdaFunctionAssociations"].append(association)
    else:
        behavior["LambdaFunctionAssociations"] = List([association])
        if default:
            config["DefaultCacheBehavior"] = behavior
        else:
            behavior["PathPattern"] = pattern
            config.setdefault("CacheBehaviors", List()).append(behavior)
    config.setdefault("Origins", List()).append(_origin(origin, behavior["TargetOriginId"], span))
    s.trusted.append("edgelambda.amazonaws.com")
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:TagResource"]
    if not any(one.get("Action") == logs for one in s.statements):
        s.statements.append(statement(logs, List([sub("arn:${AWS::Partition}:logs:*:*:*")]), span))
    properties = s.resources[function.id]["Properties"]
    for name, key, value in (("MemorySize", "memorySize", 128), ("Timeout", "timeout", 5)):
        if function.settings.get(key) is None and s.provider.get(key) is None:
            properties[name] = value
    source = join("", "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/", ref(distribution))
    s.permission(f"{function.id}InvokePermission", version, Str("edgelambda.amazonaws.com"), span, SourceArn=source)


def _origin(origin: Any, identifier: Str, span: Span | None) -> Map:
    if isinstance(origin, str):
        scheme, _, rest = str(origin).partition("://")
        domain = (rest or scheme).partition("/")[0]
        if scheme == "s3":
            return obj(span_of(origin), DomainName=Str(domain), Id=identifier, S3OriginConfig=Map())
        policy = obj(span, OriginProtocolPolicy=Str("match-viewer"))
        return obj(span_of(origin), DomainName=Str(domain), Id=identifier, CustomOriginConfig=policy)
    made = as_map(upper_keys(origin))
    made.setdefault("Id", identifier)
    return made
