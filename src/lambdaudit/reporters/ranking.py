"""What to show first: findings of one rule as one line, and what could not be seen, by missing permission."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from lambdaudit.model.finding import CallCount, Confidence, Finding, NotAssessed, Report, Severity, Status

from .text import count

_CONFIDENCE = list(Confidence)


class Group(NamedTuple):
    """All findings of one rule with one severity, the one with most functions first. `functions` are the ids affected by any."""

    rule: str
    title: str
    severity: Severity
    findings: tuple[Finding, ...]
    functions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The finding's own message when there is only one, otherwise the rule's title."""
        return self.findings[0].message if len(self.findings) == 1 else self.title.rstrip(".")


class Gap(NamedTuple):
    """One permission (or, without one, a reason): calls that gave nothing, and the verdicts that stay open because of it.

    `denied`: the right was refused; otherwise the call failed, was not made, or no right would help. `assets` are (kind, how
    many) of what is concerned; 0 means all of a kind.
    """

    need: str
    denied: bool
    reason: str
    calls: int
    verdicts: int
    assets: tuple[tuple[str, int], ...]

    @property
    def on(self) -> str:
        """The assets concerned in words: ``14 functions and 2 queues``."""
        words = [count(number, noun(kind), plural(kind)) if number else f"all {plural(kind)}" for kind, number in self.assets]
        return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Findings grouped by rule and severity: worst first, then surest, then the most functions."""
    rows: dict[tuple[Severity, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        rows[finding.severity, finding.rule].append(finding)
    made = []
    for (severity, rule), members in rows.items():
        members.sort(key=lambda f: (-len(f.functions), f.asset, f.key))
        functions = tuple(sorted({fn for f in members for fn in f.functions}))
        made.append(Group(rule, members[0].title, severity, tuple(members), functions))
    return tuple(sorted(made, key=_importance))


def _importance(group: Group) -> tuple[object, ...]:
    surest = min(_CONFIDENCE.index(f.confidence) for f in group.findings)
    return (group.severity.rank, surest, -len(group.functions), -len(group.findings), group.rule)


def gaps(report: Report) -> tuple[Gap, ...]:
    """What could not be seen, the gap that leaves most verdicts open first. Errors of rules are not among them."""
    calls: Counter[tuple[str, str]] = Counter()
    reasons: dict[tuple[str, str], str] = {}
    refused: set[tuple[str, str]] = set()
    for call in report.coverage.calls:
        missed = call.denied + call.failed + call.unsupported + call.interrupted
        if missed:
            key = (call.need or call.operation, "")
            calls[key] += missed
            reasons.setdefault(key, _reason(call))
            if call.denied:
                refused.add(key)
    rows: dict[tuple[str, str], list[NotAssessed]] = defaultdict(list)
    for row in report.not_assessed:
        if row.status is not Status.ERROR:
            key = (row.need, "") if row.need else ("", row.reason)
            rows[key].append(row)
            reasons.setdefault(key, row.reason)
    made = (
        Gap(key[0], key in refused, reason, calls[key], len(rows.get(key, ())), _assets(rows.get(key, ())))
        for key, reason in reasons.items()
    )
    return tuple(sorted(made, key=lambda gap: (-gap.verdicts, -gap.calls, gap.need, gap.reason)))


def _reason(call: CallCount) -> str:
    if call.denied:
        return "access denied"
    if call.failed:
        return call.error or "the call failed"
    return "not supported there" if call.unsupported else "interrupted"


def _assets(rows: Iterable[NotAssessed]) -> tuple[tuple[str, int], ...]:
    members: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        members[row.asset_kind].add(row.asset)
    sizes = ((kind, 0 if any(a.startswith("every ") for a in assets) else len(assets)) for kind, assets in members.items())
    return tuple(sorted(sizes, key=lambda item: (item[1] != 0, -item[1], item[0])))


_NOUNS = {"api": "API", "code": "function's code", "vpc-endpoint": "VPC endpoint", "nat-gateway": "NAT gateway"}
_PLURALS = {"code": "functions' code"}


def noun(kind: str) -> str:
    """An asset kind in words: ``event-source-mapping`` → ``event source mapping``."""
    return _NOUNS.get(kind, kind.replace("-", " "))


def plural(kind: str) -> str:
    """The plural of an asset kind in words."""
    word = noun(kind)
    if kind in _PLURALS:
        return _PLURALS[kind]
    if word.endswith("y") and not word.endswith(("ay", "ey")):
        return word[:-1] + "ies"
    return word if word.endswith("settings") else word + ("es" if word.endswith(("s", "x")) else "s")
