"""One application with planted faults gives the same findings in four kinds of template and from the account that it is in."""

from collections import Counter
from collections.abc import Iterator
from time import time

import pytest

from lambdaudit.model.finding import Report, Status
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.reporters import json_report
from lambdaudit.sources.aws.collect import Request, collect
from tests.support.fakeaws import FakeAws
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy
from tests.support.scans import scan_says

from .account import Application
from .applications import FORMATS, REGION, Fault, faults, judge, read

MISSING: dict[str, dict[Fault, str]] = {
    "serverless": {
        ("stage-cache-unencrypted", "low", "stage rest prod"): "the framework has no setting for the cache of a stage",
        ("stage-variable-secret", "low", "stage rest prod"): "the framework has no setting for the variables of a stage",
    },
}
"""Faults that a form of template cannot state, with the reason."""
ADDED: dict[str, dict[Fault, str]] = {
    "serverless": {
        ("log-group-without-key", "info", "log-group /aws/api-gateway/shop-prod"): "the framework makes it where a stage logs",
    },
}
"""Faults of what a form of template makes by itself, with the reason."""
NOT_ASSESSED = {
    "layer-outdated": "a layer of another account tells its versions to nobody",
    "image-scan-outdated": "the registry of another account lets nobody look at its images",
    "image-tag-moved": "which image a tag stands for, the registry tells and no template",
    "image-vulnerable": "the registry of another account lets nobody look at its images",
    "alias-runs-other-role": "a template does not hold the versions that earlier deployments published",
    "extension-slow-after-response": "how long extensions ran is asked of an account only, and with --metrics only",
}
"""Rules that may be open, with the reason."""


@pytest.fixture(scope="module")
def account() -> Iterator[Inventory]:
    """The application, deployed and collected."""
    with FakeAws() as fake, Proxy(fake) as proxy, pytest.MonkeyPatch.context() as patched:
        point_at(proxy, patched)
        application = Application(fake.state)
        application.build()
        told = {"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"imageScanCompletedAt": time(), "findings": []}}
        scan_says(fake, REGION, "renderer", application.push("renderer"), **told)
        yield collect(Request(regions=(REGION,), thorough=True))
        assert not proxy.ledger.broken


@pytest.fixture(scope="module")
def live(account: Inventory) -> tuple[Counter[Fault], Report]:
    """What is at fault in the account."""
    report = judge(account)
    return faults(account, report), report


@pytest.mark.parametrize("form", FORMATS)
def test_a_template_gives_what_its_deployment_gives(form: str, live: tuple[Counter[Fault], Report]) -> None:
    inventory = read(form)
    found = faults(inventory, judge(inventory))
    expected = live[0] + Counter(ADDED.get(form, {}).keys()) - Counter(MISSING.get(form, {}).keys())
    assert sorted((found - expected).elements()) == []
    assert sorted((expected - found).elements()) == []


def test_the_application_is_large_enough_to_say_something(account: Inventory, live: tuple[Counter[Fault], Report]) -> None:
    assert len(account.of(Function)) == 21
    assert len({rule for rule, _, _ in live[0]}) >= 90
    for exceptions in (*MISSING.values(), *ADDED.values()):
        assert len(exceptions) <= 2


@pytest.mark.parametrize("form", ["account", *FORMATS])
def test_nothing_is_open_and_no_rule_fails(form: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue("live")[1] if form == "account" else judge(read(form))
    assert [row for row in report.not_assessed if row.status is Status.ERROR] == []
    assert {row.rule for row in report.not_assessed} <= set(NOT_ASSESSED)
    assert json_report.render(report)
