"""``lambdaudit rules``."""

import json

import click


@click.command(name="rules", short_help="List the rules.")
@click.option("--json", "as_json", is_flag=True, help="All facts about every rule as JSON.")
def command(as_json: bool) -> None:
    """List every rule: severity, id and title."""
    from lambdaudit.model.assets import kind_of
    from lambdaudit.rules import load

    rules = load()
    if as_json:
        rows = [
            {
                "id": r.id,
                "title": r.title,
                "severity": r.severity.value,
                "confidence": r.confidence.value,
                "kinds": [kind_of(kind) for kind in r.kinds],
                "persona": r.persona,
                "topic": r.topic,
                "why": r.why,
                "fix": r.fix,
                "see": list(r.see),
                "maps": list(r.maps),
                "aliases": list(r.aliases),
            }
            for r in rules
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for rule in sorted(rules, key=lambda r: (r.severity.rank, r.id)):
        strict = "  (strict)" if rule.persona == "strict" else ""
        click.echo(f"{rule.severity.value:<9} {rule.id:<44} {rule.title}{strict}")
    click.echo(f"\n{len(rules)} rules. Next: lambdaudit explain {rules[0].id}")
