"""Planted weaknesses are found with the same rule ids as in an account, at the line that plants them; a clean twin has none."""

from pathlib import Path

import pytest

from lambdaudit.model.finding import Severity

from .world import judged, read

BASE = """
resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.orders.arn}:*"
    }]
  })
}
resource "aws_kms_key" "key" {
  enable_key_rotation = true
}
resource "aws_cloudwatch_log_group" "orders" {
  name              = "/aws/lambda/orders"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.key.arn
}
resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = aws_iam_role.worker.arn
  handler       = "app.handler"
  runtime       = "python3.13"
  filename      = "app.zip"
  kms_key_arn   = aws_kms_key.key.arn
  reserved_concurrent_executions = 10
  environment {
    variables = { TABLE = aws_dynamodb_table.orders.name }
  }
  tracing_config { mode = "Active" }
}
resource "aws_dynamodb_table" "orders" {
  name                        = "orders"
  deletion_protection_enabled = true
  point_in_time_recovery { enabled = true }
  server_side_encryption { enabled = true }
}
resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 300
}
resource "aws_s3_bucket" "data" { bucket = "data-4711" }
resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration { status = "Enabled" }
}
"""

PLANTED = {
    "function-public": (
        'resource "aws_lambda_permission" "all" {\n  function_name = aws_lambda_function.orders.function_name\n'
        '  action = "lambda:InvokeFunction"\n  principal = "*"\n}',
    ),
    "function-url-public": (
        'resource "aws_lambda_function_url" "u" {\n'
        "  function_name = aws_lambda_function.orders.arn\n"
        '  authorization_type = "NONE"\n'
        "}\n"
        'resource "aws_lambda_permission" "u" {\n  function_name = aws_lambda_function.orders.arn\n'
        '  action = "lambda:InvokeFunctionUrl"\n  principal = "*"\n  function_url_auth_type = "NONE"\n}\n'
        'resource "aws_lambda_permission" "v" {\n  function_name = aws_lambda_function.orders.arn\n'
        '  action = "lambda:InvokeFunction"\n  principal = "*"\n  invoked_via_function_url = true\n}',
    ),
    "function-confused-deputy": (
        'resource "aws_lambda_permission" "s3" {\n  function_name = aws_lambda_function.orders.function_name\n'
        '  action = "lambda:InvokeFunction"\n  principal = "s3.amazonaws.com"\n}',
    ),
    "role-administrator": (
        'resource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.worker.name\n'
        '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}',
    ),
    "role-reads-all-secrets": (
        'resource "aws_iam_role_policy" "s" {\n  role = aws_iam_role.worker.name\n'
        '  policy = jsonencode({ Statement = [{ Effect = "Allow", Action ='
        ' "secretsmanager:GetSecretValue", Resource = "*" }] })\n'
        "}",
    ),
    "role-trusts-anyone": (
        'resource "aws_iam_role" "open" {\n'
        '  name = "open"\n'
        "  assume_role_policy = data.aws_iam_policy_document.open.json\n"
        "}\n"
        'data "aws_iam_policy_document" "open" {\n  statement {\n    actions = ["sts:AssumeRole"]\n'
        '    principals {\n      type = "AWS"\n      identifiers = ["*"]\n    }\n  }\n}\n'
        'resource "aws_lambda_function" "open" {\n  function_name = "open"\n  role = aws_iam_role.open.arn\n'
        '  handler = "a.b"\n  runtime = "python3.13"\n}',
    ),
    "role-whole-service": (
        'resource "aws_iam_role_policy" "d" {\n  role = aws_iam_role.worker.name\n'
        '  policy = jsonencode({ Statement = { Effect = "Allow", Action = "dynamodb:*", Resource = "*" } })\n}',
    ),
    "queue-public": (
        'resource "aws_sqs_queue_policy" "p" {\n  queue_url = aws_sqs_queue.jobs.id\n  policy = <<EOF\n{\n  "Statement": [\n'
        '    {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource":'
        ' "${aws_sqs_queue.jobs.arn}"}\n'
        "  ]\n"
        "}\n"
        "EOF\n"
        "}\n"
        'resource "aws_lambda_event_source_mapping" "m" {\n  event_source_arn = aws_sqs_queue.jobs.arn\n'
        "  function_name = aws_lambda_function.orders.arn\n}",
    ),
    "bucket-public": (
        'resource "aws_s3_bucket_public_access_block" "b" {\n  bucket = aws_s3_bucket.data.id\n}\n'
        'resource "aws_s3_bucket_policy" "b" {\n'
        "  bucket = aws_s3_bucket.data.id\n"
        "  policy = data.aws_iam_policy_document.b.json\n"
        "}\n"
        'data "aws_iam_policy_document" "b" {\n  statement {\n    actions = ["s3:GetObject"]\n'
        '    resources = ["${aws_s3_bucket.data.arn}/*"]\n'
        "    principals {\n"
        '      type = "*"\n'
        '      identifiers = ["*"]\n'
        "    }\n"
        "  }\n"
        "}\n"
        'resource "aws_s3_bucket_notification" "n" {\n  bucket = aws_s3_bucket.data.id\n  lambda_function {\n'
        '    lambda_function_arn = aws_lambda_function.orders.arn\n    events = ["s3:ObjectCreated:*"]\n  }\n}',
    ),
    "queue-visibility-too-short": (
        'resource "aws_sqs_queue" "short" {\n  name = "short"\n  visibility_timeout_seconds = 1\n}\n'
        'resource "aws_lambda_event_source_mapping" "m" {\n  event_source_arn = aws_sqs_queue.short.arn\n'
        "  function_name = aws_lambda_function.orders.arn\n}",
    ),
    "route-without-authorization": (
        'resource "aws_apigatewayv2_api" "a" {\n  name = "shop"\n  protocol_type = "HTTP"\n}\n'
        'resource "aws_apigatewayv2_integration" "i" {\n'
        "  api_id = aws_apigatewayv2_api.a.id\n"
        '  integration_type = "AWS_PROXY"\n'
        "  integration_uri = aws_lambda_function.orders.invoke_arn\n}\n"
        'resource "aws_apigatewayv2_route" "r" {\n  api_id = aws_apigatewayv2_api.a.id\n  route_key = "GET /x"\n'
        '  target = "integrations/${aws_apigatewayv2_integration.i.id}"\n}\n'
        'resource "aws_apigatewayv2_stage" "s" {\n'
        "  api_id = aws_apigatewayv2_api.a.id\n"
        '  name = "$default"\n'
        "  auto_deploy = true\n"
        "}",
    ),
    "topic-public": (
        'resource "aws_sns_topic" "t" { name = "t" }\n'
        'resource "aws_sns_topic_policy" "t" {\n  arn = aws_sns_topic.t.arn\n  policy = jsonencode({\n    Statement = [{\n'
        '      Effect = "Allow", Principal = { AWS = "*" }, Action = "sns:Publish", Resource ='
        " aws_sns_topic.t.arn\n"
        "    }]\n"
        "  })\n"
        "}\n"
        'resource "aws_sns_topic_subscription" "t" {\n  topic_arn = aws_sns_topic.t.arn\n  protocol = "lambda"\n'
        "  endpoint = aws_lambda_function.orders.arn\n}",
    ),
    "key-public": (
        'resource "aws_kms_key_policy" "k" {\n  key_id = aws_kms_key.key.id\n  policy = jsonencode({\n'
        '    Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" }]\n  })\n}',
    ),
    "key-grant-foreign": (
        'resource "aws_kms_grant" "g" {\n'
        "  key_id = aws_kms_key.key.key_id\n"
        '  grantee_principal = "arn:aws:iam::999900001111:role/x"\n'
        '  operations = ["Decrypt"]\n}',
    ),
    "secret-not-rotated": (
        'resource "aws_secretsmanager_secret" "s" { name = "db" }\nresource "aws_iam_role_policy" "s" {\n'
        "  role = aws_iam_role.worker.name\n  policy = jsonencode({\n    Statement = [{\n"
        '      Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource ='
        " aws_secretsmanager_secret.s.arn\n"
        "    }]\n"
        "  })\n"
        "}",
    ),
}


def test_clean_configuration_has_no_finding(tmp_path: Path) -> None:
    report = judged(read(tmp_path, {"main.tf": BASE}))
    assert [(f.rule, f.message) for f in report.findings if f.severity is not Severity.INFO] == []


@pytest.mark.parametrize("rule", PLANTED)
def test_planted_weakness_is_found(tmp_path: Path, rule: str) -> None:
    report = judged(read(tmp_path, {"main.tf": BASE, "planted.tf": "".join(PLANTED[rule])}))
    found = [f for f in report.findings if f.rule == rule]
    assert found, sorted({f.rule for f in report.findings})
    places = {w.source for f in found for w in (f.where, *(e.where for e in f.evidence))}
    assert "planted.tf" in places or "main.tf" in places


EDITS = {
    "runtime-deprecated": ('runtime       = "python3.13"', 'runtime       = "python3.8"'),
    "environment-secret": ("TABLE = aws_dynamodb_table.orders.name", 'DB_PASSWORD = "x7Kp2mQ9vL4nR8wT"'),
    "log-group-kept-for-ever": ("  retention_in_days = 365\n", ""),
    "key-not-rotated": ("enable_key_rotation = true", "enable_key_rotation = false"),
    "function-logs-debug": (
        '  tracing_config { mode = "Active" }',
        '  logging_config {\n    log_format = "JSON"\n    application_log_level = "DEBUG"\n  }',
    ),
}


@pytest.mark.parametrize("rule", EDITS)
def test_weakness_is_told_at_its_line(tmp_path: Path, rule: str) -> None:
    old, new = EDITS[rule]
    assert old in BASE
    text = BASE.replace(old, new, 1)
    report = judged(read(tmp_path, {"main.tf": text}))
    found = [f for f in report.findings if f.rule == rule]
    assert found, sorted({f.rule for f in report.findings})
    if new:
        first = BASE[: BASE.index(old)].count("\n") + 1
        lines = {w.line for f in found for w in (f.where, *(e.where for e in f.evidence))}
        assert lines & set(range(first - 1, first + new.count("\n") + 2)), (lines, first)


def test_exact_place_of_a_finding(tmp_path: Path) -> None:
    report = judged(read(tmp_path, {"main.tf": BASE.replace("python3.13", "python3.8")}))
    where = next(f.where for f in report.findings if f.rule == "runtime-deprecated")
    line = next(i for i, text in enumerate(BASE.splitlines(), 1) if "runtime " in text)
    assert (where.source, where.line, where.subject) == ("main.tf", line, "aws_lambda_function.orders")


def test_unknown_is_neither_pass_nor_finding(tmp_path: Path) -> None:
    text = BASE.replace('runtime       = "python3.13"', "runtime       = var.runtime") + 'variable "runtime" {}\n'
    report = judged(read(tmp_path, {"main.tf": text}))
    assert not [f for f in report.findings if f.rule == "runtime-deprecated"]
    assert any(n.rule == "runtime-deprecated" and "--param runtime=" in n.reason for n in report.not_assessed)
    settled = judged(read(tmp_path, {"main.tf": text}, variables={"runtime": "python3.8"}))
    assert [f for f in settled.findings if f.rule == "runtime-deprecated"]
