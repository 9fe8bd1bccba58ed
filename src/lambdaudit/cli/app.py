"""The command group: names, one-line help, and where each verb lives."""

import importlib

import click

from lambdaudit.version import __version__

VERBS = {
    "advisories": "Match feeds of advisories and bulletins with functions: what concerns which of them.",
    "audit": "Audit a live account (aws), templates or a snapshot: what an attacker could use, why, and the fix.",
    "blast": "What somebody who controls a function can do with its role, the worst first.",
    "can": "Whether somebody may do something to a resource, and why.",
    "code": "What the code of a function, folder or package does: flows, faults, secrets, AWS calls.",
    "collect": "Read a live account into a snapshot file, to be audited later or elsewhere.",
    "demo": "Audit the embedded demo account: no AWS account, no network.",
    "deps": "Third-party software in functions: newer versions, known weaknesses and their fixes.",
    "drift": "What is live but not in the code, and where the two differ in what they allow.",
    "explain": "Explain a rule, offline: why it matters and how to fix it.",
    "fn": "Everything about one function: settings, what invokes it, its role, neighbours, findings.",
    "permissions": "Print the read-only IAM policy that lambdaudit needs.",
    "policy": "Check, compare and simulate policy documents, without an account.",
    "report": "Render a saved JSON report again, for example as HTML.",
    "rules": "List the rules.",
    "sbom": "Bill of materials of what is deployed, as CycloneDX or SPDX.",
    "where-used": "Which functions carry a package, in which version and by which layer.",
    "who-can": "Everybody who may do something to a resource: roles, users, accounts, services, the public.",
}


class _Verbs(click.Group):
    """Loads a verb's module when the verb is asked for, so that ``--help`` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"lambdaudit.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or internal error, 3 nothing to audit, "
    "4 incomplete and --strict, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", prog_name="lambdaudit", message="%(prog)s %(version)s")
def app() -> None:
    """Security auditor for AWS Lambda and everything around it.

    Start with:  lambdaudit demo        (no account needed)
                 lambdaudit audit aws   (read-only, your usual AWS credentials)
    """
