"""The instructions of Dockerfiles with their places, as https://docs.docker.com/reference/dockerfile/ describes them."""

import pytest

from lambdaudit.code.image.dockerfile.syntax import Parsed, parse


def keywords(text: str) -> list[tuple[str, str, int]]:
    return [(one.keyword, one.text, one.line) for one in parse(text).instructions]


def one(text: str) -> Parsed:
    parsed = parse(text)
    assert not parsed.faults
    return parsed


def test_comments_blank_lines_and_continued_lines() -> None:
    text = "# a comment\n\nFROM alpine\nRUN apk add \\\n  # inside\n\n    curl \\\n  unzip\n  user root\n"
    assert keywords(text) == [("FROM", "alpine", 3), ("RUN", "apk add     curl   unzip", 4), ("USER", "root", 9)]


def test_places_of_continued_lines() -> None:
    run = one("FROM a\n  RUN first && \\\n      second && \\\n# not this\n  third\n").instructions[1]
    assert (run.line, run.column) == (2, 3)
    assert [run.place(run.text.index(word)) for word in ("first", "second", "third")] == [(2, 7), (3, 7), (5, 3)]


def test_an_escaped_escape_does_not_continue() -> None:
    assert [row[0] for row in keywords("FROM a\nRUN echo x\\\\\nRUN y\\ \nz\n")] == ["FROM", "RUN", "RUN"]


def test_directives_stand_first_and_once() -> None:
    parsed = one("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN dir `\n  c:\\\nRUN x\n")
    assert parsed.directives == {"syntax": "docker/dockerfile:1", "escape": "`"}
    assert [i.text for i in parsed.instructions] == ["a", "dir   c:\\", "x"]
    assert one("# a comment\n# escape=`\nFROM a").escape == "\\"
    assert one("FROM a\n# escape=`").escape == "\\"


def test_flags_and_list_form() -> None:
    parsed = one(
        'FROM --platform=$BUILDPLATFORM a AS b\nCOPY --from=b --chown=1:1 ["a b", "c"]\nRUN --mount=type=secret,id=x '
        '--mount=type=cache,target=/c ["sh", "-c", "x"]\nHEALTHCHECK --interval=5s CMD true\nRUN ["not", json]\n'
    ).instructions
    assert parsed[0].flags == (("platform", "$BUILDPLATFORM"),)
    assert parsed[0].text == "a AS b"
    assert parsed[1].flag("from") == ("b",)
    assert parsed[1].words == ("a b", "c")
    assert parsed[2].flag("mount") == ("type=secret,id=x", "type=cache,target=/c")
    assert parsed[2].words == ("sh", "-c", "x")
    assert parsed[3].text == "CMD true"
    assert parsed[4].words is None


def test_here_documents() -> None:
    parsed = one(
        "FROM a\nRUN <<EOF\napk add curl\nUSER nobody\nEOF\nCOPY <<-'ONE' <<\"TWO\" /to/\n\tfirst\n\tONE\nsecond $X\nTWO\n"
        'RUN 3<<X cat && echo "<<NO"\nb\nX\nRUN echo $((1<<2))\nCMD ["x"]\n'
    ).instructions
    assert [i.keyword for i in parsed] == ["FROM", "RUN", "COPY", "RUN", "RUN", "CMD"]
    assert parsed[1].heredocs[0].text == "apk add curl\nUSER nobody\n"
    assert parsed[1].heredocs[0].line == 3
    first, second = parsed[2].heredocs
    assert (first.name, first.text, first.line, first.expands) == ("ONE", "first\n", 7, False)
    assert (second.name, second.text, second.line, second.expands) == ("TWO", "second $X\n", 9, False)
    assert [d.name for d in parsed[3].heredocs] == ["X"]
    assert parsed[4].heredocs == ()


def test_onbuild_is_the_instruction_behind_it() -> None:
    made = one("FROM a\nONBUILD COPY --chown=1 . /x\n").instructions[1]
    assert (made.keyword, made.text, made.trigger) == ("COPY", ". /x", True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("FROM a\n{% if x %}\nRUN y\n", "line 2: no instruction of Dockerfiles"),
        ("FROM a\nRUN <<EOF\nx\n", "line 2: the here-document EOF has no end"),
        ("FROM a\nINCLUDE b\n", "line 2: no instruction of Dockerfiles"),
        ("FROM a\n" + "RUN x\n" * 5000, "more than 4000 instructions"),
        ("FROM a\nRUN " + "x" * 2_000_000, "larger than 1024 KiB"),
        ("\n" * 50_000 + "FROM a", "more than 40000 lines"),
    ],
)
def test_what_is_no_dockerfile_is_told(text: str, fault: str) -> None:
    assert any(fault in line for line in parse(text).faults)


def test_byte_order_mark_line_ends_and_other_encodings() -> None:
    assert keywords("\ufeffFROM a\r\nRUN x \\\r\n y\r\n") == [("FROM", "a", 1), ("RUN", "x  y", 2)]
    assert [i.keyword for i in parse(b"FROM a\nLABEL x=\xff\xfe\n").instructions] == ["FROM", "LABEL"]
