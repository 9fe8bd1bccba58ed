"""``lambdaudit code`` on folders, packages, files and snapshots."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run

HANDLER = """\
import os
import boto3

TABLE = os.environ["TABLE"]

def handler(event, context):
    name = event["queryStringParameters"]["name"]
    os.system("convert " + name)
    return boto3.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": "x"}})
"""
SAFE = """\
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"ok": True})}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with one handler."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(HANDLER)
    return folder


def test_a_folder_needs_neither_account_nor_template(run: Run, source: Path) -> None:
    result = run("code", "app")
    assert result.returncode == 1
    assert "reaches os.system in main.py:8" in result.stdout
    assert "dynamodb:GetItem" in result.stdout
    assert "environment variable TABLE" in result.stdout


def test_a_package_and_a_file_say_the_same(run: Run, source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as package:
        package.write(source / "main.py", "main.py")
    for target in ("app", "app.zip", "app/main.py"):
        result = run("code", target, "--handler", "main.handler", "-o", "out.json")
        assert result.returncode == 1, result.stderr
        written = json.loads((tmp_path / "out.json").read_text())
        assert [(f["kind"], f["sink"], f["where"]["line"]) for f in written["flows"]] == [("process", "os.system", 8)]
        assert [c["actions"] for c in written["calls"]] == [["dynamodb:GetItem"]]


def test_safe_code_is_clean(run: Run, source: Path) -> None:
    (source / "main.py").write_text(SAFE)
    result = run("code", "app", "--strict")
    assert result.returncode == 0, result.stdout


def test_what_invokes_it_decides_what_is_foreign(run: Run, source: Path) -> None:
    assert run("code", "app", "--trigger", "url").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere", "--handler", "a.b"), 2, "no file or folder nowhere"),
        (("app", "-o", "out.txt"), 2, "must end in .json"),
        (("app", "--handler", "other.handler", "--strict"), 4, ""),
    ],
)
def test_bad_input(run: Run, source: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    result = run("code", *arguments)
    assert result.returncode == code, result.stdout
    assert says in result.stderr


def test_a_snapshot_holds_what_was_established(run: Run, source: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Main:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: main-fn\n"
        "      CodeUri: app\n      Handler: main.handler\n      Runtime: python3.13\nTransform: AWS::Serverless-2016-10-31\n"
    )
    assert run("audit", ".", "--snapshot", "kept.snapshot.json", "-q").returncode == 1
    result = run("code", "main-fn", "--snapshot", "kept.snapshot.json")
    assert result.returncode == 1
    assert "reaches os.system in app/main.py:8" in result.stdout
    assert HANDLER.splitlines()[7].strip() not in (tmp_path / "kept.snapshot.json").read_text()
    result = run("code", "other", "--snapshot", "kept.snapshot.json")
    assert result.returncode == 2
    assert "collect aws --code" in result.stderr
