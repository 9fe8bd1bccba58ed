"""The verbs about third-party software, run as processes: sbom, deps and where-used over snapshots, folders and packages."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lambdaudit.model.snapshot import write
from tests.advisories.osv_server import Osv, serve
from tests.code.image.images import docker_save, layer
from tests.code.zips import zipped
from tests.rules.world import build

from .conftest import Run

FILES = {
    "app.py": "import requests\n",
    "requests-2.28.2.dist-info/METADATA": "Name: requests\nVersion: 2.28.2\nLicense: Apache-2.0\n",
    "requests-2.28.2.dist-info/RECORD": "requests/__init__.py,,\n",
    "yaml/__init__.py": "__version__ = '5.4'\n",
    "node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
}
ADVISORY: dict[str, Any] = {
    "id": "PYSEC-2023-74", "aliases": ["CVE-2023-32681"], "modified": "2026-11-01T00:00:00Z", "summary": "Leak of a header",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N"}],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "requests"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.3.0"}, {"fixed": "2.31.0"}]}]}],
}  # fmt: skip
OTHER: dict[str, Any] = {"id": "X-1", "affected": [{"package": {"ecosystem": "npm", "name": "nothing"}, "versions": ["1.0.0"]}]}


def part(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {
        "purl": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "ecosystem": "PyPI",
        "path": f"/var/task/{name}",
        **more,
    }


WORLD: dict[str, Any] = {
    "function": {"orders": {}, "returns": {}, "hidden": {}},
    "code": {
        "orders": {"components": [part("requests", "2.28.2", origin="arn:aws:lambda:eu-west-1:111122223333:layer:http:3", reached=True),  # noqa: E501
                                  part("flask", "2.0.1", how="lock file")]},
        "returns": {"components": [part("requests", "2.31.0")]},
        "hidden": {"components": {"unknown": "lambda:GetFunction"}},
    },
}  # fmt: skip


@pytest.fixture
def package(tmp_path: Path) -> str:
    (tmp_path / "fn.zip").write_bytes(zipped(dict(FILES)))
    return "fn.zip"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for name, text in FILES.items():
        path = tmp_path / "fn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return "fn"


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    write(build({**WORLD}), tmp_path / "account.json")
    return "account.json"


@pytest.fixture
def database(tmp_path: Path) -> str:
    (tmp_path / "all.jsonl").write_text(f"{json.dumps(ADVISORY)}\n{json.dumps(OTHER)}\n")
    return "all.jsonl"


def names(text: str) -> set[tuple[str, str]]:
    return {(c["name"], c.get("version", "")) for c in json.loads(text)["components"]}


LISTED = {("requests", "2.28.2"), ("PyYAML", "5.4"), ("left-pad", "1.3.0")}


def test_sbom_of_a_package_and_of_a_folder(run: Run, package: str, folder: str) -> None:
    first = run("sbom", package, env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert (first.returncode, first.stderr) == (0, "")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.stdout) is None
    assert names(first.stdout) == LISTED
    assert "2023-11-14T22:13:20" in first.stdout
    assert run("sbom", package, env={"SOURCE_DATE_EPOCH": "1700000000"}).stdout == first.stdout
    second = run("sbom", folder, "--format", "spdx", "-o", "bill.json", "--strict")
    assert (second.returncode, second.stdout) == (0, "")


def test_sbom_of_a_snapshot(run: Run, snapshot: str) -> None:
    result = run("sbom", snapshot, "--strict")
    assert result.returncode == 4
    assert "not known: hidden" in result.stderr
    assert names(result.stdout) >= {("requests", "2.28.2"), ("requests", "2.31.0"), ("flask", "2.0.1"), ("orders", "")}
    assert "2026-11-21T12:00:00" in result.stdout
    one = run("sbom", snapshot, "--function", "ret*", "--strict")
    assert (one.returncode, names(one.stdout)) == (0, {("requests", "2.31.0")})


def test_deps_with_a_database(run: Run, package: str, snapshot: str, database: str) -> None:
    made = run("deps", "--update", database, "--advisories", "osv.db")
    assert made.returncode == 0
    assert "2 advisories about PyPI, npm" in made.stderr
    result = run("deps", package, "--advisories", "osv.db")
    assert result.returncode == 1
    row = next(line for line in result.stdout.splitlines() if line.startswith("requests"))
    assert row.split()[:2] == ["requests", "2.28.2"]
    assert "medium: CVE-2023-32681" in row
    assert "2.31.0" in row
    assert "3 packages, 1 with known weaknesses" in result.stdout
    assert run("deps", package, "--advisories", "osv.db", "--fail-on", "high", "--strict").returncode == 0
    found = run("deps", snapshot, "--advisories", "osv.db", "--json")
    rows = {(r["package"], r["version"]): r for r in json.loads(found.stdout)["packages"]}
    assert set(rows) == {("requests", "2.28.2"), ("requests", "2.31.0")}
    assert rows["requests", "2.28.2"]["functions"] == ["arn:aws:lambda:eu-west-1:111122223333:function:orders"]
    assert rows["requests", "2.28.2"]["reached"] is True
    assert rows["requests", "2.28.2"]["outdated"] is True
    assert rows["requests", "2.28.2"]["advisories"][0]["fixed"] == "2.31.0"
    assert not rows["requests", "2.31.0"]["advisories"]


def test_the_database_is_found_again(run: Run, package: str, database: str) -> None:
    assert run("deps", package, "--strict").returncode == 4
    without = run("deps", package)
    assert without.returncode == 0
    assert "known weaknesses were not looked up" in without.stdout
    assert "no advisories were given" in without.stderr
    assert run("deps", "--update", database).returncode == 0
    assert run("deps", package).returncode == 1


def test_deps_asks_the_service(run: Run, package: str) -> None:
    with serve(Osv([ADVISORY])) as osv:
        result = run("deps", package, "--osv", "--osv-url", osv.address, "--vulnerable")
    assert result.returncode == 1
    assert "CVE-2023-32681" in result.stdout
    assert "left-pad" not in result.stdout
    gone = run("deps", package, "--osv", "--osv-url", "http://127.0.0.1:9", timeout=60)
    assert gone.returncode == 2
    assert gone.stderr.count("\n") == 1


def test_an_audit_weighs_known_weaknesses(run: Run, snapshot: str, database: str) -> None:
    assert run("deps", "--update", database, "--advisories", "osv.db").returncode == 0
    flags = ("--select", "vulnerable-dependency", "--fail-on", "medium", "--verbose")
    result = run("audit", snapshot, "--advisories", "osv.db", *flags)
    assert result.returncode == 1
    assert "requests 2.28.2 has CVE-2023-32681 (6.1): Leak of a header" in " ".join(result.stdout.split())
    assert run("audit", snapshot, *flags).returncode == 0
    with serve(Osv([ADVISORY])) as osv:
        assert run("audit", snapshot, "--osv", "--osv-url", osv.address, *flags).returncode == 1
    assert run("audit", snapshot, "--advisories", "account.json").stderr.startswith(
        "lambdaudit: account.json is no advisory database"
    )


def test_a_table_of_four_pins_two_outdated(run: Run, tmp_path: Path) -> None:
    """Golden G-14: four pins, two of them outdated, from a dated index file and without a network."""
    pins = {"bcrypt": "3.1.3", "cffi": "1.10.0", "pycparser": "2.17", "six": "1.10.0"}
    (tmp_path / "fn").mkdir()
    for name, version in pins.items():
        (tmp_path / "fn" / f"{name}-{version}.dist-info").mkdir()
        (tmp_path / "fn" / f"{name}-{version}.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    index = {
        "date": "2017-11-01",
        "PyPI": {"bcrypt": ["3.1.4", "2017-10"], "cffi": ["1.11.2", "2017-10"], "pycparser": "2.17", "six": ["1.10.0"]},
    }
    (tmp_path / "index.json").write_text(json.dumps(index))
    result = run("deps", "fn", "--index", "index.json", "--json")
    rows = {r["package"]: (r["version"], r["newest"], r["outdated"]) for r in json.loads(result.stdout)["packages"]}
    assert rows == {
        "bcrypt": ("3.1.3", "3.1.4", True), "cffi": ("1.10.0", "1.11.2", True), "pycparser": ("2.17", "2.17", False),
        "six": ("1.10.0", "1.10.0", False),
    }  # fmt: skip
    assert "newest versions as of 2017-11-01" in run("deps", "fn", "--index", "index.json").stdout


@pytest.mark.parametrize(
    ("question", "functions", "code"),
    [
        ("requests", ["orders", "returns"], 1), ("Requests<2.31.0", ["orders"], 1), ("requests<=2.31", ["orders", "returns"], 1),
        ("PyPI:requests>2.28.2", ["returns"], 1), ("requests==2.31.0", ["returns"], 1), ("requests>=3", [], 4), ("npm:requests", [], 4),  # noqa: E501
        ("flask", [], 4), ("pkg:pypi/requests@2.28.2", ["orders"], 1), ("pkg:pypi/requests<2.31.0", ["orders"], 1),
    ],
)  # fmt: skip
def test_where_a_package_is_used(run: Run, snapshot: str, question: str, functions: list[str], code: int) -> None:
    result = run("where-used", question, snapshot, "--json")
    assert result.returncode == code, result.stderr
    assert [u["function"].rpartition(":")[2] for u in json.loads(result.stdout)["uses"]] == functions
    assert "not known: hidden" in result.stderr


def test_where_used_says_the_layer(run: Run, snapshot: str, package: str) -> None:
    text = run("where-used", "requests", snapshot, package).stdout
    assert "requests: carried by 3 functions" in text
    assert "by arn:aws:lambda:eu-west-1:111122223333:layer:http:3, imported by the handler" in text
    assert run("where-used", "nothing", package).returncode == 0


BAD = [
    (("sbom", "missing"), 2, "cannot read missing"), (("sbom", "text"), 2, "give a snapshot, a folder, a package, an image"),
    (("sbom", "fn.zip", "--function", "x"), 2, "--function only goes with a snapshot"), (("sbom", "empty.json"), 3, "was collected without code"),  # noqa: E501
    (("deps",), 2, "give a TARGET"), (("deps", "fn.zip", "--advisories", "text"), 2, "is no advisory database"),
    (("deps", "fn.zip", "--index", "text"), 2, "cannot read the package index"), (("deps", "--update", "missing"), 2, "cannot read missing"),  # noqa: E501
    (("deps", "fn.zip", "--osv", "--advisories", "x"), 2, "exclude each other"), (("where-used", "a b<", "fn.zip"), 2, "is no package"),  # noqa: E501
    (("where-used", "pkg:nothing", "fn.zip"), 2, "is no package URL"), (("sbom", "fn.zip", "-o", "no/such/file"), 2, "does not exist"),  # noqa: E501
    (("sbom", "account.json", "--function", "nobody"), 3, "of nobody"),
]  # fmt: skip


def test_what_a_handler_imports_is_told_for_folders_and_packages(run: Run, package: str, folder: str) -> None:
    for target in (package, folder):
        rows = {r["package"]: r["reached"] for r in json.loads(run("deps", target, "--json").stdout)["packages"]}
        assert rows["requests"] is True, target
        assert rows["left-pad"] is None
    assert "imported by the handler" in run("where-used", "requests", package).stdout


def test_what_only_a_lock_file_names_may_be_imported_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fn").mkdir()
    (tmp_path / "fn" / "app.py").write_text(
        "import yaml\ndef handler(event, context):\n    return yaml.safe_load(event['body'])\n"
    )
    (tmp_path / "fn" / "requirements.txt").write_text("PyYAML==5.3\nsix==1.10.0\n")
    rows = json.loads(run("deps", "fn", "--json").stdout)["packages"]
    assert {r["package"]: (r["reached"], r["fed"]) for r in rows} == {"PyYAML": (True, True), "six": (None, None)}


def test_look_alikes_and_what_manifests_leave_open_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fn").mkdir()
    (tmp_path / "fn" / "requirements.txt").write_text("reqeusts==1.0\nflask>=2\n")
    result = run("deps", "fn")
    assert "look-alike: reqeusts resembles requests, which is widely used" in result.stdout
    assert "requirements.txt:2: flask >=2 fixes no version" in result.stdout
    told = json.loads(run("deps", "fn", "--json").stdout)
    assert [p["resembles"] for p in told["packages"]] == ["requests"]
    assert [(m["in"], m["file"], m["line"]) for m in told["manifests"]] == [("fn", "requirements.txt", 2)]


def test_image_archives_and_lock_files_are_targets(run: Run, tmp_path: Path) -> None:
    rows = [("var/task/a-1.0.dist-info/METADATA", "file", "Name: a\nVersion: 1.0\n")]
    (tmp_path / "image.tar").write_bytes(docker_save(b'{"config": {"Cmd": ["app.handler"]}}', [layer(*rows, packing="")]))
    found = json.loads(run("sbom", "image.tar").stdout)
    assert [c["purl"] for c in found["components"]] == ["pkg:pypi/a@1.0"]
    (tmp_path / "requirements.txt").write_text("requests==2.28.2\n")
    result = run("deps", "requirements.txt", "--json")
    assert [(r["package"], r["version"]) for r in json.loads(result.stdout)["packages"]] == [("requests", "2.28.2")]


def test_tools_of_the_developer_are_not_deployed(run: Run, folder: str, tmp_path: Path) -> None:
    place = tmp_path / folder / ".venv" / "lib" / "python3.12" / "site-packages" / "black-24.1.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text("Name: black\nVersion: 24.1\n")
    assert "black" not in run("deps", folder).stdout


def test_a_package_without_a_version_is_not_called_up_to_date(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "fn.zip", "w") as archive:
        for name in ("__init__", "app", "cli", "ctx", "json", "views", "wrappers"):
            archive.writestr(f"flask/{name}.py", "x = 1\n")
    rows = json.loads(run("deps", "fn.zip", "--json").stdout)["packages"]
    assert [(r["package"], r["version"], r["outdated"]) for r in rows] == [("Flask", "", None)]


@pytest.mark.parametrize(("arguments", "code", "message"), BAD, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_bad_input_is_one_clear_line(
    run: Run, tmp_path: Path, package: str, snapshot: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "text").write_text("hello")
    write(build({"function": {"orders": {}}}), tmp_path / "empty.json")
    result = run(*arguments)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not result.stdout


def test_hostile_names_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    name = "bad\x1b[31m\u202e.js"
    (tmp_path / "fn.zip").write_bytes(
        zipped({f"node_modules/{name}/package.json": '{"name": "a", "version": "1.0.0"}', "x.js.map": "{"})
    )
    for arguments in (("deps", "fn.zip"), ("where-used", "a", "fn.zip"), ("sbom", "fn.zip")):
        result = run(*arguments)
        assert "\x1b" not in result.stdout + result.stderr
        assert "\u202e" not in result.stdout + result.stderr
