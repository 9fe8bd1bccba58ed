"""The world's answers, gathered once by the real run, and inventories made of them."""

import copy
from collections.abc import Iterator

import pytest

from lambdaudit.model.inventory import Inventory
from lambdaudit.sources.aws.assemble.inventory import assemble
from lambdaudit.sources.aws.gather import Options, gather
from lambdaudit.sources.aws.raw import Answer, Key, Raw
from lambdaudit.sources.aws.session import open_account
from lambdaudit.sources.aws.targets import select
from tests.aws.assemble import world
from tests.aws.test_gather import UNLIMITED
from tests.support import scans
from tests.support.fakeaws import FakeAws
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy

CREATED = "2026-11-21T12:00:00+00:00"
KEY = b"0" * 32


def made(raw: Raw) -> Inventory:
    """The inventory of a store."""
    return assemble(raw, created=CREATED, fingerprint_key=KEY)


@pytest.fixture(scope="session")
def lab() -> Iterator[Proxy]:
    """The fake account with the world in it."""
    with FakeAws() as fake, Proxy(fake) as proxy:
        with pytest.MonkeyPatch.context() as patch:
            point_at(proxy, patch)
            world.deploy()
        orders = world.arn("lambda", "function:orders")
        found = scans.package(orders, "CVE-2023-32681", "requests", "2.19.0"), scans.code(orders, "python/sql@v1", "app.py", 7)
        scans.inspector_says(fake, world.HOME, *found)
        yield proxy


@pytest.fixture(scope="session")
def answers(lab: Proxy) -> Raw:
    """What the fake account answers to a run that asks all. Not to be changed: see `raw`."""
    with pytest.MonkeyPatch.context() as patch:
        point_at(lab, patch)
        account = open_account(region=world.HOME)
        raw = gather([account], regions=[world.HOME, world.OTHER], options=Options(thorough=True, metrics=True, rates=UNLIMITED))
        _list_layer_by_name(raw)
    return raw


@pytest.fixture(scope="session")
def named(lab: Proxy) -> Raw:
    """What a run reads when one function is named."""
    with pytest.MonkeyPatch.context() as patch:
        point_at(lab, patch)
        account = open_account(region=world.HOME)
        return gather([account], selection=select([world.arn("lambda", "function:orders")]), regions=[world.HOME])


def _list_layer_by_name(raw: Raw) -> None:
    """The fake AWS lists a layer's versions by its name, and answers the ARN, which AWS takes as well, with nothing."""
    listed = world.client("lambda").list_layer_versions(LayerName="common")["LayerVersions"]
    key = Key("lambda", "ListLayerVersions", world.ACCOUNT, world.HOME, world.arn("lambda", "layer:common"))
    raw.put(key, Answer({"LayerVersions": listed}))


@pytest.fixture
def raw(answers: Raw) -> Raw:
    """A copy of the answers that a test may change."""
    return copy.deepcopy(answers)


@pytest.fixture(scope="session")
def inventory(answers: Raw) -> Inventory:
    """The inventory of the answers as they came."""
    return made(answers)
