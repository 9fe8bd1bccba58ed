"""Checks of Principal and NotPrincipal, of trust policies and of the other kinds with rules of their own."""

import re
from typing import Final

from lambdaudit.iam.language import Operator, PolicyKind, PrincipalKind
from lambdaudit.iam.lint.document import Document, Line
from lambdaudit.iam.lint.registry import ERROR, SECURITY, SUGGESTION, WARNING, Found, check
from lambdaudit.iam.parsing import show

LIMITING_KEYS: Final = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
        "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc",
        "aws:sourcevpce", "aws:vpcsourceip", "aws:userid", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid",
        "kms:calleraccount", "kms:viaservice", "lambda:functionurlauthtype", "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn", "sts:externalid", "elasticfilesystem:accessedviamounttarget", "sns:endpoint",
        "aws:principalservicename", "aws:principalisawsservice", "lambda:eventsourcetoken", "lambda:invokedviafunctionurl",
    }
)  # fmt: skip
"""Keys that can keep strangers out of a statement for everyone."""

SOURCE_KEYS: Final = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner")
_NO_SOURCE: Final = frozenset(
    {
        "apidestinations.events.amazonaws.com", "codedeploy.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com",
        "edgelambda.amazonaws.com", "eks-auth.amazonaws.com", "lambda.amazonaws.com", "pods.eks.amazonaws.com",
        "lexv2.amazonaws.com", "replicator.lambda.amazonaws.com",
    }
)  # fmt: skip
"""Services that assume a role only for its own account, or that send no source."""


def _limited(line: Line) -> bool:
    return any(c.key in LIMITING_KEYS or c.key.startswith("aws:principaltag/") for c in line.conditions)


@check(SECURITY, fix="Name the principals, or limit the statement by account, organisation or source.")
def allow_for_everyone(document: Document) -> Found:
    """Everyone is allowed, without a condition that keeps strangers out."""
    for line in document.allowing():
        if line.for_everyone and not _limited(line) and document.kind in (PolicyKind.RESOURCE, PolicyKind.TRUST):
            yield line.pointer, "Anyone on the internet or in any account is meant."


@check(SECURITY, fix="Name the principals that are allowed.")
def allow_with_not_principal(document: Document) -> Found:
    """Allow with NotPrincipal lets in everyone who is not listed, anonymous callers included."""
    for line in document.allowing():
        if line.statement.not_principals is not None:
            yield line.pointer, "Everyone but the listed ones is allowed."


@check(WARNING, fix='Use "Principal": "*" with ArnNotLike on aws:PrincipalArn.')
def deny_with_not_principal(document: Document) -> Found:
    """Deny with NotPrincipal also hits listed principals that have a permissions boundary."""
    for line in document.denying():
        if line.statement.not_principals is not None and document.kind is not PolicyKind.TRUST:
            yield line.pointer, "Principals with a permissions boundary are denied even when they are listed."


@check(WARNING, fix="List the ARN of the account as well.")
def not_principal_without_account(document: Document) -> Found:
    """NotPrincipal lists a user or role without its account, which some services deny before they look further."""
    for line in document.denying():
        entries = line.statement.not_principals or ()
        accounts = {entry.account for entry in entries if entry.kind is PrincipalKind.ACCOUNT}
        for entry in entries:
            inside = entry.kind in (PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION)
            if inside and entry.account not in accounts:
                yield entry.pointer, f"The account {entry.account} is not listed."


@check(ERROR, fix='Use "Principal".')
def not_principal_not_supported(document: Document) -> Found:
    """Trust policies and resource control policies do not take NotPrincipal."""
    for line in document.lines:
        if line.statement.not_principals is not None and document.kind in (PolicyKind.TRUST, PolicyKind.RCP):
            yield line.pointer, f"A policy of the kind {document.kind.value} cannot use NotPrincipal."


@check(WARNING, fix="Remove the entry, or name the new principal.")
def deleted_principal(document: Document) -> Found:
    """A principal is an id that is left of a deleted user or role."""
    for line in document.lines:
        for entry in line.principal_entries:
            if entry.kind is PrincipalKind.UNIQUE_ID:
                yield entry.pointer, f"{show(entry.value)} belongs to nobody any more."


@check(ERROR, fix="Name users or roles; groups cannot be principals.")
def group_as_principal(document: Document) -> Found:
    """A principal is a group."""
    for line in document.lines:
        for entry in line.principal_entries:
            if re.match(r"arn:[^:]*:iam::[^:]*:group/", entry.value):
                yield entry.pointer, f"{show(entry.value)} is a group and matches nobody."


@check(ERROR, fix="Correct the ARN of the principal.")
def principal_arn(document: Document) -> Found:
    """An ARN under AWS names neither account, user, role nor session."""
    for line in document.lines:
        for entry in line.principal_entries:
            unknown = entry.element == "AWS" and entry.kind is PrincipalKind.OTHER and entry.value.startswith("arn:")
            if unknown and ":group/" not in entry.value and ":iam::cloudfront:" not in entry.value:
                yield entry.pointer, f"{show(entry.value)} is no principal."


@check(WARNING, fix="Write the service's principal, such as lambda.amazonaws.com.")
def service_principal(document: Document) -> Found:
    """A service principal is not of the usual form."""
    for line in document.lines:
        for entry in line.principal_entries:
            usual = re.fullmatch(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com|api\.aws)", entry.value)
            if entry.kind is PrincipalKind.SERVICE and not usual:
                yield entry.pointer, f"{show(entry.value)} does not look like a service."


@check(SUGGESTION, fix="Remove the entries that everyone includes.")
def redundant_principal(document: Document) -> Found:
    """Everyone is listed next to others."""
    for line in document.lines:
        if line.for_everyone and len(line.statement.principals or ()) > 1:
            yield line.pointer, "The star makes the other principals meaningless."


@check(SUGGESTION, fix="Remove the second one.")
def duplicate_principal(document: Document) -> Found:
    """A principal is listed twice."""
    for line in document.lines:
        seen: set[tuple[str, str]] = set()
        for entry in line.principal_entries:
            key = (entry.element, entry.account if entry.kind is PrincipalKind.ACCOUNT else entry.value)
            if key in seen:
                yield entry.pointer, f"{show(entry.value)} is listed already."
            seen.add(key)


@check(WARNING, fix="Use the id or ARN of the account.")
def canonical_user_elsewhere(document: Document) -> Found:
    """Only S3 knows canonical user ids."""
    for line in document.lines:
        for entry in line.principal_entries:
            elsewhere = any(not action.raw.lower().startswith("s3:") for action in line.action_entries)
            if entry.kind is PrincipalKind.CANONICAL and elsewhere:
                yield entry.pointer, "Other services do not take a canonical user id."


@check(SECURITY, fix="Add aws:SourceArn or aws:SourceAccount (or aws:SourceOrgID).")
def service_without_source(document: Document) -> Found:
    """A service is allowed without a condition on the resource or account that it acts for."""
    for line in document.allowing():
        services = [e for e in line.statement.principals or () if e.kind is PrincipalKind.SERVICE]
        open_ones = [e for e in services if document.kind is PolicyKind.RESOURCE or e.value not in _NO_SOURCE]
        if open_ones and not line.has_key(*SOURCE_KEYS) and document.kind in (PolicyKind.RESOURCE, PolicyKind.TRUST):
            names = ", ".join(show(entry.value) for entry in open_ones[:3])
            yield line.pointer, f"{names} may act here for any other customer."


@check(ERROR, fix="Remove Resource; the role itself is meant.")
def trust_with_resource(document: Document) -> Found:
    """A trust policy has a Resource element."""
    for line in document.lines:
        if document.kind is PolicyKind.TRUST and (line.resource_entries or line.statement.resources is not None):
            yield line.pointer, "IAM takes no Resource in a trust policy."


@check(ERROR, fix="Use sts:AssumeRole, sts:AssumeRoleWithWebIdentity, sts:AssumeRoleWithSAML or sts:TagSession.")
def trust_action(document: Document) -> Found:
    """A trust policy names actions of another service than STS."""
    for line in document.lines if document.kind is PolicyKind.TRUST else ():
        for entry in line.action_entries:
            if not entry.raw.lower().startswith("sts:"):
                yield entry.pointer, f"{show(entry.raw)} has no place in a trust policy."


@check(ERROR, fix="Use the action that fits the kind of principal.")
def trust_action_of_other_principal(document: Document) -> Found:
    """The action of a trust policy is not open to its principal: providers need the WithWebIdentity or WithSAML form."""
    for line in document.allowing() if document.kind is PolicyKind.TRUST else ():
        names = {entry.raw.lower() for entry in line.action_entries}
        kinds = {entry.kind for entry in line.statement.principals or ()}
        federated_only = kinds == {PrincipalKind.FEDERATED}
        if federated_only and names <= {"sts:assumerole"} and names:
            yield line.pointer, "An identity provider cannot call sts:AssumeRole."
        forms = {"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"}
        if kinds and not kinds & {PrincipalKind.FEDERATED, PrincipalKind.EVERYONE} and names and names <= forms:
            yield line.pointer, "Only an identity provider can use this action."


@check(SECURITY, fix="Add conditions on the provider's :sub and :aud keys.")
def trust_provider_without_subject(document: Document) -> Found:
    """A web identity provider is trusted without a condition on the subject, so all of its users may come."""
    for line in document.allowing() if document.kind is PolicyKind.TRUST else ():
        providers = [e for e in line.statement.principals or () if e.kind is PrincipalKind.FEDERATED]
        web = [e for e in providers if ":saml-provider/" not in e.value]
        keys = {condition.key.rpartition(":")[2] for condition in line.conditions}
        wanted = {"sub", "amr", "repository", "repository_id", "job_workflow_ref", "app_id", "oaud"}
        if web and not keys & wanted and "cognito-identity.amazonaws.com" not in {e.value for e in web}:
            yield line.pointer, f"Every user of {show(web[0].value)} can assume the role."


@check(SECURITY, fix="Write organisation and repository (or the like) before the first star.")
def trust_subject_too_wide(document: Document) -> Found:
    """The pattern for the subject of a web identity lets in strangers."""
    for line in document.allowing() if document.kind is PolicyKind.TRUST else ():
        for condition in line.conditions:
            like = condition.operator is Operator.STRING_LIKE and condition.key.endswith(":sub")
            for entry in condition.values if like else ():
                before = re.split(r"[*?]", entry.raw, maxsplit=1)[0]
                github = "githubusercontent" in condition.key
                if before != entry.raw and ((github and not re.match(r"repo:[^/]+/", before)) or len(before) < 4):
                    yield entry.pointer, f"{show(entry.raw)} also fits subjects of strangers."


@check(WARNING, fix='Add "StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}.')
def trust_saml_without_audience(document: Document) -> Found:
    """A SAML provider is trusted without a condition on the audience."""
    for line in document.allowing() if document.kind is PolicyKind.TRUST else ():
        saml = any(":saml-provider/" in entry.value for entry in line.statement.principals or ())
        if saml and not line.has_key("saml:aud", "saml:sub", "saml:iss", "saml:sub_type"):
            yield line.pointer, "Assertions for another application would be taken as well."


@check(WARNING, fix="Give each service a role of its own.")
def trust_shared_with_lambda(document: Document) -> Found:
    """A role is trusted by Lambda and by other services."""
    if document.kind is not PolicyKind.TRUST:
        return
    services = {e.value for line in document.allowing() for e in line.statement.principals or () if e.element == "Service"}
    others = sorted(services - {"lambda.amazonaws.com", "edgelambda.amazonaws.com"})
    if others and "lambda.amazonaws.com" in services:
        yield "/Statement", f"Besides Lambda {', '.join(show(name) for name in others[:4])} can use the role."


@check(ERROR, fix="Write Deny; permissions come from other policies.")
def rcp_allow(document: Document) -> Found:
    """A resource control policy of one's own cannot allow."""
    for line in document.allowing() if document.kind is PolicyKind.RCP else ():
        wide = [entry.raw for entry in line.action_entries] == ["*"] and line.for_everyone and line.on_everything
        if not wide:
            yield line.pointer, "Only the policy that AWS attaches may allow."


@check(ERROR, fix='Write "Principal": "*" and name principals by condition keys.')
def rcp_principal(document: Document) -> Found:
    """The principal of a resource control policy is always everyone."""
    for line in document.lines if document.kind is PolicyKind.RCP else ():
        if line.statement.principals is not None and not line.for_everyone:
            yield line.pointer, "Resource control policies take only the principal *."


@check(WARNING, fix="Remove the actions; for this service resource control policies have no effect.")
def rcp_service_not_covered(document: Document) -> Found:
    """A resource control policy names actions of a service that such policies do not cover."""
    from lambdaudit.iam.actions import rcp_services, services

    for line in document.denying() if document.kind is PolicyKind.RCP else ():
        for entry in line.action_entries:
            prefix = entry.raw.partition(":")[0].lower()
            if prefix in services() and prefix not in rcp_services():
                yield entry.pointer, f"{show(entry.raw)} is not covered."


@check(WARNING, fix="Allow only what passes through the endpoint, for the organisation's principals and resources.")
def endpoint_allows_everything(document: Document) -> Found:
    """The policy of a VPC endpoint lets everything through."""
    for line in document.allowing() if document.kind is PolicyKind.ENDPOINT else ():
        wide = any(not entry.raw.replace(":", "").strip("*") for entry in line.action_entries)
        if wide and line.for_everyone and line.on_everything and not line.conditions and line.statement.actions is not None:
            yield line.pointer, "It is the same as having no policy: data can leave to any account."
