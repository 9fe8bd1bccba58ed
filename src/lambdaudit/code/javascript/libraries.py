"""Functions of JavaScript, Node and npm libraries whose result matters for flows."""

import re
from typing import Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import (
    ALL,
    BOOL,
    NUMBER,
    UNKNOWN,
    External,
    FunctionRef,
    Value,
    clean,
    join_all,
)
from .methods import Methods
from .schemas import schema_of
from .texts import chosen

_BUILDERS = ("knex.builder.", "typeorm.builder.")
"""Types whose methods give the same type again."""
_DEFAULT = re.compile(r"\.default(?=[.(\[]|$)")
_LONGEST_NAME = 200
_ENGINES = frozenset(
    {"render", "compile", "renderFile", "load", "parse", "get", "post", "create", "merge", "stringify", "renderString"}
)
"""Functions that are looked for right in a package whose bundled code has them in an object of its name."""
_HOLDERS = frozenset({"adm-zip", "Blob", "File", "Response", "stream.PassThrough", "jszip.loadAsync", "unzipper.Open.buffer"})
"""What is made of data and gives it back."""
_ALIASES = {
    "fs/promises": "fs",
    "fs-extra": "fs",
    "graceful-fs": "fs",
    "mz/fs": "fs",
    "path/posix": "path",
    "upath": "path",
    "lodash-es": "lodash",
    "underscore": "lodash",
    "aws-sdk/global": "aws-sdk",
    "timers": "globalThis",
    "jsonwebtoken-esm": "jsonwebtoken",
    "buffer": "globalThis",
    "mysql2/promise": "mysql2/promise",
}
"""Modules that are another one under a second name."""


class Libraries(Methods):
    """Calls of library functions."""

    def call_external(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls a library's function: what it does, what it checks, what it gives."""
        from .models import model_of

        made = self.aws_call(ref, arguments, node)
        if made is not None:
            return made
        name = self.canonical(ref.name[:_LONGEST_NAME])
        made = self.aws_made(name, arguments, node)
        if made is not None:
            return self.remember_command(made, arguments)
        answer = self.framework_call(name, ref, arguments, node, target)
        if answer is not None:
            return answer
        self.check_call(name, arguments, node, target)
        self.fed_library(ref.name, arguments)
        model = model_of(name)
        if model is not None:
            answer = model(self, ref, arguments, node, target)
            if answer is not None:
                return answer
        return self._by_catalogue(name, ref, arguments, node, target)

    def canonical(self, name: str) -> str:
        """A library name with types of the catalogue in place of what makes them."""
        name = _DEFAULT.sub("", name) if ".default" in name else name
        module, dot, rest = name.partition(".")
        alias = _ALIASES.get(module.removesuffix("()"))
        if alias is not None:
            name = alias + module[len(module.removesuffix("()")) :] + dot + rest
        module, _, rest = name.partition(".")
        second, dot, last = rest.partition(".")
        if dot and "/" not in module and module.strip("_-") in second.replace("_default", "").lower() and last in _ENGINES:
            name = f"{module}.{last}"
        if name.startswith(("fs.promises.", "path.posix.", "dns.promises.", "timers.promises.", "global.")):
            name = name.replace(".promises.", ".", 1).replace("path.posix.", "path.", 1).removeprefix("global.")
        return name

    def fed_library(self, name: str, arguments: Arguments) -> None:
        """Notes that foreign data goes into a library."""
        module = name.partition(".")[0].partition("(")[0]
        if module in self.imports and any(t.label == "event" for value in arguments.all() for t in self.deep_taints(value)):
            self.fed[module] = None

    def _by_catalogue(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        values = arguments.all()
        kind = self.catalogue.types.get(f"{name}()", f"{name}()"[:_LONGEST_NAME])
        if name.startswith(_BUILDERS):
            kind = ".".join(name.split(".")[:2])
        if name in self.catalogue.checks:
            first = arguments.get(0)
            kinds = self.catalogue.checks[name]
            return BOOL.but(yes=((first.symbol, kinds),)) if first is not None and first.symbol else BOOL
        if name in self.catalogue.cleaners and values:
            made = self.derived(values, node, kind="text")
            return clean(made, self.catalogue.cleaners[name])
        if self.catalogue.is_silent(name):
            self.call_back(arguments, UNKNOWN, node)
            numeric = name.startswith(("Math.", "Date", "Number", "parse"))
            return chosen(NUMBER, values) if numeric else Value(refs=(External(kind),))
        plain = [value for value in values if not any(isinstance(r, FunctionRef) for r in value.refs)]
        made = self.derived([target.but(refs=()), *plain], node)
        if name not in _HOLDERS and (kind != f"{name}()" or (isinstance(node, ir.Call) and node.new)):
            made = UNKNOWN
        elif made.taints:
            made = made.but(
                taints=frozenset(taint for taint in made.taints if taint.label in ("event", "stored", "identity", "exception"))
            )
        result = Value(made.taints, refs=(External(kind, None, ref.extra),), symbol=made.symbol)
        self.call_back(arguments, result, node)
        return result

    def literal_json(self, text: str) -> Value:
        """The value of a JSON text in the code."""
        import json

        from .jsonfile import literal

        try:
            return self.value(literal(json.loads(text)))
        except (ValueError, RecursionError):
            return UNKNOWN

    # ---- hooks that other layers fill

    def framework_call(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
        """What a web framework or middleware does with a call; None for all others (in the walk over handlers)."""
        raise NotImplementedError

    def external_element(self, ref: External, value: Value, node: ir.Node) -> Value:
        """An item of a library thing that is iterated over."""
        return Value(value.taints, refs=(External(f"{ref.name}[]", None, ref.extra),), symbol=value.symbol, path=value.path)

    def iterated(self, ref: Any, made: Object, node: ir.Node) -> Value:
        """An item of an instance of an own class."""
        return join_all(made.everything()) if made.everything() else UNKNOWN

    def entered(self, value: Value, node: ir.Node) -> Value:
        """JavaScript has no context managers."""
        return value

    def format_percent(self, left: Value, right: Value, node: ir.Node) -> Value:
        """``%`` is for numbers."""
        return NUMBER

    def schema_value(self, schema: Value, value: Value, node: ir.Node) -> Value:
        """A value that a schema let through: fields have what their own schemas say."""
        for ref in schema.refs:
            if isinstance(ref, External) and ref.extra[:1] == ("schema",):
                return self.shaped(ref, value, node)
        return value

    def shaped(self, ref: External, value: Value, node: ir.Node, depth: int = 0) -> Value:
        """A value in the form that a schema asks for."""
        kind, inner = ref.extra[1], ref.extra[2]
        if kind == "clean":
            return clean(self.derived([value], node), ALL)
        if kind == "text":
            made = self.to_text(value, node)
            return clean(made, inner) if inner else made
        if kind == "object" and depth < 6:
            fields: dict[Any, Value] = {}
            for name, part in dict(inner).items():
                field = (
                    self.load_path(value, name, node) if value.path and value.kind != "text" else self.field(value, name, node)
                )
                part_schema = schema_of(part)
                fields[name] = self.shaped(part_schema, field, node, depth + 1) if part_schema is not None else field
            return self.new_object(Object("dict", fields))
        if kind == "array" and depth < 6 and isinstance(inner, External):
            element = self.element(value, node)
            return self.new_object(Object("list", {}, self.shaped(inner, element, node, depth + 1)))
        return value
