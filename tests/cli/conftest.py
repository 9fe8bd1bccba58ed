"""Runs the command as a user does: a process of its own, in an empty folder, without the user's AWS configuration."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``run("audit", "aws", env={…}, stdin="…")`` in a fresh folder; the result has returncode, stdout and stderr."""

    def call(
        *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120, limit: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LAMBDAUDIT_")) and "proxy" not in k.lower()}
        own |= {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "100", **(env or {})}
        command = [sys.executable, "-m", "lambdaudit", *arguments]
        if limit is not None:
            command = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "-", *command]
        return subprocess.run(
            command, capture_output=True, text=True, env=own, cwd=tmp_path, input=stdin, timeout=timeout, check=False
        )

    return call
