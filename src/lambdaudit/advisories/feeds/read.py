"""What a feed is, told by its content, and its entries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from .csaf import read_csaf
from .cve import read_kev, read_nvd, read_record
from .entry import Entry, FeedError, line, mapping
from .fetch import fetch
from .packages import read_github, read_osv

MOST_ENTRIES: Final = 200_000
_Reader = Callable[[dict[str, Any], str], Entry | None]
_KNOWN = "RSS 2.0, Atom, CISA KEV, NVD CVE API 2.0, CVE records 5.x, OSV, GitHub advisories, CSAF 2.0"


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of a feed; `refused` counts those that are malformed, and were left out."""

    name: str
    entries: tuple[Entry, ...]
    refused: int = 0


def open_feed(place: str) -> Feed:
    """Read a feed from a file, an https address, or standard input (``-``). Raises FeedError with one clear line."""
    name = "standard input" if place == "-" else place
    return read_feed(fetch(place), name)


def read_feed(data: bytes, name: str) -> Feed:
    """The entries in the bytes of a feed. Raises FeedError for what is in no known format, or empty."""
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise FeedError(f"{name} is empty")
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        from .markup import parse_xml
        from .syndication import read_syndication

        return _kept(name, read_syndication(parse_xml(data, name), name))
    return _kept(name, _entries(_documents(data.removeprefix(b"\xef\xbb\xbf"), name), name))


def _kept(name: str, entries: Iterator[Entry | None]) -> Feed:
    kept: list[Entry] = []
    refused = 0
    for entry in entries:
        if entry is None:
            refused += 1
        else:
            kept.append(entry)
        if len(kept) + refused > MOST_ENTRIES:
            raise FeedError(f"{name} has more than {MOST_ENTRIES} entries: give a part of it")
    if refused and not kept:
        raise FeedError(f"{name}: none of its {refused} entries can be read; known are {_KNOWN}")
    return Feed(name, tuple(kept), refused)


def _documents(data: bytes, name: str) -> list[Any]:
    """The JSON documents of a feed: one, those of a list, or one a line."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        rows = [row for row in data.split(b"\n") if row.strip()]
        if len(rows) < 2 or isinstance(error, RecursionError):
            raise FeedError(f"{name} is neither XML nor JSON: {error}") from error
        return [_line(row, name, number) for number, row in enumerate(rows, 1)]
    return document if isinstance(document, list) else [document]


def _line(row: bytes, name: str, number: int) -> Any:
    try:
        return msgspec.json.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"{name} is neither XML, JSON nor JSON lines: line {number}: {error}") from error


def _entries(documents: list[Any], name: str) -> Iterator[Entry | None]:
    for document in documents:
        found = _recognised(document)
        if found is None:
            if len(documents) == 1:
                raise FeedError(f"{name} is in no format that is known here: {_KNOWN}")
            yield None
            continue
        reader, rows, feed = found
        for row in rows:
            yield reader(row, feed or name) if isinstance(row, dict) else None


def _recognised(document: Any) -> tuple[_Reader, list[Any], str] | None:
    """The reader of a document, its rows, and how the feed calls itself."""
    if not isinstance(document, dict):
        return None
    rows = document.get("vulnerabilities")
    first = mapping(rows[0]) if isinstance(rows, list) and rows else {}
    if isinstance(rows, list) and ("catalogVersion" in document or "cveID" in first):
        return read_kev, rows, line(document.get("title"), 120)
    if isinstance(rows, list) and (document.get("format") == "NVD_CVE" or isinstance(first.get("cve"), dict)):
        return read_nvd, rows, ""
    if "cveMetadata" in document and "containers" in document:
        return read_record, [document], ""
    if "csaf_version" in mapping(document.get("document")):
        return read_csaf, [document], ""
    if "ghsa_id" in document or "ghsaId" in document:
        return read_github, [document], ""
    listed = mapping(mapping(document.get("data")).get("securityAdvisories")).get("nodes")
    if isinstance(listed, list):
        return read_github, listed, ""
    if isinstance(document.get("vulns"), list):
        return read_osv, document["vulns"], ""
    if isinstance(document.get("id"), str) and ("affected" in document or "modified" in document):
        return read_osv, [document], ""
    return None
