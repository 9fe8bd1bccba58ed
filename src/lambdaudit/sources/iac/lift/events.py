"""EventBridge: event buses, their rules and the rules' targets."""

import json
from typing import Any

from lambdaudit.model.base import Policy
from lambdaudit.model.resources import Bus, EventRule, RuleTarget
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.text import bounded, redacted
from lambdaudit.sources.iac.lift.builder import Builder, plain_json
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.props import Props, sure
from lambdaudit.sources.iac.resources import Resource


def events(b: Builder) -> None:
    """Add event buses and their rules."""
    policies: dict[str, list[tuple[Resource, Props]]] = {}
    for resource, _, props in b.each("AWS::Events::EventBusPolicy"):
        bus = props.text("EventBusName", "default")
        if isinstance(bus, str):
            policies.setdefault(bus.rpartition("/")[2], []).append((resource, props))
        else:
            b.note(resource.where, f"is about an event bus that is not known: {bus.reason}")
    for resource, identity, props in b.each("AWS::Events::EventBus"):
        own = b.resource_policy(props, "Policy", identity.name)
        hung = policies.pop(identity.name, [])
        b.add(Bus(**b.common(resource, identity), policy=_bus_policy(b, identity, hung) if hung and own is None else own))
    for name, hung in policies.items():
        resource = hung[0][0]
        place = b.estate.place(resource)
        arn = name if name.startswith("arn:") else place.arn("events", f"event-bus/{name}")
        identity = Identity(arn, name, {"Ref": name})
        b.add(Bus(**b.common(resource, identity), policy=_bus_policy(b, identity, hung)))
    for resource, identity, props in b.each("AWS::Events::Rule"):
        plain = b.opener(resource, "event-rule")
        head, _, path = identity.id.partition(":rule/")
        bus = props.text("EventBusName", "")
        own_bus = bus if isinstance(bus, str) and bus.startswith("arn:") else ""
        b.add(
            EventRule(
                **b.common(resource, identity),
                bus=own_bus or f"{head}:event-bus/{path.rpartition('/')[0] or 'default'}",
                state=plain(props.text("State", "ENABLED"), "ENABLED"),
                schedule=plain(props.text("ScheduleExpression", ""), ""),
                pattern=_pattern(plain(props.take("EventPattern"), None)),
                targets=props.each("Targets", _target, ()),
            )
        )


def _bus_policy(b: Builder, identity: Identity, hung: list[tuple[Resource, Props]]) -> Policy:
    """The policy that statements in resources of their own make together."""
    where = hung[0][0].where
    statements = []
    for number, (_, props) in enumerate(hung):
        statement = props.take("Statement")
        if statement is None:
            action, principal = plain_json(props.take("Action")), plain_json(props.take("Principal"))
            if isinstance(principal, str) and principal != "*":
                principal = {"AWS": f"arn:aws:iam::{principal}:root"}
            statements.append({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": identity.id})
        else:
            statements.append(plain_json(statement))
        b.places.link(where / "Policy" / "Statement" / number, statement or props.data, props.data.at("Statement"))
    document = {"Version": "2012-10-17", "Statement": statements}
    return Policy(name=identity.name, kind="resource", document=document, where=where / "Policy")


def _pattern(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return redacted(str(value))
    if not isinstance(value, dict):
        return ""
    return json.dumps(_bounded(plain_json(value)))


def _bounded(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 32:
        return {redacted(str(name)): _bounded(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list) and depth < 32:
        return [_bounded(inner, depth + 1) for inner in value]
    return bounded(value, depth)


def _target(props: Props) -> RuleTarget:
    return RuleTarget(
        id=redacted(sure(props.text("Id", ""))),
        arn=sure(props.text("Arn", Unknown("Arn is not set"))),
        role=sure(props.text("RoleArn", "")),
        dead_letter=sure(props.build("DeadLetterConfig", lambda f: sure(f.text("Arn", "")), "")),
    )
