"""Several accounts in one run, two of which cannot be entered: through the command."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.snapshot import read
from tests.aws.estate import code, trust
from tests.support.fakeaws import MotoServer
from tests.support.faults import Fault
from tests.support.proxy import Proxy
from tests.support.wire import Answer, Call

REGION = "eu-west-1"
BASE = "123456789012"
FEW = [f"20000000000{number}" for number in range(1, 6)]
BROKEN = FEW[1], FEW[3]


class _Moto:
    """moto alone: it keeps accounts apart, which the corrections of the lab do not."""

    def __init__(self) -> None:
        self._moto = MotoServer()

    def answer(self, call: Call) -> Answer:
        return self._moto.forward(call)

    def close(self) -> None:
        self._moto.stop()


@contextmanager
def organisation_of(members: Sequence[str], broken: Sequence[str]) -> Iterator[str]:
    """The address of a fake AWS with accounts of one function each; the role of the broken ones lets nobody in."""
    moto = _Moto()
    try:
        with Proxy(moto) as proxy:
            for account in (BASE, *members):
                _function(proxy.url, account)
            proxy.faults = [Fault("denied", "sts:AssumeRole", containing=account) for account in broken]
            yield proxy.url
    finally:
        moto.close()


@pytest.fixture(scope="module")
def organisation() -> Iterator[str]:
    """Six accounts, two of them closed."""
    with organisation_of(FEW, BROKEN) as url:
        yield url


def _client(url: str, service: str, **keys: str) -> Any:
    keys = keys or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, region_name=REGION, endpoint_url=url, **keys)  # type: ignore[call-overload]


def _function(url: str, account: str) -> None:
    keys: dict[str, str] = {}
    if account != BASE:
        role = f"arn:aws:iam::{account}:role/audit"
        given = _client(url, "sts").assume_role(RoleArn=role, RoleSessionName="setup")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    created = _client(url, "iam", **keys).create_role(RoleName="fn", AssumeRolePolicyDocument=trust("lambda"))
    _client(url, "lambda", **keys).create_function(
        FunctionName=f"in-{account}", Role=created["Role"]["Arn"], Runtime="python3.8", Handler="app.handler",
        Code={"ZipFile": code()},
    )  # fmt: skip


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder of its own, with keys of the first account."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LAMBDAUDIT_")) and "proxy" not in k.lower()}
    own = {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "120",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "lambdaudit", *arguments],
        env=keep | own, cwd=folder, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def check(url: str, folder: Path, members: Sequence[str], broken: Sequence[str]) -> None:
    """Audit all accounts at once: those that open are read, the others are named."""
    result = run(
        folder, url, "audit", "aws", "--accounts", ",".join((BASE, *members)), "--member-role", "audit", "--region", REGION,
        "--snapshot", "all.snapshot.json", "-o", "r.json",
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    inventory = read(folder / "all.snapshot.json")
    expected = {BASE, *members} - set(broken)
    assert {fn.name.removeprefix("in-") for fn in inventory.of(Function)} == expected
    assert {fn.account for fn in inventory.of(Function)} == expected
    assert {role.account for role in inventory.of(Role)} == expected  # roles of one name in many accounts are kept apart
    report = json.loads((folder / "r.json").read_text())
    assert set(report["coverage"]["accounts"]) == expected
    assert report["coverage"]["complete"] is False
    for account in broken:
        assert f"account {account}: not read: the role arn:aws:iam::{account}:role/audit cannot be assumed" in result.stderr
        assert any(note.startswith(f"{account}: not read") for note in report["coverage"]["notes"])
    old = [finding for finding in report["findings"] if finding["rule"] == "runtime-deprecated"]
    assert {finding["account"] for finding in old} == expected
    assert f"{len(expected)} accounts" in result.stdout


def test_what_can_be_entered_is_read_and_the_rest_is_told(organisation: str, tmp_path: Path) -> None:
    check(organisation, tmp_path, FEW, BROKEN)


@pytest.mark.slow
def test_forty_accounts(tmp_path: Path) -> None:
    members = [f"{number:012}" for number in range(300000000001, 300000000040)]
    broken = members[7], members[23]
    with organisation_of(members, broken) as url:
        check(url, tmp_path, members, broken)


def test_none_can_be_entered(organisation: str, tmp_path: Path) -> None:
    result = run(tmp_path, organisation, "audit", "aws", "--accounts", ",".join(BROKEN), "--member-role", "audit")
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("lambdaudit: none of 2 accounts could be entered, the first: not read: the role arn:aws:iam::20")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--accounts", "12", "--member-role", "audit"), "--accounts 12: an account id has twelve digits"),
        (("--org",), "--accounts, --org and --ou need --member-role NAME"),
        (("--member-role", "audit"), "--member-role goes with --accounts, --org or --ou"),
        (("--ou", "x", "--member-role", "audit"), "'x' is no organisational unit; it looks like ou-ab12-cd34ef56"),
        (("--org", "--member-role", "audit"), "no active account is in the organisation or in the units that were named"),
    ],
)
def test_flags_that_make_no_sense_are_one_line(organisation: str, tmp_path: Path, flags: tuple[str, ...], words: str) -> None:
    result = run(tmp_path, organisation, "audit", "aws", "--region", REGION, *flags)
    assert result.returncode == 2
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_organisation_has_units_below_units(organisation: str, tmp_path: Path) -> None:
    organizations = _client(organisation, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    outer = organizations.create_organizational_unit(ParentId=root, Name="outer")["OrganizationalUnit"]["Id"]
    inner = organizations.create_organizational_unit(ParentId=outer, Name="inner")["OrganizationalUnit"]["Id"]
    made = {}
    for name, parent in (("deep", inner), ("near", outer), ("beside", root)):
        status = organizations.create_account(Email=f"{name}@example.org", AccountName=name)["CreateAccountStatus"]
        made[name] = status["AccountId"]
        if parent != root:
            organizations.move_account(AccountId=made[name], SourceParentId=root, DestinationParentId=parent)
        _function(organisation, made[name])
    chosen = run(tmp_path, organisation, "collect", "aws", "--ou", outer, "--member-role", "audit", "--region", REGION,
                 "-o", "ou.snapshot.json")  # fmt: skip
    assert chosen.returncode == 0, chosen.stderr
    assert {fn.account for fn in read(tmp_path / "ou.snapshot.json").of(Function)} == {made["deep"], made["near"]}
    whole = run(tmp_path, organisation, "collect", "aws", "--org", "--member-role", "audit", "--region", REGION,
                "-o", "org.snapshot.json")  # fmt: skip
    assert whole.returncode == 0, whole.stderr
    assert {fn.account for fn in read(tmp_path / "org.snapshot.json").of(Function)} == {BASE, *made.values()}
