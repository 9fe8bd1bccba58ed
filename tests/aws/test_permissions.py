"""The generated policy: what a collection calls is in it, and what is in it some collection calls."""

import contextlib
import json
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest

from lambdaudit.sources.aws.budget import Rate
from lambdaudit.sources.aws.calls import CALLS, CODE_CALLS, row
from lambdaudit.sources.aws.gather import Options, gather
from lambdaudit.sources.aws.organization import accounts_of_units, member_accounts
from lambdaudit.sources.aws.permissions import FEATURES, policy_document
from lambdaudit.sources.aws.session import Account, SourceError, open_account
from lambdaudit.sources.aws.targets import select
from tests.aws.estate import HOME, QUIET, function_arn
from tests.aws.test_gather import FAST, UNLIMITED
from tests.support.faults import Fault
from tests.support.fixtures import point_at
from tests.support.proxy import Proxy, faults_of


def allowed(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


@pytest.fixture(scope="module")
def made(built: Proxy, opened: Account) -> dict[str, set[str]]:
    """By name of a collection: the operations that the fake AWS saw."""
    thorough = Options(rates=UNLIMITED, thorough=True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(built, monkeypatch)
        seen: dict[str, set[str]] = {}

        def collect(name: str, options: Options, *targets: str, denied: tuple[str, ...] = (), region: str = "") -> None:
            with faults_of(built, *(Fault("denied", operation) for operation in denied)) as proxy:
                regions = [region] if region else []
                gather([opened], options=options, selection=select(targets), regions=regions)
                # SES signs requests of both its APIs alike, and only one of them is in the table.
                seen[name] = {operation.replace("sesv2:", "ses:") for operation in proxy.ledger.by_operation()}

        collect("plain", FAST, region=HOME)
        collect("thorough", thorough, region=HOME)
        collect("metered", Options(rates=UNLIMITED, metrics=True), region=HOME)
        collect("busy", Options(rates={**UNLIMITED, "lambda:GetPolicy": Rate(4)}), function_arn("main"))
        collect("denied", FAST, "m*", denied=("iam:GetAccountAuthorizationDetails", "ec2:DescribeRegions", "s3:ListBuckets"))
        collect("named", FAST, function_arn("main"), denied=("lambda:GetFunction",))
        collect("tagged", FAST, "tag:team", region=QUIET)
        with faults_of(built, Fault("denied", "organizations:ListAccounts")) as proxy:
            with contextlib.suppress(SourceError):
                member_accounts(open_account())
            organization = set(proxy.ledger.by_operation())
        boto3.client("organizations").create_organization(FeatureSet="ALL")
        root = boto3.client("organizations").list_roots()["Roots"][0]["Id"]
        built.ledger.calls.clear()
        accounts_of_units(open_account(), [root])
        seen["organization"] = organization | set(built.ledger.by_operation())
        built.restore()
        return seen


def test_every_call_of_every_collection_is_covered(made: dict[str, set[str]]) -> None:
    actions = allowed(policy_document())
    for operations in made.values():
        for name in operations:
            assert set(row(*name.split(":")).actions) <= actions, name


def test_nothing_is_covered_that_no_collection_calls(made: dict[str, set[str]]) -> None:
    called = {action for operations in made.values() for name in operations for action in row(*name.split(":")).actions}
    assert allowed(policy_document(set(FEATURES) - {"code"})) == called
    assert allowed(policy_document()) == called | set(CODE_CALLS.values())
    assert set().union(*made.values()) == {call.name for call in CALLS}


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("plain", {"triggers", "resources", "scans", "network"}),
        ("thorough", {"triggers", "resources", "scans", "network", "thorough"}),
        ("metered", {"triggers", "resources", "scans", "network", "metrics"}),
        ("busy", {"triggers", "resources", "scans", "network", "roles"}),
        ("denied", {"triggers", "resources", "scans", "network", "roles"}),
        ("named", {"triggers", "resources", "scans", "network", "roles"}),
        ("organization", {"organization"}),
        ("tagged", {"triggers", "resources", "scans", "network", "tags"}),
    ],
)
def test_features_cover_the_collection_they_are_for(made: dict[str, set[str]], name: str, features: set[str]) -> None:
    actions = allowed(policy_document(features))
    assert {action for call in made[name] for action in row(*call.split(":")).actions} <= actions


def test_fewer_features_allow_less() -> None:
    core = allowed(policy_document([]))
    assert "lambda:GetPolicy" in core
    assert "iam:GetAccountAuthorizationDetails" in core
    for feature in FEATURES:
        more = allowed(policy_document([feature]))
        assert core <= more
        assert (more > core) == (feature != "core")
    with pytest.raises(ValueError, match="there is no feature wings"):
        policy_document(["wings"])


def test_api_gateway_is_limited_to_the_paths_that_are_read(made: dict[str, set[str]]) -> None:
    document = policy_document(partition="aws-cn")
    limited = [s for s in document["Statement"] if s["Action"] == ["apigateway:GET"]]
    assert len(limited) == 1
    patterns = limited[0]["Resource"]
    assert all(pattern.startswith("arn:aws-cn:apigateway:*::/") for pattern in patterns)
    assert any(fnmatchcase("arn:aws-cn:apigateway:eu-west-1::/restapis/a1/resources", p) for p in patterns)
    assert not any(fnmatchcase("arn:aws-cn:apigateway:eu-west-1::/apikeys", p) for p in patterns)


def test_the_policy_fits_into_one_managed_policy_and_only_reads() -> None:
    document = policy_document()
    assert len(json.dumps(document, separators=(",", ":"))) < 6144
    assert document["Version"] == "2012-10-17"
    assert not any("*" in action for action in allowed(document))
