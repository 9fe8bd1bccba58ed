"""Targets: every way to say which functions are meant, and what is said about a line that says none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.sources.aws.targets import MAX_NAMED, Selection, parse_target, select

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


@pytest.mark.parametrize(
    ("given_text", "form", "name", "region", "account"),
    [
        ("checkout", "name", "checkout", "", ""),
        ("checkout:live", "name", "checkout", "", ""),
        ("checkout:$LATEST", "name", "checkout", "", ""),
        ("function:checkout", "name", "checkout", "", ""),
        ("123456789012:function:checkout:7", "name", "checkout", "", "123456789012"),
        (ARN + "checkout", "name", "checkout", "eu-west-1", "123456789012"),
        (ARN + "checkout:live", "name", "checkout", "eu-west-1", "123456789012"),
        (ARN + "prod-*", "pattern", "prod-*", "eu-west-1", "123456789012"),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:x", "name", "x", "cn-north-1", "123456789012"),
        ("arn:aws:lambda:eu-*:123456789012:function:x", "pattern", "x", "eu-*", "123456789012"),
        ("prod-*", "pattern", "prod-*", "", ""),
        ("api-v[12]", "pattern", "api-v[12]", "", ""),
        ("tag:team=red", "tag", "team", "", ""),
        ("  tag:team  ", "tag", "team", "", ""),
    ],
)
def test_forms(given_text: str, form: str, name: str, region: str, account: str) -> None:
    target = parse_target(given_text)
    assert (target.form, target.name, target.region, target.account) == (form, name, region, account)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "has space",
        "arn:aws:s3:::bucket",
        "arn:aws:lambda:eu-west-1:123456789012:layer:x:1",
        "arn:aws:lambda::123456789012:function:x",
        "arn:aws:lambda:eu-west-1:12:function:x",
        "a:b:c:d",
        "../../etc/passwd",
        "tag:",
        "x" * 141,
        "<script>",
        "a" * 3000,
    ],
)
def test_what_is_no_function(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_target(wrong)


def test_a_list_with_a_bad_line_keeps_the_others() -> None:
    lines = ["# ours\n", "\n", f"{ARN}a  # the first\n", "what is this\n", f"{ARN}a:live\n", "b\n", "tag:team=red\n"]
    selection = select(lines=lines, source="list.txt")
    assert [(t.form, t.name) for t in selection.targets] == [("name", "a"), ("name", "b"), ("tag", "team")]
    assert selection.problems == ("list.txt:4: 'what is this': not a function's name, ARN or pattern",)
    assert not selection.everything


def test_nothing_given_means_everything_and_an_empty_list_means_nothing() -> None:
    assert select().everything
    empty = select(lines=["# nothing\n"], source="list.txt")
    assert not empty.everything
    assert not empty.targets
    assert empty.fixed_regions() == []
    assert not empty.means("1", "eu-west-1", "f")


def test_regions_follow_from_arns_only_when_all_name_one() -> None:
    other = ARN.replace("eu-west-1", "us-east-1")
    assert select([ARN + "a", other + "b"]).fixed_regions() == ["eu-west-1", "us-east-1"]
    assert select([ARN + "a", "b"]).fixed_regions() is None
    assert select(["arn:aws:lambda:eu-*:123456789012:function:x"]).fixed_regions() is None
    assert select().fixed_regions() is None


def test_a_few_names_are_looked_up_and_many_are_listed() -> None:
    account = "123456789012"
    few = select([ARN + "a", "b", ARN.replace("eu-west-1", "us-east-1") + "c"])
    assert few.named(account, "eu-west-1") == ["a", "b"]
    assert few.named("999999999999", "eu-west-1") == ["b"]
    assert not few.lists(account, "eu-west-1")
    assert few.only_named()
    many = select([f"f{n}" for n in range(MAX_NAMED + 1)])
    assert many.lists(account, "eu-west-1")
    assert not many.only_named()
    assert select(["p-*"]).lists(account, "eu-west-1")
    assert select([ARN + "p-*"]).lists(account, "eu-west-1")
    assert not select([ARN + "p-*"]).lists(account, "us-east-1")
    assert select(["tag:x"]).lists(account, "eu-west-1")


def test_meaning() -> None:
    selection = select(["a", ARN + "p-*", "tag:team=red", "tag:audit"])
    here = ("123456789012", "eu-west-1")
    assert selection.means(*here, "a")
    assert selection.means(*here, "p-1")
    assert not selection.means("123456789012", "us-east-1", "p-1")
    assert not selection.means("999999999999", "eu-west-1", "p-1")
    assert not selection.means(*here, "team")
    assert selection.means_tagged({"team": "red"})
    assert selection.means_tagged({"audit": "whatever"})
    assert not selection.means_tagged({"team": "blue"})
    assert not selection.means_tagged(None)
    assert selection.tag_filters() == [{"Key": "team", "Values": ["red"]}, {"Key": "audit"}]


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_lines_give_a_selection(lines: list[str]) -> None:
    selection = select(lines=lines, source="f")
    assert isinstance(selection, Selection)
    meaningful = [line for line in lines if line.partition("#")[0].strip()]
    assert len(selection.targets) + len(selection.problems) <= len(meaningful)
    assert all("\n" not in problem for problem in selection.problems)
