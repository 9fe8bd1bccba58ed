"""At most as permissive? Dead statements. Hostile documents."""

import time
from typing import Any

import pytest

from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.questions import Proved, Violated, compare, dead_statements, public_access
from lambdaudit.iam.replay import policy_says, prepared
from lambdaudit.model.unknown import Unknown

from .tables import cases, statements


@pytest.mark.parametrize("case", cases("compare.jsonl"))
def test_compare(case: dict[str, Any]) -> None:
    kind = PolicyKind(case.get("kind", "identity"))
    new, old = parse(statements(case["new"]), kind), parse(statements(case["old"]), kind)
    verdict = compare(new, old, kind=kind)
    if case["want"] == "proved":
        assert isinstance(verdict, Proved)
    elif case["want"] == "unknown":
        assert isinstance(verdict, Unknown)
    else:
        assert isinstance(verdict, Violated)
        assert set(case["want"]) <= {action for witness in verdict.witnesses for action in witness.actions}
        for witness in verdict.witnesses:
            ready = prepared(witness.request)
            assert ready is not None
            assert policy_says(new, ready) is True
            assert policy_says(old, ready) is False
            assert witness.statements


def test_all_new_actions_are_listed() -> None:
    new, old = statements([["Allow", "sqs:*", "*"]]), statements([["Allow", ["sqs:SendMessage", "sqs:List*"], "*"]])
    verdict = compare(new, old, kind="identity")
    assert isinstance(verdict, Violated)
    listed = {action for witness in verdict.witnesses for action in witness.actions}
    assert "sqs:DeleteQueue" in listed
    assert "sqs:SendMessage" not in listed
    assert not any(action.startswith("sqs:List") for action in listed)


def test_a_fact_closes_the_gap() -> None:
    new = statements([["Allow", "s3:GetObject", "*"]])
    old = statements([["Allow", "s3:GetObject", "*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}]])
    assert isinstance(compare(new, old, kind="identity"), Violated)
    assert isinstance(compare(new, old, kind="identity", context={"aws:RequestedRegion": "eu-west-1"}), Proved)


def test_unread_policies() -> None:
    missing = Unknown("access denied", need="iam:GetRolePolicy")
    assert compare(missing, statements([]), kind="identity") == missing
    assert compare(statements([]), missing, kind="identity") == missing
    assert dead_statements(missing) == missing


TLS = {"Bool": {"aws:SecureTransport": "true"}}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
EMPTY_INTERVAL = {"NumericLessThan": {"a:n": "1"}, "NumericGreaterThan": {"a:n": "2"}}
ABSENT_AND_EQUAL = {"StringEquals": {"a:b": "x"}, "Null": {"a:b": "true"}}
ALL_OF_A, PART_OF_A = "arn:aws:s3:::a/*", "arn:aws:s3:::a/b/*"
DEAD: dict[str, tuple[list[Any], dict[int, str]]] = {
    "covered": ([["Allow", "s3:*", "*"], ["Allow", "s3:GetObject", ALL_OF_A]], {1: "covered"}),
    "twice": ([["Allow", "s3:GetObject", "*"], ["Allow", "s3:GetObject", "*"]], {1: "covered"}),
    "denied": ([["Allow", "s3:GetObject", "*"], ["Deny", "s3:*", "*"]], {0: "denied"}),
    "deny-covered": ([["Deny", "s3:*", "*"], ["Deny", "s3:Get*", "*"]], {1: "covered"}),
    "alive": ([["Allow", "s3:GetObject", "*"], ["Deny", "s3:PutObject", "*"]], {}),
    "contradiction": ([["Allow", "s3:GetObject", "*", EMPTY_INTERVAL]], {0: "no request"}),
    "absent-and-equal": ([["Allow", "s3:GetObject", "*", ABSENT_AND_EQUAL]], {0: "no request"}),
    "narrower": ([["Allow", "s3:GetObject", ALL_OF_A], ["Allow", "s3:GetObject", PART_OF_A]], {1: "covered"}),
    "wider-later": ([["Allow", "s3:GetObject", PART_OF_A], ["Allow", "s3:GetObject", ALL_OF_A]], {0: "covered"}),
    "unread-is-never-dead": ([["Allow", "s3:GetObject", "*"], ["Allow", "s3:PutObject", "*"], "nonsense"], {}),
    "covered-by-two": (
        [["Allow", "s3:Get*", "*", TLS], ["Allow", "s3:Get*", "*", PLAIN], ["Allow", "s3:GetObject", "*"]],
        {2: "covered"},
    ),
}


@pytest.mark.parametrize(("rows", "want"), list(DEAD.values()), ids=list(DEAD))
def test_dead_statements(rows: list[Any], want: dict[int, str]) -> None:
    found = dead_statements(statements(rows))
    assert not isinstance(found, Unknown)
    assert {dead.index for dead in found} == set(want)
    assert all(want[dead.index] in dead.why for dead in found)


WORDS = [f"*{a}{b}*" for a in "abcdefghijklm" for b in "nopqrstuvw"]
MANY = [f"arn:aws:s3:::bucket-{i}-*/x*y*z{i}*" for i in range(400)]
VALUES = {"StringLike": {"s3:prefix": WORDS}, "StringNotLike": {"s3:prefix": MANY}}
HOSTILE: dict[str, list[Any]] = {
    "words": [["Allow", "s3:GetObject", [f"arn:aws:s3:::{word}" for word in WORDS]]],
    "many-patterns": [["Allow", "s3:GetObject", MANY], ["Deny", "s3:GetObject", WORDS]],
    "long-pattern": [["Allow", "s3:GetObject", "arn:aws:s3:::" + "*a" * 2_000]],
    "values": [["Allow", "s3:GetObject", "*", VALUES]],
    "statements": [["Allow", f"s3:*{i}*", f"arn:aws:s3:::{i}*", {"StringLike": {f"k:{i}": "*x*"}}] for i in range(300)],
    "variables": [["Allow", "s3:GetObject", [f"arn:aws:s3:::{'${aws:username}*' * i}" for i in range(1, 40)]]],
}


@pytest.mark.parametrize("rows", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_policies_end_with_an_answer(rows: list[Any]) -> None:
    """Bounded by steps, not by the clock; the time is only a last resort against a test that hangs."""
    began = time.process_time()
    other = statements([["Allow", "s3:*", ["arn:aws:s3:::*one*", "arn:aws:s3:::*two*", "arn:aws:s3:::*three*"]]])
    document = statements(rows)
    public = {"Version": "2012-10-17", "Statement": [{**row, "Principal": "*"} for row in document["Statement"]]}
    for verdict in (
        compare(document, other, kind="identity"),
        compare(other, document, kind="identity"),
        public_access(public, resource="arn:aws:s3:::one", account="123456789012"),
    ):
        assert isinstance(verdict, (Proved, Violated, Unknown))
    assert time.process_time() - began < 120


def test_a_policy_is_never_new_against_itself_even_when_it_explodes() -> None:
    for rows in HOSTILE.values():
        document = statements(rows)
        assert isinstance(compare(document, document, kind="identity"), Proved)
