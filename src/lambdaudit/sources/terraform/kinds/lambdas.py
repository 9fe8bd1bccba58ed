"""Lambda functions and what hangs on them."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Ref, Span, Str, Value

from ..partial import text
from ..shape import As, Fields, Kind, Many, converted, listed, negative_is_none, pick, put, resource

if TYPE_CHECKING:
    from ..collect import Collector, Source


def _publish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """The code's place is kept, and ``publish`` makes a version."""
    collector.code(source, settings)
    if settings.get("publish") is True:
        at = settings.at("publish") or settings.span
        made = Map((), at)
        put(made, "FunctionName", Ref(source.address, "Ref", at), at)
        collector.add(resource(source, "AWS::Lambda::Version", made, "/version"))


def _qualified(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """A permission for a version or alias names it with the function."""
    qualifier, at = pick(settings, "qualifier")
    function = properties.get("FunctionName")
    if qualifier is not None and function is not None:
        put(properties, "FunctionName", _joined([function, ":", qualifier], at), at)


def _joined(parts: list[Value], at: Span | None) -> Value:
    """The text of these parts; Unknown when one of them is none, as in a state that somebody has changed."""
    return converted(lambda _: text(parts, at), Str(""))


def _layer_code(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    collector.code(source, settings)


def _layer_permission(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    layer, version = properties.pop("Layer", None), properties.pop("Version", None)
    at = settings.at("layer_name")
    # The version, and an ARN as the name, are attributes that only the layer version itself has; its name is plain text.
    made = next((one for one in (layer, version) if isinstance(one, Ref)), None)
    if made is not None:
        put(properties, "LayerVersionArn", Ref(made.address, "Ref", made.span), at)
    elif getattr(layer, "parts", None) and any(isinstance(p, Ref) for p in layer.parts):
        put(properties, "LayerVersionArn", layer, at)
    elif layer is not None:
        arn = isinstance(layer, str) and layer.startswith("arn:")
        place = "" if arn else f"arn:{collector.settings.partition}:lambda:{source.region or collector.settings.region}:"
        account = "" if arn else f"{source.account or collector.settings.account}:layer:"
        parts: list[Value] = [place + account, layer, ":", version if version is not None else "1"]
        put(properties, "LayerVersionArn", _joined(parts, at), at)


def _weights(value: Value) -> Value:
    if not isinstance(value, dict):
        return value
    return List([Map({"FunctionVersion": key, "FunctionWeight": share}) for key, share in value.items()])


def _recursion(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    value, at = pick(settings, "recursive_loop")
    collector.later(
        source, settings.get("function_name"), ("AWS::Lambda::Function",), lambda p: put(p, "RecursiveLoop", value, at)
    )


_EVENT_SOURCE: Fields = {
    "function_name": "FunctionName",
    "event_source_arn": "EventSourceArn",
    "enabled": "Enabled",
    "batch_size": "BatchSize",
    "starting_position": "StartingPosition",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
    "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
    "function_response_types": "FunctionResponseTypes",
    "destination_config.on_failure.destination_arn": "DestinationConfig.OnFailure.Destination",
    "scaling_config.maximum_concurrency": "ScalingConfig.MaximumConcurrency",
    "filter_criteria.filter": Many("FilterCriteria.Filters", {"pattern": "Pattern"}),
    "self_managed_event_source": "SelfManagedEventSource",
    "topics": "Topics",
    "queues": "Queues",
    "kms_key_arn": "KmsKeyArn",
    "tags": "Tags",
}

_FUNCTION: Fields = {
    "function_name": "FunctionName",
    "role": "Role",
    "handler": "Handler",
    "runtime": "Runtime",
    "description": "Description",
    "memory_size": "MemorySize",
    "timeout": "Timeout",
    "architectures": As("Architectures", listed),
    "layers": "Layers",
    "package_type": "PackageType",
    "image_uri": "Code.ImageUri",
    "s3_bucket": "Code.S3Bucket",
    "s3_key": "Code.S3Key",
    "kms_key_arn": "KmsKeyArn",
    "reserved_concurrent_executions": As("ReservedConcurrentExecutions", negative_is_none),
    "code_signing_config_arn": "CodeSigningConfigArn",
    "environment.variables": "Environment.Variables",
    "vpc_config.subnet_ids": "VpcConfig.SubnetIds",
    "vpc_config.security_group_ids": "VpcConfig.SecurityGroupIds",
    "dead_letter_config.target_arn": "DeadLetterConfig.TargetArn",
    "tracing_config.mode": "TracingConfig.Mode",
    "ephemeral_storage.size": "EphemeralStorage.Size",
    "snap_start.apply_on": "SnapStart.ApplyOn",
    "image_config.command": "ImageConfig.Command",
    "image_config.entry_point": "ImageConfig.EntryPoint",
    "image_config.working_directory": "ImageConfig.WorkingDirectory",
    "file_system_config": Many("FileSystemConfigs", {"arn": "Arn", "local_mount_path": "LocalMountPath"}),
    "logging_config.log_group": "LoggingConfig.LogGroup",
    "logging_config.log_format": "LoggingConfig.LogFormat",
    "logging_config.application_log_level": "LoggingConfig.ApplicationLogLevel",
    "logging_config.system_log_level": "LoggingConfig.SystemLogLevel",
    "tags": "Tags",
}

KINDS = {
    "aws_lambda_function": Kind("AWS::Lambda::Function", _FUNCTION, _publish, tags="Tags"),
    "aws_lambda_permission": Kind(
        "AWS::Lambda::Permission",
        {
            "function_name": "FunctionName",
            "action": "Action",
            "principal": "Principal",
            "source_arn": "SourceArn",
            "source_account": "SourceAccount",
            "principal_org_id": "PrincipalOrgID",
            "event_source_token": "EventSourceToken",
            "function_url_auth_type": "FunctionUrlAuthType",
            "invoked_via_function_url": "InvokedViaFunctionUrl",
        },
        _qualified,
    ),
    "aws_lambda_alias": Kind(
        "AWS::Lambda::Alias",
        {
            "name": "Name",
            "function_name": "FunctionName",
            "function_version": "FunctionVersion",
            "description": "Description",
            "routing_config.additional_version_weights": As("RoutingConfig.AdditionalVersionWeights", _weights),
        },
    ),
    "aws_lambda_function_url": Kind(
        "AWS::Lambda::Url",
        {
            "function_name": "TargetFunctionArn",
            "qualifier": "Qualifier",
            "authorization_type": "AuthType",
            "invoke_mode": "InvokeMode",
            "cors.allow_origins": "Cors.AllowOrigins",
            "cors.allow_methods": "Cors.AllowMethods",
            "cors.allow_headers": "Cors.AllowHeaders",
            "cors.allow_credentials": "Cors.AllowCredentials",
        },
    ),
    "aws_lambda_event_source_mapping": Kind("AWS::Lambda::EventSourceMapping", _EVENT_SOURCE),
    "aws_lambda_function_event_invoke_config": Kind(
        "AWS::Lambda::EventInvokeConfig",
        {
            "function_name": "FunctionName",
            "qualifier": "Qualifier",
            "maximum_retry_attempts": "MaximumRetryAttempts",
            "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
            "destination_config.on_success.destination": "DestinationConfig.OnSuccess.Destination",
            "destination_config.on_failure.destination": "DestinationConfig.OnFailure.Destination",
        },
    ),
    "aws_lambda_layer_version": Kind(
        "AWS::Lambda::LayerVersion",
        {
            "layer_name": "LayerName",
            "compatible_runtimes": "CompatibleRuntimes",
            "license_info": "LicenseInfo",
            "description": "Description",
            "s3_bucket": "Content.S3Bucket",
            "s3_key": "Content.S3Key",
        },
        _layer_code,
    ),
    "aws_lambda_layer_version_permission": Kind(
        "AWS::Lambda::LayerVersionPermission",
        {
            "layer_name": "Layer",
            "version_number": "Version",
            "action": "Action",
            "principal": "Principal",
            "organization_id": "OrganizationId",
        },
        _layer_permission,
    ),
    "aws_lambda_code_signing_config": Kind(
        "AWS::Lambda::CodeSigningConfig",
        {
            "allowed_publishers.signing_profile_version_arns": "AllowedPublishers.SigningProfileVersionArns",
            "policies.untrusted_artifact_on_deployment": "CodeSigningPolicies.UntrustedArtifactOnDeployment",
            "description": "Description",
        },
    ),
    "aws_lambda_function_recursion_config": Kind("", {}, _recursion),
    "aws_signer_signing_profile": Kind("AWS::Signer::SigningProfile", {"platform_id": "PlatformId"}),
}
