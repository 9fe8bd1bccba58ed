"""``lambdaudit where-used``."""

import re
from typing import Any

import click

from .asking import print_json, say
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError
from .software import open_software, tell_gaps

_WANTED = re.compile(
    r"(?:(?P<ecosystem>[A-Za-z][A-Za-z. ]*):(?!//))?(?P<name>@?[^\s<>=!@]+(?:/[^\s<>=!@]+)?)"
    r"(?:\s*(?P<sign><=|>=|==|=|<|>|@)\s*(?P<version>\S+))?"
)
_SIGNS = {"<": (-1,), "<=": (-1, 0), "=": (0,), "==": (0,), "@": (0,), ">": (1,), ">=": (0, 1)}


@click.command(name="where-used", short_help="Which functions carry a package.")
@click.argument("package")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.pass_context
def command(context: click.Context, /, package: str, targets: tuple[str, ...], as_json: bool) -> None:
    """Say which functions carry PACKAGE, in which version and by which layer.

    TARGETs are snapshots, folders, packages (zip, jar, wheel) or image archives. PACKAGE is a name, with a version range
    if wanted and an ecosystem to tell it from others: requests, "requests<2.31.0", "npm:lodash<=4.17.20",
    Maven:org.apache.logging.log4j:log4j-core, pkg:pypi/requests@2.28.2. Quote it for the shell.

    Exit codes: 0 no function carries it, 1 some do, 2 a question that makes no sense, 3 nothing is known about code, 4 none is
    known to carry it, but some code is not known.
    """
    wanted = _read(package)
    software = open_software(targets, walk=True)

    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.dependencies import uses

    rows = []
    for use in uses(Audit(software.inventory)).values():
        fits = _fits(wanted, use.component)
        if fits is not False:
            rows += [_row(code, component, fits) for code in software.codes for component in _of(code, use.component.purl)]
    rows.sort(key=lambda r: (r["function"], r["package"], r["version"], r["path"]))
    if as_json:
        print_json({"package": package, "uses": rows, "gaps": list(software.gaps)})
    else:
        _print(package, rows)
    tell_gaps(software.gaps)
    context.exit(EXIT_FINDINGS if rows else EXIT_INCOMPLETE if software.gaps else EXIT_CLEAN)


def _read(text: str) -> dict[str, str]:
    """Ecosystem (may be empty), name, sign and version of what is asked for."""
    from lambdaudit.advisories.ecosystems import ECOSYSTEMS

    if text.startswith("pkg:"):
        return _from_purl(text)
    found = _WANTED.fullmatch(text.strip())
    if not found:
        raise CommandError(f"{text!r} is no package: name, name<VERSION, or ecosystem:name")
    parts = {k: v or "" for k, v in found.groupdict().items()}
    names = {e.lower(): e for e in ECOSYSTEMS}
    if parts["ecosystem"] and parts["ecosystem"].lower() not in names:
        parts["name"] = f"{parts['ecosystem']}:{parts['name']}"  # Maven's names have a colon themselves
        parts["ecosystem"] = "Maven"
    parts["ecosystem"] = names.get(parts["ecosystem"].lower(), "")
    return parts


def _from_purl(text: str) -> dict[str, str]:
    from packageurl import PackageURL

    from lambdaudit.advisories.ecosystems import ECOSYSTEMS

    version_range = re.search(r"(<=|>=|<|>)\s*(\S+)$", text)
    try:
        purl = PackageURL.from_string(text[: version_range.start()] if version_range else text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no package URL: {error}") from error
    ecosystem = next((e.name for e in ECOSYSTEMS.values() if e.purl == purl.type), "")
    joint = ":" if ecosystem == "Maven" else "/"
    sign, version = (version_range[1], version_range[2]) if version_range else ("=", purl.version) if purl.version else ("", "")
    named = ecosystem not in ("Debian", "Alpine", "Red Hat")
    name = f"{purl.namespace}{joint}{purl.name}" if purl.namespace and named else purl.name
    return {"ecosystem": ecosystem if named else "", "name": name, "sign": sign, "version": version or ""}


def _fits(wanted: dict[str, str], component: Any) -> bool | None:
    """Whether a component is meant; None when its version cannot be compared."""
    from lambdaudit.advisories.ecosystems import ecosystem, normal_name
    from lambdaudit.advisories.versions import compare

    eco = component.ecosystem
    if wanted["ecosystem"] and eco.partition(":")[0] != wanted["ecosystem"]:
        return False
    if normal_name(eco, component.name) != normal_name(eco, wanted["name"]):
        return False
    if not wanted["sign"]:
        return True
    known = ecosystem(eco)
    try:
        return compare(known.scheme, component.version, wanted["version"]) in _SIGNS[wanted["sign"]] if known else None
    except ValueError:
        return None


def _of(code: Any, purl: str) -> list[Any]:
    if not isinstance(code.components, tuple):
        return []
    from lambdaudit.facts.dependencies import carried

    return [c for c in carried(code) if c.purl == purl]


def _row(code: Any, component: Any, fits: bool | None) -> dict[str, Any]:
    return {
        "function": code.function.removeprefix("file:"), "package": component.name, "version": component.version,
        "ecosystem": component.ecosystem, "path": component.path, "origin": component.origin, "reached": component.reached,
        "certain": fits is True,
    }  # fmt: skip


def _print(package: str, rows: list[dict[str, Any]]) -> None:
    functions = {r["function"] for r in rows}
    say(
        f"{package}: carried by {len(functions)} {'function' if len(functions) == 1 else 'functions'}"
        if rows
        else f"{package}: not found"
    )
    for row in rows:
        layer = f", by {row['origin']}" if row["origin"] and row["origin"] != row["function"] else ""
        reached = {True: ", imported by the handler", False: ", not imported by the handler", None: ""}[row["reached"]]
        sure = "" if row["certain"] else ", its version cannot be compared"
        say(
            f"{row['function']}  {row['package']} {row['version'] or '(version unknown)'}  {row['path']}{layer}{reached}{sure}", 2
        )
