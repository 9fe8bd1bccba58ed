"""``lambdaudit policy compare``."""

from typing import TYPE_CHECKING, Any

import click

from .asking import print_json, say, shown
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError
from .policy import read_document
from .policy_check import detect

if TYPE_CHECKING:
    from lambdaudit.iam.language import Policy
    from lambdaudit.iam.verdicts import Verdict, Witness

_MOST_NAMES = 20


@click.command(name="compare", short_help="What a new policy allows that an old one does not.")
@click.argument("old")
@click.argument("new")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["identity", "resource", "trust"]),
    help="What sort of policies they are. Default: by what stands in the new one.",
)
@click.option("--no-new-access", is_flag=True, help="Only ask for new access, not for what is gone: for builds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.pass_context
def command(context: click.Context, /, old: str, new: str, kind: str | None, no_new_access: bool, as_json: bool) -> None:
    """Compare the policies in the files OLD and NEW: every action that only NEW allows, with a request that shows it.

    Looks at the two documents alone, for all resources and all conditions. Every request shown was replayed: NEW allows it and
    OLD does not. Without --no-new-access it also lists what only OLD allows.

    Exit codes: 0 proved that NEW allows nothing that OLD does not, 1 new access, 2 a file is no policy, 4 not decided.
    """
    from lambdaudit.iam.questions import Violated, compare
    from lambdaudit.model.unknown import Unknown

    if old == new == "-":
        raise CommandError("only one of the two policies can come from standard input")
    before, after = read_document(old), read_document(new)
    sort = kind or detect(after)
    first, second = _parsed(before, old, sort), _parsed(after, new, sort)
    added = compare(second, first, kind=sort)
    removed = None if no_new_access else compare(first, second, kind=sort)
    if as_json:
        print_json(_as_object(sort, added, removed))
    else:
        _print(added, "new access", "no new access", "is new")
        if removed is not None:
            _print(removed, "access that is gone", "nothing is gone", "is gone")
    if isinstance(added, Violated):
        context.exit(EXIT_FINDINGS)
    context.exit(EXIT_INCOMPLETE if isinstance(added, Unknown) else EXIT_CLEAN)


def _parsed(document: bytes, name: str, sort: str) -> "Policy":
    """The policy of a file. Raises CommandError when it has no statements that can be read."""
    from lambdaudit.iam.language import PolicyKind, parse

    policy = parse(document, PolicyKind(sort))
    if not policy.statements or not policy.statements[0].pointer:  # nothing, or one that stands for what could not be read
        why = policy.problems[0].text if policy.problems else "it has no statements"
        raise CommandError(f"{name} is no policy: {why}")
    return policy


def _witnesses(verdict: "Verdict") -> "tuple[Witness, ...]":
    from lambdaudit.iam.questions import Violated

    return verdict.witnesses if isinstance(verdict, Violated) else ()


def _as_object(sort: str, added: "Verdict", removed: "Verdict | None") -> dict[str, Any]:
    found = {"type": sort, "answer": _answer(added), "new": _rows(added)}
    if removed is not None:
        found["gone"] = _rows(removed)
    return found | {"unknown": _open(added) or (_open(removed) if removed is not None else "")}


def _rows(verdict: "Verdict") -> list[dict[str, Any]]:
    return [
        {"actions": list(w.actions) or [w.request.action], "statements": list(w.statements), "witness": w.request}
        for w in _witnesses(verdict)
    ]


def _answer(verdict: "Verdict") -> str:
    from lambdaudit.model.unknown import Unknown

    return "unknown" if isinstance(verdict, Unknown) else "new access" if _witnesses(verdict) else "no new access"


def _open(verdict: "Verdict") -> str:
    from lambdaudit.model.unknown import Unknown

    return verdict.reason if isinstance(verdict, Unknown) else ""


def _print(verdict: "Verdict", some: str, none: str, what: str) -> None:
    from lambdaudit.reporters.text import count

    if reason := _open(verdict):
        say(f"not decided whether anything {what}: {reason}")
        return
    witnesses = _witnesses(verdict)
    if not witnesses:
        say(none)
        return
    total = sum(len(w.actions) or 1 for w in witnesses)
    say(f"{some}: {count(total, 'action')}")
    for witness in witnesses:
        names = witness.actions or (witness.request.action,)
        for start in range(0, len(names), _MOST_NAMES):
            say(", ".join(names[start : start + _MOST_NAMES]), 2)
        context = {k: v for k, v in witness.request.context.items() if v}
        circumstances = f", when {shown(context)}" if context else ""
        statements = ", ".join(map(str, witness.statements))
        say(
            f"for example {witness.request.action} on {witness.request.resource} by {witness.request.principal}{circumstances}"
            + (f" (statement {statements})" if statements else ""),
            6,
        )
