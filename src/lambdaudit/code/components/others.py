"""Ruby, .NET and PHP: metadata of what is installed."""

import posixpath
import re
from typing import Any

import msgspec

from .found import MIB, Found
from .tree import Tree

GEMSPEC = re.compile(r"(?:.*/)?specifications/(?:default/)?([^/]+)\.gemspec$")
_GEM = re.compile(r"(.+?)-([0-9][0-9A-Za-z.]*)(?:-(?:x86_64|aarch64|arm64|x86|arm|java|universal|ruby)[\w.-]*)?")
_GEM_FIELD = re.compile(r"^[ \t]{0,20}s\.(name|version|licenses?)[ \t]{0,20}=[ \t]{0,20}(.{1,500})$", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")


def read_gemspec(tree: Tree, path: str, found: Found) -> None:
    """A gem's specification as RubyGems installs it; its file name is enough when its text is not of the usual form."""
    name = GEMSPEC.fullmatch(path)
    assert name, path
    text = (tree.read(path, MIB) or b"").decode("utf-8", "replace")
    fields = {field: _QUOTED.findall(value) for field, value in _GEM_FIELD.findall(text)}
    parts = _GEM.fullmatch(name[1])
    gem = (fields.get("name") or [parts[1] if parts else ""])[0]
    version = (fields.get("version") or [parts[2] if parts else ""])[0]
    if not gem or not version:
        found.limit(f"{path}: it names no gem and version")
        return
    licence = " OR ".join(fields.get("licenses") or fields.get("license") or ())
    identity = found.add("RubyGems", gem, version, path, tree.origin(path), licence=licence)
    root = posixpath.dirname(posixpath.dirname(path))
    found.owners[f"{root}/gems/{name[1]}/".lstrip("/") if not root else f"{root}/gems/{name[1]}/"] = identity


def _json(tree: Tree, path: str, found: Found, most: int) -> Any:
    data = tree.read(path, most)
    try:
        return msgspec.json.decode((data or b"").removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found.limit(f"{path}: is no JSON")
        return None


def read_deps_json(tree: Tree, path: str, found: Found) -> None:
    """A .deps.json file of .NET: the libraries that the host loads, packages of NuGet among them."""
    document = _json(tree, path, found, 16 * MIB)
    libraries = document.get("libraries") if isinstance(document, dict) else None
    if not isinstance(libraries, dict):
        return
    folder = posixpath.dirname(path)
    direct = _direct_of(document)
    files = _files_of(document)
    for key, library in libraries.items():
        name, slash, version = str(key).partition("/")
        if not slash or not isinstance(library, dict) or library.get("type") != "package":
            continue
        hashes = [("SHA-512", h[7:])] if isinstance(h := library.get("sha512"), str) and h.startswith("sha512-") else []
        known = (name in direct) if direct is not None else None
        identity = found.add("NuGet", name, version, path, tree.origin(path), direct=known, hashes=_hex(hashes))
        for file in files.get(str(key), ()):
            found.owners[f"{folder}/{file}" if folder else file] = identity


def _hex(hashes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Base64 digests in hex."""
    import base64
    import binascii

    rows = []
    for kind, text in hashes:
        try:
            rows.append((kind, base64.b64decode(text, validate=True).hex()))
        except (binascii.Error, ValueError):
            continue
    return rows


def _targets(document: Any) -> list[tuple[str, Any]]:
    targets = document.get("targets")
    sections = targets.values() if isinstance(targets, dict) else ()
    return [(str(k), v) for section in sections if isinstance(section, dict) for k, v in section.items() if isinstance(v, dict)]


def _direct_of(document: Any) -> set[str] | None:
    """Names that the project itself asks for."""
    libraries = document["libraries"]
    projects = {str(k) for k, v in libraries.items() if isinstance(v, dict) and v.get("type") == "project"}
    found: set[str] | None = None
    for key, target in _targets(document):
        if key in projects and isinstance(target.get("dependencies"), dict):
            found = (found or set()) | {str(n) for n in target["dependencies"]}
    return found


def _files_of(document: Any) -> dict[str, list[str]]:
    return {
        key: [posixpath.basename(str(f)) for f in t["runtime"]]
        for key, t in _targets(document)
        if isinstance(t.get("runtime"), dict)
    }


def read_composer(tree: Tree, path: str, found: Found) -> None:
    """vendor/composer/installed.json: what Composer installed, in its forms of version 1 and 2."""
    document = _json(tree, path, found, 32 * MIB)
    packages = document.get("packages") if isinstance(document, dict) else document
    if not isinstance(packages, list):
        return
    vendor = posixpath.dirname(posixpath.dirname(path))
    for row in packages:
        if isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("version"), str):
            licence = row.get("license")
            names = licence if isinstance(licence, list) else [licence]
            identity = found.add(
                "Packagist", row["name"], row["version"].removeprefix("v"), path, tree.origin(path),
                licence=" OR ".join(n for n in names if isinstance(n, str)),
            )  # fmt: skip
            found.owners[f"{vendor}/{row['name']}/"] = identity
