"""The verb `advisories`, run as a process: feeds of every kind with snapshots, reports, folders and packages."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.snapshot import write
from tests.advisories.feed_samples import DOCUMENTS, KEV, NVD, OSV, RSS, encoded
from tests.code.zips import zipped
from tests.rules.world import build

from .conftest import Run

HOSTILE = b"""<rss><channel><title>f</title><item><title>left-pad \xe2\x80\xae gone&#x9b;31m</title>
<description>left-pad</description></item></channel></rss>"""


def part(name: str, version: str) -> dict[str, Any]:
    return {"purl": f"pkg:pypi/{name}@{version}", "name": name, "version": version, "ecosystem": "PyPI"}


WORLD: dict[str, Any] = {
    "function": {"orders": {}, "returns": {}, "old": {"runtime": "nodejs14.x"}, "bare": {}},
    "queue": {"jobs": {}},
    "event-source-mapping": {"m": {"function": "{function:returns}", "source": "{queue:jobs}"}},
    "code": {
        "orders": {"components": [part("requests", "2.28.2"), part("left-pad", "1.0")]},
        "returns": {"components": [part("requests", "2.31.0")]},
        "old": {"components": []},
    },
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write(build(WORLD), tmp_path / "account.json")
    for name, document in DOCUMENTS.items():
        (tmp_path / f"{name.replace(' ', '')}.json").write_bytes(encoded(document))
    (tmp_path / "feed.xml").write_bytes(RSS)
    return tmp_path


def test_text(run: Run, files: Path) -> None:
    result = run("advisories", "NVD.json", "feed.xml", "--with", "account.json")
    assert result.returncode == 1
    assert "AFFECTED: concerns 1 of your functions" in result.stdout
    assert "affected: requests@2.28.2: its version is affected, fixed in 2.31.0: orders" in result.stdout
    assert "not affected: requests@2.31.0" in result.stdout
    assert "nodejs14.x: the text tells of its end, and it is without support since 2023-12-04: old" in result.stdout
    assert result.stdout.index("2026-11-20  RSS") < result.stdout.index("2026-11-10  NVD") < result.stdout.index("no date  RSS")
    assert "3 entries: 3 affected, 0 may concern some" in result.stdout
    assert "not known: the code of 1 functions was not looked into: bare" in result.stderr
    assert "no advisory database" in result.stderr


def test_json_since_and_all(run: Run, files: Path) -> None:
    other = {**OSV, "id": "X-1", "aliases": [], "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1"]}]}
    (files / "other.json").write_text(json.dumps(other))
    asked = ("advisories", "CISAKEV.json", "OSV.json", "other.json", "--with", "account.json", "--json")
    result = run(*asked, "-o", "out.json", "--since", "2026-11-06")
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert [(e["kind"], e["state"], e["concerns"]) for e in document["entries"]] == [
        ("CISA KEV", "affected", 1),
        ("OSV", "affected", 1),
    ]
    assert document["entries"][0]["exploited"] == "2026-11-18"
    assert document["entries"][1]["functions"] == ["arn:aws:lambda:eu-west-1:111122223333:function:orders"]
    assert document["counts"] == {"affected": 2, "may concern": 0, "not affected": 0, "none": 1}
    written = json.loads((files / "out.json").read_text())
    assert [e["state"] for e in written["entries"]] == ["affected", "none", "affected"]
    assert len(json.loads(run(*asked, "--all").stdout)["entries"]) == 3
    later = run(*asked, "--since", "2026-11-07")
    assert [e["kind"] for e in json.loads(later.stdout)["entries"]] == ["CISA KEV"]
    assert later.returncode == 1


def test_exit_codes(run: Run, files: Path) -> None:
    assert run("advisories", "NVD.json", "--with", "account.json", "--exit-zero").returncode == 0
    assert run("advisories", "CISAKEV.json", "--with", "account.json").returncode == 0
    assert run("advisories", "CISAKEV.json", "--with", "account.json", "--strict").returncode == 4
    write(build({"queue": {"jobs": {}}}), files / "empty.json")
    nothing = run("advisories", "NVD.json", "--with", "empty.json")
    assert nothing.returncode == 3
    assert "there are no functions in empty.json" in nothing.stderr


def test_a_database_tells_what_numbers_mean(run: Run, files: Path) -> None:
    assert run("deps", "--update", "OSV.json", "--advisories", "osv.db").returncode == 0
    result = run("advisories", "CISAKEV.json", "--with", "account.json", "--advisories", "osv.db", "--json")
    assert result.returncode == 1
    (entry,) = json.loads(result.stdout)["entries"]
    assert (entry["concerns"], entry["perhaps"], len(entry["not_affected"])) == (1, [], 1)


def test_imported_reports(run: Run, files: Path) -> None:
    osv_scanner = {"results": [{"source": {"path": "requirements.txt", "type": "lockfile"}, "packages": [{
        "package": {"name": "left-pad", "version": "1.0", "ecosystem": "PyPI"},
        "vulnerabilities": [{"id": "PYSEC-1", "aliases": ["CVE-2026-5555"], "summary": "bad"}]}]}]}  # fmt: skip
    (files / "scan.json").write_text(json.dumps(osv_scanner))
    feed = KEV | {
        "vulnerabilities": [{"cveID": "CVE-2026-5555", "vendorProject": "a", "product": "b", "dateAdded": "2026-11-01"}]
    }
    (files / "kev.json").write_text(json.dumps(feed))
    assert run("advisories", "kev.json", "--with", "account.json").returncode == 0
    result = run("advisories", "kev.json", "--with", "account.json", "--import", "scan.json")
    assert result.returncode == 1
    assert "left-pad@1.0: CVE-2026-5555: reported by" in result.stdout


def test_a_saved_report(run: Run, files: Path) -> None:
    assert run("deps", "--update", "OSV.json", "--advisories", "osv.db").returncode == 0
    audited = run("audit", "account.json", "-o", "report.json", "--advisories", "osv.db", "--exit-zero", "-q")
    assert audited.returncode == 0, audited.stderr
    (files / "sqs.xml").write_bytes(RSS.replace(b"CVE-2026-1111 - Header leak in a &amp; b", b"Issue in Amazon SQS"))
    asked = ("advisories", "NVD.json", "CISAKEV.json", "sqs.xml", "--json", "--with")
    from_report, from_snapshot = (json.loads(run(*asked, name).stdout) for name in ("report.json", "account.json"))

    def told(document: dict[str, Any], kind: str) -> list[Any]:
        return [(e["title"], e["state"], e["functions"], e["perhaps"]) for e in document["entries"] if e["kind"] == kind]

    for kind in ("NVD", "RSS"):
        assert told(from_report, kind) == told(from_snapshot, kind)
    assert any("SQS" in e["title"] for e in from_report["entries"])
    alone = json.loads(run("advisories", "CISAKEV.json", "--json", "--with", "report.json").stdout)
    assert (alone["entries"][0]["state"], alone["entries"][0]["concerns"]) == ("affected", 1)
    assert "earlier audit" in alone["entries"][0]["reasons"][0]["why"]


def test_folders_packages_and_standard_input(run: Run, files: Path) -> None:
    content = {"app.py": "import requests\n", "requests-2.28.2.dist-info/METADATA": "Name: requests\nVersion: 2.28.2\n"}
    (files / "fn.zip").write_bytes(zipped(dict(content)))
    for name, text in content.items():
        for folder in ("plain", "stack/src"):
            path = files / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (files / "stack" / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: nodejs14.x, Handler: app.handler, CodeUri: src}\n"
    )
    for target in ("fn.zip", "plain", "stack"):
        result = run("advisories", "-", "--with", target, stdin=json.dumps(NVD))
        assert result.returncode == 1, (target, result.stderr)
        assert "requests@2.28.2: its version is affected" in result.stdout
    notice = run("advisories", "feed.xml", "--with", "stack")
    assert "runtime nodejs14.x" in notice.stdout


def test_hostile_text_cannot_steer_a_terminal(run: Run, files: Path) -> None:
    (files / "hostile.xml").write_bytes(HOSTILE)
    result = run("advisories", "hostile.xml", "--with", "account.json")
    assert "left-pad" in result.stdout
    assert not {"\x9b", "\u202e", "\x1b"} & set(result.stdout + result.stderr)


def test_bad_input_gets_one_line(run: Run, files: Path) -> None:
    (files / "bomb.xml").write_bytes(b'<!DOCTYPE a [<!ENTITY b "c">]><rss>&b;</rss>')
    (files / "odd.json").write_text('{"a": 1}')
    (files / "broken.json").write_text('{"format": "lambdaudit-report", "version": 1}')
    wrong = [
        (("bomb.xml", "--with", "account.json"), "declares a document type"),
        (("odd.json", "--with", "account.json"), "no format"),
        (("http://feeds.example/x", "--with", "account.json"), "only https"),
        (("gone.xml", "--with", "account.json"), "No such file"),
        (("NVD.json", "--with", "gone.json"), "cannot read gone.json"),
        (("NVD.json", "--with", "odd.json"), "not a lambdaudit snapshot"),
        (("NVD.json", "--with", "broken.json"), "broken.json is damaged"),
        (("-", "-", "--with", "account.json"), "one FEED only"),
        (("NVD.json", "--with", "account.json", "--since", "May"), "--since May"),
        (("NVD.json", "--with", "account.json", "--advisories", "gone.db"), "no advisory database gone.db"),
    ]
    for arguments, words in wrong:
        result = run("advisories", *arguments)
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert words in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert run("advisories", "NVD.json").returncode == 2


def test_the_feeds_that_can_be_read_are_told(run: Run, files: Path) -> None:
    (files / "some.json").write_text(json.dumps([OSV, {"id": "X", "affected": 5}]))
    result = run("advisories", "gone.xml", "some.json", "--with", "account.json")
    assert result.returncode == 2
    assert "concerns 1 of your functions" in result.stdout
    assert "cannot read gone.xml" in result.stderr
    assert "1 entries of some.json are malformed" in result.stderr
