"""What came out of all combinations, put into the verdicts of the ordinary audit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from lambdaudit.engine import Judged
from lambdaudit.model.finding import Confidence, Finding, NotAssessed

from .outcomes import Leaf, Outcome, Verdict, names_of, whatever, witness


@dataclass(slots=True)
class Settled:
    """Puts outcomes into the verdicts of the ordinary audit."""

    before: Judged
    findings: list[Finding] = field(default_factory=list)
    rows: dict[tuple[str, str], NotAssessed | None] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] = field(default_factory=dict)

    def take(self, verdict: Verdict, leaves: Sequence[Leaf]) -> None:
        """Add what came out of one verdict."""
        outcomes = {leaf.outcome for leaf in leaves}
        if outcomes == {Outcome.FAIL}:
            self._fail(verdict, leaves)
        elif outcomes <= {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.ABSENT} and outcomes != {Outcome.ABSENT}:
            self._close(verdict, "passed" if Outcome.PASS in outcomes else "not_applicable")
        elif Outcome.FAIL in outcomes:
            self._open(verdict, leaves, lambda leaf: leaf.outcome is Outcome.FAIL)

    def _fail(self, verdict: Verdict, leaves: Sequence[Leaf]) -> None:
        shared = set.intersection(*({one.identity for one in leaf.findings} for leaf in leaves))
        first = leaves[0].findings
        for finding in [one for one in first if one.identity in shared] or first[:1]:
            same = [one for leaf in leaves for one in leaf.findings if one.identity == finding.identity]
            self.findings.append(_joined(finding, same, whatever(leaves)))
        self._close(verdict, "failed")
        if any({one.identity for one in leaf.findings} - shared for leaf in leaves) and shared:
            self._open(verdict, leaves, lambda leaf: not {one.identity for one in leaf.findings} <= shared)
        elif not all(leaf.complete for leaf in leaves):
            self.rows[verdict.row.rule, verdict.row.asset] = verdict.row

    def _open(self, verdict: Verdict, leaves: Sequence[Leaf], fails: Callable[[Leaf], bool]) -> None:
        told = witness(leaves, fails)
        self.rows[verdict.row.rule, verdict.row.asset] = msgspec.structs.replace(
            verdict.row, reason=f"{verdict.row.reason}; fails when {told}"
        )

    def _close(self, verdict: Verdict, into: str) -> None:
        self.rows[verdict.row.rule, verdict.row.asset] = None
        known = any(one.rule == verdict.row.rule and one.asset == verdict.row.asset for one in self.before.findings)
        if not known:
            counts = self.changes.setdefault(verdict.row.rule, {})
            counts["unknown"] = counts.get("unknown", 0) - 1
            counts[into] = counts.get(into, 0) + 1

    def judged(self, cut: Sequence[str]) -> Judged:
        """The verdicts with everything that was added."""
        rows = [self.rows.get((row.rule, row.asset), row) for row in self.before.not_assessed]
        results = tuple(
            msgspec.structs.replace(one, **{name: getattr(one, name) + by for name, by in self.changes.get(one.rule, {}).items()})
            for one in self.before.results
        )
        coverage = self.before.coverage
        if cut:
            note = f"not every combination of the choices in {names_of(cut)} was tried"
            coverage = msgspec.structs.replace(coverage, notes=(*coverage.notes, note))
        return replace(
            self.before,
            findings=(*self.before.findings, *self.findings),
            not_assessed=tuple(row for row in rows if row is not None),
            results=results,
            coverage=coverage,
        )


def _joined(first: Finding, same: Sequence[Finding], depends: str) -> Finding:
    """The finding of the first combination, no worse than in any other, with the proofs of all."""
    proofs = {msgspec.json.encode(proof): proof for one in same for proof in one.evidence}
    least = max(same, key=lambda one: one.severity.rank).severity
    surest = max(same, key=lambda one: list(Confidence).index(one.confidence)).confidence
    return msgspec.structs.replace(
        first,
        message=f"{first.message} ({depends})",
        severity=least,
        confidence=surest,
        evidence=tuple(proofs.values()),
        functions=tuple(sorted({function for one in same for function in one.functions})),
    )
