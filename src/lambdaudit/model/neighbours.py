"""Relations that an asset's own configuration states, as edges from what acts to what depends on it."""

from collections.abc import Iterator
from typing import NamedTuple

from .apis import Api, Authorizer, Route, Stage
from .arn import unqualified
from .base import Asset
from .code import Code
from .dockerfile import Dockerfile
from .functions import Alias, Configured, Function, FunctionVersion
from .identity import Principal
from .images import running_image
from .invokers import Invoker
from .measured import ExtensionTime
from .resources import (
    Bucket,
    ContainerImage,
    EventRule,
    EventSourceMapping,
    InspectedFunction,
    LogGroup,
    Queue,
    Secret,
    Stream,
    Table,
    Topic,
)
from .unknown import Unknown


class Edge(NamedTuple):
    """`source` acts on or gives to `target`.

    Examples: queue → function (``triggers``), role → function (``grants``), key → table (``encrypts``).
    `via` is the id of the asset that states it.
    """

    source: str
    target: str
    relation: str
    via: str


def edges_of(asset: Asset) -> Iterator[Edge]:
    """The edges that one asset states. Unknown fields state none."""
    if isinstance(asset, Configured):
        yield from _function_edges(asset)
    elif isinstance(asset, Alias):
        yield Edge(f"{asset.function}:{asset.version}", asset.id, "is", asset.id)
        yield from _destinations(asset.id, asset.invoke_config)
    elif isinstance(asset, Api | Route | Authorizer | Stage):
        yield from _api_edges(asset)
    elif isinstance(asset, Code):
        yield Edge(asset.id, asset.function, "runs in", asset.id)
    elif isinstance(asset, Dockerfile):
        yield from (Edge(asset.id, function, "builds", asset.id) for function in asset.functions)
    elif isinstance(asset, Principal):
        policies = () if isinstance(asset.policies, Unknown) else asset.policies
        for policy in policies:
            if policy.arn:
                yield Edge(policy.arn, asset.id, "grants", asset.id)
    else:
        yield from _resource_edges(asset)


def _function_edges(fn: Configured) -> Iterator[Edge]:
    if isinstance(fn.role, str) and fn.role:
        yield Edge(fn.role, fn.id, "grants", fn.id)
    if isinstance(fn.kms_key, str) and fn.kms_key:
        yield Edge(fn.kms_key, fn.id, "encrypts", fn.id)
    if isinstance(fn.dead_letter, str) and fn.dead_letter:
        yield Edge(fn.id, fn.dead_letter, "sends", fn.id)
    for layer in () if isinstance(fn.layers, Unknown) else fn.layers:
        yield Edge(layer.arn, fn.id, "runs in", fn.id)
    image = None if isinstance(fn.image, Unknown) or fn.image is None else running_image(fn.image.uri, fn.image.resolved)
    if image is not None:
        yield Edge(image.repository_arn, fn.id, "runs in", fn.id)
    vpc = fn.vpc
    if vpc is not None and not isinstance(vpc, Unknown):
        prefix = f"arn:{fn.id.split(':')[1]}:ec2:{fn.region}:{fn.account}:"
        for subnet in vpc.subnets:
            yield Edge(f"{prefix}subnet/{subnet}", fn.id, "connects", fn.id)
        for group in vpc.security_groups:
            yield Edge(f"{prefix}security-group/{group}", fn.id, "connects", fn.id)
    if isinstance(fn, Function | FunctionVersion):
        yield from _destinations(fn.id, fn.invoke_config)
    if isinstance(fn, Function) and isinstance(fn.code_signing, str) and fn.code_signing:
        yield Edge(fn.code_signing, fn.id, "signs", fn.id)


def _destinations(function_id: str, config: object) -> Iterator[Edge]:
    for target in (getattr(config, "on_success", ""), getattr(config, "on_failure", "")):
        if target:
            yield Edge(function_id, target, "sends", function_id)


def _api_edges(asset: Api | Route | Authorizer | Stage) -> Iterator[Edge]:
    if isinstance(asset, Route):
        yield Edge(asset.api, asset.id, "has", asset.id)
        if isinstance(asset.function, str) and asset.function:
            yield Edge(asset.id, asset.function, "triggers", asset.id)
    elif isinstance(asset, Authorizer):
        if asset.function:
            yield Edge(asset.id, unqualified(asset.function), "triggers", asset.id)
    elif isinstance(asset, Stage):
        yield Edge(asset.id, asset.api, "serves", asset.id)


def _resource_edges(asset: Asset) -> Iterator[Edge]:
    key = getattr(asset, "key", None)
    if isinstance(key, str) and key:
        yield Edge(key, asset.id, "encrypts", asset.id)
    if isinstance(asset, EventSourceMapping):
        yield Edge(asset.id, asset.function, "triggers", asset.id)
        if asset.source:
            yield Edge(asset.source, asset.function, "triggers", asset.id)
        if asset.on_failure:
            yield Edge(asset.function, asset.on_failure, "sends", asset.id)
    elif isinstance(asset, ContainerImage):
        yield Edge(asset.repository, asset.id, "has", asset.id)
        for function in asset.functions:
            yield Edge(asset.id, function, "runs in", asset.id)
    elif isinstance(asset, InspectedFunction | ExtensionTime):
        yield Edge(asset.id, asset.function, "is about", asset.id)
    elif isinstance(asset, Bucket) and not isinstance(asset.notifications, Unknown):
        for note in asset.notifications:
            yield Edge(asset.id, unqualified(note.target), "triggers", asset.id)
    elif isinstance(asset, Topic) and not isinstance(asset.subscriptions, Unknown):
        for sub in asset.subscriptions:
            yield Edge(asset.id, unqualified(sub.endpoint), "triggers", asset.id)
    elif isinstance(asset, EventRule) and not isinstance(asset.targets, Unknown):
        if asset.bus:
            yield Edge(asset.bus, asset.id, "matches", asset.id)
        for target in asset.targets:
            yield Edge(asset.id, unqualified(target.arn), "triggers", asset.id)
    elif isinstance(asset, Invoker):
        for function in () if isinstance(asset.targets, Unknown) else asset.targets:
            yield Edge(asset.id, unqualified(function), "triggers", asset.id)
        if asset.source:
            yield Edge(asset.source, asset.id, "feeds", asset.id)
    elif isinstance(asset, Table) and isinstance(asset.stream, str) and asset.stream:
        yield Edge(asset.id, asset.stream, "has", asset.id)
    elif isinstance(asset, Queue) and isinstance(asset.dead_letter, str) and asset.dead_letter:
        yield Edge(asset.id, asset.dead_letter, "sends", asset.id)
    elif isinstance(asset, LogGroup) and not isinstance(asset.filters, Unknown):
        for subscription in asset.filters:
            yield Edge(asset.id, unqualified(subscription.destination), "triggers", asset.id)
    elif isinstance(asset, Secret) and isinstance(asset.rotation_function, str) and asset.rotation_function:
        yield Edge(asset.id, unqualified(asset.rotation_function), "triggers", asset.id)
    elif isinstance(asset, Stream):
        return
