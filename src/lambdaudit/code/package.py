"""Reads a deployment package without trusting it: nothing is unpacked to disk, every size is counted while inflating.

A package is written by whoever may deploy, which can be the attacker. So a trick in it (a path that leaves the folder, a link, a
bomb, broken data) is told as a :class:`Problem` beside the files that are fine, never as an exception.
"""

import io
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from .archive import Archive, Entry, ZipError

MIB = 1024**2
Kind = Literal["path", "link", "encrypted", "broken", "too large", "bomb", "too many", "too deep", "twice"]
NESTED = (".jar", ".war", ".whl", ".egg", ".zip")
"""Archives that runtimes load code from; they are read like folders."""
_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_PATH, _MAX_PART = 1024, 255


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and counts for one package, archives in it included. Lambda itself unpacks 250 MiB at most.

    `ratio` holds for entries of more than `ratio_from` bytes, `file` for one file that is handed out, `nested` for one archive in
    the package, which is held in memory while its files are read; `depth` counts archives in archives; `problems` is how many are
    told one by one.
    """

    inflated: int = 300 * MIB
    entries: int = 100_000
    ratio: int = 200
    ratio_from: int = MIB
    file: int = 8 * MIB
    nested: int = 64 * MIB
    depth: int = 2
    problems: int = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A member, or the package itself (empty path), that was not handed out. The path is made printable and cut."""

    path: str
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else f"the package: {self.text}"


class _Stop(Exception):
    """A limit of the whole package is reached."""


class _Refused(Exception):
    """A member is not read on."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind: Kind = kind
        self.text = text


@dataclass(slots=True)
class _Tally:
    """What a package has cost so far, archives in it included, and what was wrong with it."""

    limits: Limits
    inflated: int = 0
    entries: int = 0
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0
    over: bool = False

    def fresh(self) -> "_Tally":
        """An empty tally with the same limits: for reading again what was counted once."""
        return _Tally(self.limits)

    def tell(self, path: str, kind: Kind, text: str) -> None:
        if len(self.problems) < self.limits.problems:
            self.problems.append(Problem(_printable(path), kind, text))
        else:
            self.untold += 1

    def stop(self, kind: Kind, text: str) -> None:
        """Give the package up: told once, whatever the number of problems before."""
        if not self.over:
            self.over = True
            self.problems.append(Problem("", kind, text))
        raise _Stop


class Member:
    """One file of a package. `path` is relative, with slashes; in an archive in the package ``lib/app.jar!/com/x.py``.

    `size` is what the package claims; only :meth:`data` counts. Good while the package's file is open.
    """

    __slots__ = ("_archive", "_entry", "_read", "_tally", "path", "size")

    def __init__(self, path: str, archive: Archive, entry: Entry, tally: _Tally) -> None:
        self.path = path
        self.size = entry.size
        self._archive = archive
        self._entry = entry
        self._tally = tally
        self._read = False

    @property
    def mode(self) -> int:
        """The Unix mode that the archive gives it; 0 where it gives none."""
        return self._entry.mode

    @property
    def stated(self) -> tuple[int, int]:
        """What the directory says of the content, checksum and size: equal for equal files of honest packages."""
        return self._entry.crc, self._entry.size

    def data(self, most: int = 0) -> bytes | None:
        """The content, or None when it cannot be had; the reason is then among the package's problems.

        `most` replaces the limit for one file. What is read again is not counted again.
        """
        found: list[bytes] = []
        for chunk in self.chunks(most):
            if chunk is None:
                return None
            found.append(chunk)
        return b"".join(found)

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        """The content piece by piece; a None at the end means that the rest cannot be had."""
        tally = self._tally.fresh() if self._read else self._tally
        if tally.over:
            yield None
            return
        try:
            yield from _contents(self._archive, self._entry, tally, most or tally.limits.file)
            self._read = True
        except _Refused as refusal:
            self._tally.tell(self.path, refusal.kind, refusal.text)
            yield None
        except _Stop:
            yield None


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link of a package: where it lies and where it points, as the archive says it."""

    path: str
    target: str


class Package:
    """A package that is being read: iterate over `files` once; `problems` is complete when that, and all reading, is done."""

    def __init__(self, source: BinaryIO, limits: Limits) -> None:
        self._tally = _Tally(limits)
        self.files: Iterator[Member] = self._members(source)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was not handed out so far, in the order in which it was met."""
        told = tuple(self._tally.problems)
        if not self._tally.untold:
            return told
        return (*told, Problem("", "too many", f"{self._tally.untold} more members were not handed out"))

    @property
    def inflated(self) -> int:
        """Bytes inflated so far, those of archives in the package included."""
        return self._tally.inflated

    @property
    def entries(self) -> int:
        """Directory rows looked at so far, those of archives in the package included."""
        return self._tally.entries

    def _members(self, source: BinaryIO) -> Iterator[Member]:
        try:
            yield from _walk(source, "", 0, self._tally)
        except _Stop:
            return


def read(source: BinaryIO | bytes, limits: Limits | None = None) -> Package:
    """A package from its bytes or a seekable binary file, which must stay open meanwhile. Raises nothing for bad content."""
    return Package(io.BytesIO(source) if isinstance(source, bytes) else source, limits or Limits())


class Listing:
    """The members of one or several packages that share limits, one by one and of any size, links as links.

    Unlike :func:`read` it looks into no archive within, and gives files that are too large to be read whole. `problems` grows
    while members are listed and read.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._tally = _Tally(self.limits)

    @property
    def over(self) -> bool:
        """Whether a limit of the whole was reached, so that nothing more is read."""
        return self._tally.over

    @property
    def inflated(self) -> int:
        """Bytes inflated so far."""
        return self._tally.inflated

    def problems(self) -> tuple[Problem, ...]:
        """What was not handed out since the last call."""
        told, self._tally.problems = self._tally.problems, []
        if self._tally.untold:
            told.append(Problem("", "too many", f"{self._tally.untold} more members were not handed out"))
            self._tally.untold = 0
        return tuple(told)

    def tell(self, path: str, kind: Kind, text: str) -> None:
        """Add a problem of the caller's."""
        self._tally.tell(path, kind, text)

    def members(self, source: BinaryIO, prefix: str = "") -> Iterator[Member | Link]:
        """The members of a package, `prefix` before their paths; the file must stay open. Raises nothing for bad content."""
        try:
            archive = Archive(source)
        except (ZipError, OSError, ValueError, OverflowError) as error:
            self._tally.tell("", "broken", _said(error))
            return
        try:
            for entry in _entries(archive, "", self._tally):
                path = prefix + entry.name
                try:
                    if stat.S_IFMT(entry.mode) == stat.S_IFLNK:
                        _check_path(entry.name)
                        target = _content(archive, entry, self._tally, _MAX_PATH).decode("utf-8", "replace")
                        yield Link(path, target)
                    elif _is_file(entry):
                        yield Member(path, archive, entry, self._tally)
                except _Refused as refusal:
                    self._tally.tell(path, refusal.kind, refusal.text)
        except _Stop:
            return


def _walk(source: BinaryIO, prefix: str, depth: int, tally: _Tally) -> Iterator[Member]:
    try:
        archive = Archive(source)
    except (ZipError, OSError, ValueError, OverflowError) as error:
        tally.tell(prefix.removesuffix("!/"), "broken", _said(error))
        return
    seen: set[int] = set()  # hashes, because the names alone may take more memory than the package
    for entry in _entries(archive, prefix, tally):
        path = prefix + entry.name
        try:
            if not _is_file(entry):
                continue
        except _Refused as refusal:
            tally.tell(path, refusal.kind, refusal.text)
            continue
        if hash(entry.name) in seen:
            tally.tell(path, "twice", "the package holds it more than once; which one counts depends on who unpacks")
        seen.add(hash(entry.name))
        if entry.name.lower().endswith(NESTED):
            yield from _nested(archive, entry, path, depth + 1, tally)
        elif entry.size > tally.limits.file:
            tally.tell(path, "too large", f"it is larger than {tally.limits.file} bytes")
        else:
            yield Member(path, archive, entry, tally)


def _entries(archive: Archive, prefix: str, tally: _Tally) -> Iterable[Entry]:
    rows = archive.entries()
    while not tally.over:
        try:
            entry = next(rows, None)
        except (ZipError, OSError, ValueError, OverflowError) as error:
            tally.tell(prefix.removesuffix("!/"), "broken", _said(error))
            return
        if entry is None:
            return
        tally.entries += 1
        if tally.entries > tally.limits.entries:
            tally.stop("too many", f"more than {tally.limits.entries} entries; the rest was not read")
        yield entry


def _is_file(entry: Entry) -> bool:
    """Whether an entry is a file with an honest path; False for a folder. Raises _Refused for everything else."""
    _check_path(entry.name.removesuffix("/"))
    kind = stat.S_IFMT(entry.mode)
    if kind == stat.S_IFLNK:
        raise _Refused("link", "it is a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _Refused("link", "it is neither a file nor a folder")
    if entry.name.endswith("/") or kind == stat.S_IFDIR:
        return False
    if entry.encrypted:
        raise _Refused("encrypted", "it is encrypted")
    return True


def _check_path(name: str) -> None:
    parts = name.split("/")
    if "\\" in name:
        raise _Refused("path", "its path has a backslash")
    if name.startswith("/") or _DRIVE.match(name):
        raise _Refused("path", "its path is absolute")
    if ".." in parts:
        raise _Refused("path", "its path leaves the package")
    if not name or "." in parts or "" in parts:
        raise _Refused("path", "its path has empty parts")
    if not name.isprintable():
        raise _Refused("path", "its path has control characters")
    if len(name.encode()) > _MAX_PATH or any(len(part.encode()) > _MAX_PART for part in parts):
        raise _Refused("path", "its path is too long")


def _nested(archive: Archive, entry: Entry, path: str, depth: int, tally: _Tally) -> Iterator[Member]:
    if depth > tally.limits.depth:
        tally.tell(path, "too deep", f"archives in archives are read {tally.limits.depth} deep")
        return
    try:
        data = _content(archive, entry, tally, tally.limits.nested)
    except _Refused as refusal:
        tally.tell(path, refusal.kind, refusal.text)
        return
    yield from _walk(io.BytesIO(data), f"{path}!/", depth, tally)


def _content(archive: Archive, entry: Entry, tally: _Tally, most: int) -> bytes:
    """Inflate one entry within all limits. Raises _Refused, or _Stop when the package as a whole is over its limit."""
    return b"".join(_contents(archive, entry, tally, most))


def _contents(archive: Archive, entry: Entry, tally: _Tally, most: int) -> Iterator[bytes]:
    limits = tally.limits
    if entry.size > most:
        raise _Refused("too large", f"it is larger than {most} bytes")
    out = went_in = 0

    def take(inflated: int, consumed: int) -> None:
        nonlocal out, went_in
        out += inflated
        went_in += consumed
        tally.inflated += inflated
        if tally.inflated > limits.inflated:
            tally.stop("bomb", f"it inflates to more than {limits.inflated} bytes; the rest was not read")
        if out > limits.ratio_from and out > went_in * limits.ratio:
            raise _Refused("bomb", f"it inflates to more than {limits.ratio} times its size")
        if out > most:
            raise _Refused("too large", f"it is larger than {most} bytes")

    try:
        yield from archive.chunks(entry, take)
    except (ZipError, OSError, ValueError, OverflowError) as error:
        raise _Refused("encrypted" if entry.encrypted else "broken", _said(error)) from error


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ZipError) else "it cannot be read"


def _printable(path: str) -> str:
    shown = "".join(c if c.isprintable() else "�" for c in path[:201])
    return shown if len(shown) <= 200 else shown[:199] + "…"
