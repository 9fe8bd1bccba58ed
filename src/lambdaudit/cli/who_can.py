"""``lambdaudit who-can``."""

from typing import TYPE_CHECKING, Any

import click

from .asking import check_action, find_what, open_inventory, print_json, say, shown, source_options
from .errors import EXIT_CLEAN, EXIT_INCOMPLETE

if TYPE_CHECKING:
    from lambdaudit.facts.access import Grant, Open, What

_HEADINGS = {
    "anonymous": "everyone",
    "any-account": "every AWS account",
    "any-service": "every AWS service",
    "organization": "organizations",
    "account": "other accounts",
    "account-service": "other accounts, by way of an AWS service",
    "federated": "identity providers",
    "canonical": "canonical users",
    "service": "AWS services",
    "reused-name": "whoever takes over a name",
    "user": "users",
    "role": "roles",
}


@click.command(name="who-can", short_help="Everybody who may do something to a resource.")
@click.argument("action")
@click.argument("what")
@click.option("--strict", is_flag=True, help="Exit 4 when anything stays open.")
@source_options
@click.pass_context
def command(
    click_context: click.Context,
    /,
    action: str,
    what: str,
    strict: bool,
    snapshot: str | None,
    as_json: bool,
    no_progress: bool,
    **flags: Any,
) -> None:
    """List everybody who may do ACTION on WHAT: roles, users, other accounts, services and the public, with the statements.

    WHAT is an ARN, where * stands for anything, or the name of an asset. Judged on effective permission: identity policies,
    groups, boundaries, service control policies and the resource's own policy. Root users are not listed: they may do everything
    that no policy denies. Principals for which something was not read are listed apart.

    Exit codes: 0 answered, 2 a question that makes no sense, 4 something stays open and --strict.
    """
    wanted = check_action(action)
    inventory = open_inventory(click_context, flags, snapshot, no_progress=no_progress)

    from lambdaudit.facts.access import who_can
    from lambdaudit.facts.audit import Audit

    audit = Audit(inventory)
    resource = find_what(what, wanted, audit)
    found, left = who_can(wanted, resource, audit)
    accounts = {grant.id.split(":")[4] for grant in found if grant.sort in ("role", "user")}
    assumes = [
        f"the service control policies over account {account} were not read; they may forbid it"
        for account in sorted(accounts)
        if not audit.guardrails_known(account)
    ]
    if as_json:
        print_json(_as_object(wanted, resource, found, left, assumes))
    else:
        _print(wanted, resource, found, left, assumes)
    click_context.exit(EXIT_INCOMPLETE if strict and left else EXIT_CLEAN)


def _as_object(action: str, resource: "What", found: "list[Grant]", left: "list[Open]", assumes: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "what": resource.arn,
        "can": [
            {
                "sort": grant.sort,
                "name": grant.name,
                "id": grant.id,
                "statements": list(grant.statements),
                "circumstances": dict(grant.circumstances),
                "request": grant.request,
            }
            for grant in found
        ],
        "unknown": [{"subject": o.subject, "reason": o.unknown.reason, "need": o.unknown.need} for o in left],
        "assumes": assumes,
    }


def _print(action: str, resource: "What", found: "list[Grant]", left: "list[Open]", assumes: list[str]) -> None:
    from lambdaudit.reporters.text import count

    say(f"{count(len(found), 'principal') if found else 'nobody'} may call {action} on {resource.arn}")
    for sort, heading in _HEADINGS.items():
        grants = [grant for grant in found if grant.sort == sort]
        if grants:
            say()
            say(f"{heading} ({len(grants)})")
        for grant in grants:
            say(f"{grant.name}  by {', '.join(grant.statements) or 'its resource policy'}", 2)
            if grant.circumstances:
                say(f"when {shown(grant.circumstances)}", 6)
    if left:
        say()
        say(f"not known ({len(left)})")
    for item in left:
        need = f" (needs {item.unknown.need})" if item.unknown.need else ""
        say(f"{item.subject}: {item.unknown.reason}{need}", 2)
    for text in assumes:
        say()
        say(f"assuming that nothing else forbids it: {text}")
