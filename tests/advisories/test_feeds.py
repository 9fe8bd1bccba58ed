"""Feeds become entries: every format, what versions their claims mean, and what hostile feeds get."""

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.advisories.feeds import Claim, Entry, FeedError, Row, open_feed, read_feed
from lambdaudit.advisories.feeds.names import read_cpe, read_purl
from lambdaudit.advisories.feeds.ranges import judge, read_constraints, read_vers
from lambdaudit.advisories.osv import verdict

from .feed_samples import ATOM, CSAF, DOCUMENTS, GITHUB, KEV, NVD, OSV, RECORD, RSS, encoded


def only(document: Any) -> Entry:
    (entry,) = read_feed(encoded(document), "feed.json").entries
    return entry


def says(entry: Entry, version: str, scheme: str = "pypi") -> bool | None:
    if entry.record:
        return verdict(entry.record, "PyPI", "requests", version).affected
    (claim,) = entry.claims
    return judge(claim, scheme, version).affected


@pytest.mark.parametrize("kind", [k for k in DOCUMENTS if k != "CISA KEV"])
def test_formats_mean_the_same_versions(kind: str) -> None:
    entry = only(DOCUMENTS[kind])
    assert entry.kind == kind
    assert "CVE-2026-1111" in entry.ids
    assert entry.published == "2026-11-02"
    assert entry.updated > entry.published
    assert [says(entry, v) for v in ("2.2.9", "2.3.0", "2.30.9", "2.31.0", "2.31", "3.0rc1")] == [False, True, True, *[False] * 3]
    if not entry.record:
        assert entry.claims[0][:2] == ("requests", "PyPI")
        assert judge(entry.claims[0], "pypi", "2.28.2").fixed == "2.31.0"
    assert says(entry, "not a version") is None


def test_kev() -> None:
    entry = only(KEV)
    assert (entry.ids, entry.exploited, entry.date) == (("CVE-2026-1111",), "2026-11-18", "2026-11-18")
    assert entry.claims[0][:2] == ("requests", "PyPI")
    assert says(entry, "2.28.2") is None


def test_rss() -> None:
    feed = read_feed(RSS, "feed.xml")
    first, second = feed.entries
    assert first.title == "CVE-2026-1111 - Header leak in a & b"
    assert first.ids == ("CVE-2026-1111", "AWS-2026-031")
    assert (first.feed, first.published, first.link) == (
        "Cloud bulletins",
        "2026-11-20",
        "https://bulletins.example/AWS-2026-031/",
    )
    assert "`requests`" in first.text
    assert "<p>" not in first.text
    assert (second.link, second.date) == ("", "")
    assert "nodejs14.x reached end of support" in " ".join(second.text.split())


def test_atom() -> None:
    (entry,) = read_feed(ATOM, "feed.xml").entries
    assert (entry.title, entry.link) == ("Update of requests 2.28", "https://notices.example/1")
    assert (entry.published, entry.updated, entry.date) == ("2026-11-01", "2026-11-03", "2026-11-03")
    assert entry.ids == ("GHSA-aaaa-bbbb-1234",)


def test_ids_in_texts() -> None:
    title = "ALAS2-2026-31, alaskernel-5.10-2026-001, AWS-2026-001, cve-2026-12345, CVE-2026-1, XCVE-2026-12345, GO-2026-1"
    (entry,) = read_feed(f"<rss><channel><item><title>{title}</title></item></channel></rss>".encode(), "x").entries
    assert entry.ids == ("ALAS2-2026-31", "ALASKERNEL-5.10-2026-001", "AWS-2026-001", "CVE-2026-12345", "GO-2026-1")


def test_lists_lines_and_compression(tmp_path: Path) -> None:
    assert [e.kind for e in read_feed(encoded([OSV, GITHUB, RECORD]), "x").entries] == ["OSV", "GitHub", "CVE"]
    lines = b"\n".join(encoded(d) for d in (OSV, CSAF)) + b"\n"
    assert [e.kind for e in read_feed(lines, "x").entries] == ["OSV", "CSAF"]
    (tmp_path / "f.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + encoded(NVD)))
    assert [e.kind for e in open_feed(str(tmp_path / "f.gz")).entries] == ["NVD"]
    mixed = read_feed(encoded([OSV, {"id": 5, "affected": []}, "text", OSV | {"affected": "all"}]), "x")
    assert (len(mixed.entries), mixed.refused) == (1, 3)
    answer = {
        "data": {
            "securityAdvisories": {
                "nodes": [
                    {
                        "ghsaId": "GHSA-aaaa-bbbb-cccc",
                        "summary": "s",
                        "publishedAt": "2026-11-02T00:00:00Z",
                        "identifiers": [{"type": "CVE", "value": "CVE-2026-1111"}],
                        "vulnerabilities": {
                            "nodes": [
                                {
                                    "package": {"ecosystem": "PIP", "name": "requests"},
                                    "vulnerableVersionRange": "<= 2.30.0",
                                    "firstPatchedVersion": {"identifier": "2.31.0"},
                                }
                            ]
                        },
                    }
                ]
            }
        }
    }
    assert [says(only(answer), v) for v in ("2.30.0", "2.30.1")] == [True, False]


def changed(document: dict[str, Any], *path: Any, value: Any) -> dict[str, Any]:
    """The document with another value at a place in it."""
    made = copy.deepcopy(document)
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


def record(*versions: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = RECORD["containers"]["cna"]["affected"][0]
    product = {k: v for k, v in base.items() if k not in ("versions", "defaultStatus")} | {"versions": list(versions), **more}
    return changed(RECORD, "containers", "cna", "affected", value=[product])


A, U = {"status": "affected"}, {"status": "unaffected"}
RECORDS = [
    ("constraints as text", record({"version": ">= 2.0, < 2.31.0", **A}), {"1.9": False, "2.5": True, "2.31.0": False}),
    ("below, as text", record({"version": "< 2.31.0", **A}), {"0.1": True, "2.31.0": False}),
    (
        "single versions",
        record({"version": "2.28.1", **A}, {"version": "2.28.2", **A}, defaultStatus="unaffected"),
        {"2.28.1": True, "2.28.2": True, "2.28.3": False},
    ),
    ("single versions, nothing said of others", record({"version": "2.28.1", **A}), {"2.28.1": True, "2.28.3": None}),
    (
        "all but",
        record({"version": "2.31.0", "lessThan": "*", **U}, defaultStatus="affected"),
        {"2.30": True, "2.31.0": False, "3": False},
    ),
    (
        "up to the last of a branch",
        record({"version": "2.0", "lessThan": "2.*", **A}),
        {"1.9": False, "2.99": True, "3.0": False},
    ),
    ("inclusive end", record({"version": "0", "lessThanOrEqual": "2.30.0", **A}), {"2.30.0": True, "2.30.1": False}),
    (
        "mended and broken again",
        record(
            {
                "version": "2.0.0",
                "lessThan": "3",
                **A,
                "changes": [{"at": "2.5.0", "status": "unaffected"}, {"at": "2.7.0", "status": "affected"}],
            }
        ),
        {"2.4": True, "2.5.0": False, "2.6": False, "2.7.0": True, "3.0": False},
    ),
    ("no version", record({"version": "n/a", **A}), {"1": None, "2.31.0": None}),
    ("words", record({"version": "before the summer", **A}), {"1": None}),
    (
        "commits",
        record({"version": "0", "lessThan": "deadbeef", "versionType": "git", **A}, defaultStatus="unaffected"),
        {"1": False},
    ),
    (
        "by package URL",
        record(
            {"version": "0", "lessThan": "2.31.0", **A}, packageURL="pkg:pypi/requests", collectionURL="https://other.example"
        ),
        {"2.30": True, "2.31.0": False},
    ),
]


@pytest.mark.parametrize(("document", "wanted"), [c[1:] for c in RECORDS], ids=[c[0] for c in RECORDS])
def test_versions_of_cve_records(document: dict[str, Any], wanted: dict[str, bool | None]) -> None:
    entry = only(document)
    assert entry.claims[0].ecosystem == "PyPI"
    assert {v: says(entry, v) for v in wanted} == wanted


def matches(*rows: dict[str, Any], **node: Any) -> dict[str, Any]:
    listed = [{"vulnerable": True, **row} for row in rows]
    nodes = [{"operator": "OR", "negate": False, "cpeMatch": listed, **node}]
    return changed(NVD, "vulnerabilities", 0, "cve", "configurations", value=[{"nodes": nodes}])


def test_versions_of_cpe_matches() -> None:
    name = "cpe:2.3:a:python:requests:{}:*:*:*:*:*:*:*"
    ends = only(matches({"criteria": name.format("*"), "versionStartExcluding": "2.3.0", "versionEndIncluding": "2.30.0"}))
    assert [says(ends, v) for v in ("2.3.0", "2.3.1", "2.30.0", "2.30.1")] == [False, True, True, False]
    single = only(matches({"criteria": name.format("2.28.1")}, {"criteria": "cpe:2.3:a:python:requests:2.29.0:rc1:*:*:*:*:*:*"}))
    assert [says(single, v) for v in ("2.28.1", "2.28.2", "2.29.0rc1", "2.29.0")] == [True, False, True, False]
    none = only(matches({"criteria": name.format("-")}))
    assert says(none, "2.28.1") is None
    both = only(matches({"criteria": name.format("*"), "versionEndExcluding": "2.31.0"}, operator="AND"))
    assert [says(both, v) for v in ("2.30", "2.31.0")] == [None, False]
    beside = only(matches({"criteria": name.format("*"), "vulnerable": False}))
    assert not beside.claims
    assert beside.prose


def test_what_is_vague_hides_nothing() -> None:
    name = "cpe:2.3:a:python:requests:{}:*:*:*:*:*:*:*"
    entry = only(matches({"criteria": name.format("-")}, {"criteria": name.format("*"), "versionEndExcluding": "2.31.0"}))
    assert [says(entry, v) for v in ("2.30", "2.31.0")] == [True, None]
    record_ = only(record({"version": "n/a", **A}, {"version": "< 2.31.0", **A}))
    assert [says(record_, v) for v in ("2.30", "2.31.0")] == [True, None]
    fixed = changed(CSAF, "vulnerabilities", 0, "product_status", value={"fixed": ["P3"]})
    branch = {
        "category": "architecture",
        "name": "any",
        "product": {"name": "r", "product_id": "P3", "product_identification_helper": {"purl": "pkg:pypi/requests"}},
    }
    entry = only(changed(fixed, "product_tree", "branches", 0, "branches", 0, "branches", value=[branch]))
    assert says(entry, "2.30") is None


def test_owner_and_repository_of_github_records() -> None:
    base = changed(
        RECORD,
        "containers",
        "cna",
        "affected",
        value=[{"vendor": "psf", "product": "requests", "versions": [{"version": ">= 2.3.0, < 2.31.0", **A}]}],
    )
    entry = only(changed(base, "containers", "cna", "source", value={"advisory": "GHSA-aaaa-bbbb-cccc"}))
    assert entry.ids == ("CVE-2026-1111", "GHSA-aaaa-bbbb-cccc")
    assert [says(entry, v) for v in ("2.2", "2.30", "2.31.0")] == [False, True, False]


def test_cpe_names() -> None:
    cpe = read_cpe(r"cpe:2.3:a:some\:one:left\-pad:1.0:*:*:*:*:node.js:*:*")
    assert cpe is not None
    assert (cpe.vendor, cpe.product, cpe.version) == ("some:one", "left-pad", "1.0")
    assert cpe.package is not None
    assert cpe.package[:2] == ("npm", "left-pad")
    uri = read_cpe("cpe:/a:openssl:openssl:3.0.1")
    assert uri is not None
    assert (uri.product, uri.version, uri.package) == ("openssl", "3.0.1", None)
    assert [read_cpe(t) for t in ("", "cpe:2.3:a", "cpe:2.3:x:a:b:*", "cpe:2.3:a:v:*:1", 5, "cpe:/")] == [None] * 6


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", ("Maven", "org.apache.logging.log4j:log4j-core", "2.14.1")),
        ("pkg:npm/%40aws-sdk/client-s3@3.0.0", ("npm", "@aws-sdk/client-s3", "3.0.0")),
        ("pkg:golang/golang.org/x/net@v0.17.0", ("Go", "golang.org/x/net", "v0.17.0")),
        ("pkg:rpm/amzn/openssl-libs@3.0.8-1.amzn2023?arch=x86_64", ("Amazon Linux", "openssl-libs", "3.0.8-1.amzn2023")),
        ("pkg:rpm/unheard/of@1", None),
        ("pkg:github/a/b@1", None),
        ("requests", None),
        (None, None),
    ],
)
def test_package_urls(text: Any, wanted: Any) -> None:
    assert read_purl(text) == wanted


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("vers:pypi/>=2.0|<2.31.0", ("2.0", "2.30"), ("1.9", "2.31.0")),
        ("vers:pypi/<1.0|>=2.0|<=2.5", ("0.9", "2.5"), ("1.0", "2.6")),
        ("vers:pypi/2.0|2.2", ("2.0", "2.2"), ("2.1",)),
        ("vers:pypi/>=1.0|!=1.5", ("1.4", "99"), ("0.9", "1.5")),
        ("vers:pypi/*", ("1",), ()),
        ("vers:pypi/>1.0", ("1.0.1",), ("1.0",)),
    ],
)
def test_version_range_specifiers(text: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    rows = read_vers(text, "affected")
    assert rows is not None
    claim = Claim("x", "PyPI", rows=rows, default="unaffected")
    assert all(judge(claim, "pypi", v).affected is True for v in inside)
    assert all(judge(claim, "pypi", v).affected is False for v in outside)


def test_constraints_that_are_none() -> None:
    assert read_constraints("< 2 || >= 3, < 3.5", "affected") == (
        Row("affected", high="2"),
        Row("affected", "3", True, "3.5", False),
    )
    for text in ("", "latest", "< 1, < 2", "before 2.0", "1.0, 2.0", ">= 2 < 3", "<"):
        assert read_constraints(text, "affected") is None
    assert read_vers("vers:pypi", "affected") is None
    assert read_vers(">=1.0", "affected") is None


def test_csaf_without_ranges() -> None:
    tree = {
        "full_product_names": [
            {"name": "a", "product_id": v, "product_identification_helper": {"purl": f"pkg:pypi/requests@{v}"}}
            for v in ("2.28.2", "2.31.0")
        ],
        "relationships": [
            {
                "category": "installed_on",
                "product_reference": "2.28.2",
                "relates_to_product_reference": "OS",
                "full_product_name": {"name": "a on OS", "product_id": "both"},
            }
        ],
    }
    document = changed(CSAF, "product_tree", value=tree)
    document = changed(document, "vulnerabilities", 0, "product_status", value={"known_affected": ["both"], "fixed": ["2.31.0"]})
    entry = only(document)
    wanted = {"2.28.2": True, "2.28.1": None, "2.31.0": False, "2.32.0": False}
    assert {v: says(entry, v) for v in wanted} == wanted


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b"<rss><channel><title>&b;</title></channel></rss>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel><item><title>&x;</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "declares a document type"),
        (OUTSIDE, "declares a document type"),
        (b'<!DOCTYPE rss SYSTEM "x.dtd"><rss/>', "document type"),
        (b"<rss><channel>", "no well-formed XML"),
        (b"<html><body/></html>", "XML of another kind"),
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"<a>" * 5_000, "nests them deeper"),
        (b"<rss>&unknown;</rss>", "no well-formed XML"),
        (b'<?xml version="1.0" encoding="utf-7"?><rss/>', "XML"),
        (b"{", "neither XML nor JSON"),
        (b"[]", ""),
        (b"{}", "no format that is known"),
        (b"5", "no format that is known"),
        (b"[1, 2]", "none of its 2 entries"),
        (b"[" * 100_000, "neither XML nor JSON"),
        (b'{"id": "A", "affected": []}\nnothing', "line 2"),
        (b"\xff\xfe<\x00", "XML"),
        (b"\x00\x01\x02", "neither XML nor JSON"),
    ],
)
def test_bad_feeds_get_one_line(data: bytes, words: str) -> None:
    if not words:
        assert read_feed(data, "feed").entries == ()
        return
    with pytest.raises(FeedError, match=words) as caught:
        read_feed(data, "feed")
    assert "\n" not in str(caught.value)


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(encoded(NVD))[:-20])
    (tmp_path / "odd.gz").write_bytes(b"\x1f\x8bnothing of that kind")
    for name, words in (("cut.gz", "cut off"), ("odd.gz", "damaged gzip"), ("missing", "No such file"), (".", "Is a directory")):
        with pytest.raises(FeedError, match=words):
            open_feed(str(tmp_path / name))
    with pytest.raises(FeedError, match="null byte"):
        open_feed("a\0b")


def test_long_markup_takes_no_long_time() -> None:
    for piece in (b"&lt;", b"&lt;!--", b"&lt;a ", b"&lt;code", b"&amp;#x", b"requests ", b"AWS " * 3, b"CVE-2026-"):
        text = piece * (1_500_000 // len(piece))
        (entry,) = read_feed(
            b"<rss><channel><item><title>t</title><description>%s</description></item></channel></rss>" % text, "x"
        ).entries
        assert len(entry.text) <= 100_000


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["CVE-2026-1", "1.0", "<", "*", "cpe:2.3:a:a:b:1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [path] if path else []
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in rows:
        found += places(inner, (*path, step))
    return found


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_any_value_in_any_place_of_a_feed(kind: str, data: st.DataObject) -> None:
    document = DOCUMENTS[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        document = changed(document, *data.draw(st.sampled_from(places(document))), value=data.draw(JSON))
    try:
        feed = read_feed(json.dumps(document).encode(), "feed")
    except FeedError:
        return
    for entry in feed.entries:
        for claim in entry.claims:
            for version in ("1.0", "2.28.2", "x"):
                assert judge(claim, "pypi", version).affected in (True, False, None)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([RSS, ATOM, *map(encoded, DOCUMENTS.values())]), st.data())
def test_any_bytes(feed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(feed)))
    end = data.draw(st.integers(start, min(len(feed), start + 40)))
    torn = feed[:start] + data.draw(st.binary(max_size=12)) + feed[end:]
    try:
        entries = read_feed(torn, "feed").entries
    except FeedError:
        return
    assert all(isinstance(entry, Entry) for entry in entries)
