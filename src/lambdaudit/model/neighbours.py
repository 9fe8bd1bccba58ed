"""Relations that an asset's own configuration states, as edges from what acts to what depends on it."""

from collections.abc import Iterator
from functools import singledispatch
from typing import NamedTuple, TypeVar

from .apis import Authorizer, Route, Stage
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
    Table,
    Topic,
)
from .unknown import Unknown

_T = TypeVar("_T")


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
    yield from _stated(asset)
    key = getattr(asset, "key", None)
    if isinstance(key, str) and key:
        yield Edge(key, asset.id, "encrypts", asset.id)


@singledispatch
def _stated(asset: Asset) -> Iterator[Edge]:
    """What an asset of a certain class states; classes without a function of their own state nothing."""
    return iter(())


@_stated.register
def _function_edges(fn: Configured) -> Iterator[Edge]:
    if isinstance(fn.role, str) and fn.role:
        yield Edge(fn.role, fn.id, "grants", fn.id)
    if isinstance(fn.kms_key, str) and fn.kms_key:
        yield Edge(fn.kms_key, fn.id, "encrypts", fn.id)
    if isinstance(fn.dead_letter, str) and fn.dead_letter:
        yield Edge(fn.id, fn.dead_letter, "sends", fn.id)
    for layer in _known(fn.layers):
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


@_stated.register
def _alias_edges(alias: Alias) -> Iterator[Edge]:
    yield Edge(f"{alias.function}:{alias.version}", alias.id, "is", alias.id)
    yield from _destinations(alias.id, alias.invoke_config)


@_stated.register
def _code_edges(code: Code) -> Iterator[Edge]:
    yield Edge(code.id, code.function, "runs in", code.id)


@_stated.register
def _dockerfile_edges(file: Dockerfile) -> Iterator[Edge]:
    for function in file.functions:
        yield Edge(file.id, function, "builds", file.id)


@_stated.register
def _principal_edges(principal: Principal) -> Iterator[Edge]:
    for policy in _known(principal.policies):
        if policy.arn:
            yield Edge(policy.arn, principal.id, "grants", principal.id)


@_stated.register
def _route_edges(route: Route) -> Iterator[Edge]:
    yield Edge(route.api, route.id, "has", route.id)
    if isinstance(route.function, str) and route.function:
        yield Edge(route.id, route.function, "triggers", route.id)


@_stated.register
def _authorizer_edges(authorizer: Authorizer) -> Iterator[Edge]:
    if authorizer.function:
        yield Edge(authorizer.id, unqualified(authorizer.function), "triggers", authorizer.id)


@_stated.register
def _stage_edges(stage: Stage) -> Iterator[Edge]:
    yield Edge(stage.id, stage.api, "serves", stage.id)


@_stated.register
def _mapping_edges(mapping: EventSourceMapping) -> Iterator[Edge]:
    yield Edge(mapping.id, mapping.function, "triggers", mapping.id)
    if mapping.source:
        yield Edge(mapping.source, mapping.function, "triggers", mapping.id)
    if mapping.on_failure:
        yield Edge(mapping.function, mapping.on_failure, "sends", mapping.id)


@_stated.register
def _image_edges(image: ContainerImage) -> Iterator[Edge]:
    yield Edge(image.repository, image.id, "has", image.id)
    for function in image.functions:
        yield Edge(image.id, function, "runs in", image.id)


@_stated.register
def _about_edges(told: InspectedFunction | ExtensionTime) -> Iterator[Edge]:
    yield Edge(told.id, told.function, "is about", told.id)


@_stated.register
def _bucket_edges(bucket: Bucket) -> Iterator[Edge]:
    for note in _known(bucket.notifications):
        yield Edge(bucket.id, unqualified(note.target), "triggers", bucket.id)


@_stated.register
def _topic_edges(topic: Topic) -> Iterator[Edge]:
    for subscription in _known(topic.subscriptions):
        yield Edge(topic.id, unqualified(subscription.endpoint), "triggers", topic.id)


@_stated.register
def _rule_edges(rule: EventRule) -> Iterator[Edge]:
    if isinstance(rule.targets, Unknown):
        return
    if rule.bus:
        yield Edge(rule.bus, rule.id, "matches", rule.id)
    for target in rule.targets:
        yield Edge(rule.id, unqualified(target.arn), "triggers", rule.id)


@_stated.register
def _invoker_edges(invoker: Invoker) -> Iterator[Edge]:
    for function in _known(invoker.targets):
        yield Edge(invoker.id, unqualified(function), "triggers", invoker.id)
    if invoker.source:
        yield Edge(invoker.source, invoker.id, "feeds", invoker.id)


@_stated.register
def _table_edges(table: Table) -> Iterator[Edge]:
    if isinstance(table.stream, str) and table.stream:
        yield Edge(table.id, table.stream, "has", table.id)


@_stated.register
def _queue_edges(queue: Queue) -> Iterator[Edge]:
    if isinstance(queue.dead_letter, str) and queue.dead_letter:
        yield Edge(queue.id, queue.dead_letter, "sends", queue.id)


@_stated.register
def _log_group_edges(group: LogGroup) -> Iterator[Edge]:
    for subscription in _known(group.filters):
        yield Edge(group.id, unqualified(subscription.destination), "triggers", group.id)


@_stated.register
def _secret_edges(secret: Secret) -> Iterator[Edge]:
    if isinstance(secret.rotation_function, str) and secret.rotation_function:
        yield Edge(secret.id, unqualified(secret.rotation_function), "triggers", secret.id)


def _known(members: tuple[_T, ...] | Unknown) -> tuple[_T, ...]:
    """The members, none when they are not known."""
    return () if isinstance(members, Unknown) else members
