"""``audit aws --sonar-url``, from the account to the report, with a recorded SonarQube server and a scanner of the test."""

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdaudit.model.snapshot import write
from tests.code.sonar import TOKEN, SonarServer, install_scanner, issue, recorded
from tests.code.zips import link, with_entries, zipped
from tests.rules.world import build
from tests.support.faults import Fault
from tests.support.proxy import Proxy, faults_of

from .conftest import Run

REGION = "us-east-1"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[SonarServer]:
    with SonarServer() as running:
        running.polls_until_done = 0
        yield running


@pytest.fixture
def account(aws_account: Proxy) -> Proxy:
    """Two functions with the same code, one with code of its own and a layer, one container image."""
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    functions: Any = boto3.client("lambda")
    layer = functions.publish_layer_version(LayerName="common", Content={"ZipFile": zipped({"python/common.py": "x = 1"})})

    def make(name: str, code: dict[str, Any], **more: Any) -> None:
        functions.create_function(FunctionName=name, Role=role, Code=code, **more)

    zip_settings = {"Runtime": "python3.13", "Handler": "app.handler"}
    same = zipped({"app.py": "print('same')"})
    make("orders", {"ZipFile": same}, **zip_settings)
    make("orders-copy", {"ZipFile": same}, **zip_settings)
    make("mails", {"ZipFile": zipped({"app.py": "print(2)"})}, **zip_settings, Layers=[layer["LayerVersionArn"]])
    image = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/boxed:1"
    make("boxed", {"ImageUri": image}, PackageType="Image")
    return aws_account


@pytest.fixture
def scan(run: Run, tmp_path: Path, account: Proxy, server: SonarServer) -> Any:
    """Runs the audit, and gives (process, report)."""
    install_scanner(tmp_path / "bin")

    def call(*arguments: str, token: str = TOKEN, debug: bool = False) -> tuple[Any, dict[str, Any]]:
        env = account.environment() | {
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "SONAR_TOKEN": token, "TMPDIR": str(tmp_path / "tmp"),
        }  # fmt: skip
        (tmp_path / "tmp").mkdir(exist_ok=True)
        (tmp_path / "r.json").unlink(missing_ok=True)
        result = run("audit", "aws", "--region", REGION, "--sonar-url", server.url, "-o", "r.json", *arguments, env=env)
        report = tmp_path / "r.json"
        return result, json.loads(report.read_text()) if report.exists() else {}

    return call


def test_issues_become_findings_once_per_package_with_all_its_functions(
    scan: Any, server: SonarServer, account: Proxy, tmp_path: Path
) -> None:
    server.issues = [issue("app.py", 7), issue("app.py", 9), issue("lib/b.py", 1, "python:S5659", severity="BLOCKER")]
    result, report = scan("-o", "r.html", "--snapshot", "s.json", "--select", "code-sonarqube")
    assert result.returncode == 1, result.stderr
    found = [(f["asset_name"], f["key"], f["severity"], len(f["evidence"])) for f in report["findings"]]
    assert sorted(found) == sorted(
        [(name, "python:S2077", "medium", 2) for name in ("mails", "orders", "common")]
        + [(name, "python:S5659", "critical", 1) for name in ("mails", "orders", "common")]
    )
    by_name = {f["asset_name"]: {i.rpartition(":")[2] for i in f["functions"]} for f in report["findings"]}
    assert by_name == {"orders": {"orders", "orders-copy"}, "mails": {"mails"}, "common": {"mails"}}
    place = next(f for f in report["findings"] if f["asset_name"] == "orders" and f["key"] == "python:S2077")["evidence"][1]
    assert (place["where"]["source"], place["where"]["line"]) == ("app.py", 9)
    assert [(n["asset"].rpartition(":")[2], n["reason"]) for n in report["not_assessed"]] == [
        ("boxed", "SonarQube gets zip packages only; this function is a container image")
    ]
    assert any("SonarQube analysed 3 distinct packages" in note for note in report["coverage"]["notes"])
    assert len(server.deleted) == 3
    assert account.ledger.by_operation()["lambda-package:Download"] == 3
    assert not account.ledger.escaped
    assert list((tmp_path / "tmp").iterdir()) == []
    for output in ("r.json", "r.html", "s.json"):
        text = (tmp_path / output).read_text()
        assert "X-Amz-Signature" not in text  # REG-19
        assert TOKEN not in text
    assert TOKEN not in result.stdout + result.stderr
    assert "X-Amz" not in result.stdout + result.stderr


def test_what_could_not_be_downloaded_is_not_assessed(scan: Any, account: Proxy, server: SonarServer) -> None:
    """REG-19: neither do failures show the link."""
    with faults_of(account, Fault("denied", "lambda:GetLayerVersionByArn"), Fault("denied", "lambda-package:Download")):
        result, report = scan("--select", "code-sonarqube")
    assert result.returncode == 0, result.stderr
    reasons = {n["asset"].split(":", 6)[6]: (n["reason"], n.get("need", "")) for n in report["not_assessed"]}
    assert reasons.keys() == {"orders", "orders-copy", "mails", "boxed", "common:1"}
    assert reasons["common:1"][1] == "lambda:GetLayerVersion"
    assert reasons["orders"][0].startswith("its code could not be downloaded")
    assert "X-Amz" not in json.dumps(report) + result.stdout + result.stderr
    assert server.deleted == []


def test_a_server_that_is_lost_on_the_way_costs_no_other_finding(scan: Any, server: SonarServer) -> None:
    server.status_for["/api/projects/create"] = 403
    result, report = scan()
    assert result.returncode in (0, 1), result.stderr
    reasons = {n["reason"] for n in report["not_assessed"] if n["rule"] == "code-sonarqube"}
    assert any("does not allow api/projects/create" in reason for reason in reasons)
    assert len(report["rules"]) > 50


def test_reg_21_a_hostile_package_is_noted_and_the_rest_of_it_analysed(scan: Any, account: Proxy, tmp_path: Path) -> None:
    functions: Any = boto3.client("lambda")
    package = with_entries(
        [link("etc.py", "/etc/passwd"), (zipfile.ZipInfo("../../up.py"), b"evil"), (zipfile.ZipInfo("a.py"), b"1")]
    )
    functions.update_function_code(FunctionName="mails", ZipFile=package)
    result, report = scan("--select", "code-sonarqube", "--function", "mails")
    assert result.returncode == 0, result.stderr
    notes = "\n".join(report["coverage"]["notes"])
    assert "etc.py: it is a symbolic link" in notes
    assert "../../up.py: its path leaves the package" in notes
    seen = recorded(tmp_path / "bin" / "record.jsonl")[0]
    assert {name for name in seen["files"] if name.startswith("src/")} == {"src/a.py"}


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (["--sonar-url", "http://127.0.0.1:9"], {}, "SONAR_TOKEN"),
        (["--sonar-url", "http://admin:admin@x"], {"SONAR_TOKEN": "t"}, "must not hold a name or password"),
        (["--sonar-url", "http://127.0.0.1:9"], {"SONAR_TOKEN": "t", "PATH": "/nowhere"}, "needs sonar-scanner on the PATH"),
    ],
)
def test_reg_20_what_is_missing_is_said_before_anything_is_read(
    run: Run, arguments: list[str], env: dict[str, str], said: str
) -> None:
    """No default password, no token on the command line."""
    result = run("audit", "aws", *arguments, env={"SONAR_TOKEN": "", **env})
    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_wrong_token_is_said_before_anything_is_read(scan: Any, account: Proxy) -> None:
    account.clear()
    result, report = scan(token="squ_of_somebody_else")
    assert result.returncode == 2
    assert "does not accept SONAR_TOKEN" in result.stderr
    assert not report
    assert not account.ledger.calls


def test_only_for_a_live_account_and_explained(run: Run, tmp_path: Path) -> None:
    write(build({"function": {"orders": {}}}), tmp_path / "s.json")
    result = run("audit", "s.json", "--sonar-url", "https://sonar.example.com")
    assert result.returncode == 2
    assert "--sonar-url only goes with the target aws" in result.stderr
    assert "SonarQube" in run("explain", "code-sonarqube").stdout
