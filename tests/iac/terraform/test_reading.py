"""Directories into assets: roots, providers, code, split resources, modules of the registry, notes."""

from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.apis import Api, Route, Stage
from lambdaudit.model.functions import Alias, Function, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Account, Role, User
from lambdaudit.model.network import RouteTable, SecurityGroup, VpcEndpoint
from lambdaudit.model.resources import (
    Bucket,
    Bus,
    EventRule,
    EventSourceMapping,
    Key,
    LogGroup,
    Queue,
    Secret,
    Stream,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.terraform.kinds import KINDS, WITHOUT_EFFECT
from lambdaudit.sources.terraform.read import read_terraform
from lambdaudit.sources.terraform.sniff import is_plan_or_state

from .world import ACCOUNT, REGION, read

LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def all_of(lifted: Lifted, cls: type[Any]) -> dict[str, Any]:
    return {asset.name: asset for asset in lifted.assets if type(asset) is cls}


def function(name: str, more: str = "") -> str:
    return f'resource "aws_lambda_function" "{name}" {{\n  function_name = "{name}"\n  {more}\n}}\n'


def test_roots_are_what_nobody_calls(tmp_path: Path) -> None:
    files = {
        "app/main.tf": 'module "m" { source = "../modules/m" }\n' + function("app"),
        "modules/m/main.tf": 'variable "n" { default = "m" }\n' + function("inner"),
        "other/main.tf": function("other"),
        "with-state/main.tf": 'terraform {\n  backend "s3" {}\n}\n' + function("stated"),
        "caller/main.tf": 'module "x" { source = "../with-state" }',
        ".terraform/modules/x/main.tf": function("fetched"),
        "node_modules/x/main.tf": function("vendored"),
    }
    lifted = read(tmp_path, files)
    names = [asset.name for asset in lifted.assets if isinstance(asset, Function)]
    assert sorted(n.partition("-")[0] for n in names) == ["app", "inner", "other", "stated", "stated"]
    assert "app#module.m.aws_lambda_function.inner" in lifted.ids


def test_given_directory_is_a_root_even_when_it_is_called(tmp_path: Path) -> None:
    files = {"main.tf": function("self"), "examples/a/main.tf": 'module "m" { source = "../.." }'}
    assert len(read(tmp_path, files).assets) >= 1
    assert "self" in all_of(read_terraform(tmp_path), Function)


def test_providers_give_region_account_and_tags(tmp_path: Path) -> None:
    text = """
provider "aws" {
  region = "eu-central-1"
  default_tags { tags = { team = "x", env = "prod" } }
}
provider "aws" {
  alias  = "other"
  region = "us-west-2"
  assume_role { role_arn = "arn:aws:iam::999988887777:role/deploy" }
}
module "m" {
  source    = "./m"
  providers = { aws = aws.other }
}
"""
    files = {"main.tf": text + function("here", 'tags = { env = "dev" }') + function("there", "provider = aws.other"),
             "m/main.tf": function("inner")}  # fmt: skip
    found = all_of(read(tmp_path, files), Function)
    assert (found["here"].region, dict(found["here"].tags)) == ("eu-central-1", {"env": "dev", "team": "x"})
    assert (found["there"].region, found["there"].account) == ("us-west-2", "999988887777")
    assert (found["inner"].region, found["inner"].account) == ("us-west-2", "999988887777")


def test_code_of_functions(tmp_path: Path) -> None:
    text = """
data "archive_file" "dir" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/${var.unknown}.zip"
}
data "archive_file" "file" {
  type        = "zip"
  source_file = "src/app.py"
  output_path = "file.zip"
}
data "archive_file" "inline" {
  type        = "zip"
  output_path = "inline.zip"
  source {
    filename = "index.py"
    content  = <<-EOT
      def handler(event, context):
          pass
    EOT
  }
}
resource "aws_s3_object" "o" {
  bucket = "b"
  key    = "k.zip"
  source = data.archive_file.file.output_path
}
variable "unknown" {}
"""
    text += function("dir", 'filename = data.archive_file.dir.output_path\n  handler = "app.h"\n  runtime = "python3.13"')
    text += function("file", 'filename = "./file.zip"')
    text += function("inline", "filename = data.archive_file.inline.output_path")
    text += function("object", 's3_bucket = "b"\n  s3_key = aws_s3_object.o.key')
    text += function("elsewhere", 's3_bucket = "b"\n  s3_key = "x.zip"')
    text += function("image", 'image_uri = "1.dkr.ecr.eu-west-1.amazonaws.com/x:1"\n  package_type = "Image"')
    text += function("missing", 'filename = "none.zip"')
    text += function("outside", 'filename = "../../etc/passwd"')
    lifted = read(tmp_path, {"main.tf": text, "src/app.py": "def h(e, c): pass\n"})
    code = {key.rpartition(":")[2]: place for key, place in lifted.code.items()}
    root = tmp_path.resolve()
    assert (code["dir"].path, code["dir"].handler, code["dir"].runtime) == (root / "src", "app.h", "python3.13")
    assert code["file"].path == code["object"].path == root / "src" / "app.py"
    assert (code["inline"].inline_name, code["inline"].inline.splitlines()[0]) == ("index.py", "def handler(event, context):")
    assert code["inline"].where.line == 18
    assert code["elsewhere"].uri == "s3://b/x.zip"
    assert code["image"].image.endswith("/x:1")
    assert code["missing"].unknown is not None
    assert code["outside"].unknown is not None


def test_everything_around_a_function(tmp_path: Path) -> None:
    text = """
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = aws_lambda_function.f.version
  routing_config { additional_version_weights = { "1" = 0.5 } }
}
resource "aws_lambda_function_url" "u" {
  function_name      = aws_lambda_function.f.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  cors { allow_origins = ["https://x.example"] }
}
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn        = aws_kinesis_stream.s.arn
  function_name           = aws_lambda_function.f.arn
  function_response_types = ["ReportBatchItemFailures"]
  destination_config {
    on_failure { destination_arn = aws_sqs_queue.q.arn }
  }
  filter_criteria {
    filter { pattern = "{}" }
    filter { pattern = "{}" }
  }
}
resource "aws_lambda_function_event_invoke_config" "c" {
  function_name          = aws_lambda_function.f.function_name
  maximum_retry_attempts = 0
  destination_config {
    on_success { destination = aws_sns_topic.t.arn }
  }
}
resource "aws_lambda_layer_version" "l" {
  layer_name          = "deps"
  compatible_runtimes = ["python3.13"]
}
resource "aws_lambda_layer_version_permission" "l" {
  layer_name     = aws_lambda_layer_version.l.layer_name
  version_number = 1
  principal      = "*"
  action         = "lambda:GetLayerVersion"
  statement_id   = "x"
}
resource "aws_kinesis_stream" "s" {
  name            = "s"
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.k.arn
}
resource "aws_sqs_queue" "q" {
  name           = "q"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
}
resource "aws_sqs_queue" "dead" { name = "dead" }
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_kms_key" "k" { enable_key_rotation = true }
resource "aws_kms_alias" "k" {
  name          = "alias/data"
  target_key_id = aws_kms_key.k.key_id
}
"""
    text += function("f", "publish = true\n  layers = [aws_lambda_layer_version.l.arn]")
    lifted = read(tmp_path, {"main.tf": text})
    found = all_of(lifted, Function)["f"]
    assert found.versions == (LAMBDA + "f:1",)
    assert found.aliases == (LAMBDA + "f:live",)
    assert [layer.arn for layer in found.layers] == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:deps:1"]
    assert found.invoke_config.on_success.endswith(":t")
    alias = all_of(lifted, Alias)["live"]
    assert (alias.version, alias.weights, alias.url.auth_type, alias.url.cors.origins) == (
        "1",
        (("1", 0.5),),
        "AWS_IAM",
        ("https://x.example",),
    )
    assert len(all_of(lifted, FunctionVersion)) == 1
    mapping = next(iter(all_of(lifted, EventSourceMapping).values()))
    assert (mapping.function, mapping.filters, mapping.report_failures) == (LAMBDA + "f", 2, True)
    assert mapping.on_failure.endswith(":q")
    key = next(iter(all_of(lifted, Key).values()))
    assert all_of(lifted, Stream)["s"].key == key.id
    assert key.aliases == ("data",)
    queue = all_of(lifted, Queue)["q"]
    assert (queue.dead_letter, queue.max_receive) == (all_of(lifted, Queue)["dead"].id, 3)
    layer = all_of(lifted, LayerVersion)["deps"]
    assert layer.policy.document["Statement"][0]["Principal"] == "*"
    assert not lifted.errors


def test_split_resources_of_buckets(tmp_path: Path) -> None:
    text = """
resource "aws_s3_bucket" "b" { bucket = "data" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket            = aws_s3_bucket.b.id
  block_public_acls = true
}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.bucket
  acl    = "public-read"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = "data"
  rule { object_ownership = "ObjectWriter" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "aws:kms" }
  }
}
resource "aws_s3_bucket_notification" "b" {
  bucket = aws_s3_bucket.b.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.f.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
  }
}
resource "aws_s3_bucket_versioning" "b" {
  count  = var.versioned ? 1 : 0
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_versioning" "lost" {
  bucket = "elsewhere"
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_account_public_access_block" "a" {
  block_public_acls   = true
  block_public_policy = true
}
variable "versioned" {}
"""
    lifted = read(tmp_path, {"main.tf": text + function("f")})
    bucket = all_of(lifted, Bucket)["data"]
    assert bucket.public_access_block == (True, False, False, False)
    assert [grant.permission for grant in bucket.acl] == ["READ"]
    assert (bucket.ownership, bucket.encryption) == ("ObjectWriter", "aws:kms")
    assert (bucket.notifications[0].target, bucket.notifications[0].prefix) == (LAMBDA + "f", "in/")
    assert isinstance(bucket.versioning, Unknown)
    assert "var.versioned" in bucket.versioning.reason
    assert any("elsewhere" in note for note in lifted.notes)
    account = next(iter(all_of(lifted, Account).values()))
    assert account.public_access_block == (True, False, True, False)


def test_policies_of_principals(tmp_path: Path) -> None:
    text = """
resource "aws_iam_role" "r" {
  name                = "r"
  path                = "/svc/"
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  inline_policy {
    name   = "a"
    policy = jsonencode({ Statement = [] })
  }
  inline_policy {}
  permissions_boundary = aws_iam_policy.p.arn
}
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_iam_policy_attachment" "x" {
  name       = "x"
  policy_arn = aws_iam_policy.p.arn
  roles      = [aws_iam_role.r.name]
  users      = [aws_iam_user.u.name]
}
resource "aws_iam_user" "u" { name = "u" }
resource "aws_iam_group" "g" { name = "g" }
resource "aws_iam_user_group_membership" "m" {
  user   = aws_iam_user.u.name
  groups = [aws_iam_group.g.name]
}
resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }
resource "aws_iam_role_policy_attachment" "each" {
  for_each   = var.arns
  role       = aws_iam_role.r.name
  policy_arn = each.value
}
variable "arns" {}
"""
    lifted = read(tmp_path, {"main.tf": text})
    role = all_of(lifted, Role)["r"]
    assert role.id == f"arn:aws:iam::{ACCOUNT}:role/svc/r"
    kinds = [(policy.name, policy.kind) for policy in role.policies]
    assert ("ReadOnlyAccess", "aws-managed") in kinds
    assert ("a", "inline") in kinds
    assert ("p", "customer-managed") in kinds
    assert any("Fn::Unknown" in repr(policy.document) for policy in role.policies)
    assert role.boundary.kind == "boundary"
    user = all_of(lifted, User)["u"]
    assert len(user.access_keys) == 1
    assert user.groups == (f"arn:aws:iam::{ACCOUNT}:group/g",)


def test_events_and_secrets(tmp_path: Path) -> None:
    text = """
resource "aws_cloudwatch_event_bus" "b" { name = "own" }
resource "aws_cloudwatch_event_rule" "r" {
  name           = "r"
  event_bus_name = aws_cloudwatch_event_bus.b.name
  event_pattern  = jsonencode({ source = ["x"] })
  state          = "DISABLED"
}
resource "aws_cloudwatch_event_target" "t" {
  rule           = aws_cloudwatch_event_rule.r.name
  event_bus_name = aws_cloudwatch_event_bus.b.name
  arn            = aws_lambda_function.f.arn
  dead_letter_config { arn = "arn:aws:sqs:eu-west-1:111122223333:dead" }
}
resource "aws_cloudwatch_event_permission" "p" {
  event_bus_name = aws_cloudwatch_event_bus.b.name
  principal      = "*"
  statement_id   = "x"
  condition {
    key   = "aws:PrincipalOrgID"
    type  = "StringEquals"
    value = "o-1"
  }
}
resource "aws_secretsmanager_secret" "s" { name = "s" }
resource "aws_secretsmanager_secret_rotation" "s" {
  secret_id           = aws_secretsmanager_secret.s.id
  rotation_lambda_arn = aws_lambda_function.f.arn
  rotation_rules { automatically_after_days = 30 }
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = "Q8vN3kLr7TzX1pWd"
}
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/f" }
resource "aws_cloudwatch_log_subscription_filter" "g" {
  name            = "ship"
  log_group_name  = aws_cloudwatch_log_group.g.name
  destination_arn = aws_lambda_function.f.arn
  filter_pattern  = ""
}
resource "aws_dynamodb_table" "t" {
  name             = "t"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
}
resource "aws_dynamodb_resource_policy" "t" {
  resource_arn = aws_dynamodb_table.t.arn
  policy       = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = "*" }] })
}
resource "aws_sns_topic" "t" {
  name   = "t"
  policy = jsonencode({ Statement = [] })
}
"""
    lifted = read(tmp_path, {"main.tf": text + function("f")})
    rule = all_of(lifted, EventRule)["r"]
    assert (rule.state, rule.targets[0].arn, rule.bus) == ("DISABLED", LAMBDA + "f", all_of(lifted, Bus)["own"].id)
    statement = all_of(lifted, Bus)["own"].policy.document["Statement"][0]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    secret = all_of(lifted, Secret)["s"]
    assert (secret.rotation, secret.rotation_days, secret.rotation_function) == (True, 30, LAMBDA + "f")
    assert "Q8vN3kLr7TzX1pWd" not in repr(lifted)
    assert all_of(lifted, LogGroup)["/aws/lambda/f"].filters[0].destination == LAMBDA + "f"
    table = all_of(lifted, Table)["t"]
    assert table.stream is not None
    assert table.policy.document["Statement"][0]["Principal"] == "*"
    assert all_of(lifted, Topic)["t"].policy is not None


def test_rest_api(tmp_path: Path) -> None:
    text = """
resource "aws_api_gateway_rest_api" "a" {
  name = "a"
  endpoint_configuration { types = ["PRIVATE"] }
}
resource "aws_api_gateway_rest_api_policy" "a" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  policy      = jsonencode({ Statement = [{ Effect = "Deny", Principal = "*", Action = "*", Resource = "*" }] })
}
resource "aws_api_gateway_resource" "x" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_rest_api.a.root_resource_id
  path_part   = "x"
}
resource "aws_api_gateway_resource" "y" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_resource.x.id
  path_part   = "{y}"
}
resource "aws_api_gateway_authorizer" "z" {
  name           = "z"
  rest_api_id    = aws_api_gateway_rest_api.a.id
  authorizer_uri = aws_lambda_function.f.invoke_arn
  type           = "TOKEN"
}
resource "aws_api_gateway_method" "m" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  resource_id   = aws_api_gateway_resource.y.id
  http_method   = "GET"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.z.id
}
resource "aws_api_gateway_integration" "m" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  resource_id = aws_api_gateway_method.m.resource_id
  http_method = aws_api_gateway_method.m.http_method
  type        = "AWS_PROXY"
  uri         = aws_lambda_function.f.invoke_arn
}
resource "aws_api_gateway_deployment" "d" { rest_api_id = aws_api_gateway_rest_api.a.id }
resource "aws_api_gateway_stage" "s" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  deployment_id = aws_api_gateway_deployment.d.id
  stage_name    = "prod"
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.g.arn
    format          = "x"
  }
}
resource "aws_cloudwatch_log_group" "g" { name = "api" }
resource "aws_api_gateway_method_settings" "s" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.s.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit = 10
    logging_level         = "INFO"
  }
}
resource "aws_wafv2_web_acl_association" "w" {
  resource_arn = aws_api_gateway_stage.s.arn
  web_acl_arn  = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/x/1"
}
"""
    lifted = read(tmp_path, {"main.tf": text + function("f")})
    api = all_of(lifted, Api)["a"]
    assert api.endpoint == "PRIVATE"
    assert api.policy.document["Statement"][0]["Effect"] == "Deny"
    route = next(iter(all_of(lifted, Route).values()))
    assert (route.path, route.function, route.authorization, bool(route.authorizer)) == ("/x/{y}", LAMBDA + "f", "CUSTOM", True)
    stage = all_of(lifted, Stage)["prod"]
    assert (stage.throttled, stage.execution_logging) == (True, "INFO")
    assert stage.access_log == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:api"
    assert stage.web_acl.endswith("/x/1")


def test_network(tmp_path: Path) -> None:
    text = """
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = cidrsubnet(aws_vpc.v.cidr_block, 8, 1)
}
resource "aws_internet_gateway" "i" { vpc_id = aws_vpc.v.id }
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s.id
  route_table_id = aws_route_table.t.id
}
resource "aws_security_group" "g" {
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0", "10.0.0.0/8"]
    self        = true
  }
}
resource "aws_vpc_security_group_egress_rule" "e" {
  security_group_id = aws_security_group.g.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
resource "aws_vpc_endpoint" "e" {
  vpc_id       = aws_vpc.v.id
  service_name = "com.amazonaws.eu-west-1.s3"
  policy       = jsonencode({ Statement = [] })
}
"""
    more = "vpc_config {\n    subnet_ids = [aws_subnet.s.id]\n    security_group_ids = [aws_security_group.g.id]\n  }"
    lifted = read(tmp_path, {"main.tf": text + function("f", more)})
    vpc = all_of(lifted, Function)["f"].vpc
    assert vpc.vpc.startswith("vpc-")
    table = next(iter(all_of(lifted, RouteTable).values()))
    assert (table.subnets, table.routes[0].destination) == (vpc.subnets, "0.0.0.0/0")
    assert any(route.target.startswith("igw-") for route in table.routes)
    group = next(iter(all_of(lifted, SecurityGroup).values()))
    peers = {(rule.direction, peer) for rule in group.rules for peer in rule.peers}
    assert peers == {("ingress", "0.0.0.0/0"), ("ingress", "10.0.0.0/8"), ("ingress", group.name), ("egress", "0.0.0.0/0")}
    assert len(all_of(lifted, VpcEndpoint)) == 1


def test_modules_of_the_registry_are_summarised(tmp_path: Path) -> None:
    text = """
module "fn" {
  source                     = "terraform-aws-modules/lambda/aws"
  version                    = "~> 7.0"
  function_name              = "orders"
  handler                    = "app.handler"
  runtime                    = "python3.13"
  source_path                = "${path.module}/src"
  create_lambda_function_url = true
  authorization_type         = "AWS_IAM"
  attach_policy_statements   = true
  policy_statements = {
    table = {
      effect    = "Allow"
      actions   = ["dynamodb:GetItem"]
      resources = [module.table.dynamodb_table_arn]
    }
  }
  environment_variables = { QUEUE = module.queue.queue_url }
}
module "table" {
  source = "terraform-aws-modules/dynamodb-table/aws"
  name   = "orders"
}
module "queue" {
  source     = "terraform-aws-modules/sqs/aws"
  name       = "jobs"
  create_dlq = true
}
module "key" {
  source = "terraform-aws-modules/kms/aws"
  key_users = ["arn:aws:iam::999988887777:root"]
}
module "topic" {
  source = "terraform-aws-modules/sns/aws"
  name   = "news"
}
module "bucket" {
  source     = "terraform-aws-modules/s3-bucket/aws"
  bucket     = "data"
  versioning = { enabled = true }
}
module "events" {
  source     = "terraform-aws-modules/eventbridge/aws"
  create_bus = false
  rules      = { crons = { schedule_expression = "rate(5 minutes)" } }
  targets    = { crons = [{ name = "f", arn = module.fn.lambda_function_arn }] }
}
module "api" {
  source        = "terraform-aws-modules/apigateway-v2/aws"
  name          = "shop"
  protocol_type = "HTTP"
  routes = {
    "GET /x" = { integration = { uri = module.fn.lambda_function_arn } }
  }
}
module "flow" {
  source     = "terraform-aws-modules/step-functions/aws"
  name       = "flow"
  definition = jsonencode({})
}
module "role" {
  source                = "terraform-aws-modules/iam/aws//modules/iam-assumable-role"
  create_role           = true
  role_name             = "deployer"
  trusted_role_arns     = ["arn:aws:iam::999988887777:root"]
  attach_admin_policy   = true
}
module "policy" {
  source = "terraform-aws-modules/iam/aws//modules/iam-policy"
  name   = "mine"
  policy = jsonencode({ Statement = [] })
}
"""
    lifted = read(tmp_path, {"main.tf": text, "src/app.py": "x = 1\n"})
    found = all_of(lifted, Function)["orders"]
    assert (found.where.source, found.where.line) == ("main.tf", 2)
    assert found.url.auth_type == "AWS_IAM"
    role = all_of(lifted, Role)["orders"]
    assert found.role == role.id
    documents = {policy.name: policy.document for policy in role.policies}
    table = all_of(lifted, Table)["orders"]
    assert documents["statements"]["Statement"][0]["Resource"] == table.id
    assert lifted.code[found.id].path == tmp_path.resolve() / "src"
    assert all_of(lifted, Queue)["jobs"].dead_letter == all_of(lifted, Queue)["jobs-dlq"].id
    assert all_of(lifted, Bucket)["data"].versioning == "Enabled"
    assert all_of(lifted, EventRule)["crons-rule"].targets[0].arn == found.id
    assert next(iter(all_of(lifted, Route).values())).function == found.id
    assert "999988887777" in repr(next(iter(all_of(lifted, Key).values())).policy)
    assert any(p.name == "AdministratorAccess" for p in all_of(lifted, Role)["deployer"].policies)
    assert "news" in all_of(lifted, Topic)
    assert not lifted.errors
    assert not any("is about something that is not known" in note for note in lifted.notes), lifted.notes


def test_names_with_the_same_hole_belong_together(tmp_path: Path) -> None:
    text = """
variable "env" {}
resource "aws_lambda_function" "f" { function_name = "fn-${var.env}" }
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/fn-${var.env}" }
"""
    lifted = read(tmp_path, {"main.tf": text})
    name = next(iter(all_of(lifted, Function)))
    assert name.startswith("fn-")
    assert f"/aws/lambda/{name}" in all_of(lifted, LogGroup)


def test_resources_that_may_not_exist_are_told(tmp_path: Path) -> None:
    first = 'variable "on" {}\nresource "aws_sqs_queue" "q" {\n  count = var.on ? 1 : 0\n  name = "q"\n}\n'
    lifted = read(tmp_path, {"main.tf": first +
                             'resource "aws_sqs_queue" "e" {\n  for_each = var.on\n  name = each.key\n}'})  # fmt: skip
    assert len(all_of(lifted, Queue)) == 2
    assert any("exists only when var.on" in note for note in lifted.notes)
    assert any("for_each is not known" in note for note in lifted.notes)


def test_unknown_types_are_counted(tmp_path: Path) -> None:
    lifted = read(
        tmp_path, {"main.tf": 'resource "aws_instance" "a" {}\nresource "aws_instance" "b" {}\nresource "random_pet" "p" {}'}
    )
    assert [note for note in lifted.notes if "aws_instance (2)" in note]
    assert not [note for note in lifted.notes if "random_pet" in note]


def test_plans_and_states_are_recognised(tmp_path: Path) -> None:
    rows = {'{"format_version":"1.2","terraform_version":"1.11.4"}': True, '{"version": 4,\n "terraform_version": "1"}': True,
            '{"Resources": {}}': False, "x": False}  # fmt: skip
    for text, expected in rows.items():
        (tmp_path / "x").write_text(text, "utf-8")
        assert is_plan_or_state(tmp_path / "x") is expected


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_any_modelled_type_is_lifted_without_arguments(tmp_path: Path, kind: str) -> None:
    assert kind not in WITHOUT_EFFECT
    lifted = read(tmp_path, {"main.tf": f'resource "{kind}" "x" {{}}\n{function("f", f"role = {kind}.x.arn")}'})
    assert "f" in all_of(lifted, Function)
