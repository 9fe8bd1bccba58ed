"""What functions of JavaScript, Node and some libraries give: models of calls, by the name of the function."""

import re
from typing import TYPE_CHECKING

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import (
    BOOL,
    NOTHING,
    NUMBER,
    UNKNOWN,
    External,
    FunctionRef,
    ObjectRef,
    Ref,
    Value,
    clean,
    constant,
    external,
    pieces_of,
)
from .methods import without_first
from .outside import OUTSIDE, Model
from .schemas import json_schema, schema_call
from .texts import chosen

if TYPE_CHECKING:
    from .libraries import Libraries

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
_COPYING = frozenset({"structuredClone", "lodash.cloneDeep", "lodash.clone", "Object.create"})
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
_VALIDATED = re.compile(r"^(zod|z|joi|@hapi/joi|yup|ajv|superstruct|io-ts|runtypes|valibot|@sinclair/typebox|arktype|myzod|ow)\b")


def _text(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return constant("")
    if ref.name in ("String", "lodash.toString"):
        return walk.to_text(first, node)
    return walk.to_text(walk.derived([first], node, kind="text") if not first.path else first, node)


def _passing(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if ref.name == "Array.from" and first is not None:
        if any("length" in made.fields and made.kind == "dict" for made in walk.objects(first)):
            first = walk.new_object(Object("list", {}, UNKNOWN))
        elif any(made.kind == "dict" for made in walk.objects(first)):
            first = walk.new_object(Object("list", {}, walk.element(first, node)))
        if len(arguments.positional) > 1:
            return walk.iterate(first, "map", without_first(arguments), node)
    if ref.name == "Object.create" and first is not None and (bare := walk.without_prototype(first)) is not None:
        return bare
    if first is not None and ref.name in _COPYING:
        return _copied(walk, first, 1 if ref.name in ("Object.create", "lodash.clone") else 5)
    return first if first is not None else UNKNOWN


def _copied(walk: "Libraries", value: Value, depth: int) -> Value:
    """A copy of the objects that a value is, down to a depth."""
    if not value.objects() or depth <= 0:
        return value
    refs: list[Ref] = []
    for one in value.refs:
        made = walk.object(one.number) if isinstance(one, ObjectRef) else None
        if made is None:
            refs.append(one)
            continue
        fields = {key: _copied(walk, part, depth - 1) for key, part in made.fields.items()}
        rest = _copied(walk, made.rest, depth - 1) if made.rest is not None else None
        refs += walk.new_object(Object(made.kind, fields, rest, made.owner, made.base)).refs
    return value.but(refs=tuple(refs))


def _parsed(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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


def _merged(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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


def _path(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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
        if name == "relative" and values[-1].symbol:
            return made.but(symbol=f"relative:{values[-1].symbol}")
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


def _stringify(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    made = walk.derived([first], node, kind="text")
    return clean(made, frozenset({"header", "nosql"}))


def _promise(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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


def _resolve(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    value = arguments.get(0)
    number = ref.extra[0] if ref.extra else None
    found = walk.object(number) if isinstance(number, int) else None
    if found is not None and isinstance(number, int):
        walk.here.cells[number] = found.with_rest(value if value is not None else NOTHING)
    return NOTHING


def _nothing(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return NOTHING


def _all(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    if ref.name.endswith("allSettled"):
        element = walk.element(first, node)
        return walk.new_object(Object("list", {}, walk.new_object(Object("dict", {"value": element, "status": UNKNOWN}))))
    return walk.element(first, node) if ref.name.endswith(("race", "any")) else first


def _collection(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``new Map(pairs)``, ``new Set(items)``, ``new Array()``, ``new URLSearchParams(x)``."""
    first = arguments.get(0)
    if ref.name in ("Map", "WeakMap", "Object.fromEntries", "Headers", "lodash.fromPairs"):
        return _from_pairs(walk, first, node)
    if ref.name == "Array":
        several = len(arguments.positional) > 1
        fields = dict(enumerate(arguments.positional)) if several else {}
        return walk.new_object(Object("list", fields, UNKNOWN if first is not None and not several else None))
    if first is None:
        return walk.new_object(Object("set", {}))
    items = walk.listed(first)
    rest = walk.element(first, node) if items is None and (first.objects() or first.taints or first.path) else None
    if rest is not None and not first.objects() and first.path:
        return first
    return walk.new_object(Object("set", dict(enumerate(items or [])), rest))


def _from_pairs(walk: "Libraries", first: Value | None, node: ir.Node) -> Value:
    made = Object("dict", {})
    if first is None:
        return walk.new_object(made)
    if any(found.kind == "dict" for found in walk.objects(first)):
        return walk.new_object(walk.absorbed(made, first, node))
    items = walk.listed(first)
    if items is None:
        if not first.objects():
            return walk.new_object(walk.absorbed(made, first, node))
        pair = walk.element(first, node)
        result = walk.new_object(made.with_rest(walk.field(pair, 1, node)))
        walk.put_under(result, walk.field(pair, 0, node))
        return result
    for item in items:
        key, value = walk.field(item, 0, node), walk.field(item, 1, node)
        known = key.consts is not None and len(key.consts) == 1 and key.consts[0] is not None
        made = made.with_field(key.consts[0], value) if known and key.consts else made.with_rest(value)
    return walk.new_object(made)


def _entries(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    name = ref.name.rpartition(".")[2]
    return walk.entries(first, name if name in ("entries", "values") else "keys", node) if first is not None else UNKNOWN


def _is_array(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``Array.isArray(x)``, decided for objects of one's own."""
    first = arguments.get(0)
    made = walk.objects(first) if first is not None else []
    if first is None or first.taints or first.path or first.consts or first.kind == "maybe" or len(made) != len(first.refs):
        return BOOL
    kinds = {found.kind in ("list", "tuple", "split") for found in made if found.kind != "generator"}
    return constant(kinds.pop()) if len(kinds) == 1 else BOOL


def _sampled(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Items that are picked by numbers that can be predicted."""
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    item = chosen(walk.element(first, node), [walk.label("random", "random", node, "something is picked at random")])
    return item if ref.name == "lodash.sample" else walk.new_object(Object("list", {}, item))


def _times(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``_.times(count, index => …)``."""
    many = walk.new_object(Object("list", {}, NUMBER))
    return walk.iterate(many, "map", without_first(arguments), node) if len(arguments.positional) > 1 else many


def _property(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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


def _timer(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is not None and any(isinstance(r, FunctionRef | External) for r in first.refs):
        before = walk.here.copy()
        walk.call(first, Arguments(arguments.positional[2:], {}, node), node)
        walk.state = walk.meet(before, walk.state)
    return UNKNOWN


def _define(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``Object.defineProperty(exports, "name", { get: … })``."""
    owner, key, how = arguments.get(0), arguments.get(1), arguments.get(2)
    if owner is None or key is None or how is None or not isinstance(key.single, str):
        return owner if owner is not None else UNKNOWN
    for found in walk.objects(how):
        if "value" in found.fields:
            walk.store_field(owner, key.single, found.fields["value"], node)
        elif "get" in found.fields:
            value = walk.call(found.fields["get"], Arguments([], {}, node), node)
            if walk.state is None:
                continue
            if all(isinstance(ref, External) for ref in value.refs) and value.consts is None and not value.path:
                value = Value(refs=(External("accessor", None, (found.fields["get"],)),))
            walk.store_field(owner, key.single, value, node)
    return owner


def _required(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``createRequire(…)(name)``: a module of Node or of a library."""
    name = arguments.get(0)
    text = name.single if name is not None else None
    return external(text.removeprefix("node:")) if isinstance(text, str) else UNKNOWN


def _error(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(refs=(External("own-error"),))


def _exit(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    walk.dies()
    return UNKNOWN


def _has_own(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    return walk.own_key(arguments.get(1), first) if first is not None else BOOL


def _date_text(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(kind="text")


def _iso(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    walk.call_back(arguments, UNKNOWN, node)
    return Value(refs=(External(f"{ref.name}()"),))


_MODELS: dict[str, Model] = {
    **OUTSIDE,
    "ajv.validator": json_schema,
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
    "Array.isArray": _is_array,
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
    "lodash.sample": _sampled,
    "lodash.sampleSize": _sampled,
    "lodash.shuffle": _sampled,
    "lodash.times": _times,
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
    "module.createRequire()": _required,
    "Error": _error,
    "TypeError": _error,
    "RangeError": _error,
    "process.exit": _exit,
    "Object.hasOwn": _has_own,
    "Object.prototype.hasOwnProperty.call": _has_own,
    "lodash.has": _has_own,
    "Date().toISOString": _date_text,
    "Date().toString": _date_text,
}


def model_of(name: str) -> Model | None:
    """The model of a library function, None when the catalogue says all there is to say."""
    found = _MODELS.get(name)
    if found is not None:
        return found
    for names, model in ((_TEXTS, _text), (_PASSING, _passing), (_PARSERS, _parsed), (_MERGING, _merged), (_PATHS, _path)):
        if name in names:
            return model
    return schema_call if _VALIDATED.match(name) else None
