"""``lambdaudit can``."""

from typing import TYPE_CHECKING, Any

import click

from .asking import check_action, find_what, find_who, open_inventory, print_json, read_context, say, shown, source_options
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE

if TYPE_CHECKING:
    from lambdaudit.facts.access import Answer, What, Who


@click.command(name="can", short_help="Whether somebody may do something, and why.")
@click.argument("who")
@click.argument("action")
@click.argument("what")
@click.option("--context", "pairs", multiple=True, metavar="KEY=VALUE", help="A context key of the request; repeat for more.")
@click.option(
    "--expect",
    type=click.Choice(["no", "yes"]),
    default="no",
    show_default=True,
    help="The answer that exits 0; the other one exits 1.",
)
@source_options
@click.pass_context
def command(
    click_context: click.Context,
    /,
    who: str,
    action: str,
    what: str,
    pairs: tuple[str, ...],
    expect: str,
    snapshot: str | None,
    as_json: bool,
    no_progress: bool,
    **flags: Any,
) -> None:
    """Say whether WHO may do ACTION on WHAT: yes, no or unknown, by all policies that meet in the request.

    WHO is an ARN, the name of a role, user or function (which acts as its role), a service (s3.amazonaws.com), an account id (its
    root user) or `anonymous`. WHAT is an ARN, where * stands for anything, or the name of an asset.

    A yes that depends on the circumstances of a request names them. What was not read and decides makes the answer unknown.

    Exit codes: 0 proved that the answer is no (with --expect yes: that it is yes), 1 the answer is the other one, 2 a question
    that makes no sense, 4 unknown. So a build that asks whether somebody can passes only when that is ruled out.
    """
    wanted, context = check_action(action), read_context(pairs)
    inventory = open_inventory(click_context, flags, snapshot, no_progress=no_progress)

    from lambdaudit.facts.access import may
    from lambdaudit.facts.audit import Audit

    audit = Audit(inventory)
    caller = find_who(who, audit)
    resource = find_what(what, wanted, audit)
    answer = may(caller, wanted, resource, audit, context)
    if as_json:
        print_json(as_object(caller, wanted, resource, answer))
    else:
        _print(caller, wanted, resource, answer)
    codes = {expect: EXIT_CLEAN, "unknown": EXIT_INCOMPLETE}
    click_context.exit(codes.get(answer.answer, EXIT_FINDINGS))


def as_object(who: "Who", action: str, resource: "What", answer: "Answer") -> dict[str, Any]:
    """An answer for --json."""
    return {
        "who": who.text,
        "action": action,
        "what": resource.arn,
        "answer": answer.answer,
        "circumstances": dict(answer.circumstances),
        "assumes": list(answer.assumes),
        "unknown": answer.unknown and {"reason": answer.unknown.reason, "need": answer.unknown.need},
        "request": answer.request,
        "because": answer.because,
    }


def _print(who: "Who", action: str, resource: "What", answer: "Answer") -> None:
    verb = {"yes": "may call", "no": "may not call"}.get(answer.answer, "may or may not call")
    say(f"{answer.answer}: {who.name} {verb} {action} on {resource.arn}")
    if answer.request is not None and answer.request.resource != resource.arn and answer.answer == "yes":
        say(f"for example on {answer.request.resource}", 2)
    if answer.circumstances:
        say(f"when {shown(answer.circumstances)}", 2)
    if answer.unknown:
        need = f" (needs {answer.unknown.need})" if answer.unknown.need else ""
        say(f"not known: {answer.unknown.reason}{need}", 2)
    for text in answer.assumes:
        say(f"assuming that nothing else forbids it: {text}", 2)
    say()
    for step in answer.because:
        where = f"{step.policy} statement {step.statement}" if step.statement is not None else step.policy
        sid = f" ({step.sid})" if step.sid else ""
        say(f"{step.layer:<12} {step.verdict:<8} {where}{sid}{': ' if where else ''}{step.text}", 2)
