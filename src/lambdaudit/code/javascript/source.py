"""One source file to a module of the common tree."""

from collections.abc import Callable
from functools import lru_cache

from tree_sitter import Language, Node, Parser, Tree

from .. import ir
from .bundles import Bundled, is_bundle
from .compiled import Compiled
from .sourcemap import SourceMap, find_map

_MOST_ERRORS = 3
_LONG = 20_000
"""Bytes of a file from which on a map beside it is looked for although the file does not name it."""


@lru_cache(maxsize=3)
def _language(kind: str) -> Language:
    import tree_sitter_javascript
    import tree_sitter_typescript

    if kind == "javascript":
        return Language(tree_sitter_javascript.language())
    return Language(tree_sitter_typescript.language_tsx() if kind == "tsx" else tree_sitter_typescript.language_typescript())


def parse(path: str, data: bytes) -> Tree:
    """The syntax tree of a file, with the grammar that its suffix asks for."""
    suffix = path.rpartition(".")[2]
    kind = "typescript" if suffix in ("ts", "mts", "cts") else "tsx" if suffix == "tsx" else "javascript"
    return Parser(_language(kind)).parse(data)


def module(path: str, data: bytes, read: Callable[[str], bytes | None]) -> tuple[ir.Module, SourceMap | None, bool]:
    """The file as a module, its source map if it has one, and whether it is a bundle; places that do not parse are told."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    root = parse(path, data).root_node
    found = find_map(path, data, read) if b"sourceMappingURL=" in data or len(data) > _LONG else None
    if found is not None or is_bundle(data):
        lower: Compiled = Bundled(path, found)
    else:
        lower = Compiled(path)
    made = ir.Module(1, 1, path, "javascript", [], lower.problems)
    for line in errors(root):
        lower.problem(f"line {line} has a syntax that is not understood")
    if b'eval("' in data and b"sourceURL=webpack" in data:
        lower.problem("modules of the bundle are kept as texts that are evaluated; their code was not analysed")
    made.body = lower.program(root)
    return made, found, isinstance(lower, Bundled)


def errors(root: Node) -> list[int]:
    """The first lines that do not parse."""
    found: list[int] = []
    stack = [root]
    while stack and len(found) < _MOST_ERRORS:
        node = stack.pop()
        if node.type == "ERROR" or node.is_missing:
            found.append(node.start_point.row + 1)
        elif node.has_error:
            stack.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return sorted(set(found))
