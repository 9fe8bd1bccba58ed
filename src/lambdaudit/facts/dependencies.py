"""Third-party software in all functions at once: who carries what, what is known about it, and how much it matters."""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

from lambdaudit.advisories.ecosystems import normal_name
from lambdaudit.advisories.index import PackageIndex, read_index
from lambdaudit.advisories.matching import Source, Vulnerability, vulnerabilities
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.entrances import ways_into
from lambdaudit.model.code import Code, Component
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown, known

DECLARED = "lock file"
"""How a component is known that a lock file names and that is not in the package."""
SURE = frozenset(("metadata", "build info", "bundle metadata"))
"""How components are known that say their name and version themselves."""
NO_ADVISORIES = Unknown("not asked: no advisories were given (--advisories FILE or --osv)")
_RANKS = list(Severity)


class Use(NamedTuple):
    """A component with every function that carries it.

    `component` is the surest entry, `places` all entries, `functions` ids. `reached` and `fed` are True when they are for any
    function, False when they are for none, None when that was not decided.
    """

    component: Component
    places: tuple[Component, ...]
    functions: tuple[str, ...]
    reached: bool | None
    fed: bool | None


def carried(code: Code) -> tuple[Component, ...]:
    """What a function runs with: what is in its code and, for ecosystems of which nothing is installed, what lock files name.

    Sources hold lock files in place of packages; what is deployed holds the packages. Raises NotKnown when neither is known.
    """
    parts = known(code.components)
    installed = {c.ecosystem for c in parts if c.how != DECLARED}
    return tuple(c for c in parts if c.how != DECLARED or c.ecosystem not in installed)


def uses(audit: Audit) -> dict[str, Use]:
    """Every component of every function whose components are known, by package URL."""
    return audit.once(("component uses",), lambda: _uses(audit))


def _uses(audit: Audit) -> dict[str, Use]:
    rows: dict[str, list[tuple[str, Component]]] = {}
    for code in audit.inventory.of(Code):
        if not isinstance(code.components, Unknown):
            for component in carried(code):
                rows.setdefault(component.purl, []).append((code.function, component))
    return {purl: _use(entries) for purl, entries in rows.items()}


def _use(entries: list[tuple[str, Component]]) -> Use:
    places = tuple(sorted({c for _, c in entries}, key=lambda c: (c.how not in SURE, c.origin, c.path, c.how)))
    return Use(
        component=places[0],
        places=places,
        functions=tuple(sorted({function for function, _ in entries})),
        reached=_any([c.reached for _, c in entries]),
        fed=_any([c.fed for _, c in entries]),
    )


def _any(values: list[bool | None]) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


def carried_first(code: Code, audit: Audit) -> Iterator[Use]:
    """The components of a function that no function before it carries: each component is told once in an audit."""
    everything = uses(audit)
    for purl in sorted({c.purl for c in carried(code)}):
        if everything[purl].functions[0] == code.function:
            yield everything[purl]


def advisories(audit: Audit) -> Source:
    """Where known weaknesses are looked up. Raises NotKnown when no advisories were given."""
    return known(audit.options.advisories or NO_ADVISORIES)


def weaknesses(use: Use, audit: Audit) -> tuple[Vulnerability, ...]:
    """What is known about a component, looked up once in an audit."""
    source = advisories(audit)
    return audit.once(("weaknesses", use.component.purl), lambda: vulnerabilities(use.component, source))


def versionless(components: Iterable[Component], source: Source) -> tuple[str, ...]:
    """Names of components that have advisories, and whose version nothing tells: whether these are about them stays open."""
    names = {
        c.name
        for c in components
        if not c.version and c.ecosystem and source.about(c.ecosystem, normal_name(c.ecosystem, c.name))
    }
    return tuple(sorted(names))


def is_system(component: Component) -> bool:
    """Whether a component is a package of an image's operating system."""
    return component.purl.startswith(("pkg:deb/", "pkg:rpm/", "pkg:apk/"))


class Weight(NamedTuple):
    """How much a weakness matters here: the severity, and the words for what made it more or less."""

    severity: Severity
    reason: str


def weigh(use: Use, weakness: Vulnerability, audit: Audit) -> Weight:
    """The severity that the advisories give, one lower when no handler imports the component, one higher when events reach it.

    One higher, too, when attackers are known to use the weakness.

    Without a score it counts as medium. A weakness of the operating system without a fix is only noted.
    """
    base = weakness.severity or Severity.MEDIUM
    if weakness.malicious:
        return Weight(Severity.CRITICAL, "it was published to do harm")
    if is_system(use.component) and not weakness.fixed:
        return Weight(Severity.INFO, "the distribution has no fix for it")
    weight = weigh_by(use, base, audit)
    if weakness.exploited:
        reason = f"attackers use it, by CISA's catalog, since {weakness.exploited}"
        return Weight(_moved(weight.severity, -1), f"{reason}; {weight.reason}" if weight.reason else reason)
    return weight


def weigh_by(use: Use, base: Severity, audit: Audit) -> Weight:
    """A severity that somebody else states, one lower when no handler imports the component, one higher when events reach it."""
    if use.reached is False:
        return Weight(_moved(base, 1), "no handler imports it")
    if use.fed and (entrance := _public(use, audit)):
        return Weight(_moved(base, -1), f"data of events reach it, and anyone can send them through {entrance}")
    return Weight(base, "data of events reach it" if use.fed else "a handler imports it" if use.reached else "")


def _moved(severity: Severity, steps: int) -> Severity:
    return _RANKS[min(max(severity.rank + steps, 0), len(_RANKS) - 1)]


def _public(use: Use, audit: Audit) -> str:
    """The first way by which strangers put events into a function that carries the component; empty when there is none."""
    for name in use.functions:
        function = audit.inventory.get(name)
        entrance = ways_into(function, audit).public if isinstance(function, Function) else None
        if entrance is not None:
            return entrance.text
    return ""


@cache
def shipped_index() -> PackageIndex:
    """Names and newest versions of the most used packages, as they are shipped."""
    with as_file(files("lambdaudit.data").joinpath("popular.json.gz")) as path:
        return read_index(path)


def index(audit: Audit) -> PackageIndex:
    """The index of newest versions: the one of the options, and the shipped one for what it does not name."""
    own = audit.options.package_index
    return own.over(shipped_index()) if own else shipped_index()


def months_since(month: str, today: dt.date) -> int | None:
    """Whole months since a month (``2024-05``); None for what is none."""
    year, _, number = month.partition("-")
    if not (year.isdecimal() and number.isdecimal()):
        return None
    return (today.year - int(year)) * 12 + today.month - int(number)
