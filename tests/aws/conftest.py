"""The estate that gives every reason to ask, in a fake AWS of its own, built once."""

from collections.abc import Iterator

import pytest

from lambdaudit.sources.aws.session import Account, open_account
from tests.aws import estate
from tests.support.fakeaws import FakeAws
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy


@pytest.fixture(scope="session")
def built() -> Iterator[Proxy]:
    """The full estate behind its proxy, as it was built."""
    with FakeAws() as fake, Proxy(fake) as proxy, pytest.MonkeyPatch.context() as monkeypatch:
        point_at(proxy, monkeypatch)
        estate.full()
        proxy.replay = True  # nobody changes the estate from here on, so what was answered once is answered again
        yield proxy


@pytest.fixture
def full(built: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The full estate, reached by any AWS SDK, with fresh counts and without faults. It is read only."""
    point_at(built, monkeypatch)
    built.restore()
    yield built
    built.restore()


@pytest.fixture(scope="session")
def opened(built: Proxy) -> Account:
    """The account of the full estate, opened once: its clients are half the cost of a collection this small."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(built, monkeypatch)
        return open_account()


@pytest.fixture
def account(full: Proxy, opened: Account) -> Account:
    """The same, for a test that has the full estate."""
    return opened
