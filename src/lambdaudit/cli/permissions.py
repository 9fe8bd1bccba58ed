"""``lambdaudit permissions``."""

import json

import click


@click.command(name="permissions", short_help="Print the read-only IAM policy that lambdaudit needs.")
@click.option("--thorough", is_flag=True, help="Include what only `audit aws --thorough` asks.")
@click.option("--metrics", is_flag=True, help="Include what only `audit aws --metrics` asks.")
@click.option("--code", is_flag=True, help="Include what only `audit aws --code` asks: packages, layers and images.")
def command(thorough: bool, metrics: bool, code: bool) -> None:
    """Print the least-privilege, read-only IAM policy for `audit aws` and `collect aws`, made from the table of API calls."""
    from lambdaudit.sources.aws.call import METRICS
    from lambdaudit.sources.aws.permissions import CODE, FEATURES, THOROUGH, policy_document

    left_out = {name for name, wanted in ((THOROUGH, thorough), (METRICS, metrics), (CODE, code)) if not wanted}
    click.echo(json.dumps(policy_document(set(FEATURES) - left_out), indent=2))
