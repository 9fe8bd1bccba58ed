"""Keys, encryption at rest and the rotation of secrets."""

import datetime as dt

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.resources import Key, Queue, Secret, Stream, Topic
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_GRACE = dt.timedelta(days=7)


@rule(Severity.LOW, maps=("CWE-324", "FSBP:KMS.4", "CIS:3.6"))
def key_not_rotated(key: Key, audit: Audit) -> Outcome:
    """Automatic rotation of a customer managed KMS key is switched off.

    Why: Key material that never changes protects everything ever encrypted with it; rotation bounds what one leak is worth.
    Fix: Switch automatic rotation on; old data stays readable.
    See: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    if known(key.manager) != "CUSTOMER":
        return skip("AWS rotates its managed keys itself")
    if known(key.state) != "Enabled":
        return skip(f"the key is {known(key.state)}")
    if known(key.spec) != "SYMMETRIC_DEFAULT" or known(key.origin) != "AWS_KMS":
        return skip("a key of this kind cannot be rotated automatically")
    if known(key.rotation) is False:
        yield fail(
            f"key {key.name} is not rotated",
            at=key.where,
            commands=(f"aws kms enable-key-rotation --key-id {key.name}",),
        )


@rule(Severity.HIGH, maps=("CWE-404", "FSBP:KMS.3"))
def key_unusable(key: Key, audit: Audit) -> Outcome:
    """A KMS key that functions depend on is disabled or about to be deleted.

    Why: Functions cannot start, and data cannot be read, once the key is gone; deleting a key is a way to hold data to ransom.
    Fix: Cancel the deletion or enable the key; find out who scheduled it.
    See: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    """
    if not audit.inventory.from_(key.id):
        return skip("nothing that was read uses it")
    state = known(key.state)
    if state in ("PendingDeletion", "Disabled", "PendingReplicaDeletion"):
        users = len(audit.inventory.from_(key.id))
        yield fail(
            f"key {key.name} is {'disabled' if state == 'Disabled' else 'about to be deleted'} and still used by {users} "
            + ("resource" if users == 1 else "resources"),
            at=key.where / "KeyMetadata" / "KeyState",
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-324", "FSBP:SecretsManager.1"))
def secret_not_rotated(secret: Secret, audit: Audit) -> Outcome:
    """A secret has no rotation.

    Why: A secret that leaked once works until somebody changes it by hand.
    Fix: Set up rotation with a rotation function, or let the owning service manage it.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """
    if known(secret.owning_service):
        return skip(f"{known(secret.owning_service)} manages it")
    if known(secret.rotation) is False:
        yield fail(f"secret {secret.name} is not rotated", at=secret.where)


@rule(Severity.MEDIUM, maps=("CWE-324", "FSBP:SecretsManager.2"))
def secret_rotation_fails(secret: Secret, audit: Audit) -> Outcome:
    """A secret's rotation is on, but the last one is older than its schedule.

    Why: Rotation fails or its function is gone; everybody believes that the secret changes, and it does not.
    Fix: Read the rotation function's log, mend it, and rotate once by hand.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
    """
    if not known(secret.rotation):
        return skip("rotation is off, which secret-not-rotated reports")
    days, last = known(secret.rotation_days), known(secret.last_rotated)
    if not days or not last:
        return skip("no schedule in days, or never rotated yet")
    due = dt.datetime.fromisoformat(last).date() + dt.timedelta(days=days) + _GRACE
    if due < audit.today:
        yield fail(
            f"secret {secret.name} should rotate every {days} days, the last time was {last[:10]}",
            at=secret.where / "LastRotatedDate",
        )


@rule(Severity.LOW, maps=("CWE-1059",))
def secret_rotation_function_gone(secret: Secret, audit: Audit) -> Outcome:
    """A secret names a rotation function that does not exist.

    Why: The secret cannot rotate, and whoever may create a function of that name receives it.
    Fix: Deploy the rotation function again or choose another one.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """
    from lambdaudit.model.arn import account_of, unqualified
    from lambdaudit.model.functions import Function

    arn = known(secret.rotation_function)
    if not known(secret.rotation) or not arn or not audit.is_own(account_of(arn)):
        return skip("it has no rotation function in an audited account")
    if audit.find(Function, unqualified(arn)) is None:
        yield fail(f"secret {secret.name} is rotated by {arn}, which does not exist", at=secret.where / "RotationLambdaARN")


@rule(Severity.LOW, maps=("CWE-311", "FSBP:SQS.1"))
def queue_not_encrypted(queue: Queue, audit: Audit) -> Outcome:
    """A queue stores its messages without server-side encryption.

    Why: New queues are encrypted by default; on this one it was switched off, so message bodies lie on disk in plain text.
    Fix: Switch server-side encryption on (SQS-managed or KMS).
    See: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
    """
    if known(queue.encryption) == "none":
        yield fail(f"queue {queue.name} is not encrypted", at=queue.where / "Attributes" / "SqsManagedSseEnabled")


@rule(Severity.LOW, maps=("CWE-311", "FSBP:Kinesis.1"))
def stream_not_encrypted(stream: Stream, audit: Audit) -> Outcome:
    """A Kinesis stream stores its records without server-side encryption.

    Why: Kinesis does not encrypt by default; records lie on disk in plain text.
    Fix: Start encryption of the stream with a KMS key.
    See: https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html
    """
    if known(stream.encryption) == "NONE":
        yield fail(
            f"stream {stream.name} is not encrypted",
            at=stream.where / "EncryptionType",
            commands=(
                f"aws kinesis start-stream-encryption --stream-name {stream.name} --encryption-type KMS "
                "--key-id alias/aws/kinesis",
            ),
        )


@rule(Severity.INFO, persona="strict", maps=("CWE-311", "FSBP:SNS.1"))
def topic_without_key(topic: Topic, audit: Audit) -> Outcome:
    """A topic has no KMS key.

    Why: Messages are stored under SNS's own disk encryption only; no key policy of yours decides who may read them.
    Fix: Set a KMS key on the topic where its messages are confidential.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
    """
    if known(topic.key) is None:
        yield fail(f"topic {topic.name} has no KMS key", at=topic.where / "Attributes" / "KmsMasterKeyId")
