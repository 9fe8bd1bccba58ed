"""Goes over all files once, has each read by what it is, and puts the findings together."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from lambdaudit.code.package import Limits, read
from lambdaudit.model.code import CodeIssue, Component

from . import binaries, bundles, java, javascript, leftovers, locks, manifests, others, python, system
from .found import KIB, MIB, Found
from .reach import owner_of
from .tree import Members, Tree

_SCRIPT = (".js", ".mjs", ".cjs")
_MOST_BUNDLES, _MOST_PROGRAMS, _MOST_ARCHIVES = 400, 60, 600
_ARCHIVES = (".jar", ".war", ".ear", ".aar", ".whl", ".egg")
_IN_MODULES = re.compile(r"(?:^|/)node_modules/")
_LIMITS = Limits(inflated=400 * MIB, file=4 * MIB, nested=64 * MIB)
Reader = Callable[[Tree, str, Found], None]


@dataclass(frozen=True, slots=True)
class Collected:
    """What was found: `components` that are there, `declared` ones that only a lock file names and that are not there.

    `issues` are faults of manifests and files that do not belong into a package, `limits` sentences about what could not be read,
    `owners` the component that a folder (with a slash at the end) or file belongs to, by package URL: see `owner_of`.
    """

    components: tuple[Component, ...]
    declared: tuple[Component, ...]
    issues: tuple[CodeIssue, ...]
    limits: tuple[str, ...]
    owners: dict[str, str]


def read_components(tree: Tree) -> Collected:
    """Everything third-party in the files. Sorted, the same for the same files. Raises nothing for bad content."""
    found = Found()
    paths = tree.files()
    for path in paths:
        if path.endswith("os-release") and system.OS_RELEASE.fullmatch(path):
            system.read_os_release(tree, path, found)
        elif path.endswith("/REQUESTED"):
            found.direct[path] = set()
    _read_own(tree, paths, found)
    _read_files(tree, paths, found)
    _read_vendored(tree, paths, found)
    _read_large(tree, paths, found)
    leftovers.read_leftovers(tree, paths, found)
    return _collected(found)


_TELLING = (
    ".json", "METADATA", "PKG-INFO", ".egg-info", ".gemspec", ".properties", ".lock", ".yaml", ".txt", ".toml", ".mod",
    ".lockfile", "pom.xml", ".sqlite",
    "Packages", ".db", "installed", "status",
)  # fmt: skip


def _reader(path: str, name: str) -> Reader | None:
    """What reads a small file of this name."""
    if not name.endswith(_TELLING) and "/dpkg/status.d/" not in path:
        return None
    if name == "package.json":
        return javascript.read_installed if javascript.INSTALLED.fullmatch(path) else None
    if name in ("METADATA", "PKG-INFO") or name.endswith(".egg-info"):
        return python.read_metadata if python.METADATA.fullmatch(path) else None
    if name.endswith(".gemspec"):
        return others.read_gemspec if others.GEMSPEC.fullmatch(path) else None
    if name.endswith(".deps.json"):
        return others.read_deps_json
    if name == "pom.properties":
        return java.read_pom if java.POM.fullmatch(path) else None
    if name == "pom.xml":
        return java.read_pom_xml if java.POM_XML.fullmatch(path) else None
    if name == "installed.json":
        return others.read_composer if path.endswith("composer/installed.json") else None
    for pattern, reader in _SYSTEM:
        if pattern.fullmatch(path):
            return reader
    return locks.read_lock if _IN_MODULES.search(path) is None and locks.reader_of(path) else None


def _no_reader(tree: Tree, path: str, found: Found) -> None:
    found.limit(f"{path}: this form of the rpm database is not read; the packages of the image's operating system are not listed")


_SYSTEM: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (system.DPKG, system.read_dpkg),
    (system.APK, system.read_apk),
    (system.RPM_SQLITE, system.read_rpm),
    (system.RPM_OTHER, _no_reader),
)


def _read_own(tree: Tree, paths: tuple[str, ...], found: Found) -> None:
    """Manifests of the function itself, first: they tell which packages are direct."""
    everything = set(paths)
    for path in paths:
        name = path.rpartition("/")[2]
        if name == "package.json" and _IN_MODULES.search(path) is None:
            own = javascript.read_own(tree, path, found)
            folder = posixpath.dirname(path)
            locked = any(posixpath.join(folder, lock) in everything for lock in _JS_LOCKS)
            if own is not None:
                manifests.package_json(path, own, locked, tree.origin(path), found)
        elif name.endswith("requirements.txt") and locks.reader_of(path) and ".dist-info/" not in path:
            manifests.requirements(tree, path, found)


_JS_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")


def _read_files(tree: Tree, paths: tuple[str, ...], found: Found) -> None:
    for path in paths:
        name = path.rpartition("/")[2]
        reader = _reader(path, name)
        if reader:
            reader(tree, path, found)


def _read_vendored(tree: Tree, paths: tuple[str, ...], found: Found) -> None:
    """Well-known Python packages in folders that no installed distribution claims."""
    for place, (distribution, files) in sorted(python.vendored(paths).items()):
        if place not in found.owners:
            python.read_vendored(tree, place, distribution, files, found, paths)


def _read_large(tree: Tree, paths: tuple[str, ...], found: Found) -> None:
    """Bundles, source maps, archives and programs: read whole, each kind only so often."""
    counts = {"bundles": 0, "programs": 0, "archives": 0}

    def allowed(kind: str, most: int) -> bool:
        counts[kind] += 1
        if counts[kind] == most + 1:
            found.limit(f"more than {most} {kind}; the rest was not looked into")
        return counts[kind] <= most

    for path in paths:
        name = path.rpartition("/")[2]
        lower = name.lower()
        if lower.endswith(_ARCHIVES):
            if allowed("archives", _MOST_ARCHIVES):
                _read_archive(tree, path, found)
        elif lower.endswith((*_SCRIPT, ".license.txt")):
            own = _IN_MODULES.search(path) is None and not owner_of(found.owners, path)
            if own and tree.size(path) >= KIB and allowed("bundles", _MOST_BUNDLES):
                bundles.read_bundle(tree, path, found)
        elif lower.endswith((".js.map", ".mjs.map", ".cjs.map")):
            if _IN_MODULES.search(path) is None and allowed("bundles", _MOST_BUNDLES):
                bundles.read_map(tree, path, found)
        elif (
            (binaries.is_program_name(name) or binaries.product_of(name))
            and tree.size(path) >= 16 * KIB
            and tree.head(path, 4) == b"\x7fELF"
            and allowed("programs", _MOST_PROGRAMS)
        ):
            binaries.read_program(tree, path, found)


def _read_archive(tree: Tree, path: str, found: Found) -> None:
    """A jar, wheel or egg: its files are read as if they lay in a folder ``path!/``."""
    data = tree.read(path, _LIMITS.nested)
    if data is None:
        found.limit(f"{path}: cannot be read, or is larger than {_LIMITS.nested // MIB} MiB")
        return
    package = read(data, _LIMITS)
    inside = Members(package.files, f"{path}!/", tree.origin(path))
    paths = inside.files()
    _read_files(inside, paths, found)
    for jar in sorted({path, *(p.rpartition("!/")[0] for p in paths)}):
        if jar.lower().endswith(".jar"):
            java.read_jar(inside, jar, _Below(inside, f"{jar}!/"), found)
    broken = [p for p in package.problems if p.kind in ("broken", "bomb", "too many", "encrypted", "too deep")]
    for problem in broken[:3]:
        found.limit(f"{path}: {problem}")


class _Below(Members):
    """The files of one archive among those of an archive around it."""

    def __init__(self, inside: Members, prefix: str) -> None:
        self._members = {p: m for p, m in inside._members.items() if p.startswith(prefix)}
        self._origin = inside.origin("")


def _collected(found: Found) -> Collected:
    """Join what several places tell of one component: the surest entry of each package URL and origin stays."""
    components = _without_shadows(list(found.components.values()))
    there = {(c.ecosystem, c.name.lower(), c.version) for c in components}
    declared = {c.purl: c for c in found.declared if (c.ecosystem, c.name.lower(), c.version) not in there}
    nameless = [c for c in components if not c.version]
    if nameless:
        components = _with_locked_versions(components, found.declared)
        there = {(c.ecosystem, c.name.lower(), c.version) for c in components}
        declared = {purl: c for purl, c in declared.items() if (c.ecosystem, c.name.lower(), c.version) not in there}
    return Collected(
        components=tuple(sorted(components, key=lambda c: (c.ecosystem, c.name, c.version, c.origin, c.path))),
        declared=tuple(sorted(declared.values(), key=lambda c: (c.ecosystem, c.name, c.version, c.path))),
        issues=tuple(sorted(found.issues, key=lambda i: (i.kind, i.where.source, i.where.line, i.text))),
        limits=tuple(found.limits),
        owners={path: purl for path, purl in found.owners.items() if purl},
    )


_SURE = ("metadata", "build info")


def _without_shadows(components: list[Component]) -> list[Component]:
    """One entry for what two signs tell of one file, and none without a version beside one with it in the same place."""
    versions: dict[tuple[str, str, str], set[str]] = {}
    for c in components:
        if c.version:
            versions.setdefault((c.ecosystem, c.name.lower(), _place(c)), set()).add(c.version)
    kept = [c for c in components if c.version or (c.ecosystem, c.name.lower(), _place(c)) not in versions]
    rows: dict[tuple[str, str, str], Component] = {}
    for c in sorted(kept, key=lambda c: (c.how not in _SURE, len(c.path), c.path)):
        key = (c.purl, c.origin, "" if c.how not in _SURE else c.path)
        if c.how not in _SURE and any((c.purl, c.origin, other) in rows for other in _around(c.path)):
            continue
        rows.setdefault(key, c)
    return list(rows.values())


def _place(component: Component) -> str:
    return posixpath.dirname(component.path).partition("!/")[0]


def _around(path: str) -> tuple[str, ...]:
    folder = posixpath.dirname(path)
    return tuple(f"{folder}/{name}" if folder else name for name in ("package.json", "METADATA", "PKG-INFO"))


def _with_locked_versions(components: list[Component], declared: list[Component]) -> list[Component]:
    """A bundle's package without a version gets the one that the lock file beside it names, if it names only one."""
    locked: dict[str, set[str]] = {}
    for c in declared:
        if c.ecosystem == "npm":
            locked.setdefault(c.name, set()).add(c.version)
    rows = []
    for c in components:
        versions = locked.get(c.name, set()) if c.ecosystem == "npm" and not c.version else set()
        if len(versions) == 1:
            (version,) = versions
            from .found import purl

            c = msgspec.structs.replace(c, version=version, purl=purl("npm", c.name, version), how=f"{c.how}, lock file")
        rows.append(c)
    return rows
