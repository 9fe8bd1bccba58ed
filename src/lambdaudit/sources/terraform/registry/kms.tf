# What terraform-aws-modules/kms makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "description" { default = null }
variable "enable_key_rotation" { default = true }
variable "is_enabled" { default = null }
variable "customer_master_key_spec" { default = null }
variable "key_usage" { default = null }
variable "policy" { default = null }
variable "enable_default_policy" { default = true }
variable "key_owners" { default = [] }
variable "key_administrators" { default = [] }
variable "key_users" { default = [] }
variable "key_service_users" { default = [] }
variable "key_statements" { default = [] }
variable "source_policy_documents" { default = [] }
variable "override_policy_documents" { default = [] }
variable "aliases" { default = [] }
variable "computed_aliases" { default = {} }
variable "grants" { default = {} }
variable "tags" { default = {} }

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_policy_documents
  override_policy_documents = var.override_policy_documents
  dynamic "statement" {
    for_each = var.enable_default_policy ? [true] : []
    content {
      sid       = "Default"
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.here.account_id}:root"]
      }
    }
  }
  dynamic "statement" {
    for_each = { for sid, who in { KeyOwner = var.key_owners, KeyAdministration = var.key_administrators, KeyUsage = var.key_users } : sid => who if length(who) > 0 }
    content {
      sid       = statement.key
      actions   = { KeyOwner = ["kms:*"], KeyAdministration = ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], KeyUsage = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"] }[statement.key]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
  dynamic "statement" {
    for_each = try(tolist(var.key_statements), values(var.key_statements), [])
    content {
      sid       = try(statement.value.sid, null)
      effect    = try(statement.value.effect, null)
      actions   = try(statement.value.actions, null)
      resources = try(statement.value.resources, ["*"])
      dynamic "principals" {
        for_each = try(statement.value.principals, [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try(statement.value.conditions, statement.value.condition, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_kms_key" "this" {
  count                    = var.create ? 1 : 0
  description              = var.description
  enable_key_rotation      = var.enable_key_rotation
  is_enabled               = var.is_enabled
  customer_master_key_spec = var.customer_master_key_spec
  policy                   = coalesce(var.policy, data.aws_iam_policy_document.this.json)
  tags                     = var.tags
}

resource "aws_kms_alias" "this" {
  for_each      = { for name in var.aliases : name => name if var.create }
  name          = startswith(each.value, "alias/") ? each.value : "alias/${each.value}"
  target_key_id = aws_kms_key.this[0].key_id
}

resource "aws_kms_grant" "this" {
  for_each          = { for k, v in var.grants : k => v if var.create }
  key_id            = aws_kms_key.this[0].key_id
  grantee_principal = each.value.grantee_principal
  operations        = each.value.operations
}

output "key_arn" { value = try(aws_kms_key.this[0].arn, "") }
output "key_id" { value = try(aws_kms_key.this[0].key_id, "") }
output "aliases" { value = try(aws_kms_alias.this, "") }
