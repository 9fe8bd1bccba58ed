"""Open verdicts of templates settled by trying what the configuration leaves open: its parameters, conditions, bool variables.

The cases of a choice leave none out. So a rule that fails in each of them fails, one that passes in each passes, and one that
fails in some stays open, with the shortest combination that is enough as its witness. Each verdict is followed only along the
choices that its own reason names; what is decided on the way is read, lifted and judged like anything else.
"""

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from lambdaudit import engine
from lambdaudit.engine import Judged
from lambdaudit.model.assets import kind_of
from lambdaudit.model.finding import Report, Status
from lambdaudit.rules import load

from .outcomes import Verdict, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdaudit.config import Options
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.rules.contract import Rule
    from lambdaudit.sources.iac.lift import Lifted

__all__ = ["audit", "settle"]


def audit(
    inventory: "Inventory",
    lifted: "Lifted",
    options: "Options | None" = None,
    *,
    rules: "Iterable[Rule] | None" = None,
    pages: bool = True,
) -> Report:
    """Like :func:`lambdaudit.engine.audit` for the inventory of templates, with the open verdicts settled where that is possible.

    `lifted` is what the inventory was made of.
    """
    chosen = tuple(load() if rules is None else rules)
    return engine.report_of(settle(engine.judge(inventory, options, rules=chosen), lifted, rules=chosen), pages=pages)


def settle(judged: Judged, lifted: "Lifted", *, rules: "Iterable[Rule]") -> Judged:
    """The verdicts with those settled that fail, or pass, whatever is chosen; with witnesses for those that fail in some cases.

    `lifted` is what the judged inventory was made of; `rules` those that judged it. Nothing is read again when no open verdict
    names a choice of the configuration. A finding about a resource that exists only under a condition says so.
    """
    return _conditional(_settled(judged, lifted, rules), lifted)


def _settled(judged: Judged, lifted: "Lifted", rules: "Iterable[Rule]") -> Judged:
    by_id = {rule.id: rule for rule in rules}
    verdicts = _open_verdicts(judged, lifted, by_id)
    if not verdicts or lifted.again is None:
        return judged
    groups = grouped(verdicts, [choice for opening in lifted.openings for choice in opening()])
    if not groups:
        return judged
    from .run import Run

    run = Run(judged, lifted, by_id)
    for group in groups:
        run.explore(group)
    return run.result()


def _conditional(judged: Judged, lifted: "Lifted") -> Judged:
    """The findings of resources that may not exist say what decides it."""
    ids = lifted.ids
    why = {ids[one.address]: one.undecided.reason for one in lifted.resources if one.undecided and one.address in ids}
    if not why:
        return judged
    findings = tuple(
        msgspec.structs.replace(one, message=f"{one.message} (if it is created: {why[one.asset]})") if one.asset in why else one
        for one in judged.findings
    )
    return dataclasses.replace(judged, findings=findings)


def _open_verdicts(judged: Judged, lifted: "Lifted", rules: "Mapping[str, Rule]") -> list[Verdict]:
    """The open verdicts about one asset of a template each."""
    rows = [row for row in judged.not_assessed if row.status is Status.UNKNOWN and row.address and row.rule in rules]
    if not rows:
        return []
    addresses = {identity: address for address, identity in reversed(lifted.ids.items())}
    own = {asset.id for asset in lifted.assets}
    found = []
    for row in rows:
        asset = judged.desk.inventory.get(row.asset)
        if asset is not None and kind_of(asset) == row.asset_kind and row.asset in own:
            found.append(Verdict(row, asset, addresses.get(row.asset, row.address)))
    return sorted(found, key=lambda one: (one.row.rule, one.row.asset))
