"""Public or not: a table of policies, each with the page that says why."""

from typing import Any

import pytest

from lambdaudit.iam.decide import Outcome, Request, decide
from lambdaudit.iam.exposure import ResourceQuestion
from lambdaudit.iam.language import Policy, PolicyKind, parse
from lambdaudit.iam.questions import Proved, Violated, Witness, public_access
from lambdaudit.model.unknown import Unknown

from .tables import ACCOUNT, cases

RESOURCES = {
    "sqs": ("arn:aws:sqs:us-east-1:123456789012:orders", "sqs:SendMessage"),
    "sns": ("arn:aws:sns:us-east-1:123456789012:news", "sns:Publish"),
    "s3": ("arn:aws:s3:::invoices", "s3:*"),
    "kms": ("arn:aws:kms:us-east-1:123456789012:key/1234", "kms:Decrypt"),
    "role": ("arn:aws:iam::123456789012:role/app", "sts:AssumeRole"),
    "lambda": ("arn:aws:lambda:us-east-1:123456789012:function:shop", "lambda:InvokeFunction"),
    "url": ("arn:aws:lambda:us-east-1:123456789012:function:shop", "lambda:InvokeFunctionUrl"),
    "layer": ("arn:aws:lambda:us-east-1:123456789012:layer:tools:3", "lambda:GetLayerVersion"),
    "api": ("arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5", "execute-api:Invoke"),
    "efs": ("arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1", "elasticfilesystem:ClientMount"),
}


def document(case: dict[str, Any]) -> tuple[dict[str, Any], str]:
    resource, action = RESOURCES[case["on"]]
    everything = {"s3": "*", "kms": "*", "api": "execute-api:/*"}.get(case["on"], resource)
    statement = {
        "Effect": "Allow",
        "Principal": case.get("principal", "*"),
        "Action": case.get("action", action),
        "Resource": everything,
    }
    if case["on"] == "role":
        del statement["Resource"]
    if "condition" in case:
        statement["Condition"] = case["condition"]
    for name, value in case.get("statement", {}).items():
        if name.startswith("Not"):
            del statement[name.removeprefix("Not")]
        statement[name] = value
    return {"Version": case.get("version", "2012-10-17"), "Statement": [statement, *case.get("more", [])]}, resource


@pytest.mark.parametrize("case", cases("public.jsonl"))
def test_public(case: dict[str, Any]) -> None:
    policy, resource = document(case)
    verdict = public_access(policy, resource=resource, account=ACCOUNT, context=case.get("facts", {}))
    if case["want"] == "unknown":
        assert isinstance(verdict, Unknown)
    elif not case["want"]:
        assert isinstance(verdict, Proved)
    else:
        assert isinstance(verdict, Violated)
        assert verdict.witnesses[0].kind == case["want"][0]
        kind = PolicyKind.TRUST if case["on"] == "role" else PolicyKind.RESOURCE
        for witness in verdict.witnesses:
            replay(parse(policy, kind), resource, witness)


def replay(policy: Policy, resource: str, witness: Witness) -> None:
    question = ResourceQuestion(policy, resource=resource, account=ACCOUNT, actions=None, facts={})
    assert decide(witness.request, question.layers).outcome is Outcome.ALLOWED
    assert isinstance(witness.request, Request)
    assert witness.statements
    assert witness.actions
    assert resource in witness.text


def test_a_policy_that_was_not_read_is_unknown() -> None:
    missing = Unknown("access denied", need="sqs:GetQueueAttributes")
    assert public_access(missing, resource=RESOURCES["sqs"][0], account=ACCOUNT) == missing


def test_every_action_that_is_open_is_listed() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    verdict = public_access({"Statement": statement}, resource=RESOURCES["sqs"][0], account=ACCOUNT)
    assert isinstance(verdict, Violated)
    assert {"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue", "sqs:DeleteQueue"} <= set(verdict.witnesses[0].actions)


def test_actions_can_be_chosen() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    verdict = public_access({"Statement": statement}, resource=RESOURCES["sqs"][0], account=ACCOUNT, actions=["sqs:Receive*"])
    assert isinstance(verdict, Proved)
