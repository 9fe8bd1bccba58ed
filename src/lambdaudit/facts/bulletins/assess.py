"""Which functions an entry of a feed concerns, and why.

Everything that is said is kept by weakness and by what it is said of. Of one package and one weakness a certain "affected"
outweighs all, a certain "not affected" outweighs what is open: a CPE name that may mean another product says less than an
advisory that names the package. Over several weaknesses and packages the worst holds.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from lambdaudit.advisories.ecosystems import ecosystem, normal_name
from lambdaudit.advisories.feeds.entry import Claim, Entry
from lambdaudit.advisories.feeds.ranges import Judgement, judge
from lambdaudit.advisories.matching import looked_up
from lambdaudit.advisories.osv import Record, verdict
from lambdaudit.facts.dependencies import Use, is_system

from .estate import Estate, Known, spoken
from .interpreters import runtimes_of
from .mentions import packages_in, runtimes_in, services_in

AFFECTED: Final = "affected"
OPEN: Final = "may concern"
MENTIONED: Final = "mentions"
UNAFFECTED: Final = "not affected"
NONE: Final = "none"
_ORDER: Final = (AFFECTED, OPEN, MENTIONED, UNAFFECTED, NONE)
_STATES: Final = {True: AFFECTED, None: OPEN, False: UNAFFECTED}


class Reason(NamedTuple):
    """Why an entry concerns functions, or why not: `subject` is what it is about, `fixed` the version that mends it."""

    state: str
    subject: str
    text: str
    functions: tuple[str, ...]
    fixed: str = ""


class Concern(NamedTuple):
    """What an entry means here.

    `state` is ``affected``, ``may concern``, ``not affected`` (what it names is here, in versions that it is not about) or
    ``none``. `functions` are affected, `perhaps` those that it may concern besides, `clear` those that only have what is not
    affected. `unsettled` are the CVE numbers of a text of which nothing is known here: what it says of them stays open.
    """

    entry: Entry
    state: str
    reasons: tuple[Reason, ...] = ()
    functions: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()


class _Said(NamedTuple):
    about: str
    subject: str
    state: str
    functions: tuple[str, ...]
    text: str
    fixed: str = ""


def assess(entries: Iterable[Entry], estate: Estate) -> tuple[Concern, ...]:
    """What each entry concerns, the newest first, those without a day last.

    An entry that only names a weakness is judged by what the database, scanners and the other entries given say of it.
    """
    listed = list(entries)
    known = estate.known({name for entry in listed for name in entry.ids})
    sure = [list(_claimed(entry, estate)) if not entry.withdrawn else [] for entry in listed]
    for entry, said in zip(listed, sure, strict=True):
        for row in said:
            if row.state != OPEN:
                state = row.state == AFFECTED
                one = Known(row.subject, row.functions, state, f"{row.text}, by {entry.kind}", row.fixed)
                for name in (row.about,) if row.about.startswith("CVE-") else _own_ids(entry):
                    known.setdefault(name, []).append(one)
    told = known.keys() | {name for entry in listed if not entry.prose for name in entry.ids}
    found = [_concern(entry, said, known, told, estate) for entry, said in zip(listed, sure, strict=True)]
    return tuple(sorted(sorted(found, key=lambda c: (c.entry.title, c.entry.ids)), key=lambda c: c.entry.date, reverse=True))


def _own_ids(entry: Entry) -> tuple[str, ...]:
    """The ids of the weakness that an entry is about, if it is about one."""
    return entry.ids if sum(name.startswith("CVE-") for name in entry.ids) < 2 else ()


def _concern(entry: Entry, said: list[_Said], known: dict[str, list[Known]], told: set[str], estate: Estate) -> Concern:
    if entry.withdrawn:
        return Concern(entry, NONE)
    rows = [*said, *_known(entry, known), *(_mentioned(entry, estate) if entry.prose else ())]
    unsettled = tuple(i for i in entry.ids if entry.prose and i.startswith("CVE-") and i not in told)
    reasons = tuple(_settled(rows, complete=not unsettled))
    by_state: dict[str, set[str]] = {state: set() for state in _ORDER}
    for reason in reasons:
        by_state[reason.state] |= set(reason.functions)
    affected = by_state[AFFECTED]
    perhaps = (by_state[OPEN] | by_state[MENTIONED]) - affected
    clear = by_state[UNAFFECTED] - affected - perhaps
    state = AFFECTED if affected else OPEN if perhaps else UNAFFECTED if clear else NONE
    return Concern(entry, state, reasons, tuple(sorted(affected)), tuple(sorted(perhaps)), tuple(sorted(clear)), unsettled)


def _settled(rows: list[_Said], *, complete: bool) -> Iterator[Reason]:
    """One reason for each thing that is named: of one weakness the surest word, over several weaknesses the worst.

    That a text names it says nothing more, if all weaknesses of the text are known (`complete`).
    """
    by_subject: dict[str, dict[str, list[_Said]]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, {}).setdefault(row.about, []).append(row)
    reasons = []
    for subject, by_weakness in by_subject.items():
        firm = {about: listed for about, listed in by_weakness.items() if any(r.state != MENTIONED for r in listed)}
        counted = firm if firm and complete else by_weakness
        best = [_surest(listed) for listed in counted.values()]
        worst = min(best, key=lambda row: _ORDER.index(row.state))
        functions = {fn for row in best if row.state == worst.state for fn in row.functions}
        reasons.append(Reason(worst.state, subject, worst.text, tuple(sorted(functions)), worst.fixed))
    yield from sorted(reasons, key=lambda r: (_ORDER.index(r.state), -len(r.functions), r.subject))


def _surest(rows: list[_Said]) -> _Said:
    rank = {AFFECTED: 0, UNAFFECTED: 1, OPEN: 2, MENTIONED: 3}
    first = min(rows, key=lambda row: rank[row.state])
    functions = {fn for row in rows if row.state == first.state for fn in row.functions}
    return first._replace(functions=tuple(sorted(functions)))


def _known(entry: Entry, known: dict[str, list[Known]]) -> Iterator[_Said]:
    for name in entry.ids:
        for row in known.get(name, ()):
            text = row.text if row.text.startswith(name) else f"{name}: {row.text}"
            yield _Said(_about(entry, name), row.subject, _STATES[row.affected], row.functions, text, row.fixed)


def _about(entry: Entry, name: str) -> str:
    """Ids of one weakness count as one; of an entry about several each CVE number is one."""
    return name if not _own_ids(entry) else entry.ids[0]


def _claimed(entry: Entry, estate: Estate) -> Iterator[_Said]:
    """What the entry itself says of packages and runtimes that are here."""
    about = entry.ids[0] if entry.ids else entry.title
    packages = list(_recorded(entry.record, about, estate)) if entry.record is not None else []
    products: list[_Said] = []
    for claim in entry.claims:
        weakness = claim.about if claim.about.startswith("CVE-") and not _own_ids(entry) else about
        if claim.ecosystem:
            packages += _of_package(claim, weakness, estate)
        else:
            products += _of_product(claim, weakness, estate)
    yield from _worst_of_each(packages)
    yield from _worst_of_each(products)


def _worst_of_each(rows: list[_Said]) -> Iterator[_Said]:
    """Claims of one entry about one package are parts of one answer (a branch of versions each): the worst of them holds."""
    found: dict[tuple[str, str], _Said] = {}
    for row in rows:
        before = found.get((row.about, row.subject))
        if before is None or _ORDER.index(row.state) < _ORDER.index(before.state):
            found[row.about, row.subject] = row
    yield from found.values()


def _recorded(record: Record, about: str, estate: Estate) -> Iterator[_Said]:
    packages = {(a.package.ecosystem.partition(":")[0], a.package.name) for a in record.affected if a.package}
    for base, name in sorted(packages):
        for use in estate.by_package.get((base, normal_name(base, name)), ()):
            own, version = looked_up(use.component)
            if not version:
                yield _said(about, use, Judgement(None, why="its version is not known"))
                continue
            found = verdict(record, use.component.ecosystem, own, version)
            yield _said(about, use, Judgement(found.affected, next(iter(found.fixed), ""), found.why))


def _of_package(claim: Claim, about: str, estate: Estate) -> Iterator[_Said]:
    base = claim.ecosystem.partition(":")[0]
    for use in estate.by_package.get((base, normal_name(base, claim.name)), ()):
        found = _judged(claim, use)
        if is_system(use.component) and found.affected is not None and not _named_exactly(claim, use):
            found = Judgement(None, found.fixed, "releases of a distribution are mended each in versions of their own")
        yield _said(about, use, found)


def _of_product(claim: Claim, about: str, estate: Estate) -> Iterator[_Said]:
    """A product is no package: one of its name that lies in the range may be it, one outside is not affected either way."""
    for runtime, met, text in runtimes_of(claim, estate):
        yield _Said(about, f"runtime {runtime}", OPEN if met else UNAFFECTED, estate.runtimes[runtime], text)
    names = {spoken(claim.name), spoken(f"{claim.vendor} {claim.name}")} if len(claim.name) > 1 else set()
    for name in sorted(names):
        for use in estate.by_name.get(name, ()):
            found = _judged(claim, use)
            if found.affected is False and not is_system(use.component):
                yield _said(about, use, found)
            else:
                product = f"{claim.vendor} {claim.name}".strip()
                why = f"it names the product {product}, which may be another one" + (f"; {found.why}" if found.why else "")
                yield _said(about, use, Judgement(None, found.fixed, why))


def _judged(claim: Claim, use: Use) -> Judgement:
    _, version = looked_up(use.component)
    known = ecosystem(use.component.ecosystem)
    if not version:
        return Judgement(None, why="its version is not known")
    return judge(claim, known.scheme if known else "", version)


def _named_exactly(claim: Claim, use: Use) -> bool:
    return any(row.exact and row.low in (use.component.version, looked_up(use.component)[1]) for row in claim.rows)


def _said(about: str, use: Use, found: Judgement) -> _Said:
    text = {True: "its version is affected", False: "its version is not affected", None: found.why}[found.affected]
    return _Said(about, use.component.purl, _STATES[found.affected], use.functions, text, found.fixed)


def _mentioned(entry: Entry, estate: Estate) -> Iterator[_Said]:
    for use, word in packages_in(entry.title, entry.text, estate):
        yield _Said("", use.component.purl, MENTIONED, use.functions, f"the text names {word}")
    for mention in runtimes_in(entry.title, entry.text, estate):
        state = AFFECTED if mention.sure else MENTIONED
        yield _Said("", f"runtime {mention.subject}", state, mention.functions, mention.text)
    for mention in services_in(entry.title, entry.text, estate):
        yield _Said("", mention.subject, MENTIONED, mention.functions, mention.text)
