"""Is one policy at most as permissive as another? If not: every action that is new, with a request for each class."""

from collections.abc import Collection, Iterator

import msgspec

from lambdaudit.iam.classes import spread
from lambdaudit.iam.decide import Request
from lambdaudit.iam.exposure import NO_FACTS, Document, Facts, as_pins, as_policy, with_variable_keys
from lambdaudit.iam.formula import FALSE, RESOURCE, Node, conj, disj, neg
from lambdaudit.iam.language import Policy, PolicyKind
from lambdaudit.iam.query import Found, Query
from lambdaudit.iam.replay import SAMPLES, allowing_statements, policy_says, prepared, request_of
from lambdaudit.iam.shapes import partition_of
from lambdaudit.iam.space import Space, is_later, phrase, split
from lambdaudit.iam.symbolic import Placed, formula_of
from lambdaudit.iam.verdicts import Proved, Verdict, Violated, Witness
from lambdaudit.iam.zones import universal
from lambdaudit.model.unknown import Unknown

EXAMPLE = "arn:aws:iam::111122223333:role/example"


def compare(new: Document, old: Document, *, kind: PolicyKind | str, context: Facts = NO_FACTS) -> Verdict:
    """Whether `new` is at most as permissive as `old`, looking at each policy alone.

    Violated lists for each class of actions a request that `new` allows and `old` does not. Resources are limited to
    what an action can be called on. `context` holds keys whose value is known for every request.
    """
    sort = kind if isinstance(kind, PolicyKind) else PolicyKind(kind)
    first, second = as_policy(new, sort), as_policy(old, sort)
    for side in (first, second):
        if isinstance(side, Unknown):
            return side
    assert isinstance(first, Policy)
    assert isinstance(second, Policy)
    return _Comparison(first, second, context).verdict()


class _Comparison:
    def __init__(self, new: Policy, old: Policy, facts: Facts) -> None:
        self.new, self.old = new, old
        after, before = formula_of(new), formula_of(old)
        self.space = Space([*after.patterns(), *before.patterns()])
        self.after, self.before = Placed(after, self.space), Placed(before, self.space)
        self.query = Query(as_pins(facts), SAMPLES)
        self.partition = partition_of((new, old))
        self.open: list[str] = []

    def verdict(self) -> Verdict:
        witnesses = sorted(self._witnesses(), key=lambda witness: -len(witness.actions))
        if witnesses:
            return Violated(tuple(witnesses))
        if self.open:
            return Unknown(self.open[0])
        return Proved("every request that the new policy allows is allowed by the old one")

    def _witnesses(self) -> Iterator[Witness]:
        for part in split(self.space.full, [*self.after.masks, *self.before.masks]):
            node = conj([self.after.allow(part & -part), neg(self.before.allow(part & -part))])
            if node is FALSE:
                continue
            names = self.space.every_name(part)
            for group, found, text in spread(
                self.query, node, names, self._within, partition=self.partition, account="111122223333"
            ):
                witness = self._witness(group, found, text)
                if witness is not None:
                    yield witness

    def _within(self, node: Node) -> Node:
        return _within(node, self.query.pins)

    def _witness(self, names: list[str], found: Found, text: str) -> Witness | None:
        for values in found.candidates:
            here = {**values, RESOURCE: text} if text else values
            request = request_of(here, action=names[0], principal=EXAMPLE, resource="*", pins=self.query.pins)
            if self._confirmed(request):
                known = tuple(name for name in names if not is_later(name))
                sentence = f"the new policy allows {phrase(names[:1])} on {request.resource}, the old one does not"
                return Witness(request, allowing_statements(self.new, request), sentence, known)
        self.open.append(found.reason or f"whether {phrase(names[:1])} is new was not confirmed by the evaluator")
        return None

    def _confirmed(self, request: Request) -> bool:
        ready = prepared(request)
        if ready is None:
            return False
        return policy_says(self.new, ready) is True and policy_says(self.old, ready) is False


def _within(node: Node, fixed: Collection[str] = ()) -> Node:
    return conj([node, universal(with_variable_keys(node), fixed)])


class Dead(msgspec.Struct, frozen=True):
    """A statement that changes nothing: its position, and why as a sentence."""

    index: int
    why: str


def dead_statements(policy: Document, *, kind: PolicyKind | str = PolicyKind.IDENTITY) -> tuple[Dead, ...] | Unknown:
    """The statements without which the policy would say exactly the same.

    Of two statements that cover each other the later one is reported. Statements with open parts are never reported.
    """
    document = as_policy(policy, kind if isinstance(kind, PolicyKind) else PolicyKind(kind))
    if isinstance(document, Unknown):
        return document
    return tuple(sorted(_Redundancy(document).dead(), key=lambda dead: dead.index))


class _Redundancy:
    def __init__(self, policy: Policy) -> None:
        formula = formula_of(policy)
        self.statements = formula.statements
        self.space = Space(formula.patterns())
        self.placed = Placed(formula, self.space)
        self.classes = split(self.space.full, self.placed.masks)
        self.query = Query()
        self.gone: set[int] = set()

    def dead(self) -> Iterator[Dead]:
        """Every dead statement, from the last to the first."""
        for position in reversed(range(len(self.statements))):
            why = self._why(position)
            if why:
                self.gone.add(position)
                yield Dead(self.statements[position].index, why)

    def _why(self, position: int) -> str:
        statement = self.statements[position]
        if statement.open_actions is not None:
            return ""
        allows = statement.allow is not FALSE
        body = statement.allow if allows else statement.deny
        parts = [part & -part for part in self.classes if part & self.placed.masks[position]]
        if all(self._never(body) for _ in parts[:1]):
            return "no request can match the statement"
        if allows and all(self._never(conj([body, neg(disj(self._others(bit, position, False)))])) for bit in parts):
            return "everything that the statement allows is denied by the same policy"
        effect = "allows" if allows else "denies"
        denied = {bit: disj(self._others(bit, position, False)) if allows else FALSE for bit in parts}
        rest = {bit: disj([*self._others(bit, position, allows), denied[bit]]) for bit in parts}
        if all(self._never(conj([body, neg(rest[bit])])) for bit in parts):
            return f"everything that the statement {effect} is covered by other statements"
        return ""

    def _others(self, bit: int, position: int, allows: bool) -> list[Node]:
        """What the other statements of one effect say about an action; those already found dead do not count."""
        found = []
        for other, (statement, mask) in enumerate(zip(self.statements, self.placed.masks, strict=True)):
            if other != position and other not in self.gone and mask & bit and statement.open_actions is None:
                found.append(statement.allow if allows else statement.deny)
        return found

    def _never(self, node: Node) -> bool:
        return node is FALSE or self.query.ask(_within(node)).proved
