"""Fetches a package through the link that the service gives. The link is a secret for as long as it works, and stays inside.

The library that sends the request writes addresses into its log records and its exceptions; both end here.
"""

import base64
import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit

from lambdaudit.model.code_link import CodeLink
from lambdaudit.web import proxied, unlogged

if TYPE_CHECKING:
    import urllib3

MIB = 1024**2
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a package as it comes, what of it stays in memory, and seconds to connect, for each read, and for all."""

    size: int = 300 * MIB
    memory: int = 8 * MIB
    connect: float = 10
    read: float = 30
    total: float = 300


class DownloadError(Exception):
    """The package was not obtained: one line, in which the address never stands."""


@contextmanager
def fetched(link: CodeLink, limits: Limits | None = None) -> Iterator[BinaryIO]:
    """The package as a seekable file that is gone afterwards: small ones in memory, large ones in a file without a name.

    Raises DownloadError when it cannot be had in full, is too large, takes too long, or is not the one that was announced.
    """
    limits = limits or Limits()
    with tempfile.SpooledTemporaryFile(max_size=limits.memory, prefix="lambdaudit-") as file:
        problem = _fetch(link, file, limits)
        if problem:  # raised out here, so that no library's exception, with the address in it, hangs on to this one
            raise DownloadError(problem)
        file.seek(0)
        yield cast(BinaryIO, file)


def _fetch(link: CodeLink, file: IO[bytes], limits: Limits) -> str:
    """Write the package into the file; what went wrong, or an empty text."""
    import urllib3

    address = link.reveal()
    try:
        parts = urlsplit(address)
        known = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        known = False
    if not known:
        return "the service gave no https address for the package"
    try:
        with unlogged(), proxied(address) as pool:
            timeout = urllib3.Timeout(connect=limits.connect, read=limits.read)
            response = pool.request("GET", address, preload_content=False, redirect=False, retries=False, timeout=timeout)
            try:
                return _receive(response, file, limits, link.sha256)
            finally:
                response.close()
    except urllib3.exceptions.TimeoutError:
        return "the download timed out"
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return f"the download failed ({type(error).__name__})"


def _receive(response: "urllib3.BaseHTTPResponse", file: IO[bytes], limits: Limits, announced: str) -> str:
    if response.status != 200:
        return f"the download was refused with status {response.status}"
    until = time.monotonic() + limits.total
    digest = hashlib.sha256()
    size = 0
    # One read of the socket at a time, where the library can (from 2.0 on): a server that drips would else hold us for ever.
    read = getattr(response, "read1", None) or response.read
    while data := read(64 * 1024, decode_content=False):
        size += len(data)
        if size > limits.size:
            return f"the package is larger than {limits.size // MIB} MiB"
        if time.monotonic() > until:
            return f"the download took more than {limits.total:.0f} s"
        digest.update(data)
        file.write(data)
    if announced and base64.b64encode(digest.digest()).decode() != announced:
        return "what came is not the package that was announced (other SHA-256)"
    return ""
