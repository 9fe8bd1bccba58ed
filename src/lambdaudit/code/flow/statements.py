"""The walk over statements."""

from collections.abc import Callable
from typing import Any

from .. import ir
from .definitions import Definitions
from .flags import without_flags
from .state import State, join_states, same
from .values import NOTHING, Value, constant, truths

ROUNDS = 3
"""How often a loop's body is walked at most, until nothing changes."""
UNROLL = 6
"""Displays up to this length are walked item by item."""


class Statements(Definitions):
    """Statements."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._run: dict[type, Callable[[Any], None]] = {
            ir.Assign: self._assign,
            ir.AugmentedAssign: self._augmented,
            ir.Expression: self._expression,
            ir.If: self._if,
            ir.For: self._for,
            ir.While: self._while,
            ir.Try: self._try,
            ir.With: self._with,
            ir.Switch: self._switch,
            ir.Return: self._return,
            ir.Raise: self._raise,
            ir.Break: self._break,
            ir.Continue: self._continue,
            ir.Delete: self._delete,
            ir.Import: self.do_import,
            ir.Export: self.do_export,
            ir.Global: self._global,
            ir.FunctionDefinition: self.define_function,
            ir.ClassDefinition: self.define_class,
            ir.Block: lambda node: self.block(node.body),
        }

    def block(self, body: list[ir.Stmt]) -> None:
        """Runs statements until the path ends."""
        for statement in body:
            if self.state is None:
                return
            self.tick()
            self._run[type(statement)](statement)

    def _expression(self, node: ir.Expression) -> None:
        self.value(node.value)

    def _assign(self, node: ir.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.store(target, value)
        self.named_assignment(node.targets, value, node)

    def _augmented(self, node: ir.AugmentedAssign) -> None:
        value = self.value(node.value)
        self.augment(node.target, node.op, value, node)
        self.named_assignment([node.target], value, node)

    def _global(self, node: ir.Global) -> None:
        return

    # ---- branches

    def _if(self, node: ir.If) -> None:
        """An if with its elifs, without recursion along them."""
        joined: State | None = None
        while True:
            verdict = self.value(node.test)
            if self.state is None:
                break
            possible = truths(verdict)
            start = self.here
            left: State | None = None
            if False in possible:
                self.state = start.copy() if True in possible else start
                self.assume(node.test, verdict, False)
                left = self.state
            if True in possible:
                self.state = start
                self.assume(node.test, verdict, True)
                self.block(node.then)
                joined = join_states(joined, self.state)
            self.state = left
            if self.state is None:
                break
            if len(node.otherwise) != 1 or not isinstance(node.otherwise[0], ir.If):
                self.block(node.otherwise)
                break
            node = node.otherwise[0]
            self.tick()
        self.state = join_states(joined, self.state)

    def branch(self, test: ir.Expr, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
        """Runs both arms on copies of the state, each with what the test says; an arm that cannot be is left out."""
        verdict = self.value(test)
        possible = truths(verdict)
        start = self.here
        ends: list[State | None] = []
        for truth, arm in ((True, then), (False, otherwise)):
            if truth in possible:
                self.state = start.copy() if len(possible) == 2 else start
                self.assume(test, verdict, truth)
                if self.state is not None:
                    arm()
                ends.append(self.state)
        self.state = self.meet(*ends)

    def _switch(self, node: ir.Switch) -> None:
        subject = self.value(node.subject)
        rest: State | None = self.here
        ends: list[State | None] = []
        falling: State | None = None
        breaks: list[State] = []
        if node.falls:
            self.loops.append((breaks, []))
        default: ir.Case | None = None
        for case in node.cases:
            if not case.tests and node.falls:
                default = case
            if rest is not None and (case.tests or not node.falls):
                self.state = rest.copy()
                rest = self._arm(node, case, subject, rest)
            else:
                self.state = None
            self.state = join_states(self.state, falling)
            self._arm_body(case, subject)
            falling, end = (self.state, None) if node.falls else (None, self.state)
            ends.append(end)
        if default is not None and rest is not None:
            self.state = rest.copy()
            self.block(default.body)
            ends.append(self.state)
            rest = None
        if node.falls:
            self.loops.pop()
        self.state = self.meet(rest, falling, *ends, *breaks)

    def _arm(self, node: ir.Switch, case: ir.Case, subject: Value, rest: State) -> State | None:
        """Puts the state of an arm in place; gives the state in which the arm was not taken."""
        if not case.tests:
            return None if case.guard is None and case.structural is None else rest
        tests = [self.value(test) for test in case.tests]
        known = [value.single for value in tests]
        if subject.consts is not None and None not in known and not subject.taints and not subject.path:
            if not any(const in subject.consts for const in known):
                self.state = None
                return rest
            if len(subject.consts) == 1:
                return None
        if all(not self.deep_taints(value) for value in tests) and subject.symbol:
            self.here.learn(((subject.symbol, frozenset({"*"})),))
        return rest

    def _arm_body(self, case: ir.Case, subject: Value) -> None:
        if self.state is None:
            return
        if case.binding is not None:
            self.store(case.binding, subject)
        if case.structural is not None:
            self.store(case.structural, subject)
        if case.guard is not None:
            verdict = self.value(case.guard)
            self.assume(case.guard, verdict, True)
        if self.state is not None:
            self.block(case.body)

    # ---- loops

    def _for(self, node: ir.For) -> None:
        iterable = self.value(node.iterable)
        items = self.listed(iterable) if node.over == "values" else self._known_keys(iterable)
        if items is not None and len(items) <= UNROLL:
            self._unrolled(node, items)
            return
        element = self.element(iterable, node) if node.over == "values" else self.keys_of(iterable, node)
        self._loop(node, iterable, element)

    def _known_keys(self, iterable: Value) -> list[Value] | None:
        """The keys of an object that is known as a whole."""
        made = self.objects(iterable)
        whole = len(made) == 1 and len(iterable.refs) == 1 and made[0].kind == "dict" and made[0].rest is None
        return [constant(key) for key in made[0].fields] if whole and not iterable.path else None

    def _unrolled(self, node: ir.For, items: list[Value]) -> None:
        breaks: list[State] = []
        self.loops.append((breaks, []))
        for item in items:
            if self.state is None:
                break
            continues: list[State] = []
            self.loops[-1] = (breaks, continues)
            self.store(node.target, item)
            self.block(node.body)
            self.state = self.meet(self.state, *continues)
        self.loops.pop()
        if self.state is not None:
            self.block(node.otherwise)
        self.state = self.meet(self.state, *breaks)

    def _loop(self, node: ir.For, iterable: Value, element: Value) -> None:
        breaks: list[State] = []
        start = self.here
        entry: State | None = start
        for _ in range(ROUNDS):
            if entry is None:
                break
            continues: list[State] = []
            self.loops.append((breaks, continues))
            self.state = entry.copy()
            self.store(node.target, element)
            self.block(node.body)
            self.loops.pop()
            back = self.meet(self.state, *continues)
            if back is not None and element.symbol and element.taints:
                without_flags(back, entry, element.symbol)
            merged = join_states(entry, back)
            known = self._facts_of_items(iterable, element, back)
            if same(entry, merged):
                entry = merged
                break
            entry = merged
        if entry is not None and known:
            entry.learn(known)
        self.state = entry
        if self.state is not None:
            self.block(node.otherwise)
        self.state = self.meet(self.state, *breaks)

    def _facts_of_items(self, iterable: Value, element: Value, back: State | None) -> tuple[tuple[str, frozenset[str]], ...]:
        """What was checked for every item holds for the whole."""
        if back is None or not iterable.symbol or not element.symbol:
            return ()
        kinds = back.facts.get(element.symbol)
        if kinds and "member" in kinds:
            names = frozenset[str]().union(*(taint.via for taint in iterable.taints)) - {iterable.symbol}
            return ((iterable.symbol, kinds), *((name, frozenset({"member"})) for name in names))
        return ((iterable.symbol, kinds),) if kinds else ()

    def _while(self, node: ir.While) -> None:
        breaks: list[State] = []
        entry: State | None = self.here
        exits: list[State | None] = []
        for turn in range(ROUNDS):
            if entry is None:
                break
            continues: list[State] = []
            self.loops.append((breaks, continues))
            self.state = entry.copy()
            left = None if node.first and turn == 0 else self._test(node)
            exits.append(left)
            if self.state is not None:
                self.block(node.body)
            self.loops.pop()
            self.state = self.meet(self.state, *continues)
            if self.state is not None:
                for update in node.update:
                    self.value(update)
            merged = join_states(entry, self.state)
            if same(entry, merged) or self.state is None:
                break
            entry = merged
        if entry is not None and len(exits) == ROUNDS:
            self.state = entry.copy()
            exits.append(self._test(node))
        self.state = self.meet(*exits)
        if self.state is not None:
            self.block(node.otherwise)
        self.state = self.meet(self.state, *breaks)

    def _test(self, node: ir.While) -> State | None:
        """Tests the condition: leaves the state in which the loop goes on, gives the one in which it ends."""
        verdict = self.value(node.test)
        if self.state is None:
            return None
        possible = truths(verdict)
        start = self.here
        left: State | None = None
        if False in possible:
            self.state = start.copy()
            self.assume(node.test, verdict, False)
            left = self.state
        self.state = start.copy() if True in possible else None
        if self.state is not None:
            self.assume(node.test, verdict, True)
        return left

    def _break(self, node: ir.Break) -> None:
        if self.loops and self.state is not None:
            self.loops[-1][0].append(self.state)
        self.state = None

    def _continue(self, node: ir.Continue) -> None:
        if self.loops and self.state is not None:
            self.loops[-1][1].append(self.state)
        self.state = None

    # ---- exceptions

    def _try(self, node: ir.Try) -> None:
        raised: list[State] = []
        self.catchers.append(raised)
        raised.append(self.here.copy())
        for statement in node.body:
            if self.state is None:
                break
            self.tick()
            self._run[type(statement)](statement)
            if self.state is not None and statement is not node.body[-1]:
                raised.append(self.state.copy())
        self.catchers.pop()
        if self.state is not None:
            self.block(node.otherwise)
        ends: list[State | None] = [self.state]
        thrown = self.meet(*raised)
        for handler in node.handlers:
            self.state = thrown.copy() if thrown is not None else None
            if self.state is None:
                break
            types = self.value(handler.types) if handler.types is not None else None
            if handler.target is not None:
                self.store(handler.target, self.caught(handler, types))
            self.block(handler.body)
            ends.append(self.state)
        self.state = self.meet(*ends)
        if node.final:
            self._finally(node, thrown)

    def _finally(self, node: ir.Try, thrown: State | None) -> None:
        if self.state is None and thrown is not None:
            self.state = thrown.copy()
            self.block(node.final)
            self.state = None
            return
        if self.state is not None:
            self.block(node.final)

    def _raise(self, node: ir.Raise) -> None:
        if node.value is not None:
            self.value(node.value)
        self.dies()

    def _with(self, node: ir.With) -> None:
        for context, target in node.items:
            value = self.entered(self.value(context), context)
            if target is not None:
                self.store(target, value)
        self.block(node.body)

    # ---- the rest

    def _return(self, node: ir.Return) -> None:
        value = self.value(node.value) if node.value is not None else NOTHING
        if self.state is not None and self.frames:
            if value.taints:
                value = value.but(
                    taints=frozenset(t.at(self.module.path, node.line, node.column, "returned") for t in value.taints)
                )
            self.frames[-1].returns.append((value, self.state))
        self.returned_at(node, value)
        self.state = None

    def _delete(self, node: ir.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ir.Index):
                container, key = self.value(target.value), self.value(target.index)
                for number in container.objects():
                    found = self.object(number)
                    if found is not None and key.consts is not None and len(key.consts) == 1:
                        self.here.cells[number] = found.without(key.consts[0])
            elif isinstance(target, ir.Name):
                self.assign_name(target.id, NOTHING)
            else:
                self.value(target)
