"""Where Node finds modules in a function's file system, and where a Handler setting points.

Rules: Node's documentation of CommonJS and of ECMAScript modules; the Lambda runtime adds NODE_PATH (layers, ``/var/task``) and
takes a handler ``folder/file.name`` as the file ``folder/file`` and the export ``name``. What lies below ``node_modules`` is not
walked: libraries are known by name.
"""

from collections.abc import Iterable, Iterator

from ..flow.frontend import EntryPoint

SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx")
_ROOTS = ("/var/task", "/opt/nodejs", "/opt")
_INDEXES = ("index", "dist/index", "lib/index", "src/index", "build/index", "main")
_BUILT = ("dist/", "build/", "lib/", "out/", ".build/", ".webpack/service/", "dist/src/", "build/src/", ".aws-sam/build/")
_VENDORED = ("/node_modules/", "/bower_components/", "/.yarn/", "/.pnpm/")
_TYPED = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
_NOT_OWN = (".d.ts", ".d.mts", ".d.cts", ".min.js.map")
_ALIASES = ("@/", "~/", "src/", "#")


def normal(path: str) -> str:
    """An absolute path without ``.`` and ``..``; it never leads out of the root."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _files(paths: frozenset[str], base: str) -> Iterator[str]:
    """The files that a module path without knowledge of its suffix may mean, in Node's order."""
    if base in paths and base.endswith((*SUFFIXES, ".json")):
        yield base
    stem, dot, suffix = base.rpartition(".")
    if dot and f".{suffix}" in _TYPED:
        for other in _TYPED[f".{suffix}"]:
            if stem + other in paths:
                yield stem + other
    for suffix in (*SUFFIXES, ".json"):
        if base + suffix in paths:
            yield base + suffix
    for index in _INDEXES:
        for suffix in SUFFIXES:
            if f"{base}/{index}{suffix}" in paths:
                yield f"{base}/{index}{suffix}"


def resolve(paths: frozenset[str], importer: str, module: str) -> str | None:
    """The file that ``module`` means in the file `importer`; None for a library, a module of Node, or one that is not there."""
    if module.startswith("node:") or not module or len(module) > 500:
        return None
    folder = importer.rpartition("/")[0]
    if module.startswith((".", "/")):
        base = normal(module if module.startswith("/") else f"{folder}/{module}")
        found = next(_files(paths, base), None)
        return None if found is None or is_vendored(found) else found
    names = [module]
    names += [module[len(alias) :] for alias in _ALIASES if module.startswith(alias)]
    for root in (*_ROOTS, *_above(folder)):
        for name in names:
            if not name.startswith("@") and "/" not in name and name in _BUILTIN:
                continue
            for base in (f"{root}/{name}", f"{root}/src/{name}"):
                found = next(_files(paths, normal(base)), None)
                if found is not None and not is_vendored(found):
                    return found
    return None


def _above(folder: str) -> list[str]:
    """The folder and those above it, up to the package's root: what ``baseUrl`` and path aliases of TypeScript may mean."""
    if folder.startswith("/var/task"):
        return [folder] if folder != "/var/task" else []
    parts = folder.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), max(len(parts) - 6, 0), -1)]


def entries(paths: frozenset[str], handler: str) -> tuple[EntryPoint, ...]:
    """Where a Handler setting points: the file up to the first dot of its last part, the export behind it.

    Where a module has no such export, the runtime looks for it in the object that is the default export.
    """
    folder, _, last = handler.strip().rpartition("/")
    stem, _, name = last.partition(".")
    if not stem or not name or len(handler) > 500:
        return ()
    base = f"{folder}/{stem}" if folder else stem
    bases = [base, *(base.removeprefix(built) for built in _BUILT if base.startswith(built))]
    bases += [f"src/{one}" for one in bases[1:]]
    found: list[EntryPoint] = []
    for root in _roots(paths, handler):
        for one in bases:
            for file in _files(paths, normal(f"{root}/{one}")):
                point = EntryPoint(file, name)
                if not file.endswith(".json") and point not in found:
                    found.append(point)
            if found:
                return (*found, *(EntryPoint(point.path, f"default.{name}") for point in found))
    return ()


def _roots(paths: frozenset[str], handler: str) -> list[str]:
    if handler.startswith("/"):
        return [""]
    first = [root for root in ("/var/task", "/opt/nodejs", "/opt") if any(path.startswith(f"{root}/") for path in paths)]
    return [*first, ""]


def own(paths: Iterable[str]) -> list[str]:
    """The files of the function's own code: JavaScript and TypeScript outside of ``node_modules``, no declarations."""
    return [path for path in paths if path.endswith(SUFFIXES) and not path.endswith(_NOT_OWN) and not is_vendored(path)]


def is_vendored(path: str) -> bool:
    """Whether a file belongs to an installed library."""
    return any(mark in path for mark in _VENDORED)


_BUILTIN = frozenset({
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
    "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os",
    "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream", "string_decoder", "sys",
    "timers", "tls", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
})  # fmt: skip
