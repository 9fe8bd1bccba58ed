"""Event sources and destinations: wiring that leads nowhere or to strangers, loses events or runs in circles."""

from collections.abc import Iterator
from shlex import quote

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Route
from lambdaudit.model.arn import account_of, parse_arn, unqualified
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.resources import Bucket, Bus, EventRule, EventSourceMapping, Queue, Stream, Table, Topic
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_OFF = ("Disabled", "Disabling")


def _name(function: str) -> str:
    return ":".join(function.split(":")[6:]) or function


@rule(Severity.LOW, maps=("CWE-672", "OWASP:S6:2017"))
def event_source_gone(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """An event source mapping reads from a source that does not exist any more.

    Why: The function silently does nothing; and whoever may create a queue, stream or table of that name feeds the function.
    Fix: Delete the mapping, or create the source again.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    """
    source = mapping.source
    if mapping.source_kind not in ("sqs", "kinesis", "dynamodb"):
        return skip("the source is of a kind that is not read")
    if not audit.is_own(account_of(source)):
        return skip("the source belongs to another account")
    if _is_gone(source, mapping.source_kind, audit):
        yield fail(
            f"{_name(mapping.function)} is mapped to {source}, which does not exist",
            at=mapping.where / "EventSourceArn",
            commands=(f"aws lambda delete-event-source-mapping --uuid {quote(mapping.name)}",),
        )


def _is_gone(source: str, kind: str, audit: Audit) -> bool:
    if kind == "dynamodb":
        table = audit.find(Table, source.partition("/stream/")[0])
        return table is None or known(table.stream) != source
    if kind == "kinesis":
        return audit.find(Stream, source.partition("/consumer/")[0]) is None
    return audit.find(Queue, source) is None


@rule(Severity.INFO, maps=("OWASP:S6:2017",))
def event_source_disabled(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """An event source mapping is switched off.

    Why: The function keeps its rights on a source that it does not use; whoever may update the mapping can switch it on again.
    Fix: Delete the mapping and the rights if it is not needed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    """
    if mapping.state in _OFF:
        yield fail(f"{_name(mapping.function)} is mapped to {mapping.source}, switched off", at=mapping.where / "State")


@rule(Severity.MEDIUM, maps=("CWE-346", "OWASP:S5:2017"))
def event_source_foreign(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """An event source mapping reads from a source of another account.

    Why: Whoever takes over that account decides what the function processes, with the rights of the function's role.
    Fix: Remove the mapping if nobody can say what it is for, or name the account as trusted (--trusted-account).
    See: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-cross-account-example.html
    """
    if account := audit.foreign(mapping.source):
        state = ", switched off" if mapping.state in _OFF else ""
        yield fail(
            f"{_name(mapping.function)} reads {mapping.source} of account {account}{state}",
            at=mapping.where / "EventSourceArn",
            severity=Severity.LOW if state else Severity.MEDIUM,
        )


_STORES: dict[str, type[Asset]] = {"sqs": Queue, "sns": Topic, "s3": Bucket, "lambda": Function, "events": Bus}


@rule(Severity.MEDIUM, maps=("CWE-672", "OWASP:S10:2017"))
def dead_letter_gone(fn: Function, audit: Audit) -> Outcome:
    """Failed events go to a target that does not exist.

    Why: Events that fail are lost without a trace, and with them the evidence of attempts to break the function; where the target
    was a bucket, whoever takes its free name receives them.
    Fix: Create the target, or point the dead-letter setting or destination at one that exists.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    targets = list(_failure_targets(fn))
    if not targets:
        return skip("failed events are sent nowhere")
    for label, target in targets:
        parsed = parse_arn(target)
        cls = _STORES.get(parsed.service) if parsed else None
        if cls is None or not audit.is_own(account_of(target) or fn.account):
            continue
        if audit.find(cls, unqualified(target)) is None:
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
    targets = [("of successful calls", config.on_success), ("that fail", config.on_failure)] if config else []
    if isinstance(fn, Function):
        targets.append(("that fail", known(fn.dead_letter) or ""))
    for label, target in targets:
        if account := audit.foreign(target):
            yield fail(f"{_name(fn.id)} sends events {label} to {target} in account {account}", at=fn.where, key=target)


@rule(Severity.LOW, maps=("CWE-837",))
def queue_visibility_too_short(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """The queue hands a message out again while the function may still be working on it.

    Why: Messages are processed twice or more; a slow message that an attacker sends multiplies the cost and the effect.
    Fix: Set the queue's visibility timeout to at least six times the function's timeout.
    See: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    if mapping.source_kind != "sqs" or mapping.state in _OFF:
        return skip("the source is not a queue, or switched off")
    queue = audit.find(Queue, mapping.source)
    function = audit.find(Function, mapping.function)
    if queue is None or function is None:
        return skip("the queue or the function does not exist")
    visible, timeout = known(queue.visibility_timeout), known(function.timeout)
    if visible is not None and timeout is not None and visible < 6 * timeout:
        china = ".cn" if queue.id.startswith("arn:aws-cn:") else ""
        url = f"https://sqs.{queue.region}.amazonaws.com{china}/{queue.account}/{queue.name}"
        yield fail(
            f"{queue.name} hides a message for {visible} s, {function.name} may run {timeout} s (six times is {6 * timeout} s)",
            at=queue.where / "Attributes" / "VisibilityTimeout",
            severity=Severity.LOW if visible < timeout else Severity.INFO,
            functions=(function.id,),
            commands=(f"aws sqs set-queue-attributes --queue-url {quote(url)} --attributes VisibilityTimeout={6 * timeout}",),
        )


@rule(Severity.LOW, maps=("CWE-778", "OWASP:S10:2017"))
def stream_mapping_drops_failures(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """A stream mapping gives up on records after some tries and keeps no trace of them.

    Why: Records that make the function fail disappear, so that poisoned ones are never seen.
    Fix: Give the mapping an on-failure destination.
    See: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    if mapping.source_kind not in ("kinesis", "dynamodb"):
        return skip("the source is not a stream")
    if mapping.retries is not None and mapping.retries >= 0 and not mapping.on_failure:
        yield fail(
            f"{_name(mapping.function)} drops records of {mapping.source} after {mapping.retries} retries",
            at=mapping.where / "DestinationConfig",
        )


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-835", "OWASP:S6:2017"))
def bucket_triggers_itself(bucket: Bucket, audit: Audit) -> Outcome:
    """A function that a bucket triggers may write into the same bucket, under keys that trigger it again.

    Why: One object starts a loop that runs, and costs; who may upload can start it on purpose. Lambda stops it after some rounds
    only where loop detection is on and the function uses a recent SDK.
    Fix: Let the function write to another bucket, or separate input and output by prefix in the notification and in its role.
    See: https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    """
    notes = [n for n in known(bucket.notifications) if any("ObjectCreated" in event for event in n.events)]
    if not any(":function:" in note.target for note in notes):
        return skip("no function is called for new objects")
    for note in notes:
        function = audit.find(Function, unqualified(note.target)) if ":function:" in note.target else None
        role = audit.role(function) if function else None
        if function is None or role is None:
            continue
        written = f"{bucket.id}/{note.prefix or ''}*{note.suffix}"
        if witnesses := audit.can(role, ("s3:PutObject",), (written,)):
            yield fail(
                f"{function.name} is triggered by new objects in {bucket.name} and may write {written} there",
                at=bucket.where,
                key=function.id,
                functions=(function.id,),
                evidence=(Evidence(where=bucket.where, text=witnesses[0].text),),
                severity=Severity.HIGH if function.recursion == "Allow" else Severity.MEDIUM,
            )


@rule(Severity.LOW, confidence=Confidence.LOW, persona="strict", maps=("CWE-835", "OWASP:S6:2017"))
def table_stream_feeds_itself(mapping: EventSourceMapping, audit: Audit) -> Outcome:
    """A function that reads a table's stream may write to the same table.

    Why: Unless its code tells its own writes apart, every item that it writes calls it again; Lambda does not detect loops
    through DynamoDB, so one item runs up cost until somebody notices.
    Fix: Filter the mapping to what the function must see, write to another table, or take the right to write away.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    if mapping.source_kind != "dynamodb" or mapping.filters or mapping.state in _OFF:
        return skip("the source is not a table's stream, or it is filtered or switched off")
    function = audit.find(Function, mapping.function)
    role = audit.role(function) if function else None
    if function is None or role is None:
        return skip("no function with a role stands behind it")
    table = mapping.source.partition("/stream/")[0]
    if witnesses := audit.can(role, ("dynamodb:PutItem", "dynamodb:UpdateItem"), (table,)):
        yield fail(
            f"{function.name} reads every change of table {table.rpartition('/')[2]} and may write to it",
            at=mapping.where,
            evidence=(Evidence(where=mapping.where, text=witnesses[0].text),),
            functions=(function.id,),
        )


@rule(Severity.MEDIUM, maps=("CWE-835", "OWASP:S6:2017"))
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
            commands=(f"aws lambda put-function-recursion-config --function-name {quote(fn.id)} --recursive-loop Terminate",),
        )


@rule(Severity.LOW, maps=("CWE-672", "OWASP:S6:2017"), aliases=("rule-target-gone",))
def trigger_target_gone(asset: EventRule | Route | Bucket | Topic | EventSourceMapping, audit: Audit) -> Outcome:
    """A trigger calls a function, version or alias that does not exist any more.

    Why: Its events are lost; whoever may create a function or alias of that name receives them.
    Fix: Remove the trigger, or deploy the function again.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
    """
    targets = list(dict.fromkeys(_called(asset)))
    if not targets:
        return skip("it calls no function, or is switched off")
    for target in targets:
        function, _, qualifier = target[len("arn:") :].partition(":function:")[2].partition(":")
        base = unqualified(target)
        if not function or not audit.is_own(account_of(base)):
            continue
        callee = audit.find(Function, base)
        if callee is None:
            yield fail(f"{asset.name} calls {target}, which does not exist", at=asset.where, key=target, functions=())
        elif qualifier and qualifier != "$LATEST":
            if "$" in qualifier:
                known(Unknown(f"{asset.name} calls {base} by a qualifier that depends on a stage variable"))
            if target not in known(callee.versions if qualifier.isdecimal() else callee.aliases):
                what = f"version {qualifier}" if qualifier.isdecimal() else f"alias {qualifier}"
                message = f"{asset.name} calls {what} of {function}, which does not exist"
                yield fail(message, at=asset.where, key=target, functions=(base,))


def _called(asset: EventRule | Route | Bucket | Topic | EventSourceMapping) -> Iterator[str]:
    """ARNs of the functions that a trigger calls, qualified as it names them."""
    if isinstance(asset, Route):
        if arn := known(asset.function):
            yield f"{arn}:{asset.qualifier}" if asset.qualifier else arn
        return
    if isinstance(asset, EventSourceMapping):
        if asset.state not in _OFF:
            yield f"{asset.function}:{asset.qualifier}" if asset.qualifier else asset.function
        return
    if isinstance(asset, EventRule):
        found = [t.arn for t in known(asset.targets)] if asset.state != "DISABLED" else []
    elif isinstance(asset, Bucket):
        found = [n.target for n in known(asset.notifications)]
    else:
        found = [s.endpoint for s in known(asset.subscriptions) if s.protocol == "lambda"]
    yield from (arn for arn in found if (parsed := parse_arn(arn)) and parsed.resource.startswith("function:"))
