"""Items of values: keys, elements, parts of outside data; sequences and mappings put together."""

from typing import Any

from .. import ir
from .services import Services
from .state import Object
from .values import (
    UNKNOWN,
    ClassRef,
    External,
    ModuleRef,
    ObjectRef,
    Taint,
    Trace,
    Value,
    clean,
    constant,
    environment,
    join,
    join_all,
    pieces_of,
)

MAX_FIELDS = 400
SECRET_NAMES = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL")
CREDENTIALS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")


class Items(Services):
    """Items."""

    def index(self, value: Value, key: Value, node: ir.Node) -> Value:
        """``value[key]``."""
        if key.consts is not None and len(key.consts) == 1:
            return self.field(value, key.consts[0], node)
        if key.consts is not None and not key.taints and 1 < len(key.consts) <= 6:
            return join_all([self.field(value, const, node) for const in key.consts])
        return self.field(value, ..., node, key)

    def field(self, value: Value, key: Any, node: ir.Node, key_value: Value | None = None) -> Value:
        """The item under a known key; key ``...`` when it is not known."""
        found: list[Value] = []
        for ref in value.refs:
            if isinstance(ref, ObjectRef):
                made = self.object(ref.number)
                if made is not None:
                    key = self._field_name(made, key)
                    part = self.by_own_method(made, ref, key, key_value, node) or self.spread_part(made, key, node)
                    if ref.number in self.factories and (key is ... or key not in made.fields):
                        made = self._made_for(ref, made, key, node)
                    if part is None and key is ... and key_value is not None and key_value.texts is not None:
                        part = self._fitting(made, key_value)
                    found.append(part if part is not None else self.object_field(made, key))
            elif isinstance(ref, External):
                found.append(self.external_item(ref, value, key, key_value, node))
            elif isinstance(ref, ClassRef):
                base = self.external_base(ref)
                if "Enum" in base or "Flag" in base:
                    found.append(Value(refs=(ref,)))
        if value.path and value.kind != "text" and not value.externals():
            found.append(self.load_path(value, key, node))
        if found:
            return join_all(found)
        single = value.single
        if isinstance(single, str) and isinstance(key, int) and -len(single) <= key < len(single):
            return constant(single[key])
        return self.derived([value], node)

    def _made_for(self, ref: ObjectRef, made: Object, key: Any, node: ir.Node) -> Object:
        """A dictionary that makes what is missing, with the entry that is asked for."""
        if key is ... and made.rest is not None:
            return made
        entry = self.call(self.factories[ref.number], self.no_arguments(node), node)
        current = self.object(ref.number) or made
        filled = current.with_rest(entry) if key is ... else current.with_field(key, entry)
        self.here.cells[ref.number] = filled
        return filled

    def _field_name(self, made: Object, key: Any) -> Any:
        """The name of the field at a position of a record."""
        if made.kind != "instance" or made.owner is None or not isinstance(key, int) or isinstance(key, bool):
            return key
        names = self.all_fields(made.owner) if key not in made.fields else []
        return names[key] if -len(names) <= key < len(names) else key

    def by_own_method(self, made: Object, ref: ObjectRef, key: Any, key_value: Value | None, node: ir.Node) -> Value | None:
        """``instance[key]`` where the class says what that is."""
        reader = self.member(made.owner, "__getitem__") if made.kind == "instance" and made.owner is not None else None
        if reader is None:
            return None
        given = key_value if key_value is not None else constant(key) if key is not ... else UNKNOWN
        bound = self.bound_to_instance(reader, Value(refs=(ref,)), node)
        return self.call(bound, self.some_arguments([given], node), node)

    def spread_part(self, found: Object, key: Any, node: ir.Node) -> Value | None:
        """A named part of outside data that was spread into an object; None where the object has a field of that name."""
        rest = found.rest
        if rest is None or not rest.path.endswith(".*") or not isinstance(key, str) or key in found.fields:
            return None
        return self.load_path(rest.but(path=rest.path.removesuffix(".*")), key, node)

    def _fitting(self, made: Object, key: Value) -> Value | None:
        """The entries of a mapping whose keys fit a text that is known in part."""
        if made.kind != "dict" or not any(text and isinstance(text[0], str) for text in key.texts or ()):
            return None
        names = fitting_names([name for name in made.fields if isinstance(name, str)], key)
        parts = [made.fields[name] for name in names] + ([made.rest] if made.rest is not None else [])
        return join_all(parts) if parts else UNKNOWN

    def object_field(self, found: Object, key: Any) -> Value:
        """A field of an object: the known one, or the join of what it may be."""
        if key is ...:
            return join_all(found.everything()) if found.everything() else UNKNOWN
        if (
            isinstance(key, int)
            and not isinstance(key, bool)
            and key < 0
            and found.rest is None
            and found.kind in ("list", "tuple")
        ):
            key = len(found.fields) + key
        if key in found.fields:
            known = found.fields[key]
            return known if found.rest is None or found.kind in ("dict", "split") else join(known, found.rest)
        return self.one_of(found.rest, key) if found.rest is not None else UNKNOWN

    def one_of(self, value: Value, key: Any) -> Value:
        """A value that stands for many, as the one under a key: what is checked of it is not said of the others."""
        if value.path:
            return self._named_part(value, key)
        if not value.taints or not value.symbol:
            return value
        symbol = f"{value.symbol}[{key!s:.40}]"
        return value.but(symbol=symbol, taints=frozenset(taint.through(symbol) for taint in value.taints))

    def _named_part(self, value: Value, key: Any) -> Value:
        """Any entry of outside data, which was put into a mapping, as the one under a key."""
        start, star, end = value.path.rpartition(".*")
        if not star or not isinstance(key, str):
            return value
        path = f"{start}.{key[:80]}{end}"
        taints = frozenset(
            Taint(t.label, path if t.source == value.path else t.source, t.via | {path}, t.clean, t.trace, t.trust)
            for t in value.taints
        )
        return value.but(path=path, symbol=path, taints=taints)

    def external_item(self, ref: External, value: Value, key: Any, key_value: Value | None, node: ir.Node) -> Value:
        """An item of a library thing."""
        if ref.name == "os.environ":
            return self.environment_variable(key if isinstance(key, str) else None, None, node)
        if ref.name == "sys.modules":
            return Value(refs=(ModuleRef(self.module.path),)) if key == "module" else UNKNOWN
        dotted = f"{ref.name}[]"
        if ref.name in ("typing.Annotated", "typing_extensions.Annotated", "typing.Literal", "typing.Optional"):
            return Value(refs=(External(dotted, None, ("annotation", node)),))
        kind = self.catalogue.types.get(dotted)
        if value.path:
            return self.load_path(value, key, node)
        return Value(value.taints, refs=(External(kind or dotted, None, ref.extra),), symbol=value.symbol)

    def environment_variable(self, name: str | None, default: str | None, node: ir.Node) -> Value:
        """``os.environ[name]``."""
        if name is None:
            return UNKNOWN
        upper = name.upper()
        taint = self.label("environment", name, node, f"environment variable {name[:60]} read")
        if upper in CREDENTIALS:
            return environment(name, default, next(iter(taint.taints)))
        if any(part in upper for part in SECRET_NAMES) and not upper.endswith(
            ("_ARN", "_NAME", "_ID", "_TABLE", "_URL", "_PATH", "_TTL")
        ):
            secret = self.label("secret", name, node, f"environment variable {name[:60]} read", trust=1)
            return environment(name, default, next(iter(secret.taints)))
        return environment(name, default, next(iter(taint.taints))).but(taints=frozenset())

    def step(self, path: str, key: Any) -> str:
        """The path one step deeper."""
        if isinstance(key, str):
            return f"{path}.{key[:80]}"
        return f"{path}[]"

    def load_path(self, value: Value, key: Any, node: ir.Node) -> Value:
        """A part of outside data."""
        path = self.step(value.path, key)
        written = self.here.cells.get(("path", path))
        if isinstance(written, Value):
            return written
        if path.count(".") + path.count("[") > 24:
            return value
        via = frozenset[str]().union(*(taint.via for taint in value.taints))
        cleaned = frozenset.intersection(*(taint.clean for taint in value.taints)) if value.taints else frozenset()
        trace = self.entering(path, node)
        if path.startswith("event"):
            made = self.from_path(path, via, cleaned, trace)
            if value.kind == "json" and made.taints:
                return made.but(kind="json")
            if value.taints and made.taints:
                lowest = min(taint.trust for taint in value.taints)
                if lowest < 2:
                    return made.but(taints=frozenset(_trusted(taint, lowest) for taint in made.taints))
            return made
        moved = frozenset(taint.through(path) for taint in value.taints)
        return Value(moved, path=path, kind="json" if value.kind == "json" else "", symbol=path)

    def entering(self, path: str, node: ir.Node) -> Any:
        """The first step of a flow: where a part of the event is read."""
        return Trace(self.module.path, node.line, node.column, f"{path[:120]} enters", None)

    # ---- sequences

    def listed(self, value: Value) -> list[Value] | None:
        """The items of a sequence whose length is known, in order."""
        numbers = value.objects()
        if len(numbers) != 1 or len(value.refs) != 1 or value.path:
            return None
        found = self.object(numbers[0])
        if found is None or found.rest is not None or found.kind not in ("list", "tuple", "set", "dict"):
            return None
        if found.kind == "dict":
            return [constant(key) for key in found.fields if key is None or isinstance(key, str | int | float | bytes)]
        return list(found.fields.values())

    def element(self, value: Value, node: ir.Node) -> Value:
        """Any item of what is iterated over."""
        found: list[Value] = []
        for ref in value.refs:
            if isinstance(ref, ObjectRef):
                made = self.object(ref.number)
                if made is None:
                    continue
                if made.kind == "dict":
                    found.append(self.keys_of(Value(refs=(ref,)), node))
                elif made.kind == "instance":
                    found.append(self.iterated(ref, made, node))
                else:
                    found.append(join_all(made.everything()) if made.everything() else UNKNOWN)
            elif isinstance(ref, External):
                found.append(self.external_element(ref, value, node))
            elif isinstance(ref, ClassRef):
                found.append(Value(refs=(ref,)))
        if value.path and value.kind != "text" and not value.externals():
            found.append(self.load_path(value, 0, node))
        if found:
            return join_all(found)
        return self.derived([value], node, kind=value.kind if value.kind == "text" else "")

    def keys_of(self, value: Value, node: ir.Node) -> Value:
        """Any key of a mapping."""
        found: list[Value] = []
        for made in self.objects(value):
            if made.kind != "dict":
                found.append(Value(kind="number"))
                continue
            keys = [constant(key) for key in made.fields if key is None or isinstance(key, str | int | float | bytes)]
            found += keys
            if made.rest is not None:
                found.append(self.derived([made.rest], node) if made.rest.taints and not made.rest.path else UNKNOWN)
        if value.path:
            found.append(self.load_path(value, 0, node).but(kind="text"))
        if found:
            return join_all(found[:60])
        return self.derived([value], node)

    # ---- objects put together

    def absorbed(self, made: Object, value: Value, node: ir.Node) -> Object:
        """A mapping with all entries of another one put in."""
        known = False
        for other in self.objects(value):
            known = True
            for key, part in other.fields.items():
                made = made.with_field(key, part)
            if other.rest is not None:
                made = self._overwritten(made, other.rest, set(other.fields), node).with_rest(other.rest)
        if value.path:
            part = self.load_path(value, 0, node).but(path=value.path + ".*", symbol="")
            made = self._overwritten(made, part, set(), node).with_rest(part)
        elif not known and value.taints:
            made = made.with_rest(value)
        elif not known and value.consts is None:
            made = made.with_rest(UNKNOWN)
        return made

    def _overwritten(self, made: Object, rest: Value, kept: set[Any], node: ir.Node) -> Object:
        """A mapping whose entries outside data that are put over it may replace, those in `kept` excepted."""
        if not rest.path.endswith(".*"):
            return made
        outside = rest.but(path=rest.path.removesuffix(".*"))
        fields = {
            key: value if key in kept or not isinstance(key, str) else join(value, self.load_path(outside, key, node))
            for key, value in made.fields.items()
        }
        return Object(made.kind, fields, made.rest, made.owner, made.base)

    def merged_objects(self, values: list[Value], node: ir.Node) -> Value:
        """``a | b`` for mappings and sets."""
        kinds = [found.kind for value in values for found in self.objects(value)]
        made = Object(kinds[0] if kinds else "dict", {})
        if made.kind != "dict":
            rest = join_all([self.element(value, node) for value in values])
            return self.new_object(made.with_rest(rest))
        for value in values:
            made = self.absorbed(made, value, node)
        return self.new_object(made)

    def concatenated(self, values: list[Value], node: ir.Node) -> Value:
        """``a + b`` for lists."""
        items: list[Value] = []
        rest: Value | None = None
        for value in values:
            known = self.listed(value)
            if known is not None and rest is None and len(items) + len(known) <= MAX_FIELDS:
                items += known
            else:
                element = self.element(value, node)
                rest = element if rest is None else join(rest, element)
        return self.new_object(Object("list", dict(enumerate(items)), rest))

    def names_of(self, value: Value) -> list[str]:
        """The library names that a value may be."""
        return [ref.name for ref in value.refs if isinstance(ref, External)]

    def join_path(self, values: list[Value], node: ir.Node) -> Value:
        """Parts of a file path put together with slashes; ``joined`` marks that an absolute part would replace the start."""
        parts: list[Value] = []
        joined = False
        for index, value in enumerate(values):
            if index and parts[-1].strings() != ["/"]:
                parts.append(constant("/"))
            texts = pieces_of(value)
            absolute = any(isinstance(text[0], str) and text[0].startswith("/") for text in texts if text)
            if absolute:
                parts = []
            foreign_start = any(text and not isinstance(text[0], str) for text in texts) and value.taints
            if foreign_start and index and not self.has_fact(value, "absolute"):
                joined = True
            parts.append(value)
        made = self.text_of(parts, node)
        everything = self.derived(values, node, "put into a path", kind="text", how="path")
        if joined:
            everything = clean(everything, frozenset({"joined"}))
        return made.but(
            taints=everything.taints, symbol=everything.symbol, refs=tuple(r for r in values[0].refs if isinstance(r, External))
        )


def fitting_names(names: list[str], name: Value) -> list[str]:
    """Those names that can be meant by a text of which the start or the end is known."""
    kept: list[str] = []
    for text in pieces_of(name):
        start = text[0] if text and isinstance(text[0], str) else ""
        end = text[-1] if text and isinstance(text[-1], str) else ""
        kept += [found for found in names if found.startswith(start) and found.endswith(end) and found not in kept]
    return kept


def _trusted(taint: Any, trust: int) -> Any:
    return Taint(taint.label, taint.source, taint.via, taint.clean, taint.trace, min(trust, taint.trust))
