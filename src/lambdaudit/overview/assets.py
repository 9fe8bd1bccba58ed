"""The page of everything around functions: roles, policies, event sources, stores, keys, networks; and of what findings name."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lambdaudit.model.arn import unqualified
from lambdaudit.model.assets import kind_of
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Finding
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.identity import ManagedPolicy, Principal
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown

from .functions import neighbours
from .plain import fields, plain
from .policies import principal_access


def asset_views(inventory: Inventory, findings: Iterable[Finding]) -> tuple[dict[str, Any], ...]:
    """One page of plain data for each asset that a function depends on or is tied to, or that a finding is about, sorted by id.

    Every field of the asset by its name, with ``kind``, ``functions`` (ids of the functions that depend on it) and ``findings``
    (fingerprints). Principals have ``access`` too: what their policies name, see :func:`access`. The document of a managed policy
    that has a page of its own is left out of the principals that it is attached to (``document`` is None there).
    """
    by_asset: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        by_asset[finding.asset].append(finding.fingerprint)
    dependents = _dependents(inventory)
    wanted = {*dependents, *by_asset, *_tied(inventory)}
    views = []
    for asset_id in sorted(wanted):
        asset = inventory.get(asset_id)
        if asset is None or isinstance(asset, Function | FunctionVersion | Alias | Code):  # those are on pages of functions
            continue
        view = {"kind": kind_of(asset), **_fields(inventory, asset, wanted)}
        view["functions"] = sorted(dependents.get(asset_id, ()))
        view["findings"] = by_asset.get(asset_id, [])
        views.append(view)
    return tuple(views)


def _fields(inventory: Inventory, asset: Asset, wanted: set[str]) -> dict[str, Any]:
    if not isinstance(asset, Principal):
        return fields(asset)
    access = principal_access(inventory, asset)
    view = fields(asset, without=("policies",))
    if isinstance(asset.policies, Unknown) or isinstance(access, Unknown):
        return view | {"policies": plain(asset.policies), "access": plain(access)}
    return view | {"policies": [_policy(inventory, policy, wanted) for policy in asset.policies], "access": access}


def _policy(inventory: Inventory, policy: Policy, wanted: set[str]) -> dict[str, Any]:
    page = inventory.get(policy.arn) if policy.arn in wanted else None
    if isinstance(page, ManagedPolicy) and isinstance(page.policy, Policy):
        return fields(policy, without=("document",)) | {"document": None}
    return fields(policy)


def _dependents(inventory: Inventory) -> dict[str, set[str]]:
    """For each asset upstream of a function (role, the role's policies, queue, the queue's key …) those functions."""
    found: dict[str, set[str]] = defaultdict(set)
    for fn in inventory.of(Function):
        ends = [fn.id]
        for ids in (fn.aliases, fn.versions):
            ends.extend(() if isinstance(ids, Unknown) else ids)
        seen: set[str] = set()
        while ends:
            for edge in inventory.to(ends.pop()):
                if edge.source not in seen and unqualified(edge.source) != fn.id:
                    seen.add(edge.source)
                    if not isinstance(inventory.get(edge.source), Function):
                        ends.append(edge.source)
        for asset_id in seen:
            found[asset_id].add(fn.id)
    return found


def _tied(inventory: Inventory) -> set[str]:
    return {row["id"] for fn in inventory.of(Function) for row in neighbours(inventory, fn)}
