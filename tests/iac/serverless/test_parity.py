"""What a service is expanded to, against what the framework itself packaged: rights, callers, triggers, routes are the same.

The folders hold services of the project's own and the template that ``serverless package`` (version 3.40) made of each.
"""

import shutil
from pathlib import Path

import pytest

from lambdaudit.sources.cloudformation import read_cloudformation
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import Options

from . import same

HERE = Path(__file__).parent
ACCOUNT = "123456789012"
SERVICES = [
    ("orders", "eu-central-1", "orders-dev"),
    ("perfn", "us-east-1", "per-dev"),
    ("front", "us-west-2", "shop-front-dev"),
]
# The framework's helper functions give these rights when they run; the template cannot show them.
BY_HELPERS = {"my-custom-name": "arn:aws:s3:::already", "per-dev-two": "cognito-idp.amazonaws.com"}


@pytest.fixture(scope="module", params=SERVICES, ids=lambda p: p[0])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lifted, Lifted]:
    name, region, stack = request.param
    ours = read_directory(HERE / name / "serverless.yml", Options(HERE / name, account=ACCOUNT, region=region))
    # Ids that only a deployment gives are made of the file's name.
    packaged = tmp_path_factory.mktemp(name) / "serverless.yml"
    shutil.copy(HERE / name / "packaged.json", packaged)
    return ours, read_cloudformation(packaged, account=ACCOUNT, region=region, stack=stack)


def test_roles_may_do_the_same(pair: tuple[Lifted, Lifted]) -> None:
    ours, theirs = map(same.rights, pair)
    assert ours == theirs
    assert any(len(role["own"]) > 5 for role in ours.values())


def test_the_same_may_call(pair: tuple[Lifted, Lifted]) -> None:
    ours, theirs = map(same.callers, pair)
    for name, helper in BY_HELPERS.items():
        if name in ours:
            ours[name] = [line for line in ours[name] if helper not in line]
    assert ours == theirs
    assert len(ours) >= 2


def test_the_same_triggers(pair: tuple[Lifted, Lifted]) -> None:
    ours, theirs = map(same.edges, pair)
    assert ours == theirs
    assert len(ours) >= 5


def test_the_same_routes(pair: tuple[Lifted, Lifted]) -> None:
    ours, theirs = map(same.routes, pair)
    assert ours == theirs
    assert ours


def test_the_same_configuration(pair: tuple[Lifted, Lifted]) -> None:
    ours, theirs = map(same.configured, pair)
    assert ours == theirs
    assert len(ours) >= 2
