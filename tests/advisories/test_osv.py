"""What an advisory is about: the events, lists and names of the OSV schema, one by one."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.advisories import cvss
from lambdaudit.advisories.matching import Vulnerability, vulnerabilities
from lambdaudit.advisories.osv import Record, verdict
from lambdaudit.advisories.store import Memory
from lambdaudit.model.code import Component
from lambdaudit.model.finding import Severity


def record(*affected: dict[str, Any], **more: Any) -> Record:
    return msgspec.convert({"id": "T-1", "affected": list(affected), **more}, Record)


def about(
    name: str = "lib", ecosystem: str = "PyPI", *, type: str = "ECOSYSTEM", versions: tuple[str, ...] = (), **events: Any
) -> dict[str, Any]:
    listed = events.get("events", [{k: v} for k, v in events.items()])
    return {"package": {"ecosystem": ecosystem, "name": name}, "versions": list(versions),
            "ranges": [{"type": type, "events": listed}] if listed else []}  # fmt: skip


CASES = [
    ("from the beginning to the fix", about(introduced="0", fixed="1.4.2"), {"0.1": True, "1.4.1": True, "1.4.2": False, "1.4.2rc1": True}),  # noqa: E501
    ("never fixed", about(introduced="0"), {"0.0.1": True, "999": True}),
    ("from a version on", about(introduced="1.0", fixed="2.0"), {"0.9": False, "1.0": True, "1.0rc1": False, "2.0": False}),
    ("last affected is affected", about(introduced="0", last_affected="1.5.1"), {"1.5.1": True, "1.5.2": False, "1.5.1.post1": False}),  # noqa: E501
    ("two branches", about(events=[{"introduced": "0"}, {"fixed": "1.2.5"}, {"introduced": "2.0"}, {"fixed": "2.1"}]),
     {"1.2.4": True, "1.2.5": False, "1.9": False, "2.0": True, "2.1": False}),
    ("events in any order", about(events=[{"fixed": "2.1"}, {"introduced": "2.0"}, {"fixed": "1.2.5"}, {"introduced": "0"}]),
     {"1.2.4": True, "1.9": False, "2.0.9": True, "2.1": False}),
    ("fixed and introduced again at once", about(events=[{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.0"}]), {"1.0": True}),  # noqa: E501
    ("limit", about(events=[{"introduced": "1.0"}, {"limit": "3.0"}]), {"2.9": True, "3.0": False, "0.9": False}),
    ("open limit", about(events=[{"introduced": "1.0"}, {"limit": "*"}]), {"99": True}),
    ("single versions", about(versions=("1.0", "1.2")), {"1.0": True, "1.0.0": True, "1.1": False, "1.2": True}),
    ("list beside a range", about(introduced="2.0", fixed="2.1", versions=("1.5",)), {"1.5": True, "2.0": True, "1.6": False}),
    ("neither range nor list", {"package": {"ecosystem": "PyPI", "name": "lib"}}, {"1.0": False}),
    ("pre-release of the fix, npm", about(ecosystem="npm", type="SEMVER", introduced="0", fixed="2.0.0"), {"2.0.0-rc.1": True, "2.0.0": False}),  # noqa: E501
    ("beginning with pre-releases, npm", about(ecosystem="npm", type="SEMVER", introduced="2.0.0-0", fixed="2.0.1"),
     {"2.0.0-alpha": True, "1.99.0": False}),
    ("commits only", about(type="GIT", introduced="0", fixed="deadbeef"), {"1.0": None}),
    ("commits beside a list", about(type="GIT", introduced="0", versions=("1.0",)), {"1.0": True, "1.1": False}),
    ("version of another order", about(introduced="0", fixed="1.0"), {"dev-main": None}),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_versions_of_an_entry(entry: dict[str, Any], wanted: dict[str, bool | None]) -> None:
    ecosystem = entry["package"]["ecosystem"]
    assert {v: verdict(record(entry), ecosystem, "lib", v).affected for v in wanted} == wanted


def test_what_cannot_be_compared_says_why() -> None:
    assert "commits only" in verdict(record(about(type="GIT", introduced="0")), "PyPI", "lib", "1").why
    assert "cannot be compared" in verdict(record(about(introduced="0", fixed="1")), "PyPI", "lib", "latest").why


def test_fix_of_the_branch_in_use_is_named() -> None:
    entry = about(events=[{"introduced": "0"}, {"fixed": "1.2.5"}, {"introduced": "2.0"}, {"fixed": "2.1"}])
    assert verdict(record(entry), "PyPI", "lib", "1.0").fixed == ("1.2.5",)
    assert verdict(record(entry), "PyPI", "lib", "2.0").fixed == ("2.1",)
    assert verdict(record(about(introduced="0", last_affected="3")), "PyPI", "lib", "2").fixed == ()
    assert verdict(record(about(introduced="5", fixed="6", versions=("1.0",))), "PyPI", "lib", "1.0").fixed == ("6",)


@pytest.mark.parametrize(
    ("ecosystem", "stated", "asked", "same"),
    [
        ("PyPI", "Foo.Bar_baz", "foo-bar-baz", True), ("npm", "JSONStream", "jsonstream", False),
        ("npm", "@scope/lib", "@scope/lib", True), ("NuGet", "Newtonsoft.Json", "newtonsoft.json", True),
        ("Packagist", "Monolog/Monolog", "monolog/monolog", True), ("Maven", "org.a:b", "org.A:b", False),
    ],
)  # fmt: skip
def test_names(ecosystem: str, stated: str, asked: str, same: bool) -> None:
    scheme = "SEMVER" if ecosystem == "npm" else "ECOSYSTEM"
    found = verdict(record(about(stated, ecosystem, type=scheme, introduced="0")), ecosystem, asked, "1.0.0")
    assert found.affected is same


def test_releases_of_a_distribution_are_told_apart() -> None:
    advisory = record(
        about("openssl", "Debian:11", introduced="0", fixed="1.1.1w-1"),
        about("openssl", "Debian:12", introduced="0", fixed="3.0.11-1"),
    )
    assert verdict(advisory, "Debian:12", "openssl", "3.0.9-1").fixed == ("3.0.11-1",)
    assert verdict(advisory, "Debian:11", "openssl", "3.0.9-1").affected is False
    assert verdict(advisory, "Debian:13", "openssl", "1.0").affected is False


def test_a_withdrawn_advisory_is_about_nothing() -> None:
    assert verdict(record(about(introduced="0"), withdrawn="2024-01-01T00:00:00Z"), "PyPI", "lib", "1").affected is False


def found(*records: dict[str, Any], version: str = "1.0", ecosystem: str = "PyPI", purl: str = "") -> tuple[Vulnerability, ...]:
    source = Memory([msgspec.convert(r, Record) for r in records], "test")
    return vulnerabilities(Component(purl=purl, name="lib", version=version, ecosystem=ecosystem), source)


CRITICAL_V3 = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}


def test_aliases_are_one_weakness_with_the_worst_score_and_the_lowest_fix() -> None:
    entries = [about(introduced="0", fixed="1.5")], [about(introduced="0", fixed="1.4")]
    (one,) = found(
        {"id": "PYSEC-1", "aliases": ["CVE-2024-1"], "affected": entries[0]},
        {"id": "GHSA-x", "aliases": ["CVE-2024-1"], "affected": entries[1], "severity": [CRITICAL_V3], "summary": "It breaks"},
    )
    assert one.ids == ("CVE-2024-1", "GHSA-x", "PYSEC-1")
    assert (one.fixed, one.score, one.severity, one.summary) == ("1.4", 9.8, Severity.CRITICAL, "It breaks")


def test_aliases_join_through_a_third() -> None:
    entry = [about(introduced="0")]
    rows = [{"id": "A-1", "aliases": ["B-1"]}, {"id": "C-1", "aliases": ["D-1"]}, {"id": "M-1", "aliases": ["B-1", "D-1"]}]
    assert [v.ids for v in found(*({**r, "affected": entry} for r in rows))] == [("A-1", "B-1", "C-1", "D-1", "M-1")]


def test_words_count_where_there_is_no_score_and_malware_is_critical() -> None:
    entry = [about(introduced="0")]
    assert found({"id": "X-1", "affected": entry, "database_specific": {"severity": "MODERATE"}})[0].severity is Severity.MEDIUM
    assert found({"id": "X-1", "affected": entry})[0].severity is None
    assert found({"id": "MAL-2024-1", "affected": entry})[0].severity is Severity.CRITICAL


def test_distributions_are_asked_by_source_package() -> None:
    entry = [about("openssl", "Debian:12", introduced="0", fixed="3.1")]
    purl = "pkg:deb/debian/libssl3@3.0?arch=amd64&upstream=openssl"
    assert found({"id": "X-1", "affected": entry}, version="3.0", ecosystem="Debian:12", purl=purl)
    assert not found({"id": "X-1", "affected": entry}, version="3.0", ecosystem="Debian:12")


def test_undecided_is_said() -> None:
    (one,) = found({"id": "X-1", "affected": [about(introduced="0", fixed="2")]}, version="unknown-build")
    assert not one.certain
    assert "cannot be compared" in one.why


VECTORS = [
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
    ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1), ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H", 5.9),
    ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N", 5.5), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
    ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6), ("CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 5.4),
    ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5), ("AV:N/AC:M/Au:N/C:N/I:P/A:N", 4.3), ("(AV:L/AC:H/Au:M/C:N/I:N/A:N)", 0.0),
    ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0), ("CVSS:3.1/AV:N/AC:L", None), ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N", None), ("high", None),  # noqa: E501
    ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
]  # fmt: skip


@pytest.mark.parametrize(("vector", "score"), VECTORS)
def test_scores(vector: str, score: float | None) -> None:
    assert cvss.score(vector) == score


def test_words_for_scores() -> None:
    assert [cvss.rating(n) for n in (10, 9.0, 8.9, 7.0, 4.0, 3.9, 0.1, 0.0)] == [
        "critical", "critical", "high", "high", "medium", "low", "low", "info",
    ]  # fmt: skip


def test_a_package_with_thousands_of_advisories_is_judged_in_linear_time() -> None:
    entry = [about("linux", "Debian:12", introduced="0")]
    rows = [{"id": f"DEBIAN-CVE-{n}", "upstream": [f"CVE-{n}"], "affected": entry} for n in range(8000)]
    source = Memory([msgspec.convert(r, Record) for r in rows], "test")
    found_ones = vulnerabilities(Component(purl="", name="linux", version="6.1.1-1", ecosystem="Debian:12"), source)
    assert len(found_ones) == 8000
    assert found_ones[0].name.startswith("CVE-")


kinds = st.sampled_from(["introduced", "fixed", "last_affected"])
events = st.lists(st.tuples(kinds, st.integers(0, 12)), min_size=1, max_size=6)


def by_the_schema(rows: list[tuple[str, int]], version: int) -> bool:
    """As the schema's documentation words it: the last event at or before a version decides, and 0 is before every version."""
    rows = [(kind, -1 if kind == "introduced" and not at else at) for kind, at in rows]
    order = sorted(rows, key=lambda row: (row[1], {"fixed": 0, "introduced": 1, "last_affected": 2}[row[0]]))
    inside = False
    for kind, at in order:
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


@settings(max_examples=300, deadline=None)
@given(events, st.integers(0, 13), st.randoms())
def test_ranges_agree_with_the_schema_in_any_order(rows: list[tuple[str, int]], version: int, random: Random) -> None:
    listed = [{kind: f"{at}.0.0" if kind != "introduced" or at else "0"} for kind, at in rows]
    random.shuffle(listed)
    entry = about(ecosystem="npm", type="SEMVER", events=listed)
    assert verdict(record(entry), "npm", "lib", f"{version}.0.0").affected is by_the_schema(rows, version)
