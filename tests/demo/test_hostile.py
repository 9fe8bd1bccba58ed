"""The hostile variant of the demo: what was sent comes back through the SDK, unchanged, in every field."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.demo.account import Account, deployed
from tests.demo.hostile import EVERYTHING, NARROW, hostile

sent: dict[str, set[str]] = defaultdict(set)


def _noting(field: str, text: str) -> str:
    sent[field].add(hostile(field, text))
    return hostile(field, text)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with deployed(_noting) as account:
        yield account


def _functions(account: Account) -> list[Any]:
    found: list[Any] = []
    for region in account.endpoint.regions:
        found += account.client("lambda", region).list_functions(FunctionVersion="ALL")["Functions"]
    return found


def _environment(account: Account) -> dict[str, str]:
    merged: dict[str, str] = {}
    for function in _functions(account):
        merged |= function.get("Environment", {}).get("Variables", {})
    return merged


def _function_tags(account: Account) -> Any:
    return account.client("lambda").list_tags(Resource=account.arn("function/tidewater-payments"))["Tags"]


def _keys(account: Account) -> list[Any]:
    kms = account.client("kms")
    return [
        kms.describe_key(KeyId=account.arn(f"key/{name}@eu-west-1"))["KeyMetadata"]
        for name in ("tidewater-data", "tidewater-legacy")
    ]


def _aliases(account: Account) -> Any:
    return account.client("lambda").list_aliases(FunctionName="tidewater-itinerary")["Aliases"]


def _layers(account: Account) -> list[Any]:
    by_arn = account.client("lambda").get_layer_version_by_arn
    return [by_arn(Arn=account.arn(f"layer/{name}:1")) for name in ("tidewater-telemetry", "imaging-tools")]


def _sids(document: str) -> set[str]:
    return {statement["Sid"] for statement in json.loads(document)["Statement"]}


def _queue_sids(account: Account) -> set[str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="tidewater-orders")["QueueUrl"]
    return _sids(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])


def _topic(account: Account) -> Any:
    topic = account.arn("topic/tidewater-booking-events")
    return account.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]


def _bucket_sids(account: Account) -> set[str]:
    return _sids(account.client("s3").get_bucket_policy(Bucket="tidewater-guest-photos")["Policy"])


def _notifications(account: Account) -> Any:
    configured = account.client("s3").get_bucket_notification_configuration(Bucket="tidewater-guest-photos")
    return configured["LambdaFunctionConfigurations"]


def _statement_ids(account: Account) -> set[str]:
    plain = ("admin-console", "search", "payments", "order-intake", "legacy-quotes", "photo-resize", "notify")
    aliased = ("crew-roster", "ledger-export", "rotate-ledger", "berth-map")
    found = [account.statements(f"tidewater-{name}") for name in (*plain, "partner-sync", "nightly-reports")]
    found += [account.statements(f"tidewater-{name}", "live") for name in aliased]
    return {statement["Sid"] for statements in found for statement in statements}


def _iam(account: Account) -> Any:
    return account.client("iam").get_account_authorization_details()


def _role_descriptions(account: Account) -> set[str]:
    roles = account.client("iam").list_roles()["Roles"]
    return {role["Description"] for role in roles if "Description" in role}


def _role_tags(account: Account) -> list[Any]:
    return [tag for role in _iam(account)["RoleDetailList"] for tag in role.get("Tags", [])]


def _rest(account: Account, listing: str, field: str) -> Any:
    api = account.arn("rest-api/tidewater-public").rpartition("/")[2]
    return getattr(account.client("apigateway"), listing)(restApiId=api)[field]


def _http(account: Account, listing: str) -> Any:
    api = account.arn("http-api/tidewater-guests").rpartition("/")[2]
    return getattr(account.client("apigatewayv2"), listing)(ApiId=api)["Items"]


def _apis(account: Account) -> list[tuple[str, str]]:
    http = account.client("apigatewayv2").get_apis()["Items"][0]
    rest = account.client("apigateway").get_rest_apis()["items"][0]
    return [(rest["name"], rest["description"]), (http["Name"], http["Description"])]


def _authorizer_names(account: Account) -> set[str]:
    rest = {item["name"] for item in _rest(account, "get_authorizers", "items")}
    return rest | {item["Name"] for item in _http(account, "get_authorizers")}


def _stage(account: Account) -> Any:
    return _rest(account, "get_stages", "item")[0]


def _secrets(account: Account) -> set[str]:
    return {item["Description"] for item in account.client("secretsmanager").list_secrets()["SecretList"]}


def _subnet_names(account: Account) -> set[str]:
    tags = [tag for kind in ("vpcs", "subnets") for item in _network(account, kind) for tag in item.get("Tags", [])]
    return {tag["Value"] for tag in tags if tag["Key"] == "Name"}


def _network(account: Account, kind: str) -> Any:
    return getattr(account.client("ec2"), f"describe_{kind}")()[kind.capitalize()]


def _security_groups(account: Account) -> set[str]:
    group = account.arn("security-group/tidewater-ledger-export").rpartition("/")[2]
    found = account.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {item["Description"] for item in found}


def _signing(account: Account) -> set[str]:
    configs = account.client("lambda").list_code_signing_configs()["CodeSigningConfigs"]
    return {item["Description"] for item in configs}


def _rules(account: Account) -> set[str]:
    return {item["Description"] for item in account.client("events").list_rules()["Rules"]}


READ: dict[str, Callable[[Account], set[str]]] = {
    "API description": lambda account: {description for _, description in _apis(account)},
    "API name": lambda account: {name for name, _ in _apis(account)},
    "API path": lambda account: {item.get("pathPart", "") for item in _rest(account, "get_resources", "items")},
    "CORS origin": lambda account: {
        origin
        for api in account.client("apigatewayv2").get_apis()["Items"]
        for origin in api["CorsConfiguration"]["AllowOrigins"]
    },
    "JWT audience": lambda account: set(_http(account, "get_authorizers")[0]["JwtConfiguration"]["Audience"]),
    "alias description": lambda account: {item["Description"] for item in _aliases(account)},
    "authorizer name": _authorizer_names,
    "bucket statement id": _bucket_sids,
    "code signing description": _signing,
    "deployment description": lambda account: {item["description"] for item in _rest(account, "get_deployments", "items")},
    "environment name": lambda account: set(_environment(account)),
    "environment value": lambda account: set(_environment(account).values()),
    "function description": lambda account: {item["Description"] for item in _functions(account)},
    "handler": lambda account: {item["Handler"] for item in _functions(account) if "Handler" in item},
    "key description": lambda account: {item["Description"] for item in _keys(account)},
    "layer description": lambda account: {item["Description"] for item in _layers(account)},
    "layer licence": lambda account: {item["LicenseInfo"] for item in _layers(account)},
    "listed tag key": lambda account: {tag["Key"] for tag in _role_tags(account)},
    "listed tag value": lambda account: (
        {tag["Value"] for kind in ("vpcs", "subnets") for item in _network(account, kind) for tag in item.get("Tags", [])}
        | {tag["Value"] for tag in _role_tags(account)}
    ),
    "network name": _subnet_names,
    "notification id": lambda account: {item["Id"] for item in _notifications(account)},
    "policy description": lambda account: {item["Description"] for item in _iam(account)["Policies"]},
    "queue statement id": _queue_sids,
    "role description": _role_descriptions,
    "route key": lambda account: {item["RouteKey"] for item in _http(account, "get_routes")},
    "rule description": _rules,
    "secret description": _secrets,
    "security group description": _security_groups,
    "stage description": lambda account: {_stage(account)["description"]},
    "stage variable": lambda account: {_stage(account)["variables"]["release"]},
    "statement id": _statement_ids,
    "tag key": lambda account: set(_function_tags(account)),
    "tag value": lambda account: set(_function_tags(account).values()),
    "topic display name": lambda account: {_topic(account)["DisplayName"]},
    "topic statement id": lambda account: _sids(_topic(account)["Policy"]),
    "version description": lambda account: {item["Description"] for item in _functions(account) if item["Version"] == "1"},
}

OF_ONE_ASSET = {"tag value", "listed tag value"}
"""Fields of which one asset is read back, and the texts of the others are as many as there are assets."""


@pytest.mark.parametrize("field", sorted(READ))
def test_hostile_text_comes_back_as_it_was_sent(account: Account, field: str) -> None:
    found = READ[field](account)
    if field in OF_ONE_ASSET:
        assert found & sent[field]
    else:
        assert found >= sent[field]
    assert found


def test_every_field_is_read_back(account: Account) -> None:
    assert set(sent) == set(READ)
    assert set(sent) >= NARROW


def test_the_hostile_text_holds_what_it_should() -> None:
    for part in ("<script>", "\x1b[", "\x07", "\n::error", "\u202e", "${7*7}", "javascript:"):
        assert part in EVERYTHING
    assert EVERYTHING.startswith("=")


def test_the_weaknesses_are_the_same_as_in_the_plain_demo(account: Account) -> None:
    names = {function["FunctionName"] for function in _functions(account)}
    assert len(names) == 18
    assert account.client("lambda").get_function_url_config(FunctionName="tidewater-admin-console")["AuthType"] == "NONE"
