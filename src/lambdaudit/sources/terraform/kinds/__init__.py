"""The type table: what each ``aws_*`` type is in CloudFormation's words."""

from ..shape import Kind
from .gateway import KINDS as _GATEWAY
from .identity import KINDS as _IDENTITY
from .invokers import KINDS as _INVOKERS
from .lambdas import KINDS as _LAMBDAS
from .messaging import KINDS as _MESSAGING
from .network import KINDS as _NETWORK
from .stores import KINDS as _STORES

KINDS: dict[str, Kind] = {**_LAMBDAS, **_IDENTITY, **_STORES, **_MESSAGING, **_GATEWAY, **_NETWORK, **_INVOKERS}
"""Every type that is read, by Terraform's name. Other types are counted, and named in a note."""

WITHOUT_EFFECT = frozenset(
    (
        "aws_secretsmanager_secret_version",
        "aws_lambda_provisioned_concurrency_config",
        "aws_iam_role_policies_exclusive",
        "aws_iam_instance_profile",
        "aws_s3_object",
        "aws_s3_bucket_object",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_website_configuration",
        "aws_s3_bucket_cors_configuration",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_metric",
        "aws_s3_bucket_accelerate_configuration",
        "aws_s3_bucket_request_payment_configuration",
        "aws_api_gateway_integration_response",
        "aws_api_gateway_method_response",
        "aws_api_gateway_gateway_response",
        "aws_api_gateway_model",
        "aws_api_gateway_account",
        "aws_apigatewayv2_deployment",
        "aws_appsync_resolver",
        "aws_appsync_function",
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_log_stream",
        "aws_cloudwatch_query_definition",
        "aws_dynamodb_table_item",
        "aws_ecr_lifecycle_policy",
        "aws_eip",
        "random_id",
        "random_string",
        "random_pet",
        "random_password",
        "random_uuid",
        "random_integer",
        "null_resource",
        "terraform_data",
        "time_sleep",
        "time_static",
        "time_rotating",
        "archive_file",
        "local_file",
        "local_sensitive_file",
        "tls_private_key",
        "tls_self_signed_cert",
    )
)
"""Types that change nothing that the model knows: they are not named in notes."""
