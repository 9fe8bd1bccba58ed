"""Patterns: templates, matchers against a naive reference, ARN segments, hostile wildcards."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.patterns import (
    ArnPattern,
    Variable,
    Wild,
    action_pattern,
    arn_pattern,
    arn_segments,
    glob,
    parse_template,
    split_arn,
    substitute,
)


def naive(parts: Sequence[str | Wild], text: str) -> bool:
    """The definition of a glob, position by position."""
    pattern: list[str | Wild] = [c for part in parts for c in (part if isinstance(part, str) else [part])]
    reach = {0}
    for token in pattern:
        if token is Wild.STAR:
            reach = set(range(min(reach, default=len(text) + 1), len(text) + 1))
        else:
            reach = {i + 1 for i in reach if i < len(text) and (token is Wild.ANY or text[i] == token)}
    return len(text) in reach


PARTS = st.lists(st.sampled_from(["a", "b", "ab", ":", Wild.STAR, Wild.ANY]), max_size=8)
TEXT = st.text(alphabet="ab:c", max_size=12)


@settings(max_examples=1500)
@given(PARTS, TEXT)
def test_glob_agrees_with_its_definition(parts: list[str | Wild], text: str) -> None:
    assert glob(parts)(text) == naive(parts, text)


@settings(max_examples=1500)
@given(PARTS, TEXT)
def test_ignoring_case_folds_both_sides(parts: list[str | Wild], text: str) -> None:
    upper = [part.upper() if isinstance(part, str) else part for part in parts]
    assert glob(upper, ignore_case=True)(text) == naive(parts, text)
    assert glob(parts, ignore_case=True)(text.upper()) == naive(parts, text)


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(["arn", "a", "b", ":", "x:y", Wild.STAR, Wild.ANY]), max_size=14), st.text("ab:", max_size=14))
def test_arn_pattern_is_six_globs(parts: list[str | Wild], tail: str) -> None:
    text = "arn:" + tail
    pattern = ArnPattern(parts)
    segments = arn_segments(text)
    cut = split_arn(parts)
    if len(segments) == 6 and not pattern.matches_all:
        globs = [[part for part in segment if not isinstance(part, Variable)] for segment in cut]
        wanted = all(naive(segment, have) for segment, have in zip(globs, segments, strict=True))
        assert pattern.matches(segments) == wanted
        if pattern.prefix is not None:
            assert text.startswith(pattern.prefix) == wanted
    elif not pattern.matches_all:
        assert not pattern.matches(segments)


@pytest.mark.parametrize(
    ("pattern", "arn", "wanted"),
    [
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b:c/d", True),
        ("arn:aws:s3:::*", "arn:aws:s3:::bucket", True),
        ("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        # A star never crosses one of the first five colons.
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("arn:aws:*:finance/*", "arn:aws:x:us-east-2:999999999999:store/abc:1:finance/doc", False),
        ("arn:aws:lambda:*:*:function:f*", "arn:aws:lambda:us-east-1:111122223333:function:fun:1", True),
        ("arn:aws:lambda:us-east-?:*:function:f", "arn:aws:lambda:us-east-1:1:function:f", True),
        ("arn:aws:lambda:us-east-??:*:function:f", "arn:aws:lambda:us-east-1:1:function:f", False),
        # An incomplete ARN is completed with stars.
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:q", True),
        ("arn:aws:sqs:eu-west-1", "arn:aws:sqs:eu-west-2:111122223333:q", False),
        ("*", "*", True),
        ("**", "anything", True),
        ("arn:aws:s3:::*", "*", False),
        ("arn:*", "arn:aws:iam::1:role/r", True),
        ("arn:aws:iam::1:role/R", "arn:aws:iam::1:role/r", False),
        ("", "arn:aws:iam::1:role/r", False),
    ],
)
def test_arn_patterns(pattern: str, arn: str, wanted: bool) -> None:
    assert arn_pattern(pattern).matches(arn_segments(arn)) is wanted


@pytest.mark.parametrize(
    ("pattern", "action", "wanted"),
    [
        ("s3:GetObject", "S3:getobject", True),
        ("S3:get*", "s3:GetObject", True),
        ("*", "s3:GetObject", True),
        ("*:*", "s3:GetObject", True),
        ("s3:*", "s3express:CreateSession", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("iam:*AccessKey*", "iam:CreateUser", False),
    ],
)
def test_action_patterns(pattern: str, action: str, wanted: bool) -> None:
    assert action_pattern(pattern)(action) is wanted


def test_template_reads_variables_defaults_and_escapes() -> None:
    found = parse_template("a*${aws:UserName}${ aws:PrincipalTag/team , 'no ne'}${*}${?}${$}z?")
    assert found.parts == (
        "a",
        Wild.STAR,
        Variable("aws:username", "aws:UserName"),
        Variable("aws:principaltag/team", "aws:PrincipalTag/team", "no ne"),
        "*?$z",
        Wild.ANY,
    )


@pytest.mark.parametrize("text", ["${", "${}", "a${aws:username", "$ {aws:username}", "${'x'}", "${,'d'}", "$", "{}"])
def test_malformed_variables_are_literal(text: str) -> None:
    assert parse_template(text).literal == text


def test_old_documents_have_no_variables_but_wildcards() -> None:
    assert parse_template("${aws:x}*", variables=False).parts == ("${aws:x}", Wild.STAR)
    assert parse_template("${*}", variables=False).parts == ("${", Wild.STAR, "}")
    assert parse_template("${*}*", wildcards=False).literal == "**"
    assert parse_template("${aws:x}*", wildcards=False, variables=False).literal == "${aws:x}*"


def test_values_of_variables_are_literal_and_defaults_step_in() -> None:
    template = parse_template("p/${aws:username}/${aws:tag, 'none'}/*")
    parts = substitute(template, {"aws:username": "a*b"}.get)
    assert parts == ("p/a*b/none/", Wild.STAR)
    assert parts is not None
    assert glob(parts)("p/a*b/none/x")
    assert not glob(parts)("p/aXb/none/x")
    assert substitute(template, {"aws:tag": "t"}.get) is None


@given(st.text(alphabet="${}*?'a, :", max_size=40))
def test_templates_never_lose_text(text: str) -> None:
    found = parse_template(text, wildcards=False, variables=False)
    assert (found.literal or "") == text
    parse_template(text)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*a" * 5_000 + "*b", False),
        ("*a*b*c*" * 1_000, False),
        ("a?" * 50_000 + "*", True),
        ("*" + "?" * 100_000 + "b", False),
        ("${a,'" * 200_000, False),
        ("${" + " " * 200_000, False),
    ],
)
def test_exploding_patterns_come_to_an_end(pattern: str, wanted: bool) -> None:
    parts = [part for part in parse_template(pattern, variables=False).parts if not isinstance(part, Variable)]
    assert glob(parts)("a" * 200_000) is wanted
    assert parse_template(pattern).raw == pattern


def test_many_question_marks_agree_with_a_regular_expression() -> None:
    pattern = "*a??b*c?"
    match = glob([p for p in parse_template(pattern).parts if not isinstance(p, Variable)])
    regex = re.compile(".*a..b.*c.", re.DOTALL)
    for text in ("xaaabbcd", "a12bzc1", "a12bc", "aa12b3c4", "aXYbc?c?"):
        assert match(text) == bool(regex.fullmatch(text))
