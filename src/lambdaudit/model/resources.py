"""The resources around functions: event sources, stores, keys, secrets and logs."""

from .base import Asset, Policy, Record
from .unknown import Maybe, Unknown

_UNREAD = Unknown("not read")


class EventSourceMapping(Asset, frozen=True, kw_only=True, tag="event-source-mapping"):
    """A mapping that polls a source and invokes a function. `source`: ARN of the queue, stream … (empty: self-managed)."""

    function: str
    qualifier: str = ""
    source: str = ""
    source_kind: str = ""
    state: str = ""
    batch_size: int | None = None
    on_failure: str = ""
    retries: int | None = None
    filters: int = 0
    report_failures: bool = False
    max_concurrency: int | None = None
    last_result: str = ""


class Notification(Record, frozen=True, kw_only=True):
    """A bucket's notification to a function, queue or topic. `events` as S3 names them, `prefix`/`suffix` of the key filter."""

    target: str
    events: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""


class AclGrant(Record, frozen=True, kw_only=True):
    """One grant of an access control list: canonical id or group URI, and the permission."""

    grantee: str
    permission: str


class Bucket(Asset, frozen=True, kw_only=True, tag="bucket"):
    """An S3 bucket. `public_access_block` as in Account; `ownership` e.g. ``BucketOwnerEnforced``; `owner` is the canonical id.

    `encryption`: ``AES256``, ``aws:kms`` … (S3 encrypts every new object since January 2023); `key` the KMS key, if any.
    """

    policy: Maybe[Policy | None] = _UNREAD
    acl: Maybe[tuple[AclGrant, ...]] = _UNREAD
    owner: Maybe[str] = ""
    ownership: Maybe[str | None] = _UNREAD
    public_access_block: Maybe[tuple[bool, bool, bool, bool] | None] = _UNREAD
    notifications: Maybe[tuple[Notification, ...]] = _UNREAD
    encryption: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None
    versioning: Maybe[str] = _UNREAD


class Queue(Asset, frozen=True, kw_only=True, tag="queue"):
    """An SQS queue. `visibility_timeout` in seconds; `encryption` ``none``, ``sqs``, ``kms``; `dead_letter` redrive target."""

    policy: Maybe[Policy | None] = _UNREAD
    visibility_timeout: Maybe[int | None] = _UNREAD
    encryption: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None
    dead_letter: Maybe[str | None] = None
    max_receive: Maybe[int | None] = None
    redrive_allow: Maybe[str | None] = None


class Subscription(Record, frozen=True, kw_only=True):
    """A subscription of a topic: protocol and endpoint (ARN, URL, address)."""

    arn: str
    protocol: str
    endpoint: str
    owner: str = ""


class Topic(Asset, frozen=True, kw_only=True, tag="topic"):
    """An SNS topic. `key` None means not encrypted with KMS (SNS has no default at-rest key setting)."""

    policy: Maybe[Policy | None] = _UNREAD
    key: Maybe[str | None] = _UNREAD
    subscriptions: Maybe[tuple[Subscription, ...]] = _UNREAD


class Table(Asset, frozen=True, kw_only=True, tag="table"):
    """A DynamoDB table. `encryption`: ``default`` (AWS owned key), ``kms``; `stream` its stream's ARN."""

    policy: Maybe[Policy | None] = _UNREAD
    stream: Maybe[str | None] = _UNREAD
    stream_policy: Maybe[Policy | None] = _UNREAD
    encryption: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None
    deletion_protection: Maybe[bool] = _UNREAD
    point_in_time_recovery: Maybe[bool] = _UNREAD


class Stream(Asset, frozen=True, kw_only=True, tag="stream"):
    """A Kinesis data stream. `encryption`: ``NONE`` or ``KMS``."""

    policy: Maybe[Policy | None] = _UNREAD
    encryption: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None


class Bus(Asset, frozen=True, kw_only=True, tag="event-bus"):
    """An EventBridge event bus."""

    policy: Maybe[Policy | None] = _UNREAD


class RuleTarget(Record, frozen=True, kw_only=True):
    """A target of an EventBridge rule."""

    id: str
    arn: str
    role: str = ""
    dead_letter: str = ""


class EventRule(Asset, frozen=True, kw_only=True, tag="event-rule"):
    """An EventBridge rule with its targets. `pattern` is the JSON text, empty for schedules."""

    bus: str = ""
    state: str = ""
    schedule: str = ""
    pattern: str = ""
    targets: Maybe[tuple[RuleTarget, ...]] = _UNREAD
    managed_by: str = ""


class Grant(Record, frozen=True, kw_only=True):
    """A KMS grant: grantee and retiring principal (ARN or service), operations."""

    id: str
    grantee: str = ""
    operations: tuple[str, ...] = ()
    retiring: str = ""


class Key(Asset, frozen=True, kw_only=True, tag="key"):
    """A KMS key. `manager`: ``CUSTOMER`` or ``AWS``; `rotation` None when the key cannot rotate (asymmetric, imported)."""

    manager: Maybe[str] = _UNREAD
    state: Maybe[str] = _UNREAD
    spec: Maybe[str] = _UNREAD
    origin: Maybe[str] = _UNREAD
    rotation: Maybe[bool | None] = _UNREAD
    policy: Maybe[Policy | None] = _UNREAD
    grants: Maybe[tuple[Grant, ...]] = _UNREAD
    aliases: Maybe[tuple[str, ...]] = ()


class Secret(Asset, frozen=True, kw_only=True, tag="secret"):
    """A Secrets Manager secret: facts about it, never its value. Times ISO 8601, `rotation_days` from the schedule."""

    rotation: Maybe[bool] = _UNREAD
    rotation_function: Maybe[str | None] = None
    rotation_days: Maybe[int | None] = None
    last_rotated: Maybe[str] = ""
    last_changed: Maybe[str] = ""
    key: Maybe[str | None] = None
    policy: Maybe[Policy | None] = _UNREAD
    owning_service: Maybe[str] = ""


class Parameter(Asset, frozen=True, kw_only=True, tag="parameter"):
    """An SSM parameter: its kind (``String``, ``StringList``, ``SecureString``), never its value."""

    kind: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None
    tier: Maybe[str] = "Standard"


class SubscriptionFilter(Record, frozen=True, kw_only=True):
    """A log group's subscription filter."""

    name: str
    destination: str
    role: str = ""


class LogGroup(Asset, frozen=True, kw_only=True, tag="log-group"):
    """A CloudWatch log group. `retention` in days, None: kept for ever."""

    retention: Maybe[int | None] = _UNREAD
    key: Maybe[str | None] = None
    filters: Maybe[tuple[SubscriptionFilter, ...]] = _UNREAD
    data_protection: Maybe[bool] = _UNREAD


class ImageRepository(Asset, frozen=True, kw_only=True, tag="image-repository"):
    """An ECR repository that holds function images.

    `tag_mutability`: ``MUTABLE``, ``IMMUTABLE``, and each with ``_WITH_EXCLUSION``: then tags that match one of `tag_exclusions`
    (wildcards) are the other way round. `scan_on_push` is the repository's own setting. `scan_type` (``BASIC``, ``ENHANCED``)
    and `scan_frequency` (``SCAN_ON_PUSH``, ``CONTINUOUS_SCAN``, ``MANUAL``) are what the registry's settings say of it, None
    where the source is a template, which does not hold them. `encryption`: ``AES256``, ``KMS`` or ``KMS_DSSE``.
    """

    policy: Maybe[Policy | None] = _UNREAD
    tag_mutability: Maybe[str] = _UNREAD
    tag_exclusions: Maybe[tuple[str, ...]] = ()
    scan_on_push: Maybe[bool] = _UNREAD
    scan_type: Maybe[str | None] = _UNREAD
    scan_frequency: Maybe[str | None] = _UNREAD
    encryption: Maybe[str] = _UNREAD
    key: Maybe[str | None] = None


class ScannedPackage(Record, frozen=True, kw_only=True):
    """A package that a scanner found vulnerable.

    `fixed`: the version that mends it, empty when the scanner says that there is none, None when it does not say. `manager` as
    the scanner names it (``OS``, ``PYTHONPKG`` …), `origin` the ARN of the layer version that brings it.
    """

    name: str
    version: str = ""
    fixed: str | None = None
    manager: str = ""
    path: str = ""
    origin: str = ""


class ScanFinding(Record, frozen=True, kw_only=True):
    """What a scanner of AWS says about an image or a function.

    `kind`: ``package`` (a known vulnerability) or ``code``. `name` is the vulnerability's id (CVE, GHSA, ALAS …) or the detector
    of code, `aliases` its other ids, `severity` the scanner's own word in capitals. `path`, `line` and `cwes` are of code.
    """

    name: str
    severity: str
    kind: str = "package"
    title: str = ""
    aliases: tuple[str, ...] = ()
    packages: tuple[ScannedPackage, ...] = ()
    score: float | None = None
    exploit: bool = False
    fix: str = ""
    path: str = ""
    line: int = 0
    cwes: tuple[str, ...] = ()


class ContainerImage(Asset, frozen=True, kw_only=True, tag="container-image"):
    """An image that functions run: `id` is the repository's ARN, a slash and the digest, as Inspector writes it.

    `functions` are the ids of those that run it. `image_tags` are the tags that point at it now, `pushed`, `pulled` (the last
    one that ECR recorded, None: none) and `scanned` times (ISO 8601; None: no scan has been completed). `scan_status` is ECR's
    word (``COMPLETE``, ``ACTIVE`` …; None: no scan was ever asked for). `counts` are findings by severity; `findings` the
    worst of them, and `unread` says why there may be more.
    """

    repository: str
    digest: str
    functions: tuple[str, ...] = ()
    image_tags: Maybe[tuple[str, ...]] = _UNREAD
    pushed: Maybe[str] = _UNREAD
    pulled: Maybe[str | None] = _UNREAD
    status: Maybe[str] = "ACTIVE"
    scan_status: Maybe[str | None] = _UNREAD
    scanned: Maybe[str | None] = _UNREAD
    counts: Maybe[tuple[tuple[str, int], ...]] = _UNREAD
    findings: Maybe[tuple[ScanFinding, ...]] = _UNREAD
    unread: Unknown | None = None


class Inspector(Asset, frozen=True, kw_only=True, tag="inspector"):
    """Amazon Inspector in a region: the state of its scans of function packages, function code and images.

    States are Inspector's own words: ``ENABLED``, ``DISABLED``, ``ENABLING``, ``SUSPENDED`` …
    """

    packages: Maybe[str] = _UNREAD
    code: Maybe[str] = _UNREAD
    images: Maybe[str] = _UNREAD


class InspectedFunction(Asset, frozen=True, kw_only=True, tag="inspected-function"):
    """What Amazon Inspector says about one function. `id` is the function's unqualified ARN followed by ``:inspector``."""

    function: str
    findings: Maybe[tuple[ScanFinding, ...]] = _UNREAD
    unread: Unknown | None = None
