"""CSV, JUnit and code quality: the shapes that their readers want, and no formula, no invalid XML."""

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.model.finding import Report, Severity
from lambdaudit.reporters import codeclimate, csv_report, junit

from .cases import EVERY, finding, flow, of_templates
from .factory import report


def rows(made: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_report.render(made).decode(), newline="")))


def test_a_row_for_each_finding_worst_first() -> None:
    found = rows(of_templates(finding(), flow(), folder="infra"))
    assert [row["severity"] for row in found] == ["critical", "high"]
    assert (found[1]["file"], found[1]["line"], found[1]["functions"]) == ("infra/template.yaml", "19", "1")
    assert found[1]["function_ids"] == finding().functions[0]
    assert tuple(found[0]) == csv_report.COLUMNS


@pytest.mark.parametrize("name", EVERY)
def test_no_cell_is_a_formula(name: str) -> None:
    for row in rows(EVERY[name]):
        for value in row.values():
            assert not value.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
            assert "\n" not in value


@given(st.text(max_size=30))
def test_any_text_is_one_cell_of_text(text: str) -> None:
    (row,) = rows(of_templates(finding(message=text)))
    assert not row["message"].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert row["rule"] == "function-url-public"


def suites(made: Report) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(junit.render(made)))


@pytest.mark.parametrize("name", EVERY)
def test_junit_keeps_to_what_ci_systems_read(name: str) -> None:
    root = ElementTree.fromstring(junit.render(EVERY[name]))
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == {"name", "tests", "failures", "errors", "skipped", "time"}
        cases = list(suite)
        assert int(suite.attrib["tests"]) == len(cases) > 0
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[key]) == sum(case.find(tag) is not None for case in cases)
        for case in cases:
            assert case.tag == "testcase"
            assert {"name", "classname", "time"} <= set(case.attrib) <= {"name", "classname", "time", "file", "line"}
            assert [child.tag for child in case] in ([], ["failure"], ["error"], ["skipped"], ["system-out"])
            assert all("message" in child.attrib for child in case if child.tag != "system-out")
        for key in totals:
            totals[key] += int(suite.attrib[key])
    assert {key: int(root.attrib[key]) for key in totals} == totals


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40))
def test_any_text_is_valid_xml(text: str) -> None:
    root = ElementTree.fromstring(junit.render(of_templates(finding(message=text, asset_name=text, why=text))))
    assert root.find(".//failure") is not None


def test_an_open_verdict_is_skipped_and_a_defect_an_error() -> None:
    made = report(20)
    found = suites(made)
    skipped = [case for suite in found for case in suite if case.find("skipped") is not None]
    assert len(skipped) == sum(row.status == "unknown" for row in made.not_assessed) > 0
    assert "missing lambda:GetPolicy" in {str(c.find("skipped").get("message")) for c in skipped}.__str__()  # type: ignore[union-attr]
    assert sum(case.find("error") is not None for suite in found for case in suite) == 1


def test_the_name_of_a_case_holds_no_line() -> None:
    def names(line: int) -> list[str]:
        where = finding().where
        moved = finding(where=type(where)(where.source, where.subject, where.pointer, line, 1))
        return [case.attrib["name"] for suite in suites(of_templates(moved)) for case in suite]

    assert names(3) == names(300)


def test_code_quality_has_what_gitlab_requires() -> None:
    for name, made in EVERY.items():
        issues: list[dict[str, Any]] = json.loads(codeclimate.render(made))
        if not name.startswith("hostile"):
            assert len({issue["fingerprint"] for issue in issues}) == len(issues), name
        for issue in issues:
            assert issue["description"]
            assert issue["check_name"]
            assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert issue["location"]["path"]
            assert not issue["location"]["path"].startswith(("/", "./"))
            assert issue["location"]["lines"]["begin"] >= 1
    worst = of_templates(finding(severity=Severity.CRITICAL))
    assert json.loads(codeclimate.render(worst))[0]["severity"] == "blocker"
