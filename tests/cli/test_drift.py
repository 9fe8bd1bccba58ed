"""``lambdaudit drift``: a template against an account that was changed by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

CODE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Table.Arn}]
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {DeletionProtectionEnabled: true, KeySchema: [{AttributeName: id, KeyType: HASH}],
                 AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST}
  Jobs: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Handler: index.handler
      Runtime: python3.13
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(e, c): return 1"}
      Environment: {Variables: {STAGE: prod}}
"""
# The same after deployment, as CloudFormation names things: the account's side of the tests is made from it.
NAMES = {
    "      AssumeRolePolicyDocument:": "      RoleName: app-Role-1A2B3C4D5E6F\n      AssumeRolePolicyDocument:",
    "    Properties: {DeletionProtectionEnabled": "    Properties: {TableName: app-Table-9Z8Y7X6W5V4U, DeletionProtectionEnabled",
    "  Jobs: {Type: AWS::SQS::Queue}": "  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: app-Jobs-QQ11WW22EE33}}",
}
PLACE = ("--account", "111122223333", "--region", "eu-west-1")


@pytest.fixture
def folders(run: Run, tmp_path: Path) -> Path:
    """``app`` with the code, and a function that makes the snapshot of an account from changes of it."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "template.yaml").write_text(CODE)
    return tmp_path


def deployed(run: Run, folder: Path, *changes: tuple[str, str]) -> None:
    text = CODE
    for old, new in (*NAMES.items(), *changes):
        assert old in text, old
        text = text.replace(old, new)
    (folder / "live.yaml").write_text(text)
    result = run("audit", "live.yaml", "--snapshot", "live.snapshot.json", "--no-code", "-q", "--exit-zero", *PLACE)
    assert result.returncode == 0, result.stderr


def drift(run: Run, *more: str) -> dict[str, Any]:
    result = run("drift", "app", "--with", "live.snapshot.json", "--json", *more)
    assert result.returncode in (0, 1), result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    found["code"] = result.returncode
    return found


def test_what_was_deployed_as_it_is_has_not_drifted(run: Run, folders: Path) -> None:
    deployed(run, folders)
    found = drift(run)
    assert found["differences"] == []
    assert found["code"] == 0
    assert found["matched"] >= 4


def test_a_wider_permission_is_told_with_a_request(run: Run, folders: Path) -> None:
    deployed(run, folders, ('Action: "dynamodb:GetItem"', 'Action: ["dynamodb:GetItem", "dynamodb:DeleteTable"]'))
    found = drift(run)
    (difference,) = found["differences"]
    assert found["code"] == 1
    assert difference["wider"]
    assert difference["actions"] == ["dynamodb:DeleteTable"]
    assert "dynamodb:DeleteTable on arn:aws:dynamodb:eu-west-1:111122223333:table/app-Table-9Z8Y7X6W5V4U" in difference["text"]
    assert difference["where"]["source"] == "template.yaml"
    assert difference["where"]["line"]


def test_a_url_a_trigger_and_a_layer_that_nobody_wrote(run: Run, folders: Path) -> None:
    deployed(
        run,
        folders,
        (
            "      Environment: {Variables: {STAGE: prod}}\n",
            "      Environment: {Variables: {STAGE: prod, LD_PRELOAD: /opt/x.so}}\n"
            "      Layers: ['arn:aws:lambda:eu-west-1:999988887777:layer:x:1']\n"
            "  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Orders, AuthType: NONE}}\n"
            "  Map: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Orders,"
            " EventSourceArn: !GetAtt Jobs.Arn}}\n",
        ),
    )
    found = drift(run)
    told = {(d["kind"], d["field"]): d for d in found["differences"]}
    assert told[("function", "url")]["wider"]
    assert "variable LD_PRELOAD" in told[("function", "environment")]["text"]
    assert "999988887777" in told[("function", "layers")]["text"]
    assert told[("event-source-mapping", "")]["sort"] == "live-only"


def test_what_is_narrower_or_not_deployed_opens_nothing(run: Run, folders: Path) -> None:
    deployed(run, folders, ("            Statement: [{Effect: Allow", "            Statement: [{Effect: Deny"))
    snapshot = json.loads((folders / "live.snapshot.json").read_text())
    snapshot["listed"] = [{"kind": "user", "account": "111122223333"}]  # as after a collection
    (folders / "live.snapshot.json").write_text(json.dumps(snapshot))
    text = (folders / "app" / "template.yaml").read_text()
    (folders / "app" / "template.yaml").write_text(text + "  Later: {Type: AWS::IAM::User}\n  News: {Type: AWS::SNS::Topic}\n")
    found = drift(run)
    assert found["code"] == 0
    assert {(d["sort"], d["kind"]) for d in found["differences"]} == {("differs", "role"), ("code-only", "user")}
    shown = run("drift", "app", "--with", "live.snapshot.json", "--all")
    assert "not deployed yet" in shown.stdout
    assert any("topic" in line and "was not read" in line for line in found["unknown"])


def test_a_protection_that_was_switched_off(run: Run, folders: Path) -> None:
    deployed(run, folders, ("DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false"))
    (difference,) = drift(run)["differences"]
    assert (difference["field"], difference["wider"]) == ("deletion_protection", True)


def test_bad_input(run: Run, folders: Path) -> None:
    result = run("drift", "app", "--with", "nowhere.json")
    assert result.returncode == 2
    assert "nowhere.json" in result.stderr
    deployed(run, folders)
    assert run("drift", "live.snapshot.json", "--with", "live.snapshot.json").returncode == 2
