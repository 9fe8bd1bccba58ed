"""``lambdaudit sbom``."""

import click

from .errors import EXIT_CLEAN, EXIT_INCOMPLETE
from .software import function_option, open_software, tell_gaps
from .writing import write_file


@click.command(name="sbom", short_help="Bill of materials of what is deployed.")
@click.argument("target")
@function_option
@click.option(
    "--format", "form", type=click.Choice(["cyclonedx", "spdx"]), default="cyclonedx", show_default=True,
    help="CycloneDX 1.6 or SPDX 2.3, both as JSON.",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write it to FILE instead of standard output.")
@click.option("--strict", is_flag=True, help="Exit 4 when something could not be read.")
@click.pass_context
def command(
    context: click.Context, /, target: str, functions: tuple[str, ...], form: str, output: str | None, strict: bool
) -> None:
    """Write the bill of materials of TARGET: a snapshot with code, a folder, a package (zip, jar, wheel), or an image archive.

    It lists what is really there, whether a manifest names it or not, with the file that told and the layer that brings it.
    What only a lock file names is marked as excluded. The document is the same for the same content; for folders and packages
    SOURCE_DATE_EPOCH sets its time.

    Exit codes: 0 written, 2 TARGET cannot be read, 3 nothing is known about code, 4 incomplete and --strict.
    """
    from lambdaudit.code.components.runtime import provided_by
    from lambdaudit.reporters.sbom import Subject, render

    from .running import check_writable

    if output:
        check_writable(output, ())
    software = open_software([target], functions)
    subjects = [
        Subject(
            id=code.function.removeprefix("file:"),
            name=code.name,
            components=code.components if isinstance(code.components, tuple) else (),
            version=code.digest,
            provided=tuple(name for _, name in provided_by(software.runtimes.get(code.function, ""))),
            notes=code.limits if isinstance(code.components, tuple) else (f"not known: {code.components.reason}",),
        )
        for code in software.codes
    ]
    data = render(subjects, form, title=f"{len(subjects)} functions", created=software.created)
    if output:
        write_file(output, data)
    else:
        click.echo(data.decode(), nl=False)
    tell_gaps(software.gaps)
    context.exit(EXIT_INCOMPLETE if strict and software.gaps else EXIT_CLEAN)
