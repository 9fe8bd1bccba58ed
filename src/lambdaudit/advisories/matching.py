"""Which advisories are about a component: aliases joined, the worst score, the version that mends it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from lambdaudit.model.code import Component
from lambdaudit.model.finding import Severity

from . import cvss
from .ecosystems import ecosystem, normal_name
from .osv import Record, Score, verdict
from .versions import key

_WORDS = {
    "critical": Severity.CRITICAL, "high": Severity.HIGH, "important": Severity.HIGH, "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM, "low": Severity.LOW, "negligible": Severity.INFO, "unimportant": Severity.INFO,
    "info": Severity.INFO,
}  # fmt: skip


_Hit = tuple[Record, tuple[str, ...], str]
"""An advisory, the versions that mend it, and why it is only possible."""


class Source(Protocol):
    """Where advisories come from: the database, or what the OSV service answered."""

    @property
    def title(self) -> str:
        """What it is and of which day, for a person (``advisories of 2026-11-20``)."""

    def about(self, ecosystem_name: str, name: str) -> tuple[Record, ...]:
        """Every advisory with an entry about a package; the name as :func:`normal_name` gives it."""

    def covers(self, ecosystem_name: str) -> bool:
        """Whether it has advisories of this ecosystem at all: no answer from elsewhere is no "nothing known"."""

    def exploited(self, ids: Iterable[str]) -> str:
        """The day since which one of these ids is known to be used by attackers; empty when that is not known."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One weakness of one component, by whatever ids it is known.

    `ids` are all ids, a CVE number first; `severity` is None when no advisory weighs it; `score` and `vector` are those of the
    worst CVSS vector. `fixed` is the version to go to that mends it: the lowest, empty when there is none. `certain` is False
    when the version could not be compared and the advisory may be about it; `why` then says why. `exploited` is the day since
    which attackers are known to use it (CISA's catalog), or empty.
    """

    ids: tuple[str, ...]
    severity: Severity | None
    score: float | None
    vector: str
    fixed: str
    summary: str
    published: str
    malicious: bool = False
    certain: bool = True
    why: str = ""
    exploited: str = ""

    @property
    def name(self) -> str:
        """The id that a person knows it by."""
        return self.ids[0]


def vulnerabilities(component: Component, source: Source) -> tuple[Vulnerability, ...]:
    """What is known about a component's version, worst first. Empty for a component without a version.

    Advisories that are aliases of each other, directly or through a third, count as one.
    """
    (name, version), eco = looked_up(component), component.ecosystem
    if not version or not eco:
        return ()
    hits: list[_Hit] = []
    for record in source.about(eco, normal_name(eco, name)):
        found = verdict(record, eco, name, version)
        if found.affected is not False:
            hits.append((record, found.fixed, found.why))
    groups = [_joined(group, eco) for group in _groups(hits)]
    groups = [replace(v, exploited=since) if (since := source.exploited(v.ids)) else v for v in groups]
    return tuple(sorted(groups, key=lambda v: (v.severity.rank if v.severity else 9, -(v.score or 0), v.ids)))


def looked_up(component: Component) -> tuple[str, str]:
    """The name and version that advisories use.

    Distributions publish theirs by source package, which the package URL carries as `upstream`, with its version if it differs.
    """
    _, _, qualifiers = component.purl.partition("?")
    for pair in qualifiers.partition("#")[0].split("&"):
        key_, _, value = pair.partition("=")
        if key_ == "upstream" and value:
            from urllib.parse import unquote

            name, _, version = unquote(value).partition("@")
            return name, version or component.version
    return component.name, component.version


def _groups(hits: list[_Hit]) -> list[list[_Hit]]:
    """Hits joined by shared ids, in linear time: a kernel has thousands of advisories."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        root = name
        while leader.setdefault(root, root) != root:
            root = leader[root]
        while leader[name] != root:
            leader[name], name = root, leader[name]
        return root

    for record, _, _ in hits:
        for other in _ids(record):
            leader[find(other)] = find(record.id)
    groups: dict[str, list[_Hit]] = {}
    for hit in sorted(hits, key=lambda h: h[0].id):
        groups.setdefault(find(hit[0].id), []).append(hit)
    return list(groups.values())


def _ids(record: Record) -> tuple[str, ...]:
    """The names of the same weakness. Records of distributions name what they repackage as `upstream`, if it is one weakness."""
    upstream = record.upstream if record.id.startswith(("DEBIAN-", "UBUNTU-", "ALPINE-")) and len(record.upstream) == 1 else ()
    return *record.aliases, *upstream


def _joined(rows: list[_Hit], eco: str) -> Vulnerability:
    records = [record for record, _, _ in rows]
    ids = {i for r in records for i in (r.id, *_ids(r))}
    known = [r for r in records if any(r.id == row[0].id and not row[2] for row in rows)]
    severity, number, vector = _weight(records, eco)
    malicious = any(r.id.startswith("MAL-") for r in records)
    return Vulnerability(
        ids=tuple(sorted(ids, key=_id_order)),
        severity=Severity.CRITICAL if malicious else severity,
        score=number,
        vector=vector,
        fixed=_lowest([f for _, fixed, _ in rows for f in fixed], eco),
        summary=next((text for r in records if (text := r.summary or r.details.strip().partition("\n")[0])), "")[:300],
        published=min((r.published for r in records if r.published), default=""),
        malicious=malicious,
        certain=bool(known),
        why="" if known else rows[0][2],
    )


def _id_order(text: str) -> tuple[int, str]:
    for rank, start in enumerate(("CVE-", "MAL-", "GHSA-")):
        if text.startswith(start):
            return rank, text
    return 9, text


def _lowest(versions: list[str], eco: str) -> str:
    known = ecosystem(eco)
    if not versions or not known:
        return versions[0] if versions else ""
    ranked = []
    for version in versions:
        try:
            ranked.append((key(known.scheme, version), version))
        except ValueError:
            continue
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else versions[0]


def _weight(records: list[Record], eco: str) -> tuple[Severity | None, float | None, str]:
    """The worst severity that the advisories give: by CVSS score where there is one, else by their own word."""
    scored = []
    for entry in _scores(records):
        number = cvss.score(entry.score)
        if number is not None:
            scored.append((entry.type == "CVSS_V2", -number, entry.score))
    if scored:
        _, negative, vector = min(scored)
        return Severity(cvss.rating(-negative)), -negative, vector
    words = [_WORDS.get(str(r.database_specific.get("severity", "")).lower()) for r in records]
    words += [_WORDS.get(entry.score.lower()) for entry in _scores(records)]
    found = [w for w in words if w]
    return (min(found, key=lambda s: s.rank) if found else None), None, ""


def _scores(records: Iterable[Record]) -> list[Score]:
    return [entry for r in records for entry in (*r.severity, *(s for a in r.affected for s in a.severity))]
