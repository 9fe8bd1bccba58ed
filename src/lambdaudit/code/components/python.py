"""Python: metadata of installed distributions, and vendored packages that lie there without any."""

import posixpath
import re

from .found import KIB, MIB, Found
from .python_modules import MODULES
from .tree import Tree

METADATA = re.compile(r"(?:^|.*/)([^/]+)\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)$|(?:^|.*/)EGG-INFO/PKG-INFO$")
_SITES = {
    "python",
    "site-packages",
    "dist-packages",
    "vendor",
    "_vendor",
    "vendored",
    "lib",
    "libs",
    "package",
    "packages",
    "dependencies",
}
_HEADER = re.compile(r"^(Name|Version|License|License-Expression|Classifier): *(.*)$")
_VERSION_FILES = (
    "__init__.py", "__version__.py", "_version.py", "version.py", "__about__.py", "about.py", "package_data.py", "const.py",
    "release.py", "__meta__.py", "_version_meson.py", "__pkginfo__.py", "metadata.py",
)  # fmt: skip
_BLANKS = r"[ \t]{0,20}"
_TEXT = re.compile(
    r"^#(?:__version__|version|VERSION|__VERSION__|_version|__version|__version_ex__)(?:#:#\w{1,40})?"
    r"(?:#=#(?:version|__version__|VERSION)){0,3}#=#\(?#[bru]?[\"']([0-9][0-9A-Za-z.!+-]{0,40})[\"']".replace("#", _BLANKS),
    re.MULTILINE,
)
_VERSIONEER = re.compile(r'^ "version": "([0-9][0-9A-Za-z.+-]{0,40})"', re.MULTILINE)
_TUPLE = re.compile(
    r"^(?:VERSION|version_info|__version_info__|__version__|version_tuple)(?:#:#[\w\[\], .]{1,80})?#=#"
    r"\(?#([\"']?[0-9]{1,8}[\"']?(?:#,#[\"']?[0-9]{1,8}[\"']?){1,3})((?:#,#[\"'0-9a-z]{1,20}){0,4})".replace("#", _BLANKS),
    re.MULTILINE,
)


def read_metadata(tree: Tree, path: str, found: Found) -> None:
    """A METADATA or PKG-INFO file: name, version and licence stand in its header."""
    data = tree.read(path, 4 * MIB)
    if data is None:
        found.limit(f"{path}: cannot be read")
        return
    fields = _headers(data)
    name, version = fields.get("Name", ""), fields.get("Version", "")
    if not name or not version:
        found.limit(f"{path}: it has no name and version")
        return
    origin = tree.origin(path)
    site = posixpath.dirname(posixpath.dirname(path)) if "/" in path else ""
    folder = posixpath.dirname(path)
    requested = tree.size(f"{folder}/REQUESTED") or f"{folder}/REQUESTED" in found.direct
    identity = found.add(
        "PyPI", name, version, path, origin, licence=fields.get("License-Expression") or fields.get("License", ""),
        direct=True if requested else None,
    )  # fmt: skip
    for owned in _top_level(tree, folder):
        found.owners[f"{site}/{owned}" if site else owned] = identity


def _headers(data: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in data[: 64 * KIB].decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        header = _HEADER.match(line)
        if not header:
            continue
        if header[1] != "Classifier":
            fields.setdefault(header[1], header[2].strip())
        elif header[2].startswith("License ::"):
            fields.setdefault("License", header[2].rpartition("::")[2].strip())
    return fields


def _top_level(tree: Tree, folder: str) -> set[str]:
    """Folders (with a slash) and files that a distribution brings, next to its metadata folder."""
    owned: set[str] = set()
    record = tree.read(f"{folder}/RECORD", 16 * MIB)
    if record:
        for line in record.decode("utf-8", "replace").splitlines():
            first, slash, _ = line.lstrip('"').partition("/")
            if slash:
                if first != ".." and not first.endswith((".dist-info", ".egg-info")):
                    owned.add(f"{first}/")
            elif first:
                owned.add(first.partition(",")[0])
        return owned
    names = tree.read(f"{folder}/top_level.txt", MIB)
    for name in (names or b"").decode("utf-8", "replace").split():
        owned |= {f"{name}/", f"{name}.py"}
    return owned


def vendored(paths: tuple[str, ...]) -> dict[str, tuple[str, list[str]]]:
    """Folders of well-known Python packages, each with its distribution's name and the files that may state the version."""
    places: dict[str, tuple[str, list[str]]] = {}
    for path in paths:
        if not path.endswith(".py"):
            continue
        folder, _, name = path.rpartition("/")
        package = folder.rpartition("/")[2]
        if name in _VERSION_FILES and package in MODULES:
            places.setdefault(f"{folder}/", (MODULES[package], []))[1].append(path)
        elif name[:-3] in MODULES and name[:-3] != "__init__":
            places.setdefault(path, (MODULES[name[:-3]], []))[1].append(path)
    return places


def read_vendored(tree: Tree, place: str, distribution: str, paths: list[str], found: Found) -> None:
    """A package without metadata: its version as its own text states it, ``how="content"``."""
    for path in sorted(paths, key=lambda p: (p.endswith("/__init__.py"), len(p), p)):
        data = tree.read(path, 512 * KIB)
        version = version_in(data.decode("utf-8", "replace")) if data else ""
        if version:
            identity = found.add("PyPI", distribution, version, path, tree.origin(path), how="content")
            found.owners.setdefault(place, identity)
            return
    if (place.endswith("/") or "_" in posixpath.basename(place)) and _is_site(posixpath.dirname(place.rstrip("/"))):
        found.owners.setdefault(place, found.add("PyPI", distribution, "", paths[0], tree.origin(paths[0]), how="content"))


def _is_site(folder: str) -> bool:
    """Whether a folder is one that packages are installed into. Elsewhere the name of a folder alone tells nothing."""
    return folder in ("", "/var/task") or posixpath.basename(folder) in _SITES


def version_in(text: str) -> str:
    """The version that the text of a module assigns to one of the usual names; empty when it assigns none."""
    stated = _TEXT.search(text) or _VERSIONEER.search(text)
    if stated:
        return stated[1]
    numbers = _TUPLE.search(text)
    if not numbers:
        return ""
    version = ".".join(n.strip(" \t\"'") for n in numbers[1].split(","))
    stage = re.search(r"[\"'](a|alpha|b|beta|rc|c)[\"']\s*,\s*([0-9]+)", numbers[2] or "")
    return f"{version}{'rc' if stage[1] == 'c' else stage[1]}{stage[2]}" if stage else version
