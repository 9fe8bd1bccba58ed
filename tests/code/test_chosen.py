"""Which files of a folder belong to a package."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.code.chosen import chosen


@pytest.mark.parametrize(
    ("patterns", "taken", "left"),
    [
        ((), ["a", "b/c"], []),
        (("!**", "src/**"), ["src/a.py", "src/b/c.py"], ["serverless.yml", "tests/src/a.py", ".env"]),
        (("!node_modules/**", "node_modules/keep/**"), ["node_modules/keep/i.js", "a.js"], ["node_modules/x/i.js"]),
        (("!**/*.test.js",), ["a.js", "b/a.js"], ["a.test.js", "x/y/a.test.js"]),
        (("!*.md",), ["docs/a.md", "a.js"], ["a.md"]),
        (("!{docs,tests}/**", "!*.{md,txt}"), ["a.js"], ["docs/a", "tests/b/c", "a.md", "a.txt"]),
        (("!./a/**",), ["b"], ["a/b"]),
        (("!a/**/z",), ["a/y", "z"], ["a/z", "a/b/c/z"]),
    ],
)
def test_the_last_pattern_that_fits_decides(patterns: tuple[str, ...], taken: list[str], left: list[str]) -> None:
    decides = chosen(patterns)
    assert [path for path in taken if not decides(path)] == []
    assert [path for path in left if decides(path)] == []


@given(st.text("ab*?/", max_size=12), st.text("ab/", min_size=1, max_size=12))
def test_agrees_with_fnmatch_within_a_name(pattern: str, path: str) -> None:
    if "/" not in pattern and "**" not in pattern:
        assert chosen((f"!{pattern}",))(path) is not ("/" not in path and fnmatch.fnmatchcase(path, pattern))


def test_hostile_patterns_end() -> None:
    patterns = ("!" + "**/" * 160, "!" + "*a" * 240 + "b", "!" + "{a,b}" * 90)
    assert chosen(patterns)("/".join(["a" * 200] * 40)) is True
