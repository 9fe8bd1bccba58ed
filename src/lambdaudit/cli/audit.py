"""``lambdaudit audit``."""

from pathlib import Path
from typing import Any

import click

from .errors import CommandError
from .options import account_options, audit_options, code_options, terminal_options


@click.command(name="audit", short_help="Audit a live account or a snapshot.")
@click.argument("target", default=".")
@click.option("--snapshot", metavar="FILE", help="With aws: keep what was read as a snapshot, too.")
@account_options
@code_options
@audit_options
@terminal_options
@click.pass_context
def command(
    context: click.Context,
    /,
    target: str,
    snapshot: str | None,
    code: bool | None,
    no_cache: bool,
    sonar_url: str | None,
    **flags: Any,
) -> None:
    """Audit TARGET: `aws` for the live account of your credentials, or a snapshot file that `collect aws` wrote.

    Results go to standard output, everything else to standard error. Only reads; never changes anything in the account.
    """
    from .running import Settings, check_writable, finish

    settings = Settings.take(flags)
    extra: tuple[Any, ...] = ()
    if target == "aws":
        from .collecting import collect_from

        if snapshot:
            check_writable(snapshot, (".json", ".json.gz"))
        sonar = _sonar(sonar_url)
        accounts: list[Any] = []
        show_progress = not (settings.quiet or settings.no_progress)
        inventory = collect_from(flags, show_progress=show_progress, on_account=accounts.append)
        if code:
            from .looking import looked_into

            inventory = looked_into(inventory, accounts, show_progress=show_progress, keep=not no_cache)
        if snapshot:
            from lambdaudit.model.snapshot import write
            from lambdaudit.version import __version__

            write(inventory, Path(snapshot), tool=f"lambdaudit {__version__}")
        if sonar:
            from .sonarqube import analysed

            inventory, rule = analysed(inventory, accounts[0], sonar, show_progress=show_progress)
            extra = (rule,)
    else:
        _no_account_flags(context, snapshot)
        inventory = _read(target)
    context.exit(finish(inventory, settings, source=target, extra=extra))


def _sonar(url: str | None) -> Any:
    """The analyser, checked before anything is read: to learn of a wrong token after an hour would be too late."""
    if url is None:
        return None
    from .sonarqube import prepare

    return prepare(url)


def _read(target: str) -> Any:
    from lambdaudit.model.snapshot import SnapshotError, read

    path = Path(target)
    if path.is_dir():
        raise CommandError(f"{target} is a folder: give `aws` for the live account, or a snapshot file")
    try:
        return read(path)
    except SnapshotError as error:
        raise CommandError(str(error)) from error


def _no_account_flags(context: click.Context, snapshot: str | None) -> None:
    """A flag about the live account beside a snapshot is a mistake, not to be ignored."""
    names = (
        "profile", "role_arn", "external_id", "mfa_serial", "regions", "functions", "tags", "functions_file", "thorough",
        "sonar_url",
    )  # fmt: skip
    for name in names:
        if context.params.get(name):
            raise CommandError(f"--{name.replace('_', '-').removesuffix('s')} only goes with the target aws")
    if context.params.get("code"):
        raise CommandError("--code looks into packages and sources: a snapshot holds what was established when it was made")
    if snapshot:
        raise CommandError("--snapshot only goes with the target aws")
