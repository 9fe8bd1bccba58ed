"""Templates in a folder: audited, patched, audited again."""

import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lambdaudit import engine
from lambdaudit.config import Options as Settings
from lambdaudit.facts import runtimes
from lambdaudit.model.finding import Finding
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.patches import Patches, propose
from lambdaudit.sources.iac.resources import Options

CREATED = "2026-11-22"


@dataclass
class Audited:
    """What an audit with all rules says of a folder."""

    patches: Patches
    errors: list[str]

    def of(self, rule: str) -> list[Finding]:
        return [finding for finding in self.patches.report.findings if finding.rule == rule]

    @property
    def rules(self) -> Counter[str]:
        return Counter(finding.rule for finding in self.patches.report.findings)


def successor(runtime: str) -> str:
    life = runtimes.lifecycle(runtime)
    return life.successor if life else ""


def audit(root: Path, *select: str, parameters: dict[str, str] | None = None) -> Audited:
    """The report with patches, with the rules of `select` or with all."""
    given = parameters or {}
    lifted = read_directory(root, Options(root=root, parameters=given))
    inventory = lifted.inventory(source="test", created=CREATED)
    settings = Settings(select=select, persona="strict")
    report = lifted.places.relocate(engine.audit(inventory, settings, pages=False), inventory)
    made = propose(report, inventory, lifted, root=root, parameters=given, successor=successor)
    return Audited(made, lifted.errors)


def written(folder: Path, files: dict[str, str]) -> Path:
    """A folder with files, line ends as given."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return folder


def write(patches: Patches) -> None:
    """Write what the patches make of their files."""
    for file in patches.files:
        assert file.real.read_bytes() == file.before
        file.real.write_bytes(file.after)


def changed(diff: str) -> list[str]:
    """The lines that a diff takes away and adds."""
    return [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]


def with_git(folder: Path, diff: str) -> None:
    """Apply a diff as a user would with git."""
    run = subprocess.run(["git", "apply", "-"], cwd=folder, input=diff.encode(), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


def with_patch(folder: Path, diff: str) -> None:
    """Apply a diff as a user would with patch; fuzz would mean that the context is wrong."""
    command = ["patch", "-p1", "--binary", "--fuzz=0", "--no-backup-if-mismatch"]
    run = subprocess.run(command, cwd=folder, input=diff.encode(), capture_output=True, check=False)
    assert run.returncode == 0, run.stdout.decode()
    assert b"fuzz" not in run.stdout
    assert b"offset" not in run.stdout
