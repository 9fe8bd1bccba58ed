"""Time and memory of reading and judging templates, beside other scanners when they are installed.

Run: python -m bench.iac_bench [--peers FOLDER_WITH_CHECKOV_AND_CFN_LINT] [--repeat 3] [--only NAME]
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.iac_faults import compare
from bench.measure import Usage, run

ROOT = Path(__file__).parent.parent
LIMIT = 600.0
FAULTS = "faults named"

SAM_HEAD = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Timeout: 10, CodeUri: src/}
Resources:
"""
SAM_FUNCTION = """\
  Fn{number}:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Environment: {{Variables: {{TABLE: !Ref Table}}}}
      Policies:
        - DynamoDBCrudPolicy: {{TableName: !Ref Table}}
        - SQSSendMessagePolicy: {{QueueName: !GetAtt Queue.QueueName}}
      Events:
        Get: {{Type: Api, Properties: {{Path: /orders{number}, Method: get}}}}
        Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Queue.Arn}}}}
"""
SAM_TAIL = "  Table: {Type: AWS::Serverless::SimpleTable}\n  Queue: {Type: AWS::SQS::Queue}\n"
PLAIN_HEAD = """\
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
"""
PLAIN_FUNCTION = """\
  Fn{number}:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "${{Stage}}-fn{number}"
      Handler: a.b
      Runtime: python3.13
      Role: !GetAtt Role{number}.Arn
      Code: {{S3Bucket: b, S3Key: k}}
  Role{number}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]
      Policies:
        - PolicyName: p
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table{number}.Arn}}]}}
  Table{number}: {{Type: AWS::DynamoDB::Table, Properties: {{AttributeDefinitions: [], KeySchema: []}}}}
"""
TERRAFORM = """\
variable "stage" {
  default = "dev"
}
data "aws_caller_identity" "me" {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "fn" {
  for_each           = toset(["read", "write", "sweep"])
  name               = "${var.stage}-NUMBER-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy" "fn" {
  for_each = aws_iam_role.fn
  role     = each.value.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.t.arn }]
  })
}
resource "aws_lambda_function" "fn" {
  for_each      = aws_iam_role.fn
  function_name = each.value.name
  role          = each.value.arn
  runtime       = "python3.13"
  handler       = "app.handler"
  filename      = "code.zip"
  environment {
    variables = { TABLE = aws_dynamodb_table.t.name }
  }
}
resource "aws_dynamodb_table" "t" {
  name     = "${var.stage}-NUMBER-${data.aws_caller_identity.me.account_id}"
  hash_key = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"""


def sam(functions: int) -> str:
    return SAM_HEAD + "".join(SAM_FUNCTION.format(number=number) for number in range(functions)) + SAM_TAIL


def one_large(folder: Path) -> None:
    (folder / "template.yaml").write_text(sam(30))


def plain_large(folder: Path) -> None:
    (folder / "template.yaml").write_text(PLAIN_HEAD + "".join(PLAIN_FUNCTION.format(number=number) for number in range(30)))


def terraform_60(folder: Path) -> None:
    for number in range(60):
        (folder / f"app{number}").mkdir()
        (folder / f"app{number}" / "main.tf").write_text(TERRAFORM.replace("NUMBER", str(number)))


def one_small(folder: Path) -> None:
    (folder / "template.yaml").write_text(sam(1))


def sam_110(folder: Path) -> None:
    for number in range(110):
        (folder / f"app{number}").mkdir()
        (folder / f"app{number}" / "template.yaml").write_text(sam(1 + number % 4))


def mixed_1000(folder: Path) -> None:
    for number in range(1000):
        (folder / f"app{number}").mkdir()
        text = sam(1) if number % 2 else PLAIN_HEAD + PLAIN_FUNCTION.format(number=number)
        (folder / f"app{number}" / "template.yaml").write_text(text)


WORKLOADS: dict[str, Callable[[Path], None]] = {
    "one small SAM template": one_small,
    "one SAM template, 30 functions": one_large,
    "one CloudFormation template, 30 functions": plain_large,
    "110 SAM templates": sam_110,
    "1,000 small templates": mixed_1000,
    "60 Terraform directories, 180 functions": terraform_60,
}


def commands(folder: Path, peers: Path | None) -> dict[str, list[str]]:
    found = {"lambdaudit": [sys.executable, "-m", "lambdaudit", "audit", str(folder), "--no-code", "--exit-zero"]}
    terraform = any(folder.rglob("*.tf"))
    if peers:
        if (checkov := peers / "checkov").exists():
            kind = "terraform" if terraform else "cloudformation"
            quiet = ["--compact", "--quiet", "--framework", kind, "--skip-download"]
            found["checkov"] = [str(checkov), "-d", str(folder), *quiet]
        if not terraform and (lint := peers / "cfn-lint").exists():
            found["cfn-lint"] = [str(lint), *sorted(map(str, folder.rglob("template.yaml")))]
    return found


def shown(name: str, usages: list[Usage]) -> str:
    cpu = statistics.median(usage.cpu for usage in usages)
    wall = statistics.median(usage.wall for usage in usages)
    peak = max(usage.peak_mib for usage in usages)
    return f"  {name:12} {cpu:7.2f} s CPU {wall:7.2f} s wall {peak:6.0f} MiB  exit {usages[-1].exit}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder with the executables of checkov and cfn-lint")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "AWS_DEFAULT_REGION": "us-east-1"}
    for name, write in WORKLOADS.items():
        if given.only not in name:
            continue
        with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as output:
            folder = Path(made)
            write(folder)
            print(name, flush=True)
            for tool, command in commands(folder, given.peers).items():
                usages = [run(command, Path(output), environment, LIMIT) for _ in range(given.repeat)]
                print(shown(tool, usages), flush=True)
    if given.only in FAULTS:
        print(FAULTS, flush=True)
        compare(given.peers)


if __name__ == "__main__":
    main()
