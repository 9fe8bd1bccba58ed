"""``lambdaudit deps``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .asking import print_json, say
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError, plain
from .options import SEVERITIES
from .software import advisory_options, default_database, function_option, open_index, open_software, open_source, tell_gaps

if TYPE_CHECKING:
    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.dependencies import Use

    from .software import Software


_OF_MANIFESTS = frozenset({"unpinned-dependency", "package-source"})
_MOST_FAULTS = 20


@click.command(name="deps", short_help="Third-party software, newer versions and known weaknesses.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@function_option
@click.option(
    "--update", "updates", multiple=True, metavar="FILE",
    help="Make the advisory database from OSV files (zip, JSON, JSON lines, folder), with CISA's catalog of what is exploited "
    "if wanted; repeat for more.",
)  # fmt: skip
@advisory_options
@click.option(
    "--fail-on", type=click.Choice([*SEVERITIES, "never"]), default="low", show_default=True, help="Exit 1 from this severity on."
)
@click.option("--vulnerable", is_flag=True, help="Show only what has a known weakness.")
@click.option("--strict", is_flag=True, help="Exit 4 when something could not be read or looked up.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.pass_context
def command(
    context: click.Context, /, targets: tuple[str, ...], functions: tuple[str, ...], updates: tuple[str, ...],
    advisories: str | None, osv: bool, osv_url: str, index: str | None,
    fail_on: str, vulnerable: bool, strict: bool, as_json: bool,
) -> None:  # fmt: skip
    """List the third-party software in TARGET: snapshots with code, folders, packages, image archives or lock files.

    A row for each package and version: the newest version where it is known, known weaknesses with the version that mends
    them, the functions that carry it, and whether a handler imports it; below stand names that
    resemble those of widely used packages, and what manifests leave open. Works offline: `deps --update all.zip` makes the
    advisory database from OSV's downloads, and it is used from then on.

    Exit codes: 0 no known weakness at or above --fail-on, 1 there is one, 2 usage, 3 nothing is known about code, 4 incomplete
    and --strict.
    """
    if updates:
        _update(updates, Path(advisories) if advisories else default_database())
        if not targets:
            context.exit(EXIT_CLEAN)
    if not targets:
        raise CommandError("give a TARGET: a snapshot, a folder or a package; or --update FILE to make the advisory database")
    software = open_software(targets, functions, walk=True)
    newest = open_index(index)
    source = open_source(advisories, osv, osv_url, software.components())

    from lambdaudit.config import Options
    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.dependencies import shipped_index

    audit = Audit(software.inventory, Options(advisories=source, package_index=newest))
    rows = [_row(use, audit) for use in _uses(software, audit)]
    gaps = [*software.gaps, *_not_looked_up(software, source)]
    rows.sort(key=lambda r: (r["rank"], r["ecosystem"], r["package"].lower(), r["version"]))
    shown = [r for r in rows if r["advisories"]] if vulnerable else rows
    about = {"advisories": source.title if source else None, "index": (newest or shipped_index()).date}
    if as_json:
        packages = [{k: v for k, v in r.items() if k != "rank"} for r in shown]
        print_json({"packages": packages, "manifests": _manifests(software), "about": about, "gaps": gaps})
    else:
        _print(shown, about, len(rows))
        if not vulnerable:
            _print_faults(rows, _manifests(software))
    tell_gaps(gaps)
    context.exit(_code(rows, fail_on, strict and bool(gaps)))


def _uses(software: "Software", audit: "Audit") -> "list[Use]":
    from lambdaudit.facts.dependencies import uses

    wanted = {code.function for code in software.codes}
    rows = []
    for use in uses(audit).values():
        carriers = tuple(f for f in use.functions if f in wanted)
        if carriers:
            rows.append(use._replace(functions=carriers))
    return rows


def _row(use: "Use", audit: "Audit") -> dict[str, Any]:
    from lambdaudit.facts.dependencies import index, weaknesses, weigh

    component = use.component
    from lambdaudit.facts.lookalikes import resembled

    newer = index(audit).newer(component.ecosystem, component.name, component.version)
    known = index(audit).find(component.ecosystem, component.name)
    found = weaknesses(use, audit) if audit.options.advisories else ()
    weighed = [(weigh(use, w, audit).severity, w) for w in found]
    return {
        "rank": min((s.rank for s, _ in weighed), default=9),
        "package": component.name,
        "version": component.version,
        "ecosystem": component.ecosystem,
        "purl": component.purl,
        "newest": newer.version if newer else (known.version if known else ""),
        "outdated": newer is not None if known and known.version and component.version else None,
        "advisories": [
            {
                "ids": list(w.ids),
                "severity": str(s),
                "score": w.score,
                "fixed": w.fixed,
                "summary": w.summary,
                "certain": w.certain,
                "exploited": w.exploited,
            }
            for s, w in weighed
        ],
        "functions": [f.removeprefix("file:") for f in use.functions],
        "resembles": resembled(component.ecosystem, component.name),
        "reached": use.reached,
        "fed": use.fed,
        "how": component.how,
        "licence": component.licence,
        "places": [{"path": c.path, "origin": c.origin, "how": c.how} for c in use.places],
    }


def _not_looked_up(software: "Software", source: Any) -> list[str]:
    if source is None:
        return ["known weaknesses: no advisories were given (--osv, --advisories FILE, or `deps --update` first)"]
    from lambdaudit.facts.dependencies import versionless

    ecosystems = {c.ecosystem.partition(":")[0] or "programs" for c in software.components() if not source.covers(c.ecosystem)}
    gaps = [f"weaknesses of {', '.join(sorted(ecosystems))}: the advisories have nothing about them"] if ecosystems else []
    if names := versionless(software.components(), source):
        gaps.append(f"weaknesses of {', '.join(names)}: there are advisories, and nothing tells the version")
    return gaps


def _print(rows: list[dict[str, Any]], about: dict[str, Any], every: int) -> None:
    header = ("PACKAGE", "VERSION", "NEWEST", "KNOWN WEAKNESSES", "FIXED IN", "IN", "REACHED")
    lines = [header, *(_cells(row) for row in rows)]
    widths = [min(max(len(line[at]) for line in lines), 46) for at in range(len(header) - 1)]
    for line in lines:
        cells = [plain(cell) if len(cell) <= 46 else plain(cell)[:45] + "…" for cell in line]
        say("  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[-1]]).rstrip())
    bad = sum(1 for row in rows if row["advisories"])
    say()
    say(
        f"{every} packages, {bad} with known weaknesses"
        if about["advisories"]
        else f"{every} packages; known weaknesses were not looked up"
    )
    say(f"advisories: {about['advisories'] or 'none'}; newest versions as of {about['index']}")


def _manifests(software: "Software") -> list[dict[str, Any]]:
    """What manifests leave open: versions that are not fixed, addresses, sources of packages."""
    rows = (
        {"in": code.name, "kind": i.kind, "file": i.where.source, "line": i.where.line, "text": i.text}
        for code in software.codes
        for i in (code.issues if isinstance(code.issues, tuple) else ())
        if i.kind in _OF_MANIFESTS
    )
    return sorted(rows, key=lambda r: (r["in"], r["file"], r["line"], r["text"]))


def _print_faults(rows: list[dict[str, Any]], manifests: list[dict[str, Any]]) -> None:
    told = [f"look-alike: {r['package']} resembles {r['resembles']}, which is widely used" for r in rows if r["resembles"]]
    several = len({m["in"] for m in manifests}) > 1
    for m in manifests:
        place = f"{m['file'].removeprefix('/var/task/')}:{m['line']}" if m["line"] else m["file"].removeprefix("/var/task/")
        told.append(f"{m['in'] + ' ' if several else ''}{place}: {m['text']}")
    for text in told[:_MOST_FAULTS]:
        say(text)
    if len(told) > _MOST_FAULTS:
        say(f"{len(told) - _MOST_FAULTS} more of this kind; --json has them all")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    found = row["advisories"]
    words = ""
    if found:
        names = ", ".join(a["ids"][0] for a in found[:2]) + (f" +{len(found) - 2}" if len(found) > 2 else "")
        words = f"{found[0]['severity']}: {names}" + (", exploited" if any(a["exploited"] for a in found) else "")
    fixes = sorted({a["fixed"] or "none" for a in found})
    where = (
        row["functions"][0].rpartition(":")[2].rpartition("/")[2]
        if len(row["functions"]) == 1
        else f"{len(row['functions'])} functions"
    )
    reached = {True: "yes", False: "no", None: ""}[row["reached"]] + (", fed" if row["fed"] else "")
    newest = row["newest"] if row["outdated"] else "=" if row["outdated"] is False else ""
    return row["package"], row["version"] or "?", newest, words, ", ".join(fixes), where, reached


def _code(rows: list[dict[str, Any]], fail_on: str, incomplete: bool) -> int:
    from lambdaudit.model.finding import Severity

    worst = min((Severity(a["severity"]).rank for r in rows for a in r["advisories"]), default=9)
    if fail_on != "never" and worst <= Severity(fail_on).rank:
        return EXIT_FINDINGS
    return EXIT_INCOMPLETE if incomplete else EXIT_CLEAN


def _update(files: tuple[str, ...], target: Path) -> None:
    """Make the advisory database."""
    from lambdaudit.advisories.store import AdvisoryError, build

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        built = build([Path(f) for f in files], target)
    except AdvisoryError as error:
        raise CommandError(str(error)) from error
    ecosystems = ", ".join(sorted(built.ecosystems)[:12]) + (" …" if len(built.ecosystems) > 12 else "")
    sys.stderr.write(
        plain(f"lambdaudit: {built.records} advisories about {ecosystems}, the newest of {built.newest[:10]}, are in {target}")
        + "\n"
    )
    if built.exploited:
        sys.stderr.write(f"lambdaudit: {built.exploited} weaknesses are listed as used by attackers\n")
    if built.refused:
        named = ", ".join(built.examples)
        sys.stderr.write(plain(f"lambdaudit: {built.refused} entries are no advisories: {named}") + "\n")
