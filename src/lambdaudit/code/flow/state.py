"""What holds at a point of the walk: variables, objects, and facts that checks have established. Branches work on copies."""

from typing import Any

from .flags import Known, emptiness, flagged
from .values import NONE, NOTHING, ClassRef, Value, in_both, join

Key = Any
"""A key of a field: a text, a number, a boolean."""
HOST = "host:"
"""Stands before the symbol of an address in facts that are about its host."""
OF_HOST = frozenset({"request", "redirect"})
"""Kinds of harm that an address cannot do once its host is known."""


class Scope:
    """The variables of one run of a function or of a module; `names` None: all names (a module)."""

    __slots__ = ("module", "names", "number", "parent")

    def __init__(self, number: int, names: frozenset[str] | None, parent: "Scope | None", module: Any) -> None:
        self.number, self.names, self.parent, self.module = number, names, parent, module


class Object:
    """An object on the heap, never changed in place: `fields` by key, `rest` what may be under any other key (None: nothing).

    `kind`: ``dict``, ``list``, ``tuple``, ``set``, ``instance``, ``generator``. `owner` is the class of an instance, `base` a
    library class that it derives from.
    """

    __slots__ = ("base", "fields", "kind", "owner", "rest")

    def __init__(
        self, kind: str, fields: dict[Key, Value], rest: Value | None = None, owner: ClassRef | None = None, base: str = ""
    ) -> None:
        self.kind, self.fields, self.rest, self.owner, self.base = kind, fields, rest, owner, base

    def with_field(self, key: Key, value: Value) -> "Object":
        """The same with one field set."""
        return Object(self.kind, {**self.fields, key: value}, self.rest, self.owner, self.base)

    def with_rest(self, value: Value) -> "Object":
        """The same where any field may be `value`, too."""
        return Object(self.kind, self.fields, value if self.rest is None else join(self.rest, value), self.owner, self.base)

    def without(self, key: Key) -> "Object":
        """The same without a field."""
        return Object(self.kind, {k: v for k, v in self.fields.items() if k != key}, self.rest, self.owner, self.base)

    def everything(self) -> list[Value]:
        """All values in it."""
        return [*self.fields.values(), *([self.rest] if self.rest is not None else [])]


class State:
    """Cells (variables by scope and name, objects by number) and facts (kinds of harm excluded, by symbol)."""

    __slots__ = ("cells", "facts")

    def __init__(self, cells: dict[Any, Any], facts: dict[str, frozenset[str]]) -> None:
        self.cells, self.facts = cells, facts

    def copy(self) -> "State":
        """A state that can be changed without changing this one."""
        return State(dict(self.cells), dict(self.facts))

    def learn(self, facts: "tuple[tuple[str, frozenset[str]], ...]") -> None:
        """Adds facts."""
        for symbol, kinds in facts:
            old = self.facts.get(symbol, NONE)
            if not kinds <= old:
                self.facts[symbol] = old | kinds
                if "*" in kinds and symbol.startswith(HOST):
                    self.learn(((symbol.removeprefix(HOST), OF_HOST),))


def join_objects(one: Object, two: Object, lost_one: Known | None = None, lost_two: Known | None = None) -> Object:
    """An object that is one or the other; with the facts that are lost on either side, its flags remember them."""
    if one is two:
        return one
    lost = bool(lost_one or lost_two)
    fields: dict[Key, Value] = {}
    for key in {**one.fields, **two.fields}:
        left, right = one.fields.get(key), two.fields.get(key)
        if left is None or right is None:
            present = left if left is not None else right
            other = two.rest if left is not None else one.rest
            fields[key] = join(present or NOTHING, other if other is not None else NOTHING)
        else:
            made = left if left is right else join(left, right)
            fields[key] = made if left is right or not lost else flagged(made, left, right, lost_one or {}, lost_two or {})
    rest = one.rest if two.rest is None else two.rest if one.rest is None else join(one.rest, two.rest)
    return Object(one.kind, fields, rest, one.owner or two.owner, one.base or two.base)


def join_states(one: State | None, two: State | None) -> State | None:
    """What holds when either holds; None is a point that is never reached."""
    if one is None or one is two:
        return two
    if two is None:
        return one
    facts: dict[str, frozenset[str]] = {}
    if one.facts and two.facts:
        for symbol, kinds in one.facts.items():
            both = in_both(kinds, two.facts.get(symbol, NONE)) if symbol in two.facts else NONE
            if both:
                facts[symbol] = both
    lost_one, lost_two = _lost(one.facts, facts), _lost(two.facts, facts)
    cells = dict(one.cells)
    empty: dict[Any, Value] = {}
    if lost_one:
        for key, value in one.cells.items():
            if two.cells.get(key) is not value:
                cells[key] = settled(value, lost_one)
    for key, value in two.cells.items():
        mine = cells.get(key)
        if mine is value:
            continue
        other = settled(value, lost_two) if lost_two else value
        if mine is None:
            cells[key] = other
        elif isinstance(mine, Object):
            cells[key] = join_objects(mine, other, lost_one, lost_two)
            told = emptiness(key, one, two, lost_one, lost_two)
            if told is not None:
                empty[("empty", key)] = told
        elif isinstance(mine, Value):
            made = join(mine, other)
            cells[key] = flagged(made, mine, value, lost_one, lost_two) if lost_one or lost_two else made
    cells.update(empty)
    return State(cells, facts)


def _lost(facts: dict[str, frozenset[str]], kept: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {symbol: kinds for symbol, kinds in facts.items() if kept.get(symbol) != kinds}


def settled(cell: Any, facts: dict[str, frozenset[str]]) -> Any:
    """A value or object with what was checked of it put into its taints, where the facts are about to be forgotten."""
    if isinstance(cell, Object):
        fields = {key: settled(value, facts) for key, value in cell.fields.items()}
        rest = settled(cell.rest, facts) if cell.rest is not None else None
        if rest is cell.rest and all(fields[key] is value for key, value in cell.fields.items()):
            return cell
        return Object(cell.kind, fields, rest, cell.owner, cell.base)
    if not isinstance(cell, Value) or not cell.taints:
        return cell
    made = []
    for taint in cell.taints:
        kinds = NONE
        for symbol in taint.via:
            kinds |= facts.get(symbol, NONE)
        made.append(taint.with_clean(kinds) if kinds else taint)
    return cell.but(taints=frozenset(made)) if any(new not in cell.taints for new in made) else cell


def same(one: State | None, two: State | None) -> bool:
    """Whether two states say the same, for the end of loops."""
    if one is None or two is None:
        return one is two
    if one.facts != two.facts or len(one.cells) != len(two.cells):
        return False
    for key, value in two.cells.items():
        mine = one.cells.get(key)
        if mine is value:
            continue
        if isinstance(value, Value) and isinstance(mine, Value) and mine == value:
            continue
        if isinstance(value, Object) and isinstance(mine, Object) and mine.fields == value.fields and mine.rest == value.rest:
            continue
        return False
    return True
