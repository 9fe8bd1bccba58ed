"""The configuration read and judged again with choices made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from lambdaudit import engine
from lambdaudit.engine import Examined, Judged
from lambdaudit.facts import Audit
from lambdaudit.model.address import address_of
from lambdaudit.model.assets import AnyAsset, kind_of
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Finding, Status
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.sources.iac.values import Span

from .combine import Settled
from .outcomes import Group, Leaf, Outcome, Path, Verdict, named_choices

if TYPE_CHECKING:
    from lambdaudit.rules.contract import Rule
    from lambdaudit.sources.iac.choices import Choice
    from lambdaudit.sources.iac.lift import Lifted

MAX_COMBINATIONS: Final = 64
"""Combinations of one stack or root module that are tried."""
_VERDICTS_A_UNIT: Final = 4
MAX_WORK: Final = 12_000
"""What all combinations may cost, in resources and units of effort: no time, so that equal inputs give equal reports."""


@dataclass(slots=True)
class _Reading:
    """The configuration with some choices made. `steady`: it was read as before, and no resource has a new address."""

    lifted: "Lifted"
    desk: Audit
    by_address: dict[tuple[str, str], list[AnyAsset]]
    steady: bool

    def asset(self, verdict: Verdict, alone: bool) -> AnyAsset | Outcome:
        """The asset at the address of a verdict, by its id where others have the address, too (not `alone`); else the outcome."""
        found = self.by_address.get((verdict.row.asset_kind, verdict.row.address), [])
        if not found:
            return Outcome.ABSENT if self.steady else Outcome.OPEN
        if alone and len(found) == 1:
            return found[0]
        return next((asset for asset in found if asset.id == verdict.row.asset), Outcome.OPEN)


class Run:
    """Follows open verdicts along the choices, and keeps what came out."""

    def __init__(self, judged: Judged, lifted: "Lifted", rules: "Mapping[str, Rule]") -> None:
        self._judged = judged
        self._lifted = lifted
        self._rules = rules
        self._inventory = judged.desk.inventory
        self._work = MAX_WORK
        self._cut: list[str] = []
        self._leaves: dict[Verdict, list[Leaf]] = {}
        own = {asset.id for asset in lifted.assets}
        self._beside = [asset for asset in self._inventory.assets if asset.id not in own]
        before = set(lifted.missing)
        self._missing = [row for row in self._inventory.missing if row not in before]
        self._addresses = _by_address(lifted, self._inventory)
        self._known: dict[tuple[str, str], set[str]] = {}
        for finding in judged.findings:
            self._known.setdefault((finding.rule, finding.asset), set()).add(finding.identity)

    def explore(self, group: Group) -> None:
        """Try the choices of one stack or root module, level by level, for the verdicts that name them."""
        left = MAX_COMBINATIONS
        level: dict[Path, list[tuple[Verdict, str]]] = {(): [(one, one.row.reason) for one in group.verdicts]}
        while level:
            following: dict[Path, list[Verdict]] = {}
            for path, open_ones in level.items():
                named = named_choices([reason for _, reason in open_ones], path, group.choices)
                if path and named:
                    left += 1  # its own cases take the place of this combination
                for verdict, reason in open_ones:
                    choice = named.get(reason)
                    if choice is None:
                        self._leaf(verdict, Leaf(path, Outcome.OPEN))
                        continue
                    for number in range(len(choice.cases)):
                        following.setdefault(_with(path, choice, number), []).append(verdict)
            level = {}
            for path, verdicts in following.items():
                if left <= 0 or self._work <= 0:
                    self._cut.append(group.name)
                    for verdict in verdicts:
                        self._leaf(verdict, Leaf(path, Outcome.OPEN))
                    continue
                left -= 1
                reading = self._read(path)
                self._work -= len(verdicts) // _VERDICTS_A_UNIT
                still = [(verdict, reason) for verdict in verdicts if (reason := self._judge(verdict, path, reading))]
                if still:
                    level[path] = still

    def _leaf(self, verdict: Verdict, leaf: Leaf) -> None:
        self._leaves.setdefault(verdict, []).append(leaf)

    def _read(self, path: Path) -> _Reading:
        again = self._lifted.again
        assert again is not None, "only what can be read again is explored"
        lifted = again({choice.id: choice.cases[number].value for choice, number in path})
        self._work -= len(lifted.resources) + lifted.effort + 1
        inventory = Inventory(
            [*lifted.assets, *self._with_code(lifted)],
            missing=[*lifted.missing, *self._missing],
            listed=self._inventory.listed,
            absent=lifted.absent - {asset.id for asset in lifted.assets},
            coverage=self._inventory.coverage,
            created=self._inventory.created,
        )
        steady = lifted.ids.keys() <= self._lifted.ids.keys() and set(lifted.errors) <= set(self._lifted.errors)
        return _Reading(lifted, Audit(inventory, self._judged.desk.options), _by_address(lifted, inventory), steady)

    def _with_code(self, lifted: "Lifted") -> Iterator[AnyAsset]:
        """What else the inventory holds; code of functions that changed with the choice counts as not looked into."""
        functions = {asset.id: asset for asset in lifted.assets if isinstance(asset, Function)}
        had_code = False
        for asset in self._beside:
            if not isinstance(asset, Code):
                yield asset
                continue
            had_code = True
            function = functions.pop(asset.function, None)
            before = self._inventory.get(asset.function)
            same_place = lifted.code.get(asset.function) == self._lifted.code.get(asset.function)
            if function is not None and isinstance(before, Function):
                same = same_place and function.layers == before.layers
                yield asset if same else Code(id=asset.id, name=asset.name, where=asset.where, function=asset.function)
        for function in functions.values() if had_code else ():
            yield Code(id=f"{function.id}:code", name=function.name, where=function.where, function=function.id)

    def _judge(self, verdict: Verdict, path: Path, reading: _Reading) -> str:
        """Judge an asset in one combination. Gives the reason when it is still open; else keeps the outcome."""
        alone = len(self._addresses.get((verdict.row.asset_kind, verdict.row.address), ())) == 1
        asset = reading.asset(verdict, alone)
        if isinstance(asset, Outcome):
            self._leaf(verdict, Leaf(path, asset))
            return ""
        examined = engine.examine(self._rules[verdict.row.rule], asset, reading.desk)
        known = self._known.get((verdict.row.rule, verdict.row.asset), set())
        fresh = tuple(self._moved(one, verdict, reading) for one in examined.findings if one.identity not in known)
        if fresh:
            self._leaf(verdict, Leaf(path, Outcome.FAIL, fresh, complete=examined.row is None))
            return ""
        if examined.row is not None:
            if examined.row.status is Status.UNKNOWN:
                return examined.row.reason
            self._leaf(verdict, Leaf(path, Outcome.OPEN))
            return ""
        self._leaf(verdict, Leaf(path, self._passed(examined, asset, reading)))
        return ""

    def _passed(self, examined: Examined, asset: AnyAsset, reading: _Reading) -> Outcome:
        rows = reading.desk.inventory.missing_of(type(asset))
        if any(row.subject == asset.id or (not row.subject and row.covers(asset.account, asset.region)) for row in rows):
            return Outcome.OPEN
        return Outcome.NOT_APPLICABLE if examined.status is Status.NOT_APPLICABLE else Outcome.PASS

    def _moved(self, finding: Finding, verdict: Verdict, reading: _Reading) -> Finding:
        """A finding of a combination as one about the asset that the ordinary audit shows."""
        ids, own = self._lifted.ids, {identity: address for address, identity in reading.lifted.ids.items()}
        functions = {ids[address] for one in finding.functions if (address := own.get(one)) in ids}
        for where in (finding.where, *(one.where for one in finding.evidence)):
            found = reading.lifted.places.locate(where)
            if found.line:
                self._lifted.places.link(where, None, Span(found.source, found.line, found.column or 1))
        return msgspec.structs.replace(
            finding,
            fingerprint=engine.fingerprint(finding.rule, verdict.row.asset, finding.key),
            asset=verdict.row.asset,
            asset_name=verdict.asset.name,
            functions=tuple(sorted(functions)),
        )

    def result(self) -> Judged:
        """The verdicts with what came out."""
        outcome = Settled(self._judged)
        for verdict, leaves in self._leaves.items():
            outcome.take(verdict, leaves)
        return outcome.judged(self._cut)


def _by_address(lifted: "Lifted", inventory: Inventory) -> dict[tuple[str, str], list[AnyAsset]]:
    found: dict[tuple[str, str], list[AnyAsset]] = {}
    for asset in lifted.assets:
        found.setdefault((kind_of(asset), address_of(asset, inventory)), []).append(asset)
    return found


def _with(path: Path, choice: "Choice", number: int) -> Path:
    return tuple(sorted((*path, (choice, number)), key=lambda one: one[0].id))
