"""With a baseline the list of findings can be narrowed to what is new; without one there is no such choice."""

from collections.abc import Callable

from tests.reporters.cases import compared
from tests.reporters.factory import report

from .conftest import Opened


def test_the_list_narrows_to_what_is_new(open_report: Callable[..., Opened]) -> None:
    made = compared()
    assert made.baseline is not None
    opened = open_report(made)
    opened.go("#/findings")
    opened.page.select_option("select[data-filter=change]", "new")
    shown = "n => document.querySelector('#result').textContent.startsWith(n + ' row')"
    opened.page.wait_for_function(shown, arg=str(made.baseline.new))
    opened.go(f"#/finding/{made.fresh[0].fingerprint}")
    assert "Baseline" in opened.text("#about")
    assert opened.messages == []


def test_without_a_baseline_there_is_nothing_to_choose(open_report: Callable[..., Opened]) -> None:
    opened = open_report(report(5))
    opened.go("#/findings")
    assert opened.page.query_selector("select[data-filter=change]") is None
