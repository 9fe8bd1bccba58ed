"""What the verbs about third-party software share: snapshots, folders and packages as targets, and where advisories are."""

import datetime as dt
import fnmatch
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .errors import EXIT_NOTHING, CommandError, plain

if TYPE_CHECKING:
    from lambdaudit.advisories.index import PackageIndex
    from lambdaudit.advisories.matching import Source
    from lambdaudit.model.code import Code, Component
    from lambdaudit.model.inventory import Inventory

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Software:
    """What targets hold: `inventory` with a Code asset for each function, folder or package, `created` as an ISO time.

    `gaps` are sentences about code that is not known, `runtimes` the runtime of each function by its id.
    """

    inventory: "Inventory"
    created: str
    codes: tuple["Code", ...]
    gaps: tuple[str, ...] = ()
    runtimes: dict[str, str] = field(default_factory=dict)

    def components(self) -> tuple["Component", ...]:
        """Every component that is there, or that only a lock file names where nothing is installed."""
        from lambdaudit.facts.dependencies import carried

        return tuple(c for code in self.codes if isinstance(code.components, tuple) for c in carried(code))


def function_option(function: F) -> F:
    """`--function`, for snapshots."""
    return click.option(
        "--function",
        "functions",
        multiple=True,
        metavar="NAME",
        help="Of a snapshot only this function: ARN, name or glob; repeat.",
    )(function)


def advisory_options(function: F) -> F:
    """Where known weaknesses and newer versions are looked up."""
    for option in (
        click.option("--index", metavar="FILE", help="A package index, for newer versions than the shipped list knows."),
        click.option(
            "--osv-url", metavar="URL", default="https://api.osv.dev", help="The OSV service to ask.", show_default=True
        ),
        click.option("--osv", is_flag=True, help="Ask the OSV service. Names and versions of all packages are sent to it."),
        click.option("--advisories", metavar="FILE", help="Advisory database; by default the one that `deps --update` made."),
    ):
        function = option(function)
    return function


def default_database() -> Path:
    """Where the advisory database is kept when no file is named."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "lambdaudit" / "advisories.db"


def open_source(advisories: str | None, osv: bool, osv_url: str, components: Iterable["Component"]) -> "Source | None":
    """The advisories that the flags name; None when there are none. Raises CommandError when they cannot be had."""
    from lambdaudit.advisories.store import AdvisoryError, Store

    check_sources(advisories if osv else None, osv, None)
    try:
        if osv:
            from lambdaudit.advisories.client import fetch

            return fetch(components, osv_url)
        path = Path(advisories) if advisories else default_database()
        if not advisories and not path.is_file():
            return None
        store = Store(path)
    except AdvisoryError as error:
        raise CommandError(str(error)) from error
    age = store.age(dt.datetime.now(dt.UTC).date())
    if age > 30:
        sys.stderr.write(
            f"lambdaudit: the newest advisory in {plain(str(path))} is {age} days old; make it anew with `deps --update`\n"
        )
    return store


def check_sources(advisories: str | None, osv: bool, index: str | None) -> None:
    """Raise CommandError when the files that the flags name cannot be used: before a long collection, not after it."""
    if osv and advisories:
        raise CommandError("--osv and --advisories exclude each other: ask the service, or the file")
    if advisories:
        from lambdaudit.advisories.store import AdvisoryError, Store

        try:
            Store(Path(advisories)).close()
        except AdvisoryError as error:
            raise CommandError(str(error)) from error
    open_index(index)


def source_for(inventory: "Inventory", advisories: str | None, osv: bool, osv_url: str) -> "Source | None":
    """The advisories for an audit: None, too, when nothing is known about code, so that there is nothing to look up."""
    from lambdaudit.model.code import Code

    codes = [code for code in inventory.of(Code) if isinstance(code.components, tuple)]
    if not codes:
        return None
    from lambdaudit.facts.dependencies import carried

    return open_source(advisories, osv, osv_url, (c for code in codes for c in carried(code)))


def open_index(path: str | None) -> "PackageIndex | None":
    """The package index that --index names. Raises CommandError when it cannot be read."""
    if path is None:
        return None
    from lambdaudit.advisories.index import read_index
    from lambdaudit.advisories.store import AdvisoryError

    try:
        return read_index(Path(path))
    except AdvisoryError as error:
        raise CommandError(str(error)) from error


def open_software(targets: Iterable[str], functions: tuple[str, ...] = (), *, walk: bool = False) -> Software:
    """What is in snapshots, folders and packages. Raises CommandError for what is none of them or holds nothing.

    With `walk` the code in folders and packages is walked, to tell what a handler imports.
    """
    from lambdaudit.model.code import Code
    from lambdaudit.model.functions import Function
    from lambdaudit.model.inventory import Inventory

    assets: dict[str, Any] = {}
    missing: list[Any] = []
    created = ""
    coverages = []
    gaps: list[str] = []
    for target in targets:
        inventory = _inventory(target)
        if inventory is None:
            if functions:
                raise CommandError(f"--function only goes with a snapshot, and {target} is a folder or package")
            code = read_local(target, walk=walk)
            assets[code.id] = code
            continue
        created = max(created, inventory.created)
        assets |= {asset.id: asset for asset in inventory.assets}
        missing += [m for m in inventory.missing if m.kind != "code"]
        coverages.append(inventory.coverage)
        gaps += [f"{m.subject or 'code'}: {m.unknown.reason}" for m in inventory.missing_of(Code)]
    joined = Inventory(assets.values(), missing=missing, coverage=_joined(coverages), created=created)
    codes = tuple(c for c in joined.of(Code) if _wanted(c, functions))
    known = {c.function for c in joined.of(Code)}
    without = [f.name for f in joined.of(Function) if f.id not in known and _named(f.id, f.name, functions)]
    if not codes:
        named = f" of {', '.join(functions)}" if functions else ""
        raise CommandError(
            f"there is nothing about the code{named} in {', '.join(targets)}: it was collected without code", EXIT_NOTHING
        )
    gaps += [f"{c.name}: {c.components.reason}" for c in codes if not isinstance(c.components, tuple)]
    gaps += [f"{c.name}: {text}" for c in codes for text in c.limits]
    if without:
        gaps.append(
            f"the code of {len(without)} functions was not collected: {', '.join(without[:5])}{' …' if len(without) > 5 else ''}"
        )
    runtimes = {f.id: f.runtime for f in joined.of(Function) if isinstance(f.runtime, str)}
    return Software(joined, created or _now(), codes, tuple(gaps), runtimes)


def tell_gaps(gaps: Iterable[str], most: int = 10) -> None:
    """What is not known, on standard error."""
    rows = list(gaps)
    for text in rows[:most]:
        sys.stderr.write(f"lambdaudit: not known: {plain(text)}\n")
    if len(rows) > most:
        sys.stderr.write(f"lambdaudit: not known: {len(rows) - most} more\n")


def read_local(target: str, *, walk: bool = False) -> "Code":
    """The code of a folder, package, image archive or lock file as an asset; its `limits` say what could not be read."""
    import msgspec

    from lambdaudit.code.folder import SourceError
    from lambdaudit.code.local import software_at
    from lambdaudit.model.functions import Function
    from lambdaudit.model.where import Where

    path = Path(target)
    function = Function(
        id=f"file:{target}", name=path.resolve().name or target, where=Where(source=target), account="", region="", handler=None,
        runtime=None, layers=(), environment=(),
    )  # fmt: skip
    try:
        code = software_at(path, function, walk=walk)
    except SourceError as error:
        raise CommandError(str(error)) from error
    found = () if not isinstance(code.problems, tuple) else (p for p in code.problems if p.kind != "link")
    problems = tuple(f"{p.path.removeprefix('/var/task/')}: {p.text}" if p.path else p.text for p in found)
    return msgspec.structs.replace(code, limits=(*problems[:20], *code.limits))


def _inventory(target: str) -> "Inventory | None":
    """The inventory of a snapshot; None for what holds code itself. Raises CommandError for what cannot be read."""
    from lambdaudit.code.components.locks import reader_of
    from lambdaudit.code.folder import IMAGES, PACKED
    from lambdaudit.model.snapshot import SnapshotError, read

    path = Path(target)
    if path.is_dir() or path.name.lower().endswith((*PACKED, *IMAGES)) or reader_of(path.name):
        return None
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start[:2] == b"PK":
            raise CommandError(f"{path} is a zip, but its name does not end so: rename it")
        return read(path)
    except SnapshotError as error:
        raise CommandError(f"{error} (give a snapshot, a folder, a package, an image archive or a lock file)") from error
    except OSError as error:
        raise CommandError(f"cannot read {target}: {error.strerror or error}") from error


def _joined(coverages: list[Any]) -> Any:
    from lambdaudit.model.finding import Coverage

    return Coverage(
        accounts=tuple(sorted({a for c in coverages for a in c.accounts})),
        regions=tuple(sorted({r for c in coverages for r in c.regions})),
    )


def _wanted(code: "Code", functions: tuple[str, ...]) -> bool:
    return _named(code.function, code.name, functions)


def _named(identity: str, name: str, functions: tuple[str, ...]) -> bool:
    plain_name = identity.rpartition(":")[2]
    return not functions or any(glob in (identity, name) or fnmatch.fnmatchcase(plain_name, glob) for glob in functions)


def _now() -> str:
    """The time that a document is of: SOURCE_DATE_EPOCH where it is set, for documents that can be made again."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch.isdecimal() and len(epoch) < 12 else dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=0).isoformat()
