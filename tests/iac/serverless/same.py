"""What a deployment would give, in a form that can be compared: rights, callers, triggers and routes by function."""

import json
import re
from typing import Any

from lambdaudit.model.apis import Api, Authorizer, Route
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.resources import Bucket, EventRule, EventSourceMapping, LogGroup, Topic
from lambdaudit.model.unknown import known
from lambdaudit.sources.iac.lift import Lifted


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _principals(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [("", value)] if value is not None else []


def statements(policy: Any) -> list[str]:
    """The statements of a policy in one form: lists sorted, one action on one resource each, no Sid."""
    if not isinstance(policy, Policy):
        return [] if policy is None else [f"unknown: {policy}"]
    found = set()
    for one in _members(policy.document.get("Statement", [])):
        rest = {key: value for key, value in one.items() if key not in ("Sid", "Action", "Resource")}
        for negated in ("NotAction", "NotResource"):
            if negated in rest:
                rest[negated] = sorted(_members(rest[negated]))
        rest["Principal"] = {kind: sorted(_members(who)) for kind, who in _principals(one.get("Principal"))}
        for action in _members(one.get("Action")):
            for resource in _members(one.get("Resource")):
                found.add(json.dumps({**rest, "Action": action, "Resource": resource}, sort_keys=True))
    return sorted(found)


def rights(lifted: Lifted) -> dict[str, dict[str, list[str]]]:
    """The statements of every role by its name, of all its policies together; trust apart."""
    found = {}
    for asset in lifted.assets:
        if isinstance(asset, Role):
            assert isinstance(asset.policies, tuple)
            own = sorted({line for policy in asset.policies if policy.kind == "inline" for line in statements(policy)})
            managed = sorted(policy.arn for policy in asset.policies if policy.kind != "inline")
            found[asset.name] = {"own": own, "managed": managed, "trust": statements(asset.trust)}
    return found


def callers(lifted: Lifted) -> dict[str, list[str]]:
    """The resource-based policy of every function."""
    return {asset.name: statements(asset.policy) for asset in lifted.assets if isinstance(asset, Function)}


def edges(lifted: Lifted) -> list[str]:
    """Every trigger of a function."""
    found = []
    for asset in lifted.assets:
        match asset:
            case EventSourceMapping():
                found.append(f"{asset.source_kind} {asset.source} -> {asset.function} {asset.batch_size} {asset.state}")
            case Bucket():
                found += [f"{asset.name} {n.events} {n.prefix} {n.suffix} -> {n.target}" for n in known(asset.notifications)]
            case Topic():
                found += [f"{asset.name} {one.protocol} -> {one.endpoint}" for one in known(asset.subscriptions)]
            case EventRule():
                found += [f"{asset.name} {asset.schedule} {asset.state} -> {target}" for target in known(asset.targets)]
            case Invoker():
                ends = (asset.name, asset.source, asset.state, asset.detail, asset.outside, asset.tags)
                found.append(f"{asset.kind} {ends} -> {asset.targets}")
            case LogGroup():
                found.append(f"{asset.name} {asset.retention} {asset.filters}")
    return sorted(re.sub(r"where=Where\([^)]*\)", "", line) for line in found)


def routes(lifted: Lifted) -> list[str]:
    """Every route with who may call it and what it calls; authorizers by name."""
    names = {asset.id: asset.name for asset in lifted.assets if isinstance(asset, Authorizer | Api)}
    found = []
    for asset in lifted.assets:
        if isinstance(asset, Route):
            api, authorizer = names[asset.api], names.get(asset.authorizer, asset.authorizer)
            found.append(
                f"{api} {asset.name}: {asset.authorization} {authorizer} {asset.scopes} key={asset.api_key_required} "
                f"-> {asset.function}:{asset.qualifier} {asset.integration}"
            )
        elif isinstance(asset, Authorizer):
            found.append(f"{names[asset.api]} {asset.name} {asset.kind} {asset.function} {asset.identity_sources} {asset.ttl}")
    return sorted(found)


def configured(lifted: Lifted) -> dict[str, dict[str, Any]]:
    """The configuration of every function, apart from where it is written and what version of code it runs."""
    found = {}
    for asset in lifted.assets:
        if isinstance(asset, Function):
            plain = {
                name: getattr(asset, name)
                for name in (
                    "role", "handler", "timeout", "memory", "ephemeral_storage", "kms_key", "layers", "vpc", "file_systems",
                    "tracing", "dead_letter", "reserved_concurrency", "architectures", "tags", "description",
                )
            }  # fmt: skip
            plain["environment"] = sorted((one.name, one.value) for one in known(asset.environment))
            url = known(asset.url)
            plain["url"] = (url.auth_type, url.cors, url.invoke_mode) if url else None
            config = known(asset.invoke_config)
            plain["asynchronous"] = (config.on_success, config.on_failure, config.retries, config.max_age) if config else None
            # The framework's own helpers run what its version of the day chooses.
            helper = "custom-resource" in asset.name
            plain["runtime"] = "" if helper else asset.runtime
            found[asset.name] = plain
    return found
