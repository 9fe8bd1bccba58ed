"""Comprehensions: what they collect, and what is known where nothing was collected."""

from typing import TYPE_CHECKING

from .. import ir
from .access import Access
from .conditions import Conditions
from .state import Object
from .values import Value

if TYPE_CHECKING:
    from .values import Facts


class Comprehensions(Conditions, Access):
    """Comprehensions."""

    def comprehension(self, node: ir.Comprehension) -> Value:
        """``[element for target in iterable if condition]``: item by item where the items are known and few."""
        start = self.here
        items: list[Value] = []
        keys: list[Value] = []
        learned: list[tuple[str, str]] = []
        refused: list[Facts] = []
        single: list[Value] | None = None
        if len(node.clauses) == 1 and not node.clauses[0].conditions:
            single = self.listed(self.value(node.clauses[0].iterable))
        self.state = start.copy()
        if single is not None and len(single) <= 12 and node.kind in ("list", "dict", "generator"):
            pairs = []
            for item in single:
                self.store(node.clauses[0].target, item)
                key = self.value(node.element)
                pairs.append((key, self.value(node.value) if node.value is not None else key))
                if self.state is None:
                    break
            return self._collected(node, pairs)
        for clause in node.clauses:
            iterable = self.value(clause.iterable)
            element = self.element(iterable, clause)
            self.store(clause.target, element)
            if iterable.symbol and element.symbol:
                learned.append((element.symbol, iterable.symbol))
            for condition in clause.conditions:
                verdict = self.value(condition)
                refused.append(verdict.no)
                self.assume(condition, verdict, True)
            if self.state is None:
                break
        if self.state is not None:
            keys.append(self.value(node.element))
            items.append(self.value(node.value) if node.value is not None else keys[-1])
            items = [self.freed(item) for item in items]
        end = self.state
        self.state = start
        if end is not None:
            for key, cell in end.cells.items():
                if isinstance(key, int) and key not in start.cells:
                    start.cells[key] = cell
        rest = items[0] if items else None
        if rest is not None and node.kind == "generator":
            rest = self._lifted(rest, learned)
        made = self.new_object(Object("dict" if node.kind == "dict" else "list", {}, rest))
        if len(node.clauses) == 1 and len(refused) == 1 and refused[0]:
            none = self._lifted(Value(no=refused[0]), learned)
            self.here.cells[("empty", made.objects()[0])] = none
        return made

    def _collected(self, node: ir.Comprehension, pairs: list[tuple[Value, Value]]) -> Value:
        if node.kind != "dict":
            return self.new_object(Object("list", {index: value for index, (_, value) in enumerate(pairs)}))
        made = Object("dict", {})
        for key, value in pairs:
            known = key.consts is not None and len(key.consts) == 1
            made = made.with_field(key.consts[0], value) if known and key.consts is not None else made.with_rest(value)
        return self.new_object(made)

    def freed(self, value: Value) -> Value:
        """The value with the checks that hold here put into its taints, for use where the facts are gone."""
        if not value.taints:
            return value
        facts = self.here.facts
        taints = []
        for taint in value.taints:
            kinds = frozenset[str]().union(*(facts.get(symbol, frozenset()) for symbol in taint.via))
            taints.append(taint.with_clean(kinds) if kinds else taint)
        return value.but(taints=frozenset(taints))

    def _lifted(self, value: Value, pairs: list[tuple[str, str]]) -> Value:
        """In ``all(check(c) for c in text)`` what is said of c is said of the text."""
        for inner, outer in pairs:
            value = value.but(
                yes=(*value.yes, *((outer, kinds) for symbol, kinds in value.yes if symbol == inner)),
                no=(*value.no, *((outer, kinds) for symbol, kinds in value.no if symbol == inner)),
            )
        return value
