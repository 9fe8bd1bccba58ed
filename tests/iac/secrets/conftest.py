"""The command, as a user runs it, in a folder of its own."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Findings = list[dict[str, Any]]
Audit = Callable[..., Findings]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of the folder that is audited."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")
        return path

    return write


@pytest.fixture
def audit(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The findings of ``lambdaudit audit`` on the folder; further arguments are the command's own."""

    def audit(*arguments: str, target: str = ".") -> Findings:
        report = tmp_path_factory.mktemp("out") / "report.json"
        command = [sys.executable, "-m", "lambdaudit", "audit", target, "-q", "-o", str(report), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (0, 1, 3), done.stderr
        found: Findings = json.loads(report.read_text("utf-8"))["findings"]
        return found

    return audit
