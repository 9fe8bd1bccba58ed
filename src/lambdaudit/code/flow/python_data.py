"""Models of what reads and writes data: JSON, the environment, paths, addresses, regular expressions."""

from typing import Any

from .. import ir
from .conditions import signed_by
from .invoke import Arguments
from .library import Library, Model
from .python_registry import MODELS, model
from .regexes import anchored_both, captured, excluded, fixed_host, left_after_removal
from .state import Object
from .values import (
    BOOL,
    UNKNOWN,
    ClassRef,
    External,
    Value,
    clean,
)


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


@model("boto3.dynamodb.types.TypeDeserializer().deserialize", "boto3.dynamodb.types.TypeSerializer().serialize")
def _typed(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "value")
    return walk.derived([given], node) if given is not None else UNKNOWN


# ---- signatures


@model("hmac.new", "hmac.HMAC", "hmac.digest")
def _signature(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    message = arguments.get(1, "msg")
    signed = message.symbol if message is not None and message.taints else ""
    told = walk.label("signature", signed, node, "a signature is computed")
    return Value(told.taints, refs=(External("hmac.digest"),))


@model("hmac.compare_digest", "secrets.compare_digest")
def _signed(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    """Who could sign a text may have written it: it can be loaded, though what is in it may still be foreign."""
    return BOOL.but(yes=signed_by(arguments.all()))


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
    made = walk.derived([given], node, kind="text", how="resolved")
    walk.resolved_of[made.symbol] = given.symbol
    return clean(made, frozenset({"resolved"}))


@model("os.path.commonpath", "os.path.commonprefix")
def _common(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    parts = walk.listed(given) if given is not None else None
    facts: tuple[Any, ...] = ()
    for part in parts or ():
        if part.taints and part.symbol:
            facts += walk.inside(part) or ((part.symbol, frozenset({"path"})),)
    return Value(refs=(External("commonpath", extra=facts),))


def path_method(walk: Library, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
    """Methods and attributes of pathlib's paths; None for others."""
    if name in ("resolve", "absolute", "expanduser"):
        made = walk.derived([owner], node, kind="text", how="resolved") if owner.taints else owner
        if made is not owner:
            walk.resolved_of[made.symbol] = owner.symbol
        return clean(made, frozenset({"resolved"})).but(refs=(External("pathlib.Path"),), texts=owner.texts)
    if name == "is_relative_to":
        return BOOL.but(yes=walk.inside(owner))
    if name == "relative_to":
        walk.here.learn(walk.inside(owner))
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
        return given.but(kind="", consts=None, texts=None, refs=())
    made = walk.derived([given], node, kind="text")
    sources = {taint.source for taint in made.taints if taint.label == "event"}
    if len(sources) == 1:
        return made.but(path=sources.pop(), kind="")
    return walk.new_object(Object("dict", {}, walk.new_object(Object("list", {}, made))))


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
        if (kind != "search" or pattern.startswith("^")) and fixed_host(pattern):
            yes |= {"request", "redirect"}
        if kind in ("search", "findall"):
            no = left_after_removal(pattern)
    made = walk.derived([text], node, kind="text")
    facts_yes = ((text.symbol, yes),) if yes and text.symbol else ()
    facts_no = ((text.symbol, no),) if no and text.symbol else ()
    groups = excluded(pattern, True) if isinstance(pattern, str) else frozenset[str]()
    result = clean(made, groups) if groups else made
    parts = captured(pattern) if isinstance(pattern, str) and result.taints else ()
    extra = (result, tuple((name, clean(result, excluded(inner, True))) for name, inner in parts))
    return Value(result.taints, refs=(External("re.Match", extra=extra),), symbol=made.symbol, yes=facts_yes, no=facts_no)


def group_of(ref: External, key: Any) -> Value:
    """What a group of a match holds, by number or name."""
    whole: Value
    whole, parts = ref.extra
    if isinstance(key, str):
        return next((value for name, value in parts if name == key), whole)
    if isinstance(key, int) and not isinstance(key, bool) and 0 < key <= len(parts):
        found: Value = parts[key - 1][1]
        return found
    return whole


def groups_of(walk: Library, ref: External, named: bool) -> Value:
    """All groups of a match: a tuple, or those with a name in a dictionary."""
    whole, parts = ref.extra
    if not parts:
        return walk.new_object(Object("dict" if named else "list", {}, whole))
    if named:
        return walk.new_object(Object("dict", {name: value for name, value in parts if name}))
    return walk.new_object(Object("tuple", {index: value for index, (_, value) in enumerate(parts)}))


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
