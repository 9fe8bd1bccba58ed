# A shop with planted faults, in Terraform. Its twins stand in the folders beside this one.

provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_region.current.name
  stranger = "210987654321"
  network  = { subnets = [aws_subnet.functions.id], groups = [aws_security_group.functions.id] }
  mount    = "arn:aws:elasticfilesystem:${local.region}:${local.account}:access-point/fsap-0123456789abcdef0"
}

# An administrator behind an open URL, inside of a VPC.
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

module "orders" {
  source  = "./function"
  name    = "orders"
  managed = ["service-role/AWSLambdaVPCAccessExecutionRole"]
  policy  = data.aws_iam_policy_document.all.json
  network = local.network
}

resource "aws_lambda_function_url" "orders" {
  function_name      = module.orders.name
  authorization_type = "NONE"
  cors {
    allow_origins     = ["*"]
    allow_credentials = true
  }
}

resource "aws_lambda_permission" "orders_url" {
  function_name          = module.orders.name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "orders_url_invoke" {
  function_name            = module.orders.name
  action                   = "lambda:InvokeFunction"
  principal                = "*"
  invoked_via_function_url = true
}

# An old runtime with all of S3, behind an open route.
module "reports" {
  source  = "./function"
  name    = "reports"
  runtime = "python3.7"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

module "monolith" {
  source = "./function"
  name   = "monolith"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:PutItem"], Resource = aws_dynamodb_table.carts.arn },
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::shop-archive-123456789012/*" },
    ]
  })
}

# A queue that hands messages out too soon, a secret and a switched-off check in the variables.
module "jobs" {
  source  = "./function"
  name    = "jobs"
  runtime = "nodejs22.x"
  managed = ["service-role/AWSLambdaSQSQueueExecutionRole"]
  environment = {
    STRIPE_KEY                   = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
    NODE_TLS_REJECT_UNAUTHORIZED = "0"
  }
}

resource "aws_lambda_event_source_mapping" "jobs" {
  function_name    = module.jobs.arn
  event_source_arn = aws_sqs_queue.jobs.arn
  batch_size       = 10
}

# All secrets of the account, keys in the variables, calls that go elsewhere.
module "keys" {
  source = "./function"
  name   = "keys"
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]
    }
  JSON
  environment = {
    UPLOADER_AWS_ACCESS_KEY_ID     = "AKIAQ3EGRIRZWJ7TQ2LN"
    UPLOADER_AWS_SECRET_ACCESS_KEY = "4lXr8bT0sNfQpVd2YhKzJ6mGcE1wUoA9iRtS5xDq"
    AWS_ENDPOINT_URL               = "https://aws.proxy.example.net"
    LD_PRELOAD                     = "/opt/hook.so"
    FLASK_DEBUG                    = "1"
  }
}

# May invoke everything, and everyone may invoke it.
module "invoker" {
  source = "./function"
  name   = "invoker"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "lambda:InvokeFunction", Resource = "*" }]
  })
}

resource "aws_lambda_permission" "invoker_for_all" {
  function_name = module.invoker.name
  action        = "lambda:InvokeFunction"
  principal     = "*"
}

# Gives itself rights; another account calls it and holds its key.
module "climber" {
  source = "./function"
  name   = "climber"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = "*" }]
  })
  environment = { DATABASE = aws_secretsmanager_secret.database.arn }
  settings    = { kms_key = "arn:aws:kms:us-east-1:${local.stranger}:key/11111111-2222-3333-4444-555555555555" }
}

resource "aws_lambda_permission" "climber_abroad" {
  function_name = module.climber.arn
  action        = "lambda:InvokeFunction"
  principal     = local.stranger
}

# Two functions, one role with a second door, one secret.
data "aws_iam_policy_document" "shared_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${local.stranger}:root"]
    }
  }
}

resource "aws_iam_role" "shared" {
  name               = "shared-role"
  assume_role_policy = data.aws_iam_policy_document.shared_trust.json
}

resource "aws_iam_role_policy_attachment" "shared" {
  for_each   = toset(["service-role/AWSLambdaBasicExecutionRole", "AmazonDynamoDBFullAccess"])
  role       = aws_iam_role.shared.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_lambda_function" "shared" {
  for_each      = toset(["first", "second"])
  function_name = each.key
  role          = aws_iam_role.shared.arn
  runtime       = "python3.13"
  handler       = "app.handler"
  timeout       = 10
  s3_bucket     = "artifacts"
  s3_key        = "${each.key}.zip"
  kms_key_arn   = each.key == "first" ? aws_kms_key.open.arn : null
  environment {
    variables = { PAYMENT_KEY = "sk_live_9vQe3LxTzB7RkWm2HsYdPn8c" }
  }
}

resource "aws_cloudwatch_log_group" "shared" {
  count             = 2
  name              = "/aws/lambda/${["first", "second"][count.index]}"
  retention_in_days = 30
}

# A public bucket that calls a function which writes into it; any bucket of S3 may call it.
resource "aws_s3_bucket" "uploads" {
  bucket = "shop-uploads-123456789012"
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket             = aws_s3_bucket.uploads.id
  block_public_acls  = true
  ignore_public_acls = true
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.uploads.arn}/*" }]
  })
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  lambda_function {
    lambda_function_arn = module.uploads.arn
    events              = ["s3:ObjectCreated:*"]
  }
}

module "uploads" {
  source = "./function"
  name   = "uploads"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.uploads.arn}/*" }]
  })
}

resource "aws_lambda_permission" "uploads" {
  function_name = module.uploads.name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

# Every event of an open bus; failed events go to another account.
module "audit" {
  source = "./function"
  name   = "audit"
}

resource "aws_cloudwatch_event_rule" "everything" {
  name           = "everything"
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  event_pattern  = jsonencode({ source = [{ prefix = "" }] })
}

resource "aws_cloudwatch_event_target" "audit" {
  rule           = aws_cloudwatch_event_rule.everything.name
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  arn            = module.audit.arn
}

resource "aws_lambda_permission" "audit" {
  function_name = module.audit.name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.everything.arn
}

resource "aws_lambda_function_event_invoke_config" "audit" {
  function_name = module.audit.name
  destination_config {
    on_failure {
      destination = "arn:aws:sqs:us-east-1:${local.stranger}:failed"
    }
  }
}

# A stream that loses records, a layer of strangers, a layer for strangers.
module "clicker" {
  source  = "./function"
  name    = "clicker"
  managed = ["service-role/AWSLambdaKinesisExecutionRole"]
  layers  = [aws_lambda_layer_version.common.arn, "arn:aws:lambda:us-east-1:${local.stranger}:layer:helpers:3"]
}

resource "aws_lambda_event_source_mapping" "clicks" {
  function_name          = module.clicker.name
  event_source_arn       = aws_kinesis_stream.clicks.arn
  starting_position      = "LATEST"
  maximum_retry_attempts = 3
}

resource "aws_lambda_layer_version" "common" {
  layer_name = "common"
  s3_bucket  = "artifacts"
  s3_key     = "common.zip"
}

resource "aws_lambda_layer_version_permission" "common" {
  layer_name     = aws_lambda_layer_version.common.layer_name
  version_number = aws_lambda_layer_version.common.version
  principal      = "*"
  action         = "lambda:GetLayerVersion"
  statement_id   = "all"
}

# Debugging output, and a file system that a function with another role mounts as well.
module "notify" {
  source    = "./function"
  name      = "notify"
  managed   = ["service-role/AWSLambdaVPCAccessExecutionRole"]
  log_level = "DEBUG"
  network   = local.network
  mount     = local.mount
}

resource "aws_lambda_permission" "notify" {
  function_name = module.notify.name
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.news.arn
}

resource "aws_sns_topic_subscription" "notify" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "lambda"
  endpoint  = module.notify.arn
}

# Cannot log, drops errors, may loop, is switched off.
module "quiet" {
  source    = "./function"
  name      = "quiet"
  managed   = []
  log_level = "FATAL"
  settings  = { reserved = 0 }
}

resource "aws_lambda_function_recursion_config" "quiet" {
  function_name  = module.quiet.name
  recursive_loop = "Allow"
}

# Is called with its own log, ships it abroad and may delete it.
module "looper" {
  source    = "./function"
  name      = "looper"
  managed   = []
  retention = 0
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "arn:aws:logs:${local.region}:${local.account}:log-group:/aws/lambda/looper:*" }]
  })
}

resource "aws_lambda_permission" "looper" {
  function_name  = module.looper.name
  action         = "lambda:InvokeFunction"
  principal      = "logs.amazonaws.com"
  source_arn     = "${module.looper.log.arn}:*"
  source_account = local.account
}

resource "aws_cloudwatch_log_subscription_filter" "self" {
  name            = "self"
  log_group_name  = module.looper.log.name
  filter_pattern  = ""
  destination_arn = module.looper.arn
}

resource "aws_cloudwatch_log_subscription_filter" "abroad" {
  name            = "abroad"
  log_group_name  = module.looper.log.name
  filter_pattern  = ""
  destination_arn = "arn:aws:logs:us-east-1:${local.stranger}:destination:all"
}

# Aliases that go live at once and split calls; signing that only warns.
module "released" {
  source   = "./function"
  name     = "released"
  settings = { signing = aws_lambda_code_signing_config.warns.arn, dead_letters = aws_sqs_queue.partner.arn }
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.partner.arn }]
  })
}

resource "aws_lambda_alias" "latest" {
  name             = "latest"
  function_name    = module.released.name
  function_version = "$LATEST"
}

resource "aws_lambda_alias" "canary" {
  name             = "canary"
  function_name    = module.released.name
  function_version = "1"
  routing_config {
    additional_version_weights = { "2" = 0.1 }
  }
}

# Images: a tag of an open repository, a tag of strangers.
module "renderer" {
  source = "./function"
  name   = "renderer"
  image  = "${aws_ecr_repository.renderer.repository_url}:latest"
}

module "thumbs" {
  source = "./function"
  name   = "thumbs"
  image  = "${local.stranger}.dkr.ecr.us-east-1.amazonaws.com/thumbs@sha256:6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
}

# Asks nobody: the function that decides for the HTTP API.
module "gate" {
  source    = "./function"
  name      = "gate"
  retention = 3
}

# Everything but a few topics; reads a topic of strangers.
data "aws_iam_policy_document" "rest" {
  statement {
    actions       = ["sns:*"]
    not_resources = ["arn:aws:sns:*:*:private-*"]
  }
}

module "excluder" {
  source  = "./function"
  name    = "excluder"
  managed = ["service-role/AWSLambdaMSKExecutionRole"]
  policy  = data.aws_iam_policy_document.rest.json
}

resource "aws_lambda_event_source_mapping" "excluder" {
  function_name     = module.excluder.arn
  event_source_arn  = "arn:aws:kafka:us-east-1:${local.stranger}:cluster/orders/0a1b2c3d-0000-1111-2222-333344445555-6"
  topics            = ["orders"]
  starting_position = "LATEST"
  enabled           = false
}

# Writes to the table whose changes it reads; mounts the file system of another function.
module "carter" {
  source  = "./function"
  name    = "carter"
  managed = ["service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaDynamoDBExecutionRole"]
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:PutItem"], Resource = aws_dynamodb_table.carts.arn }]
  })
  network = local.network
  mount   = local.mount
}

resource "aws_lambda_event_source_mapping" "carter" {
  function_name     = module.carter.arn
  event_source_arn  = aws_dynamodb_table.carts.stream_arn
  starting_position = "LATEST"
}
