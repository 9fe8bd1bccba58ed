"""The fake AWS of the demo: starts, keeps to itself, stops, and leaves the process as it was."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdaudit.demo import DemoUnavailable, Endpoint, running
from lambdaudit.demo.server import assume

PERSONAL = {
    "AWS_PROFILE": "no-such-profile",
    "AWS_ACCESS_KEY_ID": "AKIAPERSONALKEYOFUSER",
    "AWS_SECRET_ACCESS_KEY": "personal-secret",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "AWS_ENDPOINT_URL_LAMBDA": "http://192.0.2.2",
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "AWS_REGION": "ap-southeast-2",
    "MOTO_ACCOUNT_ID": "999999999999",
    "HTTPS_PROXY": "http://192.0.2.3:3128",
    "http_proxy": "http://192.0.2.3:3128",
    "NO_PROXY": "internal.example",
}


def _client(service: str, **options: Any) -> Any:
    return cast(Any, boto3.Session)().client(service, **options)


def _address(endpoint: Endpoint) -> tuple[str, int]:
    parts = urlsplit(endpoint.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture
def personal(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A person's own settings, each of which would lead a client astray."""
    for name, value in PERSONAL.items():
        monkeypatch.setenv(name, value)
    return _environment()


def test_a_plain_client_reaches_the_fake_and_uses_nothing_of_the_person(personal: dict[str, str]) -> None:
    with running() as endpoint:
        session = boto3.Session()
        identity = _client("sts").get_caller_identity()
        credentials = session.get_credentials()
        assert credentials is not None
        assert credentials.access_key == endpoint.credentials["aws_access_key_id"]
        assert session.profile_name == "default"
        assert session.region_name == "eu-west-1"
        assert _client("lambda").meta.endpoint_url == endpoint.url
        assert not {name for name, value in PERSONAL.items() if os.environ.get(name) == value}
    assert identity["Account"] == endpoint.account == "111122223333"
    assert identity["Arn"] == "arn:aws:sts::111122223333:assumed-role/tidewater-auditor/demo"


def test_the_environment_is_as_before_afterwards(personal: dict[str, str]) -> None:
    with running():
        assert _environment() != personal
    assert _environment() == personal


def test_the_environment_is_as_before_after_a_failure(personal: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match="inside"), running():
        raise RuntimeError("inside")
    assert _environment() == personal


def test_the_default_session_of_boto3_is_left_alone() -> None:
    before = boto3.DEFAULT_SESSION
    with running():
        pass
    assert boto3.DEFAULT_SESSION is before


def test_what_the_block_itself_sets_stays_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNRELATED", "before")
    with running():
        os.environ["UNRELATED"] = "changed"
    assert os.environ["UNRELATED"] == "changed"


def test_given_credentials_suffice_without_the_environment() -> None:
    with running() as endpoint:
        session: Any = cast(Any, boto3.Session)(**endpoint.credentials)
        for region in endpoint.regions:
            client = session.client("sts", endpoint_url=endpoint.url, region_name=region)
            assert client.get_caller_identity()["Account"] == endpoint.account


def test_its_environment_serves_another_process() -> None:
    with running() as endpoint:
        script = "import boto3; print(boto3.client('s3control').get_public_access_block(AccountId='111122223333'))"
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"PATH": os.environ["PATH"], **endpoint.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
    assert "NoSuchPublicAccessBlockConfiguration" in done.stderr


def test_listens_on_the_loopback_address_only_and_stops() -> None:
    threads = set(threading.enumerate())
    with running() as endpoint:
        host, port = _address(endpoint)
        assert host == "127.0.0.1"
        socket.create_connection((host, port), timeout=5).close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=5)
        held = socket.create_connection((host, port), timeout=5)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, port), timeout=5)
    with suppress(ConnectionResetError):
        assert held.recv(1) == b""
    held.close()
    assert set(threading.enumerate()) <= threads


def test_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with running():
        _client("s3").list_buckets()
        with pytest.raises(ClientError):
            _client("iam").get_role(RoleName="nobody")
        with pytest.raises(ClientError):
            _client("iam").generate_service_last_accessed_details(Arn="arn:aws:iam::111122223333:role/nobody")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("lambda", "list_capacity_providers", {}),
        ("iam", "generate_service_last_accessed_details", {"Arn": "arn:aws:iam::111122223333:role/nobody"}),
        ("apigateway", "get_client_certificates", {}),
    ],
)
def test_says_plainly_what_it_cannot_do(service: str, operation: str, arguments: dict[str, str]) -> None:
    with running(), pytest.raises(ClientError) as refused:
        getattr(_client(service), operation)(**arguments)
    metadata: Any = refused.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 501
    assert metadata["RetryAttempts"] == 0


def test_a_second_one_in_the_same_process_is_refused() -> None:
    with running(), pytest.raises(DemoUnavailable, match="already running"), running():
        pass
    with running() as again:
        assert again.account == "111122223333"


def test_starts_empty_and_leaves_other_accounts_of_the_process_alone() -> None:
    def buckets(endpoint: Endpoint, account: str) -> Any:
        credentials = assume(endpoint.url, f"arn:aws:iam::{account}:role/anyone")
        return cast(Any, boto3.Session)(**credentials).client("s3", endpoint_url=endpoint.url, region_name="us-east-1")

    with running() as endpoint:
        buckets(endpoint, endpoint.account).create_bucket(Bucket="left-behind")
        buckets(endpoint, "555566667777").create_bucket(Bucket="of-another-account")
    from lambdaudit.demo import fake_aws

    try:
        with running() as endpoint:
            assert buckets(endpoint, endpoint.account).list_buckets()["Buckets"] == []
            others = buckets(endpoint, "555566667777").list_buckets()["Buckets"]
            assert [bucket["Name"] for bucket in others] == ["of-another-account"]
            buckets(endpoint, endpoint.account).create_bucket(Bucket="left-behind")
    finally:
        fake_aws.forget("555566667777")


def test_gives_the_same_ids_in_each_run_and_restores_chance() -> None:
    from moto.moto_api._internal import mock_random

    before = mock_random.getstate()
    ids = []
    for _ in range(2):
        with running():
            ids.append(_client("kms").create_key()["KeyMetadata"]["KeyId"])
    assert ids[0] == ids[1]
    assert mock_random.getstate() == before


@pytest.mark.parametrize("module", ["moto", "flask"])
def test_a_missing_extra_is_one_clear_line(module: str) -> None:
    script = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from lambdaudit.demo import DemoUnavailable, running\n"
        "try:\n    running().__enter__()\nexcept DemoUnavailable as reason:\n    print(reason)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert "pip install 'lambdaudit[demo]'" in done.stdout
    assert done.stderr == ""


def test_no_port_to_be_had_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, personal: dict[str, str]) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(DemoUnavailable, match=r"^cannot open a port on 127\.0\.0\.1: Cannot assign"), running():
        pass
    assert _environment() == personal


def test_only_its_own_regions_are_enabled() -> None:
    with running() as endpoint:
        enabled = _client("ec2").describe_regions()["Regions"]
        everything = _client("ec2").describe_regions(AllRegions=True)["Regions"]
    assert {region["RegionName"] for region in enabled} == set(endpoint.regions)
    assert {region["RegionName"] for region in everything if region["OptInStatus"] == "opted-in"} == set(endpoint.regions)
    assert len(everything) > 20


def test_importing_the_demo_does_not_load_moto() -> None:
    script = "import sys, lambdaudit.demo; print([name for name in sys.modules if name.split('.')[0] == 'moto'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
