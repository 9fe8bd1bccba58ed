"""Python: metadata of installed distributions, and vendored packages that lie there without any."""

import bisect
import itertools
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
_LIBRARY_FILES, _LIBRARY_BYTES = 7, 8 * KIB
"""From how many files, or bytes of a single module, on a name alone tells that it is the library of that name."""
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
    return owned or _by_name(folder)


def _by_name(folder: str) -> set[str]:
    """Without a list of files: the folder and the module that are called like the distribution."""
    name = posixpath.basename(folder).removesuffix(".dist-info").removesuffix(".egg-info").partition("-")[0]
    plain = re.sub(r"[-.]+", "_", name)
    return {f"{each}{end}" for each in (plain, plain.lower()) for end in ("/", ".py")} if plain else set()


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


def read_vendored(tree: Tree, place: str, distribution: str, paths: list[str], found: Found, files: tuple[str, ...]) -> None:
    """A package without metadata: its version as its own text states it, ``how="content"``. `files` are all, sorted."""
    version, path = _stated(tree, paths)
    if version or _is_library(tree, place, files):
        path = path or paths[0]
        found.owners.setdefault(place, found.add("PyPI", distribution, version, path, tree.origin(path), how="content"))


def without_metadata(tree: Tree) -> frozenset[str]:
    """Where well-known packages lie whose metadata were stripped: folders and modules, without slash and suffix."""
    files = tree.files()
    return frozenset(
        place.rstrip("/").removesuffix(".py")
        for place, (_, paths) in vendored(files).items()
        if _stated(tree, paths)[0] or _is_library(tree, place, files)
    )


def _stated(tree: Tree, paths: list[str]) -> tuple[str, str]:
    """The version that one of the files states, and which; empty when none does."""
    for path in sorted(paths, key=lambda p: (p.endswith("/__init__.py"), len(p), p)):
        data = tree.read(path, 512 * KIB)
        if version := version_in(data.decode("utf-8", "replace")) if data else "":
            return version, path
    return "", ""


def _is_library(tree: Tree, place: str, files: tuple[str, ...]) -> bool:
    """Whether what has a library's name, but states no version, is it: own modules may have the name, too, but are small."""
    if not _is_site(posixpath.dirname(place.rstrip("/"))):
        return False
    if not place.endswith("/"):
        return "_" in posixpath.basename(place) and tree.size(place) >= _LIBRARY_BYTES
    first = bisect.bisect_left(files, place)
    below = list(itertools.takewhile(lambda path: path.startswith(place), files[first : first + 2000]))
    return len([p for p in below if p.endswith(".py")]) >= _LIBRARY_FILES or any(p.endswith((".so", ".pyd")) for p in below)


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
