"""What is in an account and not in its code, in code and not in the account, and where the two differ in what attackers can do.

Configuration and account are two inventories. Their assets are matched, names that a deployment makes up are made equal, and then
only what was read on both sides is compared: an Unknown is no drift. Policies are compared by what they allow, not by their text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from lambdaudit.facts.drift_match import match
from lambdaudit.iam.language import PolicyKind
from lambdaudit.model.apis import Authorizer, Route
from lambdaudit.model.assets import AnyAsset, kind_of
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.functions import Alias, EnvironmentVariable, FunctionUrl, LayerUse
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import EventRule, EventSourceMapping
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

LIVE_ONLY, CODE_ONLY, DIFFERS = "live-only", "code-only", "differs"
_FIELDS: dict[str, tuple[str, ...]] = {
    "function": ("policy", "url", "role", "environment", "layers", "runtime", "package_type", "kms_key", "vpc", "file_systems",
                 "dead_letter", "invoke_config", "reserved_concurrency", "code_signing"),
    "alias": ("policy", "url"),
    "layer-version": ("policy",),
    "role": ("policies", "trust", "boundary"),
    "user": ("policies", "boundary"),
    "group": ("policies",),
    "bucket": ("policy", "acl", "ownership", "public_access_block", "notifications", "encryption", "key"),
    "queue": ("policy", "encryption", "key", "dead_letter"),
    "topic": ("policy", "key", "subscriptions"),
    "table": ("policy", "stream_policy", "encryption", "key", "deletion_protection", "point_in_time_recovery"),
    "stream": ("policy", "encryption", "key"),
    "event-bus": ("policy",),
    "event-rule": ("state", "schedule", "targets"),
    "event-source-mapping": ("state", "on_failure"),
    "key": ("policy", "rotation"),
    "secret": ("policy", "rotation"),
    "parameter": ("kind",),
    "log-group": ("retention", "key", "filters"),
    "api": ("policy", "endpoint", "cors", "default_endpoint_disabled"),
    "route": ("authorization", "authorizer", "api_key_required", "function"),
    "authorizer": ("kind", "function", "audience", "issuer"),
    "stage": ("web_acl", "throttled"),
    "image-repository": ("policy", "tag_mutability", "tag_exclusions", "scan_on_push", "encryption", "key"),
}  # fmt: skip
"""Fields with a meaning for security, by kind. What every deployment changes (code, versions, dates) is not among them."""
_KINDS = {"policies": PolicyKind.IDENTITY, "trust": PolicyKind.TRUST, "boundary": PolicyKind.IDENTITY}
_ATTACHED = (EventSourceMapping, Route, Authorizer, Alias, EventRule)
"""Kinds that count as part of the code's resources when they hang on one of them."""
_NOTHING: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Difference(NamedTuple):
    """One difference. `sort` is LIVE_ONLY, CODE_ONLY or DIFFERS, `wider` whether the account allows more than the code says."""

    sort: str
    kind: str
    asset: str
    name: str
    field: str
    text: str
    wider: bool
    where: Where | None = None
    actions: tuple[str, ...] = ()


class Drift(NamedTuple):
    """All differences, those that open something first; and what could not be compared, in sentences."""

    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]
    matched: int


def drift(code: Inventory, live: Inventory, stack: str = "") -> Drift:
    """Compare a configuration with an account; `stack` is the name that it is deployed under, if that is known."""
    matched = match(code, live, stack)
    named = _renamer(code, live, matched.pairs)
    unknown = list(matched.unknown)
    found: list[Difference] = []
    for code_id, live_id in sorted(matched.pairs.items()):
        ours, theirs = code.get(code_id), live.get(live_id)
        if ours is not None and theirs is not None:
            found += _compared(named(ours), theirs, ours.where, unknown)
    found += _absent(code, live, matched.pairs, unknown)
    found += _attached(live, set(matched.pairs.values()))
    order = sorted(found, key=lambda d: (not d.wider, (LIVE_ONLY, DIFFERS, CODE_ONLY).index(d.sort), d.kind, d.asset, d.field))
    return Drift(tuple(order), tuple(dict.fromkeys(unknown)), len(matched.pairs))


def _renamer(code: Inventory, live: Inventory, pairs: dict[str, str]) -> "Callable[[AnyAsset], AnyAsset]":
    """A function that gives the code's assets the names that the account knows them by."""
    renamed = {ours: theirs for ours, theirs in pairs.items() if ours != theirs}
    if not renamed:
        return lambda asset: asset
    pattern = re.compile("(?:" + "|".join(map(re.escape, sorted(renamed, key=len, reverse=True))) + r")(?![A-Za-z0-9_-])")

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda m: renamed[m[0]], value)
        if isinstance(value, dict):
            return {replaced(name): replaced(inner) for name, inner in value.items()}
        return [replaced(inner) for inner in value] if isinstance(value, list | tuple) else value

    return lambda asset: msgspec.convert(replaced(msgspec.to_builtins(asset)), type(asset))


def _compared(ours: AnyAsset, theirs: AnyAsset, where: Where, unknown: list[str]) -> Iterator[Difference]:
    kind = kind_of(theirs)
    for field in _FIELDS.get(kind, ()):
        mine, live = getattr(ours, field, None), getattr(theirs, field, None)
        open_side = next((side for side in (mine, live) if isinstance(side, Unknown)), None)
        if open_side is not None:
            unknown.append(f"{field} of {kind} {theirs.name}: {open_side.reason}")
        elif field in ("policy", "stream_policy", "policies", "trust", "boundary"):
            yield from _policies(theirs, field, mine, live, where, unknown)
        elif (before := _plain(mine)) != (after := _plain(live)):
            yield from _values(theirs, field, before, after, where)


def _policies(asset: AnyAsset, field: str, mine: object, live: object, where: Where, unknown: list[str]) -> Iterator[Difference]:
    from lambdaudit.iam.compare import compare
    from lambdaudit.iam.verdicts import Violated

    kind = _KINDS.get(field, PolicyKind.RESOURCE)
    if field == "boundary" and (mine is None) != (live is None):
        text = (
            "the code sets a boundary, the account has none" if live is None else "the account has a boundary, the code sets none"
        )
        yield _difference(DIFFERS, asset, field, text, live is None, where)
        return
    ours, theirs = _document(mine, kind), _document(live, kind)
    if ours == theirs:
        return
    wider, narrower = compare(theirs, ours, kind=kind), compare(ours, theirs, kind=kind)
    for verdict, is_wider, says in (
        (wider, True, "the account allows what the code does not"),
        (narrower, False, "the code allows what the account does not"),
    ):
        if isinstance(verdict, Unknown):
            unknown.append(f"{field} of {kind_of(asset)} {asset.name}: {verdict.reason}")
        elif isinstance(verdict, Violated):
            first = verdict.witnesses[0]
            actions = tuple(sorted({name for w in verdict.witnesses for name in (*w.actions, w.request.action)}))
            request = first.request
            who = f" by {request.principal}" if kind is not PolicyKind.IDENTITY else ""
            text = f"{says}: {request.action} on {request.resource}{who}" + (
                f", {len(actions)} actions" if len(actions) > 1 else ""
            )
            yield _difference(DIFFERS, asset, field, text, is_wider, where)._replace(actions=actions)


def _document(value: object, kind: PolicyKind) -> dict[str, Any]:
    """One document with the statements of a policy or of several; with none, one that allows nothing."""
    policies = value if isinstance(value, tuple) else (value,)
    statements: list[Any] = []
    for policy in policies:
        if isinstance(policy, Policy):
            listed = policy.document.get("Statement", [])
            statements += listed if isinstance(listed, list) else [listed]
    if not statements:
        statements = [_NOTHING["Statement"][0] | ({} if kind is PolicyKind.IDENTITY else {"Principal": "*"})]
    if kind is PolicyKind.TRUST:
        statements = [{k: v for k, v in s.items() if k != "Resource"} if isinstance(s, dict) else s for s in statements]
    return {"Version": "2012-10-17", "Statement": statements}


def _values(asset: AnyAsset, field: str, before: Any, after: Any, where: Where) -> Iterator[Difference]:
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        for one in sorted(after - before, key=str):
            yield _difference(LIVE_ONLY, asset, field, f"{one} is in the account, not in the code", True, where)
        for one in sorted(before - after, key=str):
            yield _difference(CODE_ONLY, asset, field, f"{one} is in the code, not in the account", False, where)
        return
    shown = [str(value) if value not in (None, "") else "nothing" for value in (before, after)]
    text = f"{field.replace('_', ' ')}: {shown[0]} in the code, {shown[1]} in the account"
    yield _difference(DIFFERS, asset, field, text, _opens(field, before, after), where)


def _opens(field: str, before: Any, after: Any) -> bool:
    """Whether a change from what the code says to what the account has gives strangers more."""
    if field in ("url", "authorization"):
        return "NONE" in str(after) and "NONE" not in str(before)
    if field == "public_access_block":
        return any(had and not has for had, has in zip(before or (), after or (False,) * 4, strict=False))
    if field in ("code_signing", "web_acl", "kms_key", "key", "authorizer", "reserved_concurrency"):
        return bool(before) and not after
    if field in ("rotation", "deletion_protection", "point_in_time_recovery", "api_key_required", "throttled", "scan_on_push"):
        return bool(before) and not after
    return field in ("role", "function", "ownership", "acl", "tag_mutability")


def _plain(value: Any) -> Any:
    """A value as it is compared: order and places do not matter, of variables only the names."""
    if isinstance(value, FunctionUrl):
        origins = "" if value.cors is None else f", origins {', '.join(sorted(value.cors.origins))}"
        return f"URL with auth type {value.auth_type}{origins}"
    if isinstance(value, tuple) and len(value) == 4 and all(isinstance(one, bool) for one in value):
        return value
    if isinstance(value, tuple):
        return frozenset(_name(one) for one in value)
    if isinstance(value, msgspec.Struct):
        return tuple(
            f"{k}={_plain(v)}"
            for k, v in sorted(msgspec.structs.asdict(value).items())
            if k != "where" and v not in ((), "", None)
        )
    return value


def _name(value: Any) -> str:
    if isinstance(value, EnvironmentVariable):
        return f"variable {value.name}"
    if isinstance(value, LayerUse):
        return f"layer {value.arn}"
    for attribute in ("endpoint", "target", "arn", "destination"):
        if text := getattr(value, attribute, ""):
            return str(text)
    if isinstance(value, msgspec.Struct):
        return ", ".join(f"{k} {v}" for k, v in msgspec.structs.asdict(value).items() if v)
    return str(value)


def _absent(code: Inventory, live: Inventory, pairs: dict[str, str], unknown: list[str]) -> Iterator[Difference]:
    text = "is in the code, not in the account: not deployed yet"
    for asset in code.assets:
        kind = kind_of(asset)
        if kind not in _FIELDS or asset.id in pairs:
            continue
        if isinstance(live.find(type(asset), asset.id), Unknown):
            unknown.append(f"{kind} {asset.name}: whether it is in the account was not read")
        else:
            yield Difference(CODE_ONLY, kind, asset.id, asset.name, "", text, False, asset.where)


def _attached(live: Inventory, ours: set[str]) -> Iterator[Difference]:
    """Triggers, routes and aliases in the account that hang on what the code made, and that the code does not know."""
    for asset in live.assets:
        if asset.id in ours or not isinstance(asset, _ATTACHED):
            continue
        on = next((one for one in _hangs_on(asset) if one in ours), None)
        if on:
            text = f"{_says(asset)} {on} is in the account, not in the code"
            yield Difference(LIVE_ONLY, kind_of(asset), asset.id, asset.name, "", text, True, asset.where)


def _hangs_on(asset: Asset) -> Iterable[str]:
    if isinstance(asset, EventSourceMapping | Alias):
        return (asset.function,)
    if isinstance(asset, Route | Authorizer):
        return (asset.api, *((asset.function,) if isinstance(asset.function, str) else ()))
    if isinstance(asset, EventRule):
        targets = () if isinstance(asset.targets, Unknown) else asset.targets
        return tuple(target.arn for target in targets)
    return ()


def _says(asset: Asset) -> str:
    if isinstance(asset, EventSourceMapping):
        return f"the trigger {asset.source or asset.name} of"
    if isinstance(asset, Route):
        return f"the route {asset.method} {asset.path} to"
    return f"the {kind_of(asset).replace('-', ' ')} {asset.name} of"


def _difference(sort: str, asset: AnyAsset, field: str, text: str, wider: bool, where: Where | None) -> Difference:
    return Difference(sort, kind_of(asset), asset.id, asset.name, field, text, wider, where)
