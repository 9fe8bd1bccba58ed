"""CSAF 2.0: which of the products of its tree each weakness affects."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from lambdaudit.advisories.ecosystems import ecosystem as known_ecosystem
from lambdaudit.advisories.versions import key

from .entry import MOST_CLAIMS, MOST_TEXT, Claim, Entry, Row, address, day, joined_ids, line, mapping, one, rows_of, texts_of
from .names import package_of, read_cpe, read_purl
from .ranges import read_constraints, read_vers, surest_first

MOST_PRODUCTS: Final = 100_000
MOST_DEPTH: Final = 30
_STATUS: Final = {
    "known_affected": "affected", "first_affected": "affected", "last_affected": "affected", "known_not_affected": "unaffected",
    "fixed": "unaffected", "first_fixed": "unaffected", "recommended": "unaffected", "under_investigation": "open",
}  # fmt: skip
_MENDED: Final = frozenset(("fixed", "first_fixed", "recommended"))
"""Statuses that mean some version: of a product without one they do not say which."""


class _Product(NamedTuple):
    """A product of the tree: a package where it has a package URL or a certain CPE name, else a vendor's product."""

    name: str
    ecosystem: str = ""
    vendor: str = ""
    version: str = ""
    span: str = ""


def read_csaf(data: dict[str, Any], feed: str) -> Entry | None:
    """A CSAF document as one entry, with what it says of all its weaknesses; None when it is malformed."""
    document = mapping(data.get("document"))
    tracking = mapping(document.get("tracking"))
    if not document or not isinstance(data.get("vulnerabilities", []), list):
        return None
    products = _products(mapping(data.get("product_tree")))
    weaknesses = list(rows_of(data.get("vulnerabilities")))
    claims = tuple(claim for row in weaknesses for claim in _claims(row, products))[:MOST_CLAIMS]
    own = [address(row.get("url")) for row in rows_of(document.get("references")) if row.get("category") == "self"]
    other = [address(row.get("url")) for row in rows_of(document.get("references"))]
    words = "\n".join(
        str(note.get("text", "")) for part in (document, *weaknesses) for note in rows_of(part.get("notes"))
    )[:MOST_TEXT]  # fmt: skip
    return Entry(
        kind="CSAF",
        feed=feed,
        title=line(document.get("title")) or line(tracking.get("id")),
        ids=joined_ids(tracking.get("id"), *(row.get("cve") for row in weaknesses)),
        published=day(tracking.get("initial_release_date")),
        updated=day(tracking.get("current_release_date")),
        link=next(filter(None, (*own, *other)), ""),
        text=words,
        prose=not claims,
        claims=claims,
    )


def _products(tree: dict[str, Any]) -> dict[str, tuple[_Product, ...]]:
    """Products by their id. A product inside another one (a package of a distribution's release) is what the inner one is."""
    found: dict[str, tuple[_Product, ...]] = {}
    waiting: list[tuple[dict[str, Any], dict[str, str], int]] = [({"branches": tree.get("branches")}, {}, 0)]
    while waiting and len(found) < MOST_PRODUCTS:
        branch, above, depth = waiting.pop()
        path = above | {str(branch.get("category", "")): line(branch.get("name"), 200)}
        product = branch.get("product")
        if isinstance(product, dict):
            _add(found, product, path)
        if depth < MOST_DEPTH:
            waiting += [(child, path, depth + 1) for child in rows_of(branch.get("branches"))]
    for product in rows_of(tree.get("full_product_names")):
        _add(found, product, {})
    for relation in list(rows_of(tree.get("relationships")))[:MOST_PRODUCTS]:
        whole = mapping(relation.get("full_product_name"))
        inner = found.get(str(relation.get("product_reference", "")), ())
        if isinstance(whole.get("product_id"), str) and inner:
            found.setdefault(whole["product_id"], inner)
    return found


def _add(found: dict[str, tuple[_Product, ...]], product: dict[str, Any], path: dict[str, str]) -> None:
    name = product.get("product_id")
    if not isinstance(name, str):
        return
    helper = mapping(product.get("product_identification_helper"))
    version, span = path.get("product_version", ""), path.get("product_version_range", "")
    if package := read_purl(helper.get("purl")):
        found[name] = (_Product(package.name, package.ecosystem, "", package.version or version, span),)
        return
    cpe = read_cpe(helper.get("cpe"))
    vendor, product_name = path.get("vendor", ""), path.get("product_name", "")
    if cpe and cpe.part == "a":
        vendor, product_name = cpe.vendor, cpe.product
        version = version or (cpe.version if cpe.version not in ("*", "-") else "")
    sure = (cpe.package if cpe else None) or package_of(vendor, product_name)
    if sure:
        found[name] = (_Product(sure.name, sure.ecosystem, "", version, span),)
    elif product_name:
        found[name] = (_Product(product_name, "", vendor, version, span),)


def _claims(weakness: dict[str, Any], products: dict[str, tuple[_Product, ...]]) -> Iterator[Claim]:
    about = line(weakness.get("cve"), 60) or line(weakness.get("title"), 60)
    rows: dict[tuple[str, str, str], list[Row]] = {}
    for status_name, status in _STATUS.items():
        for identity in texts_of(mapping(weakness.get("product_status")).get(status_name))[:MOST_CLAIMS]:
            for product in products.get(identity, ()):
                told = "open" if status_name in _MENDED and not (product.version or product.span) else status
                rows.setdefault((product.ecosystem, product.name, product.vendor), []).extend(_rows(product, told))
    for (eco, name, vendor), listed in rows.items():
        ranged = any(row.status == "affected" and not row.exact and (row.low or row.high) for row in listed)
        ordered = [*(row for row in listed if row.exact), *surest_first(row for row in listed if not row.exact)]
        default = "unaffected" if ranged else "open"
        extra = () if ranged else _behind_fixes(eco, listed)
        yield Claim(name, eco, vendor, (*ordered, *extra), default, about)


def _rows(product: _Product, status: str) -> tuple[Row, ...]:
    if product.span:
        found = read_vers(product.span, status) if product.span.startswith("vers:") else read_constraints(product.span, status)
        return found if found is not None else (Row("open"),)
    return (one(status, product.version),) if product.version else (Row(status),)


def _behind_fixes(eco: str, rows: list[Row]) -> tuple[Row, ...]:
    """Versions from the newest fixed one on are mended; what lies below it belongs to a branch that the document tells or not."""
    known = known_ecosystem(eco)
    fixed = []
    for row in rows:
        if known and row.exact and row.status == "unaffected":
            try:
                fixed.append((key(known.scheme, row.low), row.low))
            except ValueError:
                return ()
    return (Row("unaffected", max(fixed)[1]),) if fixed else ()
