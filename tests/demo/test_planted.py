"""Everything that the demo says is planted can be read back through the SDK, and the clean functions are clean."""

import io
import json
import socket
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdaudit.demo import CLEAN_FUNCTIONS, PLANTED, Planted
from lambdaudit.demo.server import LAYER_ACCOUNT, PARTNER_ACCOUNT
from tests.demo.account import Account, deployed

reached: set[str] = set()
"""The addresses to which sockets were connected while the account was deployed."""


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        connect = socket.socket.connect

        def noting(self: socket.socket, address: Any) -> None:
            reached.add(str(address[0]))
            connect(self, address)

        patch.setattr(socket.socket, "connect", noting)
        with deployed() as account:
            yield account


def _name(label: str) -> str:
    return label.partition("/")[2]


def _public_url(account: Account, assets: list[str]) -> None:
    url = account.client("lambda").get_function_url_config(FunctionName=_name(assets[0]))
    assert url["AuthType"] == "NONE"
    by_action = {statement["Action"]: statement for statement in account.statements(_name(assets[0]))}
    assert by_action["lambda:InvokeFunctionUrl"]["Principal"] == "*"
    condition = by_action["lambda:InvokeFunctionUrl"]["Condition"]
    assert condition == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    assert by_action["lambda:InvokeFunction"]["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


def _administrator(account: Account, assets: list[str]) -> None:
    attached = account.client("iam").list_attached_role_policies(RoleName=_name(assets[0]))["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == ["arn:aws:iam::aws:policy/AdministratorAccess"]
    details = account.client("iam").get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]
    document = next(policy for policy in details if policy["PolicyName"] == "AdministratorAccess")
    statement = document["PolicyVersionList"][0]["Document"]["Statement"][0]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", "*", "*")


def _shared_role(account: Account, assets: list[str]) -> None:
    assert len(assets) == 4
    for label in assets[1:]:
        assert account.function(_name(label))["Role"] == account.arn(assets[0])


def _queue(account: Account, name: str) -> Any:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def _mapping(account: Account, queue: str) -> Any:
    mappings = account.client("lambda").list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
    assert len(mappings) == 1
    return mappings[0]


def _open_queue(account: Account, assets: list[str]) -> None:
    statement = json.loads(_queue(account, _name(assets[0]))["Policy"])["Statement"][0]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Allow", "*", "sqs:*")
    assert "Condition" not in statement
    assert _mapping(account, account.arn(assets[0]))["FunctionArn"] == account.arn(assets[1])


def _short_visibility(account: Account, assets: list[str]) -> None:
    timeout = account.function(_name(assets[1]))["Timeout"]
    assert int(_queue(account, _name(assets[0]))["VisibilityTimeout"]) < timeout


def _secret_in_environment(account: Account, assets: list[str]) -> None:
    variables = account.function(_name(assets[0]))["Environment"]["Variables"]
    assert variables["DATABASE_URL"].startswith("postgres://bookings:")
    assert variables["PAYMENT_API_KEY"].startswith("sk_live_")


def _deprecated_runtime(account: Account, assets: list[str]) -> None:
    assert {account.function(_name(label))["Runtime"] for label in assets} == {"python3.8", "nodejs16.x"}


def _wildcard_rights(account: Account, assets: list[str]) -> None:
    everything = {action for item in account.role(_name(assets[0])) if item["Resource"] == "*" for action in item["Action"]}
    assert everything == {"dynamodb:*", "secretsmanager:GetSecretValue"}
    assert account.function(_name(assets[1]))["Role"] == account.arn(assets[0])


def _foreign_layer(account: Account, assets: list[str]) -> None:
    layers = account.function(_name(assets[1]))["Layers"]
    assert [layer["Arn"] for layer in layers] == [account.arn(assets[0])]
    assert f":{LAYER_ACCOUNT}:layer:" in layers[0]["Arn"]
    shared = account.client("lambda").get_layer_version_by_arn(Arn=layers[0]["Arn"])
    assert shared["Content"]["CodeSize"] == layers[0]["CodeSize"] > 0
    assert "imaging" not in str(account.client("lambda").list_layers()["Layers"])


def _unbound_service(account: Account, assets: list[str]) -> None:
    services = []
    for label in assets:
        unbound = [item for item in account.statements(_name(label)) if "Condition" not in item]
        assert len(unbound) == 1
        services.append(unbound[0]["Principal"]["Service"])
    assert services == ["s3.amazonaws.com", "sns.amazonaws.com", "apigateway.amazonaws.com"]


def _foreign_invoker(account: Account, assets: list[str]) -> None:
    statement = account.statements(_name(assets[0]))[0]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{PARTNER_ACCOUNT}:root"}
    assert "Condition" not in statement


def _public_bucket(account: Account, assets: list[str]) -> None:
    s3, bucket = account.client("s3"), _name(assets[0])
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Allow", "*", "s3:GetObject")
    grantees = [grant["Grantee"].get("URI") for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]]
    assert "http://acs.amazonaws.com/groups/global/AllUsers" in grantees
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert controls == [{"ObjectOwnership": "ObjectWriter"}]
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=bucket)


def _loop(account: Account, assets: list[str]) -> None:
    function, bucket = _name(assets[0]), _name(assets[1])
    configured = account.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    target = configured["LambdaFunctionConfigurations"][0]
    assert target["LambdaFunctionArn"] == account.arn(assets[0])
    assert target["Events"] == ["s3:ObjectCreated:*"]
    assert "Filter" not in target
    writes = [item for item in account.role(f"{function}-role") if "s3:PutObject" in item["Action"]]
    assert [item["Resource"] for item in writes] == [f"{account.arn(assets[1])}/*"]
    answer = account.client("lambda").get_function_recursion_config(FunctionName=function)
    assert answer["RecursiveLoop"] == "Allow"


def _open_topic(account: Account, assets: list[str]) -> None:
    sns, topic = account.client("sns"), account.arn(assets[0])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "*"}
    assert "sns:Publish" in policy["Statement"][0]["Action"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [item["Endpoint"] for item in subscriptions] == [account.arn(assets[1])]


def _open_rest_route(account: Account, assets: list[str]) -> None:
    api = account.arn(assets[0]).rpartition("/")[2]
    resources = account.client("apigateway").get_resources(restApiId=api, embed=["methods"])["items"]
    methods = {item["path"]: method for item in resources for method in item.get("resourceMethods", {}).values()}
    kinds = {path: method["authorizationType"] for path, method in methods.items()}
    assert kinds == {"/search": "NONE", "/bookings": "AWS_IAM", "/account": "COGNITO_USER_POOLS"}
    assert account.arn(assets[1]) in methods["/search"]["methodIntegration"]["uri"]
    stages = account.client("apigateway").get_stages(restApiId=api)["item"]
    assert [stage["stageName"] for stage in stages] == ["prod"]


def _open_http_route(account: Account, assets: list[str]) -> None:
    gateway, api = account.client("apigatewayv2"), account.arn(assets[0]).rpartition("/")[2]
    routes = {item["RouteKey"]: item for item in gateway.get_routes(ApiId=api)["Items"]}
    kinds = {key: route["AuthorizationType"] for key, route in routes.items()}
    assert kinds == {"GET /quotes/{id}": "NONE", "POST /payments": "JWT"}
    authorizers = gateway.get_authorizers(ApiId=api)["Items"]
    assert [item["AuthorizerId"] for item in authorizers] == [routes["POST /payments"]["AuthorizerId"]]
    integrations = {item["IntegrationId"]: item["IntegrationUri"] for item in gateway.get_integrations(ApiId=api)["Items"]}
    assert integrations[routes["GET /quotes/{id}"]["Target"].rpartition("/")[2]] == account.arn(assets[1])


def _pass_role(account: Account, assets: list[str]) -> None:
    everything = {action for item in account.role(_name(assets[0])) if item["Resource"] == "*" for action in item["Action"]}
    assert {"iam:PassRole", "lambda:CreateFunction"} <= everything
    assert not any("Condition" in item for item in account.role(_name(assets[0])))


def _put_role_policy(account: Account, assets: list[str]) -> None:
    everything = {action for item in account.role(_name(assets[0])) if item["Resource"] == "*" for action in item["Action"]}
    assert "iam:PutRolePolicy" in everything


def _alias_on_latest(account: Account, assets: list[str]) -> None:
    aliases = account.client("lambda").list_aliases(FunctionName=_name(assets[1]))["Aliases"]
    assert [(item["AliasArn"], item["FunctionVersion"]) for item in aliases] == [(account.arn(assets[0]), "$LATEST")]


def _old_secret(account: Account, assets: list[str]) -> None:
    name = _name(assets[1])
    assert account.function(name, "1")["Environment"]["Variables"]["LEGACY_ACCESS_KEY"].startswith("AKIA")
    assert "LEGACY_ACCESS_KEY" not in account.function(name)["Environment"]["Variables"]


def _old_runtime(account: Account, assets: list[str]) -> None:
    versions = account.client("lambda").list_versions_by_function(FunctionName=_name(assets[1]))["Versions"]
    assert {item["Version"]: item["Runtime"] for item in versions} == {"$LATEST": "python3.13", "1": "python3.8"}


def _wrapper(account: Account, assets: list[str]) -> None:
    configuration = account.function(_name(assets[0]))
    wrapper = configuration["Environment"]["Variables"]["AWS_LAMBDA_EXEC_WRAPPER"]
    assert [layer["Arn"] for layer in configuration["Layers"]] == [account.arn(assets[1])]
    layer = account.client("lambda").get_layer_version(LayerName="tidewater-telemetry", VersionNumber=1)
    with urllib.request.urlopen(layer["Content"]["Location"], timeout=10) as answer:
        names = zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    assert [f"/opt/{name}" for name in names] == [wrapper]


def _missing_dead_letters(account: Account, assets: list[str]) -> None:
    target = account.function(_name(assets[0]))["DeadLetterConfig"]["TargetArn"]
    with pytest.raises(ClientError, match="NonExistentQueue"):
        account.client("sqs").get_queue_url(QueueName=target.rpartition(":")[2])


def _missing_destination(account: Account, assets: list[str]) -> None:
    configured = account.client("lambda").get_function_event_invoke_config(FunctionName=_name(assets[0]))
    with pytest.raises(ClientError, match="NotFound"):
        account.client("sns").get_topic_attributes(TopicArn=configured["DestinationConfig"]["OnFailure"]["Destination"])


def _key_not_rotated(account: Account, assets: list[str]) -> None:
    kms = account.client("kms")
    assert not kms.get_key_rotation_status(KeyId=account.arn(assets[0]))["KeyRotationEnabled"]
    assert account.function(_name(assets[1]))["KMSKeyArn"] == account.arn(assets[0])
    assert kms.get_key_rotation_status(KeyId=account.arn("key/tidewater-data@eu-west-1"))["KeyRotationEnabled"]


def _secret_not_rotated(account: Account, assets: list[str]) -> None:
    secrets = {item["ARN"]: item for item in account.client("secretsmanager").list_secrets()["SecretList"]}
    assert not secrets[account.arn(assets[0])].get("RotationEnabled")
    guarded = secrets[account.arn("secret/tidewater/ledger-database")]
    assert guarded["RotationEnabled"]
    assert guarded["RotationLambdaARN"] == account.arn("function/tidewater-rotate-ledger:live")


def _logs_for_ever(account: Account, assets: list[str]) -> None:
    groups = account.client("logs").describe_log_groups()["logGroups"]
    kept = [group["logGroupArn"] for group in groups if "retentionInDays" not in group]
    assert kept == [account.arn(assets[0])]


def _no_logs(account: Account, assets: list[str]) -> None:
    actions = [action for item in account.role(_name(assets[0])) for action in item["Action"]]
    assert actions
    assert not [action for action in actions if action.startswith("logs:")]
    assert account.client("iam").list_attached_role_policies(RoleName=_name(assets[0]))["AttachedPolicies"] == []


def _moving_image(account: Account, assets: list[str]) -> None:
    found = account.client("lambda").get_function(FunctionName=_name(assets[0]))
    assert found["Configuration"]["PackageType"] == "Image"
    assert "Runtime" not in found["Configuration"]
    assert found["Code"]["ImageUri"].endswith("/tidewater/receipts:latest")


CHECKS: dict[str, Callable[[Account, list[str]], None]] = {
    "public function URL": _public_url,
    "administrator role": _administrator,
    "role shared by several functions": _shared_role,
    "queue open to everyone": _open_queue,
    "queue visibility below function timeout": _short_visibility,
    "secret in environment variable": _secret_in_environment,
    "deprecated runtime": _deprecated_runtime,
    "wildcard rights on all resources": _wildcard_rights,
    "layer from another account": _foreign_layer,
    "service permission without source": _unbound_service,
    "invoke right for another account": _foreign_invoker,
    "public bucket": _public_bucket,
    "function may trigger itself": _loop,
    "topic open to everyone": _open_topic,
    "REST route without authorization": _open_rest_route,
    "HTTP route without authorization": _open_http_route,
    "pass any role to a new function": _pass_role,
    "rewrite the policies of any role": _put_role_policy,
    "alias on $LATEST": _alias_on_latest,
    "secret in an old version": _old_secret,
    "old version on a deprecated runtime": _old_runtime,
    "wrapper script from a layer": _wrapper,
    "dead-letter queue does not exist": _missing_dead_letters,
    "destination does not exist": _missing_destination,
    "key without rotation": _key_not_rotated,
    "secret without rotation": _secret_not_rotated,
    "log group without retention": _logs_for_ever,
    "no right to write logs": _no_logs,
    "container image by moving tag": _moving_image,
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.kind)
def test_what_is_planted_can_be_seen(account: Account, planted: Planted) -> None:
    CHECKS[planted.kind](account, list(planted.assets))


def test_every_planted_asset_exists_and_none_is_a_clean_function(account: Account) -> None:
    clean = {account.arn(f"function/{name}") for name in CLEAN_FUNCTIONS}
    for planted in PLANTED:
        arns = planted.arns(account.deployment.arns)
        assert len(arns) == len(planted.assets) > 0
        assert clean.isdisjoint(arns)


def test_deploying_reaches_nothing_but_the_loopback_interface(account: Account) -> None:
    assert reached == {"127.0.0.1"}


def test_functions_of_two_regions(account: Account) -> None:
    found = {
        region: {item["FunctionName"] for item in account.client("lambda", region).list_functions()["Functions"]}
        for region in account.endpoint.regions
    }
    assert found["us-east-1"] == {"tidewater-nightly-reports", "tidewater-berth-map"}
    assert len(found["eu-west-1"]) == 16
    assert set(CLEAN_FUNCTIONS) < found["eu-west-1"] | found["us-east-1"]


@pytest.mark.parametrize("name", CLEAN_FUNCTIONS)
def test_clean_functions_are_well_built(account: Account, name: str) -> None:
    region = account.arn(f"function/{name}").split(":")[3]
    lambda_, configuration = account.client("lambda", region), account.function(name)
    roles = [item["Role"] for item in lambda_.list_functions()["Functions"]]
    assert roles.count(configuration["Role"]) == 1
    assert configuration["Runtime"] in {"python3.13", "nodejs24.x"}
    key = account.client("kms", region).get_key_rotation_status(KeyId=configuration["KMSKeyArn"])
    assert key["KeyRotationEnabled"]
    queue = configuration["DeadLetterConfig"]["TargetArn"].rpartition(":")[2]
    assert account.client("sqs", region).get_queue_url(QueueName=queue)["QueueUrl"]
    aliases = lambda_.list_aliases(FunctionName=name)["Aliases"]
    assert [(item["Name"], item["FunctionVersion"]) for item in aliases] == [("live", "1")]
    signing = lambda_.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"]
    assert (
        account.arn(f"function/{name}")
        in (lambda_.list_functions_by_code_signing_config(CodeSigningConfigArn=signing)["FunctionArns"])
    )
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.statements(name)


def test_clean_functions_are_called_only_by_what_they_name(account: Account) -> None:
    sources: dict[str, set[str]] = {}
    for name in CLEAN_FUNCTIONS:
        if name == "tidewater-itinerary":  # a queue needs no permission
            continue
        for statement in account.statements(name, "live"):
            assert statement["Resource"] == account.arn(f"function/{name}:live")
            principal = statement["Principal"]
            if "AWS" in principal:
                sources.setdefault(name, set()).add(principal["AWS"])
            else:
                assert statement["Condition"]["StringEquals"]["AWS:SourceAccount"] == account.endpoint.account
                sources.setdefault(name, set()).add(statement["Condition"]["ArnLike"]["AWS:SourceArn"])
    assert sources == {
        "tidewater-crew-roster": {account.arn("role/tidewater-crew-portal")},
        "tidewater-ledger-export": {account.arn("rule/tidewater-ledger-export-nightly")},
        "tidewater-rotate-ledger": {account.arn("secret/tidewater/ledger-database")},
        "tidewater-berth-map": {account.arn("bucket/tidewater-charts")},
    }
    mapping = _mapping(account, account.arn("queue/tidewater-itinerary-updates"))
    assert mapping["FunctionArn"] == account.arn("function/tidewater-itinerary:live")


def test_the_function_in_a_vpc_names_the_vpc_of_its_subnets(account: Account) -> None:
    vpc = account.function("tidewater-ledger-export")["VpcConfig"]
    subnets = account.client("ec2").describe_subnets(SubnetIds=vpc["SubnetIds"])["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {vpc["VpcId"]}
    assert account.arn("vpc/tidewater-private").endswith(vpc["VpcId"])


def test_a_policy_belongs_to_the_qualifier_that_it_was_given_for(account: Account) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.statements("tidewater-crew-roster")
    assert {item["Sid"] for item in account.statements("tidewater-crew-roster", "live")} == {"portal-url", "portal-invoke"}


@pytest.mark.parametrize("name", ["tidewater-admin-console", "tidewater-order-intake", "tidewater-receipts"])
def test_packages_can_be_fetched_from_where_the_api_says(account: Account, name: str) -> None:
    code = account.client("lambda").get_function(FunctionName=name)["Code"]
    if code["RepositoryType"] == "ECR":
        assert "Location" not in code
        return
    assert code["Location"].startswith(account.endpoint.url)
    with urllib.request.urlopen(code["Location"], timeout=10) as answer:
        package = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert [entry.split(".")[0] for entry in package.namelist()] == ["app"]


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "function/111122223333/eu-west-1/no-such-function/$LATEST",
        "function/111122223333/nowhere-1/tidewater-search/$LATEST",
        "function/111122223333/eu-west-1/tidewater-receipts/$LATEST",
        "layer/111122223333/eu-west-1/no-such-layer/1",
    ],
)
def test_there_is_no_package_elsewhere(account: Account, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{account.endpoint.url}/deployment-packages/{path}", timeout=10)


def test_iam_answers_in_bulk_by_kind(account: Account) -> None:
    iam = account.client("iam")
    everything = iam.get_account_authorization_details()
    names = {policy["PolicyName"] for policy in everything["Policies"]}
    assert names == {
        "AdministratorAccess",
        "AWSLambdaVPCAccessExecutionRole",
        "SecurityAudit",
        "tidewater-crew-roster-role-policy",
    }
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [policy["PolicyName"] for policy in local["Policies"]] == ["tidewater-crew-roster-role-policy"]
    assert local["RoleDetailList"] == []
    roles = {role["Arn"] for role in everything["RoleDetailList"]}
    assert roles == {arn for label, arn in account.deployment.arns.items() if label.startswith("role/")}


def test_every_label_names_an_asset_of_its_own(account: Account) -> None:
    arns = list(account.deployment.arns.values())
    assert len(set(arns)) == len(arns)
