# What terraform-aws-modules/iam//modules/iam-user makes of its inputs.
variable "create" { default = true }
variable "create_user" { default = true }
variable "name" {}
variable "path" { default = "/" }
variable "permissions_boundary" { default = "" }
variable "create_iam_access_key" { default = true }
variable "create_access_key" { default = true }
variable "policy_arns" { default = [] }
variable "policies" { default = {} }
variable "tags" { default = {} }

resource "aws_iam_user" "this" {
  count                = var.create && var.create_user ? 1 : 0
  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary == "" ? null : var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_access_key" "this" {
  count = var.create && var.create_user && var.create_iam_access_key && var.create_access_key ? 1 : 0
  user  = aws_iam_user.this[0].name
}

resource "aws_iam_user_policy_attachment" "this" {
  for_each   = merge({ for arn in var.policy_arns : arn => arn }, var.policies)
  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}

output "iam_user_arn" { value = try(aws_iam_user.this[0].arn, "") }
output "iam_user_name" { value = try(aws_iam_user.this[0].name, "") }
output "arn" { value = try(aws_iam_user.this[0].arn, "") }
output "name" { value = try(aws_iam_user.this[0].name, "") }
