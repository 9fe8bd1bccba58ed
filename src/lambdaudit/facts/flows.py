"""What code does with foreign data, joined with who can send it and what the execution role gives."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.entrances import Entrance, ways_into
from lambdaudit.facts.power import prize
from lambdaudit.facts.within_reach import abilities
from lambdaudit.model.code import NOT_ESTABLISHED, Code, CodeIssue, Flow
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import NotKnown, Unknown, known

TAKES_OVER = frozenset(("code-evaluation", "template", "deserialisation", "process"))
"""Kinds of harm that give the function itself away, and with it everything that its role may do."""
_RANKS = list(Severity)
_SCHEDULED = frozenset(("schedule",))


class Weight(NamedTuple):
    """How much a flow matters: the severity, and the words for who can use it and what is behind it."""

    severity: Severity
    entrance: str
    power: str


class Carried(NamedTuple):
    """A flow with every function that runs the same code."""

    flow: Flow
    functions: tuple[str, ...]


def flows_of(code: Code, audit: Audit, kinds: Collection[str], labels: Collection[str]) -> Iterator[Carried]:
    """The flows of some kinds and labels in a function's code. Functions with the same package are told once, at the first.

    Raises NotKnown when the code was not analysed, and after what was found when not all of it was.
    """
    rest: Flow | None = None
    for flow in known(code.flows):
        if flow.kind == NOT_ESTABLISHED:
            rest = flow
        if flow.kind not in kinds or flow.label not in labels or flow.constant:
            continue
        carriers = _carriers(audit).get(_identity(code, flow), (code.function,))
        if carriers[0] == code.function:
            yield Carried(flow, carriers)
    if rest is not None:
        raise NotKnown(Unknown(rest.note))


def weigh(carried: Carried, base: Severity, audit: Audit) -> Weight:
    """The severity of a flow: `base` when strangers can send the data, less when fewer people can, more for a strong role."""
    best = max((_weigh_one(fn, carried.flow, base, audit) for fn in carried.functions), key=lambda w: -w.severity.rank)
    cap = {"low": Severity.INFO, "medium": Severity.HIGH}.get(carried.flow.confidence)
    return best._replace(severity=_weaker(best.severity, cap)) if cap else best


def _weigh_one(function: str, flow: Flow, base: Severity, audit: Audit) -> Weight:
    fn = audit.inventory.get(function)
    if not isinstance(fn, Function):
        return Weight(_lower(base, 1), "whoever sends its events", "")
    ways = ways_into(fn, audit)
    entrance, steps = _entrance(ways.entrances)
    if entrance.public:
        words = f"anyone on the internet can send it through {entrance.text}"
    elif ways.unread is not None:
        words = f"it comes through {entrance.text}; whether strangers can send it was not read"
    else:
        words = f"it comes through {entrance.text}"
    severity = _lower(base, steps + (flow.label != "event"))
    power = ""
    if flow.kind in TAKES_OVER:
        worth, words_of_role = prize(function, audit)
        power = words_of_role or _abilities(fn, audit)
        if worth is Severity.CRITICAL and steps < 2:
            severity = Severity.CRITICAL
    return Weight(severity, words, power)


def _entrance(entrances: tuple[Entrance, ...]) -> tuple[Entrance, int]:
    """The widest way in, and by how much it weighs less than one that is open to everyone."""
    if not entrances:
        return Entrance("", "whoever may invoke the function", False), 1
    first = next((e for e in entrances if e.public or e.kind not in _SCHEDULED), entrances[0])
    return first, 0 if first.public else 2 if first.kind in _SCHEDULED else 1


def _abilities(fn: Function, audit: Audit) -> str:
    try:
        role = audit.role(fn)
        found = abilities(role, audit) if role else ()
    except NotKnown:
        return ", and what its role may do was not read"
    if not found:
        return ""
    named = ", ".join(found[:3]) + (" and more" if len(found) > 3 else "")
    return f", and its role can {named}"


def _lower(severity: Severity, steps: int) -> Severity:
    return _RANKS[min(severity.rank + steps, max(severity.rank, Severity.LOW.rank))]


def _weaker(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=lambda s: s.rank)


def _carriers(audit: Audit) -> dict[tuple[object, ...], tuple[str, ...]]:
    """The functions that share a flow, by what it is: the same package gives the same flow wherever it is deployed."""

    def work() -> dict[tuple[object, ...], tuple[str, ...]]:
        found: dict[tuple[object, ...], set[str]] = {}
        for code in audit.inventory.of(Code):
            for flow in code.flows if isinstance(code.flows, tuple) else ():
                found.setdefault(_identity(code, flow), set()).add(code.function)
        return {key: tuple(sorted(functions)) for key, functions in found.items()}

    return audit.once(("flow carriers",), work)


def _identity(code: Code, flow: Flow) -> tuple[object, ...]:
    place = flow.where
    return (code.digest or code.id, flow.kind, place.source, place.line, place.column, flow.sink, flow.source, flow.label)


def sharing(code: Code, audit: Audit) -> tuple[str, ...]:
    """Ids of the functions that run exactly the same code, sorted; the function itself where that is not known."""

    def work() -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for other in audit.inventory.of(Code):
            found.setdefault(other.digest or other.id, set()).add(other.function)
        return {key: tuple(sorted(functions)) for key, functions in found.items()}

    return audit.once(("same code",), work)[code.digest or code.id]


def issues_of(code: Code, audit: Audit, kinds: Collection[str]) -> Iterator[tuple[CodeIssue, tuple[str, ...]]]:
    """The issues of some kinds with the functions that run the same code, told once, at the first of these functions.

    Raises NotKnown when the code was not analysed, and after what was found when not all of it was.
    """
    issues = known(code.issues)
    functions = sharing(code, audit)
    if functions[0] == code.function:
        yield from ((issue, functions) for issue in issues if issue.kind in kinds)
    rest = next((issue for issue in issues if issue.kind == NOT_ESTABLISHED), None)
    if rest is not None:
        raise NotKnown(Unknown(rest.text))
