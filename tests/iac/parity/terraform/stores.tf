resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 5
  sqs_managed_sse_enabled    = false
}

resource "aws_sqs_queue_policy" "jobs" {
  queue_url = aws_sqs_queue.jobs.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = aws_sqs_queue.jobs.arn }]
  })
}

resource "aws_sqs_queue" "partner" {
  name                    = "partner"
  sqs_managed_sse_enabled = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.stranger}:root" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:${local.region}:${local.account}:partner"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:${local.region}:${local.account}:partner"
      },
    ]
  })
}

resource "aws_sns_topic" "news" {
  name = "news"
}

resource "aws_sns_topic_policy" "news" {
  arn = aws_sns_topic.news.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["sns:Publish", "sns:Subscribe"]
      Resource  = aws_sns_topic.news.arn
    }]
  })
}

resource "aws_sns_topic_subscription" "abroad" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:us-east-1:${local.stranger}:copies"
}

resource "aws_sns_topic_subscription" "in_the_clear" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "http"
  endpoint  = "http://hooks.example.com/news"
}

resource "aws_cloudwatch_event_bus" "shop" {
  name = "shop"
}

resource "aws_cloudwatch_event_bus_policy" "shop" {
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "everyone"
      Effect    = "Allow"
      Principal = "*"
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.shop.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "copy" {
  name           = "copy"
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  event_pattern  = jsonencode({ source = ["shop.orders"] })
}

resource "aws_cloudwatch_event_target" "copy" {
  rule           = aws_cloudwatch_event_rule.copy.name
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  arn            = "arn:aws:events:us-east-1:${local.stranger}:event-bus/default"
  role_arn       = aws_iam_role.copy.arn
}

resource "aws_cloudwatch_event_target" "copy_to_audit" {
  rule           = aws_cloudwatch_event_rule.copy.name
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  arn            = module.audit.arn
}

resource "aws_lambda_permission" "copy_to_audit" {
  function_name = module.audit.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.copy.arn
}

resource "aws_iam_role" "copy" {
  name = "copy-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_kinesis_stream" "clicks" {
  name        = "clicks"
  shard_count = 1
}

resource "aws_kinesis_resource_policy" "clicks" {
  resource_arn = aws_kinesis_stream.clicks.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["kinesis:PutRecord", "kinesis:PutRecords"]
      Resource  = aws_kinesis_stream.clicks.arn
    }]
  })
}

resource "aws_dynamodb_table" "carts" {
  name             = "carts"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_resource_policy" "carts" {
  resource_arn = aws_dynamodb_table.carts.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:GetItem", Resource = aws_dynamodb_table.carts.arn }]
  })
}

resource "aws_kms_key" "open" {
  enable_key_rotation = false
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::${local.account}:root" }, Action = "kms:*", Resource = "*" },
      { Effect = "Allow", Principal = "*", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = "*" },
    ]
  })
}

resource "aws_kms_alias" "open" {
  name          = "alias/open"
  target_key_id = aws_kms_key.open.key_id
}

resource "aws_secretsmanager_secret" "database" {
  name = "database"
}

resource "aws_secretsmanager_secret_policy" "database" {
  secret_arn = aws_secretsmanager_secret.database.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}

resource "aws_ssm_parameter" "password" {
  name  = "/shop/database-password"
  type  = "String"
  value = "changeme"
}

resource "aws_ecr_repository" "renderer" {
  name = "renderer"
}

resource "aws_ecr_repository_policy" "renderer" {
  repository = aws_ecr_repository.renderer.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"] }]
  })
}

resource "aws_lambda_code_signing_config" "warns" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:${local.stranger}:/signing-profiles/partner/abcdef0123"]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
}

resource "aws_vpc" "functions" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "functions" {
  vpc_id     = aws_vpc.functions.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "functions" {
  description = "functions"
  vpc_id      = aws_vpc.functions.id
}
