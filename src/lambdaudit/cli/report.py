"""``lambdaudit report``."""

from pathlib import Path
from typing import Any

import click

from .errors import CommandError
from .options import OUTPUTS, terminal_options


@click.command(name="report", short_help="Render a saved JSON report again.")
@click.argument("results", type=click.Path(dir_okay=False))
@click.option("-o", "--output", "outputs", multiple=True, metavar="FILE", help=f"{OUTPUTS}; repeat for more.")
@terminal_options
def command(results: str, **flags: Any) -> None:
    """Render RESULTS, a JSON report of an earlier audit, in another format or on the terminal. Reads nothing else."""
    from lambdaudit.reporters import ReportError, json_report

    from .running import Settings, show, write_outputs

    settings = Settings.take(flags)
    try:
        report = json_report.read(Path(results))
    except ReportError as error:
        raise CommandError(str(error)) from error
    problems = write_outputs(report, settings.outputs)
    show(report, settings)
    for problem in problems:
        raise CommandError(problem)
