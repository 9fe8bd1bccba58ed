"""Models of Python's built-in functions."""

from .. import ir
from .invoke import Arguments
from .library import Library, Model
from .python_registry import MODELS, model
from .state import Object
from .values import (
    ALL,
    BOOL,
    NOTHING,
    UNKNOWN,
    External,
    Facts,
    Value,
    clean,
    constant,
    join,
    join_all,
    truths,
)


@model("builtins.str", "builtins.bytes", "builtins.repr", "builtins.ascii", "os.fspath", "os.fsencode")
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


@model("builtins.dict", "collections.OrderedDict", "collections.ChainMap", "types.MappingProxyType")
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


@model("types.SimpleNamespace", "argparse.Namespace")
def _namespace(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    made = Object("instance", dict(arguments.keywords))
    for given in [*arguments.positional, *([arguments.rest_keywords] if arguments.rest_keywords is not None else [])]:
        made = walk.absorbed(made, given, node) if not given.path.endswith(".*") else made.with_rest(given)
    return walk.new_object(made)


@model("collections.defaultdict", "collections.Counter")
def _defaultdict(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    made = walk.new_object(Object("dict", {}))
    factory = arguments.get(0)
    if factory is not None and factory.refs and not walk.objects(factory):
        for number in made.objects():
            walk.factories[number] = factory
    return made


@model("builtins.type")
def _type(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    owners = [found.owner for found in walk.objects(given) if found.owner is not None] if given is not None else []
    if len(arguments.positional) != 1 or not owners:
        return None
    return Value(refs=tuple(dict.fromkeys(owners)))


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
def mapped(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    """``map(function, *sequences)``."""
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


def _in_all(facts: list[Facts]) -> Facts:
    """What each of several items says."""
    common = dict(facts[0])
    for one in facts[1:]:
        known = dict(one)
        common = {symbol: kinds & known[symbol] for symbol, kinds in common.items() if symbol in known}
    return tuple((symbol, kinds) for symbol, kinds in common.items() if kinds)


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
            return BOOL.but(no=tuple(fact for item in items for fact in item.no), yes=_in_all([item.yes for item in items]))
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


@model("builtins.len")
def _len(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0)
    facts = walk.when_empty(given) if given is not None else ()
    return Value(kind="number", no=facts) if facts else None


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
    chosen = walk.members_named(owner, name, node)
    if chosen is not None:
        return join(chosen, arguments.positional[2]) if len(arguments.positional) > 2 else chosen
    live = [t for t in name.taints if t.label in ("event", "stored") and walk.alive(t, "code-evaluation")]
    open_names = [ref for ref in owner.refs if isinstance(ref, External) and ref.name in _RISKY_MODULES]
    for taint in live if open_names else ():
        walk.report("code-evaluation", "getattr", node, taint, 1, "the function that is called is chosen by foreign data")
    return UNKNOWN if not live else walk.derived([name], node)


_RISKY_MODULES = frozenset({"os", "subprocess", "builtins", "__builtins__", "importlib", "sys", "shutil", "pickle"})


@model("builtins.dir")
def _dir(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return walk.new_object(Object("list", {}, Value(kind="text")))


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
