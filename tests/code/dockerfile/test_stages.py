"""What the image consists of: stages, scopes of arguments, images."""

import pytest

from lambdaudit.code.image.dockerfile import images
from lambdaudit.code.image.dockerfile.stages import Plan, planned
from lambdaudit.code.image.dockerfile.syntax import parse
from lambdaudit.model.dockerfile import BaseImage
from lambdaudit.model.unknown import Unknown


def plan(text: str, target: str = "", **arguments: str | None) -> Plan:
    return planned(parse(text), target=target, arguments=arguments)


def built(text: str, target: str = "", **arguments: str | None) -> list[BaseImage]:
    parsed = parse(text)
    return list(images.of(parsed, planned(parsed, target=target, arguments=arguments), "Dockerfile"))


def names(rows: list[BaseImage]) -> list[tuple[str, str, str]]:
    return [(row.role, str(row.repository), row.tag if isinstance(row.tag, str) else "?") for row in rows]


MULTI = """\
FROM node:20 AS Build
RUN npm ci
FROM alpine AS tests
COPY --from=build /x /x
FROM partner/layer:1 AS layer
FROM build AS compiled
FROM public.ecr.aws/lambda/nodejs:20
COPY --from=compiled /out .
COPY --from=2 /opt /opt
COPY --from=quay.io/tools/bin:1 /b /b
RUN --mount=from=golang:1.22,target=/go true
"""


def test_stages_that_the_image_takes_something_from() -> None:
    assert plan(MULTI).kept == {4}
    assert plan(MULTI).used == {0, 2, 3, 4}
    assert plan(MULTI, "compiled").kept == {0, 3}
    assert plan(MULTI, "TESTS").used == {0, 1}


def test_roles_of_images() -> None:
    assert names(built(MULTI)) == [
        ("base", "public.ecr.aws/lambda/nodejs", "20"),
        ("copied", "quay.io/tools/bin", "1"),
        ("build", "docker.io/library/golang", "1.22"),
        ("build", "docker.io/partner/layer", "1"),
        ("build", "docker.io/library/node", "20"),
    ]
    assert names(built(MULTI, "compiled")) == [("base", "docker.io/library/node", "20")]
    assert [row.where.line for row in built(MULTI)] == [7, 10, 11, 5, 1]


def test_scratch_is_no_image() -> None:
    assert built("FROM scratch\nCOPY x /") == []


def test_arguments_before_from() -> None:
    text = "ARG TAG=3.8\nARG NAME=python\nFROM public.ecr.aws/lambda/${NAME}:${TAG}\n"
    assert names(built(text)) == [("base", "public.ecr.aws/lambda/python", "3.8")]
    assert names(built(text, TAG="3.13")) == [("base", "public.ecr.aws/lambda/python", "3.13")]
    opened = built("ARG TAG\nFROM public.ecr.aws/lambda/python:$TAG\n")[0]
    assert opened.repository == "public.ecr.aws/lambda/python"
    assert isinstance(opened.tag, Unknown)
    assert isinstance(built("ARG IMAGE\nFROM $IMAGE\n")[0].repository, Unknown)
    assert isinstance(built(text, NAME=None)[0].repository, Unknown)


def test_scope_of_arguments() -> None:
    text = "ARG A=1\nARG B=2\nFROM x AS s\nARG A\nENV OUT=$A-$B\nFROM s\nENV AGAIN=$A$OUT\nFROM y\nENV NONE=$A\n"
    made = plan(text)
    assert [s.value.text for s in made.stages[0].settings] == ["1", "1-"]
    assert made.stages[1].settings[0].value.text == "11-"
    assert made.stages[2].settings[0].value.text == ""


def test_env_wins_over_arg_and_counts_from_the_next_instruction() -> None:
    made = plan("FROM x\nENV A=env\nARG A=arg\nENV B=$A A=new C=$A\nENV D=$A\n", A="given")
    values = {s.name: s.value.text for s in made.stages[0].settings if s.keyword == "ENV"}
    assert values == {"A": "new", "B": "env", "C": "env", "D": "new"}


@pytest.mark.parametrize(
    ("text", "target", "fault"),
    [
        ("RUN x\n", "", "line 1: RUN before the first FROM"),
        ("FROM\n", "", "line 1: FROM names no image"),
        ("", "", "it has no FROM"),
        ("FROM a\n", "gone", "it has no stage gone"),
        ("FROM $X\n", "", "line 1: FROM names no image"),
    ],
)
def test_faults(text: str, target: str, fault: str) -> None:
    assert fault in plan(text, target).faults


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("alpine", ("docker.io/library/alpine", "", "")),
        ("docker.io/alpine:3", ("docker.io/library/alpine", "3", "")),
        ("datadog/agent", ("docker.io/datadog/agent", "", "")),
        ("localhost:5000/a/b:c", ("localhost:5000/a/b", "c", "")),
        ("host:5000/a", ("host:5000/a", "", "")),
        ("public.ecr.aws/lambda/python:3.8@sha256:" + "a" * 64, ("public.ecr.aws/lambda/python", "3.8", "sha256:" + "a" * 64)),
    ],
)
def test_references(written: str, parts: tuple[str, str, str]) -> None:
    assert images.reference(written) == parts


@pytest.mark.parametrize("written", ["", "a b", "a@sha256:x", ":tag", "a:", "$x", "ä"])
def test_what_is_no_reference(written: str) -> None:
    assert images.reference(written) is None


def test_another_frontend_reads_the_file() -> None:
    assert names(built("# syntax=stranger/front:1\nFROM scratch\n")) == [("frontend", "docker.io/stranger/front", "1")]
    assert built("# syntax=docker/dockerfile:1.7\nFROM scratch\n") == []
