"""REG-21: a package is read in memory, within limits, whatever it is made of; what is odd becomes a problem, never an error."""

import io
import random
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.package import Limits, Package, read
from tests.code.zips import link, only_directory, patched_directory, with_entries, zipped

MIB = 1024**2


def contents(package: Package) -> dict[str, bytes | None]:
    return {member.path: member.data() for member in package.files}


def kinds(package: Package) -> set[str]:
    return {problem.kind for problem in package.problems}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_honest_package_comes_back_as_it_is(method: int) -> None:
    files: dict[str, bytes | str] = {
        "app.py": "print(1)\n" * 20_000,
        "lib/ünï.js": b"x",
        "empty.py": b"",
        "bin": bytes(range(256)) * 999,
    }
    package = read(zipped(files, method=method))
    assert contents(package) == {name: d.encode() if isinstance(d, str) else d for name, d in files.items()}
    assert package.problems == ()


def test_a_file_on_disk_with_a_program_before_it_and_64_bit_sizes(tmp_path: object) -> None:
    buffer = io.BytesIO(b"#!/usr/bin/env python3\n")
    buffer.seek(0, 2)
    with zipfile.ZipFile(buffer, "a") as archive, archive.open("app.py", "w", force_zip64=True) as file:
        file.write(b"pass")
    package = read(buffer)
    assert contents(package) == {"app.py": b"pass"}
    assert not package.problems


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.py", fullmatch=True), st.binary(max_size=3000), max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_the_standard_library_packs_is_read(files: dict[str, bytes | str]) -> None:
    package = read(zipped(files))
    assert contents(package) == files
    assert not package.problems


JAR = zipped({"a/B.java": b"class B {}"})
SAMPLE = zipped({"app.py": b"import os\n" * 300, "lib.jar": JAR, "x/y.js": bytes(2000)})


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_reg_21_mutated_archives_raise_nothing(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(SAMPLE)
    # Headers are where it hurts: half of the changes go to the neighbourhood of a signature.
    marks = [i for i in range(len(data) - 4) if data[i : i + 2] == b"PK"]
    for _ in range(changes):
        at = chance.choice(marks) + chance.randrange(4, 46) if chance.random() < 0.5 else chance.randrange(len(data))
        if at < len(data):
            data[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    if chance.random() < 0.2:
        del data[chance.randrange(len(data)) :]
    package = read(bytes(data), Limits(inflated=MIB))
    found = contents(package)
    assert sum(len(d) for d in found.values() if d) <= MIB
    # A checksum that still fits means that the content is an original one, under whatever name.
    assert set(found.values()) <= {None, b"", JAR, *contents(read(SAMPLE)).values()}


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_reg_21_bytes_that_are_no_archive(data: bytes) -> None:
    package = read(data)
    assert contents(package) == {}
    assert kinds(package) <= {"broken"}


@pytest.mark.parametrize(
    "name",
    ["../up.py", "a/../../up.py", "/etc/cron.d/x.py", "C:/x.py", "c:x.py", "a\\b.py", "..\\up.py", "a//b.py", "./a.py",
     "a/./b.py", "a\nb.py", "a\x1b[2Jb.py", "x" * 300 + ".py", "d/" * 600 + "a.py"],
)  # fmt: skip
def test_reg_21_paths_that_leave_the_package(name: str) -> None:
    package = read(with_entries([(zipfile.ZipInfo(name), b"evil"), (zipfile.ZipInfo("good.py"), b"good")]))
    assert contents(package) == {"good.py": b"good"}
    assert [p.kind for p in package.problems] == ["path"]
    assert package.problems[0].path.isprintable()
    assert len(package.problems[0].path) <= 200


def test_reg_21_links_and_devices() -> None:
    device = zipfile.ZipInfo("dev.py")
    device.create_system = 3
    device.external_attr = 0o020666 << 16
    package = read(with_entries([link("passwd.py", "/etc/passwd"), (device, b""), (zipfile.ZipInfo("good.py"), b"good")]))
    assert contents(package) == {"good.py": b"good"}
    assert [p.kind for p in package.problems] == ["link", "link"]


def test_reg_21_encrypted_odd_methods_and_broken_members() -> None:
    plain = zipped({"a.py": b"x" * 500})
    assert kinds_of(patched_directory(plain, 8, "<H", 1)) == {"encrypted"}
    assert kinds_of(patched_directory(plain, 10, "<H", 12)) == {"broken"}  # bzip2
    assert kinds_of(patched_directory(plain, 16, "<L", 1)) == {"broken"}  # checksum
    assert kinds_of(patched_directory(plain, 42, "<L", 9)) == {"broken"}  # header elsewhere
    assert kinds_of(plain[: len(plain) // 2]) == {"broken"}
    renamed = plain.replace(b"a.py", b"b.py", 1)
    assert kinds_of(renamed) == {"broken"}


def kinds_of(data: bytes) -> set[str]:
    package = read(data)
    assert all(content is None for content in contents(package).values())
    return kinds(package)


def test_reg_21_a_bomb_is_stopped_by_its_ratio_whatever_its_header_says() -> None:
    bomb = zipped({"zeros.py": bytes(6 * MIB)})
    for data in (bomb, patched_directory(bomb, 24, "<L", 10)):
        package = read(data)
        assert contents(package) == {"zeros.py": None}
        assert kinds(package) == {"bomb"}
        assert package.inflated < 2 * MIB


def test_reg_21_a_large_file_is_not_held_in_memory() -> None:
    data = random.Random(1).randbytes(2 * MIB) * 5
    lying = patched_directory(zipped({"big.py": data}, method=zipfile.ZIP_STORED), 24, "<L", 10)
    tracemalloc.start()
    package = read(lying)
    assert contents(package) == {"big.py": None}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kinds(package) == {"too large"}
    assert peak < 13 * MIB
    told = read(zipped({"big.py": data}))
    assert contents(told) == {}
    assert kinds(told) == {"too large"}


def test_reg_21_the_whole_package_has_a_limit_and_the_rest_is_not_read() -> None:
    noise = random.Random(2).randbytes(MIB)
    package = read(zipped({f"f{i}.py": noise for i in range(6)}), Limits(inflated=3 * MIB))
    found = contents(package)
    assert [path for path, data in found.items() if data] == ["f0.py", "f1.py", "f2.py"]
    assert kinds(package) == {"bomb"}
    assert package.inflated <= 3 * MIB + 65536


def test_reg_21_millions_of_entries_cost_neither_time_nor_memory() -> None:
    data = only_directory(400_000)
    tracemalloc.start()
    package = read(data, Limits(entries=2_000))
    contents(package)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too many" in kinds(package)
    assert package.entries == 2_001
    assert len(package.problems) <= Limits().problems + 3
    assert peak < 2 * MIB


def test_reg_21_archives_in_archives_are_read_two_deep_and_count_together() -> None:
    deep = zipped({"a.py": b"deepest"})
    for name in ("four.zip", "three.zip", "two.jar"):
        deep = zipped({name: deep, f"beside-{name}.py": b"x"})
    package = read(zipped({"one.whl": deep}))
    assert set(contents(package)) == {"one.whl!/beside-two.jar.py", "one.whl!/two.jar!/beside-three.zip.py"}
    assert [(p.kind, p.path) for p in package.problems] == [("too deep", "one.whl!/two.jar!/three.zip")]
    noise = random.Random(3).randbytes(MIB)
    many = zipped({f"{i}.jar": zipped({"a.py": noise}) for i in range(5)})
    limited = read(many, Limits(inflated=5 * MIB))
    assert len([d for d in contents(limited).values() if d]) == 2
    assert "bomb" in kinds(limited)


def test_reg_21_one_name_twice_is_told() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = with_entries([(zipfile.ZipInfo("a.py"), b"shown"), (zipfile.ZipInfo("a.py"), b"run")])
    package = read(data)
    assert [m.data() for m in package.files] == [b"shown", b"run"]
    assert kinds(package) == {"twice"}
