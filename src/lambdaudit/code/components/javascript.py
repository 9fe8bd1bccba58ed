"""JavaScript: packages below node_modules, and what the package's own manifest asks for."""

import re
from typing import Any

import msgspec

from .found import MIB, Found
from .tree import Tree

INSTALLED = re.compile(r"(?:^|.*/)node_modules/((?:@[^/]+/)?[^/@.][^/]*)/package\.json$")


class Manifest(msgspec.Struct):
    """The fields of a package.json that matter here; each may hold anything."""

    name: Any = None
    version: Any = None
    license: Any = None
    licenses: Any = None
    dependencies: Any = None
    optional: Any = msgspec.field(name="optionalDependencies", default=None)
    development: Any = msgspec.field(name="devDependencies", default=None)


_DECODER = msgspec.json.Decoder(Manifest)


def manifest(tree: Tree, path: str, found: Found) -> Manifest | None:
    """A package.json; None, and a sentence among the limits, when it cannot be read."""
    data = tree.read(path, 4 * MIB)
    if data is None:
        found.limit(f"{path}: cannot be read")
        return None
    try:
        return _DECODER.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found.limit(f"{path}: is no JSON object")
        return None


def read_installed(tree: Tree, path: str, found: Found) -> None:
    """The manifest of an installed package."""
    read = manifest(tree, path, found)
    if read is None:
        return
    folder = INSTALLED.fullmatch(path)
    assert folder, path
    name = read.name if isinstance(read.name, str) and read.name else folder[1]
    if not isinstance(read.version, str) or not read.version:
        return  # folders such as node_modules/x/esm hold manifests that only set a module type
    root = path[: path.index("node_modules/")] if path.startswith("node_modules/") else path[: path.index("/node_modules/") + 1]
    wanted = found.direct.get(root)
    depth = path.count("node_modules/")
    direct = None if wanted is None else depth == 1 and folder[1] in wanted
    identity = found.add(
        "npm", name, read.version.removeprefix("v"), path, tree.origin(path), licence=_licence(read), direct=direct
    )
    found.owners[path.removesuffix("package.json")] = identity


def read_own(tree: Tree, path: str, found: Found) -> Manifest | None:
    """The manifest of the function itself: which packages it asks for directly."""
    read = manifest(tree, path, found)
    if read is not None:
        wanted: set[str] = set()
        for section in (read.dependencies, read.optional):
            if isinstance(section, dict):
                wanted |= {str(name) for name in section}
        found.direct[path.removesuffix("package.json")] = wanted
    return read


def _licence(read: Manifest) -> str:
    for value in (read.license, read.licenses):
        rows = value if isinstance(value, list) else [value]
        names = [r if isinstance(r, str) else r.get("type", "") for r in rows if isinstance(r, str | dict)]
        if any(names):
            return " OR ".join(str(n) for n in names if n)
    return ""
