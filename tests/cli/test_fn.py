"""``lambdaudit fn``: one function, whole."""

import json
from pathlib import Path

import pytest

from lambdaudit.model.snapshot import write
from tests.cli.conftest import Run
from tests.rules.world import build
from tests.support.estate import Estate

WORLD = {
    "function": {
        "orders": {
            "runtime": "python3.8", "role": "{role:worker}", "layers": ["{layer-version:tools:3}"],
            "environment": {
                "TABLE": {"value": "orders"}, "DB_PASSWORD": {"kind": "password", "reason": "by its name", "length": 12}},
            "url": {"auth_type": "NONE"}, "tags": {"team": "\x1b[31mshop"},
            "policy": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
                        "Resource": "*"}],
        },
        "other": {"role": "{role:worker}", "versions": {"unknown": "lambda:ListVersionsByFunction"}},
    },
    "alias": {"orders:live": {"version": "7", "function": "{function:orders}"}},
    "role": {"worker": {"policies": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}]}},
}  # fmt: skip


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    write(build(WORLD), tmp_path / "s.json")
    return "s.json"


def test_the_whole_view(run: Run, snapshot: str) -> None:
    result = run("fn", "orders", "--snapshot", snapshot)
    assert result.returncode == 1
    for words in (
        "runtime               python3.8", "function-url: https://", "auth type NONE", "to Service s3.amazonaws.com",
        "role/worker",
        "dynamodb: dynamodb:GetItem on *", "TABLE = orders", "DB_PASSWORD: password (by its name), 12 characters",
        "layer:tools:3", "orders:live -> 7", "<- grants: role worker", "team = \\x1b[31mshop", "[runtime-deprecated]",
    ):  # fmt: skip
        assert words in result.stdout, words
    assert "\x1b" not in result.stdout


def test_what_was_not_read_is_told(run: Run, snapshot: str) -> None:
    text = run("fn", "other", "--snapshot", snapshot).stdout
    assert "not known: access denied (lambda:ListVersionsByFunction)" in text
    assert "needs lambda:ListVersionsByFunction" in text


def test_json(run: Run, snapshot: str) -> None:
    told = json.loads(run("fn", "orders", "--snapshot", snapshot, "--json").stdout)
    assert told["function"]["name"] == "orders"
    assert "runtime-deprecated" in {finding["rule"] for finding in told["findings"]}
    assert {fn for finding in told["findings"] for fn in finding["functions"]} >= {told["function"]["id"]}


def test_a_function_that_is_not_there(run: Run, snapshot: str) -> None:
    result = run("fn", "nobody", "--snapshot", snapshot)
    assert (result.returncode, result.stderr) == (3, "lambdaudit: there is no function 'nobody' in what could be read\n")


def test_of_a_live_account_only_that_function_is_read(run: Run, tmp_path: Path, estate_small: Estate) -> None:
    env = estate_small.proxy.environment()
    assert run("collect", "aws", "-o", "all.json", env=env).returncode == 0
    assets = json.loads((tmp_path / "all.json").read_text())["assets"]
    chosen = next(a for a in assets if a["type"] == "function")
    estate_small.proxy.clear()
    result = run("fn", chosen["id"], env=env)
    assert result.stdout.splitlines()[:2] == [chosen["name"], f"  {chosen['id']}"], result.stderr
    asked = {subject[1:] for subject in estate_small.proxy.ledger.requests if subject[0] == "lambda:GetPolicy"}
    assert len(asked) == 1
