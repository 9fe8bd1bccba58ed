"""Which findings a template can mend, and with what: one row for each rule, by the type that the author wrote.

What is not here has no value that fits every application: :data:`.left.LEFT` says why. A mend that may break what works says so
in its note.
"""

from dataclasses import dataclass, field
from typing import Final

from .values import OWN_ACCOUNT, Put, Value

LONG_KEPT: Final = 365
"""Days that logs are kept where nothing is set: a year, as the command of ``log-group-kept-for-ever`` has it."""
SHORT_KEPT: Final = 90
RESERVED: Final = 10
SUCCESSOR: Final = "‹successor›"
"""Stands for the runtime that follows the function's own."""
SIX_TIMES: Final = -6
"""Stands for six times the longest timeout of the functions behind a queue."""
SENDS_ACCOUNT: Final = frozenset(
    f"{name}.amazonaws.com" for name in ("s3", "logs", "iot", "ses", "config", "cognito-idp", "secretsmanager", "codecommit")
)
"""Services whose documentation has ``SourceAccount`` in the permission for a function. Others may not send it."""

TAGS_KEPT: Final = (
    "Pushing a tag that exists (latest) fails then: give each image a tag of its own. "
    "Exclusions by pattern need IMMUTABLE_WITH_EXCLUSION."
)
SIGNED: Final = "Callers must sign their requests with IAM credentials then."


@dataclass(frozen=True, slots=True)
class Companion:
    """A resource of Terraform that sets something of another one, which its argument `by` names.

    With `add` it is added where there is none, `unless` the resource itself has a block of that name.
    """

    kind: str
    by: str
    puts: tuple[Put, ...]
    add: bool = True
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Mend:
    """How one rule's findings are mended.

    `at` says which resources: ``own`` (the finding's asset), ``function``, ``queue`` and ``image`` (what the asset names),
    ``deputy`` (permissions of a service), or ``type by property`` for those that name the asset. `puts` are by the type as its
    author wrote it; those of a service's functions stand under ``serverless``. `note` is what the mend may break.
    """

    puts: dict[str, tuple[Put, ...]] = field(default_factory=dict)
    companions: tuple[Companion, ...] = ()
    at: str = "own"
    note: str = ""


def _cfn(path: str, value: Value, *, present: bool = False, beside: tuple[str, str] | None = None) -> tuple[Put, ...]:
    return (Put(("Properties", *path.split("/")), value, present, beside),)


def _put(path: str, value: Value, *, present: bool = False) -> tuple[Put, ...]:
    return (Put(tuple(path.split("/")), value, present),)


_FUNCTION, _SAM, _TF = "AWS::Lambda::Function", "AWS::Serverless::Function", "aws_lambda_function"
_RUNTIME: Final = {
    _FUNCTION: _cfn("Runtime", SUCCESSOR, present=True),
    _SAM: _cfn("Runtime", SUCCESSOR, present=True),
    _TF: _put("runtime", SUCCESSOR, present=True),
    "serverless": _put("runtime", SUCCESSOR),
}
_URL_SIGNED: Final = {
    "AWS::Lambda::Url": _cfn("AuthType", "AWS_IAM"),
    _SAM: _cfn("FunctionUrlConfig/AuthType", "AWS_IAM"),
    "aws_lambda_function_url": _put("authorization_type", "AWS_IAM"),
    "serverless": _put("url/authorizer", "aws_iam"),
}
_URL: Final = "AWS::Lambda::Url by TargetFunctionArn"
_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_TF_BLOCK = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def _level(value: str) -> dict[str, tuple[Put, ...]]:
    return {
        _FUNCTION: _cfn("LoggingConfig/ApplicationLogLevel", value, present=True),
        _SAM: _cfn("LoggingConfig/ApplicationLogLevel", value, present=True),
        _TF: _put("logging_config/application_log_level", value, present=True),
    }


def _retention(days: int) -> dict[str, tuple[Put, ...]]:
    return {
        "AWS::Logs::LogGroup": _cfn("RetentionInDays", days),
        "aws_cloudwatch_log_group": _put("retention_in_days", days),
        "serverless": _put("logRetentionInDays", days),
    }


_PRIVATE_BUCKET: Final = Mend(
    {
        "AWS::S3::Bucket": (
            Put(("Properties", "PublicAccessBlockConfiguration"), dict.fromkeys(_BLOCK, True)),
            Put(("Properties", "AccessControl"), "Private", present=True),
        ),
        "aws_s3_bucket": _put("acl", "private", present=True),
    },
    (
        Companion("aws_s3_bucket_public_access_block", "bucket", tuple(Put((name,), True) for name in _TF_BLOCK)),
        Companion("aws_s3_bucket_acl", "bucket", (Put(("acl",), "private", present=True),), add=False),
    ),
    note="Strangers lose access, those of a web site too; S3 then refuses to store a public policy or list: remove it as well.",
)

MENDS: Final[dict[str, Mend]] = {
    "function-url-public": Mend(_URL_SIGNED, at=_URL, note=SIGNED),
    "public-url-reaches-vpc": Mend(_URL_SIGNED, at=_URL, note=SIGNED),
    "public-url-without-limit": Mend(
        {
            _FUNCTION: _cfn("ReservedConcurrentExecutions", RESERVED),
            _SAM: _cfn("ReservedConcurrentExecutions", RESERVED),
            _TF: _put("reserved_concurrent_executions", RESERVED),
            "serverless": _put("reservedConcurrency", RESERVED),
        },
        at="function",
        note=f"The function then handles at most {RESERVED} requests at a time: choose the number that it needs.",
    ),
    "cors-allows-any-origin": Mend(
        {
            "AWS::Lambda::Url": _cfn("Cors/AllowCredentials", False, present=True),
            _SAM: _cfn("FunctionUrlConfig/Cors/AllowCredentials", False, present=True),
            "AWS::ApiGatewayV2::Api": _cfn("CorsConfiguration/AllowCredentials", False, present=True),
            "AWS::Serverless::HttpApi": _cfn("CorsConfiguration/AllowCredentials", False, present=True),
            "aws_lambda_function_url": _put("cors/allow_credentials", False, present=True),
            "aws_apigatewayv2_api": _put("cors_configuration/allow_credentials", False, present=True),
            "serverless": _put("url/cors/allowCredentials", False, present=True),
        },
        at=f"own or {_URL}",
        note="Browsers send no cookies to it then; where they must, name the origins instead.",
    ),
    "runtime-deprecated": Mend(_RUNTIME, note="Run the function's tests on the new runtime before the deployment."),
    "runtime-ends-soon": Mend(_RUNTIME, note="Run the function's tests on the new runtime before the deployment."),
    "log-group-kept-for-ever": Mend(_retention(LONG_KEPT), note=f"CloudWatch deletes events older than {LONG_KEPT} days then."),
    "log-group-kept-too-short": Mend(_retention(SHORT_KEPT)),
    "function-logs-debug": Mend(_level("INFO")),
    "function-hides-errors": Mend(_level("WARN")),
    "queue-visibility-too-short": Mend(
        {"AWS::SQS::Queue": _cfn("VisibilityTimeout", SIX_TIMES), "aws_sqs_queue": _put("visibility_timeout_seconds", SIX_TIMES)},
        at="queue",
        note="A message that failed is tried again that much later.",
    ),
    "queue-not-encrypted": Mend(
        {"AWS::SQS::Queue": _cfn("SqsManagedSseEnabled", True), "aws_sqs_queue": _put("sqs_managed_sse_enabled", True)}
    ),
    "stream-not-encrypted": Mend(
        {
            "AWS::Kinesis::Stream": (
                Put(("Properties", "StreamEncryption"), {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}),
            ),
            "aws_kinesis_stream": (Put(("encryption_type",), "KMS"), Put(("kms_key_id",), "alias/aws/kinesis")),
        },
        note="Producers and consumers of other accounts need a key of yours instead.",
    ),
    "bucket-public": _PRIVATE_BUCKET,
    "bucket-without-versions": Mend(
        {
            "AWS::S3::Bucket": _cfn("VersioningConfiguration/Status", "Enabled"),
            "aws_s3_bucket": _put("versioning/enabled", True, present=True),
        },
        (
            Companion(
                "aws_s3_bucket_versioning",
                "bucket",
                (Put(("versioning_configuration", "status"), "Enabled"),),
                unless="versioning",
            ),
        ),
        note="Old versions cost storage until a lifecycle rule lets them expire.",
    ),
    "table-without-recovery": Mend(
        {
            "AWS::DynamoDB::Table": _cfn("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", True),
            "AWS::Serverless::SimpleTable": _cfn("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", True),
            "aws_dynamodb_table": _put("point_in_time_recovery/enabled", True),
        }
    ),
    "table-can-be-deleted": Mend(
        {
            "AWS::DynamoDB::Table": _cfn("DeletionProtectionEnabled", True),
            "aws_dynamodb_table": _put("deletion_protection_enabled", True),
        },
        note="A deployment that replaces or removes the table fails until the protection is taken off.",
    ),
    "key-not-rotated": Mend({"AWS::KMS::Key": _cfn("EnableKeyRotation", True), "aws_kms_key": _put("enable_key_rotation", True)}),
    "key-unusable": Mend(
        {
            "AWS::KMS::Key": _cfn("Enabled", True, present=True),
            "aws_kms_key": _put("is_enabled", True, present=True),
        },
        note="Find out first who switched the key off, and why.",
    ),
    "code-signing-only-warns": Mend(
        {
            "AWS::Lambda::CodeSigningConfig": _cfn("CodeSigningPolicies/UntrustedArtifactOnDeployment", "Enforce"),
            "aws_lambda_code_signing_config": _put("policies/untrusted_artifact_on_deployment", "Enforce"),
        },
        note="Deployments of code without a valid signature fail then.",
    ),
    "image-not-scanned": Mend(
        {
            "AWS::ECR::Repository": _cfn("ImageScanningConfiguration/ScanOnPush", True),
            "aws_ecr_repository": _put("image_scanning_configuration/scan_on_push", True),
        }
    ),
    "image-tag-floats": Mend(
        {
            "AWS::ECR::Repository": _cfn("ImageTagMutability", "IMMUTABLE"),
            "aws_ecr_repository": _put("image_tag_mutability", "IMMUTABLE"),
        },
        at="image",
        note=TAGS_KEPT,
    ),
    "image-tags-mutable": Mend(
        {
            "AWS::ECR::Repository": _cfn("ImageTagMutability", "IMMUTABLE"),
            "aws_ecr_repository": _put("image_tag_mutability", "IMMUTABLE"),
        },
        note=TAGS_KEPT,
    ),
    "recursion-guard-off": Mend(
        {
            _FUNCTION: _cfn("RecursiveLoop", "Terminate", present=True),
            _SAM: _cfn("RecursiveLoop", "Terminate", present=True),
        },
        (Companion("aws_lambda_function_recursion_config", "function_name", _put("recursive_loop", "Terminate"), add=False),),
        note="A loop that the design needs is stopped after some rounds then.",
    ),
    "secret-rotates-seldom": Mend(
        {
            "AWS::SecretsManager::RotationSchedule": _cfn("RotationRules/AutomaticallyAfterDays", SHORT_KEPT, present=True),
            "aws_secretsmanager_secret_rotation": _put("rotation_rules/automatically_after_days", SHORT_KEPT, present=True),
        },
        at="AWS::SecretsManager::RotationSchedule by SecretId",
    ),
    "stage-logs-bodies": Mend(
        {
            "AWS::ApiGateway::Stage": _cfn("MethodSettings/*/DataTraceEnabled", False, present=True),
            "AWS::Serverless::Api": _cfn("MethodSettings/*/DataTraceEnabled", False, present=True),
            "AWS::ApiGatewayV2::Stage": _cfn("DefaultRouteSettings/DataTraceEnabled", False, present=True),
            "AWS::Serverless::HttpApi": _cfn("DefaultRouteSettings/DataTraceEnabled", False, present=True),
            "aws_apigatewayv2_stage": _put("default_route_settings/data_trace_enabled", False, present=True),
        },
        (
            Companion(
                "aws_api_gateway_method_settings",
                "stage_name",
                _put("settings/data_trace_enabled", False, present=True),
                add=False,
            ),
        ),
    ),
    "stage-cache-unencrypted": Mend(
        {
            kind: _cfn("MethodSettings/*/CacheDataEncrypted", True, beside=("CachingEnabled", "true"))
            for kind in ("AWS::ApiGateway::Stage", "AWS::Serverless::Api")
        },
        (Companion("aws_api_gateway_method_settings", "stage_name", _put("settings/cache_data_encrypted", True), add=False),),
    ),
    "authorizer-cache-leaks": Mend(
        {
            "AWS::ApiGatewayV2::Authorizer": _cfn("AuthorizerResultTtlInSeconds", 0),
            "aws_apigatewayv2_authorizer": _put("authorizer_result_ttl_in_seconds", 0),
        },
        note="The authorizer is asked for every request then.",
    ),
    "function-confused-deputy": Mend(
        {
            "AWS::Lambda::Permission": _cfn("SourceAccount", OWN_ACCOUNT),
            "aws_lambda_permission": _put("source_account", OWN_ACCOUNT),
        },
        at="deputy",
        note="A source in another account can no longer call the function.",
    ),
}
"""The rows, by rule."""
