"""What an attribute of a resource means elsewhere: a reference to it in CloudFormation's words, or a text made of references.

Names that the author may choose are what the configuration says when that is a plain text; everything that AWS assigns is a
reference, whose text the lift settles.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.values import Map, Ref, Value

from .data import region_of
from .partial import text

if TYPE_CHECKING:
    from .module import Instance

_EC2 = {"id": "Ref", "arn": "Arn"}
_BALANCER = {"arn": "Ref", "id": "Ref", "name": "LoadBalancerName", "dns_name": "DNSName", "arn_suffix": "LoadBalancerFullName"}
_GROUP = {"arn": "Ref", "id": "Ref", "name": "TargetGroupName", "arn_suffix": "TargetGroupFullName"}
_LISTENER = {"arn": "Ref", "id": "Ref"}

ATTRIBUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "aws_lambda_function": {"arn": "Arn", "id": "Ref", "function_name": "Ref"},
    "aws_lambda_alias": {"arn": "Ref", "id": "Ref"},
    "aws_lambda_layer_version": {"arn": "Ref", "id": "Ref", "version": "Version"},
    "aws_lambda_event_source_mapping": {"id": "Ref", "uuid": "Ref", "arn": "EventSourceMappingArn"},
    "aws_lambda_function_url": {"function_url": "FunctionUrl", "id": "Ref", "function_arn": "FunctionArn"},
    "aws_lambda_code_signing_config": {"arn": "CodeSigningConfigArn", "id": "Ref", "config_id": "CodeSigningConfigId"},
    "aws_iam_role": {"arn": "Arn", "id": "Ref", "name": "Ref", "unique_id": "RoleId"},
    "aws_iam_user": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_iam_group": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_iam_policy": {"arn": "PolicyArn", "id": "PolicyArn"},
    "aws_iam_access_key": {"id": "Ref"},
    "aws_s3_bucket": {
        "arn": "Arn",
        "id": "Ref",
        "bucket": "Ref",
        "bucket_domain_name": "DomainName",
        "bucket_regional_domain_name": "RegionalDomainName",
    },
    "aws_s3_bucket_policy": {"id": "bucket"},
    "aws_sqs_queue": {"arn": "Arn", "id": "Ref", "url": "Ref", "name": "QueueName"},
    "aws_sns_topic": {"arn": "Ref", "id": "Ref", "name": "TopicName"},
    "aws_dynamodb_table": {"arn": "Arn", "id": "Ref", "name": "Ref", "stream_arn": "StreamArn"},
    "aws_kinesis_stream": {"arn": "Arn", "id": "Arn", "name": "Ref"},
    "aws_kinesis_stream_consumer": {"arn": "ConsumerARN"},
    "aws_kinesis_firehose_delivery_stream": {"arn": "Arn", "name": "Ref", "id": "Arn"},
    "aws_cloudwatch_event_rule": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_cloudwatch_event_bus": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_scheduler_schedule": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_cloudwatch_log_group": {"id": "Ref", "name": "Ref"},
    "aws_api_gateway_rest_api": {"id": "Ref", "root_resource_id": "RootResourceId", "arn": "Arn"},
    "aws_api_gateway_resource": {"id": "Ref"},
    "aws_api_gateway_authorizer": {"id": "Ref"},
    "aws_api_gateway_deployment": {"id": "Ref"},
    "aws_api_gateway_stage": {"id": "Ref"},
    "aws_api_gateway_request_validator": {"id": "Ref"},
    "aws_apigatewayv2_api": {"id": "Ref", "api_endpoint": "ApiEndpoint", "arn": "Arn"},
    "aws_apigatewayv2_integration": {"id": "Ref"},
    "aws_apigatewayv2_route": {"id": "Ref"},
    "aws_apigatewayv2_authorizer": {"id": "Ref"},
    "aws_apigatewayv2_stage": {"id": "Ref"},
    "aws_apigatewayv2_deployment": {"id": "Ref"},
    "aws_kms_key": {"arn": "Arn", "id": "Ref", "key_id": "Ref"},
    "aws_kms_alias": {"arn": "Arn", "id": "Ref", "target_key_arn": "Arn"},
    "aws_secretsmanager_secret": {"arn": "Ref", "id": "Ref"},
    "aws_ssm_parameter": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_sfn_state_machine": {"arn": "Ref", "id": "Ref", "name": "Name"},
    "aws_ecr_repository": {"arn": "Arn", "id": "Ref", "name": "Ref", "repository_url": "RepositoryUri"},
    "aws_vpc": _EC2,
    "aws_subnet": _EC2,
    "aws_security_group": {"id": "GroupId", "arn": "Arn"},
    "aws_route_table": _EC2,
    "aws_internet_gateway": _EC2,
    "aws_nat_gateway": _EC2,
    "aws_vpc_endpoint": _EC2,
    "aws_egress_only_internet_gateway": _EC2,
    "aws_ec2_transit_gateway": _EC2,
    "aws_efs_file_system": {"id": "Ref", "arn": "Arn"},
    "aws_efs_access_point": {"id": "Ref", "arn": "Arn"},
    "aws_cognito_user_pool": {"id": "Ref", "arn": "Arn", "endpoint": "ProviderName"},
    "aws_cognito_user_pool_client": {"id": "Ref"},
    "aws_wafv2_web_acl": {"arn": "Arn", "id": "Id"},
    "aws_pipes_pipe": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_scheduler_schedule_group": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_appsync_graphql_api": {"arn": "Ref", "id": "ApiId"},
    "aws_appsync_datasource": {"arn": "Ref"},
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_target_group": _GROUP,
    "aws_alb_target_group": _GROUP,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_rule": _LISTENER,
    "aws_alb_listener_rule": _LISTENER,
    "aws_iot_topic_rule": {"arn": "Arn", "id": "Ref", "name": "Ref"},
    "aws_config_config_rule": {"arn": "Arn", "id": "Ref", "name": "Ref", "rule_id": "ConfigRuleId"},
    "aws_cloudfront_distribution": {"arn": "Arn", "id": "Id", "domain_name": "DomainName"},
    "aws_signer_signing_profile": {"version_arn": "ProfileVersionArn", "arn": "Arn"},
}
"""Attributes of Terraform's types that are references, by CloudFormation's name of the same thing."""


_SECRET: Final = frozenset(
    (
        ("random_password", "result"),
        ("random_password", "bcrypt_hash"),
        ("aws_iam_access_key", "secret"),
        ("aws_iam_access_key", "ses_smtp_password_v4"),
        ("tls_private_key", "private_key_pem"),
        ("tls_private_key", "private_key_openssh"),
        ("aws_secretsmanager_secret_version", "secret_string"),
    )
)
"""Attributes that hold a secret which the configuration does not state."""


def reference(instance: "Instance", name: str) -> Value:
    """An attribute of a managed resource."""
    known = ATTRIBUTES.get(instance.type, {})
    made = _MADE.get((instance.type, name))
    if made is not None:
        return made(instance)
    written = instance.written(name)
    if isinstance(written, str) and name not in ("arn", "id"):
        return written
    if (instance.type, name) in _SECRET:
        return Hidden(f"{instance.address}.{name} is a secret that the deployment makes")
    if name in known:
        return Ref(instance.address, known[name], instance.at)
    if written is not None:
        return written
    if name in ("arn", "id") and instance.type.startswith("aws_"):
        return Ref(instance.address, "Arn" if name == "arn" else "Ref", instance.at)
    if name == "tags_all":
        return instance.written("tags") or Map()
    return Unknown(f"{instance.address}.{name} is known after apply")


def _invocations(instance: "Instance", function: Value) -> Value:
    """The address by which API Gateway calls a function."""
    settings: Settings = instance.module.run.settings
    place = f"arn:{settings.partition}:apigateway:{region_of(instance)}:lambda:path/2015-03-31/functions/"
    return text([place, function, "/invocations"], instance.at)


def _own(instance: "Instance", attribute: str) -> Ref:
    return Ref(instance.address, attribute, instance.at)


def _stage_arn(instance: "Instance") -> Value:
    """The ARN of a stage of a REST API, which web ACLs are attached to."""
    api, stage = instance.written("rest_api_id"), instance.written("stage_name")
    if api is None or stage is None:
        return Unknown(f"{instance.address}.arn is known after apply")
    settings: Settings = instance.module.run.settings
    place = f"arn:{settings.partition}:apigateway:{region_of(instance)}::/restapis/"
    return text([place, api, "/stages/", stage], instance.at)


def _execution_arn(instance: "Instance") -> Value:
    from .data import account_of

    partition = instance.module.run.settings.partition
    place = f"arn:{partition}:execute-api:{region_of(instance)}:{account_of(instance)}:"
    return text([place, Ref(instance.address, "Ref")], instance.at)


def _stage_execution_arn(instance: "Instance") -> Value:
    api = instance.written("rest_api_id") or instance.written("api_id")
    stage = instance.written("stage_name") or instance.written("name")
    if api is None or stage is None:
        return Unknown(f"{instance.address}.execution_arn is known after apply")
    from .data import account_of

    partition = instance.module.run.settings.partition
    place = f"arn:{partition}:execute-api:{region_of(instance)}:{account_of(instance)}:"
    return text([place, api, "/", stage], instance.at)


def _qualified(instance: "Instance") -> Value:
    if instance.written("publish") is True:
        return Ref(f"{instance.address}/version", "Ref", instance.at)
    return text([Ref(instance.address, "Arn"), ":$LATEST"], instance.at)


def _version(instance: "Instance") -> Value:
    return Ref(f"{instance.address}/version", "Version", instance.at) if instance.written("publish") is True else "$LATEST"


def _layer_arn(instance: "Instance") -> Value:
    from .data import account_of

    name = instance.written("layer_name")
    place = f"arn:{instance.module.run.settings.partition}:lambda:{region_of(instance)}:{account_of(instance)}:layer:"
    return text([place, name], instance.at) if name is not None else Unknown("the layer has no name")


def _alias_name(instance: "Instance") -> Value:
    return instance.written("name") or Ref(instance.address, "Ref", instance.at)


def _log_group_arn(instance: "Instance") -> Value:
    """Terraform's ARN of a log group ends with the name, CloudFormation's with a wildcard."""
    from .data import account_of

    settings: Settings = instance.module.run.settings
    place = f"arn:{settings.partition}:logs:{region_of(instance)}:{account_of(instance)}:log-group:"
    return text([place, _own(instance, "Ref")], instance.at)


_MADE: Final[Mapping[tuple[str, str], "Callable[[Instance], Value]"]] = {
    ("aws_lambda_function", "invoke_arn"): lambda i: _invocations(i, _own(i, "Arn")),
    ("aws_api_gateway_stage", "arn"): _stage_arn,
    ("aws_lambda_function", "qualified_arn"): _qualified,
    ("aws_lambda_function", "version"): _version,
    ("aws_lambda_function", "qualified_invoke_arn"): lambda i: _invocations(i, _qualified(i)),
    ("aws_lambda_alias", "invoke_arn"): lambda i: _invocations(i, _own(i, "Ref")),
    ("aws_lambda_layer_version", "layer_arn"): _layer_arn,
    ("aws_cloudwatch_log_group", "arn"): _log_group_arn,
    ("aws_kms_alias", "name"): _alias_name,
    ("aws_api_gateway_rest_api", "execution_arn"): _execution_arn,
    ("aws_apigatewayv2_api", "execution_arn"): _execution_arn,
    ("aws_api_gateway_stage", "execution_arn"): _stage_execution_arn,
    ("aws_apigatewayv2_stage", "execution_arn"): _stage_execution_arn,
    ("aws_api_gateway_deployment", "execution_arn"): _stage_execution_arn,
    ("aws_s3_bucket_policy", "id"): lambda i: i.written("bucket"),
    ("aws_s3_bucket_policy", "bucket"): lambda i: i.written("bucket"),
    ("aws_s3_bucket_versioning", "id"): lambda i: i.written("bucket"),
    ("aws_s3_bucket_ownership_controls", "id"): lambda i: i.written("bucket"),
    ("aws_s3_bucket_public_access_block", "id"): lambda i: i.written("bucket"),
}
