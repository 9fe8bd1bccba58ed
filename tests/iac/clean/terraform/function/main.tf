# A function with a role, a log group and an alias of its own.

variable "name" {
  type = string
}

variable "statements" {
  type    = list(object({ actions = list(string), resources = list(string) }))
  default = []
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "key" {
  type = string
}

variable "signing" {
  type = string
}

variable "dead_letters" {
  type    = string
  default = null
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "rights" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
  statement {
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }
  dynamic "statement" {
    for_each = var.statements
    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "rights" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.rights.json
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 90
  kms_key_id        = var.key
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/../src"
  output_path = "${path.module}/code.zip"
}

resource "aws_lambda_function" "this" {
  function_name                  = var.name
  role                           = aws_iam_role.this.arn
  filename                       = data.archive_file.code.output_path
  source_code_hash               = data.archive_file.code.output_base64sha256
  runtime                        = "python3.14"
  handler                        = "app.read"
  timeout                        = 10
  memory_size                    = 256
  publish                        = true
  kms_key_arn                    = var.key
  reserved_concurrent_executions = 20
  code_signing_config_arn        = var.signing

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
  }

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [var.environment] : []
    content {
      variables = environment.value
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letters[*]
    content {
      target_arn = dead_letter_config.value
    }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

output "name" {
  value = aws_lambda_function.this.function_name
}

output "arn" {
  value = aws_lambda_alias.live.arn
}

output "alias" {
  value = aws_lambda_alias.live.name
}

output "invoke_arn" {
  value = aws_lambda_alias.live.invoke_arn
}
