"""Decisions: properties that hold for every policy, what is unknown, and the reasons."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, decide
from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.principals import BadPrincipal
from lambdaudit.model.unknown import Unknown
from tests.iam import random_policies as made

ALICE = f"arn:aws:iam::{made.A1}:user/alice"
LISTS = ("identity", "boundary", "session", "endpoint")


def documents(policies: dict[str, Any]) -> list[tuple[dict[str, Any], bool]]:
    """Every document of the layers, with whether it names principals."""
    found = [(document, name == "endpoint") for name in LISTS for document in policies[name]]
    found += [(document, name == "rcp") for name in ("scp", "rcp") for level in policies[name] for document in level]
    return found + ([(policies["resource"], True)] if policies["resource"] else [])


@settings(max_examples=600, deadline=None)
@given(st.integers(min_value=0))
def test_adding_a_deny_never_adds_access(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    policies = made.policies(dice, asked)
    before = decide(asked, Layers.of(**policies)).outcome
    changed = copy.deepcopy(policies)
    found = documents(changed)
    if not found:
        return
    document, principal = dice.choice(found)
    resource = not (document is changed["resource"] and changed["trust"])
    document["Statement"].append(made.statement(dice, principal=principal, effect="Deny", resource=resource))
    after = decide(asked, Layers.of(**changed)).outcome
    if after is Outcome.ALLOWED:
        assert before is Outcome.ALLOWED
    if before is Outcome.EXPLICIT_DENY:
        assert after is Outcome.EXPLICIT_DENY
    if after is Outcome.UNKNOWN:
        assert before in (Outcome.ALLOWED, Outcome.UNKNOWN)


@settings(max_examples=400, deadline=None)
@given(st.integers(min_value=0))
def test_adding_an_allow_never_takes_access(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    policies = made.policies(dice, asked)
    before = decide(asked, Layers.of(**policies)).outcome
    found = documents(policies)
    if not found:
        return
    document, principal = dice.choice(found)
    resource = not (document is policies["resource"] and policies["trust"])
    document["Statement"].append(made.statement(dice, principal=principal, effect="Allow", resource=resource))
    after = decide(asked, Layers.of(**policies)).outcome
    assert (after is Outcome.EXPLICIT_DENY) == (before is Outcome.EXPLICIT_DENY)
    if before is Outcome.ALLOWED:
        assert after is Outcome.ALLOWED


@settings(max_examples=600, deadline=None)
@given(st.integers(min_value=0))
def test_forgetting_a_policy_keeps_the_outcome_or_makes_it_unknown(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    policies = made.policies(dice, asked)
    before = decide(asked, Layers.of(**policies)).outcome
    gone = Unknown("access denied")
    name = dice.choice([name for name, value in policies.items() if value and name != "trust"] or [""])
    if not name:
        return
    if name == "resource":
        policies[name] = gone
    else:
        member = policies[name] if name in LISTS else dice.choice(policies[name])
        member[dice.randrange(len(member))] = gone
    after = decide(asked, Layers.of(**policies)).outcome
    assert after in (before, Outcome.UNKNOWN, Outcome.IMPLICIT_DENY if before is Outcome.EXPLICIT_DENY else before)


@settings(max_examples=400, deadline=None)
@given(st.integers(min_value=0))
def test_forgetting_a_context_value_keeps_the_outcome_or_makes_it_unknown(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    if not asked.context:
        return
    layers = made.layers(dice, asked)
    before = decide(asked, layers).outcome
    key = dice.choice(sorted(asked.context))
    blurred = Request(
        asked.principal,
        asked.action,
        asked.resource,
        asked.resource_account,
        {**asked.context, key: Unknown("not recorded")},
    )
    after = decide(blurred, layers).outcome
    assert after in (before, Outcome.UNKNOWN, Outcome.IMPLICIT_DENY if before is Outcome.EXPLICIT_DENY else before)


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0))
def test_reasons_agree_with_the_outcome(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    decision = decide(asked, made.layers(dice, asked))
    because = decision.because
    assert because[-1].verdict == "decision"
    denies = [step for step in because if step.verdict == "deny"]
    assert (decision.outcome is Outcome.EXPLICIT_DENY) == bool(denies)
    for step in because:
        assert step.text.strip()
        assert step.text.isprintable()
        if step.statement is not None:
            assert step.policy
            assert step.pointer.startswith("/Statement")


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0))
def test_the_owner_of_a_resource_may_be_unknown(seed: int) -> None:
    dice = random.Random(seed)
    asked = made.request(dice)
    layers = made.layers(dice, asked)

    def outcome(owner: str | Unknown) -> Outcome:
        return decide(Request(asked.principal, asked.action, asked.resource, owner, asked.context), layers).outcome

    open_owner = outcome(Unknown("the bucket's owner is not known"))
    possible = {outcome(made.A1), outcome(made.A2)}
    assert open_owner is Outcome.UNKNOWN or open_owner in possible


def allow(action: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **elements}]}


def test_a_whole_layer_may_be_unknown() -> None:
    asked = Request(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", made.A1)
    identity = (Attached("mine", parse(allow())),)
    gone = Unknown("access denied", "organizations:ListPolicies")
    assert decide(asked, Layers(identity=identity)).outcome is Outcome.ALLOWED
    for layers in (
        Layers(identity=gone),
        Layers(identity=identity, boundary=gone),
        Layers(identity=identity, scp=gone),
        Layers(identity=identity, scp=(gone,)),
        Layers(identity=identity, rcp=gone),
        Layers(identity=identity, session=gone),
        Layers(identity=identity, endpoint=gone),
        Layers(identity=identity, resource=gone),
    ):
        decision = decide(asked, layers)
        assert decision.outcome is Outcome.UNKNOWN
        assert any("organizations:ListPolicies" in step.text for step in decision.because)
    assert decide(asked, Layers(scp=gone, boundary=gone)).outcome is Outcome.IMPLICIT_DENY


def test_reasons_name_layer_policy_statement_and_element() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Bucket", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::other/*"},
            {
                "Sid": "Home",
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
            },
        ],
    }
    layers = Layers(identity=(Attached("readers", parse(document)),))
    steps = decide(Request(ALICE, "s3:GetObject", "arn:aws:s3:::b/k"), layers).because
    misses = [step for step in steps if step.verdict == "miss"]
    assert [(step.layer, step.policy, step.statement, step.sid, step.element) for step in misses] == [
        ("identity", "readers", 0, "Bucket", "resource"),
        ("identity", "readers", 1, "Home", "condition"),
    ]
    assert misses[1].pointer == "/Statement/1/Condition/StringEquals/aws:SourceVpc"
    assert "absent" in misses[1].text


def test_policies_read_from_a_template_may_hold_unknowns() -> None:
    asked = Request(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", made.A1)
    open_resource = allow(Resource=Unknown("a parameter without default"))
    assert decide(asked, Layers.of(identity=[open_resource])).outcome is Outcome.UNKNOWN
    assert decide(asked, Layers.of(identity=[open_resource, allow("s3:*")])).outcome is Outcome.ALLOWED
    listed = allow(Resource=["arn:aws:s3:::b/*", Unknown("a parameter without default")])
    assert decide(asked, Layers.of(identity=[listed])).outcome is Outcome.ALLOWED
    denied = allow(Effect="Deny", Resource=["arn:aws:s3:::x/*", Unknown("a parameter without default")])
    assert decide(asked, Layers.of(identity=[allow(), denied])).outcome is Outcome.UNKNOWN
    other_action = allow("sqs:*", Resource=Unknown("a parameter without default"))
    assert decide(asked, Layers.of(identity=[other_action])).outcome is Outcome.IMPLICIT_DENY


@pytest.mark.parametrize("text", ["", "alice", "arn:aws:iam::1:user/x", "arn:aws:s3:::b", "arn:aws:iam::111122223333:group/g"])
def test_texts_that_are_no_principal(text: str) -> None:
    with pytest.raises(BadPrincipal, match="no principal"):
        decide(Request(text, "s3:GetObject"), Layers())


def test_a_policy_is_judged_as_the_kind_it_was_parsed_as() -> None:
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
    asked = Request(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", made.A1)
    assert decide(asked, Layers(resource=Attached("p", parse(text, PolicyKind.RESOURCE)))).outcome is Outcome.ALLOWED
    # An identity policy cannot name a principal; what AWS would do with such a one is open.
    assert decide(asked, Layers(identity=(Attached("p", parse(text)),))).outcome is Outcome.UNKNOWN
