# What terraform-aws-modules/step-functions makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "create_role" { default = true }
variable "use_existing_role" { default = false }
variable "role_arn" { default = "" }
variable "role_name" { default = null }
variable "name" { default = "" }
variable "definition" { default = "" }
variable "type" { default = "STANDARD" }
variable "service_integrations" { default = {} }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_policies" { default = false }
variable "policies" { default = [] }
variable "attach_policy_json" { default = false }
variable "policy_json" { default = null }
variable "attach_policy_statements" { default = false }
variable "policy_statements" { default = {} }
variable "tags" { default = {} }

locals {
  role = var.create && var.create_role && !var.use_existing_role
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count              = local.role ? 1 : 0
  name               = coalesce(var.role_name, var.name)
  assume_role_policy = data.aws_iam_policy_document.assume_role.json
  tags               = var.tags
}

data "aws_iam_policy_document" "lambda" {
  dynamic "statement" {
    for_each = try(var.service_integrations.lambda, {})
    content {
      actions   = ["lambda:InvokeFunction"]
      resources = statement.value == true ? ["*"] : statement.value
    }
  }
}

resource "aws_iam_role_policy" "lambda" {
  count  = local.role && try(length(var.service_integrations.lambda), 0) > 0 ? 1 : 0
  name   = "lambda"
  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy" "json" {
  count  = local.role && var.attach_policy_json ? 1 : 0
  name   = "json"
  role   = aws_iam_role.this[0].name
  policy = var.policy_json
}

data "aws_iam_policy_document" "statements" {
  dynamic "statement" {
    for_each = var.policy_statements
    content {
      effect    = try(statement.value.effect, null)
      actions   = try(statement.value.actions, null)
      resources = try(statement.value.resources, null)
      dynamic "condition" {
        for_each = try(statement.value.condition, {})
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "statements" {
  count  = local.role && var.attach_policy_statements ? 1 : 0
  name   = "statements"
  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.statements.json
}

resource "aws_iam_role_policy_attachment" "one" {
  count      = local.role && var.attach_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.policy
}

resource "aws_iam_role_policy_attachment" "many" {
  count      = local.role && var.attach_policies ? length(var.policies) : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.policies[count.index]
}

resource "aws_sfn_state_machine" "this" {
  count      = var.create ? 1 : 0
  name       = var.name
  role_arn   = local.role ? aws_iam_role.this[0].arn : var.role_arn
  definition = var.definition
  type       = var.type
  tags       = var.tags
}

output "state_machine_arn" { value = try(aws_sfn_state_machine.this[0].arn, "") }
output "state_machine_id" { value = try(aws_sfn_state_machine.this[0].id, "") }
output "state_machine_name" { value = var.name }
output "role_arn" { value = try(aws_iam_role.this[0].arn, "") }
output "role_name" { value = try(aws_iam_role.this[0].name, "") }
