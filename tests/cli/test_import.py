"""``audit --import``: what other tools reported about an application, joined with ours."""

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: src/orders}
"""
HANDLER = """\
import subprocess
def handler(event, context):
    subprocess.run(event["name"], shell=True)
    return hash("x")
"""


def _result(rule: str, path: str, line: int, cwe: int) -> dict[str, Any]:
    return {"test_id": rule, "issue_text": f"says {rule}", "filename": path, "line_number": line, "issue_severity": "MEDIUM",
            "issue_confidence": "HIGH", "issue_cwe": {"id": cwe}}  # fmt: skip


def _app(folder: Path) -> None:
    (folder / "src" / "orders").mkdir(parents=True)
    (folder / "tools").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "src" / "orders" / "app.py").write_text(HANDLER)
    (folder / "tools" / "x.py").write_text("eval('1')\n")
    results = [
        _result("B602", "./src/orders/app.py", 3, 78),
        _result("B999", str(folder / "src" / "orders" / "app.py"), 4, 327),
        _result("B307", "tools/x.py", 1, 78),
    ]
    (folder / "bandit.json").write_text(json.dumps({"metrics": {}, "results": results}))


def test_results_are_joined_with_functions(run: Run, tmp_path: Path) -> None:
    _app(tmp_path)
    run("audit", ".", "--import", "bandit.json", "-o", "out.json")
    report = json.loads((tmp_path / "out.json").read_text())
    (finding,) = [f for f in report["findings"] if f["rule"] == "external-finding"]
    assert finding["message"] == "src/orders/app.py:4: says B999, says bandit (B999)"  # B602 is event-starts-process
    assert [f.rpartition("-")[2] for f in finding["functions"]] == ["Orders"]
    assert "bandit in bandit.json: 3 results, 1 of them in files of no function" in report["coverage"]["notes"]
    assert [f["rule"] for f in report["findings"]].count("event-starts-process") == 1


def test_a_report_about_a_function_of_a_snapshot(run: Run, tmp_path: Path) -> None:
    _app(tmp_path)
    run("audit", ".", "--snapshot", "app.snapshot.json")
    result = run("audit", "app.snapshot.json", "--import", "stack-Orders=bandit.json", "--select", "external-finding", "-v")
    assert result.stdout.count("external-finding ·") == 2, result.stdout  # app.py:4, and tools/x.py, which was said to be its own
    assert result.returncode == 1


def test_a_report_that_nothing_can_be_joined_with_says_what_to_do(run: Run, tmp_path: Path) -> None:
    _app(tmp_path)
    run("audit", ".", "--snapshot", "app.snapshot.json")
    result = run("audit", "app.snapshot.json", "--import", "bandit.json", "--select", "external-finding")
    assert "say whose they are: --import FUNCTION=FILE" in result.stderr
    unknown = run("audit", "app.snapshot.json", "--import", "nobody=bandit.json", "--select", "external-finding")
    assert "no function is called nobody" in unknown.stderr


def test_what_is_no_report_ends_it_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    _app(tmp_path)
    result = run("audit", "aws", "--import", "template.yaml")
    assert result.returncode == 2
    assert result.stderr.strip() == "lambdaudit: --import: template.yaml is not JSON: Expecting value: line 1 column 1 (char 0)"


def test_a_snapshot_keeps_nothing_of_it(run: Run, tmp_path: Path) -> None:
    _app(tmp_path)
    run("audit", ".", "--import", "bandit.json", "--snapshot", "app.snapshot.json")
    assert "B999" not in (tmp_path / "app.snapshot.json").read_text()
