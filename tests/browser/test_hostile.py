import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from lambdaudit.model.finding import Report
from tests.reporters.hostile import PAYLOADS

from .conftest import Opened, script

Opener = Callable[..., Opened]

CLEAN: dict[str, Any] = {"hit": None, "scripts": 2, "elements": 0, "handlers": 0, "links": [], "hidden": False, "broken": None}


def test_no_attack_in_any_field_runs_on_any_page(open_report: Opener, attacked: Report) -> None:
    opened = open_report(attacked)
    opened.page.wait_for_timeout(100)
    pages, wrong = opened.page.evaluate(script("walk"), [script("foreign"), json.dumps(CLEAN, separators=(",", ":"))])
    assert wrong == []
    assert pages > 100
    assert opened.page.evaluate(script("foreign")) == CLEAN
    assert opened.messages == []
    assert opened.dialogs == []
    assert opened.requests == [opened.path.as_uri()]


def test_attacks_are_shown_as_the_text_they_are(open_report: Opener, attacked: Report) -> None:
    opened = open_report(attacked)
    texts = []
    for finding in attacked.findings:
        opened.page.evaluate("a => { location.hash = a }", f"#/finding/{quote(_spelt(finding.fingerprint), safe='')}")
        opened.page.wait_for_timeout(10)
        texts.append(opened.text())
    everything = "\n".join(texts)
    for payload in PAYLOADS:
        if payload.isprintable() and len(payload) < 1_000:
            assert payload in everything, payload
    assert r"\u202e" in everything
    assert r"\x1b" in everything
    assert r"\x00" in everything
    assert "x" * 10_000 in everything


def _spelt(text: str) -> str:
    from lambdaudit.reporters.text import block

    return "".join(c if c in "\n\t" else block(c) for c in text)


def test_long_and_odd_names_do_not_break_the_layout(open_report: Opener, attacked: Report) -> None:
    opened = open_report(attacked, viewport={"width": 1100, "height": 800})
    for address in ("#/overview", "#/findings", "#/functions", "#/assets", "#/coverage", "#/rules"):
        opened.page.evaluate("a => { location.hash = a }", address)
        opened.page.wait_for_timeout(60)
        assert opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), address
        assert opened.page.evaluate(
            "() => document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
        ), address


def test_the_summary_without_scripts_runs_nothing_either(open_report: Opener, attacked: Report) -> None:
    opened = open_report(attacked, java_script_enabled=False)
    assert "<script>window.__hit=1</script>" in opened.text("body")
    assert opened.page.locator("img, iframe, svg").count() == 0
    assert opened.requests == [opened.path.as_uri()]
