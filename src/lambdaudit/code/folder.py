"""Code that lies on this disk: a folder, a zip or jar, a single file, or an image archive, as the file system of a function."""

import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .chosen import chosen
from .filesystem import LAMBDA, TASK, FileSystem, Part, compose
from .package import MIB, Limits

_LEFT_OUT = frozenset((
    ".git", ".hg", ".svn", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".aws-sam",
    ".serverless", "cdk.out", ".terraform", ".idea", ".vscode",
))  # fmt: skip
"""Folders of tools, which no deployment takes along. Installed libraries (node_modules …) are listed: they count as vendored."""
_MOST_DEPTH = 40
PACKED = (".zip", ".jar", ".war", ".whl", ".egg")
IMAGES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci")
"""Suffixes of packages, and of image archives."""
LIMITS = Limits(inflated=1024 * MIB, file=8 * MIB, entries=100_000)


class SourceError(Exception):
    """Code on disk cannot be read: one line that says what and where."""


class _OnDisk:
    """A file on this disk. It is opened without following links, and read no further than its limit."""

    __slots__ = ("_limit", "_path", "mode", "size")

    def __init__(self, path: Path, status: os.stat_result, limit: int) -> None:
        self._path = path
        self.mode = status.st_mode
        self.size = status.st_size
        self._limit = limit

    @property
    def stated(self) -> tuple[int, int]:
        """Not its content: two files on disk count as different unless they are the same one."""
        return zlib.crc32(os.fsencode(self._path)), self.size

    def data(self, most: int = 0) -> bytes | None:
        """The content, or None when it is too large or cannot be read."""
        found = []
        for chunk in self.chunks(most):
            if chunk is None:
                return None
            found.append(chunk)
        return b"".join(found)

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        """The content piece by piece, a None at the end when it broke off."""
        left = most or self._limit
        try:
            handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            yield None
            return
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                yield None
                return
            while data := file.read(64 * 1024):
                left -= len(data)
                if left < 0:
                    yield None
                    return
                yield data


@contextmanager
def local(
    path: Path,
    origin: str,
    architecture: str = "x86_64",
    limits: Limits = LIMITS,
    packed: Limits = LAMBDA,
    patterns: Sequence[str] = (),
) -> Iterator[FileSystem]:
    """The file system of a function whose code lies at a path, for as long as the context lasts.

    A folder or file lies below /var/task; a zip, jar or wheel is taken as the package; a tar as an image archive. `packed` are
    the limits of a zip, `patterns` say which files of a folder belong to it (see :mod:`.chosen`). Raises SourceError when there
    is nothing to read.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            yield from_folder(path, origin, limits, patterns)
        elif not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{path} is neither a file nor a folder")
        elif path.suffix.lower() in PACKED:
            with path.open("rb") as file:
                files = compose(Part(origin, file), limits=packed)
                broken = next((p.text for p in files.problems if p.kind == "broken" and not p.path), "")
                if broken and not len(files):
                    raise SourceError(f"cannot read {path}: {broken}")
                yield files
        elif path.name.lower().endswith(IMAGES):
            yield from _image(path, origin, architecture)
        else:
            files = FileSystem(limits)
            files.add(f"{TASK}/{path.name}", _OnDisk(path, status, limits.file), origin)
            yield files
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error


def _image(path: Path, origin: str, architecture: str) -> Iterator[FileSystem]:
    from .image import ImageError, assemble, opened

    try:
        with opened(path, architecture) as image:
            yield assemble(image.config, [file for _, file in image.layers], origin)[0]
    except ImageError as error:
        raise SourceError(str(error)) from error


def from_folder(root: Path, origin: str, limits: Limits = LIMITS, patterns: Sequence[str] = ()) -> FileSystem:
    """The plain files below a folder, as if it were a package. Links are followed within the folder only, devices not at all."""
    files = FileSystem(limits)
    taken = chosen(patterns)
    count = 0
    for folder, folders, names in os.walk(root, onerror=None, followlinks=False):
        here = Path(folder)
        below = here.relative_to(root).as_posix()
        prefix = TASK if below == "." else f"{TASK}/{below}"
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(n for n in folders if n not in _LEFT_OUT and n not in links and prefix.count("/") < _MOST_DEPTH)
        for name in sorted((*names, *links)):
            if not taken(name if below == "." else f"{below}/{name}"):
                continue
            count += 1
            if count > limits.entries:
                files.tell("too many", "", f"more than {limits.entries} files; the rest was not read", origin)
                return files
            _add(files, here / name, f"{prefix}/{name}", root, origin)
    return files


def add_file(files: FileSystem, full: Path, path: str, origin: str) -> bool:
    """Put a plain file of this disk at a path of a function's file system; whether it is one."""
    try:
        status = full.lstat()
    except OSError:
        return False
    if stat.S_ISREG(status.st_mode) and path.isprintable():
        files.add(path, _OnDisk(full, status, files.limits.file), origin)
        return True
    return False


def _add(files: FileSystem, full: Path, path: str, root: Path, origin: str) -> None:
    if not path.isprintable():
        files.tell("path", ascii(path)[:200], "its path has control characters", origin)
        return
    try:
        status = full.lstat()
        if stat.S_ISREG(status.st_mode):
            files.add(path, _OnDisk(full, status, files.limits.file), origin)
        elif stat.S_ISLNK(status.st_mode):
            target = full.resolve()
            if target.is_relative_to(root.resolve()):
                inside = target.relative_to(root.resolve()).as_posix()
                files.add_link(path, f"{TASK}/{inside}" if inside != "." else TASK)
            else:
                files.tell("link", path, "it is a symbolic link that leads out of the folder", origin)
        else:
            files.tell("link", path, "it is neither a file nor a folder", origin)
    except (OSError, RuntimeError) as error:
        files.tell("broken", path, f"it cannot be read ({type(error).__name__})", origin)


__all__ = ["IMAGES", "LIMITS", "PACKED", "SourceError", "add_file", "from_folder", "local"]
