"""Verbs of the command line on Pulumi's output: an audit with code, drift of an account against a state."""

import json
from pathlib import Path

from tests.cli.conftest import Run, run

from .shop import allow, document
from .stack import Program, archive
from .test_reading import row_of, worker

__all__ = ["run"]
HANDLER = 'import os\ndef handler(event, context):\n    os.system("ls " + event["queryStringParameters"]["d"])\n'


def stack(**inputs: object) -> Program:
    program = Program()
    worker(program, **inputs)
    return program


def test_the_code_beside_a_state_is_analysed(tmp_path: Path, run: Run) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.py").write_text(HANDLER, "utf-8")
    stack(code=archive("./app")).write(tmp_path / "state.json")
    result = run("audit", ".", "--code", "-o", "report.json", "--exit-zero", "-q")
    assert result.returncode == 0, result.stderr
    findings = json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]
    places = [(f["rule"], f["where"]["source"], f["where"]["line"]) for f in findings]
    assert ("event-starts-process", "app/app.py", 3) in places


def test_drift_of_an_account_against_a_state(tmp_path: Path, run: Run) -> None:
    program = stack()
    (tmp_path / "code").mkdir()
    program.write(tmp_path / "code/state.json")
    assert run("audit", "code/state.json", "--snapshot", "same.snapshot.json", "--no-code", "-q", "--exit-zero").returncode == 0
    assert run("drift", "code", "--with", "same.snapshot.json").returncode == 0
    role = row_of(program, "worker")
    program.add("aws:iam/rolePolicy:RolePolicy", "by-hand", name="by-hand", role=role.id, policy=document(allow("*")))
    program.write(tmp_path / "live.json")
    assert run("audit", "live.json", "--snapshot", "live.snapshot.json", "--no-code", "-q", "--exit-zero").returncode == 0
    found = run("drift", "code", "--with", "live.snapshot.json")
    assert (found.returncode, "by-hand" in found.stdout or "worker" in found.stdout) == (1, True)
