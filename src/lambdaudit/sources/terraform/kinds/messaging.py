"""Queues, topics, event buses, rules, schedules and state machines."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Value

from ..shape import As, Kind, converted, document, pick, put, resource, shaped

if TYPE_CHECKING:
    from ..collect import Collector, Source
    from ..shape import Finish


def _policy_in_it(kind: str, target: str, *, many: bool) -> "Finish":
    """A policy in the resource itself becomes one of its own."""

    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        from lambdaudit.sources.iac.values import Ref

        policy, at = pick(settings, "policy")
        if policy is not None:
            made = Map((), at)
            own = Ref(source.address, "Ref", at)
            put(made, target, List([own], at) if many else own, at)
            put(made, "PolicyDocument", converted(document, policy), at)
            collector.add(resource(source, kind, made, "/policy"))

    return finish


def _one(value: Value) -> Value:
    return List([value], getattr(value, "span", None))


def _redrive(name: str, argument: str) -> "Finish":
    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        value, at = pick(settings, argument)
        tree = converted(document, value)
        collector.later(source, settings.get("queue_url"), ("AWS::SQS::Queue",), lambda p: put(p, name, tree, at))

    return finish


_TARGET = {
    "target_id": "Id",
    "arn": "Arn",
    "role_arn": "RoleArn",
    "dead_letter_config.arn": "DeadLetterConfig.Arn",
    "input": "Input",
    "input_path": "InputPath",
}


def _target(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A target is a part of its rule in CloudFormation."""
    made = shaped(_TARGET, settings, Map((), source.at))
    made.setdefault("Id", source.address)

    def change(rule: Map) -> None:
        present = rule.get("Targets")
        if not isinstance(present, List):
            present = List((), source.at)
            put(rule, "Targets", present, source.at)
        present.append(made)

    collector.later(source, settings.get("rule"), ("AWS::Events::Rule",), change)


def _rule(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """Older providers say ``is_enabled`` for the state."""
    value, at = pick(settings, "is_enabled")
    if value is not None and "State" not in properties:
        put(properties, "State", {True: "ENABLED", False: "DISABLED"}.get(value, value) if isinstance(value, bool) else value, at)


def _bus_permission(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A permission for an account or everyone, with the organization as a condition."""
    condition, at = pick(settings, "condition")
    first = condition[0] if isinstance(condition, list) and condition else condition
    principal = properties.pop("Principal", None)
    action = properties.pop("Action", "events:PutEvents")
    statement = Map({"Effect": "Allow", "Action": action}, settings.span)
    if isinstance(principal, str) and principal != "*":
        principal = Map({"AWS": f"arn:{collector.settings.partition}:iam::{principal}:root"}, settings.at("principal"))
    put(statement, "Principal", principal, settings.at("principal"))
    if isinstance(first, Map) and isinstance(first.get("type"), str) and isinstance(first.get("key"), str):
        put(statement, "Condition", Map({str(first["type"]): Map({str(first["key"]): first.get("value")})}, at), at)
    elif condition is not None:
        put(statement, "Condition", condition, at)
    bus = settings.get("event_bus_name") or "default"
    place = f"arn:{collector.settings.partition}:events:{source.region or collector.settings.region}:"
    if isinstance(bus, str):
        statement["Resource"] = f"{place}{source.account or collector.settings.account}:event-bus/{bus}"
    else:
        statement["Resource"] = "*"
    put(properties, "Statement", statement, settings.span)


def _bus_policy(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """One resource for each statement, as CloudFormation has them."""
    policy, at = pick(settings, "policy")
    tree = converted(document, policy) if policy is not None else None
    statements = tree.get("Statement") if isinstance(tree, dict) else tree
    rest = getattr(statements, "rest", None)
    rows = list(statements) if isinstance(statements, list) else [statements] if statements is not None else []
    for number, one in enumerate([*rows, *([rest] if rest else [])]):
        made = Map((), at)
        if (bus := settings.get("event_bus_name")) is not None:
            put(made, "EventBusName", bus, settings.at("event_bus_name"))
        put(made, "Statement", one, getattr(one, "span", None) or at)
        collector.add(resource(source, "AWS::Events::EventBusPolicy", made, f"/{number}"))


KINDS = {
    "aws_sqs_queue": Kind(
        "AWS::SQS::Queue",
        {
            "name": "QueueName",
            "fifo_queue": "FifoQueue",
            "visibility_timeout_seconds": "VisibilityTimeout",
            "kms_master_key_id": "KmsMasterKeyId",
            "sqs_managed_sse_enabled": "SqsManagedSseEnabled",
            "redrive_policy": As("RedrivePolicy", document),
            "redrive_allow_policy": As("RedriveAllowPolicy", document),
            "tags": "Tags",
        },
        _policy_in_it("AWS::SQS::QueuePolicy", "Queues", many=True),
        tags="Tags",
    ),
    "aws_sqs_queue_policy": Kind(
        "AWS::SQS::QueuePolicy", {"queue_url": As("Queues", _one), "policy": As("PolicyDocument", document)}
    ),
    "aws_sqs_queue_redrive_policy": Kind("", {}, _redrive("RedrivePolicy", "redrive_policy")),
    "aws_sqs_queue_redrive_allow_policy": Kind("", {}, _redrive("RedriveAllowPolicy", "redrive_allow_policy")),
    "aws_sns_topic": Kind(
        "AWS::SNS::Topic",
        {"name": "TopicName", "kms_master_key_id": "KmsMasterKeyId", "fifo_topic": "FifoTopic", "tags": "Tags"},
        _policy_in_it("AWS::SNS::TopicPolicy", "Topics", many=True),
        tags="Tags",
    ),
    "aws_sns_topic_policy": Kind("AWS::SNS::TopicPolicy", {"arn": As("Topics", _one), "policy": As("PolicyDocument", document)}),
    "aws_sns_topic_subscription": Kind(
        "AWS::SNS::Subscription",
        {
            "topic_arn": "TopicArn",
            "protocol": "Protocol",
            "endpoint": "Endpoint",
            "filter_policy": As("FilterPolicy", document),
            "subscription_role_arn": "SubscriptionRoleArn",
        },
    ),
    "aws_cloudwatch_event_bus": Kind("AWS::Events::EventBus", {"name": "Name", "tags": "Tags"}, tags="Tags"),
    "aws_cloudwatch_event_rule": Kind(
        "AWS::Events::Rule",
        {
            "name": "Name",
            "event_bus_name": "EventBusName",
            "event_pattern": As("EventPattern", document),
            "schedule_expression": "ScheduleExpression",
            "state": "State",
            "role_arn": "RoleArn",
            "tags": "Tags",
        },
        _rule,
        tags="Tags",
    ),
    "aws_cloudwatch_event_target": Kind("", {}, _target),
    "aws_cloudwatch_event_permission": Kind(
        "AWS::Events::EventBusPolicy",
        {"event_bus_name": "EventBusName", "principal": "Principal", "action": "Action", "statement_id": "StatementId"},
        _bus_permission,
    ),
    "aws_cloudwatch_event_bus_policy": Kind("", {}, _bus_policy),
    "aws_scheduler_schedule": Kind(
        "AWS::Scheduler::Schedule",
        {
            "name": "Name",
            "group_name": "GroupName",
            "schedule_expression": "ScheduleExpression",
            "state": "State",
            "kms_key_arn": "KmsKeyArn",
            "target.arn": "Target.Arn",
            "target.role_arn": "Target.RoleArn",
            "target.input": "Target.Input",
            "target.dead_letter_config.arn": "Target.DeadLetterConfig.Arn",
            "target.retry_policy.maximum_retry_attempts": "Target.RetryPolicy.MaximumRetryAttempts",
        },
    ),
    "aws_sfn_state_machine": Kind(
        "AWS::StepFunctions::StateMachine",
        {
            "name": "StateMachineName",
            "role_arn": "RoleArn",
            "definition": As("Definition", document),
            "type": "StateMachineType",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_kinesis_firehose_delivery_stream": Kind(
        "AWS::KinesisFirehose::DeliveryStream", {"name": "DeliveryStreamName", "destination": "Destination", "tags": "Tags"}
    ),
}
