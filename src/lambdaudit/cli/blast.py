"""``lambdaudit blast``."""

from typing import TYPE_CHECKING, Any

import click

from .asking import open_inventory, print_json, say, source_options
from .errors import EXIT_CLEAN, EXIT_INCOMPLETE, CommandError

if TYPE_CHECKING:
    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.blast import Blast
    from lambdaudit.model.functions import Configured

_SHOWN = 8
"""Names of assets in the text of one line; --json has all of them."""


@click.command(name="blast", short_help="What somebody who controls a function can do.")
@click.argument("function")
@click.option("-v", "--verbose", is_flag=True, help="With the requests and commands of the ways up, and every asset.")
@click.option("--strict", is_flag=True, help="Exit 4 when anything stays open.")
@source_options
@click.pass_context
def command(
    click_context: click.Context,
    /,
    function: str,
    verbose: bool,
    strict: bool,
    snapshot: str | None,
    as_json: bool,
    no_progress: bool,
    **flags: Any,
) -> None:
    """Say what somebody who controls FUNCTION (a name or an ARN) can do with its execution role, the worst first.

    Data that can be read and changed, what can be destroyed, ways up to more rights, ways out of the account, other accounts: by
    effective permission, for the assets of the inventory by name. What was not read is said, too.

    Exit codes: 0 answered, 2 no such function, 4 something stays open and --strict.
    """
    inventory = open_inventory(click_context, flags, snapshot, no_progress=no_progress)

    from lambdaudit.facts.audit import Audit
    from lambdaudit.facts.blast import blast
    from lambdaudit.model.unknown import NotKnown

    audit = Audit(inventory)
    fn = _find(function, audit)
    try:
        role = audit.role(fn)
    except NotKnown as error:
        reason = f"{error.unknown.reason} (needs {error.unknown.need})" if error.unknown.need else error.unknown.reason
        raise CommandError(f"the execution role of {fn.name} is not known: {reason}", EXIT_INCOMPLETE) from error
    if role is None:
        raise CommandError(f"{fn.name} has no execution role that exists")
    result = blast(fn, role, audit)
    if as_json:
        print_json(_as_object(result))
    else:
        _print(fn.name, role.name, result, verbose)
    click_context.exit(EXIT_INCOMPLETE if strict and result.unknown else EXIT_CLEAN)


def _find(name: str, audit: "Audit") -> "Configured":
    from lambdaudit.model.functions import Function, FunctionVersion

    found = [f for kind in (Function, FunctionVersion) for f in audit.inventory.of(kind) if name in (f.id, f.name)]
    if not found:
        raise CommandError(f"the inventory has no function {name!r}")
    if len({f.id for f in found}) > 1:
        raise CommandError(f"{name!r} may be {len(found)} functions, give an ARN: {', '.join(f.id for f in found[:4])}")
    return found[0]


def _as_object(result: "Blast") -> dict[str, Any]:
    return {
        "function": result.function,
        "role": result.role,
        "items": [
            {
                "section": item.section,
                "damage": item.damage.value,
                "text": item.text,
                "every": item.every,
                "assets": list(item.assets),
                "detail": list(item.detail),
            }
            for item in result.items
        ],
        "unknown": [{"reason": unknown.reason, "need": unknown.need} for unknown in result.unknown],
        "assumes": list(result.assumes),
    }


def _print(name: str, role: str, result: "Blast", verbose: bool) -> None:
    from lambdaudit.facts.blast import SECTIONS

    say(f"Whoever controls {name} acts as role {role} and can:")
    if not result.items and not result.unknown:
        say("nothing that matters beyond its own log", 2)
    sections = dict.fromkeys(item.section for item in result.items)
    for section in sections:
        say()
        say(SECTIONS[section])
        for item in (item for item in result.items if item.section == section):
            say(f"{item.damage.value:<9} {item.text}{_names(item.assets, item.every, verbose)}", 2)
            if item.detail and (verbose or section == "accounts" or not item.assets):
                for line in item.detail if verbose or section != "up" else ():
                    say(line, 14)
    if result.unknown:
        say()
        say(f"not known ({len(result.unknown)})")
    for unknown in result.unknown:
        need = f" (needs {unknown.need})" if unknown.need else ""
        say(f"{unknown.reason}{need}", 2)
    for text in result.assumes:
        say()
        say(f"note: {text}")


def _names(assets: tuple[str, ...], every: bool, verbose: bool) -> str:
    if not assets:
        return ""
    names = [asset.rpartition(":")[2].rpartition("/")[2] or asset for asset in assets]
    shown = names if verbose else names[:_SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{', among them' if every else ':'} {', '.join(shown)}{more}"
