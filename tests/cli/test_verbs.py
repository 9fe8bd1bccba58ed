"""The verbs, run as processes: what they print, write and return."""

import json
import os
import stat
from pathlib import Path

import pytest

from lambdaudit.model.snapshot import write
from tests.rules.world import build
from tests.support.estate import Estate

from .conftest import Run

WORLD = {"function": {"orders": {"runtime": "python3.8"}, "clean": {}}}


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "account.snapshot.json.gz"
    write(build(WORLD), path)
    return path


def test_exit_codes_follow_fail_on(run: Run, snapshot: Path) -> None:
    assert run("audit", str(snapshot)).returncode == 1
    assert run("audit", str(snapshot), "--fail-on", "critical").returncode == 0
    assert run("audit", str(snapshot), "--fail-on", "never").returncode == 0
    assert run("audit", str(snapshot), "--exit-zero").returncode == 0
    assert run("audit", str(snapshot), "--ignore", "runtime-*").returncode == 0


def test_strict_says_incomplete(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    write(build({"function": {"orders": {"policy": {"unknown": "lambda:GetPolicy"}}}}), path)
    assert run("audit", str(path)).returncode == 0
    result = run("audit", str(path), "--strict")
    assert result.returncode == 4
    assert "lambda:GetPolicy" in result.stdout


def test_results_on_stdout_nothing_on_stderr_and_quiet_is_quiet(run: Run, snapshot: Path) -> None:
    result = run("audit", str(snapshot))
    assert "python3.8" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""
    quiet = run("audit", str(snapshot), "-q")
    assert (quiet.stdout, quiet.stderr, quiet.returncode) == ("", "", 1)
    assert "\x1b" in run("audit", str(snapshot), "--color", "always").stdout


def test_files_are_private_and_say_the_same_as_the_terminal(run: Run, snapshot: Path, tmp_path: Path) -> None:
    result = run("audit", str(snapshot), "-o", "r.json", "-o", "r.html")
    assert stat.S_IMODE(os.stat(tmp_path / "r.json").st_mode) == 0o600
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["statistics"]["functions"] == 2
    assert "2 functions" in result.stdout
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    again = run("report", "r.json", "-o", "again.json", "-o", "again.html")
    assert again.returncode == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "r.json").read_bytes()
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "r.html").read_bytes()


def test_audit_of_a_collected_snapshot_is_the_live_audit(run: Run, tmp_path: Path, estate_small: Estate) -> None:
    env = estate_small.proxy.environment()
    live = run("audit", "aws", "-o", "live.json", "--snapshot", "s.json.gz", env=env)
    assert live.returncode == 1, live.stderr
    later = run("audit", "s.json.gz", "-o", "later.json")
    assert later.returncode == 1
    assert (tmp_path / "later.json").read_bytes() == (tmp_path / "live.json").read_bytes()


def test_collect_one_function_by_name_and_by_standard_input(run: Run, tmp_path: Path, estate_small: Estate) -> None:
    env = estate_small.proxy.environment()
    assert run("collect", "aws", "-o", "all.json", env=env).returncode == 0
    assets = json.loads((tmp_path / "all.json").read_text())["assets"]
    chosen = next(a for a in assets if a["type"] == "function")
    result = run("collect", "aws", "--functions-file", "-", "-o", "one.json", env=env, stdin=f"{chosen['id']}\n")
    assert result.returncode == 0, result.stderr
    found = [a["id"] for a in json.loads((tmp_path / "one.json").read_text())["assets"] if a["type"] == "function"]
    assert found == [chosen["id"]]
    assert "1 function" in result.stdout


def test_permissions_is_a_policy_that_only_reads(run: Run) -> None:
    policy = json.loads(run("permissions").stdout)
    actions = [a for s in policy["Statement"] for a in s["Action"]]
    assert "lambda:ListFunctions" in actions
    assert not [a for a in actions if a.split(":")[1].startswith(("Create", "Put", "Update", "Delete", "Invoke", "Add"))]


def test_rules_and_explain(run: Run) -> None:
    listed = run("rules").stdout
    assert "function-public" in listed
    rows = json.loads(run("rules", "--json").stdout)
    assert len(rows) >= 40
    assert all(r["why"] and r["fix"] and r["see"] for r in rows)
    assert "Why:" in run("explain", "function-public").stdout
    missing = run("explain", "function-publik")
    assert missing.returncode == 2
    assert "function-public" in missing.stderr


def test_no_flag_takes_a_secret(run: Run) -> None:
    """REG-15: keys on the command line show in the process list."""
    for verb in ("audit", "collect"):
        text = run(verb, "--help").stdout.lower()
        assert "--access-key" not in text
        assert "--secret" not in text
        assert "--keys" not in text
        assert "--token" not in text
