"""Advisories in the OSV format (schema 1.x), and whether one is about a version.

The evaluation follows "Evaluation" in the OSV schema's documentation.
"""

from functools import lru_cache
from typing import Any

import msgspec

from .ecosystems import ecosystem, normal_name
from .versions import key


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of a range; exactly one field is set."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True, omit_defaults=True):
    """Versions from one event to the next. `type` is ``SEMVER``, ``ECOSYSTEM`` or ``GIT``."""

    type: str
    events: tuple[Event, ...] = ()


class PackageName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A package, as OSV names it."""

    ecosystem: str
    name: str


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CVSS vector (or a word of a distribution), `type` says which."""

    type: str
    score: str


class Affected(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one entry of an advisory is about: a package, ranges of versions, single versions."""

    package: PackageName | None = None
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[Score, ...] = ()


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """An advisory. Only the fields that are used here; the rest of the record is not kept."""

    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    aliases: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    severity: tuple[Score, ...] = ()
    affected: tuple[Affected, ...] = ()
    database_specific: dict[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True):
    """Whether a version is affected, and from which version on it is mended.

    `affected` is None when it cannot be told (a version that cannot be compared, or only commits are given); `why` says so then.
    `fixed` holds the next fixed versions, one for each range that the version lies in.
    """

    affected: bool | None
    fixed: tuple[str, ...] = ()
    why: str = ""


_NO = Verdict(False)


def verdict(record: Record, ecosystem_name: str, name: str, version: str) -> Verdict:
    """Whether an advisory is about a version of a package. A withdrawn advisory is about nothing."""
    if record.withdrawn:
        return _NO
    wanted = normal_name(ecosystem_name, name)
    undecided = ""
    fixed: list[str] = []
    hit = False
    for entry in record.affected:
        package = entry.package
        if (
            package is None
            or not _same(package.ecosystem, ecosystem_name)
            or normal_name(package.ecosystem, package.name) != wanted
        ):
            continue
        one = _entry(entry, ecosystem_name, version)
        if one.affected:
            hit = True
            fixed += [f for f in one.fixed if f not in fixed]
        elif one.affected is None:
            undecided = one.why
    if hit:
        return Verdict(True, tuple(fixed))
    return Verdict(None, why=undecided) if undecided else _NO


def _same(stated: str, wanted: str) -> bool:
    """Releases of a distribution are told apart; an entry without a release is about all of them."""
    base, _, release = stated.partition(":")
    wanted_base, _, wanted_release = wanted.partition(":")
    return base == wanted_base and (not release or not wanted_release or release == wanted_release)


def _entry(entry: Affected, ecosystem_name: str, version: str) -> Verdict:
    known = ecosystem(ecosystem_name)
    scheme = known.scheme if known else ""
    hit = version in entry.versions or _listed(scheme, version, entry.versions)
    fixed: list[str] = []
    why = ""
    usable = [r for r in entry.ranges if r.type in ("SEMVER", "ECOSYSTEM")]
    for one in usable:
        own = scheme if one.type == "ECOSYSTEM" else ("go" if scheme == "go" else "semver")
        try:
            inside, mended = _in_range(one, own, version)
        except (ValueError, KeyError) as error:
            why = (
                f"{version} cannot be compared: {error}"
                if isinstance(error, ValueError)
                else f"nothing compares {ecosystem_name}"
            )
            continue
        if inside:
            hit = True
        if inside and mended:
            fixed.append(mended)
    if not hit and not why and entry.ranges and not usable and not entry.versions:
        why = "the advisory names commits only"
    if hit:
        return Verdict(True, tuple(fixed) or _next_fixed(usable, scheme, version))
    return Verdict(None, why=why) if why else _NO


def _listed(scheme: str, version: str, versions: tuple[str, ...]) -> bool:
    """Whether a list of versions has this one in another spelling (``1.0`` and ``1.0.0`` are one for PyPI)."""
    if not versions or not scheme or len(versions) > 20_000:
        return False
    try:
        return key(scheme, version) in _keys(scheme, versions)
    except ValueError:
        return False


@lru_cache(maxsize=512)
def _keys(scheme: str, versions: tuple[str, ...]) -> frozenset[Any]:
    found = set()
    for version in versions:
        try:
            found.add(key(scheme, version))
        except ValueError:
            continue
    return frozenset(found)


def _in_range(one: Range, scheme: str, version: str) -> tuple[bool, str]:
    """Whether a version lies in a range, and the fix that ends the part of the range it lies in."""
    own = key(scheme, version)
    limits = [e.limit for e in one.events if e.limit is not None]
    if limits and not any(limit == "*" or own < key(scheme, limit) for limit in limits):
        return False, ""
    inside = False
    for at, kind, text in _sorted(one, scheme):
        if at is None or own >= at:
            if kind == "introduced":
                inside = True
            elif kind == "fixed" or own > at:
                inside = False
        elif inside:
            return True, text if kind == "fixed" else ""
    return inside, ""


def _sorted(one: Range, scheme: str) -> list[tuple[Any, str, str]]:
    """Events from old to new; None stands for "before every version". At one version a fix comes before the next introduction."""
    rows: list[tuple[Any, str, str]] = []
    first: list[tuple[Any, str, str]] = []
    for event in one.events:
        if event.introduced == "0":
            first.append((None, "introduced", "0"))
        elif event.introduced is not None:
            rows.append((key(scheme, event.introduced), "introduced", event.introduced))
        elif event.fixed is not None:
            rows.append((key(scheme, event.fixed), "fixed", event.fixed))
        elif event.last_affected is not None:
            rows.append((key(scheme, event.last_affected), "last_affected", event.last_affected))
    rows.sort(key=lambda row: row[1])
    rows.sort(key=lambda row: row[0])
    return first + rows


def _next_fixed(ranges: list[Range], scheme: str, version: str) -> tuple[str, ...]:
    """The first fixed version above one that only the list of versions names."""
    try:
        own = key(scheme, version)
        above = [(key(scheme, e.fixed), e.fixed) for r in ranges for e in r.events if e.fixed and key(scheme, e.fixed) > own]
    except (ValueError, KeyError):
        return ()
    return (min(above)[1],) if above else ()
