"""Values that a template left open, as stored documents spell them: one leaf is open and nothing else."""

import pytest

from lambdaudit.iam.language import PolicyKind, parse

OPEN = {"Fn::Unknown": "the parameter Bucket has no default"}


@pytest.mark.parametrize(
    ("change", "gaps"),
    [
        ({}, frozenset()),
        ({"Resource": OPEN}, frozenset({"resource"})),
        ({"Resource": ["arn:aws:s3:::a", OPEN]}, frozenset({"resource"})),
        ({"Action": [OPEN]}, frozenset({"action"})),
        ({"Effect": OPEN}, frozenset({"effect"})),
    ],
)
def test_gap_is_in_one_element(change: dict[str, object], gaps: frozenset[str]) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a", **change}
    (found,) = parse({"Version": "2012-10-17", "Statement": [statement]}).statements
    assert found.gaps == gaps


def test_reason_is_told() -> None:
    policy = parse({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": OPEN}]})
    assert [problem.code for problem in policy.problems] == ["unresolved"]
    assert "the parameter Bucket has no default" in policy.problems[0].text


def test_condition_and_principal() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OPEN},
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": OPEN}},
    }
    (found,) = parse({"Statement": [statement]}, PolicyKind.RESOURCE).statements
    assert "principal" in found.gaps
    assert found.conditions[0].gap


def test_whole_document_that_is_open_decides_nothing() -> None:
    policy = parse({"Statement": OPEN})
    assert policy.statements[0].gaps >= {"effect", "action", "resource"}


def test_only_the_exact_form_is_a_gap() -> None:
    policy = parse({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::Unknown": "x", "b": "y"}}]})
    assert [problem.code for problem in policy.problems] == ["wrong-type"]
