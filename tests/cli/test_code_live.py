"""``audit aws --code``, ``collect aws --code`` and ``code FUNCTION`` against an account: packages, layers, what cannot be had."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdaudit.sources.aws.permissions import policy_document
from tests.code.zips import zipped
from tests.support.faults import Fault
from tests.support.proxy import Proxy, faults_of

from .conftest import Run

REGION = "us-east-1"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)  # fmt: skip
SHELL = """\
import os
from common import clean

def handler(event, context):
    os.system("convert " + clean(event["Records"][0]["body"]))
"""
LAYER = "def clean(text):\n    return text.strip()\n"


@pytest.fixture
def account(aws_account: Proxy) -> Proxy:
    """Two functions with the same package, behind a queue and not; the helper they import is in a layer. And one image."""
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    functions: Any = boto3.client("lambda")
    layer = functions.publish_layer_version(LayerName="common", Content={"ZipFile": zipped({"python/common.py": LAYER})})
    settings = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role, "Layers": [layer["LayerVersionArn"]]}
    for name in ("orders", "orders-copy"):
        functions.create_function(FunctionName=name, Code={"ZipFile": zipped({"app.py": SHELL})}, **settings)
    queue = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="orders")
    image = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/boxed:1"
    functions.create_function(FunctionName="boxed", Role=role, Code={"ImageUri": image}, PackageType="Image")
    return aws_account


def audit(run: Run, account: Proxy, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    result = run("audit", "aws", "--region", REGION, "--code", "-o", "r.json", *arguments, env=account.environment())
    assert result.returncode in (0, 1), result.stderr
    assert "X-Amz" not in result.stdout + result.stderr + (tmp_path / "r.json").read_text()
    report: dict[str, Any] = json.loads((tmp_path / "r.json").read_text())
    return report


def test_a_flow_through_a_layer_is_found_once_for_both_functions(run: Run, account: Proxy, tmp_path: Path) -> None:
    report = audit(run, account, tmp_path)
    (finding,) = [f for f in report["findings"] if f["rule"] == "event-starts-process"]
    assert finding["where"]["source"] == "/var/task/app.py"
    assert finding["where"]["line"] == 5
    assert {name.rpartition(":")[2] for name in finding["functions"]} == {"orders", "orders-copy"}
    assert "/opt/python/common.py" in {step["where"]["source"] for step in finding["evidence"]}
    assert account.ledger.by_operation()["lambda-package:Download"] == 3  # the package once for each setting, the layer once


def test_unchanged_packages_come_from_the_cache(run: Run, account: Proxy, tmp_path: Path) -> None:
    first = audit(run, account, tmp_path)
    before = account.ledger.by_operation()["lambda-package:Download"]
    second = audit(run, account, tmp_path)
    assert account.ledger.by_operation()["lambda-package:Download"] == before
    assert [f["fingerprint"] for f in first["findings"]] == [f["fingerprint"] for f in second["findings"]]
    audit(run, account, tmp_path, "--no-cache")
    assert account.ledger.by_operation()["lambda-package:Download"] > before


def test_what_could_not_be_had_stays_open(run: Run, account: Proxy, tmp_path: Path) -> None:
    with faults_of(account, Fault("denied", "lambda-package:Download")):
        report = audit(run, account, tmp_path)
    assert not [f for f in report["findings"] if f["rule"] == "event-starts-process"]
    rows = [row for row in report["not_assessed"] if row["rule"] == "event-starts-process"]
    assert any("could not be downloaded" in row["reason"] for row in rows)
    assert any("image" in row["reason"] for row in rows)


def test_a_snapshot_with_code_gives_the_same_findings(run: Run, account: Proxy, tmp_path: Path) -> None:
    live = audit(run, account, tmp_path)
    env = account.environment()
    result = run("collect", "aws", "--region", REGION, "--code", "-o", "kept.snapshot.json", env=env)
    assert result.returncode == 0, result.stderr
    assert run("audit", "kept.snapshot.json", "-o", "again.json").returncode == 1
    again = json.loads((tmp_path / "again.json").read_text())
    assert {f["fingerprint"] for f in again["findings"]} == {f["fingerprint"] for f in live["findings"]}
    assert "convert" not in (tmp_path / "kept.snapshot.json").read_text()


def test_one_function_by_name(run: Run, account: Proxy) -> None:
    result = run("code", "orders", "--region", REGION, env=account.environment())
    assert result.returncode == 1, result.stderr
    assert "reaches os.system in app.py:5" in result.stdout
    result = run("code", "nobody", "--region", REGION, env=account.environment())
    assert result.returncode == 2
    assert "nobody" in result.stderr


def test_its_rights_are_in_the_policy() -> None:
    actions = {action for statement in policy_document(["code"])["Statement"] for action in statement["Action"]}
    assert {"lambda:GetFunction", "lambda:GetLayerVersion", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} <= actions
