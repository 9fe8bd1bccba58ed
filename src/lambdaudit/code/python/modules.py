"""Where Python's imports find files in a function's file system, and where a Handler setting points."""

from collections.abc import Iterable

from ..flow.frontend import EntryPoint

ROOTS = ("/var/task", "/opt/python", "/opt/python/lib")
_VENDORED = ("/site-packages/", "/dist-packages/", "/node_modules/", "/vendor/", "/vendored/", "/_vendor/", "/.venv/", "/venv/")


def search_roots(paths: frozenset[str], importer: str) -> list[str]:
    """The folders that an absolute import is looked up in: the package, layers, and for plain folders the importer's own."""
    folder = importer.rsplit("/", 1)[0]
    roots = [*ROOTS]
    if not importer.startswith("/var/task/"):
        parts = folder.split("/")
        roots = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)] + roots
    elif folder not in roots:
        roots.append(folder)
    return roots


def roots_of(installed: Iterable[str]) -> frozenset[str]:
    """Paths of libraries in the form of :func:`vendored_roots`."""
    return frozenset(f"{folder}/{name.lower()}" for folder, _, name in (path.rpartition("/") for path in installed))


def resolve(paths: frozenset[str], importer: str, module: str, level: int, installed: frozenset[str] = frozenset()) -> str | None:
    """The file of a module: ``…/m.py``, ``…/m/__init__.py``, or ``…/m/`` for a folder without one; None when it is foreign."""
    relative = module.replace(".", "/")
    if level:
        base = importer.rsplit("/", level)[0] if importer.count("/") >= level else ""
        return _at(paths, f"{base}/{relative}" if relative else base)
    for root in search_roots(paths, importer):
        found = _at(paths, f"{root}/{relative}")
        if found is not None:
            return None if is_vendored(found, vendored_roots(paths), installed) else found
    return None


def _at(paths: frozenset[str], base: str) -> str | None:
    for candidate in (f"{base}/__init__.py", f"{base}.py"):
        if candidate in paths:
            return candidate
    folder = base + "/"
    return folder if any(path.startswith(folder) and path.endswith(".py") for path in paths) else None


_ROOTS_MEMO: dict[int, tuple[frozenset[str], frozenset[str]]] = {}


def vendored_roots(paths: frozenset[str]) -> frozenset[str]:
    """Names with folder that installed distributions brought: folders beside a ``*.dist-info`` / ``*.egg-info``.

    The distribution's own name is used, its ``top_level.txt`` is not read; a folder that holds many of them (``/var/task`` of a
    zip made with ``pip install -t``) keeps its own modules because only the distribution's names are vendored.
    """
    memo = _ROOTS_MEMO.get(id(paths))
    if memo is not None and memo[0] is paths:
        return memo[1]
    found = set()
    for path in paths:
        for mark in (".dist-info/", ".egg-info/"):
            place = path.find(mark)
            if place > 0:
                folder, _, name = path[:place].rpartition("/")
                plain = name.split("-")[0].lower().replace(".", "_")
                found.add(f"{folder}/{_IMPORT_NAMES.get(plain, plain)}")
    result = frozenset(found)
    _ROOTS_MEMO.clear()
    _ROOTS_MEMO[id(paths)] = (paths, result)
    return result


_IMPORT_NAMES = {
    "pyyaml": "yaml",
    "pyjwt": "jwt",
    "beautifulsoup4": "bs4",
    "python_dateutil": "dateutil",
    "pillow": "pil",
    "scikit_learn": "sklearn",
    "mysql_connector_python": "mysql",
    "psycopg2_binary": "psycopg2",
    "aws_lambda_powertools": "aws_lambda_powertools",
    "python_jose": "jose",
    "pycryptodome": "crypto",
    "protobuf": "google",
    "attrs": "attr",
    "opencv_python": "cv2",
    "opencv_python_headless": "cv2",
    "python_multipart": "multipart",
    "typing_extensions": "typing_extensions",
}


def is_vendored(path: str, roots: frozenset[str], installed: frozenset[str] = frozenset()) -> bool:
    """Whether a file belongs to an installed library."""
    if any(mark in path for mark in _VENDORED):
        return True
    parts = path.split("/")
    for count in range(2, len(parts) + 1):
        last = parts[count - 1].removesuffix(".py").lower()
        place = f"{'/'.join(parts[: count - 1])}/{last}"
        if place in roots or place in installed:
            return True
    return False


def entries(paths: frozenset[str], handler: str) -> tuple[EntryPoint, ...]:
    """``src/app.handler`` and ``pkg.mod.fn`` both ways: Lambda takes the part behind the last dot as the name."""
    module, _, name = handler.strip().rpartition(".")
    if not module or not name or len(handler) > 512:
        return ()
    found = []
    plain = module.replace(".", "/").strip("/")
    for root in ("/var/task", "/opt/python", "/opt"):
        candidates = (f"{root}/{plain}.py", f"{root}/{plain}/__init__.py")
        found += [EntryPoint(candidate, name) for candidate in candidates if candidate in paths]
    if not found:
        ends = (f"/{plain}.py", f"/{plain}/__init__.py")
        found = [EntryPoint(path, name) for path in sorted(paths, key=lambda p: (p.count("/"), p)) if path.endswith(ends)]
    return tuple(found[:3])


def own(paths: Iterable[str], installed: frozenset[str] = frozenset()) -> list[str]:
    """The Python files that are no installed library, shallow ones first."""
    every = frozenset(paths)
    roots = vendored_roots(every)
    found = [path for path in every if path.endswith(".py") and not is_vendored(path, roots, installed)]
    return sorted(found, key=lambda path: (path.count("/"), path))
