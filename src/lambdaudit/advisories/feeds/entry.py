"""One entry of a feed, whatever its format: what it says, of when it is, and which versions of which products it names."""

import datetime as dt
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

from lambdaudit.advisories.osv import Record

MOST_TEXT: Final = 100_000
"""Characters of an entry's text that are searched."""
MOST_IDS: Final = 500
MOST_CLAIMS: Final = 5_000
_ID: Final = re.compile(
    r"(?i)(?<![A-Za-z0-9-])(CVE-\d{4}-\d{4,10}|GHSA(?:-[0-9a-z]{4}){3}|(?:PYSEC|RUSTSEC|MAL|GO)-\d{4}-\d{1,8}|AWS-\d{4}-\d{3,4}"
    r"|ALAS[A-Z0-9]{0,20}(?:-[A-Z0-9.]{1,12})?-\d{4}-\d{1,5})"
    r"(?![A-Za-z0-9-])"
)
_DAY: Final = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ]|\s*$)")


class FeedError(Exception):
    """A feed that cannot be read; the text says what, where and what to do, in one line."""


class Row(NamedTuple):
    """Versions from `low` to `high`, and what is said of them: ``affected``, ``unaffected`` or ``open``.

    An empty bound is none; `low_in` and `high_in` tell whether the bound itself belongs to it.
    """

    status: str
    low: str = ""
    low_in: bool = True
    high: str = ""
    high_in: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is one version only."""
        return bool(self.low) and self.low == self.high and self.low_in and self.high_in


def one(status: str, version: str) -> Row:
    """The row of one version."""
    return Row(status, version, True, version, True)


class Claim(NamedTuple):
    """What an entry says of one product.

    With an `ecosystem` (OSV's name) the `name` is that of a package there; without one it is only the name of a product, by
    `vendor`, and a package of that name may be something else. The first row that has a version decides, `default` (as the
    status of a row) the versions in none. `about` is the weakness it is about. `caveat` says why a version inside is affected
    only perhaps, or is empty.
    """

    name: str
    ecosystem: str = ""
    vendor: str = ""
    rows: tuple[Row, ...] = ()
    default: str = "open"
    about: str = ""
    caveat: str = ""


class Entry(NamedTuple):
    """One entry of a feed.

    `ids` are those of weaknesses and bulletins, its own first; `published` and `updated` days (ISO) or empty; `kind` names the
    format. `prose` is true where only its text tells what it is about. `record` is the advisory of an OSV feed, `exploited`
    the day since which attackers are known to use it.
    """

    kind: str
    feed: str
    title: str
    ids: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    link: str = ""
    text: str = ""
    prose: bool = False
    claims: tuple[Claim, ...] = ()
    record: Record | None = None
    exploited: str = ""
    withdrawn: bool = False

    @property
    def date(self) -> str:
        """The day of its last change, as far as it tells one."""
        return max(self.published, self.updated)


def mapping(value: Any) -> dict[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows_of(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing for what is no list."""
    for row in value if isinstance(value, list) else ():
        if isinstance(row, dict):
            yield row


def texts_of(value: Any) -> tuple[str, ...]:
    """The strings in a list; nothing for what is no list."""
    return tuple(row for row in value if isinstance(row, str)) if isinstance(value, list) else ()


def line(value: Any, most: int = 300) -> str:
    """A string as one line, cut; nothing for anything else."""
    joined = " ".join(value[: most * 4].split()) if isinstance(value, str) else ""
    return joined if len(joined) <= most else joined[: most - 1] + "…"


def address(value: Any) -> str:
    """A web address, or nothing for what is none: other schemes do things when they are opened."""
    text = value.strip() if isinstance(value, str) else ""
    usable = text.lower().startswith(("https://", "http://")) and len(text) <= 2_000
    return text if usable and text.isprintable() and " " not in text else ""


def day(value: Any) -> str:
    """The day of a time as ISO 8601 or RFC 5322 write it, as ``2026-11-20``; empty for what is no time."""
    text = value[:100] if isinstance(value, str) else ""
    found = _DAY.match(text)
    try:
        return dt.date.fromisoformat(found[1]).isoformat() if found else parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def ids_in(*parts: str) -> tuple[str, ...]:
    """Ids of weaknesses and bulletins in texts, each once, in their usual spelling."""
    found: dict[str, None] = {}
    for text in parts:
        for match in _ID.finditer(text):
            found[proper_id(match[1])] = None
            if len(found) >= MOST_IDS:
                return tuple(found)
    return tuple(found)


def proper_id(text: str) -> str:
    """An id in its usual spelling: capitals, the groups of GitHub's ids small."""
    return f"GHSA{text[4:].lower()}" if text[:5].lower() == "ghsa-" else text.upper()


def joined_ids(*groups: Any) -> tuple[str, ...]:
    """Ids of several places, each once; what is no short string is left out."""
    found = {proper_id(i): None for i in groups if isinstance(i, str) and 3 < len(i) <= 100 and i.isprintable() and " " not in i}
    return tuple(found)[:MOST_IDS]
