"""Conditions: what comparisons say, and what holds where one is true or false."""

from typing import TYPE_CHECKING, Any

from .. import ir
from .services import Services
from .values import ALL, BOOL, NOTHING, External, Facts, ObjectRef, Value, constant, constants, in_both, join, truths

if TYPE_CHECKING:
    from .values import Const


class Conditions(Services):
    """Comparisons and their consequences."""

    def compare(self, node: ir.Compare) -> Value:
        """A comparison: its possible results, and facts about what is compared."""
        left = self.value(node.first)
        result: Value | None = None
        for op, operand in node.rest:
            right = self.value(operand)
            made = self._one(op, left, right, node)
            result = made if result is None else self.combined("and", result, made, node)
            left = right
        return result if result is not None else BOOL

    def _one(self, op: str, left: Value, right: Value, node: ir.Compare) -> Value:
        if op in ("==", "is", "!=", "is-not"):
            return self._equality(op in ("==", "is"), left, right, node)
        if op in ("in", "not-in"):
            return self._membership(op == "in", left, right, node)
        if op in ("<=", "<", ">=", ">") and (left.refs or left.path) and (right.refs or right.path):
            small, big = (left, right) if op.startswith("<") else (right, left)
            return BOOL.but(yes=self.subset_facts(small, big))
        one, two = left.single, right.single
        if isinstance(one, int | float) and isinstance(two, int | float):
            return constant({"<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}.get(op, False))
        if (op, two) in ((">", 0), (">=", 1)):
            return BOOL.but(yes=left.yes, no=left.no)
        return BOOL

    def _equality(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        self.compared(left, right, node)
        known = self._known_equal(left, right)
        yes: Facts = (*self._equal_facts(left, right), *self._equal_facts(right, left), *signed_by([left, right]))
        for one in (left, right):
            for ref in one.refs:
                if isinstance(ref, External) and ref.name == "commonpath":
                    yes = (*yes, *ref.extra)
        otherwise: Facts = ()
        for one, two in ((left, right), (right, left)):
            if two.consts == (None,) and (one.yes or one.no):
                yes, otherwise = (*yes, *one.no), one.yes
            elif two.consts in ((True,), (False,)) and (one.yes or one.no):
                same_truth = two.consts == (True,)
                yes = (*yes, *(one.yes if same_truth else one.no))
                otherwise = one.no if same_truth else one.yes
        consts: tuple[Const, ...] = (True, False)
        if known is not None:
            consts = (known if positive else not known,)
        return Value(consts=consts, kind="bool", yes=yes if positive else otherwise, no=otherwise if positive else yes)

    def _known_equal(self, left: Value, right: Value) -> bool | None:
        if left.consts is None or right.consts is None or left.taints or right.taints or left.refs or right.refs:
            if None in (left.consts or ()) and len(left.consts or ()) == 1 and right.refs and right.consts is None:
                return False if not right.taints and not right.path and self._surely_something(right) else None
            if None in (right.consts or ()) and len(right.consts or ()) == 1 and left.refs and left.consts is None:
                return False if not left.taints and not left.path and self._surely_something(left) else None
            return None
        if len(left.consts) == 1 and len(right.consts) == 1:
            one, two = left.consts[0], right.consts[0]
            return one == two
        return None if set(left.consts) & set(right.consts) else False

    def _surely_something(self, value: Value) -> bool:
        return value.kind != "maybe" and all(not isinstance(ref, External) for ref in value.refs)

    def _equal_facts(self, value: Value, other: Value) -> Facts:
        """A foreign value that equals one that is not foreign is harmless."""
        if not value.symbol or not value.taints:
            return ()
        if any(taint.label in ("event", "stored", "identity") for taint in self.deep_taints(other)):
            return ()
        if other.path or (other.consts is None and other.texts is None and not other.refs and not other.taints):
            return ((value.symbol, ALL),) if not other.path else ()
        if other.consts and other.consts[0] in (None, "", True, False):
            return ((value.symbol, ALL),)
        for ref in other.refs:
            if isinstance(ref, External) and ref.name == "typeof":
                return ()
        return ((value.symbol, ALL),)

    def _membership(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        facts: Facts = ()
        absent: Facts = ()
        foreign = [taint for taint in self.deep_taints(right) if taint.label in ("event", "stored", "identity")]
        if left.symbol and left.taints and not foreign and not right.path:
            facts = ((left.symbol, ALL),)
        for ref in right.refs:
            if isinstance(ref, External) and ref.name == "pathlib.parents" and right.symbol:
                facts = ((right.symbol, frozenset({"path"})),)
        one = left.single
        if isinstance(one, str) and right.symbol and right.taints and (right.kind in ("text", "") or right.path):
            absent = ((right.symbol, without_text(one)),) if without_text(one) else ()
        known = self._known_member(left, right)
        consts: tuple[Const, ...] = (True, False) if known is None else (known if positive else not known,)
        if positive:
            return Value(consts=consts, kind="bool", yes=facts, no=absent)
        return Value(consts=consts, kind="bool", yes=absent, no=facts)

    def subset_facts(self, small: Value, big: Value) -> Facts:
        """What holds of the items of a set that has no others than a set that is not foreign."""
        if not big.objects() or self.deep_taints(big) or not (small.objects() or small.path):
            return ()
        items = [part for made in self.objects(small) for part in made.everything()]
        if small.path and small.taints:
            items.append(Value(symbol=f"{small.path}[]"))
        symbols = {part.symbol for part in (small, *items) if part.symbol}
        return tuple((symbol, ALL) for symbol in sorted(symbols))

    def _known_member(self, left: Value, right: Value) -> bool | None:
        if left.consts is None or len(left.consts) != 1 or left.taints:
            return None
        key = left.consts[0]
        text = right.single
        if isinstance(text, str) and isinstance(key, str):
            return key in text
        numbers = right.objects()
        if len(numbers) != 1 or len(right.refs) != 1 or right.path or right.taints:
            return None
        found = self.object(numbers[0])
        if found is None or found.rest is not None or found.base or found.kind not in ("dict", "list", "tuple", "set"):
            return None
        if found.kind == "dict":
            return None if key in found.fields else False
        members = [value.single if value.consts is not None and not value.taints else ... for value in found.fields.values()]
        return True if key in members else None if ... in members else False

    def combined(self, op: str, left: Value, right: Value, node: ir.Node) -> Value:
        """The value of ``left op right`` where both may decide."""
        if op == "and":
            yes: Facts = (*left.yes, *right.yes)
            no: Facts = _both(left.no, right.no)
        elif op == "or":
            yes, no = _both(left.yes, right.yes), (*left.no, *right.no)
        else:
            yes, no = _both(left.yes, right.yes), _both(left.no, right.no)
        if op == "and" and left.kind != "bool":
            made = join(_falsy(left), right)
        elif op == "or" and left.kind != "bool":
            made = join(_truthy(left), right)
        elif op == "??":
            made = join(_something(left), right)
        else:
            made = join(left, right)
        if op == "and" and left.kind == "bool" and right.kind == "bool":
            made = BOOL if truths(left) == {True, False} or truths(right) == {True, False} else made
        if made.taints and not made.symbol:
            symbol = self.symbol(node)
            made = made.but(symbol=symbol, taints=frozenset(taint.through(symbol) for taint in made.taints))
        return made.but(yes=yes, no=no)

    # ---- consequences

    def assume(self, test: ir.Expr, verdict: Value, truth: bool) -> None:
        """Takes what a test says as given: adds its facts, and narrows the variables in it."""
        if self.state is None:
            return
        if truth not in truths(verdict):
            self.state = None
            return
        self.state.learn(verdict.yes if truth else (*verdict.no, *self.when_empty(verdict)))
        self._narrow(test, truth)

    def when_empty(self, value: Value) -> Facts:
        """What holds where a list or mapping is empty."""
        if len(value.refs) != 1 or value.taints or value.path or not isinstance(value.refs[0], ObjectRef):
            return ()
        told = self.here.cells.get(("empty", value.refs[0].number))
        return told.no if isinstance(told, Value) else ()

    def _narrow(self, test: ir.Expr, truth: bool, depth: int = 0) -> None:
        if depth > 20:
            return
        if isinstance(test, ir.Unary) and test.op == "not":
            self._narrow(test.operand, not truth, depth + 1)
        elif isinstance(test, ir.Boolean) and (test.op == "and") is truth:
            for part in test.values:
                self._narrow(part, truth, depth + 1)
        elif isinstance(test, ir.Name):
            self._keep(test.id, lambda const: bool(const) is truth, absent=not truth)
        elif isinstance(test, ir.Compare) and len(test.rest) == 1 and isinstance(test.first, ir.Name):
            self._narrow_comparison(test.first.id, test.rest[0][0], test.rest[0][1], truth)

    def _narrow_comparison(self, name: str, op: str, operand: ir.Expr, truth: bool) -> None:
        if op not in ("==", "!=", "is", "is-not") or not isinstance(operand, ir.Constant):
            return
        equal = truth is (op in ("==", "is"))
        wanted = operand.value
        self._keep(name, lambda const: (const == wanted) is equal, absent=equal and wanted is None)

    def _keep(self, name: str, wanted: Any, absent: bool) -> None:
        """Keeps those constants of a variable that agree with the test; `absent`: what is no constant is ruled out."""
        value = self.lookup(name)
        if value is None:
            return
        if value.kind == "maybe" and not absent:
            self.assign_name(name, value.but(kind=""))
        elif value.consts is not None:
            kept = [const for const in value.consts if wanted(const)]
            if len(kept) == len(value.consts):
                return
            if not kept and not value.refs and not value.taints and not value.path:
                return
            if kept and not value.refs:
                made = constants(kept)
                self.assign_name(name, value.but(consts=made.consts, texts=made.texts))
            elif value.refs:
                self.assign_name(name, value.but(consts=tuple(kept) or None))


def signed_by(values: list[Value]) -> Facts:
    """What holds where a signature among values is the one that was given."""
    names = {taint.source for value in values for taint in value.taints if taint.label == "signature" and taint.source}
    return tuple((name, frozenset({"deserialisation"})) for name in sorted(names))


def without_text(text: str) -> frozenset[str]:
    """Kinds of harm that cannot be done by a text that does not contain `text`."""
    if text in ("/", "\\"):
        return frozenset({"path", "no-slash", "absolute"})
    if text == "//":
        return frozenset({"one-slash"})
    if text in (".", "..", "../"):
        return frozenset({"dotdot"})
    if text in ("\n", "\r", "\r\n"):
        return frozenset({"header", "log-injection"})
    return frozenset()


def _both(one: Facts, two: Facts) -> Facts:
    known = dict(two)
    return tuple((symbol, both) for symbol, kinds in one if symbol in known and (both := in_both(kinds, known[symbol])))


def _truthy(value: Value) -> Value:
    """The value without its false constants."""
    if value.consts is None or value.refs:
        return value
    kept = [const for const in value.consts if const]
    return value if len(kept) == len(value.consts) or not kept else constants(kept)


def _something(value: Value) -> Value:
    """The value without the constant that means nothing."""
    if value.consts is None or None not in value.consts or len(value.consts) == 1:
        return value
    return value.but(consts=tuple(const for const in value.consts if const is not None))


def _falsy(value: Value) -> Value:
    """What is left of a value that is false: its false constants, or something empty."""
    if value.consts is None:
        return NOTHING
    kept = [const for const in value.consts if not const]
    return constants(kept) if kept else NOTHING
