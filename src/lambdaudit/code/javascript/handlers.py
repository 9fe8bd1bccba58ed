"""Handlers: how Lambda calls the code, bundles whose modules run once, and the end of the walk."""

from typing import Any

import msgspec

from ...model.where import Where
from .. import ir
from ..flow.core import LoadedModule
from ..flow.invoke import Arguments
from ..flow.values import (
    ClassRef,
    External,
    FunctionRef,
    ModuleRef,
    Partial,
    Value,
    external,
)
from . import inlined
from .aws import UNNAMED
from .cut import Sources
from .frameworks import Frameworks
from .functions import LazyFunction

_USUAL_NAMES = ("handler", "lambdaHandler")
_MODULE_STEPS = 2_500
_MODULES_STEPS = 30_000
"""Steps of the walk for the start of one module of a bundle, and of all of them, before modules count as libraries."""


class _Heavy(Exception):
    """A module of a bundle takes more steps than code of one's own would."""


class Handlers(Frameworks):
    """Handlers."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.tree = Sources(self.tree)
        self.answered_before = False
        self.allowance = self.limits.steps + 1
        self.module_steps = 0
        self.budgeted = False
        self.heavy: dict[int, Value] = {}

    # ---- Lambda itself

    def invoke(self, ref: FunctionRef, arguments: Any, node: ir.Node) -> Value:
        """Runs an own function; a handler with three parameters gets a callback."""
        if isinstance(ref.function, LazyFunction) and ref.function.runs_module:
            return self.heavy.get(id(ref.function)) or self.run_module_of_bundle(ref, arguments, node)
        if not self.in_handler and self._is_start_of_bundle(node):
            return self.run_module_of_bundle(ref, arguments, node)
        if ref.function.name == "send" and self.in_handler:
            answer = inlined.sent(self, arguments, node)
            if answer is not None:
                return answer
        given = arguments.positional
        if not self.frames and len(given) == 2 and len(ref.function.parameters) > 2 and self._is_context(given[1]):
            arguments = Arguments([*given, external("lambda.callback")], {}, node)
        return super().invoke(ref, arguments, node)

    def inlined_command(self, owner: ClassRef, arguments: Arguments) -> Value | None:
        """The command of an SDK that a class of a bundle is."""
        if owner.module.path not in getattr(self.frontend, "bundles", ()):
            return None
        return inlined.command_of(self, owner, arguments)

    def framework_call(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
        """As for all frameworks; clients of an SDK in a bundle whose start was not walked send commands, too."""
        answer = inlined.sent(self, arguments, node) if name.endswith(".send") else None
        return answer if answer is not None else super().framework_call(name, ref, arguments, node, target)

    def unknown_call(self, target: Value, arguments: Arguments, node: ir.Node) -> Value:
        """As for all calls; a command of an SDK is sent by whatever has a method of that name."""
        function = node.function if isinstance(node, ir.Call) else None
        if isinstance(function, ir.Attribute) and function.name == "send":
            answer = inlined.sent(self, arguments, node)
            if answer is not None:
                return answer
        return super().unknown_call(target, arguments, node)

    def tick(self) -> None:
        """One step; a module of a bundle has few of its own."""
        super().tick()
        if self.steps > self.allowance:
            raise _Heavy

    def run_module_of_bundle(self, ref: FunctionRef, arguments: Arguments, node: ir.Node) -> Value:
        """Runs a module in a bundle as if it were a file; one that takes long is taken for a library and not walked."""
        outer = (self.scope, self.module, self.loops, self.frames, self.catchers, self.allowance)
        before, start, depth = self.here.copy(), self.steps, len(self.frames)
        wrapper = isinstance(ref.function, LazyFunction) and ref.function.runs_module
        if wrapper:
            self.loops, self.frames, self.catchers = [], [], []
        budgeted, self.budgeted = self.budgeted, not wrapper
        spent = self.module_steps < _MODULES_STEPS
        self.allowance = min(self.allowance, start + (_MODULE_STEPS if spent else _MODULE_STEPS // 40))
        try:
            result = super().invoke(ref, arguments, node)
        except _Heavy:
            self.scope, self.module = outer[0], outer[1]
            self.state = before
            result = external(UNNAMED)
            self.heavy[id(ref.function)] = result
            del outer[3][depth:]
        finally:
            self.scope, self.module, self.loops, self.frames, self.catchers, self.allowance = outer
            self.budgeted = budgeted
        self.module_steps += self.steps - start
        self.allowance += self.steps - start
        return result

    def _is_start_of_bundle(self, node: ir.Node) -> bool:
        """Whether a call is made by the outermost statements of a bundle, be they in a function that is called right away."""
        if self.budgeted or self.module.path not in getattr(self.frontend, "bundles", ()):
            return False
        at_once = isinstance(node, ir.Call) and isinstance(node.function, ir.Lambda)
        return not at_once and len(self.frames) < 3

    def _is_context(self, value: Value) -> bool:
        return self.names_of(value) == ["lambda.context"]

    def answered(self, value: Value, node: ir.Node, web: bool) -> None:
        """Checks what the handler gives back, once: where it returns it."""
        if not self.answered_before or not isinstance(node, ir.Function | ir.Module):
            super().answered(value, node, web)

    def returned_at(self, node: ir.Return, value: Value) -> None:
        """A function returns: the outermost one answers."""
        super().returned_at(node, value)
        if len(self.frames) == 1 and self.in_handler and self.state is not None and not self.in_route:
            self.answered_before = True
            self.answered(value, node, self.web)

    # ---- wrappers and the end

    def _by_catalogue(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """As for all library calls; before the handler runs, what is put around a function leaves it a function."""
        functions = [r for value in arguments.positional for r in value.refs if isinstance(r, FunctionRef)]
        if functions and not self.in_handler and not self.frames and len(arguments.positional) <= 3:
            return Value(refs=(*functions[-1:],))
        return super()._by_catalogue(name, ref, arguments, node, target)

    def wrapped(self, ref: External, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value | None:
        """Decorators of libraries give back what they are put on."""
        return value

    def handler_names(self, loaded: LoadedModule) -> list[str]:
        """The exports of a module that look like handlers: by their name, or by what their parameters are called."""
        found: list[str] = []
        for made in self.objects(self.exports_of(ModuleRef(loaded.path))):
            for name, value in made.fields.items():
                functions = [ref.function for ref in value.refs if isinstance(ref, FunctionRef)]
                usual = name in _USUAL_NAMES and any(isinstance(ref, FunctionRef | External | Partial) for ref in value.refs)
                if isinstance(name, str) and (usual or any(self.frontend.is_handler(function) for function in functions)):
                    found.append(name)
        return found

    def conclude(self) -> None:
        """Runs the routes, then draws the conclusions that need the whole walk."""
        self.note_globals()
        if self.state is not None:
            self.run_routes()
        super().conclude()
        for path, loaded in self.modules.items():
            for problem in loaded.tree.problems if loaded is not None else ():
                self.incomplete(f"{path}: {problem}")
        if self.heavy:
            self.incomplete(f"{len(self.heavy)} modules of a bundle without names were taken for libraries and not walked")
        self._to_originals()

    # ---- source maps

    def _to_originals(self) -> None:
        """Tells places in bundles as those in the files that were written, where a source map knows them."""
        original = getattr(self.frontend, "original", None)
        if original is None:
            return

        def moved(where: Where) -> Where:
            found = original(where.source, where.line, where.column)
            return msgspec.structs.replace(where, source=found[0], line=found[1], column=found[2]) if found else where

        for key, flow in self.found.items():
            steps = tuple(msgspec.structs.replace(step, where=moved(step.where)) for step in flow.steps)
            self.found[key] = msgspec.structs.replace(flow, where=moved(flow.where), steps=steps)
        for place, issue in self.issues.items():
            self.issues[place] = msgspec.structs.replace(issue, where=moved(issue.where))
        for about, call in self.calls.items():
            chain = tuple(moved(where) for where in call.chain)
            self.calls[about] = msgspec.structs.replace(call, where=moved(call.where), chain=chain)
