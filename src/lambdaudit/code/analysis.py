"""Everything that is established about a function's code, part by part: what one part cannot do costs the others nothing."""

import hashlib
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lambdaudit.model.arn import account_of, parse_arn
from lambdaudit.model.code import NOT_ESTABLISHED, Code, CodeIssue, Component, Entry, Flow, SdkCall
from lambdaudit.model.functions import EnvironmentVariable, Function, ImageConfig
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import run_key

from .filesystem import FileSystem
from .vendored import Vendored

if TYPE_CHECKING:
    from .flow.analysis import Analysis
    from .flow.calls import RawCall
    from .image import ImageFacts

SECONDS = 10.0
"""CPU time for one function, so that a busy machine finds the same; parts that have not begun by then are left out."""
_PASSING = ("there was no time left for its", "the memory for its")
_MOST_LIMITS = 20
_WALK = 0.6
"""Share of the time that is left which the walk over the code may take: other parts come after it."""
_LIBRARIES = (
    "/var/task", "/var/task/node_modules", "/opt/nodejs/node_modules", "/opt/python",
    *(f"/opt/python/lib/python3.{minor}/site-packages" for minor in range(8, 16)),
)  # fmt: skip
"""Folders that imports of libraries are found in."""
_LANGUAGES = ("python", "nodejs", "java", "dotnet", "ruby", "go", "provided")
Told = Callable[[Code], None]


@dataclass(slots=True)
class _Job:
    """One analysis: what is looked at, and what was found so far."""

    files: FileSystem
    function: Function
    triggers: frozenset[str]
    environment: Maybe[tuple[EnvironmentVariable, ...]]
    key: bytes
    foreign: tuple[str, ...]
    fields: dict[str, Any]
    image: "ImageFacts | None" = None
    issues: list[CodeIssue] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    unsure: Unknown | None = None
    """Why issues are not complete."""
    owners: dict[str, str] = field(default_factory=dict)
    """The component that a folder or file belongs to."""
    walk: "Analysis | None" = None
    end: float = 0.0
    _owned: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)
    _vendored: Vendored | None = None

    @property
    def vendored(self) -> Vendored:
        if self._vendored is None:
            self._vendored = Vendored(self.files)
        self._vendored.owners = self.owners
        return self._vendored

    @property
    def runtime(self) -> str | None:
        return self.function.runtime if isinstance(self.function.runtime, str) else None

    @property
    def handler(self) -> str | None:
        if isinstance(self.function.handler, str):
            return self.function.handler
        overrides = self.function.image.command if isinstance(self.function.image, ImageConfig) else ()
        words = overrides or (self.image.command if self.image else ())
        return words[0] if words and "." in words[0] and "/" not in words[0][:1] else None

    @property
    def variables(self) -> tuple[EnvironmentVariable, ...]:
        """Variables of the function, and those of its image that it does not replace."""
        own = () if isinstance(self.environment, Unknown) else self.environment
        names = {variable.name for variable in own}
        return (*own, *(v for v in (self.image.variables if self.image else ()) if v.name not in names))

    @property
    def values(self) -> dict[str, str | None]:
        return {variable.name: variable.stated for variable in self.variables}

    def owners_of(self, names: tuple[str, ...]) -> frozenset[str]:
        """Package URLs of the components that imported names belong to."""
        if names not in self._owned:
            from .components import owner_of

            places = [f"{root}/{name.replace('.', '/')}" for name in names for root in _LIBRARIES]
            paths = (path for place in places for path in (f"{place}/x", f"{place}.py"))
            self._owned[names] = frozenset(filter(None, (owner_of(self.owners, path) for path in paths)))
        return self._owned[names]


class _NotDone(Exception):
    """A part cannot be done, and why."""


def analyse_function(
    files: FileSystem,
    *,
    function: Function,
    triggers: Collection[str] = (),
    environment: Maybe[tuple[EnvironmentVariable, ...]] = (),
    digest: str = "",
    key: bytes | None = None,
    seconds: float = SECONDS,
    told: Told | None = None,
    image: "ImageFacts | None" = None,
) -> Code:
    """All that is established about the code of a function.

    `files` is its file system, `triggers` as :func:`lambdaudit.code.triggers.triggers_of` gives them, `key` the key of the
    fingerprints (default: a new one, so that they compare within this call only). `told` gets what there is after each part, so
    that a caller who must stop keeps it; `image` is what a container image is besides
    its files. A part that fails, or has no time left after `seconds`, is Unknown in its field and
    named in `limits`. Raises nothing for bad content.
    """
    job = _Job(
        files=files,
        function=function,
        triggers=frozenset(triggers),
        environment=environment,
        key=key or run_key(),
        foreign=_foreign(function),
        fields={
            "id": f"{function.id}:code",
            "name": f"{function.name} code",
            "where": Where("code", subject=function.id),
            "account": function.account,
            "region": function.region,
            "function": function.id,
            "digest": digest,
        },
        image=image or files.image,
    )
    job.end = time.process_time() + seconds
    for names, part in _PARTS:
        _run(job, names, part, part in _CHEAP or time.process_time() < job.end)
        if told:
            told(_code(job))
    return _code(job)


def software_of(files: FileSystem, function: Function, *, walk: bool) -> Code:
    """Only the third-party software in the files: the Code asset of a function with components and faults of manifests.

    With `walk` the code is walked, too, so that components tell whether a handler imports them.
    """
    job = _Job(files, function, frozenset(), Unknown("not asked"), b"", (), {}, image=files.image)
    job.end = time.process_time() + SECONDS
    if walk:
        _run(job, ("flows",), _flows, True)
    job.fields.clear()
    job.issues.clear()
    job.limits.clear()
    job.unsure = None
    _run(job, ("components", "issues"), _components, True)
    job.fields |= {"id": f"{function.id}:code", "name": function.name, "where": function.where, "function": function.id}
    _problems(job)
    return _code(job)


def _run(job: _Job, names: Sequence[str], part: Callable[[_Job], None], in_time: bool) -> None:
    what = " and ".join(names)
    problem = "" if in_time else f"{_PASSING[0]} {what}"
    try:
        if in_time:
            part(job)
    except MemoryError:
        problem = f"{_PASSING[1]} {what} ran out"
    except RecursionError:
        problem = f"its {what} nest too deeply"
    except _NotDone as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - the code is an attacker's: one part must not take the others with it
        problem = f"its {what} could not be established: {type(error).__name__}"
    if problem:
        job.limits.append(problem)
        unknown = Unknown(problem)
        for name in names:
            if name == "issues":
                job.unsure = job.unsure or unknown
            else:
                job.fields.setdefault(name, unknown)


def _code(job: _Job) -> Code:
    issues: Maybe[tuple[CodeIssue, ...]] = tuple(dict.fromkeys(job.issues))
    if job.unsure and not issues:
        issues = job.unsure
    elif job.unsure:
        where = Where("code", subject=job.function.id)
        issues = (*job.issues, CodeIssue(kind=NOT_ESTABLISHED, where=where, text=job.unsure.reason))
    return Code(**job.fields, issues=issues, limits=tuple(dict.fromkeys(job.limits)))


def _contents(job: _Job) -> None:
    files = job.files
    job.fields["files"] = len(files.files())
    job.fields["size"] = files.stated
    job.fields["shadowed"] = tuple(files.shadowed)
    job.fields["language"] = _language(job)


def _of_runtime(runtime: str | None) -> str:
    """The language that a managed runtime runs; empty for runtimes of one's own and images."""
    if not runtime or runtime.startswith("provided"):
        return ""
    return next((name for name in _LANGUAGES if runtime.startswith(name)), runtime)


def _language(job: _Job) -> Maybe[str]:
    if told := _of_runtime(job.runtime):
        return told
    bootstrap = next((p for p in ("/var/task/bootstrap", "/opt/bootstrap") if p in job.files), "")
    if bootstrap:
        from .extensions.markers import language_of, look

        language = language_of(bootstrap, look(job.files.chunks(bootstrap)))
        if language not in ("", "shell"):
            return {"node": "nodejs"}.get(language, language)
    counts: dict[str, int] = {}
    for path in job.vendored.own(job.files.files()):
        language = _BY_SUFFIX.get(path.rpartition(".")[2], "")
        counts[language] = counts.get(language, 0) + 1
    counts.pop("", None)
    if not counts:
        return "shell" if bootstrap else Unknown("no file tells the language")
    return max(sorted(counts), key=lambda name: counts[name])


_BY_SUFFIX = {
    "py": "python", "js": "nodejs", "mjs": "nodejs", "cjs": "nodejs", "ts": "nodejs", "rb": "ruby", "php": "php", "class": "java",
    "jar": "java", "dll": "dotnet", "go": "go",
}  # fmt: skip


def _flows(job: _Job) -> None:
    from .components import without_metadata
    from .flow import analyse
    from .flow.core import Limits

    left = max(0.5, (job.end - time.process_time()) * _WALK)
    walk = analyse(
        job.files,
        handler=job.handler,
        triggers=job.triggers,
        environment=job.values,
        limits=Limits(seconds=left),
        subject=job.function.id,
        language={"nodejs": "javascript"}.get(language := _of_runtime(job.runtime), language),
        installed=without_metadata(job.files),
    )
    where = Where("code", subject=job.function.id)
    rest = _summed(walk.partial)
    flows = tuple(_placed(job, flow) for flow in walk.flows)
    if rest:
        job.limits += walk.partial[:_MOST_LIMITS]
        job.unsure = job.unsure or Unknown(rest)
        unknown = Unknown(rest)
        job.fields["flows"] = (*flows, Flow(kind=NOT_ESTABLISHED, sink="", where=where, note=rest)) if flows else unknown
    else:
        job.fields["flows"] = flows
    job.fields["entry"] = walk.entry if walk.entry or not rest else Unknown(rest)
    job.issues += (_placed(job, issue) for issue in walk.issues)
    job.walk = walk


def _summed(partial: Sequence[str]) -> str:
    """The first of the reasons why a walk is not complete, and how many there are besides."""
    return partial[0][:300] + (f", and {len(partial) - 1} more" if len(partial) > 1 else "") if partial else ""


_P = TypeVar("_P", Flow, CodeIssue, SdkCall)


def _placed(job: _Job, found: _P) -> _P:
    """The same, its place belonging to the function or layer that brings the file."""
    origin = job.files.origin(found.where.source)
    if not origin or origin == found.where.subject:
        return found
    return msgspec.structs.replace(found, where=msgspec.structs.replace(found.where, subject=origin))


def _calls(job: _Job) -> None:
    if job.walk is None:
        raise _NotDone("the code was not walked")
    calls = _named(job, job.walk.calls, job.walk.imports_reached)
    rest = _summed(job.walk.partial)
    if not rest:
        job.fields["calls"] = calls
    else:
        job.fields["calls"] = (*calls, _open_call(job, rest)) if calls else Unknown(rest)


def _named(job: _Job, raw: "Sequence[RawCall]", imports: Sequence[str] = ()) -> tuple[SdkCall, ...]:
    """Raw calls as calls of AWS with actions and resources."""
    from .sdk.calls import calls_of

    arn = parse_arn(job.function.id)
    calls = calls_of(
        raw,
        environment=None if isinstance(job.environment, Unknown) else job.values,
        account=job.function.account,
        region=job.function.region,
        partition=arn.partition if arn else "aws",
        imports=imports,
    )
    return tuple(_placed(job, call) for call in calls)


def _open_call(job: _Job, reason: str) -> SdkCall:
    """Stands for the calls that were not found: the list is not complete."""
    where = Where("code", subject=job.function.id)
    return SdkCall(service="", operation="", actions=(), where=where, resources=(Unknown(reason),))


def _components(job: _Job) -> None:
    from .components import read_components

    collected = read_components(job.files)
    job.owners = collected.owners
    job.fields["components"] = (
        *(_reached(job, component) for component in collected.components),
        *(_imported(job, c) for c in collected.declared),
    )
    job.issues += collected.issues
    job.limits += collected.limits


def _reached(job: _Job, component: Component) -> Component:
    """With `reached` and `fed` set where the walk saw an import of it. What others import in turn stays undecided."""
    if job.walk is None:
        return component
    reached = component.purl in job.owners_of(job.walk.imports_reached)
    fed = component.purl in job.owners_of(job.walk.fed)
    return (
        msgspec.structs.replace(component, reached=True if reached else None, fed=True if fed else None)
        if reached or fed
        else component
    )


def _imported(job: _Job, declared: Component) -> Component:
    """A component that only a lock file names, with `reached` and `fed` set where the code imports what is called so."""
    from .components import imported_as

    if job.walk is None or not imported_as(declared, job.walk.imports_reached):
        return declared
    return msgspec.structs.replace(declared, reached=True, fed=True if imported_as(declared, job.walk.fed) else None)


def _patterns(job: _Job) -> None:
    from .patterns import patterns_of

    found = patterns_of(job.files, job.vendored, handler=job.handler or "", runtime=job.runtime or "", foreign=job.foreign)
    job.issues += found.issues
    job.limits += found.limits
    if found.flows:
        flows = job.fields.get("flows", ())
        if isinstance(flows, Unknown):
            where = Where("code", subject=job.function.id)
            flows = (Flow(kind=NOT_ESTABLISHED, sink="", where=where, note=flows.reason),)
        job.fields["flows"] = (*flows, *found.flows)
    if found.raw:
        calls = job.fields.get("calls", ())
        open_ones = (_open_call(job, calls.reason),) if isinstance(calls, Unknown) else calls
        job.fields["calls"] = (*_named(job, found.raw), *open_ones)


def _habits(job: _Job) -> None:
    from .habits import habits_of

    entry = job.fields.get("entry")
    job.issues += habits_of(job.files, job.vendored, entry if isinstance(entry, Entry) else None)


def _leaks(job: _Job) -> None:
    from .leaks import leaks_of

    found = leaks_of(job.files, job.vendored, job.key, foreign=job.foreign)
    there = {(secret.where.source, secret.fingerprint) for secret in found.secrets}
    other = job.image.secrets(job.function.id, job.key) if job.image else ()
    job.fields["secrets"] = (*(s for s in other if (s.where.source, s.fingerprint) not in there), *found.secrets)
    job.issues += (*(job.image.issues(job.function.id) if job.image else ()), *found.issues)
    job.limits += found.limits


def _extensions(job: _Job) -> None:
    from .extensions import extensions_of

    job.fields["extensions"] = extensions_of(job.files, runtime=job.runtime, environment=job.variables)
    if isinstance(job.function.environment, Unknown):
        job.limits.append("its variables were not read, so what they load at the start is not among the extensions")


def _handler(job: _Job) -> None:
    from .handler import missing_handler

    if isinstance(job.function.runtime, Unknown) or isinstance(job.function.handler, Unknown):
        job.limits.append("runtime or handler were not read, so the handler's file was not looked for")
        return
    missing = missing_handler(job.files, job.runtime, job.handler)
    if missing:
        where = Where("/var/task", subject=job.function.id)
        job.issues.append(CodeIssue(kind="handler-missing", where=where, text=missing, confidence="medium"))


def _problems(job: _Job) -> None:
    job.fields["problems"] = job.files.problems


_PARTS: tuple[tuple[tuple[str, ...], Callable[[_Job], None]], ...] = (
    (("files", "size", "shadowed", "language"), _contents),
    (("extensions",), _extensions),
    (("flows", "entry", "issues"), _flows),
    (("calls",), _calls),
    (("components", "issues"), _components),
    (("secrets", "issues"), _leaks),
    (("issues",), _patterns),
    (("issues",), _handler),
    (("issues",), _habits),
    (("problems",), _problems),
)
"""The parts in their order, what matters most first, with the fields that each gives."""
_CHEAP = (_contents, _problems)
"""Parts that only hand out what is known already: they are never left out."""


def _foreign(function: Function) -> tuple[str, ...]:
    layers = () if isinstance(function.layers, Unknown) else function.layers
    return tuple(layer.arn for layer in layers if account_of(layer.arn) != function.account)


def unfinished(code: Code) -> bool:
    """Whether another try may establish more: time or memory ran out."""
    return any(limit.startswith(_PASSING) for limit in code.limits)


@cache
def version() -> str:
    """A digest of all that analyses code, tables included: results of another one are not taken from the cache."""
    top = Path(__file__).parent
    files = [*top.rglob("*"), *(top.parent / "secrets").rglob("*"), top.parent / "model" / "code.py"]
    digest = hashlib.sha256()
    for path in sorted(p for p in files if p.suffix in (".py", ".yaml", ".json", ".gz") and p.is_file()):
        digest.update(str(path.relative_to(top.parent)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def settings(function: Function, triggers: Collection[str]) -> bytes:
    """All that an analysis depends on besides the content, as bytes for a key."""
    given = (version(), function.runtime, function.handler, function.environment, function.account, function.region,
             sorted(triggers), function.package_type)  # fmt: skip
    return msgspec.json.encode(given)


__all__ = ["SECONDS", "analyse_function", "settings", "software_of", "unfinished"]
