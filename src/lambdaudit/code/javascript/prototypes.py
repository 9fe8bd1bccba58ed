"""Prototypes that foreign names may reach: ``object[a][b] = value``, deep merges, and the tests that prevent it."""

from typing import Any

from .. import ir
from ..flow.state import Object
from ..flow.values import External, Facts, Taint, Value
from .comparisons import INHERITED
from .letters import Letters

_KEYS_OF_EVENT = frozenset({"event", "stored", "identity"})
_POLLUTION = frozenset({"prototype-pollution"})
_DANGEROUS = ("__proto__", "constructor", "prototype")


class Prototypes(Letters):
    """Writes under foreign names."""

    def field_written(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """A field is set: of an object that outlives the call, or one that a foreign name chooses."""
        super().field_written(container, key, value, node)
        self._polluted(container, key, value, node)

    def _polluted(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """``object[a][b] = value`` with foreign names a and b."""
        if key is not ... or not isinstance(node, ir.Index) or not isinstance(node.value, ir.Index | ir.Name | ir.Attribute):
            return
        name = self.value(node.index)
        if self.state is None or not any(self._can_pollute(taint) for taint in name.taints) or name.kind == "number":
            return
        if not self.deep_taints(value) or not any(
            isinstance(ref, External) and ref.name == "prototype-reached" for ref in container.refs
        ):
            return
        for taint in name.taints:
            if self._can_pollute(taint):
                self.report("prototype-pollution", "an assignment", node, taint)

    def _can_pollute(self, taint: Taint) -> bool:
        """Whether a foreign name may be that of a prototype here; ``name in object`` alone does not prevent it."""
        facts = self.here.facts
        known = [taint.clean, *(facts[symbol] for symbol in taint.via if symbol in facts)]
        safe = any("**" in kinds or kinds & _POLLUTION or ("*" in kinds and INHERITED not in kinds) for kinds in known)
        return taint.label in _KEYS_OF_EVENT and not safe

    def field(self, value: Value, key: Any, node: ir.Node, key_value: Value | None = None) -> Value:
        """``value[key]``; a foreign key of an object may reach its prototype."""
        found = super().field(value, key, node, key_value)
        if key is not ... or key_value is None or key_value.kind == "number" or not self._has_prototype(value):
            return found
        reached = any(self._can_pollute(taint) for taint in key_value.taints)
        return found.but(refs=(*found.refs, External("prototype-reached"))) if reached else found

    def _has_prototype(self, value: Value) -> bool:
        """Whether a value is an object of one's own, or parsed data: those have the prototype of all objects."""
        if value.kind == "json" or (value.path and not value.kind):
            return True
        own = [number for number in value.objects() if number not in self.bare]
        return any(made is not None and made.kind in ("dict", "instance") for made in map(self.object, own))

    # ---- objects without a prototype

    def without_prototype(self, prototype: Value) -> Value | None:
        """``Object.create(null)``; None for all other prototypes."""
        if prototype.consts != (None,):
            return None
        made = self.new_object(Object("dict", {}))
        self.bare.update(made.objects())
        return made

    def _mapping(self, node: ir.Mapping) -> Value:
        """As for any language; ``{ __proto__: null }`` has no prototype."""
        made = super()._mapping(node)
        for number in made.objects():
            found = self.object(number)
            if found is not None and "__proto__" in found.fields and found.fields["__proto__"].consts == (None,):
                self.here.cells[number] = found.without("__proto__")
                self.bare.add(number)
        return made

    # ---- tests

    def _equality(self, positive: bool, left: Value, right: Value, node: ir.Compare) -> Value:
        """As for any language; what is one known text is no name of a prototype, unless it is compared with one."""
        made = super()._equality(positive, left, right, node)
        for one, other in ((left, right), (right, left)):
            if not one.symbol or not one.taints:
                continue
            absent = ((one.symbol, _POLLUTION),)
            if other.single in _DANGEROUS:
                made = made.but(no=(*made.no, *absent)) if positive else made.but(yes=(*made.yes, *absent))
        return made.but(yes=_for_sure(made.yes), no=_for_sure(made.no))

    def membership(self, wanted: Value | None, owner: Value) -> Value:
        """As for all objects; what is not among the dangerous names is none of them."""
        made = super().membership(wanted, owner)
        made = made.but(yes=_for_sure(made.yes))
        if wanted is None or not wanted.symbol:
            return made
        members = [part.single for found in self.objects(owner) for part in found.everything()]
        if "__proto__" in members:
            made = made.but(no=(*made.no, (wanted.symbol, _POLLUTION)))
        return made

    def own_key(self, wanted: Value | None, owner: Value) -> Value:
        """Whether something is a key of the object itself: such a key leads to no prototype, whoever made the object."""
        made = self.membership(wanted, owner)
        if wanted is None or not wanted.symbol or not wanted.taints:
            return made
        return made.but(yes=(*made.yes, (wanted.symbol, _POLLUTION)))


def _for_sure(facts: Facts) -> Facts:
    """What a test of the value itself says, as opposed to ``in``: it is no name of a prototype, either."""
    return tuple((symbol, kinds | _POLLUTION if "*" in kinds else kinds) for symbol, kinds in facts)
