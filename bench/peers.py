"""The tools that are measured, each in an environment of its own: how to install one and what to run.

``python -m bench.peers`` installs all peers under bench/.envs (Prowler's needs 2.3 GB); a name installs one. The scanners of
code (bandit, semgrep, njsscan) are installed when a name asks for them or ``bench.flow_bench --peers`` runs.
"""

import argparse
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENTS = Path(__file__).parent / ".envs"
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Environment:
    """A program in an environment of its own: `name` of the folder, `requirement` that pip installs ("": this environment)."""

    name: str
    requirement: str

    def binary(self, script: str) -> str:
        """A script of the environment."""
        return str(ENVIRONMENTS / self.name / "bin" / script)

    @property
    def installed(self) -> bool:
        """Whether the environment is complete."""
        return not self.requirement or (ENVIRONMENTS / self.name / "complete").exists()

    def install(self) -> None:
        """Create the environment and install the pinned version. Raises CalledProcessError when pip fails."""
        if self.installed:
            return
        place = ENVIRONMENTS / self.name
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([self.binary("python"), "-m", "pip", "install", "-qq", self.requirement], check=True)
        (place / "complete").write_text(self.requirement)


@dataclass(frozen=True)
class Tool(Environment):
    """A tool that audits accounts.

    Attributes:
        name: as ``--tool`` spells it.
        requirement: what pip installs; empty for lambdaudit itself, which runs in this environment.
        commands: the command lines that audit the regions into a folder, run one after the other.
        good_exits: exit codes of a run that finished, findings or not.
    """

    commands: Callable[[Sequence[str], Path], list[list[str]]]
    good_exits: tuple[int, ...] = (0,)


def _lambdaudit(regions: Sequence[str], folder: Path) -> list[list[str]]:
    chosen = [part for region in regions for part in ("--region", region)]
    outputs = ["-o", str(folder / "report.json"), "-o", str(folder / "report.html")]
    return [[sys.executable, "-m", "lambdaudit", "audit", "aws", *chosen, *outputs]]


def _lambdaguard(regions: Sequence[str], folder: Path) -> list[list[str]]:
    return [[TOOLS["lambdaguard"].binary("lambdaguard"), "-r", ",".join(regions), "-o", str(folder / "out"), "-v"]]


def _prowler(regions: Sequence[str], folder: Path) -> list[list[str]]:
    services = ("awslambda", "iam", "sqs", "sns", "s3")
    command = [TOOLS["prowler"].binary("prowler"), "aws", "--region", *regions, "--service", *services]
    return [[*command, "--output-directory", str(folder), "--no-banner", "--ignore-exit-code-3"]]


def _scanner(regions: Sequence[str], folder: Path) -> list[list[str]]:
    script = TOOLS["lambda-security-scanner"].binary("lambda-security-scanner")
    return [[script, "security", "-r", region, "-o", str(folder / region)] for region in regions]


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("lambdaudit", "", _lambdaudit, good_exits=(0, 1, 4)),
        Tool("lambdaguard", "LambdaGuard==2.4.3", _lambdaguard),
        Tool("prowler", "prowler==5.46.0", _prowler),
        Tool("lambda-security-scanner", "lambda-security-scanner==1.0.2", _scanner, good_exits=(0, 1, 2)),
    )
}

SCANNERS: dict[str, Environment] = {
    scanner.name: scanner
    for scanner in (
        Environment("bandit", "bandit==1.9.4"),
        Environment("semgrep", "semgrep==1.182.0"),
        Environment("njsscan", "njsscan==1.0.2"),
    )
}
"""Scanners of code."""


def main() -> None:
    """Install the named peers, or all that audit accounts."""
    parser = argparse.ArgumentParser(description="Install the peers that the benchmark measures.")
    every: dict[str, Environment] = {**TOOLS, **SCANNERS}
    parser.add_argument("names", nargs="*", metavar="PEER", help=", ".join(name for name in every if name != "lambdaudit"))
    names = parser.parse_args().names or list(TOOLS)
    for name in names:
        if name not in every:
            parser.error(f"unknown peer {name!r}; known: {', '.join(every)}")
        every[name].install()
        print(f"{name}: ready")


if __name__ == "__main__":
    main()
