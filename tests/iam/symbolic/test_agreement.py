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
from lambdaudit.iam.decide import Layers, Outcome, Request, decide
from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.point import layers_say, says
from lambdaudit.iam.replay import policy_says, prepared
from lambdaudit.iam.shapes import shape_of
from lambdaudit.iam.verdicts import Proved, Violated
from lambdaudit.model.unknown import Unknown

from . import vocabulary


def agree(seed: int) -> tuple[bool | None, bool | None]:
    """One random policy and request, asked both ways. Gives the answers of the concrete and the symbolic engine.

    Where the same open question stands in two statements the symbolic engine sees that both have the same outcome; the
    concrete one does not, so there it may leave open what the other settles. Nothing else may differ.
    """
    source = random.Random(seed)
    principals = source.random() < 0.6
    policy = parse(vocabulary.policy(source, principals=principals), PolicyKind.RESOURCE if principals else PolicyKind.IDENTITY)
    request = vocabulary.request(source, clean=True)
    ready = prepared(request)
    assert ready is not None
    concrete, symbolic = policy_says(policy, ready), says(policy, request)
    assert concrete in (symbolic, None), f"seed {seed}: {request}"
    return concrete, symbolic


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_one_request_gets_the_same_answer_from_both_engines(seed: int) -> None:
    agree(seed)


@pytest.mark.slow
def test_fifty_thousand_requests_get_the_same_answers() -> None:
    answers = Counter(agree(seed) for seed in range(50_000))
    assert min(answers[True, True], answers[False, False], answers[None, None]) > 500
    assert sum(count for (concrete, symbolic), count in answers.items() if concrete is not symbolic) < 10


def layered(source: random.Random) -> tuple[Layers, Request]:
    """Random layers, some of them unread, and a request of one of the callers that the rules tell apart."""

    def made(principals: bool = False) -> object:
        unread = source.random() < 0.04
        return Unknown("not read") if unread else vocabulary.policy(source, principals=principals, most=2)

    def perhaps(chance: float, principals: bool = False) -> list[object]:
        return [made(principals)] if source.random() < chance else []

    layers = Layers.of(
        identity=[made() for _ in range(source.randint(0, 2))],
        resource=made(True) if source.random() < 0.6 else None,
        boundary=perhaps(0.3),
        session=perhaps(0.2),
        endpoint=perhaps(0.15, True),
        scp=[level] if (level := perhaps(0.3)) else [],
        rcp=[level] if (level := perhaps(0.2, True)) else [],
    )
    request = vocabulary.request(source, clean=True)
    principal = source.choice(vocabulary.PRINCIPALS)
    context = {key: value for key, value in request.context.items() if key != "aws:username" or ":user/" in principal}
    return layers, msgspec.structs.replace(request, principal=principal, context=context)


def agree_on_layers(seed: int) -> bool | None:
    """All layers together, asked both ways."""
    layers, request = layered(random.Random(seed))
    outcome = decide(request, layers).outcome
    concrete = {Outcome.ALLOWED: True, Outcome.UNKNOWN: None}.get(outcome, False)
    assert concrete in (layers_say(layers, request), None), f"seed {seed}: {request}"
    return concrete


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_all_layers_together_get_the_same_answer(seed: int) -> None:
    agree_on_layers(seed)


@pytest.mark.slow
def test_all_layers_together_get_the_same_answer_many_times() -> None:
    answers = Counter(agree_on_layers(seed) for seed in range(10_000))
    assert min(answers.values()) > 200


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
