"""What a page must hold for the outputs that read it: checked when a report comes from a file, published in its schema."""

from typing import Any

import msgspec

Unread = dict[str, str]
"""``{"unknown": reason, "need": action}`` in the place of a value that was not read."""


class Trigger(msgspec.Struct):
    """One trigger, see :func:`lambdaudit.overview.triggers.triggers_of`."""

    kind: str
    source: str
    name: str
    status: str
    qualifier: str
    via: str
    detail: dict[str, Any]


class Permission(msgspec.Struct):
    """One statement of a resource-based policy, see :func:`lambdaudit.overview.policies.permissions`."""

    qualifier: str
    sid: str
    effect: str
    principals: list[str]
    services: list[str]
    actions: list[str]
    sources: list[str]
    source_accounts: list[str]
    conditions: int
    readable: bool


class Destination(msgspec.Struct):
    """Where results, failed events or failed batches go."""

    kind: str
    target: str
    name: str
    qualifier: str


class Neighbour(msgspec.Struct):
    """One relation of a function to another asset."""

    id: str
    name: str
    kind: str
    relation: str
    direction: str
    via: list[str]


class FunctionPage(msgspec.Struct):
    """The page of a function; beside these fields it has every other field of the model's Function."""

    id: str
    name: str
    account: str
    region: str
    role: str | None | Unread
    vpc: dict[str, Any] | None
    triggers: list[Trigger]
    permissions: list[Permission]
    destinations: list[Destination]
    neighbours: list[Neighbour]
    findings: list[str]
    worst: str
    writers: list[Any] | Unread


class Access(msgspec.Struct):
    """What policies name of one service, see :func:`lambdaudit.overview.policies.access`."""

    service: str
    actions: list[str]
    resources: list[str]
    policies: list[str]
    conditional: bool


class AssetPage(msgspec.Struct):
    """The page of any other asset; beside these fields it has every other field of the model's asset."""

    kind: str
    id: str
    name: str
    account: str
    region: str
    functions: list[str]
    findings: list[str]
    access: list[Access] | Unread = []
