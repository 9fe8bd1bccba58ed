"""A JSON file that code requires or imports, as a module."""

from typing import Any

from .. import ir

_LARGEST = 512 * 1024
_MOST = 5_000


def module(path: str, data: bytes) -> ir.Module:
    """The module whose exports are the file's content; large or broken files export nothing that is known."""
    made = ir.Module(1, 1, path, "javascript", [])
    if len(data) > _LARGEST:
        made.problems.append("too large to be read as configuration")
        return made
    import msgspec

    try:
        content = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        made.problems.append("no valid JSON")
        return made
    value = _Maker().expression(content, 0)
    exports = ir.Attribute(1, 1, ir.Name(1, 1, "module"), "exports")
    made.body.append(ir.Assign(1, 1, [exports], value))
    return made


def literal(content: Any) -> ir.Expr:
    """The literal of a JSON value, cut where it is large."""
    return _Maker().expression(content, 0)


class _Maker:
    """Makes literals of JSON values, up to a number of them and a depth."""

    def __init__(self) -> None:
        self.count = 0

    def expression(self, value: Any, depth: int) -> ir.Expr:
        """The literal of a value."""
        self.count += 1
        if self.count > _MOST or depth > ir.DEPTH // 3:
            return ir.Opaque(1, 1, [], "large data")
        if isinstance(value, dict):
            return ir.Mapping(
                1, 1, [(ir.Constant(1, 1, str(key)), self.expression(one, depth + 1)) for key, one in value.items()]
            )
        if isinstance(value, list):
            return ir.Sequence(1, 1, [self.expression(one, depth + 1) for one in value])
        return ir.Constant(1, 1, value)
