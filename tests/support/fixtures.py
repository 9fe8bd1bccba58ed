"""Fixtures around the fake AWS: ``pytest_plugins = ["tests.support.fixtures"]`` in a conftest makes them known.

A worker process of pytest-xdist starts its own fake, so tests of different workers do not see each other's account.
"""

from collections.abc import Iterator

import pytest

from tests.support.estate import Estate, Plan, deploy
from tests.support.fakeaws import FakeAws
from tests.support.proxy import Proxy


def point_at(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every AWS SDK of this process to the proxy, for the length of the test."""
    for name in ("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def fake_aws() -> Iterator[Proxy]:
    """The fake AWS behind its proxy, without latency, quotas or faults. State stays from test to test."""
    with FakeAws() as fake, Proxy(fake) as proxy:
        yield proxy


@pytest.fixture
def aws(fake_aws: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The same, reached by boto3 without further arguments, with fresh counts; the account is as others left it."""
    point_at(fake_aws, monkeypatch)
    fake_aws.restore()
    yield fake_aws
    fake_aws.restore()


@pytest.fixture
def aws_account(aws: Proxy) -> Proxy:
    """The same with an empty account, which takes about a second."""
    assert isinstance(aws.backend, FakeAws)
    aws.backend.reset()
    return aws


def _estate(plan: Plan) -> Iterator[Estate]:
    with FakeAws() as fake, Proxy(fake, replay=True) as proxy:
        yield Estate(plan, proxy, deploy(plan, proxy))


@pytest.fixture(scope="session")
def _small_estate() -> Iterator[Estate]:
    yield from _estate(Plan(33, density=1.0))


@pytest.fixture(scope="session")
def _large_estate() -> Iterator[Estate]:
    yield from _estate(Plan(200))


@pytest.fixture
def estate_small(_small_estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    """33 functions in 3 regions, each with another weakness or control, reached by boto3 without further arguments.

    Deployed once a session (about five seconds) and answered from memory afterwards: tests must not change it. Counts,
    faults, quotas and latency are fresh for each test.
    """
    point_at(_small_estate.proxy, monkeypatch)
    _small_estate.proxy.restore()
    yield _small_estate
    _small_estate.proxy.restore()


@pytest.fixture
def estate_large(_large_estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    """200 functions in 3 regions, one in ten with a weakness or control; as `estate_small`, deployed in ten seconds."""
    point_at(_large_estate.proxy, monkeypatch)
    _large_estate.proxy.restore()
    yield _large_estate
    _large_estate.proxy.restore()
