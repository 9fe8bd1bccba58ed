"""Formulas over requests: atoms (a dimension of the request is in a language), And, Or; negation sits at the atoms.

Nodes are immutable and compare by structure; the hash and the negation of a node are computed once. The order of the
parts is the order in which they were given, so the same question always finds the same witness.
"""

import enum
from collections.abc import Callable, Hashable, Iterable, Iterator
from decimal import Decimal
from typing import Final, TypeAlias

from lambdaudit.iam.automaton import Language


class Kind(enum.Enum):
    """What the values of a dimension are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    ACTION = "action"
    OPEN = "open"
    """No values at all: a yes or no that nothing is known about."""


class Dim:
    """A dimension of the request: the principal, the action, the resource or one context key.

    `optional` says that a request may come without a value, `many` that the value is a set.
    """

    __slots__ = ("_hash", "kind", "many", "name", "optional")

    def __init__(self, name: str, kind: Kind = Kind.TEXT, *, optional: bool = True, many: bool = False) -> None:
        self.name, self.kind, self.optional, self.many = name, kind, optional, many
        self._hash = hash((name, kind, optional, many))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Dim)
            and (self.name, self.kind, self.optional, self.many) == (other.name, other.kind, other.optional, other.many)
        )

    def __repr__(self) -> str:
        return f"Dim({self.name}, {self.kind.value}{', many' if self.many else ''})"


PRINCIPAL: Final = Dim("principal", optional=False)
SESSION: Final = Dim("session")
"""The session name behind the role of the principal; absent for everything that is no session."""
ACTION: Final = Dim("action", Kind.ACTION, optional=False)
RESOURCE: Final = Dim("resource", optional=False)

Interval: TypeAlias = tuple[Decimal, bool, Decimal, bool]
"""Lower end, whether it belongs to the interval, upper end, whether it belongs to the interval."""
Range: TypeAlias = tuple[int, int, int]
"""IP version, first and last address as numbers."""


class Present:
    """The language of all values: holds when the request has the key at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PRESENT"


PRESENT: Final = Present()


class WithVariables:
    """A language whose texts depend on other keys of the request.

    `shape` is the union of everything it can become. `fixed` are its texts without variables and `patterns` those
    with, which identify it. `opaque` is the language in which every variable is one letter that only stars and the
    same variable match; it proves inclusions for all values at once and is empty where that would not be sound.
    """

    __slots__ = ("_hash", "fixed", "opaque", "patterns", "shape")

    def __init__(self, patterns: tuple[Hashable, ...], fixed: Language, shape: Language, opaque: Language) -> None:
        self.patterns, self.fixed, self.shape, self.opaque = patterns, fixed, shape, opaque
        self._hash = hash((patterns, fixed))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, WithVariables) and (self.patterns, self.fixed) == (other.patterns, other.fixed)
        )


Lang: TypeAlias = Language | tuple[Interval, ...] | tuple[Range, ...] | int | str | Present | WithVariables
"""Globs, intervals, address ranges, a mask of actions, the name of an open question, or one of the classes above."""


class Quantifier(enum.Enum):
    """How an atom reads a set of values."""

    SOME = "some"
    EVERY = "every"


class Atom:
    """`dim` is in `lang`. On a dimension with many values `quantifier` says which of them are meant."""

    __slots__ = ("_hash", "dim", "lang", "quantifier")

    def __init__(self, dim: Dim, lang: Lang, quantifier: Quantifier | None = None) -> None:
        self.dim, self.lang, self.quantifier = dim, lang, quantifier
        self._hash = hash((dim, lang, quantifier))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Atom)
            and self._hash == other._hash
            and self.quantifier is other.quantifier
            and self.dim == other.dim
            and self.lang == other.lang
        )

    def __repr__(self) -> str:
        return f"Atom({self.dim.name}, {self.quantifier}, {self.lang!r})"


class Shape(enum.IntEnum):
    """What a node is."""

    TRUE = 0
    FALSE = 1
    LITERAL = 2
    AND = 3
    OR = 4


class Node:
    """A formula. Build it with `lit`, `conj`, `disj` and `neg`."""

    __slots__ = ("_hash", "_neg", "atom", "parts", "positive", "shape")

    def __init__(self, shape: Shape, parts: "tuple[Node, ...]", atom: Atom | None, positive: bool) -> None:
        self.shape, self.parts, self.atom, self.positive = shape, parts, atom, positive
        self._hash = hash((int(shape), parts, atom, positive))
        self._neg: Node | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Node)
            and self._hash == other._hash
            and self.shape == other.shape
            and self.positive == other.positive
            and self.atom == other.atom
            and self.parts == other.parts
        )

    def __repr__(self) -> str:
        if self.shape is Shape.LITERAL:
            return f"{'' if self.positive else 'not '}{self.atom!r}"
        return self.shape.name if not self.parts else f"{self.shape.name}{self.parts!r}"


TRUE: Final = Node(Shape.TRUE, (), None, True)
FALSE: Final = Node(Shape.FALSE, (), None, True)
TRUE._neg, FALSE._neg = FALSE, TRUE


def lit(atom: Atom, positive: bool = True) -> Node:
    """An atom or its negation."""
    return Node(Shape.LITERAL, (), atom, positive)


def holds(dim: Dim, lang: Lang, quantifier: Quantifier | None = None) -> Node:
    """The formula that says: the dimension is in the language."""
    return lit(Atom(dim, lang, quantifier))


def present(dim: Dim) -> Node:
    """The request has a value for the key."""
    return holds(dim, PRESENT, Quantifier.SOME if dim.many else None)


def open_question(name: str) -> Node:
    """Something that may hold or not: nobody knows."""
    return lit(Atom(Dim(name, Kind.OPEN, optional=False), name))


def conj(parts: Iterable[Node]) -> Node:
    """All of the parts."""
    return _join(parts, Shape.AND, TRUE, FALSE)


def disj(parts: Iterable[Node]) -> Node:
    """At least one of the parts."""
    return _join(parts, Shape.OR, FALSE, TRUE)


def _join(parts: Iterable[Node], shape: Shape, neutral: Node, absorbing: Node) -> Node:
    kept: dict[Node, None] = {}
    for part in parts:
        if part.shape is neutral.shape:
            continue
        if part.shape is absorbing.shape:
            return absorbing
        for inner in part.parts if part.shape is shape else (part,):
            kept[inner] = None
    if not kept:
        return neutral
    if len(kept) == 1:
        return next(iter(kept))
    if any(neg(part) in kept for part in kept):
        return absorbing
    return Node(shape, tuple(kept), None, True)


def neg(node: Node) -> Node:
    """The opposite, with the negation pushed down to the atoms."""
    found = node._neg
    if found is None:
        if node.shape is Shape.LITERAL:
            found = Node(Shape.LITERAL, (), node.atom, not node.positive)
        else:
            flipped = Shape.OR if node.shape is Shape.AND else Shape.AND
            found = Node(flipped, tuple(neg(part) for part in node.parts), None, True)
        found._neg = node
        node._neg = found
    return found


def atoms(node: Node) -> Iterator[Atom]:
    """Every atom once, in order of appearance."""
    seen: set[Atom] = set()
    visited: set[int] = set()
    stack = [node]
    while stack:
        top = stack.pop()
        if id(top) in visited:
            continue
        visited.add(id(top))
        if top.atom is not None:
            if top.atom not in seen:
                seen.add(top.atom)
                yield top.atom
        else:
            stack.extend(reversed(top.parts))


def replace(node: Node, value: Callable[[Atom], Node | None]) -> Node:
    """Put formulas in place of atoms. `value` gives None for atoms that stay."""
    memo: dict[int, Node] = {}

    def walk(part: Node) -> Node:
        found = memo.get(id(part))
        if found is not None:
            return found
        if part.atom is not None:
            new = value(part.atom)
            found = part if new is None else (new if part.positive else neg(new))
        elif part.parts:
            inner = [walk(p) for p in part.parts]
            if all(a is b for a, b in zip(inner, part.parts, strict=True)):
                found = part
            else:
                found = conj(inner) if part.shape is Shape.AND else disj(inner)
        else:
            found = part
        memo[id(part)] = found
        return found

    return walk(node)
