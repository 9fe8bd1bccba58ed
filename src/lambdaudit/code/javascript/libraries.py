"""Functions of JavaScript, Node and npm libraries whose result matters for flows."""

import re
from collections.abc import Callable
from typing import Any

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import (
    ALL,
    BOOL,
    NONE,
    NOTHING,
    NUMBER,
    UNKNOWN,
    External,
    FunctionRef,
    Value,
    clean,
    constant,
    external,
    join_all,
    pieces_of,
)
from .methods import Methods, without_first

_TEXTS = frozenset(
    {"String", "decodeURIComponent", "decodeURI", "unescape", "atob", "btoa", "querystring.unescape", "lodash.toString"}
)
_PASSING = frozenset({
    "Object.freeze", "Object.seal", "Object.create", "structuredClone", "Promise.resolve", "Array.from",
    "lodash.cloneDeep", "lodash.clone", "Array.of", "Object", "util.promisify.custom", "lodash.pick", "lodash.omit",
    "lodash.camelCase", "lodash.trim", "lodash.compact", "lodash.uniq", "stream.Readable.from", "immer.produce",
    "lodash.mapValues", "util.callbackify", "Object.setPrototypeOf", "@middy/util.jsonSafeParse", "decamelize-keys",
    "camelcase-keys", "lodash.isEmpty.never", "lodash.toLower", "lodash.toUpper",
})  # fmt: skip
_PARSERS = frozenset({
    "JSON.parse", "querystring.parse", "qs.parse", "lambda-multipart-parser.parse", "js-yaml.load", "js-yaml.safeLoad",
    "yaml.parse", "xml2js.parseString", "xml2js.parseStringPromise", "fast-xml-parser.XMLParser().parse", "json5.parse",
    "jsonc-parser.parse", "secure-json-parse", "secure-json-parse.parse", "destr", "csv-parse/sync.parse",
    "papaparse.parse", "aws-lambda-multipart-parser.parse", "query-string.parse", "@aws-sdk/util-dynamodb.unmarshall",
    "@aws-sdk/util-dynamodb.marshall", "aws-sdk.DynamoDB.Converter.unmarshall", "cookie.parse", "cookie.parseCookie",
    "parse-multipart-data.parse", "toml.parse", "ini.parse", "node-serialize.unserialize", "ion-js.load",
    "bson.deserialize", "v8.deserialize", "php-serialize.unserialize", "funcster.deepDeserialize", "cryo.parse",
    "serialize-to-js.deserialize", "node:querystring.parse", "@types/aws-lambda.parse", "msgpack-lite.decode",
})  # fmt: skip
_MERGING = frozenset(
    {"Object.assign", "lodash.merge", "lodash.assign", "lodash.extend", "lodash.defaults", "lodash.defaultsDeep"}
)
_PATHS = frozenset({"path.join", "path.resolve", "path.normalize", "path.format", "path.relative", "path.dirname"})
_BUILDERS = ("knex.builder.", "typeorm.builder.")
"""Types whose methods give the same type again."""
_DEFAULT = re.compile(r"\.default(?=[.(\[]|$)")
_LONGEST_NAME = 200
_ENGINES = frozenset(
    {"render", "compile", "renderFile", "load", "parse", "get", "post", "create", "merge", "stringify", "renderString"}
)
"""Functions that are looked for right in a package whose bundled code has them in an object of its name."""
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
_VALIDATED = re.compile(r"^(zod|z|joi|@hapi/joi|yup|ajv|superstruct|io-ts|runtypes|valibot|@sinclair/typebox|arktype|myzod|ow)\b")


class Libraries(Methods):
    """Calls of library functions."""

    def call_external(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls a library's function: what it does, what it checks, what it gives."""
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
        model = self._model(name)
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
            return NUMBER if numeric else Value(refs=(External(kind),))
        plain = [value for value in values if not any(isinstance(r, FunctionRef) for r in value.refs)]
        made = self.derived([target.but(refs=()), *plain], node)
        if kind != f"{name}()" or (isinstance(node, ir.Call) and node.new):
            made = UNKNOWN
        elif made.taints:
            made = made.but(
                taints=frozenset(taint for taint in made.taints if taint.label in ("event", "stored", "identity", "exception"))
            )
        result = Value(made.taints, refs=(External(kind, None, ref.extra),), symbol=made.symbol)
        self.call_back(arguments, result, node)
        return result

    def _model(self, name: str) -> "Model | None":
        found = _MODELS.get(name)
        if found is not None:
            return found
        if name in _TEXTS:
            return _text
        if name in _PASSING:
            return _passing
        if name in _PARSERS:
            return _parsed
        if name in _MERGING:
            return _merged
        if name in _PATHS:
            return _path
        if _VALIDATED.match(name):
            return _schema
        last = name.rpartition(".")[2]
        return _BY_LAST.get(last)

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
                part_schema = next((r for r in part.refs if isinstance(r, External) and r.extra[:1] == ("schema",)), None)
                fields[name] = self.shaped(part_schema, field, node, depth + 1) if part_schema is not None else field
            return self.new_object(Object("dict", fields))
        if kind == "array" and depth < 6 and isinstance(inner, External):
            element = self.element(value, node)
            return self.new_object(Object("list", {}, self.shaped(inner, element, node, depth + 1)))
        return value


Model = Callable[[Libraries, External, Arguments, ir.Node, Value], Value | None]


def _text(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return constant("")
    if ref.name in ("String", "lodash.toString"):
        return walk.to_text(first, node)
    return walk.to_text(walk.derived([first], node, kind="text") if not first.path else first, node)


def _passing(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if ref.name == "Array.from" and len(arguments.positional) > 1 and first is not None:
        return walk.iterate(first, "map", without_first(arguments), node)
    if ref.name == "Object.create" and first is not None and first.consts == (None,):
        return walk.new_object(Object("dict", {}))
    return first if first is not None else UNKNOWN


def _parsed(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Parsed data are still those of their source; inside there may be anything that JSON can hold."""
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    single = first.single
    if isinstance(single, str) and ref.name == "JSON.parse" and len(single) < 20_000:
        return walk.literal_json(single)
    made = first.but(kind="json", consts=None, texts=None, yes=(), no=())
    if not first.path and first.taints:
        made = made.but(path=next(iter(sorted(taint.source for taint in first.taints))) + ".json" if _one_source(first) else "")
    walk.call_back(arguments, made, node)
    return made


def _one_source(value: Value) -> bool:
    return len({(taint.label, taint.source) for taint in value.taints}) == 1 and not value.refs


def _merged(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    for number in first.objects():
        for value in arguments.positional[1:]:
            found = walk.object(number)
            if found is not None:
                walk.here.cells[number] = walk.absorbed(found, value, node)
        if arguments.rest is not None and (found := walk.object(number)) is not None:
            walk.here.cells[number] = found.with_rest(arguments.rest)
    return first if first.objects() else walk.derived(arguments.all(), node)


def _path(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    values = arguments.positional
    if not values:
        return constant("/var/task")
    if arguments.rest is not None:
        values = [*values, arguments.rest]
    name = ref.name.rpartition(".")[2]
    if name in ("dirname", "normalize", "relative"):
        made = walk.derived(values[-1:], node, kind="text")
        if not made.taints and isinstance(values[-1].single, str):
            return constant(values[-1].single.rpartition("/")[0] if name == "dirname" else values[-1].single)
        return clean(made, frozenset({"resolved"})) if name == "normalize" else made
    if name == "format":
        return walk.derived(values, node, kind="text")
    made = walk.text_of([p for i, part in enumerate(values) for p in ((constant("/"), part) if i else (part,))], node)
    if name == "resolve" and any(_starts_foreign(value) for value in values):
        made = made.but(texts=None)
    text = made.single
    if isinstance(text, str) and not made.taints:
        from .modules import normal

        return constant(normal(text) if text.startswith("/") else text.removeprefix("./"))
    return clean(made, frozenset({"resolved"}))


def _starts_foreign(value: Value) -> bool:
    return bool(value.taints) and any(text and not isinstance(text[0], str) for text in pieces_of(value))


def _stringify(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    made = walk.derived([first], node, kind="text")
    return clean(made, frozenset({"header", "nosql"}))


def _promise(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``new Promise((resolve, reject) => …)``: what is given to resolve."""
    first = arguments.get(0)
    box = walk.new_object(Object("list", {}))
    number = box.objects()[0]
    resolve = Value(refs=(External("promise.resolve", None, (number,)),))
    reject = external("promise.reject")
    if first is not None:
        before = walk.here.copy()
        walk.call(first, Arguments([resolve, reject], {}, node), node)
        if walk.state is None:
            walk.state = before
    found = walk.object(number)
    return found.rest if found is not None and found.rest is not None else UNKNOWN


def _resolve(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    value = arguments.get(0)
    number = ref.extra[0] if ref.extra else None
    found = walk.object(number) if isinstance(number, int) else None
    if found is not None and isinstance(number, int):
        walk.here.cells[number] = found.with_rest(value if value is not None else NOTHING)
    return NOTHING


def _nothing(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return NOTHING


def _all(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    if ref.name.endswith("allSettled"):
        element = walk.element(first, node)
        return walk.new_object(Object("list", {}, walk.new_object(Object("dict", {"value": element, "status": UNKNOWN}))))
    return walk.element(first, node) if ref.name.endswith(("race", "any")) else first


def _collection(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``new Map(pairs)``, ``new Set(items)``, ``new Array()``, ``new URLSearchParams(x)``."""
    first = arguments.get(0)
    if ref.name in ("Map", "WeakMap", "Object.fromEntries", "Headers", "lodash.fromPairs"):
        return _from_pairs(walk, first, node)
    if ref.name == "Array":
        return walk.new_object(Object("list", dict(enumerate(arguments.positional)) if len(arguments.positional) > 1 else {}))
    if first is None:
        return walk.new_object(Object("set", {}))
    items = walk.listed(first)
    rest = walk.element(first, node) if items is None and (first.objects() or first.taints or first.path) else None
    if rest is not None and not first.objects() and first.path:
        return first
    return walk.new_object(Object("set", dict(enumerate(items or [])), rest))


def _from_pairs(walk: Libraries, first: Value | None, node: ir.Node) -> Value:
    made = Object("dict", {})
    if first is None:
        return walk.new_object(made)
    items = walk.listed(first)
    if items is None:
        if not first.objects():
            return walk.new_object(walk.absorbed(made, first, node))
        pair = walk.element(first, node)
        return walk.new_object(made.with_rest(walk.field(pair, 1, node)))
    for item in items:
        key, value = walk.field(item, 0, node), walk.field(item, 1, node)
        known = key.consts is not None and len(key.consts) == 1 and key.consts[0] is not None
        made = made.with_field(key.consts[0], value) if known and key.consts else made.with_rest(value)
    return walk.new_object(made)


def _entries(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    return walk.entries(first, ref.name.rpartition(".")[2], node) if first is not None else UNKNOWN


def _buffer(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    if ref.name == "Buffer.concat":
        return walk.element(first, node)
    return first if not first.objects() else walk.derived([first], node)


def _regex(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first, flags = arguments.get(0), arguments.get(1)
    text = first.single if first is not None else None
    if isinstance(text, str):
        return Value(
            refs=(External("regex", extra=(text, flags.single if flags is not None and isinstance(flags.single, str) else "")),)
        )
    return Value(refs=(External("regex"),))


def _regex_test(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return BOOL
    known = (str(ref.extra[0]), str(ref.extra[1])) if ref.extra else None
    return walk.matches(known, first) if known is not None else BOOL


def _regex_exec(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    pattern = Value(refs=(External("regex", None, ref.extra),))
    return walk._matched(first, Arguments([pattern], {}, node), node)


def _url(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A parsed address; what is known of its host is kept under a name of its own."""
    first, base = arguments.get(0), arguments.get(1)
    if first is None:
        return UNKNOWN
    if base is not None and ref.name == "URL" and base.consts != (None,):
        start = pieces_of(first)
        literal = all(text and isinstance(text[0], str) and re.match(r"/(?!/)|\./", text[0]) for text in start)
        parts = [base, first]
        made = walk.text_of(parts, node) if literal else walk.derived(parts, node, kind="text")
        return Value(
            made.taints, texts=made.texts if literal else None, refs=(External("url", None, ("url", "")),), symbol=made.symbol
        )
    made = walk.derived([first], node) if not first.taints else first
    return Value(
        first.taints, texts=first.texts, consts=None, refs=(External("url", None, ("url", made.symbol)),), symbol=first.symbol
    )


def _promisify(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return arguments.get(0)


def _spread_request(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """The answer to an outbound request: data of somebody else."""
    made = Value(refs=(External("http.answer"),))
    walk.call_back(arguments, made, node)
    return made


def _read_file(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    made = Value(refs=(External("fs.content"),))
    walk.call_back(arguments, made, node)
    return made


def _process(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """What a child process writes."""
    made = Value(refs=(External("process.output"),))
    walk.call_back(arguments, made, node)
    return made


_RAW = re.compile(r"<%-|\{\{\{|\|\s*safe|!\{|!=|<%_|\{\{&|~\}")


def _rendered(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A page made of a template: engines escape what they put in, unless the template says otherwise."""
    template = arguments.get(0)
    given = [value for value in arguments.positional[1:] if not any(isinstance(r, FunctionRef) for r in value.refs)]
    if ref.extra[:1] == ("template",):
        template, given = ref.extra[1], arguments.positional
    text = template.single if template is not None else None
    made = walk.derived([*given, *([template] if template is not None else [])], node, "put into a text", kind="text")
    if isinstance(text, str) and not _RAW.search(text):
        made = clean(made, frozenset({"xss"}))
    walk.call_back(arguments, made, node)
    return made


def _compiled(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(refs=(External("template.compiled", None, ("template", arguments.get(0))),))


def _random(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return walk.label("random", "random", node, "a number that can be predicted is made", kind="number")


def _property(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``lodash.get(object, path)``."""
    first, path = arguments.get(0), arguments.get(1)
    if first is None or path is None:
        return UNKNOWN
    known = path.single
    value = first
    if not isinstance(known, str):
        items = walk.listed(path)
        if items is None or not all(isinstance(item.single, str) for item in items):
            return walk.derived([first], node)
        keys = [str(item.single) for item in items]
    else:
        keys = [key for key in re.split(r"[.\[\]'\"]+", known) if key]
    for key in keys[:10]:
        value = walk.field(value, key, node)
    default = arguments.get(2)
    return value if default is None else walk.with_default(value, default)


def _timer(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is not None and any(isinstance(r, FunctionRef | External) for r in first.refs):
        before = walk.here.copy()
        walk.call(first, Arguments(arguments.positional[2:], {}, node), node)
        walk.state = walk.meet(before, walk.state)
    return UNKNOWN


def _define(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``Object.defineProperty(exports, "name", { get: … })``."""
    owner, key, how = arguments.get(0), arguments.get(1), arguments.get(2)
    if owner is None or key is None or how is None or not isinstance(key.single, str):
        return owner if owner is not None else UNKNOWN
    for found in walk.objects(how):
        if "value" in found.fields:
            walk.store_field(owner, key.single, found.fields["value"], node)
        elif "get" in found.fields:
            value = walk.call(found.fields["get"], Arguments([], {}, node), node)
            if walk.state is not None:
                walk.store_field(owner, key.single, value, node)
    return owner


def _error(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(refs=(External("own-error"),))


def _exit(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    walk.dies()
    return UNKNOWN


def _has_own(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    return walk.membership(arguments.get(1), first) if first is not None else BOOL


def _date_text(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(kind="text")


def _iso(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    walk.call_back(arguments, UNKNOWN, node)
    return Value(refs=(External(f"{ref.name}()"),))


# ---- schemas: zod, joi, yup, valibot, typebox

_CLEAN_TYPES = frozenset({
    "number", "int", "bigint", "boolean", "bool", "date", "enum", "nativeEnum", "literal", "valid", "uuid", "guid",
    "integer", "float", "positive", "oneOf", "cuid", "cuid2", "ulid", "nanoid", "datetime", "picklist", "hex",
    "alphanum", "isoDate", "Integer", "Number", "Boolean", "Literal", "Enum", "hexadecimal", "creditCard", "iso",
    "base64url", "alphanumeric", "digits",
})  # fmt: skip
_TEXT_TYPES = frozenset({"string", "email", "url", "uri", "String", "ip", "hostname", "domain", "coerce"})
_OBJECTS = frozenset(
    {"object", "strictObject", "looseObject", "keys", "shape", "Object", "extend", "type", "partial", "pick", "omit"}
)
_ENDS = frozenset({
    "parse", "parseAsync", "validate", "validateAsync", "validateSync", "attempt", "cast", "Check", "Decode", "create", "assert",
})  # fmt: skip


def _schema(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    last = ref.name.rpartition(".")[2]
    old = ref.extra if ref.extra[:1] == ("schema",) else ("schema", "any", NONE)
    first = arguments.get(0)
    if last in ("safeParse", "safeParseAsync") and first is not None:
        data = walk.shaped(External("", None, old), first, node)
        return walk.new_object(Object("dict", {"data": data, "success": BOOL, "error": UNKNOWN, "output": data}))
    if last in _ENDS and first is not None and not ref.name.startswith("ajv"):
        return _validated(walk, ref, old, arguments, node)
    if ref.name.startswith("ajv") and last == "compile":
        return Value(refs=(External("ajv.validator", None, ("schema", "json", first)),))
    return Value(refs=(External(_schema_name(ref.name), None, _grown(walk, old, last, first)),))


def _schema_name(name: str) -> str:
    return name.split(".")[0] + ".schema"


def _grown(walk: Libraries, old: tuple[Any, ...], last: str, first: Value | None) -> tuple[Any, ...]:
    """What a schema says after one more method of its chain."""
    if last in _CLEAN_TYPES:
        return ("schema", "clean", NONE)
    if last in _OBJECTS:
        fields = dict(old[2]) if old[1] == "object" else {}
        for found in walk.objects(first) if first is not None else []:
            fields.update({key: value for key, value in found.fields.items() if isinstance(key, str)})
        return ("schema", "object", tuple(fields.items()))
    if last in ("array", "items", "of", "Array", "tuple") and first is not None:
        inner = next((r for r in first.refs if isinstance(r, External) and r.extra[:1] == ("schema",)), None)
        return ("schema", "array", inner)
    if last in ("regex", "pattern", "matches") and first is not None and old[1] == "text":
        known = walk.pattern_of(first)
        kinds = excluded_by(known[0]) if known is not None else NONE
        return ("schema", "clean", NONE) if "*" in kinds else ("schema", "text", kinds)
    if last in _TEXT_TYPES:
        return ("schema", "text", old[2] if old[1] == "text" else NONE) if old[1] in ("any", "text") else old
    if last in ("any", "unknown", "record", "mixed", "passthrough") and old[1] == "any":
        return ("schema", "any", NONE)
    return old


def excluded_by(pattern: str) -> frozenset[str]:
    """What a text that matches the whole of an anchored pattern cannot do."""
    from ..flow.regexes import anchored_both, excluded

    return excluded(pattern, False) if anchored_both(pattern) else NONE


def _validated(walk: Libraries, ref: External, old: tuple[Any, ...], arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.positional
    value = given[0]
    if ref.name in ("valibot.parse", "superstruct.create", "superstruct.assert", "joi.attempt", "joi.assert") and len(given) > 1:
        schema = given[0] if ref.name == "valibot.parse" else given[1]
        value = given[1] if ref.name == "valibot.parse" else given[0]
        return walk.schema_value(schema, value, node)
    shaped = walk.shaped(External("", None, old), value, node)
    if ref.name.endswith(".validate") and not ref.name.startswith("yup"):
        return walk.new_object(Object("dict", {"value": shaped, "error": UNKNOWN}))
    return shaped


_HARMLESS = frozenset({"integer", "number", "boolean", "null"})
_FORMATS = frozenset({"uuid", "date", "date-time", "time", "ipv4", "ipv6", "duration"})


def _json_schema(walk: Libraries, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A compiled JSON schema says yes: fields with enums, numbers, formats and strict patterns are harmless."""
    first = arguments.get(0)
    schema = ref.extra[2] if ref.extra[:1] == ("schema",) else None
    if first is None or not first.path or schema is None:
        return BOOL
    facts: list[tuple[str, frozenset[str]]] = []
    stack = [(schema, first.path, 0)]
    while stack:
        at, path, depth = stack.pop()
        for found in walk.objects(at):
            kinds = _schema_kinds(walk, found)
            if kinds and path != first.path:
                facts.append((path, kinds))
            fields = found.fields.get("properties")
            for made in walk.objects(fields) if fields is not None and depth < 6 else []:
                stack += [(part, walk.step(path, key), depth + 1) for key, part in list(made.fields.items())[:60]]
            if "items" in found.fields and depth < 6:
                stack.append((found.fields["items"], walk.step(path, 0), depth + 1))
    return BOOL.but(yes=tuple(facts))


def _schema_kinds(walk: Libraries, schema: Object) -> frozenset[str]:
    """What a value that fits a JSON schema cannot do."""
    kind, form, pattern = (schema.fields.get(name) for name in ("type", "format", "pattern"))
    if "enum" in schema.fields or "const" in schema.fields or (kind is not None and kind.single in _HARMLESS):
        return ALL
    if form is not None and form.single in _FORMATS:
        return ALL
    return excluded_by(pattern.single) if pattern is not None and isinstance(pattern.single, str) else NONE


_MODELS: dict[str, Model] = {
    "ajv.validator": _json_schema,
    "JSON.stringify": _stringify,
    "Promise": _promise,
    "promise.resolve": _resolve,
    "promise.reject": _nothing,
    "Promise.reject": _nothing,
    "Promise.all": _all,
    "Promise.allSettled": _all,
    "Promise.race": _all,
    "Promise.any": _all,
    "Map": _collection,
    "WeakMap": _collection,
    "Set": _collection,
    "WeakSet": _collection,
    "Array": _collection,
    "URLSearchParams": _collection,
    "Headers": _collection,
    "Object.fromEntries": _collection,
    "lodash.fromPairs": _collection,
    "Object.entries": _entries,
    "Object.values": _entries,
    "Object.keys": _entries,
    "Object.getOwnPropertyNames": _entries,
    "Reflect.ownKeys": _entries,
    "lodash.values": _entries,
    "lodash.keys": _entries,
    "Buffer.from": _buffer,
    "Buffer": _buffer,
    "Buffer.concat": _buffer,
    "Uint8Array": _buffer,
    "TextDecoder().decode": _buffer,
    "TextEncoder().encode": _buffer,
    "zlib.gunzipSync": _buffer,
    "zlib.gunzip": _buffer,
    "zlib.inflateSync": _buffer,
    "zlib.unzipSync": _buffer,
    "RegExp": _regex,
    "regex.test": _regex_test,
    "regex.exec": _regex_exec,
    "URL": _url,
    "url.URL": _url,
    "url.parse": _url,
    "util.promisify": _promisify,
    "pify": _promisify,
    "ejs.render": _rendered,
    "pug.render": _rendered,
    "nunjucks.renderString": _rendered,
    "mustache.render": _rendered,
    "eta.render": _rendered,
    "template.compiled": _rendered,
    "ejs.compile": _compiled,
    "pug.compile": _compiled,
    "handlebars.compile": _compiled,
    "nunjucks.compile": _compiled,
    "lodash.template": _compiled,
    "Math.random": _random,
    "child_process.exec": _process,
    "child_process.execSync": _process,
    "child_process.spawn": _process,
    "child_process.spawnSync": _process,
    "child_process.execFile": _process,
    "child_process.execFileSync": _process,
    "child_process.fork": _process,
    "execa": _process,
    "execa.execa": _process,
    "fs.readFile": _read_file,
    "fs.readFileSync": _read_file,
    "fs.createReadStream": _read_file,
    "fs.readdir": _read_file,
    "fetch": _spread_request,
    "http.request": _spread_request,
    "https.request": _spread_request,
    "http.get": _spread_request,
    "https.get": _spread_request,
    "axios": _spread_request,
    "axios.get": _spread_request,
    "axios.post": _spread_request,
    "axios.request": _spread_request,
    "axios.client.get": _spread_request,
    "axios.client.post": _spread_request,
    "node-fetch": _spread_request,
    "got": _spread_request,
    "undici.request": _spread_request,
    "undici.fetch": _spread_request,
    "lodash.get": _property,
    "lodash/get": _property,
    "dot-prop.get": _property,
    "dot-prop.getProperty": _property,
    "object-path.get": _property,
    "setTimeout": _timer,
    "setImmediate": _timer,
    "process.nextTick": _timer,
    "timers/promises.setTimeout": _nothing,
    "queueMicrotask": _timer,
    "Object.defineProperty": _define,
    "Reflect.defineProperty": _define,
    "Error": _error,
    "TypeError": _error,
    "RangeError": _error,
    "process.exit": _exit,
    "Object.hasOwn": _has_own,
    "Object.prototype.hasOwnProperty.call": _has_own,
    "Reflect.has": _has_own,
    "lodash.has": _has_own,
    "Date().toISOString": _date_text,
    "Date().toString": _date_text,
}
_BY_LAST: dict[str, Model] = {}
