"""Buckets, topics, log groups and user pools that call a function."""

from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.events.pollers import queue_url, source_name
from lambdaudit.sources.serverless.functions import function_name
from lambdaudit.sources.serverless.roles import add_helper, helper_rights
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
    attribute,
    copied,
    get,
    is_arn,
    is_function_call,
    join,
    members,
    obj,
    ref,
    upper_keys,
    word,
)

_PREFIX: Final = "arn:${AWS::Partition}"
_HERE: Final = "${AWS::Region}:${AWS::AccountId}"


def add_bucket(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``s3``: a bucket that the framework makes and that notifies the function, or one that exists."""
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    bucket = table.get("bucket") if table else settings
    event = table.get("event") if table.get("event") is not None else Str("s3:ObjectCreated:*", span)
    rules = [
        obj(span_of(rule), Name=Str(key), Value=value)
        for rule in members(table.get("rules"))
        for key, value in (rule.items() if isinstance(rule, dict) else ())
    ]
    if table.get("existing") is True:
        _existing_bucket(s, function, bucket, event, rules, span)
        return
    declared = as_map(get(s.provider, "s3", word(bucket)))
    shown = word(bucket) or source_name(bucket)
    configuration = obj(span, Event=event, Function=function.arn)
    if rules:
        configuration["Filter"] = obj(span, S3Key=obj(span, Rules=List(rules)))
    made = upper_keys(declared)
    made.setdefault("BucketName", declared.get("name") if declared.get("name") is not None else bucket)
    made.pop("Name", None)
    properties = s.add(f"S3Bucket{names.plain(shown)}", "AWS::S3::Bucket", Map(made, span, made.keys_at), span)
    notifications = properties.setdefault("NotificationConfiguration", Map((), span))
    notifications.setdefault("LambdaConfigurations", List((), span)).append(configuration)
    _bucket_permission(s, function, shown, made["BucketName"], span)


def _bucket_permission(s: Service, function: Function, shown: str, bucket: Any, span: Span | None) -> None:
    source = join("", f"{_PREFIX}:s3:::", bucket)
    name = f"{names.normal(function.key)}LambdaPermission{names.plain(shown)}S3"
    account = ref("AWS::AccountId")
    s.permission(name, function.arn, Str("s3.amazonaws.com"), span, SourceArn=source, SourceAccount=account)


def _existing_bucket(s: Service, function: Function, bucket: Any, event: Any, rules: list[Map], span: Span | None) -> None:
    """A helper function puts the notification on the bucket, and gives the bucket the right to call, when it is deployed."""
    helper = add_helper(s, "custom-resource-existing-s3", "s3/handler.handler", span)
    name = f"{names.normal(function.key)}CustomS31"
    config = obj(span, Event=event, Rules=List(rules))
    properties = s.add(
        name,
        "Custom::S3",
        obj(span, ServiceToken=attribute(helper), FunctionName=function_name(s, function), BucketName=bucket),
        span,
    )
    properties.setdefault("BucketConfigs", List()).append(config)
    s.custom_statements += helper_rights(
        (["s3:PutBucketNotification", "s3:GetBucketNotification"], join("", f"{_PREFIX}:s3:::", bucket)),
        (["lambda:AddPermission", "lambda:RemovePermission"], f"{_PREFIX}:lambda:{_HERE}:function:*"),
    )
    _bucket_permission(s, function, word(bucket) or source_name(bucket), bucket, span)


def add_topic(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``sns``: a topic that the framework makes, or a subscription of one that exists."""
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    target = (table.get("arn") if table.get("arn") is not None else table.get("topicName")) if table else settings
    base = names.normal(function.key)
    if is_arn(target) and ("arn" in table or not table):
        title = word(table.get("topicName")) or source_name(target)
        permission = f"{base}LambdaPermission{names.plain(title)}SNS"
        made = obj(span, TopicArn=target, Protocol=Str("lambda"), Endpoint=function.arn)
        copied(made, table, FilterPolicy="filterPolicy", FilterPolicyScope="filterPolicyScope")
        _redrive(s, function, table, target, title, made)
        if isinstance(target, str) and target.count(":") == 5 and target.split(":")[3] != s.region:
            made["Region"] = Str(target.split(":")[3])
        s.add(f"{base}SnsSubscription{names.plain(title)}", "AWS::SNS::Subscription", made, span)
        s.permission(permission, function.arn, Str("sns.amazonaws.com"), span, SourceArn=target)
        return
    title = word(target) or "Open"
    logical = f"SNSTopic{names.plain(title)}"
    topic = s.add(logical, "AWS::SNS::Topic", obj(span, TopicName=target, DisplayName=table.get("displayName")), span)
    more = [key for key in ("filterPolicy", "redrivePolicy") if table.get(key) is not None]
    if more:
        made = obj(span, TopicArn=ref(logical), Protocol=Str("lambda"), Endpoint=function.arn)
        copied(made, table, FilterPolicy="filterPolicy", FilterPolicyScope="filterPolicyScope")
        _redrive(s, function, table, ref(logical), title, made)
        s.add(f"{base}SnsSubscription{names.plain(title)}", "AWS::SNS::Subscription", made, span)
    else:
        topic.setdefault("Subscription", List((), span)).append(obj(span, Endpoint=function.arn, Protocol=Str("lambda")))
    source = join("", f"{_PREFIX}:sns:{_HERE}:", target)
    s.permission(f"{base}LambdaPermission{names.plain(title)}SNS", function.arn, Str("sns.amazonaws.com"), span, SourceArn=source)


def _redrive(s: Service, function: Function, table: Map, topic: Any, title: str, made: Map) -> None:
    """A queue for messages that were not delivered, which the topic may send to."""
    policy = table.get("redrivePolicy")
    if not isinstance(policy, Map):
        return
    queue = policy.get("deadLetterTargetArn")
    if queue is None and isinstance(policy.get("deadLetterTargetRef"), str):
        queue, url = attribute(str(policy["deadLetterTargetRef"])), ref(str(policy["deadLetterTargetRef"]))
    elif queue is None and isinstance(policy.get("deadLetterTargetImport"), dict):
        imported = policy["deadLetterTargetImport"]
        queue, url = Map({"Fn::ImportValue": imported.get("arn")}), Map({"Fn::ImportValue": imported.get("url")})
    else:
        url = queue_url(queue)
    made["RedrivePolicy"] = obj(policy.span, deadLetterTargetArn=queue)
    name = f"{names.plain(title)}To{names.normal(function.key)}DLQPolicy"
    allowed = obj(
        policy.span,
        Effect=Str("Allow"),
        Principal=obj(None, Service=Str("sns.amazonaws.com")),
        Action=Str("sqs:SendMessage"),
        Resource=queue,
        Condition=Map({"ArnEquals": Map({"aws:SourceArn": topic})}),
    )
    document = obj(policy.span, Version=Str("2012-10-17"), Id=Str(name), Statement=List([allowed]))
    s.add(name, "AWS::SQS::QueuePolicy", obj(policy.span, PolicyDocument=document, Queues=List([url])), policy.span)


def add_log(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``cloudwatchLog``: a subscription filter; one permission covers all log groups of a function."""
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    group = table.get("logGroup") if table else settings
    base = names.normal(function.key)
    pattern = table.get("filter") if table.get("filter") is not None else Str("")
    made = obj(span, LogGroupName=group, FilterPattern=pattern, DestinationArn=function.arn)
    count = s.count(f"{function.key} cloudwatchLog")
    s.add(f"{base}LogsSubscriptionFilterCloudWatchLog{count}", "AWS::Logs::SubscriptionFilter", made, span)
    groups = [
        word(one.get("logGroup") if isinstance(one, Map) else one)
        for _, kind, one, _ in function.events()
        if kind == "cloudwatchLog"
    ]
    s.permission(
        f"{base}LambdaPermissionLogsSubscriptionFilterCloudWatchLog",
        function.arn,
        join("", "logs.${AWS::Region}.amazonaws.com"),
        span,
        SourceArn=join("", f"{_PREFIX}:logs:{_HERE}:log-group:", common_prefix(groups), ":*"),
    )


def common_prefix(groups: list[str]) -> str:
    """The pattern that covers log groups: the only one, or what all begin with and a star."""
    known = list(dict.fromkeys(groups))
    if len(known) == 1:
        return known[0] or "*"
    prefix = known[0] if known else ""
    for one in known[1:]:
        while not one.startswith(prefix):
            prefix = prefix[:-1]
    return f"{prefix}*"


def add_user_pool(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``cognitoUserPool``: a trigger of a pool that the framework makes, or of one that exists."""
    table = as_map(settings)
    pool, base = table.get("pool"), names.normal(function.key)
    triggers = members(table.get("trigger"))
    if table.get("existing") is True:
        helper = add_helper(s, "custom-resource-existing-cup", "cognito-user-pool/handler.handler", span)
        made = obj(
            span,
            ServiceToken=attribute(helper),
            FunctionName=function_name(s, function),
            UserPoolName=pool,
            UserPoolConfigs=List([obj(span, Trigger=one) for one in triggers]),
        )
        s.add(f"{base}CustomCognitoUserPool1", "Custom::CognitoUserPool", made, span)
        s.custom_statements += helper_rights(
            (["cognito-idp:ListUserPools", "cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPool"], join("", "*")),
            (
                ["lambda:AddPermission", "lambda:RemovePermission"],
                join("", f"{_PREFIX}:lambda:*:*:function:", function_name(s, function)),
            ),
            (["iam:PassRole"], f"{_PREFIX}:iam::*:role/*"),
        )
        source: Any = join("", f"{_PREFIX}:cognito-idp:{_HERE}:userpool/*")
        logical = ""
    else:
        logical = f"CognitoUserPool{names.plain(word(pool))}"
        properties = s.add(logical, "AWS::Cognito::UserPool", obj(span, UserPoolName=pool), span)
        config = properties.setdefault("LambdaConfig", Map((), span))
        for one in triggers:
            if isinstance(one, str):
                config[str(one)] = function.arn
        source = attribute(logical)
    for one in triggers:
        trigger = word(one)
        if not trigger or isinstance(pool, Unknown):
            s.note(f"a trigger of a user pool of the function {function.key} is not known", span)
            continue
        name = f"{base}LambdaPermissionCognitoUserPool{names.plain(word(pool))}TriggerSource{names.plain(trigger)}"
        s.permission(name, function.arn, Str("cognito-idp.amazonaws.com"), span, SourceArn=source)
