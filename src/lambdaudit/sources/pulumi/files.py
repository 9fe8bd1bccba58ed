"""Files of the author that a stack names: lines of the program, and the code of functions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.template import shown
from lambdaudit.sources.iac.values import List, Map, Span, Str, Value

from .sniff import PROJECTS
from .stacks import Row
from .values import Asset

_POSITION: Final = re.compile(r"(?:project|file)://(/[^#]{1,1000})#(\d{1,7})(?:,(\d{1,7}))?")
_FOREIGN: Final = ("node_modules/", "site-packages/", ".sst/platform/", "vendor/", "/.venv/")
_PROGRAMS: Final = frozenset(
    (".ts", ".tsx", ".js", ".mjs", ".cjs", ".py", ".go", ".cs", ".fs", ".vb", ".java", ".kt", ".scala", ".yaml")
)
_MAX_PARTS: Final = 40
_MAX_PARENTS: Final = 30
_INLINE: Final = "pulumi-asset:"
"""Begins the made-up file name of an archive that has no path."""


class Project:
    """The folder of a project: nothing outside `root` is named or read."""

    def __init__(self, file: Path, root: Path) -> None:
        self._root = root.resolve()
        self._folders = list(self._candidates(file.resolve().parent))

    def _candidates(self, folder: Path) -> Iterator[Path]:
        """The folder of the output, then those above it with a project file."""
        yield folder
        while folder != self._root and folder.is_relative_to(self._root):
            folder = folder.parent
            if any((folder / name).is_file() for name in PROJECTS):
                yield folder
        yield self._root

    def locate(self, written: str) -> Path | None:
        """A file or folder by the name that it has for its author, also when the output was made on another machine."""
        if not written or "\x00" in written or "://" in written or len(written) > 1024:
            return None
        parts = [part for part in written.replace("\\", "/").split("/") if part not in ("", ".")][-_MAX_PARTS:]
        absolute = written.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", written) is not None
        tails = ["/".join(parts[start:]) for start in range(len(parts))] if absolute else ["/".join(parts)]
        for tail in tails:
            for folder in self._folders:
                try:
                    found = (folder / tail).resolve()
                    if found != self._root and found.is_relative_to(self._root) and found.exists():
                        return found
                except (OSError, ValueError, RuntimeError):
                    continue
        return None

    def line(self, row: Row, rows: Mapping[str, Row]) -> Span | None:
        """The line of the author's program that makes a resource, or the component that it belongs to."""
        current: Row | None = row
        for _ in range(_MAX_PARENTS):
            if current is None:
                return None
            found = _POSITION.fullmatch(current.position)
            if found and not any(mark in found[1] for mark in _FOREIGN) and current.token != "pulumi:pulumi:Stack":
                path = self.locate(found[1] if current.position.startswith("file:") else found[1].lstrip("/"))
                if path is not None and path.is_file() and path.suffix.lower() in _PROGRAMS:
                    return Span(shown(path, self._root), max(1, int(found[2])), max(1, int(found[3] or 1)))
            current = rows.get(current.parent)
        return None


class Packages:
    """The archives of one stack, by the file name that stands for them in settings."""

    def __init__(self) -> None:
        self._archives: dict[str, Map] = {}

    def name(self, asset: Asset, handler: str) -> Value:
        """The file name of an archive or file: its path, or one that `archive` knows; an Unknown when it is not local."""
        if asset.path:
            return Str(asset.path, asset.span)
        if asset.text is not None:
            return self._kept(asset, Map({"source": Map({"content": Str(asset.text, asset.span), "filename": "index"})}))
        if asset.uri:
            return Unknown("the package is fetched from another place at the deployment")
        member = _member(asset.members, handler)
        if member is None:
            return Unknown("which file of its archive holds the handler is not known")
        name, one = member
        if one.text is not None:
            content = Map({"content": Str(one.text, one.span), "filename": name})
            return self._kept(one, Map({"source": List([content])}))
        if one.path:
            return Str(one.path, one.span)
        return self.name(one, handler) if one.members else Unknown("the package is fetched from another place")

    def _kept(self, asset: Asset, archive: Map) -> Value:
        name = f"{_INLINE}{len(self._archives)}"
        self._archives[name] = archive
        return Str(name, asset.span)

    def archive(self, name: Value) -> Map | None:
        """What an archive without a path holds."""
        return self._archives.get(name) if isinstance(name, str) else None


def _member(members: Mapping[str, Asset], handler: str) -> tuple[str, Asset] | None:
    """The member of an archive that the handler is in: its file, the whole folder, or the only one."""
    module = handler.rpartition(".")[0] or handler
    for name, one in members.items():
        if module and re.fullmatch(rf"(?:\./)?{re.escape(module)}\.(?:py|m?js|cjs|ts|rb)", name):
            return name, one
    for name in (".", "", "./"):
        if name in members:
            return name, members[name]
    return next(iter(members.items())) if len(members) == 1 else None
