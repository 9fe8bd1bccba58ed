"""``lambdaudit audit --fix``: patches are shown, written, or refused, with one clear line."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run

TEMPLATE = """\
# our queues
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Role: !GetAtt R.Arn, Code: {ZipFile: x}}
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]
  Q:
    Type: AWS::SQS::Queue
    Properties:
      SqsManagedSseEnabled: false # cheap
  K:
    Type: AWS::KMS::Key
"""
PATCHED = TEMPLATE.replace("false", "true") + "    Properties:\n      EnableKeyRotation: true\n"
QUIET = ("--no-code", "-q")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def test_shown_after_the_summary(run: Run, template: Path) -> None:
    result = run("audit", ".", "--no-code", "--fix")
    assert result.returncode == 1
    summary, _, diff = result.stdout.partition("--- a/template.yaml\n")
    assert "queue Q" in summary or "server-side encryption" in summary
    assert "+      SqsManagedSseEnabled: true # cheap\n" in diff
    assert template.read_text() == TEMPLATE


def test_quiet_prints_what_git_applies(run: Run, template: Path) -> None:
    result = run("audit", ".", "--fix", *QUIET)
    assert result.returncode == 1
    assert result.stdout.startswith("--- a/template.yaml\n")
    subprocess.run(["git", "apply"], cwd=template.parent, input=result.stdout.encode(), check=True)
    assert template.read_text() == PATCHED


def test_written(run: Run, template: Path) -> None:
    template.chmod(0o640)
    result = run("audit", ".", "--no-code", "--fix", "--write")
    assert result.returncode == 1, "the exit code is of what was found"
    assert "changed template.yaml: key-not-rotated, queue-not-encrypted\n" in result.stdout
    assert template.read_text() == PATCHED
    assert template.stat().st_mode & 0o777 == 0o640
    assert os.listdir(template.parent) == ["template.yaml"]
    again = run("audit", ".", "--no-code", "--fix", "--write")
    assert again.returncode == 0
    assert "nothing is changed" in again.stderr
    assert template.read_text() == PATCHED


def test_chosen_rules_only(run: Run, template: Path) -> None:
    run("audit", ".", *QUIET, "--fix", "--write", "--select", "key-*")
    assert template.read_text() == TEMPLATE + "    Properties:\n      EnableKeyRotation: true\n"
    run("audit", "template.yaml", *QUIET, "--fix", "--write", "--ignore", "key-*")
    assert template.read_text() == PATCHED


def test_reports_carry_the_patches(run: Run, template: Path) -> None:
    result = run("audit", ".", "--no-code", "-v", "--select", "queue-not-encrypted", "-o", "r.json", "-o", "r.html")
    assert result.returncode == 1
    assert "+      SqsManagedSseEnabled: true # cheap" in result.stdout
    (finding,) = json.loads((template.parent / "r.json").read_text())["findings"]
    assert finding["fix"]["patch"].startswith("--- a/template.yaml\n+++ b/template.yaml\n@@ -12,6 +12,6 @@\n")
    assert "+      SqsManagedSseEnabled: true # cheap" in (template.parent / "r.html").read_text()


def test_commands_need_an_account(run: Run, template: Path) -> None:
    template.write_text("Resources:\n  L:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: /l}\n")
    for account, wanted in (((), False), (("--account", "123456789012"), True)):
        run("audit", ".", *QUIET, *account, "-o", "r.json")
        (finding,) = json.loads((template.parent / "r.json").read_text())["findings"]
        assert ("commands" in finding["fix"]) is wanted
        assert finding["fix"]["patch"]


def test_nothing_to_patch(run: Run, template: Path) -> None:
    template.write_text("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n")
    result = run("audit", ".", "--no-code", "--fix")
    assert "no finding has a patch" in result.stderr
    assert "---" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("audit", "aws", "--fix"), "--fix only goes with templates"),
        (("audit", ".", "--write"), "--write goes with --fix"),
    ],
)
def test_refused(arguments: tuple[str, ...], says: str, run: Run, template: Path) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_a_snapshot_has_no_templates(run: Run, template: Path) -> None:
    run("audit", ".", *QUIET, "--snapshot", "s.snapshot.json")
    result = run("audit", "s.snapshot.json", "--fix")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "--fix only goes with templates" in result.stderr


def test_files_that_changed_are_not_written(tmp_path: Path) -> None:
    from lambdaudit.cli.errors import CommandError
    from lambdaudit.cli.fixing import replace_files

    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"a")
    second.write_bytes(b"changed")
    with pytest.raises(CommandError, match=r"b\.yaml changed since it was read"):
        replace_files([(first, b"a", b"A"), (second, b"b", b"B")])
    assert (first.read_bytes(), second.read_bytes()) == (b"a", b"changed")
    assert sorted(os.listdir(tmp_path)) == ["a.yaml", "b.yaml"]
    second.unlink()
    with pytest.raises(CommandError, match="cannot change"):
        replace_files([(first, b"a", b"A"), (second, b"b", b"B")])
    assert first.read_bytes() == b"a"


def test_links_are_not_followed_out(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(TEMPLATE)
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "template.yaml").symlink_to(outside)
    run("audit", str(inside / "template.yaml"), *QUIET, "--fix", "--write")
    assert outside.read_text() == TEMPLATE


def test_names_that_steer_a_terminal(run: Run, tmp_path: Path) -> None:
    name = "a\x1b[2J\u202eb.yaml"
    (tmp_path / name).write_text(TEMPLATE)
    shown = run("audit", ".", "--no-code", "--fix")
    assert "\x1b[2J" not in shown.stdout + shown.stderr
    assert "\u202e" not in shown.stdout + shown.stderr
    written = run("audit", ".", "--no-code", "--fix", "--write")
    assert "\x1b[2J" not in written.stdout + written.stderr
    assert (tmp_path / name).read_text() == PATCHED
