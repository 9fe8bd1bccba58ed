"""Flags that several verbs share."""

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from lambdaudit.reporters.formats import SUFFIXES

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]

OUTPUTS = "Write a report, in the format of its name: " + ", ".join(SUFFIXES)
SEVERITIES = ["critical", "high", "medium", "low", "info"]


def _join(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    return lambda function: reduce(lambda f, decorate: decorate(f), reversed(decorators), function)


_FLAGS = {"parameters": "param", "parameter_files": "param-file", "accounts": "accounts", "organization": "org", "units": "ou"}


def flag_of(argument: str) -> str:
    """The flag as a user writes it, of the name that click gives its value."""
    return f"--{_FLAGS.get(argument, argument.replace('_', '-').removesuffix('s'))}"


def account_options(function: F) -> F:
    """How to reach a live account and which functions of it."""
    return _join(
        click.option("--profile", metavar="NAME", help="Profile of the AWS configuration to use."),
        click.option("--role-arn", metavar="ARN", help="Role to assume before reading."),
        click.option("--external-id", metavar="ID", help="External id for --role-arn, and for --member-role."),
        click.option("--mfa-serial", metavar="ARN", help="MFA device for --role-arn; its code is asked for."),
        click.option("--accounts", multiple=True, metavar="ID[,ID…]", help="Read these accounts, through --member-role."),
        click.option("--org", "organization", is_flag=True, help="Read all accounts of the organisation, through --member-role."),
        click.option(
            "--ou", "units", multiple=True, metavar="OU", help="Read the accounts of this unit and of those below it; repeat."
        ),
        click.option("--member-role", metavar="NAME", help="Role to assume in each account of --accounts, --org or --ou."),
        click.option(
            "--region",
            "regions",
            multiple=True,
            metavar="REGION",
            help="Only this region; repeat for more. Default: all enabled.",
        ),
        click.option(
            "--function",
            "functions",
            multiple=True,
            metavar="NAME",
            help="Only this function: ARN, name or glob; repeat for more.",
        ),
        click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Only functions with this tag; repeat for more."),
        click.option(
            "--functions-file", metavar="FILE", help="Only the functions in FILE, one a line, # comments; - reads standard input."
        ),
        click.option("--thorough", is_flag=True, help="Also ask what costs a further call for every function."),
        click.option(
            "--metrics",
            is_flag=True,
            help="Also ask CloudWatch how long extensions run on. AWS charges about $0.04 for a thousand functions with layers.",
        ),
    )(function)


def template_options(function: F) -> F:
    """What a template leaves open."""
    return _join(
        click.option(
            "--param",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            help="With templates: the value of a parameter or variable; repeat for more.",
        ),
        click.option(
            "--param-file",
            "parameter_files",
            multiple=True,
            metavar="FILE",
            help="With templates: a file of such values, as the AWS CLI, SAM (samconfig) or CodePipeline have it, or .tfvars; "
            "repeat for more. --param counts more.",
        ),
        click.option("--account", metavar="ID", help="With templates: the account that they are deployed to."),
    )(function)


def import_option(function: F) -> F:
    """Reports of other analysers."""
    return click.option(
        "--import",
        "imports",
        multiple=True,
        metavar="[FUNCTION=]FILE",
        help="Join what another tool reported: SARIF, or the JSON of bandit, semgrep, ESLint, gitleaks, npm audit, pip-audit, "
        "Snyk, Trivy, Grype, OSV-Scanner, OWASP dependency-check, Dependabot; repeat for more.",
    )(function)


def fix_options(function: F) -> F:
    """What is done with the patches of templates."""
    return _join(
        click.option(
            "--fix",
            is_flag=True,
            help="With templates: print the patches of the findings as unified diffs, with -q nothing else.",
        ),
        click.option("--write", is_flag=True, help="With --fix: change the templates instead."),
    )(function)


def code_options(function: F) -> F:
    """Whether code is downloaded, and what looks at it. Only for a live account: snapshots hold no code."""
    return _join(
        click.option(
            "--code/--no-code",
            default=None,
            help="Look into the code: data flows, secrets, dependencies, SDK calls. With aws all packages are downloaded and the "
            "default is no; for templates the local sources are read and the default is yes.",
        ),
        click.option("--no-cache", is_flag=True, help="Do not keep what was established about code, nor use what was kept."),
        click.option(
            "--sonar-url",
            metavar="URL",
            help="With aws: have this SonarQube server analyse all code. Needs sonar-scanner, and a token in SONAR_TOKEN.",
        ),
    )(function)


def audit_options(function: F) -> F:
    """How to judge and what to write."""
    return _join(
        click.option("-o", "--output", "outputs", multiple=True, metavar="FILE", help=f"{OUTPUTS}; repeat for more."),
        click.option(
            "--baseline",
            metavar="PATH",
            help="Only what is new counts: an earlier .json report or snapshot, or the templates as they were (folder or file).",
        ),
        click.option("--baseline-name", metavar="NAME", help="How outputs call the baseline. Default: its path."),
        click.option("--select", multiple=True, metavar="RULE", help="Only these rules (ids or globs)."),
        click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules (ids or globs)."),
        click.option(
            "--min-severity", type=click.Choice(SEVERITIES), default="info", show_default=True, help="Leave out findings below."
        ),
        click.option(
            "--fail-on",
            type=click.Choice([*SEVERITIES, "never"]),
            default="low",
            show_default=True,
            help="Exit 1 from this severity on.",
        ),
        click.option(
            "--persona",
            type=click.Choice(["default", "strict"]),
            default="default",
            show_default=True,
            help="strict adds rules that many accounts break on purpose.",
        ),
        click.option(
            "--trusted-account",
            "trusted_accounts",
            multiple=True,
            metavar="ID",
            help="Account that counts as yours; repeat for more.",
        ),
        click.option("--strict", is_flag=True, help="Exit 4 when anything could not be read."),
        click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found."),
    )(function)


def terminal_options(function: F) -> F:
    """How much to say on the terminal."""
    return _join(
        click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("-v", "--verbose", is_flag=True, help="Print every finding with evidence, why and fix."),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            help="Colours on the terminal.",
        ),
        click.option("--no-progress", is_flag=True, help="No progress line on standard error."),
    )(function)
