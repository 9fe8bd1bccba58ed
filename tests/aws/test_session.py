"""Credentials and regions: what works, and the one line for each way in which it does not."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.session import Session

from lambdaudit.sources.aws.call import Call
from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.session import Account, SourceError, check_regions, open_account
from tests.aws import estate
from tests.support.faults import Fault
from tests.support.proxy import Proxy, faults_of

ROLE = f"arn:aws:iam::{estate.ACCOUNT}:role/worker"


def ledger_names(proxy: Proxy) -> set[str]:
    return set(proxy.ledger.by_operation())


def test_credentials_of_the_environment(full: Proxy) -> None:
    account = open_account()
    assert (account.id, account.partition, account.home) == (estate.ACCOUNT, "aws", estate.HOME)
    assert account.arn.startswith(f"arn:aws:iam::{estate.ACCOUNT}:")
    assert len(account.known_regions()) > 15
    assert ledger_names(full) == {"sts:GetCallerIdentity"}


def test_a_profile_and_its_region(full: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                      "aws_secret_access_key = made-up\n")  # fmt: skip
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name)
    assert open_account(profile="work").home == "eu-west-1"
    with pytest.raises(SourceError, match="no AWS credentials found"):
        open_account()


def test_a_role_is_assumed_with_its_external_id_and_code(full: Proxy) -> None:
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return "123456"

    serial = f"arn:aws:iam::{estate.ACCOUNT}:mfa/me"
    account = open_account(role_arn=ROLE, external_id="shared", mfa_serial=serial, mfa_prompt=prompt)
    credentials = account.session.get_credentials()
    assert credentials is not None
    assert credentials.method == "lambdaudit-role"
    assert str(credentials.get_frozen_credentials().access_key).startswith("ASIA")
    assert len(asked) == 1
    assert serial in asked[0]
    assert ledger_names(full) == {"sts:AssumeRole", "sts:GetCallerIdentity"}
    call: Call = row("lambda", "ListFunctions")
    assert account.caller.send(call, estate.HOME, dict(call.fixed))["Functions"]


def error(**how: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        open_account(**how)  # type: ignore[arg-type]
    for text in (caught.value.message, caught.value.hint):
        assert text
        assert "\n" not in text
        assert "Traceback" not in text
    return caught.value


def test_unknown_profile(full: Proxy) -> None:
    assert "no profile 'nowhere'" in error(profile="nowhere").message


def test_no_credentials(full: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    assert error().message == "no AWS credentials found"


@pytest.mark.skipif(bool(find_spec("awscrt")), reason="what `aws login` needs is installed")
def test_a_login_without_what_it_needs(full: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(f"[profile me]\nlogin_session = arn:aws:iam::{estate.ACCOUNT}:user/me\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert "lambdaudit[login]" in error(profile="me").hint


def test_half_of_the_credentials(full: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "incomplete" in error().message


def test_unknown_region(full: Proxy) -> None:
    wrong = error(region="eu-wset-1")
    assert "no region 'eu-wset-1'" in wrong.message
    assert "did you mean eu-west-1?" in wrong.hint


def test_expired_token(full: Proxy) -> None:
    with faults_of(full, Fault("expired", "sts:*")):
        assert "have expired" in error().message


def test_refused_credentials(full: Proxy) -> None:
    with faults_of(full, Fault("denied", "sts:GetCallerIdentity")):
        assert "does not accept the credentials" in error().message


def test_a_role_that_may_not_be_assumed(full: Proxy) -> None:
    with faults_of(full, Fault("denied", "sts:AssumeRole")):
        assert f"the role {ROLE} cannot be assumed" in error(role_arn=ROLE).message
    assert "is not the ARN of a role" in error(role_arn="worker").message


def test_an_endpoint_that_is_not_there(full: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "cannot be reached" in error().message


def test_a_broken_configuration_file(full: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("this is [not a configuration\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert "cannot be read" in error().message


def test_regions_are_checked_and_kept_once() -> None:
    session = Session()
    assert check_regions(session, ["eu-west-1", " US-EAST-1 ", "eu-west-1"]) == ["eu-west-1", "us-east-1"]
    assert check_regions(session, ["us-gov-west-1", "cn-north-1"]) == ["us-gov-west-1", "cn-north-1"]
    with pytest.raises(SourceError):
        check_regions(session, ["eu-west-1", "mars"])


def test_regions_of_another_partition_are_left_out(account: Account) -> None:
    assert account.of_partition(["eu-west-1", "us-gov-west-1", "cn-north-1"]) == ["eu-west-1"]
