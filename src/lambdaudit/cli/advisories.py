"""``lambdaudit advisories``."""

import datetime as dt
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from .asking import print_json, say
from .errors import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError, plain
from .options import import_option
from .software import open_source, tell_gaps
from .writing import write_file

if TYPE_CHECKING:
    from lambdaudit.advisories.feeds import Entry, Feed
    from lambdaudit.facts.bulletins import Concern, Estate

    from .estates import Targets

_STATES = ("affected", "may concern", "not affected", "none")


@click.command(name="advisories", short_help="Which functions the entries of advisory feeds concern.")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@click.option(
    "--with", "targets", multiple=True, required=True, metavar="TARGET",
    help="What to match with: a snapshot, a JSON report of `audit`, a folder of templates or of code, a package (zip); repeat.",
)  # fmt: skip
@click.option("--since", metavar="DATE", help="Only entries of this day (2026-11-01) and later, and those without a day.")
@click.option("--all", "everything", is_flag=True, help="Also show entries that concern nothing here.")
@click.option("--advisories", metavar="FILE", help="Advisory database; by default the one that `deps --update` made.")
@import_option
@click.option("-o", "--output", metavar="FILE", help="Write the result as JSON to FILE, all entries of it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--strict", is_flag=True, help="Exit 4 when something may be concerned, or could not be read.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found.")
@click.pass_context
def command(
    context: click.Context, /, feeds: tuple[str, ...], targets: tuple[str, ...], since: str | None, everything: bool,
    advisories: str | None, imports: tuple[str, ...], output: str | None, as_json: bool, strict: bool, exit_zero: bool,
) -> None:  # fmt: skip
    """Match FEEDs with functions: which entries concern which of them, the newest first. A FEED is a file, an https address, or
    - for standard input.

    The content tells what it is: RSS 2.0 and Atom (security bulletins of AWS, notices about runtimes), CISA's catalog of
    exploited weaknesses, the NVD's CVE API 2.0, CVE records 5.x, OSV, GitHub's advisories, CSAF 2.0.

    "affected" follows from versions, from what scanners or the advisory database say of a CVE number, or from the end of a
    runtime; "may concern" where that stays open; "mentions" where a text only names something that functions use; "not affected"
    where all versions here are others.

    Exit codes: 0 nothing is affected, 1 something is, 2 a feed or target cannot be read, 3 there are no functions, 4 open or
    incomplete and --strict.
    """  # noqa: D205 - click shows the first paragraph as it is
    from .importing import joined, read_imports
    from .running import check_writable

    first = _day(since)
    if output:
        check_writable(output, (".json",))
    if feeds.count("-") > 1:
        raise CommandError("standard input can be one FEED only")
    given = read_imports(imports)
    from .estates import open_targets

    found = open_targets(targets)
    found.inventory = joined(found.inventory, given)
    opened, problems = _open(feeds)
    entries = [entry for feed in opened for entry in feed.entries]
    estate = _estate(found, advisories)

    from lambdaudit.facts.bulletins import assess

    judged = assess(_without_doubles(entries), estate)  # older entries, too: what they say of a CVE number helps newer ones
    concerns = tuple(c for c in judged if not first or not c.entry.date or c.entry.date >= first)
    gaps = [*_gaps(opened, estate), *found.gaps]
    document = _document(concerns, estate, opened, gaps)
    if as_json:
        shown = [row for row in document["entries"] if everything or row["state"] != "none"]
        print_json({**document, "entries": shown})
    else:
        _print(concerns, estate, everything)
    if output:
        write_file(output, json.dumps(document, indent=1).encode("ascii") + b"\n")
    tell_gaps(gaps)
    for problem in problems:
        sys.stderr.write(f"lambdaudit: {plain(problem)}\n")
    context.exit(EXIT_ERROR if problems else EXIT_CLEAN if exit_zero else _code(concerns, strict, bool(gaps)))


def _day(since: str | None) -> str:
    try:
        return dt.date.fromisoformat(since).isoformat() if since else ""
    except ValueError as error:
        raise CommandError(f"--since {since}: give a day as 2026-11-01") from error


def _open(feeds: tuple[str, ...]) -> "tuple[list[Feed], list[str]]":
    """The feeds that could be read, and a line for each of the others. Raises CommandError when none could."""
    from lambdaudit.advisories.feeds import FeedError, open_feed

    opened, problems = [], []
    for feed in feeds:
        try:
            opened.append(open_feed(feed))
        except FeedError as error:
            problems.append(str(error))
    if not opened:
        for problem in problems[:-1]:
            sys.stderr.write(f"lambdaudit: {plain(problem)}\n")
        raise CommandError(problems[-1])
    return opened, problems


def _estate(found: "Targets", advisories: str | None) -> "Estate":
    from lambdaudit.config import Options
    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.bulletins import Estate

    source = open_source(advisories, False, "", ())
    return Estate(Audit(found.inventory, Options(advisories=source)), more_services=found.services, told=found.told)


def _without_doubles(entries: "Iterable[Entry]") -> "list[Entry]":
    """Of entries of one kind with the same ids and title the last changed: feeds repeat, and overlap."""
    kept: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        key = (entry.kind, entry.ids, entry.title, entry.link if entry.prose else "")
        if key not in kept or kept[key].date < entry.date:
            kept[key] = entry
    return list(kept.values())


def _gaps(opened: "list[Feed]", estate: "Estate") -> list[str]:
    gaps = [f"{feed.refused} entries of {feed.name} are malformed and were left out" for feed in opened if feed.refused]
    if estate.source is None and estate.uses:
        gaps.append("what CVE numbers in texts are about: no advisory database (--advisories FILE, or `deps --update` first)")
    return gaps


def _document(concerns: "Iterable[Concern]", estate: "Estate", opened: "list[Feed]", gaps: list[str]) -> dict[str, Any]:
    rows = [_row(concern) for concern in concerns]
    return {
        "entries": rows,
        "counts": {state: sum(1 for row in rows if row["state"] == state) for state in _STATES},
        "functions": len(estate.names),
        "feeds": [{"name": feed.name, "entries": len(feed.entries), "malformed": feed.refused} for feed in opened],
        "advisories": estate.source.title if estate.source else None,
        "gaps": gaps,
    }


def _row(concern: "Concern") -> dict[str, Any]:
    entry = concern.entry
    return {
        "state": concern.state,
        "date": entry.date,
        "published": entry.published,
        "title": entry.title,
        "ids": list(entry.ids),
        "link": entry.link,
        "kind": entry.kind,
        "feed": entry.feed,
        "exploited": entry.exploited,
        "withdrawn": entry.withdrawn,
        "concerns": len(concern.functions),
        "functions": [_short(f) for f in concern.functions],
        "perhaps": [_short(f) for f in concern.perhaps],
        "not_affected": [_short(f) for f in concern.clear],
        "unsettled": list(concern.unsettled),
        "reasons": [
            {
                "state": reason.state,
                "subject": reason.subject,
                "why": reason.text,
                "fixed": reason.fixed,
                "functions": [_short(f) for f in reason.functions],
            }
            for reason in concern.reasons
        ],
    }


def _short(function: str) -> str:
    return function.removeprefix("file:")


def _print(concerns: "tuple[Concern, ...]", estate: "Estate", everything: bool) -> None:
    for concern in concerns:
        if everything or concern.state != "none":
            _print_one(concern, estate)
    counts = {
        state: sum(1 for c in concerns if c.state == state) for state in ("affected", "may concern", "not affected", "none")
    }
    hidden = "" if everything or not counts["none"] else " (--all shows them)"
    say(
        f"{len(concerns)} {'entry' if len(concerns) == 1 else 'entries'}: {counts['affected']} affected, "
        f"{counts['may concern']} may concern some, {counts['not affected']} about other versions than those here, "
        f"{counts['none']} about nothing here{hidden}"
    )
    say(f"advisories: {estate.source.title if estate.source else 'none'}; functions: {len(estate.names)}")


def _print_one(concern: "Concern", estate: "Estate") -> None:
    entry = concern.entry
    ids = ", ".join(entry.ids[:4]) + (f" +{len(entry.ids) - 4}" if len(entry.ids) > 4 else "")
    say("  ".join(part for part in (entry.date or "no date", entry.kind, ids) if part))
    say(entry.title, 2)
    if entry.link:
        say(entry.link, 2)
    exploited = f"; attackers use it since {entry.exploited}" if entry.exploited else ""
    count = len(concern.unsettled)
    unsettled = f"; nothing is known here of {count} CVE {'number' if count == 1 else 'numbers'} in it" if count else ""
    say(_sentence(concern) + exploited + unsettled, 2)
    for reason in concern.reasons[:12]:
        fixed = f", fixed in {reason.fixed}" if reason.fixed and reason.state != "not affected" else ""
        say(f"{reason.state}: {_subject(reason.subject)}: {reason.text}{fixed}: {_names(reason.functions, estate)}", 4)
    if len(concern.reasons) > 12:
        say(f"and {len(concern.reasons) - 12} more reasons", 4)
    say()


def _sentence(concern: "Concern") -> str:
    """What the entry means here, in one sentence."""
    if concern.state == "affected":
        more = f", and may concern {len(concern.perhaps)} more" if concern.perhaps else ""
        return f"AFFECTED: concerns {_count(concern.functions)}{more}"
    if concern.state == "may concern":
        mentions = all(r.state in ("mentions", "not affected") for r in concern.reasons)
        return f"{'mentions what' if mentions else 'may concern'} {_count(concern.perhaps)}{' use' if mentions else ''}"
    if concern.state == "not affected":
        return f"not affected: {_count(concern.clear)} have it, none in a version that it is about"
    return "withdrawn" if concern.entry.withdrawn else "concerns nothing here"


def _count(functions: tuple[str, ...]) -> str:
    return f"{len(functions)} of your functions"


def _subject(subject: str) -> str:
    """A package URL as a person reads it: without what only tells packages apart."""
    if not subject.startswith("pkg:"):
        return subject
    from urllib.parse import unquote

    return unquote(subject.partition("?")[0].partition("#")[0].partition("/")[2])


def _names(functions: tuple[str, ...], estate: "Estate") -> str:
    names = [estate.names.get(f, f.rpartition(":")[2]) for f in functions[:6]]
    return ", ".join(names) + (f" and {len(functions) - 6} more" if len(functions) > 6 else "")


def _code(concerns: "Iterable[Concern]", strict: bool, gaps: bool) -> int:
    states = {concern.state for concern in concerns}
    if "affected" in states:
        return EXIT_FINDINGS
    return EXIT_INCOMPLETE if strict and (gaps or "may concern" in states) else EXIT_CLEAN
