"""The report as Markdown: for the summary of a CI job and the comment on a pull request.

With a baseline only what is new; worst first, and never longer than GitHub takes. Foreign text is text (:mod:`.markup`).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from lambdaudit.model.finding import Change, Finding, Past, Report, Severity, Status

from .markup import code, fenced, prose
from .places import Places
from .ranking import Group, gaps, groups, noun, plural
from .text import count

MARKER: Final = "<!-- lambdaudit -->"
"""The first line: a comment that begins so is the one to update in place."""

MOST_BYTES: Final = 60_000
"""GitHub takes 65,536 characters in a comment."""
MOST_FINDINGS: Final = 50
MOST_OF_A_GROUP: Final = 5
MOST_PAST: Final = 20
MOST_GAPS: Final = 8
MOST_PATCH: Final = 4_000


def render(report: Report) -> bytes:
    """The page as UTF-8. Equal reports give equal bytes."""
    made, size = bytearray(), 0
    for part in _parts(report):
        data = f"{part}\n".encode("utf-8", "replace")
        size += len(data)
        if size > MOST_BYTES:
            made += b"\n*The rest does not fit in here: see the full report.*\n"
            break
        made += data
    return bytes(made)


def _parts(report: Report) -> Iterator[str]:
    """Blocks of the page; each is whole Markdown, so that the page may end after any."""
    yield MARKER
    yield _heading(report)
    yield _counts(report)
    places, room = Places(report), MOST_FINDINGS
    left: list[Group] = []
    for group in groups(report.fresh):
        if room <= 0:
            left.append(group)
            continue
        shown = group.findings[: min(MOST_OF_A_GROUP, room)]
        room -= len(shown)
        yield _group(group, shown, places)
        for finding in shown:
            if finding.fix.patch and len(finding.fix.patch) <= MOST_PATCH:
                yield _patch(finding, places)
    if left:
        findings = count(sum(len(group.findings) for group in left), "finding")
        yield f"\n… and {findings} of {count(len(left), 'more rule', 'more rules')}."
    yield from _past(report)
    yield from _gaps(report)


def _heading(report: Report) -> str:
    fresh = report.fresh
    words = ", ".join(f"{number:,} {severity}" for severity in Severity if (number := sum(f.severity is severity for f in fresh)))
    since = f" since {code(report.baseline.name)}" if report.baseline else ""
    told = f"{words} new{since}" if report.baseline else words
    nothing = f"nothing new{since}" if report.baseline else "no findings"
    open_ = "" if _complete(report) else " (not everything could be judged)"
    return f"## lambdaudit: {told if fresh else nothing + open_}\n"


def _complete(report: Report) -> bool:
    seen = report.coverage
    return seen.complete and not seen.interrupted and not report.statistics.not_assessed


def _counts(report: Report) -> str:
    """One row of numbers, with a baseline two: signs of ours only."""
    stats = report.statistics
    rows = [("all findings", [f"{stats.severities[severity]:,}" for severity in Severity], stats.findings)]
    if report.baseline:
        new = [f"{sum(f.severity is severity for f in report.fresh):,}" for severity in Severity]
        rows.insert(0, ("new", new, len(report.fresh)))
    head = "| | " + " | ".join(severity.value for severity in Severity) + " | sum |\n|---|" + "---:|" * (len(Severity) + 1)
    body = "\n".join(f"| {name} | {' | '.join(numbers)} | {total:,} |" for name, numbers, total in rows)
    seen = [count(stats.functions, "function"), count(stats.not_assessed, "verdict") + " open"]
    if report.baseline:
        seen += [f"{len(report.baseline.fixed):,} fixed", f"{report.baseline.known:,} known"]
    return f"{head}\n{body}\n\n{' · '.join(seen)}"


def _group(group: Group, shown: Iterable[Finding], places: Places) -> str:
    first = group.findings[0]
    lines = [f"\n### {group.severity.value}: {prose(group.title.rstrip('.'), 300)}\n"]
    for finding in shown:
        worse = " (more severe than before)" if finding.change is Change.WORSE else ""
        functions = f" · {count(len(finding.functions), 'function')}" if len(finding.functions) > 1 else ""
        lines.append(f"- {code(str(places.of(finding)))} {prose(finding.message, 600)}{functions}{worse}")
    if (hidden := len(group.findings) - len(lines) + 1) > 0:
        lines.append(f"- … and {hidden:,} more")
    lines.append("")
    lines += [f"**{name}:** {prose(text, 1_000)}\n" for name, text in (("Why", first.why), ("Fix", first.fix.text)) if text]
    lines.append(f"More: {code(f'lambdaudit explain {group.rule}')}")
    return "\n".join(lines)


def _patch(finding: Finding, places: Places) -> str:
    return (
        f"\n<details><summary>Patch</summary>\n\n{code(str(places.of(finding)))}\n\n"
        f"{fenced(finding.fix.patch, 'diff')}\n\n</details>"
    )


def _past(report: Report) -> Iterator[str]:
    """What is fixed, and what failed before and could not be judged now."""
    if report.baseline is None:
        return
    for title, rows in (
        ("Fixed", report.baseline.fixed),
        ("Failed before, cannot be judged now: not a pass", report.baseline.unjudged),
    ):
        if rows:
            yield f"\n### {title}\n\n" + "\n".join(map(_gone, rows[:MOST_PAST]))
            if len(rows) > MOST_PAST:
                yield f"- … and {len(rows) - MOST_PAST:,} more"


def _gone(past: Past) -> str:
    return f"- {past.severity.value}: {prose(past.message, 300)} ({code(past.rule)})"


def _gaps(report: Report) -> Iterator[str]:
    rows = gaps(report)
    errors = report.statistics.verdicts.get(Status.ERROR, 0)
    if errors:
        yield f"\n**{count(errors, 'verdict')} lost to a defect of lambdaudit itself.**"
    if report.coverage.interrupted:
        yield "\n**Interrupted: what was not collected is not judged.**"
    if rows:
        yield "\n<details><summary>Not seen, which is not safe</summary>\n\n" + _gap_lines(report) + "\n\n</details>"


def _gap_lines(report: Report) -> str:
    rows = gaps(report)
    lines = []
    for gap in rows[:MOST_GAPS]:
        on = ", ".join(f"{number or 'all'} {noun(kind) if number == 1 else plural(kind)}" for kind, number in gap.assets)
        reason = prose(gap.reason, 200)
        what = f"{'missing ' if gap.denied else ''}{code(gap.need)}: {reason}" if gap.need else reason
        lines.append(f"- {what}" + (f" ({count(gap.verdicts, 'verdict')} on {prose(on, 200)})" if gap.verdicts else ""))
    if len(rows) > MOST_GAPS:
        lines.append(f"- … and {len(rows) - MOST_GAPS:,} more")
    return "\n".join(lines)
