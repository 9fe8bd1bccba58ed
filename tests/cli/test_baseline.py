"""``--baseline``: what a change introduced is told apart from what was there, whatever moves; nothing new is swallowed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.cli import main
from tests.cli.conftest import Run

HEAD = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Timeout: 10}
Resources:
"""
ORDERS = """\
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Environment:
        Variables:
          DB_PASSWORD: hunter2-prod-92!x
      FunctionUrlConfig:
        AuthType: NONE
"""
BILLS = """\
  Bills:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return 1"
      Handler: index.handler
"""
OPEN_URL = """\
      FunctionUrlConfig:
        AuthType: NONE
"""
HANDLER = """\
def handler(event, context):
    return eval(event["body"])
"""

Audit = Callable[..., dict[str, Any]]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    (folder / "src").mkdir(parents=True)
    (folder / "template.yaml").write_text(HEAD + ORDERS + BILLS)
    (folder / "src" / "app.py").write_text(HANDLER)
    return folder


@pytest.fixture
def head(base: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "another" / "checkout"
    shutil.copytree(base, folder)
    return folder


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """``audit(folder, "--baseline", …)`` in this process: the report, with the exit code under ``code``."""

    def call(*arguments: object) -> dict[str, Any]:
        out = tmp_path / "out.json"
        out.unlink(missing_ok=True)
        words = ["audit", *map(str, arguments), "-q", "-o", str(out)]
        monkeypatch.setattr("sys.argv", ["lambdaudit", *words])
        try:
            main()
            code: Any = 0
        except SystemExit as end:
            code = end.code
        loaded: dict[str, Any] = json.loads(out.read_bytes())
        return {**loaded, "code": code}

    return call


@pytest.fixture
def old(base: Path, audit: Audit, tmp_path: Path) -> Path:
    """The saved report of the base."""
    assert audit(base)["code"] == 1
    return (tmp_path / "out.json").rename(tmp_path / "old.json")


def changes(made: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in made["findings"]:
        found.setdefault(finding["change"], []).append(f"{finding['rule']} {finding.get('address', '')}")
    return found


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_the_same_files_elsewhere_hold_nothing_new(audit: Audit, head: Path, old: Path) -> None:
    made = audit(head, "--baseline", old)
    assert set(changes(made)) == {"known"}
    assert made["code"] == 0
    assert made["baseline"] | {"fixed": [], "unjudged": []} == made["baseline"]


def test_no_identity_holds_a_path_of_the_machine(old: Path, base: Path) -> None:
    for finding in json.loads(old.read_bytes())["findings"]:
        assert str(base.parent) not in json.dumps(finding)
        assert finding["identity"]
        assert finding["address"].startswith("template.yaml#")


def test_lines_and_order_count_for_nothing(audit: Audit, head: Path, old: Path) -> None:
    (head / "template.yaml").write_text("# a comment\n\n" + HEAD + "\n\n" + BILLS + "\n# moved\n" + ORDERS)
    (head / "src" / "app.py").write_text('"""Handler."""\n\nimport os  # noqa\n\n\n' + HANDLER)
    assert set(changes(audit(head, "--baseline", old))) == {"known"}


def test_lines_count_for_nothing_in_a_whole_application(audit: Audit, tmp_path: Path) -> None:
    original = Path(__file__).parents[1] / "iac" / "parity" / "sam"
    moved = tmp_path / "moved"
    shutil.copytree(original, moved)
    for path in moved.rglob("*.yaml"):
        path.write_text("# one\n# two\n# three\n" + path.read_text())
    made = audit(moved, "--baseline", original, "--persona", "strict")
    assert set(changes(made)) == {"known"}
    assert len(made["findings"]) > 50
    assert made["baseline"]["fixed"] == made["baseline"]["unjudged"] == []
    assert len({f.get("identity") or f["fingerprint"] for f in made["findings"]}) == len(made["findings"])


def test_account_region_and_stack_count_for_nothing(audit: Audit, head: Path, old: Path) -> None:
    made = audit(head, "--baseline", old, "--account", "111122223333", "--region", "eu-west-1")
    assert set(changes(made)) == {"known"}
    assert "111122223333" in made["findings"][0]["asset"]


def test_what_a_change_introduces_is_new(audit: Audit, head: Path, old: Path) -> None:
    (head / "template.yaml").write_text(HEAD + ORDERS + BILLS + OPEN_URL)
    made = audit(head, "--baseline", old, "--fail-on", "high")
    assert "function-url-public template.yaml#Bills" in changes(made)["new"]
    assert all(name.endswith("#Bills") for name in changes(made)["new"])
    assert made["code"] == 1


def test_a_renamed_file_is_new_and_the_old_one_fixed(audit: Audit, head: Path, old: Path) -> None:
    (head / "template.yaml").rename(head / "stack.yaml")
    made = audit(head, "--baseline", old)
    assert set(changes(made)) == {"new"}
    assert len(made["baseline"]["fixed"]) == len(json.loads(old.read_bytes())["findings"])


def test_a_copy_in_another_file_is_new(audit: Audit, head: Path, old: Path) -> None:
    (head / "other").mkdir()
    (head / "other" / "template.yaml").write_text(HEAD + ORDERS.replace("      CodeUri: src/\n", "      CodeUri: ../src/\n"))
    made = audit(head, "--baseline", old)
    new = changes(made)["new"]
    assert "function-url-public other/template.yaml#Orders" in new
    assert "environment-secret other/template.yaml#Orders" in new
    assert len(made["findings"]) == len(new) + len(changes(made)["known"])


def test_a_second_variable_is_not_swallowed(audit: Audit, head: Path, old: Path) -> None:
    edit(head / "template.yaml", "          DB_PASSWORD:", "          API_PASSWORD: other-42!pass-word\n          DB_PASSWORD:")
    assert [f["key"] for f in audit(head, "--baseline", old)["findings"] if f["change"] == "new"] == ["API_PASSWORD"]


def test_what_is_mended_is_fixed(audit: Audit, head: Path, old: Path) -> None:
    edit(head / "template.yaml", "AuthType: NONE", "AuthType: AWS_IAM")
    made = audit(head, "--baseline", old)
    assert "function-url-public" in {past["rule"] for past in made["baseline"]["fixed"]}
    assert "new" not in changes(made)


def test_what_cannot_be_judged_any_more_is_not_fixed(audit: Audit, head: Path, old: Path) -> None:
    edit(head / "template.yaml", "AuthType: NONE", "AuthType: !Ref Auth")
    edit(head / "template.yaml", "Resources:\n", "Parameters: {Auth: {Type: String}}\nResources:\n")
    made = audit(head, "--baseline", old)
    assert "function-url-public" in {past["rule"] for past in made["baseline"]["unjudged"]}
    assert "function-url-public" not in {past["rule"] for past in made["baseline"]["fixed"]}


def test_a_file_that_cannot_be_read_any_more_fixes_nothing(audit: Audit, base: Path, head: Path) -> None:
    (head / "b.yaml").write_text(HEAD + BILLS)
    (base / "b.yaml").write_text(HEAD + BILLS)
    edit(head / "template.yaml", "    Properties:", "    Properties: [")
    made = audit(head, "--baseline", base)
    assert made["baseline"]["fixed"] == []
    assert "function-url-public" in {past["rule"] for past in made["baseline"]["unjudged"]}


def test_code_that_is_not_looked_into_fixes_nothing(audit: Audit, head: Path, old: Path) -> None:
    made = audit(head, "--baseline", old, "--no-code")
    assert {past["rule"] for past in made["baseline"]["unjudged"]} == {"event-reaches-code-evaluation"}
    assert made["baseline"]["fixed"] == []


def test_what_is_not_asked_for_is_not_fixed(audit: Audit, head: Path, old: Path) -> None:
    for flags in (("--select", "function-url-*"), ("--min-severity", "high"), ("--ignore", "environment-*")):
        made = audit(head, "--baseline", old, *flags)
        assert made["baseline"]["fixed"] == [], flags
        assert made["baseline"]["skipped"] > 0, flags


def test_a_known_fault_that_got_worse_counts(audit: Audit, head: Path, old: Path) -> None:
    saved = json.loads(old.read_bytes())
    for finding in saved["findings"]:
        if finding["rule"] == "function-url-public":
            finding["severity"] = "low"
    old.write_text(json.dumps(saved))
    made = audit(head, "--baseline", old)
    assert changes(made)["worse"] == ["function-url-public template.yaml#Orders"]
    assert made["code"] == 1


def test_two_of_one_name_match_two_of_one_name(audit: Audit, head: Path, old: Path) -> None:
    saved = json.loads(old.read_bytes())
    (url,) = [finding for finding in saved["findings"] if finding["rule"] == "function-url-public"]
    saved["findings"].append(url | {"fingerprint": "twin"})
    old.write_text(json.dumps(saved))
    made = audit(head, "--baseline", old)
    assert [past["fingerprint"] for past in made["baseline"]["fixed"]] == ["twin"]


@pytest.mark.parametrize("kind", ["folder", "template", "base.snapshot.json", "account.json", "account.json.gz"])
def test_a_folder_or_snapshot_of_the_base_does_as_well(audit: Audit, base: Path, head: Path, tmp_path: Path, kind: str) -> None:
    given = base / "template.yaml" if kind == "template" else base
    if kind not in ("folder", "template"):
        given = tmp_path / kind
        written = tmp_path / ("written.snapshot.json.gz" if kind.endswith(".gz") else "written.snapshot.json")
        audit(base, "--snapshot", written)
        written.rename(given)
    (head / "template.yaml").write_text(HEAD + BILLS + OPEN_URL + ORDERS)
    made = audit(head, "--baseline", given)
    assert {name.split()[1] for name in changes(made)["new"]} == {"template.yaml#Bills"}
    assert len(changes(made)["known"]) >= 3


def test_a_base_without_templates_makes_everything_new(audit: Audit, head: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert set(changes(audit(head, "--baseline", tmp_path / "nothing"))) == {"new"}


def test_for_each_instances_are_told_apart(audit: Audit, tmp_path: Path) -> None:
    def terraform(folder: str, names: str) -> Path:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.tf").write_text(
            'resource "aws_lambda_function" "f" {\n'
            f"  for_each      = toset([{names}])\n"
            '  function_name = "f-${each.key}"\n  role          = "arn:aws:iam::111122223333:role/r"\n'
            '  runtime       = "python3.8"\n  handler       = "x.y"\n  filename      = "x.zip"\n}\n'
        )
        return tmp_path / folder

    made = audit(terraform("two", '"a", "b"'), "--baseline", terraform("one", '"b"'), "--select", "runtime-deprecated")
    assert changes(made) == {
        "new": ['runtime-deprecated main.tf#aws_lambda_function.f["a"]'],
        "known": ['runtime-deprecated main.tf#aws_lambda_function.f["b"]'],
    }


def test_the_terminal_lists_only_what_is_new(run: Run, base: Path, head: Path) -> None:
    (head / "template.yaml").write_text(HEAD + ORDERS + BILLS + OPEN_URL)
    result = run("audit", str(head), "--baseline", str(base), "--baseline-name", "main", "-v", "--fail-on", "high")
    assert result.returncode == 1
    assert "Bills answers unsigned requests" in result.stdout
    assert "Orders answers unsigned requests" not in result.stdout
    assert " known, 0 fixed since main\n" in result.stdout


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("missing.json", "cannot read report"),
        ("base/src/app.py", "is not a lambdaudit report"),
    ],
)
def test_a_wrong_baseline_is_told_before_anything_is_read(run: Run, base: Path, tmp_path: Path, given: str, says: str) -> None:
    result = run("audit", str(base), "--baseline", str(tmp_path / given))
    assert result.returncode == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_name_needs_a_baseline(run: Run, base: Path) -> None:
    result = run("audit", str(base), "--baseline-name", "main")
    assert result.returncode == 2
    assert "goes with --baseline" in result.stderr


def test_a_folder_is_no_baseline_of_an_account(run: Run, base: Path) -> None:
    result = run("audit", "aws", "--baseline", str(base))
    assert result.returncode == 2
    assert "templates only go with templates" in result.stderr


def test_a_reader_who_leaves_does_not_change_the_exit_code(base: Path) -> None:
    def code(*arguments: str) -> int:
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "lambdaudit", "audit", str(base), *arguments]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writing)
        assert "Traceback" not in done.stderr
        return done.returncode

    assert code() == 1
    assert code("--baseline", str(base)) == 0
