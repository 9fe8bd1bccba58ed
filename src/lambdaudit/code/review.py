"""The code of every chosen function and of the layers that it uses, analysed once per distinct package."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lambdaudit.model.code_link import CodeLink
from lambdaudit.model.functions import Function, LayerVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown

from .download import DownloadError, fetched
from .package import read
from .sonarqube import Analysis, Issue, Sonar
from .sonarserver import SonarError

Locate = Callable[[str], CodeLink | Unknown]
"""Gives the link to the code of a function or layer version, by ARN, when it is needed: links live for minutes only."""
Show = Callable[[int, int, str], None]
"""Told of (packages done, packages at most, name of the next)."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A function or layer version; `digest` is the SHA-256 that the inventory knows, `users` the functions that run the code."""

    id: str
    name: str
    digest: str
    users: tuple[str, ...]


@dataclass(slots=True)
class Review:
    """What came of it, by asset id. Each asset that was to be looked at stands in exactly one of the first three.

    `issues` holds one asset per distinct package, `same` the others with that package, `unknown` what could not be analysed.
    `functions` are those that run the code of an asset in `issues`. `notes` are lines for the coverage ledger.
    """

    issues: dict[str, tuple[Issue, ...]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)
    functions: dict[str, set[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False


def review(inventory: Inventory, locate: Locate, sonar: Sonar, show: Show | None = None) -> Review:
    """Analyse all code, function by function, then layer by layer. Never raises for one package; Ctrl-C ends it early.

    When the server itself no longer answers, what is left is not tried: it stays unknown, for that reason.
    """
    result = Review()
    units = [*_functions(inventory), *_layers(inventory)]
    done: dict[str, str] = {}
    lost = ""
    for position, unit in enumerate(units):
        if lost:
            result.unknown[unit.id] = Unknown(lost)
            continue
        if show:
            show(position, len(units), unit.name)
        try:
            _one(unit, locate, sonar, done, result)
        except SonarError as error:
            result.unknown[unit.id] = Unknown(f"SonarQube did not analyse its code: {error}")
            lost = _lost(sonar)
        except KeyboardInterrupt:
            lost = "interrupted"
            result.unknown[unit.id] = Unknown(lost)
            result.interrupted = True
    for unit in units:
        if unit.id in result.unknown and unit.digest in done:  # another asset with the same package could be read
            del result.unknown[unit.id]
            _join(unit, done[unit.digest], result)
    result.notes.append(
        f"SonarQube analysed {len(result.issues)} distinct packages of {len(units)} functions and layers; "
        f"{len(result.unknown)} were not analysed"
    )
    return result


def _one(unit: _Unit, locate: Locate, sonar: Sonar, done: dict[str, str], result: Review) -> None:
    if unit.digest in done:
        _join(unit, done[unit.digest], result)
        return
    link = locate(unit.id)
    if isinstance(link, Unknown):
        result.unknown[unit.id] = link
        return
    if unit.digest and link.sha256 and link.sha256 != unit.digest:
        result.unknown[unit.id] = Unknown("its code was changed while the audit ran")
        return
    digest = link.sha256 or unit.digest
    if digest in done:
        _join(unit, done[digest], result)
        return
    try:
        with fetched(link) as file:
            package = read(file)
            analysis = sonar.analyse(package, unit.name, digest or unit.id)
    except DownloadError as error:
        result.unknown[unit.id] = Unknown(f"its code could not be downloaded: {error}")
        return
    if digest:
        done[digest] = unit.id
    _take(unit, analysis, result)


def _take(unit: _Unit, analysis: Analysis, result: Review) -> None:
    result.issues[unit.id] = analysis.issues
    result.functions[unit.id] = set(unit.users)
    result.notes += (f"SonarQube, code of {unit.name}: {note}" for note in analysis.notes)


def _join(unit: _Unit, first: str, result: Review) -> None:
    result.same[unit.id] = first
    result.functions[first].update(unit.users)


def _lost(sonar: Sonar) -> str:
    """Why nothing more can be analysed; empty when the fault was that of one package."""
    try:
        sonar.check()
    except SonarError as error:
        return f"SonarQube did not analyse its code: {error}"
    return ""


def _functions(inventory: Inventory) -> Iterator[_Unit]:
    for fn in inventory.of(Function):
        if fn.package_type != "Image":
            yield _Unit(fn.id, fn.name, fn.code_sha256 if isinstance(fn.code_sha256, str) else "", (fn.id,))


def _layers(inventory: Inventory) -> Iterator[_Unit]:
    users: dict[str, set[str]] = {}
    for fn in inventory.of(Function):
        if not isinstance(fn.layers, Unknown):
            for use in fn.layers:
                users.setdefault(use.arn, set()).add(fn.id)
    for layer in inventory.of(LayerVersion):
        if layer.id in users:
            yield _Unit(layer.id, f"{layer.name}:{layer.version}", "", tuple(sorted(users[layer.id])))
