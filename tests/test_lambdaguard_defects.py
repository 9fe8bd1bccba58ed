"""Defects of the tool that lambdaudit succeeds, each as a regression test (REG-1 … REG-27).

Some live where they belong: REG-2 and REG-8, 12, 13, 16, 19, 22 in tests/live, REG-15 in tests/cli, REG-18 in tests/browser; this
file holds the others, and checks that none is forgotten.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lambdaudit import engine
from lambdaudit.model.arn import account_of, parse_arn
from lambdaudit.model.finding import Report, Severity
from lambdaudit.reporters import html, json_report
from lambdaudit.rules import load

from .rules.world import build

TESTS = Path(__file__).parent
ORDERS = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


def audit(world: dict[str, Any]) -> Report:
    return engine.audit(build(world))


def found(report: Report, rule: str) -> list[str]:
    return [f.message for f in report.findings if f.rule == rule]


def test_no_defect_is_forgotten() -> None:
    text = "\n".join(p.read_text("utf-8") for p in TESTS.rglob("*") if p.suffix in (".py", ".md"))
    named = {int(n) for n in re.findall(r"REG-(\d+)", text)} | {int(n) for n in re.findall(r"test_reg_(\d+)_", text)}
    assert set(range(1, 28)) <= named, set(range(1, 28)) - named


@pytest.mark.parametrize(
    "odd",
    [
        {"Effect": "Allow", "Principal": {"AWS": 7}, "Action": None, "Resource": {}},
        {"Effect": "Perhaps", "Principal": "*", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["lambda:InvokeFunction", 5], "Resource": "*", "Condition": "none"},
        ["not", "a", "statement"],
        {"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "*", "Resource": ["*", "arn:aws:s3:::x"]},
    ],
)
def test_reg_01_one_odd_element_hides_nothing_else(odd: Any) -> None:
    report = audit(
        {
            "function": {"orders": {"runtime": "python3.8", "role": "{role:app}", "policy": [odd]}},
            "role": {"app": {"policies": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}},
        }
    )
    assert found(report, "runtime-deprecated")
    assert found(report, "role-administrator")
    assert not [n for n in report.not_assessed if n.status == "error"]


def test_reg_03_an_administrator_role_is_critical_and_may_log() -> None:
    report = audit(
        {
            "function": {"orders": {"role": "{role:app}"}},
            "role": {"app": {"policies": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}},
        }
    )
    assert [f.severity for f in report.findings if f.rule == "role-administrator"] == [Severity.CRITICAL]
    assert not found(report, "function-cannot-log")


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}, {"AWS": "*", "Service": "s3.amazonaws.com"}],
    ids=str,
)
def test_reg_04_every_spelling_of_anyone_is_public(principal: Any) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Resource": ORDERS}
    assert found(audit({"function": {"orders": {"policy": [statement]}}}), "function-public")


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-ours000000"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, False),
    ],
    ids=str,
)
def test_reg_05_a_condition_counts_by_what_it_means(condition: dict[str, Any], public: bool) -> None:
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": ORDERS, "Condition": condition,
    }  # fmt: skip
    assert bool(found(audit({"function": {"orders": {"policy": [statement]}}}), "function-public")) is public


@pytest.mark.parametrize("action", ["iam:PutRolePolicy", "IAM:putrolepolicy", "iam:Put*", "iam:*", "i?m:PutRole*"])
def test_reg_06_escalation_understands_wildcards_and_letter_case(action: str) -> None:
    report = audit(
        {
            "function": {"orders": {"role": "{role:app}"}},
            "role": {"app": {"policies": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}},
        }
    )
    assert found(report, "role-can-escalate") or found(report, "role-administrator")


def writers(report: Report, name: str) -> dict[str, list[str]]:
    view = next(v for v in report.functions if v["name"] == name)
    return {row["name"]: row["actions"] for row in view["writers"]}


def test_reg_07_writers_by_any_statement_of_any_kind_of_policy() -> None:
    report = audit(
        {
            "function": {"orders": {}, "mails": {}},
            "role": {
                "second-statement": {
                    "policies": [
                        {
                            "name": "managed",
                            "Statement": [
                                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
                                {"Effect": "Allow", "Action": "lambda:Update*", "Resource": "arn:aws:lambda:*:*:function:ord*"},
                            ],
                        }
                    ]
                },
                "inline": {"policies": [{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}]},
                "reader": {"policies": [{"Effect": "Allow", "Action": "lambda:Get*", "Resource": "*"}]},
            },
            "user": {
                "denied": {
                    "policies": [
                        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
                        {"Effect": "Deny", "Action": "lambda:*", "Resource": "{function:orders}"},
                    ]
                },
            },
        }
    )
    assert set(writers(report, "orders")) == {"second-statement", "inline"}
    assert writers(report, "orders")["inline"] == ["lambda:UpdateFunctionCode"]
    assert set(writers(report, "mails")) == {"inline", "denied"}


def test_reg_07_members_of_a_group_are_writers() -> None:
    report = audit(
        {
            "function": {"orders": {}},
            "group": {"deployers": {"policies": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}},
            "user": {"ann": {"groups": ["{group:deployers}"]}, "bob": {}},
        }
    )
    assert set(writers(report, "orders")) == {"ann"}


SPELLINGS: list[dict[str, Any]] = [
    {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"ArnLike": {"aws:sourcearn": ["arn:aws:sns:eu-west-1:111122223333:news"]}},
    {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"StringEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"StringLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:*"}},
    {"ArnLikeIfExists": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"StringEqualsIgnoreCase": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:news"}},
    {"ForAnyValue:StringEquals": {"aws:SourceArn": ["arn:aws:sns:eu-west-1:111122223333:news"]}},
    {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    {"ArnLike": {"aws:SourceArn": ["arn:aws:sns:eu-west-1:111122223333:old", "arn:aws:sns:eu-west-1:111122223333:news"]}},
]


@pytest.mark.parametrize("condition", SPELLINGS, ids=lambda c: json.dumps(c)[:70])
def test_reg_09_a_trigger_is_found_however_its_permission_is_spelt(condition: dict[str, Any]) -> None:
    statement = {
        "Sid": "t", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction",
        "Resource": ORDERS, "Condition": condition,
    }  # fmt: skip
    report = audit(
        {
            "function": {"orders": {"policy": [statement]}},
            "topic": {"news": {"subscriptions": [{"arn": "s", "protocol": "lambda", "endpoint": ORDERS}]}},
        }
    )
    view = report.functions[0]
    assert any("sns" in json.dumps(trigger) for trigger in view["triggers"]), view["triggers"]
    assert report.statistics.triggers.get("sns") == 1


def test_reg_10_a_key_with_rotation_is_no_finding() -> None:
    assert not found(audit({"key": {"k1": {"rotation": True}}}), "key-not-rotated")
    assert found(audit({"key": {"k1": {"rotation": False}}}), "key-not-rotated")


def test_reg_11_stores_that_aws_encrypts_by_default_are_no_finding() -> None:
    report = audit({"table": {"t": {"encryption": "default"}}, "bucket": {"b": {"encryption": "AES256"}}, "queue": {"q": {}}})
    assert not [f for f in report.findings if "encrypt" in f.rule]


def test_reg_14_nothing_that_we_did_not_write_is_deleted() -> None:
    """Outputs are single files, replaced atomically; tests/cli checks that a folder of that name stays as it is."""
    source = "\n".join(p.read_text("utf-8") for p in (TESTS.parent / "src").rglob("*.py"))
    assert not re.search(r"\brmtree\(", source)


def test_reg_17_the_page_loads_nothing_from_anywhere() -> None:
    page = html.render(audit({"function": {"orders": {}}})).decode()
    assert not re.search(r"""<(script|link|img|iframe)[^>]+(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "default-src 'none'" in page


def test_reg_23_every_rule_says_how_an_attacker_profits() -> None:
    for rule in load():
        assert len(rule.why) > 40, rule.id
        assert rule.see, rule.id


def test_reg_24_one_fault_is_one_finding_with_all_its_functions() -> None:
    names = [f"f{i:03}" for i in range(300)]
    report = audit(
        {
            "account": {"111122223333": {}},
            "function": {name: {} for name in names},
            "bucket": {
                "uploads": {
                    "policy": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "{bucket:uploads}/*"}],
                    "public_access_block": None,
                    "notifications": [{"target": f"{{function:{name}}}", "events": ["s3:ObjectRemoved:*"]} for name in names],
                }
            },
        }
    )
    public = [f for f in report.findings if f.rule == "bucket-public"]
    assert len(public) == 1
    assert len(public[0].functions) == 300


def test_reg_25_counts_are_made_once() -> None:
    report = audit({"function": {"orders": {"runtime": "python3.8"}, "mails": {"runtime": "provided.al2023"}}})
    data = json.loads(json_report.render(report))
    assert data["statistics"]["findings"] == len(data["findings"]) == sum(report.statistics.severities.values())
    assert report.statistics.severities["info"] == sum(f.severity == "info" for f in report.findings)


def test_reg_26_arns_of_every_shape_are_read_without_a_crash() -> None:
    assert parse_arn("arn:aws:apigateway:eu-west-1::/restapis/a1/stages/prod") is not None
    assert account_of("arn:aws:apigateway:eu-west-1::/restapis/a1") == ""
    report = audit(
        {
            "function": {
                "orders": {
                    "policy": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "apigateway.amazonaws.com"},
                            "Action": "lambda:InvokeFunction",
                            "Resource": ORDERS,
                            "Condition": {
                                "ArnLike": {"aws:SourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a1/authorizers/x"}
                            },
                        }
                    ]
                }
            }
        }
    )
    assert not [n for n in report.not_assessed if n.status == "error"]


def test_reg_27_writers_are_in_the_page() -> None:
    report = audit(
        {
            "function": {"orders": {}},
            "role": {"deployer": {"policies": [{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}]}},
        }
    )
    assert "deployer" in html.render(report).decode()
