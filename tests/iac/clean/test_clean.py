"""An application as it should be gives no alarm, in SAM and in Terraform, by the strict rules too."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lambdaudit.cli.app import app

HERE = Path(__file__).parent


@pytest.mark.parametrize("form", ["sam", "terraform"])
def test_no_alarm(form: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = ["audit", str(HERE / form), "--persona", "strict", "--no-progress", "-o", str(report)]
    ran = CliRunner().invoke(app, command)
    assert ran.exit_code == 0, ran.output
    said = json.loads(report.read_text("utf-8"))
    assert [one for one in said["findings"] if one["severity"] != "info"] == []
    assert [row for row in said["not_assessed"] if row["status"] == "error"] == []
    assert said["coverage"].get("complete", True)
    assert len(said["functions"]) == 8
    assert sum(rule["passed"] for rule in said["rules"]) > 400
