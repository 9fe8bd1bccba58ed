"""Checks for permissions that lead to more permissions or to data, in the policy of a principal."""

from collections.abc import Iterator
from typing import Final

from lambdaudit.iam import actions as catalogue
from lambdaudit.iam.language import PolicyKind
from lambdaudit.iam.lint.document import Document, Line
from lambdaudit.iam.lint.registry import SECURITY, WARNING, Found, check


def _wide(document: Document, *names: str) -> Iterator[tuple[Line, str]]:
    """Allow statements without conditions that give one of the actions on all resources."""
    if document.kind is not PolicyKind.IDENTITY:
        return
    for line in document.allowing():
        if line.on_all_of_service and not line.conditions:
            hit = [name for name in names if name in line.actions]
            if hit:
                yield line, ", ".join(hit[:4])


@check(SECURITY, fix="Name the roles that may be passed.")
def pass_role_on_all(document: Document) -> Found:
    """Every role of the account may be passed to services."""
    for line in document.allowing():
        wide = "iam:PassRole" in line.actions and line.on_all_of_service and document.is_identity
        if wide and not line.has_key("iam:passedtoservice", "iam:associatedresourcearn"):
            yield line.pointer, "Whoever has this can hand the most powerful role to a service that he controls."


@check(WARNING, fix='Add "StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"} or the service that is meant.')
def pass_role_to_any_service(document: Document) -> Found:
    """A role may be passed to any service that it trusts."""
    for line in document.allowing():
        named = any(entry.raw.lower() == "iam:passrole" for entry in line.action_entries)
        some = named and line.statement.actions is not None and not line.on_all_of_service and document.is_identity
        if some and not line.has_key("iam:passedtoservice", "iam:associatedresourcearn"):
            yield line.pointer, "iam:PassedToService does not limit the service."


@check(SECURITY, fix="Name the roles that may be passed.")
def pass_role_with_not_resource(document: Document) -> Found:
    """All roles but the listed ones may be passed."""
    for line in document.allowing():
        if "iam:PassRole" in line.actions and line.statement.not_resources is not None and document.is_identity:
            yield line.pointer, "NotResource leaves every other role, later ones included."


@check(SECURITY, fix="Name the roles that may be assumed.")
def assume_any_role(document: Document) -> Found:
    """Every role that trusts the account may be assumed."""
    for line, _ in _wide(document, "sts:AssumeRole"):
        yield line.pointer, "sts:AssumeRole on all roles, those of other accounts included."


@check(SECURITY, fix="Limit it with iam:AWSServiceName.")
def service_linked_role_of_any_service(document: Document) -> Found:
    """Service-linked roles may be created for any service."""
    for line in document.allowing():
        named = "iam:CreateServiceLinkedRole" in line.actions and line.on_all_of_service and document.is_identity
        if named and not line.has_key("iam:awsservicename"):
            yield line.pointer, "iam:AWSServiceName does not limit the service."


ESCALATION: Final = (
    "iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
)  # fmt: skip


@check(SECURITY, fix="Limit the statement to paths that hold nothing powerful, and set a permissions boundary.")
def permissions_of_others(document: Document) -> Found:
    """Permissions or credentials of every user or role may be changed."""
    for line, names in _wide(document, *ESCALATION):
        yield line.pointer, f"{names}: a way to become administrator."


@check(SECURITY, fix="Allow single actions on named identities.")
def all_of_iam(document: Document) -> Found:
    """All of IAM is allowed."""
    every = catalogue.actions_of("iam")
    for line in document.allowing():
        partial = len(line.actions) < len(catalogue.all_actions())
        if document.kind is PolicyKind.IDENTITY and every <= line.actions and line.on_everything and partial:
            yield line.pointer, "Whoever manages all of IAM can give himself everything."


@check(SECURITY, fix="Name the functions, and leave the changing of code to the deployment.")
def change_any_function(document: Document) -> Found:
    """Code, configuration or permissions of every function may be changed."""
    names = (
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:AddPermission",
        "lambda:CreateFunctionUrlConfig",
        "lambda:AddLayerVersionPermission",
    )
    for line, hit in _wide(document, *names):
        yield line.pointer, f"{hit} on every function: its role can be taken over."


@check(SECURITY, fix="Name the resources whose policies may be changed.")
def permissions_management_on_all(document: Document) -> Found:
    """Resource policies of a whole service may be changed."""
    if document.kind is not PolicyKind.IDENTITY:
        return
    for line in document.allowing():
        if not line.on_everything or line.conditions or line.statement.actions is None:
            continue
        hit = sorted(
            name
            for name in line.actions
            if catalogue.access_level(name) is catalogue.AccessLevel.PERMISSIONS and not name.startswith(("iam:", "lambda:"))
        )
        if hit:
            more = f" and {len(hit) - 3} more" if len(hit) > 3 else ""
            yield line.pointer, f"{', '.join(hit[:3])}{more} on all resources."


@check(WARNING, fix="Name the secrets and parameters.")
def read_any_secret(document: Document) -> Found:
    """Every secret or parameter may be read."""
    names = ("secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
    for line, hit in _wide(document, *names):
        yield line.pointer, f"{hit} on all of them."


@check(WARNING, fix="Name the keys, or limit the use with kms:ViaService.")
def decrypt_with_any_key(document: Document) -> Found:
    """Every key may be used to decrypt."""
    for line, hit in _wide(document, "kms:Decrypt", "kms:ReEncryptFrom", "kms:CreateGrant"):
        yield line.pointer, f"{hit} with every key that lets identity policies decide."


@check(WARNING, fix="Name the buckets.")
def read_any_bucket(document: Document) -> Found:
    """Every object in every bucket may be read."""
    if document.kind is not PolicyKind.IDENTITY:
        return
    for line in document.allowing():
        wide = line.on_everything or any(e.raw.split(":::")[-1] in ("*", "*/*") for e in line.resource_entries)
        if "s3:GetObject" in line.actions and wide and not line.conditions:
            yield line.pointer, "s3:GetObject on all buckets, those of other accounts included."


@check(WARNING, fix="Name the tables.")
def read_any_table(document: Document) -> Found:
    """Every table may be read or scanned."""
    for line, hit in _wide(document, "dynamodb:Scan", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:PartiQLSelect"):
        yield line.pointer, f"{hit} on all tables."


@check(WARNING, fix="Name the resources that may be deleted.")
def delete_anything(document: Document) -> Found:
    """Data stores of a whole service may be deleted."""
    names = (
        "dynamodb:DeleteTable",
        "kms:ScheduleKeyDeletion",
        "lambda:DeleteFunction",
        "logs:DeleteLogGroup",
        "rds:DeleteDBInstance",
        "s3:DeleteBucket",
        "secretsmanager:DeleteSecret",
        "sqs:DeleteQueue",
    )
    for line, hit in _wide(document, *names):
        yield line.pointer, f"{hit} on all of them."


@check(WARNING, fix="Leave the trail out of what the principal may change.")
def trails_can_be_stopped(document: Document) -> Found:
    """Logging of the account may be switched off."""
    names = ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "guardduty:DeleteDetector", "config:StopConfigurationRecorder")
    for line, hit in _wide(document, *names):
        yield line.pointer, f"{hit}: an intruder could hide."


@check(SECURITY, fix="Deny the removal of boundaries, or allow it only with iam:PermissionsBoundary.")
def boundary_can_be_removed(document: Document) -> Found:
    """Permissions boundaries may be removed or replaced."""
    names = {
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:PutUserPermissionsBoundary",
    }
    denied = frozenset[str]().union(*(line.actions for line in document.denying() if not line.conditions))
    for line in document.allowing():
        hit = sorted((names & line.actions) - denied)
        if hit and line.on_all_of_service and document.is_identity and not line.has_key("iam:permissionsboundary"):
            yield line.pointer, f"{', '.join(hit[:2])} lifts the limit that boundaries set."


@check(WARNING, fix="Allow only what the principals are meant to reach at most.")
def boundary_without_limit(document: Document) -> Found:
    """A permissions boundary allows everything."""
    for line in document.allowing() if document.kind is PolicyKind.BOUNDARY else ():
        every = len(line.actions) == len(catalogue.all_actions())
        if every and line.on_everything and not line.conditions and not list(document.denying()):
            yield line.pointer, "Such a boundary limits nothing."


@check(WARNING, fix="Deny changes of the tags that decide, or take the tagging actions out.")
def tags_decide_and_can_be_changed(document: Document) -> Found:
    """Access depends on tags of resources, and the same policy allows changing them."""
    if document.kind is not PolicyKind.IDENTITY:
        return
    services = {
        entry.raw.partition(":")[0].lower()
        for line in document.allowing()
        if any(condition.key.startswith("aws:resourcetag/") for condition in line.conditions)
        for entry in line.action_entries
    }
    for line in document.allowing():
        if line.has_key("aws:tagkeys") or any(c.key.startswith(("aws:requesttag/", "aws:resourcetag/")) for c in line.conditions):
            continue
        hit = sorted(
            name
            for name in line.actions
            if name.partition(":")[0] in services and catalogue.access_level(name) is catalogue.AccessLevel.TAGGING
        )
        if hit:
            yield line.pointer, f"{hit[0]} can give any resource the tag that opens it."


@check(WARNING, fix="Let the account's administrators keep kms:PutKeyPolicy.")
def nobody_can_change_key_policy(document: Document) -> Found:
    """Nobody may change the policy of a key any more."""
    if document.kind is not PolicyKind.RESOURCE or not document.lines:
        return
    entries = [entry.raw.lower() for line in document.lines for entry in line.action_entries]
    of_a_key = bool(entries) and all(raw.startswith("kms:") for raw in entries)
    if of_a_key and not any("kms:PutKeyPolicy" in line.actions for line in document.allowing()):
        yield "/Statement", "No statement allows kms:PutKeyPolicy; only AWS's support could repair the key."
