"""SARIF keeps to the standard's schema and to what GitHub code scanning takes, and says what the report says."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from lambdaudit.model.finding import Confidence, Report, Severity
from lambdaudit.model.where import Where
from lambdaudit.reporters import sarif
from lambdaudit.reporters.diffs import edits

from .cases import EVERY, PATCH, compared, finding, flow, of_account, of_templates
from .factory import report

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_bytes())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def run_of(made: Report) -> dict[str, Any]:
    log = json.loads(sarif.render(made))
    run: dict[str, Any] = log["runs"][0]
    return run


def result_of(made: Report) -> dict[str, Any]:
    result: dict[str, Any] = run_of(made)["results"][0]
    return result


@pytest.mark.parametrize("name", EVERY)
def test_it_keeps_to_the_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(sarif.render(EVERY[name])))


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(sarif.render(of_templates(finding())))
    log["runs"][0]["results"][0]["level"] = "critical"
    assert list(VALIDATOR.iter_errors(log))


@pytest.mark.parametrize("name", EVERY)
def test_it_has_what_github_requires(name: str) -> None:
    run = run_of(EVERY[name])
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert max(len(rule["shortDescription"]["text"]), len(rule["fullDescription"]["text"])) <= 1024
        assert len(rule["name"]) <= 255
        assert len(rule["properties"]["tags"]) <= 20
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        uri = place["artifactLocation"]["uri"]
        assert uri
        assert not uri.startswith("/")
        assert ":" not in uri
        assert not set(uri) & set(" <>\"#?'[]\\")


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [("critical", "error", 9.1), ("high", "error", 7.0), ("medium", "warning", 4.0), ("low", "note", 0.1)],
)
def test_severities_are_those_that_github_shows(severity: str, level: str, score: float) -> None:
    run = run_of(of_templates(finding(severity=Severity(severity), confidence=Confidence.LOW)))
    rule = run["tool"]["driver"]["rules"][0]
    given = float(rule["properties"]["security-severity"])
    bounds = [0.1, 4.0, 7.0, 9.1, 10.1]
    assert score <= given < bounds[bounds.index(score) + 1]
    assert run["results"][0]["level"] == level
    assert rule["properties"]["precision"] == "low"
    assert rule["properties"]["tags"] == ["security", "external/cwe/cwe-306", "FSBP:Lambda.1"]


def test_what_is_only_information_is_no_security_alert() -> None:
    rule = run_of(of_templates(finding(severity=Severity.INFO)))["tool"]["driver"]["rules"][0]
    assert "security-severity" not in rule["properties"]
    assert "security" not in rule["properties"]["tags"]


def test_a_rule_is_as_severe_as_its_worst_finding() -> None:
    both = of_templates(finding(severity=Severity.LOW), finding(severity=Severity.CRITICAL, fingerprint="2"))
    assert run_of(both)["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "9.5"


def test_paths_are_those_of_the_repository() -> None:
    place = result_of(of_templates(finding(), folder="deploy/infra"))["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "deploy/infra/template.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 19, "endLine": 19, "startColumn": 9}
    outside = finding(where=Where("../modules/url/main.tf", "x", "", 3, 1))
    assert (
        result_of(of_templates(outside, folder="deploy/infra"))["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "deploy/modules/url/main.tf"
    )


def test_a_live_asset_has_a_place_of_its_own() -> None:
    live = finding(where=Where("lambda:GetPolicy", "orders", "/Statement/0"), address="", identity="")
    code = flow(address="", identity="")
    results = run_of(of_account(live, code))["results"]
    places = {r["ruleId"]: r["locations"][0]["physicalLocation"] for r in results}
    assert places["function-url-public"] == {
        "artifactLocation": {"uri": "aws/111122223333/eu-west-1/function/orders"},
        "region": {"startLine": 1, "endLine": 1},
    }
    assert (
        places["event-reaches-code-evaluation"]["artifactLocation"]["uri"] == "aws/111122223333/eu-west-1/code/orders/src/lib.py"
    )
    assert results[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:lambda:")


def test_a_data_flow_is_a_thread_flow() -> None:
    made = result_of(of_templates(flow()))
    (steps,) = [thread["locations"] for thread in made["codeFlows"][0]["threadFlows"]]
    assert [
        (
            step["location"]["physicalLocation"]["artifactLocation"]["uri"],
            step["location"]["physicalLocation"]["region"]["startLine"],
            step["location"]["message"]["text"],
        )
        for step in steps
    ] == [("src/app.py", 5, "event.body enters"), ("src/app.py", 7, "passed to run()"), ("src/lib.py", 3, "reaches eval")]
    assert "relatedLocations" not in made


def test_two_ways_into_one_place_are_two_thread_flows() -> None:
    one = flow()
    twice = flow(evidence=(*one.evidence, *one.evidence))
    assert [len(t["locations"]) for t in result_of(of_templates(twice))["codeFlows"][0]["threadFlows"]] == [3, 3]


def test_a_patch_is_a_fix_that_gives_the_patched_file() -> None:
    before = "".join(f"line {n}\n" for n in range(1, 18)) + "      STAGE: !Ref Stage\n        AuthType: NONE\n      Timeout: 3\n"
    after = before.replace("NONE\n", "AWS_IAM\n      ReservedConcurrentExecutions: 10\n")
    (change,) = result_of(of_templates(finding(), folder="infra"))["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "infra/template.yaml"
    assert _applied(before, change["replacements"]) == after
    assert [edit.deleted for edit in edits(PATCH)] == [1]


def _applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """The text after the replacements of an artifact change, regions as the standard defines them."""
    lines = text.splitlines(keepends=True)
    starts = [sum(len(one) for one in lines[:n]) for n in range(len(lines) + 1)]
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + replacement.get("insertedContent", {}).get("text", "") + text[last:]
    return text


def test_baseline_states() -> None:
    made = compared()
    states = [r["baselineState"] for r in run_of(made)["results"]]
    assert made.baseline is not None
    assert (states.count("new"), states.count("updated"), states.count("unchanged")) == (
        made.baseline.new,
        made.baseline.worse,
        made.baseline.known,
    )
    assert [past["ruleId"] for past in run_of(made)["properties"]["baseline"]["fixed"]] == [made.baseline.fixed[0].rule]


def test_open_verdicts_are_notifications_and_no_results() -> None:
    made = report(20)
    run = run_of(made)
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert any("lambda:GetPolicy" in note["message"]["text"] for note in notes)
    assert run["invocations"][0]["executionSuccessful"] is False, "a rule failed in this report"
    assert len(run["results"]) == len(made.findings)
    assert run_of(of_templates(finding()))["invocations"][0]["executionSuccessful"] is True


def test_names_make_no_links() -> None:
    made = result_of(of_templates(finding(message="see [click](https://evil.example) now")))
    assert "](" not in made["message"]["text"]


def test_more_results_than_github_takes_are_cut_and_told() -> None:
    many = of_templates(*(finding(fingerprint=str(n), severity=Severity.LOW if n else Severity.CRITICAL) for n in range(25_010)))
    run = run_of(many)
    assert len(run["results"]) == 25_000
    assert run["results"][0]["level"] == "error"
    assert "10 findings beyond" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
