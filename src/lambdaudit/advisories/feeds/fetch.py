"""The bytes of a feed: from a file, from standard input, or over https."""

import re
import sys
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lambdaudit.web import proxied

from .entry import FeedError

MOST_BYTES: Final = 256 * 1024**2
"""Largest feed in a file, after decompression."""
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one download: bytes, seconds for one step and for all, redirections."""

    answer: int = 64 * 1024**2
    timeout: float = 20.0
    total: float = 120.0
    redirections: int = 5


def fetch(place: str, limits: Limits | None = None) -> bytes:
    """The content of a file (gzipped or not), an https address or standard input (``-``). Raises FeedError otherwise."""
    if _ADDRESS.match(place):
        return _inflated(_download(place, limits or Limits()), place)
    try:
        if place == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(place).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FeedError(f"cannot read {place}: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > MOST_BYTES:
        raise FeedError(f"{place} is too large: at most {MOST_BYTES} bytes are read")
    return _inflated(data, place)


def _inflated(data: bytes, place: str) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    inflater = zlib.decompressobj(wbits=31)
    try:
        out = inflater.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise FeedError(f"{place} is a damaged gzip file: {error}") from error
    if not inflater.eof:
        raise FeedError(f"{place} is a gzip file that is cut off, or holds more than {MOST_BYTES} bytes")
    return out


def _check(address: str) -> None:
    """Raises FeedError for an address that is not to be asked."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FeedError(f"{address[:200]} is no address: {error}") from error
    if parts.scheme.lower() != "https":
        raise FeedError(f"{address[:200]}: only https addresses are read; save the feed and give the file")
    if not host or parts.username is not None or parts.password is not None:
        raise FeedError(f"{address[:200]} is no address of a feed: https://host/path, without a name and password in it")


def _download(place: str, limits: Limits) -> bytes:
    """The answer, or FeedError when it is not there in time: a server that sends a byte now and then is not waited for."""
    found: list[bytes] = []
    problems: list[FeedError] = []

    def work() -> None:
        try:
            found.append(_asked(place, limits))
        except FeedError as error:
            problems.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limits.total)
    if problems:
        raise problems[0]
    if not found:
        raise FeedError(f"{place} did not answer everything within {limits.total:.0f} seconds")
    return found[0]


def _asked(place: str, limits: Limits) -> bytes:
    """Follow redirections, each of them to https again, and read the answer within its bounds."""
    import urllib3

    address = place
    for _ in range(limits.redirections + 1):
        _check(address)
        try:
            pool = proxied(address, retries=False, timeout=urllib3.Timeout(limits.timeout))
        except ValueError as error:
            raise FeedError(f"{place} cannot be read: the proxy of the environment has no usable address: {error}") from error
        try:
            answer = pool.request(
                "GET", address, preload_content=False, redirect=False,
                headers={"User-Agent": "lambdaudit", "Accept-Encoding": "identity"},
            )  # fmt: skip
            try:
                if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                    address = urljoin(address, answer.headers["Location"][:4_000])
                    continue
                if answer.status != 200:
                    raise FeedError(f"{place} cannot be read: status {answer.status}")
                return _body(answer, place, limits)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            reason = str(getattr(error, "reason", None) or error)[:200]
            raise FeedError(f"{place} cannot be read: {reason}") from error
        finally:
            pool.clear()
    raise FeedError(f"{place} redirects more than {limits.redirections} times")


def _body(answer: Any, place: str, limits: Limits) -> bytes:
    """The answer's bytes as they came: it was asked for without compression, which would hide its size."""
    parts, size = [], 0
    for chunk in answer.stream(_PIECE, decode_content=False):
        size += len(chunk)
        if size > limits.answer:
            raise FeedError(f"{place} answers more than {limits.answer} bytes")
        parts.append(chunk)
    return b"".join(parts)
