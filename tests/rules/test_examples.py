"""Every example on a rule's page is a test: `## FAIL …`, `## PASS …`, `## UNKNOWN …`, `## NOT APPLICABLE …` with a YAML block."""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from lambdaudit import engine
from lambdaudit.advisories.osv import Record
from lambdaudit.advisories.store import Memory
from lambdaudit.config import Options
from lambdaudit.model.finding import Report
from lambdaudit.rules import load

from .world import build

PAGES = Path(__file__).parent
RULES = {rule.id: rule for rule in load()}
_EXAMPLE = re.compile(r"^## (FAIL|PASS|UNKNOWN|NOT APPLICABLE):? *(.*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


class Example(NamedTuple):
    rule: str
    verdict: str
    title: str
    world: dict[str, Any]
    expect: dict[str, Any]


@cache
def examples() -> tuple[Example, ...]:
    """All examples of all pages; `expect:` may give severity, message (a part of it), findings, functions, need, key."""
    found = []
    for page in sorted(PAGES.glob("*.md")):
        for verdict, title, body in _EXAMPLE.findall(page.read_text("utf-8")):
            block = _BLOCK.search(body)
            assert block, f"{page.name}: '{title}' has no yaml block"
            world = yaml.safe_load(block[1])
            found.append(Example(page.stem, verdict, title, world, world.pop("expect", {})))
    return tuple(found)


def run(example: Example) -> Report:
    world = dict(example.world)
    options = options_of(world.pop("options", {}))
    return engine.audit(build(world), options, rules=[RULES[example.rule]], pages=False)


def options_of(given: dict[str, Any]) -> Options:
    """The options of an example: `trusted_accounts` and `organizations`, lists in YAML; `advisories`, OSV records."""
    return Options(
        advisories=Memory(
            [msgspec.convert(r, Record) for r in given["advisories"]],
            "the example's advisories",
            given.get("about"),
            given.get("exploited"),
        )
        if "advisories" in given
        else None,
        persona="strict",
        trusted_accounts=frozenset(given.get("trusted_accounts", ())),
        organizations=frozenset(given.get("organizations", ())),
    )


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e.rule}-{e.verdict}-{e.title}"[:110])
def test_example(example: Example) -> None:
    report = run(example)
    result = report.rules[0]
    seen = f"findings {[f.message for f in report.findings]}, not assessed {[n.reason for n in report.not_assessed]}"
    assert not result.error, seen
    if example.verdict == "FAIL":
        assert result.failed, seen
    elif example.verdict == "UNKNOWN":
        assert result.unknown, seen
        assert not result.failed, seen
    else:
        assert not result.failed, seen
        assert not result.unknown, seen
        assert result.passed if example.verdict == "PASS" else result.not_applicable, seen
    _check(example.expect, report, seen)


def _check(expect: dict[str, Any], report: Report, seen: str) -> None:
    finding = report.findings[0] if report.findings else None
    for name, wanted in expect.items():
        if name == "findings":
            assert len(report.findings) == wanted, seen
        elif name == "need":
            assert wanted in {n.need for n in report.not_assessed}, [n.need for n in report.not_assessed]
        elif name == "message":
            assert any(wanted in f.message for f in report.findings), seen
        elif name == "functions":
            assert finding, seen
            assert sorted(wanted) == sorted(f.rsplit(":", 1)[-1] for f in finding.functions), finding.functions
        else:
            assert finding, seen
            assert str(getattr(finding, name)) == str(wanted), seen


@cache
def verdicts_of() -> dict[str, set[str]]:
    """The verdicts that the examples of each rule show."""
    shown: dict[str, set[str]] = {}
    for example in examples():
        shown.setdefault(example.rule, set()).add(example.verdict)
    return shown


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_must_fire_must_not_fire_and_unknown_examples(rule: str) -> None:
    verdicts = verdicts_of().get(rule, set())
    assert {"FAIL", "PASS", "UNKNOWN"} <= verdicts, f"tests/rules/{rule}.md lacks { ({'FAIL', 'PASS', 'UNKNOWN'} - verdicts) }"


@pytest.mark.parametrize("page", sorted(p.stem for p in PAGES.glob("*.md")))
def test_every_page_belongs_to_a_rule(page: str) -> None:
    assert page in RULES
