"""The page of each function: all that is set on it, what invokes it, what it is tied to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lambdaudit.model.arn import unqualified
from lambdaudit.model.base import Policy
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Finding
from lambdaudit.model.functions import Alias, Configured, Function, FunctionVersion, InvokeConfig
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown

from .names import kind_by_id, name_of
from .once import once
from .plain import plain, unknown
from .policies import permissions
from .triggers import Trigger, triggers_of

_VERSION_FIELDS = tuple(
    name
    for name in Configured.__struct_fields__
    if name not in ("id", "name", "where", "account", "region", "tags", "extra", "version", "last_modified", "state", "code_size")
)
"""What is compared between a published version and $LATEST."""
_CODE_FIELDS = (
    "language", "entry", "files", "size", "flows", "calls", "issues", "secrets", "components", "extensions", "shadowed",
    "problems", "limits",
)  # fmt: skip


def function_views(inventory: Inventory, findings: Iterable[Finding]) -> tuple[dict[str, Any], ...]:
    """One page of plain data for each function, sorted by id.

    Every field of :class:`Function` by its name, and instead of ids the pages of its ``aliases`` (every field) and ``versions``
    (``version``, ``last_modified``, ``policy``, ``invoke_config`` and ``differs``: the fields that are not as in $LATEST). Beside
    them ``triggers`` (see :func:`triggers_of`), ``permissions`` (statements of the policies of function, versions, aliases),
    ``destinations``, ``code`` (what was established about it, None when nobody looked), ``neighbours`` (``id``, ``name``,
    ``kind``, ``relation``, ``direction`` in or out, ``via``: what says so),
    ``findings`` (fingerprints, in the order given), ``worst`` (severity or empty) and ``writers`` (who may change the function;
    filled in by whoever knows). A value that was not read is ``{"unknown": reason, "need": action}``. The role's policies stand
    on the role's page in :func:`asset_views`, found by the id in ``role``.
    """
    by_function: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for fn in finding.functions:
            by_function[fn].append(finding)
    return tuple(_view(inventory, fn, by_function) for fn in inventory.of(Function))


def _view(inventory: Inventory, fn: Function, findings: Mapping[str, list[Finding]]) -> dict[str, Any]:
    mine = findings.get(fn.id, [])
    worst = min((f.severity for f in mine), key=lambda s: s.rank, default=None)
    fields: dict[str, Any] = plain(fn)
    return fields | {
        "versions": _versions(inventory, fn),
        "aliases": _aliases(inventory, fn),
        "permissions": function_permissions(inventory, fn),
        "triggers": function_triggers(inventory, fn),
        "destinations": list(_destinations(inventory, fn)),
        "neighbours": neighbours(inventory, fn),
        "findings": [f.fingerprint for f in mine],
        "worst": worst.value if worst else "",
        "writers": [],
        "code": _code(inventory, fn),
    }


def _code(inventory: Inventory, fn: Function) -> Any:
    """What was established about the function's code; None when nobody looked. Of components only what a table tells."""
    code = inventory.get(f"{fn.id}:code")
    if not isinstance(code, Code):
        return None
    view: dict[str, Any] = {name: plain(getattr(code, name)) for name in _CODE_FIELDS}
    if not isinstance(code.components, Unknown):
        view["components"] = [
            {"purl": c.purl, "origin": c.origin, "how": c.how, "reached": c.reached, "fed": c.fed} for c in code.components
        ]
    return view


def parts(inventory: Inventory, fn: Function) -> Iterator[tuple[str, Function | FunctionVersion | Alias]]:
    """The function with its qualifier ``""``, then each alias and published version that was read with theirs."""
    yield "", fn
    for ids in (fn.aliases, fn.versions):
        for asset_id in () if isinstance(ids, Unknown) else ids:
            asset = inventory.get(asset_id)
            if isinstance(asset, Alias):
                yield asset.name, asset
            elif isinstance(asset, FunctionVersion):
                yield asset.version, asset


@once
def function_permissions(inventory: Inventory, fn: Function) -> list[dict[str, Any]]:
    """The statements of the resource-based policies of a function, its aliases and versions, see :func:`permissions`."""
    rows: list[dict[str, Any]] = []
    for qualifier, part in parts(inventory, fn):
        if isinstance(part.policy, Policy):
            rows.extend(permissions(part.policy, qualifier))
    return rows


@once
def function_triggers(inventory: Inventory, fn: Function) -> list[Trigger]:
    """What invokes a function, its aliases and versions, see :func:`triggers_of`."""
    return triggers_of(inventory, fn, function_permissions(inventory, fn))


def _versions(inventory: Inventory, fn: Function) -> Any:
    if isinstance(fn.versions, Unknown):
        return unknown(fn.versions)
    views = []
    for version_id in fn.versions:
        version = inventory.get(version_id)
        if not isinstance(version, FunctionVersion):
            views.append({"id": version_id, "unknown": "not read", "need": ""})
            continue
        view = {
            "id": version.id,
            "version": version.version,
            "last_modified": plain(version.last_modified),
            "differs": {n: plain(getattr(version, n)) for n in _VERSION_FIELDS if getattr(version, n) != getattr(fn, n)},
        }
        if version.policy is not None:
            view["policy"] = plain(version.policy)
        if version.invoke_config is not None:
            view["invoke_config"] = plain(version.invoke_config)
        views.append(view)
    return views


def _aliases(inventory: Inventory, fn: Function) -> Any:
    if isinstance(fn.aliases, Unknown):
        return unknown(fn.aliases)
    found = ((alias_id, inventory.get(alias_id)) for alias_id in fn.aliases)
    return [plain(a) if isinstance(a, Alias) else {"id": i, "unknown": "not read", "need": ""} for i, a in found]


def _destinations(inventory: Inventory, fn: Function) -> Iterator[dict[str, Any]]:
    """Where results and failures go: dead-letter queue, asynchronous destinations, failed batches of event source mappings."""
    if isinstance(fn.dead_letter, str) and fn.dead_letter:
        yield _destination(inventory, "dead letter", fn.dead_letter, "")
    for qualifier, part in parts(inventory, fn):
        config = part.invoke_config
        if isinstance(config, InvokeConfig):
            if config.on_success:
                yield _destination(inventory, "on success", config.on_success, qualifier)
            if config.on_failure:
                yield _destination(inventory, "on failure", config.on_failure, qualifier)
    for edge in inventory.from_(fn.id):
        if edge.relation == "sends" and edge.via != fn.id:
            yield _destination(inventory, "failed batches", edge.target, "")


def _destination(inventory: Inventory, kind: str, target: str, qualifier: str) -> dict[str, Any]:
    return {"kind": kind, "target": target, "name": name_of(inventory, target), "qualifier": qualifier}


@once
def neighbours(inventory: Inventory, fn: Function) -> list[dict[str, Any]]:
    """What a function is tied to by configuration: assets that act on it (in) and that it acts on (out), each relation once."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for _, part in parts(inventory, fn):
        for edge in inventory.to(part.id):
            found[edge.source, edge.relation, "in"].add(edge.via)
        for edge in inventory.from_(part.id):
            found[edge.target, edge.relation, "out"].add(edge.via)
    environment = () if isinstance(fn.environment, Unknown) else fn.environment
    for variable in environment:
        for reference in variable.references:
            found[reference, "names", "out"].add(variable.name)
    if not isinstance(fn.logging, Unknown) and fn.logging is not None and fn.logging.group:
        found[_log_group(fn, fn.logging.group), "logs to", "out"].add(fn.id)
    return [
        {
            "id": other,
            "name": name_of(inventory, other),
            "kind": kind_by_id(inventory, other),
            "relation": relation,
            "direction": direction,
            "via": sorted(via),
        }
        for (other, relation, direction), via in sorted(found.items())
        if unqualified(other) != fn.id
    ]


def _log_group(fn: Function, name: str) -> str:
    partition = fn.id.split(":")[1] if fn.id.startswith("arn:") else "aws"
    return f"arn:{partition}:logs:{fn.region}:{fn.account}:log-group:{name}"
