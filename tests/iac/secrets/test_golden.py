"""The worked examples of the requirements, as a user audits them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lambdaudit.sources.iac.lift.schedules import days_between

from .conftest import Audit

Write = Callable[[str, str], Path]

FETCHING = """
    import json
    import os

    import boto3
    import pymysql

    def get_secret():
        client = boto3.client("secretsmanager")
        return json.loads(client.get_secret_value(SecretId=os.environ["SECRET_NAME"])["SecretString"])

    def handler(event, context):
        secret = get_secret()
        connection = pymysql.connect(
            host=os.environ["DB_HOST"], user=os.environ["DB_USER"], password=secret["password"], database=os.environ["DB_NAME"]
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders")
            return {"orders": cursor.fetchone()[0]}
    """


def secret_findings(found: list[dict[str, object]]) -> set[object]:
    return {f["rule"] for f in found if "secret-in" in str(f["rule"]) or str(f["rule"]).startswith(("environment-", "static-"))}


def test_g_11_a_function_that_fetches_its_secret_gives_no_secret_finding(write: Write, audit: Audit) -> None:
    write("src/app.py", FETCHING)
    write(
        "template.yaml",
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.13
              Handler: app.handler
              CodeUri: src/
              Environment:
                Variables:
                  SECRET_NAME: prod/orders/mysql
                  DB_HOST: orders.cluster-c9akciq32xyz.eu-west-1.rds.amazonaws.com
                  DB_USER: orders_app
                  DB_NAME: orders
        """,
    )
    assert secret_findings(audit()) - {"environment-default-key"} == set()


ROTATION = """
    Resources:
      Secret:
        Type: AWS::SecretsManager::Secret
        Properties:
          Name: prod/orders/mysql
          GenerateSecretString: {SecretStringTemplate: '{"username": "orders_app"}', GenerateStringKey: password}
      Schedule:
        Type: AWS::SecretsManager::RotationSchedule
        Properties:
          SecretId: !Ref Secret
          RotationLambdaARN: !GetAtt Rotate.Arn
          RotationRules: RULES
      Rotate:
        Type: AWS::Lambda::Function
        Properties:
          Runtime: python3.8
          Handler: index.handler
          Role: arn:aws:iam::123456789012:role/rotate
          Code: {ZipFile: "def handler(event, context):\\n    return None\\n"}
    """


def test_g_12_the_schedule_is_fine_and_the_runtime_is_not(write: Write, audit: Audit) -> None:
    write("template.yaml", ROTATION.replace("RULES", "{AutomaticallyAfterDays: 30}"))
    rules = {f["rule"] for f in audit("--account", "123456789012")}
    assert "runtime-deprecated" in rules
    assert {rule for rule in rules if rule.startswith("secret-")} == set()


@pytest.mark.parametrize(
    ("rules", "seldom"),
    [
        ("{AutomaticallyAfterDays: 365}", True),
        ("{ScheduleExpression: rate(30 days)}", False),
        ("{ScheduleExpression: rate(300 days)}", True),
        ('{ScheduleExpression: "cron(0 8 1 * ? *)"}', False),
        ('{ScheduleExpression: "cron(0 8 1 1 ? *)", Duration: 2h}', True),
    ],
)
def test_sec_7_schedules_of_cloudformation(write: Write, audit: Audit, rules: str, seldom: bool) -> None:
    write("template.yaml", ROTATION.replace("RULES", rules))
    found = [f for f in audit("--no-code") if f["rule"] == "secret-rotates-seldom"]
    assert bool(found) is seldom


def test_sec_7_schedules_of_terraform(write: Write, audit: Audit) -> None:
    write(
        "main.tf",
        """
        resource "aws_secretsmanager_secret" "often" { name = "often" }
        resource "aws_secretsmanager_secret" "seldom" { name = "seldom" }
        resource "aws_secretsmanager_secret" "never" { name = "never" }
        resource "aws_secretsmanager_secret_rotation" "often" {
          secret_id           = aws_secretsmanager_secret.often.id
          rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
          rotation_rules { automatically_after_days = 30 }
        }
        resource "aws_secretsmanager_secret_rotation" "seldom" {
          secret_id           = aws_secretsmanager_secret.seldom.id
          rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
          rotation_rules { schedule_expression = "cron(0 4 1 JAN ? *)" }
        }
        """,
    )
    found = {(f["rule"], str(f["message"]).split()[1]) for f in audit("--no-code") if str(f["rule"]).startswith("secret-")}
    assert found == {("secret-rotates-seldom", "seldom"), ("secret-not-rotated", "never")}


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("rate(30 days)", 30),
        ("rate(4 hours)", 1),
        ("cron(0 8 1 * ? *)", 31),
        ("cron(0 8 L * ? *)", 31),
        ("cron(0 0 ? * SUN#1 *)", 35),
        ("cron(0 0 ? * 1L *)", 35),
        ("cron(0 8 1 */3 ? *)", 92),
        ("cron(0 /10 * * ? *)", 1),
        ("cron(0 8 ? * MON-FRI *)", 3),
        ("cron(0 8 31 FEB ? *)", None),
        ("cron(0 8 40 * ? *)", None),
        ("cron(0 8 1 MOO ? *)", None),
        ("cron(0 8 1-0 * ? *)", None),
        ("cron(0 8 */0 * ? *)", None),
        ("every day", None),
        ("", None),
    ],
)
def test_longest_time_between_rotations(expression: str, days: int | None) -> None:
    assert days_between(expression) == days
