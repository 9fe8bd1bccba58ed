"""What strangers can reach: functions, queues, topics, buckets and the rest, judged by the meaning of their policies."""

from collections.abc import Iterator
from typing import NamedTuple

from lambdaudit.facts import Audit, buckets, power
from lambdaudit.model.arn import unqualified
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion, LayerVersion
from lambdaudit.model.resources import Bucket, Bus, ImageRepository, Key, Queue, Secret, Stream, Table, Topic
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Fail, Outcome, fail, rule, skip

_INVOKE = ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl")


@rule(Severity.CRITICAL, maps=("CWE-284", "CWE-732", "FSBP:Lambda.1", "OWASP:S5:2017"), aliases=("lambda-public",))
def function_public(fn: Function | FunctionVersion | Alias, audit: Audit) -> Outcome:
    """Anyone with an AWS account can act on the function through its resource-based policy.

    Why: A stranger invokes the function with an event of his choice, past every API, authorizer and validation in front of it;
    where the policy allows more, he changes its code or configuration.
    Fix: Remove the statement, or bind it to your accounts or organisation with aws:SourceAccount, aws:SourceArn or
    aws:PrincipalOrgID.
    See: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    policy = known(fn.policy)
    if policy is None:
        return skip("it has no resource-based policy")
    for witness in audit.public(policy, fn.id, fn.account):
        actions = tuple(a for a in witness.actions if a != "lambda:InvokeFunctionUrl")
        if not actions or _only_through_url(witness.request.context):
            continue
        yield fail(
            f"{_label(fn)} can be used by anyone: {witness.text}",
            at=policy.where,
            key=_family(actions),
            evidence=audit.proof(policy, witness),
            functions=(unqualified(fn.id),),
            commands=_remove_permission(fn, policy, witness.statements, audit),
        )


@rule(Severity.HIGH, maps=("CWE-306", "FSBP:Lambda.1", "OWASP:S2:2017"))
def function_url_public(fn: Function | Alias, audit: Audit) -> Outcome:
    """Anyone on the internet can call the function URL.

    Why: With auth type NONE and a policy that lets everyone in, every unsigned request reaches the handler; nothing in front of
    it authenticates, limits or filters. With AWS_IAM such a policy lets in everybody who signs with some AWS account.
    Fix: Set the auth type to AWS_IAM and let the policy name who may call, or put a distribution with origin access control in
    front of the URL.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    url = known(fn.url)
    if url is None:
        return skip("it has no function URL")
    if url.auth_type not in _ANSWERS:
        known(Unknown(f"what the auth type {url.auth_type} of its URL asks of callers is not known"))
    policy = known(fn.policy)
    for witness in audit.callers_of_url(fn):
        assert policy is not None, "without a policy nobody is let in"
        severity, prize = power.prize(unqualified(fn.id), audit)
        signed = url.auth_type == "AWS_IAM"
        command = f"aws lambda update-function-url-config --function-name {_call_name(fn)} --auth-type AWS_IAM"
        via = {"lambda:FunctionUrlAuthType": url.auth_type, "lambda:InvokedViaFunctionUrl": "true"}
        doubt = not audit.public(policy, fn.id, fn.account, ("lambda:InvokeFunction",), via)
        exempt = (Evidence(where=policy.where, text=_EXEMPT),) if doubt else ()
        yield fail(
            f"{_label(fn)} answers {_ANSWERS[url.auth_type]} at its function URL{prize}",
            at=url.where / "AuthType",
            severity=severity,
            confidence=Confidence.MEDIUM if doubt else None,
            evidence=(Evidence(where=url.where / "AuthType", text=url.auth_type), *audit.proof(policy, witness), *exempt),
            functions=(unqualified(fn.id),),
            commands=_remove_permission(fn, policy, witness.statements, audit) if signed else (command,),
        )
        return None


_EXEMPT = (
    "nobody outside is granted lambda:InvokeFunction, which AWS asks of callers of URLs since October 2025 as well: "
    "only URLs that it still exempts answer"
)
_ANSWERS = {"NONE": "unsigned requests from the internet", "AWS_IAM": "requests that any AWS account signs"}
"""Whom a function URL whose policy lets everyone in answers, by its auth type."""


def _only_through_url(context: object) -> bool:
    keys = {str(key).lower(): value for key, value in context.items()} if isinstance(context, dict) else {}
    return "lambda:invokedviafunctionurl" in keys and str(keys["lambda:invokedviafunctionurl"]).lower() == "true"


def _label(fn: Asset) -> str:
    return ":".join(fn.id.split(":")[6:]) or fn.name


def _call_name(fn: Asset) -> str:
    """The function as the AWS CLI wants it, with the qualifier of a version or alias."""
    parts = fn.id.split(":")
    return f"{unqualified(fn.id)} --qualifier {parts[7]}" if len(parts) == 8 else fn.id


def _family(actions: tuple[str, ...]) -> str:
    """A stable name for what is allowed: calling, or changing as well."""
    return "invoke" if set(actions) <= set(_INVOKE) | {"lambda:InvokeAsync"} else "change"


def _remove_permission(fn: Asset, policy: Policy, statements: tuple[int, ...], audit: Audit) -> tuple[str, ...]:
    sids = [s.sid for s in audit.document(policy).statements if s.index in statements]
    return tuple(
        f"aws lambda remove-permission --function-name {_call_name(fn)} --statement-id {sid}"
        for sid in sids
        if sid.replace("-", "").replace("_", "").isalnum()
    )


class _Open(NamedTuple):
    """How a kind of resource is judged: what its policy protects, in which words."""

    noun: str
    resource: str = "{id}"


def _judge(asset: Asset, policy: Policy | None, what: _Open, audit: Audit) -> Iterator[Fail]:
    if policy is None:
        return
    for witness in audit.public(policy, what.resource.format(id=asset.id), asset.account):
        yield fail(
            f"{what.noun} {asset.name} is open to everyone: {witness.text}",
            at=policy.where,
            key=",".join(sorted(witness.actions)[:3]),
            evidence=audit.proof(policy, witness),
        )


@rule(Severity.CRITICAL, maps=("CWE-284", "CWE-732", "FSBP:SQS.3", "OWASP:S5:2017"))
def queue_public(queue: Queue, audit: Audit) -> Outcome:
    """Anyone can use the queue.

    Why: A stranger sends messages that the function behind the queue processes as its own, reads messages, or empties the queue.
    Fix: Name the senders in the queue's policy, or bind services with aws:SourceArn and aws:SourceAccount.
    See: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html
    """
    yield from _judge(queue, known(queue.policy), _Open("queue"), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732", "FSBP:SNS.4"))
def topic_public(topic: Topic, audit: Audit) -> Outcome:
    """Anyone can publish to or subscribe to the topic.

    Why: A stranger feeds every subscriber, functions included, or receives a copy of every message.
    Fix: Name principals in the topic's policy, or bind it with aws:SourceOwner, aws:SourceAccount or aws:PrincipalOrgID.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    yield from _judge(topic, known(topic.policy), _Open("topic"), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732", "FSBP:S3.2", "FSBP:S3.3"))
def bucket_public(bucket: Bucket, audit: Audit) -> Outcome:
    """Anyone can read from or write to the bucket.

    Why: A stranger reads what functions store there, or uploads objects that functions process.
    Fix: Switch all four settings of the public access block on, and remove the statement or grant.
    See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    for exposure in buckets.exposures(bucket, audit):
        yield fail(
            f"bucket {bucket.name} is open to {exposure.who}: {exposure.text}",
            at=exposure.where,
            key=exposure.key,
            severity=Severity.CRITICAL if exposure.writes else Severity.HIGH,
            evidence=exposure.evidence,
        )


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732"))
def event_bus_public(bus: Bus, audit: Audit) -> Outcome:
    """Anyone can put events on the event bus.

    Why: A stranger's events match your rules and start your functions.
    Fix: Name accounts in the bus's policy, or bind it with aws:PrincipalOrgID.
    See: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
    """
    yield from _judge(bus, known(bus.policy), _Open("event bus"), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732", "FSBP:KMS.5"))
def key_public(key: Key, audit: Audit) -> Outcome:
    """Anyone can use the KMS key.

    Why: The key no longer protects anything: what it encrypts is as open as the place where it is stored.
    Fix: Name principals in the key policy, or bind it with kms:CallerAccount or aws:PrincipalOrgID.
    See: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    yield from _judge(key, known(key.policy), _Open("key"), audit)


@rule(Severity.CRITICAL, maps=("CWE-284", "CWE-732"))
def secret_public(secret: Secret, audit: Audit) -> Outcome:
    """Anyone can use the secret through its resource policy.

    Why: A stranger who may also use its key reads the secret; one who may change it locks you out.
    Fix: Name principals in the secret's policy, or remove the policy.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
    """
    yield from _judge(secret, known(secret.policy), _Open("secret"), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732"))
def table_public(table: Table, audit: Audit) -> Outcome:
    """Anyone can use the table or its stream through a resource-based policy.

    Why: A stranger reads or changes the items, or reads every change from the stream.
    Fix: Name principals in the policy; switch block public access on for it.
    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa-rbp.html
    """
    yield from _judge(table, known(table.policy), _Open("table"), audit)
    if stream := known(table.stream):
        yield from _judge(table, known(table.stream_policy), _Open("the stream of table", stream), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732"))
def stream_public(stream: Stream, audit: Audit) -> Outcome:
    """Anyone can use the Kinesis stream through its resource-based policy.

    Why: A stranger writes records that your functions process, or reads them.
    Fix: Name principals in the policy.
    See: https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
    """
    yield from _judge(stream, known(stream.policy), _Open("stream"), audit)


@rule(Severity.MEDIUM, maps=("CWE-284", "CWE-732"))
def layer_public(layer: LayerVersion, audit: Audit) -> Outcome:
    """Anyone can read a layer version of yours.

    Why: Layers hold source code and, too often, configuration and keys; strangers also learn what to attack.
    Fix: Remove the permission from the version unless the layer is published on purpose.
    See: https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    if not audit.is_own(layer.account):
        return skip("another account publishes it")
    yield from _judge(layer, known(layer.policy), _Open("layer"), audit)


@rule(Severity.HIGH, maps=("CWE-284", "CWE-732", "FSBP:ECR.1"))
def image_repository_public(repository: ImageRepository, audit: Audit) -> Outcome:
    """Anyone can use the repository that function images come from.

    Why: A stranger pulls your code, or pushes an image that the next deployment runs.
    Fix: Name principals in the repository's policy.
    See: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """
    yield from _judge(repository, known(repository.policy), _Open("repository"), audit)
