"""The advisory database: what is taken in, what is refused, and real records at the edge of their fixed versions."""

import datetime as dt
import gzip
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.advisories.matching import vulnerabilities
from lambdaudit.advisories.store import AdvisoryError, Store, build
from lambdaudit.model.code import Component

DATA = Path(__file__).parent / "data" / "boundary.jsonl"


def component(ecosystem: str, name: str, version: str) -> Component:
    return Component(purl="", name=name, version=version, ecosystem=ecosystem)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    target = tmp_path_factory.mktemp("advisories") / "osv.db"
    build([DATA], target)
    return Store(target)


EDGES = [
    ("npm", "node-serialize", "0.0.4", {"CVE-2017-5941"}, ""), ("npm", "node-uuid", "1.4.3", {"CVE-2015-8851"}, "1.4.4"),
    ("npm", "node-uuid", "1.4.4", set(), ""), ("npm", "node-jose", "2.2.0", set(), ""),
    ("PyPI", "jsonpickle", "1.4.1", {"CVE-2020-22083"}, "1.4.2"), ("PyPI", "jsonpickle", "1.4.2", set(), ""),
    ("PyPI", "PyYAML", "3.13", {"CVE-2017-18342", "CVE-2020-14343"}, ""), ("PyPI", "requests", "2.28.2", {"CVE-2023-32681"}, "2.31.0"),  # noqa: E501
    ("PyPI", "urllib3", "1.26.14", {"CVE-2023-43804", "CVE-2023-45803"}, ""), ("PyPI", "urllib3", "1.26.16", {"CVE-2023-43804", "CVE-2023-45803"}, ""),  # noqa: E501
    ("PyPI", "urllib3", "2.0.7", set(), ""), ("PyPI", "idna", "3.4", {"CVE-2024-3651"}, "3.7"),
    ("PyPI", "certifi", "2022.12.7", {"CVE-2023-37920"}, "2023.7.22"), ("PyPI", "PyJWT", "2.4.0", set(), ""),
    ("PyPI", "pyjwt", "2.3.0", {"CVE-2022-29217"}, "2.4.0"),
]  # fmt: skip


@pytest.mark.parametrize(("ecosystem", "name", "version", "ids", "fixed"), EDGES)
def test_versions_at_the_edge(store: Store, ecosystem: str, name: str, version: str, ids: set[str], fixed: str) -> None:
    found = vulnerabilities(component(ecosystem, name, version), store)
    named = {v.name if v.name.startswith("CVE") else {"NSWG-ECO-311": "CVE-2017-5941"}.get(v.name, v.name) for v in found}
    assert named == ids
    if fixed:
        assert {v.fixed for v in found} == {fixed}


def test_fixes_of_two_branches(store: Store) -> None:
    assert {v.fixed for v in vulnerabilities(component("PyPI", "urllib3", "2.0.5"), store)} == {"2.0.6", "2.0.7"}
    assert {v.fixed for v in vulnerabilities(component("PyPI", "urllib3", "1.26.16"), store)} == {"1.26.17", "1.26.18"}


def test_age_and_cover(store: Store) -> None:
    assert store.covers("PyPI")
    assert not store.covers("Debian:12")
    assert store.age(dt.date.fromisoformat(store.newest[:10]) + dt.timedelta(days=40)) == 40
    assert store.newest[:10] in store.title


def row(number: int, **more: Any) -> dict[str, Any]:
    entry = {"package": {"ecosystem": "PyPI", "name": "Lib"}, "versions": ["1.0"]}
    return {"id": f"T-{number}", "modified": "2024-01-01T00:00:00Z", "affected": [entry], **more}


def test_all_forms_of_sources(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("T-1.json", json.dumps(row(1)))
        archive.writestr("notes.txt", "x")
    (folder / "two.json").write_text(json.dumps(row(2)))
    (folder / "deep" / "list.json").write_text(json.dumps([row(3), row(4)]))
    (folder / "lines.jsonl.gz").write_bytes(
        gzip.compress(
            f"{json.dumps(row(5))}\n\n{json.dumps(row(1, summary='later', modified='2025-01-01T00:00:00Z'))}\n".encode()
        )
    )
    (folder / "broken.json").write_text("{")
    (folder / "other.json").write_text('{"id": 7}')
    built = build([folder], tmp_path / "db", today=dt.date(2026, 1, 2))
    assert (built.records, built.refused, sorted(built.examples)) == (5, 2, ["broken.json", "other.json"])
    store = Store(tmp_path / "db")
    assert [r.id for r in store.about("PyPI", "lib")] == ["T-1", "T-2", "T-3", "T-4", "T-5"]
    assert store.about("PyPI", "lib")[0].summary == "later"
    assert store.built == "2026-01-02"
    assert (tmp_path / "db").stat().st_mode & 0o777 == 0o644


def test_what_attackers_use_is_known_from_the_catalog(tmp_path: Path) -> None:
    catalog = tmp_path / "known_exploited_vulnerabilities.json"
    rows = [{"cveID": "CVE-2023-32681", "dateAdded": "2024-05-01", "vendorProject": "x"}, {"cveID": "CVE-1999-1"}]
    catalog.write_text(json.dumps({"title": "Catalog", "catalogVersion": "2026.11.20", "vulnerabilities": rows}))
    built = build([DATA, catalog], tmp_path / "osv.db")
    assert (built.exploited, built.refused) == (2, 0)
    store = Store(tmp_path / "osv.db")
    (found,) = vulnerabilities(component("PyPI", "requests", "2.28.2"), store)
    assert found.exploited == "2024-05-01"
    assert [v.exploited for v in vulnerabilities(component("PyPI", "idna", "3.4"), store)] == [""]
    assert store.exploited(["CVE-1999-1"]) == "an unknown day"


def test_the_catalog_alone_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "kev.json").write_text(json.dumps({"catalogVersion": "1", "vulnerabilities": []}))
    with pytest.raises(AdvisoryError, match="no OSV record"):
        build([tmp_path / "kev.json"], tmp_path / "osv.db")


def test_a_database_from_before_the_catalog_still_works(tmp_path: Path) -> None:
    build([DATA], tmp_path / "osv.db")
    connection = sqlite3.connect(tmp_path / "osv.db")
    connection.execute("drop table exploited")
    connection.commit()
    connection.close()
    assert vulnerabilities(component("PyPI", "idna", "3.4"), Store(tmp_path / "osv.db"))[0].exploited == ""


def test_an_older_record_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        f"{json.dumps(row(1, modified='2025-01-01T00:00:00Z'))}\n{json.dumps(row(1, affected=[], modified='2024-01-01T00:00:00Z'))}\n"  # noqa: E501
    )
    build([tmp_path / "a.jsonl"], tmp_path / "db")
    assert Store(tmp_path / "db").about("PyPI", "lib")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [("a.zip", b"PK\x03\x04junk", "cannot read"), ("a.jsonl.gz", b"\x1f\x8bjunk", "cannot read"), ("a.json", b"[1", "no OSV record"), ("a.jsonl", b"", "no OSV record")],  # noqa: E501
)  # fmt: skip
def test_sources_that_are_none_leave_the_old_database(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "db").write_bytes(b"old")
    with pytest.raises(AdvisoryError, match=message):
        build([tmp_path / name], tmp_path / "db")
    assert (tmp_path / "db").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "db"])
    with pytest.raises(AdvisoryError, match="cannot read"):
        build([tmp_path / "missing.zip"], tmp_path / "db")


def test_files_that_are_no_database(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError, match="there is no advisory database"):
        Store(tmp_path / "missing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(AdvisoryError, match="is no advisory database"):
        Store(tmp_path / "text")
    connection = sqlite3.connect(tmp_path / "other")
    connection.execute("create table meta (name text, value text)")
    connection.commit()
    connection.close()
    with pytest.raises(AdvisoryError, match="of this version"):
        Store(tmp_path / "other")


def test_a_damaged_row_is_an_error_not_silence(tmp_path: Path) -> None:
    build([DATA], tmp_path / "db")
    connection = sqlite3.connect(tmp_path / "db")
    connection.execute("update advisory set record = 'x'")
    connection.commit()
    connection.close()
    with pytest.raises(AdvisoryError, match="is damaged"):
        Store(tmp_path / "db").about("PyPI", "requests")


SHARED = Path(__file__).parents[3] / "shared" / "data" / "advisories"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the large set of records is not here")
def test_every_real_record_is_taken_and_judges_its_own_versions(tmp_path: Path) -> None:
    built = build([SHARED], tmp_path / "db")
    assert built.refused == 0
    assert built.records > 7000
    store = Store(tmp_path / "db")
    for line in gzip.decompress((SHARED / "pypi.jsonl.gz").read_bytes()).splitlines()[::40]:
        record = json.loads(line)
        for entry in record["affected"]:
            if not record.get("withdrawn") and entry.get("versions"):
                name, version = entry["package"]["name"], entry["versions"][-1]
                found = vulnerabilities(component("PyPI", name, version), store)
                assert any(record["id"] in v.ids for v in found), (record["id"], name, version)
