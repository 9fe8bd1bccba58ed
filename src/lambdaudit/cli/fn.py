"""``lambdaudit fn``."""

from typing import TYPE_CHECKING, Any

import click

from .asking import open_inventory, print_json, say, source_options
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_NOTHING, CommandError

if TYPE_CHECKING:
    from lambdaudit.model.finding import Report
    from lambdaudit.model.inventory import Inventory


@click.command(name="fn", short_help="Everything about one function.")
@click.argument("function")
@click.option("--code", is_flag=True, help="Download the package, too, and look into the code. Only with the live account.")
@source_options
@click.pass_context
def command(
    context: click.Context, /, function: str, code: bool, snapshot: str | None, as_json: bool, no_progress: bool, **flags: Any
) -> None:
    """Show everything about FUNCTION, a name or an ARN: settings, what invokes it, who may use and change it, its role, variables
    (never their values), layers, versions, neighbours, findings, and what could not be read.

    Of a live account only this function and what is around it is read, so that it takes seconds.

    Exit codes: 0 no finding, 1 findings, 2 FUNCTION cannot be read, 3 there is no such function.
    """  # noqa: D205 - click shows the first paragraph as it is
    inventory = _inventory(context, function, code, snapshot, flags, no_progress)

    from lambdaudit import engine
    from lambdaudit.config import Options
    from lambdaudit.rules import load

    report = engine.audit(inventory, Options(), rules=load(), pages=True)
    view, mine = _of(report, inventory, function)
    if as_json:
        print_json({"function": view, "findings": list(mine.findings), "not_assessed": list(mine.not_assessed)})
    else:
        from lambdaudit.reporters.function_text import function_text

        for line in function_text(view, mine):
            indent = len(line) - len(line.lstrip(" "))
            say(line[indent:], indent)
    if inventory.coverage.interrupted:
        context.exit(EXIT_INTERRUPTED)
    context.exit(EXIT_FINDINGS if mine.findings else EXIT_CLEAN)


def _inventory(
    context: click.Context, function: str, code: bool, snapshot: str | None, flags: dict[str, Any], no_progress: bool
) -> "Inventory":
    if snapshot is not None:
        if code:
            raise CommandError("--code goes with the live account: a snapshot holds what was established when it was made")
        return open_inventory(context, flags, snapshot, no_progress=no_progress)
    from .collecting import collect_from

    if not any(flags.get(name) for name in ("functions", "tags", "functions_file")):
        flags["functions"] = (function,)
    accounts: list[Any] = []
    inventory = collect_from(flags, show_progress=not no_progress, on_account=accounts.append, told_elsewhere=function)
    if not code:
        return inventory
    from .looking import looked_into

    return looked_into(inventory, accounts, show_progress=not no_progress)


def _of(report: "Report", inventory: "Inventory", function: str) -> "tuple[dict[str, Any], Report]":
    """The function's page, and the report with what is about it only."""
    import msgspec

    found = [view for view in report.functions if function in (view["id"], view["name"])]
    if not found:
        raise CommandError(f"there is no function {function!r} in what could be read", EXIT_NOTHING)
    if len(found) > 1:
        raise CommandError(f"{function!r} may be {len(found)} functions, give an ARN: {', '.join(v['id'] for v in found[:4])}")
    (view,) = found
    around = {view["id"], f"{view['id']}:code", view["role"] if isinstance(view["role"], str) else "",
              *(n["id"] for n in view["neighbours"])}  # fmt: skip
    return view, msgspec.structs.replace(
        report,
        findings=tuple(f for f in report.findings if f.fingerprint in set(view["findings"])),
        not_assessed=tuple(n for n in report.not_assessed if n.asset in around or n.asset.startswith(f"{view['id']}:")),
    )
