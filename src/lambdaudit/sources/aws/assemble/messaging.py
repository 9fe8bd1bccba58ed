"""Queues and topics."""

import json
from typing import Any

from lambdaudit.model.arn import account_of, parse_arn
from lambdaudit.model.resources import Queue, Subscription, Topic
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.tags import tags_of_answer
from lambdaudit.sources.aws.assemble.text import clean, redacted
from lambdaudit.sources.aws.raw import Answer, Key

_QUEUE_DULL = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "DelaySeconds",
    "KmsDataKeyReusePeriodSeconds",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
)
_TOPIC_DULL = ("EffectiveDeliveryPolicy", "DeliveryPolicy", "Owner", "TopicArn", "SubscriptionsDeleted")


def queues(b: Builder, keys: Keys) -> None:
    """Add the queues that were asked for by their ARN."""
    for key, answer in b.raw.each("sqs", "GetQueueAttributes"):
        attributes = _attributes(b, key, answer, "queue")
        if attributes:
            _add_queue(b, key, attributes, keys)


def _attributes(b: Builder, key: Key, answer: Answer | Unknown, kind: str) -> Fields | None:
    """The attributes of a queue or topic; None when it does not exist or could not be read, which is noted."""
    if isinstance(answer, Answer) and answer.absent:
        b.absent.add(clean(key.subject))
        return None
    found = b.single(key, answer, "Attributes")
    if isinstance(found, Unknown):
        b.miss(kind, found, key.account, key.region, clean(key.subject))
        return None
    return found


def _add_queue(b: Builder, key: Key, attributes: Fields, keys: Keys) -> None:
    attributes.ignore(*_QUEUE_DULL)
    arn = clean(key.subject)
    parsed = parse_arn(arn)
    name = parsed.name if parsed else arn
    kms = attributes.text("KmsMasterKeyId", None)
    managed = attributes.flag("SqsManagedSseEnabled", False)
    redrive = _json(attributes, "RedrivePolicy")
    policy = attributes.take("Policy")
    queue = Queue(
        id=arn,
        name=name,
        where=place(key),
        account=account_of(arn) or key.account,
        region=key.region,
        tags=tags_of_answer(b, key, "ListQueueTags", "Tags", listed=False),
        policy=b.documents.policy(policy, name=name, kind="resource", where=attributes.where / "Policy") if policy else None,
        visibility_timeout=attributes.integer("VisibilityTimeout", attributes.unsaid),
        encryption=_encryption(kms, managed),
        key=keys.id_of(kms, key.account, key.region),
        dead_letter=redrive if isinstance(redrive, Unknown | None) else redrive.text("deadLetterTargetArn", None),
        max_receive=redrive if isinstance(redrive, Unknown | None) else redrive.integer("maxReceiveCount", None),
        redrive_allow=_redrive_allow(attributes),
        extra=attributes.extra(),
    )
    b.add(queue, attributes)


def _encryption(kms: Maybe[str | None], managed: Maybe[bool]) -> Maybe[str]:
    if isinstance(kms, Unknown):
        return kms
    if kms:
        return "kms"
    if isinstance(managed, Unknown):
        return managed
    return "sqs" if managed else "none"


def _json(attributes: Fields, name: str) -> Fields | Unknown | None:
    """An attribute that holds a JSON object as text."""
    value = attributes.text(name, "")
    if isinstance(value, Unknown) or not value:
        return value or None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    return Fields(found, attributes.where / name) if isinstance(found, dict) else attributes.strange(name, value)


def _redrive_allow(attributes: Fields) -> Maybe[str | None]:
    """Which queues may use this one as their dead-letter queue: ``allowAll``, ``denyAll`` or ``byQueue``."""
    found = _json(attributes, "RedriveAllowPolicy")
    return found if isinstance(found, Unknown | None) else found.text("redrivePermission", "allowAll")


def topics(b: Builder, keys: Keys) -> None:
    """Add the topics that were asked for, and those that only a subscription shows."""
    subscriptions = _Subscriptions(b)
    for key, answer in b.raw.each("sns", "GetTopicAttributes"):
        attributes = _attributes(b, key, answer, "topic")
        if attributes:
            _add_topic(b, key, attributes, keys, subscriptions)
    for key, arn in subscriptions.topics():
        if arn not in b.assets and arn not in b.absent:
            _add_bare_topic(b, key, arn, subscriptions)


def _add_topic(b: Builder, key: Key, attributes: Fields, keys: Keys, subscriptions: "_Subscriptions") -> None:
    attributes.ignore(*_TOPIC_DULL)
    arn = clean(key.subject)
    name = arn.rpartition(":")[2]
    kms = attributes.text("KmsMasterKeyId", None)
    policy = attributes.take("Policy")
    counts = [attributes.integer(name, None) for name in ("SubscriptionsConfirmed", "SubscriptionsPending")]
    topic = Topic(
        id=arn,
        name=name,
        where=place(key),
        account=account_of(arn) or key.account,
        region=key.region,
        tags=Unknown("not asked", "sns:ListTagsForResource"),
        policy=b.documents.policy(policy, name=name, kind="resource", where=attributes.where / "Policy") if policy else None,
        key=keys.id_of(kms, key.account, key.region),
        subscriptions=subscriptions.of(key, arn, counts),
        extra=attributes.extra(),
    )
    b.add(topic, attributes)


def _add_bare_topic(b: Builder, key: Key, arn: str, subscriptions: "_Subscriptions") -> None:
    """A topic of which only this account's subscriptions are known; it may belong to another account."""
    asked = b.ask(key, "GetTopicAttributes", subject=arn)
    gap = asked if isinstance(asked, Unknown) else Unknown("not asked", "sns:GetTopicAttributes")
    topic = Topic(
        id=arn,
        name=arn.rpartition(":")[2],
        where=subscriptions.where(arn),
        account=account_of(arn),
        region=key.region,
        tags=Unknown("not asked", "sns:ListTagsForResource"),
        policy=gap,
        key=gap,
        subscriptions=subscriptions.seen(arn),
    )
    b.add(topic)


class _Subscriptions:
    """The account's own subscriptions by topic. Those of other accounts to its topics are in no list of the account."""

    def __init__(self, b: Builder) -> None:
        self._b = b
        self._found: dict[str, list[tuple[Key, Fields, Subscription]]] = {}
        self._gaps: dict[tuple[str, str], Unknown] = {
            (key.account, key.region): gap for key, gap in b.raw.gaps("sns", "ListSubscriptions")
        }
        for key, record in b.records("sns", "ListSubscriptions", "Subscriptions"):
            topic = b.identity(record, "TopicArn", "sns", "")
            made = record.attempt(_subscription)
            if topic and not isinstance(made, Unknown):
                self._found.setdefault(topic, []).append((key, record, made))
            else:
                gap = made if isinstance(made, Unknown) else Unknown("odd record: a subscription without a topic")
                self._gaps.setdefault((key.account, key.region), gap)
                b.note(key.region, str(record.where), gap.reason)

    def topics(self) -> list[tuple[Key, str]]:
        """The topics that one of the chosen functions is subscribed to."""
        functions = self._b.raw.functions
        return [
            (rows[0][0], topic)
            for topic, rows in self._found.items()
            if any(sub.endpoint.startswith("arn:") and ":".join(sub.endpoint.split(":")[:7]) in functions for _, _, sub in rows)
        ]

    def where(self, topic: str) -> Any:
        """Where the first subscription of a topic stands."""
        return self._found[topic][0][1].where

    def seen(self, topic: str) -> tuple[Subscription, ...]:
        """The subscriptions of a topic in the list."""
        return tuple(sub for _, _, sub in self._found.get(topic, ()))

    def of(self, key: Key, topic: str, counts: list[Maybe[int | None]]) -> Maybe[tuple[Subscription, ...]]:
        """All subscriptions of a topic; Unknown when the topic counts more than the account's list shows."""
        listed = self._b.ask(key, "ListSubscriptions", subject="")
        gap = listed if isinstance(listed, Unknown) else self._gaps.get((key.account, key.region))
        if gap:
            return gap
        seen = self.seen(topic)
        numbers = [count for count in counts if isinstance(count, int)]
        if sum(numbers) > len(seen):
            text = f"the topic counts {sum(numbers)} subscriptions, {len(seen)} of them this account's"
            return Unknown(text, "sns:ListSubscriptionsByTopic")
        return seen


def _subscription(record: Fields) -> Subscription:
    return Subscription(
        arn=sure(record.text("SubscriptionArn", "")),
        protocol=sure(record.text("Protocol", record.unsaid)),
        endpoint=redacted(sure(record.text("Endpoint", ""))),
        owner=sure(record.text("Owner", "")),
    )
