"""The same policy from a second operation with a budget of its own: faster when it works, and never wrong when it does not."""

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.budget import Rate
from lambdaudit.sources.aws.calls_lambda import OLDER
from lambdaudit.sources.aws.gather import Options, gather
from lambdaudit.sources.aws.raw import Answer, Raw
from lambdaudit.sources.aws.session import Account
from tests.aws.estate import ACCOUNT, HOME, QUIET, function_arn
from tests.aws.test_faults import FAST, balanced
from tests.support.faults import Fault
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy, faults_of

BUSY = Options(rates={"": Rate(10_000, 1_000), "lambda:GetPolicy": Rate(4)}, pause=0.01)
"""GetPolicy is so slow that every question behind the first one takes the detour."""
BOTH = ("lambda:GetPolicy", "lambda:GetResourcePolicy")


def policies(raw: Raw) -> dict[str, str | None]:
    """By subject: the policy, or None where there is none."""
    found: dict[str, str | None] = {}
    for key, answer in raw.each("lambda", "GetPolicy"):
        if isinstance(answer, Unknown) and answer.reason == OLDER:
            continue
        assert isinstance(answer, Answer), answer
        found[key.subject] = answer.data.get("Policy")
        assert answer.absent == ("Policy" not in answer.data)
    return found


@pytest.fixture(scope="module")
def expected(built: Proxy, opened: Account) -> dict[str, str | None]:
    """What GetPolicy alone says."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(built, monkeypatch)
        built.restore()
        return policies(gather([opened], options=FAST, regions=[HOME]))


def test_the_detour_gives_the_same_policies(full: Proxy, account: Account, expected: dict[str, str | None]) -> None:
    full.clear()
    raw = gather([account], options=BUSY, regions=[HOME])
    made = full.ledger.by_operation()
    assert policies(raw) == expected
    assert made["lambda:GetResourcePolicy"] > 1
    assert [t.asked for t in raw.ledger() if t.operation == "GetPolicy"] == [len(expected)]
    assert not [t for t in raw.ledger() if (t.service, t.operation) == ("lambda", "GetResourcePolicy")]
    assert balanced(raw)


@pytest.mark.parametrize("kind", ["denied", "unsupported", "garbage"])
def test_a_detour_that_leads_nowhere_is_left(full: Proxy, account: Account, expected: dict[str, str | None], kind: str) -> None:
    with faults_of(full, Fault(kind, BOTH[1])):  # type: ignore[arg-type]
        raw = gather([account], options=BUSY, regions=[HOME])
    assert policies(raw) == expected
    assert balanced(raw)


def test_nothing_there_is_not_believed_before_the_detour_gave_anything(full: Proxy, account: Account) -> None:
    full.clear()
    raw = gather([account], options=BUSY, regions=[QUIET])
    made = full.ledger.by_operation()
    assert set(policies(raw).values()) == {None}
    assert made["lambda:GetPolicy"] == 4, "each was asked where the answer counts"
    assert made["lambda:GetResourcePolicy"] >= 1


def test_when_both_fail_the_policy_is_unknown(full: Proxy, account: Account) -> None:
    with faults_of(full, Fault("denied", BOTH)):
        raw = gather([account], options=BUSY, regions=[QUIET])
    for name in ("api-v1", "api-v2", "batch"):
        found = raw.ask("lambda", "GetPolicy", ACCOUNT, QUIET, function_arn(name, QUIET))
        assert isinstance(found, Unknown)
        assert found.need == "lambda:GetPolicy"
    assert balanced(raw)
