"""Bad input gives one clear line and the documented exit code, never a traceback, and never loses a result."""

import gzip
import json
from pathlib import Path

import pytest

from lambdaudit.model.snapshot import encode, write
from tests.rules.world import build
from tests.support.estate import Estate
from tests.support.fakeaws import FakeAws
from tests.support.faults import Fault
from tests.support.proxy import Proxy, faults_of

from .conftest import Run

WORLD = {"function": {"orders": {"runtime": "python3.8"}}}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_REGION": "eu-west-1"}


def one_line(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert len(lines) == 1, stderr
    assert "Traceback" not in stderr
    return lines[0]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "account.snapshot.json"
    write(build(WORLD), path)
    return path


def test_no_credentials(run: Run) -> None:
    result = run("audit", "aws")
    assert result.returncode == 2
    assert "no AWS credentials found" in one_line(result.stderr)


def test_unknown_profile(run: Run) -> None:
    result = run("audit", "aws", "--profile", "nobody")
    assert result.returncode == 2
    assert "nobody" in one_line(result.stderr)


def test_unknown_region(run: Run) -> None:
    result = run("audit", "aws", "--region", "eu-vest-1", env=KEYS)
    assert result.returncode == 2
    assert "eu-west-1" in one_line(result.stderr)


def test_wrong_keys_and_expired_token(run: Run, estate_small: Estate) -> None:
    with faults_of(estate_small.proxy, Fault("expired", "sts:*")):
        result = run("audit", "aws", env=estate_small.proxy.environment())
    assert result.returncode == 2
    assert "expired" in one_line(result.stderr)


def test_an_unreachable_endpoint(run: Run) -> None:
    result = run("audit", "aws", env=KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert result.returncode == 2
    assert "cannot be reached" in one_line(result.stderr)


def test_an_account_without_functions(run: Run) -> None:
    with FakeAws() as fake, Proxy(fake) as proxy:
        result = run("audit", "aws", "--region", "eu-west-1", "--no-progress", env=proxy.environment())
    assert result.returncode == 3
    assert "0 functions" in result.stdout
    assert result.stderr == ""


def test_a_list_file_that_is_not_there_or_not_text(run: Run, tmp_path: Path) -> None:
    result = run("audit", "aws", "--functions-file", "nowhere.txt", env=KEYS)
    assert result.returncode == 2
    assert "nowhere.txt" in one_line(result.stderr)
    (tmp_path / "list.txt").write_bytes(b"orders\n\xff\xfe\n")
    result = run("audit", "aws", "--functions-file", "list.txt", env=KEYS)
    assert result.returncode == 2
    assert "list.txt:2" in one_line(result.stderr)


def test_a_list_file_with_nothing_but_bad_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n# nothing\narn:aws:s3:::bucket\n")
    result = run("audit", "aws", "--functions-file", "list.txt", env=KEYS)
    assert result.returncode == 2
    assert "list.txt:3" in one_line(result.stderr)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "not a lambdaudit snapshot"),
        (b"[]", "not a lambdaudit snapshot"),
        (b"\x00\x01\x02", "not a lambdaudit snapshot"),
        (b"", "not a lambdaudit snapshot"),
        (gzip.compress(b"{}", mtime=0)[:-6], "cannot read snapshot"),
        (json.dumps({"format": "lambdaudit-snapshot", "version": 99}).encode(), "upgrade lambdaudit"),
        (json.dumps({"format": "lambdaudit-snapshot", "version": 1, "assets": [{"type": "nonsense"}]}).encode(), "damaged"),
        (b'{"format":"lambdaudit-snapshot","version":1,"assets":' + b"[" * 100_000, "snapshot"),
    ],
)
def test_a_damaged_or_newer_snapshot(run: Run, tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "bad.snapshot.json").write_bytes(content)
    result = run("audit", "bad.snapshot.json")
    assert result.returncode == 2
    line = one_line(result.stderr)
    assert says in line
    assert "bad.snapshot.json" in line


def test_a_target_that_is_not_there_or_holds_nothing(run: Run, tmp_path: Path) -> None:
    result = run("audit", "missing.json")
    assert result.returncode == 2
    assert "missing.json" in one_line(result.stderr)
    for target in (".", ""):
        result = run("audit", *([target] if target else []))
        assert result.returncode == 3
        assert "holds no template" in one_line(result.stderr)
    (tmp_path / "notes.txt").write_text("not a template")
    result = run("audit", "notes.txt")
    assert result.returncode == 2
    assert "neither a snapshot nor a template" in one_line(result.stderr)


def test_an_output_that_cannot_be_written_is_said_before_any_work(run: Run, snapshot: Path, tmp_path: Path) -> None:
    for output, says in (("no/such/report.html", "does not exist"), ("report.pdf", "format"), (".", "format")):
        result = run("audit", str(snapshot), "-o", output)
        assert result.returncode == 2
        assert says in one_line(result.stderr)
        assert result.stdout == ""
    folder = tmp_path / "report.html"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    result = run("audit", str(snapshot), "-o", "report.html")
    assert result.returncode == 2
    assert (folder / "mine.txt").read_text() == "keep"


def test_a_full_disk_keeps_the_result_on_the_terminal(run: Run, snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    result = run("audit", str(snapshot), "-o", "report.html", limit=1)
    assert result.returncode == 2
    assert "cannot write report.html" in one_line(result.stderr)
    assert "python3.8" in result.stdout
    assert (tmp_path / "report.html").read_text() == "old"
    assert not list(tmp_path.glob(".report.html.*"))


def test_unknown_rules_flags_and_verbs(run: Run, snapshot: Path) -> None:
    result = run("audit", str(snapshot), "--select", "no-such-rule")
    assert result.returncode == 2
    assert "no-such-rule" in one_line(result.stderr)
    for arguments in (["audit", "--keys", "AKIA"], ["nonsense"]):
        result = run(*arguments)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr


def test_flags_of_the_live_account_beside_a_snapshot(run: Run, snapshot: Path) -> None:
    result = run("audit", str(snapshot), "--region", "eu-west-1")
    assert result.returncode == 2
    assert "--region" in one_line(result.stderr)


def test_a_hostile_name_cannot_steer_the_terminal(run: Run) -> None:
    result = run("audit", "\x1b[31mred\x1b]0;title\x07.json")
    assert result.returncode == 2
    assert "\x1b" not in result.stderr


def test_a_report_that_is_not_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(encode(build(WORLD)))
    result = run("report", "r.json", "-o", "r.html")
    assert result.returncode == 2
    assert "r.json" in one_line(result.stderr)


def test_a_configuration_of_another_cloud_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text("service: s\nprovider: {name: google}\nfunctions: {first: {handler: http}}\n")
    result = run("audit", "serverless.yml")
    assert result.returncode == 3
    assert "provider google" in one_line(result.stderr)


def test_chosen_functions_that_do_not_exist(run: Run, estate_small: Estate) -> None:
    env = estate_small.proxy.environment()
    for flags in (("--function", "nobody"), ("--function", "no-such-*"), ("--tag", "nobody=1")):
        result = run("audit", "aws", *flags, "--region", "eu-west-1", "--no-progress", env=env)
        assert result.returncode == 3, result.stdout
        assert f"{flags[1]}: no such function" in one_line(result.stderr)
    result = run("collect", "aws", "--function", "nobody", "-q", "-o", "a.snapshot.json", env=env)
    assert result.returncode == 3
    assert "nobody: no such function" in one_line(result.stderr)
    assert run("audit", "a.snapshot.json", "-q").returncode == 3


def test_a_function_that_could_not_be_looked_up_is_not_called_absent(run: Run, estate_small: Estate) -> None:
    name = estate_small.truth.functions["eu-west-1"][0].rpartition(":")[2]
    with faults_of(estate_small.proxy, Fault("denied", "lambda:*")):
        env = estate_small.proxy.environment()
        result = run("audit", "aws", "--function", name, "--region", "eu-west-1", "--strict", "--no-progress", env=env)
    assert result.returncode in (1, 4), result.stdout + result.stderr
    assert "AccessDenied" in result.stdout or "lambda:GetFunction" in result.stdout


def test_a_list_names_one_function_that_does_not_exist(run: Run, tmp_path: Path, estate_small: Estate) -> None:
    name = estate_small.truth.functions["eu-west-1"][0].rpartition(":")[2]
    (tmp_path / "list.txt").write_text(f"{name}\nnobody\n")
    flags = ("--functions-file", "list.txt", "--region", "eu-west-1", "--no-progress")
    result = run("audit", "aws", *flags, "--fail-on", "never", env=estate_small.proxy.environment())
    assert result.returncode == 0
    assert "nobody: no such function" in one_line(result.stderr)
    assert "1 function " in result.stdout


def test_flags_that_would_mean_nothing_are_refused(run: Run) -> None:
    for flag, value in (("--external-id", "shared"), ("--mfa-serial", "arn:aws:iam::123456789012:mfa/me")):
        result = run("audit", "aws", flag, value, env=KEYS)
        assert result.returncode == 2
        assert f"{flag} goes with --role-arn" in one_line(result.stderr)


def test_a_region_of_another_partition(run: Run, estate_small: Estate) -> None:
    flags = ("--region", "eu-west-1", "--region", "cn-north-1")
    result = run("audit", "aws", *flags, "--no-progress", env=estate_small.proxy.environment())
    assert result.returncode == 2
    assert "cn-north-1 is not in aws" in one_line(result.stderr)
