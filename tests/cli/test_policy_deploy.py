"""``lambdaudit policy deploy``: enough for every resource of a template, and no more than needed where AWS lets it be limited."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, decide
from lambdaudit.iam.language import parse
from tests.cli.conftest import Run

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      InlineCode: "def handler(e, c): return 1"
      Handler: index.handler
      Runtime: python3.13
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
  Jobs: {Type: AWS::SQS::Queue}
  Data: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
  Odd: {Type: "Custom::Thing", Properties: {ServiceToken: !GetAtt Orders.Arn}}
"""
WITH_ALIAS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(e, c): return 1"
      Handler: index.handler
      Runtime: python3.13
      AutoPublishAlias: live
      Events:
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
  Rights:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref OrdersRole]
      PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}]}
  About: {Type: AWS::CDK::Metadata, Properties: {Analytics: "v2"}}
"""
ACCOUNT = "111122223333"
FLAGS = ("--account", ACCOUNT, "--region", "eu-west-1", "--stack", "shop", "--artifacts", "uploads")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A small SAM application."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def allowed(document: dict[str, Any], action: str, resource: str, **context: str) -> bool:
    layers = Layers(identity=(Attached("deploy", parse(document)),))
    request = Request(principal=f"arn:aws:iam::{ACCOUNT}:role/deploy", action=action, resource=resource, context=context)
    return decide(request, layers).outcome is Outcome.ALLOWED


def test_rights_over_principals_that_a_policy_is_not_put_on_are_not_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(WITH_ALIAS)
    result = run("policy", "deploy", ".", *FLAGS, "--strict")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    administrator = {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert allowed(document, "iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shop-OrdersRole-1A2B3C4D5E6F", **administrator)
    assert not allowed(document, "iam:AttachUserPolicy", f"arn:aws:iam::{ACCOUNT}:user/me", **administrator)
    assert not allowed(document, "iam:AttachGroupPolicy", f"arn:aws:iam::{ACCOUNT}:group/us", **administrator)
    alias = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:shop-Orders-1A2B3C4D5E6F:live"
    for action in ("lambda:CreateAlias", "lambda:AddPermission"):
        assert allowed(document, action, alias) or allowed(document, action, alias.removesuffix(":live")), action
    assert allowed(document, "lambda:AddPermission", alias)
    assert not allowed(document, "lambda:AddPermission", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:other:live")


def test_it_is_enough_and_not_more(run: Run, template: Path) -> None:
    result = run("policy", "deploy", ".", *FLAGS)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"
    role = f"arn:aws:iam::{ACCOUNT}:role/shop-OrdersRole-1A2B3C4D5E6F"
    for action, resource in (
        ("lambda:CreateFunction", function),
        ("lambda:UpdateFunctionCode", function),
        ("lambda:DeleteFunction", function),
        ("iam:CreateRole", role),
        ("iam:AttachRolePolicy", role),
        ("sqs:CreateQueue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:shop-Jobs-1A2B3C4D5E6F"),
        ("lambda:UpdateEventSourceMapping", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:event-source-mapping:0f1e2d3c"),
        ("s3:PutBucketVersioning", "arn:aws:s3:::shop-data-1a2b3c4d5e6f"),
        ("s3:PutObject", "arn:aws:s3:::uploads/x.zip"),
        ("cloudformation:ExecuteChangeSet", f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/shop/1"),
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31"),
    ):
        assert allowed(document, action, resource), action
    for action, resource in (
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:payments"),
        ("lambda:InvokeFunction", function),
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/x"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::shop-data-1a2b3c4d5e6f"),
        ("s3:PutReplicationConfiguration", "arn:aws:s3:::shop-data-1a2b3c4d5e6f"),
        ("s3:PutObject", "arn:aws:s3:::other/x.zip"),
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"),
        ("ec2:DescribeVpcs", "*"),
    ):
        assert not allowed(document, action, resource), action
    assert allowed(document, "iam:PassRole", role, **{"iam:PassedToService": "lambda.amazonaws.com"})
    assert not allowed(document, "iam:PassRole", role, **{"iam:PassedToService": "ec2.amazonaws.com"})


def test_what_is_not_known_is_said(run: Run, template: Path) -> None:
    result = run("policy", "deploy", ".", "--strict")
    assert result.returncode == 4
    assert "Custom::Thing" in result.stderr
    assert "--artifacts" in result.stderr
    assert json.loads(result.stdout)["Statement"]


def test_nothing_to_deploy(run: Run, tmp_path: Path) -> None:
    assert run("policy", "deploy", ".").returncode == 3
