from collections import Counter
from typing import Any

import pytest

from lambdaudit import overview
from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function, LayerUse
from lambdaudit.model.identity import Role
from lambdaudit.model.inventory import Inventory, Listed, Missing
from lambdaudit.model.resources import Bucket, EventRule, Notification, RuleTarget
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

from .factory import report
from .world import world

HERE = Where(source="test")
ACCOUNT, REGION = "111122223333", "eu-west-1"
FN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
BUCKET = "arn:aws:s3:::uploads"


def _function(policy: Any = None, **fields: Any) -> Function:
    values: dict[str, Any] = {"id": FN, "name": "f", "account": ACCOUNT, "region": REGION, "where": HERE, "policy": policy}
    return Function(**(values | fields))


def _policy(*statements: dict[str, Any]) -> Policy:
    return Policy(name="p", kind="resource", document={"Version": "2012-10-17", "Statement": list(statements)}, where=HERE)


def _permit(service: str, condition: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    statement = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "lambda:InvokeFunction",
        "Resource": FN,
    }
    return statement | ({"Condition": condition} if condition else {}) | more


def _bucket(**fields: Any) -> Bucket:
    return Bucket(id=BUCKET, name="uploads", account=ACCOUNT, region=REGION, where=HERE, **fields)


def _triggers(*assets: AnyAsset, missing: tuple[Missing, ...] = (), listed: tuple[Listed, ...] = ()) -> list[dict[str, Any]]:
    view = next(v for v in overview.function_views(Inventory(assets, missing=missing, listed=listed), ()) if v["id"] == FN)
    return list(view["triggers"])


def _statuses(*assets: AnyAsset, **known: Any) -> list[tuple[str, str]]:
    return [(t["kind"], t["status"]) for t in _triggers(*assets, **known)]


FROM_BUCKET = _permit("s3.amazonaws.com", {"ArnLike": {"AWS:SourceArn": BUCKET}})
WIRED = (Notification(target=FN, events=("s3:ObjectCreated:*",)),)
BUCKETS_LISTED = (Listed(kind="bucket", account=ACCOUNT),)


def test_wiring_with_its_permission_is_one_trigger() -> None:
    assert _statuses(_function(_policy(FROM_BUCKET)), _bucket(notifications=WIRED)) == [("s3", "wired")]


def test_a_permission_without_wiring_is_stale_only_when_the_source_was_read() -> None:
    fn = _function(_policy(FROM_BUCKET))
    assert _statuses(fn, _bucket(notifications=())) == [("s3", "stale")]
    assert _statuses(fn, _bucket(notifications=Unknown("denied"))) == [("s3", "permitted")]
    assert _statuses(fn) == [("s3", "permitted")]
    assert _statuses(fn, listed=BUCKETS_LISTED) == [("s3", "permitted")], "the bucket may belong to another account"
    own = {"ArnLike": {"AWS:SourceArn": BUCKET}, "StringEquals": {"AWS:SourceAccount": ACCOUNT}}
    fn = _function(_policy(_permit("s3.amazonaws.com", own)))
    assert _statuses(fn, listed=BUCKETS_LISTED) == [("s3", "stale")], "the bucket certainly does not exist"


def test_a_permission_for_any_source_is_stale_only_when_all_sources_were_read() -> None:
    fn = _function(_policy(_permit("s3.amazonaws.com")))
    gap = (Missing(kind="bucket", unknown=Unknown("denied"), account=ACCOUNT),)
    assert _statuses(fn, _bucket(notifications=())) == [("s3", "permitted")]
    assert _statuses(fn, _bucket(notifications=()), listed=BUCKETS_LISTED) == [("s3", "stale")]
    assert _statuses(fn, _bucket(notifications=()), listed=BUCKETS_LISTED, missing=gap) == [("s3", "permitted")]
    assert _statuses(fn, _bucket(notifications=WIRED)) == [("s3", "wired")]


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnLike": {"AWS:SourceArn": BUCKET}},
        {"ArnLike": {"aws:SourceArn": [BUCKET]}},
        {"ArnEquals": {"AWS:SOURCEARN": BUCKET}},
        {"StringEquals": {"aws:sourcearn": BUCKET}},
        {"StringLike": {"aws:SourceArn": "arn:aws:s3:::up*"}},
        {"ArnEqualsIfExists": {"aws:SourceArn": BUCKET}},
        {"ForAnyValue:ArnLike": {"aws:SourceArn": BUCKET}},
        {"stringequals": {"aws:SourceArn": BUCKET}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    ],
)
def test_every_spelling_of_the_source_is_understood(condition: dict[str, Any]) -> None:
    triggers = _triggers(
        _function(_policy(_permit("s3.amazonaws.com", condition))), _bucket(notifications=()), listed=BUCKETS_LISTED
    )
    assert [t["status"] for t in triggers] == ["stale"]
    assert triggers[0]["source"].startswith("arn:aws:s3:::up")


def test_wiring_of_an_alias_does_not_use_the_permission_of_the_function() -> None:
    alias = _bucket(notifications=(Notification(target=f"{FN}:live"),))
    assert sorted(_statuses(_function(_policy(FROM_BUCKET)), alias)) == [("s3", "stale"), ("s3", "wired")]


def test_services_whose_wiring_nobody_reads_are_never_stale() -> None:
    statements = [_permit(f"{name}.amazonaws.com") for name in ("cognito-idp", "iot", "elasticloadbalancing", "config")]
    assert {status for _, status in _statuses(_function(_policy(*statements)))} == {"permitted"}


def test_deny_statements_and_unreadable_ones_are_no_stale_permissions() -> None:
    fn = _function(_policy(FROM_BUCKET | {"Effect": "Deny"}, FROM_BUCKET | {"Condition": {"Nonsense": {"x": "y"}}}))
    assert _statuses(fn, _bucket(notifications=()), listed=BUCKETS_LISTED) == [("s3", "permitted")]


def test_a_switched_off_rule_is_disabled() -> None:
    rule = EventRule(id="arn:aws:events:eu-west-1:111122223333:rule/r", name="r", where=HERE, account=ACCOUNT, region=REGION,
                     state="DISABLED", targets=(RuleTarget(id="1", arn=FN),))  # fmt: skip
    assert _statuses(_function(), rule) == [("events", "disabled")]


def test_the_page_has_every_field_and_says_what_was_not_read() -> None:
    view = overview.function_views(Inventory([_function(Unknown("access denied", "lambda:GetPolicy"))]), ())[0]
    assert set(Function.__struct_fields__) <= set(view)
    assert view["policy"] == {"unknown": "access denied", "need": "lambda:GetPolicy"}
    assert view["environment"]["unknown"]
    assert view["writers"] == []


def test_every_function_has_a_page_and_findings_point_to_it() -> None:
    made = report(60)
    pages = {view["id"]: view for view in made.functions}
    assert len(pages) == 60
    for finding in made.findings:
        for fn in finding.functions:
            assert finding.fingerprint in pages[fn]["findings"]
    ranks = [Severity(view["worst"]).rank for view in pages.values() if view["worst"]]
    assert ranks
    assert min(ranks) == 0


def test_versions_tell_what_differs_from_the_latest_code() -> None:
    made = report(8)
    version = next(v for view in made.functions for v in view["versions"])
    assert version["differs"]["description"].startswith("release")
    assert "where" not in version["differs"]


def test_neighbours_of_a_function_have_pages_when_they_were_read() -> None:
    inventory = world(40)
    assets = {view["id"] for view in overview.asset_views(inventory, ())}
    functions = {view["id"] for view in overview.function_views(inventory, ())}
    seen = Counter[str]()
    for view in overview.function_views(inventory, ()):
        for row in view["neighbours"]:
            seen[row["relation"]] += 1
            if inventory.get(row["id"]) is not None:
                assert row["id"] in assets or row["id"].split(":live")[0] in functions, row
    assert {"grants", "triggers", "sends", "names", "logs to", "connects", "runs in"} <= set(seen)


def test_a_managed_policy_is_written_once() -> None:
    views = overview.asset_views(world(20), ())
    basic = next(v for v in views if v["kind"] == "managed-policy")
    assert basic["policy"]["document"]["Statement"]
    role = next(v for v in views if v["kind"] == "role")
    assert [p["document"] is None for p in role["policies"]] == [True, False]
    alone = Role(
        id="r", name="r", where=HERE, policies=(Policy(name="m", kind="aws-managed", arn="gone", document={"a": 1}, where=HERE),)
    )
    views = overview.asset_views(Inventory([alone, _function(role="r")]), ())
    assert views[0]["policies"][0]["document"] == {"a": 1}


def test_what_policies_name_is_listed_by_service() -> None:
    role = next(v for v in overview.asset_views(world(40), ()) if v["id"].endswith("role/lambda/deploy"))
    access = {row["service"]: row for row in role["access"]}
    assert access["iam"]["actions"] == ["iam:PassRole"]
    assert access["*"]["actions"] == ["not:iam:*"]
    assert "s3" not in access, "a Deny names nothing that may be used"


def test_statistics_count_functions_roles_and_what_was_not_read() -> None:
    layers = (LayerUse(arn="l1"), LayerUse(arn="l2"))
    functions = [
        _function(id=f"{FN}{i}", name=f"f{i}", role=role, runtime=runtime, layers=layers if i else (), package_type=package)
        for i, (role, runtime, package) in enumerate(
            [
                ("r1", "python3.13", "Zip"),
                ("r1", None, "Image"),
                (Unknown("x"), Unknown("x"), "Zip"),
                ("r2", Unknown("x"), "Image"),
            ]
        )
    ]
    role = Role(id="r1", name="r1", where=HERE, policies=(Policy(name="p", kind="inline", where=HERE, document={
        "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "*"], "Resource": "*"}]}),))  # fmt: skip
    stats = overview.statistics(Inventory([*functions, role]), (), (), ())
    assert stats.functions == 4
    assert stats.roles == 2
    assert stats.runtimes == {"python3.13": 1, "container image": 2, "not read": 1}
    assert stats.layers == {"l1": 3, "l2": 3}
    assert stats.resources == {"*": 2, "s3": 2, "not read": 2}
    assert stats.regions == {REGION: 4}
    assert stats.severities == dict.fromkeys(("critical", "high", "medium", "low", "info"), 0)


def test_statistics_agree_with_the_rows_they_count() -> None:
    made = report(80)
    stats = made.statistics
    assert stats.findings == len(made.findings) == sum(stats.severities.values())
    assert stats.not_assessed == len(made.not_assessed)
    assert stats.functions == len(made.functions) == sum(stats.regions.values()) == sum(stats.runtimes.values())
    pairs = {
        (t["kind"], t["source"] or t["name"], view["id"])
        for view in made.functions
        for t in view["triggers"]
        if t["status"] in ("wired", "disabled")
    }
    assert stats.triggers == dict(sorted(Counter(kind for kind, _, _ in pairs).items()))
