"""Several accounts in one run, some of which cannot be entered."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from lambdaudit.sources.aws.gather import gather
from lambdaudit.sources.aws.organization import member_accounts, open_members
from lambdaudit.sources.aws.session import SourceError, open_account
from tests.aws.estate import HOME, code, trust
from tests.aws.test_faults import FAST
from tests.support.faults import Fault
from tests.support.proxy import Proxy, faults_of

MANAGEMENT = "123456789012"


def client(service: str, **credentials: Any) -> Any:
    return boto3.client(service, region_name=HOME, **credentials)  # type: ignore[call-overload]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto itself: it keeps several accounts apart by their credentials."""
    moto = ThreadedMotoServer(port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": HOME,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    assert host
    yield
    moto.stop()


def function_in(account: str, name: str) -> None:
    credentials: dict[str, str] = {}
    if account != MANAGEMENT:
        assumed = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/audit", RoleSessionName="setup")
        keys = assumed["Credentials"]
        credentials = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
    role = client("iam", **credentials).create_role(RoleName="fn", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
    client("lambda", **credentials).create_function(
        FunctionName=name, Role=role, Runtime="python3.12", Handler="app.handler", Code={"ZipFile": code()}
    )


def test_an_organisation_is_read_in_one_run(server: None) -> None:
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    member = organizations.create_account(Email="a@example.org", AccountName="shop")["CreateAccountStatus"]["AccountId"]
    function_in(MANAGEMENT, "here")
    function_in(member, "there")
    base = open_account()
    names = member_accounts(base)
    assert names[member] == "shop"
    accounts, notes = open_members(base, [MANAGEMENT, member, member, "12"], "audit", names=names)
    assert [account.id for account in accounts] == [MANAGEMENT, member]
    assert [(note.kind, note.account, note.message) for note in notes] == [("account", "12", "an account has twelve digits")]
    raw = gather(accounts, options=FAST, regions=[HOME])
    assert {(f.account, f.arn.split(":")[6]) for f in raw.functions.values()} == {(MANAGEMENT, "here"), (member, "there")}
    assert (raw.accounts[member].name, raw.accounts[member].regions) == ("shop", (HOME,))
    assert json.dumps(sorted({t.account for t in raw.ledger()})) == json.dumps(sorted([MANAGEMENT, member]))


def test_an_account_that_cannot_be_entered_is_noted(full: Proxy) -> None:
    base = open_account()
    with faults_of(full, Fault("denied", "sts:AssumeRole", containing="222222222222")):
        accounts, notes = open_members(base, ["111111111111", "222222222222"], "audit")
    assert len(accounts) == 1
    assert [note.account for note in notes] == ["222222222222"]
    assert "cannot be assumed" in notes[0].message


def test_a_list_of_accounts_that_breaks_off_is_an_error(full: Proxy) -> None:
    with (
        faults_of(full, Fault("denied", "organizations:ListAccounts")),
        pytest.raises(SourceError, match="cannot be listed"),
    ):
        member_accounts(open_account())
