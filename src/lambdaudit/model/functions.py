"""Functions, versions, aliases, layers and what is configured on them."""

from .base import Asset, Policy, Record
from .unknown import Maybe, Unknown
from .where import Where

_UNREAD = Unknown("not read")


class EnvironmentVariable(Record, frozen=True, kw_only=True):
    """One environment variable, without its value.

    `kind` is the secret detector's verdict (None: no secret) with its `confidence` and `reason`; `value` is kept only for values
    that are certainly harmless (ARNs, numbers, booleans, hook paths); `fingerprint` is a keyed hash for comparing. `unread` says
    why the value itself is not known (a template leaves it open): then nothing else is.
    """

    name: str
    length: int = 0
    kind: str | None = None
    confidence: str = ""
    reason: str = ""
    value: str | None = None
    references: tuple[str, ...] = ()
    fingerprint: str = ""
    unread: Unknown | None = None

    @property
    def stated(self) -> str | None:
        """The value where it is kept, or where it is just the name that it refers to: ``orders`` of TABLE, the URL of a queue."""
        if self.value is not None or self.kind is not None:
            return self.value
        named = [(kind, name) for kind, colon, name in (text.partition(":") for text in self.references) if colon]
        whole = next((name for kind, name in named if kind not in ("host", "account") and len(name) == self.length), None)
        if whole is None and sorted(kind for kind, _ in named) == ["account", "host", "queue"]:
            parts = dict(named)
            address = f"https://{parts['host']}/{parts['account']}/{parts['queue']}"
            return address if len(address) == self.length else None
        return whole


class LayerUse(Record, frozen=True, kw_only=True):
    """A layer version as a function uses it, in merge order."""

    arn: str
    code_size: int = 0
    signing_profile: str = ""


class VpcConfig(Record, frozen=True, kw_only=True, tag="vpc"):
    """Network attachment of a function."""

    vpc: str
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


class FileSystemMount(Record, frozen=True, kw_only=True):
    """A mounted file system: access point ARN and the path in the function."""

    arn: str
    path: str


class Logging(Record, frozen=True, kw_only=True, tag="logging"):
    """Where and how a function logs."""

    group: str = ""
    format: str = "Text"
    application_level: str = ""
    system_level: str = ""


class ImageConfig(Record, frozen=True, kw_only=True, tag="image"):
    """Container image of a function: reference, resolved digest, and overrides of its entry point."""

    uri: str = ""
    resolved: str = ""
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = ""


class Cors(Record, frozen=True, kw_only=True, tag="cors"):
    """Cross-origin settings of a function URL or an HTTP API."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    credentials: bool = False


class FunctionUrl(Record, frozen=True, kw_only=True, tag="url"):
    """The function URL of a function or alias. `auth_type` is ``NONE`` or ``AWS_IAM`` (or what AWS adds)."""

    url: str
    auth_type: str
    where: Where
    invoke_mode: str = "BUFFERED"
    cors: Cors | None = None


class InvokeConfig(Record, frozen=True, kw_only=True, tag="invoke-config"):
    """Asynchronous invocation: destinations (ARNs), retries, and age of events in seconds."""

    where: Where
    on_success: str = ""
    on_failure: str = ""
    retries: int | None = None
    max_age: int | None = None


class Configured(Asset, frozen=True, kw_only=True):
    """The configuration that a function and each of its published versions have.

    Sizes in bytes for code, megabytes for memory and storage; `timeout` in seconds; `last_modified` as AWS prints it (ISO 8601).
    `runtime` and `handler` are None for container images.
    """

    version: str = "$LATEST"
    runtime: Maybe[str | None] = _UNREAD
    handler: Maybe[str | None] = _UNREAD
    role: Maybe[str | None] = _UNREAD
    description: Maybe[str] = ""
    package_type: Maybe[str] = "Zip"
    architectures: Maybe[tuple[str, ...]] = ("x86_64",)
    timeout: Maybe[int | None] = _UNREAD
    memory: Maybe[int | None] = _UNREAD
    ephemeral_storage: Maybe[int | None] = _UNREAD
    code_size: Maybe[int | None] = _UNREAD
    code_sha256: Maybe[str | None] = _UNREAD
    last_modified: Maybe[str] = ""
    environment: Maybe[tuple[EnvironmentVariable, ...]] = _UNREAD
    kms_key: Maybe[str | None] = _UNREAD
    layers: Maybe[tuple[LayerUse, ...]] = _UNREAD
    vpc: Maybe[VpcConfig | None] = _UNREAD
    file_systems: Maybe[tuple[FileSystemMount, ...]] = _UNREAD
    tracing: Maybe[str] = _UNREAD
    dead_letter: Maybe[str | None] = _UNREAD
    logging: Maybe[Logging | None] = _UNREAD
    snap_start: Maybe[str] = "None"
    image: Maybe[ImageConfig | None] = None
    state: Maybe[str] = "Active"
    signing_profile: Maybe[str | None] = None


class Function(Configured, frozen=True, kw_only=True, tag="function"):
    """A Lambda function: its unpublished code ($LATEST) and what is set on the function as a whole. `id` is the unqualified ARN.

    `policy` is the resource-based policy of the unqualified function (None: there is none). `versions` and `aliases` are ids of
    FunctionVersion and Alias assets; `reserved_concurrency` None means unreserved.
    """

    policy: Maybe[Policy | None] = _UNREAD
    url: Maybe[FunctionUrl | None] = _UNREAD
    invoke_config: Maybe[InvokeConfig | None] = _UNREAD
    reserved_concurrency: Maybe[int | None] = _UNREAD
    code_signing: Maybe[str | None] = _UNREAD
    versions: Maybe[tuple[str, ...]] = _UNREAD
    aliases: Maybe[tuple[str, ...]] = _UNREAD
    recursion: Maybe[str] = _UNREAD


class FunctionVersion(Configured, frozen=True, kw_only=True, tag="function-version"):
    """A published version. `id` is the qualified ARN, `function` the unqualified one."""

    function: str
    policy: Maybe[Policy | None] = _UNREAD
    invoke_config: Maybe[InvokeConfig | None] = _UNREAD


class Alias(Asset, frozen=True, kw_only=True, tag="alias"):
    """An alias. `weights` are additional (version, share between 0 and 1) pairs."""

    function: str
    version: str
    weights: tuple[tuple[str, float], ...] = ()
    policy: Maybe[Policy | None] = _UNREAD
    url: Maybe[FunctionUrl | None] = _UNREAD
    invoke_config: Maybe[InvokeConfig | None] = _UNREAD


class LayerVersion(Asset, frozen=True, kw_only=True, tag="layer-version"):
    """A layer version that a function uses or this account publishes. `account` is the publisher's."""

    layer: str
    version: int
    compatible_runtimes: Maybe[tuple[str, ...]] = _UNREAD
    license: Maybe[str] = ""
    created: Maybe[str] = ""
    latest: Maybe[int | None] = _UNREAD
    policy: Maybe[Policy | None] = _UNREAD


class CodeSigningConfig(Asset, frozen=True, kw_only=True, tag="code-signing-config"):
    """A code signing configuration: allowed publishers (signing profile version ARNs) and what happens to unsigned code."""

    publishers: tuple[str, ...] = ()
    untrusted: str = "Warn"
