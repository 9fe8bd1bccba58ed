"""Operators and comparisons of JavaScript: what they give, and what a test says of the values in it."""

from typing import Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.values import ALL, ClassRef, External, Facts, FunctionRef, ObjectRef, Value, clean, constant
from .classes import Classes

_TYPES = {str: "string", int: "number", float: "number", bool: "boolean"}
_REFERRED = {ObjectRef: "object", FunctionRef: "function", ClassRef: "function"}
INHERITED = "inherited"
"""Marks what is known of a key only by ``in``: it may be one of the names that every object has from its prototype."""
_OF_PROTOTYPES = frozenset({
    "__proto__", "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString",
    "valueOf", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
})  # fmt: skip


class Comparisons(Classes):
    """Operators and comparisons."""

    # ---- operators

    def _unary(self, node: ir.Unary) -> Value:
        """As for any language; ``+x`` and ``-x`` are numbers whatever x is, ``typeof x`` is known for objects of one's own."""
        if node.op == "typeof":
            operand = self.value(node.operand)
            kind = self._type_of(operand)
            return constant(kind) if kind else Value(kind="text", refs=(External("typeof", extra=(operand.symbol,)),))
        made = super()._unary(node)
        return clean(made.but(kind="number"), ALL) if node.op in ("+", "-", "~") and made.taints else made

    def _type_of(self, value: Value) -> str:
        """What ``typeof`` says of a value for sure, "" when that is not decided."""
        if value.taints or value.path or value.kind == "maybe":
            return ""
        if value.consts:
            kinds = {_TYPES.get(type(const), "") for const in value.consts}
        else:
            kinds = {_REFERRED.get(type(ref), "") for ref in value.refs}
            if any(made.base or (made.rest is not None and made.kind == "instance") for made in self.objects(value)):
                return ""
        return kinds.pop() if len(kinds) == 1 and not (value.consts and value.refs) else ""

    def operate(self, op: str, left: Value, right: Value, node: ir.Node) -> Value:
        """As for any language; all operators but ``+`` give numbers."""
        for ref in left.refs if op == "+" and right.single == 1 else ():
            if isinstance(ref, External) and ref.name == "last-position":
                return Value(kind="number", refs=(External(ref.name, None, (*ref.extra[:2], 1)),))
        made = super().operate(op, left, right, node)
        return clean(made.but(kind="number"), ALL) if op != "+" and made.taints else made

    # ---- comparisons

    def _narrow_comparison(self, name: str, op: str, operand: ir.Expr, truth: bool) -> None:
        """As for any language; an error of an own class says what the own code says."""
        if op != "instanceof":
            super()._narrow_comparison(name, op, operand, truth)
            return
        known = self.lookup(name) if truth else None
        if known is not None and any(isinstance(ref, ClassRef) for ref in self.value(operand).refs):
            kept = frozenset(taint for taint in known.taints if taint.label != "exception")
            self.assign_name(name, known.but(taints=kept))

    def _one(self, op: str, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; ``list.indexOf(x) >= 0`` and ``text.indexOf(start) === 0`` say what they find."""
        made = super()._one(op, left, right, node)
        for ref in left.refs:
            if isinstance(ref, External) and ref.name == "position" and ref.extra and isinstance(right.single, int):
                facts = self._position_facts(op, right.single, *ref.extra)
                if facts is not None:
                    return facts
        return made

    def _position_facts(self, op: str, limit: int, owner: Value, wanted: Value) -> Value | None:
        """What a comparison of the position of `wanted` in `owner` says."""
        if (op, limit) in (("==", 0), ("!=", 0)) and not owner.objects():
            found = self.text_method(owner, "startsWith", Arguments([wanted], {}, ir.Node(1, 1)), ir.Node(1, 1))
        elif (op, limit) in ((">=", 0), (">", -1), ("!=", -1), ("<", 0), ("==", -1)):
            found = self.contained(owner, wanted)
        else:
            return None
        negated = (op, limit) in (("!=", 0), ("<", 0), ("==", -1))
        return found.but(yes=found.no, no=found.yes) if negated else found

    def contained(self, owner: Value, wanted: Value) -> Value:
        """Whether something is in a text or array, and what that says (in the methods)."""
        raise NotImplementedError

    def _equality(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; ``typeof x === "string"`` says what x is."""
        made = super()._equality(positive, left, right, node)
        for one, other in ((left, right), (right, left)):
            for ref in one.refs:
                if isinstance(ref, External) and ref.name == "typeof" and ref.extra and other.single is not None:
                    facts = _typed(str(ref.extra[0]), other.single)
                    return Value(consts=(True, False), kind="bool", yes=facts if positive else (), no=() if positive else facts)
                if isinstance(ref, External) and ref.name == "kind-of":
                    return Value(consts=(True, False), kind="bool")
        return made

    def _membership(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; ``key in object`` is true of names that come from the prototype, too."""
        made = super()._membership(positive, left, right, node)
        if left.single in _OF_PROTOTYPES and right.refs:
            made = made.but(consts=(True, False))
        if not right.objects():
            return made
        yes, no = (_with_inherited(facts, left.symbol) for facts in (made.yes, made.no))
        return made.but(yes=yes, no=no)


def _with_inherited(facts: Facts, symbol: str) -> Facts:
    return tuple((about, kinds | {INHERITED} if about == symbol and "*" in kinds else kinds) for about, kinds in facts)


def _typed(symbol: str, kind: Any) -> Facts:
    if not symbol:
        return ()
    if kind in ("number", "boolean", "bigint", "undefined"):
        return ((symbol, ALL),)
    return ((symbol, frozenset({"nosql"})),) if kind == "string" else ()
