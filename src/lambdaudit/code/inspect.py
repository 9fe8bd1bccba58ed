"""The code of all functions of an inventory, each distinct package once, as assets beside the others."""

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.code import Code
from lambdaudit.model.functions import Function, ImageConfig
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import run_key

from .analysis import SECONDS, settings, unfinished
from .cache import Cache
from .fetching import Fetched, Fetcher, Locate, NotFetched, Registry, layer_uses
from .pool import MEMORY, Pool, Work
from .triggers import Services, triggers_of

Show = Callable[[int, int, str], None]
"""Told of (functions done, functions in all, name of the one that was finished)."""
_PATIENCE = 2.0
"""Seconds that an end, by Ctrl-C or otherwise, waits for downloads under way."""
_TRIES = 3
"""Functions with the same content whose link is asked for, until one is given."""
_STAND_IN = "lambdaudit-stand-in-for-a-function"
"""The function's name while its package is analysed, because several functions may run the same one."""


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """How code is looked at.

    `key` is that of fingerprints. `cache` None: nothing is kept. `workers` are processes, by default one for each processor.
    `registry` gives ECR clients; without it images stay Unknown. `services` reads resource-based policies.
    """

    cache: Cache | None = None
    workers: int = 0
    seconds: float = SECONDS
    memory: int = MEMORY
    key: bytes | None = None
    registry: Registry | None = None
    services: Services | None = None


@dataclass(frozen=True, slots=True)
class _Unit:
    """Functions that run the same content in the same setting; the first stands for all."""

    key: str
    functions: tuple[Function, ...]
    triggers: frozenset[str]


@dataclass(slots=True)
class _Tally:
    analysed: int = 0
    cached: int = 0
    missed: int = 0
    interrupted: bool = False


def review_code(
    inventory: Inventory,
    locate: Locate,
    options: CodeOptions | None = None,
    show: Show | None = None,
    functions: Iterable[Function] | None = None,
) -> Inventory:
    """The inventory with a `Code` asset for each function (by default all).

    Packages are fetched through `locate`, analysed once for each content in processes of their own, and gone afterwards. A
    function whose code cannot be had gets an asset in which everything is Unknown, with the reason. Ctrl-C ends it early: what
    was done is kept, the rest says so, and the coverage is marked as interrupted.
    """
    options = options or CodeOptions()
    chosen = list(inventory.of(Function) if functions is None else functions)
    key = options.key or run_key()
    units = _units(inventory, chosen, options.services)
    codes: dict[str, Code] = {}
    tally = _Tally()
    waiting: list[_Unit] = []
    for unit in units:
        code = options.cache.get(unit.key) if options.cache and unit.key else None
        if code:
            tally.cached += 1
            _spread(unit, code, codes)
        else:
            waiting.append(unit)
    done = sum(len(unit.functions) for unit in units) - sum(len(unit.functions) for unit in waiting)
    if waiting:
        _analyse(waiting, locate, options, key, codes, tally, show, done, len(chosen))
    for fn in chosen:
        if fn.id not in codes:
            codes[fn.id] = unknown_code(fn, Unknown("interrupted"))
    return _joined(inventory, codes, tally, len(units))


def _analyse(
    units: list[_Unit], locate: Locate, options: CodeOptions, key: bytes, codes: dict[str, Code], tally: _Tally,
    show: Show | None, done: int, total: int,
) -> None:  # fmt: skip
    workers = min(options.workers or os.cpu_count() or 1, len(units))
    fetcher = Fetcher(locate, options.registry, layer_uses([unit.functions[0] for unit in units]))
    pool = Pool(workers, memory=options.memory)
    crew = _Crew(units, workers + 2, lambda unit: _one(unit, fetcher, pool, key, options))
    try:
        for unit, found, whole in crew.results():
            _take(unit, found, whole, options, codes, tally)
            done += len(unit.functions)
            if show:
                show(done, total, unit.functions[0].name)
    except KeyboardInterrupt:
        tally.interrupted = True
    finally:
        crew.stop()
        pool.close()
        crew.join()
        fetcher.close()


class _Crew:
    """Threads that do units one after the other. They are daemons: a download that hangs does not keep Ctrl-C waiting."""

    def __init__(self, units: list[_Unit], threads: int, do: Callable[[_Unit], tuple[Code | Unknown, bool]]) -> None:
        self._left: queue.SimpleQueue[_Unit] = queue.SimpleQueue()
        for unit in units:
            self._left.put(unit)
        self._count = len(units)
        self._done: queue.SimpleQueue[tuple[_Unit, Code | Unknown, bool]] = queue.SimpleQueue()
        self._do = do
        self._stopped = False
        self._threads = [threading.Thread(target=self._work, name=f"code-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while not self._stopped:
            try:
                unit = self._left.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put((unit, *self._do(unit)))
            except Exception as error:  # noqa: BLE001 - one function's trouble must not cost the others' results
                self._done.put((unit, Unknown(f"its code was not analysed: {type(error).__name__}"), False))

    def results(self) -> Iterator[tuple[_Unit, Code | Unknown, bool]]:
        """The results as they come."""
        for _ in range(self._count):
            yield self._done.get()

    def stop(self) -> None:
        """Take nothing new."""
        self._stopped = True

    def join(self) -> None:
        """Wait a little for what is under way."""
        until = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


def _take(unit: _Unit, found: Code | Unknown, whole: bool, options: CodeOptions, codes: dict[str, Code], tally: _Tally) -> None:
    if isinstance(found, Unknown):
        tally.missed += 1
        codes.update({fn.id: unknown_code(fn, found) for fn in unit.functions})
        return
    tally.analysed += 1
    _spread(unit, found, codes)
    if options.cache and unit.key and whole:  # what was not finished is tried again next time
        options.cache.put(unit.key, found)


def _one(unit: _Unit, fetcher: Fetcher, pool: Pool, key: bytes, options: CodeOptions) -> tuple[Code | Unknown, bool]:
    """What came of one package, and whether that is all that can come of it."""
    refused: Unknown | None = None
    for function in unit.functions[:_TRIES]:
        try:
            with fetcher.package(function) as got:
                result = pool.run(_work(unit, got, key, options.seconds), got.handles)
                whole = not got.missing
            break
        except NotFetched as error:
            refused = refused or error.unknown
        except OSError as error:
            return Unknown(f"its code could not be kept for the analysis: {error.strerror or type(error).__name__}"), False
    else:
        return refused or Unknown("no function runs it"), False
    if result.code is None:
        return Unknown(f"its code was not analysed: {result.problem}"), False
    if result.problem:
        return _cut_short(result.code, result.problem), False
    return result.code, whole and not unfinished(result.code)


def _cut_short(code: Code, problem: str) -> Code:
    """What there was when an analysis was stopped: fields that had not been begun say why they are Unknown."""
    unknown = Unknown(problem)
    missing = {name: unknown for name in _FIELDS if isinstance(getattr(code, name), Unknown)}
    return msgspec.structs.replace(code, limits=(*code.limits, problem), **missing)


_FIELDS = ("language", "entry", "files", "size", "flows", "calls", "issues", "secrets", "components", "extensions", "shadowed",
           "problems")  # fmt: skip


def _work(unit: _Unit, got: Fetched, key: bytes, seconds: float) -> Work:
    first = unit.functions[0]
    stand_in = f"{first.id.rpartition(':')[0]}:{_STAND_IN}"
    function = msgspec.structs.replace(first, id=stand_in, policy=None, tags=(), extra={}, description="")
    return Work(
        function=function,
        triggers=tuple(sorted(unit.triggers)),
        digest=_content(first),
        key=key,
        seconds=seconds,
        package=got.package,
        layers=got.layers,
        config=got.config,
        image=0 if got.package else len(got.files),
        notes=got.missing,
    )


def _units(inventory: Inventory, functions: list[Function], services: Services | None) -> list[_Unit]:
    """Functions in groups that share content and setting. Those whose content is not known by a hash stand alone."""
    groups: dict[str, list[Function]] = {}
    triggers: dict[str, frozenset[str]] = {}
    for fn in functions:
        starts = triggers_of(inventory, fn, services)
        name = _key(fn, starts) or fn.id
        groups.setdefault(name, []).append(fn)
        triggers[name] = starts
    return [
        _Unit("" if name == fns[0].id else name, tuple(fns), triggers[name]) for name, fns in groups.items()
    ]  # fmt: skip


def _content(function: Function) -> str:
    """A digest of package and layers; empty when the content is not known. Layer versions never change."""
    content = function.code_sha256
    if function.package_type == "Image" and isinstance(function.image, ImageConfig):
        content = function.image.resolved.partition("@")[2] or content
    if not isinstance(content, str) or not content or isinstance(function.layers, Unknown):
        return ""
    layers = "".join(f"\n{use.arn}" for use in function.layers)
    return hashlib.sha256(f"{content}{layers}".encode()).hexdigest()


def _key(function: Function, triggers: frozenset[str]) -> str:
    """A digest of all that an analysis depends on, content and setting; empty when the content is not known."""
    content = _content(function)
    return hashlib.sha256(f"{content}\n".encode() + settings(function, triggers)).hexdigest() if content else ""


def _spread(unit: _Unit, code: Code, codes: dict[str, Code]) -> None:
    codes.update({fn.id: bound(code, fn) for fn in unit.functions})


def bound(code: Code, function: Function) -> Code:
    """The facts of a package as those of one function that runs it."""
    data = msgspec.json.encode(code)
    if code.function != function.id:
        data = data.replace(msgspec.json.encode(code.function), msgspec.json.encode(function.id))
    return msgspec.structs.replace(
        msgspec.json.decode(data, type=Code),
        id=f"{function.id}:code",
        name=f"{function.name} code",
        account=function.account,
        region=function.region,
        where=Where("code", subject=function.id),
    )


def unknown_code(function: Function, unknown: Unknown) -> Code:
    """An asset for code that could not be looked at: everything in it is Unknown for that reason."""
    return Code(
        id=f"{function.id}:code",
        name=f"{function.name} code",
        where=Where("code", subject=function.id),
        account=function.account,
        region=function.region,
        function=function.id,
        limits=(unknown.reason,),
        **dict.fromkeys(_FIELDS, unknown),  # type: ignore[arg-type]
    )


def _joined(inventory: Inventory, codes: dict[str, Code], tally: _Tally, units: int) -> Inventory:
    note = f"code: {units} distinct packages, {tally.analysed} analysed, {tally.cached} known from earlier runs, " + (
        f"{tally.missed} could not be looked at" if not tally.interrupted else "interrupted"
    )
    coverage = msgspec.structs.replace(
        inventory.coverage,
        notes=(*inventory.coverage.notes, note),
        interrupted=inventory.coverage.interrupted or tally.interrupted,
        complete=inventory.coverage.complete and not tally.interrupted,
    )
    fresh = {code.id for code in codes.values()}
    assets: list[AnyAsset] = [*(a for a in inventory.assets if a.id not in fresh), *codes.values()]
    return inventory.changed(assets=assets, coverage=coverage)


__all__ = ["CodeOptions", "bound", "review_code", "unknown_code"]
