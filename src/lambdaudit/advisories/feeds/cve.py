"""Weaknesses by CVE number: CISA's catalog, the NVD's CVE API 2.0, and CVE records 5.x."""

from collections.abc import Iterator
from typing import Any

from .entry import (
    MOST_CLAIMS,
    MOST_TEXT,
    Claim,
    Entry,
    Row,
    address,
    day,
    ids_in,
    joined_ids,
    line,
    mapping,
    one,
    rows_of,
    texts_of,
)
from .names import Cpe, Package, package_of, read_cpe, read_purl, registry_ecosystem
from .ranges import read_constraints, surest_first, upper_bound

_NO_VERSION = frozenset(("", "n/a", "unspecified", "unknown", "-", "none"))


def read_kev(row: dict[str, Any], feed: str) -> Entry | None:
    """A row of CISA's catalog of known exploited vulnerabilities; None when it is malformed."""
    name, vendor, product = row.get("cveID"), line(row.get("vendorProject"), 120), line(row.get("product"), 120)
    if not isinstance(name, str):
        return None
    since = day(row.get("dateAdded"))
    package = package_of(vendor, product)
    return Entry(
        kind="CISA KEV",
        feed=feed,
        title=line(row.get("vulnerabilityName")) or line(name),
        ids=joined_ids(name),
        published=since,
        link=f"https://nvd.nist.gov/vuln/detail/{joined_ids(name)[0]}" if joined_ids(name) else "",
        text=line(row.get("shortDescription"), MOST_TEXT),
        prose=True,
        claims=(_claim(package, vendor, product, (), "open", name),) if product else (),
        exploited=since or "an unknown day",
    )


def read_nvd(row: dict[str, Any], feed: str) -> Entry | None:
    """A row of the NVD's answer; None when it is malformed."""
    cve = mapping(row.get("cve"))
    name = cve.get("id")
    if not isinstance(name, str):
        return None
    words = _english(cve.get("descriptions"))
    claims = tuple(_configured(cve.get("configurations"), name))
    return Entry(
        kind="NVD",
        feed=feed,
        title=line(words, 200) or line(name),
        ids=joined_ids(name),
        published=day(cve.get("published")),
        updated=day(cve.get("lastModified")),
        link=f"https://nvd.nist.gov/vuln/detail/{joined_ids(name)[0]}" if joined_ids(name) else "",
        text=words,
        prose=not claims,
        claims=claims,
        exploited=day(cve.get("cisaExploitAdd")),
        withdrawn=cve.get("vulnStatus") == "Rejected",
    )


def _english(rows: Any) -> str:
    listed = list(rows_of(rows))
    best = next((row for row in listed if str(row.get("lang", "")).lower().startswith("en")), listed[0] if listed else {})
    value = best.get("value")
    return value[:MOST_TEXT] if isinstance(value, str) else ""


def _configured(configurations: Any, about: str) -> Iterator[Claim]:
    """A claim for each product: its vulnerable matches. What holds only beside something else is only possible."""
    found: dict[tuple[str, str, str], tuple[Cpe, list[Row], str]] = {}
    for configuration in rows_of(configurations):
        nodes = list(rows_of(configuration.get("nodes")))
        beside = len(nodes) > 1 and configuration.get("operator") == "AND"
        for node in nodes:
            caveat = "only together with something else that the entry names" if beside or node.get("operator") == "AND" else ""
            if node.get("negate") or configuration.get("negate"):
                caveat = "the entry says it the other way round"
            for match in rows_of(node.get("cpeMatch")):
                cpe = read_cpe(match.get("criteria"))
                if match.get("vulnerable") is not True or cpe is None or cpe.part == "h" or len(found) >= MOST_CLAIMS:
                    continue
                _, rows, doubt = found.get((cpe.vendor, cpe.product, cpe.target), (cpe, [], ""))
                rows.append(_matched(cpe, match))
                found[cpe.vendor, cpe.product, cpe.target] = cpe, rows, doubt or caveat
    for cpe, rows, caveat in found.values():
        yield _claim(cpe.package, cpe.vendor, cpe.product, surest_first(rows), "unaffected", about, caveat)


def _matched(cpe: Cpe, match: dict[str, Any]) -> Row:
    """The versions of one match: those of the CPE name, or from one bound to the other."""
    if cpe.version not in ("*", "-"):
        return one("affected", cpe.version if cpe.update in ("*", "-") else f"{cpe.version}-{cpe.update}")
    low, low_in = line(match.get("versionStartIncluding"), 100), True
    if not low:
        low, low_in = line(match.get("versionStartExcluding"), 100), False
    high, high_in = line(match.get("versionEndIncluding"), 100), True
    if not high:
        high, high_in = line(match.get("versionEndExcluding"), 100), False
    return Row("affected" if cpe.version == "*" else "open", low, low_in or not low, high, high_in)


def read_record(data: dict[str, Any], feed: str) -> Entry | None:
    """A CVE record 5.x; None when it is malformed."""
    about, containers = mapping(data.get("cveMetadata")), mapping(data.get("containers"))
    name, cna = about.get("cveId"), mapping(containers.get("cna"))
    if not isinstance(name, str) or not containers:
        return None
    words = _english(cna.get("descriptions"))
    listed = [row for part in (cna, *rows_of(containers.get("adp"))) for row in rows_of(part.get("affected"))]
    claims = tuple(claim for row in listed[:MOST_CLAIMS] if (claim := _affected(row, name)))
    links = [address(row.get("url")) for row in rows_of(cna.get("references"))]
    return Entry(
        kind="CVE",
        feed=feed,
        title=line(cna.get("title")) or line(words, 200) or line(name),
        ids=joined_ids(name, *ids_in(line(mapping(cna.get("source")).get("advisory"), 60))),
        published=day(about.get("datePublished")),
        updated=day(about.get("dateUpdated")),
        link=next(filter(None, links), ""),
        text=words,
        prose=not claims,
        claims=claims,
        withdrawn=about.get("state") == "REJECTED",
    )


def _affected(row: dict[str, Any], about: str) -> Claim | None:
    """One product of a CVE record. Its package is certain by a package URL, or by a name in the collection of a registry."""
    vendor, product = line(row.get("vendor"), 120), line(row.get("product"), 120)
    package = read_purl(row.get("packageURL"))
    name, ecosystem = line(row.get("packageName"), 300), registry_ecosystem(row.get("collectionURL"))
    if package is None and name and ecosystem:
        package = Package(ecosystem, name.replace("/", ":") if ecosystem == "Maven" else name)
    if package is None:
        package = next((cpe.package for text in texts_of(row.get("cpes")) if (cpe := read_cpe(text))), None)
    package = package or package_of(vendor, product)
    if package is None and (name or product).lower() in ("", "n/a"):
        return None
    rows = surest_first(_versions(row.get("versions")))
    default = {"affected": "affected", "unaffected": "unaffected"}.get(str(row.get("defaultStatus", "")).lower(), "open")
    if default == "open" and any(entry.status == "affected" and not entry.exact for entry in rows):
        default = "unaffected"  # most records name the affected range and leave the default out
    return _claim(package, vendor, name or product, rows, default, about)


def _versions(listed: Any) -> Iterator[Row]:
    for entry in rows_of(listed):
        status = {"affected": "affected", "unaffected": "unaffected"}.get(str(entry.get("status", "")).lower(), "open")
        version, kind = line(entry.get("version"), 200), str(entry.get("versionType", "")).lower()
        below, last = line(entry.get("lessThan"), 100), line(entry.get("lessThanOrEqual"), 100)
        if kind == "git":
            continue
        if below or last:
            yield from _ranged(entry, status, "" if version.lower() in _NO_VERSION | {"0", "*"} else version, below, last)
        elif version.lower() in _NO_VERSION:
            yield Row("open")
        elif (rows := read_constraints(version, status)) is not None:
            yield from rows
        elif upper_bound(version) != version:
            yield Row(status, version.rstrip("*x").rstrip("."), True, upper_bound(version))
        else:
            yield Row("open")


def _ranged(entry: dict[str, Any], status: str, low: str, below: str, last: str) -> Iterator[Row]:
    """A range, cut where its status changes: the later change decides, so that it comes first."""
    branch = upper_bound(last) if last and upper_bound(last) != last else ""
    high, high_in = (upper_bound(below), False) if below else (branch, False) if branch or last == "*" else (last, True)
    changes = [(line(row.get("at"), 100), row.get("status")) for row in rows_of(entry.get("changes"))][:100]
    for at, changed in reversed([(at, changed) for at, changed in changes if at]):
        yield Row(changed if changed in ("affected", "unaffected") else "open", at, True, high, high_in)
    yield Row(status, low, True, high, high_in)


def _claim(
    package: Package | None, vendor: str, product: str, rows: tuple[Row, ...], default: str, about: str, caveat: str = ""
) -> Claim:
    if package:
        return Claim(package.name, package.ecosystem, vendor, rows, default, about, caveat)
    return Claim(product, "", vendor, rows, default, about, caveat)
