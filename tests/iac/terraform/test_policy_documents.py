"""``aws_iam_policy_document`` against what the provider documents, by the tree that the audit reads."""

from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Map, OneOf, Ref, Text
from lambdaudit.sources.terraform.functions.encoding import json_tree

from .world import known, module, value

HEAD = 'variable "x" {}\nvariable "env" {}\nresource "aws_s3_bucket" "b" {}\n'


def document(tmp_path: Path, body: str, more: str = "") -> Any:
    """The tree of a policy document with this body."""
    where = module(tmp_path, {"a.tf": f'{HEAD}{more}\ndata "aws_iam_policy_document" "d" {{\n{body}\n}}'})
    return json_tree(value(where, "data.aws_iam_policy_document.d.json"))


SIMPLE = 'statement {\n  actions = ["s3:GetObject"]\n  resources = ["*"]\n}'
CASES = {
    "defaults": (SIMPLE, [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]),
    "sid and effect": (
        'statement {\n  sid = "A"\n  effect = "Deny"\n  actions = ["s3:*"]\n  resources = ["*"]\n}',
        [{"Sid": "A", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}],
    ),
    "empty sid is left out": ('statement {\n  sid = ""\n  actions = ["a:b"]\n}', [{"Effect": "Allow", "Action": "a:b"}]),
    "several actions": (
        'statement {\n  actions = ["s3:A", "s3:B"]\n}',
        [{"Effect": "Allow", "Action": ["s3:B", "s3:A"]}],
    ),
    "exclusions": (
        'statement {\n  not_actions = ["iam:*"]\n  not_resources = ["arn:x"]\n}',
        [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:x"}],
    ),
    "service principal": (
        'statement {\n  actions = ["sts:AssumeRole"]\n  principals {\n    type = "Service"\n'
        '    identifiers = ["lambda.amazonaws.com"]\n  }\n}',
        [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
    ),
    "everyone": (
        'statement {\n  actions = ["a:b"]\n  principals {\n    type = "*"\n    identifiers = ["*"]\n  }\n}',
        [{"Effect": "Allow", "Action": "a:b", "Principal": "*"}],
    ),
    "everyone of AWS": (
        'statement {\n  actions = ["a:b"]\n  principals {\n    type = "AWS"\n    identifiers = ["*"]\n  }\n}',
        [{"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": "*"}}],
    ),
    "principals of two types": (
        'statement {\n  actions = ["a:b"]\n  principals {\n    type = "AWS"\n    identifiers = ["1", "2"]\n  }\n'
        '  principals {\n    type = "Service"\n    identifiers = ["s"]\n  }\n}',
        [{"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": ["2", "1"], "Service": "s"}}],
    ),
    "principals of one type twice": (
        'statement {\n  actions = ["a:b"]\n  principals {\n    type = "AWS"\n    identifiers = ["1"]\n  }\n'
        '  principals {\n    type = "AWS"\n    identifiers = ["2"]\n  }\n}',
        [{"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": ["2", "1"]}}],
    ),
    "excluded principals": (
        (
            "statement {\n"
            '  effect = "Deny"\n'
            '  actions = ["a:b"]\n'
            "  not_principals {\n"
            '    type = "AWS"\n'
            '    identifiers = ["1"]\n'
            "  }\n"
            "}"
        ),
        [{"Effect": "Deny", "Action": "a:b", "NotPrincipal": {"AWS": "1"}}],
    ),
    "condition": (
        (
            "statement {\n"
            '  actions = ["a:b"]\n'
            "  condition {\n"
            '    test = "StringEquals"\n'
            '    variable = "aws:x"\n'
            '    values = ["1"]\n'
            "  }\n"
            "}"
        ),
        [{"Effect": "Allow", "Action": "a:b", "Condition": {"StringEquals": {"aws:x": "1"}}}],
    ),
    "conditions of one operator": (
        'statement {\n  actions = ["a:b"]\n  condition {\n    test = "Bool"\n    variable = "k"\n    values = ["true"]\n  }\n'
        '  condition {\n    test = "Bool"\n    variable = "l"\n    values = ["a", "b"]\n  }\n}',
        [{"Effect": "Allow", "Action": "a:b", "Condition": {"Bool": {"k": "true", "l": ["a", "b"]}}}],
    ),
    "variables of IAM": (
        ('statement {\n  actions = ["a:b"]\n  resources = ["arn:${aws_s3_bucket.b.bucket == null}/&{aws:username}"]\n}').replace(
            "${aws_s3_bucket.b.bucket == null}", "x"
        ),
        [{"Effect": "Allow", "Action": "a:b", "Resource": "arn:x/${aws:username}"}],
    ),
    "dynamic statements": (
        'dynamic "statement" {\n  for_each = { A = "s3:x", B = "s3:y" }\n  content {\n    sid = statement.key\n'
        "    actions = [statement.value]\n  }\n}",
        [{"Sid": "A", "Effect": "Allow", "Action": "s3:x"}, {"Sid": "B", "Effect": "Allow", "Action": "s3:y"}],
    ),
    "null is not set": (
        'statement {\n  actions = ["a:b"]\n  resources = null\n  sid = null\n}',
        [{"Effect": "Allow", "Action": "a:b"}],
    ),
    "empty lists are not set": ('statement {\n  actions = ["a:b"]\n  resources = []\n}', [{"Effect": "Allow", "Action": "a:b"}]),
}


@pytest.mark.parametrize("name", CASES)
def test_statements(tmp_path: Path, name: str) -> None:
    body, expected = CASES[name]
    tree = document(tmp_path, body)
    assert tree["Statement"] == expected
    assert tree["Version"] == "2012-10-17"


def test_version_and_id(tmp_path: Path) -> None:
    tree = document(tmp_path, 'version = "2008-10-17"\npolicy_id = "P"')
    assert (tree["Version"], tree["Id"], tree["Statement"]) == ("2008-10-17", "P", [])


def other(name: str, *statements: str) -> str:
    return f'data "aws_iam_policy_document" "{name}" {{\n' + "\n".join(statements) + "\n}\n"


def statement(sid: str, action: str) -> str:
    return f'statement {{\n  sid = "{sid}"\n  actions = ["{action}"]\n}}'


def sids(tree: Any) -> list[tuple[str, str]]:
    return [(one.get("Sid", ""), one["Action"]) for one in tree["Statement"]]


def test_source_documents_come_first_and_are_replaced_by_sid(tmp_path: Path) -> None:
    more = other("s", statement("A", "s:1"), statement("B", "s:2")) + other("t", statement("C", "t:1"))
    body = (
        "source_policy_documents = [data.aws_iam_policy_document.s.json, data.aws_iam_policy_document.t.json]\n"
        + statement("B", "own:1")
        + "\n"
        + statement("", "own:2")
    )
    assert sids(document(tmp_path, body, more)) == [("A", "s:1"), ("B", "own:1"), ("C", "t:1"), ("", "own:2")]


def test_override_documents_win_in_order(tmp_path: Path) -> None:
    more = other("o", statement("A", "o:1")) + other("p", statement("A", "p:1"), statement("N", "p:2"))
    body = (
        "override_policy_documents = [data.aws_iam_policy_document.o.json, data.aws_iam_policy_document.p.json]\n"
    ) + statement("A", "own:1")
    assert sids(document(tmp_path, body, more)) == [("A", "p:1"), ("N", "p:2")]


def test_source_document_written_by_hand(tmp_path: Path) -> None:
    body = (
        'source_policy_documents = [jsonencode({ Statement = { Sid = "H", Effect = "Allow", Action ='
        ' "h:1", Resource = "*" } }), ""]'
    )
    assert sids(document(tmp_path, body)) == [("H", "h:1")]


def test_unknown_source_document_leaves_the_list_open(tmp_path: Path) -> None:
    tree = document(tmp_path, f"source_policy_documents = [var.x]\n{SIMPLE}")
    assert len(tree["Statement"]) == 1
    assert isinstance(tree["Statement"].rest, Unknown)


def test_unknown_dynamic_statements_leave_the_list_open(tmp_path: Path) -> None:
    tree = document(
        tmp_path, SIMPLE + '\ndynamic "statement" {\n  for_each = var.x\n  content { actions = [statement.value] }\n}'
    )
    assert len(tree["Statement"]) == 1
    assert tree["Statement"].rest is not None


def test_hole_costs_one_leaf(tmp_path: Path) -> None:
    tree = document(
        tmp_path, ('statement {\n  actions = ["s3:*"]\n  resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/${var.x}"]\n}')
    )
    resources = tree["Statement"][0]["Resource"]
    assert {type(one) for one in resources} == {Ref, Text}
    assert tree["Statement"][0]["Action"] == "s3:*"


def test_undecided_action_is_one_of_two(tmp_path: Path) -> None:
    tree = document(tmp_path, ('statement {\n  actions = [var.env == "prod" ? "s3:GetObject" : "s3:*"]\n  resources = ["*"]\n}'))
    assert isinstance(tree["Statement"][0]["Action"], OneOf)


def test_unknown_principals_are_unknown(tmp_path: Path) -> None:
    tree = document(
        tmp_path, 'statement {\n  actions = ["a:b"]\n  principals {\n    type = var.x\n    identifiers = ["1"]\n  }\n}'
    )
    assert isinstance(tree["Statement"][0]["Principal"], Unknown)


def test_places_of_statements(tmp_path: Path) -> None:
    tree = document(tmp_path, SIMPLE)
    first = tree["Statement"][0]
    assert isinstance(first, Map)
    assert first.span is not None
    assert first.span.line == 6
    assert [getattr(first.at(name), "line", 0) for name in ("Action", "Resource")] == [7, 8]


def test_rendered_text(tmp_path: Path) -> None:
    document(tmp_path, SIMPLE)
    where = module(tmp_path)
    assert known(where, "jsondecode(data.aws_iam_policy_document.d.json).Statement[0].Action") == "s3:GetObject"
    assert known(where, 'strcontains(data.aws_iam_policy_document.d.json, "s3:GetObject")') is True
