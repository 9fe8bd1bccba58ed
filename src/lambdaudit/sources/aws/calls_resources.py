"""The call table, what functions use: queues, topics, buckets, tables, streams, keys, secrets, parameters.

A resource is read when a function's configuration, an environment variable, an event source mapping, a policy or the execution
role names it exactly. Each is read once, however many functions name it.
"""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.call import FUNCTION, SETTLED, START, Ask, Call, Pages, Sight, Want, argument, fixed, once
from lambdaudit.sources.aws.refs import environment, exact, mentioned, table, text

POLICY = "lambda:GetPolicy"
MAPPINGS = "lambda:ListEventSourceMappings"
DESTINATIONS = "lambda:ListFunctionEventInvokeConfigs"
_NOTIFYING = "buckets that may notify a function"
OWNER_ENFORCED = "ACLs are switched off: the bucket owner owns every object"


def roles_used(sight: Sight) -> Iterator[str]:
    """The execution roles of the region's functions, each once."""
    seen: set[str] = set()
    for function in sight.scene.functions(sight.region):
        role = text(function.configuration.get("Role")) if isinstance(function.configuration, dict) else ""
        if role and role not in seen:
            seen.add(role)
            yield role


def by_role(service: str, subject: Callable[[str], str] = str) -> Ask:
    """Everything of `service` that the execution roles name exactly."""

    def ask(sight: Sight) -> Iterator[Want]:
        for role in sight.once(roles_used):
            for name in sight.scene.roles.named(role, service):
                arn = sight.scene.own(subject(name), service)
                if arn is not None:
                    yield Want(str(arn), arn.region)

    return ask


def _by_mention(service: str, subject: Callable[[str], str] = str) -> Ask:
    """Everything of `service` that a record names as an ARN: dead-letter target, event source, destination, variable."""

    def ask(sight: Sight) -> Iterator[Want]:
        for name in mentioned(sight.page, service):
            arn = sight.scene.own(subject(name), service)
            if arn is not None:
                yield Want(str(arn), arn.region)

    return ask


def _by_source(service: str) -> Ask:
    """Everything of `service` that a function's policy names as the source of calls."""

    def ask(sight: Sight) -> Iterator[Want]:
        for source in sight.grants.sources(service):
            arn = sight.scene.own(source, service)
            if arn is not None:
                yield Want(source, arn.region)

    return ask


def _used(service: str, subject: Callable[[str], str] = str) -> dict[str, Ask]:
    by_mention = _by_mention(service, subject)
    return {
        FUNCTION: by_mention,
        MAPPINGS: by_mention,
        DESTINATIONS: by_mention,
        SETTLED: by_role(service, subject),
    }


def _topics_of_functions(sight: Sight) -> Iterator[Want]:
    """The account's own topics to which a function is subscribed: whoever may publish there starts the function."""
    subscriptions = sight.page.get("Subscriptions") if isinstance(sight.page, dict) else None
    for entry in subscriptions if isinstance(subscriptions, list) else ():
        if isinstance(entry, dict) and entry.get("Protocol") == "lambda":
            arn = sight.scene.own(text(entry.get("TopicArn")), "sns")
            if arn is not None:
                yield Want(str(arn), arn.region)


def _queue(subject: str) -> dict[str, Any]:
    """The queue's URL, in the form that the service gives itself; the host is not used to send the request."""
    arn = parse_arn(subject)
    if arn is None:
        return {"QueueUrl": subject}
    suffix = "amazonaws.com.cn" if arn.partition == "aws-cn" else "amazonaws.com"
    return {"QueueUrl": f"https://sqs.{arn.region}.{suffix}/{arn.account}/{arn.resource}"}


def _table_arn(name: str) -> str:
    """The table of a table, index or stream ARN."""
    head, mark, rest = name.partition(":table/")
    return head + mark + rest.partition("/")[0] if mark else ""


def _stream_arn(name: str) -> str:
    """The stream of a stream or consumer ARN."""
    head, mark, rest = name.partition(":stream/")
    return head + mark + rest.partition("/")[0] if mark else ""


def _table_streams(sight: Sight) -> Iterator[Want]:
    for name in mentioned(sight.page, "dynamodb"):
        arn = sight.scene.own(name, "dynamodb")
        if arn is not None and "/stream/" in name:
            yield Want(name, arn.region)


def _policies_of_tables() -> dict[str, Ask]:
    by_table = _used("dynamodb", _table_arn)

    def by_mapping(sight: Sight) -> Iterator[Want]:
        yield from by_table[MAPPINGS](sight)
        yield from _table_streams(sight)

    return by_table | {MAPPINGS: by_mapping}


# Buckets. Names are global and say nothing about the region, so the account's list comes first and gives both.


def _bucket_name(text_: str) -> str:
    """The bucket in an S3 ARN of a bucket or of its objects; empty when it is not one exact bucket."""
    arn = parse_arn(text_)
    name = arn.resource.partition("/")[0] if arn is not None and arn.service == "s3" else ""
    return name if exact(name) and not name.startswith("accesspoint") else ""


def _owned(sight: Sight, pattern: str) -> Iterator[str]:
    """The account's buckets that a name pattern means; the name itself when the list of buckets could not be read."""
    buckets = sight.scene.buckets
    if exact(pattern):
        if buckets is None or pattern in buckets:
            yield pattern
    elif buckets is not None:
        yield from (name for name in buckets if fnmatchcase(name, pattern))


def _source_buckets(sight: Sight, sources: Iterable[str]) -> Iterator[str]:
    """The account's buckets that ARN patterns mean; nothing while the list of buckets is still coming."""
    if sight.scene.is_answered("s3", "ListBuckets"):
        for source in sources:
            arn = parse_arn(source)
            names = list(_owned(sight, arn.resource.partition("/")[0] if arn else source))
            sight.scene.note("", _NOTIFYING, names)
            yield from names


def _buckets_of_policy(sight: Sight) -> Iterator[str]:
    """The buckets that the function's policy lets call it."""
    sources = sight.grants.sources("s3")
    sight.scene.note(sight.region, "s3", sources)
    yield from _source_buckets(sight, sources)


def _notifying(sight: Sight) -> Iterator[str]:
    """The buckets that some policy of the region's functions lets call, among the policies read so far."""
    yield from _source_buckets(sight, list(sight.scene.patterns.get((sight.region, "s3"), ())))


def _buckets_used(sight: Sight) -> Iterator[str]:
    """The buckets that the region's functions name, by environment variable, destination or execution role."""
    named: dict[str, None] = {}
    for function in sight.scene.functions(sight.region):
        if isinstance(function.configuration, dict):
            for value in environment(function.configuration):
                if value.startswith("arn:"):
                    named[_bucket_name(value)] = None
                elif value in (sight.scene.buckets or ()):
                    named[value] = None
    for role in sight.once(roles_used):
        for resource in sight.scene.roles.resources(role, "s3"):
            named[_bucket_name(resource)] = None
    yield from _notifying(sight)
    for name in named:
        if name:
            yield from _owned(sight, name)


def _buckets_mentioned(sight: Sight) -> Iterator[str]:
    for name in mentioned(sight.page, "s3"):
        bucket = _bucket_name(name)
        if bucket and sight.scene.is_answered("s3", "ListBuckets"):
            yield from _owned(sight, bucket)


def _located(names: Callable[[Sight], Iterator[str]]) -> Ask:
    """Ask about those buckets whose region is known."""
    return lambda sight: (Want(name, "") for name in sight.once(names) if sight.scene.bucket_region(name))


def _unlocated(names: Callable[[Sight], Iterator[str]]) -> Ask:
    return lambda sight: (Want(name, "") for name in sight.once(names) if not sight.scene.bucket_region(name))


def _located_source(sight: Sight) -> Iterator[Want]:
    if sight.subject in sight.scene.patterns.get(("", _NOTIFYING), ()):
        yield Want(sight.subject, "")


def _just_located(sight: Sight) -> Iterator[Want]:
    yield Want(sight.subject, "")


_BUCKET_NAMES: dict[str, Callable[[Sight], Iterator[str]]] = {
    POLICY: _buckets_of_policy,
    MAPPINGS: _buckets_mentioned,
    DESTINATIONS: _buckets_mentioned,
    SETTLED: _buckets_used,
}
_BUCKETS: dict[str, Ask] = {event: _located(names) for event, names in _BUCKET_NAMES.items()} | {
    "s3:GetBucketLocation": _just_located
}
_SOURCES: dict[str, Ask] = {
    POLICY: _located(_buckets_of_policy),
    SETTLED: _located(_notifying),
    "s3:GetBucketLocation": _located_source,
}


def _acl(sight: Sight) -> Iterator[Want]:
    rules = table((sight.page or {}).get("OwnershipControls")).get("Rules")
    enforced = isinstance(rules, list) and [table(r).get("ObjectOwnership") for r in rules] == ["BucketOwnerEnforced"]
    yield Want(sight.subject, "", inferred=OWNER_ENFORCED if enforced else "")


def _account_block(sight: Sight) -> Iterator[Want]:
    yield Want(given={"AccountId": sight.scene.account})


def resource(service: str, operation: str, when: dict[str, Ask], subject: str = "", **more: Any) -> Call:
    """A row for one read of one resource, whose name goes into the request member `subject`."""
    defaults: dict[str, Any] = {"actions": (f"{service}:{operation}",), "feature": "resources"}
    if subject:
        defaults["arguments"] = argument(subject)
    return Call(service=service, operation=operation, when=when, **defaults | more)


def _bucket(operation: str, action: str, *absent: str, when: dict[str, Ask] | None = None) -> Call:
    return resource(
        "s3",
        operation,
        _BUCKETS if when is None else when,
        "Bucket",
        actions=(f"s3:{action}",),
        home="bucket",
        absent=frozenset({"NoSuchBucket", *absent}),
    )


GONE = frozenset({"ResourceNotFoundException"})
_NO_QUEUE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
_NO_TOPIC = frozenset({"NotFound", "NotFoundException"})
_TABLES = _used("dynamodb", _table_arn)
_STREAMS = _used("kinesis", _stream_arn)
_QUEUES = _used("sqs")

RESOURCES: tuple[Call, ...] = (
    resource("sqs", "GetQueueAttributes", _QUEUES, arguments=_queue, fixed=fixed(AttributeNames=["All"]), absent=_NO_QUEUE),
    resource("sqs", "ListQueueTags", _QUEUES, arguments=_queue, absent=_NO_QUEUE, thorough=True),
    resource(
        "sns",
        "GetTopicAttributes",
        _used("sns") | {POLICY: _by_source("sns"), "sns:ListSubscriptions": _topics_of_functions},
        "TopicArn",
        absent=_NO_TOPIC,
    ),
    resource(
        "s3",
        "ListBuckets",
        {START: once},
        actions=("s3:ListAllMyBuckets",),
        home="global",
        fixed=fixed(MaxBuckets=1000),
        pages=Pages("ContinuationToken", "ContinuationToken", ("Buckets",)),
        settles=True,
    ),
    resource(
        "s3",
        "GetBucketLocation",
        {event: _unlocated(names) for event, names in _BUCKET_NAMES.items()},
        "Bucket",
        home="global",
        absent=frozenset({"NoSuchBucket"}),
    ),
    _bucket("GetBucketPolicy", "GetBucketPolicy", "NoSuchBucketPolicy"),
    _bucket("GetPublicAccessBlock", "GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    _bucket("GetBucketOwnershipControls", "GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
    _bucket("GetBucketAcl", "GetBucketAcl", when={"s3:GetBucketOwnershipControls": _acl}),
    _bucket("GetBucketEncryption", "GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    resource(
        "s3",
        "GetBucketVersioning",
        _BUCKETS,
        "Bucket",
        home="bucket",
        absent=frozenset({"NoSuchBucket"}),
        thorough=True,
    ),
    _bucket("GetBucketNotificationConfiguration", "GetBucketNotification", when=_SOURCES),
    resource(
        "s3control",
        "GetPublicAccessBlock",
        {"s3:GetBucketPolicy": _account_block},
        actions=("s3:GetAccountPublicAccessBlock",),
        home="global",
        absent=frozenset({"NoSuchPublicAccessBlockConfiguration"}),
    ),
    resource(
        "dynamodb",
        "DescribeTable",
        _TABLES,
        arguments=lambda subject: {"TableName": subject.partition(":table/")[2]},
        absent=GONE,
    ),
    resource(
        "dynamodb",
        "GetResourcePolicy",
        _policies_of_tables(),
        "ResourceArn",
        absent=GONE | {"PolicyNotFoundException"},
    ),
    resource(
        "dynamodb",
        "DescribeContinuousBackups",
        _TABLES,
        arguments=lambda subject: {"TableName": subject.partition(":table/")[2]},
        absent=frozenset({"TableNotFoundException"}),
        thorough=True,
    ),
    resource("kinesis", "DescribeStreamSummary", _STREAMS, "StreamARN", absent=GONE),
    resource("kinesis", "GetResourcePolicy", _STREAMS, "ResourceARN", absent=GONE),
)
