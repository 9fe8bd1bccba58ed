"""How resources of a stack name each other: by texts that a state knows, and by dependencies where nothing is known yet.

Of a value that is only known after the deployment Pulumi tells which resources its property depends on. An argument that can be
nothing else than one of them (a role, a bucket, a queue) is a reference to it when there is one of the right type; everything
else stays unknown.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.values import List, Map, Ref, Text, Value, span_of
from lambdaudit.sources.terraform.kinds import KINDS
from lambdaudit.sources.terraform.known import Known
from lambdaudit.sources.terraform.references import ATTRIBUTES
from lambdaudit.sources.terraform.show import Row

_MAX_NAMES: Final = 5_000
_MAX_DEPTH: Final = 40

_ROLE: Final = ("aws_iam_role",)
_FUNCTION: Final = ("aws_lambda_function", "aws_lambda_alias")
_BUCKET: Final = ("aws_s3_bucket",)
_QUEUE: Final = ("aws_sqs_queue",)
_TOPIC: Final = ("aws_sns_topic",)
_KEY: Final = ("aws_kms_key", "aws_kms_alias", "aws_kms_external_key", "aws_kms_replica_key")
_SECRET: Final = ("aws_secretsmanager_secret",)
_GROUP: Final = ("aws_security_group", "aws_default_security_group")
_API: Final = ("aws_api_gateway_rest_api", "aws_apigatewayv2_api")
_STREAMS: Final = ("aws_sqs_queue", "aws_dynamodb_table", "aws_kinesis_stream", "aws_kinesis_stream_consumer")
_RECEIVERS: Final = (*_FUNCTION, *_QUEUE, *_TOPIC, "aws_sfn_state_machine", "aws_kinesis_stream", "aws_cloudwatch_event_bus")
_CALLERS: Final = (*_BUCKET, *_TOPIC, *_QUEUE, "aws_cloudwatch_event_rule", "aws_cloudwatch_log_group", "aws_scheduler_schedule")

EXPECTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "role": ("id", _ROLE),
    "role_arn": ("arn", _ROLE),
    "role_name": ("id", _ROLE),
    "roles": ("id", _ROLE),
    "credentials": ("arn", _ROLE),
    "credentials_arn": ("arn", _ROLE),
    "subscription_role_arn": ("arn", _ROLE),
    "user": ("id", ("aws_iam_user",)),
    "group": ("id", ("aws_iam_group",)),
    "policy_arn": ("arn", ("aws_iam_policy",)),
    "managed_policy_arns": ("arn", ("aws_iam_policy",)),
    "permissions_boundary": ("arn", ("aws_iam_policy",)),
    "function_name": ("id", _FUNCTION),
    "target_function_arn": ("id", _FUNCTION),
    "lambda_function_arn": ("arn", _FUNCTION),
    "rotation_lambda_arn": ("arn", _FUNCTION),
    "integration_uri": ("arn", _FUNCTION),
    "layers": ("arn", ("aws_lambda_layer_version",)),
    "version_number": ("version", ("aws_lambda_layer_version",)),
    "code_signing_config_arn": ("arn", ("aws_lambda_code_signing_config",)),
    "event_source_arn": ("arn", _STREAMS),
    "stream_arn": ("arn", ("aws_kinesis_stream",)),
    "source_arn": ("arn", _CALLERS),
    "endpoint": ("arn", (*_FUNCTION, *_QUEUE)),
    "destination": ("arn", _RECEIVERS),
    "destination_arn": ("arn", (*_RECEIVERS, "aws_cloudwatch_log_group", "aws_kinesis_firehose_delivery_stream")),
    "target_arn": ("arn", (*_QUEUE, *_TOPIC)),
    "arn": ("arn", (*_RECEIVERS, "aws_efs_access_point")),
    "bucket": ("id", _BUCKET),
    "queue_url": ("id", _QUEUE),
    "queue_arn": ("arn", _QUEUE),
    "topic_arn": ("arn", _TOPIC),
    "resource_arn": ("arn", ("aws_dynamodb_table", "aws_kinesis_stream", "aws_api_gateway_stage")),
    "kms_key_arn": ("arn", _KEY),
    "kms_key_id": ("arn", _KEY),
    "kms_master_key_id": ("arn", _KEY),
    "key_id": ("id", _KEY),
    "target_key_id": ("id", _KEY),
    "secret_id": ("id", _SECRET),
    "secret_arn": ("id", _SECRET),
    "rest_api_id": ("id", _API),
    "api_id": ("id", _API),
    "resource_id": ("id", ("aws_api_gateway_resource",)),
    "parent_id": ("id", ("aws_api_gateway_resource",)),
    "authorizer_id": ("id", ("aws_api_gateway_authorizer", "aws_apigatewayv2_authorizer")),
    "request_validator_id": ("id", ("aws_api_gateway_request_validator",)),
    "deployment_id": ("id", ("aws_api_gateway_deployment",)),
    "provider_arns": ("arn", ("aws_cognito_user_pool",)),
    "user_pool_id": ("id", ("aws_cognito_user_pool",)),
    "web_acl_arn": ("arn", ("aws_wafv2_web_acl",)),
    "rule": ("id", ("aws_cloudwatch_event_rule",)),
    "event_bus_name": ("id", ("aws_cloudwatch_event_bus",)),
    "log_group_name": ("id", ("aws_cloudwatch_log_group",)),
    "log_group": ("id", ("aws_cloudwatch_log_group",)),
    "repository": ("id", ("aws_ecr_repository",)),
    "file_system_id": ("id", ("aws_efs_file_system",)),
    "vpc_id": ("id", ("aws_vpc",)),
    "subnet_id": ("id", ("aws_subnet",)),
    "subnet_ids": ("id", ("aws_subnet",)),
    "security_group_id": ("id", _GROUP),
    "security_group_ids": ("id", _GROUP),
    "security_groups": ("id", _GROUP),
    "source_security_group_id": ("id", _GROUP),
    "route_table_id": ("id", ("aws_route_table",)),
    "route_table_ids": ("id", ("aws_route_table",)),
    "gateway_id": ("id", ("aws_internet_gateway",)),
    "nat_gateway_id": ("id", ("aws_nat_gateway",)),
}
"""Arguments that are a reference and nothing else: to what, and which of its attributes they hold."""
_INVOCATION: Final = ("uri", "authorizer_uri")
"""Arguments that hold the address by which API Gateway calls a function."""


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that others may depend on: its address, Terraform's type, and its name for reasons."""

    address: str
    type: str
    name: str


@cache
def terraform_type(kind: str) -> str:
    """Terraform's type for one of CloudFormation's, when there is one."""
    return next((name for name, row in KINDS.items() if row.type == kind), "")


def attribute_of(kind: str, wanted: str, argument: str = "") -> str:
    """The attribute that holds the ARN (``arn``) or what others name a resource by (``id``)."""
    if kind == "aws_dynamodb_table" and argument == "event_source_arn":
        return "StreamArn"
    known = ATTRIBUTES.get(kind, {})
    return known.get(wanted) or ("Arn" if wanted == "arn" else "Ref")


class Links(Known):
    """References of one stack. `names` are made-up texts (names with random endings) by what they stand for."""

    def __init__(self, rows: list[Row], names: Mapping[str, Ref]) -> None:
        super().__init__(rows)
        for text, reference in list(names.items())[:_MAX_NAMES]:
            self.opaque.setdefault(text, reference)
        pattern = "|".join(sorted(map(re.escape, self.opaque), key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![0-9a-zA-Z-])(?:{pattern})(?![0-9a-zA-Z-])") if pattern else None


@dataclass(frozen=True, slots=True)
class Depends:
    """What the properties of one resource depend on, to fill values that are known after the deployment."""

    targets: Mapping[str, Target]
    settings: Settings

    def filled(self, kind: str, name: str, value: Value, dependencies: tuple[str, ...]) -> Value:
        """An argument with its unknown parts as references where only one resource can be meant."""
        found = [self.targets[urn] for urn in dict.fromkeys(dependencies) if urn in self.targets]
        if not found or not _is_open(value):
            return value
        return self._filled(kind, name, value, found, 0)

    def _filled(self, kind: str, name: str, value: Value, found: list[Target], depth: int) -> Value:
        if depth > _MAX_DEPTH:
            return value
        if isinstance(value, Unknown):
            return self._reference(kind, name, value, found)
        if isinstance(value, Map):
            made = value.copy()
            for key, inner in value.items():
                made[key] = self._filled(kind, key, inner, found, depth + 1)
            return made
        if isinstance(value, List):
            return self._list(kind, name, value, found, depth)
        return value

    def _list(self, kind: str, name: str, value: List, found: list[Target], depth: int) -> Value:
        """A list; of unknown members that are as many as the resources they may be, each is one of them."""
        open_members = [number for number, one in enumerate(value) if type(one) is Unknown]
        wanted, types = EXPECTED.get(name, ("", ()))
        fitting = [one for one in found if one.type in types]
        made = List([self._filled(kind, name, one, found, depth + 1) for one in value], value.span, value.rest)
        if open_members and len(open_members) == len(fitting):
            for number, target in zip(open_members, fitting, strict=True):
                made[number] = Ref(target.address, attribute_of(target.type, wanted), value.span)
        return made

    def _reference(self, kind: str, name: str, value: Unknown, found: list[Target]) -> Value:
        made = self._special(kind, name, found)
        if made is not None:
            return made
        wanted, types = EXPECTED.get(name, ("", ()))
        if name == "role" and kind == "aws_lambda_function":
            wanted = "arn"
        if name == "arn" and kind == "aws_sns_topic_policy":
            types = _TOPIC
        fitting = [one for one in found if one.type in types]
        if len(fitting) == 1:
            return Ref(fitting[0].address, attribute_of(fitting[0].type, wanted, name), span_of(value))
        if type(value) is not Unknown:
            return value
        shown = ", ".join(one.name for one in found[:5])
        return Unknown(f"{value.reason} (it depends on {shown})", value.need)

    def _special(self, kind: str, name: str, found: list[Target]) -> Value:
        """Arguments that are a text around a reference."""
        place = f"arn:{self.settings.partition}"
        region, account = self.settings.region, self.settings.account
        functions = [one for one in found if one.type in _FUNCTION]
        apis = [one for one in found if one.type in _API]
        if name in _INVOCATION and len(functions) == 1:
            function = Ref(functions[0].address, attribute_of(functions[0].type, "arn"))
            return Text((f"{place}:apigateway:{region}:lambda:path/2015-03-31/functions/", function, "/invocations"))
        if name == "target" and kind == "aws_apigatewayv2_route":
            rows = [one for one in found if one.type == "aws_apigatewayv2_integration"]
            return Text(("integrations/", Ref(rows[0].address, "Ref"))) if len(rows) == 1 else None
        if name == "parent_id" and len(apis) == 1 and not any(one.type == "aws_api_gateway_resource" for one in found):
            return Ref(apis[0].address, "RootResourceId")
        if name == "resource_id" and len(apis) == 1 and not any(one.type == "aws_api_gateway_resource" for one in found):
            return Ref(apis[0].address, "RootResourceId")
        if name == "source_arn" and len(apis) == 1 and not any(one.type in _CALLERS for one in found):
            rest = Unknown("the stage, method and path are known after the deployment")
            return Text((f"{place}:execute-api:{region}:{account}:", Ref(apis[0].address, "Ref"), "/", rest))
        return None


def _is_open(value: Value) -> bool:
    """Whether a value holds an Unknown."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Unknown):
            return True
        if isinstance(one, list | dict):
            stack.extend(one.values() if isinstance(one, dict) else one)
    return False


def arns(outputs: Map, identifier: str) -> Iterator[str]:
    """The ARNs of a resource of AWS Native."""
    for value in (identifier, outputs.get("arn"), outputs.get("Arn")):
        if isinstance(value, str) and value.startswith("arn:"):
            yield str(value)
