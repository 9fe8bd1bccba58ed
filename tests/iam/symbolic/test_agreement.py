"""The symbolic engine against the concrete evaluator, on random policies and requests."""

import random
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.actions import managed_policies, managed_policy
from lambdaudit.iam.automaton import matches
from lambdaudit.iam.compare import compare
from lambdaudit.iam.decide import Request
from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.point import says
from lambdaudit.iam.replay import policy_says, prepared
from lambdaudit.iam.shapes import shape_of
from lambdaudit.iam.verdicts import Proved, Violated

from . import vocabulary


def agree(seed: int) -> bool | None:
    """One random policy and request, asked both ways. Gives the common answer."""
    source = random.Random(seed)
    principals = source.random() < 0.6
    policy = parse(vocabulary.policy(source, principals=principals), PolicyKind.RESOURCE if principals else PolicyKind.IDENTITY)
    request = vocabulary.request(source, clean=True)
    ready = prepared(request)
    assert ready is not None
    concrete = policy_says(policy, ready)
    assert says(policy, request) is concrete, f"seed {seed}: {request}"
    return concrete


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_one_request_gets_the_same_answer_from_both_engines(seed: int) -> None:
    agree(seed)


@pytest.mark.slow
def test_fifty_thousand_requests_get_the_same_answers() -> None:
    answers = Counter(agree(seed) for seed in range(50_000))
    assert min(answers[True], answers[False], answers[None]) > 500


def usual(request: Request) -> Request:
    """The request with the keys that every request has, and none that its principal cannot have."""
    context = {"aws:SecureTransport": "true", "aws:ViaAWSService": "false", **request.context}
    if "aws:SourceVpc" in context:
        context.pop("aws:SourceIp", None)
    if ":user/" not in request.principal:
        context.pop("aws:username", None)
    if "." in request.principal or request.principal == "anonymous":
        context.pop("aws:PrincipalTag/t", None)
    return msgspec.structs.replace(request, context=context)


def check_comparison(seed: int) -> str:
    """Two related random policies: a proof must stand all requests, and every witness must replay."""
    source = random.Random(seed)
    principals = source.random() < 0.5
    kind = PolicyKind.RESOURCE if principals else PolicyKind.IDENTITY
    new = vocabulary.policy(source, principals=principals, most=3)
    old = vocabulary.changed(source, new) if source.random() < 0.7 else vocabulary.policy(source, principals=principals, most=3)
    if source.random() < 0.5:
        new, old = old, new
    after, before = parse(new, kind), parse(old, kind)
    verdict = compare(after, before, kind=kind)
    if isinstance(verdict, Violated):
        for witness in verdict.witnesses:
            ready = prepared(witness.request)
            assert ready is not None
            assert policy_says(after, ready) is True
            assert policy_says(before, ready) is False
    if isinstance(verdict, Proved):
        for _ in range(40):
            request = usual(vocabulary.request(source, clean=True))
            if matches(shape_of(request.action), request.resource) and (principals or request.principal.startswith("arn:")):
                ready = prepared(request)
                assert ready is not None
                assert not (policy_says(after, ready) is True and policy_says(before, ready) is False), f"seed {seed}: {request}"
    return type(verdict).__name__


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_comparisons_prove_what_holds_and_show_what_does_not(seed: int) -> None:
    check_comparison(seed)


@pytest.mark.slow
def test_two_thousand_comparisons() -> None:
    verdicts = Counter(check_comparison(seed) for seed in range(2_000))
    assert verdicts["Unknown"] < 200
    assert min(verdicts["Proved"], verdicts["Violated"]) > 300


def test_every_managed_policy_is_at_most_as_permissive_as_itself() -> None:
    """All of them in the slow run would take no longer than this: the proof is propositional."""
    for arn in managed_policies():
        known = managed_policy(arn)
        assert known is not None
        policy = parse(known.document)
        assert isinstance(compare(policy, policy, kind="identity"), Proved), arn
