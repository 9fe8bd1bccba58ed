"""The layers of a container image put on top of each other, as far as they matter: the task root, /opt, lists of packages.

Whiteouts and opaque folders hide what lower layers brought, hard links share content, symbolic links stay links. See the OCI
image specification, "Image Layer Filesystem Changeset". What is kept goes to one file without a name; nothing is unpacked.
"""

import posixpath
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO

from lambdaudit.code.filesystem import FileSystem
from lambdaudit.code.package import MIB, Limits
from lambdaudit.code.tar import CHUNK, TarError, TarMember, members, unpacked

LIMITS = Limits(inflated=10 * 1024 * MIB, entries=600_000, file=8 * MIB)
"""For all layers of an image together: Lambda takes images of 10 GiB."""
KEPT = 400 * MIB
_KEPT_FILES = 120_000
_LARGEST = 200 * MIB
_GONE_FILES, _GONE_BYTES = 2000, MIB
_ROOTS = ("/var/task", "/opt", "/function", "/app", "/usr/src/app", "/var/runtime/bootstrap", "/lambda-entrypoint.sh")
_ALWAYS = re.compile(
    r"^/(?:var/lib/dpkg/(?:status|status\.d/[^/]+)|var/lib/rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?)|lib/apk/db/installed|etc/os-release"
    r"|usr/lib/sysimage/rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?)|usr/lib/(?:apk/db/installed|os-release)|etc/debian_version)$"
    r"|/(?:site|dist)-packages/[^/]+\.(?:dist|egg)-info/(?:METADATA|PKG-INFO|top_level\.txt)$"
    r"|/node_modules/(?:@[^/]+/)?[^/]+/package\.json$|/specifications/(?:default/)?[^/]+\.gemspec$"
    r"|/(?:site|dist)-packages/(?:[^/]+\.pth|(?:site|user)customize\.py)$"
    r"|^/(?:root|home/[^/]+|etc|tmp)/(?:\.aws/credentials|\.npmrc|\.pypirc|\.netrc|\.git-credentials|\.docker/config\.json"
    r"|\.ssh/[^/]+|\.env|\.pip/pip\.conf|\.bash_history|pip\.conf|npmrc)$"
)
TOOLS = re.compile(
    r"^/(?:usr/)?(?:local/)?s?bin/(?:apt|apt-get|dpkg|yum|dnf|microdnf|rpm|apk|pip3?|npm|gcc|cc|make|git|sudo|su|gdb|strace|nc|ncat"
    r"|netcat|ssh|nmap|tcpdump)$"
)
"""Programs that an image of a function does not need, and that help whoever breaks in."""


@dataclass(slots=True)
class _Stored:
    """The content of a kept file: a stretch of the store."""

    store: IO[bytes]
    at: int
    size: int
    mode: int
    crc: int

    @property
    def stated(self) -> tuple[int, int]:
        return self.crc, self.size

    def data(self, most: int = 0) -> bytes | None:
        if most and self.size > most:
            return None
        self.store.seek(self.at)
        return self.store.read(self.size)

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        if most and self.size > most:
            yield None
            return
        at, left = self.at, self.size
        while left:
            self.store.seek(at)
            data = self.store.read(min(CHUNK, left))
            yield data
            at += len(data)
            left -= len(data)


@dataclass(slots=True)
class Stack:
    """The layers so far. `files` are kept ones, `links` all symbolic links, `tools` programs of :data:`TOOLS` that are there."""

    roots: tuple[str, ...]
    store: IO[bytes]
    limits: Limits = LIMITS
    files: dict[str, _Stored] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    tools: set[str] = field(default_factory=set)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    entries: int = 0
    inflated: int = 0
    kept: int = 0
    hidden: list[str] = field(default_factory=list)
    """Kept files that a later layer deleted: whoever pulls the image still has them."""
    gone: list[tuple[str, _Stored]] = field(default_factory=list)
    """Contents that a later layer deleted or replaced, a limited number of small ones."""

    def tell(self, kind: str, path: str, text: str) -> None:
        """Note a problem, within bounds; each sort of it once for a path."""
        if len(self.problems) < self.limits.problems:
            self.problems.append((kind, path[:200], text))

    def wanted(self, path: str) -> bool:
        """Whether the content of a file is kept."""
        return any(path == root or path.startswith(root + "/") for root in self.roots) or _ALWAYS.search(path) is not None

    def put(self, file: BinaryIO) -> None:
        """Add a layer. What is wrong with it becomes a problem; what was read before is kept."""
        upper = _Upper()
        try:
            for member, content in members(unpacked(file, self.limits.inflated - self.inflated)):
                self.entries += 1
                if self.entries > self.limits.entries:
                    self.tell("too many", "", f"more than {self.limits.entries} entries; the rest was not read")
                    break
                self.inflated += member.size if member.kind == "file" else 0
                self._one(member, content, upper)
        except TarError as error:
            self.tell(error.kind, "", f"a layer of the image was not read to its end: {error}")
        except (OSError, ValueError, OverflowError, MemoryError) as error:
            self.tell("broken", "", f"a layer of the image was not read to its end ({type(error).__name__})")
        self._merge(upper)

    def _one(self, member: TarMember, content: Iterator[bytes], upper: "_Upper") -> None:
        path = _clean(member.name)
        if path is None:
            self.tell("path", member.name, "its path leaves the image or is not printable")
            return
        folder, name = posixpath.split(path)
        if name == ".wh..wh..opq":
            upper.emptied.add(folder)
        elif name.startswith(".wh."):
            upper.hidden.add(posixpath.join(folder, name[4:]))
        elif member.kind == "link":
            if len(self.links) + len(upper.links) < 50_000:
                upper.links[path] = member.target
            upper.seen.add(path)
        elif member.kind == "hard link":
            self._hard_link(path, member, upper)
        elif member.kind == "file":
            self._file(path, member, content, upper)
        elif member.kind == "other" and self.wanted(path):
            self.tell("link", path, "it is neither a file nor a folder")
        elif member.kind == "folder":
            upper.folders.add(path)

    def _file(self, path: str, member: TarMember, content: Iterator[bytes], upper: "_Upper") -> None:
        upper.seen.add(path)
        if TOOLS.match(path):
            upper.tools.add(path)
        if not self.wanted(path):
            return
        if member.size > _LARGEST or self.kept + member.size > KEPT or len(self.files) + len(upper.files) >= _KEPT_FILES:
            self.tell("too large", path, "it was left out: it, or all kept files together, are too large")
            return
        self.store.seek(0, 2)
        at, crc = self.store.tell(), 0
        for data in content:
            self.store.write(data)
            crc = zlib.crc32(data, crc)
        self.kept += member.size
        upper.files[path] = _Stored(self.store, at, member.size, 0o100000 | member.mode, crc)

    def _hard_link(self, path: str, member: TarMember, upper: "_Upper") -> None:
        target = _clean(member.target)
        if target is None:
            self.tell("link", path, "it is a hard link to a place outside of the image")
            return
        upper.seen.add(path)
        content = upper.files.get(target) or self.files.get(target)
        if content:
            upper.files[path] = content
        elif self.wanted(path):
            self.tell("link", path, "it is a hard link to a file that was not kept, so its content is not known")

    def _merge(self, upper: "_Upper") -> None:
        """Put a layer on top: first what it deletes, then a file in place of a folder with all in it, and the other way round."""
        deleted = [p for p in (*self.files, *self.links, *self.tools) if upper.deletes(p)]
        for path in deleted:
            if path in self.files and len(self.hidden) < 1000:
                self.hidden.append(path)
            self._remember(path, None)
            self._drop(path)
        replaced = upper.seen - upper.folders
        above = [p for p in (*self.files, *self.links) if any(parent in replaced for parent in _parents(p))]
        for path in (*upper.seen, *upper.folders, *above):
            self._remember(path, upper.files.get(path))
            self._drop(path)
        for path in {parent for child in upper.seen for parent in _parents(child)}:
            self.files.pop(path, None)  # links stay: what is written below them goes where they point
        self.files.update(upper.files)
        self.links.update(upper.links)
        self.tools |= upper.tools

    def _remember(self, path: str, after: _Stored | None) -> None:
        """Keep a content that another one takes the place of."""
        before = self.files.get(path)
        small = before is not None and before.size <= _GONE_BYTES and len(self.gone) < _GONE_FILES
        if before is not None and small and (after is None or after.stated != before.stated):
            self.gone.append((path, before))

    def _drop(self, path: str) -> None:
        self.files.pop(path, None)
        self.links.pop(path, None)
        self.tools.discard(path)


@dataclass(slots=True)
class _Upper:
    """What one layer brings."""

    files: dict[str, _Stored] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)

    def deletes(self, path: str) -> bool:
        """Whether a path of a lower layer is gone: it, or a folder that it lies in, is hidden, or such a folder was emptied."""
        if not self.hidden and not self.emptied:
            return False
        return path in self.hidden or any(parent in self.hidden or parent in self.emptied for parent in _parents(path))


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _clean(name: str) -> str | None:
    """The absolute path of a member; None when it leaves the image or cannot be shown."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or not parts or not name.isprintable() or len(name) > 4096:
        return "/" if not parts and name.isprintable() else None
    return "/" + "/".join(parts)


def stacked(config: dict[str, Any], layers: Sequence[BinaryIO], origin: str) -> tuple[FileSystem, Stack]:
    """The file system of an image, from its configuration and its layers, lowest first. Raises nothing for bad content."""
    store = tempfile.SpooledTemporaryFile(max_size=8 * MIB, prefix="lambdaudit-")  # noqa: SIM115 - lives as long as the files
    stack = Stack(_roots(config), store)
    for layer in layers:
        stack.put(layer)
    files = FileSystem(Limits(inflated=_LARGEST, file=LIMITS.file))
    for path, target in stack.links.items():
        files.add_link(path, target)
    for path, content in stack.files.items():
        files.add(path, content, origin)
    for kind, path, text in stack.problems:
        files.tell(kind, path, text, origin)
    return files, stack


def _roots(config: dict[str, Any]) -> tuple[str, ...]:
    """Folders that hold the function: the usual ones, the working directory, the task root of the variables, the entry point."""
    inner = config.get("config")
    settings = inner if isinstance(inner, dict) else {}
    variables = [v for v in _texts(settings.get("Env")) if v.startswith("LAMBDA_TASK_ROOT=")]
    words = [*_texts(settings.get("Entrypoint"))[:4], *_texts(settings.get("Cmd"))[:4]]
    named = [*_texts([settings.get("WorkingDir")]), *(v.partition("=")[2] for v in variables), *words]
    clean = [posixpath.normpath(path) for path in named if path.startswith("/")]
    return (*_ROOTS, *(path for path in clean if path not in ("/", "/usr", "/usr/bin", "/bin", "/lib", "/etc", "/var", "/home")))


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


__all__ = ["KEPT", "LIMITS", "TOOLS", "Stack", "stacked"]
