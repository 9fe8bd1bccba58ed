"""IAM principals and the account itself."""

from .base import Asset, Policy, Record
from .unknown import Maybe, Unknown

_UNREAD = Unknown("not read")


class AccessKey(Record, frozen=True, kw_only=True):
    """A user's long-term access key: id, status, creation time. Never its secret."""

    id: str
    status: str = "Active"
    created: str = ""


class Principal(Asset, frozen=True, kw_only=True):
    """What users, roles and groups share: the policies that grant them rights.

    `policies` holds attached managed and inline policies in full; a managed policy whose document could not be read makes the
    whole field Unknown, because it could grant or deny anything.
    """

    path: str = "/"
    created: str = ""
    policies: Maybe[tuple[Policy, ...]] = _UNREAD
    boundary: Maybe[Policy | None] = _UNREAD


class SamTemplate(Record, frozen=True, kw_only=True):
    """A policy template of AWS SAM that hand-written statements spell out.

    `parameters` are (name, value as it is written in YAML) pairs, `pointer` the first of the statements in the role, `wider` the
    ARNs that only the template covers.
    """

    name: str
    parameters: tuple[tuple[str, str], ...] = ()
    pointer: str = ""
    wider: tuple[str, ...] = ()


class Role(Principal, frozen=True, kw_only=True, tag="role"):
    """An IAM role. `trust` is its trust policy; `last_used` ISO 8601 (empty: never, or not within the tracking period).

    `sam_templates` are what statements of its policies spell out; None for a role that SAM did not make for a function.
    """

    trust: Maybe[Policy | None] = _UNREAD
    last_used: Maybe[str] = ""
    description: Maybe[str] = ""
    max_session: Maybe[int] = _UNREAD
    sam_templates: Maybe[tuple[SamTemplate, ...] | None] = None


class User(Principal, frozen=True, kw_only=True, tag="user"):
    """An IAM user. `groups` are ids of Group assets."""

    groups: Maybe[tuple[str, ...]] = ()
    access_keys: Maybe[tuple[AccessKey, ...]] = _UNREAD


class Group(Principal, frozen=True, kw_only=True, tag="group"):
    """An IAM group."""


class ManagedPolicy(Asset, frozen=True, kw_only=True, tag="managed-policy"):
    """A customer managed policy, or an AWS managed one that something uses. `versions` are (version id, is default) pairs."""

    policy: Maybe[Policy]
    versions: tuple[tuple[str, bool], ...] = ()
    attachments: int = 0


class Account(Asset, frozen=True, kw_only=True, tag="account"):
    """An AWS account. `id` is ``arn:aws:iam::123456789012:root``.

    `public_access_block` is the account-wide S3 setting: (BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy,
    RestrictPublicBuckets), None when none is set. `organization` is its id (None: not in one); `scps` are levels, root first.
    """

    alias: Maybe[str] = ""
    organization: Maybe[str | None] = _UNREAD
    management_account: Maybe[str | None] = _UNREAD
    public_access_block: Maybe[tuple[bool, bool, bool, bool] | None] = _UNREAD
    scps: Maybe[tuple[tuple[Policy, ...], ...]] = _UNREAD


class RegionSettings(Asset, frozen=True, kw_only=True, tag="region-settings"):
    """Per-region Lambda settings of an account: concurrency limits and the unreserved rest."""

    concurrent_executions: Maybe[int | None] = _UNREAD
    unreserved: Maybe[int | None] = _UNREAD
