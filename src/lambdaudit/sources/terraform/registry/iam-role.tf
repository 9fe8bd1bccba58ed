# What the role modules of terraform-aws-modules/iam (iam-assumable-role, iam-role) make of their inputs.
variable "create" { default = true }
variable "create_role" { default = true }
variable "name" { default = null }
variable "role_name" { default = null }
variable "path" { default = null }
variable "role_path" { default = null }
variable "trusted_role_arns" { default = [] }
variable "trusted_role_services" { default = [] }
variable "trusted_role_actions" { default = ["sts:AssumeRole"] }
variable "trust_policy_permissions" { default = {} }
variable "role_requires_mfa" { default = true }
variable "mfa_age" { default = 86400 }
variable "role_sts_externalid" { default = [] }
variable "create_custom_role_trust_policy" { default = false }
variable "custom_role_trust_policy" { default = "" }
variable "custom_role_policy_arns" { default = [] }
variable "policies" { default = {} }
variable "attach_admin_policy" { default = false }
variable "attach_poweruser_policy" { default = false }
variable "attach_readonly_policy" { default = false }
variable "role_permissions_boundary_arn" { default = "" }
variable "permissions_boundary" { default = null }
variable "max_session_duration" { default = 3600 }
variable "tags" { default = {} }

data "aws_partition" "here" {}

locals {
  managed = "arn:${data.aws_partition.here.partition}:iam::aws:policy"
  asks    = concat(flatten([var.trusted_role_arns]), flatten([var.trusted_role_services]))
}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = length(local.asks) > 0 ? [true] : []
    content {
      actions = var.trusted_role_actions
      principals {
        type        = "AWS"
        identifiers = var.trusted_role_arns
      }
      principals {
        type        = "Service"
        identifiers = var.trusted_role_services
      }
      dynamic "condition" {
        for_each = var.role_requires_mfa && length(var.trusted_role_services) == 0 ? [true] : []
        content {
          test     = "Bool"
          variable = "aws:MultiFactorAuthPresent"
          values   = ["true"]
        }
      }
      dynamic "condition" {
        for_each = length(flatten([var.role_sts_externalid])) > 0 ? [true] : []
        content {
          test     = "StringEquals"
          variable = "sts:ExternalId"
          values   = flatten([var.role_sts_externalid])
        }
      }
    }
  }
  dynamic "statement" {
    for_each = var.trust_policy_permissions
    content {
      effect  = try(statement.value.effect, null)
      actions = try(statement.value.actions, ["sts:AssumeRole"])
      dynamic "principals" {
        for_each = try(statement.value.principals, [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try(statement.value.condition, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count                = var.create && var.create_role ? 1 : 0
  name                 = try(coalesce(var.name, var.role_name), null)
  path                 = try(coalesce(var.path, var.role_path), null)
  assume_role_policy   = var.create_custom_role_trust_policy ? var.custom_role_trust_policy : data.aws_iam_policy_document.trust.json
  permissions_boundary = try(coalesce(var.permissions_boundary, var.role_permissions_boundary_arn), null)
  max_session_duration = var.max_session_duration
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create && var.create_role ? length(var.custom_role_policy_arns) : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.custom_role_policy_arns[count.index]
}

resource "aws_iam_role_policy_attachment" "named" {
  for_each   = { for k, v in var.policies : k => v if var.create && var.create_role }
  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "stock" {
  for_each   = { for name, wanted in { AdministratorAccess = var.attach_admin_policy, PowerUserAccess = var.attach_poweruser_policy, ReadOnlyAccess = var.attach_readonly_policy } : name => name if wanted }
  role       = aws_iam_role.this[0].name
  policy_arn = "${local.managed}/${each.key}"
}

output "iam_role_arn" { value = try(aws_iam_role.this[0].arn, "") }
output "iam_role_name" { value = try(aws_iam_role.this[0].name, "") }
output "iam_role_path" { value = try(coalesce(var.path, var.role_path), "/") }
output "arn" { value = try(aws_iam_role.this[0].arn, "") }
output "name" { value = try(aws_iam_role.this[0].name, "") }
