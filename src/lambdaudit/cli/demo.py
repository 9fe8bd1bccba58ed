"""``lambdaudit demo``."""

from typing import Any

import click

from .errors import CommandError
from .options import audit_options, terminal_options


@click.command(name="demo", short_help="Audit the embedded demo account.")
@audit_options
@terminal_options
@click.pass_context
def command(context: click.Context, /, **flags: Any) -> None:
    """Start a fake AWS inside this process, deploy a small vulnerable application into it, and audit it like a live account.

    Needs no AWS account, no network, no Docker. Your own AWS configuration is neither read nor changed.
    """
    from lambdaudit.demo import DemoUnavailable, application, server

    from .collecting import collect_from
    from .running import Settings, finish

    settings = Settings.take(flags)
    try:
        with server.running() as endpoint:
            application.deploy(endpoint)
            inventory = collect_from({}, show_progress=not (settings.no_progress or settings.quiet))
    except DemoUnavailable as error:
        raise CommandError(str(error)) from error
    context.exit(finish(inventory, settings, source="demo"))
