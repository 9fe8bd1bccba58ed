"""EventBridge: event buses, their rules and the rules' targets."""

import json
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.resources import Bus, EventRule, RuleTarget
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.text import bounded, clean, redacted
from lambdaudit.sources.aws.raw import Answer, Key

_BUS_DULL = ("CreationTime", "LastModifiedTime", "Arn", "Name")


def events(b: Builder) -> None:
    """Add the event buses, and the rules of those that were listed or named."""
    for key, record in b.records("events", "ListEventBuses", "EventBuses", "event-bus"):
        _add_bus(b, key, record)
    buses = [Key("events", "ListRules", bus.account, bus.region, bus.id) for bus in b.assets.values() if isinstance(bus, Bus)]
    for key in dict.fromkeys([*buses, *(key for key, _ in b.raw.each("events", "ListRules"))]):
        answer = b.ask(key, "ListRules")
        gap = answer if isinstance(answer, Unknown) else answer.rest
        if gap:
            b.miss("event-rule", gap, key.account, key.region, clean(key.subject))
    for key, record in b.records("events", "ListRules", "Rules", "event-rule"):
        _add_rule(b, key, record)
    for key, answer in b.raw.each("events", "ListTargetsByRule"):
        if clean(key.subject) not in b.assets:
            _add_named_rule(b, key, answer)


def _add_bus(b: Builder, key: Key, record: Fields) -> None:
    name = record.text("Name", "")
    made = b.arn(key, "events", f"event-bus/{name}") if isinstance(name, str) and name else ""
    arn = b.identity(record, "Arn", "events", "event-bus/", made)
    if not arn:
        b.lost(("event-bus",), key.account, key.region, record.where, "odd record: an event bus without a name")
        return
    record.about(arn)
    record.ignore(*_BUS_DULL)
    policy = record.take("Policy")
    bus = Bus(
        id=arn,
        name=arn.rpartition("event-bus/")[2],
        where=record.where,
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "events:ListTagsForResource"),
        policy=b.documents.policy(policy, name=arn.rpartition("/")[2], kind="resource", where=record.where / "Policy")
        if policy
        else None,
        extra=record.extra(),
    )
    b.add(bus, record)


def _add_rule(b: Builder, key: Key, record: Fields) -> None:
    name = record.text("Name", "")
    bus = record.text("EventBusName", "default")
    made = ""
    if isinstance(name, str) and name and isinstance(bus, str):
        made = b.arn(key, "events", f"rule/{name}" if bus == "default" else f"rule/{bus.rpartition('/')[2]}/{name}")
    arn = b.identity(record, "Arn", "events", "rule/", made)
    if not arn:
        b.lost(("event-rule",), key.account, key.region, record.where, "odd record: a rule without a name")
        return
    record.about(arn)
    record.ignore("Arn", "Name", "EventBusName")
    rule = EventRule(
        id=arn,
        name=arn.rpartition("/")[2],
        where=record.where,
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "events:ListTagsForResource"),
        bus=_bus_of(arn),
        state=record.plain(record.text("State", ""), ""),
        schedule=record.plain(record.text("ScheduleExpression", ""), ""),
        pattern=_pattern(record),
        targets=_targets(b, key, arn),
        managed_by=record.plain(record.text("ManagedBy", ""), ""),
        extra=record.extra(),
    )
    b.add(rule, record)


def _bus_of(rule: str) -> str:
    """The ARN of the bus in a rule's ARN: ``rule/NAME`` is on the default bus, ``rule/BUS/NAME`` on another."""
    head, _, path = rule.partition(":rule/")
    return f"{head}:event-bus/{path.rpartition('/')[0] or 'default'}"


def _pattern(record: Fields) -> str:
    """The event pattern as JSON text, its values without secrets."""
    text = record.plain(record.text("EventPattern", ""), "")
    if not text:
        return ""
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError):
        return redacted(text)
    return text if (safe := _redacted_values(pattern)) == pattern else json.dumps(safe)


def _redacted_values(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 32:
        return {redacted(str(name)): _redacted_values(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list) and depth < 32:
        return [_redacted_values(inner, depth + 1) for inner in value]
    return bounded(value, depth)


def _targets(b: Builder, key: Key, rule: str) -> Maybe[tuple[RuleTarget, ...]]:
    answer = b.ask(key, "ListTargetsByRule", subject=rule)
    if isinstance(answer, Unknown):
        return answer
    if answer.rest:
        return answer.rest
    one = key._replace(operation="ListTargetsByRule", subject=rule)
    return Fields(answer.data, place(one)).each("Targets", _target, ())


def _target(target: Fields) -> RuleTarget:
    return RuleTarget(
        id=redacted(sure(target.text("Id", ""))),
        arn=sure(target.text("Arn", target.unsaid)),
        role=sure(target.text("RoleArn", "")),
        dead_letter=sure(target.build("DeadLetterConfig", lambda f: sure(f.text("Arn", "")), "")),
    )


def _add_named_rule(b: Builder, key: Key, answer: Answer | Unknown) -> None:
    """A rule that a function's policy names, of which only the targets were asked for."""
    arn = clean(key.subject)
    parsed = parse_arn(arn)
    if isinstance(answer, Answer) and answer.absent:
        b.absent.add(arn)
    elif isinstance(answer, Unknown) or parsed is None:
        gap = answer if isinstance(answer, Unknown) else Unknown("odd ARN of a rule")
        b.miss("event-rule", gap, key.account, key.region, arn)
    else:
        listed = b.ask(key, "ListRules", subject=_bus_of(arn))
        gap = listed if isinstance(listed, Unknown) else listed.rest or Unknown("not in the answer of events:ListRules")
        b.miss("event-rule", gap, key.account, key.region, arn)
        rule = EventRule(
            id=arn,
            name=arn.rpartition("/")[2],
            where=place(key),
            account=key.account,
            region=key.region,
            tags=Unknown("not asked", "events:ListTagsForResource"),
            bus=_bus_of(arn),
            targets=_targets(b, key, arn),
        )
        b.add(rule)
