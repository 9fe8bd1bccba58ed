"""What a function's role gives away, in plain words, by damage, with what is not known."""

from typing import Any

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.blast import SECTIONS, Blast, blast
from lambdaudit.facts.blast_table import BEYOND, DEEDS
from lambdaudit.iam.actions import find_action
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from tests.rules.world import asset_id, build


def allow(actions: Any, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": on, **more}


def result(policies: Any, **more: Any) -> Blast:
    role = {"policies": policies}
    world: dict[str, Any] = {
        "function": {"f": {"role": "{role:app}", **more.pop("function", {})}}, "role": {"app": role}, **more
    }  # fmt: skip
    audit = Audit(build(world))
    fn, found = audit.inventory.get(asset_id("function", "f")), audit.inventory.get(asset_id("role", "app"))
    assert isinstance(fn, Function)
    assert isinstance(found, Role)
    return blast(fn, found, audit)


def texts(found: Blast, section: str = "") -> list[str]:
    return [item.text for item in found.items if not section or item.section == section]


VPC = {"vpc": {"vpc": "vpc-1", "subnets": [], "security_groups": []}}


def test_real_assets_by_name_and_nothing_else() -> None:
    found = result(
        [allow("dynamodb:GetItem", "{table:orders}"), allow("sqs:SendMessage", "{queue:a}")],
        table={"orders": {}, "users": {}}, queue={"a": {}, "b": {}}, function=VPC,
    )  # fmt: skip
    rows = {item.text: item.assets for item in found.items}
    assert rows == {
        "read 1 table": (asset_id("table", "orders"),),
        "send to 1 queue": (asset_id("queue", "a"),),
    }


def test_everything_of_a_kind_is_told_apart_from_single_ones() -> None:
    found = result([allow("secretsmanager:GetSecretValue")], secret={"db": {}, "api": {}})
    item = next(item for item in found.items if item.section == "readable")
    assert (item.text, item.every, len(item.assets)) == ("read every secret", True, 2)
    scoped = result([allow("secretsmanager:GetSecretValue", "{secret:db}")], secret={"db": {}, "api": {}})
    item = next(item for item in scoped.items if item.section == "readable")
    assert (item.text, item.every, item.assets) == ("read 1 secret", False, (asset_id("secret", "db"),))


def test_rights_under_a_tag_are_not_rights_over_everything() -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "web"}}
    found = result(
        [allow("secretsmanager:GetSecretValue", Condition=condition)],
        secret={"ours": {"tags": {"team": "web"}}, "theirs": {"tags": {"team": "ops"}}},
    )  # fmt: skip
    item = next(item for item in found.items if item.section == "readable")
    assert (item.every, item.assets) == (False, (asset_id("secret", "ours"),))


def test_a_resource_policy_gives_rights_and_takes_them() -> None:
    named = [{"Effect": "Allow", "Principal": {"AWS": asset_id("role", "app")}, "Action": "sqs:ReceiveMessage", "Resource": "*"}]
    denied = [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]
    found = result([allow("sqs:SendMessage", ["{queue:a}", "{queue:b}"])],
                   queue={"a": {"policy": named}, "b": {"policy": denied}}, function=VPC)  # fmt: skip
    rows = {item.text: item.assets for item in found.items}
    assert rows == {
        "read 1 queue": (asset_id("queue", "a"),),
        "send to 1 queue": (asset_id("queue", "a"),),
    }


def test_the_worst_comes_first_and_sections_are_known() -> None:
    found = result([allow(["iam:PutRolePolicy", "sqs:SendMessage", "s3:*", "dynamodb:DeleteTable", "sts:AssumeRole"])])
    ranks = [item.damage.rank for item in found.items]
    assert ranks == sorted(ranks)
    assert found.items[0].text.startswith("write itself an inline policy")
    assert {item.section for item in found.items} <= set(SECTIONS)
    assert any(line.startswith("$ aws iam put-role-policy") for line in found.items[0].detail)


def test_an_administrator_is_said_to_be_one() -> None:
    found = result([allow("*")])
    assert found.items[0].text == "everything: the role is administrator of the account"
    assert "terminate instances" in texts(found, "destructive")


def test_conditions_are_told() -> None:
    found = result([allow("sns:Publish", "{topic:t}", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})], topic={"t": {}})
    assert "publish to 1 topic when aws:SourceVpce is vpce-1" in texts(found, "writable")


def test_other_accounts_by_name_by_role_and_in_general() -> None:
    foreign = "arn:aws:iam::999988887777:role/deploy"
    world = {
        "role": {
            "app": {"policies": [allow("sts:AssumeRole", foreign), allow("sqs:*", "arn:aws:sqs:*:555566667777:in")]},
            "deploy": {
                "id": foreign, "account": "999988887777",
                "trust": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
            },
        },
        "function": {"f": {"role": "{role:app}"}},
    }  # fmt: skip
    audit = Audit(build(world))
    fn, role = audit.inventory.get(asset_id("function", "f")), audit.inventory.get(asset_id("role", "app"))
    assert isinstance(fn, Function)
    assert isinstance(role, Role)
    found = texts(blast(fn, role, audit), "accounts")
    assert "assume role deploy of account 999988887777" in found
    assert any("555566667777, which is none of the audited ones" in text for text in found)
    assert "assume any role of other accounts that lets it" in texts(result([allow("sts:AssumeRole")]), "accounts")


def test_rights_over_what_the_inventory_does_not_hold_are_told() -> None:
    found = result([allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/gone")])
    item = next(item for item in found.items if item.section == "readable")
    assert item.text == "read tables that the inventory does not hold"
    assert item.detail == ("arn:aws:dynamodb:eu-west-1:111122223333:table/gone",)


def test_what_was_not_read_is_told_and_named() -> None:
    found = result({"unknown": "iam:GetRolePolicy"})
    assert "iam:GetRolePolicy" in {unknown.need for unknown in found.unknown}
    partly = result([allow("sqs:SendMessage", ["{queue:a}"])], queue={"a": {"policy": {"unknown": "sqs:GetQueueAttributes"}}})
    assert "sqs:GetQueueAttributes" in {unknown.need for unknown in partly.unknown}
    assert not [item for item in partly.items if item.assets]


def test_the_tables_hold_real_actions_and_kinds() -> None:
    actions = {action for deed in DEEDS for action in deed.actions} | {action for reach in BEYOND for action in reach.actions}
    assert not [action for action in actions if find_action(action) != action]
    assert all(deed.cls for deed in DEEDS)
    assert {deed.section for deed in DEEDS} | {reach.section for reach in BEYOND} <= set(SECTIONS)
