"""Lanes: requests leave together as far as the budgets allow, and no later than they would one by one."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.sources.aws.budget import USE, Bucket, Rate
from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.raw import Key
from lambdaudit.sources.aws.workers import Lanes, Task

POLICY = row("lambda", "GetPolicy")


def question(subject: str, data: dict[str, Any] | None = None) -> Task:
    """A question; with data it is the next page of a list."""
    nobody: Any = SimpleNamespace()
    task = Task(Key("lambda", "GetPolicy", "1", "eu-west-1", subject), POLICY, nobody, nobody, "eu-west-1", {})
    task.data = data
    return task


def departures(lanes: Lanes, now: float = 0.0) -> list[tuple[float, str]]:
    """Send everything as early as the lanes let it go; when each left, and its subject."""
    left = []
    while (due := lanes.next_due(now)) is not None:
        now = max(now, due)
        lanes.rally(now)
        while task := lanes.take(now):
            left.append((now, task.key.subject))
    return left


rates = st.builds(Rate, st.floats(0.5, 100), st.integers(1, 12).map(float))


@given(rates, st.integers(1, 60))
def test_the_last_question_leaves_when_it_would_have_left_alone(rate: Rate, questions: int) -> None:
    lanes, bucket = Lanes(), Bucket(rate)
    for number in range(questions):
        lanes.add(question(str(number)), bucket, 0.0)
    left = departures(lanes)
    assert [subject for _, subject in left] == [str(number) for number in range(questions)]
    expected = max(0.0, questions - rate.burst) / (rate.per_second * USE)
    assert left[-1][0] == pytest.approx(expected, abs=1e-6)


def test_a_full_queue_leaves_in_bursts() -> None:
    lanes, bucket = Lanes(), Bucket(Rate(15, 4))
    for number in range(40):
        lanes.add(question(str(number)), bucket, 0.0)
    moments = sorted(moment for moment, _ in departures(lanes))
    pauses = [after - before for before, after in pairwise(moments) if after - before > 0.01]
    assert len(pauses) < 15


def test_whatever_may_go_goes_with_the_first() -> None:
    lanes = Lanes()
    buckets = [Bucket(Rate(15, 4)), Bucket(Rate(10, 3)), Bucket(Rate(25, 5))]
    for bucket in buckets:
        for number in range(60):
            lanes.add(question(str(number)), bucket, 0.0)
    alone = []
    for bucket in buckets:
        one = Lanes()
        fresh = Bucket(Rate(bucket.full / USE, bucket.burst))
        for number in range(60):
            one.add(question(str(number)), fresh, 0.0)
        alone += departures(one)
    together = departures(lanes)
    assert len(together) == 180
    assert len({moment for moment, _ in together}) < len({moment for moment, _ in alone})
    assert together[-1][0] == pytest.approx(max(moment for moment, _ in alone), abs=0.5)


def test_the_next_page_of_a_list_does_not_wait_for_a_burst() -> None:
    lanes, bucket = Lanes(), Bucket(Rate(10, 5))
    for number in range(20):
        lanes.add(question(str(number)), bucket, 0.0)
    while lanes.take(0.0):
        pass
    lanes.add(question("page", {}), bucket, 0.0)
    moment, subject = departures(lanes)[0]
    assert subject == "page"
    assert moment == pytest.approx(1 / (10 * USE))


def test_few_questions_wait_for_nobody() -> None:
    lanes, bucket = Lanes(), Bucket(Rate(10, 5))
    for number in range(7):
        lanes.add(question(str(number)), bucket, 0.0)
    moments = [moment for moment, _ in departures(lanes)]
    assert moments == pytest.approx([0, 0, 0, 0, 0, 1 / (10 * USE), 2 / (10 * USE)])


def test_a_question_put_off_comes_later_and_a_drained_lane_is_empty() -> None:
    lanes, bucket = Lanes(), Bucket(Rate(10, 5))
    lanes.add(question("late"), bucket, 0.0, wait=3.0)
    assert lanes.next_due(0.0) == 3.0
    assert departures(lanes) == [(3.0, "late")]
    for number in range(9):
        lanes.add(question(str(number)), bucket, 10.0)
    assert len(list(lanes.drain())) == 9
