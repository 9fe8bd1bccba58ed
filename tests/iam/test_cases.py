"""The truth tables: cases worked out from the pages of AWS's documentation that each line names."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.iam.simulate import simulate, simulate_case

FILES = sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
CASES = [json.loads(line) for file in FILES for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_case(case: dict[str, Any]) -> None:
    found = simulate_case(case)
    because = found["because"]
    assert found["decision"] == case["expect"], (case["why"], because)
    assert because[-1]["layer"] == "decision"
    assert all(step["text"] for step in because)
    if found["decision"] == "ExplicitlyDenied":
        assert any(step["verdict"] == "deny" for step in because)


def test_there_are_at_least_400_cases_with_a_page_each() -> None:
    assert len(CASES) >= 400
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["page"].startswith("https://docs.aws.amazon.com/") and case["why"] for case in CASES)


def test_the_stream_gives_the_same_answers() -> None:
    found = list(simulate((json.dumps(case) for case in CASES), explain=False))
    assert [(row["id"], row["decision"]) for row in found] == [(case["id"], case["expect"]) for case in CASES]
