"""Where the one-file lambdaudit unpacks: a folder of the user's own, closed to others, or one clear line."""

import os
import subprocess
import sys
from pathlib import Path

START = Path(__file__).parents[2] / "tools" / "zipapp_start.py"


def started(tmp_path: Path, python: tuple[int, ...] = sys.version_info[:2], **env: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "start.py"
    script.write_text(f"{START.read_text()}\nprepare({python!r})\nprint(os.environ['PEX_ROOT'])\n")
    own = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], **env}
    command = [sys.executable, str(script)]
    return subprocess.run(command, capture_output=True, text=True, env=own, umask=0, timeout=60, check=False)


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    return line


def test_the_folder_is_closed_to_others(tmp_path: Path) -> None:
    result = started(tmp_path)
    folder = tmp_path / "home" / ".cache" / "lambdaudit" / "zipapp"
    assert (result.returncode, result.stdout.strip()) == (0, str(folder)), result.stderr
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o700, 0o700]
    folder.chmod(0o777)
    assert started(tmp_path).returncode == 0
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_cache_folder_and_the_root_can_be_set(tmp_path: Path) -> None:
    assert started(tmp_path, XDG_CACHE_HOME=str(tmp_path / "c")).stdout.strip() == str(tmp_path / "c" / "lambdaudit" / "zipapp")
    assert started(tmp_path, XDG_CACHE_HOME="relative").stdout.strip().startswith(str(tmp_path / "home"))
    assert started(tmp_path, PEX_ROOT="/own").stdout.strip() == "/own"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    own = tmp_path / "home" / ".cache" / "lambdaudit"
    own.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (own / "zipapp").symlink_to(tmp_path / "elsewhere")
    assert "is not a folder of yours" in one_line(started(tmp_path))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot unpack into" in one_line(started(tmp_path, XDG_CACHE_HOME=str(tmp_path / "file")))


def test_another_python(tmp_path: Path) -> None:
    assert one_line(started(tmp_path, (3, 2))) == "lambdaudit.pyz: made for Python 3.2: run it with python3.2"
