"""Python: source files to the common tree, and how imports find files."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from .. import ir
from ..flow.frontend import FILE_LIMIT, EntryPoint
from ..remembered import Remembered
from . import modules

if TYPE_CHECKING:
    from ..flow.findings import Findings

_HANDLER_NAMES = ("lambda_handler", "handler", "main", "index")
_trees: Remembered[ir.Module] = Remembered(1024**2)
"""A tree takes some fifty times its source."""


class PythonFrontend:
    """The front end of Python source, with tree-sitter: reads newer and older syntax than that of this interpreter.

    `installed` are paths, without suffix, of libraries that no metadata tell of.
    """

    language = "python"
    suffixes = (".py",)

    def __init__(self, installed: Collection[str] = ()) -> None:
        self._installed = modules.roots_of(installed)

    def parse(self, path: str, data: bytes) -> ir.Module:
        """The file as a tree; what does not parse is left out and told in `problems`."""
        if len(data) > FILE_LIMIT:
            return ir.Module(1, 1, path, "python", [], [f"larger than {FILE_LIMIT // 1024**2} MiB"])
        return _trees.of(path, data, _lowered)

    def resolve(self, paths: frozenset[str], importer: str, module: str, level: int) -> str | None:
        """See :func:`modules.resolve`."""
        return modules.resolve(paths, importer, module, level, self._installed)

    def entries(self, paths: frozenset[str], handler: str) -> tuple[EntryPoint, ...]:
        """See :func:`modules.entries`."""
        return modules.entries(paths, handler)

    def own(self, paths: Iterable[str]) -> list[str]:
        """See :func:`modules.own`."""
        return modules.own(paths, self._installed)

    def is_handler(self, function: ir.Function) -> bool:
        """Two parameters called like Lambda's, or the usual name with two parameters."""
        names = [p.target.id for p in function.parameters if isinstance(p.target, ir.Name) and p.kind in ("normal", "positional")]
        if len(names) != 2:
            return False
        shaped = names[0].strip("_") in ("event", "evt", "e") and names[1].strip("_") in ("context", "ctx", "ctxt", "c", "")
        return shaped or function.name in _HANDLER_NAMES or "handler" in function.name

    def walk(self) -> "type[Findings]":
        """The walk with Python's library."""
        from ..flow.python_models import PythonWalk

        return PythonWalk


def _lowered(path: str, data: bytes) -> ir.Module:
    from tree_sitter import Language, Parser
    from tree_sitter_python import language

    from .statements import Statements

    tree = Parser(Language(language())).parse(data.removeprefix(b"\xef\xbb\xbf"))
    module = Statements().module(tree.root_node, path)
    if tree.root_node.has_error and not module.problems:
        module.problems.append("a part has a syntax that is not understood")
    return module
