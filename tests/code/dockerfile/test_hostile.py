"""Any bytes are taken: nothing raised, nothing endless, nothing that grows without bound."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.image.dockerfile import Build, images, look
from lambdaudit.code.image.dockerfile.context import fits
from lambdaudit.code.image.dockerfile.files import laid_out
from lambdaudit.code.image.dockerfile.stages import planned
from lambdaudit.code.image.dockerfile.syntax import parse
from lambdaudit.code.image.dockerfile.words import Value, expanded, split
from lambdaudit.model.dockerfile import Dockerfile
from tests.code.dockerfile.test_facts import KEY, SEED

PIECES = st.sampled_from(
    [
        "FROM ",
        "ARG ",
        "ENV ",
        "RUN ",
        "COPY ",
        "ADD ",
        "ONBUILD ",
        "LABEL ",
        "CMD ",
        "\n",
        "\\\n",
        "# escape=`\n",
        "`\n",
        "<<EOF",
        "EOF\n",
        "${",
        "}",
        "$A",
        "A=",
        ":-",
        "##*",
        "//",
        '"',
        "'",
        "[",
        '["x"]',
        "--from=",
        "--mount=from=",
        " AS ",
        "a",
        "alpine:latest",
        "0",
        "1",
        " ",
        "\t",
        "\\",
        "scratch",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD=hunter2-prod-92!x",
        "https://x/y",
        ".env",
        "*",
        "**/",
        "\r\n",
        "\0",
        "é",
    ]
)
FILES = st.lists(PIECES, max_size=80).map("".join)


def look_at(folder: Path, data: bytes) -> Dockerfile:
    (folder / "Dockerfile").write_bytes(data)
    build = Build(folder / "Dockerfile", folder, "", {"A": None})
    assert all(path.startswith("/") for path in laid_out(build).files)
    return look(build, identity="dockerfile:x", shown="Dockerfile", key=KEY)


@settings(max_examples=250, deadline=None)
@given(text=FILES, prefix=st.sampled_from(["", "FROM a\n", SEED]))
def test_any_mixture_of_pieces_is_taken(tmp_path_factory, text: str, prefix: str) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.getbasetemp()
    made = look_at(folder, (prefix + text).encode("utf-8", "surrogatepass"))
    assert isinstance(made.secrets, tuple)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Dockerfile) == made
    lines = (prefix + text).count("\n") + 1
    assert all(1 <= place.line <= lines + 1 for secret in made.secrets for place in secret.places)
    if prefix == SEED:
        assert {"AWS_SECRET_ACCESS_KEY"} <= {secret.name for secret in made.secrets} or made.unread or "FROM" in text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_taken(data: bytes) -> None:
    parsed = parse(data)
    plan = planned(parsed)
    assert list(images.of(parsed, plan, "x")) is not None
    assert plan.kept <= plan.used <= set(range(len(plan.stages)))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="${}ab:-+#%/*\\'\" ", max_size=60))
def test_any_word_is_replaced(text: str) -> None:
    value = expanded(text, {"a": Value("ab/ba"), "b": Value("", frozenset("b"), frozenset("b"))}.get)
    assert len(value.text) <= 20_000
    assert value.open <= value.given
    assert "".join(word for word, _ in split(text)).replace(" ", "") == text.replace(" ", "")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab*?[]/\\!^-", max_size=20), st.text(alphabet="ab/", min_size=1, max_size=20))
def test_any_pattern_fits_or_not(pattern: str, path: str) -> None:
    assert fits(pattern, path) in (True, False)


LARGE = {
    "one value of many": b"FROM a\nENV A=" + b"$A" * 300_000,
    "values that double": b"FROM a\n" + b"ENV A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$Ax\n" * 20_000,
    "patterns that go back": b"FROM a\nENV A=" + b"x" * 290 + b"\nENV B=${A##*x*x*y}\n" * 2000,
    "continued lines": b"FROM a\nRUN " + b"a \\\n" * 200_000,
    "here-documents": b"FROM a\nRUN " + b"<<E " * 100_000,
    "pipes": b"FROM a\nRUN " + b"curl x |" * 100_000,
    "stages of one name": b"FROM a AS b\nFROM b AS b\n" * 30_000,
    "quotes": b"FROM a\nCOPY " + b"\"' " * 200_000,
    "lists in lists": b"FROM a\nCOPY [" + b"[" * 200_000,
    "one secret everywhere": b"FROM a\n" + b"ARG AWS_SECRET_ACCESS_KEY\n" * 30_000,
    "many secrets": b"FROM a\n" + b"".join(b"ENV DB_PASSWORD=hunter2-prod-92!x%d\n" % n for n in range(4000)),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_give_small_facts(tmp_path: Path, name: str) -> None:
    made = look_at(tmp_path, LARGE[name])
    assert len(msgspec.json.encode(made)) < 100_000
    assert isinstance(made.images, tuple)
    assert len(made.images) == 1
