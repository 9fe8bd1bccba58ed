"""Functions and operators: documented values, compared with Terraform itself where it is installed."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .world import known, module

EXPRESSIONS = (Path(__file__).parent / "expressions.json").read_text("utf-8")
CASES: list[list[str]] = json.loads(EXPRESSIONS)


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0][:60] for case in CASES])
def test_value_of_an_expression(tmp_path: Path, expression: str, expected: str) -> None:
    assert known(module(tmp_path), f"jsonencode({expression})") == expected


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_expected_values_are_terraforms(tmp_path: Path) -> None:
    rows = [f'output "o{i}" {{ value = jsonencode({case[0]}) }}\n' for i, case in enumerate(CASES)]
    (tmp_path / "main.tf").write_text("".join(rows), "utf-8")

    def run(*arguments: str) -> str:
        done = subprocess.run(["terraform", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("plan", "-out=plan", "-no-color")
    outputs = json.loads(run("show", "-json", "plan"))["planned_values"]["outputs"]
    assert {name: row["value"] for name, row in outputs.items()} == {f"o{i}": case[1] for i, case in enumerate(CASES)}


def test_every_expression_stands_once() -> None:
    assert len(CASES) > 120
    assert len({re.sub(r"\s", "", case[0]) for case in CASES}) == len(CASES)
