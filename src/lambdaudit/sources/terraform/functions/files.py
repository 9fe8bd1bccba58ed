"""Functions that read files: only files of the tree that is read, never through a link that leaves it."""

import base64
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Protocol

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Map, Span, Str, Value

from ..partial import Invalid, as_set, is_open, reason

MAX_FILE = 1024 * 1024
MAX_FOUND = 2_000


class Tree(Protocol):
    """The files of a configuration."""

    def locate(self, path: str) -> Path | None:
        """The file of a path as the configuration writes it; None when it is outside the tree."""

    def label(self, path: Path) -> str:
        """The name of a file in messages: relative to the root of the audit."""

    def render(self, template: str, names: Map, at: Span) -> Value:
        """The value of a template with these names."""


def _path(values: list[Value], tree: Tree, name: str) -> Path | Unknown:
    wanted = values[0]
    if is_open(wanted):
        return reason(wanted) or Unknown("a path that is not known")
    if not isinstance(wanted, str):
        raise Invalid(f"{name}(): a path is required")
    found = tree.locate(wanted)
    return found if found is not None else Unknown(f"{wanted} is outside the files that are read")


def _content(name: str, values: list[Value], tree: Tree) -> tuple[bytes, Path] | Unknown:
    path = _path(values, tree, name)
    if isinstance(path, Unknown):
        return path
    try:
        if not path.is_file():
            raise Invalid(f"{name}(): there is no file {values[0]}")
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        return Unknown(f"{values[0]} cannot be read: {error.strerror}")
    return (data, path) if len(data) <= MAX_FILE else Unknown(f"{values[0]} is too large to be read")


def file(values: list[Value], at: Span, tree: Tree) -> Value:
    """The text of a file."""
    found = _content("file", values, tree)
    if isinstance(found, Unknown):
        return found
    try:
        return Str(found[0].decode("utf-8"), Span(tree.label(found[1]), 1, 1, at))
    except UnicodeDecodeError:
        raise Invalid("file(): no UTF-8 text") from None


def templatefile(values: list[Value], at: Span, tree: Tree) -> Value:
    """A file as a template with names."""
    found = _content("templatefile", values, tree)
    if isinstance(found, Unknown):
        return found
    names = values[1] if len(values) > 1 else Map()
    if not isinstance(names, dict):
        return reason(names) or Unknown("the names of a template are not known")
    whole = found[0].decode("utf-8", "replace")
    return tree.render(whole, names if isinstance(names, Map) else Map(names), Span(tree.label(found[1]), 1, 1, at))


def templatestring(values: list[Value], at: Span, tree: Tree) -> Value:
    """A text as a template with names."""
    if not isinstance(values[0], str) or not isinstance(values[1], dict):
        return reason(values[0]) or reason(values[1]) or Unknown("a template that is not known")
    return tree.render(str(values[0]), values[1] if isinstance(values[1], Map) else Map(values[1]), at)


def fileexists(values: list[Value], at: Span, tree: Tree) -> Value:
    """Whether there is a file."""
    path = _path(values, tree, "fileexists")
    return path if isinstance(path, Unknown) else path.is_file()


def filebase64(values: list[Value], at: Span, tree: Tree) -> Value:
    """The bytes of a file in Base64."""
    found = _content("filebase64", values, tree)
    return found if isinstance(found, Unknown) else base64.b64encode(found[0]).decode()


def fileset(values: list[Value], at: Span, tree: Tree) -> Value:
    """The files below a folder that fit a pattern (``*``, ``?``, ``**``, ``{a,b}``)."""
    base = _path(values, tree, "fileset")
    if isinstance(base, Unknown):
        return base
    pattern = values[1]
    if not isinstance(pattern, str):
        return reason(pattern) or Unknown("a pattern that is not known")
    wanted = _glob(pattern)
    found: list[str] = []
    seen = 0
    for folder, folders, files in os.walk(base):
        folders[:] = sorted(f for f in folders if f not in (".terraform", ".git", "node_modules"))
        seen += len(files) + 1
        if seen > 20_000 or len(found) > MAX_FOUND:
            return Unknown("too many files")
        for name in files:
            path = PurePosixPath(os.path.relpath(os.path.join(folder, name), base)).as_posix()
            if wanted.fullmatch(path):
                found.append(path)
    return as_set([Str(path, at) for path in found], at)


def _glob(pattern: str) -> re.Pattern[str]:
    if len(pattern) > 200 or pattern.count("*") > 8:
        raise Invalid("fileset(): a pattern that is too long")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\{[^{}]*\})", pattern)
    kinds = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(
            kinds.get(p) or ("(?:" + "|".join(map(re.escape, p[1:-1].split(","))) + ")" if p.startswith("{") else re.escape(p))
            for p in pieces
        )
    )


def _digest(algorithm: str, *, encoded: bool = False) -> Callable[[list[Value], Span, Tree], Value]:
    def work(values: list[Value], at: Span, tree: Tree) -> Value:
        try:
            found = _content("a hash", values, tree)
        except Invalid as error:
            # A package is often built after the configuration was written.
            return Unknown(str(error))
        if isinstance(found, Unknown):
            return found
        digest = hashlib.new(algorithm, found[0], usedforsecurity=False)
        return base64.b64encode(digest.digest()).decode() if encoded else digest.hexdigest()

    return work


def abspath(values: list[Value], at: Span, tree: Tree) -> Value:
    """A path made absolute: it stays as it is written, which names the same file."""
    return values[0]


def _pure(work: Callable[[str], str]) -> Callable[[list[Value], Span, Tree], Value]:
    def apply(values: list[Value], at: Span, tree: Tree) -> Value:
        value = values[0]
        return work(value) if isinstance(value, str) else reason(value) or Unknown("a path that is not known")

    return apply


FILES: dict[str, Callable[[list[Value], Span, Tree], Value]] = {
    "file": file,
    "templatefile": templatefile,
    "templatestring": templatestring,
    "fileexists": fileexists,
    "filebase64": filebase64,
    "fileset": fileset,
    "filemd5": _digest("md5"),
    "filesha1": _digest("sha1"),
    "filesha256": _digest("sha256"),
    "filesha512": _digest("sha512"),
    "filebase64sha256": _digest("sha256", encoded=True),
    "filebase64sha512": _digest("sha512", encoded=True),
    "abspath": abspath,
    "pathexpand": abspath,
    "basename": _pure(lambda p: os.path.basename(p.rstrip("/")) or p),
    "dirname": _pure(lambda p: os.path.dirname(p.rstrip("/")) or "."),
}
