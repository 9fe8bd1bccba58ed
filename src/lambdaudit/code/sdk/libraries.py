"""Libraries that call AWS on their own: code that imports one may use the services even though no call is seen in it."""

from collections.abc import Iterable, Mapping
from typing import Final

ANY: Final = "*"
"""A library that may call any service."""

_POWERTOOLS: Final = ("appconfig", "dynamodb", "kms", "s3", "secretsmanager", "ssm")
_QUIET: Final[tuple[str, ...]] = ()

LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = {
    # Python, by the longest prefix of the module's name
    "aiobotocore.httpsession": _QUIET,
    "anthropic": ("bedrock",),
    "aws_encryption_sdk": ("kms",),
    "aws_lambda_powertools.utilities": _POWERTOOLS,
    "aws_lambda_powertools.utilities.batch": _QUIET,
    "aws_lambda_powertools.utilities.data_classes": _QUIET,
    "aws_lambda_powertools.utilities.data_masking": ("kms",),
    "aws_lambda_powertools.utilities.feature_flags": ("appconfig",),
    "aws_lambda_powertools.utilities.idempotency": ("dynamodb",),
    "aws_lambda_powertools.utilities.jmespath_utils": _QUIET,
    "aws_lambda_powertools.utilities.parameters": ("appconfig", "dynamodb", "secretsmanager", "ssm"),
    "aws_lambda_powertools.utilities.parser": _QUIET,
    "aws_lambda_powertools.utilities.streaming": ("s3",),
    "aws_lambda_powertools.utilities.typing": _QUIET,
    "aws_lambda_powertools.utilities.validation": _QUIET,
    "aws_secretsmanager_caching": ("secretsmanager",),
    "awswrangler": (ANY,),
    "boto": (ANY,),
    "celery": ("sqs",),
    "cloudpathlib": ("s3",),
    "crhelper": ("events", "lambda"),
    "deltalake": ("s3", "dynamodb"),
    "django_s3_storage": ("s3",),
    "duckdb": ("s3",),
    "dynamodb_encryption_sdk": ("dynamodb", "kms"),
    "dyntastic": ("dynamodb",),
    "fsspec": ("s3",),
    "kombu": ("sqs",),
    "langchain_aws": ("bedrock", "dynamodb", "s3"),
    "langchain_community": (ANY,),
    "litellm": ("bedrock",),
    "llama_index": (ANY,),
    "localstack_client": (ANY,),
    "polars": ("s3",),
    "pyarrow.dataset": ("s3",),
    "pyarrow.fs": ("s3",),
    "pyathena": ("athena", "glue", "s3"),
    "pynamodb": ("dynamodb",),
    "redshift_connector": ("redshift", "redshift-serverless"),
    "s3fs": ("s3",),
    "s3path": ("s3",),
    "sagemaker": (ANY,),
    "smart_open": ("s3",),
    "sqlalchemy_aurora_data_api": ("rds-data", "secretsmanager"),
    "storages": ("s3",),
    "strands": ("bedrock",),
    "watchtower": ("logs",),
    "zappa": (ANY,),
    # JavaScript, by the name of the package
    "@aws-crypto/client-node": ("kms",),
    "@aws-lambda-powertools/idempotency": ("dynamodb",),
    "@aws-lambda-powertools/parameters": ("appconfig", "dynamodb", "secretsmanager", "ssm"),
    "@aws/dynamodb-data-mapper": ("dynamodb",),
    "@langchain/aws": ("bedrock",),
    "@middy/appconfig": ("appconfig",),
    "@middy/dynamodb": ("dynamodb",),
    "@middy/rds-signer": ("rds-db",),
    "@middy/s3": ("s3",),
    "@middy/secrets-manager": ("secretsmanager",),
    "@middy/service-discovery": ("servicediscovery",),
    "@middy/ssm": ("ssm",),
    "@middy/sts": ("sts",),
    "@sst/node": (ANY,),
    "@typedorm/core": ("dynamodb",),
    "aws-amplify": (ANY,),
    "aws-embedded-metrics": ("logs",),
    "connect-dynamodb": ("dynamodb",),
    "data-api-client": ("rds-data", "secretsmanager"),
    "dynamodb-onetable": ("dynamodb",),
    "dynamodb-toolbox": ("dynamodb",),
    "dynamoose": ("dynamodb",),
    "electrodb": ("dynamodb",),
    "keyv-dynamo": ("dynamodb",),
    "multer-s3": ("s3",),
    "nodemailer": ("ses",),
    "s3-sync-client": ("s3",),
    "sqs-consumer": ("sqs",),
    "sqs-producer": ("sqs",),
    "sst": (ANY,),
    "typeorm-aurora-data-api-driver": ("rds-data", "secretsmanager"),
}
"""What the libraries may call, by prefixes of IAM."""


def callers(imports: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Those of the imported modules or packages that call AWS on their own, with the services."""
    found = {name: _services(name) for name in sorted(set(imports))}
    return {name: services for name, services in found.items() if services}


def _services(name: str) -> tuple[str, ...]:
    """The services of a module (``a.b.c``) or of a path in a package (``@scope/name/part``), by its longest known prefix."""
    mark = "/" if name.startswith("@") or "/" in name else "."
    parts = name.split(mark)
    for length in range(len(parts), 0, -1):
        if (services := LIBRARIES.get(mark.join(parts[:length]))) is not None:
            return services
    return ()
