"""Methods of dicts, lists, sets and of parts of the event."""

from typing import Any

from .. import ir
from .access import CONTAINERS, RECORD_METHODS
from .invoke import Arguments
from .state import Object
from .texts import Texts
from .values import BOOL, NOTHING, NUMBER, UNKNOWN, External, Value, constant, join, join_all

READS = frozenset({"get", "items", "keys", "values", "pop", "setdefault", "copy", "popitem", "entries", "get_all"})
CHANGES = frozenset(
    {"append", "add", "extend", "insert", "update", "appendleft", "push", "unshift", "write", "put", "set", "send"}
)
SAME = frozenset({"copy", "sort", "reverse", "difference", "intersection", "filter", "slice", "reversed", "__iter__", "concat"})


class Objects(Texts):
    """Methods."""

    def method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """``owner.name(arguments)`` for things that are not of own classes."""
        found: list[Value] = []
        if name == "__getitem__" and arguments.positional:
            return self.index(owner, arguments.positional[0], node)
        for number in owner.objects():
            made = self.object(number)
            if made is not None:
                found.append(self._object_method(number, made, name, arguments, node))
        for ref in owner.refs:
            if isinstance(ref, External):
                target = self.external_attribute(ref, owner, name, node)
                found.append(self.call(target, arguments, node))
        if found:
            return join_all(found)
        self.unknown_method(owner, name, arguments, node)
        self.run_callbacks(arguments, node)
        if owner.path and owner.kind != "text":
            made_path = self._path_method(owner, name, arguments, node)
            if made_path is not None:
                return made_path
        return self.text_method(owner, name, arguments, node)

    # ---- parts of the event

    def _path_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        if name in ("get", "pop", "setdefault", "get_all", "getlist"):
            key = arguments.get(0)
            if key is None:
                return self.load_path(owner, 0, node)
            value = self.index(owner, key, node)
            made = arguments.keywords.get("type")
            if made is not None and made.refs:
                value = self.call(made, Arguments([value], {}, node), node)
            default = arguments.get(1, "default")
            return value if default is None else self.with_default(value, default)
        if name == "items":
            pair = Object("tuple", {0: self.keys_of(owner, node), 1: self.load_path(owner, "*", node)})
            return self.new_object(Object("list", {}, self.new_object(pair)))
        if name == "keys":
            return self.new_object(Object("list", {}, self.keys_of(owner, node)))
        if name == "values":
            return self.new_object(Object("list", {}, self.load_path(owner, "*", node)))
        if name in ("copy", "to_dict", "dict", "model_dump"):
            return owner
        if name.startswith(("get_query_string_value", "get_header_value")):
            key = arguments.get(0, "name")
            base = "query_string_parameters" if "query" in name else "headers"
            part = self.load_path(owner, base, node)
            return self.index(part, key, node) if key is not None else part
        if name.startswith("get_"):
            return self.load_path(owner, name.removeprefix("get_"), node)
        if name in CHANGES:
            return NOTHING
        return None

    def with_default(self, value: Value, default: Value) -> Value:
        """What a read with a default gives."""
        made = join(value, default)
        if value.path and default.objects():
            return value
        return made

    # ---- objects on the heap

    def _object_method(self, number: int, made: Object, name: str, arguments: Arguments, node: ir.Node) -> Value:
        if made.kind == "buffer":
            return self.buffer_method(number, made, name, arguments, node)
        if made.kind == "instance" and name in RECORD_METHODS:
            if name in ("_replace", "model_copy"):
                return self.new_object(
                    Object("instance", {**made.fields, **arguments.keywords}, made.rest, made.owner, made.base)
                )
            return self.new_object(Object("dict", dict(made.fields), made.rest))
        if made.kind == "instance" and name in ("update", "__init__") and arguments.all():
            return self._extended(number, made, "update", arguments, node)
        if made.kind == "instance" and made.base.removesuffix("()") in CONTAINERS:
            read = self._dict_method(number, made, name, arguments, node)
            if read is not None:
                return read
            if name in ("append", "add", "insert", "extend"):
                for part in arguments.all():
                    self.here.cells[number] = made.with_rest(self.element(part, node) if name == "extend" else part)
                return NOTHING
        if made.kind == "instance":
            self.run_callbacks(arguments, node)
            whole = Value(refs=())
            return self.derived([whole, *made.everything(), *arguments.all()], node) if made.base else UNKNOWN
        if name in ("append", "add", "appendleft", "push", "insert"):
            value = arguments.get(1 if name == "insert" else 0)
            self.object_changed(number, value, node)
            return self._appended(number, made, value, name)
        if name in ("extend", "update"):
            for value in arguments.all():
                self.object_changed(number, value, node)
            return self._extended(number, made, name, arguments, node)
        if made.kind == "dict":
            answer = self._dict_method(number, made, name, arguments, node)
            if answer is not None:
                return answer
        if name in ("pop", "popleft", "remove", "discard", "clear", "popitem"):
            self.here.cells.pop(("empty", number), None)
            if name == "clear":
                self.here.cells[number] = Object(made.kind, {}, None, made.owner, made.base)
                return NOTHING
            return join_all(made.everything()) if made.everything() and name.startswith("pop") else NOTHING
        if name in ("index", "count", "__len__"):
            return NUMBER
        if name == "isdisjoint":
            return BOOL
        if name == "difference" and arguments.get(0) is not None:
            this, other = Value(refs=self._reference(number)), arguments.positional[0]
            return self.derived(made.everything(), node).but(no=self.subset_facts(this, other))
        if name in ("issubset", "issuperset"):
            this, other = Value(refs=self._reference(number)), arguments.get(0) or UNKNOWN
            return BOOL.but(yes=self.subset_facts(this, other) if name == "issubset" else self.subset_facts(other, this))
        if name in ("union", "symmetric_difference", "concat"):
            return self.new_object(made.with_rest(join_all([self.element(v, node) for v in arguments.all()] or [UNKNOWN])))
        if name == "intersection":
            return self.new_object(Object(made.kind, {}, join_all(made.everything()) if made.everything() else None))
        if name in SAME:
            return self.new_object(made)
        if name == "join":
            return self._joined(made, arguments, node)
        self.run_callbacks(arguments, node)
        return self.derived([*made.everything(), *arguments.all()], node)

    def _joined(self, made: Object, arguments: Arguments, node: ir.Node) -> Value:
        return self.derived([*made.everything(), *arguments.all()], node, "put into a text", kind="text")

    def _appended(self, number: int, made: Object, value: Value | None, name: str) -> Value:
        if value is None:
            return NOTHING
        self.here.cells.pop(("empty", number), None)
        straight = name in ("append", "push") and made.rest is None and len(made.fields) < 40 and made.kind == "list"
        if straight and not self.loops:
            self.here.cells[number] = made.with_field(len(made.fields), value)
        else:
            self.here.cells[number] = made.with_rest(value)
        return NOTHING

    def _extended(self, number: int, made: Object, name: str, arguments: Arguments, node: ir.Node) -> Value:
        if made.kind == "dict" or name == "update":
            target = made
            for value in [*arguments.positional, *([arguments.rest_keywords] if arguments.rest_keywords else [])]:
                target = (
                    self.absorbed(target, value, node)
                    if made.kind in ("dict", "instance")
                    else target.with_rest(self.element(value, node))
                )
            for key, value in arguments.keywords.items():
                target = target.with_field(key, value)
            self.here.cells[number] = target
            return NOTHING
        for value in arguments.positional:
            items = self.listed(value)
            short = items is not None and len(made.fields) + len(items) <= 200
            if items is not None and short and made.rest is None and not self.loops and made.kind == "list":
                start = len(made.fields)
                made = Object("list", {**made.fields, **{start + i: item for i, item in enumerate(items)}})
            else:
                made = made.with_rest(self.element(value, node))
        self.here.cells[number] = made
        return NOTHING

    def _dict_method(self, number: int, made: Object, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        if name in ("get", "pop", "setdefault", "getlist"):
            return self._dict_get(number, made, name, arguments, node)
        if name in ("items", "entries"):
            pairs = [
                self.new_object(Object("tuple", {0: constant(key), 1: value}))
                for key, value in made.fields.items()
                if key is None or isinstance(key, str | int | float | bytes)
            ]
            rest = None
            if made.rest is not None:
                key = self.keys_of(Value(refs=()), node)
                rest = self.new_object(Object("tuple", {0: key, 1: made.rest}))
            return self.new_object(Object("list", dict(enumerate(pairs)), rest))
        if name == "keys":
            return self.new_object(Object("dict", made.fields, made.rest))
        if name == "values":
            return self.new_object(Object("list", dict(enumerate(made.fields.values())), made.rest))
        if name in ("copy", "to_dict"):
            return self.new_object(Object("dict", made.fields, made.rest))
        if name == "set" and arguments.get(1) is not None:
            key_value = arguments.get(0)
            name_of: Any = key_value.single if key_value is not None and key_value.single is not None else ...
            self.store_field(Value(refs=self._reference(number)), name_of, arguments.get(1) or UNKNOWN, node)
            return NOTHING
        return None

    def _reference(self, number: int) -> tuple[Any, ...]:
        from .values import ObjectRef

        return (ObjectRef(number),)

    def _dict_get(self, number: int, made: Object, name: str, arguments: Arguments, node: ir.Node) -> Value:
        key = arguments.get(0)
        default = arguments.get(1, "default") or NOTHING
        if key is None:
            return default
        const = key.consts[0] if key.consts is not None and len(key.consts) == 1 else ...
        if name == "setdefault":
            self.object_changed(number, default, node)
        if const is ...:
            parts = made.everything()
            if name == "setdefault":
                self.here.cells[number] = made.with_rest(default)
            return join_all([*parts, default])
        if const in made.fields:
            value = made.fields[const]
        elif made.rest is not None:
            value = join(self.one_of(made.rest, const), default)
        else:
            value = default
        if name == "pop":
            self.here.cells[number] = made.without(const)
        elif name == "setdefault":
            self.here.cells[number] = made.with_field(const, value)
        return value
