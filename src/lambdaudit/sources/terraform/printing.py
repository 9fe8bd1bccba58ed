"""Expressions as short words, for saying what a value depends on."""

from .syntax import Attr, Binary, Call, Choice, Expr, Index, Literal, Name, Splat, Template, Unary

MAX_WORDS = 60


def words(node: Expr) -> str:
    """The expression as its author would write it, shortened to 60 characters."""
    written = _write(node, 0)
    written = " ".join(written.split())
    return written if len(written) <= MAX_WORDS else written[: MAX_WORDS - 1] + "…"


def _write(node: object, depth: int) -> str:
    if depth > 8:
        return "…"
    deeper = depth + 1
    if isinstance(node, str):
        return f".{node}"
    if isinstance(node, Literal):
        if isinstance(node.value, str):
            return f'"{node.value}"'
        return "null" if node.value is None else str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Attr):
        return f"{_write(node.of, deeper)}.{node.name}"
    if isinstance(node, Index):
        return f"{_write(node.of, deeper)}[{_write(node.key, deeper)}]"
    if isinstance(node, Splat):
        return f"{_write(node.of, deeper)}[*]"
    if isinstance(node, Unary):
        return f"not {_write(node.operand, deeper)}" if node.operator == "!" else f"-{_write(node.operand, deeper)}"
    if isinstance(node, Binary):
        return f"{_write(node.left, deeper)} {node.operator} {_write(node.right, deeper)}"
    if isinstance(node, Choice):
        return f"{_write(node.condition, deeper)} ? … : …"
    if isinstance(node, Call):
        first = _write(node.arguments[0], deeper) if node.arguments else ""
        return f"{node.name}({first}{', …' if len(node.arguments) > 1 else ''})"
    return '"…"' if isinstance(node, Template) else "…"
