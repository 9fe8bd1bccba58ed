"""The code of functions whose sources lie on this disk, as templates name them: looked into where it is."""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.code import Code, CodeSecret
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import run_key

from .analysis import analyse_function, software_of
from .filesystem import OPT, TASK, FileSystem
from .folder import LIMITS, SourceError, add_file, local
from .image.dockerfile import Build
from .inspect import unknown_code
from .triggers import Services, triggers_of

Show = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the code of a function or layer lies: a folder or archive at `path`, or a `text` called `name` from `where` on.

    `build` is how its image is built: its own code is what the build copies. `patterns` say which files of a folder are taken.
    """

    path: Path | None = None
    text: str = ""
    name: str = ""
    where: Where | None = None
    unknown: Unknown | None = None
    build: Build | None = None
    patterns: tuple[str, ...] = ()


class _Text:
    """The content of a file that stands in a template."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)
        self.mode = 0

    @property
    def stated(self) -> tuple[int, int]:
        return hash(self._data), self.size

    def data(self, most: int = 0) -> bytes | None:
        return None if most and self.size > most else self._data

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        yield self.data(most)


def review_sources(
    inventory: Inventory,
    sources: Mapping[str, Source],
    root: Path,
    *,
    services: Services | None = None,
    show: Show | None = None,
) -> Inventory:
    """The inventory with a `Code` asset for each function. `sources` are by the id of the function or layer version.

    A function whose code is not here gets an asset in which everything is Unknown, with the reason. Paths in the result are
    relative to `root`. Ctrl-C ends it early and marks the coverage as interrupted.
    """
    functions = inventory.of(Function)
    key = run_key()
    codes: list[Code] = []
    interrupted = False
    try:
        for position, fn in enumerate(functions):
            if show:
                show(position, len(functions), fn.name)
            codes.append(_one(fn, inventory, sources, root, key, services))
    except KeyboardInterrupt:
        interrupted = True
        codes += [unknown_code(fn, Unknown("interrupted")) for fn in functions[len(codes) :]]
    return _with_codes(inventory, codes, interrupted)


def look_at(path: Path, fn: Function, triggers: frozenset[str] = frozenset()) -> Code:
    """What is established about code at a path, as that of a function whose variables are not known.

    Raises SourceError when there is nothing to read.
    """
    unset = Unknown("the code is looked at without the settings of a function")
    with local(path, fn.id, _architecture(fn)) as files:
        code = analyse_function(files, function=fn, triggers=triggers, environment=unset, seconds=60)
    code = _placed(code, Source(path=path), fn, {}, path if path.is_dir() else path.parent)
    return _with_dockerfiles(code, path) if path.is_dir() else code


def software_at(path: Path, fn: Function, *, walk: bool) -> Code:
    """The third-party software at a path, as that of a function; see :func:`software_of`. Raises SourceError."""
    with local(path, fn.id, packed=LIMITS) as files:
        code = software_of(files, fn, walk=walk)
    return _placed(code, Source(path=path), fn, {}, path) if path.is_dir() else code


def _with_dockerfiles(code: Code, folder: Path) -> Code:
    """The facts with those of the Dockerfiles in the folder itself; they take the place of secrets found in their text."""
    from .image.dockerfile import is_dockerfile, look

    secrets, issues, limits = code.secrets, code.issues, list(code.limits)
    for path in sorted(folder.iterdir()):
        if not is_dockerfile(path.name) or not path.is_file():
            continue
        file = look(Build(path, folder), identity=f"dockerfile:{path.name}", shown=path.name, key=run_key())
        if file.unread is not None:
            limits.append(file.unread.reason)
        if isinstance(file.secrets, tuple) and isinstance(secrets, tuple):
            rows = ({name: getattr(s, name) for name in CodeSecret.__struct_fields__} for s in file.secrets)
            secrets = (*(s for s in secrets if s.where.source != path.name), *(CodeSecret(**row) for row in rows))
        if isinstance(file.issues, tuple) and isinstance(issues, tuple):
            issues = (*issues, *file.issues)
    return msgspec.structs.replace(code, secrets=secrets, issues=issues, limits=tuple(limits))


def _one(
    fn: Function, inventory: Inventory, sources: Mapping[str, Source], root: Path, key: bytes, services: Services | None
) -> Code:
    source = sources.get(fn.id)
    if source is None or source.unknown is not None:
        return unknown_code(fn, source.unknown if source and source.unknown else Unknown("where its code lies is not stated"))
    if source.build is not None:
        return _from_build(fn, source.build, root, key, triggers_of(inventory, fn, services))
    try:
        with _opened(fn, source, sources) as (files, notes):
            code = analyse_function(
                files,
                function=fn,
                triggers=triggers_of(inventory, fn, services),
                environment=fn.environment,
                digest=_digest(fn, source, sources),
                key=key,
            )
    except SourceError as error:
        return unknown_code(fn, Unknown(str(error)))
    return _placed(msgspec.structs.replace(code, limits=(*code.limits, *notes)), source, fn, sources, root)


def _from_build(fn: Function, build: Build, root: Path, key: bytes, triggers: frozenset[str]) -> Code:
    """What is established about the files that a Dockerfile copies into the image of a function."""
    from .image import ImageFacts
    from .image.dockerfile.files import laid_out

    layout = laid_out(build)
    files = FileSystem(LIMITS)
    shown: dict[str, str] = {}
    for path, disk in layout.files.items():
        if add_file(files, disk, path, fn.id):
            shown[path] = shown_below(disk, root)
    if not shown:
        reason = "; ".join(layout.notes[:1]) or "its Dockerfile copies no files that are here"
        return unknown_code(fn, Unknown(reason))
    files.image = ImageFacts({"config": {"Cmd": list(layout.command)}})
    digest = hashlib.sha256(repr((str(build.dockerfile), build.target, build.arguments)).encode("utf-8", "surrogatepass"))
    code = analyse_function(files, function=fn, triggers=triggers, environment=fn.environment, digest=digest.hexdigest(), key=key)
    code = msgspec.structs.replace(code, limits=(*code.limits, *layout.notes))

    def place(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [place(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("source") in shown:
            return value | {"source": shown[value["source"]]}
        return {name: place(one) for name, one in value.items()}

    return msgspec.convert(place(msgspec.to_builtins(code)), Code)


@contextmanager
def _opened(fn: Function, source: Source, sources: Mapping[str, Source]) -> Iterator[tuple[FileSystem, list[str]]]:
    """The files of a function with those of its layers, and sentences about layers that are not here."""
    notes: list[str] = []
    with ExitStack() as stack:
        if source.path is None:
            files = FileSystem()
            files.add(f"{TASK}/{source.name}", _Text(source.text.encode("utf-8", "surrogatepass")), fn.id)
        else:
            files = stack.enter_context(local(source.path, fn.id, _architecture(fn), patterns=source.patterns))
        for use in () if isinstance(fn.layers, Unknown) else fn.layers:
            layer = sources.get(use.arn)
            if layer is None or layer.path is None:
                notes.append(f"layer {use.arn.rpartition(':layer:')[2]} is not among the sources")
                continue
            files = _merged(files, stack.enter_context(local(layer.path, use.arn)), use.arn)
        yield files, notes


def _merged(files: FileSystem, layer: FileSystem, origin: str) -> FileSystem:
    """The function's files with those of one layer below /opt, the later layer on top."""
    for path in layer.files():
        files.add(OPT + path.removeprefix(TASK), _Of(layer, path), origin)
    return files


class _Of:
    """A file of another tree, under a path of this one."""

    def __init__(self, files: FileSystem, path: str) -> None:
        self._files, self._path = files, path
        self.size, self.mode = files.size(path), files.mode(path)

    @property
    def stated(self) -> tuple[int, int]:
        """A checksum of the content, so that the same file in two layers replaces nothing."""
        crc = 0
        for chunk in self.chunks():
            crc = zlib.crc32(chunk or b"", crc)
        return crc, self.size

    def data(self, most: int = 0) -> bytes | None:
        return self._files.read(self._path, most)

    def chunks(self, most: int = 0) -> Iterator[bytes | None]:
        yield from self._files.chunks(self._path)


def _architecture(fn: Function) -> str:
    return fn.architectures[0] if isinstance(fn.architectures, tuple) and fn.architectures else "x86_64"


def _digest(fn: Function, source: Source, sources: Mapping[str, Source]) -> str:
    """A name for the same sources in the same setting: functions that share it run the same code."""
    layers = () if isinstance(fn.layers, Unknown) else tuple(str(s.path) for u in fn.layers if (s := sources.get(u.arn)))
    said = repr((str(source.path), source.text, layers, source.patterns))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _placed(code: Code, source: Source, fn: Function, sources: Mapping[str, Source], root: Path) -> Code:
    """The facts with paths of this disk, relative to the root, in place of those in the function's file system."""
    bases = {fn.id: source} | {
        use.arn: layer
        for use in (() if isinstance(fn.layers, Unknown) else fn.layers)
        if (layer := sources.get(use.arn)) and layer.path
    }

    def place(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [place(one) for one in value]
        if not isinstance(value, dict):
            return value
        path = value.get("source")
        if isinstance(path, str) and path.startswith((f"{TASK}/", f"{OPT}/")) and value.get("subject") in bases:
            return _here(value, bases[value["subject"]], root)
        if "purl" in value and value.get("origin") in bases and str(value.get("path", "")).startswith((f"{TASK}/", f"{OPT}/")):
            there = _here({"source": value["path"]}, bases[value["origin"]], root)
            return value | {"path": there["source"]}
        return {name: place(one) for name, one in value.items()}

    return msgspec.convert(place(msgspec.to_builtins(code)), Code)


def _here(where: dict[str, Any], source: Source, root: Path) -> dict[str, Any]:
    if source.path is None:
        start = source.where or Where("")
        return where | {"source": start.source, "line": where.get("line", 0) + max(start.line - 1, 0)}
    inside = where["source"].removeprefix(TASK).removeprefix(OPT).lstrip("/")
    full = source.path / inside if source.path.is_dir() else source.path
    shown = shown_below(full, root)
    return where | {"source": shown if source.path.is_dir() or source.path.name == inside else f"{shown}!/{inside}"}


@lru_cache(maxsize=4096)
def shown_below(path: Path, root: Path) -> str:
    """A path as reports show it: below the root where it lies there. Asks the disk once for each path."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _with_codes(inventory: Inventory, codes: list[Code], interrupted: bool) -> Inventory:
    assets: list[AnyAsset] = [*inventory.assets, *codes]
    unread = sum(isinstance(code.files, Unknown) for code in codes)
    note = f"code: {len(codes) - unread} of {len(codes)} functions have their sources here"
    coverage = msgspec.structs.replace(
        inventory.coverage,
        notes=(*inventory.coverage.notes, note),
        interrupted=inventory.coverage.interrupted or interrupted,
        complete=inventory.coverage.complete and not interrupted,
    )
    return inventory.changed(assets=assets, coverage=coverage)
