"""``lambdaudit explain``."""

import difflib
import textwrap

import click

from .errors import CommandError


@click.command(name="explain", short_help="Explain a rule, offline.")
@click.argument("rule")
def command(rule: str) -> None:
    """Explain RULE: what it says, how an attacker uses it, how to fix it, where to read on."""
    from lambdaudit.rules import load

    from .sonarqube import RULE

    rules = {name: r for r in (*load(), RULE) for name in (r.id, *r.aliases)}
    found = rules.get(rule.lower())
    if found is None:
        near = difflib.get_close_matches(rule.lower(), rules, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "see `lambdaudit rules`"
        raise CommandError(f"there is no rule {rule}: {hint}")
    click.echo(f"{found.id}  ({found.severity.value})\n{found.title}\n")
    for head, text in (("Why", found.why), ("Fix", found.fix)):
        click.echo(textwrap.fill(f"{head}: {text}", width=100, subsequent_indent="     ") + "\n")
    click.echo("See: " + "\n     ".join(found.see))
    if found.maps:
        click.echo("Maps to: " + ", ".join(found.maps))
