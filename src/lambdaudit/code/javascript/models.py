"""What functions of JavaScript, Node and some libraries give: models of calls, by the name of the function."""

import re
from collections.abc import Callable
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
from .schemas import json_schema, schema_call
from .texts import chosen

if TYPE_CHECKING:
    from .libraries import Libraries

Model = Callable[["Libraries", External, Arguments, ir.Node, Value], Value | None]
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


def _buffer(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    if ref.name == "Buffer.concat":
        return walk.element(first, node)
    return first if not first.objects() else walk.derived([first], node)


def _regex(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first, flags = arguments.get(0), arguments.get(1)
    text = first.single if first is not None else None
    if isinstance(text, str):
        return Value(
            refs=(External("regex", extra=(text, flags.single if flags is not None and isinstance(flags.single, str) else "")),)
        )
    return Value(refs=(External("regex"),))


def _regex_test(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return BOOL
    known = (str(ref.extra[0]), str(ref.extra[1])) if ref.extra else None
    return walk.matches(known, first) if known is not None else BOOL


def _regex_exec(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    pattern = Value(refs=(External("regex", None, ref.extra),))
    return walk._matched(first, Arguments([pattern], {}, node), node)


def _url(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A parsed address; what is known of its host is kept under a name of its own."""
    first, base = arguments.get(0), arguments.get(1)
    if first is None:
        return UNKNOWN
    if base is not None and ref.name == "URL" and base.consts != (None,):
        start = pieces_of(first)
        literal = all(text and isinstance(text[0], str) and re.match(r"/(?!/)|\./", text[0]) for text in start)
        parts = [base, first]
        made = walk.text_of(parts, node) if literal else walk.derived(parts, node, kind="text")
        symbol = first.symbol if first.symbol and not base.taints else made.symbol
        texts = made.texts if literal else None
        return Value(made.taints, texts=texts, refs=(External("url", None, ("url", "")),), symbol=symbol)
    made = walk.derived([first], node) if not first.taints else first
    return Value(
        first.taints, texts=first.texts, consts=None, refs=(External("url", None, ("url", made.symbol)),), symbol=first.symbol
    )


def _promisify(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return arguments.get(0)


def _spread_request(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """The answer to an outbound request: data of somebody else."""
    made = Value(refs=(External("http.answer"),))
    walk.call_back(arguments, made, node)
    return made


def _read_file(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    made = Value(refs=(External("fs.content"),))
    walk.call_back(arguments, made, node)
    return made


def _process(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """What a child process writes."""
    made = Value(refs=(External("process.output"),))
    walk.call_back(arguments, made, node)
    return made


_RAW = re.compile(r"<%-|\{\{\{|\|\s*safe|!\{|!=|<%_|\{\{&|~\}")


def _rendered(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
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


def _compiled(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(refs=(External("template.compiled", None, ("template", arguments.get(0))),))


def _verified(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Claims of a token whose signature was checked: who the caller is, as the issuer says."""
    made = walk.label("identity", "verified token", node, "a token is verified", path="token")
    walk.call_back(arguments, made, node)
    return made


def _unverified(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Claims of a token whose signature was not checked: text of the caller."""
    return walk.label("event", "claims", node, "a token is decoded", path="claims", kind="json")


def _random(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return walk.label("random", "random", node, "a number that can be predicted is made", kind="number")


_WEAK_HASHES = re.compile(r"md[45]|sha-?1|ripemd", re.IGNORECASE)
_PASSWORD = re.compile(r"passw|pwd|passphrase|pin_?code", re.IGNORECASE)


def _hash(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``crypto.createHash(algorithm)``: the algorithm is kept for what is put in."""
    name = arguments.get(0)
    return Value(refs=(External("hash", None, ("hash", name.strings()[0] if name is not None and name.strings() else "")),))


def _hashed(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``hash.update(password)``, ``md5(password)``: a password is hashed with what is quick to try."""
    algorithm = str(ref.extra[1]) if ref.extra[:1] == ("hash",) else ref.name.rpartition(".")[2]
    called = node.arguments if isinstance(node, ir.Call) else []
    names = [part for argument in called for part in _names_in(argument.value)]
    names += [taint.source.rpartition(".")[2] for value in arguments.positional for taint in value.taints]
    if _WEAK_HASHES.match(algorithm) and any(_PASSWORD.search(name) for name in names):
        walk.issue("weak-hash", node, f"A password is hashed with {algorithm[:20]}")
    return Value(refs=(External("hash", None, ref.extra),)) if ref.extra[:1] == ("hash",) else None


def _names_in(node: ir.Expr, depth: int = 4) -> list[str]:
    """The names in an expression that is put together out of few parts."""
    if isinstance(node, ir.Name):
        return [node.id]
    if isinstance(node, ir.Attribute):
        return [node.name]
    parts: list[ir.Expr] = []
    if isinstance(node, ir.Binary):
        parts = [node.left, node.right]
    elif isinstance(node, ir.Template):
        parts = node.parts
    elif isinstance(node, ir.Call):
        parts = [argument.value for argument in node.arguments]
    return [name for part in parts[:8] for name in _names_in(part, depth - 1)] if depth else []


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
    "jsonwebtoken.verify": _verified,
    "jsonwebtoken.decode": _unverified,
    "jwt-decode": _unverified,
    "jwt-decode.jwtDecode": _unverified,
    "jose.decodeJwt": _unverified,
    "jose.jwtVerify": _verified,
    "aws-jwt-verify.CognitoJwtVerifier.create().verify": _verified,
    "aws-jwt-verify.JwtVerifier.create().verify": _verified,
    "aws-jwt-verify.JwtRsaVerifier.create().verify": _verified,
    "google-auth-library.OAuth2Client().verifyIdToken": _verified,
    "crypto.createHash": _hash,
    "hash.update": _hashed,
    "md5": _hashed,
    "sha1": _hashed,
    "crypto-js.MD5": _hashed,
    "crypto-js.SHA1": _hashed,
    "crypto-js/md5": _hashed,
    "crypto-js/sha1": _hashed,
    "Math.random": _random,
    "lodash.random": _random,
    "lodash.sample": _sampled,
    "lodash.sampleSize": _sampled,
    "lodash.shuffle": _sampled,
    "lodash.times": _times,
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
