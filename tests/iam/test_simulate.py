"""The simulator: streaming, bad lines, unreadable policies."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.simulate import simulate

ALICE = "arn:aws:iam::111122223333:user/alice"
FULL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def case(**changes: Any) -> dict[str, Any]:
    request = {"principal": ALICE, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "resource_account": None}
    return {"id": "one", "policies": {"identity": [FULL]}, "request": request | changes}


def test_every_bad_line_gives_an_error_with_its_number_and_the_rest_goes_on() -> None:
    lines: list[str | bytes] = [
        json.dumps(case()),
        "",
        "{",
        "[]",
        b"\xff\xfe",
        "[" * 100_000,
        '{"id": 7}',
        json.dumps(case(principal="nobody")),
        json.dumps(case(action="GetObject")),
        json.dumps(case(context={"a": {"b": 1}})),
        json.dumps(case(context=5)),
        json.dumps(case(resource=5)),
        json.dumps(case(extra=1)),
        json.dumps(case() | {"policies": {"identity": FULL}}),
        json.dumps(case() | {"policies": {"identities": [FULL]}}),
        json.dumps(case() | {"policies": {"scp": [FULL]}}),
        json.dumps(case() | {"policies": {"identity": [5]}}),
        '{"id": 8, "request": {"principal": "anonymous", "action": "s3:GetObject", "context": {"a": "1", "A": "2"}}}',
        json.dumps(case()).encode(),
    ]
    found = list(simulate(lines))
    assert [row.get("decision") for row in found] == ["Allowed", *[None] * 16, "Allowed"]
    errors = found[1:-1]
    assert [row["line"] for row in errors] == list(range(3, 19))
    assert all(row["error"] and row["error"].isprintable() and len(row["error"]) < 300 for row in errors)
    assert errors[4]["id"] == 7
    assert errors[5]["id"] == "one"


def test_cases_are_read_one_by_one() -> None:
    def lines() -> Iterator[str]:
        yield json.dumps(case())
        raise AssertionError("the second case was asked for before the first answer was taken")

    assert next(simulate(lines()))["decision"] == "Allowed"


@pytest.mark.parametrize(
    ("document", "decision"),
    [
        (json.dumps(FULL), "Allowed"),
        ("{", "Unknown"),
        ({"unknown": "access denied"}, "Unknown"),
        ({}, "ImplicitlyDenied"),
        ({"Version": "2012-10-17", "Statement": []}, "ImplicitlyDenied"),
    ],
)
def test_documents_as_text_object_or_unknown(document: Any, decision: str) -> None:
    (row,) = simulate([json.dumps(case() | {"policies": {"identity": [document]}})])
    assert row["decision"] == decision


def test_duplicate_keys_inside_a_line_are_not_lost() -> None:
    text = json.dumps(case()).replace('"Action": "*"', '"Action": "*", "Action": "s3:*"')
    (row,) = simulate([text])
    assert row["decision"] == "Unknown"


def test_ids_come_back_as_they_were_given() -> None:
    for identifier in (5, 5.5, "x", None, True, ["a"], {"b": 1}):
        (row,) = simulate([json.dumps(case() | {"id": identifier})], explain=False)
        assert row == {"id": identifier, "decision": "Allowed"}


def test_values_of_the_context_may_be_numbers_truth_values_and_lists() -> None:
    condition = {
        "NumericEquals": {"s3:max-keys": "10"},
        "Bool": {"aws:SecureTransport": "true"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "1"]},
    }
    document = {"Version": "2012-10-17", "Statement": {**FULL["Statement"], "Condition": condition}}  # type: ignore[dict-item]
    context = {"s3:max-keys": 10, "aws:SecureTransport": True, "aws:TagKeys": ["a", 1], "aws:SourceIp": None}
    (row,) = simulate([json.dumps(case(context=context) | {"policies": {"identity": [document]}})])
    assert row["decision"] == "Allowed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ALICE, "s3:GetObject", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "policies", "request", "identity", "principal", "action", "context", "scp"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON | st.text() | st.binary())
def test_no_line_stops_the_stream(line: Any) -> None:
    raw = line if isinstance(line, (str, bytes)) else json.dumps(line)
    found = list(simulate([raw, json.dumps(case())]))
    assert found[-1]["decision"] == "Allowed"
    assert all("decision" in row or "error" in row for row in found)
    json.dumps(found)
