"""What a reviewer of the code wants to know: none of it is an attack by itself."""

from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.facts.flows import issues_of
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.rules.contract import Fail, Outcome, fail, rule


def _issues(code: Code, audit: Audit, kind: str) -> Iterator[Fail]:
    for issue, functions in issues_of(code, audit, (kind,)):
        yield fail(
            f"{issue.where}: {issue.text}",
            at=issue.where,
            key=f"{issue.where.source} {issue.text}"[:200],
            confidence=Confidence(issue.confidence),
            functions=functions,
        )


@rule(Severity.INFO, persona="strict", maps=("CWE-1121",))
def code_with_many_paths(code: Code, audit: Audit) -> Outcome:
    """A function in the code has so many paths that nobody reviews or tests all of them.

    Why: Flaws sit where nobody looks; a check that one path forgets is the one that is found by attackers.
    Fix: Take it apart: one function for each kind of event or step.
    See: https://cwe.mitre.org/data/definitions/1121.html
    """
    yield from _issues(code, audit, "many-paths")


@rule(Severity.INFO, persona="strict", maps=("CWE-778", "OWASP:S10:2017", "OWASP:A09:2021"))
def refusal_not_logged(code: Code, audit: Audit) -> Outcome:
    """Code refuses a caller and writes nothing about it to a log.

    Why: Who tries keys, tokens or other people's records leaves no trace before he succeeds.
    Fix: Log the decision, who asked and for what, without the token itself, and alarm on many of them.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html
    """
    yield from _issues(code, audit, "refusal-not-logged")


@rule(Severity.INFO, persona="strict", maps=("CWE-1050",))
def client_made_per_event(code: Code, audit: Audit) -> Outcome:
    """A handler makes its AWS client anew for each event.

    Why: Connections and credentials are set up again each time: slower, dearer, and easier to exhaust. No security flaw.
    Fix: Make clients outside of the handler, where they serve all events of an environment.
    See: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
    """
    yield from _issues(code, audit, "client-in-handler")
