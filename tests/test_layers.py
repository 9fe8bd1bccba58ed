"""The architecture as a test: a package imports only what stands left of it, and start-up loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "lambdaudit"
LEFT_TO_RIGHT = [
    {"version", "web"},
    {"model"},
    {"config", "secrets", "advisories"},
    {"sources", "iam", "code", "network", "paths", "data", "demo"},
    {"facts"},
    {"rules"},
    {"overview", "baseline"},
    {"engine"},
    {"settle"},
    {"reporters"},
    {"cli"},
]
ALLOWED_BESIDE = {("config", "advisories"), ("sources", "iam"), ("demo", "data"), ("iam", "data"), ("data", "sources")}
RANK = {name: rank for rank, names in enumerate(LEFT_TO_RIGHT) for name in names}


def _imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.split(".")[1] for name in found if name.startswith("lambdaudit.")}


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_left(file: Path) -> None:
    own = file.relative_to(ROOT).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for other in _imports(file) & set(RANK):
        beside = RANK[other] == RANK[own] and ((own, other) in ALLOWED_BESIDE or own == other)
        assert other == own or beside or RANK[other] < RANK[own], f"{own} imports {other}, which stands beside it or right of it"


def test_every_package_has_its_place() -> None:
    packages = {p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    modules = {p.stem for p in ROOT.glob("*.py")} - {"__init__", "__main__"}
    assert packages | modules <= set(RANK), (packages | modules) - set(RANK)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["audit", "--help"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from lambdaudit.cli.app import app\n"
        f"try: app.main({arguments!r}, standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'botocore', 'rich', 'msgspec', 'moto', 'yaml', 'tree_sitter', 'samtranslator', 'networkx'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
