"""DEP-15: the files of a function as Lambda lays them out, read lazily and within limits."""

import hashlib
import io
import random
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import FileSystem, Part, compose
from lambdaudit.code.package import Limits
from tests.code.zips import link, only_directory, with_entries, zipped

MIB = 1024**2
FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:{}:1"


def part(origin: str, data: bytes) -> Part:
    return Part(origin, io.BytesIO(data))


def layer(name: str, files: dict[str, bytes | str]) -> Part:
    return part(LAYER.format(name), zipped(files))


def plain(name: str, data: bytes, mode: int = 0o100755) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info, data


def kinds(files: FileSystem) -> set[str]:
    return {problem.kind for problem in files.problems}


def test_package_and_layers_lie_where_lambda_puts_them() -> None:
    files = compose(part(FN, zipped({"app.py": "x = 1"})), [layer("a", {"python/a.py": "a"}), layer("b", {"bin/tool": "b"})])
    assert files.paths() == ("/opt/bin/tool", "/opt/python/a.py", "/var/task/app.py")
    assert files.read("/var/task/app.py") == b"x = 1"
    assert files.origin("/var/task/app.py") == FN
    assert files.origin("/opt/bin/tool") == LAYER.format("b")
    assert files.sha256("/opt/bin/tool") == hashlib.sha256(b"b").hexdigest()
    assert (files.size("/opt/python/a.py"), files.read("/opt/none"), files.origin("/opt/none")) == (1, None, "")
    assert files.problems == ()


def test_dep_15_later_layers_win_and_it_is_told_why_that_matters() -> None:
    first = {"extensions/agent": "good", "python/app.py": "1", "same.txt": "s", "bin/python3": "i", "python/ddtrace/x.py": "1"}
    second = {name: "s" if name == "same.txt" else "evil!" for name in first}
    files = compose(None, [layer("first", {**first}), layer("second", {**second})])
    assert files.read("/opt/extensions/agent") == b"evil!"
    told = {s.path: s.what for s in files.shadowed}
    assert told == {
        "/opt/extensions/agent": "an extension",
        "/opt/python/app.py": "a module that the runtime imports",
        "/opt/bin/python3": "a program that is found before others",
        "/opt/python/ddtrace/x.py": "part of a tool that watches or protects the function (ddtrace)",
    }
    assert {(s.origin, s.by) for s in files.shadowed} == {(LAYER.format("first"), LAYER.format("second"))}


def test_links_are_followed_inside_the_tree_only() -> None:
    entries = [
        plain("lib/real.so.1", b"elf"),
        link("lib/real.so", "real.so.1"),
        link("lib64", "lib"),
        link("python", "/var/task/modules"),
        link("loop", "loop2"),
        link("loop2", "loop"),
        link("self", "."),
        link("passwd", "../etc/passwd"),
        link("proc", "/proc/self/environ"),
        link("deep/up", "../../../../opt/lib/real.so.1"),
    ]
    files = compose(part(FN, zipped({"modules/m.py": "m"})), [part(LAYER.format("a"), with_entries(entries))])
    assert files.read("/opt/lib/real.so") == b"elf"
    assert files.read("/opt/lib64/real.so") == b"elf"
    assert files.read("/opt/python/m.py") == b"m"
    assert files.read("/opt/deep/up") == b"elf"
    assert files.origin("/opt/python/m.py") == FN
    for path in ("/opt/loop", "/opt/loop/x", "/opt/self/self/loop", "/opt/passwd", "/opt/proc"):
        assert files.read(path) is None
    assert {"/opt/lib64/real.so", "/opt/lib/real.so", "/opt/python/m.py"} <= set(files.paths())
    assert {(p.path, p.kind) for p in files.problems} == {("/opt/passwd", "link"), ("/opt/proc", "link")}
    assert {p.origin for p in files.problems} == {LAYER.format("a")}


def test_modes_are_kept() -> None:
    files = compose(None, [part(LAYER.format("a"), with_entries([plain("extensions/x", b"1"), plain("e", b"2", 0o100644)]))])
    assert files.mode("/opt/extensions/x") & 0o111
    assert not files.mode("/opt/e") & 0o111


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"not a zip", "broken"),
        (zipped({"../../etc/cron.d/x": "1"}), "path"),
        (zipped({"/abs": "1"}), "path"),
        (only_directory(120_000), "too many"),
        (with_entries([link("a", "x" * 2000)]), "too large"),
        (with_entries([plain("fifo", b"", 0o010644)]), "link"),
    ],
)
def test_tricks_become_problems(data: bytes, kind: str) -> None:
    files = compose(part(FN, data))
    assert set(files.paths()) <= {"/var/task/a"}
    assert kind in kinds(files)
    assert all(problem.origin == FN for problem in files.problems)


def test_a_bomb_is_told_with_its_path_when_it_is_read() -> None:
    files = compose(part(FN, zipped({"app.py": "1", "big.bin": bytes(7 * MIB)})))
    assert not files.problems
    assert files.read("/var/task/big.bin") is None
    problem = files.problems[0]
    assert (problem.kind, problem.path, problem.origin) == ("bomb", "/var/task/big.bin", FN)
    assert files.read("/var/task/app.py") == b"1"


def test_limits_hold_for_package_and_layers_together_and_reading_twice_counts_once() -> None:
    noise = random.Random(1).randbytes(MIB)
    limits = Limits(inflated=3 * MIB)
    files = compose(part(FN, zipped({"a": noise})), [layer(n, {n: noise[1:] + n.encode()}) for n in "bcd"], limits)
    for _ in range(5):
        assert files.read("/var/task/a") == noise
    assert [files.read(f"/opt/{n}") is not None for n in "bcd"] == [True, True, False]
    assert "bomb" in kinds(files)
    assert "too large" in kinds(files)  # what the directories state is already too much for Lambda


def test_only_what_is_asked_for_is_inflated_and_large_files_stay_out_of_memory() -> None:
    noise = random.Random(2).randbytes(30 * MIB)
    data = zipped({"native.so": noise, "app.py": "1"}, method=zipfile.ZIP_STORED)
    files = compose(part(FN, data))
    tracemalloc.start()
    assert files.read("/var/task/native.so") is None
    assert files.head("/var/task/native.so", 4) == noise[:4]
    assert files.sha256("/var/task/native.so") == hashlib.sha256(noise).hexdigest()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MIB
    assert kinds(files) == {"too large"}


SAMPLE = with_entries([plain("app.py", b"import os\n" * 300), link("l", "app.py"), link("d", "."), plain("x/y.js", bytes(2000))])


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_mutated_archives_raise_nothing(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(SAMPLE)
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    files = compose(part(FN, bytes(data)), [part(LAYER.format("a"), SAMPLE)], Limits(inflated=MIB))
    for path in files.paths():
        files.read(path)
        files.sha256(path)
        assert path.startswith(("/var/task/", "/opt/"))
    assert len(files.problems) < 1000


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[ab](/[ab]){0,2}", fullmatch=True), st.from_regex(r"(/opt/|\.\./)?[ab.](/[ab.]){0,2}", fullmatch=True)
        ),
        max_size=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_tangle_of_links_ends(links: list[tuple[str, str]]) -> None:
    entries = [*(link(name, target) for name, target in links), plain("a/a/f", b"1"), plain("b/f", b"2")]
    files = compose(None, [part(LAYER.format("a"), with_entries(entries))])
    for path in (*files.paths(), "/opt/a/b/a/b/f", "/opt/b/b/b/b"):
        assert files.read(path) in (None, b"1", b"2")
