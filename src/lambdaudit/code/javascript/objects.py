"""What objects, functions and classes of JavaScript do that those of other languages do not: ``this``, prototypes, accessors."""

from typing import Any

from .. import ir
from ..flow.findings import Findings
from ..flow.invoke import Arguments
from ..flow.state import Object, Scope
from ..flow.statements import ClassScope
from ..flow.values import (
    ALL,
    NOTHING,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    Facts,
    FunctionRef,
    ModuleRef,
    ObjectRef,
    Partial,
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
_TYPES = {str: "string", int: "number", float: "number", bool: "boolean"}
_REFERRED = {ObjectRef: "object", FunctionRef: "function", ClassRef: "function"}
_OF_MAPS = frozenset({"get", "set", "has", "delete", "entries", "keys", "values", "forEach", "clear"})
"""Methods of a Map, which no unknown entry of it hides."""
_ENVIRONMENT = "os.environ"
_MOST_METHODS = 40
"""How many methods of a class are taken for what an unknown name may choose."""


class Objects(Findings):
    """Objects of JavaScript."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.decorators: dict[int, list[tuple[Value, str, ir.Expr]]] = {}
        """Own decorators of methods of a class whose body runs: what they are, the method's name, their place."""

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
        return super().external_attribute(ref, value, name, node)

    def _url_part(self, ref: External, value: Value, name: str) -> Value:
        """A part of a parsed address; what is checked of its host counts for the host only, the protocol for nothing."""
        plain = Value(value.taints, kind="text")
        if name in ("hostname", "host", "origin"):
            return plain.but(symbol=f"host:{value.symbol}" if value.symbol else "")
        if name == "pathname" and value.taints:
            return plain.but(texts=(("/", hole(plain)),))
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

    # ---- decorators

    def decorated(self, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value:
        """As for any language; own decorators of methods are called with the class, once that is made."""
        if function is not None and isinstance(self.scope, ClassScope):
            made = self.value(decorator)
            if any(isinstance(ref, FunctionRef | Partial) for ref in made.refs):
                self.decorators.setdefault(self.scope.number, []).append((made, function.name, decorator))
                return value
        return super().decorated(decorator, value, function)

    def class_made(self, made: ClassRef, number: int) -> None:
        """A class is there: the own decorators of its methods run, innermost first."""
        for decorator, name, node in self.decorators.pop(number, ()):
            member = made.members.get(name)
            if self.state is None or member is None:
                return
            modern = any(_is_modern(ref.function) for ref in decorator.refs if isinstance(ref, FunctionRef))
            if modern:
                about = self.new_object(Object("dict", {"kind": constant("method"), "name": constant(name)}))
                result = self.call(decorator, Arguments([member, about], {}, node), node)
            else:
                how = self.new_object(Object("dict", {"value": member}))
                target = Value(refs=(made,))
                given = self.call(decorator, Arguments([target, constant(name), how], {}, node), node)
                result = self.field(given if given.objects() else how, "value", node)
            functions = tuple(ref for ref in result.refs if isinstance(ref, FunctionRef))
            if functions:
                made.members[name] = Value(refs=functions)

    # ---- calls

    def call_ref(self, ref: Any, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls one thing; ``new`` makes an instance of a plain function, too."""
        if isinstance(ref, FunctionRef) and isinstance(node, ir.Call) and node.new and ref.function.kind == "function":
            return self._constructed(ref, arguments, node)
        if isinstance(ref, Partial):
            return self.call(ref.function, Arguments([*ref.arguments, *arguments.positional], {}, node, arguments.rest), node)
        return super().call_ref(ref, arguments, node, target)

    def _constructed(self, ref: FunctionRef, arguments: Arguments, node: ir.Node) -> Value:
        fields: dict[Any, Value] = {}
        prototype = self.here.cells.get(("function", id(ref.function), "prototype"))
        for found in self.objects(prototype) if isinstance(prototype, Value) else []:
            fields.update(found.fields)
        made = self.new_object(Object("dict", fields))
        bound = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, made)
        result = self.invoke(bound, arguments, node)
        return result if result.objects() else made

    def instantiate(self, owner: ClassRef, arguments: Arguments, node: ir.Node) -> Value:
        """Makes an instance: fields of all bases, then the nearest constructor."""
        command = self.inlined_command(owner, arguments)
        if command is not None:
            return command
        base = self.external_base(owner)
        value = self.new_object(Object("instance", {}, None, owner, f"{base}()" if base else ""))
        self._fields(owner, value, node)
        constructor = self.member(owner, "constructor")
        if constructor is not None:
            self.call(self.bound_to_instance(constructor, value, node), arguments, node)
        elif base:
            self.call(external(base), arguments, node)
        for made in self.objects(value):
            inner = made.fields.get("clientCommand")
            if inner is not None and any(ref.receiver is not None for ref in inner.externals()):
                return inner
        return value

    def inlined_command(self, owner: ClassRef, arguments: Arguments) -> Value | None:
        """The command of an SDK that a class of a bundle is (in the walk over handlers)."""
        return None

    def _fields(self, owner: ClassRef, value: Value, node: ir.Node, depth: int = 0) -> None:
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    self._fields(ref, value, node, depth + 1)
        if not owner.definition.fields:
            return
        outer, outer_module = self.scope, self.module
        self.scope = Scope(self.fresh(), frozenset({"this"}), owner.scope, owner.module)
        self.module = owner.module
        self.here.cells[(self.scope.number, "this")] = value
        try:
            for field in owner.definition.fields:
                for target in field.targets:
                    if isinstance(target, ir.Name) and self.state is not None:
                        self.store_field(value, target.id, self.value(field.value), field)
        finally:
            self.scope, self.module = outer, outer_module

    def call_node(self, node: ir.Call) -> Value:
        """A call in the source; ``super(…)`` and ``super.name(…)`` go to the base class."""
        function = node.function
        if isinstance(function, ir.Name) and function.id == "super":
            return self._super(None, node)
        if isinstance(function, ir.Attribute) and isinstance(function.value, ir.Name) and function.value.id == "super":
            return self._super(function.name, node)
        if len(node.arguments) == 1 and node.arguments[0].spread == "`":
            tagged = self._tagged(node)
            if tagged is not None:
                return tagged
        return super().call_node(node)

    def _tagged(self, node: ir.Call) -> Value | None:
        """A template with an own function before it: that gets the texts in a list, then the values; None for others."""
        template = node.arguments[0].value
        target = self.value(node.function)
        own = tuple(ref for ref in target.refs if isinstance(ref, FunctionRef))
        if not own or not isinstance(template, ir.Template) or self.state is None:
            return None
        texts = [constant(str(part.value)) for part in template.parts if isinstance(part, ir.Constant)]
        given = [self.value(part) for part in template.parts if not isinstance(part, ir.Constant)]
        strings = self.new_object(Object("list", dict(enumerate(texts))))
        return self.call(Value(refs=own), Arguments([strings, *given], {}, node), node)

    def _super(self, name: str | None, node: ir.Call) -> Value:
        arguments = self.arguments(node)
        frame = next((f for f in reversed(self.frames) if f.function is not None and f.function.owner is not None), None)
        this = self.lookup("this") or UNKNOWN
        if self.state is None or frame is None or frame.function is None or frame.function.owner is None:
            return UNKNOWN
        for base in frame.function.owner.bases:
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    member = self.member(ref, name or "constructor")
                    if member is not None:
                        return self.call(self.bound_to_instance(member, this, node), arguments, node)
                elif isinstance(ref, External) and name:
                    return self.call(external(f"{ref.name}().{name}"), arguments, node)
        return UNKNOWN

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
        made = super().operate(op, left, right, node)
        return clean(made.but(kind="number"), ALL) if op != "+" and made.taints else made

    # ---- modules

    def exported(self, ref: ModuleRef, name: str) -> Value:
        """One name that a module exports; nothing known when it does not."""
        found = super().exported(ref, name)
        loaded = self.modules.get(ref.path)
        if loaded is not None and any(one.name == "accessor" for one in found.externals()):
            found = self._with_this(found, UNKNOWN, loaded.tree)
        missing = found.refs and all(isinstance(one, BoundExternal) for one in found.refs)
        return UNKNOWN if missing and not found.taints else found

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


def _is_map(made: Object | None) -> bool:
    return made is not None and made.kind == "dict"


def _is_modern(function: ir.Function) -> bool:
    """Whether a decorator is one of the standard, which gets a function and a context, not one of older TypeScript."""
    second = function.parameters[1] if len(function.parameters) == 2 else None
    if second is None:
        return False
    name = second.target.id if isinstance(second.target, ir.Name) else ""
    kind = second.annotation.id if isinstance(second.annotation, ir.Name) else ""
    return kind.endswith("DecoratorContext") or name.partition("%")[0] in ("context", "ctx")


def _typed(symbol: str, kind: Any) -> Facts:
    if not symbol:
        return ()
    if kind in ("number", "boolean", "bigint", "undefined"):
        return ((symbol, ALL),)
    return ((symbol, frozenset({"nosql"})),) if kind == "string" else ()
