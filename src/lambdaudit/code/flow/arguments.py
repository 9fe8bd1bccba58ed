"""Abstract arguments of a call."""

from .. import ir
from .values import Value


class Arguments:
    """Abstract arguments: positional, by name, and what an unpacked sequence or mapping may bring."""

    __slots__ = ("keywords", "node", "nodes", "positional", "rest", "rest_keywords")

    def __init__(
        self,
        positional: list[Value],
        keywords: dict[str, Value],
        node: ir.Node,
        rest: Value | None = None,
        rest_keywords: Value | None = None,
        nodes: list[ir.Argument] | None = None,
    ) -> None:
        self.positional, self.keywords, self.node = positional, keywords, node
        self.rest, self.rest_keywords = rest, rest_keywords
        self.nodes: list[ir.Argument] = nodes or []

    def get(self, position: int | None, *names: str) -> Value | None:
        """The argument at a position or under one of the names; what unpacking may bring otherwise."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        if position is not None and self.rest is not None:
            return self.rest
        return self.rest_keywords if names else None

    def all(self) -> list[Value]:
        """All values."""
        found = [*self.positional, *self.keywords.values()]
        return found + [extra for extra in (self.rest, self.rest_keywords) if extra is not None]

    def widened(self) -> "Arguments":
        """The same with numbers forgotten, for calls that come back to the same function."""
        keywords = {name: _any_number(value) for name, value in self.keywords.items()}
        return Arguments([_any_number(v) for v in self.positional], keywords, self.node, self.rest, self.rest_keywords)


def _any_number(value: Value) -> Value:
    return value.but(consts=None, texts=None) if value.kind == "number" else value
