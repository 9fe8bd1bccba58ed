"""The engine's promises: not known is never a pass, a crash is never a pass, and equal input gives equal output."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from lambdaudit import engine
from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Report, Severity, Status
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.inventory import Inventory, Missing
from lambdaudit.model.snapshot import decode, encode
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.reporters import json_report
from lambdaudit.rules.contract import Outcome, Rule, fail, skip

from .rules.world import ACCOUNT, build

WORLD: dict[str, Any] = {
    "function": {"orders": {"timeout": 900}, "mails": {"timeout": {"unknown": "lambda:GetFunctionConfiguration"}}, "logs": {}}
}


def make(check: Callable[..., Outcome], kind: type = Function) -> Rule:
    return Rule(
        id="test-rule", check=check, kinds=(kind,), severity=Severity.HIGH, confidence=Confidence.HIGH,
        title="Title", why="Why", fix="Fix", see=("https://docs.aws.amazon.com/",),
    )  # fmt: skip


def run(check: Callable[..., Outcome], world: dict[str, Any] = WORLD, kind: type = Function) -> Report:
    return engine.audit(build(world), rules=[make(check, kind)])


def long_timeout(fn: Function, audit: Audit) -> Outcome:
    if known(fn.timeout) == 900:
        yield fail(f"{fn.name} may run for 900 s", at=fn.where / "Timeout")


def test_fail_pass_and_unknown_are_told_apart() -> None:
    report = run(long_timeout)
    result = report.rules[0]
    assert (result.failed, result.passed, result.unknown, result.error) == (1, 1, 1, 0)
    assert [f.asset_name for f in report.findings] == ["orders"]
    assert [(n.asset.split(":")[-1], n.need) for n in report.not_assessed] == [("mails", "lambda:GetFunctionConfiguration")]


def test_a_rule_that_does_not_apply_says_so() -> None:
    def nothing(fn: Function, audit: Audit) -> Outcome:
        if fn.name:
            return skip("never")
        yield fail("not reached")

    assert run(nothing).rules[0].not_applicable == 3


def test_a_crash_is_an_error_and_loses_no_other_verdict() -> None:
    def crash(fn: Function, audit: Audit) -> Outcome:
        yield from long_timeout(fn, audit) if fn.name == "orders" else ()
        if fn.name == "logs":
            raise KeyError("odd")

    report = run(crash)
    assert (report.rules[0].failed, report.rules[0].error, report.rules[0].passed) == (1, 1, 1)
    assert [n.status for n in report.not_assessed] == [Status.ERROR]
    assert "KeyError" in report.not_assessed[0].reason


def test_what_was_found_before_something_unknown_is_kept_and_the_gap_is_named() -> None:
    def both(fn: Function, audit: Audit) -> Outcome:
        yield fail(f"{fn.name} is bad")
        known(fn.timeout)

    report = run(both)
    assert report.rules[0].failed == 3
    assert len(report.findings) == 3
    assert len(report.not_assessed) == 1


def test_assets_that_could_not_be_listed_are_unknown_not_clean() -> None:
    def aliases(alias: Alias, audit: Audit) -> Outcome:
        if alias.version == "$LATEST":
            yield fail("on latest")

    world = build(WORLD)
    denied = Missing(kind="alias", unknown=Unknown("access denied", "lambda:ListAliases"), account=ACCOUNT)
    report = engine.audit(Inventory(world.assets, missing=[denied], created=world.created), rules=[make(aliases, Alias)])
    assert report.rules[0].unknown == 1
    assert report.not_assessed[0].need == "lambda:ListAliases"
    assert report.not_assessed[0].asset == f"every alias of {ACCOUNT}"


def test_one_finding_for_one_fault_and_a_fingerprint_without_order() -> None:
    def twice(fn: Function, audit: Audit) -> Outcome:
        yield fail("first", key="a", severity=Severity.LOW)
        yield fail("again", key="a", severity=Severity.CRITICAL)
        yield fail("other", key="b")

    report = run(twice, {"function": {"orders": {}}})
    assert [(f.key, f.severity) for f in report.findings] == [("a", Severity.CRITICAL), ("b", Severity.HIGH)]
    assert report.findings[0].fingerprint == engine.fingerprint("test-rule", report.findings[0].asset, "a")


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_input_gives_byte_identical_output(seed: int) -> None:
    world = build(WORLD)
    shuffled = list(world.assets)
    random.Random(seed).shuffle(shuffled)
    other = Inventory(shuffled, listed=reversed(world.listed), coverage=world.coverage, created=world.created)
    assert encode(other) == encode(world)
    first, second = (json_report.render(engine.audit(i)) for i in (world, other))
    assert first == second


def test_a_snapshot_gives_exactly_the_same_report() -> None:
    world = build(WORLD)
    again = decode(encode(world))
    assert json_report.render(engine.audit(again)) == json_report.render(engine.audit(world))
