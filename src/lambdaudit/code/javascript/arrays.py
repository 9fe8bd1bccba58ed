"""Keys, values and members of arrays, maps and sets, and texts that arrays are joined to."""

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import ALL, BOOL, NOTHING, NUMBER, UNKNOWN, ClassRef, Value, constant, join, join_all
from .texts import JsTexts


class Arrays(JsTexts):
    """Entries and members."""

    def _numbered(self, owner: Value, node: ir.Node) -> Value:
        """``array.entries()``: items with their numbers."""
        pair = self.new_object(Object("list", {0: NUMBER, 1: self.element(owner, node)}))
        return self.new_object(Object("list", {}, pair))

    def _append(self, owner: Value, value: Value) -> None:
        for number in owner.objects():
            found = self.object(number)
            if found is None:
                continue
            straight = found.rest is None and len(found.fields) < 40 and not self.loops and found.kind == "list"
            self.here.cells[number] = found.with_field(len(found.fields), value) if straight else found.with_rest(value)

    def _same_array(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        if name == "fill":
            return self.new_object(Object("list", {}, arguments.get(0) or NOTHING))
        if name == "concat":
            parts = [owner, *arguments.positional]
            return self.concatenated(
                [part if part.objects() or part.path else self.new_object(Object("list", {0: part})) for part in parts], node
            )
        if name in ("slice", "reverse", "toReversed") and (pieces := self.pieces_again(owner, node)) is not None:
            return pieces
        start = arguments.get(0).single if arguments.get(0) is not None else None  # type: ignore[union-attr]
        items = self.listed(owner)
        if name == "slice" and items is not None and isinstance(start, int) and len(arguments.positional) == 1:
            return self.new_object(Object("list", dict(enumerate(items[start:]))))
        found = [Object("list", made.fields, made.rest) for made in self.objects(owner)]
        element = self.element(owner, node)
        if name == "flat":
            element = self.element(element, node) if element.objects() else element
            return self.new_object(Object("list", {}, element))
        if len(found) == 1 and name not in ("slice", "filter"):
            return self.new_object(found[0])
        return self.new_object(Object("list", {}, element))

    def entries(self, owner: Value, name: str, node: ir.Node) -> Value:
        """``Object.entries(x)``, ``map.entries()``: pairs; ``keys`` and ``values`` likewise."""
        if name == "values":
            items = [part for made in self.objects(owner) for part in made.fields.values()]
            rests = [made.rest for made in self.objects(owner) if made.rest is not None]
            if owner.path:
                rests.append(self.load_path(owner, "*", node))
            elif not owner.objects() and owner.taints:
                rests.append(self.derived([owner], node))
            return self.new_object(Object("list", dict(enumerate(items[:60])), join_all(rests) if rests else None))
        if name == "keys":
            return self._keys(owner, node)
        pairs: list[Value] = []
        rest: Value | None = None
        for made in self.objects(owner):
            for key, value in list(made.fields.items())[:60]:
                pairs.append(self.new_object(Object("list", {0: constant(key), 1: value})))
            if made.rest is not None:
                rest = self.new_object(Object("list", {0: self._unknown_keys(owner, made.rest, node), 1: made.rest}))
        if owner.path:
            outside = self.new_object(
                Object("list", {0: self.keys_of(owner.but(refs=()), node), 1: self.load_path(owner, "*", node)})
            )
            rest = outside if rest is None else join(rest, outside)
        elif not owner.objects() and owner.taints:
            part = self.derived([owner], node)
            rest = self.new_object(Object("list", {0: part, 1: part}))
        return self.new_object(Object("list", dict(enumerate(pairs)), rest))

    def _keys(self, owner: Value, node: ir.Node) -> Value:
        known: list[Value] = []
        rest: Value | None = None
        for made in self.objects(owner):
            known += [constant(key) for key in list(made.fields)[:60] if isinstance(key, str | int | float)]
            if made.rest is not None:
                key = self._unknown_keys(owner, made.rest, node)
                rest = key if rest is None else join(rest, key)
        for ref in owner.refs:
            if isinstance(ref, ClassRef):
                known += [constant(name) for name in ref.members]
        if owner.path or not (owner.objects() or known):
            outside = self.keys_of(owner.but(refs=()), node)
            rest = outside if rest is None else join(rest, outside)
        return self.new_object(Object("list", dict(enumerate(known)), rest))

    def _unknown_keys(self, owner: Value, rest: Value, node: ir.Node) -> Value:
        """The keys under which the values stand that are not known one by one."""
        put = self.keys_put(owner)
        if put is not None:
            return put
        return self.keys_of(Value(rest.taints, path=rest.path.removesuffix(".*")), node) if rest.taints else UNKNOWN

    def _array_join(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        by = arguments.get(0)
        items = self.listed(owner)
        for number in owner.objects() if len(owner.refs) == 1 else ():
            parts_of = self.taken_apart.get(number)
            if by is not None and parts_of is not None and parts_of[0] is self.object(number):
                return self._replace(parts_of[1], Arguments([parts_of[2], by], {}, node), node)
        if items is None or len(items) > 12:
            parts = [self.element(owner, node), *([by] if by is not None else [])]
            return self.derived(parts, node, "put into a text", kind="text")
        texts: list[Value] = []
        for index, item in enumerate(items):
            if index:
                texts.append(by if by is not None else constant(","))
            texts.append(item)
        return self.text_of(texts, node) if texts else constant("")

    def contained(self, owner: Value, wanted: Value) -> Value:
        """Whether something is in a text or array, and what that says."""
        if owner.objects():
            return self.membership(wanted, owner)
        return self._includes(owner, Arguments([wanted], {}, ir.Node(1, 1)))

    def membership(self, wanted: Value | None, owner: Value) -> Value:
        """Whether something is among the members or keys of an object: a foreign value that is, is harmless."""
        if wanted is None:
            return BOOL
        foreign = [taint for taint in self.deep_taints(owner) if taint.label in ("event", "stored", "identity")]
        if wanted.symbol and wanted.taints and not foreign and not owner.path:
            return BOOL.but(yes=((wanted.symbol, ALL),), symbol=wanted.symbol)
        return BOOL

    def own_key(self, wanted: Value | None, owner: Value) -> Value:
        """Whether something is a key of the object itself (with the prototypes)."""
        raise NotImplementedError

    def without_prototype(self, prototype: Value) -> Value | None:
        """An object made with a prototype that is null, None for others (with the prototypes)."""
        raise NotImplementedError
