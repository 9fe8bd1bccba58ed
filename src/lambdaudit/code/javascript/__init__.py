"""JavaScript and TypeScript: source files and bundles to the common tree, and how modules find files."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .. import ir
from ..flow.frontend import FILE_LIMIT, EntryPoint
from . import modules

if TYPE_CHECKING:
    from ..flow.findings import Findings
    from .sourcemap import SourceMap

LARGE = 1024**2
"""Bytes of a file from which on data inside is taken out before it is parsed."""
_HANDLER_NAMES = ("handler", "lambdaHandler", "main", "default")
_EVENTS = ("event", "evt", "e", "ev", "")
_CONTEXTS = ("context", "ctx", "c", "")


class JavaScriptFrontend:
    """The front end of JavaScript and TypeScript source, with tree-sitter. Functions are lowered when they are looked at."""

    language = "javascript"
    suffixes = modules.SUFFIXES

    def __init__(self, read: Callable[[str], bytes | None] | None = None) -> None:
        """`read` gives other files of the package, for source maps that lie beside a bundle."""
        self._read = read or (lambda path: None)
        self.bundles: set[str] = set()
        self._maps: dict[str, SourceMap] = {}

    def parse(self, path: str, data: bytes) -> ir.Module:
        """The file as a tree; what does not parse is left out and told in `problems`. A JSON file is what it exports."""
        left = len(data)
        if left > LARGE and not path.endswith(".json"):
            from .cut import BUNDLE_LIMIT, without_data

            data, left = without_data(data) if left <= BUNDLE_LIMIT else (data, left)
        if left > FILE_LIMIT:
            return ir.Module(1, 1, path, "javascript", [], [f"larger than {FILE_LIMIT // 1024**2} MiB"])
        if path.endswith(".json"):
            from .jsonfile import module

            return module(path, data)
        from .bundles import is_minified
        from .source import module as lowered

        made, found, bundled = lowered(path, data, self._read)
        if bundled or is_minified(data):
            self.bundles.add(path)
        if found is not None:
            self._maps[path] = found
        return made

    def original(self, path: str, line: int, column: int) -> tuple[str, int, int] | None:
        """Where the source map of a parsed file says that a place in it was written: file, line, column; None without one."""
        found = self._maps.get(path)
        place = found.original(line, column) if found else None
        return (place.path, place.line, place.column) if place else None

    def walk(self) -> "type[Findings]":
        """The walk that knows JavaScript, Node and npm libraries."""
        from .handlers import Handlers

        return Handlers

    def resolve(self, paths: frozenset[str], importer: str, module: str, level: int) -> str | None:
        """See :func:`modules.resolve`; `level` is Python's."""
        return modules.resolve(paths, importer, module)

    def entries(self, paths: frozenset[str], handler: str) -> tuple[EntryPoint, ...]:
        """See :func:`modules.entries`."""
        return modules.entries(paths, handler)

    def own(self, paths: Iterable[str]) -> list[str]:
        """See :func:`modules.own`."""
        return modules.own(paths)

    def is_handler(self, function: ir.Function) -> bool:
        """The usual name with up to three parameters, or parameters called like Lambda's."""
        targets = [parameter.target for parameter in function.parameters if parameter.kind == "normal"]
        names = [target.id.strip("_") if isinstance(target, ir.Name) else "" for target in targets]
        if function.name in _HANDLER_NAMES and len(names) <= 3:
            return True
        if not 1 <= len(names) <= 3 or names[0] not in _EVENTS or not names[0]:
            return False
        return len(names) > 1 and names[1] in _CONTEXTS and names[1] != ""
