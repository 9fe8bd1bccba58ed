"""SAM's policy templates that somebody wrote out: found with their parameters, and never where the template itself is used."""

import json
import textwrap
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit import engine
from lambdaudit.config import Options
from lambdaudit.model.identity import Role, SamTemplate

from .conftest import Reader

HEAD = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Later: {Type: String}
Resources:
  Orders: {Type: AWS::DynamoDB::Table, Properties: {}}
  Named: {Type: AWS::DynamoDB::Table, Properties: {TableName: named}}
  Jobs: {Type: AWS::SQS::Queue}
  Token: {Type: AWS::SecretsManager::Secret}
  Files: {Type: AWS::S3::Bucket}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): pass"
      Runtime: python3.13
      Handler: index.handler
      Policies:
"""
ACTIONS = "[dynamodb:GetItem, dynamodb:Scan, dynamodb:Query, dynamodb:BatchGetItem, dynamodb:DescribeTable]"
READ = f"Effect: Allow, Action: {ACTIONS}"
TABLE = "[!GetAtt Orders.Arn, !Sub '${Orders.Arn}/index/*']"
TEMPLATES: dict[str, Any] = json.loads(
    files("samtranslator").joinpath("policy_templates_data", "policy_templates.json").read_text("utf-8")
)["Templates"]
SEND = """
- Statement:
    - Effect: Allow
      Action: sqs:SendMessage*
      Resource: !GetAtt Jobs.Arn
"""


def role(read: Reader, policies: str) -> Role:
    lifted = read(HEAD + textwrap.indent(textwrap.dedent(policies), "        "))
    (found,) = (asset for asset in lifted.assets if isinstance(asset, Role))
    return found


def spelled(read: Reader, policies: str) -> list[tuple[str, dict[str, str]]]:
    found = role(read, policies).sam_templates
    assert isinstance(found, tuple)
    return [(one.name, dict(one.parameters)) for one in found]


@pytest.mark.parametrize(
    ("policy", "name", "parameters"),
    [
        (f"- Statement: [{{{READ}, Resource: {TABLE}}}]", "DynamoDBReadPolicy", {"TableName": "!Ref Orders"}),
        (f"- Statement: {{Effect: Allow, Action: {ACTIONS.upper()}, Resource: !GetAtt Named.Arn}}", "DynamoDBReadPolicy",
         {"TableName": "!Ref Named"}),
        (SEND, "SQSSendMessagePolicy", {"QueueName": "!GetAtt Jobs.QueueName"}),
        ("- Statement: {Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: !Ref Token}",
         "AWSSecretsManagerGetSecretValuePolicy", {"SecretArn": "!Ref Token"}),
        ("- Statement: {Effect: Allow, Action: 'cloudwatch:PutMetricData', Resource: '*'}", "CloudWatchPutMetricPolicy", {}),
        ("- Statement: {Effect: Allow, Action: 'lambda:InvokeFunction', Resource: 'arn:aws:lambda:eu-west-1:1:function:f'}",
         "LambdaInvokePolicy", {"FunctionName": "f"}),
        ("- Statement: {Effect: Allow, Action: 'sns:Publish', Resource: !Sub 'arn:aws:sns:*:${AWS::AccountId}:null'}",
         "SNSPublishMessagePolicy", {"TopicName": '"null"'}),
        ("""
         - Statement:
             - {Effect: Allow, Action: 'ssm:DescribeParameters', Resource: '*'}
             - {Effect: Allow, Action: 'logs:CreateLogGroup', Resource: '*'}
             - Effect: Allow
               Action: [ssm:GetParameter, ssm:GetParameters, ssm:GetParametersByPath]
               Resource: !Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/*'
         """, "SSMParameterReadPolicy", {"ParameterName": '"shop/*"'}),
    ],
)  # fmt: skip
def test_what_spells_out_a_template_is_found(read: Reader, policy: str, name: str, parameters: dict[str, str]) -> None:
    assert spelled(read, policy) == [(name, parameters)]


@pytest.mark.parametrize(
    "policy",
    [
        "- DynamoDBReadPolicy: {TableName: !Ref Orders}",
        "- SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}\n- AmazonDynamoDBReadOnlyAccess",
        f"- Statement: {{Effect: Deny, Action: {ACTIONS}, Resource: {TABLE}}}",
        f"- Statement: {{{READ}, Resource: '*'}}",
        f"- Statement: {{{READ}, Resource: !GetAtt Jobs.Arn}}",
        f"- Statement: {{{READ}, Resource: !Ref Later}}",
        f"- Statement: {{Effect: Allow, NotAction: {ACTIONS}, Resource: {TABLE}}}",
        f"- Statement: {{{READ}, Resource: {TABLE}, Condition: {{Bool: {{'aws:SecureTransport': true}}}}}}",
        "- Statement: {Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt Orders.Arn}",
        "- Statement: {Effect: Allow, Action: [s3:GetObject, s3:ListBucket, s3:GetBucketLocation, s3:GetObjectVersion, "
        "s3:GetLifecycleConfiguration], Resource: !Sub '${Files.Arn}/private/*'}",
    ],
)
def test_templates_themselves_and_other_statements_are_not(read: Reader, policy: str) -> None:
    assert spelled(read, policy) == []


def test_two_tables_are_two_templates_and_what_is_wider_is_told(read: Reader) -> None:
    found = role(read, f"- Statement: {{{READ}, Resource: [!GetAtt Orders.Arn, !GetAtt Named.Arn]}}")
    templates = found.sam_templates
    assert isinstance(templates, tuple)
    assert [dict(one.parameters)["TableName"] for one in templates] == ["!Ref Orders", "!Ref Named"]
    assert [one.wider for one in templates] == [
        ("arn:*:dynamodb:*:*:table/app-Orders/index/*",), ("arn:*:dynamodb:*:*:table/named/index/*",)]  # fmt: skip


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_written_out_is_found_and_used_is_not(read: Reader, name: str) -> None:
    template = TEMPLATES[name]
    values = {one: "arn:aws:acm:eu-west-1:111122223333:certificate/x" if one == "CertificateArn" else
              "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x" if one == "SecretArn" else "own"
              for one in template["Parameters"]}  # fmt: skip
    used = json.dumps({name: values})
    assert spelled(read, f"- {used}") == []
    text = json.dumps(template["Definition"])
    for one, value in values.items():
        text = text.replace(json.dumps({"Ref": one}), json.dumps(value))
    found = spelled(read, f"- {text}")
    if any("Condition" in one for one in template["Definition"]["Statement"]):
        assert found == []
    else:
        assert len(found) == 1
        same = json.dumps(TEMPLATES[found[0][0]]["Definition"]).lower()
        assert found[0][0] == name or all(action.lower() in same for action in _actions(template))


def _actions(template: dict[str, Any]) -> list[str]:
    rows = [one["Action"] for one in template["Definition"]["Statement"]]
    return [action for row in rows for action in (row if isinstance(row, list) else [row])]


def test_a_role_that_its_author_wrote_is_none_of_sam(read: Reader) -> None:
    lifted = read(
        """
        Resources:
          R:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument: {Statement: []}
              Policies:
                - PolicyName: p
                  PolicyDocument: {Statement: {Effect: Allow, Action: 'cloudwatch:PutMetricData', Resource: '*'}}
        """
    )
    (found,) = (asset for asset in lifted.assets if isinstance(asset, Role))
    assert found.sam_templates is None


def test_the_finding_says_what_to_write_at_the_line_of_the_statement(read: Reader) -> None:
    lifted = read(HEAD + textwrap.indent(SEND, "        "))
    inventory = lifted.inventory(source="test")
    report = lifted.places.relocate(engine.audit(inventory, Options(persona="strict"), pages=False), inventory)
    (found,) = (one for one in report.findings if one.rule == "policy-spells-out-sam-template")
    line = HEAD.count("\n") + SEND.splitlines().index("    - Effect: Allow") + 1
    assert (found.where.source, found.where.line) == ("template.yaml", line)
    assert "- SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}" in found.fix.text


_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("ab:*{}$", max_size=8)
    | st.sampled_from(["Allow", "*", "cloudwatch:PutMetricData"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Effect", "Action", "Resource", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=_ANY)
def test_odd_statements_end_nothing(read: Reader, statement: Any) -> None:
    found = role(read, f"- {json.dumps({'Statement': statement})}").sam_templates
    assert found is None or all(isinstance(one, SamTemplate) for one in found)  # type: ignore[union-attr]
