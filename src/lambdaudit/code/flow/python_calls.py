"""Models of functions that take functions, and of files and contexts."""

from .. import ir
from .invoke import Arguments
from .library import Library
from .python_builtins import mapped
from .python_registry import MODELS, model
from .state import Object
from .values import (
    UNKNOWN,
    External,
    FunctionRef,
    Partial,
    Value,
    join_all,
)


@model("functools.partial", "functools.partialmethod")
def _partial(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    if not arguments.positional:
        return UNKNOWN
    made = Partial(arguments.positional[0], tuple(arguments.positional[1:]), tuple(arguments.keywords.items()))
    return Value(refs=(made,))


@model("threading.Thread", "multiprocessing.Process", "threading.Timer")
def _thread(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    timer = isinstance(node, ir.Call) and "Timer" in (getattr(node.function, "name", ""), getattr(node.function, "id", ""))
    target = arguments.get(1, "target", "function")
    given = arguments.get(2 if timer else 3, "args")
    if target is not None:
        given_names = arguments.keywords.get("kwargs")
        named = next(iter(walk.objects(given_names)), None) if given_names is not None else None
        passed = (walk.listed(given) if given is not None else None) or []
        walk.call_apart(target, Arguments(list(passed), dict(named.fields) if named else {}, node), node)
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
    result = walk.call_apart(positional[0], Arguments(positional[1:], arguments.keywords, node), node)
    return Value(result.taints, refs=(External("future", extra=(result,)),))


MODELS["concurrent.futures.ThreadPoolExecutor().map"] = mapped
MODELS["concurrent.futures.ProcessPoolExecutor().map"] = mapped


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


# ---- tokens


@model("jwt.decode", "jwt.decode_complete", "jwt.api_jwt.decode", "jose.jwt.decode", "jose.jwt.get_unverified_claims")
def _claims(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    """The claims of a token: who the caller is when its signature was checked, and text of the caller when not."""
    checked = walk.token_is_checked(arguments)
    function = node.function if isinstance(node, ir.Call) else None
    if isinstance(function, ir.Attribute) and "unverified" in function.name:
        checked = False
    return walk.label("identity" if checked else "event", "claims", node, "a token is decoded", kind="json")
