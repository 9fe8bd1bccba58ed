"""Code on this disk: folders, archives and single files."""

import os
from pathlib import Path

import pytest

from lambdaudit.code.folder import SourceError, from_folder, local
from lambdaudit.code.package import Limits
from tests.code.zips import zipped

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "src").mkdir(parents=True)
    (folder / "src/app.py").write_text("x = 1")
    (tmp_path / "secret.txt").write_text("outside")
    return folder


def test_a_folder_is_a_package(root: Path) -> None:
    (root / "node_modules/x").mkdir(parents=True)
    (root / "node_modules/x/index.js").write_text("1")
    (root / ".git").mkdir()
    (root / ".git/HEAD").write_text("1")
    files = from_folder(root, FN)
    assert files.paths() == ("/var/task/node_modules/x/index.js", "/var/task/src/app.py")
    assert files.read("/var/task/src/app.py") == b"x = 1"
    assert files.origin("/var/task/src/app.py") == FN


def test_links_are_followed_within_the_folder_only(root: Path) -> None:
    (root / "inside.py").symlink_to("src/app.py")
    (root / "folder").symlink_to("src", target_is_directory=True)
    (root / "outside.txt").symlink_to("../secret.txt")
    (root / "up").symlink_to("..", target_is_directory=True)
    (root / "round").symlink_to("round")
    os.mkfifo(root / "pipe")
    files = from_folder(root, FN)
    assert files.read("/var/task/inside.py") == b"x = 1"
    assert files.read("/var/task/folder/app.py") == b"x = 1"
    assert files.read("/var/task/outside.txt") is None
    assert not any("secret" in path for path in files.paths())
    told = {problem.path for problem in files.problems}
    assert {"/var/task/outside.txt", "/var/task/up", "/var/task/pipe"} <= told


def test_a_file_that_becomes_a_link_or_pipe_later_is_not_followed(root: Path) -> None:
    files = from_folder(root, FN)
    (root / "src/app.py").unlink()
    (root / "src/app.py").symlink_to("../../secret.txt")
    assert files.read("/var/task/src/app.py") is None


def test_limits(root: Path) -> None:
    for number in range(30):
        (root / f"f{number}").write_text("1" * number)
    files = from_folder(root, FN, Limits(entries=10, file=3))
    assert len(files) <= 10
    assert {problem.kind for problem in files.problems} == {"too many"}
    assert all(len(files.read(path) or b"") <= 3 for path in files.paths())


def test_archives_and_single_files(root: Path) -> None:
    (root / "p.zip").write_bytes(zipped({"app.py": "zip"}))
    (root / "p.jar").write_bytes(zipped({"A.class": "jar"}))
    for name, path, data in (("p.zip", "app.py", b"zip"), ("p.jar", "A.class", b"jar"), ("src/app.py", "app.py", b"x = 1")):
        with local(root / name, FN) as files:
            assert files.read(f"/var/task/{path}") == data
    with local(root, FN) as files:
        assert "/var/task/p.zip" in files


def test_what_is_not_there_is_told_in_one_line(root: Path) -> None:
    (root / "x.tar").write_text("no tar")
    for name, said in (("none", "cannot read"), ("x.tar", "not an image archive")):
        with pytest.raises(SourceError, match=said), local(root / name, FN):
            pass
