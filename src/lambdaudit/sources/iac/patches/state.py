"""The files that mends change: read once within the root, parsed when asked for, kept as they were and as they become."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lambdaudit.sources.cloudformation.parameters import SAMCONFIGS

from . import blocks
from .edits import Sheet
from .nodes import Tree, Unfit, parse

MAX_BYTES: Final = 16_000_000
_ASSIGNED: Final = re.compile(r'^\s*"?([A-Za-z_][\w-]*)"?\s*[=:]', re.MULTILINE)


@dataclass
class Files:
    """Texts by their path as findings show it."""

    root: Path
    parameters: frozenset[str]
    before: dict[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    _parsed: dict[str, tuple[str, object]] = field(default_factory=dict)
    _closed: dict[str, str] = field(default_factory=dict)
    _sheets: dict[str, Sheet] = field(default_factory=dict)

    def real(self, path: str) -> Path:
        """Where a file is. Raises Unfit when that is outside of the root."""
        try:
            found = (self.root / path).resolve()
            inside = found.is_relative_to(self.root.resolve())
        except (OSError, ValueError, RuntimeError) as error:
            raise Unfit("it has no path") from error
        if not inside or not found.is_file():
            raise Unfit("it is not a file of this folder")
        return found

    def text(self, path: str) -> str:
        """The text of a file as it is by now. Raises Unfit when it cannot be read as UTF-8."""
        if path in self.now:
            return self.now[path]
        if path in self._closed:
            raise Unfit(self._closed[path])
        try:
            data = self._read(path)
            self.now[path] = self.before[path] = data.decode("utf-8")
        except UnicodeDecodeError:
            self._closed[path] = "it is not UTF-8"
            raise Unfit(self._closed[path]) from None
        except Unfit as error:
            self._closed[path] = str(error)
            raise
        self.raw[path] = data
        return self.now[path]

    def _read(self, path: str) -> bytes:
        real = self.real(path)
        if any((folder / "cdk.out").is_file() for folder in real.parents if folder.is_relative_to(self.root.resolve())):
            raise Unfit("the AWS CDK makes it")
        try:
            with real.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise Unfit("it cannot be read") from error
        if len(data) > MAX_BYTES or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Unfit("it is too large, or not UTF-8")
        return data

    def sheet(self, path: str) -> Sheet:
        """A file as it was, for diffs."""
        if path not in self._sheets:
            self._sheets[path] = Sheet(self.before[path])
        return self._sheets[path]

    def tree(self, path: str) -> Tree:
        """A YAML or JSON file. Raises Unfit."""
        text = self.text(path)
        known = self._parsed.get(path)
        if known is None or known[0] is not text:
            known = self._parsed[path] = (text, parse(text))
        found = known[1]
        if not isinstance(found, Tree):
            raise Unfit("it is no document")
        return found

    def fixed(self, path: str) -> frozenset[str]:
        """Parameters of a template that a value is given for: by hand, or in a samconfig file beside it."""
        beside = ((self.root / path).parent / name for name in SAMCONFIGS)
        try:
            text = next((one.read_text("utf-8", "replace") for one in beside if one.is_file()), "")
        except OSError:
            text = ""
        return self.parameters | frozenset(re.findall(r"[A-Za-z0-9]+", text))

    def module(self, path: str, *, is_root: bool) -> blocks.Module:
        """The Terraform module that a file is a part of. Raises Unfit when one of its files cannot be read."""
        folder = path.rpartition("/")[0]
        prefix = f"{folder}/" if folder else ""
        directory = self.real(path).parent
        given = set(self.parameters)
        files = {}
        try:
            names = sorted(entry.name for entry in directory.iterdir())
        except OSError as error:
            raise Unfit("its folder cannot be read") from error
        for name in names:
            if name.endswith(".tf"):
                files[prefix + name] = self._source(prefix + name)
            elif ".tfvars" in name:
                given.update(_ASSIGNED.findall(self._variables(directory / name)))
        if path not in files:
            raise Unfit("it is no file of Terraform's own syntax")
        return blocks.Module(files, frozenset(given), is_root)

    def _variables(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise Unfit("the variables cannot be read") from error

    def _source(self, path: str) -> blocks.Source:
        text = self.text(path)
        known = self._parsed.get(path)
        if known is None or known[0] is not text:
            known = self._parsed[path] = (text, blocks.Source(path, text))
        found = known[1]
        if not isinstance(found, blocks.Source):
            raise Unfit("it is no file of Terraform")
        return found
