"""Advisories about packages: OSV's format and GitHub's own."""

from typing import Any

import msgspec

from lambdaudit.advisories.osv import Record

from .entry import MOST_CLAIMS, MOST_TEXT, Claim, Entry, Row, address, day, joined_ids, line, mapping, rows_of
from .names import github_ecosystem
from .ranges import read_constraints


def read_osv(data: dict[str, Any], feed: str) -> Entry | None:
    """An OSV record; None when it is malformed."""
    try:
        record = msgspec.convert(data, Record)
    except msgspec.ValidationError:
        return None
    addresses = [address(row.get("url")) for row in rows_of(data.get("references"))]
    return Entry(
        kind="OSV",
        feed=feed,
        title=line(record.summary or record.details) or line(record.id),
        ids=joined_ids(record.id, *record.aliases),
        published=day(record.published),
        updated=day(record.modified),
        link=next(filter(None, addresses), ""),
        text=record.details[:MOST_TEXT],
        record=record,
        withdrawn=bool(record.withdrawn),
    )


def read_github(data: dict[str, Any], feed: str) -> Entry | None:
    """A security advisory as GitHub's REST or GraphQL interface gives it; None when it is malformed."""
    name = data.get("ghsa_id") or data.get("ghsaId")
    listed = data.get("vulnerabilities")
    listed = listed.get("nodes") if isinstance(listed, dict) else listed
    if not isinstance(name, str) or not isinstance(listed, list | None):
        return None
    others = [row.get("value") for row in rows_of(data.get("identifiers"))]
    return Entry(
        kind="GitHub",
        feed=feed,
        title=line(data.get("summary")) or line(name),
        ids=joined_ids(name, data.get("cve_id"), *others),
        published=day(data.get("published_at") or data.get("publishedAt")),
        updated=day(data.get("updated_at") or data.get("updatedAt")),
        link=address(data.get("html_url") or data.get("permalink")),
        text=str(data.get("description") or "")[:MOST_TEXT],
        claims=tuple(claim for row in list(rows_of(listed))[:MOST_CLAIMS] if (claim := _github_claim(row, name))),
        withdrawn=bool(data.get("withdrawn_at") or data.get("withdrawnAt")),
    )


def _github_claim(row: dict[str, Any], about: str) -> Claim | None:
    package = mapping(row.get("package"))
    name, ecosystem = line(package.get("name"), 300), github_ecosystem(package.get("ecosystem"))
    if not name or not ecosystem:
        return None
    text = row.get("vulnerable_version_range") or row.get("vulnerableVersionRange") or ""
    rows = read_constraints(text, "affected") if isinstance(text, str) and text.strip() else None
    if rows is None:
        return Claim(name, ecosystem, about=about)
    if len(rows) == 1 and (fixed := _github_fix(row)) and not rows[0].high:
        rows = (Row("affected", rows[0].low, rows[0].low_in, fixed), Row("unaffected", fixed))
    return Claim(name, ecosystem, rows=rows, default="unaffected", about=about)


def _github_fix(row: dict[str, Any]) -> str:
    fixed = row.get("first_patched_version") or row.get("firstPatchedVersion")
    fixed = fixed.get("identifier") if isinstance(fixed, dict) else fixed
    return line(fixed, 100)
