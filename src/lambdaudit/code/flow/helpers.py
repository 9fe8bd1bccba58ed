"""Functions of libraries that stand for one call of AWS, or a few: Powertools in both languages."""

from typing import Final, NamedTuple


class Helper(NamedTuple):
    """Calls of a service that a library's function makes; `parameter` is the service's name of what the caller gives.

    It is the argument at `position`, or the one called `keyword` (in JavaScript: the field of the first argument).
    """

    service: str
    methods: tuple[str, ...]
    parameter: str = ""
    position: int = 0
    keyword: str = "name"


_PARAMETER: Final = Helper("ssm", ("get_parameter",), "Name")
_PATH: Final = Helper("ssm", ("get_parameters_by_path",), "Path", keyword="path")
_SECRET: Final = Helper("secretsmanager", ("get_secret_value",), "SecretId")
_CONFIG: Final = Helper("appconfigdata", ("start_configuration_session", "get_latest_configuration"))
_STORE: Final = Helper("dynamodb", ("get_item", "put_item", "update_item", "delete_item"), "TableName", keyword="table_name")
_PYTHON: Final = {
    "get_parameter": _PARAMETER,
    "get_parameters": _PATH,
    "get_parameters_by_name": Helper("ssm", ("get_parameters",)),
    "set_parameter": Helper("ssm", ("put_parameter",), "Name"),
    "get_secret": _SECRET,
    "set_secret": Helper("secretsmanager", ("put_secret_value",), "SecretId"),
    "get_app_config": _CONFIG,
}
_POWERTOOLS: Final = "aws_lambda_powertools.utilities"
_SCRIPT: Final = "@aws-lambda-powertools"
HELPERS: Final = {
    **{
        f"{_POWERTOOLS}.parameters.{part}{name}": helper
        for name, helper in _PYTHON.items()
        for part in ("", "ssm.", "secrets.", "appconfig.")
    },
    **{f"{_POWERTOOLS}.idempotency.{part}DynamoDBPersistenceLayer": _STORE for part in ("", "persistence.dynamodb.")},
    f"{_SCRIPT}/parameters/ssm.getParameter": _PARAMETER,
    f"{_SCRIPT}/parameters/ssm.getParameters": _PATH,
    f"{_SCRIPT}/parameters/ssm.getParametersByName": Helper("ssm", ("get_parameters",)),
    f"{_SCRIPT}/parameters/ssm.setParameter": Helper("ssm", ("put_parameter",), "Name"),
    f"{_SCRIPT}/parameters/secrets.getSecret": _SECRET,
    f"{_SCRIPT}/parameters/appconfig.getAppConfig": _CONFIG,
    f"{_SCRIPT}/idempotency/dynamodb.DynamoDBPersistenceLayer": _STORE._replace(keyword="tableName"),
}
"""By the name of the function or class, as the walk knows it."""
