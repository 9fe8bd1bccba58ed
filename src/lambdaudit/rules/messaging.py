"""Topics and event buses: who gets what they pass on, and whose events they take."""

import json
from typing import Any

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.resources import Bus, EventRule, Topic
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def topic_feeds_strangers(topic: Topic, audit: Audit) -> Outcome:
    """A topic delivers its messages to another account.

    Why: Every message is copied out of the account; a subscription survives the removal of the right that made it.
    Fix: Remove the subscription, or name the account as trusted.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    for sub in known(topic.subscriptions):
        account = (audit.foreign(sub.endpoint) if sub.endpoint.startswith("arn:") else "") or audit.foreign(sub.owner)
        if account and not _pending(sub.arn):
            yield fail(
                f"{topic.name} delivers to {sub.endpoint} ({sub.protocol}) of account {account}",
                at=topic.where,
                key=sub.endpoint,
            )


@rule(Severity.LOW, maps=("CWE-319",))
def topic_over_plain_http(topic: Topic, audit: Audit) -> Outcome:
    """A topic delivers its messages over plain HTTP.

    Why: Everyone on the way reads the messages, and can change them unless the receiver checks their signatures.
    Fix: Subscribe the receiver's HTTPS address instead.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
    """
    for sub in known(topic.subscriptions):
        if sub.protocol == "http" and not _pending(sub.arn):
            yield fail(f"{topic.name} delivers over plain HTTP to {_host(sub.endpoint)}", at=topic.where, key=sub.endpoint)


@rule(Severity.INFO, maps=("CWE-672",))
def topic_subscription_pending(topic: Topic, audit: Audit) -> Outcome:
    """A subscription of a topic waits to be confirmed.

    Why: Whoever owns that address needs one click to receive every message; nobody may remember who asked for it.
    Fix: Confirm it or let it lapse; restrict who may subscribe in the topic's policy.
    See: https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
    """
    for sub in known(topic.subscriptions):
        if sub.arn == "PendingConfirmation":
            yield fail(
                f"{topic.name} waits for {_host(sub.endpoint)} ({sub.protocol}) to confirm", at=topic.where, key=sub.endpoint
            )


def _pending(subscription: str) -> bool:
    """Whether a subscription delivers nothing: it was never confirmed, or it is deleted."""
    return subscription in ("PendingConfirmation", "Deleted")


def _host(url: str) -> str:
    return url.split("/")[2] if url.count("/") >= 2 else url


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def rule_target_foreign(event_rule: EventRule, audit: Audit) -> Outcome:
    """An EventBridge rule sends events to another account.

    Why: Matching events leave the account; a rule that somebody added copies data out quietly.
    Fix: Remove the target, or name the account as trusted.
    See: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    if event_rule.state == "DISABLED":
        return skip("the rule is switched off")
    for target in known(event_rule.targets):
        if account := audit.foreign(target.arn):
            yield fail(
                f"{event_rule.name} sends events to {target.arn} in account {account}", at=event_rule.where, key=target.arn
            )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-346", "OWASP:S5:2017"))
def rule_matches_everything(event_rule: EventRule, audit: Audit) -> Outcome:
    """An EventBridge rule passes every event to a function, whoever sent it.

    Why: Whoever may put events on the bus, in any account that its policy lets in, calls the function with a source and content
    of his choice.
    Fix: Name the sources, and the accounts where others may send, in the rule's pattern.
    See: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """
    if not event_rule.pattern or event_rule.state == "DISABLED":
        return skip("it is a schedule, or switched off")
    if not any(":function:" in target.arn for target in known(event_rule.targets)):
        return skip("it calls no function")
    pattern = _pattern(event_rule.pattern)
    known(Unknown("the rule's pattern is not a JSON object") if pattern is None else pattern)
    bounded = {name for name, value in (pattern or {}).items() if not _matches_all(value)}
    if bounded - {"account", "region", "version"}:
        return None
    bus = audit.find(Bus, event_rule.bus) if event_rule.bus and "account" not in bounded else None
    policy = known(bus.policy) if bus else None
    witnesses = bus and (audit.public(policy, bus.id, bus.account) or audit.outside(policy, bus.id, bus.account))
    yield fail(
        f"{event_rule.name} passes every event on {event_rule.bus.rpartition('/')[2] or 'its bus'}"
        + (f", and {witnesses[0].text}" if witnesses else ""),
        at=event_rule.where / "EventPattern",
        severity=Severity.MEDIUM if witnesses else Severity.LOW,
        evidence=audit.proof(policy, witnesses[0]) if policy and witnesses else (),
    )


def _pattern(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


_ANY: tuple[dict[str, Any], ...] = ({"prefix": ""}, {"suffix": ""}, {"wildcard": "*"}, {"exists": True})


def _matches_all(value: object, depth: int = 0) -> bool:
    """Whether a part of a pattern lets every value through."""
    if isinstance(value, list):
        return any(entry in _ANY for entry in value)
    return isinstance(value, dict) and depth < 8 and all(_matches_all(inner, depth + 1) for inner in value.values())
