# A shop as it should be. Its twin in SAM stands in the folder beside this one.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  root    = "arn:${data.aws_partition.current.partition}:iam::${local.account}:root"
  common  = { key = aws_kms_key.shop.arn, signing = aws_lambda_code_signing_config.shop.arn }
}

data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
  statement {
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${data.aws_region.current.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:aws:logs:${data.aws_region.current.region}:${local.account}:*"]
    }
  }
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "shop" {
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

resource "aws_signer_signing_profile" "shop" {
  platform_id = "AWSLambda-SHA384-ECDSA"
}

resource "aws_lambda_code_signing_config" "shop" {
  allowed_publishers {
    signing_profile_version_arns = [aws_signer_signing_profile.shop.version_arn]
  }
  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}

# Routes with tokens that name what they are good for.
resource "aws_cognito_user_pool" "shop" {
  name = "shop"
}

resource "aws_cognito_user_pool_client" "shop" {
  name         = "shop"
  user_pool_id = aws_cognito_user_pool.shop.id
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/shop/access"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.shop.arn
}

resource "aws_apigatewayv2_api" "shop" {
  name          = "shop"
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins = ["https://shop.example.com"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["authorization"]
  }
}

resource "aws_apigatewayv2_stage" "shop" {
  api_id      = aws_apigatewayv2_api.shop.id
  name        = "$default"
  auto_deploy = true
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId"
  }
  default_route_settings {
    throttling_rate_limit  = 50
    throttling_burst_limit = 20
  }
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.shop.id
  name             = "tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer   = "https://${aws_cognito_user_pool.shop.endpoint}"
    audience = [aws_cognito_user_pool_client.shop.id]
  }
}

locals {
  routes = {
    "GET /orders/{number}" = module.read
    "POST /orders"         = module.create
  }
}

resource "aws_apigatewayv2_integration" "shop" {
  for_each               = local.routes
  api_id                 = aws_apigatewayv2_api.shop.id
  integration_type       = "AWS_PROXY"
  integration_uri        = each.value.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "shop" {
  for_each             = local.routes
  api_id               = aws_apigatewayv2_api.shop.id
  route_key            = each.key
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.tokens.id
  authorization_scopes = ["shop/orders"]
  target               = "integrations/${aws_apigatewayv2_integration.shop[each.key].id}"
}

resource "aws_lambda_permission" "shop" {
  for_each      = local.routes
  function_name = each.value.name
  qualifier     = each.value.alias
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.shop.execution_arn}/*/*/orders*"
}

module "read" {
  source      = "./function"
  name        = "shop-read"
  key         = local.common.key
  signing     = local.common.signing
  environment = { TABLE = aws_dynamodb_table.orders.name }
  statements  = [{ actions = ["dynamodb:GetItem"], resources = [aws_dynamodb_table.orders.arn] }]
}

module "create" {
  source      = "./function"
  name        = "shop-create"
  key         = local.common.key
  signing     = local.common.signing
  environment = { QUEUE = aws_sqs_queue.work.url }
  statements  = [{ actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.work.arn] }]
}

# A queue with time enough and a place for what fails.
resource "aws_sqs_queue" "failed" {
  name                      = "shop-failed"
  kms_master_key_id         = aws_kms_key.shop.id
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "work" {
  name                       = "shop-work"
  kms_master_key_id          = aws_kms_key.shop.id
  visibility_timeout_seconds = 60
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn, maxReceiveCount = 5 })
}

resource "aws_dynamodb_table" "orders" {
  name                        = "shop-orders"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  stream_enabled              = true
  stream_view_type            = "NEW_IMAGE"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.shop.arn
  }
}

module "worker" {
  source      = "./function"
  name        = "shop-worker"
  key         = local.common.key
  signing     = local.common.signing
  environment = { TABLE = aws_dynamodb_table.orders.name }
  statements = [
    { actions = ["dynamodb:GetItem"], resources = [aws_dynamodb_table.orders.arn] },
    { actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = [aws_kms_key.shop.arn] },
    { actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], resources = [aws_sqs_queue.work.arn] },
  ]
}

resource "aws_lambda_event_source_mapping" "work" {
  function_name           = module.worker.arn
  event_source_arn        = aws_sqs_queue.work.arn
  function_response_types = ["ReportBatchItemFailures"]
}

module "changes" {
  source      = "./function"
  name        = "shop-changes"
  key         = local.common.key
  signing     = local.common.signing
  environment = { TOPIC = aws_sns_topic.news.arn }
  statements = [
    { actions = ["sns:Publish"], resources = [aws_sns_topic.news.arn] },
    { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.failed.arn] },
    {
      actions   = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"]
      resources = [aws_dynamodb_table.orders.stream_arn]
    },
  ]
}

resource "aws_lambda_event_source_mapping" "changes" {
  function_name          = module.changes.arn
  event_source_arn       = aws_dynamodb_table.orders.stream_arn
  starting_position      = "LATEST"
  maximum_retry_attempts = 5
  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.failed.arn
    }
  }
}

# A topic of the account's own services.
resource "aws_sns_topic" "news" {
  name              = "shop-news"
  kms_master_key_id = aws_kms_key.shop.id
}

data "aws_iam_policy_document" "news" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.news.arn]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

resource "aws_sns_topic_policy" "news" {
  arn    = aws_sns_topic.news.arn
  policy = data.aws_iam_policy_document.news.json
}

module "mailer" {
  source       = "./function"
  name         = "shop-mailer"
  key          = local.common.key
  signing      = local.common.signing
  dead_letters = aws_sqs_queue.failed.arn
  environment  = { MAIL_SECRET = aws_secretsmanager_secret.mail.arn }
  statements = [
    { actions = ["secretsmanager:GetSecretValue"], resources = [aws_secretsmanager_secret.mail.arn] },
    { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.failed.arn] },
  ]
}

resource "aws_sns_topic_subscription" "mailer" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "lambda"
  endpoint  = module.mailer.arn
}

resource "aws_lambda_permission" "mailer" {
  function_name = module.mailer.name
  qualifier     = module.mailer.alias
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.news.arn
}

resource "aws_secretsmanager_secret" "mail" {
  name       = "shop/mail"
  kms_key_id = aws_kms_key.shop.arn
}

resource "aws_secretsmanager_secret_rotation" "mail" {
  secret_id           = aws_secretsmanager_secret.mail.id
  rotation_lambda_arn = module.rotate.arn
  rotation_rules {
    automatically_after_days = 30
  }
}

module "rotate" {
  source  = "./function"
  name    = "shop-rotate"
  key     = local.common.key
  signing = local.common.signing
  statements = [{
    actions = [
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
    ]
    resources = [aws_secretsmanager_secret.mail.arn]
  }]
}

resource "aws_lambda_permission" "rotate" {
  function_name  = module.rotate.name
  qualifier      = module.rotate.alias
  action         = "lambda:InvokeFunction"
  principal      = "secretsmanager.amazonaws.com"
  source_account = local.account
}

# Buckets of the account's own; results go to another one than the uploads.
resource "aws_s3_bucket" "shop" {
  for_each = toset(["uploads", "results"])
  bucket   = "shop-${each.key}-${local.account}"
}

resource "aws_s3_bucket_public_access_block" "shop" {
  for_each                = aws_s3_bucket.shop
  bucket                  = each.value.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "shop" {
  for_each = aws_s3_bucket.shop
  bucket   = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "tls" {
  for_each = aws_s3_bucket.shop
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "tls" {
  for_each = aws_s3_bucket.shop
  bucket   = each.value.id
  policy   = data.aws_iam_policy_document.tls[each.key].json
}

module "images" {
  source       = "./function"
  name         = "shop-images"
  key          = local.common.key
  signing      = local.common.signing
  dead_letters = aws_sqs_queue.failed.arn
  environment  = { RESULTS = aws_s3_bucket.shop["results"].id }
  statements = [
    { actions = ["s3:GetObject"], resources = ["${aws_s3_bucket.shop["uploads"].arn}/*"] },
    { actions = ["s3:PutObject"], resources = ["${aws_s3_bucket.shop["results"].arn}/*"] },
    { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.failed.arn] },
  ]
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.shop["uploads"].id
  lambda_function {
    lambda_function_arn = module.images.arn
    events              = ["s3:ObjectCreated:*"]
  }
}

resource "aws_lambda_permission" "images" {
  function_name  = module.images.name
  qualifier      = module.images.alias
  action         = "lambda:InvokeFunction"
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.shop["uploads"].arn
  source_account = local.account
}

module "nightly" {
  source      = "./function"
  name        = "shop-nightly"
  key         = local.common.key
  signing     = local.common.signing
  environment = { TABLE = aws_dynamodb_table.orders.name }
  statements = [
    { actions = ["dynamodb:GetItem"], resources = [aws_dynamodb_table.orders.arn] },
    { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.failed.arn] },
  ]
}

resource "aws_lambda_function_event_invoke_config" "nightly" {
  function_name          = module.nightly.name
  qualifier              = module.nightly.alias
  maximum_retry_attempts = 1
  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_cloudwatch_event_rule" "night" {
  name                = "shop-night"
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "night" {
  rule = aws_cloudwatch_event_rule.night.name
  arn  = module.nightly.arn
}

resource "aws_lambda_permission" "night" {
  function_name = module.nightly.name
  qualifier     = module.nightly.alias
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.night.arn
}
