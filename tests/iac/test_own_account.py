"""Accounts that a template names: foreign only when it is known which one is the own."""

import pytest

from lambdaudit.model.finding import Status

from .conftest import Reader
from .judging import judge

OTHER = "444455556666"
HEAD = f"""\
    Resources:
      Fn:
        Type: AWS::Lambda::Function
        Properties:
          PackageType: Image
          Role: !GetAtt Role.Arn
          Code: {{ImageUri: "{OTHER}.dkr.ecr.us-east-1.amazonaws.com/orders:1"}}
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement:
              - {{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}
              - {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::{OTHER}:role/ci"}}, Action: sts:AssumeRole}}
      Mapping:
        Type: AWS::Lambda::EventSourceMapping
        Properties: {{FunctionName: !Ref Fn, EventSourceArn: "arn:aws:sqs:us-east-1:{OTHER}:jobs"}}
      Permission:
        Type: AWS::Lambda::Permission
        Properties: {{FunctionName: !Ref Fn, Action: "lambda:InvokeFunction", Principal: "{OTHER}"}}
      Topic: {{Type: AWS::SNS::Topic}}
      Delivery:
        Type: AWS::SNS::Subscription
        Properties: {{TopicArn: !Ref Topic, Protocol: sqs, Endpoint: "arn:aws:sqs:us-east-1:{OTHER}:copies"}}
"""
RULES = ("image-foreign", "role-trusts-other-account", "event-source-foreign", "function-cross-account", "topic-feeds-strangers")


@pytest.mark.parametrize("rule", RULES)
def test_an_account_may_be_the_own_one_when_none_is_given(read: Reader, rule: str) -> None:
    report = judge(read(HEAD))
    assert [f for f in report.findings if f.rule == rule] == []
    rows = [row for row in report.not_assessed if row.rule == rule]
    assert rows
    assert all(row.status is Status.UNKNOWN and OTHER in row.reason and "--account" in row.reason for row in rows)


@pytest.mark.parametrize("rule", RULES)
def test_another_account_is_foreign(read: Reader, rule: str) -> None:
    report = judge(read(HEAD, account="111122223333"))
    assert [f for f in report.findings if f.rule == rule]


@pytest.mark.parametrize("rule", RULES)
def test_the_own_account_is_not(read: Reader, rule: str) -> None:
    report = judge(read(HEAD, account=OTHER))
    assert [f for f in report.findings if f.rule == rule] == []
    assert [row for row in report.not_assessed if row.rule == rule] == []


def test_a_publisher_of_layers_is_nobodys_own_account(read: Reader) -> None:
    report = judge(
        read(
            """\
            Resources:
              Fn:
                Type: AWS::Lambda::Function
                Properties:
                  Handler: index.handler
                  Runtime: python3.14
                  Role: arn:aws:iam::444455556666:role/orders
                  Code: {ZipFile: "def handler(e, c): pass"}
                  Layers: ["arn:aws:lambda:us-east-1:464622532012:layer:Datadog-Extension:80"]
            """
        )
    )
    assert [f.severity.value for f in report.findings if f.rule == "layer-foreign"] == ["info"]


def test_load_balancers_of_aws_write_their_logs(read: Reader) -> None:
    text = """\
    Mappings:
      Balancers:
        us-east-1: {Account: "127311923021"}
        eu-west-1: {Account: "156460612806"}
    Resources:
      Logs: {Type: AWS::S3::Bucket}
      Policy:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref Logs
          PolicyDocument:
            Statement:
              - Effect: Allow
                Principal: {AWS: !FindInMap [Balancers, eu-west-1, Account]}
                Action: s3:PutObject
                Resource: !Sub "${Logs.Arn}/*"
    """
    report = judge(read(text, account="111122223333"))
    assert [f for f in report.findings if f.rule == "bucket-cross-account"] == []
    assert [row for row in report.not_assessed if row.rule == "bucket-cross-account"] == []
