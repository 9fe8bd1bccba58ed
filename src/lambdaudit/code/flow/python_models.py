"""What the functions of Python's library do that is worth more than "made of the arguments"."""

from collections.abc import Callable
from typing import Any, ClassVar

from .. import ir
from .invoke import Arguments
from .library import Library, Model
from .regexes import anchored_both, excluded, left_after_removal
from .state import Object
from .values import (
    ALL,
    BOOL,
    NOTHING,
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    Partial,
    Value,
    clean,
    constant,
    join,
    join_all,
    truths,
)

MODELS: dict[str, Model] = {}


def model(*names: str) -> Callable[[Model], Model]:
    """Registers a function for library names."""

    def register(function: Model) -> Model:
        for name in names:
            MODELS[name] = function
        return function

    return register


# ---- built-in functions


@model("builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.repr", "builtins.ascii", "os.fspath", "os.fsencode")
def _str(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return constant("")
    single = given.single
    if isinstance(single, int | float | bool) and given.consts is not None:
        return constant(str(single))
    if given.texts is not None or given.path:
        return given.but(kind="text", refs=())
    made = walk.derived([given], node, kind="text")
    return made.but(symbol=given.symbol or made.symbol) if given.symbol and not given.objects() else made


@model("builtins.dict", "collections.OrderedDict", "collections.ChainMap", "types.MappingProxyType", "types.SimpleNamespace")
def _dict(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    made = Object("dict", {})
    given = arguments.get(0)
    if given is not None and "os.environ" in walk.names_of(given):
        return given.but(refs=(External("os.environ"),))
    if given is not None and given.path and not arguments.keywords:
        return given
    if given is not None:
        if walk.objects(given) and any(found.kind != "dict" for found in walk.objects(given)):
            pair = walk.element(given, node)
            made = made.with_rest(walk.field(pair, 1, node))
        else:
            made = walk.absorbed(made, given, node)
    for key, value in arguments.keywords.items():
        made = made.with_field(key, value)
    if arguments.rest_keywords is not None:
        made = walk.absorbed(made, arguments.rest_keywords, node)
    return walk.new_object(made)


@model("collections.defaultdict", "collections.Counter")
def _defaultdict(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return walk.new_object(Object("dict", {}))


@model(
    "builtins.list",
    "builtins.tuple",
    "builtins.set",
    "builtins.frozenset",
    "collections.deque",
    "builtins.iter",
    "builtins.reversed",
    "builtins.sorted",
)
def _list(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return walk.new_object(Object("list", {}))
    if given.path and given.kind != "text":
        return given
    items = walk.listed(given)
    if items is not None:
        return walk.new_object(Object("list", dict(enumerate(items))))
    return walk.new_object(Object("list", {}, walk.element(given, node))).but(symbol=given.symbol)


@model("builtins.enumerate")
def _enumerate(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    element = walk.element(given, node)
    pair = walk.new_object(Object("tuple", {0: Value(kind="number"), 1: element}))
    return walk.new_object(Object("list", {}, pair))


@model("builtins.zip", "itertools.product", "itertools.zip_longest")
def _zip(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    parts = {index: walk.element(value, node) for index, value in enumerate(arguments.positional)}
    return walk.new_object(Object("list", {}, walk.new_object(Object("tuple", dict(parts)))))


@model("builtins.map", "multiprocessing.Pool().map", "multiprocessing.pool.ThreadPool().map")
def _map(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    if len(arguments.positional) < 2:
        return UNKNOWN
    passed = [walk.element(value, node) for value in arguments.positional[1:]]
    result = walk.call(arguments.positional[0], Arguments(passed, {}, node), node)
    return walk.new_object(Object("list", {}, result)) if walk.state is not None else UNKNOWN


@model("builtins.filter")
def _filter(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(1)
    if given is None:
        return UNKNOWN
    element = walk.element(given, node)
    verdict = walk.call(arguments.positional[0], Arguments([element], {}, node), node)
    if walk.state is None:
        return UNKNOWN
    kinds = dict(verdict.yes).get(element.symbol, frozenset())
    return walk.new_object(Object("list", {}, clean(element, kinds)))


def _quantified(every: bool) -> Model:
    def run(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
        given = arguments.get(0)
        if given is None:
            return BOOL
        items = walk.listed(given)
        if items is not None:
            if not items:
                return constant(every)
            if all(truths(item) == {every} for item in items):
                return constant(every)
            if not every and any(truths(item) == {True} for item in items):
                return constant(True)
            if every:
                return BOOL.but(yes=tuple(fact for item in items for fact in item.yes))
            return BOOL.but(no=tuple(fact for item in items for fact in item.no))
        element = walk.element(given, node)
        return BOOL.but(yes=element.yes) if every else BOOL.but(no=element.no)

    return run


MODELS["builtins.all"] = _quantified(True)
MODELS["builtins.any"] = _quantified(False)


@model("builtins.next", "builtins.min", "builtins.max")
def _next(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    if len(arguments.positional) > 1 and not given.objects():
        return join_all(arguments.positional)
    element = walk.element(given, node)
    return join(element, arguments.positional[1]) if len(arguments.positional) > 1 else element


@model("builtins.isinstance")
def _isinstance(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given, types = arguments.get(0), arguments.get(1)
    if given is None or types is None or not given.symbol:
        return BOOL
    parts = walk.listed(types) or [types]
    names = {name for part in parts for name in walk.names_of(part)}
    plain = {
        "builtins.int",
        "builtins.float",
        "builtins.bool",
        "numbers.Number",
        "decimal.Decimal",
        "datetime.datetime",
        "uuid.UUID",
    }
    if names and names <= plain:
        return BOOL.but(yes=((given.symbol, ALL),))
    if names and names <= plain | {"builtins.str"}:
        return BOOL.but(yes=((given.symbol, frozenset({"nosql"})),))
    return BOOL


@model("builtins.bool")
def _bool(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return constant(False)
    return Value(consts=tuple(sorted(truths(given))), kind="bool", yes=given.yes, no=given.no)


@model("builtins.getattr")
def _getattr(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    owner, name = arguments.get(0), arguments.get(1)
    if owner is None or name is None:
        return UNKNOWN
    if name.strings() and len(name.strings()) <= 8 and name.consts is not None:
        found = join_all([walk.attribute(owner, text, node) for text in name.strings()])
        return join(found, arguments.positional[2]) if len(arguments.positional) > 2 else found
    live = [t for t in name.taints if t.label in ("event", "stored") and walk.alive(t, "code-evaluation")]
    open_names = [ref for ref in owner.refs if isinstance(ref, External) and ref.name in _RISKY_MODULES]
    for taint in live if open_names else ():
        walk.report("code-evaluation", "getattr", node, taint, 1, "the function that is called is chosen by foreign data")
    return UNKNOWN if not live else walk.derived([name], node)


_RISKY_MODULES = frozenset({"os", "subprocess", "builtins", "__builtins__", "importlib", "sys", "shutil", "pickle"})


@model("builtins.setattr")
def _setattr(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    owner, name, value = arguments.get(0), arguments.get(1), arguments.get(2)
    if owner is not None and name is not None and value is not None:
        walk.store_field(owner, name.single if isinstance(name.single, str) else ..., value, node)
    return NOTHING


@model("builtins.super")
def _super(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    for frame in reversed(walk.frames):
        ref = frame.function
        if ref is not None and ref.owner is not None and ref.function.parameters:
            target = ref.function.parameters[0].target
            instance = walk.here.cells.get((frame.scope.number, target.id)) if isinstance(target, ir.Name) else None
            return Value(refs=(External("super", extra=(ref.owner, instance or UNKNOWN)),))
    return UNKNOWN


@model("builtins.globals", "builtins.locals", "builtins.vars")
def _globals(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    number = walk.module.number
    fields = {k[1]: v for k, v in walk.here.cells.items() if isinstance(k, tuple) and k[0] == number and isinstance(k[1], str)}
    return walk.new_object(Object("dict", dict(fields)))


@model("builtins.format")
def _format(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    return given if given is not None else UNKNOWN


@model("builtins.Exception", "builtins.ValueError", "builtins.RuntimeError", "builtins.KeyError", "builtins.TypeError")
def _exception(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return UNKNOWN


# ---- json, environment


@model(
    "json.loads",
    "simplejson.loads",
    "ujson.loads",
    "orjson.loads",
    "rapidjson.loads",
    "json.load",
    "demjson.decode",
    "ast.literal_eval",
    "yaml.safe_load",
    "tomllib.loads",
    "json.JSONDecoder().decode",
    "aws_lambda_powertools.utilities.parser.parse",
)
def _loads(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "s", "event")
    wanted = arguments.get(1, "model")
    if wanted is not None and given is not None:
        for ref in wanted.refs:
            if isinstance(ref, ClassRef):
                return walk.model_instance(ref, Arguments([given], {}, node), node)
    if given is None:
        return UNKNOWN
    if given.path:
        return given.but(kind="json", consts=None, texts=None, refs=())
    made = walk.derived([given], node, kind="json")
    return (
        made.but(path=next((t.source for t in sorted(made.taints, key=lambda t: t.source) if t.label == "event"), ""))
        if made.taints
        else made
    )


@model("json.dumps", "simplejson.dumps", "orjson.dumps", "ujson.dumps", "json.dump", "yaml.dump", "yaml.safe_dump")
def _dumps(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    if len(arguments.positional) > 1:
        walk.written(arguments.positional[1], given, node)
    if given.path:
        return given.but(kind="text")
    return walk.derived([given], node, kind="text")


@model("os.environ.get", "os.getenv", "environ.get", "os.environ.pop", "os.environ.setdefault")
def _getenv(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    name = arguments.get(0, "key")
    default = arguments.get(1, "default")
    text = name.single if name is not None else None
    fallback = default.single if default is not None else None
    return walk.environment_variable(
        text if isinstance(text, str) else None, fallback if isinstance(fallback, str) else None, node
    )


@model("os.environ.copy", "os.environ.items", "os.environ.values")
def _environ_copy(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    whole = walk.from_source(("environment", "os.environ"), "os.environ", node)
    return whole if isinstance(node, ir.Call) and getattr(node.function, "name", "") == "copy" else Value(whole.taints)


@model("os.environ.keys")
def _environ_keys(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return walk.new_object(Object("list", {}, Value(kind="text")))


# ---- paths


@model("os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.Path.joinpath")
def _join(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    parts = list(arguments.positional)
    function = node.function if isinstance(node, ir.Call) else None
    method = isinstance(function, ir.Attribute) and function.name == "joinpath"
    if method and isinstance(function, ir.Attribute):
        parts.insert(0, walk.value(function.value))
    if not parts:
        return Value(refs=(External("pathlib.Path"),))
    made = walk.join_path(parts, node)
    name = function.name if isinstance(function, ir.Attribute) else function.id if isinstance(function, ir.Name) else ""
    is_path = name in ("Path", "PurePath", "PosixPath", "joinpath")
    return made.but(refs=(External("pathlib.Path"),)) if is_path else made.but(refs=())


@model("os.path.realpath", "os.path.abspath", "os.path.normpath", "posixpath.normpath")
def _resolved(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    if not given.taints:
        return given.but(refs=())
    made = walk.derived([given], node, kind="text")
    return clean(made, frozenset({"resolved"}))


@model("os.path.commonpath", "os.path.commonprefix")
def _common(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    parts = walk.listed(given) if given is not None else None
    symbols = tuple(part.symbol for part in parts or () if part.taints and part.symbol)
    return Value(refs=(External("commonpath", extra=symbols),))


def path_method(walk: Library, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
    """Methods and attributes of pathlib's paths; None for others."""
    if name in ("resolve", "absolute", "expanduser"):
        made = walk.derived([owner], node, kind="text") if owner.taints else owner
        return clean(made, frozenset({"resolved"})).but(refs=(External("pathlib.Path"),), texts=owner.texts)
    if name == "is_relative_to":
        resolved = all("resolved" in taint.clean for taint in owner.taints)
        return BOOL.but(yes=((owner.symbol, frozenset({"path"})),)) if resolved and owner.symbol else BOOL
    if name == "relative_to":
        if owner.symbol and all("resolved" in taint.clean for taint in owner.taints):
            walk.here.learn(((owner.symbol, frozenset({"path"})),))
        return owner
    if name in ("as_posix", "__str__", "with_suffix", "__fspath__", "as_uri"):
        return owner if name == "with_suffix" else owner.but(refs=())
    if name in ("exists", "is_file", "is_dir"):
        return BOOL
    return None


# ---- addresses


@model(
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
    "urlparse.urlparse",
    "urllib3.util.parse_url",
    "yarl.URL",
    "httpx.URL",
    "tldextract.extract",
)
def _urlparse(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "url")
    if given is None:
        return UNKNOWN
    return given.but(refs=(External("urllib.parse.result"),), path="", consts=None, kind="")


@model("urllib.request.Request", "urllib2.Request", "requests.Request", "httpx.Request")
def _request(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "url")
    function = node.function if isinstance(node, ir.Call) else None
    if (
        isinstance(function, ir.Attribute)
        and len(arguments.positional) > 1
        and given is not None
        and given.single in ("GET", "POST", "PUT")
    ):
        given = arguments.positional[1]
    return given.but(refs=(External("urllib.request.Request"),)) if given is not None else UNKNOWN


@model("urllib.parse.quote", "urllib.quote", "requests.utils.quote", "six.moves.urllib.parse.quote")
def _quote(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    safe = arguments.get(1, "safe")
    kinds = {"process", "header", "xss", "sql", "code-evaluation", "log-injection", "template"}
    if safe is not None and safe.single == "":
        kinds |= {"request", "redirect", "path"}
    return clean(walk.derived([given], node, kind="text"), frozenset(kinds))


@model("urllib.parse.parse_qs", "urllib.parse.parse_qsl", "cgi.parse_qs")
def _parse_qs(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return UNKNOWN
    if given.path:
        return given.but(kind="")
    return walk.new_object(Object("dict", {}, walk.new_object(Object("list", {}, walk.derived([given], node, kind="text")))))


# ---- regular expressions


@model("re.compile", "regex.compile", "re2.compile")
def _compile(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    text = given.single if given is not None else None
    return Value(refs=(External("re.Pattern", extra=(text if isinstance(text, str) else None,)),))


def _matcher(kind: str) -> Model:
    def run(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
        pattern, text = arguments.get(0, "pattern"), arguments.get(1, "string")
        if pattern is None or text is None:
            return None
        return matched(walk, kind, pattern.single, text, node)

    return run


def matched(walk: Library, kind: str, pattern: Any, text: Value, node: ir.Node) -> Value:
    """The result of matching a text with a pattern: what holds when it matches, and when it does not."""
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    if isinstance(pattern, str):
        if kind == "fullmatch":
            yes = excluded(pattern, True)
        elif kind == "match" or anchored_both(pattern):
            yes = excluded(pattern, False)
        if kind in ("search", "findall"):
            no = left_after_removal(pattern)
    made = walk.derived([text], node, kind="text")
    facts_yes = ((text.symbol, yes),) if yes and text.symbol else ()
    facts_no = ((text.symbol, no),) if no and text.symbol else ()
    groups = excluded(pattern, True) if isinstance(pattern, str) else frozenset[str]()
    result = clean(made, groups) if groups else made
    return Value(result.taints, refs=(External("re.Match", extra=(result,)),), symbol=made.symbol, yes=facts_yes, no=facts_no)


for _kind in ("match", "fullmatch", "search"):
    for _module in ("re", "regex", "re2"):
        MODELS[f"{_module}.{_kind}"] = _matcher(_kind)


@model("re.sub", "regex.sub", "re.subn")
def _sub(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    pattern, new, text = arguments.get(0), arguments.get(1), arguments.get(2, "string")
    if text is None or pattern is None:
        return None
    return substituted(walk, pattern.single, new, text, node)


def substituted(walk: Library, pattern: Any, new: Value | None, text: Value, node: ir.Node) -> Value:
    """A text with all matches replaced."""
    made = walk.derived([text, *([new] if new is not None else [])], node, kind="text")
    if (
        isinstance(pattern, str)
        and new is not None
        and isinstance(new.single, str)
        and len(new.single) <= 1
        and new.single in "_- x"
    ):
        return clean(made, left_after_removal(pattern))
    return made


@model("re.findall", "re.finditer", "re.split")
def _findall(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    pattern, text = arguments.get(0), arguments.get(1, "string")
    if text is None or pattern is None:
        return None
    kinds = excluded(pattern.single, True) if isinstance(pattern.single, str) else frozenset[str]()
    made = clean(walk.derived([text], node, kind="text"), kinds)
    return walk.new_object(Object("list", {}, made))


# ---- functions that take functions


@model("functools.partial", "functools.partialmethod")
def _partial(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    if not arguments.positional:
        return UNKNOWN
    made = Partial(arguments.positional[0], tuple(arguments.positional[1:]), tuple(arguments.keywords.items()))
    return Value(refs=(made,))


@model("threading.Thread", "multiprocessing.Process", "threading.Timer")
def _thread(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    target, given = arguments.keywords.get("target"), arguments.keywords.get("args")
    if target is not None:
        passed = (walk.listed(given) if given is not None else None) or []
        walk.call(target, Arguments(list(passed), {}, node), node)
    return Value(refs=(External("threading.Thread()"),))


@model(
    "asyncio.run",
    "asyncio.wait_for",
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.shield",
    "anyio.run",
    "asgiref.sync.async_to_sync",
    "contextlib.closing",
    "contextlib.nullcontext",
    "copy.copy",
    "copy.deepcopy",
    "builtins.memoryview",
    "types.coroutine",
    "typing.cast",
)
def _same(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    function = node.function if isinstance(node, ir.Call) else None
    last = (
        isinstance(function, ir.Attribute | ir.Name)
        and (function.name if isinstance(function, ir.Attribute) else function.id) == "cast"
    )
    return arguments.get(1 if last else 0) or UNKNOWN


@model("asyncio.gather", "itertools.chain", "asyncio.as_completed")
def _gather(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    function = node.function if isinstance(node, ir.Call) else None
    if isinstance(function, ir.Attribute) and function.name == "chain":
        return walk.new_object(Object("list", {}, join_all([walk.element(v, node) for v in arguments.all()] or [UNKNOWN])))
    return walk.new_object(Object("list", dict(enumerate(arguments.positional)), arguments.rest))


@model(
    "asyncio.to_thread",
    "concurrent.futures.ThreadPoolExecutor().submit",
    "concurrent.futures.ProcessPoolExecutor().submit",
    "multiprocessing.Pool().apply",
    "asyncio.get_event_loop().run_in_executor",
    "asyncio.get_running_loop().run_in_executor",
)
def _submit(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    positional = arguments.positional
    if positional and not any(isinstance(ref, FunctionRef | Partial | External) for ref in positional[0].refs):
        positional = positional[1:]
    if not positional:
        return UNKNOWN
    result = walk.call(positional[0], Arguments(positional[1:], arguments.keywords, node), node)
    return Value(result.taints, refs=(External("future", extra=(result,)),)) if walk.state is not None else UNKNOWN


MODELS["concurrent.futures.ThreadPoolExecutor().map"] = _map
MODELS["concurrent.futures.ProcessPoolExecutor().map"] = _map


@model("asyncio.get_event_loop().run_until_complete", "asyncio.new_event_loop().run_until_complete")
def _until(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return arguments.get(0) or UNKNOWN


# ---- files, templates


@model("lxml.etree.XMLParser", "lxml.etree.HTMLParser")
def _parser(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    resolve = arguments.keywords.get("resolve_entities")
    return Value(refs=(External("lxml.parser", extra=("entities", not (resolve is not None and resolve.consts == (False,)))),))


@model("string.Template")
def _template(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    return Value(given.taints if given is not None else frozenset(), refs=(External("string.Template"),))


@model("io.BytesIO", "io.StringIO", "io.TextIOWrapper", "io.BufferedReader", "builtins.memoryview")
def _buffer(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is None:
        return Value(refs=(External("io.BytesIO()"),))
    return Value(walk.deep_taints(given), refs=(External("io.BytesIO()"),), symbol=given.symbol)


@model("ssl.create_default_context", "ssl.SSLContext")
def _ssl(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return Value(refs=(External("ssl.context"),))


@model("functools.wraps", "functools.update_wrapper", "wrapt.decorator")
def _wraps(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return Value(refs=(External("functools.wraps()"),))


@model(
    "builtins.property",
    "builtins.staticmethod",
    "builtins.classmethod",
    "abc.abstractmethod",
    "functools.lru_cache",
    "functools.cache",
)
def _transparent(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    if given is not None and any(isinstance(ref, FunctionRef) for ref in given.refs):
        return given
    return None


class PythonWalk(Library):
    """The walk with Python's library."""

    models: ClassVar[dict[str, Model]] = MODELS

    def external_attribute(self, ref: External, value: Value, name: str, node: ir.Node) -> Value:
        """Attributes of library things that need more than a name."""
        if ref.name == "super" and len(ref.extra) == 2:
            return self.super_attribute(ref, name, node)
        if ref.name == "urllib.parse.result" and name in ("hostname", "netloc", "host", "registered_domain", "fqdn"):
            made = super().external_attribute(ref, value, name, node)
            return made.but(symbol=f"host:{value.symbol}", refs=()) if value.symbol else made
        if ref.name == "urllib.parse.result" and name in ("scheme", "port", "path", "query"):
            return self.derived([value], node, kind="text")
        if ref.name == "re.Match" and ref.extra and name in ("string",):
            return value.but(refs=())
        if ref.name == "pathlib.Path" and name in ("name", "stem", "suffix"):
            return clean(self.derived([value], node, kind="text"), frozenset({"path", "no-slash", "absolute"}))
        if ref.name == "pathlib.Path" and name == "parents":
            return Value(value.taints, refs=(External("pathlib.parents", extra=(value.symbol,)),), symbol=value.symbol)
        if ref.name == "pathlib.Path" and name == "parent":
            return value
        return super().external_attribute(ref, value, name, node)

    def call_external(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Methods of patterns, paths, matches and futures; then the library."""
        owner, _, method = ref.name.rpartition(".")
        receiver = target
        if ref.name in ("builtins.open", "io.open", "codecs.open"):
            self.check_call(ref.name, arguments, node, target)
            return self.opened(arguments, node) or UNKNOWN
        if owner == "file" and method in ("read", "readline", "readlines", "__iter__"):
            return UNKNOWN
        if owner == "re.Pattern":
            pattern = ref.extra[0] if ref.extra else None
            text = arguments.get(1 if method in ("sub", "subn") else 0)
            if text is not None and method in ("match", "fullmatch", "search"):
                return matched(self, method, pattern, text, node)
            if text is not None and method in ("sub", "subn"):
                return substituted(self, pattern, arguments.get(0), text, node)
            if text is not None and method in ("findall", "finditer", "split"):
                kinds = excluded(pattern, True) if isinstance(pattern, str) else frozenset[str]()
                made = clean(self.derived([text], node, kind="text"), kinds)
                return self.new_object(Object("list", {}, made))
        if owner == "re.Match" and method in ("group", "groups", "groupdict", "__getitem__") and ref.extra:
            inner = ref.extra[0]
            if isinstance(inner, Value):
                if method == "group":
                    return inner
                kind = "list" if method == "groups" else "dict"
                return self.new_object(Object(kind, {}, inner))
        if owner == "pathlib.Path":
            known = path_method(self, receiver, method, arguments, node)
            if known is not None:
                return known
        if owner == "future" and method in ("result",) and ref.extra and isinstance(ref.extra[0], Value):
            return ref.extra[0]
        if ref.name.startswith("aws_lambda_powertools.utilities.data_classes.") or ref.name.endswith("current_event.json_body"):
            given = arguments.get(0, "data")
            if given is not None and given.path:
                return given
        if method == "model_validate" or method in ("parse_obj", "parse_raw", "model_validate_json"):
            function = node.function if isinstance(node, ir.Call) else None
            if isinstance(function, ir.Attribute):
                classes = [r for r in self.value(function.value).refs if isinstance(r, ClassRef)]
                given = arguments.get(0)
                if classes and given is not None:
                    return self.model_instance(
                        classes[0], Arguments([given.but(kind="json") if given.path else given], {}, node), node
                    )
        return super().call_external(ref, arguments, node, target)
