"""The files that components are read from, wherever they are kept."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from lambdaudit.code.package import Member

MOST_FILES = 200_000


class Tree(Protocol):
    """Files by path. :class:`lambdaudit.code.filesystem.FileSystem` is one."""

    def files(self) -> tuple[str, ...]:
        """Every file, sorted."""

    def size(self, path: str) -> int:
        """Bytes of a file, as far as its package can be believed."""

    def read(self, path: str, most: int = 0) -> bytes | None:
        """The content if it has at most `most` bytes, otherwise None."""

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file."""

    def origin(self, path: str) -> str:
        """The ARN of the function or layer version that brings a file."""


class Members:
    """The files of one archive that lies in another; its paths begin with the path of the archive and ``!/``."""

    def __init__(self, members: Iterable[Member], prefix: str, origin: str) -> None:
        self._members = {prefix + m.path: m for m in members}
        self._origin = origin

    def files(self) -> tuple[str, ...]:
        """Every file, sorted."""
        return tuple(sorted(self._members))

    def size(self, path: str) -> int:
        """Bytes of a file as the archive states them."""
        return self._members[path].size if path in self._members else 0

    def read(self, path: str, most: int = 0) -> bytes | None:
        """The content of a file of at most `most` bytes."""
        return self._members[path].data(most) if path in self._members else None

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file."""
        return (self.read(path) or b"")[:size]

    def origin(self, path: str) -> str:
        """The same for all files."""
        return self._origin


class Folder:
    """The files below a folder on disk. Symbolic links are not followed, and nothing but plain files is listed."""

    def __init__(self, root: Path, origin: str = "") -> None:
        self._root = root
        self._origin = origin
        self._sizes: dict[str, int] = {}
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in (".git", ".hg", ".svn"))
            for name in names:
                full = Path(folder, name)
                status = full.lstat()
                if stat.S_ISREG(status.st_mode) and len(self._sizes) < MOST_FILES:
                    self._sizes[full.relative_to(root).as_posix()] = status.st_size

    def files(self) -> tuple[str, ...]:
        """Every file, relative to the folder, sorted."""
        return tuple(sorted(self._sizes))

    def size(self, path: str) -> int:
        """Bytes of a file when the folder was listed."""
        return self._sizes.get(path, 0)

    def read(self, path: str, most: int = 0) -> bytes | None:
        """The content of a file of at most `most` bytes; None when it is larger or cannot be read."""
        if path not in self._sizes or (most and self._sizes[path] > most):
            return None
        try:
            return (self._root / path).read_bytes()
        except OSError:
            return None

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file."""
        try:
            with (self._root / path).open("rb") as file:
                return file.read(size)
        except OSError:
            return b""

    def origin(self, path: str) -> str:
        """The same for all files."""
        return self._origin
