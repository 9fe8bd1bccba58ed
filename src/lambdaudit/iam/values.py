"""Typed values of conditions: numbers, dates, networks, base-64 texts. Every reader gives None for what it cannot read."""

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?(\d{1,64}(\.\d{0,64})?|\.\d{1,64})([eE][+-]?\d{1,3})?", re.ASCII)
_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
)


def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date of the W3C profile, or of a number of seconds.

    Four digits are a year, as the W3C profile has it; a date without a zone is read as UTC.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return number(text)
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    leap = 1 if second == 60 else 0
    try:
        date = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, (second or 0) - leap, tzinfo=UTC)
    except ValueError:
        return None
    seconds = Decimal(int(date.timestamp()) + leap)
    if found[7]:
        seconds += Decimal(f"0.{found[7]}")
    zone = found[8]
    if zone and zone not in "Zz":
        offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        seconds += -offset if zone[0] == "+" else offset
    return seconds


@lru_cache(maxsize=4096)
def address(text: str) -> tuple[int, int] | None:
    """An IP address as (version, number)."""
    import ipaddress

    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.version, int(found)


@lru_cache(maxsize=4096)
def network(text: str) -> tuple[int, int, int] | None:
    """A network in CIDR notation as (version, first address, last address); one address is a network of its own.

    Bits behind the prefix are ignored.
    """
    import ipaddress

    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return found.version, int(found.network_address), int(found.broadcast_address)


def truth(text: str) -> bool | None:
    """``true`` or ``false`` in any letter case."""
    lowered = text.lower()
    return True if lowered == "true" else False if lowered == "false" else None


def binary(text: str) -> bytes | None:
    """The bytes of a base-64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
