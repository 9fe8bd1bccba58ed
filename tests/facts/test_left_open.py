"""What an open answer about policies says: what is open in them, not only that something is."""

import textwrap
from pathlib import Path

from lambdaudit import engine
from lambdaudit.sources.cloudformation import read_cloudformation

TEMPLATE = """\
Parameters: {Team: {Type: String}, Partner: {Type: String}}
Mappings: {Principals: {us-east-1: {lambda: lambda.amazonaws.com}, eu-west-1: {lambda: lambda.eu-west-1.amazonaws.com}}}
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Handler: a.b, Runtime: python3.14, Role: !GetAtt Role.Arn, Code: {ZipFile: "def b(e, c): pass"}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: !FindInMap [Principals, !Ref AWS::Region, lambda]}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: rights
          PolicyDocument: {Statement: [{Effect: Allow, Action: !Sub "${Team}:*", Resource: "*"}]}
  Queue: {Type: AWS::SQS::Queue}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: !Ref Partner}, Action: "sqs:SendMessage", Resource: !GetAtt Queue.Arn}]
"""


def test_reasons_name_what_would_settle_them(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(textwrap.dedent(TEMPLATE), "utf-8")
    report = engine.audit(read_cloudformation(path).inventory(source="test", created="2026-11-22T00:00:00Z"), pages=False)
    reasons = {row.rule: row.reason for row in report.not_assessed}
    assert "--param Team=" in reasons["role-can-escalate"]
    assert "--param Partner=" in reasons["queue-public"]
    assert "--region" in reasons["role-trusts-anyone"]
    assert "could not be read" not in "".join(reasons.values())
