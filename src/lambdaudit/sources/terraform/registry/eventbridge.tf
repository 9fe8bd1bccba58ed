# What terraform-aws-modules/eventbridge makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "create_bus" { default = true }
variable "bus_name" { default = "default" }
variable "append_rule_postfix" { default = true }
variable "rules" { default = {} }
variable "targets" { default = {} }
variable "permissions" { default = {} }
variable "create_permissions" { default = true }
variable "create_rules" { default = true }
variable "create_targets" { default = true }
variable "tags" { default = {} }

locals {
  targets = flatten([
    for rule, found in var.targets : [
      for target in found : merge(target, { rule = rule, target_name = try(target.name, rule) })
    ] if var.create && var.create_targets
  ])
}

resource "aws_cloudwatch_event_bus" "this" {
  count = var.create && var.create_bus && var.bus_name != "default" ? 1 : 0
  name  = var.bus_name
  tags  = var.tags
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each            = { for k, v in var.rules : k => v if var.create && var.create_rules }
  name                = var.append_rule_postfix ? "${replace(each.key, "_", "-")}-rule" : each.key
  event_bus_name      = try(aws_cloudwatch_event_bus.this[0].name, var.bus_name)
  event_pattern       = try(each.value.event_pattern, null)
  schedule_expression = try(each.value.schedule_expression, null)
  state               = try(each.value.state, (each.value.enabled ? "ENABLED" : "DISABLED"), null)
}

resource "aws_cloudwatch_event_target" "this" {
  count          = length(local.targets)
  rule           = aws_cloudwatch_event_rule.this[local.targets[count.index].rule].name
  event_bus_name = try(aws_cloudwatch_event_bus.this[0].name, var.bus_name)
  target_id      = try(local.targets[count.index].target_id, local.targets[count.index].target_name)
  arn            = try(local.targets[count.index].arn, null)
  role_arn       = try(tostring(local.targets[count.index].role_arn), local.targets[count.index].attach_role_arn == true ? null : tostring(local.targets[count.index].attach_role_arn), null)
  dynamic "dead_letter_config" {
    for_each = try(local.targets[count.index].dead_letter_arn, null) != null ? [true] : []
    content { arn = local.targets[count.index].dead_letter_arn }
  }
}

resource "aws_cloudwatch_event_permission" "this" {
  for_each       = { for k, v in var.permissions : k => v if var.create && var.create_permissions }
  principal      = split(" ", each.key)[0]
  statement_id   = try(split(" ", each.key)[1], each.key)
  action         = try(each.value.action, null)
  event_bus_name = try(aws_cloudwatch_event_bus.this[0].name, var.bus_name)
}

output "eventbridge_bus_arn" { value = try(aws_cloudwatch_event_bus.this[0].arn, "") }
output "eventbridge_bus_name" { value = try(aws_cloudwatch_event_bus.this[0].name, var.bus_name) }
output "eventbridge_rule_arns" { value = { for k, v in aws_cloudwatch_event_rule.this : k => v.arn } }
output "eventbridge_rule_ids" { value = { for k, v in aws_cloudwatch_event_rule.this : k => v.id } }
