"""Every output of `audit` and of `report`, on a real folder; the edits in SARIF mend what they are said to mend."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.reporters.formats import SUFFIXES
from tests.cli.conftest import Run

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.8
      Environment:
        Variables:
          STAGE: !Ref Stage
      FunctionUrlConfig:
        AuthType: NONE
"""
HANDLER = """\
def handler(event, context):
    return eval(event["body"])
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with an application in a folder."""
    folder = tmp_path / "shop" / "infra"
    (folder / "src").mkdir(parents=True)
    (tmp_path / "shop" / ".git").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "src" / "app.py").write_text(HANDLER)
    return folder


def outputs(name: str) -> list[str]:
    return [word for suffix in SUFFIXES for word in ("-o", f"{name}{suffix}")]


def sarif(path: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(path.read_bytes())["runs"][0]
    return run


def test_report_makes_the_same_files_as_the_audit(run: Run, app: Path, tmp_path: Path) -> None:
    audited = run("audit", "shop/infra", "-q", *outputs("audit"))
    assert audited.returncode == 1, audited.stderr
    again = run("report", "audit.json", "-q", *outputs("again"))
    assert again.returncode == 0, again.stderr
    for suffix in SUFFIXES:
        assert (tmp_path / f"again{suffix}").read_bytes() == (tmp_path / f"audit{suffix}").read_bytes(), suffix


def test_no_output_holds_the_secret(run: Run, app: Path, tmp_path: Path) -> None:
    secret = "hunter2-prod-92!x"
    template = app / "template.yaml"
    template.write_text(TEMPLATE.replace("          STAGE:", f"          DB_PASSWORD: {secret}\n          STAGE:"))
    (app / "src" / "app.py").write_text(f'PASSWORD = "{secret}"\n' + HANDLER)
    first = run("audit", "shop/infra", "-v", *outputs("one"))
    second = run("audit", "shop/infra", "-v", "--baseline", "one.json", *outputs("two"))
    assert "environment-secret" in first.stdout
    for text in (first.stdout, first.stderr, second.stdout, second.stderr):
        assert secret not in text
    for suffix in SUFFIXES:
        for name in ("one", "two"):
            assert secret not in (tmp_path / f"{name}{suffix}").read_text(), suffix


def test_paths_are_relative_to_the_repository(run: Run, app: Path, tmp_path: Path) -> None:
    run("audit", str(app), "-q", "-o", "x.sarif", "-o", "x.codeclimate.json", "-o", "x.md")
    results = sarif(tmp_path / "x.sarif")["results"]
    places = {
        r["ruleId"]: (
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            r["locations"][0]["physicalLocation"]["region"],
        )
        for r in results
    }
    assert places["function-url-public"][0] == "infra/template.yaml"
    assert places["function-url-public"][1]["startLine"] == 15
    assert places["event-reaches-code-evaluation"][0] == "infra/src/app.py"
    assert {i["location"]["path"] for i in json.loads((tmp_path / "x.codeclimate.json").read_bytes())} >= {"infra/src/app.py"}
    assert "`infra/template.yaml:15`" in (tmp_path / "x.md").read_text()
    for name in ("x.sarif", "x.codeclimate.json", "x.md"):
        assert str(tmp_path) not in (tmp_path / name).read_text().replace(str(app), ""), name


def test_each_edit_in_sarif_mends_its_finding(run: Run, app: Path, tmp_path: Path) -> None:
    run("audit", "shop/infra", "-q", "-o", "x.sarif")
    fixed = [result for result in sarif(tmp_path / "x.sarif")["results"] if "fixes" in result]
    assert {result["ruleId"] for result in fixed} >= {"function-url-public", "runtime-deprecated"}
    for result in fixed:
        (app / "template.yaml").write_text(TEMPLATE)
        for change in result["fixes"][0]["artifactChanges"]:
            file = tmp_path / "shop" / change["artifactLocation"]["uri"]
            file.write_text(_applied(file.read_text(), change["replacements"]))
        run("audit", "shop/infra", "-q", "-o", "y.sarif")
        left = [r["partialFingerprints"] for r in sarif(tmp_path / "y.sarif")["results"]]
        assert result["partialFingerprints"] not in left, result["ruleId"]
        assert len(left) < len(sarif(tmp_path / "x.sarif")["results"])


def _applied(text: str, replacements: list[dict[str, Any]]) -> str:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
    for one in reversed(replacements):
        region = one["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + one.get("insertedContent", {}).get("text", "") + text[last:]
    return text


def test_an_unknown_suffix_names_those_that_there_are(run: Run, app: Path) -> None:
    result: subprocess.CompletedProcess[str] = run("audit", "shop/infra", "-o", "x.pdf")
    assert result.returncode == 2
    assert ".sarif" in result.stderr
    assert ".ocsf.json" in result.stderr
