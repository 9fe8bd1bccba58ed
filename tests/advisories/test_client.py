"""The OSV service, asked over real HTTP: what is sent, pages, busy servers, and answers that are none."""

from typing import Any

import pytest

from lambdaudit.advisories.client import Limits, fetch, queries_of
from lambdaudit.advisories.matching import vulnerabilities
from lambdaudit.advisories.store import AdvisoryError
from lambdaudit.model.code import Component

from .osv_server import Osv, serve

QUICK = Limits(timeout=3, total=20, tries=3, pause=0.01)


def advisory(number: int, name: str = "lib", **more: Any) -> dict[str, Any]:
    entry = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}],
    }
    return {"id": f"T-{number}", "modified": "2024-01-01T00:00:00Z", "affected": [entry], "future_field": {"x": 1}, **more}


def component(name: str, version: str = "1", ecosystem: str = "PyPI", purl: str = "") -> Component:
    return Component(
        purl=purl, name=name, version=version, ecosystem=ecosystem, origin="arn:aws:lambda:x", path="/var/task/secret.py"
    )


def test_advisories_come_with_pages_and_only_names_and_versions_go() -> None:
    with serve(Osv([advisory(n) for n in range(7)] + [advisory(99, "other")], page=3)) as osv:
        parts = [component("Lib"), component("lib"), component("safe"), component("none", ""), component("tool", "1", "")]
        source = fetch(parts, osv.address, QUICK)
    assert len(vulnerabilities(parts[0], source)) == 7
    assert not vulnerabilities(parts[2], source)
    assert "asked" in source.title
    assert source.covers("PyPI")
    assert not source.covers("npm")
    sent = [body["queries"] for method, _, body in osv.seen if method == "POST"]
    assert sent[0] == [{"package": {"ecosystem": "PyPI", "name": n}, "version": "1"} for n in ("Lib", "lib", "safe")]
    assert [len(queries) for queries in sent] == [3, 2, 2]
    assert "secret" not in str(osv.seen)
    assert "arn" not in str(osv.seen)


def test_distributions_are_asked_by_source() -> None:
    purl = "pkg:deb/debian/libssl3@3.0?arch=amd64&upstream=openssl%403.0.11"
    assert queries_of([component("libssl3", "3.0", "Debian:12", purl)]) == (("Debian:12", "openssl", "3.0.11"),)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(status: int) -> None:
    faults = [("/v1/querybatch", status, {"Retry-After": "0"}, b""), ("/v1/vulns", status, {}, b"")]
    with serve(Osv([advisory(1)], faults=faults)) as osv:
        assert vulnerabilities(component("lib"), fetch([component("lib")], osv.address, QUICK))


BAD = [
    ("/v1/querybatch", 200, b"<html>", "something else than the OSV API"),
    ("/v1/querybatch", 200, b'{"results": []}', "answered 0 of 1"),
    ("/v1/querybatch", 200, b'{"results": [{"vulns": [{"id": "../../x"}]}]}', "which is no id"),
    ("/v1/querybatch", 400, b"", "status 400"),
    ("/v1/querybatch", 302, b"", "status 302"),
    ("/v1/vulns", 404, b"", "status 404"),
    ("/v1/vulns", 200, b"[]", "not of the OSV form"),
    ("/v1/vulns", 200, b" " * 3_000_000, "more than 2000000 bytes"),
]


@pytest.mark.parametrize(("path", "status", "body", "message"), BAD)
def test_half_an_answer_is_an_error(path: str, status: int, body: bytes, message: str) -> None:
    limits = Limits(timeout=3, total=20, tries=2, pause=0.01, answer=2_000_000)
    with serve(Osv([advisory(1)], faults=[(path, status, {"Location": "http://127.0.0.1:9/"}, body)])) as osv:
        with pytest.raises(AdvisoryError, match=message):
            fetch([component("lib")], osv.address, limits)
        assert osv.address


def test_pages_without_end_and_services_that_are_not_there() -> None:
    with serve(Osv([advisory(1)], endless=True)) as osv, pytest.raises(AdvisoryError, match="no end of pages"):
        fetch([component("lib")], osv.address, Limits(pages=3, pause=0.01))
    with pytest.raises(AdvisoryError, match="cannot be asked"):
        fetch([component("lib")], osv.address, Limits(tries=1, timeout=2))
    with pytest.raises(AdvisoryError, match="is no address"):
        fetch([component("lib")], "file:///etc/passwd", QUICK)
    with serve(Osv([], faults=[("/v1", 503, {}, b"")] * 9)) as osv, pytest.raises(AdvisoryError, match="status 503"):
        fetch([component("lib")], osv.address, QUICK)


def test_nothing_to_ask_asks_nothing() -> None:
    with serve(Osv([])) as osv:
        assert not fetch([component("none", "")], osv.address, QUICK).about("PyPI", "none")
        assert not osv.seen
