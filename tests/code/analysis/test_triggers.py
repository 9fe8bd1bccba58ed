"""What starts a function, in words."""

from collections.abc import Iterable

import pytest
import yaml

from lambdaudit.code.flow.catalogue import load
from lambdaudit.code.flow.events import worth
from lambdaudit.code.triggers import KINDS, triggers_of
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Function
from tests.rules.world import asset_id, build


def services(policy: Policy) -> Iterable[str]:
    from lambdaudit.iam.language import PolicyKind, PrincipalKind, parse

    found = parse(policy.document, PolicyKind.RESOURCE)
    return {p.value for s in found.statements for p in s.principals or () if p.kind is PrincipalKind.SERVICE}


def words(world: str) -> set[str]:
    """`F` stands for a plain function, `{f}` for its ARN."""
    world = world.replace("F\n", "function: {orders: {}}\n").replace("{f}", "{function:orders}")
    inventory = build(yaml.safe_load(world))
    function = inventory.get(asset_id("function", "orders"))
    assert isinstance(function, Function)
    return set(triggers_of(inventory, function, services))


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ("function: {orders: {}}", set()),
        ("function: {orders: {url: {auth_type: NONE}}}", {"url"}),
        ("function: {orders: {url: {unknown: 'lambda:GetFunctionUrlConfig'}}}", set()),
        ("F\nalias: {'orders:live': {function: '{f}', version: '1', url: {auth_type: AWS_IAM}}}", {"url"}),
        ("F\nevent-source-mapping: {m: {function: '{f}', source: '{queue:q}', source_kind: sqs}}", {"sqs"}),
        (
            "F\nevent-source-mapping: {m: {function: '{f}', source_kind: self-managed-kafka}}",
            {"kafka"},
        ),
        ("F\nbucket: {b: {notifications: [{target: '{f}'}]}}", {"s3"}),
        (
            "F\ntopic: {t: {subscriptions: [{arn: a, protocol: lambda, endpoint: '{f}'}]}}",
            {"sns"},
        ),
        ("F\nevent-rule: {r: {schedule: 'rate(1 day)', targets: [{id: a, arn: '{f}'}]}}", {"schedule"}),
        ("F\nevent-rule: {r: {pattern: '{}', targets: [{id: a, arn: '{f}'}]}}", {"eventbridge"}),
        (
            "F\napi: {x: {api_id: x, protocol: HTTP}}\n"
            "route: {x/r: {api: '{api:x}', method: ANY, path: /, function: '{f}'}}",
            {"httpapi"},
        ),
        (
            "function: {orders: {policy: [{Effect: Allow, Principal: {Service: elasticloadbalancing.amazonaws.com},"
            " Action: 'lambda:InvokeFunction', Resource: '*'}]}}",
            {"alb"},
        ),
        (
            "function: {orders: {policy: [{Effect: Allow, Principal: {Service: [cognito-idp.amazonaws.com, new.amazonaws.com]},"
            " Action: 'lambda:InvokeFunction', Resource: '*'}]}}",
            {"cognito"},
        ),
        ("function: {orders: {}, other: {invoke_config: {on_failure: '{f}'}}}", {"lambda"}),
    ],
)  # fmt: skip
def test_words_for_what_starts_a_function(world: str, expected: set[str]) -> None:
    assert words(world) == expected


def test_what_the_catalogue_calls_a_trigger_is_one() -> None:
    words = {word for row in load("events")["rules"] for word in row.get("triggers", ())}
    assert words - {"http"} <= KINDS


@pytest.mark.parametrize(("trigger", "path"), [("logs", "event.awslogs.data"), ("rds", "event.eventSourceArn")])
def test_words_of_the_inventory_find_their_rules(trigger: str, path: str) -> None:
    assert worth(path, frozenset({trigger})) != worth(path, frozenset({"lambda"}))
