"""Files of a build context that should not get into an image, and which of them a COPY takes along.

``.dockerignore`` as https://docs.docker.com/build/concepts/context/#dockerignore-files describes it.
"""

import os
import re
import stat
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from lambdaudit.secrets import scan_text

_MOST_FILES = 20_000
_MOST_PRIVATE = 200
_MOST_DEPTH = 24
_MOST_PATTERNS = 200
_MOST_BYTES = 256 * 1024
_SKIPPED = frozenset(
    (".git", "node_modules", "__pycache__", ".venv", "venv", "site-packages", ".terraform", "cdk.out", ".aws-sam")
)
"""Folders that are not walked: too large, or nothing of the author's own."""
PRIVATE = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example$|sample$|template$|dist$|defaults?$)[\w-]+)*|\.npmrc|\.yarnrc\.yml|\.pypirc|\.netrc|_netrc|\.pgpass"
    r"|\.git-credentials|\.dockercfg|\.docker/config\.json|\.aws/credentials|\.kube/config|\.s3cfg|\.boto|\.htpasswd|pip\.conf"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.json|\.csv)?|(?:service[_-]?account|gcp)[\w-]*\.json|terraform\.tfstate"
    r"|[^/]+\.(?:pem|key|p12|pfx|ppk|keystore|jks))$",
    re.IGNORECASE,
)
"""Names of files that usually hold credentials."""
FOLDERS = re.compile(r"(?:^|/)\.(?:aws|ssh|docker|kube|gnupg)/?$")
"""Folders that are nothing but credentials."""
_BINARY = re.compile(r"\.(?:p12|pfx|ppk|keystore|jks)$", re.IGNORECASE)


class Context:
    """The files of one build context that look private, after its ignore file. Reads names first, contents when asked."""

    def __init__(self, folder: Path, dockerfile: Path) -> None:
        self.folder = folder
        self.whole = True
        """Whether all files were seen."""
        rules = _rules(dockerfile.with_name(dockerfile.name + ".dockerignore")) or _rules(folder / ".dockerignore")
        self._ignored = rules
        self._exceptions = any(exception for exception, _ in rules)
        self._all: list[str] = []
        self._held: dict[str, bool | None] = {}
        self._files: list[str] | None = None
        self.private = sorted(islice((path for path in self._walk() if not ignored(path, rules)), _MOST_PRIVATE))
        self.whole = self.whole and len(self.private) < _MOST_PRIVATE

    def _walk(self) -> Iterable[str]:
        seen = 0
        for top, folders, names in os.walk(self.folder, followlinks=False):
            below = Path(top).relative_to(self.folder).as_posix()
            prefix = "" if below == "." else f"{below}/"
            folders[:] = sorted(
                n for n in folders if n not in _SKIPPED and (self._exceptions or not ignored(prefix + n, self._ignored))
            )
            if prefix.count("/") >= _MOST_DEPTH:
                self.whole, folders[:] = self.whole and not folders, []
            for name in sorted(names):
                seen += 1
                if not (prefix + name).isprintable():
                    continue
                self._all.append(prefix + name)
                if PRIVATE.search(prefix + name):
                    yield prefix + name
            if seen > _MOST_FILES:
                self.whole = False
                return

    def taken(self, sources: Sequence[str], excluded: Sequence[str] = ()) -> list[str]:
        """The private files that a COPY of some sources takes along."""
        patterns = [_cleaned(source) for source in sources]
        rules = [(False, pattern) for pattern in excluded[:_MOST_PATTERNS]]
        return [p for p in self.private if any(covers(s, p) for s in patterns) and not ignored(p, rules)]

    def files(self) -> list[str]:
        """All files of the context that are not ignored, private ones left out."""
        if self._files is None:
            self._files = [p for p in sorted(self._all) if not PRIVATE.search(p) and not ignored(p, self._ignored)]
        return self._files

    def has(self, path: str) -> bool:
        """Whether the context has such a file or folder that is not ignored."""
        try:
            return (self.folder / path).exists() and not ignored(path, self._ignored)
        except OSError:
            return False

    def holds_secret(self, path: str) -> bool | None:
        """Whether a private file holds a secret; None where that cannot be seen."""
        if path not in self._held:
            data = read(self.folder / path, _MOST_BYTES)
            text = None if data is None or _BINARY.search(path) else data.decode("utf-8", "replace")
            self._held[path] = None if text is None else next(scan_text(text, path=path), None) is not None
        return self._held[path]


def read(path: Path, most: int) -> bytes | None:
    """The content of a plain file; None for one that is larger, a link, a device, or cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            return file.read(most) if stat.S_ISREG(status.st_mode) and status.st_size <= most else None
    except (OSError, ValueError):
        return None


def _cleaned(source: str) -> str:
    parts = [part for part in source.strip().split("/") if part not in ("", ".")]
    return "/".join(parts)


def covers(source: str, path: str) -> bool:
    """Whether a source of COPY is a file, a folder above it, or a pattern of either."""
    if not source:
        return True
    parts = path.split("/")
    depth = source.count("/") + 1
    if source.startswith("../"):
        return False
    return len(parts) >= depth and fits(source, "/".join(parts[:depth]))


def _rules(path: Path) -> list[tuple[bool, str]]:
    """The patterns of an ignore file, each with whether it is an exception."""
    data = read(path, _MOST_BYTES)
    rules = []
    for line in data.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()[:_MOST_PATTERNS] if data else ():
        text = line.strip()
        if text and not line.startswith("#"):
            exception = text.startswith("!")
            rules.append((exception, _cleaned(text[1:] if exception else text)))
    return [rule for rule in rules if rule[1]]


def ignored(path: str, rules: Sequence[tuple[bool, str]]) -> bool:
    """Whether a path of the context is left out: the last rule that fits it, or a folder above it, decides."""
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    left_out = False
    for exception, pattern in rules:
        if left_out is exception and any(fits(pattern, one) for one in above):
            left_out = not exception
    return left_out


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern of an ignore file, or of COPY, names a path: ``**`` stands for any folders, ``*`` stays within a name."""
    wanted, parts = pattern.split("/")[:_MOST_DEPTH], path.split("/")
    ends = {0}
    for one in wanted:
        if one == "**":
            ends = set(range(min(ends), len(parts) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], _shell(one))}
    return len(parts) in ends


def _shell(pattern: str) -> str:
    """A name's pattern as :mod:`fnmatch` writes it: other signs for "not" and for an escaped character."""
    return re.sub(r"\\(.)", r"[\1]", pattern[:255].replace("[^", "[!"))


__all__ = ["FOLDERS", "PRIVATE", "Context", "covers", "fits", "ignored", "read"]
