"""Calls: dispatch, own functions run in place, results remembered."""

from typing import Any

from .. import ir
from .arguments import Arguments
from .core import Frame
from .flags import returned_with
from .instances import Instances
from .state import Object, Scope, State, join_states, settled
from .values import (
    NOTHING,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    Facts,
    FunctionRef,
    ObjectRef,
    Partial,
    Value,
    in_both,
    join,
    join_all,
    truths,
)

__all__ = ["Arguments", "Invoke"]

MAX_RUNS = 120
"""How often one function is run in an analysis before its result is only estimated."""


class Invoke(Instances):
    """Calls of own code."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.runs: dict[int, int] = {}
        self.inner: dict[int, bool] = {}
        self.awaited: set[int] = set()
        self.overloads: dict[int, list[FunctionRef]] = {}
        self.memo: dict[Any, tuple[Value, dict[Any, Any], dict[Any, Any]]] = {}

    def no_arguments(self, node: ir.Node) -> Arguments:
        """A call without arguments."""
        return Arguments([], {}, node)

    def some_arguments(self, values: list[Value], node: ir.Node) -> Arguments:
        """A call with positional arguments."""
        return Arguments(values, {}, node)

    def call_node(self, node: ir.Call) -> Value:
        """A call in the source."""
        function = node.function
        if isinstance(function, ir.Attribute):
            receiver = self.value(function.value)
            arguments = self.arguments(node)
            if self.state is None:
                return UNKNOWN
            if not receiver.path:
                return self.call(self.attribute(receiver, function.name, function), arguments, node)
            made = self.method(receiver.but(refs=()), function.name, arguments, node)
            if not receiver.refs or self.state is None:
                return made
            other = Value(refs=receiver.refs)
            return join(made, self.call(self.attribute(other, function.name, function), arguments, node))
        target = self.value(function)
        arguments = self.arguments(node)
        if self.state is None:
            return UNKNOWN
        return self.call(target, arguments, node)

    def arguments(self, node: ir.Call) -> Arguments:
        """The arguments of a call, unpacked where that is known."""
        made = Arguments([], {}, node, nodes=node.arguments)
        for argument in node.arguments:
            value = self.value(argument.value)
            if argument.spread == "*":
                items = self.listed(value)
                if items is not None and made.rest is None:
                    made.positional += items
                else:
                    made.rest = self.element(value, argument)
            elif argument.spread == "**":
                self._unpack(made, value, argument)
            elif argument.name:
                made.keywords[argument.name] = value
            else:
                made.positional.append(value)
        return made

    def _unpack(self, made: Arguments, value: Value, node: ir.Node) -> None:
        for found in self.objects(value):
            made.keywords.update({key: part for key, part in found.fields.items() if isinstance(key, str)})
            if found.rest is not None:
                made.rest_keywords = found.rest
        if not value.objects():
            made.rest_keywords = value if value.taints or value.path else UNKNOWN

    # ---- dispatch

    def call(self, target: Value, arguments: Arguments, node: ir.Node) -> Value:
        """Calls whatever `target` may be."""
        self.tick()
        if not target.refs:
            return self.unknown_call(target, arguments, node)
        if len(target.refs) == 1:
            return self.call_ref(target.refs[0], arguments, node, target)
        start = self.here
        results: list[Value] = []
        ends: list[State | None] = []
        for ref in target.refs:
            self.state = start.copy()
            results.append(self.call_ref(ref, arguments, node, target))
            ends.append(self.state)
        self.state = self.meet(*ends)
        return join_all(results)

    def call_ref(self, ref: Any, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls one thing."""
        if isinstance(ref, FunctionRef):
            others = self.overloads.get(id(ref.function))
            if others:
                start, results, ends = self.here, [], []
                for one in (ref, *(_same_self(other, ref) for other in others[:20])):
                    self.state = start.copy()
                    results.append(self.invoke(one, arguments, node))
                    ends.append(self.state)
                self.state = self.meet(*ends)
                return join_all(results)
            return self.invoke(ref, arguments, node)
        if isinstance(ref, ClassRef):
            return self.instantiate(ref, arguments, node)
        if isinstance(ref, External):
            return self.call_external(ref, arguments, node, target)
        if isinstance(ref, BoundExternal):
            return self.method(ref.owner, ref.name, arguments, node)
        if isinstance(ref, Partial):
            merged = Arguments(
                [*ref.arguments, *arguments.positional],
                {**dict(ref.keywords), **arguments.keywords},
                node,
                arguments.rest,
                arguments.rest_keywords,
            )
            return self.call(ref.function, merged, node)
        if isinstance(ref, ObjectRef):
            found = self.object(ref.number)
            if found is not None and found.owner is not None:
                member = self.member(found.owner, "__call__")
                if member is not None:
                    return self.call(self.bound_to_instance(member, Value(refs=(ref,)), node), arguments, node)
        return self.unknown_call(target, arguments, node)

    def call_apart(self, target: Value, arguments: Arguments, node: ir.Node) -> Value:
        """A call in another thread or task: the caller goes on, whatever becomes of it."""
        start = self.here.copy()
        result = self.call(target, arguments, node)
        if self.state is None:
            self.state = start
            return UNKNOWN
        return result

    def unknown_call(self, target: Value, arguments: Arguments, node: ir.Node) -> Value:
        """A call of something that is not known: its result may be made of all that goes in."""
        self.run_callbacks(arguments, node)
        return self.derived([target.but(refs=()), *arguments.all()], node)

    def run_callbacks(self, arguments: Arguments, node: ir.Node) -> None:
        """Own functions that are given away are called with what is given beside them."""
        functions = [value for value in arguments.all() if any(isinstance(ref, FunctionRef) for ref in value.refs)]
        if not functions:
            return
        others = [value for value in arguments.all() if value not in functions]
        for function in functions:
            for ref in function.refs:
                if isinstance(ref, FunctionRef):
                    wanted = [p for p in ref.function.parameters if p.kind in ("normal", "positional")]
                    given = [self.element(value, node) if value.objects() else value for value in others]
                    passed = (given + [UNKNOWN] * len(wanted))[: len(wanted) - (1 if ref.self_value is not None else 0)]
                    self.invoke(ref, Arguments(passed, {}, node), node)
                    if self.state is None:
                        return

    # ---- own functions

    def invoke(self, ref: FunctionRef, arguments: Any, node: ir.Node) -> Value:
        """Runs an own function in place."""
        function = ref.function
        if self.state is None:
            return UNKNOWN
        active = sum(1 for frame in self.frames if frame.function is not None and frame.function.function is function)
        runs = self.runs.get(id(function), 0)
        if active >= 2 or len(self.frames) >= self.limits.depth or runs >= MAX_RUNS:
            if active < 2:
                why = (
                    "calls deeper than are followed"
                    if runs < MAX_RUNS
                    else "a function called from more places than are followed"
                )
                self.incomplete(f"{why} at {self.module.path}:{node.line}")
            return self.unknown_call(UNKNOWN, Arguments([v for v in arguments.all() if not _callable(v)], {}, node), node)
        self.runs[id(function)] = runs + 1
        if active:
            arguments = arguments.widened()
        key = self._memo_key(ref, arguments)
        known = self.memo.get(key) if key is not None else None
        cells = self.here.cells
        if known is not None and all(cells.get(k) is v for k, v in known[2].items()):
            cells.update(known[1])
            return known[0]
        before = dict(cells)
        facts = dict(self.here.facts)
        scope = Scope(self.fresh(), self._locals(function), ref.scope, ref.module)
        apart = self.here.copy() if function.is_async and id(node) not in self.awaited else None
        value = self._run_body(ref, scope, arguments, node)
        if self.state is None and apart is not None:
            self.state = apart
        if key is not None and self.state is not None:
            self._remember(key, ref, value, before, facts)
        if id(function) not in self.inner:
            self.inner[id(function)] = _has_inner(function) if function.has_inner is None else function.has_inner
        if not self.inner[id(function)] and self.state is not None:
            number = scope.number
            for name in function.locals:
                self.state.cells.pop((number, name), None)
        return value

    def _locals(self, function: ir.Function) -> frozenset[str]:
        if self.frontend.language == "python" or function.kind == "arrow":
            return function.locals
        return function.locals | {"this", "arguments"}

    def _run_body(self, ref: FunctionRef, scope: Scope, arguments: Arguments, node: ir.Node) -> Value:
        function = ref.function
        caller = (self.scope, self.module, self.loops)
        frame = Frame(ref, scope, scope.number, self.where(node))
        before = dict(self.here.facts)
        self.frames.append(frame)
        bound = self._named_arguments(ref, arguments, node)
        self.scope, self.module, self.loops = scope, ref.module, []
        try:
            self._bind(ref, scope, bound, arguments)
            self.block(function.body)
        finally:
            self.frames.pop()
            self.scope, self.module, self.loops = caller
        return self._finish(function, frame, before)

    def _finish(self, function: ir.Function, frame: Frame, before: dict[str, frozenset[str]]) -> Value:
        returns = list(frame.returns)
        if self.state is not None:
            returns.append((NOTHING, self.state))
        end: State | None = None
        for _, state in returns:
            end = join_states(end, state)
        self.state = end
        if end is not None and len(returns) > 1:
            returned_with(end, returns)
        if function.is_generator:
            if self.state is None:
                return UNKNOWN
            return self.new_object(Object("generator", {}, join_all(frame.yields) if frame.yields else None))
        value = join_all([_with_facts(value, state, end) for value, state in returns])
        if len(returns) > 1:
            value = value.but(yes=_learned(returns, before, True), no=_learned(returns, before, False))
        return value

    def _named_arguments(self, ref: FunctionRef, arguments: Arguments, node: ir.Node) -> list[Value | None]:
        """The value of each parameter, in order; None takes the default."""
        positional = list(arguments.positional)
        if ref.self_value is not None and self.frontend.language == "python":
            positional.insert(0, ref.self_value)
        values: list[Value | None] = []
        position = 0
        used: set[str] = set()
        name_of = f"{ref.function.name or 'a function'}()"
        for parameter in ref.function.parameters:
            name = parameter.target.id if isinstance(parameter.target, ir.Name) else ""
            value: Value | None = None
            if parameter.kind == "rest":
                value = self.new_object(Object("list", dict(enumerate(positional[position:])), arguments.rest))
                position = len(positional)
            elif parameter.kind == "keywords":
                left = {key: part for key, part in arguments.keywords.items() if key not in used}
                value = self.new_object(Object("dict", dict(left), arguments.rest_keywords))
            elif name in arguments.keywords and parameter.kind != "positional":
                value = arguments.keywords[name]
                used.add(name)
            elif parameter.kind != "keyword" and position < len(positional):
                value = positional[position]
                position += 1
            elif parameter.kind != "keyword" and arguments.rest is not None:
                value = arguments.rest
            elif arguments.rest_keywords is not None and parameter.kind != "positional":
                value = arguments.rest_keywords
                if value.path:
                    value = self.load_path(value.but(path=value.path.removesuffix(".*")), name, node)
            if value is not None and value.taints and parameter.kind not in ("rest", "keywords"):
                text = f"passed to {name_of[:60]} as {name[:60]}"
                value = value.but(taints=frozenset(t.at(self.module.path, node.line, node.column, text) for t in value.taints))
            values.append(value)
        return values

    def _bind(self, ref: FunctionRef, scope: Scope, values: list[Value | None], arguments: Arguments) -> None:
        cells = self.here.cells
        if self.frontend.language != "python" and ref.function.kind != "arrow":
            cells[(scope.number, "this")] = ref.self_value or UNKNOWN
            rest = Object("list", dict(enumerate(arguments.positional)), arguments.rest)
            cells[(scope.number, "arguments")] = self.new_object(rest)
        for parameter, value in zip(ref.function.parameters, values, strict=True):
            if value is None and parameter.default is not None:
                value = self.default_of(ref, parameter)
            elif value is not None and parameter.default is not None and value.consts == (None,):
                value = value if self.frontend.language == "python" else self.default_of(ref, parameter)
            made = value if value is not None else UNKNOWN
            if parameter.annotation is not None and _is_blank(made):
                made = self.typed(parameter.annotation, ref)
            if isinstance(parameter.target, ir.Name):
                cells[(scope.number, parameter.target.id)] = made
            else:
                self.store(parameter.target, made)

    def typed(self, annotation: ir.Expr, ref: FunctionRef) -> Value:
        """A value of which nothing is known but the type that a parameter asks for: a thing of a library, by its class."""
        outer = (self.scope, self.module)
        self.scope, self.module = ref.scope, ref.module
        try:
            told = self.value(annotation) if isinstance(annotation, ir.Name | ir.Attribute) else UNKNOWN
        finally:
            self.scope, self.module = outer
        for part in told.refs:
            if isinstance(part, External) and "." in part.name and not part.name.startswith(("builtins.", "typing.")):
                made = f"{part.name}()"
                return Value(refs=(External(self.catalogue.types.get(part.name) or self.catalogue.types.get(made, made)),))
        return UNKNOWN

    def default_of(self, ref: FunctionRef, parameter: ir.Parameter) -> Value:
        """The default of a parameter; one object for all calls in Python, so that it is kept."""
        key = ("default", id(parameter))
        kept = self.here.cells.get(key)
        if isinstance(kept, Value):
            return kept
        made = self.value(parameter.default) if parameter.default is not None else UNKNOWN
        if self.state is not None and made.objects() and self.frontend.language == "python":
            self.here.cells[key] = made
        return made

    def _memo_key(self, ref: FunctionRef, arguments: Any) -> Any:
        values = arguments.all()
        if len(values) > 12 or ref.self_value is not None or any(value.objects() for value in values):
            return None
        via = frozenset[str]().union(*(taint.via for value in values for taint in value.taints))
        facts = frozenset((symbol, kinds) for symbol, kinds in self.here.facts.items() if symbol in via)
        catching = bool(self.catchers)
        return (ref, tuple(values[: len(arguments.positional)]), tuple(arguments.keywords.items()), facts, catching)

    def _remember(
        self, key: Any, ref: FunctionRef, value: Value, before: dict[Any, Any], facts: dict[str, frozenset[str]]
    ) -> None:
        """Keeps a result that changed nothing that was there before."""
        cells = self.here.cells
        if self.here.facts != facts or len(before) > 3000:
            return
        if any(cells.get(k) is not v for k, v in before.items()) or value.yes or value.no:
            return
        seen = set()
        scope: Scope | None = ref.scope
        while scope is not None:
            seen.add(scope.number)
            scope = scope.parent
        for loaded in self.modules.values():
            if loaded is not None:
                seen.add(loaded.scope.number)
        visible = {k: v for k, v in before.items() if not isinstance(k, tuple) or not isinstance(k[0], int) or k[0] in seen}
        made = {k: v for k, v in cells.items() if k not in before}
        if len(self.memo) < 4000:
            self.memo[key] = (value, made, visible)


def _with_facts(value: Value, state: State, end: State | None) -> Value:
    """A value that is returned, with what was checked of it on this way out put into it when other ways did not check it."""
    if not value.taints or end is None or state.facts is end.facts:
        return value
    own = {symbol: kinds for symbol, kinds in state.facts.items() if end.facts.get(symbol) != kinds}
    made = settled(value, own) if own else value
    return made if isinstance(made, Value) else value


def _is_blank(value: Value) -> bool:
    return not (value.refs or value.taints or value.path or value.consts is not None or value.texts is not None or value.kind)


def _same_self(other: FunctionRef, ref: FunctionRef) -> FunctionRef:
    """A function that may run in place of another one, bound to the same thing."""
    return other if ref.self_value is None else FunctionRef(other.function, other.scope, other.module, ref.owner, ref.self_value)


def _callable(value: Value) -> bool:
    return any(isinstance(ref, FunctionRef) for ref in value.refs)


def _learned(returns: list[tuple[Value, State]], before: dict[str, frozenset[str]], truth: bool) -> Facts:
    """Facts that hold in every return whose value can have this truth."""
    common: dict[str, frozenset[str]] | None = None
    for value, state in returns:
        if truth not in truths(value):
            continue
        here = {symbol: kinds for symbol, kinds in state.facts.items() if before.get(symbol) != kinds}
        for symbol, kinds in value.yes if truth else value.no:
            here[symbol] = here.get(symbol, frozenset()) | kinds
        common = here if common is None else {s: in_both(kinds, here[s]) for s, kinds in common.items() if s in here}
    return tuple((symbol, kinds) for symbol, kinds in (common or {}).items() if kinds)


def _has_inner(function: ir.Function) -> bool:
    """Whether functions are made inside, which may keep the variables."""
    stack: list[Any] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ir.FunctionDefinition | ir.ClassDefinition | ir.Lambda | ir.ClassValue):
            return True
        if isinstance(node, ir.Node):
            for field in node.__struct_fields__:
                part = getattr(node, field)
                if isinstance(part, list):
                    stack += [sub for item in part for sub in (item if isinstance(item, tuple) else (item,))]
                else:
                    stack.append(part)
    return False
