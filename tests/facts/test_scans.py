"""Inspector's findings and our advisories: one of them tells, the other is the witness; a choice of rules loses nothing."""

from typing import Any

import msgspec
import pytest

from lambdaudit import engine
from lambdaudit.advisories.osv import Record
from lambdaudit.advisories.store import Memory
from lambdaudit.config import Options
from lambdaudit.model.finding import Finding
from tests.rules.world import build

NAMES = ("vulnerable-dependency", "inspector-package-vulnerability", "image-vulnerable")
SEEN = {"name": "GHSA-jfh8-c2jp-5v3q", "aliases": ["CVE-2021-44228"], "severity": "CRITICAL"}


def advisory() -> Memory:
    package = {"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"}
    record = {
        "id": "GHSA-jfh8-c2jp-5v3q",
        "aliases": ["CVE-2021-44228"],
        "affected": [
            {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.0"}, {"fixed": "2.15.0"}]}]}
        ],
    }
    return Memory([msgspec.convert(record, Record)], "the test's advisories")


def found(name: str, version: str, **options: Any) -> list[Finding]:
    """The findings about a function with log4j, in which Inspector sees the weakness in a package of that name and version."""
    name_of_ours = "org.apache.logging.log4j:log4j-core"
    purl = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
    component = {"purl": purl, "name": name_of_ours, "version": "2.14.1", "ecosystem": "Maven", "path": "lib/log4j-core.jar"}
    package = {"name": name, "version": version, "fixed": "2.15.0"}
    inventory = build(
        {
            "function": {"orders": {}},
            "code": {"orders": {"components": [component]}},
            "inspected-function": {"orders": {"findings": [{**SEEN, "packages": [package]}]}},
            "container-image": {
                "orders": {"functions": ["{function:orders}"], "findings": [{**SEEN, "packages": [package]}]},
            },
        }
    )
    given: dict[str, Any] = {"advisories": advisory(), "select": NAMES} | options
    chosen = Options(**given)
    return list(engine.audit(inventory, chosen, pages=False).findings)


@pytest.mark.parametrize(
    ("name", "version"), [("org.apache.logging.log4j:log4j-core", "2.14.1"), ("log4j_core", "x"), ("apache-log4j2", "2.14.1")]
)
def test_what_both_say_is_told_once_with_inspector_as_witness(name: str, version: str) -> None:
    (finding,) = found(name, version)
    assert finding.rule == "vulnerable-dependency"
    witnesses = [e for e in finding.evidence if "Amazon Inspector" in e.text]
    assert len(witnesses) == (0 if name == "apache-log4j2" else 1)


def test_another_package_is_another_finding() -> None:
    assert {f.rule for f in found("log4j-api", "2.0")} == set(NAMES)


@pytest.mark.parametrize("options", [{"advisories": None}, {"ignore": ("vulnerable-*",)}, {"select": NAMES[1:]}])
def test_without_our_rule_the_scanners_tell_it(options: dict[str, Any]) -> None:
    assert {f.rule for f in found("log4j-core", "2.14.1", **options)} == set(NAMES[1:])
