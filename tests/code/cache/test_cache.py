"""The cache: never wrong, never in the way."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from lambdaudit.code.cache import Cache, default_path
from lambdaudit.model.code import Code, CodeSecret, PackageProblem
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


def code(text: str = "x") -> Code:
    where = Where("/var/task/app.py", subject=FN, line=3)
    return Code(
        id=f"{FN}:code", name="orders code", where=Where("code"), function=FN, language="python", flows=Unknown("no time"),
        secrets=(CodeSecret(where=where, kind="password", fingerprint="0123456789abcdef"),),
        problems=(PackageProblem(kind="link", path="/opt/x", text=text),), limits=("a limit",),
    )  # fmt: skip


def test_what_is_put_comes_back_without_fingerprints(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "sub" / "c.sqlite")
    assert cache.get("a") is None
    cache.put("a", code())
    cache.close()
    found = Cache(tmp_path / "sub" / "c.sqlite").get("a")
    assert found is not None
    assert isinstance(found.secrets, tuple)
    assert [secret.fingerprint for secret in found.secrets] == [""]
    assert (found.problems, found.flows, found.limits) == (code().problems, code().flows, code().limits)
    assert b"0123456789abcdef" not in (tmp_path / "sub" / "c.sqlite").read_bytes()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    Cache(tmp_path / "new" / "c.sqlite").put("a", code())
    assert stat.S_IMODE((tmp_path / "new" / "c.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_replaced_with_one_warning(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(damage)
    said: list[str] = []
    cache = Cache(path, warn=said.append)
    cache.put("a", code())
    assert cache.get("a") is not None
    assert said == [f"the cache {path} was damaged and is made anew"]


def test_damage_while_it_is_open_costs_only_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache = Cache(path)
    for key in "abcdefgh":
        cache.put(key, code(key * 5000))
    cache.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xee" * (len(data) - 4096)
    path.write_bytes(data)
    said: list[str] = []
    cache = Cache(path, warn=said.append)
    assert [cache.get(key) for key in "abc"] == [None, None, None]
    cache.put("a", code())
    assert cache.get("a") is not None
    assert len(said) == 1


def test_a_row_that_is_no_code_is_dropped(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "c.sqlite")
    cache.put("a", code())
    with sqlite3.connect(tmp_path / "c.sqlite") as other:
        other.execute("UPDATE code SET data = ?", (b"nonsense",))
    other.close()
    assert cache.get("a") is None
    cache.put("a", code())
    assert cache.get("a") is not None


def test_the_ones_that_were_not_used_go_first(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache = Cache(path, most=2000)
    for number in range(40):
        cache.put(str(number), code(f"{number}" * 3))
        cache.get("0")
    cache.close()
    cache = Cache(path)
    kept = [number for number in range(40) if cache.get(str(number)) is not None]
    assert 0 in kept
    assert 39 in kept
    assert 0 < len(kept) < 40


def test_several_threads_and_connections_at_once(tmp_path: Path) -> None:
    caches = [Cache(tmp_path / "c.sqlite") for _ in range(3)]

    def work(cache: Cache, name: int) -> None:
        for number in range(25):
            cache.put(f"{name}-{number}", code())
            cache.get(f"{(name + 1) % 6}-{number}")

    threads = [threading.Thread(target=work, args=(caches[n % 3], n)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(caches[0].get(f"{name}-{number}") is not None for name in range(6) for number in range(25))


def test_a_place_that_cannot_be_written_is_said_once_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said: list[str] = []
    cache = Cache(tmp_path / "file" / "c.sqlite", warn=said.append)
    cache.put("a", code())
    assert cache.get("a") is None
    cache.close()
    assert len(said) == 1


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "lambdaudit" / "code.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".cache" / "lambdaudit" / "code.sqlite"
