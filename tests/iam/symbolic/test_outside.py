"""Access from outside the account, through services, and with tokens of identity providers."""

from typing import Any

import pytest

from lambdaudit.iam.questions import Proved, Verdict, Violated, confused_deputy, outside_access, public_access
from lambdaudit.model.unknown import Unknown

from .tables import ACCOUNT, cases
from .test_public import document

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:shop"
GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def kinds(verdict: Verdict) -> Any:
    if isinstance(verdict, Unknown):
        return "unknown"
    return sorted({witness.kind for witness in verdict.witnesses}) if isinstance(verdict, Violated) else []


@pytest.mark.parametrize("case", cases("outside.jsonl"))
def test_outside(case: dict[str, Any]) -> None:
    policy, resource = document({"on": "sqs", **case})
    verdict = outside_access(
        policy,
        resource=resource,
        account=ACCOUNT,
        trusted_accounts=frozenset(case.get("accounts", ())),
        organizations=frozenset(case.get("organizations", ())),
    )
    if case["want"] == "unknown":
        assert isinstance(verdict, Unknown)
    elif case["want"]:
        assert isinstance(verdict, Violated)
        assert [[witness.kind, witness.caller] for witness in verdict.witnesses] == case["want"]
        assert all(witness.caller in witness.text for witness in verdict.witnesses)
    else:
        assert isinstance(verdict, Proved)


@pytest.mark.parametrize("case", cases("deputies.jsonl"))
def test_deputies(case: dict[str, Any]) -> None:
    principal = case["principal"]
    if isinstance(principal, (str, list)) and principal != "*":
        principal = {"Service": principal}
    policy, resource = document({"on": "lambda", **case, "principal": principal})
    assert kinds(confused_deputy(policy, resource=resource, account=ACCOUNT)) == case["want"]


@pytest.mark.parametrize("case", cases("federated.jsonl"))
def test_federated(case: dict[str, Any]) -> None:
    made = {"on": "role", "action": "sts:AssumeRoleWithWebIdentity", "principal": {"Federated": case.get("provider", GITHUB)}}
    policy, resource = document({**made, "condition": case["condition"]})
    found = kinds(outside_access(policy, resource=resource, account=ACCOUNT))
    assert found == sorted([*case["want"], "federated"])


def test_a_service_can_be_declared_unable_to_say_for_whom_it_acts() -> None:
    policy, resource = document({"on": "lambda", "principal": {"Service": "sns.amazonaws.com"}})
    assert kinds(confused_deputy(policy, resource=resource, account=ACCOUNT)) == ["service"]
    assert kinds(confused_deputy(policy, resource=resource, account=ACCOUNT, services={"sns.amazonaws.com"})) == []


def test_the_witness_of_a_named_account_is_in_that_account() -> None:
    policy, resource = document({"on": "sqs", "principal": {"AWS": "222222222222"}})
    verdict = outside_access(policy, resource=resource, account=ACCOUNT)
    assert isinstance(verdict, Violated)
    assert ":222222222222:" in verdict.witnesses[0].request.principal


def test_names_from_attackers_do_no_harm() -> None:
    hostile = "arn:aws:sqs:us-east-1:123456789012:a\u001b[31m\ue000\U000f0000*?${x"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": hostile}
    verdict = public_access({"Version": "2012-10-17", "Statement": statement}, resource=hostile, account=ACCOUNT)
    assert isinstance(verdict, Violated)
