"""Event sources and destinations: wiring that leads nowhere, loses events or runs in circles."""

from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.model.arn import account_of, parse_arn, unqualified
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.resources import Bucket, Bus, EventRule, EventSourceMapping, Queue, Stream, Table, Topic
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_KINDS: dict[str, type[Asset]] = {"sqs": Queue, "sns": Topic, "s3": Bucket, "kinesis": Stream, "lambda": Function, "events": Bus}


def _exists(arn: str, audit: Audit) -> bool:
    """Whether the target of an ARN exists. Raises NotKnown when nobody could look or the service is not read."""
    parsed = parse_arn(arn)
    cls = _KINDS.get(parsed.service) if parsed else None
    if parsed is None or cls is None:
        return True
    return audit.find(cls, unqualified(arn) if cls is Function else arn) is not None


@rule(Severity.MEDIUM, maps=("CWE-1059", "T1584"))
def event_source_gone(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """An event source mapping reads from a source that does not exist any more.

    Why: The function silently does nothing; and where the name can be taken again (a queue), whoever creates it feeds
    the function.
    Fix: Delete the mapping, or create the source again.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    """
    source = mapping.source
    if mapping.source_kind not in ("sqs", "kinesis", "dynamodb"):
        return skip("the source is of a kind that is not read")
    if not audit.is_own(account_of(source)):
        return skip("the source belongs to another account")
    if mapping.source_kind == "dynamodb":
        table = audit.find(Table, source.split("/stream/")[0])
        gone = table is None or known(table.stream) != source
    else:
        gone = not _exists(source, audit)
    if gone:
        yield fail(
            f"{mapping.function.split(':')[-1]} is mapped to {source}, which does not exist",
            at=mapping.where / "EventSourceArn",
            commands=(f"aws lambda delete-event-source-mapping --uuid {mapping.name}",),
        )


@rule(Severity.INFO, maps=("CWE-1059",))
def event_source_disabled(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """An event source mapping is switched off.

    Why: The function keeps its rights on a source that it does not use; whoever may update the mapping can switch it on again.
    Fix: Delete the mapping and the rights if it is not needed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    """
    if mapping.state in ("Disabled", "Disabling"):
        yield fail(f"{mapping.function.split(':')[-1]} is mapped to {mapping.source}, switched off", at=mapping.where / "State")


@rule(Severity.MEDIUM, maps=("CWE-778",))
def dead_letter_gone(fn: Function, audit: Audit) -> Outcome:
    """Failed events go to a queue or topic that does not exist.

    Why: Events that fail are lost without a trace, and with them the evidence of attempts to break the function.
    Fix: Create the target, or point the dead-letter setting or destination at one that exists.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    for label, target in _failure_targets(fn):
        if audit.is_own(account_of(target) or fn.account) and not _exists(target, audit):
            yield fail(f"{fn.name} sends failed events to {target} ({label}), which does not exist", at=fn.where, key=label)


def _failure_targets(fn: Function) -> Iterator[tuple[str, str]]:
    if target := known(fn.dead_letter):
        yield "dead-letter target", target
    config = known(fn.invoke_config)
    if config and config.on_failure:
        yield "on-failure destination", config.on_failure


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def destination_foreign(fn: Function | FunctionVersion | Alias, audit: Audit) -> Outcome:
    """Results or failed events of a function go to another account.

    Why: Event and response bodies leave the account with every asynchronous call; it is also a quiet way to copy data out.
    Fix: Point the destination at a target of your own, or name the account as trusted.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    config = known(fn.invoke_config)
    targets = [("on success", config.on_success), ("on failure", config.on_failure)] if config else []
    if isinstance(fn, Function):
        targets.append(("dead letter", known(fn.dead_letter) or ""))
    for label, target in targets:
        if target and (account := audit.foreign(target)):
            yield fail(f"{fn.name} sends events {label} to {target} in account {account}", at=fn.where, key=target)


@rule(Severity.LOW, maps=("CWE-1059", "AWS:lambda-sqs-visibility"))
def queue_visibility_too_short(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """The queue hands a message out again while the function may still be working on it.

    Why: Messages are processed twice or more; a slow message that an attacker sends multiplies the cost and the effect.
    Fix: Set the queue's visibility timeout to at least six times the function's timeout.
    See: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    if mapping.source_kind != "sqs":
        return skip("the source is not a queue")
    queue = audit.find(Queue, mapping.source)
    function = audit.find(Function, mapping.function)
    if queue is None or function is None:
        return skip("the queue or the function does not exist")
    visible, timeout = known(queue.visibility_timeout), known(function.timeout)
    if visible is not None and timeout is not None and visible < 6 * timeout:
        yield fail(
            f"{queue.name} hides a message for {visible} s, {function.name} may run {timeout} s (six times is {6 * timeout} s)",
            at=queue.where / "Attributes" / "VisibilityTimeout",
            severity=Severity.LOW if visible < timeout else Severity.INFO,
            functions=(function.id,),
            commands=(
                "aws sqs set-queue-attributes --queue-url <queue-url> --attributes "
                f"VisibilityTimeout={6 * timeout}  # {queue.name}",
            ),
        )


@rule(Severity.LOW, maps=("CWE-778",))
def stream_mapping_drops_failures(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """A stream mapping gives up on records after some tries and keeps no trace of them.

    Why: Records that make the function fail disappear, so that poisoned ones are never seen.
    Fix: Give the mapping an on-failure destination.
    See: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    """
    if mapping.source_kind not in ("kinesis", "dynamodb"):
        return skip("the source is not a stream")
    if mapping.retries is not None and mapping.retries >= 0 and not mapping.on_failure:
        yield fail(
            f"{mapping.function.split(':')[-1]} drops records of {mapping.source} after {mapping.retries} retries",
            at=mapping.where / "DestinationConfig",
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-835", "OWASP:SLS-A6"))
def bucket_triggers_itself(bucket: Bucket, audit: Audit) -> Outcome:
    """A function that a bucket triggers may write into the same bucket, under keys that trigger it again.

    Why: One object starts a loop that runs, and costs, until somebody stops it; who may upload can start it on purpose.
    Fix: Let the function write to another bucket, or separate input and output by prefix in the notification and in its role.
    See: https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    """
    for note in known(bucket.notifications):
        function = audit.find(Function, unqualified(note.target)) if ":function:" in note.target else None
        role = audit.role(function) if function else None
        if function is None or role is None or not any("ObjectCreated" in event for event in note.events):
            continue
        written = f"{bucket.id}/{note.prefix or '*'}{'*' if note.prefix else ''}{note.suffix}"
        if witnesses := audit.can(role, ("s3:PutObject",), (written,)):
            yield fail(
                f"{function.name} is triggered by new objects in {bucket.name} and may write {written} there",
                at=bucket.where,
                key=function.id,
                functions=(function.id,),
                evidence=(Evidence(where=bucket.where, text=witnesses[0].text),),
            )


@rule(Severity.MEDIUM, maps=("CWE-835",))
def recursion_guard_off(fn: Function, audit: Audit) -> Outcome:
    """Lambda's recursive loop detection is switched off for the function.

    Why: A loop through a queue, topic or bucket, started by mistake or on purpose, is not stopped any more.
    Fix: Set the function's recursive loop setting back to Terminate unless the design needs the loop.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    if known(fn.recursion) == "Allow":
        yield fail(
            f"{fn.name} allows recursive loops",
            at=fn.where,
            commands=(f"aws lambda put-function-recursion-config --function-name {fn.name} --recursive-loop Terminate",),
        )


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def topic_feeds_strangers(topic: Topic, audit: Audit) -> Outcome:
    """A topic delivers its messages to another account's queue, function or stream.

    Why: Every message is copied out of the account; a subscription survives the removal of the right that made it.
    Fix: Remove the subscription, or name the account as trusted.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    for sub in known(topic.subscriptions):
        account = audit.foreign(sub.endpoint)
        if account:
            yield fail(
                f"{topic.name} delivers to {sub.endpoint} ({sub.protocol}) in account {account}",
                at=topic.where,
                key=sub.endpoint,
            )
        elif sub.protocol == "http":
            yield fail(f"{topic.name} delivers over plain HTTP to {_host(sub.endpoint)}", at=topic.where, key=sub.endpoint)


def _host(url: str) -> str:
    return url.split("/")[2] if url.count("/") >= 2 else url


@rule(Severity.LOW, maps=("CWE-1059",))
def rule_target_gone(event_rule: EventRule, audit: Audit) -> Outcome:
    """An EventBridge rule sends events to a function that does not exist any more.

    Why: Events are lost; whoever may create a function of that name receives them.
    Fix: Remove the target, or deploy the function again.
    See: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    """
    for target in known(event_rule.targets):
        arn = unqualified(target.arn)
        if ":lambda:" not in arn or not audit.is_own(account_of(arn)):
            continue
        if audit.find(Function, arn) is None:
            yield fail(f"{event_rule.name} sends events to {target.arn}, which does not exist", at=event_rule.where, key=arn)


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def rule_target_foreign(event_rule: EventRule, audit: Audit) -> Outcome:
    """An EventBridge rule sends events to another account.

    Why: Matching events leave the account; a rule that somebody added copies data out quietly.
    Fix: Remove the target, or name the account as trusted.
    See: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """
    for target in known(event_rule.targets):
        if account := audit.foreign(target.arn):
            yield fail(
                f"{event_rule.name} sends events to {target.arn} in account {account}", at=event_rule.where, key=target.arn
            )
