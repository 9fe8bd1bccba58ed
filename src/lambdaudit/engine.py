"""Runs rules over an inventory. Only here "not known" becomes UNKNOWN and a crash becomes ERROR; neither is ever a pass."""

import fnmatch
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from lambdaudit import overview
from lambdaudit.config import Options
from lambdaudit.facts import Audit
from lambdaudit.facts.writers import Writers
from lambdaudit.model.address import address_of, identity_of
from lambdaudit.model.assets import kind_of
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Coverage, Evidence, Finding, Fix, NotAssessed, Report, RuleResult, Status
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import NotKnown, Unknown
from lambdaudit.rules import load
from lambdaudit.rules.contract import Fail, Rule, Skip
from lambdaudit.secrets import redact
from lambdaudit.version import __version__

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules said of an inventory, before it becomes a report.

    `findings` are of every severity and in no order, `not_assessed` one row for each verdict, `results` one for each rule.
    """

    desk: Audit
    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    results: tuple[RuleResult, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Examined:
    """What one rule says of one asset. `row` tells what stayed open in it, also beside findings."""

    status: Status
    findings: tuple[Finding, ...]
    row: NotAssessed | None


def audit(
    inventory: Inventory,
    options: Options | None = None,
    *,
    rules: Iterable[Rule] | None = None,
    pages: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Judge an inventory by every chosen rule.

    `pages` adds the pages of functions and of the assets around them, which files need and a terminal does not.

    Equal inventories and options give equal reports, whatever the order of the assets. `progress` is called with (rules done,
    rules in all). Never raises for anything that the inventory holds.
    """
    return report_of(judge(inventory, options, rules=rules, progress=progress), pages=pages)


def judge(
    inventory: Inventory,
    options: Options | None = None,
    *,
    rules: Iterable[Rule] | None = None,
    progress: Progress | None = None,
) -> Judged:
    """The first half of :func:`audit`: the verdicts of every chosen rule."""
    options = options or Options()
    desk = Audit(inventory, options)
    chosen = tuple(r for r in (load() if rules is None else rules) if _chosen(r, options))
    tally = _Tally(desk)
    for done, rule in enumerate(chosen):
        if progress:
            progress(done, len(chosen))
        tally.take(rule, _judge(rule, desk))
    return Judged(desk, tuple(tally.findings.values()), tuple(tally.not_assessed), tuple(tally.results), inventory.coverage)


def examine(rule: Rule, asset: Asset, desk: Audit) -> Examined:
    """What a rule says of one asset, alone."""
    verdict = _judge_one(rule, asset, desk)
    tally = _Tally(desk)
    tally.take(rule, iter((verdict,)))
    return Examined(verdict.status, tuple(tally.findings.values()), next(iter(tally.not_assessed), None))


def report_of(judged: Judged, *, pages: bool = True) -> Report:
    """The second half of :func:`audit`: verdicts in their order, counted, with the pages."""
    desk, results = judged.desk, judged.results
    inventory, least = desk.inventory, desk.options.min_severity.rank
    findings = tuple(sorted((f for f in judged.findings if f.severity.rank <= least), key=_worst_first))
    not_assessed = tuple(sorted(_joined(judged.not_assessed), key=lambda n: (n.rule, n.asset, n.need, n.reason)))
    return Report(
        tool=f"lambdaudit {__version__}",
        created=inventory.created,
        statistics=overview.statistics(inventory, findings, not_assessed, results),
        findings=findings,
        not_assessed=not_assessed,
        rules=results,
        coverage=judged.coverage,
        functions=_with_writers(desk, overview.function_views(inventory, findings)) if pages else (),
        assets=overview.asset_views(inventory, findings) if pages else (),
    )


def _with_writers(desk: Audit, views: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """The views with who may change each function."""
    writers = Writers(desk)
    functions = {fn.id: fn for fn in desk.inventory.of(Function)}
    for view in views:
        if fn := functions.get(view["id"]):
            view["writers"] = msgspec.to_builtins(writers.of(fn))
    return views


def _chosen(rule: Rule, options: Options) -> bool:
    names = (rule.id, *rule.aliases)
    if any(fnmatch.fnmatchcase(name, glob.lower()) for name in names for glob in options.ignore):
        return False
    if options.select:
        return any(fnmatch.fnmatchcase(name, glob.lower()) for name in names for glob in options.select)
    return rule.persona == "default" or options.persona == "strict"


def _worst_first(finding: Finding) -> tuple[object, ...]:
    return (finding.severity.rank, -len(finding.functions), finding.rule, finding.asset, finding.key)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one rule said of one asset."""

    status: Status
    asset: str = ""
    kind: str = ""
    account: str = ""
    region: str = ""
    fails: Sequence[Fail] = ()
    unknown: Unknown | None = None
    subject: Asset | None = None


_PASSED, _SKIPPED = _Verdict(Status.PASS), _Verdict(Status.NOT_APPLICABLE)
"""The verdicts that leave nothing but a count: by far the most, so they are made once."""


def _judge(rule: Rule, desk: Audit) -> Iterator[_Verdict]:
    for kind in rule.kinds:
        for asset in desk.judged(kind):
            yield _judge_one(rule, asset, desk)
        yield from _missing(kind, desk.inventory)


def _missing(kind: type[Asset], inventory: Inventory) -> Iterator[_Verdict]:
    """One verdict for all that is missing of a kind in a place for the same reason: 900 functions are one gap, not 900."""
    rows: dict[tuple[str, str, Unknown], list[str]] = {}
    for missing in inventory.missing_of(kind):
        rows.setdefault((missing.account, missing.region, missing.unknown), []).append(missing.subject)
    name = kind_of(kind)
    for (account, region, unknown), subjects in rows.items():
        whole = f"every {name} of {account or 'the account'}{_in(region)}"
        named = subjects[0] if len(subjects) == 1 else f"{name} of {len(subjects)} assets of {account}{_in(region)}"
        subject = named if all(subjects) else whole
        yield _Verdict(Status.UNKNOWN, subject, name, account, region, unknown=unknown)


def _joined(rows: Iterable[NotAssessed]) -> Iterator[NotAssessed]:
    """Rows joined by rule, place and reason: what was left out on purpose (``--thorough``, chosen functions), and code.

    Every rule about code is open for a function whose code was not analysed; that many times the same would bury the rest.
    """
    groups: dict[tuple[str, ...], set[NotAssessed]] = {}
    for row in rows:
        if row.status is Status.UNKNOWN and (Unknown(row.reason).left_out or row.asset_kind == "code"):
            groups.setdefault((row.rule, row.asset_kind, row.account, row.region, row.reason, row.need), set()).add(row)
        else:
            groups.setdefault(("", row.rule, row.asset, row.reason, row.need), set()).add(row)
    for group in groups.values():
        row = min(group, key=lambda n: n.asset)
        if len(group) > 1:
            asset = f"{len(group)} × {row.asset_kind} of {row.account}{_in(row.region)}"
            row = msgspec.structs.replace(row, asset=asset, address="")
        yield row


def _in(region: str) -> str:
    return f" in {region}" if region else ""


def _judge_one(rule: Rule, asset: Asset, desk: Audit) -> _Verdict:
    fails: list[Fail] = []
    try:
        outcome = rule.check(asset, desk)
        while True:
            fault = next(outcome)
            if not desk.are_others(fault.functions or ()):
                fails.append(fault)
    except StopIteration as end:
        if not fails:
            return _SKIPPED if isinstance(end.value, Skip) else _PASSED
    except NotKnown as error:
        return _verdict(Status.FAIL if fails else Status.UNKNOWN, asset, fails, error.unknown)
    except Exception as error:  # noqa: BLE001 - a defect in one rule must not lose the verdicts of the others, nor pass
        unknown = Unknown(f"the rule failed on this {kind_of(asset)}: {type(error).__name__}: {str(error)[:200]}")
        return _verdict(Status.ERROR, asset, fails, unknown)
    return _verdict(Status.FAIL, asset, fails)


def _verdict(status: Status, asset: Asset, fails: Sequence[Fail], unknown: Unknown | None = None) -> _Verdict:
    return _Verdict(status, asset.id, kind_of(asset), asset.account, asset.region, fails, unknown, asset)


class _Tally:
    """Collects verdicts: findings by fingerprint, what was not assessed, and counts per rule."""

    def __init__(self, desk: Audit) -> None:
        self.findings: dict[str, Finding] = {}
        self.not_assessed: list[NotAssessed] = []
        self.results: list[RuleResult] = []
        self._desk = desk
        self._clean: dict[str, str] = {}

    def take(self, rule: Rule, verdicts: Iterator[_Verdict]) -> None:
        """Add every verdict of one rule."""
        counts: Counter[Status] = Counter()
        for verdict in verdicts:
            counts[verdict.status] += 1
            for fault in verdict.fails:
                self._add(_finding(rule, verdict, fault, self._desk))
            if verdict.unknown is not None:
                reason = self._without_secrets(verdict.unknown.reason)
                self.not_assessed.append(_not_assessed(rule, verdict, reason, verdict.unknown.need, self._desk.inventory))
        self.results.append(
            RuleResult(
                rule=rule.id,
                title=rule.title,
                severity=rule.severity,
                failed=counts[Status.FAIL],
                passed=counts[Status.PASS],
                unknown=counts[Status.UNKNOWN],
                not_applicable=counts[Status.NOT_APPLICABLE],
                error=counts[Status.ERROR],
            )
        )

    def _without_secrets(self, reason: str) -> str:
        """A reason as it may be shown; an audit gives the same few for thousands of rows."""
        if reason not in self._clean:
            self._clean[reason] = redact(reason)
        return self._clean[reason]

    def _add(self, finding: Finding) -> None:
        """One finding per faulty thing: what a rule says twice of one asset under one key is joined."""
        first = self.findings.setdefault(finding.fingerprint, finding)
        if first is not finding:
            self.findings[finding.fingerprint] = msgspec.structs.replace(
                first,
                severity=min(first.severity, finding.severity, key=lambda s: s.rank),
                evidence=first.evidence + tuple(e for e in finding.evidence if e not in first.evidence),
                functions=tuple(sorted({*first.functions, *finding.functions})),
            )


def _finding(rule: Rule, verdict: _Verdict, fault: Fail, desk: Audit) -> Finding:
    subject = verdict.subject
    assert subject is not None, "only an asset that was looked at can fail"
    where = fault.at or subject.where
    functions = desk.functions_of(subject.id) if fault.functions is None else fault.functions
    address = address_of(subject, desk.inventory)
    return Finding(
        fingerprint=fingerprint(rule.id, subject.id, fault.key),
        rule=rule.id,
        title=rule.title,
        severity=fault.severity or rule.severity,
        confidence=fault.confidence or rule.confidence,
        message=redact(fault.message),
        asset=subject.id,
        asset_kind=verdict.kind,
        asset_name=subject.name,
        account=subject.account,
        region=subject.region,
        where=where,
        evidence=fault.evidence or (Evidence(where=where),),
        functions=tuple(sorted(set(functions))),
        why=rule.why,
        fix=Fix(text=(fault.fix.text if fault.fix else "") or rule.fix, commands=fault.fix.commands if fault.fix else ()),
        see=rule.see,
        maps=rule.maps,
        key=fault.key,
        address=address,
        identity=identity_of(rule.id, verdict.kind, address, fault.key, where.file, subject, desk.inventory),
    )


def fingerprint(rule: str, asset: str, key: str) -> str:
    """The stable name of a finding: 16 hexadecimal digits from rule, asset and key; no line numbers, no order."""
    return hashlib.sha256("\0".join((rule, asset, key)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _not_assessed(rule: Rule, verdict: _Verdict, reason: str, need: str, inventory: Inventory) -> NotAssessed:
    return NotAssessed(
        rule=rule.id,
        status=Status.ERROR if verdict.status is Status.ERROR else Status.UNKNOWN,
        asset=verdict.asset,
        asset_kind=verdict.kind,
        account=verdict.account,
        region=verdict.region,
        reason=reason,
        need=need,
        address=address_of(verdict.subject, inventory) if verdict.subject else "",
    )
