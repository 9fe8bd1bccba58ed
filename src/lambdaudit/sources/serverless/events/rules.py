"""Schedules and rules of EventBridge."""

import json
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.service import (
    FUNCTION_ACTION,
    Function,
    Service,
    as_map,
    attribute,
    copied,
    is_arn,
    is_function_call,
    join,
    members,
    obj,
    word,
)


def _state(settings: Map) -> Any:
    enabled = settings.get("enabled")
    if isinstance(enabled, Unknown):
        return enabled
    return Str("DISABLED" if enabled is False else "ENABLED", settings.keys_at.get("enabled"))


def _target(settings: Map, arn: Any, identifier: Any, span: Span | None) -> Map:
    target = obj(span, Arn=arn, Id=identifier)
    written = settings.get("input")
    if isinstance(written, dict):
        body = written.get("body")
        plain = {**written, "body": json.dumps(body)} if isinstance(body, dict) else written
        try:
            target["Input"] = Str(json.dumps(plain), span_of(written))
        except TypeError:
            target["Input"] = Unknown("the input depends on values that are not known")
    elif written is not None:
        target["Input"] = written
    copied(target, settings, InputPath="inputPath")
    transformer = settings.get("inputTransformer")
    if isinstance(transformer, Map):
        made = Map((), transformer.span)
        copied(made, transformer, InputPathsMap="inputPathsMap", InputTemplate="inputTemplate")
        target["InputTransformer"] = made
    return target


def add_schedule(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``schedule``: a rule for each expression, or a schedule of EventBridge Scheduler."""
    table = settings if isinstance(settings, Map) and not is_function_call(settings) else Map()
    rates = members(table.get("rate")) if table else [settings]
    for rate in rates:
        _schedule(s, function, s.count(f"{function.key} schedule"), table, rate, span)


def _schedule(s: Service, function: Function, number: int, table: Map, rate: Any, span: Span | None) -> None:
    base = names.normal(function.key)
    if table.get("method") == "scheduler":
        zone = table.get("timezone")
        target = _target(table, function.arn, None, span)
        target["RoleArn"] = s.resources[function.id]["Properties"]["Role"]
        made = obj(
            span,
            ScheduleExpression=rate,
            ScheduleExpressionTimezone=zone,
            State=_state(table),
            Target=target,
            FlexibleTimeWindow=obj(span, Mode=Str("OFF")),
            Name=table.get("name"),
            Description=table.get("description"),
        )
        s.add(f"{base}SchedulerSchedule{number}", "AWS::Scheduler::Schedule", made, span)
        s.trusted.append("scheduler.amazonaws.com")
        arn = join(":", attribute(function.id), "*")
        s.allow([FUNCTION_ACTION], List([attribute(function.id), arn]), span)
        return
    name = f"{base}EventsRuleSchedule{number}"
    target = _target(table, function.arn, Str(f"{function.key}Schedule"), span)
    made = obj(
        span,
        ScheduleExpression=rate,
        State=_state(table),
        Name=table.get("name"),
        Description=table.get("description"),
        Targets=List([target], span),
    )
    s.add(name, "AWS::Events::Rule", made, span)
    permission = f"{base}LambdaPermissionEventsRuleSchedule{number}"
    s.permission(permission, function.arn, Str("events.amazonaws.com"), span, SourceArn=attribute(name))


def add_cloudwatch_event(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``cloudwatchEvent``: a rule of the default bus."""
    table = as_map(settings)
    count = s.count(f"{function.key} cloudwatchEvent")
    base = names.normal(function.key)
    name = f"{base}EventsRuleCloudWatchEvent{count}"
    made = obj(
        span,
        EventPattern=table.get("event"),
        State=_state(table),
        Name=table.get("name"),
        Description=table.get("description"),
        Targets=List([_target(table, function.arn, Str(f"{function.key}CloudWatchEvent"), span)], span),
    )
    s.add(name, "AWS::Events::Rule", made, span)
    permission = f"{base}LambdaPermissionEventsRuleCloudWatchEvent{count}"
    s.permission(permission, function.arn, Str("events.amazonaws.com"), span, SourceArn=attribute(name))


def add_event_bridge(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``eventBridge``: a rule, on a bus that is made when it has a new name."""
    table = as_map(settings)
    own = table.get("name")
    name = own if own is not None else s.text(s.name, "-", s.stage, "-", function.key, f"-rule-{number}")
    logical = f"{names.plain(word(name) or f'{s.stack}-{function.key}-rule-{number}')}EventBridgeRule"
    made = obj(
        span,
        Name=name,
        EventPattern=table.get("pattern"),
        ScheduleExpression=table.get("schedule"),
        Description=table.get("description"),
        State=_state(table),
    )
    bus = table.get("eventBus")
    if isinstance(bus, str) and not is_arn(bus):
        s.add(
            f"{names.normal(bus)}EventBridgeEventBus",
            "AWS::Events::EventBus",
            obj(span_of(bus), Name=bus),
            span_of(bus) or span,
        )
    if bus is not None:
        bus = Str(str(bus).rpartition("/")[2], span_of(bus)) if isinstance(bus, str) else bus
        made["EventBusName"] = bus
        if place := table.keys_at.get("eventBus"):
            made.keys_at["EventBusName"] = place
    target = _target(table, function.arn, s.text(name, "-target"), span)
    retry = table.get("retryPolicy")
    if isinstance(retry, Map):
        policy = Map((), retry.span)
        copied(policy, retry, MaximumEventAgeInSeconds="maximumEventAge", MaximumRetryAttempts="maximumRetryAttempts")
        target["RetryPolicy"] = policy
    if table.get("deadLetterQueueArn") is not None:
        target["DeadLetterConfig"] = obj(span, Arn=table["deadLetterQueueArn"])
    made["Targets"] = List([target], span)
    s.add(logical, "AWS::Events::Rule", made, span)
    permission = f"{names.normal(function.key)}EventBridgeLambdaPermission{number}"
    s.permission(permission, function.arn, Str("events.amazonaws.com"), span, SourceArn=attribute(logical))
