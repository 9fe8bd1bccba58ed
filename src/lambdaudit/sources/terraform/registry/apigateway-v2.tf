# What terraform-aws-modules/apigateway-v2 makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "create_api_gateway" { default = true }
variable "name" { default = "" }
variable "description" { default = null }
variable "protocol_type" { default = "HTTP" }
variable "body" { default = null }
variable "target" { default = null }
variable "route_key" { default = null }
variable "disable_execute_api_endpoint" { default = null }
variable "cors_configuration" { default = null }
variable "integrations" { default = {} }
variable "routes" { default = {} }
variable "create_routes_and_integrations" { default = true }
variable "authorizers" { default = {} }
variable "create_default_stage" { default = true }
variable "create_stage" { default = true }
variable "stage_name" { default = "$default" }
variable "stage_access_log_settings" { default = null }
variable "default_stage_access_log_destination_arn" { default = null }
variable "default_stage_access_log_format" { default = null }
variable "default_route_settings" { default = {} }
variable "stage_default_route_settings" { default = {} }
variable "stage_variables" { default = null }
variable "tags" { default = {} }

locals {
  made   = var.create && var.create_api_gateway
  routes = { for key, one in merge(var.integrations, var.routes) : key => one if local.made && var.create_routes_and_integrations }
  limits = try(merge(var.default_route_settings, var.stage_default_route_settings), {})
}

resource "aws_apigatewayv2_api" "this" {
  count                        = local.made ? 1 : 0
  name                         = var.name
  description                  = var.description
  protocol_type                = var.protocol_type
  body                         = var.body
  target                       = var.target
  route_key                    = var.route_key
  disable_execute_api_endpoint = var.disable_execute_api_endpoint
  dynamic "cors_configuration" {
    for_each = try(length(keys(var.cors_configuration)), 0) == 0 ? [] : [var.cors_configuration]
    content {
      allow_credentials = try(cors_configuration.value.allow_credentials, null)
      allow_headers     = try(cors_configuration.value.allow_headers, null)
      allow_methods     = try(cors_configuration.value.allow_methods, null)
      allow_origins     = try(cors_configuration.value.allow_origins, null)
    }
  }
  tags = var.tags
}

resource "aws_apigatewayv2_authorizer" "this" {
  for_each                         = { for k, v in var.authorizers : k => v if local.made }
  api_id                           = aws_apigatewayv2_api.this[0].id
  name                             = try(each.value.name, each.key)
  authorizer_type                  = try(each.value.authorizer_type, "REQUEST")
  authorizer_uri                   = try(each.value.authorizer_uri, null)
  identity_sources                 = try(each.value.identity_sources, [])
  authorizer_result_ttl_in_seconds = try(each.value.authorizer_result_ttl_in_seconds, null)
  enable_simple_responses          = try(each.value.enable_simple_responses, null)
  dynamic "jwt_configuration" {
    for_each = try(each.value.jwt_configuration, null) != null ? [each.value.jwt_configuration] : (try(each.value.issuer, null) != null ? [each.value] : [])
    content {
      audience = try(jwt_configuration.value.audience, null)
      issuer   = try(jwt_configuration.value.issuer, null)
    }
  }
}

resource "aws_apigatewayv2_integration" "this" {
  for_each            = local.routes
  api_id              = aws_apigatewayv2_api.this[0].id
  integration_type    = try(each.value.integration.type, each.value.integration_type, "AWS_PROXY")
  integration_subtype = try(each.value.integration.subtype, each.value.integration_subtype, null)
  integration_uri     = try(each.value.integration.uri, each.value.lambda_arn, each.value.integration_uri, null)
  integration_method  = try(each.value.integration.method, each.value.integration_method, null)
}

resource "aws_apigatewayv2_route" "this" {
  for_each             = local.routes
  api_id               = aws_apigatewayv2_api.this[0].id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.this[each.key].id}"
  api_key_required     = try(each.value.api_key_required, null)
  authorization_type   = try(each.value.authorization_type, "NONE")
  authorization_scopes = try(each.value.authorization_scopes, null)
  authorizer_id        = try(aws_apigatewayv2_authorizer.this[each.value.authorizer_key].id, each.value.authorizer_id, null)
}

resource "aws_apigatewayv2_stage" "this" {
  count           = local.made && var.create_default_stage && var.create_stage ? 1 : 0
  api_id          = aws_apigatewayv2_api.this[0].id
  name            = var.stage_name
  auto_deploy     = true
  stage_variables = var.stage_variables
  dynamic "access_log_settings" {
    for_each = try(var.stage_access_log_settings.destination_arn, var.default_stage_access_log_destination_arn, null) != null ? [true] : (try(var.stage_access_log_settings, null) != null ? [true] : [])
    content {
      destination_arn = try(var.stage_access_log_settings.destination_arn, var.default_stage_access_log_destination_arn, "created by the module")
      format          = try(var.stage_access_log_settings.format, var.default_stage_access_log_format, null)
    }
  }
  dynamic "default_route_settings" {
    for_each = length(keys(local.limits)) == 0 ? [] : [local.limits]
    content {
      throttling_burst_limit = try(default_route_settings.value.throttling_burst_limit, null)
      throttling_rate_limit  = try(default_route_settings.value.throttling_rate_limit, null)
      logging_level          = try(default_route_settings.value.logging_level, null)
      data_trace_enabled     = try(default_route_settings.value.data_trace_enabled, null)
    }
  }
  tags = var.tags
}

output "api_id" { value = try(aws_apigatewayv2_api.this[0].id, "") }
output "api_arn" { value = try(aws_apigatewayv2_api.this[0].arn, "") }
output "api_endpoint" { value = try(aws_apigatewayv2_api.this[0].api_endpoint, "") }
output "api_execution_arn" { value = try(aws_apigatewayv2_api.this[0].execution_arn, "") }
output "apigatewayv2_api_id" { value = try(aws_apigatewayv2_api.this[0].id, "") }
output "apigatewayv2_api_api_endpoint" { value = try(aws_apigatewayv2_api.this[0].api_endpoint, "") }
output "apigatewayv2_api_execution_arn" { value = try(aws_apigatewayv2_api.this[0].execution_arn, "") }
output "stage_id" { value = try(aws_apigatewayv2_stage.this[0].id, "") }
output "stage_execution_arn" { value = try(aws_apigatewayv2_stage.this[0].execution_arn, "") }
