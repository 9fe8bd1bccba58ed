"""What invokes a function: live wiring, told apart from mere permission.

A trigger has a ``status``: ``wired`` (the source is set up to invoke it), ``disabled`` (set up and switched off), ``stale`` (the
policy lets a service invoke it, and the source certainly has no such set-up any more), ``permitted`` (the policy lets it, and
whether anything is set up could not be read).
"""

import fnmatch
from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any, TypeVar

from lambdaudit.model.apis import Api, Authorizer, Route
from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.assets import kind_of
from lambdaudit.model.base import Asset
from lambdaudit.model.functions import Alias, Function, FunctionUrl, FunctionVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.resources import Bucket, EventRule, EventSourceMapping, LogGroup, Secret, Topic
from lambdaudit.model.unknown import Unknown

from .names import name_of

Trigger = dict[str, Any]
_T = TypeVar("_T")

_WIRING: dict[str, tuple[type[Asset], str]] = {
    "s3": (Bucket, "notifications"),
    "sns": (Topic, "subscriptions"),
    "events": (EventRule, "targets"),
    "logs": (LogGroup, "filters"),
    "secretsmanager": (Secret, "rotation_function"),
    "apigateway": (Route, "function"),
}
"""Where the wiring of a service is written: the asset class and its field."""

_MAPPED = {"sqs", "kinesis", "dynamodb", "kafka", "mq", "docdb"}


def triggers_of(inventory: Inventory, fn: Function, permissions: Iterable[dict[str, Any]]) -> list[Trigger]:
    """Every trigger of a function and of its versions and aliases.

    Each: ``kind`` (service, or ``function-url``), ``source`` (id of the asset, empty for the internet or any), ``name``,
    ``status``, ``qualifier``, ``via`` (id of the asset, or the permission's Sid) and ``detail`` (what is worth showing).
    """
    wired = sorted(_wired(inventory, fn), key=lambda t: (t["kind"], t["source"], t["qualifier"], t["via"], t["name"]))
    return wired + list(_permitted(inventory, fn, permissions, wired))


def _trigger(kind: str, source: str, name: str, **rest: Any) -> Trigger:
    return {
        "kind": kind,
        "source": source,
        "name": name,
        "status": rest.pop("status", "wired"),
        "qualifier": rest.pop("qualifier", ""),
        "via": rest.pop("via", source),
        "detail": rest,
    }


def _wired(inventory: Inventory, fn: Function) -> Iterator[Trigger]:
    ends = [fn.id, *_members(fn.aliases), *_members(fn.versions)]
    seen: set[str] = set()
    for end in ends:
        for edge in inventory.to(end):
            asset = inventory.get(edge.via)
            if asset is None or edge.via in seen:
                continue
            if edge.relation == "triggers":
                seen.add(edge.via)
                yield from _from_asset(asset, inventory, fn.id)
            elif edge.relation == "sends" and isinstance(asset, Function | FunctionVersion | Alias):
                seen.add(edge.via)
                yield _trigger("lambda", edge.via, asset.name, qualifier=_qualifier(end), purpose="asynchronous destination")
    yield from _url(fn.url, "")
    for alias_id in _members(fn.aliases):
        alias = inventory.get(alias_id)
        if isinstance(alias, Alias):
            yield from _url(alias.url, alias.name)


def _members(known: tuple[_T, ...] | Unknown) -> tuple[_T, ...]:
    return () if isinstance(known, Unknown) else known


def _qualifier(arn: str) -> str:
    parsed = parse_arn(arn)
    return parsed.qualifier if parsed else ""


def _url(url: object, qualifier: str) -> Iterator[Trigger]:
    if isinstance(url, FunctionUrl):
        yield _trigger("function-url", "", url.url, qualifier=qualifier, via="", auth_type=url.auth_type)


@singledispatch
def _from_asset(asset: Asset, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    """The triggers of a function that an asset states; classes without a function of their own state none."""
    return iter(())


@_from_asset.register
def _of_mapping(asset: EventSourceMapping, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    arn = parse_arn(asset.source)
    yield _trigger(
        asset.source_kind or (arn.service if arn else "") or "self-managed",
        asset.source,
        name_of(inventory, asset.source) if asset.source else asset.name,
        status="disabled" if asset.state in ("Disabled", "Disabling") else "wired",
        qualifier=asset.qualifier,
        via=asset.id,
        state=asset.state,
        batch_size=asset.batch_size,
        filters=asset.filters,
    )


@_from_asset.register
def _of_route(asset: Route, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    api = inventory.get(asset.api)
    yield _trigger(
        "apigateway",
        asset.api,
        f"{asset.method} {asset.path}".strip(),
        qualifier=asset.qualifier,
        via=asset.id,
        api=name_of(inventory, asset.api),
        protocol=api.protocol if isinstance(api, Api) else "",
        authorization="" if isinstance(asset.authorization, Unknown) else asset.authorization,
    )


@_from_asset.register
def _of_authorizer(asset: Authorizer, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    detail = {"qualifier": _qualifier(asset.function), "api": name_of(inventory, asset.api), "purpose": "authorizer"}
    yield _trigger("apigateway", asset.api, asset.name, via=asset.id, **detail)


@_from_asset.register
def _of_bucket(asset: Bucket, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    for note in _members(asset.notifications):
        if unqualified(note.target) == fn:
            detail = {"events": list(note.events), "prefix": note.prefix, "suffix": note.suffix}
            yield _trigger("s3", asset.id, asset.name, qualifier=_qualifier(note.target), **detail)


@_from_asset.register
def _of_topic(asset: Topic, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    for sub in _members(asset.subscriptions):
        if unqualified(sub.endpoint) == fn:
            yield _trigger("sns", asset.id, asset.name, qualifier=_qualifier(sub.endpoint), subscription=sub.arn)


@_from_asset.register
def _of_rule(asset: EventRule, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    status = "disabled" if asset.state == "DISABLED" else "wired"
    for target in _members(asset.targets):
        if unqualified(target.arn) == fn:
            detail = {"schedule": asset.schedule, "pattern": asset.pattern, "bus": asset.bus}
            yield _trigger("events", asset.id, asset.name, status=status, qualifier=_qualifier(target.arn), **detail)


@_from_asset.register
def _of_log_group(asset: LogGroup, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    for rule in _members(asset.filters):
        if unqualified(rule.destination) == fn:
            yield _trigger("logs", asset.id, asset.name, qualifier=_qualifier(rule.destination), filter=rule.name)


@_from_asset.register
def _of_secret(asset: Secret, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    yield _trigger("secretsmanager", asset.id, asset.name, purpose="rotation")


@_from_asset.register
def _of_invoker(asset: Invoker, inventory: Inventory, fn: str) -> Iterator[Trigger]:
    status = "disabled" if asset.disabled else "wired"
    for target in _members(asset.targets):
        if unqualified(target) == fn:
            extra = {"what": asset.kind, "state": asset.state, "feeds": asset.source} | dict(asset.detail)
            yield _trigger(asset.service, asset.id, asset.name, status=status, qualifier=_qualifier(target), **extra)


def _permitted(
    inventory: Inventory, fn: Function, permissions: Iterable[dict[str, Any]], wired: list[Trigger]
) -> Iterator[Trigger]:
    """Permissions of services behind which no wiring was found."""
    for permission in permissions:
        if permission["effect"] == "Deny":
            continue
        for principal in permission["services"]:
            kind = _service(principal)
            for source in permission["sources"] or [""]:
                if any(_same(trigger, kind, source, permission["qualifier"]) for trigger in wired):
                    continue
                gone = permission["readable"] and _certainly_gone(inventory, fn, kind, source, permission["source_accounts"])
                yield _trigger(
                    kind,
                    source,
                    name_of(inventory, source) if source else "any source",
                    status="stale" if gone else "permitted",
                    qualifier=permission["qualifier"],
                    via=permission["sid"],
                    principal=principal,
                )


def _service(principal: str) -> str:
    """``logs.eu-west-1.amazonaws.com`` is the service ``logs``."""
    return principal.split(".", 1)[0]


def _same(trigger: Trigger, kind: str, source: str, qualifier: str) -> bool:
    if trigger["kind"] != kind or trigger["qualifier"].replace("$LATEST", "") != qualifier.replace("$LATEST", ""):
        return False
    if not source:
        return True
    pattern = _asset_of(kind, source)
    return fnmatch.fnmatchcase(trigger["source"], pattern) if _is_open(pattern) else trigger["source"] == pattern


def _is_open(pattern: str) -> bool:
    """Whether a pattern fits more than one text."""
    return any(sign in pattern for sign in "*?[")


def _asset_of(kind: str, source: str) -> str:
    """The asset's id behind a source ARN: an API's without stage, method and path, a log group's without ``:*``."""
    if kind == "apigateway":
        return source.split("/", 1)[0]
    return source.removesuffix(":*") if kind == "logs" else source


def _certainly_gone(inventory: Inventory, fn: Function, kind: str, source: str, accounts: list[str]) -> bool:
    """Whether no source of this kind, or not this one, is set up to invoke the function; only True when all of it was read.

    A bucket's ARN names no account, so one that is not in our list may belong to another account unless the permission says
    that it is ours (`accounts`).
    """
    if kind not in _WIRING:
        return False
    cls, field = _WIRING[kind]
    pattern = _asset_of(kind, source)
    if kind != "apigateway" and pattern and not _is_open(pattern):
        found = inventory.find(cls, pattern)
        if isinstance(found, Unknown):
            return kind == "s3" and accounts == [fn.account] and _all_listed(inventory, fn, cls)
        return found is None or not isinstance(getattr(found, field), Unknown)
    arn = parse_arn(pattern)
    if not _all_listed(inventory, fn, cls) or (arn and arn.account not in ("", fn.account)):
        return False
    rows = (a for a in inventory.of(cls) if a.account in ("", fn.account) and a.region in ("", fn.region))
    return not any(isinstance(getattr(a, field), Unknown) for a in rows)


def _all_listed(inventory: Inventory, fn: Function, cls: type[Asset]) -> bool:
    """Whether the assets of a class were all listed in the function's account and region."""
    name = kind_of(cls)
    listed = any(row.kind == name and row.account == fn.account and row.region in ("", fn.region) for row in inventory.listed)
    return listed and not any(row.covers(fn.account, fn.region) for row in inventory.missing_of(cls))
