"""Versions in the order of their ecosystem: facts from the specifications, and agreement with univers on random versions."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from univers import versions as oracle

from lambdaudit.advisories.versions import MAX_LENGTH, SCHEMES, compare, key

ORDERED = {
    "pypi": "1.0.dev1 1.0a1.dev2 1.0a1 1.0a2 1.0b1 1.0rc1 1.0 1.0+local.1 1.0.post1 1.1.dev1 1.1 2022.12.7 1!0.1",
    "semver": "0.0.0-0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.10 1.10.0",
    "go": "v0.0.0-20190101000000-abcdefabcdef v0.0.0-20200101000000-00000 v1.2.3-0.20200101000000-abcde v1.2.3 v2.0.0+incompatible",  # noqa: E501
    "maven": "1-alpha-1 1-beta-1 1-milestone-1 1-rc-1 1-SNAPSHOT 1 1-sp 1-foo 1-1 1.1 1.10 2.0.0.Final 2.0.1",
    "rubygems": "1.0.a 1.0.b1 1.0.rc1 1.0 1.0.1 1.10 2.0.0-1 2",
    "nuget": "1.0.0-Alpha 1.0.0-beta 1.0.0 1.0.0.1 1.0.1 13.0.1",
    "packagist": "1.0-dev 1.0-alpha1 1.0-beta1 1.0-RC1 1.0 1.0-p1 1.0.1 v1.1",
    "debian": "1.0~rc1-1 1.0-1 1.0-1+deb12u1 1.0-1.1 1.0a-1 1.0+dfsg-1 1.10-1 1:0.1-1",
    "rpm": "1.0~rc1-1 1.0-1.amzn2 1.0-2.amzn2 1.0^git1-1 1.0.1-1 1.10-1 1:0.5-1",
    "alpine": "1.2_alpha1-r0 1.2_rc1-r0 1.2-r0 1.2-r1 1.2_p1-r0 1.2a-r0 1.2.1-r0 1.10-r0",
}  # fmt: skip


@pytest.mark.parametrize("scheme", sorted(ORDERED))
def test_order_of_the_specification(scheme: str) -> None:
    versions = ORDERED[scheme].split()
    for older, newer in itertools.combinations(versions, 2):
        assert compare(scheme, older, newer) == -1, (older, newer)
        assert compare(scheme, newer, older) == 1, (newer, older)


EQUAL = [
    ("pypi", "1.0", "1.0.0"), ("pypi", "1.0-1", "1.0.post1"), ("pypi", "1.0RC1", "1.0c1"), ("pypi", "v1.0", "1"),
    ("semver", "1.2.3+build", "1.2.3"), ("semver", "v1.2", "1.2.0"), ("go", "go1.21.3", "v1.21.3"), ("go", "go1.21", "1.21.0"),
    ("go", "go1.21rc2", "1.21.0-rc.2"), ("maven", "1.0", "1"), ("maven", "1.0.0.Final", "1"), ("maven", "1-a1", "1-alpha-1"),
    ("maven", "1-cr1", "1-rc1"), ("maven", "0-final-final", "0"), ("rubygems", "1.0", "1"), ("rubygems", "1.0.0.a", "1.a"), ("nuget", "1.0", "1.0.0.0"),  # noqa: E501
    ("nuget", "1.0-RC", "1.0.0-rc"), ("packagist", "v1.0", "1.0.0.0"), ("debian", "0:1.0-1", "1.0-1"), ("rpm", "0:1.01-1", "1.1-1"),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "one", "other"), EQUAL)
def test_other_spellings_of_one_version(scheme: str, one: str, other: str) -> None:
    assert compare(scheme, one, other) == 0
    assert hash(key(scheme, one)) == hash(key(scheme, other)) or key(scheme, one) == key(scheme, other)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("text", ["", "not a version", "1" * (MAX_LENGTH + 1), "dev-main", "\x00", "1.0 2.0"])
def test_what_is_no_version_is_refused(scheme: str, text: str) -> None:
    if (scheme, text) in {("rubygems", ""), ("maven", "not a version"), ("maven", "dev-main"), ("maven", "1.0 2.0"), ("rpm", "dev-main"),  # noqa: E501
                          ("debian", "dev-main"), ("go", "1.0 2.0")}:  # fmt: skip
        key(scheme, text)
    else:
        with pytest.raises(ValueError, match=r"."):
            key(scheme, text)


numbers = st.integers(0, 30).map(str)
dotted = st.lists(numbers, min_size=1, max_size=4).map(".".join)
words = st.sampled_from(["alpha", "beta", "rc", "a", "b", "x", "sp", "snapshot", "1", "2", "10"])
three = st.tuples(numbers, numbers, numbers).map(".".join)
identifiers = st.lists(st.sampled_from(["alpha", "beta", "rc", "0", "1", "11", "x-y"]), max_size=3).map(".".join)
semantic = st.tuples(three, identifiers).map(lambda t: f"{t[0]}-{t[1]}" if t[1] else t[0])


def made(*parts: Any) -> st.SearchStrategy[str]:
    """Texts put together from strategies and from words separated by blanks."""
    choices = [p if isinstance(p, st.SearchStrategy) else st.sampled_from(["", *p.split()]) for p in parts]
    return st.tuples(*choices).map("".join)


VERSIONS = {
    "pypi": made(dotted, "a1 b2 rc1 .dev3 rc1.dev2 .post1 .post1.dev2 +a.1 +2"),
    "semver": semantic,
    "go": semantic.map("v{}".format),
    "maven": made(dotted, st.lists(st.tuples(st.sampled_from("-."), words).map("".join), max_size=2).map("".join)),
    "rubygems": made(dotted, ".a .rc1 .b.2 .pre.1"),
    "nuget": semantic,
    "debian": made("1:", dotted, "~rc1 +dfsg a", "-1 -1+deb12u1 -2~x"),
    "rpm": made("1:", dotted, "~rc1 a .x1", st.sampled_from(["-1", "-2.el8", "-1.amzn2"])),
    "alpine": made(dotted, "a b", "_rc1 _p2 _alpha", st.sampled_from(["-r0", "-r12"])),
}
ORACLES = {
    "pypi": oracle.PypiVersion, "semver": oracle.SemverVersion, "go": oracle.GolangVersion, "maven": oracle.MavenVersion,
    "rubygems": oracle.RubygemsVersion, "nuget": oracle.NugetVersion, "debian": oracle.DebianVersion, "rpm": oracle.RpmVersion,
    "alpine": oracle.AlpineLinuxVersion,
}  # fmt: skip


@pytest.mark.parametrize("scheme", sorted(VERSIONS))
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_agrees_with_univers(scheme: str, data: st.DataObject) -> None:
    one, other = data.draw(VERSIONS[scheme]), data.draw(VERSIONS[scheme])
    a, b = ORACLES[scheme](one), ORACLES[scheme](other)
    assert compare(scheme, one, other) == int(a > b) - int(a < b)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text("0123456789.abrc-_~+^v:", max_size=12), min_size=3, max_size=3))
def test_any_text_is_refused_or_has_its_place(scheme: str, texts: list[str]) -> None:
    valid = []
    for text in texts:
        try:
            valid.append((key(scheme, text), text))
        except ValueError:
            continue
    for (a, _), (b, _) in itertools.product(valid, repeat=2):
        assert (a < b) + (a == b) + (a > b) == 1
