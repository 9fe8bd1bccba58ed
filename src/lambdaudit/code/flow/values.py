"""Abstract values: what the walk knows about a value without running the code.

A value may be foreign (`taints`), have known texts or constants (`texts`, `consts`), stand for a place in data that comes from
outside (`path`), refer to things (`refs`: objects on the heap, functions, classes, modules, names of libraries), and mean
something when it is true or false (`yes`, `no`: facts that a check establishes).
"""

import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from .calls import Env, Hole, Piece

if TYPE_CHECKING:
    from ..ir import Class, Function
    from .calls import Receiver

Const: TypeAlias = str | bytes | int | float | bool | None
Facts: TypeAlias = tuple[tuple[str, frozenset[str]], ...]
Text: TypeAlias = tuple[Piece, ...]

ALL = frozenset({"*"})
NONE: frozenset[str] = frozenset()
MAX_TAINTS = 12
MAX_TEXTS = 8
MAX_CONSTS = 24
MAX_PIECES = 16
MAX_CHARS = 4096
MAX_REFS = 12


class Trace:
    """How a value came here: a step and the one before it."""

    __slots__ = ("column", "length", "line", "path", "previous", "text")

    def __init__(self, path: str, line: int, column: int, text: str, previous: "Trace | None") -> None:
        self.path, self.line, self.column, self.text, self.previous = path, line, column, text, previous
        self.length: int = 1 if previous is None else previous.length + 1

    def steps(self) -> "list[Trace]":
        """All steps, the first one first."""
        found: list[Trace] = []
        step: Trace | None = self
        while step is not None:
            found.append(step)
            step = step.previous
        return found[::-1]


@lru_cache(maxsize=8192)
def _number(label: str, source: str) -> int:
    """A hash that is the same in every process, so that sets of taints have one order and the first of several is always one."""
    return zlib.crc32(f"{label}\0{source}".encode("utf-8", "surrogatepass"))


class Taint:
    """Something foreign in a value.

    `label` and `source` tell what and from where; `via` the symbols it went through (a check of any of them counts for it),
    `clean` the kinds of harm it was made harmless for, `trust` lowers the confidence (2 high, 1 medium, 0 low).
    """

    __slots__ = ("_hash", "clean", "label", "source", "trace", "trust", "via")

    def __init__(self, label: str, source: str, via: frozenset[str], clean: frozenset[str], trace: Trace, trust: int = 2) -> None:
        self.label, self.source, self.via, self.clean, self.trace, self.trust = label, source, via, clean, trace, trust
        self._hash = _number(label, source)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Taint)
            and self.source == other.source
            and self.via == other.via
            and self.label == other.label
            and self.clean == other.clean
            and self.trust == other.trust
        )

    def __hash__(self) -> int:
        return self._hash

    def with_clean(self, kinds: frozenset[str]) -> "Taint":
        """The same, harmless for more kinds of harm."""
        return (
            self if kinds <= self.clean else Taint(self.label, self.source, self.via, self.clean | kinds, self.trace, self.trust)
        )

    def without_clean(self, kind: str) -> "Taint":
        """The same, without what was known in one respect."""
        if kind not in self.clean:
            return self
        return Taint(self.label, self.source, self.via, self.clean - {kind}, self.trace, self.trust)

    def through(self, symbol: str) -> "Taint":
        """The same in a value that was made from it."""
        if symbol in self.via or len(self.via) > 24:
            return self
        return Taint(self.label, self.source, self.via | {symbol}, self.clean, self.trace, self.trust)

    def at(self, path: str, line: int, column: int, text: str) -> "Taint":
        """The same one step further."""
        if (self.trace.line == line and self.trace.path == path and self.trace.text == text) or self.trace.length > 40:
            return self
        return Taint(self.label, self.source, self.via, self.clean, Trace(path, line, column, text, self.trace), self.trust)


class FunctionRef:
    """A function of the own code with what it closes over; `owner` the class it was defined in, `self_value` when bound."""

    __slots__ = ("function", "module", "owner", "scope", "self_value")

    def __init__(
        self, function: "Function", scope: Any, module: Any, owner: "ClassRef | None" = None, self_value: "Value | None" = None
    ) -> None:
        self.function, self.scope, self.module, self.owner, self.self_value = function, scope, module, owner, self_value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FunctionRef)
            and self.function is other.function
            and self.scope is other.scope
            and self.self_value == other.self_value
        )

    def __hash__(self) -> int:
        return hash((id(self.function), id(self.scope)))


class ClassRef:
    """A class of the own code. `members` are values by name, `bases` values of the bases in order, `meta` its metaclass."""

    __slots__ = ("bases", "definition", "fields", "members", "meta", "module", "name", "scope")

    def __init__(self, definition: "Class", module: Any, scope: Any) -> None:
        self.definition, self.module, self.scope, self.name = definition, module, scope, definition.name
        self.bases: list[Value] = []
        self.members: dict[str, Value] = {}
        self.fields: list[str] = []
        self.meta: Value = UNKNOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClassRef) and self.definition is other.definition

    def __hash__(self) -> int:
        return id(self.definition)


class ModuleRef:
    """A module of the own code, or a folder that is a package without a file of its own."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModuleRef) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)


class External:
    """A name of a library, in dots: ``json.loads``, the result of a call ``requests.get()``, or a type of the catalogue.

    `receiver` is set for AWS objects, `extra` for what the catalogue's checks need (pattern of a compiled expression …).
    """

    __slots__ = ("extra", "name", "receiver")

    def __init__(self, name: str, receiver: "Receiver | None" = None, extra: tuple[Any, ...] = ()) -> None:
        self.name, self.receiver, self.extra = name, receiver, extra

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, External)
            and self.name == other.name
            and self.receiver == other.receiver
            and self.extra == other.extra
        )

    def __hash__(self) -> int:
        return hash(self.name)


class BoundExternal:
    """A method of a value that is no own function: `name` on `owner` (``text.split``, ``items.append``)."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: "Value", name: str) -> None:
        self.owner, self.name = owner, name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundExternal) and self.name == other.name and self.owner is other.owner

    def __hash__(self) -> int:
        return hash(self.name)


class Partial:
    """A function with arguments put in (``functools.partial``, ``bind``)."""

    __slots__ = ("arguments", "function", "keywords")

    def __init__(self, function: "Value", arguments: "tuple[Value, ...]", keywords: "tuple[tuple[str, Value], ...]") -> None:
        self.function, self.arguments, self.keywords = function, arguments, keywords

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class ObjectRef:
    """An object on the heap (a dict, list, instance): its number in the state."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectRef) and self.number == other.number

    def __hash__(self) -> int:
        return self.number


Ref: TypeAlias = FunctionRef | ClassRef | ModuleRef | External | BoundExternal | Partial | ObjectRef


class Value:
    """An abstract value; never changed after it is made.

    `consts` None: not only constants. `texts` None: texts not known. `path` is a place in outside data (``event.body``), with
    the label of that data in `taints` of a load. `kind`: ``text``, ``number``, ``bool``, ``json`` (anything JSON can be),
    ``bytes``, ``maybe`` (a thing that `refs` names, or nothing) or "" for not known. `symbol` names the value for checks.
    """

    __slots__ = ("_hash", "consts", "kind", "no", "path", "refs", "symbol", "taints", "texts", "yes")

    def __init__(
        self,
        taints: frozenset[Taint] = frozenset(),
        consts: tuple[Const, ...] | None = None,
        texts: tuple[Text, ...] | None = None,
        refs: tuple[Ref, ...] = (),
        path: str = "",
        kind: str = "",
        symbol: str = "",
        yes: Facts = (),
        no: Facts = (),
    ) -> None:
        self.taints, self.consts, self.texts, self.refs = taints, consts, texts, refs
        self.path, self.kind, self.symbol, self.yes, self.no = path, kind, symbol, yes, no
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Value) or hash(self) != hash(other):
            return False
        return self._key() == other._key()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.taints, _typed(self.consts), self.texts, self.path, self.kind, len(self.refs)))
        return self._hash

    def _key(self) -> tuple[Any, ...]:
        return (
            self.taints,
            _typed(self.consts),
            self.texts,
            self.refs,
            self.path,
            self.kind,
            self.symbol,
            self.yes,
            self.no,
        )

    def but(self, **changes: Any) -> "Value":
        """A copy with some fields changed."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields.update(changes)
        return Value(**fields)

    def objects(self) -> list[int]:
        """The numbers of the objects it may be."""
        return [ref.number for ref in self.refs if isinstance(ref, ObjectRef)]

    def externals(self) -> list[External]:
        """The library names it may be."""
        return [ref for ref in self.refs if isinstance(ref, External)]

    @property
    def single(self) -> Const:
        """The constant, if it is exactly one; None otherwise (and for the constant None)."""
        return self.consts[0] if self.consts is not None and len(self.consts) == 1 else None

    def strings(self) -> list[str]:
        """Its constant texts, when it is nothing but constants."""
        return [const for const in self.consts or () if isinstance(const, str)]


_FIELDS = ("taints", "consts", "texts", "refs", "path", "kind", "symbol", "yes", "no")


def _typed(consts: tuple[Const, ...] | None) -> tuple[Any, ...] | None:
    """Constants with their types, because True equals 1 in Python."""
    return None if consts is None else tuple((type(const), const) for const in consts)


UNKNOWN = Value()
NOTHING = Value(consts=(None,))
YES = Value(consts=(True,), kind="bool")
NO = Value(consts=(False,), kind="bool")
BOOL = Value(consts=(True, False), kind="bool")
NUMBER = Value(kind="number")


def constant(value: Const) -> Value:
    """The value of a literal."""
    if isinstance(value, str):
        return Value(consts=(value,), texts=((value,) if value else (),), kind="text")
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int | float):
        return Value(consts=(value,), kind="number")
    return NOTHING if value is None else Value(consts=(value,), kind="bytes")


def constants(values: Iterable[Const]) -> Value:
    """A value that is one of several constants."""
    return join_all([constant(value) for value in values]) if values else UNKNOWN


def external(name: str) -> Value:
    """A library name as a value."""
    return Value(refs=(External(name),))


def foreign(taints: Iterable[Taint], kind: str = "") -> Value:
    """A value that is made of foreign parts, nothing else known."""
    return Value(taints=limit(frozenset(taints)), kind=kind)


def limit(taints: frozenset[Taint]) -> frozenset[Taint]:
    """Keeps the number of taints small: same label and source are merged, keeping only what holds for all of them."""
    if len(taints) <= MAX_TAINTS:
        return taints
    merged: dict[tuple[str, str], Taint] = {}
    for taint in sorted(taints, key=lambda t: (t.label, t.source, t.trace.length, t.trace.line)):
        key = (taint.label, taint.source)
        old = merged.get(key)
        if old is None:
            merged[key] = taint
        else:
            trust = max(old.trust, taint.trust)
            merged[key] = Taint(old.label, old.source, old.via & taint.via, old.clean & taint.clean, old.trace, trust)
    return frozenset(list(merged.values())[: MAX_TAINTS * 2])


def join(one: Value, two: Value) -> Value:
    """What is known of a value that is one or the other."""
    if one is two or one == two:
        return one
    consts = None
    if one.consts is not None and two.consts is not None:
        merged = list(one.consts)
        seen = {(type(const), const) for const in merged}
        merged += [const for const in two.consts if (type(const), const) not in seen]
        consts = tuple(merged) if len(merged) <= MAX_CONSTS else None
    texts = None
    if one.texts is not None and two.texts is not None:
        union = [*one.texts, *(text for text in two.texts if text not in one.texts)]
        texts = tuple(union) if len(union) <= MAX_TEXTS else None
    elif one.texts is not None and two.consts == (None,):
        texts = one.texts
    elif two.texts is not None and one.consts == (None,):
        texts = two.texts
    refs = one.refs
    if two.refs and two.refs != refs:
        refs = (*refs, *(ref for ref in two.refs if ref not in refs))[-MAX_REFS:]
    return Value(
        limit(one.taints | two.taints),
        consts,
        texts,
        refs,
        one.path if one.path == two.path else one.path or two.path,
        _mixed_kind(one, two),
        _symbol(one, two),
        _common(one.yes, two.yes, one, two, truth=True),
        _common(one.no, two.no, one, two, truth=False),
    )


def _symbol(one: Value, two: Value) -> str:
    """A check of the joined value tells about the foreign one of the two, if only one is."""
    if one.symbol == two.symbol or not two.taints:
        return one.symbol
    return two.symbol if not one.taints else ""


def _mixed_kind(one: Value, two: Value) -> str:
    """A text or None stays a text for the checks that ask; a thing or None is one that may be missing."""
    if "maybe" in (one.kind, two.kind):
        return "maybe"
    if one.consts == (None,) and not one.refs:
        return two.kind or ("maybe" if two.refs and two.consts is None else "")
    if two.consts == (None,) and not two.refs:
        return one.kind or ("maybe" if one.refs and one.consts is None else "")
    return one.kind if one.kind == two.kind else ""


def in_both(one: frozenset[str], two: frozenset[str]) -> frozenset[str]:
    """The kinds of harm that are excluded by either of two sets; one that excludes all is no limit to the other."""
    if one == two:
        return one
    kinds = one & two
    if "*" in one:
        kinds |= two
    return kinds | one if "*" in two else kinds


def _common(one: Facts, two: Facts, left: Value, right: Value, truth: bool) -> Facts:
    """Facts that hold whichever it is, when its truth is `truth`: a side that cannot have this truth does not count."""
    if truths(left) == {not truth}:
        return two
    if truths(right) == {not truth}:
        return one
    if not one or not two:
        return ()
    known = dict(two)
    return tuple((symbol, both) for symbol, kinds in one if symbol in known and (both := in_both(kinds, known[symbol])))


def join_all(values: "list[Value] | tuple[Value, ...]") -> Value:
    """The join of many; UNKNOWN for none."""
    if not values:
        return UNKNOWN
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def truths(value: Value) -> set[bool]:
    """The truth values it can have."""
    if value.consts is not None and not value.refs:
        return {bool(const) for const in value.consts}
    if value.refs and not value.consts and all(isinstance(ref, FunctionRef | ClassRef | ModuleRef) for ref in value.refs):
        return {True} if not value.taints and not value.path and value.kind != "maybe" else {True, False}
    return {True, False}


def clean(value: Value, kinds: frozenset[str]) -> Value:
    """The value made harmless for some kinds of harm."""
    if not value.taints or not kinds:
        return value
    return value.but(taints=frozenset(taint.with_clean(kinds) for taint in value.taints))


def pieces_of(value: Value) -> tuple[Text, ...]:
    """The possible texts of a value: a hole where they are not known."""
    if value.texts is not None:
        return value.texts
    if value.consts is not None and value.consts and all(isinstance(c, str | int | float | bool) for c in value.consts):
        return tuple((str(const),) if str(const) else () for const in value.consts[:MAX_TEXTS])
    return ((hole(value),),)


def hole(value: Value) -> Hole:
    """The piece that stands for a value whose text is not known."""
    for taint in sorted(value.taints, key=lambda t: (t.label, t.source)):
        return Hole(taint.label, taint.source)
    return Hole()


def glue(left: tuple[Text, ...], right: tuple[Text, ...]) -> tuple[Text, ...] | None:
    """All concatenations; None when there are too many."""
    if len(left) * len(right) > MAX_TEXTS:
        return None
    found: list[Text] = []
    for one in left:
        for two in right:
            text = merge((*one, *two))
            if text not in found:
                found.append(text)
    return tuple(found)


def merge(pieces: Iterable[Piece]) -> Text:
    """Pieces with neighbouring literals put together, cut to a bounded size with a hole at the end."""
    merged: list[Piece] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, str):
            if not piece:
                continue
            size += len(piece)
            if size > MAX_CHARS:
                return (*merged, Hole())
            if merged and isinstance(merged[-1], str):
                merged[-1] += piece
                continue
        elif isinstance(piece, Hole) and merged and merged[-1] == piece:
            continue
        if len(merged) >= MAX_PIECES:
            return (*merged, Hole())
        merged.append(piece)
    return tuple(merged)


def environment(name: str, default: str | None, taint: Taint) -> Value:
    """The value of an environment variable."""
    return Value(frozenset({taint}), None, ((Env(name, default),),), kind="text", symbol=f"env:{name}")
