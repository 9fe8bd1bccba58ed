"""The OSV service: which advisories are about these packages, asked in batches. Only names and versions are sent.

API: `POST /v1/querybatch` and `GET /v1/vulns/{id}` as the OSV documentation describes them.
"""

import datetime as dt
import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from lambdaudit.model.code import Component
from lambdaudit.web import proxied

from .ecosystems import ecosystem
from .matching import looked_up
from .osv import Record
from .store import AdvisoryError, Memory

BASE = "https://api.osv.dev"
_BATCH = 1000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run: bytes of one answer, seconds for one request and for all, tries, pages a query, advisories."""

    answer: int = 64 * 1024**2
    timeout: float = 20.0
    total: float = 300.0
    tries: int = 4
    pages: int = 50
    advisories: int = 50_000
    parallel: int = 8
    pause: float = 0.5


class _Short(msgspec.Struct):
    id: str


class _Result(msgspec.Struct):
    vulns: tuple[_Short, ...] = ()
    next_page_token: str = ""


class _Batch(msgspec.Struct):
    results: tuple[_Result, ...] = ()


Query = tuple[str, str, str]
"""Ecosystem, name and version of a package."""


def queries_of(components: Iterable[Component]) -> tuple[Query, ...]:
    """What is asked for components, each once, sorted. Those without a version, or of no ecosystem that OSV has, are left out."""
    rows = set()
    for component in components:
        name, version = looked_up(component)
        if version and ecosystem(component.ecosystem):
            rows.add((component.ecosystem, name, version))
    return tuple(sorted(rows))


def fetch(components: Iterable[Component], base: str = BASE, limits: Limits | None = None) -> Memory:
    """Every advisory that OSV has about the components, as a source for :func:`~lambdaudit.advisories.matching.vulnerabilities`.

    Raises AdvisoryError when the service cannot be asked or does not answer in full: half an answer would look like safety.
    """
    asked = queries_of(components)
    client = _Client(base, limits or Limits())
    ids = client.ids(asked)
    records = client.records(sorted(ids))
    day = dt.datetime.now(dt.UTC).date().isoformat()
    return Memory(records, f"OSV as of {day} ({len(asked)} packages asked)", {eco.partition(":")[0] for eco, _, _ in asked})


class _Client:
    def __init__(self, base: str, limits: Limits) -> None:
        import urllib3

        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AdvisoryError(f"{base} is no address of an OSV service: https://host")
        self._base = base.rstrip("/")
        self._limits = limits
        self._end = time.monotonic() + limits.total
        try:
            self._pool = proxied(base, maxsize=limits.parallel, retries=False, timeout=urllib3.Timeout(limits.timeout))
        except ValueError as error:
            raise AdvisoryError(f"{base} cannot be asked: the proxy of the environment has no usable address: {error}") from error

    def ids(self, queries: tuple[Query, ...]) -> set[str]:
        """Ids of all advisories about the packages, page by page."""
        open_queries: list[tuple[Query, str]] = [(query, "") for query in queries]
        ids: set[str] = set()
        for _ in range(self._limits.pages):
            if not open_queries:
                return ids
            following: list[tuple[Query, str]] = []
            for at in range(0, len(open_queries), _BATCH):
                part = open_queries[at : at + _BATCH]
                answer = self._batch(part)
                for (query, _), result in zip(part, answer.results, strict=True):
                    ids |= {v.id for v in result.vulns}
                    if result.next_page_token:
                        following.append((query, result.next_page_token))
            if len(ids) > self._limits.advisories:
                raise AdvisoryError(f"{self._base} names more than {self._limits.advisories} advisories")
            open_queries = following
        if open_queries:
            raise AdvisoryError(f"{self._base} gives no end of pages")
        return ids

    def _batch(self, part: list[tuple[Query, str]]) -> _Batch:
        body = {"queries": [_question(query, token) for query, token in part]}
        data = self._ask("POST", "/v1/querybatch", msgspec.json.encode(body))
        try:
            answer = msgspec.json.decode(data, type=_Batch)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise AdvisoryError(f"{self._base} answers something else than the OSV API: {error}") from error
        if len(answer.results) != len(part):
            raise AdvisoryError(f"{self._base} answered {len(answer.results)} of {len(part)} questions")
        return answer

    def records(self, ids: list[str]) -> list[Record]:
        """The advisories with these ids."""
        for wrong in (i for i in ids if not _ID.fullmatch(i)):
            raise AdvisoryError(f"{self._base} names an advisory {wrong[:40]!r}, which is no id")
        with ThreadPoolExecutor(self._limits.parallel) as pool:
            return list(pool.map(self._record, ids))

    def _record(self, name: str) -> Record:
        data = self._ask("GET", f"/v1/vulns/{quote(name, safe='')}", None)
        try:
            return msgspec.json.decode(data, type=Record)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise AdvisoryError(f"{self._base}: advisory {name} is not of the OSV form: {error}") from error

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        """One request; what may pass (busy, broken connections) is tried again."""
        import urllib3

        reason = ""
        for attempt in range(self._limits.tries):
            if time.monotonic() > self._end:
                raise AdvisoryError(f"{self._base} did not answer everything within {self._limits.total:.0f} seconds")
            pause = self._limits.pause * 2**attempt
            try:
                answer = self._pool.request(
                    method, self._base + path, body=body, preload_content=False, redirect=False,
                    headers={"Content-Type": "application/json", "User-Agent": "lambdaudit"},
                )  # fmt: skip
                try:
                    if answer.status == 200:
                        return self._body(answer)
                    reason = f"status {answer.status}"
                    if answer.status not in (408, 429, 500, 502, 503, 504):
                        break
                    after = answer.headers.get("Retry-After", "")
                    pause = min(float(after), 30.0) if after.isdigit() else pause
                finally:
                    answer.release_conn()
            except urllib3.exceptions.HTTPError as error:
                reason = str(getattr(error, "reason", None) or error)[:200]
            if attempt + 1 < self._limits.tries:
                time.sleep(min(pause, max(0.0, self._end - time.monotonic())))
        raise AdvisoryError(f"{self._base}{path} cannot be asked: {reason}")

    def _body(self, answer: Any) -> bytes:
        parts, size = [], 0
        for chunk in answer.stream(64 * 1024, decode_content=True):
            size += len(chunk)
            if size > self._limits.answer or time.monotonic() > self._end:
                raise AdvisoryError(f"{self._base} answers more than {self._limits.answer} bytes, or takes too long")
            parts.append(chunk)
        return b"".join(parts)


def _question(query: Query, token: str) -> dict[str, Any]:
    eco, name, version = query
    question: dict[str, Any] = {"package": {"ecosystem": eco, "name": name}, "version": version}
    return question | {"page_token": token} if token else question
