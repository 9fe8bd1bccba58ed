"""Findings about rights stand at the statement that grants them, in whatever file and format it was written."""

from pathlib import Path

from lambdaudit.model.apis import Authorizer, Route
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.resources import Options

from .judging import judge

TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
CLOUDFORMATION = f"""\
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST}
      Policies:
        - PolicyName: first
          PolicyDocument:
            Statement:
              - {{Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}}
              - {{Effect: Allow, Action: "s3:*", Resource: "*"}}
  F:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.14, Handler: index.handler, Role: !GetAtt R.Arn, Code: {{ZipFile: "x = 1"}}}}
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.14
      Handler: index.handler
      InlineCode: x = 1
      Policies:
        - SQSPollerPolicy: {QueueName: q}
        - Statement:
            - {Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}
            - {Effect: Allow, Action: "s3:*", Resource: "*"}
"""
TERRAFORM = f"""\
resource "aws_iam_role" "r" {{
  assume_role_policy = jsonencode({TRUST})
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r.id
  policy = jsonencode({{
    Statement = [
      {{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }},
      {{ Effect = "Allow", Action = "s3:*", Resource = "*" }},
    ]
  }})
}}
resource "aws_lambda_function" "f" {{
  function_name = "f"
  role          = aws_iam_role.r.arn
  runtime       = "python3.14"
  handler       = "index.handler"
  filename      = "f.zip"
}}
"""


def places(folder: Path, name: str, text: str) -> tuple[set[int], set[int]]:
    """The lines of the finding about S3, and those of its proofs."""
    (folder / name).write_text(text)
    report = judge(read_directory(folder, Options(root=folder)))
    (found,) = [finding for finding in report.findings if finding.rule == "role-whole-service"]
    return {found.where.line}, {one.where.line for one in found.evidence}


def test_cloudformation(tmp_path: Path) -> None:
    assert places(tmp_path, "template.yaml", CLOUDFORMATION) == ({11}, {11})


def test_sam(tmp_path: Path) -> None:
    assert places(tmp_path, "template.yaml", SAM) == ({13}, {13})


def test_terraform_statement_of_another_resource(tmp_path: Path) -> None:
    assert places(tmp_path, "main.tf", TERRAFORM) == ({1}, {9})


ROUTES = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.14, Handler: index.handler, CodeUri: src}
  Api:
    Auth:
      Authorizers:
        Shared: {FunctionArn: !GetAtt Check.Arn}
Resources:
  Check: {Type: AWS::Serverless::Function}
  Named:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Own:
            FunctionArn: !GetAtt Check.Arn
            AuthorizerPayloadFormatVersion: "2.0"
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Rest: {Type: Api, Properties: {Path: /rest, Method: GET}}
        Default: {Type: HttpApi}
        Any:
          Type: HttpApi
          Properties: {ApiId: !Ref Named, Path: /any, Method: any}
"""


def test_routes_and_authorizers_of_sam_stand_where_their_author_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(ROUTES)
    lifted = read_directory(tmp_path, Options(root=tmp_path))
    found = {asset.name: asset.where.line for asset in lifted.assets if isinstance(asset, Route | Authorizer)}
    assert found == {"GET /rest": 22, "$default": 23, "ANY /any": 24, "Shared": 7, "Own": 15}
    open_routes = {f.asset_name: f.where.line for f in judge(lifted).findings if f.rule == "route-without-authorization"}
    assert open_routes == {"GET /rest": 22, "$default": 23, "ANY /any": 24}
