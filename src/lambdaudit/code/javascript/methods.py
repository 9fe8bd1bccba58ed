"""Methods of arrays, texts, promises, maps and functions of JavaScript."""

import re
from typing import Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import HOST, OF_HOST, Object
from ..flow.values import (
    BOOL,
    NONE,
    NOTHING,
    NUMBER,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    Facts,
    FunctionRef,
    Partial,
    Value,
    clean,
    constant,
    join,
    join_all,
)
from .arrays import Arrays

_FIRST_ELEMENT = frozenset(
    {"map", "filter", "forEach", "find", "findLast", "some", "every", "flatMap", "findIndex", "findLastIndex"}
)
_ITERATING = _FIRST_ELEMENT | {"reduce", "reduceRight", "sort", "toSorted"}
_SAME_ARRAY = frozenset(
    {"slice", "reverse", "toReversed", "flat", "concat", "filter", "sort", "toSorted", "values", "with", "splice", "fill"}
)
_LISTENERS = frozenset({"on", "once", "addListener", "addEventListener", "subscribe", "prependListener"})
_BORROWED = re.compile(r"(?:Array|Object|String|Map|Set)\.prototype\.(\w+)")
"""Methods that are taken from a prototype and called with something: ``Array.prototype.slice.call(arguments)``."""
_READS = frozenset(
    {"text", "json", "transformToString", "transformToByteArray", "transformToWebStream", "arrayBuffer", "blob", "promise"}
)


def without_first(arguments: Arguments) -> Arguments:
    """The same arguments without the first one."""
    return Arguments(arguments.positional[1:], arguments.keywords, arguments.node, arguments.rest, arguments.rest_keywords)


def _borrowed(value: Value) -> str:
    """The method that was read off something and is called with something else, "" when it is none."""
    for ref in value.refs:
        if isinstance(ref, BoundExternal):
            return ref.name
        match = _BORROWED.fullmatch(ref.name) if isinstance(ref, External) else None
        if match is not None:
            return match.group(1)
    return ""


def _by_symbol(facts: Facts) -> dict[str, frozenset[str]]:
    """All that is said of each symbol."""
    known: dict[str, frozenset[str]] = {}
    for symbol, kinds in facts:
        known[symbol] = known.get(symbol, NONE) | kinds
    return known


class Methods(Arrays):
    """Methods."""

    def method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """``owner.name(arguments)`` for things that are not of own classes."""
        general = self._general(owner, name, arguments, node)
        if general is not None:
            return general
        if any(isinstance(ref, External) for ref in owner.refs):
            return self._of_externals(owner, name, arguments, node)
        if name in _ITERATING and self._functions(arguments):
            return self.iterate(owner, name, arguments, node)
        if name in _LISTENERS:
            return self.listen(owner, arguments, node)
        if owner.objects():
            return self._of_objects(owner, name, arguments, node)
        if owner.path and owner.kind != "text":
            made = self._of_path(owner, name, arguments, node)
            if made is not None:
                return made
        self.unknown_method(owner, name, arguments, node)
        return self.text_method(owner, name, arguments, node)

    # ---- on anything

    def _general(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """Promises, and what functions have."""
        callable_ = any(isinstance(ref, FunctionRef | ClassRef | Partial) for ref in owner.refs)
        if name in ("then", "catch", "finally"):
            return self._promise(owner, name, arguments, node)
        if name == "bind" and arguments.positional:
            return self._bound(owner, arguments)
        borrowed = _borrowed(owner) if name == "call" and arguments.positional else ""
        if borrowed:
            return self.method(arguments.positional[0], borrowed, without_first(arguments), node)
        if name == "call" and (callable_ or self.names_of(owner)):
            bound = self._bound(owner, Arguments(arguments.positional[:1], {}, node)) if arguments.positional else owner
            return self.call(bound, without_first(arguments), node)
        if name == "apply" and (callable_ or self.names_of(owner)):
            bound = self._bound(owner, Arguments(arguments.positional[:1], {}, node)) if arguments.positional else owner
            return self.call(bound, self._applied(arguments.get(1), node), node)
        if name == "promise" and not arguments.all():
            return self._promised(owner)
        if name == "hasOwnProperty":
            return self.own_key(arguments.get(0), owner)
        if name == "toString" and not self.names_of(owner):
            return self.to_text(owner, node)
        return None

    def _promised(self, owner: Value) -> Value:
        """``request.promise()`` gives what the request gives; a pool's ``promise()`` is a pool."""
        return owner

    def _applied(self, given: Value | None, node: ir.Node) -> Arguments:
        if given is None:
            return Arguments([], {}, node)
        items = self.listed(given)
        if items is not None:
            return Arguments(items, {}, node)
        return Arguments([], {}, node, self.element(given, node))

    def _bound(self, owner: Value, arguments: Arguments) -> Value:
        this, given = arguments.positional[0], tuple(arguments.positional[1:])
        refs: list[Any] = []
        for ref in owner.refs:
            if isinstance(ref, FunctionRef) and ref.function.kind != "arrow":
                keeps = this.consts == (None,) or (not this.refs and not this.path)
                ref = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, ref.self_value if keeps else this)
            refs.append(ref)
        made = owner.but(refs=tuple(refs))
        return Value(refs=(Partial(made, given, ()),)) if given else made

    def _promise(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        given = arguments.get(0)
        if name == "finally":
            if given is not None:
                self.call(given, Arguments([], {}, node), node)
            return owner
        if name == "catch":
            handled = self._on_error(given, node)
            return owner if handled is None else join(owner, handled)
        passes = given is None or given.consts == (None,)
        result = owner if passes or given is None else self.call(given, Arguments([owner], {}, node), node)
        handled = self._on_error(arguments.get(1), node)
        return result if handled is None else join(result, handled)

    def _on_error(self, function: Value | None, node: ir.Node) -> Value | None:
        if function is None or self.state is None or not function.refs:
            return None
        before = self.here.copy()
        result = self.call(function, Arguments([self.exception(node)], {}, node), node)
        self.state = self.meet(before, self.state)
        return result

    def exception(self, node: ir.Node) -> Value:
        """An error as a handler gets it."""
        made = self.label("exception", "error", node, "an error is caught")
        return Value(made.taints, refs=(External("error"),), symbol=made.symbol)

    def caught(self, handler: ir.Handler, types: Value | None) -> Value:
        """What ``catch (error)`` binds."""
        return self.exception(handler)

    # ---- functions that are given away

    def _functions(self, arguments: Arguments) -> bool:
        return bool(arguments.positional) and any(
            isinstance(ref, FunctionRef | Partial | External | ClassRef) for ref in arguments.positional[0].refs
        )

    def call_back(self, arguments: Arguments, result: Value, node: ir.Node) -> None:
        """Runs own functions among the arguments as Node does: with an error first if they ask for one, then the result."""
        for value in arguments.all():
            for ref in value.refs:
                if not isinstance(ref, FunctionRef) or self.state is None:
                    continue
                names = [p.target.id if isinstance(p.target, ir.Name) else "" for p in ref.function.parameters]
                given: list[Value] = []
                if len(names) > 1 or (names and re.match(r"_?(e|er|err|error|ex|exc)\d?$", names[0].partition("%")[0])):
                    given = [join(NOTHING, self.exception(node)), result, result]
                else:
                    given = [result]
                before = self.here.copy()
                self.invoke(ref, Arguments(given[: max(len(names), 1)], {}, node), node)
                self.state = self.meet(before, self.state)

    def run_callbacks(self, arguments: Arguments, node: ir.Node) -> None:
        """Own functions that are given to something unknown."""
        others = [value for value in arguments.all() if not any(isinstance(ref, FunctionRef) for ref in value.refs)]
        result = self.derived(others, node) if others else UNKNOWN
        self.call_back(arguments, result, node)

    def listen(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        """``emitter.on(name, listener)``: the listener gets what the emitter brings."""
        name = arguments.get(0)
        if name is not None and name.single == "error":
            self.call_back(Arguments(arguments.positional[1:], {}, node), self.exception(node), node)
            return owner
        brought = (
            Value(owner.taints, path=owner.path, kind=owner.kind, symbol=owner.symbol) if owner.taints or owner.path else UNKNOWN
        )
        for value in arguments.positional[1:]:
            for ref in value.refs:
                if isinstance(ref, FunctionRef) and self.state is not None:
                    count = len(ref.function.parameters)
                    before = self.here.copy()
                    self.invoke(ref, Arguments([brought] * min(count, 2), {}, node), node)
                    self.state = self.meet(before, self.state)
        return owner

    # ---- arrays

    def iterate(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """``map``, ``filter``, ``reduce`` and their like."""
        function = arguments.positional[0]
        if name in ("sort", "toSorted"):
            return owner
        made = self.objects(owner)
        if made and all(found.kind == "dict" for found in made) and name == "forEach":
            values, keys = (self.element(self.entries(owner, part, node), node) for part in ("values", "keys"))
            before = self.here.copy()
            self.call(function, Arguments([values, keys, owner], {}, node), node)
            self.state = self.meet(before, self.state)
            return NOTHING
        items = self.listed(owner) if made else None
        if name in ("reduce", "reduceRight"):
            return self._reduced(owner, items, arguments, node)
        if items is not None and len(items) <= 8 and name in ("map", "forEach", "flatMap"):
            results = [self._with_item(function, item, constant(index), owner, node) for index, item in enumerate(items)]
            if name == "forEach" or self.state is None:
                return NOTHING
            if name == "map":
                return self.new_object(Object("list", dict(enumerate(results))))
            parts = [self.element(result, node) if result.objects() else result for result in results]
            return self.new_object(Object("list", {}, join_all(parts) if parts else None))
        element = self.element(owner, node)
        before = self.here.copy()
        result = self._with_item(function, element, NUMBER, owner, node)
        after = self.state
        if name in ("some", "every"):
            verdict = self._quantified(owner, element, result, name, after)
            self.state = self.meet(before, after)
            return verdict
        freed = self.freed(result) if after is not None else UNKNOWN
        kept = self._passing(function, element, result) if name in ("filter", "find", "findLast") else element
        self.state = self.meet(before, after)
        if self.state is None:
            return UNKNOWN
        if name in ("find", "findLast"):
            return join(kept, NOTHING)
        if name == "filter":
            return self.new_object(Object("list", {}, kept))
        if name == "map":
            return self.new_object(Object("list", {}, freed))
        if name == "flatMap":
            return self.new_object(Object("list", {}, self.element(freed, node) if freed.objects() else freed))
        return NUMBER if "Index" in name else NOTHING

    def _with_item(self, function: Value, item: Value, index: Value, owner: Value, node: ir.Node) -> Value:
        if self.state is None:
            return UNKNOWN
        if all(isinstance(ref, External) for ref in function.refs):
            return self.call(function, Arguments([item], {}, node), node)
        return self.call(function, Arguments([item, index, owner], {}, node), node)

    def _passing(self, function: Value, element: Value, verdict: Value) -> Value:
        """An element for which the test is true: what the test says of it holds."""
        known = _by_symbol(verdict.yes)
        if "*" in known.get(f"{HOST}{element.symbol}", NONE):
            element = clean(element, OF_HOST)
        return clean(element, known[element.symbol]) if element.symbol in known else element

    def _quantified(self, owner: Value, element: Value, verdict: Value, name: str, after: Any) -> Value:
        known = _by_symbol(verdict.yes).get(element.symbol, NONE)
        if name == "every" and known and (owner.symbol or owner.objects()):
            return BOOL.but(yes=((owner.symbol or element.symbol, known),))
        outside = [(symbol, kinds) for symbol, kinds in verdict.yes if symbol != element.symbol]
        return BOOL.but(yes=tuple(outside)) if name == "some" and outside else BOOL

    def _reduced(self, owner: Value, items: list[Value] | None, arguments: Arguments, node: ir.Node) -> Value:
        function, start = arguments.positional[0], arguments.get(1)
        element = self.element(owner, node)
        value = start if start is not None else element
        for item in items[:6] if items is not None and len(items) <= 6 else [element, element]:
            if self.state is None:
                return UNKNOWN
            result = self.call(function, Arguments([value, item, NUMBER, owner], {}, node), node)
            value = result if items is not None and len(items) <= 6 else join(value, result)
        return value

    def _of_objects(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        kinds = {found.kind for found in self.objects(owner)}
        if name in ("includes", "has", "indexOf"):
            wanted = arguments.get(0)
            if name == "indexOf" and wanted is not None:
                return NUMBER.but(refs=(External("position", None, (owner, wanted)),))
            return self.membership(wanted, owner)
        if name == "join":
            return self._array_join(owner, arguments, node)
        if name == "get" and kinds & {"dict", "set"}:
            key = arguments.get(0)
            if key is None:
                return UNKNOWN
            name_of = key.consts[0] if key.consts is not None and len(key.consts) == 1 else ...
            there = all(name_of in made.fields for made in self.objects(owner))
            return self.index(owner, key, node) if there else join(self.index(owner, key, node), NOTHING)
        if name in ("push", "unshift"):
            for value in arguments.positional:
                self._append(owner, value)
            if arguments.rest is not None:
                self._append(owner, arguments.rest)
            self.field_written(owner, ..., arguments.get(0) or UNKNOWN, node)
            return NUMBER
        if name == "entries" and kinds == {"list"} and owner.path:
            return self._numbered(owner, node)
        if name in ("entries", "keys", "values") and kinds <= {"list", "set", "dict"}:
            return self.entries(owner, name, node)
        if name in ("pop", "shift", "at"):
            key = arguments.get(0)
            items = self.listed(owner)
            if items and name != "at":
                return items[-1 if name == "pop" else 0]
            made = self.index(owner, key, node) if key is not None else self.element(owner, node)
            return self.as_piece(owner, made)
        if name == "set" and len(arguments.positional) > 1:
            key = arguments.positional[0]
            known = key.consts[0] if key.consts is not None and len(key.consts) == 1 else ...
            self.store_field(owner, known, arguments.positional[1], node)
            self.put_under(owner, key)
            return owner
        if name == "append" and len(arguments.positional) > 1:
            self.store_field(owner, ..., arguments.positional[1], node)
            return NOTHING
        if name in _SAME_ARRAY and kinds <= {"list", "tuple", "set", "split", "generator"}:
            return self._same_array(owner, name, arguments, node)
        if name in ("delete", "clear"):
            return BOOL
        return super().method(owner, name, arguments, node)

    # ---- parts of the event

    def _of_path(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """A method of a part of the event of which it is not known whether it is a text, an array or an object."""
        if name in _ITERATING and self._functions(arguments):
            return self.iterate(owner, name, arguments, node)
        if name in ("get", "getAll", "query", "param", "header") and arguments.positional:
            return self.index(owner, arguments.positional[0], node)
        if name == "entries":
            return self._numbered(owner, node)
        if name in ("keys", "values"):
            return self.entries(owner, name, node)
        if name in _READS:
            return owner.but(kind="json" if name == "json" else owner.kind)
        if name in ("includes", "has"):
            return self.text_method(owner, name, arguments, node)
        if name in ("pop", "shift"):
            return self.load_path(owner, 0, node)
        if name in ("flat", "reverse") or (name in ("slice", "concat") and owner.kind == "json"):
            return owner
        if name in ("push", "unshift", "append", "set"):
            return NOTHING
        return None

    def _of_externals(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        rest = tuple(ref for ref in owner.refs if not isinstance(ref, External))
        known = [ref for ref in owner.refs if isinstance(ref, External)]
        results = [self.external_method(ref, owner, name, arguments, node) for ref in known]
        if rest and self.state is not None:
            results.append(self.call(self.attribute(Value(refs=rest), name, node), arguments, node))
        return join_all(results)

    def external_method(self, ref: External, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """A method of a library thing."""
        return self.call(self.external_attribute(ref, owner, name, node), arguments, node)
