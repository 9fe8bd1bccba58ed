"""``lambdaudit permissions``."""

import json

import click


@click.command(name="permissions", short_help="Print the read-only IAM policy that lambdaudit needs.")
@click.option("--thorough", is_flag=True, help="Include what only `audit aws --thorough` asks.")
def command(thorough: bool) -> None:
    """Print the least-privilege, read-only IAM policy for `audit aws` and `collect aws`, made from the table of API calls."""
    from lambdaudit.sources.aws.permissions import FEATURES, THOROUGH, policy_document

    click.echo(json.dumps(policy_document(None if thorough else set(FEATURES) - {THOROUGH}), indent=2))
