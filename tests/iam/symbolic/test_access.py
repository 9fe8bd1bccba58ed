"""Grants, who can, what can: all layers of a principal together."""

from typing import Any

import pytest

from lambdaudit.iam.decide import Layers, Outcome, decide
from lambdaudit.iam.questions import Proved, Violated, grants, what_can, who_can
from lambdaudit.model.unknown import Unknown

from .tables import cases, statements

MISSING = Unknown("access denied", need="iam:GetPolicyVersion")


def layers(case: dict[str, Any]) -> Layers:
    boundary = case.get("boundary")
    identity: list[Any] = [statements(case["identity"])]
    return Layers.of(
        identity=[*identity, MISSING] if case.get("unread") else identity,
        boundary=[] if boundary is None else [MISSING] if boundary == "unknown" else [statements(boundary)],
        session=[statements(case["session"])] if "session" in case else [],
        scp=[[statements(member) for member in level] for level in case.get("scp", [])],
        resource=statements(case["resource"]) if "resource" in case else None,
    )


@pytest.mark.parametrize("case", cases("grants.jsonl"))
def test_grants(case: dict[str, Any]) -> None:
    verdict = grants(
        layers(case),
        actions=case["actions"],
        resources=case["resources"],
        delegated=case.get("delegated", True),
        context=case.get("context", {}),
    )
    if case["want"] == "not":
        assert isinstance(verdict, Proved)
    elif case["want"] == "unknown":
        assert isinstance(verdict, Unknown)
    else:
        assert isinstance(verdict, Violated)
        if isinstance(case["want"], list):
            assert sorted(action for witness in verdict.witnesses for action in witness.actions) == case["want"]
        assert all(witness.caller in witness.text for witness in verdict.witnesses)


ROLE = "arn:aws:iam::111122223333:role/"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"


def test_who_can() -> None:
    everything, storage = [statements([["Allow", "*", "*"]])], [statements([["Allow", "s3:*", "*"]])]
    principals = {
        ROLE + "sender": Layers.of(identity=[statements([["Allow", "sqs:SendMessage", QUEUE]])]),
        ROLE + "admin": Layers.of(identity=everything),
        ROLE + "limited": Layers.of(identity=everything, boundary=storage),
        ROLE + "reader": Layers.of(identity=[statements([["Allow", "sqs:Receive*", "*"]])]),
        ROLE + "elsewhere": Layers.of(identity=[statements([["Allow", "sqs:*", QUEUE + "-old"]])]),
        ROLE + "unread": Layers.of(identity=[MISSING]),
        "arn:aws:iam::999988887777:role/foreign": Layers.of(identity=everything),
    }
    found = dict(who_can(principals, "sqs:SendMessage", QUEUE))
    assert sorted(found) == [ROLE + "admin", ROLE + "sender", ROLE + "unread"]
    assert isinstance(found[ROLE + "unread"], Unknown)
    for name in ("admin", "sender"):
        verdict = found[ROLE + name]
        assert isinstance(verdict, Violated)
        assert verdict.witnesses[0].request.principal == ROLE + name
        assert decide(verdict.witnesses[0].request, principals[ROLE + name]).outcome is Outcome.ALLOWED


def test_who_can_with_a_policy_of_the_resource() -> None:
    resource = {"Effect": "Allow", "Principal": {"AWS": [ROLE + "named", "999988887777"]}, "Action": "sqs:*", "Resource": "*"}
    nothing, everything = statements([]), statements([["Allow", "*", "*"]])
    principals = {
        ROLE + "named": Layers.of(identity=[nothing], resource=statements([resource])),
        ROLE + "other": Layers.of(identity=[nothing], resource=statements([resource])),
        "arn:aws:iam::999988887777:role/a": Layers.of(identity=[everything], resource=statements([resource])),
        "arn:aws:iam::999988887777:role/b": Layers.of(identity=[nothing], resource=statements([resource])),
        "sns.amazonaws.com": Layers.of(resource=statements([resource])),
    }
    found = dict(who_can(principals, "sqs:SendMessage", QUEUE))
    assert sorted(found) == [ROLE + "named", "arn:aws:iam::999988887777:role/a"]


def test_what_can() -> None:
    document = statements(
        [
            ["Allow", ["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*"],
            ["Allow", "lambda:InvokeFunction", "*", {"Bool": {"aws:SecureTransport": "true"}}],
            ["Deny", "s3:PutObject", "*"],
        ]
    )
    reach = what_can(Layers.of(identity=[document]))
    assert reach.open == ()
    found = {action: access for access in reach.access for action in access.actions}
    assert sorted(found) == ["lambda:InvokeFunction", "s3:GetObject"]
    assert found["s3:GetObject"].resources == ("arn:aws:s3:::a/*",)
    assert not found["s3:GetObject"].conditional
    assert found["lambda:InvokeFunction"].conditional


def test_what_an_unread_policy_gives_or_denies_stays_open() -> None:
    reach = what_can(Layers.of(identity=[statements([["Allow", "s3:GetObject", "*"]]), MISSING]), actions=["s3:*"])
    assert reach.open
    assert reach.access == ()


def test_the_role_can_be_named() -> None:
    only = statements([["Allow", "s3:GetObject", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}]])
    for name, want in ((ROLE + "app", Violated), (ROLE + "other", Proved)):
        verdict = grants(Layers.of(identity=[only]), actions=["s3:GetObject"], resources=["*"], principal=name)
        assert isinstance(verdict, want)
