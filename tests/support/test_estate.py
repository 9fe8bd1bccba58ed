"""An estate holds what its truth says, the same for the same seed, and is answered from memory after the first time."""

import json
from typing import Any

import boto3
import pytest

from tests.support.estate import Estate, Truth
from tests.support.estate_plan import CONTROLS, FOREIGN_LAYER, REGIONS, WEAKNESSES, Plan
from tests.support.wire import ACCOUNT

pytest_plugins = ["tests.support.fixtures"]


def client(service: str, arn: str = "") -> Any:
    region = arn.split(":")[3] if arn else "us-east-1"
    return boto3.client(service, region_name=region or "us-east-1")  # type: ignore[call-overload]


def test_plans_follow_from_their_seed() -> None:
    one, same, other = Plan(60), Plan(60), Plan(60, seed=2)
    assert one.all == same.all
    assert one.roles == same.roles
    assert one.all != other.all
    assert Plan(6).largest_region == 3
    assert Plan(10, regions=REGIONS[:1]).largest_region == 10


def test_one_in_ten_functions_is_struck_and_a_role_serves_about_three() -> None:
    plan = Plan(600)
    struck = [one for one in plan.all if one.weaknesses or one.controls]
    assert len(struck) == 60
    assert 150 <= len(plan.roles) <= 300
    assert {kind for one in struck for kind in (*one.weaknesses, *one.controls)} == {*WEAKNESSES, *CONTROLS}


def test_every_kind_is_planted_and_every_function_deployed(estate_small: Estate) -> None:
    truth = estate_small.truth
    assert set(truth.planted) == set(WEAKNESSES)
    assert set(truth.controls) == set(CONTROLS)
    for region, arns in truth.functions.items():
        pages = boto3.client("lambda", region_name=region).get_paginator("list_functions").paginate()
        assert sorted(one["FunctionArn"] for page in pages for one in page["Functions"]) == arns
    assert Truth.from_json(truth.to_json()) == truth
    assert not estate_small.proxy.ledger.broken


def planted(estate: Estate, kind: str) -> str:
    return estate.truth.planted[kind][0].arn


def policy_of(estate: Estate, kind: str) -> list[dict[str, Any]]:
    arn = planted(estate, kind)
    document = client("lambda", arn).get_policy(FunctionName=arn)["Policy"]
    statements: list[dict[str, Any]] = json.loads(document)["Statement"]
    return statements


def test_planted_functions_are_as_weak_as_the_truth_says(estate_small: Estate) -> None:
    assert any(one["Principal"] == "*" and "Condition" not in one for one in policy_of(estate_small, "public-function"))
    assert any("999999999999" in str(one["Principal"]) for one in policy_of(estate_small, "cross-account"))
    actions = {one["Action"] for one in policy_of(estate_small, "public-url") if one["Principal"] == "*"}
    assert actions == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    deputies = policy_of(estate_small, "confused-deputy")
    assert any(one["Principal"] == {"Service": "s3.amazonaws.com"} and "Condition" not in one for one in deputies)

    def configuration(kind: str) -> dict[str, Any]:
        arn = planted(estate_small, kind)
        found: dict[str, Any] = client("lambda", arn).get_function_configuration(FunctionName=arn)
        return found

    assert configuration("old-runtime")["Runtime"] == "python3.7"
    assert "DATABASE_URL" in configuration("secret-in-environment")["Environment"]["Variables"]
    assert "AWS_LAMBDA_EXEC_WRAPPER" in configuration("loader-variable")["Environment"]["Variables"]
    old = configuration("secret-in-old-version")
    assert "API_TOKEN" in old["Environment"]["Variables"]
    now = client("lambda", old["FunctionArn"]).get_function_configuration(FunctionName=old["FunctionName"])
    assert "API_TOKEN" not in now["Environment"]["Variables"]
    (foreign,) = estate_small.truth.planted["foreign-layer"]
    layers = client("lambda", foreign.arn).get_function_configuration(FunctionName=foreign.function)["Layers"]
    assert [layer["Arn"] for layer in layers] == [foreign.arn] == [FOREIGN_LAYER.format(region=foreign.arn.split(":")[3])]


@pytest.mark.parametrize("kind", ["administrator-role", "wildcard-role", "escalation-role", "not-action-role"])
def test_planted_roles_are_as_strong_as_the_truth_says(estate_small: Estate, kind: str) -> None:
    name = planted(estate_small, kind).rpartition("/")[2]
    iam = client("iam")
    attached = [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
    inline = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"][0]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    if kind == "administrator-role":
        assert "arn:aws:iam::aws:policy/AdministratorAccess" in attached
    elif kind == "not-action-role":
        assert any("NotAction" in statement for statement in inline)
    else:
        wanted = "*" if kind == "wildcard-role" else "iam:PassRole"
        assert any(wanted in statement["Action"] for statement in inline)


def test_planted_neighbours_are_open(estate_small: Estate) -> None:
    queue = planted(estate_small, "open-queue")
    url = client("sqs", queue).get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    attributes = client("sqs", queue).get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    topic = planted(estate_small, "open-topic")
    bucket = planted(estate_small, "open-bucket").rpartition(":")[2]
    key = planted(estate_small, "open-key")
    secret = planted(estate_small, "open-secret")
    documents = [
        attributes["Policy"],
        client("sns", topic).get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"],
        client("s3").get_bucket_policy(Bucket=bucket)["Policy"],
        client("kms", key).get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        client("secretsmanager", secret).get_resource_policy(SecretId=secret)["ResourcePolicy"],
    ]
    for document in documents:
        (statement,) = json.loads(document)["Statement"]
        assert statement["Principal"] == "*"
        assert "Condition" not in statement
    unrotated = planted(estate_small, "key-without-rotation")
    assert not client("kms", unrotated).get_key_rotation_status(KeyId=unrotated)["KeyRotationEnabled"]


def test_a_dead_end_mapping_names_a_queue_that_is_gone(estate_small: Estate) -> None:
    mapping = planted(estate_small, "dead-end-source")
    found = client("lambda", mapping).get_event_source_mapping(UUID=mapping.rpartition(":")[2])
    queues = client("sqs", mapping).list_queues()["QueueUrls"]
    assert found["EventSourceArn"].rpartition(":")[2] not in {url.rpartition("/")[2] for url in queues}


def test_the_auditor_is_a_user_of_the_account(estate_small: Estate) -> None:
    arn = client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:user/auditor"
    assert client("iam").get_user(UserName="auditor")["User"]["Arn"] == arn


def test_answers_come_from_memory_the_second_time(estate_small: Estate) -> None:
    iam = client("iam")
    first = iam.get_account_authorization_details(MaxItems=1000)
    estate_small.proxy.clear()
    assert iam.get_account_authorization_details(MaxItems=1000)["RoleDetailList"] == first["RoleDetailList"]
    assert not estate_small.proxy.ledger.missed
