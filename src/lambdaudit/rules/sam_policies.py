"""Policies of functions in SAM templates that are longer than they need to be."""

import msgspec

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Severity
from lambdaudit.model.identity import Role
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.INFO, persona="strict", maps=("CWE-1041",))
def policy_spells_out_sam_template(role: Role, audit: Audit) -> Outcome:
    """A policy of a function in a SAM template writes out what one of SAM's policy templates grants.

    Why: A reviewer must read every action and ARN of it; a template says in one line what is granted and on which resource, and
    cannot be widened by a slip. No security flaw.
    Fix: Write the template that the finding names in place of the statements, with the parameters that it shows.
    See: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-templates.html
    """
    templates = known(role.sam_templates)
    if templates is None:
        return skip("SAM did not make it for a function")
    for one in templates:
        values = ", ".join(f"{name}: {value}" for name, value in one.parameters)
        more = f"; it also covers {', '.join(one.wider)}" if one.wider else ""
        yield fail(
            f"statements of {role.name} spell out SAM's policy template {one.name}",
            at=msgspec.structs.replace(role.where, pointer=one.pointer),
            key=f"{one.name} {values}"[:200],
            fix=f"Write this under Policies in place of the statements: - {one.name}: {{{values}}}{more}",
        )
