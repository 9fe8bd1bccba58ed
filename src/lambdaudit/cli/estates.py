"""What `advisories` matches feeds with: snapshots, saved reports, folders of templates or of code, packages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EXIT_NOTHING, CommandError
from .kinds import format_of

if TYPE_CHECKING:
    from lambdaudit.facts.bulletins import Told
    from lambdaudit.model.code import Code, Component
    from lambdaudit.model.functions import Function
    from lambdaudit.model.inventory import Inventory

_WEAK_PART = "CWE-1395"
"""What findings are mapped to that name known weaknesses of components, whoever told them."""


@dataclass(slots=True)
class Targets:
    """What targets hold together.

    `services` and `told` are what a saved report says beside the inventory that can be made of it, `gaps` sentences about what
    is not known.
    """

    inventory: "Inventory"
    services: dict[str, set[str]] = field(default_factory=dict)
    told: "list[Told]" = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def components(self) -> "tuple[Component, ...]":
        """Every component of which something may be known."""
        from lambdaudit.facts.dependencies import carried
        from lambdaudit.model.code import Code

        return tuple(c for code in self.inventory.of(Code) if isinstance(code.components, tuple) for c in carried(code))


def open_targets(targets: Iterable[str]) -> Targets:
    """Everything in the targets. Raises CommandError for what is none of them, or holds no function and no package."""
    from lambdaudit.model.code import Code
    from lambdaudit.model.functions import Function
    from lambdaudit.model.inventory import Inventory

    found = Targets(Inventory(()))
    assets: dict[str, Any] = {}
    missing: list[Any] = []
    created, regions, accounts = "", set[str](), set[str]()
    names = list(targets)
    for name in names:
        inventory = _read(name, found)
        assets |= {asset.id: asset for asset in inventory.assets}
        missing += inventory.missing
        created = max(created, inventory.created)
        accounts |= set(inventory.coverage.accounts)
        regions |= set(inventory.coverage.regions)
    from lambdaudit.model.finding import Coverage

    coverage = Coverage(accounts=tuple(sorted(accounts)), regions=tuple(sorted(regions)))
    found.inventory = Inventory(assets.values(), missing=missing, coverage=coverage, created=created)
    if not found.inventory.of(Function) and not found.inventory.of(Code):
        raise CommandError(f"there are no functions in {', '.join(names)}: nothing that feeds could concern", EXIT_NOTHING)
    found.gaps += _gaps(found.inventory)
    return found


def _read(name: str, found: Targets) -> "Inventory":
    path = Path(name)
    if path.is_dir():
        return _folder(name)
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
    if start == b"PK":
        return _package(name)
    from lambdaudit.model.snapshot import SnapshotError, read
    from lambdaudit.reporters import json_report

    if format_of(path) == json_report.FORMAT:
        return _report(path, found)

    try:
        return read(path)
    except SnapshotError as error:
        raise CommandError(f"{error} (give a snapshot, a JSON report, a folder or a zip package)") from error


def _folder(name: str) -> "Inventory":
    """The functions that the templates in a folder define, or the folder as one package where there are none."""
    from .looking import looked_into_sources
    from .templates import read_templates

    try:
        inventory, lifted = read_templates(name, {})
    except CommandError as error:
        if error.code != EXIT_NOTHING:
            raise
        return _package(name)
    from lambdaudit.model.functions import Function

    if not inventory.of(Function):
        return _package(name)
    return looked_into_sources(inventory, lifted, Path(name), show_progress=False)


def _package(name: str) -> "Inventory":
    from lambdaudit.model.inventory import Inventory

    from .software import read_local

    return Inventory((read_local(name),))


def _report(path: Path, found: Targets) -> "Inventory":
    """An inventory of the functions of a report, as far as their pages tell what feeds name."""
    from lambdaudit.facts.bulletins.estate import service_of
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.reporters import ReportError, json_report

    try:
        report = json_report.read(path)
    except ReportError as error:
        raise CommandError(str(error)) from error
    assets: list[Any] = []
    for page in report.functions:
        assets.append(_function(page, path))
        if isinstance(page.get("code"), dict):
            assets.append(_code(page, path))
        for neighbour in page["neighbours"]:
            if service := service_of(str(neighbour.get("id", ""))):
                found.services.setdefault(service, set()).add(page["id"])
    if report.statistics.functions and not report.functions:
        raise CommandError(f"{path} has no pages of its functions: write it again with `audit -o report.json`")
    found.told += _told(report.findings)
    return Inventory(assets, coverage=report.coverage, created=report.created)


def _function(page: dict[str, Any], path: Path) -> "Function":
    from lambdaudit.model.functions import Function, FunctionUrl, LayerUse
    from lambdaudit.model.where import Where

    where = Where(str(path))
    url, layers = page.get("url"), page.get("layers")
    address = url.get("url") if isinstance(url, dict) else None
    auth = str(url.get("auth_type")) if isinstance(url, dict) else ""
    return Function(
        id=page["id"], name=page["name"], where=where, account=page["account"], region=page["region"],
        runtime=_maybe(page.get("runtime"), (str, type(None))),
        package_type=_maybe(page.get("package_type"), (str,)),
        snap_start=_maybe(page.get("snap_start"), (str,)),
        url=FunctionUrl(url=address, auth_type=auth, where=where) if isinstance(address, str) else None,
        layers=tuple(LayerUse(arn=str(row.get("arn"))) for row in layers if isinstance(row, dict))
        if isinstance(layers, list) else _maybe(layers, (tuple,)),
    )  # fmt: skip


def _maybe(value: Any, kinds: tuple[type, ...]) -> Any:
    """A value of a page; what was not read, or is of another kind, is Unknown."""
    from lambdaudit.model.unknown import Unknown

    if isinstance(value, kinds):
        return value
    reason = value.get("unknown") if isinstance(value, dict) else None
    return Unknown(reason if isinstance(reason, str) else "the report does not tell it")


def _code(page: dict[str, Any], path: Path) -> "Code":
    import msgspec

    from lambdaudit.model.code import Code, SdkCall
    from lambdaudit.model.where import Where

    view = page["code"]
    listed, calls = view.get("components"), view.get("calls")
    made = []
    for call in calls if isinstance(calls, list) else ():
        row = {name: call.get(name) for name in ("service", "operation", "actions", "where")} if isinstance(call, dict) else {}
        try:
            made.append(msgspec.convert(row, SdkCall))
        except msgspec.ValidationError as error:
            raise CommandError(f"{path} is damaged: a call of {page['name']}: {error}") from error
    return Code(
        id=f"{page['id']}:code", name=page["name"], where=Where(str(path)), function=page["id"],
        components=tuple(filter(None, map(_component, listed))) if isinstance(listed, list) else _maybe(listed, (tuple,)),
        calls=tuple(made) if isinstance(calls, list) else _maybe(calls, (tuple,)),
    )  # fmt: skip


def _component(row: Any) -> "Component | None":
    """A component of a page, which tells its package URL only; None for what names no package."""
    from lambdaudit.advisories.feeds.names import read_purl
    from lambdaudit.model.code import Component

    purl = row.get("purl") if isinstance(row, dict) else None
    package = read_purl(purl)
    if package is None or not isinstance(purl, str):
        return None
    reached = row.get("reached") if isinstance(row.get("reached"), bool) else None
    return Component(
        purl=purl, name=package.name, version=package.version, ecosystem=package.ecosystem, how=str(row.get("how", "")),
        origin=str(row.get("origin", "")), reached=reached,
    )  # fmt: skip


def _told(findings: Iterable[Any]) -> "Iterable[Told]":
    """The weaknesses of components that findings name: by their message, their key, and the ids in their evidence."""
    from lambdaudit.advisories.feeds.entry import ids_in
    from lambdaudit.facts.bulletins import Told

    for finding in findings:
        if _WEAK_PART in finding.maps:
            ids = ids_in(finding.message, finding.key, *(proof.text for proof in finding.evidence))
            purl = re.match(r"pkg:\S+", finding.key)
            certain = finding.confidence != "low"
            yield Told(ids, finding.functions, f"an earlier audit found it ({finding.rule})", certain, purl[0] if purl else "")


def _gaps(inventory: "Inventory") -> list[str]:
    """What entries may concern without anybody seeing it."""
    from lambdaudit.model.code import Code
    from lambdaudit.model.functions import Function
    from lambdaudit.model.unknown import Unknown

    codes = {code.function: code for code in inventory.of(Code)}
    without = [fn.name for fn in inventory.of(Function) if fn.id not in codes]
    gaps = [f"{m.subject or m.kind}: {m.unknown.reason}" for m in inventory.missing if m.kind in ("function", "code")]
    gaps += [f"{code.name}: {code.components.reason}" for code in codes.values() if isinstance(code.components, Unknown)]
    gaps += [f"{code.name}: {text}" for code in codes.values() for text in code.limits]
    if without:
        more = " …" if len(without) > 5 else ""
        gaps.append(f"the code of {len(without)} functions was not looked into: {', '.join(without[:5])}{more}")
    unread = [fn.name for fn in inventory.of(Function) if isinstance(fn.runtime, Unknown)]
    if unread:
        gaps.append(f"the runtime of {len(unread)} functions: {', '.join(unread[:5])}{' …' if len(unread) > 5 else ''}")
    return gaps
