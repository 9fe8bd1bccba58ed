"""``lambdaudit drift``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .asking import print_json, say
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError
from .options import template_options

if TYPE_CHECKING:
    from lambdaudit.facts.drift import Difference, Drift
    from lambdaudit.model.inventory import Inventory

_MOST_UNKNOWN = 10


@click.command(name="drift", short_help="What is live but not in the code, and where the two differ.")
@click.argument("target", default=".")
@click.option("--with", "snapshot", required=True, metavar="SNAPSHOT", help="The account, as `collect aws` wrote it.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="The region that the templates are deployed to.")
@click.option(
    "--stack", default="", metavar="NAME", help="The stack that the templates are deployed as, where several are alike."
)
@click.option("--all", "everything", is_flag=True, help="Also list what is not deployed yet or narrower in the account.")
@click.option("--strict", is_flag=True, help="Exit 4 when something could not be compared.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@template_options
@click.pass_context
def command(
    context: click.Context, /, target: str, snapshot: str, stack: str, everything: bool, strict: bool, as_json: bool, **flags: Any
) -> None:
    """Compare the templates in TARGET with an account: permissions, routes, layers, triggers and URLs that are live and not in
    the code, and what differs between the two in what it allows. Policies are compared by their meaning.

    Exit codes: 0 the account opens nothing that the code does not, 1 it does, 2 a side cannot be read, 3 nothing in TARGET,
    4 something could not be compared and --strict.
    """  # noqa: D205 - click shows the first paragraph as it is
    from lambdaudit.facts.drift import drift

    from .templates import read_templates

    live = _account(snapshot)
    accounts, regions = live.coverage.accounts, live.coverage.regions
    if not flags.get("account") and len(accounts) == 1:
        flags["account"] = accounts[0]
    if not flags.get("regions") and len(regions) == 1:
        flags["regions"] = regions
    code, lifted = read_templates(target, flags)
    found = drift(code, live, stack)
    placed = [d._replace(where=lifted.places.locate(d.where / d.field)) if d.where and d.field else d for d in found.differences]
    found = found._replace(differences=tuple(placed))
    if as_json:
        print_json({"matched": found.matched, "differences": [d._asdict() for d in found.differences], "unknown": found.unknown})
    else:
        _print(found, everything)
    wider = any(difference.wider for difference in found.differences)
    context.exit(EXIT_FINDINGS if wider else EXIT_INCOMPLETE if strict and found.unknown else EXIT_CLEAN)


def _account(snapshot: str) -> "Inventory":
    from lambdaudit.model.snapshot import SnapshotError, read

    try:
        return read(Path(snapshot))
    except SnapshotError as error:
        raise CommandError(str(error)) from error


def _print(found: "Drift", everything: bool) -> None:
    from lambdaudit.reporters.text import count

    wider = [d for d in found.differences if d.wider]
    rest = [d for d in found.differences if not d.wider]
    say(f"{count(found.matched, 'asset')} of the code found in the account")
    _list("In the account, and not or not so in the code", wider)
    if everything:
        _list("In the code, and not or not so in the account", rest)
    elif rest:
        say()
        opens = "opens" if len(rest) == 1 else "open"
        say(f"{count(len(rest), 'difference')} that {opens} nothing: --all lists them")
    if not found.differences:
        say("no difference in what is compared")
    if found.unknown:
        say()
        say(f"Not compared: {count(len(found.unknown), 'value')}")
        for line in found.unknown[: None if everything else _MOST_UNKNOWN]:
            say(line, 2)


def _list(title: str, differences: "list[Difference]") -> None:
    if not differences:
        return
    say()
    say(title)
    for one in differences:
        place = f" ({one.where})" if one.where and one.where.line else ""
        say(f"{one.kind} {one.name}{place}", 2)
        say(one.text, 4)
