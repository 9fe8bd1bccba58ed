"""``lambdaudit demo``."""

from typing import Any

import click

from .errors import CommandError
from .options import audit_options, terminal_options


@click.command(name="demo", short_help="Audit the embedded demo account.")
@click.option("--code/--no-code", default=True, show_default=True, help="Look into the code of its functions.")
@audit_options
@terminal_options
@click.pass_context
def command(context: click.Context, /, code: bool, **flags: Any) -> None:
    """Start a fake AWS inside this process, deploy a small vulnerable application into it, and audit it like a live account.

    Needs no AWS account, no network, no Docker. Your own AWS configuration is neither read nor changed.
    """
    from lambdaudit.demo import DemoUnavailable, application, server

    from .baselining import is_templates, open_baseline
    from .collecting import collect_from
    from .looking import looked_into
    from .running import Settings, finish

    settings = Settings.take(flags)
    if settings.baseline and is_templates(settings.baseline):
        raise CommandError("--baseline: the demo account is compared with an earlier report of it")
    base = open_baseline(settings.baseline, {})
    try:
        with server.running() as endpoint:
            application.deploy(endpoint)
            show_progress = not (settings.no_progress or settings.quiet)
            accounts: list[Any] = []
            inventory = collect_from({}, show_progress=show_progress, on_account=accounts.append)
            if code:
                inventory = looked_into(inventory, accounts, show_progress=show_progress, keep=False)
    except DemoUnavailable as error:
        raise CommandError(str(error)) from error
    context.exit(finish(inventory, settings, source="demo", base=base))
