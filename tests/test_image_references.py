"""References to images, and the patterns with which ECR means repositories and tags."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.model.images import parse_image, running_image, scan_filter_matches, tag_can_move, wildcard_matches

DIGEST = "sha256:" + "0a" * 32
NAMES = st.text("ab-/.", max_size=8)


@pytest.mark.parametrize(
    ("uri", "repository", "tag", "digest"),
    [
        (".dkr.ecr.eu-west-1.amazonaws.com/team/app:v1", "aws:ecr:eu-west-1:{}:repository/team/app", "v1", ""),
        (f".dkr.ecr.eu-west-1.amazonaws.com/a@{DIGEST}", "aws:ecr:eu-west-1:{}:repository/a", "", DIGEST),
        (".dkr-ecr.us-east-1.on.aws/app:1", "aws:ecr:us-east-1:{}:repository/app", "1", ""),
        (".dkr.ecr.cn-north-1.amazonaws.com.cn/app:1", "aws-cn:ecr:cn-north-1:{}:repository/app", "1", ""),
        (".dkr.ecr-fips.us-gov-west-1.amazonaws.com/app", "aws-us-gov:ecr:us-gov-west-1:{}:repository/app", "", ""),
    ],
)
def test_references(uri: str, repository: str, tag: str, digest: str) -> None:
    found = parse_image(f"111122223333{uri}")
    assert found
    repository = repository.format("111122223333")
    assert (found.repository_arn, found.tag, found.digest) == (f"arn:{repository}", tag, digest)
    assert found.image_arn == (f"arn:{repository}/{digest}" if digest else "")


@pytest.mark.parametrize("uri", ["", "public.ecr.aws/lambda/python:3", "registry/x.dkr.ecr.y:1", "x" * 5000, "1.dkr.ecr.a.b/c"])
def test_what_is_in_no_private_registry(uri: str) -> None:
    assert parse_image(uri) is None


def test_what_runs_is_the_digest_with_the_tag_that_was_named() -> None:
    uri = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app"
    found = running_image(f"{uri}:prod", f"{uri}@{DIGEST}")
    assert found
    assert (found.tag, found.digest) == ("prod", DIGEST)
    assert running_image(f"{uri}:prod", "") == parse_image(f"{uri}:prod")
    assert running_image("local:1", "") is None


@given(st.text("ab-/.*", max_size=8), NAMES)
def test_wildcards_stand_for_any_characters(pattern: str, text: str) -> None:
    assert wildcard_matches(pattern, text) == fnmatchcase(text, pattern)
    assert scan_filter_matches(pattern, text) == (fnmatchcase(text, pattern) if "*" in pattern else pattern in text)


def test_a_hostile_pattern_is_decided_at_once() -> None:
    assert not wildcard_matches("*a" * 2000 + "b", "a" * 5000)


@pytest.mark.parametrize(
    ("mutability", "exclusions", "moves"),
    [
        ("MUTABLE", (), True),
        ("IMMUTABLE", ("dev-*",), False),
        ("IMMUTABLE_WITH_EXCLUSION", ("v*", "dev-*"), True),
        ("IMMUTABLE_WITH_EXCLUSION", ("v*",), False),
        ("MUTABLE_WITH_EXCLUSION", ("dev-*",), False),
        ("MUTABLE_WITH_EXCLUSION", ("v*",), True),
    ],
)
def test_tags_that_can_move(mutability: str, exclusions: tuple[str, ...], moves: bool) -> None:
    assert tag_can_move(mutability, exclusions, "dev-7") is moves
