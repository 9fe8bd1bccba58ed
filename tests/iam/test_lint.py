"""The validator: every check fires on its example and is silent on sound policies."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.actions import managed_policies, managed_policy
from lambdaudit.iam.language import PolicyKind
from lambdaudit.iam.lint import LintFinding, LintSeverity, checks, lint
from lambdaudit.model.unknown import Unknown
from tests.iam.test_language import random_document

ID, R, T, B, S = PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.BOUNDARY, PolicyKind.SCP
RCP, EP = PolicyKind.RCP, PolicyKind.ENDPOINT
TODAY = date(2026, 11, 1)
OWN = "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1"
OBJECTS = "arn:aws:s3:::my-bucket/*"


def doc(*statements: Any, **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def al(action: Any = "s3:GetObject", resource: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def de(action: Any = "s3:GetObject", resource: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {**al(action, resource, **more), "Effect": "Deny"}


def no(statement: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


def when(**operators: Any) -> dict[str, Any]:
    return al(Condition={name.replace("__", ":"): keys for name, keys in operators.items()})


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


LAMBDA = {"Service": "lambda.amazonaws.com"}
OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
SUB = "token.actions.githubusercontent.com:sub"
ROLE = f"arn:aws:iam::{OWN}:role/r"
USER = f"arn:aws:iam::{OWN}:user/u"
TAG = {"aws:ResourceTag/team": "blue"}

EXAMPLES: dict[str, tuple[PolicyKind, Any]] = {
    # grammar
    "bad-json": (ID, "{"),
    "bad-encoding": (ID, b"\xff"),
    "too-large": (ID, " " * 1_000_001),
    "too-deep": (ID, "[" * 100),
    "wrong-type": (ID, doc(al(action=5))),
    "duplicate-key": (ID, json.dumps(doc(al())).replace('"Effect"', '"Effect": "Deny", "Effect"')),
    "unknown-element": (ID, doc(al(Ressource="*"))),
    "letter-case": (ID, doc(no(al(), "Effect") | {"effect": "Allow"})),
    "bad-version": (ID, doc(al()) | {"Version": "2020-01-01"}),
    "missing-element": (ID, doc(no(al(), "Effect"))),
    "both-forms": (ID, doc(al(NotAction="s3:*"))),
    "bad-effect": (ID, doc(al(Effect="allow"))),
    "bad-action": (ID, doc(al("GetObject"))),
    "bad-resource": (ID, doc(al(resource="my-bucket"))),
    "bad-principal": (R, doc(al(Principal={"AWS": "alice"}))),
    "principal-wildcard": (R, doc(al(Principal={"AWS": f"arn:aws:iam::{OWN}:role/*"}))),
    "principal-not-allowed": (ID, doc(al(Principal="*"))),
    "number-as-account": (R, doc(al(Principal={"AWS": 12345678901}))),
    "unknown-operator": (ID, doc(when(StringMatches={"aws:SourceVpc": "vpc-1"}))),
    "unresolved": (ID, doc(al(resource=Unknown("a parameter")))),
    "longer-than-quota": (ID, doc(al([f"s3:GetObject{i}" for i in range(600)]))),
    "not-checked-in-full": (ID, doc(al(resource=["arn:aws:s3:::" + "a" * 130_000]))),
    "missing-version": (ID, {"Statement": al()}),
    "old-version": (ID, {"Version": "2008-10-17", "Statement": al()}),
    "variable-in-old-version": (ID, {"Version": "2008-10-17", "Statement": al(resource="arn:aws:s3:::b/${aws:username}/*")}),
    "id-not-allowed": (ID, doc(al(), Id="mine")),
    "empty-statement-list": (ID, doc()),
    "empty-action": (ID, doc(al([]))),
    "empty-resource": (ID, doc(al(resource=[]))),
    "empty-principal": (R, doc(al(Principal={"AWS": []}))),
    "empty-condition-value": (ID, doc(when(StringEquals={"aws:SourceVpc": []}))),
    "duplicate-sid": (ID, doc(al(Sid="A"), de("s3:PutObject", Sid="A"))),
    "bad-sid": (ID, doc(al(Sid="my statement"))),
    "statements-without-sid": (ID, doc(*[al(resource=f"arn:aws:s3:::bucket-{i}/*") for i in range(5)])),
    # actions
    "unknown-service": (ID, doc(al("s33:GetObject"))),
    "unknown-action": (ID, doc(al("s3:GetObjekt"))),
    "pattern-without-action": (ID, doc(al("s3:Grab*"))),
    "wildcard-in-service-prefix": (ID, doc(al("s*:GetObject"))),
    "duplicate-action": (ID, doc(al(["s3:GetObject", "S3:getobject"]))),
    "redundant-action": (ID, doc(al(["s3:GetObject", "s3:Get*"]))),
    "deprecated-action": (ID, doc(al("lambda:InvokeAsync", f"arn:aws:lambda:*:{OWN}:function:f"))),
    "dependent-action-missing": (ID, doc(al("lambda:CreateFunction", f"arn:aws:lambda:*:{OWN}:function:f"))),
    "allow-with-not-action": (ID, doc(no(al(NotAction="iam:*"), "Action"))),
    "allow-not-action-not-resource": (ID, doc(no(al(NotAction="iam:*", NotResource=OBJECTS), "Action", "Resource"))),
    "allow-everything": (ID, doc(al("*", "*"))),
    "all-actions-of-service": (ID, doc(al("sqs:*", "*"))),
    "all-actions-in-resource-policy": (R, doc(al("s3:*", Principal={"AWS": OWN}))),
    "policy-allows-nothing": (ID, doc(de())),
    # resources
    "arn-partition": (ID, doc(al(resource="arn:amazon:s3:::b/*"))),
    "arn-service-in-capitals": (ID, doc(al(resource="arn:aws:S3:::b/*"))),
    "arn-service": (ID, doc(al(resource="arn:aws:s33:::b/*"))),
    "wildcard-in-arn-service": (ID, doc(al(resource="arn:aws:s*:::b/*"))),
    "arn-region": (ID, doc(al("sqs:SendMessage", f"arn:aws:sqs:ireland:{OWN}:q"))),
    "arn-account": (ID, doc(al("sqs:SendMessage", "arn:aws:sqs:eu-west-1:42:q"))),
    "example-account": (ID, doc(al("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:q"))),
    "variable-before-fifth-colon": (ID, doc(al("sqs:SendMessage", "arn:aws:sqs:*:${aws:PrincipalAccount}:q"))),
    "incomplete-arn": (ID, doc(al("sqs:SendMessage", "arn:aws:sqs:eu-west-1"))),
    "account-not-allowed": (ID, doc(al(resource=f"arn:aws:s3::{OWN}:my-bucket"))),
    "region-not-allowed": (ID, doc(al("iam:GetRole", f"arn:aws:iam:eu-west-1:{OWN}:role/r"))),
    "account-missing": (ID, doc(al("sqs:SendMessage", "arn:aws:sqs:eu-west-1::q"))),
    "region-missing": (ID, doc(al("sqs:SendMessage", f"arn:aws:sqs::{OWN}:q"))),
    "no-such-resource-type": (ID, doc(al("lambda:InvokeFunction", f"arn:aws:lambda:*:{OWN}:funktion:f"))),
    "action-takes-no-resource": (ID, doc(al("lambda:ListFunctions", f"arn:aws:lambda:*:{OWN}:function:*"))),
    "wrong-resource-type": (ID, doc(al("s3:PutBucketPolicy", "arn:aws:s3:::b/folder/key"))),
    "resource-of-no-action": (ID, doc(al("sqs:SendMessage", [f"arn:aws:sqs:*:{OWN}:q", f"arn:aws:sns:*:{OWN}:t"]))),
    "object-action-on-bucket": (ID, doc(al(resource="arn:aws:s3:::my-bucket"))),
    "bucket-prefix": (ID, doc(al(resource="arn:aws:s3:::my-bucket*"))),
    "duplicate-resource": (ID, doc(al(resource=[OBJECTS, OBJECTS]))),
    "redundant-resource": (ID, doc(al(resource=[OBJECTS, "arn:aws:s3:::my-bucket/a/*"]))),
    "star-beside-arns": (ID, doc(al(resource=[OBJECTS, "*"]))),
    "allow-with-not-resource": (ID, doc(no(al(NotResource=OBJECTS), "Resource"))),
    "function-without-qualifier": (ID, doc(al("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{OWN}:function:f"))),
    # conditions
    "unknown-condition-key": (ID, doc(when(StringEquals={"s3:Colour": "blue"}))),
    "unknown-global-key": (ID, doc(when(StringEquals={"aws:ARN": "blue"}))),
    "condition-key-format": (ID, doc(when(StringEquals={"Colour": "blue"}))),
    "key-of-no-action": (ID, doc(when(StringEquals={"lambda:FunctionUrlAuthType": "NONE"}))),
    "key-not-of-all-actions": (ID, doc(al(["s3:ListBucket", "s3:GetObject"], Condition={"StringLike": {"s3:prefix": "a*"}}))),
    "operator-of-other-type": (ID, doc(when(NumericEquals={"aws:SourceVpc": "5"}))),
    "value-is-no-number": (ID, doc(when(NumericLessThan={"s3:max-keys": "ten"}))),
    "value-is-no-date": (ID, doc(when(DateLessThan={"aws:CurrentTime": "tomorrow"}))),
    "value-is-no-network": (ID, doc(when(IpAddress={"aws:SourceIp": "300.0.0.0/8"}))),
    "value-is-no-truth-value": (ID, doc(when(Bool={"aws:SecureTransport": "yes"}))),
    "value-of-null": (ID, doc(when(Null={"aws:SourceVpc": "vpc-1"}))),
    "value-is-no-base64": (ID, doc(when(BinaryEquals={"s3:x": "?"}))),
    "value-is-no-arn": (ID, doc(when(ArnLike={"aws:SourceArn": "my-topic"}))),
    "value-is-no-account": (ID, doc(when(StringEquals={"aws:SourceAccount": "4444-5555-6666"}))),
    "value-is-no-organisation": (ID, doc(when(StringEquals={"aws:PrincipalOrgID": "org-1"}))),
    "wildcard-in-exact-operator": (ID, doc(when(StringEquals={"aws:PrincipalTag/team": "blue*"}))),
    "like-without-wildcard": (ID, doc(when(StringLike={"aws:PrincipalTag/team": "blue"}))),
    "string-operator-on-arn": (ID, doc(when(StringLike={"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}))),
    "variable-in-typed-operator": (ID, doc(when(NumericEquals={"s3:max-keys": "${aws:PrincipalTag/max}"}))),
    "set-operator-on-single-value": (ID, doc(when(ForAnyValue__StringEquals={"aws:SourceVpc": "vpc-1"}))),
    "for-all-values-in-allow": (ID, doc(when(ForAllValues__StringEquals={"aws:TagKeys": "a"}))),
    "plain-operator-on-several-values": (ID, doc(when(StringEquals={"aws:TagKeys": "a"}))),
    "for-any-value-if-exists": (ID, doc(when(ForAnyValue__StringEqualsIfExists={"aws:TagKeys": "a"}))),
    "if-exists-lets-in": (
        R,
        doc(al(Principal="*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    ),
    "negated-operator-in-allow": (ID, doc(when(StringNotEquals={"aws:SourceVpc": "vpc-1"}))),
    "condition-always-holds": (ID, doc(when(StringLike={"aws:SourceVpc": "*"}))),
    "every-address": (ID, doc(when(IpAddress={"aws:SourceIp": "0.0.0.0/0"}))),
    "wide-address-range": (ID, doc(when(IpAddress={"aws:SourceIp": "52.0.0.0/6"}))),
    "private-source-address": (ID, doc(when(IpAddress={"aws:SourceIp": "10.0.0.0/16"}))),
    "condition-never-holds": (
        ID,
        doc(when(StringEquals={"aws:SourceVpc": "vpc-1"}, StringNotEquals={"aws:SourceVpc": "vpc-1"})),
    ),
    "mfa-deny-without-if-exists": (ID, doc(al(), de(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))),
    "source-address-deny-hits-services": (ID, doc(al(), de(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))),
    "caller-chooses-key": (R, doc(al(Principal="*", Condition={"StringLike": {"aws:Referer": "https://example.com/*"}}))),
    "session-in-principal-arn": (ID, doc(when(ArnLike={"aws:PrincipalArn": f"arn:aws:sts::{OWN}:assumed-role/r/s"}))),
    "duplicate-value": (ID, doc(when(StringEquals={"aws:SourceVpc": ["vpc-1", "vpc-1"]}))),
    "date-has-passed": (ID, doc(when(DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}))),
    "unknown-variable": (ID, doc(al(resource="arn:aws:s3:::b/${aws:usrname}/*"))),
    "variable-with-several-values": (ID, doc(al(resource="arn:aws:s3:::b/${aws:TagKeys}/*"))),
    "malformed-variable": (ID, doc(al(resource="arn:aws:s3:::b/${aws:username/*"))),
    "variable-of-users-in-role-policy": (ID, doc(al(resource="arn:aws:s3:::b/${aws:username}/*"))),
    # principals and other kinds
    "allow-for-everyone": (R, doc(al(Principal="*"))),
    "allow-with-not-principal": (R, doc(al(NotPrincipal={"AWS": OWN}))),
    "deny-with-not-principal": (R, doc(de(NotPrincipal={"AWS": [OWN, USER]}))),
    "not-principal-without-account": (R, doc(de(NotPrincipal={"AWS": USER}))),
    "not-principal-not-supported": (T, doc(no(trust("*"), "Principal") | {"NotPrincipal": {"AWS": OWN}})),
    "deleted-principal": (R, doc(al(Principal={"AWS": "AROAEXAMPLEEXAMPLEID"}))),
    "group-as-principal": (R, doc(al(Principal={"AWS": f"arn:aws:iam::{OWN}:group/g"}))),
    "principal-arn": (R, doc(al(Principal={"AWS": f"arn:aws:lambda:eu-west-1:{OWN}:function:f"}))),
    "service-principal": (T, doc(trust({"Service": "lambda"}))),
    "redundant-principal": (R, doc(al(Principal={"AWS": ["*", OWN]}))),
    "duplicate-principal": (R, doc(al(Principal={"AWS": [OWN, f"arn:aws:iam::{OWN}:root"]}))),
    "canonical-user-elsewhere": (R, doc(al("sqs:SendMessage", "*", Principal={"CanonicalUser": "a" * 64}))),
    "service-without-source": (R, doc(al("sqs:SendMessage", "*", Principal={"Service": "sns.amazonaws.com"}))),
    "trust-with-resource": (T, doc(trust(LAMBDA, Resource="*"))),
    "trust-action": (T, doc(trust(LAMBDA, "iam:PassRole"))),
    "trust-action-of-other-principal": (T, doc(trust(OIDC))),
    "trust-provider-without-subject": (T, doc(trust(OIDC, "sts:AssumeRoleWithWebIdentity"))),
    "trust-subject-too-wide": (
        T,
        doc(trust(OIDC, "sts:AssumeRoleWithWebIdentity", Condition={"StringLike": {SUB: "repo:my-org*"}})),
    ),
    "trust-saml-without-audience": (
        T,
        doc(trust({"Federated": f"arn:aws:iam::{OWN}:saml-provider/corp"}, "sts:AssumeRoleWithSAML")),
    ),
    "trust-shared-with-lambda": (T, doc(trust({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}))),
    "rcp-allow": (RCP, doc(al(Principal="*"))),
    "rcp-principal": (RCP, doc(de(Principal={"AWS": OWN}))),
    "rcp-service-not-covered": (RCP, doc(de("lambda:*", "*", Principal="*"))),
    "endpoint-allows-everything": (EP, doc(al("*", "*", Principal="*"))),
    # dangers
    "pass-role-on-all": (ID, doc(al("iam:PassRole", "*"))),
    "pass-role-to-any-service": (ID, doc(al("iam:PassRole", ROLE))),
    "pass-role-with-not-resource": (ID, doc(no(al("iam:PassRole", NotResource=ROLE), "Resource"))),
    "assume-any-role": (ID, doc(al("sts:AssumeRole", "*"))),
    "service-linked-role-of-any-service": (ID, doc(al("iam:CreateServiceLinkedRole", "*"))),
    "permissions-of-others": (ID, doc(al("iam:Put*", "*"))),
    "all-of-iam": (ID, doc(al("iam:*", "*"))),
    "change-any-function": (ID, doc(al("lambda:UpdateFunctionCode", f"arn:aws:lambda:*:{OWN}:function:*"))),
    "permissions-management-on-all": (ID, doc(al("s3:PutBucketPolicy", "*"))),
    "read-any-secret": (ID, doc(al("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:*:{OWN}:secret:*"))),
    "decrypt-with-any-key": (ID, doc(al("kms:Decrypt", "*"))),
    "read-any-bucket": (ID, doc(al(resource="arn:aws:s3:::*"))),
    "read-any-table": (ID, doc(al("dynamodb:Scan", f"arn:aws:dynamodb:*:{OWN}:table/*"))),
    "delete-anything": (ID, doc(al("s3:DeleteBucket", "*"))),
    "trails-can-be-stopped": (ID, doc(al("cloudtrail:StopLogging", "*"))),
    "boundary-can-be-removed": (ID, doc(al("iam:DeleteRolePermissionsBoundary", "*"))),
    "boundary-without-limit": (B, doc(al("*", "*"))),
    "tags-decide-and-can-be-changed": (
        ID,
        doc(al("ec2:StartInstances", "*", Condition={"StringEquals": TAG}), al("ec2:CreateTags", "*")),
    ),
    "nobody-can-change-key-policy": (R, doc(al("kms:Decrypt", "*", Principal={"AWS": OWN}))),
    # statements against each other
    "duplicate-statement": (ID, doc(al(Sid="A"), al(Sid="B"))),
    "redundant-statement": (ID, doc(al(), al("s3:*", OBJECTS))),
    "allow-is-denied": (ID, doc(al(), de("s3:*", "*"))),
}


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.id)
def test_every_check_fires_on_its_example(check: Any) -> None:
    kind, document = EXAMPLES[check.id]
    found = [finding for finding in lint(document, kind, today=TODAY) if finding.id == check.id]
    assert found, [finding.id for finding in lint(document, kind, today=TODAY)]
    for finding in found:
        assert finding.severity is check.severity
        assert finding.fix == check.fix
        assert finding.pointer == "" or finding.pointer.startswith("/")
        assert finding.text.endswith(".")
        assert finding.text.isprintable()


def test_there_are_more_than_a_hundred_checks_with_a_title_and_a_fix() -> None:
    assert len(checks()) >= 150
    assert set(EXAMPLES) == {check.id for check in checks()}
    for check in checks():
        assert check.title.endswith(".")
        assert check.fix.endswith(".")


SOUND: list[tuple[PolicyKind, Any]] = [
    (ID, doc(al(["s3:GetObject", "s3:PutObject"]), al("s3:ListBucket", "arn:aws:s3:::my-bucket"))),
    (ID, doc(al("dynamodb:PutItem", f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders"))),
    (ID, doc(al(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:eu-west-1:{OWN}:log-group:/aws/lambda/f:*"))),
    (ID, doc(al("ec2:DescribeInstances", "*"))),
    (ID, doc(al("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}))),
    (ID, doc(al("lambda:InvokeFunction", [f"arn:aws:lambda:eu-west-1:{OWN}:function:f{tail}" for tail in ("", ":*")]))),
    (ID, doc(al("kms:Decrypt", KEY, Condition={"StringEquals": {"kms:EncryptionContext:app": "orders"}}))),
    (T, doc(trust(LAMBDA))),
    (
        T,
        doc(
            trust(
                OIDC,
                "sts:AssumeRoleWithWebIdentity",
                Condition={
                    "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                    "StringLike": {SUB: "repo:my-org/my-repository:*"},
                },
            )
        ),
    ),
    (
        R,
        doc(
            al(
                "sqs:SendMessage",
                f"arn:aws:sqs:eu-west-1:{OWN}:q",
                Principal={"Service": "sns.amazonaws.com"},
                Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{OWN}:t"}},
            )
        ),
    ),
    (R, doc(de("s3:*", [OBJECTS, "arn:aws:s3:::my-bucket"], Principal="*", Condition={"Bool": {"aws:SecureTransport": False}}))),
    (S, doc(al("*", "*"), de("organizations:LeaveOrganization", "*"))),
    (
        RCP,
        doc(de("s3:*", "*", Principal="*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    ),
]


@pytest.mark.parametrize("number", range(len(SOUND)))
def test_sound_policies_give_nothing(number: int) -> None:
    kind, document = SOUND[number]
    assert lint(document, kind, today=TODAY) == ()


def test_least_privilege_golden_pair() -> None:
    """The table-only policy of the talk gives nothing, the wide one is named."""
    wide = {finding.id for finding in lint(doc(al("dynamodb:*", "*")))}
    assert {"all-actions-of-service", "read-any-table", "permissions-management-on-all"} <= wide


def test_findings_are_ordered_and_point_into_the_document() -> None:
    document = doc(al("s3:GetObjekt"), al("*", "*"), al(["s3:GetObject", "s3:GetObject"]))
    found = lint(document)
    order = list(LintSeverity)
    assert [order.index(finding.severity) for finding in found] == sorted(order.index(f.severity) for f in found)
    assert found[0] == LintFinding(
        id="unknown-action",
        severity=LintSeverity.ERROR,
        text="'s3:GetObjekt' does not exist; did you mean s3:GetObject.",
        pointer="/Statement/0/Action",
        fix="Correct the name, or remove it; it has no effect.",
    )


def test_policies_of_aws_itself_hold_few_errors() -> None:
    """They hold names that are retired by now, and nothing else that is an error."""
    counts: Counter[str] = Counter()
    for arn in sorted(managed_policies())[::16]:
        policy = managed_policy(arn)
        assert policy is not None
        found = lint(policy.document)
        counts.update(finding.id for finding in found if finding.severity is LintSeverity.ERROR)
    assert set(counts) <= {"unknown-action", "unknown-service", "pattern-without-action", "unknown-global-key"}
    assert sum(counts.values()) < 60


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0), st.sampled_from(PolicyKind))
def test_random_documents_never_raise(seed: int, kind: PolicyKind) -> None:
    import random

    dice = random.Random(seed)
    for _ in range(5):
        for finding in lint(random_document(dice), kind, today=TODAY):
            assert finding.text.isprintable()


@pytest.mark.parametrize(
    "resource", ["arn:aws:s3:::" + "*a" * 10_000, ["arn:aws:ec2:*:*:" + "*a" * 100 + str(i) for i in range(60)]]
)
def test_exploding_wildcards_come_to_an_end(resource: Any) -> None:
    assert lint(doc(al(["ec2:*", "s3:*"], resource)))


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_unfinished_variables_come_to_an_end(version: str) -> None:
    text = "${a" * 30_000
    document = doc(al(resource=f"arn:aws:s3:::{text}", Condition={"StringEquals": {"aws:PrincipalTag/x": text}}))
    assert lint(document | {"Version": version})
