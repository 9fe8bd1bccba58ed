"""Which functions entries concern: versions, products, runtimes, weaknesses told by others, and what texts only name."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.advisories.feeds import Claim, Entry, FeedError, Row, read_feed
from lambdaudit.advisories.osv import Record
from lambdaudit.advisories.store import Memory
from lambdaudit.config import Options
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.bulletins import Concern, Estate, assess
from tests.advisories.feed_samples import ATOM, DOCUMENTS, KEV, NVD, OSV, RSS, encoded
from tests.rules.world import build

LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:"


def part(name: str, version: str, ecosystem: str = "PyPI", kind: str = "pypi", **more: Any) -> dict[str, Any]:
    return {"purl": f"pkg:{kind}/{name}@{version}", "name": name, "version": version, "ecosystem": ecosystem, **more}


WORLD: dict[str, Any] = {
    "function": {
        "orders": {"snap_start": "PublishedVersions"},
        "returns": {},
        "old": {"runtime": "nodejs14.x"},
        "new": {"runtime": "nodejs22.x"},
        "hidden": {},
    },
    "queue": {"jobs": {}},
    "event-source-mapping": {"m": {"function": "{function:returns}", "source": "{queue:jobs}"}},
    "code": {
        "orders": {
            "components": [part("requests", "2.28.2")],
            "calls": [
                {"service": "s3", "operation": "GetObject", "actions": ["s3:GetObject"], "where": {"source": "/var/task/a.py"}}
            ],
        },
        "returns": {"components": [part("requests", "2.31.0")]},
        "old": {
            "components": [
                part("debug", "4.3.0", "npm", "npm"),
                part("left-pad", "1.3.0", "npm", "npm"),
                part("@scope/lib", "1.0.0", "npm", "npm"),
                part("undated", "", "npm", "npm"),
            ]
        },
        "new": {"components": [part("openssl", "1:1.1.1k-1.el8", "Red Hat:8", "rpm/redhat")]},
        "hidden": {"components": {"unknown": "lambda:GetFunction"}},
    },
}


def estate(*records: dict[str, Any], **more: Any) -> Estate:
    source = Memory([msgspec.convert(r, Record) for r in records], "test") if records else None
    return Estate(Audit(build(copy.deepcopy(WORLD | more)), Options(advisories=source)))


def short(ids: tuple[str, ...]) -> list[str]:
    return [i.removeprefix(LAMBDA) for i in ids]


def one(entry: Entry, *others: Entry, inside: Estate | None = None) -> Concern:
    return next(c for c in assess([entry, *others], inside or estate()) if c.entry is entry)


def text(title: str, words: str = "", **more: Any) -> Entry:
    body = f"{title}\n{words}"
    ids = more.pop("ids", ())
    return Entry(kind="RSS", feed="f", title=title, text=body, ids=ids, prose=True, **more)


def product(vendor: str, name: str, *rows: Row, default: str = "unaffected") -> Entry:
    claim = Claim(name, "", vendor, rows, default, "CVE-2026-2")
    return Entry(kind="NVD", feed="f", title=name, ids=("CVE-2026-2",), claims=(claim,))


@pytest.mark.parametrize("kind", [k for k in DOCUMENTS if k != "CISA KEV"])
def test_every_format_concerns_the_same_function(kind: str) -> None:
    (entry,) = read_feed(encoded(DOCUMENTS[kind]), "f").entries
    found = one(entry)
    assert (found.state, short(found.functions), short(found.clear)) == ("affected", ["orders"], ["returns"])
    assert found.perhaps == ()
    assert {r.subject: (r.state, r.fixed) for r in found.reasons} == {
        "pkg:pypi/requests@2.28.2": ("affected", "2.31.0"),
        "pkg:pypi/requests@2.31.0": ("not affected", ""),
    }


def test_all_versions_outside() -> None:
    data = json.loads(encoded(NVD))
    data["vulnerabilities"][0]["cve"]["configurations"][0]["nodes"][0]["cpeMatch"][0]["versionEndExcluding"] = "2.20.0"
    found = one(*read_feed(encoded(data), "f").entries)
    assert (found.state, short(found.clear), found.functions, found.perhaps) == ("not affected", ["orders", "returns"], (), ())


def test_withdrawn_concerns_nothing() -> None:
    (entry,) = read_feed(encoded(OSV | {"withdrawn": "2026-11-09T00:00:00Z"}), "f").entries
    assert one(entry).state == "none"


def test_a_catalog_without_versions_is_settled_by_the_database() -> None:
    (entry,) = read_feed(encoded(KEV), "f").entries
    without = one(entry)
    assert (without.state, short(without.perhaps)) == ("may concern", ["orders", "returns"])
    found = one(entry, inside=estate(OSV))
    assert (found.state, short(found.functions), short(found.clear)) == ("affected", ["orders"], ["returns"])
    assert "PYSEC-2026-9" in found.reasons[0].text


def test_a_text_with_a_number_is_settled_by_another_feed() -> None:
    bulletin = text("CVE-2026-1111 in the cloud", ids=("CVE-2026-1111",))
    assert one(bulletin).state == "none"
    (other,) = read_feed(encoded(NVD), "f").entries
    found = one(bulletin, other)
    assert (found.state, short(found.functions), short(found.clear)) == ("affected", ["orders"], ["returns"])
    assert "NVD" in found.reasons[0].text


def test_of_several_weaknesses_the_worst_holds() -> None:
    """Fixed for one of them does not mean fixed for the other."""
    worse = OSV | {"id": "PYSEC-2026-10", "aliases": ["CVE-2026-1112"], "affected": [
        {"package": {"ecosystem": "PyPI", "name": "requests"}, "versions": ["2.31.0"]}]}  # fmt: skip
    entry = text("Two at once", ids=("AWS-2026-031", "CVE-2026-1111", "CVE-2026-1112"))
    found = one(entry, inside=estate(OSV, worse))
    assert (short(found.functions), found.clear) == (["orders", "returns"], ())


def test_what_scanners_say() -> None:
    finding = {"name": "CVE-2026-77", "severity": "HIGH", "packages": [{"name": "glue", "version": "1.0"}]}
    world = estate(**{"inspected-function": {"hidden": {"function": "{function:hidden}", "findings": [finding]}}})
    found = one(text("x", ids=("CVE-2026-77",)), inside=world)
    assert (found.state, short(found.functions), found.reasons[0].subject) == ("affected", ["hidden"], "glue 1.0")


def test_a_product_is_perhaps_the_package() -> None:
    inside = one(product("someone", "left-pad", Row("affected", high="2.0.0")))
    assert (inside.state, short(inside.perhaps)) == ("may concern", ["old"])
    assert "may be another one" in inside.reasons[0].text
    outside = one(product("someone", "left-pad", Row("affected", high="1.3.0")))
    assert (outside.state, short(outside.clear)) == ("not affected", ["old"])
    assert one(product("someone", "right-pad", Row("affected"))).state == "none"


def test_parts_of_one_answer() -> None:
    """A branch that a version is not in says nothing about the other branches of the same product or package."""
    for ecosystem, state in (("", "may concern"), ("npm", "affected")):
        branches = [(Row("affected", "3.0", True, "3.5"),), (Row("affected", "1.0", True, "2.0"),)]
        claims = tuple(Claim("left-pad", ecosystem, "v", rows, "unaffected", "CVE-2026-2000") for rows in branches)
        for listed in (claims, claims[::-1]):
            assert one(Entry(kind="CVE", feed="f", title="t", ids=("CVE-2026-2000",), claims=listed)).state == state
    vague = Claim("left-pad", "npm", rows=(Row("affected", "not a version"),), default="unaffected", about="CVE-2026-2000")
    outside = Claim("left-pad", "npm", rows=(Row("affected", "3.0"),), default="unaffected", about="CVE-2026-2000")
    assert one(Entry(kind="CVE", feed="f", title="t", ids=("CVE-2026-2000",), claims=(outside, vague))).state == "may concern"


def test_a_package_says_more_than_a_product() -> None:
    named = Claim("left-pad", "npm", "", (Row("affected", "3.0"),), "unaffected", "CVE-2026-2000")
    perhaps = Claim("left-pad", "", "v", (Row("affected"),), "open", "CVE-2026-2000")
    assert one(Entry(kind="CVE", feed="f", title="t", ids=("CVE-2026-2000",), claims=(perhaps, named))).state == "not affected"


def test_a_missing_version_stays_open() -> None:
    entry = Entry(kind="GitHub", feed="f", title="t", claims=(Claim("undated", "npm", rows=(Row("affected", high="9"),)),))
    assert one(entry).state == "may concern"


def test_distributions_mend_in_versions_of_their_own() -> None:
    for rows in ((Row("affected", high="3.0.0"),), (Row("affected", high="1.0.0"),)):
        assert one(product("openssl", "openssl", *rows)).state == "may concern"
    exact = Claim("openssl", "Red Hat", rows=(Row("unaffected", "1:1.1.1k-1.el8", True, "1:1.1.1k-1.el8", True),))
    assert one(Entry(kind="CSAF", feed="f", title="t", claims=(exact,))).state == "not affected"


def test_interpreters_of_managed_runtimes() -> None:
    found = one(product("nodejs", "node.js", Row("affected", "20.0.0", True, "22.15.0")))
    assert (found.state, short(found.perhaps), short(found.clear)) == ("may concern", ["new"], ["old"])
    old = one(product("nodejs", "node.js", Row("affected", high="15.0.0")))
    assert short(old.perhaps) == ["old"]
    assert "no longer" in old.reasons[0].text
    python = one(product("python", "python", Row("affected", high="3.13.2")))
    assert set(short(python.perhaps)) == {"orders", "returns", "hidden"}
    assert one(product("python", "python", Row("affected", high="3.13.0"))).state == "not affected"


def test_the_end_of_a_runtime() -> None:
    for words in ("nodejs14.x is deprecated", "AWS Lambda: end of support for Node.js 14 and others"):
        found = one(text("Notice", words))
        assert (found.state, short(found.functions)) == ("affected", ["old"]), words
        assert "2023-12-04" in found.reasons[0].text
    still = one(text("Runtimes", "nodejs22.x is recommended. nodejs12.x is deprecated"))
    assert (still.state, short(still.perhaps), still.reasons[0].state) == ("may concern", ["new"], "mentions")
    listed = one(text("End of support for runtimes", "These are meant. First nodejs14.x. Then others."))
    assert short(listed.functions) == ["old"]
    assert one(text("Node.js 14", "A release of Node.js 14")).state == "none"
    assert one(text("Notice", "nodejs16.x in AWS Lambda is deprecated")).state == "none"


NAMED = [
    ("The npm package debug was taken over", "debug"), ("`debug` was taken over", "debug"), ("we debug this", None),
    ("debug 4.3.0 is bad", "debug"), ("debug before 4.4", "debug"), ("left-pad is gone", "left-pad"), ("a left_pad!", "left-pad"),
    ("Requests for help; three requests", None), ("upgrade requests==2.28.2", "requests"),
    ("@scope/lib was stolen", "@scope/lib"),
    ("debug@4.3.0", "debug"), ("@scope/lib@1.0.0", "@scope/lib"), ("left-padding", None), ("requestsx 2.0", None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "name"), NAMED)
def test_packages_that_a_text_names(words: str, name: str | None) -> None:
    found = one(text("A notice", words))
    named = {r.subject.split("/", 1)[1].rpartition("@")[0] for r in found.reasons}
    assert named == ({name} if name else set())
    assert all(r.state == "mentions" for r in found.reasons)
    assert found.functions == ()


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("ALAS2-2026-31 (important): debug", True),
        ("DSA-1-1 debug - security update", True),
        ("USN-1-1: Debug vulnerabilities", True),
        ("How to debug", False),
        ("Notes: how to debug", False),
    ],
)
def test_headings_of_distributions(title: str, named: bool) -> None:
    assert (one(text(title, "Words.")).state == "may concern") == named


def test_what_is_named_and_known_not_to_be_affected_is_not_open() -> None:
    record = OSV | {"affected": [{"package": {"ecosystem": "npm", "name": "debug"}, "versions": ["1.0.0"]}]}
    found = one(text("npm package debug", ids=("CVE-2026-1111",)), inside=estate(record))
    assert (found.state, short(found.clear)) == ("not affected", ["old"])


def test_services_that_functions_use() -> None:
    def of(title: str, words: str = "") -> list[str]:
        found = one(text(title, words))
        assert found.functions == ()
        return short(found.perhaps)

    everything = ["hidden", "new", "old", "orders", "returns"]
    assert of("Issue in Amazon S3") == ["orders"]
    assert of("Issue", "affects AWS Simple Storage Service buckets") == ["orders"]
    assert of("Amazon SQS and others", "also Amazon S3") == ["returns"]
    assert of("AWS Lambda issue") == everything
    assert of("Issue in AWS Lambda SnapStart") == ["orders"]
    assert of("AWS Lambda function URLs") == []
    assert of("Amazon Redshift", "an s3 mention without its owner") == []


def test_numbers_of_which_nothing_is_known_stay_open() -> None:
    record = OSV | {"affected": [{"package": {"ecosystem": "npm", "name": "debug"}, "versions": ["1.0.0"]}]}
    found = one(text("npm package debug", ids=("CVE-2026-1111", "CVE-2026-4444")), inside=estate(record))
    assert (found.state, short(found.perhaps), found.unsettled) == ("may concern", ["old"], ("CVE-2026-4444",))
    bare = one(text("Two", ids=("CVE-2026-1111", "CVE-2026-4444")), inside=estate(record))
    assert (bare.state, bare.unsettled) == ("not affected", ("CVE-2026-4444",))


def test_newest_first() -> None:
    days = ("2026-11-01", "", "2026-11-20", "2026-10-01")
    entries = [text(f"t{day}", published="2025-01-01" if day else "", updated=day) for day in days]
    assert [c.entry.date for c in assess(entries, estate())] == ["2026-11-20", "2026-11-01", "2026-10-01", ""]


WHOLE = estate(OSV)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([RSS, ATOM, *map(encoded, DOCUMENTS.values())]), st.data())
def test_any_feed_is_judged(feed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(feed)))
    words = st.text(max_size=20) | st.sampled_from(["debug 4", "python3.13", "1.0", "<", "Lambda", '","', "AWS Lambda layers"])
    torn = feed[:start] + data.draw(words).encode("utf-8", "replace") + feed[start + data.draw(st.integers(0, 10)) :]
    try:
        entries = read_feed(torn, "f").entries
    except FeedError:
        return
    for found in assess(entries, WHOLE):
        groups = (set(found.functions), set(found.perhaps), set(found.clear))
        assert len(set().union(*groups)) == sum(map(len, groups))
        told = {fn for r in found.reasons for fn in r.functions}
        assert set().union(*groups) == told
        assert (found.state == "affected") == bool(found.functions)
