# A function with a role and a log group of its own.

variable "name" {
  type = string
}

variable "runtime" {
  type    = string
  default = "python3.13"
}

variable "image" {
  type    = string
  default = null
}

variable "managed" {
  type    = list(string)
  default = ["service-role/AWSLambdaBasicExecutionRole"]
}

variable "policy" {
  type    = string
  default = null
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "network" {
  type    = object({ subnets = list(string), groups = list(string) })
  default = null
}

variable "mount" {
  type    = string
  default = null
}

variable "log_level" {
  type    = string
  default = null
}

variable "retention" {
  type    = number
  default = 30
}

variable "layers" {
  type    = list(string)
  default = []
}

variable "settings" {
  type = object({
    reserved = optional(number, -1)
    kms_key  = optional(string)
    signing  = optional(string)

    dead_letters = optional(string)
  })
  default = {}
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

resource "aws_iam_role" "this" {
  name               = "${var.name}-role"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = toset(var.managed)
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "own" {
  count  = var.policy == null ? 0 : 1
  name   = "own"
  role   = aws_iam_role.this.id
  policy = var.policy
}

resource "aws_lambda_function" "this" {
  function_name                  = var.name
  role                           = aws_iam_role.this.arn
  package_type                   = var.image == null ? "Zip" : "Image"
  image_uri                      = var.image
  runtime                        = var.image == null ? var.runtime : null
  handler                        = var.image == null ? "app.handler" : null
  s3_bucket                      = var.image == null ? "artifacts" : null
  s3_key                         = var.image == null ? "${var.name}.zip" : null
  timeout                        = 10
  layers                         = var.layers
  kms_key_arn                    = var.settings.kms_key
  code_signing_config_arn        = var.settings.signing
  reserved_concurrent_executions = var.settings.reserved

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [var.environment] : []
    content {
      variables = environment.value
    }
  }

  dynamic "dead_letter_config" {
    for_each = var.settings.dead_letters[*]
    content {
      target_arn = dead_letter_config.value
    }
  }

  dynamic "vpc_config" {
    for_each = var.network[*]
    content {
      subnet_ids         = vpc_config.value.subnets
      security_group_ids = vpc_config.value.groups
    }
  }

  dynamic "file_system_config" {
    for_each = var.mount[*]
    content {
      arn              = file_system_config.value
      local_mount_path = "/mnt/data"
    }
  }

  dynamic "logging_config" {
    for_each = var.log_level[*]
    content {
      log_format            = "JSON"
      application_log_level = logging_config.value
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.retention
}

output "name" {
  value = aws_lambda_function.this.function_name
}

output "arn" {
  value = aws_lambda_function.this.arn
}

output "invoke_arn" {
  value = aws_lambda_function.this.invoke_arn
}

output "log" {
  value = aws_cloudwatch_log_group.this
}
