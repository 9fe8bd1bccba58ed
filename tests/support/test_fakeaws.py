"""Where moto differs from AWS the lab answers like AWS, seen through real boto3."""

import contextlib
import io
import json
import urllib.request
import zipfile
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.fakeaws import FakeAws, table
from tests.support.gaps import CORRECTIONS
from tests.support.proxy import Proxy
from tests.support.wire import ACCOUNT, service_model

pytest_plugins = ["tests.support.fixtures"]
REGION = "us-east-1"
FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
TRUST = '{"Version":"2012-10-17","Statement":[]}'


@cache
def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", text)
    return buffer.getvalue()


def make(name: str, **settings: Any) -> dict[str, Any]:
    settings = {"Code": {"ZipFile": zipped(name)}, "Runtime": "python3.12", "Handler": "app.handler"} | settings
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    made: dict[str, Any] = client("lambda").create_function(FunctionName=name, Role=role, **settings)
    return made


def code_of(ask: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        ask(**arguments)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def account(aws: Proxy) -> Proxy:
    """An account with the role that the functions have, and whatever other tests left in it."""
    with contextlib.suppress(client("iam").exceptions.EntityAlreadyExistsException):
        client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    return aws


@pytest.fixture
def empty(aws_account: Proxy) -> Proxy:
    """An account with that role and nothing else."""
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    return aws_account


def test_every_correction_names_an_operation_of_botocores_model() -> None:
    for name in CORRECTIONS:
        service, _, operation = name.partition(":")
        assert service == "lambda-package" or operation in service_model(service)["operations"], name
        assert name in table()


def test_functions_come_fifty_a_page_with_all_versions_when_asked(empty: Proxy) -> None:
    for number in range(52):
        make(f"f{number:02}")
    client("lambda").publish_version(FunctionName="f07")
    listed = client("lambda").get_paginator("list_functions")
    assert [len(page["Functions"]) for page in listed.paginate()] == [50, 2]
    pages = [page["Functions"] for page in listed.paginate(FunctionVersion="ALL")]
    assert [len(page) for page in pages] == [50, 3]
    arns = [function["FunctionArn"] for page in pages for function in page]
    assert FUNCTIONS + "f07:1" in arns
    assert FUNCTIONS + "f07:$LATEST" in arns
    assert [len(page["Functions"]) for page in listed.paginate(PaginationConfig={"PageSize": 20})] == [20, 20, 12]


def test_settings_that_moto_drops_come_back(account: Proxy) -> None:
    foreign = "arn:aws:lambda:us-east-1:999999999999:layer:watcher:3"
    settings = {
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
        "FileSystemConfigs": [
            {
                "Arn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/a",
            }
        ],
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "shared"},
        "Layers": [foreign],
    }
    make("set", **settings)
    found = client("lambda").get_function_configuration(FunctionName="set")
    assert found["DeadLetterConfig"] == settings["DeadLetterConfig"]
    assert found["FileSystemConfigs"] == settings["FileSystemConfigs"]
    assert found["LoggingConfig"] == settings["LoggingConfig"]
    assert [layer["Arn"] for layer in found["Layers"]] == [foreign]
    assert "VpcConfig" not in found
    assert "KMSKeyArn" not in found
    client("lambda").publish_version(FunctionName="set")
    client("lambda").update_function_configuration(FunctionName="set", DeadLetterConfig={"TargetArn": ""})
    version = client("lambda").get_function_configuration(FunctionName="set", Qualifier="1")
    assert version["DeadLetterConfig"] == settings["DeadLetterConfig"]


def test_policies_are_kept_by_qualifier_with_awss_conditions(account: Proxy) -> None:
    make("pol")
    functions = client("lambda")
    functions.publish_version(FunctionName="pol")
    functions.create_alias(FunctionName="pol", Name="live", FunctionVersion="1")
    allow = {"FunctionName": "pol", "Action": "lambda:InvokeFunction"}
    functions.add_permission(StatementId="org", Principal="*", PrincipalOrgID="o-abc1234567", **allow)
    functions.add_permission(StatementId="acc", Principal="111122223333", **allow)
    functions.add_permission(
        StatementId="s3", Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b", SourceAccount=ACCOUNT, **allow
    )
    functions.add_permission(
        FunctionName="pol:live", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE"
    )
    plain = json.loads(functions.get_policy(FunctionName="pol")["Policy"])["Statement"]
    assert [statement["Sid"] for statement in plain] == ["org", "acc", "s3"]
    assert plain[0]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}
    assert plain[1]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert plain[2]["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": ACCOUNT},
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
    }
    alias = json.loads(functions.get_policy(FunctionName="pol", Qualifier="live")["Policy"])["Statement"]
    assert alias[0]["Resource"] == FUNCTIONS + "pol:live"
    assert alias[0]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    assert code_of(functions.get_policy, FunctionName="pol", Qualifier="1") == "ResourceNotFoundException"
    newer = functions.get_resource_policy(ResourceArn=FUNCTIONS + "pol:live")
    assert json.loads(newer["Policy"])["Statement"] == alias


def test_packages_can_be_downloaded(account: Proxy) -> None:
    make("pac")
    layer = client("lambda").publish_layer_version(LayerName="l", Content={"ZipFile": zipped("layer")})
    for location, text in (
        (client("lambda").get_function(FunctionName="pac")["Code"]["Location"], b"pac"),
        (client("lambda").get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["Content"]["Location"], b"layer"),
    ):
        with urllib.request.urlopen(location) as answer:
            assert zipfile.ZipFile(io.BytesIO(answer.read())).read("app.py") == text
    assert account.ledger.calls["lambda-package:Download", REGION] == 2


def test_urls_invoke_configurations_and_concurrency(account: Proxy) -> None:
    make("url")
    functions = client("lambda")
    assert code_of(functions.get_function_url_config, FunctionName="url") == "ResourceNotFoundException"
    made = functions.create_function_url_config(FunctionName="url", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    assert made["FunctionUrl"].endswith(f".lambda-url.{REGION}.on.aws/")
    found = functions.get_function_url_config(FunctionName="url")
    assert (found["AuthType"], found["InvokeMode"], found["Cors"]) == ("NONE", "BUFFERED", {"AllowOrigins": ["*"]})
    assert len(functions.list_function_url_configs(FunctionName="url")["FunctionUrlConfigs"]) == 1
    functions.put_function_event_invoke_config(FunctionName="url", MaximumRetryAttempts=0)
    listed = functions.list_function_event_invoke_configs(FunctionName="url")["FunctionEventInvokeConfigs"]
    assert [(one["FunctionArn"], one["MaximumRetryAttempts"]) for one in listed] == [(FUNCTIONS + "url:$LATEST", 0)]
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="url")
    functions.put_function_concurrency(FunctionName="url", ReservedConcurrentExecutions=0)
    assert functions.get_function(FunctionName="url")["Concurrency"] == {"ReservedConcurrentExecutions": 0}


def test_code_signing_is_known_in_both_directions(account: Proxy) -> None:
    functions = client("lambda")
    publishers = {"SigningProfileVersionArns": [f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/p/abcdef0123"]}
    arn = functions.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"]["CodeSigningConfigArn"]
    make("signed", CodeSigningConfigArn=arn)
    make("image", Code={"ImageUri": "r:t"}, PackageType="Image", Runtime="python3.12")
    assert functions.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [FUNCTIONS + "signed"]
    assert functions.get_function_code_signing_config(FunctionName="signed")["CodeSigningConfigArn"] == arn
    assert code_of(functions.get_function_code_signing_config, FunctionName="image") == "InvalidParameterValueException"


def test_mappings_of_all_sources(empty: Proxy) -> None:
    make("f")
    queue = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    assert queue == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"
    assert client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]["QueueArn"]
    functions = client("lambda")
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
    kafka = f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/c/abcd1234-abcd-1234-abcd-abcdef123456-1"
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=kafka, Topics=["t"])
    listed = functions.list_event_source_mappings()["EventSourceMappings"]
    assert {mapping["EventSourceArn"].split(":")[2] for mapping in listed} == {"sqs", "kafka"}
    assert len(functions.list_event_source_mappings(FunctionName=FUNCTIONS + "f", EventSourceArn=kafka)) == 2


def test_account_authorization_details_page_and_leave_unattached_managed_policies_out(empty: Proxy) -> None:
    iam = client("iam")
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    for number in range(5):
        iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName=f"role-{number}", PolicyArn=policy)
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
    iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(document))
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
    assert len(pages) == 3
    assert sorted(role["RoleName"] for page in pages for role in page["RoleDetailList"])[1:] == [
        f"role-{number}" for number in range(5)
    ]
    assert [entry["Arn"] for page in pages for entry in page["Policies"]] == [policy, f"arn:aws:iam::{ACCOUNT}:policy/own"]
    only = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert (len(only["Policies"]), only["RoleDetailList"]) == (1, [])


def test_rest_api_policies_are_escaped_and_methods_embedded_only_when_asked(account: Proxy) -> None:
    gateway = client("apigateway")
    policy = json.dumps({"Resource": "execute-api:/*/*"})
    api = gateway.create_rest_api(name="a", policy=policy)["id"]
    whole = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}\\/*\\/*"
    assert gateway.get_rest_api(restApiId=api)["policy"] == f'{{\\"Resource\\": \\"{whole}\\"}}'
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    assert gateway.get_resources(restApiId=api)["items"][0]["resourceMethods"] == {"GET": {}}
    whole = gateway.get_resources(restApiId=api, embed=["methods"])["items"][0]["resourceMethods"]
    assert whole["GET"]["authorizationType"] == "NONE"


def test_pages_can_be_forced_small(empty: Proxy) -> None:
    fake = empty.backend
    assert isinstance(fake, FakeAws)
    for number in range(7):
        client("dynamodb").create_table(
            TableName=f"table-{number}",
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client("sns").create_topic(Name=f"topic-{number}")
        client("iam").create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
        make(f"f{number}")
    fake.page_size = 3
    try:
        for service, operation, result, total in (
            ("dynamodb", "list_tables", "TableNames", 7),
            ("sns", "list_topics", "Topics", 7),
            ("iam", "list_roles", "Roles", 8),
            ("lambda", "list_functions", "Functions", 7),
            ("iam", "get_account_authorization_details", "RoleDetailList", 8),
        ):
            pages = list(client(service).get_paginator(operation).paginate())
            assert sum(len(page[result]) for page in pages) == total, operation
            assert len(pages) == 3, operation
    finally:
        fake.page_size = None


def test_what_the_lab_cannot_answer_is_said_so(account: Proxy) -> None:
    assert code_of(client("codecommit").list_repositories) == "NotImplemented"
    assert account.ledger.broken == []
