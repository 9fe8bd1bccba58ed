"""The summary on a terminal: what is worst, what could not be seen, and the one command to type next."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from lambdaudit.model.finding import Finding, Report, Severity, Status

from . import json_report
from .places import Places
from .ranking import Gap, Group, gaps, groups
from .text import block, count, one_line

if TYPE_CHECKING:
    from rich.text import Text

GROUP_LINES = 14
"""Lines of findings in the short summary; with everything around them it stays within a screen of 32 lines."""

GAP_LINES = 5
PAST_LINES = 5
MIN_WIDTH = 40
MAX_WIDTH = 200

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "blue",
    Severity.INFO: "dim",
}
_ASCII = str.maketrans({"·": "-", "…": "~", "│": "|", "→": ">", "–": "-", "—": "-"})


def print_summary(
    report: Report,
    stream: TextIO,
    *,
    width: int = 100,
    quiet: bool = False,
    verbose: bool = False,
    color: bool = False,
    next_command: str = "",
) -> None:
    """Write the summary to a text stream.

    At most one screen, worst first; `verbose` lists every finding with evidence, why and fix instead, `quiet` is one line.
    `width` is in columns (kept between 40 and 200), `color` decides about escape sequences: none are written without it.
    `next_command` replaces the command that is suggested. Characters that the stream cannot encode are spelt out.
    """
    width = max(MIN_WIDTH, min(width, MAX_WIDTH))
    page = _Page(report, width, next_command)
    lines = page.quiet() if quiet else page.verbose() if verbose else page.summary()
    encoding = getattr(stream, "encoding", None) or "utf-8"
    draw = _colored(stream, width) if color else None
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        shown = _encodable(line, encoding)
        shown.truncate(width, overflow="crop")
        if draw:
            draw(shown)
        else:
            stream.write(shown.plain.rstrip() + "\n")


def _colored(stream: TextIO, width: int) -> "Callable[[Text], None]":
    """What writes a line with its colours as escape sequences."""
    from rich.console import Console

    console = Console(
        file=stream, width=width, color_system="standard", force_terminal=True, no_color=False, legacy_windows=False
    )
    return lambda line: console.print(line, no_wrap=True, crop=True, highlight=False, markup=False, emoji=False)


def _encodable(line: "Text", encoding: str) -> "Text":
    """The line in characters that the stream can take: the tool's own signs have plain forms, the rest is spelt out."""
    try:
        line.plain.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        plain = line.plain.translate(_ASCII)
        line = line.copy()
        line.plain = plain.encode("ascii", "backslashreplace").decode("ascii")
    return line


class _Page:
    def __init__(self, report: Report, width: int, next_command: str) -> None:
        self.report = report
        self.width = width
        self.groups = groups(report.fresh)
        self.gaps = gaps(report)
        self.places = Places(report)
        self.next_command = next_command or self._suggestion()

    def _suggestion(self) -> str:
        if self.groups and re.fullmatch(r"[a-z0-9-]+", self.groups[0].rule):
            return f"lambdaudit explain {self.groups[0].rule}"
        return "lambdaudit permissions" if any(gap.need for gap in self.gaps) else "lambdaudit rules"

    def quiet(self) -> "Iterator[Text]":
        from rich.text import Text

        stats = self.report.statistics
        counts = ", ".join(f"{number:,} {name}" for name, number in stats.severities.items() if number)
        verdict = f"{count(stats.findings, 'finding')}: {counts}" if stats.findings else "no findings"
        if self.report.baseline:
            verdict += f"; {len(self.report.fresh):,} new"
        yield Text(f"{verdict}; {stats.not_assessed:,} not assessed; {count(stats.functions, 'function')}")

    def summary(self) -> "Iterator[Text]":
        yield self._header()
        yield _blank()
        yield self._counts()
        yield from self._since()
        yield _blank()
        yield from self._worst()
        yield from self._coverage(GAP_LINES)
        yield self._next()

    def verbose(self) -> "Iterator[Text]":
        yield self._header()
        yield _blank()
        yield self._counts()
        yield from self._since()
        yield _blank()
        for finding in sorted(self.report.fresh, key=json_report.worst_first):
            yield from self._finding(finding)
        yield from self._coverage(len(self.gaps))
        yield from self._open_verdicts()
        yield self._next()

    def _header(self) -> "Text":
        stats, seen = self.report.statistics, self.report.coverage
        parts = [
            count(len(seen.accounts), "account"),
            count(len(seen.regions or stats.regions), "region"),
            count(stats.functions, "function"),
            count(stats.roles, "role"),
        ]
        return _text(("lambdaudit", "bold"), ("  " + " · ".join(parts), ""))

    def _counts(self) -> "Text":
        stats = self.report.statistics
        spans = []
        for severity in Severity:
            number = stats.severities[severity]
            spans += [
                (f"{number:,} ", "bold" if number else "dim"),
                (str(severity), _STYLES[severity] if number else "dim"),
                ("   ", ""),
            ]
        if not stats.findings:
            spans = [("No findings", "bold green" if self._complete() else "bold"), ("   ", "")]
        return _text(*spans, (f"{stats.not_assessed:,} not assessed", "yellow" if stats.not_assessed else "dim"))

    def _since(self) -> "Iterator[Text]":
        """What the comparison with a baseline gave; only what is new is listed after it."""
        base = self.report.baseline
        if base is None:
            return
        parts = [f"{base.new:,} new", *([f"{base.worse:,} more severe"] if base.worse else []), f"{base.known:,} known"]
        parts += [f"{len(base.fixed):,} fixed", *([f"{base.skipped:,} not looked for"] if base.skipped else [])]
        fresh = base.new + base.worse
        yield _text((", ".join(parts), "bold" if fresh else "bold green"), (f" since {one_line(base.name, 80)}", "dim"))
        for past in base.unjudged[:PAST_LINES]:
            yield _text(("failed before, cannot be judged now: ", "yellow"), (one_line(past.message), ""))
        if len(base.unjudged) > PAST_LINES:
            yield _text((f"  … and {len(base.unjudged) - PAST_LINES:,} more that cannot be judged now", "dim"))

    def _complete(self) -> bool:
        seen = self.report.coverage
        return seen.complete and not seen.interrupted and not self.report.statistics.not_assessed

    def _worst(self) -> "Iterator[Text]":
        shown = self.groups if len(self.groups) <= GROUP_LINES else self.groups[: GROUP_LINES - 1]
        for group in shown:
            yield self._group(group)
        rest = self.groups[len(shown) :]
        if rest:
            findings = count(sum(len(g.findings) for g in rest), "finding")
            yield _text(
                (f"          … and {findings} of {count(len(rest), 'more rule', 'more rules')}: --verbose lists all", "dim")
            )
        if self.groups:
            yield _blank()

    def _group(self, group: Group) -> "Text":
        """``high      sentence    asset +2    3 functions``; narrow terminals lose the asset, then the functions.

        Where there is a line of a file, it stands in the asset's place.
        """
        more = f" +{len(group.findings) - 1:,}" if len(group.findings) > 1 else ""
        spans = [(f"{group.severity.value:<8}", _STYLES[group.severity]), ("  ", "")]
        room = self.width - 10 - (15 if self.width >= 72 else 0)
        first = group.findings[0]
        name, at = first.asset_name, self.places.of(first)
        written = at.real and at.line > 0
        if self.width >= 90 and (written or not (name and not more and name in group.sentence)):
            place = min(32, room // 3)
            asset = _ending(one_line(str(at)), place - len(more)) if written else one_line(name or first.asset)
            spans += [(_fit(one_line(group.sentence), room - place - 2), ""), ("  ", "")]
            spans += [(_fit(_shorten(asset, place - len(more)) + more, place), "cyan")]
        else:
            spans += [(_fit(_shorten(one_line(group.sentence), room - len(more)) + more, room), "")]
        if self.width >= 72:
            affected = count(len(group.functions), "function") if group.functions else ""
            spans += [(f"  {affected:>13}", "dim")]
        return _text(*spans)

    def _coverage(self, limit: int) -> "Iterator[Text]":
        seen, stats = self.report.coverage, self.report.statistics
        if seen.interrupted:
            yield _text(("Interrupted: ", "bold yellow"), ("what was not collected is not judged.", ""))
        errors = stats.verdicts.get(Status.ERROR, 0)
        if not self.gaps and not errors:
            if self._complete():
                yield _text(("Everything that was asked for could be read.", "dim"))
                yield _blank()
            return
        if self.gaps:
            yield _text(("Not seen", "bold yellow"), (f"  {self._open()}", ""))
        shown = self.gaps if len(self.gaps) <= limit else self.gaps[: limit - 1]
        for gap in shown:
            yield _text(("  ", ""), *self._gap(gap))
        if len(shown) < len(self.gaps):
            yield _text((f"  … and {len(self.gaps) - len(shown):,} more", "dim"))
        if errors:
            yield _text(("Failed rules", "bold red"), (f"  {count(errors, 'verdict')} lost to a defect of lambdaudit itself", ""))
        yield _blank()

    def _open(self) -> str:
        number = sum(gap.verdicts for gap in self.gaps)
        if not number:
            return "no verdict depends on it"
        return f"{count(number, 'verdict')} {'stays' if number == 1 else 'stay'} open; silence is not safety"

    def _gap(self, gap: Gap) -> list[tuple[str, str]]:
        on = f" on {gap.on}" if gap.on else ""
        if not gap.need:
            return [(one_line(gap.reason, 160), ""), (on, "dim")]
        calls = f" ({count(gap.calls, 'call')})" if gap.calls and not gap.on else ""
        if gap.denied:
            return [("missing ", ""), (one_line(gap.need, 80), "yellow"), (on + calls, "")]
        return [(one_line(gap.need, 80), "yellow"), (f"{on}{calls}: {one_line(gap.reason, 120)}", "")]

    def _next(self) -> "Text":
        return _text(("Next: ", "dim"), (one_line(self.next_command), "bold"))

    def _finding(self, finding: Finding) -> "Iterator[Text]":
        yield _text((f"{finding.severity.value:<8}", _STYLES[finding.severity]), ("  ", ""), (one_line(finding.message), "bold"))
        place = " · ".join(p for p in (finding.rule, finding.account, finding.region, f"confidence {finding.confidence}") if p)
        yield from self._field("", f"{place} · {finding.fingerprint}", "dim")
        yield from self._field("asset", f"{finding.asset_kind} {finding.asset}")
        if finding.address:
            yield from self._field("written as", finding.address)
        if finding.functions:
            names = ", ".join(f.rsplit(":", 1)[-1] for f in finding.functions[:20])
            more = f" and {len(finding.functions) - 20:,} more" if len(finding.functions) > 20 else ""
            yield from self._field("functions", names + more)
        for evidence in finding.evidence:
            yield from self._field("evidence", str(evidence.where))
            yield from self._field("", evidence.text)
            if evidence.witness:
                yield from self._field(
                    "allowed", ", ".join(f"{key} = {value}" for key, value in sorted(evidence.witness.items()))
                )
        yield from self._field("why", finding.why)
        yield from self._field("fix", finding.fix.text)
        for command in finding.fix.commands:
            yield from self._field("$", command)
        if finding.fix.patch:
            yield from self._patch(finding.fix.patch)
        for address in finding.see:
            yield from self._field("see", address)
        yield _blank()

    def _patch(self, patch: str) -> "Iterator[Text]":
        """A diff line by line, shortened and not wrapped: a line of it means what it begins with."""
        styles = {"+": "green", "-": "red", "@": "cyan"}
        room = max(20, self.width - 16)
        for number, line in enumerate(block(patch).removesuffix("\n").split("\n")):
            head = "patch" if number == 0 else ""
            yield _text(
                ("│ ", "dim"), (f"{head:<12} ", "dim"), (_shorten(line.replace("\t", "    "), room), styles.get(line[:1], ""))
            )

    def _field(self, label: str, text: str, style: str = "") -> "Iterator[Text]":
        """Labelled text, wrapped. Every line starts with a sign of ours, so that foreign text can never begin a line."""
        head = label if len(label) <= 12 else label[:12]
        room = max(20, self.width - 16)
        for paragraph in block(text).split("\n") if text else ():
            for piece in _wrap(one_line(paragraph, 20_000), room):
                yield _text(("│ ", "dim"), (f"{head:<12} ", "dim"), (piece, style))
                head = ""

    def _open_verdicts(self) -> "Iterator[Text]":
        groups: dict[tuple[Status, str, str, str], list[str]] = {}
        for row in self.report.not_assessed:
            groups.setdefault((row.status, row.asset, row.reason, row.need), []).append(row.rule)
        for (status, asset, reason, need), rules in groups.items():
            label = "error" if status is Status.ERROR else "unknown"
            named = one_line(rules[0]) if len(rules) == 1 else count(len(rules), "rule")
            yield _text((f"{label:<8}", "yellow"), ("  ", ""), (named, ""), ("  " + one_line(asset, 200), "cyan"))
            yield from self._field("", reason + (f" (missing {need})" if need else ""), "dim")
            if len(rules) > 1:
                yield from self._field("", ", ".join(sorted(rules)), "dim")
        if self.report.not_assessed:
            yield _blank()


def _wrap(text: str, room: int) -> Iterator[str]:
    """Pieces of at most `room` columns, broken at spaces where there are any."""
    from rich.cells import cell_len, chop_cells

    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= room:
            line = joined
            continue
        if line:
            yield line
        *full, line = chop_cells(word, room) or [""]
        yield from full
    yield line


def _shorten(text: str, room: int) -> str:
    """The text in at most `room` columns, with ``…`` where something is left out; wide characters count two."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= room else set_cell_size(text, max(room - 1, 0)).rstrip() + "…"


def _ending(text: str, room: int) -> str:
    """The end of a text in at most `room` columns: of a path that says the most."""
    from rich.cells import cell_len

    while cell_len(text) > max(room, 1):
        text = "…" + text.removeprefix("…")[1:]
    return text


def _fit(text: str, room: int) -> str:
    """The text in exactly `room` columns."""
    from rich.cells import set_cell_size

    return set_cell_size(_shorten(text, room), room)


def _text(*spans: tuple[str, str]) -> "Text":
    from rich.text import Text

    return Text.assemble(*spans)


def _blank() -> "Text":
    return _text()
