"""What the engine asks of a language: a parser, the way imports find files, and where the handler is."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

import msgspec

from ..ir import Function, Module

if TYPE_CHECKING:
    from .findings import Findings

FILE_LIMIT = 8 * 1024 * 1024
"""Bytes of a source file that are parsed; larger ones are left out and told."""


class FileTree(Protocol):
    """The function's file system: package below ``/var/task``, layers below ``/opt``."""

    def paths(self) -> Iterable[str]:
        """All paths of files, absolute with ``/``."""

    def read(self, path: str) -> bytes | None:
        """The content of a file, None if there is none or it cannot be read."""


class EntryPoint(msgspec.Struct, frozen=True):
    """A place that Lambda may call: attribute `name` (dots for members) of the module in `path`."""

    path: str
    name: str


class Frontend(Protocol):
    """A language. `language` names the catalogue folder and `Module.language`, `suffixes` are those of its files."""

    @property
    def language(self) -> str:
        """The name of the language."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of its files."""

    def parse(self, path: str, data: bytes) -> Module:
        """The file as a tree. Never raises on bad source: what does not parse is told in `Module.problems`."""

    def resolve(self, paths: frozenset[str], importer: str, module: str, level: int) -> str | None:
        """The path of the file that ``module`` means in the file `importer`; None when it is not part of the own code.

        For Python a package answers its ``__init__.py``, or its folder with a trailing ``/`` when it has none.
        """

    def entries(self, paths: frozenset[str], handler: str) -> tuple[EntryPoint, ...]:
        """Where a Handler setting (``src/app.handler``) points: the candidates that have a file, best first."""

    def own(self, paths: Iterable[str]) -> list[str]:
        """The files of this language that are the function's own code: no vendored library."""

    def is_handler(self, function: Function) -> bool:
        """Whether a module-level function looks like a handler, for packages without a Handler setting."""

    def walk(self) -> "type[Findings]":
        """The walk that knows the language's library."""
