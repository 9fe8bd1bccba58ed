"""Keys and encryption at rest, and what protects stored data from being destroyed."""

from shlex import quote

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.resources import Bucket, Key, LogGroup, Queue, Secret, Stream, Table, Topic
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.LOW, maps=("CIS:3.6", "SecurityHub:KMS.4"))
def key_not_rotated(key: Key, audit: Audit) -> Outcome:
    """Automatic rotation of a customer managed KMS key is switched off.

    Why: Key material that never changes protects everything ever encrypted with it; rotation bounds what one leak is worth.
    Fix: Switch automatic rotation on; old data stays readable. For a multi-Region key, do it on the primary key.
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
            f"key {_label(key)} is not rotated",
            at=key.where,
            commands=(f"aws kms enable-key-rotation --key-id {quote(key.id)}",),
        )


def _label(key: Key) -> str:
    """The key's alias where one is known, else its id."""
    aliases = key.aliases
    return aliases[0] if isinstance(aliases, tuple) and aliases else key.name


_DYING = {
    "Disabled": ("disabled", "enable-key"),
    "PendingDeletion": ("about to be deleted", "cancel-key-deletion"),
    "PendingImport": ("without its key material", ""),
    "PendingReplicaDeletion": ("about to be deleted once its replicas are", "cancel-key-deletion"),
    "Unavailable": ("cut off from its key store", ""),
}
"""States in which a key decrypts nothing, or soon will: in words, and the command that ends it."""


@rule(Severity.HIGH, maps=("FSBP:KMS.3", "T1485"))
def key_unusable(key: Key, audit: Audit) -> Outcome:
    """A KMS key that functions or their data depend on is disabled, about to be deleted or cut off.

    Why: Functions cannot start, and data cannot be read, once the key is gone; deleting a key is a way to destroy data or to
    hold it to ransom.
    Fix: Cancel the deletion or enable the key; find out who scheduled it.
    See: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    """
    state = known(key.state)
    if state not in _DYING:
        return None
    users = audit.encrypted_with(key)
    if not users:
        return skip("nothing that was read uses it")
    names = ", ".join(u.rpartition(":")[2] for u in users[:4]) + (" …" if len(users) > 4 else "")
    words, command = _DYING[state]
    yield fail(
        f"key {_label(key)} is {words}, and {names} still use{'s' if len(users) == 1 else ''} it",
        at=key.where / "KeyMetadata" / "KeyState",
        commands=(f"aws kms {command} --key-id {quote(key.id)}",) if command else (),
    )


@rule(Severity.LOW, maps=("CWE-284", "T1486"))
def key_of_other_account(asset: Function | Bucket | LogGroup | Queue | Secret | Stream | Table | Topic, audit: Audit) -> Outcome:
    """A function or a store is encrypted with a KMS key of another account.

    Why: Whoever controls that account reads what the key protects wherever it gets at the data, and by disabling the key makes
    the function and the data unusable until you pay or comply.
    Fix: Encrypt with a key of your own, or name the account as trusted (--trusted-account).
    See: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """
    arn = known(asset.kms_key if isinstance(asset, Function) else asset.key)
    if not arn:
        return skip("it is encrypted with no KMS key, or with AWS's own")
    if account := audit.foreign(arn):
        yield fail(f"{asset.name} is encrypted with {arn} of account {account}", at=asset.where)


@rule(Severity.MEDIUM, maps=("CWE-284", "T1098"))
def key_grant_foreign(key: Key, audit: Audit) -> Outcome:
    """A KMS grant lets a principal of another account use the key.

    Why: A grant works beside the key policy and is seldom looked at: with Decrypt, or the right to make grants, that account
    reads what the key protects.
    Fix: Revoke the grant, or name the account as trusted.
    See: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    if known(key.manager) == "AWS":
        return skip("AWS manages the key and its grants")
    for grant in known(key.grants):
        if account := audit.foreign(grant.grantee):
            yield fail(
                f"{grant.grantee} of account {account} may use key {_label(key)}: {', '.join(sorted(grant.operations)[:6])}",
                at=key.where,
                key=grant.id,
                evidence=(Evidence(where=key.where, text=f"grant {grant.id}"),),
                commands=(f"aws kms revoke-grant --key-id {quote(key.id)} --grant-id {quote(grant.id)}",),
            )


@rule(Severity.LOW, maps=("CWE-311", "FSBP:SQS.1"))
def queue_not_encrypted(queue: Queue, audit: Audit) -> Outcome:
    """A queue has server-side encryption switched off.

    Why: SQS encrypts new queues since 2022 unless told otherwise; this one is older, or it was switched off, so that nothing but
    SQS's own disk encryption stands between its messages and who gets at the storage.
    Fix: Switch server-side encryption on (SQS-managed or KMS).
    See: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
    """
    if known(queue.encryption) == "none":
        yield fail(f"queue {queue.name} has no server-side encryption", at=queue.where / "Attributes" / "SqsManagedSseEnabled")


@rule(Severity.LOW, maps=("CWE-311", "FSBP:Kinesis.1"))
def stream_not_encrypted(stream: Stream, audit: Audit) -> Outcome:
    """A Kinesis stream has no server-side encryption.

    Why: Kinesis encrypts only on request; without it no key stands between the records and who gets at the storage.
    Fix: Start encryption of the stream with a KMS key.
    See: https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html
    """
    if known(stream.encryption) == "NONE":
        yield fail(
            f"stream {stream.name} has no server-side encryption",
            at=stream.where / "EncryptionType",
            commands=(
                f"aws kinesis start-stream-encryption --stream-name {quote(stream.name)} --encryption-type KMS "
                "--key-id alias/aws/kinesis",
            ),
        )


@rule(Severity.INFO, persona="strict", maps=("SecurityHub:SNS.1",))
def topic_without_key(topic: Topic, audit: Audit) -> Outcome:
    """A topic has no KMS key.

    Why: Messages are stored under SNS's own disk encryption only; no key policy of yours decides who may read them.
    Fix: Set a KMS key on the topic where its messages are confidential.
    See: https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
    """
    if known(topic.key) is None:
        yield fail(f"topic {topic.name} has no KMS key", at=topic.where / "Attributes" / "KmsMasterKeyId")


@rule(Severity.LOW, persona="strict", maps=("FSBP:DynamoDB.2", "T1485"))
def table_without_recovery(table: Table, audit: Audit) -> Outcome:
    """A table has no point-in-time recovery.

    Why: Whoever gets the rights of a function that writes to it can overwrite or delete every item, and nothing brings back the
    state of a minute before.
    Fix: Switch point-in-time recovery on.
    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
    """
    if not known(table.point_in_time_recovery):
        yield fail(
            f"table {table.name} has no point-in-time recovery",
            at=table.where,
            commands=(
                f"aws dynamodb update-continuous-backups --table-name {quote(table.name)} "
                "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
            ),
        )


@rule(Severity.LOW, persona="strict", maps=("FSBP:DynamoDB.6", "T1485"))
def table_can_be_deleted(table: Table, audit: Audit) -> Outcome:
    """A table has no deletion protection.

    Why: One call with dynamodb:DeleteTable destroys the table.
    Fix: Switch deletion protection on.
    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    if not known(table.deletion_protection):
        yield fail(
            f"table {table.name} has no deletion protection",
            at=table.where / "DeletionProtectionEnabled",
            commands=(f"aws dynamodb update-table --table-name {quote(table.name)} --deletion-protection-enabled",),
        )


@rule(Severity.LOW, persona="strict", maps=("T1485",))
def bucket_without_versions(bucket: Bucket, audit: Audit) -> Outcome:
    """A bucket keeps no earlier versions of its objects.

    Why: Whoever gets the rights of a function that writes to it can overwrite or delete every object for good, or encrypt them
    and ask for money.
    Fix: Switch versioning on, with a rule that lets old versions expire.
    See: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
    """
    if known(bucket.versioning) != "Enabled":
        yield fail(
            f"bucket {bucket.name} keeps no versions",
            at=bucket.where,
            commands=(
                f"aws s3api put-bucket-versioning --bucket {quote(bucket.name)} --versioning-configuration Status=Enabled",
            ),
        )
