resource "aws_api_gateway_rest_api" "rest" {
  name = "rest"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "reports" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "reports"
}

resource "aws_api_gateway_method" "reports" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.reports.id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "reports" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_resource.reports.id
  http_method             = aws_api_gateway_method.reports.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = module.reports.invoke_arn
}

resource "aws_lambda_permission" "reports" {
  function_name = module.reports.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest.execution_arn}/*/GET/reports"
}

resource "aws_api_gateway_resource" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "rest" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.rest.id
  http_method   = "ANY"
  authorization = "AWS_IAM"
}

resource "aws_api_gateway_integration" "rest" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_resource.rest.id
  http_method             = aws_api_gateway_method.rest.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = module.monolith.invoke_arn
}

resource "aws_lambda_permission" "monolith" {
  function_name = module.monolith.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest.execution_arn}/*/*/*"
}

resource "aws_api_gateway_deployment" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  depends_on  = [aws_api_gateway_integration.reports, aws_api_gateway_integration.rest]
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id           = aws_api_gateway_rest_api.rest.id
  deployment_id         = aws_api_gateway_deployment.rest.id
  stage_name            = "prod"
  variables             = { db_password = "hunter2hunter2" }
  cache_cluster_enabled = true
  cache_cluster_size    = "0.5"
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    logging_level        = "INFO"
    data_trace_enabled   = true
    caching_enabled      = true
    cache_data_encrypted = false
  }
}

# An HTTP API: a yes for one route opens the others, tokens for other applications count, plain HTTP is trusted.
resource "aws_apigatewayv2_api" "http" {
  name          = "http"
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins     = ["http://shop.example.com"]
    allow_methods     = ["GET"]
    allow_credentials = true
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_apigatewayv2_authorizer" "gate" {
  api_id                            = aws_apigatewayv2_api.http.id
  name                              = "gate"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = module.gate.invoke_arn
  authorizer_payload_format_version = "2.0"
  authorizer_result_ttl_in_seconds  = 300
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.Authorization"]
}

resource "aws_lambda_permission" "gate" {
  function_name = module.gate.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.gate.id}"
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.http.id
  name             = "tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer = "http://login.example.com"
  }
}

resource "aws_apigatewayv2_integration" "carter" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.carter.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "gated" {
  for_each           = toset(["GET", "DELETE"])
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "${each.value} /cart"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.gate.id
  target             = "integrations/${aws_apigatewayv2_integration.carter.id}"
}

resource "aws_apigatewayv2_route" "post" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "POST /cart"
  authorization_type = "JWT"
  authorizer_id      = aws_apigatewayv2_authorizer.tokens.id
  target             = "integrations/${aws_apigatewayv2_integration.carter.id}"
}

resource "aws_lambda_permission" "carter" {
  function_name = module.carter.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*/*/cart"
}

# An API inside of networks, of everybody; one for partners.
resource "aws_api_gateway_rest_api" "inner" {
  name = "inner"
  endpoint_configuration {
    types = ["PRIVATE"]
  }
}

data "aws_iam_policy_document" "inner" {
  statement {
    actions   = ["execute-api:Invoke"]
    resources = ["execute-api:/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_api_gateway_rest_api_policy" "inner" {
  rest_api_id = aws_api_gateway_rest_api.inner.id
  policy      = data.aws_iam_policy_document.inner.json
}

resource "aws_api_gateway_rest_api" "partners" {
  name = "partners"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${local.stranger}:root" }
      Action    = "execute-api:Invoke"
      Resource  = "execute-api:/*"
    }]
  })
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

locals {
  others = { inner = aws_api_gateway_rest_api.inner, partners = aws_api_gateway_rest_api.partners }
}

resource "aws_api_gateway_method" "others" {
  for_each      = local.others
  rest_api_id   = each.value.id
  resource_id   = each.value.root_resource_id
  http_method   = "GET"
  authorization = "AWS_IAM"
}

resource "aws_api_gateway_integration" "others" {
  for_each                = local.others
  rest_api_id             = each.value.id
  resource_id             = each.value.root_resource_id
  http_method             = aws_api_gateway_method.others[each.key].http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = module.monolith.invoke_arn
}

resource "aws_lambda_permission" "others" {
  for_each      = local.others
  function_name = module.monolith.name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${each.value.execution_arn}/*/GET/"
}
