"""One source file to a module of the common tree."""

from functools import lru_cache

from tree_sitter import Language, Node, Parser, Tree

from .. import ir
from .statements import Statements

_MOST_ERRORS = 3


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


def module(path: str, data: bytes) -> ir.Module:
    """The file as a module; places that do not parse are told."""
    root = parse(path, data.removeprefix(b"\xef\xbb\xbf")).root_node
    lower = Statements(path)
    made = ir.Module(1, 1, path, "javascript", [], lower.problems)
    for line in errors(root):
        lower.problem(f"{path}: line {line} has a syntax that is not understood")
    made.body = lower.program(root)
    return made


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
