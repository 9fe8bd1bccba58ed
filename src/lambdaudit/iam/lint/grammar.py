"""Checks of the grammar: what the parser reports, empty lists, statement ids, versions, lengths."""

import re
from typing import Final

from lambdaudit.iam.language import PolicyKind
from lambdaudit.iam.lint.document import Document
from lambdaudit.iam.lint.registry import ERROR, SUGGESTION, WARNING, Found, LintSeverity, check, declare
from lambdaudit.iam.parsing import show

FROM_PARSER: Final[dict[str, tuple[LintSeverity, str, str]]] = {
    "bad-json": (ERROR, "The document is not JSON.", "Repair the JSON text at the place named."),
    "bad-encoding": (ERROR, "The document is not UTF-8.", "Save the document as UTF-8."),
    "too-large": (ERROR, "The document is larger than any policy can be.", "Split the policy."),
    "too-deep": (ERROR, "The document nests deeper than any policy can.", "Remove the superfluous levels."),
    "wrong-type": (ERROR, "A value has the wrong JSON type.", "Use the type that the grammar asks for here."),
    "duplicate-key": (ERROR, "A name stands twice in the same object.", "Keep one of the two."),
    "unknown-element": (ERROR, "There is no policy element of this name.", "Correct the spelling or remove it."),
    "letter-case": (WARNING, "An element is not spelled in the usual letter case.", "Use the usual spelling."),
    "bad-version": (ERROR, "The policy version is neither 2012-10-17 nor 2008-10-17.", "Write 2012-10-17."),
    "missing-element": (ERROR, "A required element is missing.", "Add the element."),
    "both-forms": (ERROR, "An element and its Not form stand together.", "Keep one of the two."),
    "bad-effect": (ERROR, "The effect is neither Allow nor Deny.", "Write Allow or Deny, in this letter case."),
    "bad-action": (ERROR, "An action is not of the form service:Name.", "Write the service prefix, a colon and the name."),
    "bad-resource": (ERROR, "A resource is neither an ARN nor a star.", "Write the ARN of the resource."),
    "bad-principal": (ERROR, "A principal is not of the form that its type asks for.", "Write an ARN or an account id."),
    "principal-wildcard": (
        ERROR,
        "A wildcard stands for a part of a principal.",
        "Name the principals, or use * together with the condition key aws:PrincipalArn.",
    ),
    "principal-not-allowed": (ERROR, "This kind of policy cannot name principals.", "Remove Principal and NotPrincipal."),
    "number-as-account": (WARNING, "An account id is written as a number and may have lost zeros.", "Put it in quotes."),
    "unknown-operator": (ERROR, "There is no condition operator of this name.", "Use one of the documented operators."),
    "unresolved": (SUGGESTION, "A value was not resolved, so the policy was not checked in full.", "Give the value."),
}
"""Code of a parser problem → severity, title, fix. The codes are the ids of the checks."""

for _code, (_severity, _title, _fix) in FROM_PARSER.items():
    declare(_code, _severity, _title, _fix)

MAX_CHECKED: Final = 120_000
"""Characters of a document that all checks look at; the longest policies of AWS itself have a third of it."""

SIZES: Final = {
    PolicyKind.IDENTITY: 6_144,
    PolicyKind.BOUNDARY: 6_144,
    PolicyKind.TRUST: 2_048,
    PolicyKind.SESSION: 2_048,
    PolicyKind.SCP: 5_120,
    PolicyKind.RCP: 5_120,
    PolicyKind.RESOURCE: 20_480,
    PolicyKind.ENDPOINT: 20_480,
}
"""Characters without white space (IAM and Organizations quotas; the longest bucket policy for resource policies)."""


@check(WARNING, fix="Shorten the policy with wildcards in action names, or split it.")
def longer_than_quota(document: Document) -> Found:
    """The policy is longer than the usual quota of its kind."""
    size = len("".join(document.text.split()))
    if size > SIZES[document.kind]:
        yield "", f"{size:,} characters without white space; the usual limit here is {SIZES[document.kind]:,}."


@check(WARNING, fix="Split the policy; one that AWS stores is far shorter.")
def not_checked_in_full(document: Document) -> Found:
    """The document is so long that only its grammar was checked."""
    if len(document.text) > MAX_CHECKED:
        yield "", f"Of {len(document.text):,} characters only the grammar was checked."


@check(WARNING, fix='Add "Version": "2012-10-17".')
def missing_version(document: Document) -> Found:
    """The policy has no Version and is read as 2008-10-17."""
    if not document.policy.version and document.lines and not document.policy.variables:
        yield "", "Without Version the policy is read in the language of 2008-10-17."


@check(SUGGESTION, fix="Write 2012-10-17.")
def old_version(document: Document) -> Found:
    """The policy is written in the old version of the language."""
    if document.policy.version == "2008-10-17":
        yield "/Version", "2008-10-17 has no policy variables and no newer features."


@check(ERROR, fix='Set "Version" to 2012-10-17, or escape the text.')
def variable_in_old_version(document: Document) -> Found:
    """A policy variable stands in a document whose version takes it as literal text."""
    if document.policy.variables:
        return
    for line in document.lines:
        entries = [*line.resource_entries, *(value for condition in line.conditions for value in condition.values)]
        for entry in entries:
            if re.search(r"\$\{[^${}]*+\}", entry.raw):
                yield entry.pointer, f"{show(entry.raw)} is literal text in this version."


@check(ERROR, fix="Remove Id.")
def id_not_allowed(document: Document) -> Found:
    """Only resource-based policies have an Id."""
    if document.policy.id and document.is_identity:
        yield "/Id", f"A policy of the kind {document.kind.value} takes no Id."


@check(SUGGESTION, fix="Add statements, or delete the policy.")
def empty_statement_list(document: Document) -> Found:
    """The policy has no statements."""
    if not document.lines:
        yield "/Statement", "The policy says nothing."


@check(SUGGESTION, fix="Name actions, or delete the statement.")
def empty_action(document: Document) -> Found:
    """The list of actions is empty."""
    for line in document.lines:
        if () in (line.statement.actions, line.statement.not_actions) and "action" not in line.statement.gaps:
            yield line.pointer, "The statement lists no action."


@check(SUGGESTION, fix="Name resources, or delete the statement.")
def empty_resource(document: Document) -> Found:
    """The list of resources is empty."""
    for line in document.lines:
        if () in (line.statement.resources, line.statement.not_resources) and "resource" not in line.statement.gaps:
            yield line.pointer, "The statement lists no resource."


@check(SUGGESTION, fix="Name principals, or delete the statement.")
def empty_principal(document: Document) -> Found:
    """The list of principals is empty."""
    for line in document.lines:
        if () in (line.statement.principals, line.statement.not_principals) and "principal" not in line.statement.gaps:
            yield line.pointer, "The statement names nobody."


@check(WARNING, fix="Give values, or remove the condition.")
def empty_condition_value(document: Document) -> Found:
    """A condition has no values, so a positive operator never holds and a negated one always."""
    for line in document.lines:
        for condition in line.conditions:
            if not condition.values and not condition.gap:
                yield condition.pointer, f"{show(condition.written_key)} is compared with nothing."


@check(ERROR, fix="Give each statement an id of its own.")
def duplicate_sid(document: Document) -> Found:
    """Two statements have the same Sid."""
    seen: set[str] = set()
    for line in document.lines:
        sid = line.statement.sid
        if sid and sid in seen:
            yield f"{line.pointer}/Sid", f"{show(sid)} stands for an earlier statement already."
        seen.add(sid)


@check(ERROR, fix="Use only letters and digits.")
def bad_sid(document: Document) -> Found:
    """A Sid of an IAM policy holds other characters than letters and digits."""
    for line in document.lines:
        sid = line.statement.sid
        if sid and (document.is_identity or document.kind is PolicyKind.TRUST) and not re.fullmatch(r"[A-Za-z0-9]*", sid):
            yield f"{line.pointer}/Sid", f"{show(sid)} holds characters that IAM does not take."


@check(SUGGESTION, fix="Give the statements short names; findings and denials can be read more easily.")
def statements_without_sid(document: Document) -> Found:
    """A policy of several statements has no Sids."""
    if len(document.lines) > 3 and not any(line.statement.sid for line in document.lines):
        yield "/Statement", f"None of the {len(document.lines)} statements has a Sid."
