"""What was established about code, kept between runs: one SQLite file, no source text, no secret, no fingerprint.

Several processes may use it at once. It never decides anything: a row that cannot be read is worked out again, and a damaged file
is replaced by an empty one.
"""

import contextlib
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from lambdaudit.model.code import Code

MOST_BYTES = 256 * 1024**2
"""Bytes of all rows together; the ones that were not used for the longest time go first."""
MOST_ROW = 16 * 1024**2
_SCHEMA = "CREATE TABLE IF NOT EXISTS code (key TEXT PRIMARY KEY, used REAL NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL)"
_LAYOUT = 1


def default_path() -> Path:
    """``$XDG_CACHE_HOME/lambdaudit/code.sqlite``, below ``~/.cache`` when the variable is not set to an absolute path."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".cache") / "lambdaudit" / "code.sqlite"


class Cache:
    """The cache in a file. `warn` is told, once, in one line, when it cannot be used or had to be replaced. Safe for threads."""

    def __init__(self, path: Path | None = None, *, most: int = MOST_BYTES, warn: Callable[[str], None] | None = None) -> None:
        self.path = path or default_path()
        self._most = most
        self._warn = warn
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            self._replace()
        except OSError as error:
            self._say(f"the cache {self.path} cannot be used: {error.strerror or error}")

    def get(self, key: str) -> Code | None:
        """What is kept under a key; None when there is nothing, or nothing readable."""
        row = self._do(lambda c: c.execute("SELECT data FROM code WHERE key = ?", (key,)).fetchone())
        if not row:
            return None
        try:
            inflater = zlib.decompressobj()
            data = inflater.decompress(row[0], MOST_ROW * 8)
            code = msgspec.msgpack.decode(data, type=Code)
        except (zlib.error, msgspec.DecodeError, TypeError, RecursionError):
            self._do(lambda c: c.execute("DELETE FROM code WHERE key = ?", (key,)))
            return None
        self._do(lambda c: c.execute("UPDATE code SET used = ? WHERE key = ?", (time.time(), key)))
        return code

    def put(self, key: str, code: Code) -> None:
        """Keep it. Fingerprints of secrets are left out: their key is another one in the next run."""
        data = zlib.compress(msgspec.msgpack.encode(without_fingerprints(code)), 6)
        if len(data) > MOST_ROW:
            return
        row = (key, time.time(), len(data), data)
        self._do(lambda c: c.execute("INSERT OR REPLACE INTO code (key, used, size, data) VALUES (?, ?, ?, ?)", row))

    def close(self) -> None:
        """Make room, if there is too much, and close the file."""
        self._do(self._trim)
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            (layout,) = connection.execute("PRAGMA user_version").fetchone()
            if layout not in (0, _LAYOUT):
                connection.execute("DROP TABLE IF EXISTS code")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _replace(self) -> None:
        """Put an empty file in the place of a damaged one."""
        self._say(f"the cache {self.path} was damaged and is made anew")
        try:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            self._connection = self._open()
        except (sqlite3.Error, OSError):
            self._connection = None

    def _do(self, action: Callable[[sqlite3.Connection], object]) -> tuple[bytes] | None:
        """Run an action; None when the cache is of no use (busy, full disk, damaged)."""
        with self._lock:
            if not self._connection:
                return None
            try:
                found = action(self._connection)
                return found if isinstance(found, tuple) else None
            except sqlite3.OperationalError:
                return None  # busy or full: the result is only not kept
            except sqlite3.DatabaseError:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
                self._replace()
                return None

    def _trim(self, connection: sqlite3.Connection) -> None:
        (total,) = connection.execute("SELECT COALESCE(SUM(size), 0) FROM code").fetchone()
        if total <= self._most:
            return
        gone = []
        for key, size in connection.execute("SELECT key, size FROM code ORDER BY used").fetchall():
            if total <= self._most * 3 // 4:
                break
            gone.append((key,))
            total -= size
        connection.executemany("DELETE FROM code WHERE key = ?", gone)
        connection.execute("VACUUM")

    def _say(self, text: str) -> None:
        warn, self._warn = self._warn, None
        if warn:
            warn(text)


def without_fingerprints(code: Code) -> Code:
    """The same facts, the fingerprints of secrets emptied."""
    if not isinstance(code.secrets, tuple):
        return code
    secrets = tuple(msgspec.structs.replace(secret, fingerprint="") for secret in code.secrets)
    return msgspec.structs.replace(code, secrets=secrets)


__all__ = ["MOST_BYTES", "Cache", "default_path", "without_fingerprints"]
