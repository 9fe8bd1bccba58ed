"""Variables in words: the forms of https://docs.docker.com/reference/dockerfile/#environment-replacement."""

import pytest

from lambdaudit.code.image.dockerfile.words import Value, expanded, pairs

KNOWN = {
    "foo": Value("bar"), "empty": Value(""), "path": Value("/a/b/c.tar.gz"), "str": Value("foobarbaz"),
    "arg": Value("", frozenset(("arg",)), frozenset(("arg",))), "def": Value("1", given=frozenset(("def",))),
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("$foo", "bar"),
        ("${foo}_x", "bar_x"),
        ("\\$foo", "$foo"),
        ("\\${foo}", "${foo}"),
        ("'$foo'", "$foo"),
        ('"$foo"', "bar"),
        ('"a\\"b\\n"', 'a"b\\n'),
        ("a\\ b", "a b"),
        ("$unset", ""),
        ("${unset:-x}", "x"),
        ("${unset-x}", "x"),
        ("${empty:-x}", "x"),
        ("${empty-x}", ""),
        ("${foo:-x}", "bar"),
        ("${foo:+x}", "x"),
        ("${empty:+x}", ""),
        ("${empty+x}", "x"),
        ("${unset+x}", ""),
        ("${foo:?gone}", "bar"),
        ("${unset:-${foo}}", "bar"),
        ('${unset:-"us-east-1"}', "us-east-1"),
        ("${unset:-${empty:-${foo}}}", "bar"),
        ("${path##*/}", "c.tar.gz"),
        ("${path#*/}", "a/b/c.tar.gz"),
        ("${path%.*}", "/a/b/c.tar"),
        ("${path%%.*}", "/a/b/c"),
        ("${str/ba/X}", "fooXrbaz"),
        ("${str//ba/X}", "fooXrXz"),
        ("${str#f*b}", "arbaz"),
        ("${str##f*b}", "az"),
        ("${str%b*}", "foobar"),
        ("${str%%b*}", "foo"),
        ("${str#x}", "foobarbaz"),
        ("$", "$"),
        ("100$", "100$"),
        ("$foo$foo", "barbar"),
    ],
)
def test_forms(written: str, text: str) -> None:
    assert expanded(written, KNOWN.get).text == text


@pytest.mark.parametrize(
    "written", ["${", "${}", "${foo", "${foo:", "${:x}", "${foo!x}", '"$foo', "'", "\\", "${" * 50, "${a:-" * 3000]
)
def test_broken_forms_raise_nothing(written: str) -> None:
    assert isinstance(expanded(written, KNOWN.get).text, str)


def test_what_the_build_gives_stays_open() -> None:
    assert expanded("x-$arg", KNOWN.get) == Value("x-", frozenset(("arg",)), frozenset(("arg",)))
    assert expanded("${arg:-x}", KNOWN.get).open == {"arg"}
    assert expanded("${arg#x}", KNOWN.get).open == {"arg"}
    assert expanded("${def}", KNOWN.get) == Value("1", frozenset(), frozenset(("def",)))
    assert expanded("'$arg'", KNOWN.get).open == frozenset()


def test_the_other_escape() -> None:
    assert expanded("c:\\$foo`$foo", KNOWN.get, "`").text == "c:\\bar$foo"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1 B=2", [("A", "1", 0), ("B", "2", 4)]),
        ('A="one two" B=x\\ y', [("A", '"one two"', 0), ("B", "x\\ y", 12)]),
        ("A one two=3", [("A", "one two=3", 0)]),
        ("A", []),
        ("", []),
        ("A=1 =2", [("A", "1", 0)]),
    ],
)
def test_pairs_of_both_forms(text: str, found: list[tuple[str, str, int]]) -> None:
    assert list(pairs(text)) == found


def test_values_do_not_grow_without_end() -> None:
    value = Value("x" * 1000)
    for _ in range(30):
        value = expanded("$v$v$v", {"v": value}.get)
    assert len(value.text) == 20_000
