"""The files that a function sees: its package below /var/task, its layers merged below /opt, read lazily, never unpacked.

A file is inflated when somebody asks for it. Later layers replace files of earlier ones, as Lambda merges them in the order of
the configuration. Symbolic links are followed inside the tree only.
"""

import bisect
import hashlib
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from lambdaudit.model.code import PackageProblem, Shadowed

from .package import MIB, NESTED, Limits, Link, Listing, Problem

if TYPE_CHECKING:
    from .image import ImageFacts

TASK, OPT = "/var/task", "/opt"
LAMBDA = Limits(inflated=250 * MIB, file=8 * MIB)
"""What Lambda accepts: 250 MiB for function and layers together, unpacked."""
_HOPS = 40
_MOST_LINKS = 20_000
_MOST_SHADOWED = 1000
_SECURITY = (
    "datadog", "ddtrace", "dynatrace", "newrelic", "lumigo", "sysdig", "aqua", "twistlock", "prisma", "protego", "falco",
    "contrast", "snyk", "crowdstrike", "sentry", "aikido", "opentelemetry", "instana", "appsec", "guardduty", "vault",
    "aws_lambda_powertools",
)  # fmt: skip
"""Words in paths of tools that watch or protect a function."""


class Content(Protocol):
    """One file, wherever it is kept."""

    size: int

    @property
    def mode(self) -> int:
        """Unix mode, or 0 where nothing is known."""

    @property
    def stated(self) -> tuple[int, int]:
        """Something that equal files have in common."""

    def data(self, most: int = 0) -> bytes | None:
        """The content, at most `most` bytes (0: the limit for one file); None when it cannot be had."""

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        """The content piece by piece, a None at the end when it broke off."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package of the function or of one layer: the ARN that brings it, and its zip as a seekable file that stays open."""

    origin: str
    source: BinaryIO


class FileSystem:
    """Files by absolute path. Holds no content; good while the parts' files are open.

    It is the `FileTree` of the analysers: :meth:`paths` and :meth:`read`. `shadowed` tells which files of layers later layers
    replace, :attr:`problems` what is wrong with the packages; it grows while files are read.
    """

    def __init__(self, limits: Limits = LAMBDA) -> None:
        self.limits = limits
        self.shadowed: list[Shadowed] = []
        self.image: ImageFacts | None = None
        """What the image is besides these files, if they are those of a container image."""
        self._files: dict[str, Content] = {}
        self._origins: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._followed: dict[str, str] = {}
        self._problems: list[PackageProblem] = []
        self._listings: list[Listing] = []
        self._listed: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._real(path) is not None

    def paths(self) -> tuple[str, ...]:
        """Every file, sorted; links to files, and files below linked folders, count as files."""
        if self._listed is None:
            self._follow()
            self._listed = tuple(sorted({*self._files, *self._followed}))
        return self._listed

    def files(self) -> tuple[str, ...]:
        """Every file under its own path, without those that are seen through links, sorted."""
        return tuple(sorted(self._files))

    def read(self, path: str, most: int = 0) -> bytes | None:
        """The content of a file. None: there is no such file, it has more than `most` bytes, or it cannot be had.

        Without `most` the limit is 8 MiB, and 64 MiB for archives that runtimes load from; what is over it, or broken, is told
        as a problem.
        """
        real = self._real(path)
        if real is None or (most and self._files[real].size > most):
            return None
        limit = self.limits.nested if real.lower().endswith(NESTED) else self.limits.file
        return self._files[real].data(most or limit)

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file of any size; empty when it cannot be read."""
        real = self._real(path)
        found = b""
        if real is not None:
            for chunk in self._files[real].chunks(self.limits.inflated):
                found += chunk or b""
                if chunk is None or len(found) >= size:
                    break
        return found[:size]

    def chunks(self, path: str) -> Iterator[bytes]:
        """The content of a file of any size, piece by piece, as far as it can be read."""
        real = self._real(path)
        if real is not None:
            for chunk in self._files[real].chunks(self.limits.inflated):
                if chunk is not None:
                    yield chunk

    def origin(self, path: str) -> str:
        """The ARN of the function or layer version that brings a file; empty when there is no such file."""
        real = self._real(path)
        return "" if real is None else self._origins[real]

    def size(self, path: str) -> int:
        """Bytes of a file as its package states them; 0 when there is no such file."""
        real = self._real(path)
        return 0 if real is None else self._files[real].size

    def mode(self, path: str) -> int:
        """The Unix mode of a file; 0 when the package gives none or there is no such file."""
        real = self._real(path)
        return 0 if real is None else self._files[real].mode

    def sha256(self, path: str) -> str:
        """SHA-256 of a file in hex; empty when it cannot be read in full."""
        real = self._real(path)
        if real is None:
            return ""
        digest = hashlib.sha256()
        for chunk in self._files[real].chunks(self.limits.inflated):
            if chunk is None:
                return ""
            digest.update(chunk)
        return digest.hexdigest()

    @property
    def stated(self) -> int:
        """Bytes of all files as their packages state them."""
        return sum(file.size for file in self._files.values())

    @property
    def problems(self) -> tuple[PackageProblem, ...]:
        """What is wrong with the packages, as far as it was met."""
        for listing in self._listings:
            for problem in listing.problems():
                self._take(problem, self._origins.get(problem.path, ""))
        return tuple(self._problems)

    def tell(self, kind: str, path: str, text: str, origin: str = "") -> None:
        """Add a problem; each counts once, however often the file is read."""
        problem = PackageProblem(kind=kind, path=path, text=text, origin=origin)
        if len(self._problems) < self.limits.problems * 4 and problem not in self._problems:
            self._problems.append(problem)

    # Building

    def add(self, path: str, content: Content, origin: str) -> None:
        """Put a file at an absolute, clean path; one that lies there already is replaced, and noted when another part's."""
        before = self._files.get(path)
        if before is not None and self._origins[path] != origin and before.stated != content.stated:
            self._shadow(path, self._origins[path], origin)
        self._links.pop(path, None)
        self._files[path] = content
        self._origins[path] = origin
        self._listed = None

    def add_link(self, path: str, target: str) -> None:
        """Put a symbolic link at an absolute, clean path."""
        if len(self._links) < _MOST_LINKS:
            self._files.pop(path, None)
            self._origins.pop(path, None)
            self._links[path] = target
            self._listed = None

    def add_part(self, part: Part, root: str, listing: Listing) -> None:
        """Put the members of a package below a folder; what an earlier package put there is noted as shadowed."""
        mine: set[str] = set()
        for member in listing.members(part.source, f"{root}/"):
            path = member.path
            if path in mine:
                listing.tell(path, "twice", "the package holds it more than once; which one counts depends on who unpacks")
            mine.add(path)
            if isinstance(member, Link):
                self._add_package_link(member, listing)
                continue
            self.add(path, member, part.origin)
        for problem in listing.problems():
            self._take(problem, part.origin)
        if listing not in self._listings:
            self._listings.append(listing)

    def _take(self, problem: Problem, origin: str) -> None:
        self.tell(problem.kind, problem.path, problem.text, origin)

    def _add_package_link(self, link: Link, listing: Listing) -> None:
        where = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), link.target)) if link.target.isprintable() else ""
        if not where.startswith((f"{TASK}/", f"{OPT}/")) and where not in (TASK, OPT):
            listing.tell(link.path, "link", "it is a symbolic link that leads out of the package's and the layers' folders")
        else:
            self.add_link(link.path, link.target)

    def _shadow(self, path: str, origin: str, by: str) -> None:
        if len(self.shadowed) < _MOST_SHADOWED:
            self.shadowed.append(Shadowed(path=path, origin=origin, by=by, what=what_matters(path)))

    # Links

    def _real(self, path: str) -> str | None:
        if path in self._files:
            return path
        if not self._links:
            return None
        found = self._resolve(path)
        return found if found in self._files else None

    def _resolve(self, path: str) -> str:
        """The path with all links in it followed; the empty text when they go in circles or out of the tree."""
        for _ in range(_HOPS):
            at = path
            while at not in self._links and at not in ("", "/"):
                at = posixpath.dirname(at)
            if at in ("", "/"):
                return path
            target = posixpath.normpath(posixpath.join(posixpath.dirname(at), self._links[at]))
            path = posixpath.normpath(target + path[len(at) :])
        return ""

    def _follow(self) -> None:
        """List files that are seen through links: first linked files, then what lies below linked folders, once each."""
        self._followed = {}
        folders = []
        for link in self._links:
            target = self._resolve(link)
            if target in self._files:
                self._followed[link] = target
            elif target and target != "/" and not f"{link}/".startswith(f"{target}/"):
                folders.append((link, target))
        real = sorted({*self._files, *self._followed})
        for link, target in folders:
            for at in range(bisect.bisect_left(real, f"{target}/"), len(real)):
                path = real[at]
                if not path.startswith(f"{target}/"):
                    break
                if len(self._followed) > self.limits.entries:
                    self.tell("too many", link, "links make more files visible than are looked at")
                    return
                self._followed[link + path[len(target) :]] = path


def compose(package: Part | None, layers: Iterable[Part] = (), limits: Limits = LAMBDA) -> FileSystem:
    """The file system of a function: `package` below /var/task, `layers` in the configuration's order below /opt.

    Limits hold for all of them together. Raises nothing for bad content: see :attr:`FileSystem.problems`.
    """
    files = FileSystem(limits)
    listing = Listing(limits)
    if package:
        files.add_part(package, TASK, listing)
    for layer in layers:
        files.add_part(layer, OPT, listing)
    if files.stated > limits.inflated:
        files.tell("too large", "", f"package and layers state more than {limits.inflated // MIB} MiB together")
    return files


def what_matters(path: str) -> str:
    """Why it matters that a layer's file is replaced, in a few words."""
    below = path.removeprefix(f"{OPT}/").lower()
    tool = next((word for word in _SECURITY if word in below), "")
    if below.startswith("extensions/"):
        return "an extension"
    if tool:
        return f"part of a tool that watches or protects the function ({tool})"
    if below.startswith("bin/") or below == "bootstrap":
        return "a program that is found before others"
    if below.startswith("lib/"):
        return "a library that the loader finds first"
    if below.startswith(("python/", "nodejs/", "ruby/", "java/", "dotnetcore/", "php/")):
        return "a module that the runtime imports"
    return "a file"


__all__ = ["LAMBDA", "OPT", "TASK", "Content", "FileSystem", "Part", "compose", "what_matters"]
