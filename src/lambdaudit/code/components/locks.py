"""Lock files: what a build asked for, with exact versions. Declared is not installed, so these components are marked.

What a lock file marks as needed for development only is left out.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from .found import MIB, Found
from .tree import Tree

MOST = 32 * MIB
_MOST_ROWS = 20_000
Row = tuple[str, str, str]
"""Ecosystem, name, version."""
_PIN = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*===?\s*([0-9A-Za-z.!+_-]+)(?:\s*(?:[;\\#].*|\s--.*)?)$")
_YARN_HEAD = re.compile(r'^"?((?:@[^/"@]+/)?[^"@,\s]+)@(?:npm:((?:@[^/"@]+/)?[^"@,:\s]+)@)?[^\n]*:\s*$')
_YARN_VERSION = re.compile(r'^ {2}"?version"?:? "?([^"\s]+)"?\s*$')
_PNPM = re.compile(r"^ {2}['\"]?/?((?:@[^/'\"@]+/)?[^/'\"@(]+)[@/]([0-9]+\.[0-9]+\.[0-9]+[^('\":_]*)(?:[(_][^'\"]*)?['\"]?:")
_GEM = re.compile(r"^ {4}([A-Za-z0-9._-]+) \(([0-9][^)]*)\)\s*$")


def read_lock(tree: Tree, path: str, found: Found) -> None:
    """Any of the lock files in `READERS`, by its name."""
    data = tree.read(path, MOST)
    if data is None:
        found.limit(f"{path}: cannot be read, or is larger than {MOST // MIB} MiB")
        return
    reader = reader_of(path)
    assert reader, path
    try:
        rows = dict.fromkeys(_bounded(reader(data.decode("utf-8-sig", "replace"))))
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError, RecursionError):
        found.limit(f"{path}: is damaged, or of a form that is not known")
        return
    origin = tree.origin(path)
    for ecosystem, name, version in rows:
        found.add(ecosystem, name, version, path, origin, how="lock file")


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number >= _MOST_ROWS:
            return
        if isinstance(row[1], str) and isinstance(row[2], str) and row[1] and row[2]:
            yield row


def _json(text: str) -> Any:
    return msgspec.json.decode(text)


def _requirements(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        pin = _PIN.match(line)
        if pin:
            yield "PyPI", pin[1], pin[2]


def _pipfile(text: str) -> Iterator[Row]:
    document = _json(text)
    for name, row in (document.get("default") or {}).items():
        if isinstance(row, dict) and isinstance(row.get("version"), str):
            yield "PyPI", name, row["version"].lstrip("=")


_DEVELOPMENT = (["dev"], ["test"], ["tests"], ["docs"], ["lint"])
"""Groups of poetry and pdm that no deployment takes along."""


def _toml(ecosystem: str, section: str) -> Callable[[str], Iterator[Row]]:
    def read(text: str) -> Iterator[Row]:
        for row in tomllib.loads(text).get(section) or ():
            source = row.get("source")
            own = isinstance(source, dict) and ("virtual" in source or "editable" in source)
            own = own or row.get("category") == "dev" or row.get("groups") in _DEVELOPMENT
            if "version" in row and not own and (ecosystem != "crates.io" or source is not None):
                yield ecosystem, row["name"], row["version"]

    return read


def _npm(text: str) -> Iterator[Row]:
    document = _json(text)
    packages = document.get("packages")
    if isinstance(packages, dict):
        for place, row in packages.items():
            left_out = row.get("link") or row.get("dev") is True
            if "node_modules/" in place and not left_out and isinstance(row.get("version"), str):
                yield "npm", row.get("name") or place.rpartition("node_modules/")[2], row["version"]
        return
    stack = [document.get("dependencies") or {}]
    while stack:
        for name, row in stack.pop().items():
            if isinstance(row.get("version"), str) and row["version"][:1].isdigit() and row.get("dev") is not True:
                yield "npm", name, row["version"]
            if isinstance(row.get("dependencies"), dict):
                stack.append(row["dependencies"])


def _yarn(text: str) -> Iterator[Row]:
    name = ""
    for line in text.splitlines():
        head = _YARN_HEAD.match(line)
        if head:
            name = head[2] or head[1]
        elif name and (version := _YARN_VERSION.match(line)):
            if version[1][:1].isdigit() and "-use.local" not in version[1]:
                yield "npm", name, version[1]
            name = ""


def _pnpm(text: str) -> Iterator[Row]:
    inside = False
    last: Row | None = None
    for line in text.splitlines():
        row = _PNPM.match(line) if inside else None
        if last and (row or not line.startswith("    ")):
            yield last
            last = None
        if line and not line[0].isspace():
            inside = line.startswith(("packages:", "snapshots:"))
        elif row:
            last = "npm", row[1], row[2]
        elif line.strip() == "dev: true":
            last = None
    if last:
        yield last


def _gems(text: str) -> Iterator[Row]:
    inside = False
    for line in text.splitlines():
        if line and not line[0].isspace():
            inside = line.startswith("GEM")
        elif inside and (row := _GEM.match(line)):
            yield "RubyGems", row[1], re.sub(r"-(?:x86_64|aarch64|arm64|x86|arm|java|universal)[\w.-]*$", "", row[2])


def _nuget(text: str) -> Iterator[Row]:
    for target in _json(text)["dependencies"].values():
        for name, row in target.items():
            if isinstance(row.get("resolved"), str):
                yield "NuGet", name, row["resolved"]


def _composer(text: str) -> Iterator[Row]:
    for row in _json(text).get("packages") or ():
        yield "Packagist", row["name"], row["version"].removeprefix("v")


def _go_mod(text: str) -> Iterator[Row]:
    """What go.mod asks for, with its replacements. go.sum is no list: it also has versions that the build does not take."""
    wanted: dict[str, str] = {}
    block = ""
    for line in text.splitlines():
        words = line.partition("//")[0].split()
        if words[:1] == [")"]:
            block = ""
        elif len(words) == 2 and words[1] == "(":
            block = words[0]
        elif words:
            _go_line([block, *words] if block else words, wanted)
    for name, version in wanted.items():
        yield "Go", name, version


def _go_line(words: list[str], wanted: dict[str, str]) -> None:
    if words[0] == "require" and len(words) == 3:
        wanted[words[1]] = words[2]
    elif words[0] == "replace" and "=>" in words and wanted.get(words[1]) and words[2] in ("=>", wanted[words[1]]):
        del wanted[words[1]]
        new = words[words.index("=>") + 1 :]
        if len(new) == 2:
            wanted[new[0]] = new[1]


def _gradle(text: str) -> Iterator[Row]:
    """A line for each module, with the configurations that take it: those of tests alone are left out."""
    for line in text.splitlines():
        module, _, configurations = line.partition("=")
        parts = module.split(":")
        if len(parts) == 3 and any(not name.startswith(("test", "annotation")) for name in configurations.split(",")):
            yield "Maven", f"{parts[0]}:{parts[1]}", parts[2]


READERS: dict[str, Callable[[str], Iterable[Row]]] = {
    "Pipfile.lock": _pipfile, "poetry.lock": _toml("PyPI", "package"), "uv.lock": _toml("PyPI", "package"),
    "pdm.lock": _toml("PyPI", "package"), "pylock.toml": _toml("PyPI", "packages"), "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm, ".package-lock.json": _npm, "yarn.lock": _yarn, "pnpm-lock.yaml": _pnpm, "Gemfile.lock": _gems,
    "packages.lock.json": _nuget, "composer.lock": _composer, "Cargo.lock": _toml("crates.io", "package"), "go.mod": _go_mod,
    "gradle.lockfile": _gradle,
}  # fmt: skip
_REQUIREMENTS = re.compile(r"(?:[\w.-]*[._-])?requirements(?:[._-][\w.-]*)?\.txt")
_NOT_DEPLOYED = re.compile(r"(?:^|[._-])(?:dev|develop|development|test|tests|testing|lint|docs?|ci)(?:$|[._-])")
_PYLOCK = re.compile(r"pylock\.[\w-]+\.toml")


def reader_of(path: str) -> Callable[[str], Iterable[Row]] | None:
    """What reads a lock file of this name; None for a file that is none."""
    name = path.rpartition("/")[2]
    if name in READERS:
        return READERS[name]
    if _REQUIREMENTS.fullmatch(name) or (name.endswith(".txt") and path.endswith(f"requirements/{name}")):
        return None if _NOT_DEPLOYED.search(name) else _requirements
    return READERS["pylock.toml"] if _PYLOCK.fullmatch(name) else None
