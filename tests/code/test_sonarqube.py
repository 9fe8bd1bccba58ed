"""REG-20: the adapter waits for its own task, keeps to its own folder, maps severities, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lambdaudit.code.package import read
from lambdaudit.code.sonarqube import Analysis, Sonar, rated
from lambdaudit.code.sonarserver import Server, SonarError, Timing, checked_url
from lambdaudit.model.finding import Severity
from tests.code.sonar import TOKEN, SonarServer, install_scanner, issue, recorded
from tests.code.zips import link, with_entries, zipped

QUICK = Timing(request=5, poll=0.01, task=2, scanner=20)
PACKAGE = zipped(
    {"app.py": "print(1)", "lib/util.js": "var a", "data.bin": "…", "sonar-project.properties": "sonar.host.url=http://evil"}
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, so that a test sees what is left in it."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scanner on the PATH; where it records what it saw."""
    record = install_scanner(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up-key-of-the-user")
    return record


@pytest.fixture
def server() -> Iterator[SonarServer]:
    with SonarServer() as running:
        yield running


def analyse(server: SonarServer, package: bytes = PACKAGE, timing: Timing = QUICK) -> Analysis:
    return Sonar(Server(server.url, TOKEN, timing)).analyse(read(package), "orders", "c2hhMjU2+/=")


def test_reg_20_it_waits_for_its_own_task_not_for_the_newest(server: SonarServer, scanner: Path, temporary: Path) -> None:
    server.issues = [issue("app.py", 7)]
    server.polls_until_done = 4
    found = analyse(server)
    assert [(i.path, i.line, i.rule, i.severity) for i in found.issues] == [("app.py", 7, "python:S2077", Severity.MEDIUM)]
    assert set(server.asked) == {"AY-mine-0"}
    assert len(server.asked) == 5
    assert found.files == 2


def test_reg_20_nothing_is_left_and_the_folder_of_the_process_stays(server: SonarServer, scanner: Path, temporary: Path) -> None:
    before = os.getcwd()
    analyse(server)
    analyse(server)
    assert os.getcwd() == before
    assert list(temporary.iterdir()) == []
    assert len(set(server.deleted)) == 2
    assert set(server.projects) == {"somebody-elses"}


def test_the_scanner_gets_sources_only_and_neither_token_nor_aws_keys_on_its_way(
    server: SonarServer, scanner: Path, temporary: Path
) -> None:
    analyse(server)
    (seen,) = recorded(scanner)
    assert {name for name in seen["files"] if name.startswith("src/")} == {"src/app.py", "src/lib/util.js"}
    assert "evil" not in str(seen["files"])
    assert seen["mode"] == 0o700
    assert seen["folder"].startswith(str(temporary))
    assert TOKEN not in str(seen["arguments"])
    assert seen["environment"]["SONAR_TOKEN"] == TOKEN
    assert not [name for name in seen["environment"] if name.startswith("AWS_")]


def test_reg_21_nothing_is_written_outside_the_folder(server: SonarServer, scanner: Path, temporary: Path) -> None:
    tricks = [(zipfile.ZipInfo(n), b"evil") for n in ("../up.py", "/abs.py", "..\\w.py", "a/../../x.py", "a.py/b.py")]
    package = with_entries([link("src", "/"), link("d", ".."), (zipfile.ZipInfo("a.py"), b"good"), *tricks])
    found = analyse(server, package)
    (seen,) = recorded(scanner)
    assert {n: t for n, t in seen["files"].items() if t == "evil"} == {}
    assert seen["files"]["src/a.py"] == "good"
    assert len(found.notes) == 7
    assert list(temporary.iterdir()) == []


def test_all_pages_are_read_and_more_than_the_server_gives_is_told(server: SonarServer, scanner: Path) -> None:
    server.issues = [issue("app.py", n) for n in range(1, 1202)]
    assert len(analyse(server).issues) == 1201
    assert server.requests.count("/api/issues/search") == 3
    server.issues = [issue("app.py", n) for n in range(1, 10_101)]
    found = analyse(server)
    assert len(found.issues) == 10_000
    assert "SonarQube found 10100 issues and gave 10000" in found.notes


def impact(quality: str, severity: str) -> dict[str, Any]:
    return {"impacts": [{"softwareQuality": quality, "severity": severity}]}


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"severity": "BLOCKER"}, "critical"),
        ({"severity": "CRITICAL"}, "high"),
        ({"severity": "MAJOR"}, "medium"),
        ({"severity": "MINOR"}, "low"),
        ({"severity": "INFO"}, "info"),
        ({"severity": "BLOCKER", "type": "BUG"}, "low"),
        ({"severity": "BLOCKER", "type": "CODE_SMELL"}, "info"),
        ({"severity": "INFO", "type": "BUG"}, "info"),
        (impact("SECURITY", "BLOCKER"), "critical"),
        (impact("SECURITY", "HIGH"), "high"),
        (impact("SECURITY", "MEDIUM"), "medium"),
        (impact("SECURITY", "LOW"), "low"),
        (impact("SECURITY", "INFO"), "info"),
        (impact("RELIABILITY", "HIGH"), "low"),
        (impact("MAINTAINABILITY", "BLOCKER"), "info"),
        ({"impacts": [*impact("MAINTAINABILITY", "HIGH")["impacts"], *impact("SECURITY", "LOW")["impacts"]]}, "low"),
        ({"severity": "DIRE"}, "medium"),
        ({"impacts": "odd", "severity": None, "type": 3}, "medium"),
    ],
    ids=str,
)
def test_reg_20_severities_are_those_of_the_issue(fields: dict[str, Any], severity: str) -> None:
    assert rated(issue("app.py", **fields))[0] == Severity(severity)


def test_a_wrong_token_is_one_line_without_it(server: SonarServer, scanner: Path) -> None:
    server.token = "another"
    with pytest.raises(SonarError, match="does not accept SONAR_TOKEN") as caught:
        Sonar(Server(server.url, TOKEN, QUICK)).check()
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "status", "said", "created"),
    [
        ("/api/projects/create", 403, "does not allow api/projects/create", False),
        ("/api/ce/task", 500, "status 500: as the test wants it", True),
        ("/api/issues/search", 403, "does not allow api/issues/search", True),
    ],
)
def test_the_project_is_deleted_after_errors(
    server: SonarServer, scanner: Path, temporary: Path, path: str, status: int, said: str, created: bool
) -> None:
    server.status_for[path] = status
    with pytest.raises(SonarError, match=said):
        analyse(server)
    assert len(server.deleted) == created
    assert set(server.projects) == {"somebody-elses"}
    assert list(temporary.iterdir()) == []


def test_a_task_that_failed_or_never_ends(server: SonarServer, scanner: Path) -> None:
    server.final = "FAILED"
    with pytest.raises(SonarError, match="AY-mine-0 is FAILED"):
        analyse(server)
    server.polls_until_done = 10**9
    with pytest.raises(SonarError, match="within 0 s"):
        analyse(server, timing=Timing(request=5, poll=0.01, task=0.1))
    assert len(server.deleted) == 2


def test_a_project_that_cannot_be_deleted_is_named(server: SonarServer, scanner: Path) -> None:
    server.status_for["/api/projects/delete"] = 403
    note = analyse(server).notes[0]
    (key,) = set(server.projects) - {"somebody-elses"}
    assert f"the project {key} may be left on the server" in note


def test_a_scanner_that_fails_hangs_or_is_missing(
    server: SonarServer, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(SonarError, match="needs sonar-scanner on the PATH"):
        Sonar(Server(server.url, TOKEN, QUICK))
    complaint = "print('noise'); print('ERROR no way, ' + os.environ['SONAR_TOKEN'] + '\\x1b[31m'); sys.exit(3)"
    install_scanner(tmp_path / "bin", complaint)
    with pytest.raises(SonarError, match="ended with status 3: ERROR no way, …") as caught:
        analyse(server)
    assert "\x1b" not in str(caught.value)
    record = install_scanner(tmp_path / "bin", "import subprocess; subprocess.run(['/bin/sleep', '60'])")
    with pytest.raises(SonarError, match="did not finish within 1 s"):
        analyse(server, timing=Timing(request=5, scanner=1))
    assert not alive(recorded(record)[-1]["pid"])
    assert len(server.deleted) == 2
    assert list(temporary.iterdir()) == []


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


INTERRUPTED = """
import sys
from lambdaudit.code.package import read
from lambdaudit.code.sonarqube import Sonar
from lambdaudit.code.sonarserver import Server
try:
    Sonar(Server(sys.argv[1], sys.argv[2])).analyse(read(open(sys.argv[3], "rb").read()), "orders", "x")
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_ctrl_c_deletes_the_project_and_the_folder_and_ends_the_scanner(server: SonarServer, tmp_path: Path) -> None:
    record = install_scanner(tmp_path / "bin", "time.sleep(60)")
    (tmp_path / "package.zip").write_bytes(PACKAGE)
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "127.0.0.1", "TMPDIR": str(tmp_path / "tmp"),
    }  # fmt: skip
    command = [sys.executable, "-c", INTERRUPTED, server.url, TOKEN, str(tmp_path / "package.zip")]
    process = subprocess.Popen(command, env=environment)
    threading.Thread(target=_interrupt, args=(process, record), daemon=True).start()
    assert process.wait(60) == 130
    assert len(server.deleted) == 1
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not alive(recorded(record)[0]["pid"])


def _interrupt(process: "subprocess.Popen[bytes]", record: Path) -> None:
    """Ctrl-C as soon as the scanner runs."""
    while not recorded(record):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)


def test_a_package_without_sources_makes_no_project(server: SonarServer, scanner: Path) -> None:
    assert analyse(server, zipped({"bootstrap": b"\x7fELF"})).issues == ()
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["", "sonar.example.com", "ftp://x", "https://", "https://x/?a=b", "https://x y", "http://[::1", "http://x:99999"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(SonarError, match="takes the address"):
        checked_url(url)


def test_an_address_must_not_hold_a_password() -> None:
    with pytest.raises(SonarError, match="must not hold a name or password") as caught:
        checked_url("https://admin:admin@sonar.example.com")
    assert "admin:admin" not in str(caught.value)
    assert checked_url("https://sonar.example.com/sonar/") == "https://sonar.example.com/sonar"


def test_what_is_not_sonarqube(scanner: Path) -> None:
    with pytest.raises(SonarError, match="cannot be reached"):
        Sonar(Server("http://127.0.0.1:9", TOKEN, QUICK)).check()


def test_reg_20_the_compose_file_pins_its_image_and_holds_no_credentials() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "sonarqube-compose.yml").read_text()
    (service,) = yaml.safe_load(text)["services"].values()
    assert re.fullmatch(r"sonarqube:\d+(\.\d+){3}-community", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert not [name for name in service["environment"] if re.search("PASS|USER|TOKEN|SECRET|LOGIN", name)]


def test_names_that_differ_by_unicode_only_or_clash_with_folders(server: SonarServer, scanner: Path) -> None:
    package = with_entries([(zipfile.ZipInfo(n), b"x") for n in ("a.py", "a.py/b.py", "é.py", "e\u0301.py", "CON.py")])
    found = analyse(server, package)
    assert found.files + sum("came before" in note for note in found.notes) == 4
    assert [note for note in found.notes if note.startswith("a.py/b.py: cannot be written")]
