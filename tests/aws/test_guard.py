"""Nothing but the call table can be sent, by whatever way."""

from typing import Any

import boto3
import pytest
from botocore.session import Session

from lambdaudit.sources.aws.calls import CREDENTIAL_CALLS, row
from lambdaudit.sources.aws.client import Caller, ForbiddenCall, guard, timestamp
from lambdaudit.sources.aws.errors import Failure
from lambdaudit.sources.aws.session import Account
from tests.aws import estate
from tests.support.proxy import Proxy


def guarded(service: str) -> Any:
    """A client of a guarded session."""
    return guard(Session()).create_client(service, region_name=estate.HOME)


def test_an_operation_outside_the_table_is_never_sent(full: Proxy) -> None:
    functions, secrets = guarded("lambda"), guarded("secretsmanager")
    with pytest.raises(ForbiddenCall, match="lambda:DeleteFunction is not in the call table"):
        functions.delete_function(FunctionName="main")
    with pytest.raises(ForbiddenCall, match="secretsmanager:GetSecretValue"):
        secrets.get_secret_value(SecretId="db")
    with pytest.raises(ForbiddenCall, match="lambda:Invoke"):
        functions.invoke(FunctionName="main")
    assert not full.ledger.calls
    assert functions.get_function(FunctionName="main")["Configuration"]["FunctionName"] == "main"


def test_boto3_on_the_same_session_is_guarded_too(full: Proxy) -> None:
    session = boto3.Session(botocore_session=guard(Session()))
    with pytest.raises(ForbiddenCall):
        session.resource("s3").Bucket("uploads-of-ours").delete()
    with pytest.raises(ForbiddenCall):
        session.client("iam").create_user(UserName="intruder")
    assert not full.ledger.calls


def test_credentials_may_be_obtained_and_nothing_else_of_those_services(full: Proxy) -> None:
    client = guarded("sts")
    role = f"arn:aws:iam::{estate.ACCOUNT}:role/worker"
    assert client.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"]
    with pytest.raises(ForbiddenCall):
        client.get_session_token()
    assert all(name.split(":")[0] in ("sts", "sso", "sso-oidc", "signin") for name in CREDENTIAL_CALLS)


def test_links_to_code_and_metadata_are_dropped(account: Account) -> None:
    arguments = {"FunctionName": "main"}
    page = account.caller.send(row("lambda", "GetFunction"), estate.HOME, arguments)
    assert "ResponseMetadata" not in page
    assert page["Tags"] == {"team": "red"}
    assert "Location" not in page["Code"]
    assert page["Code"]["RepositoryType"] == "S3"
    arn = f"arn:aws:lambda:{estate.HOME}:{estate.ACCOUNT}:layer:common:1"
    layer = account.caller.send(row("lambda", "GetLayerVersionByArn"), estate.HOME, {"Arn": arn})
    assert layer["Content"]
    assert "Location" not in layer["Content"]


def test_a_failure_says_what_it_means(account: Account) -> None:
    def kind(service: str, operation: str, **arguments: object) -> str:
        with pytest.raises(Failure) as caught:
            account.caller.send(row(service, operation), estate.HOME, dict(arguments))
        return caught.value.kind

    assert kind("lambda", "GetPolicy", FunctionName="boxed-not-there") == "absent"
    assert kind("iam", "GetRole", RoleName="nobody") == "absent"
    assert kind("s3", "GetBucketPolicy", Bucket="uploads-of-ours") == "absent"
    assert kind("lambda", "GetPolicy", FunctionName=3) == "failed"


def test_a_server_that_is_not_there_is_unreachable(monkeypatch: pytest.MonkeyPatch, full: Proxy) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    caller = Caller(guard(Session()), custom_endpoint=True)
    with pytest.raises(Failure) as caught:
        caller.send(row("lambda", "ListFunctions"), estate.HOME, {})
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1700000000.5, "2023-11-14T22:13:20.500000Z"),
        (1700000000500, "2023-11-14T22:13:20.500000Z"),
        ("2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20Z"),
        ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:20Z"),
        ("yesterday", "yesterday"),
        (True, "True"),
        (1e300, "1e+300"),
    ],
)
def test_times_become_text(value: object, shown: str) -> None:
    assert timestamp(value) == shown
