"""The walk over expressions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import ir
from .comprehensions import Comprehensions
from .items import MAX_FIELDS
from .state import Object, settled
from .values import (
    ALL,
    NOTHING,
    NUMBER,
    UNKNOWN,
    External,
    ObjectRef,
    Value,
    clean,
    constant,
    glue,
    join,
    join_all,
    pieces_of,
    truths,
)

if TYPE_CHECKING:
    from .values import Const

MAX_ENTRIES = 2000
"""How many entries of a display are told apart."""


class Expressions(Comprehensions):
    """Expressions."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._value: dict[type, Callable[[Any], Value]] = {
            ir.Constant: lambda node: constant(node.value),
            ir.Name: self._name,
            ir.Attribute: lambda node: self.attribute(self.value(node.value), node.name, node),
            ir.Index: lambda node: self.index(self.value(node.value), self.value(node.index), node),
            ir.Slice: self._slice,
            ir.Call: self.call_node,
            ir.Binary: self._binary,
            ir.Compare: self.compare,
            ir.Boolean: self._boolean,
            ir.Unary: self._unary,
            ir.Conditional: self._conditional,
            ir.Template: self._template,
            ir.Sequence: self._sequence,
            ir.Spread: lambda node: self.element(self.value(node.value), node),
            ir.Mapping: self._mapping,
            ir.Lambda: lambda node: self.closure(node.function),
            ir.ClassValue: lambda node: self.make_class(node.definition),
            ir.Await: self._await,
            ir.Yield: self._yield,
            ir.Assignment: self._assignment,
            ir.Comprehension: self.comprehension,
            ir.Regex: lambda node: Value(refs=(External("regex", extra=(node.pattern, node.flags)),)),
            ir.Comma: lambda node: [self.value(part) for part in node.values][-1] if node.values else NOTHING,
            ir.DynamicImport: self.dynamic_import,
            ir.Opaque: lambda node: self.derived([self.value(part) for part in node.parts], node),
        }

    def value(self, node: ir.Expr) -> Value:
        """The value of an expression."""
        self.tick()
        if self.state is None:
            return UNKNOWN
        return self._value[type(node)](node)

    def _name(self, node: ir.Name) -> Value:
        found = self.lookup(node.id)
        if found is None:
            return self.builtin(node.id)
        if found.taints and not found.symbol:
            symbol = self.symbol(node)
            found = found.but(symbol=symbol, taints=frozenset(taint.through(symbol) for taint in found.taints))
            self.assign_name(node.id, found)
        return found

    def _await(self, node: ir.Await) -> Value:
        self.awaited.add(id(node.value))
        return self.value(node.value)

    def _slice(self, node: ir.Slice) -> Value:
        base = self.value(node.value)
        bounds = [self.value(part) if part is not None else None for part in (node.start, node.stop, node.step)]
        if base.objects() and not base.path:
            return base
        start, stop, step = (bound.single if bound is not None else None for bound in bounds)
        single = base.single
        whole = all(bound is None or bound.consts for bound in bounds)
        if isinstance(single, str) and whole and all(part is None or isinstance(part, int) for part in (start, stop, step)):
            bounds_of = [part if isinstance(part, int) else None for part in (start, stop, step or None)]
            return constant(single[bounds_of[0] : bounds_of[1] : bounds_of[2]])
        if base.path and base.kind != "text":
            return base
        return self.derived([base], node, kind=base.kind)

    # ---- operators

    def _binary(self, node: ir.Binary) -> Value:
        links: list[ir.Binary] = []
        head: ir.Expr = node
        while isinstance(head, ir.Binary):
            links.append(head)
            head = head.left
        value = self.value(head)
        for link in reversed(links):
            value = self.operate(link.op, value, self.value(link.right), link)
        return value

    def operate(self, op: str, left: Value, right: Value, node: ir.Node) -> Value:
        """The result of a binary operator."""
        if op == "+":
            return self.plus(left, right, node)
        if op == "%" and (left.texts is not None or left.kind == "text"):
            return self.format_percent(left, right, node)
        if op == "/" and any(name.startswith("pathlib.") for name in self.names_of(left)):
            return self.join_path([left, right], node)
        if op == "|" and (left.objects() or right.objects()):
            return self.merged_objects([left, right], node)
        if op == "-" and (left.objects() or left.path) and right.objects():
            return self.derived([left], node).but(no=self.subset_facts(left, right))
        one, two = left.single, right.single
        if isinstance(one, int | float) and isinstance(two, int | float):
            folded = _fold(op, one, two)
            return NUMBER if folded is None else constant(folded)
        if isinstance(one, str) and isinstance(two, int) and op == "*" and len(one) * max(two, 0) < 4096:
            return constant(one * two)
        if op == "*" and left.objects():
            return left
        numeric = left.kind in ("number", "bool") and right.kind in ("number", "bool")
        return self.derived([left, right], node, kind="number" if numeric else "")

    def plus(self, left: Value, right: Value, node: ir.Node) -> Value:
        """Addition: texts are put together, lists too, numbers added."""
        one, two = left.single, right.single
        if isinstance(one, str) and isinstance(two, str):
            return constant(one + two) if len(one) + len(two) < 65536 else UNKNOWN
        if isinstance(one, int | float) and isinstance(two, int | float):
            return constant(one + two)
        if isinstance(one, bytes) and isinstance(two, bytes) and len(one) + len(two) < 65536:
            return constant(one + two)
        if left.objects() and (right.objects() or not right.texts):
            return self.concatenated([left, right], node)
        kinds = {left.kind, right.kind}
        if kinds == {"number"} or (self.frontend.language == "python" and "number" in kinds and not left.refs and not right.refs):
            return clean(self.derived([left, right], node, kind="number"), ALL)
        return self.text_of([left, right], node)

    def text_of(self, parts: list[Value], node: ir.Node) -> Value:
        """A text made of the parts in order."""
        texts = pieces_of(parts[0]) if parts else ((),)
        for part in parts[1:]:
            joined = glue(texts, pieces_of(part)) if texts is not None else None
            if joined is None:
                texts = None  # type: ignore[assignment]
                break
            texts = joined
        known = [text[0] if text else "" for text in texts or () if len(text) <= 1 and all(isinstance(p, str) for p in text)]
        consts: tuple[Const, ...] | None = (
            tuple(k for k in known if isinstance(k, str)) if texts and len(known) == len(texts) else None
        )
        made = self.derived(parts, node, "put into a text", kind="text", how="text")
        return Value(made.taints, None if made.taints else consts, texts, kind="text", symbol=made.symbol)

    def _template(self, node: ir.Template) -> Value:
        return self.text_of([self.value(part) for part in node.parts], node)

    def _boolean(self, node: ir.Boolean) -> Value:
        """``and`` / ``or`` with what each side says when it decides."""
        result = self.value(node.values[0])
        test: ir.Expr = node.values[0]
        for index, part in enumerate(node.values[1:], start=1):
            possible = truths(result)
            goes_on = {"and": True, "or": False}.get(node.op)
            if goes_on is None:
                possible, goes_on = {True, False}, False
                if result.consts is not None and None not in result.consts and not result.taints:
                    return result
            if goes_on not in possible:
                return result
            start = self.here
            stopped = start.copy() if (not goes_on) in possible else None
            self.state = start.copy()
            if node.op != "??":
                self.assume(test, result, goes_on)
            else:
                self.here.learn(result.no)
            right = self.value(part) if self.state is not None else UNKNOWN
            if stopped is not None and self.state is not None:
                right = self.freed(right)
            evaluated = self.state
            if stopped is None:
                result = right
                self.state = evaluated
            else:
                self.state = self.meet(stopped, evaluated)
                result = self.combined(node.op, result, right, node)
            test = ir.Boolean(node.line, node.column, node.op, node.values[: index + 1])
            if self.state is None:
                return UNKNOWN
        return result

    def _unary(self, node: ir.Unary) -> Value:
        operand = self.value(node.operand)
        if node.op == "not":
            possible = truths(operand)
            consts = tuple(not truth for truth in sorted(possible))
            return Value(consts=consts, kind="bool", yes=(*operand.no, *self.when_empty(operand)), no=operand.yes)
        if node.op == "typeof":
            return Value(kind="text", refs=(External("typeof", extra=(operand.symbol,)),))
        if node.op in ("void", "delete"):
            return NOTHING
        single = operand.single
        if isinstance(single, int | float) and not isinstance(single, bool):
            return constant({"-": -single, "+": single}.get(node.op, ~single if isinstance(single, int) else single))
        return self.derived([operand], node, kind="number")

    def _conditional(self, node: ir.Conditional) -> Value:
        found: list[Value] = []

        def arm(part: ir.Expr) -> Callable[[], None]:
            def run() -> None:
                value = self.value(part)
                if self.state is not None:
                    found.append(self.freed(value))

            return run

        self.branch(node.test, arm(node.then), arm(node.otherwise))
        return join_all(found)

    # ---- displays

    def _sequence(self, node: ir.Sequence) -> Value:
        fields: dict[Any, Value] = {}
        rest: Value | None = None
        for item in node.items:
            if isinstance(item, ir.Spread):
                spread = self.value(item.value)
                known = self.listed(spread)
                if known is not None and rest is None and len(fields) + len(known) <= MAX_FIELDS:
                    for value in known:
                        fields[len(fields)] = value
                    continue
                element = self.element(spread, item)
                rest = element if rest is None else join(rest, element)
            else:
                value = self.value(item)
                if rest is None:
                    fields[len(fields)] = value
                else:
                    rest = join(rest, value)
        return self.new_object(Object(node.kind, fields, rest))

    def _mapping(self, node: ir.Mapping) -> Value:
        fields: dict[Any, Value] = {}
        rest: Value | None = None
        for key, value_node in node.entries:
            value = self.value(value_node)
            if key is None:
                made = self.absorbed(Object("dict", fields, rest), value, value_node)
                fields, rest = dict(made.fields), made.rest
                continue
            name = self.value(key)
            if name.consts is not None and len(name.consts) == 1 and len(fields) < MAX_ENTRIES:
                fields[name.consts[0]] = value
            else:
                rest = value if rest is None else join(rest, value)
            self.named_entry(name, value, value_node)
        return self.new_object(Object("dict", fields, rest))

    def _yield(self, node: ir.Yield) -> Value:
        value = self.value(node.value) if node.value is not None else NOTHING
        if self.frames and self.state is not None:
            value = self._as_checked(value)
            self.frames[-1].yields.append(self.element(value, node) if node.all else value)
        return UNKNOWN

    def _as_checked(self, value: Value) -> Value:
        """A value as it is on this way out of a function: what was checked of it and its fields is kept with it, in a copy."""
        facts = self.here.facts
        made = settled(value, facts) if facts else value
        refs: list[Any] = []
        for ref in made.refs:
            old = self.object(ref.number) if isinstance(ref, ObjectRef) else None
            new = settled(old, facts) if old is not None and facts else old
            refs += self.new_object(new).refs if isinstance(new, Object) and new is not old else [ref]
        return made.but(refs=tuple(refs)) if made.refs else made

    def _assignment(self, node: ir.Assignment) -> Value:
        if not node.op:
            value = self.value(node.value)
            self.store(node.target, value)
            return value
        return self.augment(node.target, node.op, self.value(node.value), node)

    def augment(self, target: ir.Pattern, op: str, value: Value, node: ir.Node) -> Value:
        """``target op= value``."""
        if not isinstance(target, ir.Name | ir.Attribute | ir.Index):
            return UNKNOWN
        old = self.value(target)
        if op in ("or", "and", "??"):
            made = join(old, value)
        elif old.objects() and op in ("+", "|") and not old.path:
            for number in old.objects():
                found = self.object(number)
                if found is not None:
                    mapping = found.kind == "dict" and op == "|"
                    changed = self.absorbed(found, value, node) if mapping else found.with_rest(self.element(value, node))
                    self.here.cells[number] = changed
            return old
        else:
            made = self.operate(op, old, value, node)
        self.store(target, made)
        return made


def _fold(op: str, one: float, two: float) -> "Const":
    try:
        if op == "-":
            return one - two
        if op == "*" and abs(one) < 1e9 and abs(two) < 1e9:
            return one * two
        if op == "//" and two:
            return one // two
        if op == "/" and two:
            return one / two
        if op == "%" and two:
            return one % two
    except (OverflowError, ValueError):
        return None
    return None
