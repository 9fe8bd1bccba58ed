"""A live audit with rights missing: what failed still fails or is named as not assessed with the right that is missing."""

import pytest

from lambdaudit import engine
from lambdaudit.model.finding import Report
from lambdaudit.model.functions import Function
from lambdaudit.sources.aws.calls import CALLS
from lambdaudit.sources.aws.collect import Request, collect
from tests.support.estate import Estate
from tests.support.faults import Fault
from tests.support.proxy import faults_of

OFTEN = (
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "lambda:ListAliases",
    "lambda:GetFunction",
    "lambda:ListFunctionUrlConfigs",
    "iam:GetAccountAuthorizationDetails",
    "sqs:GetQueueAttributes",
    "s3:GetBucketPolicy",
    "kms:GetKeyPolicy",
    "sns:GetTopicAttributes",
)
"""Denied one by one in every test run; the others in the slow one."""


def _audit() -> Report:
    return engine.audit(collect(Request()))


@pytest.fixture(scope="module")
def baselines() -> dict[str, Report]:
    return {}


def _baseline(baselines: dict[str, Report]) -> Report:
    if "all" not in baselines:
        baselines["all"] = _audit()
    return baselines["all"]


def _nothing_is_lost(before: Report, after: Report, denied: str) -> None:
    """Every finding is still there, or its rule is open for the asset (or for all of its kind), naming a missing right."""
    assert not [n for n in after.not_assessed if n.status == "error"], denied
    still = {f.fingerprint for f in after.findings}
    open_by_rule: dict[str, set[str]] = {}
    for row in after.not_assessed:
        open_by_rule.setdefault(row.rule, set()).update({row.asset, row.asset_kind})
    for finding in before.findings:
        if finding.fingerprint not in still:
            assert open_by_rule.get(finding.rule, set()) & {finding.asset, finding.asset_kind}, (
                f"{finding.message} lost: {denied}"
            )


def _deny(operation: str, estate: Estate, baselines: dict[str, Report]) -> None:
    before = _baseline(baselines)
    with faults_of(estate.proxy, Fault("denied", operation)):
        after = _audit()
        struck = sum(estate.proxy.ledger.faulted.values())
    _nothing_is_lost(before, after, operation)
    if operation in ASKED_ELSEWHERE:
        assert after.coverage.complete
    elif struck:
        name = operation.partition(":")[2]
        rows = [c for c in after.coverage.calls if c.operation.partition(":")[2] == name]
        assert sum(c.denied for c in rows) > 0, [(c.operation, c.denied) for c in after.coverage.calls]
        assert all(c.need for c in rows if c.denied)
        assert not after.coverage.complete


@pytest.mark.parametrize("operation", OFTEN)
def test_denying_one_call_never_turns_fail_into_pass(operation: str, estate_small: Estate, baselines: dict[str, Report]) -> None:
    _deny(operation, estate_small, baselines)


ASKED_ELSEWHERE = {"lambda:GetResourcePolicy"}
"""Refused, the same question goes through another operation: nothing is missing then."""
NEVER_DENIED = {"sts:GetCallerIdentity"}
"""AWS answers it whatever policies say (STS API reference, GetCallerIdentity)."""


@pytest.mark.slow
@pytest.mark.parametrize("operation", sorted({call.name for call in CALLS} - set(OFTEN) - NEVER_DENIED))
def test_denying_each_other_call_never_turns_fail_into_pass(
    operation: str, estate_small: Estate, baselines: dict[str, Report]
) -> None:
    _deny(operation, estate_small, baselines)


def test_denied_policies_are_named_with_the_missing_right(estate_small: Estate) -> None:
    with faults_of(estate_small.proxy, Fault("denied", "lambda:GetPolicy")):
        report = _audit()
    assert not [f for f in report.findings if f.rule == "function-public"]
    assert {n.need for n in report.not_assessed if n.rule == "function-public"} >= {"lambda:GetPolicy"}


def test_two_hundred_functions_with_denials_throttles_and_one_blocked_region(estate_large: Estate) -> None:
    before = _audit()
    planned = {fn.id for fn in collect(Request()).of(Function)}
    assert len(planned) >= 200
    faults = (
        Fault("throttled", "*", share=0.05, seed=1),
        Fault("denied", ("lambda:Get*", "sqs:*", "s3:*", "kms:*", "apigateway:*", "dynamodb:*", "sns:*"), share=0.10, seed=2),
    )
    with faults_of(estate_large.proxy, *faults):
        inventory = collect(Request())
        after = engine.audit(inventory)
        refused = sum(estate_large.proxy.ledger.faulted.values())
    assert refused > 50
    assert {fn.id for fn in inventory.of(Function)} == planned
    _nothing_is_lost(before, after, "a tenth of the calls")
    assert any(c.denied and c.need for c in after.coverage.calls)
