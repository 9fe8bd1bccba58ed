"""``lambdaudit collect``."""

from pathlib import Path
from typing import Any

import click

from .errors import EXIT_CLEAN, EXIT_INCOMPLETE, EXIT_INTERRUPTED, EXIT_NOTHING
from .options import account_options


@click.command(name="collect", short_help="Read a live account into a snapshot file.")
@click.argument("source", type=click.Choice(["aws"]))
@click.option(
    "-o", "--output", default="lambdaudit.snapshot.json.gz", show_default=True, metavar="FILE", help="Snapshot to write."
)
@click.option("--strict", is_flag=True, help="Exit 4 when anything could not be read.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--no-progress", is_flag=True, help="No progress line on standard error.")
@click.option("--code", is_flag=True, help="Look into the code of every function, too: all packages are downloaded.")
@click.option("--no-cache", is_flag=True, help="Do not keep what was established about code, nor use what was kept.")
@account_options
@click.pass_context
def command(
    context: click.Context,
    /,
    source: str,
    output: str,
    strict: bool,
    quiet: bool,
    no_progress: bool,
    code: bool,
    no_cache: bool,
    **flags: Any,
) -> None:
    """Read a live account into a snapshot, which `lambdaudit audit FILE` judges later, elsewhere and without any rights.

    The snapshot is JSON, gzipped when its name ends in .gz, and holds no secret value.
    """
    from lambdaudit.version import __version__

    from .collecting import collect_from, is_empty
    from .running import check_writable

    check_writable(output, (".json", ".json.gz"))
    show_progress = not (quiet or no_progress)
    accounts: list[Any] = []
    inventory = collect_from(flags, show_progress=show_progress, on_account=accounts.append)
    if code:
        from .looking import looked_into

        inventory = looked_into(inventory, accounts, show_progress=show_progress, keep=not no_cache)

    from lambdaudit.model.functions import Function
    from lambdaudit.model.snapshot import write

    write(inventory, Path(output), tool=f"lambdaudit {__version__}")
    functions = len(inventory.of(Function))
    coverage = inventory.coverage
    if not quiet:
        click.echo(
            f"{functions} function{'' if functions == 1 else 's'} in {len(coverage.regions)} regions of "
            f"{', '.join(coverage.accounts)} -> {output}"
            + (
                " (interrupted, partial)"
                if coverage.interrupted
                else ""
                if coverage.complete
                else " (incomplete, see the report)"
            )
        )
        click.echo(f"next: lambdaudit audit {output}")
    if coverage.interrupted:
        context.exit(EXIT_INTERRUPTED)
    if is_empty(inventory):
        context.exit(EXIT_NOTHING)
    context.exit(EXIT_INCOMPLETE if strict and not coverage.complete else EXIT_CLEAN)
