"""``lambdaudit policy check``."""

import json
from typing import TYPE_CHECKING, Any

import click

from .asking import print_json, say
from .errors import EXIT_CLEAN, EXIT_FINDINGS
from .policy import read_document

if TYPE_CHECKING:
    from lambdaudit.iam.lint import LintFinding

_TYPES = ["identity", "resource", "trust", "boundary", "scp", "rcp", "session", "endpoint"]
_SEVERITIES = ["error", "security", "warning", "suggestion"]


@click.command(name="check", short_help="Validate a policy.")
@click.argument("file")
@click.option("--type", "kind", type=click.Choice(_TYPES), help="What sort of policy it is. Default: by what stands in it.")
@click.option(
    "--fail-on",
    type=click.Choice([*_SEVERITIES, "never"]),
    default="warning",
    show_default=True,
    help="Exit 1 from this severity on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.pass_context
def command(context: click.Context, /, file: str, kind: str | None, fail_on: str, as_json: bool) -> None:
    """Validate the policy in FILE (- reads standard input): grammar, names, conditions, principals, dangers, dead statements.

    Without --type a policy with principals is a trust policy if all its actions are those of assuming a role, otherwise a
    resource policy; one without principals is an identity policy.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the file cannot be read.
    """
    from lambdaudit.iam.language import PolicyKind
    from lambdaudit.iam.lint import lint

    document = read_document(file)
    sort = kind or detect(document)
    found = lint(document, PolicyKind(sort))
    if as_json:
        print_json({"file": file, "type": sort, "findings": [_as_object(finding) for finding in found]})
    else:
        _print(file, sort, found)
    failing = _SEVERITIES[: _SEVERITIES.index(fail_on) + 1] if fail_on != "never" else []
    context.exit(EXIT_FINDINGS if any(finding.severity.value in failing for finding in found) else EXIT_CLEAN)


def detect(document: bytes) -> str:
    """What sort of policy a document is, by its elements; identity when it cannot be read."""
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        return "identity"
    statements = value.get("Statement") if isinstance(value, dict) else None
    rows = [s for s in (statements if isinstance(statements, list) else [statements]) if isinstance(s, dict)]
    if not any({"Principal", "NotPrincipal"} & s.keys() for s in rows):
        return "identity"
    actions = [a for s in rows for a in _texts(s.get("Action"))]
    assuming = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
    return "trust" if actions and all(a.lower().startswith(assuming) for a in actions) else "resource"


def _texts(value: Any) -> list[str]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]


def _as_object(finding: "LintFinding") -> dict[str, str]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "text": finding.text,
        "pointer": finding.pointer,
        "fix": finding.fix,
    }


def _print(file: str, sort: str, found: "tuple[LintFinding, ...]") -> None:
    from lambdaudit.reporters.text import count

    for finding in found:
        say(f"{finding.severity.value:<11}{finding.pointer or '/'}  {finding.text}  [{finding.id}]")
        say(finding.fix, 11)
    worst = ", ".join(
        f"{number} {severity}"
        for severity in _SEVERITIES
        if (number := sum(finding.severity.value == severity for finding in found))
    )
    say(f"{file}: {sort} policy, {count(len(found), 'finding')}{f' ({worst})' if worst else ''}")
