"""The frame of the walk: limits, modules, scopes, findings. Statements, expressions and calls are built on it."""

import time
from typing import Any

import msgspec

from ...model.code import CodeIssue, Flow, FlowStep
from ...model.where import Where
from .. import ir
from .calls import Hole, RawCall
from .catalogue import Catalogue, Sink, of_language
from .events import worth
from .frontend import FileTree, Frontend
from .state import Object, Scope, State, join_states
from .values import (
    NONE,
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    ObjectRef,
    Taint,
    Trace,
    Value,
    foreign,
)

DISCLOSURE = frozenset(
    {"module-state", "tmp-left", "log-secret", "environment-disclosed", "error-disclosed", "secret-disclosed", "log-injection"}
)
"""Kinds of harm that no check of the content prevents."""


SCOPED = frozenset({"path", "request", "redirect", "cloud-target", "nosql", "header", "regex"})
"""Kinds of harm that what an authorizer has established is meant to steer: the folder, table or address of a tenant."""


NUMBERS_OF_ERRORS = frozenset(
    {"code", "status", "status_code", "statusCode", "errno", "returncode", "name", "retryable", "http_status", "httpStatusCode"}
)
"""Fields of errors that say what happened without saying where."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one analysis: `seconds` of CPU time, `steps` of the walk, `depth` of calls, `files` that are parsed.

    CPU time, so that a busy machine finds the same.
    """

    seconds: float = 10.0
    steps: int = 400_000
    depth: int = 24
    files: int = 400
    flows: int = 500


class Stop(Exception):
    """The walk ran into a limit."""


class LoadedModule:
    """A parsed file with its scope; `exports` is the number of the object that a JavaScript module exports."""

    __slots__ = ("number", "path", "scope", "tree")

    def __init__(self, path: str, tree: ir.Module, scope: Scope, number: int) -> None:
        self.path, self.tree, self.scope, self.number = path, tree, scope, number
        scope.module = self


class Frame:
    """One run of a function."""

    __slots__ = ("call", "function", "number", "raised", "returns", "scope", "yields")

    def __init__(self, function: FunctionRef | None, scope: Scope, number: int, call: Where | None) -> None:
        self.function, self.scope, self.number, self.call = function, scope, number, call
        self.returns: list[tuple[Value, State]] = []
        self.yields: list[Value] = []
        self.raised: State | None = None


class Core:
    """State and services of the walk."""

    def __init__(
        self,
        tree: FileTree,
        frontend: Frontend,
        triggers: frozenset[str],
        environment: dict[str, str | None],
        limits: Limits,
        subject: str = "",
    ) -> None:
        self.tree, self.frontend, self.triggers, self.environment, self.limits = tree, frontend, triggers, environment, limits
        self.subject = subject
        self.paths = frozenset(tree.paths())
        self.catalogue: Catalogue = of_language(frontend.language)
        self.state: State | None = State({}, {})
        self.modules: dict[str, LoadedModule | None] = {}
        self.loading: set[str] = set()
        self.frames: list[Frame] = []
        self.loops: list[tuple[list[State], list[State]]] = []
        self.catchers: list[list[State]] = []
        self.numbers = 0
        self.steps = 0
        self.deadline = time.process_time() + limits.seconds
        self.partial: dict[str, None] = {}
        self.found: dict[tuple[str, ...], Flow] = {}
        self.issues: dict[tuple[str, str, int], CodeIssue] = {}
        self.calls: dict[tuple[Any, ...], RawCall] = {}
        self.imports: dict[str, None] = {}
        self.fed: dict[str, None] = {}
        self.origins: dict[str, str] = {}
        self.factories: dict[int, Value] = {}
        self.resolved_of: dict[str, str] = {}
        self.same_made: dict[tuple[Any, ...], str] = {}
        self.building: Value | None = None
        self.subclasses: dict[int, list[ClassRef]] = {}
        self.registered: list[tuple[str, tuple[Value, ...], Value]] = []
        self.module_scope = Scope(0, None, None, None)
        self.module: LoadedModule = LoadedModule("", ir.Module(1, 1, "", frontend.language, []), self.module_scope, 0)
        self.scope: Scope = self.module_scope

    # ---- limits and numbers

    def tick(self) -> None:
        """One step; raises Stop when the budget is used up."""
        self.steps += 1
        if self.steps > self.limits.steps:
            raise Stop("the walk took more steps than allowed")
        if not self.steps & 127 and time.process_time() > self.deadline:
            raise Stop("the walk took longer than allowed")

    def fresh(self) -> int:
        """A new number for a scope or object."""
        self.numbers += 1
        return self.numbers

    def incomplete(self, why: str) -> None:
        """Notes that a part was left out."""
        if len(self.partial) < 20:
            self.partial[why] = None

    @property
    def here(self) -> State:
        """The state; only asked for at points that are reached."""
        if self.state is None:
            self.state = State({}, {})
        return self.state

    # ---- objects

    def new_object(self, made: Object) -> Value:
        """Puts an object on the heap."""
        number = self.fresh()
        self.here.cells[number] = made
        return Value(refs=(ObjectRef(number),))

    def object(self, number: int) -> Object | None:
        """The object of that number."""
        found = self.here.cells.get(number)
        return found if isinstance(found, Object) else None

    def objects(self, value: Value) -> list[Object]:
        """The objects that a value may be."""
        return [found for number in value.objects() if (found := self.object(number)) is not None]

    # ---- places, symbols, taints

    def where(self, node: ir.Node) -> Where:
        """The place of a node of the current module."""
        return Where(self.module.path, self.subject, line=node.line, column=node.column)

    def symbol(self, node: ir.Node) -> str:
        """A name for the value that is made at a node in this run of the function."""
        frame = self.frames[-1].number if self.frames else 0
        return f"{self.module.number}:{node.line}:{node.column}:{frame}:{type(node).__name__[:3]}"

    def same_symbol(self, how: str, values: "list[Value] | tuple[Value, ...]", node: ir.Node) -> str:
        """A name for what is made of values in a way that gives the same each time: a check of one counts for all.

        Where a value is not known well enough to be recognised, the name is that of the node.
        """
        key: list[Any] = [how]
        for value in values:
            if value.taints and value.symbol:
                key.append(value.symbol)
            elif not value.taints and value.texts is not None and all(_named(piece) for text in value.texts for piece in text):
                key.append(value.texts)
            else:
                return self.symbol(node)
        return self.same_made.setdefault(tuple(key), f"{how}:{len(self.same_made)}")

    def derived(
        self, values: "list[Value] | tuple[Value, ...]", node: ir.Node, text: str = "", kind: str = "", how: str = ""
    ) -> Value:
        """A value that is made from others: it has all their taints. `how` is given where the same is made each time."""
        taints = frozenset[Taint]().union(*(self.deep_taints(value) for value in values))
        if not taints:
            return Value(kind=kind) if kind else UNKNOWN
        symbol = self.same_symbol(how, values, node) if how else self.symbol(node)
        moved = [taint.through(symbol) for taint in taints]
        if text:
            moved = [taint.at(self.module.path, node.line, node.column, text) for taint in moved]
        made = foreign(moved, kind)
        return made.but(symbol=symbol)

    def deep_taints(self, value: Value, depth: int = 5, seen: set[int] | None = None) -> frozenset[Taint]:
        """The taints of a value and of all that is in it."""
        if not value.refs:
            return value.taints
        seen = set() if seen is None else seen
        taints = value.taints
        for number in value.objects():
            if number in seen or depth <= 0 or len(seen) > 200:
                continue
            seen.add(number)
            found = self.object(number)
            if found is not None:
                for part in found.everything():
                    taints |= self.deep_taints(part, depth - 1, seen)
        return taints

    def alive(self, taint: Taint, kind: str) -> bool:
        """Whether a foreign part can still do this kind of harm here."""
        if "**" in taint.clean or kind in taint.clean or ("*" in taint.clean and kind not in DISCLOSURE):
            return False
        facts = self.here.facts
        for symbol in taint.via:
            known = facts.get(symbol, NONE)
            if known and (kind in known or ("*" in known and kind not in DISCLOSURE)):
                return False
        return True

    def note_subclass(self, made: ClassRef) -> None:
        """Remembers a class under each of its direct bases."""
        for base in made.bases:
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    self.subclasses.setdefault(id(ref.definition), []).append(made)

    def has_fact(self, value: Value, fact: str) -> bool:
        """Whether a fact holds for all foreign parts of a value."""
        facts = self.here.facts
        return all(fact in taint.clean or any(fact in facts.get(symbol, NONE) for symbol in taint.via) for taint in value.taints)

    def inside(self, value: Value) -> "tuple[tuple[str, frozenset[str]], ...]":
        """What holds where a resolved path was found to be inside a folder: of the path, and of the names that it was made of."""
        if not value.symbol or not all("resolved" in taint.clean for taint in value.taints):
            return ()
        names = frozenset[str]().union(*(taint.via for taint in value.taints)) - {value.symbol}
        given = self.resolved_of.get(value.symbol)
        first = ((value.symbol, frozenset({"path"})), *([(given, frozenset({"path"}))] if given else []))
        return (*first, *((name, frozenset({"member"})) for name in sorted(names)))

    def event(self, path: str = "event", kind: str = "", node: ir.Node | None = None) -> Value:
        """A value that comes with the event; `node` is where it enters."""
        line, column = (node.line, node.column) if node is not None else (1, 1)
        text = f"{path[:120]} enters" if node is not None else ""
        return self.from_path(path, frozenset(), NONE, Trace(self.module.path, line, column, text, None), kind)

    def from_path(self, path: str, via: frozenset[str], clean: frozenset[str], trace: Trace, kind: str = "") -> Value:
        """What stands at a path of the event."""
        label, trust, known_kind = worth(path, self.triggers)
        taints = frozenset[Taint]()
        if label:
            taints = frozenset({Taint(label, path, via | {path}, clean, trace, trust)})
        return Value(taints, path=path, kind=kind or known_kind, symbol=path)

    def label(self, label: str, source: str, node: ir.Node, text: str, trust: int = 2, path: str = "", kind: str = "") -> Value:
        """A value from another outside place (stored data, secrets, exceptions)."""
        trace = Trace(self.module.path, node.line, node.column, text, None)
        symbol = f"{source}@{self.symbol(node)}"
        return Value(
            frozenset({Taint(label, source, frozenset({symbol}), NONE, trace, trust)}), path=path, kind=kind, symbol=symbol
        )

    # ---- findings

    def report(
        self, kind: str, sink: str, node: ir.Node, taint: Taint, trust: int = 2, note: str = "", where: Where | None = None
    ) -> None:
        """Notes a flow; the most certain one with the shortest way is kept for each place, kind and source."""
        place = where or self.where(node)
        highest = 2 if taint.label != "identity" else 0 if kind in SCOPED else 1
        confidence = ("low", "medium", "high")[max(0, min(trust, taint.trust, highest))]
        if taint.label == "stored" and confidence == "high":
            confidence = "medium"
        key = (kind, place.source, str(place.line), sink, taint.label, taint.source)
        steps = [step for step in taint.trace.steps() if step.text]
        told = [FlowStep(where=Where(s.path, self.subject, line=s.line, column=s.column), text=s.text) for s in steps]
        told.append(FlowStep(where=place, text=f"reaches {sink}"))
        flow = Flow(
            kind=kind,
            sink=sink,
            where=place,
            label=taint.label,
            source=taint.source,
            steps=tuple(told),
            confidence=confidence,
            note=note,
        )
        old = self.found.get(key)
        if old is None and len(self.found) >= self.limits.flows:
            self.incomplete("more flows than are kept")
            return
        order = {"high": 2, "medium": 1, "low": 0}
        if old is None or (order[confidence], -len(told)) > (order[old.confidence], -len(old.steps)):
            self.found[key] = flow

    def pattern(self, sink: Sink, node: ir.Node) -> None:
        """Notes a dangerous call without foreign data in it."""
        place = self.where(node)
        key = (sink.kind, place.source, str(place.line), sink.name, "", "")
        self.found.setdefault(
            key, Flow(kind=sink.kind, sink=sink.name, where=place, confidence="low", constant=True, note=sink.note)
        )

    def issue(self, kind: str, node: ir.Node, text: str, confidence: str = "high", where: Where | None = None) -> None:
        """Notes something wrong that is no flow."""
        place = where or self.where(node)
        if len(self.issues) < self.limits.flows:
            self.issues.setdefault(
                (kind, place.source, place.line), CodeIssue(kind=kind, where=place, text=text, confidence=confidence)
            )

    # ---- control

    def dies(self) -> None:
        """The current path ends (an exception): handlers around may go on from here."""
        if self.state is not None and self.catchers:
            self.catchers[-1].append(self.state)
        self.state = None

    def meet(self, *states: State | None) -> State | None:
        """The join of states; large ones cost as many steps as they take time."""
        result: State | None = None
        for state in states:
            if result is not None and state is not None:
                self.steps += (len(result.cells) + len(state.cells)) >> 7
            result = join_states(result, state)
        return result


def _named(piece: Any) -> bool:
    """Whether a piece of a text is known: a literal, or the hole of a value with a name."""
    return not isinstance(piece, Hole) or bool(piece.source)


def external_names(value: Value) -> list[str]:
    """The library names that a value may be."""
    return [ref.name for ref in value.refs if isinstance(ref, External)]
