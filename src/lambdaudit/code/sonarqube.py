"""Has SonarQube analyse a package: a project of our own for as long as it takes, the scanner, our own task, the issues.

Nothing stays behind: the folder with the sources (mode 0700) and the project on the server are removed whatever happens.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdaudit.model.finding import Severity

from .package import Package
from .sonarserver import NotCreated, Server, SonarError

SCANNER = "sonar-scanner"
SOURCES = frozenset(
    "py js mjs cjs jsx ts mts cts tsx java kt kts rb go php cs vb scala sh html htm vue xml yml yaml tf sql".split()  # noqa: SIM905
)
"""Suffixes of files that are handed on. Settings of tools (``.properties``, ``tsconfig.json``) are not among them: the package
may be an attacker's, and would configure the scanner on this machine."""
_ENVIRONMENT = re.compile(
    r"(?i)PATH|HOME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|USER|USERPROFILE|SYSTEMROOT|JAVA_HOME|(HTTPS?|NO|ALL)_PROXY"
    r"|SONAR_(USER_HOME|SCANNER_OPTS|SCANNER_JAVA_OPTS)|NODE_EXTRA_CA_CERTS"
)
_MAX_REPORT = 64 * 1024

_OLD = {
    "BLOCKER": Severity.CRITICAL,
    "CRITICAL": Severity.HIGH,
    "MAJOR": Severity.MEDIUM,
    "MINOR": Severity.LOW,
    "INFO": Severity.INFO,
}
_NEW = {
    "BLOCKER": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "INFO": Severity.INFO,
}
_QUALITY = {"VULNERABILITY": "SECURITY", "SECURITY_HOTSPOT": "SECURITY", "BUG": "RELIABILITY", "CODE_SMELL": "MAINTAINABILITY"}
_WORST = {"SECURITY": Severity.CRITICAL, "RELIABILITY": Severity.LOW, "MAINTAINABILITY": Severity.INFO}
"""The worst that an issue can be to us: a "blocker" of style gives an attacker nothing."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One place that SonarQube objects to. `path` is that of the package, `line` counts from 1 (0: the whole file)."""

    rule: str
    severity: Severity
    quality: str
    message: str
    path: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The issues of one package, sorted worst first, and what was left out of the analysis, a line each."""

    issues: tuple[Issue, ...]
    notes: tuple[str, ...] = ()
    files: int = 0


class Sonar:
    """Analyses packages, one after the other. Raises SonarError when the scanner is not installed or the token is missing."""

    def __init__(self, server: Server) -> None:
        scanner = shutil.which(SCANNER)
        if scanner is None:
            raise SonarError(f"--sonar-url needs {SCANNER} on the PATH, and it is not there: see docs/sonarqube.md")
        self._scanner = scanner
        self._server = server
        self._token = server.token

    def check(self) -> None:
        """Raise SonarError when the server cannot be reached or does not know the token."""
        self._server.check()

    def analyse(self, package: Package, name: str, digest: str) -> Analysis:
        """Analyse one package; `name` is for people who look at the server meanwhile, `digest` any name of its content.

        Raises SonarError. When the project could not be deleted, that is said in the notes, or in the error's text.
        """
        with tempfile.TemporaryDirectory(prefix="lambdaudit-sonar-") as folder:
            base = Path(folder)
            written, problems = write_sources(package, base / "src")
            if not written:
                return Analysis((), _cut([*problems, *map(str, package.problems)]), 0)
            key = f"lambdaudit-{re.sub('[^A-Za-z0-9]', '', digest)[:16]}-{secrets.token_hex(8)}"
            left: list[str] = []
            with self._project(key, name, left):
                self._scan(base, key)
                self._server.wait(_task_of(base / "report-task.txt", key), key)
                rows, total = self._server.issues(key)
        issues = sorted((_issue(row, key) for row in rows), key=lambda i: (i.severity.rank, i.rule, i.path, i.line, i.message))
        if total > len(issues):
            problems.append(f"SonarQube found {total} issues and gave {len(issues)}")
        return Analysis(tuple(issues), _cut([*left, *problems, *map(str, package.problems)]), written)

    @contextlib.contextmanager
    def _project(self, key: str, name: str, left: list[str]) -> Iterator[None]:
        """A project on the server for as long as the block runs; also when it ends by an error or Ctrl-C."""
        try:
            self._server.create(key, f"lambdaudit {self._server.plain(name)[:200]}")
            yield
        except NotCreated:
            raise
        except SonarError as error:
            not_deleted = self._delete(key)
            if not_deleted:
                raise SonarError(f"{error}; {not_deleted}") from error
            raise
        except BaseException:
            self._delete(key)
            raise
        else:
            left += filter(None, [self._delete(key)])

    def _delete(self, key: str) -> str:
        try:
            self._server.delete(key)
        except SonarError as error:
            return f"the project {key} may be left on the server ({error}): delete it there"
        return ""

    def _scan(self, base: Path, key: str) -> None:
        settings = base / "settings.properties"
        settings.touch(0o600)
        properties = {
            "sonar.host.url": self._server.url,
            "sonar.projectKey": key,
            "sonar.projectBaseDir": str(base),
            "sonar.sources": "src",
            "sonar.working.directory": str(base / "work"),
            "sonar.scanner.metadataFilePath": str(base / "report-task.txt"),
            "sonar.scm.disabled": "true",
            "sonar.sourceEncoding": "UTF-8",
            "sonar.java.binaries": "src",  # must be there for Java sources; packages hold no classes that we hand on
            "project.settings": str(settings),  # an empty file of ours, so that no other is looked for
        }
        command = [self._scanner, *(f"-D{name}={value}" for name, value in properties.items())]
        environment = {name: value for name, value in os.environ.items() if _ENVIRONMENT.fullmatch(name)}
        environment["SONAR_TOKEN"] = self._token  # not on the command line, where every user of the machine can read it
        log = base / "scanner.log"
        with log.open("wb") as output:
            status = _run(command, base, environment, output, self._server.timing.scanner)
        if status is None:
            raise SonarError(f"{SCANNER} did not finish within {self._server.timing.scanner:.0f} s")
        if status:
            raise SonarError(f"{SCANNER} ended with status {status}{self._complaint(log)}")

    def _complaint(self, log: Path) -> str:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _MAX_REPORT))
            lines = file.read().decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if "ERROR" in line] or lines[-1:]
        return f": {self._server.plain(errors[0])[:300]}" if errors else ""


def write_sources(package: Package, folder: Path) -> tuple[int, list[str]]:
    """Write a package's source files below a new folder; how many, and what could not be written, a line each.

    Names come checked from the reader; still nothing is written outside, over something or through a link: files are created
    anew, in folders that this function made.
    """
    folder.mkdir(0o700)
    written = 0
    problems: list[str] = []
    for member in package.files:
        if member.path.rpartition(".")[2].lower() not in SOURCES:
            continue
        target = folder.joinpath(*member.path.split("/"))
        if not target.is_relative_to(folder) or ".." in target.parts:
            problems.append(f"{member.path}: its path leaves the package")
            continue
        data = member.data()
        if data is None:
            continue
        try:
            target.parent.mkdir(0o700, parents=True, exist_ok=True)
        except OSError as error:  # where a folder should be there is a file, or the disk is full
            problems.append(f"{member.path}: cannot be written ({error.strerror})")
            continue
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:  # twice in the package, or a file system to which two names are one
            problems.append(f"{member.path}: left out, a file of that name came before")
            continue
        except OSError as error:
            problems.append(f"{member.path}: cannot be written ({error.strerror})")
            continue
        with open(descriptor, "wb") as file:
            file.write(data)
        written += 1
    return written, problems


def _run(command: list[str], folder: Path, environment: dict[str, str], output: Any, seconds: float) -> int | None:
    """The exit status, or None when it took too long. The scanner is a script that starts Java: all of its group is ended."""
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise SonarError(f"{SCANNER} cannot be started: {error.strerror or error}") from error
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    process.wait()


def _task_of(report: Path, key: str) -> str:
    """The id of the task that this run of the scanner handed in, from the file that it wrote for us."""
    try:
        with report.open("rb") as file:
            text = file.read(_MAX_REPORT).decode("utf-8", "replace")
    except OSError as error:
        raise SonarError(f"{SCANNER} left no report-task.txt: is it version 4 or newer?") from error
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if fields.get("projectKey") != key or not fields.get("ceTaskId"):
        raise SonarError(f"{SCANNER} reported no task for our project")
    return fields["ceTaskId"].strip()


def _issue(row: dict[str, Any], key: str) -> Issue:
    severity, quality = rated(row)
    path = str(row.get("component") or "").removeprefix(f"{key}:").removeprefix("src/")
    line = row.get("line")
    return Issue(
        rule=_short(row.get("rule"), 100) or "?",
        severity=severity,
        quality=quality,
        message=_short(row.get("message"), 500),
        path=_short("" if path == key else path, 1100),
        line=line if isinstance(line, int) and line > 0 else 0,
    )


def rated(row: dict[str, Any]) -> tuple[Severity, str]:
    """Our severity, and the quality that suffers most: by the impacts that servers give since 10.2, else by type and severity.

    A word that is not known counts as medium, within what its quality can be at worst.
    """
    impacts = row.get("impacts")
    pairs = [
        (_NEW.get(str(i.get("severity")), Severity.MEDIUM), str(i.get("softwareQuality")))
        for i in (impacts if isinstance(impacts, list) else ())
        if isinstance(i, dict) and i.get("softwareQuality")
    ]
    if not pairs:
        quality = _QUALITY.get(str(row.get("type")), "SECURITY")
        pairs = [(_OLD.get(str(row.get("severity")), Severity.MEDIUM), quality)]
    capped = [(max(s, _WORST.get(q, Severity.CRITICAL), key=lambda x: x.rank), q) for s, q in pairs]
    return min(capped, key=lambda pair: (pair[0].rank, pair[1] != "SECURITY", pair[1]))


def _short(value: object, most: int) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(value or "")[: most + 1]).strip()
    return text if len(text) <= most else text[: most - 1] + "…"


def _cut(notes: list[str], most: int = 20) -> tuple[str, ...]:
    return tuple(notes) if len(notes) <= most else (*notes[:most], f"and {len(notes) - most} more")
