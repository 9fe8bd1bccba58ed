"""Models of buffers, queues, open files and temporary files."""

from typing import Any

from .. import ir
from .calls import Hole
from .invoke import Arguments
from .library import Library
from .python_registry import model
from .state import Object
from .values import UNKNOWN, External, Value

OPENERS = frozenset(
    {"builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "aiofiles.open", "io.FileIO", "os.open"}
)
_WRITES = frozenset("wax+")


def _base(node: ir.Node) -> str:
    function = node.function if isinstance(node, ir.Call) else None
    name = function.name if isinstance(function, ir.Attribute) else function.id if isinstance(function, ir.Name) else "buffer"
    return f"{name}()"


@model("io.BytesIO", "io.StringIO", "builtins.bytearray")
def _buffer(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "initial_bytes", "initial_value", "source")
    if given is not None and walk.objects(given):
        given = walk.derived([given], node, kind=given.kind)
    return walk.new_buffer(f"io.{_base(node)}", given if given is not None and given.kind != "number" else None)


@model("io.TextIOWrapper", "io.BufferedReader", "io.BufferedWriter", "builtins.memoryview")
def _wrapped(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    given = arguments.get(0, "buffer", "raw")
    if given is None or any(found.kind == "buffer" for found in walk.objects(given)) or "file" in walk.names_of(given):
        return given
    return walk.new_buffer(f"io.{_base(node)}", walk.derived([given], node) if walk.deep_taints(given) else None)


@model(
    "queue.Queue", "queue.SimpleQueue", "queue.LifoQueue", "queue.PriorityQueue", "asyncio.Queue", "asyncio.PriorityQueue",
    "multiprocessing.Queue", "multiprocessing.SimpleQueue", "multiprocessing.Manager().Queue", "multiprocessing.JoinableQueue",
)  # fmt: skip
def _queue(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return walk.new_queue(node)


@model("multiprocessing.Pipe")
def _pipe(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    end = walk.new_buffer("multiprocessing.Connection")
    return walk.new_object(Object("tuple", {0: end, 1: end}))


# ---- what writes into another thing


def _writes(mode: Value | None) -> bool:
    text = mode.single if mode is not None else None
    return isinstance(text, str) and bool(_WRITES & set(text))


def _into(walk: Library, target: Value | None, node: ir.Node, fields: dict[Any, Value] | None = None) -> Value | None:
    if target is None:
        return None
    return walk.new_buffer(f"writer.{_base(node)}", None, {"into": target, **(fields or {})})


@model("csv.writer", "csv.DictWriter")
def _csv(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return _into(walk, arguments.get(0, "csvfile", "f"), node)


@model("gzip.GzipFile", "bz2.BZ2File", "lzma.LZMAFile")
def _packed(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    target = arguments.keywords.get("fileobj") or arguments.get(0, "filename")
    if _writes(arguments.get(1, "mode")):
        return _into(walk, target, node)
    if target is None or not walk.deep_taints(target):
        return None
    return walk.new_buffer(f"gzip.{_base(node)}", walk.derived([target], node))


@model("zipfile.ZipFile", "tarfile.open", "tarfile.TarFile")
def _archive(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    target = arguments.keywords.get("fileobj") or arguments.get(0, "file", "name")
    return _into(walk, target, node) if _writes(arguments.get(1, "mode")) else None


# ---- temporary files


def _temporary(node: ir.Node) -> Value:
    """A name that is made up by the library, another one at each place."""
    return Value(texts=((Hole("", f"temporary:{node.line}:{node.column}"),),), kind="text")


@model(
    "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryFile",
    "tempfile.SpooledTemporaryFile",
    "aiofiles.tempfile.NamedTemporaryFile",
)
def _file(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return walk.new_buffer("tempfile.file", None, {"name": _temporary(node)})


@model("tempfile.mkdtemp", "tempfile.mktemp")
def _name(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return _temporary(node)


@model("tempfile.TemporaryDirectory")
def _folder(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return _temporary(node).but(refs=(External("tempfile.TemporaryDirectory()"),))


@model("tempfile.mkstemp")
def _pair(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    name = _temporary(node)
    return walk.new_object(Object("tuple", {0: walk.new_buffer("tempfile.file", None, {"name": name}), 1: name}))


@model("os.fdopen")
def _fdopen(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return arguments.get(0)


@model("os.write")
def _os_write(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    target, content = arguments.get(0), arguments.get(1)
    if target is not None and content is not None:
        walk.filled(target, content, node)
    return UNKNOWN
