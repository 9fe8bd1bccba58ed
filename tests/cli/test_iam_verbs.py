"""The verbs that ask about permissions, run as processes: answers, exit codes, JSON, bad and hostile input."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.snapshot import write
from tests.rules.world import build
from tests.support.estate import Estate

from .conftest import Run

HOSTILE = "bad\x1b[31m\u202e::error::<script>"
WORLD: dict[str, Any] = {
    "function": {
        "orders": {
            "role": "{role:app}",
            "policy": [
                {"Sid": "Events", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                 "Action": "lambda:InvokeFunction", "Resource": "{function:orders}"},
                {"Effect": "Allow", "Principal": {"AWS": "999988887777"},
                 "Action": "lambda:InvokeFunction", "Resource": "{function:orders}"},
            ],
        },
    },
    "role": {
        "app": {
            "policies": [
                {"name": "data", "Statement": [
                    {"Sid": "Read", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "{table:orders}"},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
                     "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
                    {"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
                     "Resource": "*"},
                ]},
            ],
        },
        "admin": {"policies": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        "hidden": {"policies": {"unknown": "iam:GetRolePolicy"}},
        HOSTILE: {"id": "arn:aws:iam::111122223333:role/hostile",
                  "policies": [{"name": HOSTILE, "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}]},
    },
    "user": {"ann": {}, "twin": {}},
    "group": {"staff": {}},
    "table": {"orders": {}, "twin": {}},
    "queue": {"twin": {}},
    "bucket": {"data": {}, "site": {"policy": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "{bucket:site}/*"}]}},
}  # fmt: skip


@pytest.fixture
def snapshot(tmp_path: Path) -> list[str]:
    path = tmp_path / "account.snapshot.json"
    write(build(WORLD), path)
    return ["--snapshot", str(path)]


def one_line(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert len(lines) == 1, stderr
    assert "Traceback" not in stderr
    return lines[0]


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        (("app", "dynamodb:GetItem", "orders"), 1, "data statement 0 (Read)"),
        (("app", "dynamodb:PutItem", "orders"), 0, "no: app may not call dynamodb:PutItem"),
        (("orders", "s3:GetObject", "data"), 1, "when aws:SourceVpce = vpce-1"),
        (("orders", "s3:GetObject", "data", "--context", "aws:SourceVpce=vpce-2"), 0, "no: app"),
        (("hidden", "dynamodb:GetItem", "orders"), 4, "needs iam:GetRolePolicy"),
        (("anonymous", "s3:GetObject", "site"), 1, "yes: anonymous may call"),
        (("anonymous", "s3:GetObject", "data"), 0, "no: anonymous"),
        (("s3.amazonaws.com", "lambda:InvokeFunction", "orders"), 1, "(Events)"),
        (("app", "DYNAMODB:getitem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "--expect", "yes"), 0, "yes: app"),
        (("app", "dynamodb:PutItem", "orders", "--expect", "yes"), 1, "no: app"),
        (("arn:aws:sts::111122223333:assumed-role/app/x", "dynamodb:GetItem", "orders"), 1, "yes: app"),
    ],
)
def test_can_answers_and_exits_by_the_answer(
    run: Run, snapshot: list[str], question: tuple[str, ...], code: int, said: str
) -> None:
    result = run("can", *question, *snapshot)
    assert result.returncode == code, result.stderr
    assert said in result.stdout
    assert result.stderr == ""


def test_can_as_json_carries_a_request_that_can_be_replayed(run: Run, snapshot: list[str]) -> None:
    answer = json.loads(run("can", "app", "s3:GetObject", "data", "--json", *snapshot).stdout)
    assert answer["answer"] == "yes"
    assert answer["circumstances"] == {"aws:SourceVpce": "vpce-1"}
    assert answer["because"][-1]["layer"] == "decision"
    document = WORLD["role"]["app"]["policies"][0]["Statement"][1]
    case = {"id": 1, "policies": {"identity": [{"Version": "2012-10-17", "Statement": document}]}, "request": answer["request"]}
    replayed = json.loads(run("policy", "simulate", "-", stdin=json.dumps(case)).stdout)
    assert replayed["decision"] == "Allowed"
    unknown = json.loads(run("can", "hidden", "s3:GetObject", "data", "--json", *snapshot).stdout)
    assert unknown["unknown"]["need"] == "iam:GetRolePolicy"


def test_who_can(run: Run, snapshot: list[str]) -> None:
    result = run("who-can", "lambda:InvokeFunction", "orders", *snapshot)
    assert result.returncode == 0
    for text in ("999988887777  by resource policy statement 1", "s3.amazonaws.com  by resource policy statement 0 (Events)",
                 "app  by data statement 2", "not known (1)", "needs iam:GetRolePolicy"):  # fmt: skip
        assert text in result.stdout
    assert run("who-can", "lambda:InvokeFunction", "orders", "--strict", *snapshot).returncode == 4
    rows = json.loads(run("who-can", "s3:GetObject", "site", "--json", *snapshot).stdout)
    assert {row["sort"] for row in rows["can"]} >= {"anonymous", "role"}
    assert [row["need"] for row in rows["unknown"]] == ["iam:GetRolePolicy"]


def test_blast(run: Run, snapshot: list[str]) -> None:
    result = run("blast", "orders", *snapshot)
    assert result.returncode == 0, result.stderr
    assert "pass role admin to a new function and act as it" in result.stdout
    assert "read 1 table: orders" in result.stdout
    assert result.stdout.index("ways up") < result.stdout.index("data that can be read")
    assert "$ aws lambda create-function" in run("blast", "orders", "-v", *snapshot).stdout
    report = json.loads(run("blast", "orders", "--json", *snapshot).stdout)
    damage = [["critical", "high", "medium", "low", "info"].index(item["damage"]) for item in report["items"]]
    assert damage == sorted(damage)
    up = next(item for item in report["items"] if item["section"] == "up")
    assert any(line.startswith("iam:PassRole on arn:aws:iam::111122223333:role/admin") for line in up["detail"])


def test_hostile_names_neither_steer_the_terminal_nor_hide(run: Run, snapshot: list[str]) -> None:
    for arguments in (("who-can", "dynamodb:PutItem", "orders"), ("can", HOSTILE, "dynamodb:PutItem", "orders")):
        for form in ((), ("--json",)):
            result = run(*arguments, *form, *snapshot)
            assert result.returncode in (0, 1), result.stderr
            assert "bad" in result.stdout
            assert not {"\x1b", "\u202e"} & set(result.stdout)
    missing = run("can", "\x1b]0;x\x07", "dynamodb:PutItem", "orders", *snapshot)
    assert missing.returncode == 2
    assert not {"\x1b", "\x07"} & set(one_line(missing.stderr))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("can", "nobody", "s3:GetObject", "data"), "nothing called 'nobody'"),
        (("can", "staff", "s3:GetObject", "data"), "groups make no requests"),
        (("can", "app", "GetObject", "data"), "is no action"),
        (("can", "app", "s4:GetObject", "data"), "there is no service s4"),
        (("can", "app", "s3:GetObject", "nothing"), "nothing called 'nothing'"),
        (("can", "app", "s3:GetObject", "arn:aws"), "is no ARN"),
        (("can", "arn:aws:iam::111122223333:role/gone", "s3:GetObject", "data"), "in the inventory"),
        (("can", "arn:aws:s3:::data", "s3:GetObject", "data"), "is no principal"),
        (("can", "app", "s3:GetObject", "data", "--context", "x"), "KEY=VALUE"),
        (("can", "app", "s3:GetObject", "data", "--profile", "x"), "--profile only goes with the live account"),
        (("who-can", "s3:*", "data"), "is no action"),
        (("blast", "nothing"), "no function 'nothing'"),
    ],
)
def test_questions_that_make_no_sense(run: Run, snapshot: list[str], arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments, *snapshot)
    assert result.returncode == 2, result.stdout
    assert said in one_line(result.stderr)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read snapshot"), (b"{", "not a lambdaudit snapshot"), (b"\x1f\x8bxx", "cannot read snapshot")],
)
def test_snapshots_that_are_none(run: Run, tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "s.json"
    if content is not None:
        path.write_bytes(content)
    result = run("can", "app", "s3:GetObject", "data", "--snapshot", str(path))
    assert result.returncode == 2
    assert said in one_line(result.stderr)


def test_an_action_that_is_not_known_is_asked_about_with_a_warning(run: Run, snapshot: list[str]) -> None:
    result = run("can", "admin", "s3:Getobjct", "data", *snapshot)
    assert result.returncode == 1
    assert "did you mean s3:GetObject?" in one_line(result.stderr)


def test_the_live_account_answers_like_its_snapshot(run: Run, tmp_path: Path, estate_small: Estate) -> None:
    env = estate_small.proxy.environment()
    assert run("collect", "aws", "-o", "all.json", env=env).returncode == 0
    assets = json.loads((tmp_path / "all.json").read_text())["assets"]
    function = next(asset["id"] for asset in assets if asset["type"] == "function")
    live = run("who-can", "lambda:InvokeFunction", function, "--json", env=env)
    assert live.returncode == 0, live.stderr
    saved = run("who-can", "lambda:InvokeFunction", function, "--json", "--snapshot", "all.json")
    assert json.loads(saved.stdout) == json.loads(live.stdout)


def test_without_credentials_one_clear_line(run: Run) -> None:
    result = run("can", "app", "s3:GetObject", "data")
    assert result.returncode == 2
    assert "no AWS credentials found" in one_line(result.stderr)


# documents alone

OLD = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}]}
NEW = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::data/*"},
    {"Sid": "More", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
]}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    (tmp_path / "new.json").write_text(json.dumps(NEW))
    return tmp_path


def test_compare_lists_every_new_action_with_a_witness(run: Run, files: Path) -> None:
    result = run("policy", "compare", "old.json", "new.json")
    assert result.returncode == 1
    assert "new access: 2 actions" in result.stdout
    assert "nothing is gone" in result.stdout
    answer = json.loads(run("policy", "compare", "old.json", "new.json", "--json").stdout)
    assert {action for row in answer["new"] for action in row["actions"]} == {"iam:PassRole", "s3:PutObject"}
    for row in answer["new"]:
        for document, decision in ((NEW, "Allowed"), (OLD, "ImplicitlyDenied")):
            case = {"id": 1, "policies": {"identity": [document]}, "request": row["witness"]}
            assert json.loads(run("policy", "simulate", "-", stdin=json.dumps(case)).stdout)["decision"] == decision


def test_compare_is_clean_without_new_access(run: Run, files: Path) -> None:
    result = run("policy", "compare", "new.json", "old.json", "--no-new-access")
    assert (result.returncode, result.stdout) == (0, "no new access\n")
    assert "access that is gone: 2 actions" in run("policy", "compare", "new.json", "old.json").stdout
    piped = run("policy", "compare", "old.json", "-", "--no-new-access", stdin=json.dumps(OLD))
    assert piped.returncode == 0


def test_compare_knows_trust_policies(run: Run, tmp_path: Path) -> None:
    for name, principal in (("a.json", {"Service": "lambda.amazonaws.com"}), ("b.json", {"AWS": "*"})):
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        (tmp_path / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    answer = json.loads(run("policy", "compare", "a.json", "b.json", "--json").stdout)
    assert (answer["type"], answer["answer"]) == ("trust", "new access")
    assert run("policy", "compare", "a.json", "a.json", "--type", "trust").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "old.json", "nothing.json"), "cannot read nothing.json"),
        (("compare", "old.json", "broken.json"), "broken.json is no policy"),
        (("compare", "old.json", "."), "is a folder"),
        (("compare", "-", "-"), "standard input"),
        (("check", "nothing.json"), "cannot read nothing.json"),
        (("simulate", "nothing.json"), "cannot read nothing.json"),
    ],
)
def test_files_that_are_no_policies(run: Run, files: Path, arguments: tuple[str, ...], said: str) -> None:
    (files / "broken.json").write_text('{"Statement": [')
    result = run("policy", *arguments)
    assert result.returncode == 2
    assert said in one_line(result.stderr)


def test_check_finds_and_weighs(run: Run, files: Path) -> None:
    clean = run("policy", "check", "old.json")
    assert (clean.returncode, clean.stdout) == (0, "old.json: identity policy, 0 findings\n")
    result = run("policy", "check", "new.json")
    assert result.returncode == 1
    assert "[pass-role-on-all]" in result.stdout
    assert run("policy", "check", "new.json", "--fail-on", "error").returncode == 0
    report = json.loads(run("policy", "check", "-", "--json", stdin='{"Statement": [').stdout)
    assert (report["type"], report["findings"][0]["severity"]) == ("identity", "error")
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    for action, sort in (("sts:AssumeRole", "trust"), ("lambda:InvokeFunction", "resource")):
        document = {"Statement": {**trust["Statement"], "Action": action}}
        assert json.loads(run("policy", "check", "-", "--json", stdin=json.dumps(document)).stdout)["type"] == sort


def test_check_survives_hostile_documents(run: Run) -> None:
    deep = '{"Statement":' * 5000 + "1" + "}" * 5000
    stars = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:" + "*a" * 2000, "Resource": "*" * 5000}]})
    named = json.dumps({"Statement": [{"Sid": HOSTILE, "Effect": HOSTILE, "Action": HOSTILE, "Resource": "*"}]})
    for document in (deep, stars, named, "[]", "null", '"x"', "\x00", '{"Statement":[],"Statement":{}}'):
        result = run("policy", "check", "-", stdin=document, timeout=60)
        assert result.returncode == 1, document[:60]
        assert "Traceback" not in result.stderr
        assert not {"\x1b", "\u202e"} & set(result.stdout)


def test_simulate_line_by_line(run: Run, tmp_path: Path) -> None:
    request = {"principal": "arn:aws:iam::111122223333:role/a", "action": "s3:GetObject", "resource": "arn:aws:s3:::data/k"}
    cases = [
        {"id": "a", "policies": {"identity": [OLD]}, "request": request},
        {"id": HOSTILE, "policies": {}, "request": request},
    ]
    text = "\n".join(json.dumps(case) for case in cases)
    result = run("policy", "simulate", "-", stdin=text)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["decision"] for row in rows] == ["Allowed", "ImplicitlyDenied"]
    assert rows[1]["id"] == HOSTILE
    assert not {"\x1b", "\u202e"} & set(result.stdout)
    assert result.returncode == 0
    (tmp_path / "cases.jsonl").write_text(f"{text}\nnonsense\n{json.dumps(cases[0])}\n")
    mixed = run("policy", "simulate", "cases.jsonl", "--no-because")
    rows = [json.loads(line) for line in mixed.stdout.splitlines()]
    assert mixed.returncode == 2
    assert "1 of 4 lines" in one_line(mixed.stderr)
    assert [row.get("decision", row.get("line")) for row in rows] == ["Allowed", "ImplicitlyDenied", 3, "Allowed"]
    assert "because" not in rows[0]
    plain = run("policy", "simulate", "-", "--text", stdin=text)
    assert plain.stdout.startswith("a: Allowed: ")
    assert not {"\x1b", "\u202e"} & set(plain.stdout)


def test_simulate_does_not_read_a_line_without_end(run: Run) -> None:
    case = {"id": 1, "policies": {}, "request": {"principal": "anonymous", "action": "s3:GetObject"}}
    result = run("policy", "simulate", "-", stdin=f"{'x' * 9_000_000}\n{json.dumps(case)}\n")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert "longer than" in rows[0]["error"]
    assert rows[1]["decision"] == "ImplicitlyDenied"


def test_help_lists_the_verbs(run: Run) -> None:
    text = run("--help").stdout
    assert all(f"\n  {verb} " in text for verb in ("can", "who-can", "blast", "policy"))
    assert "Exit codes" in run("can", "--help").stdout
    assert run("policy", "nonsense").returncode == 2
