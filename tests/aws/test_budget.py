"""Rates: never above the quota, back to full speed after a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.sources.aws.budget import OTHER, RATES, RECOVERY, USE, Bucket, Budget, Rate

rates = st.builds(
    Rate, st.floats(0.2, 200, allow_nan=False), st.floats(1, 20, allow_nan=False).map(lambda burst: round(burst, 2))
)
waits = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=80)


def send(bucket: Bucket, now: float) -> float:
    """Send at the earliest time; gives that time."""
    now = max(now, bucket.ready_at(now))
    bucket.take(now)
    return now


@given(rates, waits, st.floats(-1e6, 1e6))
def test_no_window_sees_more_than_the_burst_and_the_rate(rate: Rate, pauses: list[float], start: float) -> None:
    bucket, now, sent = Bucket(rate), start, []
    for pause in pauses:
        now = send(bucket, now + pause)
        sent.append(now)
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            allowed = rate.burst + rate.per_second * USE * (sent[last] - sent[first])
            assert last - first + 1 <= allowed + 1e-3


@given(rates, st.integers(2, 60))
def test_a_full_queue_leaves_at_the_rate(rate: Rate, requests: int) -> None:
    bucket, now = Bucket(rate), 0.0
    for _ in range(requests):
        now = send(bucket, now)
    expected = max(0.0, requests - rate.burst) / (rate.per_second * USE)
    assert now == pytest.approx(expected, abs=1.01 / (rate.per_second * USE))


@given(rates, st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=30))
def test_a_refusal_slows_down_and_time_heals(rate: Rate, pauses: list[float]) -> None:
    bucket, now = Bucket(rate), 0.0
    for pause in pauses:
        now += pause
        before = bucket.speed(now)
        bucket.slow_down(now)
        assert bucket.full / 20 - 1e-9 <= bucket.speed(now) <= before
        assert bucket.ready_at(now) > now
    assert bucket.speed(now + RECOVERY) == pytest.approx(bucket.full)
    assert bucket.refused == len(pauses)


def test_refusals_within_a_second_count_once() -> None:
    bucket = Bucket(Rate(10))
    bucket.slow_down(100.0)
    bucket.slow_down(100.5)
    assert bucket.speed(100.5) > 0.5 * bucket.full


def test_a_child_draws_on_its_parent() -> None:
    budget = Budget({"all": Rate(10, 1), "some": Rate(5, 1, also="all")})
    parent, child = budget.bucket("1", "r", "all"), budget.bucket("1", "r", "some")
    child.take(0.0)
    assert parent.ready_at(0.0) == pytest.approx(1 / (10 * USE))
    parent.slow_down(0.0)
    assert child.ready_at(0.0) == parent.ready_at(0.0) > 0.05


def test_accounts_regions_and_groups_have_buckets_of_their_own() -> None:
    budget = Budget()
    one = budget.bucket("1", "eu-west-1", "lambda:GetPolicy")
    assert one is budget.bucket("1", "eu-west-1", "lambda:GetPolicy")
    others = [("2", "eu-west-1", "lambda:GetPolicy"), ("1", "us-east-1", "lambda:GetPolicy"), ("1", "eu-west-1", "lambda")]
    assert all(budget.bucket(*other) is not one for other in others)
    assert budget.bucket("1", "", "something new").full == OTHER.per_second * USE


def test_the_documented_quotas_are_kept() -> None:
    assert (RATES["lambda"].per_second, RATES["lambda:GetPolicy"].per_second) == (15, 15)
    assert RATES["lambda:GetFunction"].per_second == 100
    assert RATES["apigateway:GetResources"].also == "apigateway"
