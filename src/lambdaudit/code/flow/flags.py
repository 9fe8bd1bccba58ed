"""What variables remember of checks: a flag that is only set where a check was passed, a list of errors that stays empty there.

At a join the facts of either side are lost, unless a variable tells the sides apart: then they hold where it is true, or false.
"""

from typing import TYPE_CHECKING, Any

from .values import NONE, Facts, Value, in_both, truths

if TYPE_CHECKING:
    from .state import Object, State

Known = dict[str, frozenset[str]]
_COLLECTIONS = frozenset({"list", "dict", "set"})
MAX_FLAG_FACTS = 40
"""How many facts a variable remembers."""


def flagged(made: Value, one: Value, two: Value, lost_one: Known, lost_two: Known) -> Value:
    """A joined variable with the facts that its truth stands for; `one` and `two` are its values before the join."""
    if made.taints or made.path:
        return made
    left, right = truths(one), truths(two)
    if len(left) == 2 and len(right) == 2:
        return made
    yes = _either(_of(one.yes, lost_one, True in left), _of(two.yes, lost_two, True in right))
    no = _either(_of(one.no, lost_one, False in left), _of(two.no, lost_two, False in right))
    return made if yes == made.yes and no == made.no else made.but(yes=yes, no=no)


def emptiness(number: int, one: "State", two: "State", lost_one: Known, lost_two: Known) -> Value | None:
    """What holds where a collection is empty that differs on two sides; None where it is not known to be empty on either."""
    left, right = _empty_on(number, one, lost_one), _empty_on(number, two, lost_two)
    if left is None and right is None:
        return None
    return Value(no=_either(left, right))


def _empty_on(number: int, state: "State", lost: Known) -> Known | None:
    found: Object = state.cells[number]
    if found.kind not in _COLLECTIONS or found.base:
        return {}
    if not found.fields and found.rest is None:
        return lost
    told = state.cells.get(("empty", number))
    return _of(told.no, lost, True) if isinstance(told, Value) else None


def _of(facts: Facts, lost: Known, possible: bool) -> Known | None:
    if not possible:
        return None
    known = dict(lost)
    for symbol, kinds in facts:
        known[symbol] = known.get(symbol, NONE) | kinds
    return known


def _either(one: Known | None, two: Known | None) -> Facts:
    """What holds on each side that is possible."""
    if one is None or two is None:
        common = (two if one is None else one) or {}
    else:
        common = {symbol: in_both(kinds, two[symbol]) for symbol, kinds in one.items() if symbol in two}
    return tuple((symbol, kinds) for symbol, kinds in common.items() if kinds)[:MAX_FLAG_FACTS]


def returned_with(end: "State", returns: "list[tuple[Value, State]]") -> None:
    """Constants in tuples and mappings that are returned remember what was checked on that way out (``return True, ""``)."""
    seen: dict[int, int] = {}
    for value, _ in returns:
        for number in value.objects():
            seen[number] = seen.get(number, 0) + 1
    for value, state in returns:
        own = tuple((symbol, kinds) for symbol, kinds in state.facts.items() if end.facts.get(symbol) != kinds)[:MAX_FLAG_FACTS]
        for number in value.objects() if own else ():
            found: Any = end.cells.get(number)
            if seen[number] == 1 and found is not None and found.kind in ("tuple", "list", "dict") and len(found.fields) <= 8:
                for key, part in found.fields.items():
                    if part.consts is not None and not part.taints and not part.refs:
                        found = found.with_field(key, part.but(yes=(*part.yes, *own), no=(*part.no, *own)))
                end.cells[number] = found


def without_flags(state: "State", before: "State", symbol: str) -> None:
    """Forgets what variables say of an item of a loop: in the next turn it is another one."""
    for key, value in list(state.cells.items()):
        if isinstance(value, Value) and (value.yes or value.no) and before.cells.get(key) is not value and not value.taints:
            yes = tuple(fact for fact in value.yes if fact[0] != symbol)
            no = tuple(fact for fact in value.no if fact[0] != symbol)
            if len(yes) != len(value.yes) or len(no) != len(value.no):
                state.cells[key] = value.but(yes=yes, no=no)
