# What terraform-aws-modules/lambda makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "create_function" { default = true }
variable "create_layer" { default = false }
variable "create_role" { default = true }
variable "create_lambda_function_url" { default = false }
variable "authorization_type" { default = "NONE" }
variable "cors" { default = {} }
variable "invoke_mode" { default = null }
variable "create_unqualified_alias_lambda_function_url" { default = true }
variable "function_name" { default = "" }
variable "description" { default = "" }
variable "handler" { default = "" }
variable "runtime" { default = "" }
variable "lambda_role" { default = "" }
variable "memory_size" { default = 128 }
variable "ephemeral_storage_size" { default = 512 }
variable "timeout" { default = 3 }
variable "publish" { default = false }
variable "lambda_at_edge" { default = false }
variable "layers" { default = null }
variable "architectures" { default = null }
variable "package_type" { default = "Zip" }
variable "image_uri" { default = null }
variable "image_config_command" { default = [] }
variable "image_config_entry_point" { default = [] }
variable "image_config_working_directory" { default = null }
variable "kms_key_arn" { default = null }
variable "reserved_concurrent_executions" { default = -1 }
variable "code_signing_config_arn" { default = null }
variable "environment_variables" { default = {} }
variable "dead_letter_target_arn" { default = null }
variable "tracing_mode" { default = null }
variable "vpc_subnet_ids" { default = null }
variable "vpc_security_group_ids" { default = null }
variable "file_system_arn" { default = null }
variable "file_system_local_mount_path" { default = null }
variable "snap_start" { default = false }
variable "source_path" { default = null }
variable "local_existing_package" { default = null }
variable "s3_existing_package" { default = null }
variable "store_on_s3" { default = false }
variable "s3_bucket" { default = null }
variable "layer_name" { default = "" }
variable "license_info" { default = "" }
variable "compatible_runtimes" { default = [] }
variable "allowed_triggers" { default = {} }
variable "create_current_version_allowed_triggers" { default = true }
variable "create_unqualified_alias_allowed_triggers" { default = true }
variable "event_source_mapping" { default = {} }
variable "create_async_event_config" { default = false }
variable "maximum_event_age_in_seconds" { default = null }
variable "maximum_retry_attempts" { default = null }
variable "destination_on_failure" { default = null }
variable "destination_on_success" { default = null }
variable "role_name" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "role_maximum_session_duration" { default = 3600 }
variable "trusted_entities" { default = [] }
variable "assume_role_policy_statements" { default = {} }
variable "attach_cloudwatch_logs_policy" { default = true }
variable "attach_create_log_group_permission" { default = true }
variable "attach_dead_letter_policy" { default = false }
variable "attach_network_policy" { default = false }
variable "attach_tracing_policy" { default = false }
variable "attach_async_event_policy" { default = false }
variable "attach_policy_json" { default = false }
variable "policy_json" { default = null }
variable "attach_policy_jsons" { default = false }
variable "policy_jsons" { default = [] }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_policies" { default = false }
variable "policies" { default = [] }
variable "attach_policy_statements" { default = false }
variable "policy_statements" { default = {} }
variable "use_existing_cloudwatch_log_group" { default = false }
variable "cloudwatch_logs_retention_in_days" { default = null }
variable "cloudwatch_logs_kms_key_id" { default = null }
variable "logging_log_group" { default = null }
variable "logging_log_format" { default = "Text" }
variable "logging_application_log_level" { default = null }
variable "logging_system_log_level" { default = null }
variable "recursive_loop" { default = null }
variable "tags" { default = {} }

data "aws_partition" "here" {}
data "aws_region" "here" {}
data "aws_caller_identity" "here" {}

locals {
  function = var.create && var.create_function && !var.create_layer
  role     = local.function && var.create_role
  log_arn  = "arn:${data.aws_partition.here.partition}:logs:${var.lambda_at_edge ? "*" : data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}:log-group:/aws/lambda/${var.lambda_at_edge ? "us-east-1." : ""}${var.function_name}"
  # The module copies these two policies, so that its roles do not share them.
  eni  = "arn:${data.aws_partition.here.partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"
  xray = "arn:${data.aws_partition.here.partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"
  statements = {
    for key, one in try(tomap(var.policy_statements), { for i, s in var.policy_statements : i => s }, {}) : key => one
  }
}

resource "aws_lambda_function" "this" {
  count                          = local.function ? 1 : 0
  function_name                  = var.function_name
  description                    = var.description
  role                           = var.create_role ? aws_iam_role.lambda[0].arn : var.lambda_role
  handler                        = var.package_type != "Zip" ? null : var.handler
  runtime                        = var.package_type != "Zip" ? null : var.runtime
  memory_size                    = var.memory_size
  timeout                        = var.lambda_at_edge ? min(var.timeout, 30) : var.timeout
  publish                        = (var.lambda_at_edge || var.snap_start) ? true : var.publish
  layers                         = var.layers
  architectures                  = var.architectures
  package_type                   = var.package_type
  image_uri                      = var.image_uri
  kms_key_arn                    = var.kms_key_arn
  reserved_concurrent_executions = var.reserved_concurrent_executions
  code_signing_config_arn        = var.code_signing_config_arn
  filename                       = try(var.source_path.path, var.source_path[0].path, tostring(var.source_path[0]), var.source_path, null) != null ? try(var.source_path.path, var.source_path[0].path, tostring(var.source_path[0]), var.source_path) : var.local_existing_package
  s3_bucket                      = try(var.s3_existing_package.bucket, null)
  s3_key                         = try(var.s3_existing_package.key, null)
  ephemeral_storage { size = var.ephemeral_storage_size }
  dynamic "environment" {
    for_each = length(keys(var.environment_variables)) == 0 ? [] : [true]
    content { variables = var.environment_variables }
  }
  dynamic "dead_letter_config" {
    for_each = var.dead_letter_target_arn == null ? [] : [true]
    content { target_arn = var.dead_letter_target_arn }
  }
  dynamic "tracing_config" {
    for_each = var.tracing_mode == null ? [] : [true]
    content { mode = var.tracing_mode }
  }
  dynamic "vpc_config" {
    for_each = var.vpc_subnet_ids != null && var.vpc_security_group_ids != null ? [true] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }
  dynamic "file_system_config" {
    for_each = var.file_system_arn != null ? [true] : []
    content {
      arn              = var.file_system_arn
      local_mount_path = var.file_system_local_mount_path
    }
  }
  dynamic "snap_start" {
    for_each = var.snap_start ? [true] : []
    content { apply_on = "PublishedVersions" }
  }
  dynamic "image_config" {
    for_each = length(var.image_config_command) > 0 || length(var.image_config_entry_point) > 0 ? [true] : []
    content {
      command           = var.image_config_command
      entry_point       = var.image_config_entry_point
      working_directory = var.image_config_working_directory
    }
  }
  logging_config {
    log_group             = var.logging_log_group
    log_format            = var.logging_log_format
    application_log_level = var.logging_application_log_level
    system_log_level      = var.logging_system_log_level
  }
  tags = var.tags
}

resource "aws_lambda_function_recursion_config" "this" {
  count          = local.function && var.recursive_loop == "Allow" ? 1 : 0
  function_name  = aws_lambda_function.this[0].function_name
  recursive_loop = var.recursive_loop
}

resource "aws_lambda_layer_version" "this" {
  count               = var.create && var.create_layer ? 1 : 0
  layer_name          = var.layer_name
  license_info        = var.license_info
  compatible_runtimes = length(var.compatible_runtimes) > 0 ? var.compatible_runtimes : (var.runtime == "" ? null : [var.runtime])
  filename            = try(var.source_path.path, var.source_path[0].path, tostring(var.source_path[0]), var.source_path, null) != null ? try(var.source_path.path, var.source_path[0].path, tostring(var.source_path[0]), var.source_path) : var.local_existing_package
  s3_bucket           = try(var.s3_existing_package.bucket, null)
  s3_key              = try(var.s3_existing_package.key, null)
}

resource "aws_cloudwatch_log_group" "lambda" {
  count             = local.function && !var.use_existing_cloudwatch_log_group ? 1 : 0
  name              = coalesce(var.logging_log_group, "/aws/lambda/${var.lambda_at_edge ? "us-east-1." : ""}${var.function_name}")
  retention_in_days = var.cloudwatch_logs_retention_in_days
  kms_key_id        = var.cloudwatch_logs_kms_key_id
  tags              = var.tags
}

resource "aws_lambda_function_url" "this" {
  count              = local.function && var.create_lambda_function_url ? 1 : 0
  function_name      = aws_lambda_function.this[0].function_name
  qualifier          = var.create_unqualified_alias_lambda_function_url ? null : aws_lambda_function.this[0].version
  authorization_type = var.authorization_type
  invoke_mode        = var.invoke_mode
  dynamic "cors" {
    for_each = length(keys(var.cors)) == 0 ? [] : [var.cors]
    content {
      allow_credentials = try(cors.value.allow_credentials, null)
      allow_headers     = try(cors.value.allow_headers, null)
      allow_methods     = try(cors.value.allow_methods, null)
      allow_origins     = try(cors.value.allow_origins, null)
    }
  }
}

resource "aws_lambda_permission" "current_version_triggers" {
  for_each         = { for k, v in var.allowed_triggers : k => v if local.function && var.create_current_version_allowed_triggers }
  function_name    = aws_lambda_function.this[0].function_name
  qualifier        = aws_lambda_function.this[0].version == "$LATEST" ? null : aws_lambda_function.this[0].version
  action           = try(each.value.action, "lambda:InvokeFunction")
  principal        = try(each.value.principal, format("%s.amazonaws.com", try(each.value.service, "")))
  principal_org_id = try(each.value.principal_org_id, null)
  source_arn       = try(each.value.source_arn, null)
  source_account   = try(each.value.source_account, null)
}

resource "aws_lambda_permission" "unqualified_alias_triggers" {
  for_each         = { for k, v in var.allowed_triggers : k => v if local.function && var.create_unqualified_alias_allowed_triggers }
  function_name    = aws_lambda_function.this[0].function_name
  action           = try(each.value.action, "lambda:InvokeFunction")
  principal        = try(each.value.principal, format("%s.amazonaws.com", try(each.value.service, "")))
  principal_org_id = try(each.value.principal_org_id, null)
  source_arn       = try(each.value.source_arn, null)
  source_account   = try(each.value.source_account, null)
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each                = { for k, v in var.event_source_mapping : k => v if local.function }
  function_name           = aws_lambda_function.this[0].arn
  event_source_arn        = try(each.value.event_source_arn, null)
  enabled                 = try(each.value.enabled, null)
  batch_size              = try(each.value.batch_size, null)
  maximum_retry_attempts  = try(each.value.maximum_retry_attempts, null)
  function_response_types = try(each.value.function_response_types, null)
  dynamic "destination_config" {
    for_each = try(each.value.destination_arn_on_failure, null) != null ? [true] : []
    content {
      on_failure { destination_arn = each.value.destination_arn_on_failure }
    }
  }
  dynamic "filter_criteria" {
    for_each = try(each.value.filter_criteria, null) != null ? [true] : []
    content {
      dynamic "filter" {
        for_each = try(tolist(each.value.filter_criteria), [each.value.filter_criteria])
        content { pattern = try(filter.value.pattern, null) }
      }
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count                        = local.function && var.create_async_event_config ? 1 : 0
  function_name                = aws_lambda_function.this[0].function_name
  maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
  maximum_retry_attempts       = var.maximum_retry_attempts
  dynamic "destination_config" {
    for_each = var.destination_on_failure != null || var.destination_on_success != null ? [true] : []
    content {
      dynamic "on_failure" {
        for_each = var.destination_on_failure != null ? [true] : []
        content { destination = var.destination_on_failure }
      }
      dynamic "on_success" {
        for_each = var.destination_on_success != null ? [true] : []
        content { destination = var.destination_on_success }
      }
    }
  }
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type = "Service"
      identifiers = distinct(compact(concat(
        var.lambda_at_edge ? ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] : ["lambda.amazonaws.com"],
        [for one in var.trusted_entities : try(tostring(one), "")],
      )))
    }
    dynamic "principals" {
      for_each = [for one in var.trusted_entities : one if !can(tostring(one))]
      content {
        type        = principals.value.type
        identifiers = tolist(principals.value.identifiers)
      }
    }
  }
  dynamic "statement" {
    for_each = var.assume_role_policy_statements
    content {
      effect  = try(statement.value.effect, null)
      actions = try(statement.value.actions, null)
      dynamic "principals" {
        for_each = try(statement.value.principals, {})
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
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

resource "aws_iam_role" "lambda" {
  count                = local.role ? 1 : 0
  name                 = coalesce(var.role_name, var.function_name, "*")
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  max_session_duration = var.role_maximum_session_duration
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  tags                 = var.tags
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = compact([var.attach_create_log_group_permission ? "logs:CreateLogGroup" : "", "logs:CreateLogStream", "logs:PutLogEvents"])
    resources = ["${local.log_arn}:*", "${local.log_arn}:*:*"]
  }
}

resource "aws_iam_role_policy" "logs" {
  count  = local.role && var.attach_cloudwatch_logs_policy ? 1 : 0
  name   = "logs"
  role   = aws_iam_role.lambda[0].name
  policy = data.aws_iam_policy_document.logs.json
}

data "aws_iam_policy_document" "targets" {
  dynamic "statement" {
    for_each = var.attach_dead_letter_policy ? [true] : []
    content {
      actions   = ["sns:Publish", "sqs:SendMessage"]
      resources = [var.dead_letter_target_arn]
    }
  }
  dynamic "statement" {
    for_each = var.attach_async_event_policy ? [true] : []
    content {
      actions   = ["sns:Publish", "sqs:SendMessage", "events:PutEvents", "lambda:InvokeFunction"]
      resources = compact(distinct([var.destination_on_failure, var.destination_on_success]))
    }
  }
}

resource "aws_iam_role_policy" "targets" {
  count  = local.role && (var.attach_dead_letter_policy || var.attach_async_event_policy) ? 1 : 0
  name   = "targets"
  role   = aws_iam_role.lambda[0].name
  policy = data.aws_iam_policy_document.targets.json
}

resource "aws_iam_role_policy_attachment" "copied" {
  for_each   = toset(concat(var.attach_network_policy ? [local.eni] : [], var.attach_tracing_policy ? [local.xray] : []))
  role       = aws_iam_role.lambda[0].name
  policy_arn = each.value
}

resource "aws_iam_role_policy" "json" {
  count  = local.role && var.attach_policy_json ? 1 : 0
  name   = "json"
  role   = aws_iam_role.lambda[0].name
  policy = var.policy_json
}

resource "aws_iam_role_policy" "jsons" {
  count  = local.role && var.attach_policy_jsons ? length(var.policy_jsons) : 0
  name   = "json-${count.index}"
  role   = aws_iam_role.lambda[0].name
  policy = var.policy_jsons[count.index]
}

resource "aws_iam_role_policy_attachment" "one" {
  count      = local.role && var.attach_policy ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policy
}

resource "aws_iam_role_policy_attachment" "many" {
  count      = local.role && var.attach_policies ? length(var.policies) : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policies[count.index]
}

data "aws_iam_policy_document" "statements" {
  dynamic "statement" {
    for_each = local.statements
    content {
      sid           = try(statement.value.sid, replace(statement.key, "/[^0-9A-Za-z]*/", ""))
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
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
  role   = aws_iam_role.lambda[0].name
  policy = data.aws_iam_policy_document.statements.json
}

output "lambda_function_arn" { value = try(aws_lambda_function.this[0].arn, "") }
output "lambda_function_arn_static" { value = try(aws_lambda_function.this[0].arn, "") }
output "lambda_function_invoke_arn" { value = try(aws_lambda_function.this[0].invoke_arn, "") }
output "lambda_function_name" { value = try(aws_lambda_function.this[0].function_name, "") }
output "lambda_function_qualified_arn" { value = try(aws_lambda_function.this[0].qualified_arn, "") }
output "lambda_function_version" { value = try(aws_lambda_function.this[0].version, "") }
output "lambda_function_url" { value = try(aws_lambda_function_url.this[0].function_url, "") }
output "lambda_layer_arn" { value = try(aws_lambda_layer_version.this[0].arn, "") }
output "lambda_role_arn" { value = try(aws_iam_role.lambda[0].arn, "") }
output "lambda_role_name" { value = try(aws_iam_role.lambda[0].name, "") }
output "lambda_cloudwatch_log_group_arn" { value = try(aws_cloudwatch_log_group.lambda[0].arn, "") }
output "lambda_cloudwatch_log_group_name" { value = try(aws_cloudwatch_log_group.lambda[0].name, "") }
# The names of the first major version.
output "this_lambda_function_arn" { value = try(aws_lambda_function.this[0].arn, "") }
output "this_lambda_function_invoke_arn" { value = try(aws_lambda_function.this[0].invoke_arn, "") }
output "this_lambda_function_name" { value = try(aws_lambda_function.this[0].function_name, "") }
