"""Variables, fields, items: how values are read and written."""

from typing import Any

from .. import ir
from .core import NUMBERS_OF_ERRORS
from .items import MAX_FIELDS, Items, fitting_names
from .state import Object, Scope
from .values import (
    NOTHING,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    FunctionRef,
    ModuleRef,
    ObjectRef,
    Value,
    constant,
    external,
    join,
    join_all,
)

CONTAINERS = frozenset({
    "builtins.dict", "collections.UserDict", "collections.OrderedDict", "collections.abc.Mapping", "collections.defaultdict",
    "collections.abc.MutableMapping", "builtins.list", "collections.UserList",
})  # fmt: skip
"""Classes of the library whose instances are read like a dictionary or list."""
RECORD_METHODS = frozenset({"_asdict", "_replace", "model_dump", "model_copy", "dict", "to_dict", "asdict"})
"""Methods of records (named tuples, models) that give the fields again."""
MAX_CHOSEN = 11
"""How many members are considered when the name is chosen at run time (less than a value can refer to)."""


class Access(Items):
    """Reading and writing."""

    # ---- variables

    def scope_of(self, name: str) -> Scope:
        """The scope that a name belongs to."""
        scope: Scope = self.scope
        while scope.parent is not None:
            if (scope.names is None and (scope.number, name) in self.here.cells) or (
                scope.names is not None and name in scope.names
            ):
                return scope
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> Value | None:
        """The variable of that name; None when there is none."""
        scope: Scope | None = self.scope
        cells = self.here.cells
        while scope is not None:
            if scope.names is None or name in scope.names:
                found = cells.get((scope.number, name))
                if isinstance(found, Value):
                    return found
                if scope.names is not None:
                    return UNKNOWN
            scope = scope.parent
        return None

    def assign_name(self, name: str, value: Value) -> None:
        """Sets a variable."""
        scope: Scope = self.scope
        while scope.names is not None and name not in scope.names and scope.parent is not None:
            scope = scope.parent
        self.here.cells[(scope.number, name)] = value
        if scope.parent is None and self.frames and self.frames[0].function is not None:
            self.global_written(name, value, scope)

    def builtin(self, name: str) -> Value:
        """A name that the language knows."""
        return external(f"builtins.{name}")

    # ---- patterns

    def store(self, target: ir.Pattern, value: Value) -> None:
        """Binds a pattern to a value."""
        if self.state is None:
            return
        if isinstance(target, ir.Name):
            if value.taints and (self.frames or value.path):
                text = f"assigned to {target.id[:60]}"
                value = value.but(
                    taints=frozenset(t.at(self.module.path, target.line, target.column, text) for t in value.taints)
                )
            self.assign_name(target.id, value)
        elif isinstance(target, ir.Attribute):
            self.store_field(self.value(target.value), target.name, value, target)
        elif isinstance(target, ir.Index):
            container, key = self.value(target.value), self.value(target.index)
            name = key.consts[0] if key.consts is not None and len(key.consts) == 1 else ...
            self.store_field(container, name, value, target)
        elif isinstance(target, ir.ListPattern):
            self._store_list(target, value)
        elif isinstance(target, ir.DictPattern):
            for key_node, part in target.entries:
                self.store(part, self.index(value, self.value(key_node), target))
            if target.rest is not None:
                self.store(target.rest, value)
        elif isinstance(target, ir.DefaultPattern):
            missing = value.consts is not None and set(value.consts) == {None}
            default = self.value(target.default)
            self.store(target.target, default if missing else join(value, default))
        elif isinstance(target, ir.Spread):
            self.store(target.value, value)  # type: ignore[arg-type]

    def _store_list(self, target: ir.ListPattern, value: Value) -> None:
        items = self.listed(value)
        several = self.objects(value) if items is None and len(value.refs) == len(value.objects()) and not value.path else []
        count = len(target.items)
        starred = next((index for index, item in enumerate(target.items) if isinstance(item, ir.Spread)), None)
        for position, item in enumerate(target.items):
            if item is None:
                continue
            if isinstance(item, ir.Spread):
                element = self.element(value, target)
                made = self.new_object(Object("list", {}, element))
                self.store(item.value, made)  # type: ignore[arg-type]
                continue
            if items is not None and starred is None and position < len(items):
                part = items[position]
            elif items is not None and starred is not None and len(items) >= count - 1:
                part = items[position] if position < starred else items[position - count]
            elif several and starred is None and all(one.rest is None and position in one.fields for one in several):
                part = join_all([one.fields[position] for one in several])
            elif value.path and value.kind != "text":
                part = self.load_path(value, position, target)
            else:
                part = self.as_piece(value, self.one_of(self.element(value, target), position))
            self.store(item, part)

    def as_piece(self, pieces: Value, made: Value) -> Value:
        """One item of a list that may be a text that was split (in the texts)."""
        return made

    def store_field(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """``container[key] = value`` or ``container.key = value``; key ``...`` when not known."""
        numbers = container.objects()
        for number in numbers:
            found = self.object(number)
            if found is None:
                continue
            self.here.cells.pop(("empty", number), None)
            if key is ... or len(found.fields) >= MAX_FIELDS:
                self.here.cells[number] = found.with_rest(value)
            elif len(numbers) == 1:
                self.here.cells[number] = found.with_field(key, value)
            else:
                old = found.fields.get(key, found.rest or NOTHING)
                self.here.cells[number] = found.with_field(key, join(old, value))
        for ref in container.refs:
            if isinstance(ref, ClassRef):
                self.here.cells[("member", id(ref.definition), key)] = value
            elif isinstance(ref, ModuleRef):
                loaded = self.modules.get(ref.path)
                if loaded is not None:
                    self.here.cells[(loaded.scope.number, key)] = value
            elif isinstance(ref, FunctionRef) and isinstance(key, str):
                self.here.cells[("function", id(ref.function), key)] = value
            elif isinstance(ref, External):
                self.external_written(ref, key, value, node)
        if container.path and isinstance(key, str | int):
            self.here.cells[("path", self.step(container.path, key))] = value
        self.field_written(container, key, value, node)

    # ---- attributes

    def attribute(self, value: Value, name: str, node: ir.Node) -> Value:
        """``value.name``."""
        found: list[Value] = []
        for ref in value.refs:
            if isinstance(ref, ObjectRef):
                found.append(self.object_attribute(ref, value, name, node))
            elif isinstance(ref, ModuleRef):
                found.append(self.module_attribute(ref, name))
            elif isinstance(ref, ClassRef):
                member = self.member(ref, name)
                if member is not None:
                    found.append(self.bound_to_class(member, ref, node))
                else:
                    base = self.external_base(ref)
                    named = constant(ref.name) if name in ("__name__", "__qualname__") else None
                    found.append(named or (external(f"{base}.{name}") if base else BoundValue(value, name)))
            elif isinstance(ref, External):
                found.append(self.external_attribute(ref, value, name, node))
            elif isinstance(ref, FunctionRef) and name in ("__name__", "name"):
                found.append(constant(ref.function.name))
            elif isinstance(ref, FunctionRef):
                cell = self.here.cells.get(("function", id(ref.function), name))
                found.append(cell if isinstance(cell, Value) else BoundValue(value, name))
        if value.path and value.kind != "text":
            found.append(self.load_path(value, name, node))
        if found:
            return join_all(found)
        if value.taints:
            return self.derived([value], node).but(refs=(BoundExternal(value, name),))
        return BoundValue(value, name)

    def object_attribute(self, ref: ObjectRef, value: Value, name: str, node: ir.Node) -> Value:
        """An attribute of an object on the heap."""
        found = self.object(ref.number)
        if found is None:
            return UNKNOWN
        if name in found.fields and (found.kind == "instance" or self.frontend.language != "python"):
            return found.fields[name]
        part = self.spread_part(found, name, node) if found.kind == "instance" else None
        if found.kind == "buffer":
            return found.fields[name] if name in found.fields else BoundValue(Value(refs=(ref,)), name)
        if found.owner is not None:
            member = self.member(found.owner, name)
            if member is not None:
                return self.bound_to_instance(member, Value(refs=(ref,)), node)
            base = self.external_base(found.owner)
            if part is not None:
                return part
            if name == "__class__":
                return Value(refs=(found.owner,))
            if name == "__dict__":
                return Value(refs=(ref,))
            reader = self.member(found.owner, "__getattr__") or self.member(found.owner, "__getattribute__")
            if reader is not None and not (name.startswith("__") and name.endswith("__")):
                bound = self.bound_to_instance(reader, Value(refs=(ref,)), node)
                return self.call(bound, self.some_arguments([constant(name)], node), node)
            if base in CONTAINERS or name in RECORD_METHODS:
                return BoundValue(Value(refs=(ref,)), name)
            if base:
                return self.external_attribute(External(f"{base}()"), value, name, node)
        if part is not None:
            return part
        if found.base:
            return self.external_attribute(External(found.base), value, name, node)
        if found.rest is not None and found.kind == "instance":
            return found.rest
        return BoundValue(value, name)

    def member(self, owner: ClassRef, name: Any, depth: int = 0) -> Value | None:
        """A member of a class or of its bases."""
        written = self.here.cells.get(("member", id(owner.definition), name))
        if isinstance(written, Value):
            return written
        if name in owner.members:
            return owner.members[name]
        for base in owner.bases if depth < 12 else ():
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    found = self.member(ref, name, depth + 1)
                    if found is not None:
                        return found
        return None

    def external_base(self, owner: ClassRef) -> str:
        """The name of a library class that a class derives from, "" when it has none; an enumeration before others."""
        names = self._external_bases(owner, 0)
        return next((name for name in names if "Enum" in name or "Flag" in name), names[0] if names else "")

    def _external_bases(self, owner: ClassRef, depth: int) -> list[str]:
        found: list[str] = []
        for base in owner.bases if depth < 12 else ():
            for ref in base.refs:
                if isinstance(ref, External) and ref.name not in ("builtins.object", "abc.ABC", "typing.Generic[]"):
                    found.append(ref.name)
                elif isinstance(ref, ClassRef):
                    found += self._external_bases(ref, depth + 1)
        return found

    def members_named(self, owner: Value, name: Value, node: ir.Node) -> Value | None:
        """What ``getattr(owner, name)`` may give when only a part of the name is known: own methods and functions that fit."""
        found: list[Value] = []
        for ref in owner.refs:
            made = self.object(ref.number) if isinstance(ref, ObjectRef) else None
            of = made.owner if made is not None else ref if isinstance(ref, ClassRef) else None
            names: list[str] = []
            if of is not None:
                names = self.member_names(of)
            elif isinstance(ref, ModuleRef):
                loaded = self.modules.get(ref.path)
                number = loaded.scope.number if loaded is not None else -1
                names = [
                    key[1] for key in self.here.cells if isinstance(key, tuple) and key[0] == number and isinstance(key[1], str)
                ]
            for fitting in fitting_names(names, name):
                member = self.attribute(Value(refs=(ref,)), fitting, node)
                if any(isinstance(part, FunctionRef | ClassRef) for part in member.refs):
                    found.append(member)
                    if len(found) >= MAX_CHOSEN:
                        return join_all(found)
        return join_all(found) if found else None

    def member_names(self, owner: ClassRef, depth: int = 0) -> list[str]:
        """The names of the members of a class and of its bases."""
        found = [name for name in owner.members if isinstance(name, str) and not name.startswith("__")]
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    found += [name for name in self.member_names(ref, depth + 1) if name not in found]
        return found

    def bound_to_instance(self, member: Value, instance: Value, node: ir.Node) -> Value:
        """A member read through an instance: methods are bound, properties are run."""
        refs: list[Any] = []
        results: list[Value] = []
        for ref in member.refs:
            if isinstance(ref, FunctionRef) and ref.self_value is None:
                names = _decorator_names(ref.function)
                if "staticmethod" in names or ref.function.kind == "static":
                    refs.append(ref)
                    continue
                bound = instance
                if "classmethod" in names and ref.owner is not None:
                    bound = Value(refs=(ref.owner,))
                made = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, bound)
                if names & {"property", "cached_property", "cachedproperty"} or ref.function.kind == "getter":
                    results.append(self.invoke(made, self.no_arguments(node), node))
                else:
                    refs.append(made)
            else:
                refs.append(ref)
        if results and not refs:
            return join_all(results)
        return member.but(refs=tuple(refs))

    def bound_to_class(self, member: Value, owner: ClassRef, node: ir.Node) -> Value:
        """A member read through its class."""
        refs: list[Any] = []
        for ref in member.refs:
            if isinstance(ref, FunctionRef) and ref.self_value is None and "classmethod" in _decorator_names(ref.function):
                refs.append(FunctionRef(ref.function, ref.scope, ref.module, ref.owner, Value(refs=(owner,))))
            else:
                refs.append(ref)
        return member.but(refs=tuple(refs))

    def external_attribute(self, ref: External, value: Value, name: str, node: ir.Node) -> Value:
        """An attribute of a library thing: dotted on, or what the catalogue says."""
        if name in NUMBERS_OF_ERRORS and ref.name in ("exception", "error"):
            return Value(frozenset(taint for taint in value.taints if taint.label != "exception"), kind="text")
        dotted = f"{ref.name}.{name}"
        source = self.catalogue.sources.get(dotted)
        if source is not None:
            return self.from_source(source, dotted, node)
        made = self.aws_attribute(ref, name, node)
        if made is not None:
            return made.but(taints=made.taints | value.taints, symbol=made.symbol or value.symbol) if value.taints else made
        kind = self.catalogue.attributes.get(dotted)
        member = self.catalogue.members.get(ref.name)
        if kind is None and member and dotted not in self.catalogue.sinks and dotted not in self.catalogue.types:
            kind = member
        return Value(value.taints, refs=(External(kind or dotted, None, ref.extra),), symbol=value.symbol)

    def from_source(self, source: tuple[str, str], dotted: str, node: ir.Node) -> Value:
        """A value that the catalogue calls a source."""
        label, name = source
        if label == "event":
            return self.event(f"event.{name}" if name else "event", node=node)
        if label == "environment":
            return Value(refs=(External("os.environ"),), taints=self.label(label, name, node, f"{label} read").taints)
        return self.label(label, name, node, f"{name} read", path=dotted if label == "stored" else "")


def BoundValue(owner: Value, name: str) -> Value:  # noqa: N802 - reads as the type it makes
    """A method of a value that is not known."""
    return Value(refs=(BoundExternal(owner, name),))


def _decorator_names(function: ir.Function) -> frozenset[str]:
    names = set()
    for decorator in function.decorators:
        node: ir.Expr = decorator.function if isinstance(decorator, ir.Call) else decorator
        if isinstance(node, ir.Name):
            names.add(node.id)
        elif isinstance(node, ir.Attribute):
            names.add(node.name)
    return frozenset(names)
