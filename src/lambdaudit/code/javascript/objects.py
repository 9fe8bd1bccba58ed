"""What objects, functions and classes of JavaScript do that those of other languages do not: ``this``, prototypes, accessors."""

from typing import Any

from .. import ir
from ..flow.findings import Findings
from ..flow.invoke import Arguments
from ..flow.state import Object, Scope
from ..flow.values import (
    NOTHING,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    FunctionRef,
    ModuleRef,
    ObjectRef,
    Ref,
    Value,
    clean,
    constant,
    external,
    hole,
    join,
    join_all,
)

GLOBALS = frozenset({"globalThis", "global", "window", "self"})
ON_ANYTHING = frozenset({"then", "catch", "finally", "call", "apply", "bind", "toString", "hasOwnProperty", "promise"})
"""Methods that are looked for on the value itself, whatever it is."""
_OF_MAPS = frozenset({"get", "set", "has", "delete", "entries", "keys", "values", "forEach", "clear"})
"""Methods of a Map, which no unknown entry of it hides."""
_ENVIRONMENT = "os.environ"
_AFTER_HOST = {
    "pathname": frozenset({"slash"}),
    "search": frozenset({"slash", "one-slash"}),
    "hash": frozenset({"slash", "one-slash"}),
}
"""Parts of addresses that begin with what ends a host, and what that says of them; a path may begin with two slashes."""
_MOST_METHODS = 40
"""How many methods of a class are taken for what an unknown name may choose."""


class Objects(Findings):
    """Objects of JavaScript."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.decorators: dict[int, list[tuple[Value, str, ir.Expr]]] = {}
        """Own decorators of methods of a class whose body runs: what they are, the method's name, their place."""
        self.bare: set[int] = set()
        """Objects without a prototype, by number."""

    def builtin(self, name: str) -> Value:
        """A name that the language or Node knows."""
        if name in GLOBALS:
            return external("globalThis")
        if name in ("NaN", "Infinity"):
            return Value(kind="number")
        return external(name)

    # ---- reading

    def attribute(self, value: Value, name: str, node: ir.Node) -> Value:
        """``value.name``."""
        if name in ON_ANYTHING and not self._has_own(value, name):
            return Value(refs=(BoundExternal(value, name),))
        if name == "default" and value.refs and all(isinstance(ref, External) for ref in value.refs):
            return value
        if name == "length" and not any(isinstance(ref, ObjectRef) and self._has_own(value, name) for ref in value.refs):
            items = self.listed(value)
            return constant(len(items)) if items is not None and not value.taints else Value(kind="number")
        if name == "prototype" and any(isinstance(ref, FunctionRef | ClassRef) for ref in value.refs):
            return self._prototype(value)
        if name == "constructor":
            owners = self._classes(value)
            if owners or not value.refs:
                return Value(refs=tuple(owners))
        return super().attribute(value, name, node)

    def _classes(self, value: Value) -> list[Ref]:
        """The classes that instances, or prototypes of them, belong to."""
        found: list[Ref] = [ref for ref in value.refs if isinstance(ref, ClassRef)]
        return found + [made.owner for made in self.objects(value) if made.owner is not None]

    def _has_own(self, value: Value, name: str) -> bool:
        for found in self.objects(value):
            if name in found.fields or (found.owner is not None and self.member(found.owner, name) is not None):
                return True
        return False

    def _prototype(self, value: Value) -> Value:
        for ref in value.refs:
            if isinstance(ref, ClassRef):
                return Value(refs=(ref,))
            if isinstance(ref, FunctionRef):
                key = ("function", id(ref.function), "prototype")
                found = self.here.cells.get(key)
                if not isinstance(found, Value):
                    found = self.new_object(Object("dict", {}))
                    self.here.cells[key] = found
                return found
        return UNKNOWN

    def object_attribute(self, ref: ObjectRef, value: Value, name: str, node: ir.Node) -> Value:
        """A field of an object: functions in it see it as ``this``, accessors are run."""
        found = self.object(ref.number)
        if found is None:
            return UNKNOWN
        if name == "__proto__":
            return Value(refs=(ref,))
        if name in found.fields:
            return self._with_this(found.fields[name], Value(refs=(ref,)), node)
        spread = self.spread_part(found, name, node)
        if spread is not None:
            return spread
        if found.kind == "dict" and found.rest is not None and found.owner is None:
            part = self._with_this(found.rest, Value(refs=(ref,)), node)
            if name not in _OF_MAPS:
                return part
            method = Value(refs=(BoundExternal(value, name),))
            return join(part, method) if any(isinstance(one, FunctionRef) for one in part.refs) else method
        return super().object_attribute(ref, value, name, node)

    def _with_this(self, member: Value, this: Value, node: ir.Node) -> Value:
        for ref in member.refs:
            if isinstance(ref, External) and ref.name == "accessor":
                return self.call(ref.extra[0], self.no_arguments(node), node)
        if not any(isinstance(ref, FunctionRef) for ref in member.refs):
            return member
        refs: list[Any] = []
        results: list[Value] = []
        for ref in member.refs:
            if isinstance(ref, FunctionRef) and ref.self_value is None and ref.function.kind != "arrow":
                bound = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, this)
                if ref.function.kind == "getter":
                    results.append(self.invoke(bound, self.no_arguments(node), node))
                    continue
                refs.append(bound)
            else:
                refs.append(ref)
        if not refs:
            return join_all(results)
        return member.but(refs=tuple(refs))

    def field(self, value: Value, key: Any, node: ir.Node, key_value: Value | None = None) -> Value:
        """``value[key]``; a key that looks like a name is one."""
        if isinstance(key, str) and value.refs and not any(isinstance(ref, ObjectRef) for ref in value.refs):
            return self.attribute(value, key, node)
        if isinstance(key, str) and any(made.owner is not None for made in self.objects(value)):
            return self.attribute(value, key, node)
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        found = super().field(value, key, node, key_value)
        if key is not ... or value.path:
            return found
        found = self._with_methods(value, found, node)
        if key_value is None or not key_value.taints:
            return found
        taints = frozenset(taint for taint in key_value.taints if taint.label == "random")
        if taints:
            found = found.but(taints=found.taints | taints)
        return self._looked_up(value, found) if self.objects(value) else found

    def _with_methods(self, value: Value, found: Value, node: ir.Node) -> Value:
        """What ``instance[name]`` gives where the name is not known: a field, or a method of the class."""
        methods: list[Value] = []
        for ref in value.refs:
            made = self.object(ref.number) if isinstance(ref, ObjectRef) else None
            owner = made.owner if made is not None else ref if isinstance(ref, ClassRef) else None
            for name, member in list(owner.members.items())[:_MOST_METHODS] if owner is not None else ():
                function = next((one.function for one in member.refs if isinstance(one, FunctionRef)), None)
                static = function is not None and function.kind == "static"
                if (
                    function is None
                    or name == "constructor"
                    or function.kind in ("getter", "setter")
                    or static is (made is not None)
                ):
                    continue
                methods.append(self.bound_to_instance(member, Value(refs=(ref,)), node) if made is not None else member)
        return join_all([found, *methods]) if methods else found

    def _looked_up(self, value: Value, found: Value) -> Value:
        """What a foreign key takes out of an object of one's own: one of its values, or nothing."""
        whole = all(made.rest is None for made in self.objects(value))
        return join(found, NOTHING) if whole else found

    def external_item(self, ref: External, value: Value, key: Any, key_value: Value | None, node: ir.Node) -> Value:
        """An item of a library thing."""
        if isinstance(key, str):
            return self.external_attribute(ref, value, key, node)
        return super().external_item(ref, value, key, key_value, node)

    def external_attribute(self, ref: External, value: Value, name: str, node: ir.Node) -> Value:
        """An attribute of a library thing."""
        if ref.name == _ENVIRONMENT:
            return self.environment_variable(name, None, node)
        if name in ("sep", "EOL", "delimiter") and ref.name in ("path", "path.posix", "path/posix", "os"):
            return constant({"sep": "/", "EOL": "\n"}.get(name, ":"))
        if ref.name == "process" and name == "env":
            whole = self.label("environment", "process.env", node, "the environment is read")
            return Value(refs=(External(_ENVIRONMENT),), taints=whole.taints, symbol=whole.symbol)
        if ref.name == "url" and ref.extra[:1] == ("url",):
            return self._url_part(ref, value, name)
        if ref.name == "globalThis":
            return self.builtin(name)
        if ref.name == "import.meta" and name == "env":
            return Value(refs=(External(_ENVIRONMENT),))
        if value.path and ref.name in ("headers", "url"):
            return self.load_path(value, name, node)
        found = super().external_attribute(ref, value, name, node)
        return self.one_of(found, name) if found.taints and found.symbol == value.symbol else found

    def _url_part(self, ref: External, value: Value, name: str) -> Value:
        """A part of a parsed address; what is checked of its host counts for the host only, the protocol for nothing."""
        plain = Value(value.taints, kind="text")
        if name in ("hostname", "host", "origin"):
            return plain.but(symbol=f"host:{value.symbol}" if value.symbol else "")
        if name in _AFTER_HOST:
            part = clean(self.one_of(plain.but(symbol=value.symbol), name), _AFTER_HOST[name])
            return part.but(texts=(("/", hole(part)),)) if name == "pathname" and part.taints else part
        if name == "href":
            return plain.but(texts=value.texts, symbol=value.symbol)
        if name in ("protocol", "port"):
            return Value(kind="text")
        if name == "searchParams":
            return Value(value.taints, symbol=value.symbol)
        if name in ("toString", "toJSON"):
            return Value(refs=(BoundExternal(plain.but(texts=value.texts, symbol=value.symbol), name),))
        return plain

    # ---- keys and items

    def listed(self, value: Value) -> list[Value] | None:
        """The items of an array whose length is known; a Map has pairs, which are told by `element`."""
        return None if any(made.kind == "dict" for made in self.objects(value)) else super().listed(value)

    def element(self, value: Value, node: ir.Node) -> Value:
        """Any item of what is iterated over: pairs of a Map."""
        maps = tuple(ref for ref in value.refs if isinstance(ref, ObjectRef) and _is_map(self.object(ref.number)))
        if not maps:
            return super().element(value, node)
        pairs = super().element(self.entries(Value(refs=maps), "entries", node), node)
        rest = value.but(refs=tuple(ref for ref in value.refs if ref not in maps))
        return join(pairs, super().element(rest, node)) if rest.refs or rest.path or rest.taints else pairs

    def entries(self, owner: Value, name: str, node: ir.Node) -> Value:
        """Pairs of key and value (in the methods)."""
        raise NotImplementedError

    def put_under(self, container: Value, key: Value) -> None:
        """Something is put under a key that is not known: it is kept for those who ask for all keys."""
        for number in container.objects() if key.taints else ():
            old = self.here.cells.get(("keys", number))
            self.here.cells[("keys", number)] = join(old, key) if isinstance(old, Value) else key

    def keys_put(self, value: Value) -> Value | None:
        """The keys that were not known when something was put under them."""
        found = [kept for number in value.objects() if isinstance(kept := self.here.cells.get(("keys", number)), Value)]
        return join_all(found) if found else None

    def keys_of(self, value: Value, node: ir.Node) -> Value:
        """Any key of an object."""
        put = self.keys_put(value)
        return super().keys_of(value, node) if put is None else join(super().keys_of(value, node), put)

    def field_written(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """A field is set; the key is kept when it is not known."""
        super().field_written(container, key, value, node)
        lasting = any(number in self.globals for number in container.objects())
        if self.in_handler and (lasting or any(isinstance(ref, ClassRef | ModuleRef) for ref in container.refs)):
            self.globals.update(value.objects())
        if key is ... and isinstance(node, ir.Index) and container.objects():
            self.put_under(container, self.value(node.index))

    def global_written(self, name: str, value: Value, scope: Scope) -> None:
        """A variable of a module is set while the handler runs: what it holds outlives the call, too."""
        super().global_written(name, value, scope)
        if self.in_handler:
            self.globals.update(value.objects())

    # ---- writing

    def store_field(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """``container[key] = value``: setters are run, prototypes and functions keep what is put on them."""
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        for ref in container.refs:
            if isinstance(ref, ObjectRef) and isinstance(key, str):
                found = self.object(ref.number)
                setter = self.member(found.owner, f"set {key}") if found is not None and found.owner is not None else None
                if setter is not None:
                    self.call(self.bound_to_instance(setter, Value(refs=(ref,)), node), Arguments([value], {}, node), node)
                    return
            elif isinstance(ref, FunctionRef):
                self.here.cells[("function", id(ref.function), key)] = value
            elif isinstance(ref, External) and ref.name == "url" and key in ("host", "hostname", "href") and value.taints:
                self._url_changed(container, value, node)
        super().store_field(container, key, value, node)

    def _url_changed(self, url: Value, value: Value, node: ir.Node) -> None:
        """The host of a parsed address is set: the variable that holds it has another address from then on."""
        if isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name):
            self.assign_name(node.value.id, url.but(taints=url.taints | value.taints, texts=value.texts, symbol=value.symbol))

    # ---- modules

    def exported(self, ref: ModuleRef, name: str) -> Value:
        """One name that a module exports; nothing known when it does not."""
        found = super().exported(ref, name)
        loaded = self.modules.get(ref.path)
        if loaded is not None and any(one.name == "accessor" for one in found.externals()):
            found = self._with_this(found, UNKNOWN, loaded.tree)
        missing = found.refs and all(isinstance(one, BoundExternal) for one in found.refs)
        return UNKNOWN if missing and not found.taints else found


def _is_map(made: Object | None) -> bool:
    return made is not None and made.kind == "dict"
