"""The advisory database: OSV records compiled into one SQLite file, which is dated and read-only in use."""

import datetime as dt
import gzip
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import msgspec

from .ecosystems import normal_name
from .osv import Record

FORMAT = "lambdaudit-advisories"
VERSION = 1
MAX_RECORD = 32 * 1024**2
MAX_RECORDS = 5_000_000
_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".zip")
_SCHEMA = """
create table meta (name text primary key, value text not null) without rowid;
create table advisory (id text primary key, record blob not null) without rowid;
create table affected (ecosystem text not null, name text not null, advisory text not null,
                       primary key (ecosystem, name, advisory)) without rowid;
create table exploited (cve text primary key, since text not null) without rowid;
"""


class _Exploited(msgspec.Struct):
    """A row of CISA's catalog of known exploited vulnerabilities."""

    cve: str = msgspec.field(name="cveID")
    since: str = msgspec.field(name="dateAdded", default="")


class _Catalog(msgspec.Struct):
    """CISA's catalog as it is published (JSON)."""

    version: str = msgspec.field(name="catalogVersion")
    vulnerabilities: list[_Exploited]


class AdvisoryError(Exception):
    """A database or a source of advisories that cannot be used; the text says what, where and what to do."""


@dataclass(slots=True)
class Built:
    """What a compilation took in. `refused` counts what was no advisory, `examples` names up to five of them.

    `exploited` counts the weaknesses that CISA's catalog says attackers use.
    """

    records: int = 0
    withdrawn: int = 0
    exploited: int = 0
    refused: int = 0
    newest: str = ""
    ecosystems: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def refuse(self, where: str) -> None:
        """Count something that is no advisory."""
        self.refused += 1
        if len(self.examples) < 5:
            self.examples.append(where)


def build(sources: Iterable[Path], target: Path, *, today: dt.date | None = None) -> Built:
    """Compile OSV records into a database at `target`, which is replaced as a whole when all is done.

    Sources are OSV's zips, JSON files of one record or a list, JSON lines, any of them gzipped, and folders of these; beside them
    CISA's catalog of known exploited vulnerabilities. Of two records with one id the later modified one stays.

    Raises AdvisoryError when a source cannot be read or nothing was in it.
    """
    built = Built()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".advisories-")
    os.close(handle)
    try:
        connection = sqlite3.connect(name, isolation_level=None)
        try:
            _fill(connection, sources, built, today or dt.datetime.now(dt.UTC).date())
        finally:
            connection.close()
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return built


def _fill(connection: sqlite3.Connection, sources: Iterable[Path], built: Built, today: dt.date) -> None:
    connection.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA + "begin;")
    decoder = msgspec.json.Decoder(Record)
    encoder = msgspec.json.Encoder()
    for source in sources:
        for where, data in _documents(source, built):
            try:
                record = decoder.decode(data)
            except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                if not _exploited(connection, data, built):
                    built.refuse(where)
                continue
            _add(connection, encoder, record, built)
            if built.records > MAX_RECORDS:
                raise AdvisoryError(f"more than {MAX_RECORDS} records: these are no advisory files")
    if not built.records:
        raise AdvisoryError("there is no OSV record in what was given")
    rows = {
        "format": FORMAT, "version": str(VERSION), "built": today.isoformat(), "newest": built.newest,
        "ecosystems": "\n".join(sorted(built.ecosystems)), "records": str(built.records),
    }  # fmt: skip
    connection.executemany("insert into meta values (?, ?)", rows.items())
    connection.execute("commit")


def _exploited(connection: sqlite3.Connection, data: bytes, built: Built) -> bool:
    """Take in CISA's catalog; False for what is none."""
    try:
        catalog = msgspec.json.decode(data, type=_Catalog)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    rows = {row.cve[:40]: row.since[:10] for row in catalog.vulnerabilities}
    connection.executemany("insert or replace into exploited values (?, ?)", rows.items())
    built.exploited += len(rows)
    return True


def _add(connection: sqlite3.Connection, encoder: msgspec.json.Encoder, record: Record, built: Built) -> None:
    before = connection.execute("select json_extract(record, '$.modified') from advisory where id = ?", (record.id,)).fetchone()
    if before and (before[0] or "") >= record.modified:
        return
    connection.execute("delete from affected where advisory = ?", (record.id,)) if before else None
    built.records += not before
    built.newest = max(built.newest, record.modified, record.published)
    packages = {(a.package.ecosystem, normal_name(a.package.ecosystem, a.package.name)) for a in record.affected if a.package}
    built.ecosystems |= {eco.partition(":")[0] for eco, _ in packages}
    if record.withdrawn:
        built.withdrawn += 1
    slim = msgspec.structs.replace(
        record, details="" if record.summary else record.details[:300], database_specific=_words(record)
    )
    connection.execute("insert or replace into advisory values (?, ?)", (record.id, encoder.encode(slim)))
    connection.executemany(
        "insert or ignore into affected values (?, ?, ?)", [(eco.partition(":")[0], name, record.id) for eco, name in packages]
    )


def _words(record: Record) -> dict[str, str]:
    word = record.database_specific.get("severity")
    return {"severity": word} if isinstance(word, str) else {}


def _documents(source: Path, built: Built) -> Iterator[tuple[str, bytes]]:
    """(place, JSON text) of every record in a source."""
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.name.endswith(_SUFFIXES) and p.is_file()):
            yield from _documents(path, built)
        return
    try:
        with source.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start == b"PK\x03\x04":
                yield from _zipped(file, source.name, built)
            elif start[:2] == b"\x1f\x8b":
                with gzip.open(file) as inner:
                    yield from _text(inner, source.name.removesuffix(".gz"), built)  # type: ignore[arg-type]
            else:
                yield from _text(file, source.name, built)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AdvisoryError(f"cannot read {source}: {reason}") from error


def _zipped(file: BinaryIO, name: str, built: Built) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir() or not info.filename.endswith(".json"):
                continue
            with archive.open(info) as member:
                data = member.read(MAX_RECORD + 1)
            if len(data) > MAX_RECORD:
                built.refuse(f"{name}: {info.filename[:200]}")
                continue
            yield f"{name}: {info.filename[:200]}", data


def _text(file: BinaryIO, name: str, built: Built) -> Iterator[tuple[str, bytes]]:
    """One record, a list of records, or one record a line."""
    if name.endswith(".json"):
        data = file.read(MAX_RECORD + 1)
        if len(data) > MAX_RECORD:
            built.refuse(name)
        elif data.lstrip()[:1] == b"[":
            try:
                yield from ((name, bytes(raw)) for raw in msgspec.json.decode(data, type=list[msgspec.Raw]))
            except msgspec.DecodeError:
                built.refuse(name)
        else:
            yield name, data
        return
    number = 0
    while line := file.readline(MAX_RECORD + 1):
        number += 1
        if len(line) > MAX_RECORD:
            raise AdvisoryError(f"{name} line {number} is longer than any advisory: it is no file of JSON lines")
        if line.strip():
            yield f"{name} line {number}", line


class Store:
    """An advisory database that is open for reading; a :class:`~lambdaudit.advisories.matching.Source`.

    Raises AdvisoryError when the file is none.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise AdvisoryError(f"there is no advisory database {path}; make one with `lambdaudit deps --update`")
        try:
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            meta = dict(self._connection.execute("select name, value from meta"))
        except sqlite3.Error as error:
            raise AdvisoryError(f"{path} is no advisory database: {error}") from error
        if meta.get("format") != FORMAT or meta.get("version") != str(VERSION):
            raise AdvisoryError(f"{path} is no advisory database of this version; make it again with `lambdaudit deps --update`")
        self.path = path
        self.built: str = meta["built"]
        self.newest: str = meta["newest"]
        self.records = int(meta["records"])
        self.ecosystems = frozenset(meta["ecosystems"].split("\n"))
        self._exploited = self._catalog()
        self._decoder = msgspec.json.Decoder(Record)
        self._seen: dict[tuple[str, str], tuple[Record, ...]] = {}

    @cached_property
    def title(self) -> str:
        """What it holds and how old it is."""
        return f"{self.records} advisories, the newest of {self.newest[:10] or 'an unknown day'}, compiled on {self.built}"

    def age(self, today: dt.date) -> int:
        """Days since the newest record was changed, or since the compilation when no record says."""
        try:
            day = dt.date.fromisoformat(self.newest[:10])
        except ValueError:
            day = dt.date.fromisoformat(self.built)
        return (today - day).days

    def covers(self, ecosystem_name: str) -> bool:
        """Whether it has any advisory of an ecosystem."""
        return ecosystem_name.partition(":")[0] in self.ecosystems

    def about(self, ecosystem_name: str, name: str) -> tuple[Record, ...]:
        """Advisories about a package, sorted by id. Raises AdvisoryError when the file is damaged."""
        place = ecosystem_name.partition(":")[0], name
        if place not in self._seen:
            try:
                rows = self._connection.execute(
                    "select record from advisory join affected on advisory = id where ecosystem = ? and name = ? order by id",
                    place,
                ).fetchall()
                self._seen[place] = tuple(self._decoder.decode(row[0]) for row in rows)
            except (sqlite3.Error, msgspec.ValidationError, msgspec.DecodeError) as error:
                raise AdvisoryError(f"the advisory database {self.path} is damaged: {error}") from error
        return self._seen[place]

    def exploited(self, ids: Iterable[str]) -> str:
        """The day on which CISA listed one of these as used by attackers; empty when it did not, or nobody gave its catalog."""
        return min((self._exploited[name] or "an unknown day" for name in ids if name in self._exploited), default="")

    def _catalog(self) -> dict[str, str]:
        try:
            return dict(self._connection.execute("select cve, since from exploited"))
        except sqlite3.Error:  # a database of before the catalog was taken in
            return {}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Memory:
    """Advisories that were just fetched; a :class:`~lambdaudit.advisories.matching.Source`.

    `exploited` gives the day since which attackers are known to use a weakness, by its id.
    """

    def __init__(
        self,
        records: Iterable[Record],
        title: str,
        ecosystems: Iterable[str] | None = None,
        exploited: Mapping[str, str] | None = None,
    ) -> None:
        self.title = title
        self._exploited = exploited or {}
        self._ecosystems = None if ecosystems is None else frozenset(ecosystems)
        self._by_package: dict[tuple[str, str], dict[str, Record]] = {}
        for record in records:
            for entry in record.affected:
                if entry.package:
                    base = entry.package.ecosystem.partition(":")[0]
                    place = base, normal_name(base, entry.package.name)
                    self._by_package.setdefault(place, {})[record.id] = record

    def covers(self, ecosystem_name: str) -> bool:
        """Whether the answers can tell about an ecosystem; without a list, about all that are known."""
        return self._ecosystems is None or ecosystem_name.partition(":")[0] in self._ecosystems

    def about(self, ecosystem_name: str, name: str) -> tuple[Record, ...]:
        """Advisories about a package, sorted by id."""
        found = self._by_package.get((ecosystem_name.partition(":")[0], name), {})
        return tuple(found[i] for i in sorted(found))

    def exploited(self, ids: Iterable[str]) -> str:
        """The day since which attackers are known to use one of these; empty when nobody told."""
        return min((self._exploited[name] for name in ids if name in self._exploited), default="")
