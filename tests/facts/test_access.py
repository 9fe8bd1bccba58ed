"""Who may do what: all policies that meet in a request, put together from the inventory; what was not read stays open."""

from typing import Any

import pytest

from lambdaudit.facts.access import Answer, may, of_principal, of_stranger, what, who_can
from lambdaudit.facts.audit import Audit
from lambdaudit.iam.decide import Outcome, decide
from lambdaudit.model.identity import Principal
from tests.rules.world import ACCOUNT, asset_id, build

FOREIGN = "999988887777"


def allow(actions: Any, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": on, **more}


def let(principal: Any, action: str, on: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": on, **more}


def ask(world: dict[str, Any], who: str, action: str, arn: str, **context: Any) -> Answer:
    audit = Audit(build(world))
    principal = audit.inventory.get(who)
    caller = of_principal(principal, audit) if isinstance(principal, Principal) else of_stranger(who, audit)
    return may(caller, action, what(arn, audit), audit, context)


ROLE, USER = asset_id("role", "app"), asset_id("user", "ann")
QUEUE, TABLE, KEY, BUCKET = (asset_id(kind, "x") for kind in ("queue", "table", "key", "bucket"))
OTHER, STRANGER = asset_id("role", "other"), f"arn:aws:iam::{FOREIGN}:role/r"
OPEN = [let("*", "s3:GetObject", f"{BUCKET}/*")]
OWN_KEY = [let({"AWS": ROLE}, "kms:*")]


@pytest.mark.parametrize(
    ("world", "who", "action", "on", "expected"),
    [
        ({"role": {"app": {"policies": [allow("sqs:*")]}}, "queue": {"x": {}}}, ROLE, "sqs:SendMessage", QUEUE, "yes"),
        ({"role": {"app": {}}, "queue": {"x": {}}}, ROLE, "sqs:SendMessage", QUEUE, "no"),
        ({"role": {"app": {}}, "queue": {"x": {"policy": [let({"AWS": ROLE}, "sqs:SendMessage")]}}},
         ROLE, "sqs:SendMessage", QUEUE, "yes"),
        ({"role": {"app": {"policies": [allow("sqs:*")], "boundary": [allow("s3:*")]}}, "queue": {"x": {}}},
         ROLE, "sqs:SendMessage", QUEUE, "no"),
        ({"role": {"app": {"policies": [allow("sqs:*")]}},
          "queue": {"x": {"policy": [{**let("*", "sqs:*"), "Effect": "Deny"}]}}}, ROLE, "sqs:SendMessage", QUEUE, "no"),
        ({"role": {"app": {"policies": [allow("sqs:*")]}}, "queue": {"x": {"policy": {"unknown": "sqs:GetQueueAttributes"}}}},
         ROLE, "sqs:SendMessage", QUEUE, "unknown"),
        ({"role": {"app": {"policies": {"unknown": "iam:GetRolePolicy"}}}, "queue": {"x": {}}},
         ROLE, "sqs:SendMessage", QUEUE, "unknown"),
        ({"role": {"app": {"policies": [allow("kms:*")]}}, "key": {"x": {}}}, ROLE, "kms:Decrypt", KEY, "yes"),
        ({"role": {"app": {"policies": [allow("kms:*")]}}, "key": {"x": {"policy": OWN_KEY}}}, ROLE, "kms:Decrypt", KEY, "yes"),
        ({"role": {"app": {}, "b": {"policies": [allow("kms:*")]}}, "key": {"x": {"policy": OWN_KEY}}},
         asset_id("role", "b"), "kms:Decrypt", KEY, "no"),
        ({"user": {"ann": {"groups": ["{group:staff}"]}}, "group": {"staff": {"policies": [allow("dynamodb:GetItem")]}},
          "table": {"x": {}}}, USER, "dynamodb:GetItem", TABLE, "yes"),
        ({"user": {"ann": {"groups": ["{group:staff}"]}}, "group": {"staff": {"policies": {"unknown": "iam:ListGroupPolicies"}}},
          "table": {"x": {}}}, USER, "dynamodb:GetItem", TABLE, "unknown"),
        ({"bucket": {"x": {"policy": OPEN}}}, "anonymous", "s3:GetObject", f"{BUCKET}/k", "yes"),
        ({"bucket": {"x": {"policy": OPEN}}}, "anonymous", "s3:GetObject", f"{BUCKET}/*", "yes"),
        ({"bucket": {"x": {}}}, "anonymous", "s3:GetObject", f"{BUCKET}/k", "no"),
        ({"queue": {"x": {"policy": [let({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")]}}},
         "s3.amazonaws.com", "sqs:SendMessage", QUEUE, "yes"),
        ({"queue": {"x": {"policy": [let({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")]}}},
         "sns.amazonaws.com", "sqs:SendMessage", QUEUE, "no"),
        ({"queue": {"x": {"policy": [let({"AWS": FOREIGN}, "sqs:*")]}}}, STRANGER, "sqs:SendMessage", QUEUE, "unknown"),
        ({"queue": {"x": {}}}, STRANGER, "sqs:SendMessage", QUEUE, "no"),
        ({"queue": {"x": {}}}, f"arn:aws:iam::{ACCOUNT}:root", "sqs:SendMessage", QUEUE, "yes"),
        ({"role": {"app": {"policies": [allow("s3:*")]}}}, ROLE, "s3:GetObject", "arn:aws:s3:::elsewhere/k", "unknown"),
        ({"role": {"app": {"policies": [allow("ec2:*")]}}}, ROLE, "ec2:StopInstances",
         f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1", "yes"),
        ({"role": {"app": {"policies": [allow("sqs:*")]}}, "queue": {"x": {}},
          "account": {ACCOUNT: {"scps": [[[allow("s3:*")]]]}}}, ROLE, "sqs:SendMessage", QUEUE, "no"),
        ({"role": {"app": {"policies": [allow("sts:AssumeRole")]}, "other": {}}}, ROLE, "sts:AssumeRole", OTHER, "no"),
        ({"role": {"app": {}, "other": {"trust": [{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}]}}},
         ROLE, "sts:AssumeRole", OTHER, "yes"),
    ],
)  # fmt: skip
def test_all_policies_count_and_silence_is_not_no(world: dict[str, Any], who: str, action: str, on: str, expected: str) -> None:
    answer = ask(world, who, action, on)
    assert answer.answer == expected
    assert answer.because
    assert (answer.unknown is not None) is (expected == "unknown")


def test_a_conditional_yes_names_its_circumstances_and_replays() -> None:
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    world = {"role": {"app": {"policies": [allow("sqs:*", Condition=condition)]}}, "queue": {"x": {}}}
    answer = ask(world, ROLE, "sqs:SendMessage", QUEUE)
    assert (answer.answer, answer.circumstances) == ("yes", {"aws:SourceVpce": "vpce-1"})
    audit = Audit(build(world))
    principal = audit.inventory.get(ROLE)
    assert isinstance(principal, Principal)
    assert answer.request is not None
    assert decide(answer.request, audit.layers(principal)).outcome is Outcome.ALLOWED
    assert ask(world, ROLE, "sqs:SendMessage", QUEUE, **{"aws:SourceVpce": "vpce-2"}).answer == "no"
    assert ask(world, ROLE, "sqs:SendMessage", QUEUE, **{"aws:SourceVpce": None}).answer == "no"


def test_tags_of_caller_and_resource_count() -> None:
    statement = allow("lambda:InvokeFunction", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
    fn = asset_id("function", "f")
    for tag, expected in (("web", "yes"), ("ops", "no")):
        world = {
            "role": {"app": {"policies": [statement], "tags": {"team": "web"}}}, "function": {"f": {"tags": {"team": tag}}},
        }  # fmt: skip
        assert ask(world, ROLE, "lambda:InvokeFunction", fn).answer == expected


WIDE: dict[str, Any] = {
    "account": {ACCOUNT: {"organization": None}},
    "role": {
        "app": {"policies": [{"name": "send", "Statement": [allow("sqs:Send*", QUEUE)]}]},
        "idle": {"policies": [allow("s3:*")]},
        "hidden": {"policies": {"unknown": "iam:GetRolePolicy"}},
        "bound": {"policies": [allow("sqs:*")], "boundary": [allow("s3:*")]},
    },
    "user": {"ann": {"groups": ["{group:staff}"]}},
    "group": {"staff": {"policies": [allow("sqs:SendMessage")]}},
    "queue": {
        "x": {
            "policy": [
                {**let({"Service": "s3.amazonaws.com"}, "sqs:SendMessage"), "Sid": "Events"},
                let({"AWS": FOREIGN}, "sqs:SendMessage"),
                let("*", "sqs:ReceiveMessage"),
                let("*", "sqs:SendMessage", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            ]
        }
    },
}


def test_who_can_lists_everybody_with_the_statement() -> None:
    audit = Audit(build(WIDE))
    found, left = who_can("sqs:SendMessage", what(QUEUE, audit), audit)
    rows = {(grant.sort, grant.name): grant.statements for grant in found}
    assert rows[("role", "app")][0] == "send statement 0"
    assert rows[("service", "s3.amazonaws.com")] == ("resource policy statement 0 (Events)",)
    assert rows[("account", FOREIGN)] == ("resource policy statement 1",)
    assert ("organization", "o-1234567890") in rows
    assert ("user", "ann") in rows
    assert not {("role", "bound"), ("anonymous", "everyone, unsigned")} & set(rows)
    assert [item.subject for item in left if "hidden" in item.subject]
    receivers, _ = who_can("sqs:ReceiveMessage", what(QUEUE, audit), audit)
    assert ("anonymous", "everyone, unsigned") in {(grant.sort, grant.name) for grant in receivers}


def test_the_organization_of_the_account_decides_about_conditions_on_it() -> None:
    audit = Audit(build({**WIDE, "account": {ACCOUNT: {"organization": "o-1234567890"}}}))
    found, _ = who_can("sqs:SendMessage", what(QUEUE, audit), audit)
    assert ("role", "idle") in {(grant.sort, grant.name) for grant in found}


def test_an_unread_resource_policy_is_told_once_and_makes_the_allowed_ones_open() -> None:
    world = {**WIDE, "queue": {"x": {"policy": {"unknown": "sqs:GetQueueAttributes"}}}}
    audit = Audit(build(world))
    found, left = who_can("sqs:SendMessage", what(QUEUE, audit), audit)
    assert found == []
    subjects = [item.subject for item in left]
    assert {ROLE, USER} <= set(subjects)
    assert asset_id("role", "idle") not in subjects
    assert sum("lets in" in subject for subject in subjects) == 1
    assert all(item.unknown.need for item in left)


def test_roles_that_could_not_be_listed_are_told() -> None:
    world = {"queue": {"x": {}}, "missing": [{"kind": "role", "need": "iam:GetAccountAuthorizationDetails"}]}
    audit = Audit(build(world))
    _, left = who_can("sqs:SendMessage", what(QUEUE, audit), audit)
    assert [(item.subject, item.unknown.need) for item in left] == [
        ("roles of the account", "iam:GetAccountAuthorizationDetails")
    ]


def test_every_grant_is_allowed_by_the_evaluator_and_nobody_is_left_out() -> None:
    """Against the concrete evaluator, principal by principal."""
    audit = Audit(build(WIDE))
    for action in ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue"):
        resource = what(QUEUE, audit)
        found, left = who_can(action, resource, audit)
        named = {grant.id for grant in found} | {item.subject for item in left}
        for kind in ("role", "user"):
            for name in WIDE[kind]:
                principal = audit.inventory.get(asset_id(kind, name))
                assert isinstance(principal, Principal)
                answer = may(of_principal(principal, audit), action, resource, audit)
                assert (principal.id in named) is (answer.answer != "no"), (action, name)
