"""Packages of an image's operating system."""

import sqlite3
import struct
from pathlib import Path

import pytest

from lambdaudit.code.components.found import Found
from lambdaudit.code.components.system import ecosystem_of

from .bag import read

DPKG = """Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.0.11-1~deb12u2
Description: x
 Version: 9

Package: gcc-12-base
Status: install ok installed
Architecture: amd64
Source: gcc-12 (12.2.0-14)
Version: 12.2.0-14+b1

Package: gone
Status: deinstall ok not-installed
Version: 1
"""
APK = "C:Q1x=\nP:libcrypto3\nV:3.1.4-r1\nA:x86_64\nL:Apache-2.0\no:openssl\n\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n"


def test_dpkg_by_source_package() -> None:
    found = read({"/var/lib/dpkg/status": DPKG, "/etc/os-release": 'ID=debian\nVERSION_ID="12"\n'})
    assert {(c.purl, c.ecosystem) for c in found.components} == {
        ("pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl", "Debian:12"),
        ("pkg:deb/debian/gcc-12-base@12.2.0-14%2Bb1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14", "Debian:12"),
    }


def test_distroless_keeps_one_file_a_package() -> None:
    found = read({"/var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n"})
    assert [(c.name, c.version) for c in found.components] == [("base-files", "12.4")]


def test_apk() -> None:
    found = read({"/lib/apk/db/installed": APK, "/etc/os-release": "ID=alpine\nVERSION_ID=3.19.1\n"})
    assert {(c.purl, c.ecosystem, c.licence) for c in found.components} == {
        ("pkg:apk/alpine/libcrypto3@3.1.4-r1?arch=x86_64&distro=alpine-3.19.1&upstream=openssl", "Alpine:v3.19", "Apache-2.0"),
        ("pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1", "Alpine:v3.19", ""),
    }


def header(**tags: str | int) -> bytes:
    numbers = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "licence": 1014, "arch": 1022, "source": 1044}
    data = b""
    index = b""
    for key, value in tags.items():
        if isinstance(value, int):
            data += b"\0" * (-len(data) % 4)
            index += struct.pack(">IIII", numbers[key], 4, len(data), 1)
            data += struct.pack(">I", value)
        else:
            index += struct.pack(">IIII", numbers[key], 6, len(data), 1)
            data += value.encode() + b"\0"
    return struct.pack(">II", len(tags), len(data)) + index + data


def database(tmp_path: Path, *statements: str, blobs: tuple[bytes, ...] = ()) -> bytes:
    path = tmp_path / "rpmdb.sqlite"
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.executemany("insert into Packages (blob) values (?)", [(b,) for b in blobs]) if blobs else None
    connection.commit()
    connection.close()
    return path.read_bytes()


TABLE = "create table Packages (hnum integer primary key, blob blob not null)"


def test_rpm_in_sqlite(tmp_path: Path) -> None:
    rows = (
        header(name="openssl-libs", version="3.0.8", release="1.amzn2023", epoch=1, licence="ASL 2.0", arch="x86_64", source="openssl-3.0.8-1.amzn2023.src.rpm"),  # noqa: E501
        header(name="gpg-pubkey", version="1", release="2"),
        b"\xff" * 40,
        b"",
    )  # fmt: skip
    found = read({
        "/var/lib/rpm/rpmdb.sqlite": database(tmp_path, TABLE, blobs=rows), "/etc/os-release": 'ID="amzn"\nVERSION_ID="2023"\n',
    })  # fmt: skip
    (one,) = found.components
    assert one.purl == "pkg:rpm/amzn/openssl-libs@1:3.0.8-1.amzn2023?arch=x86_64&distro=amzn-2023&upstream=openssl"
    assert (one.ecosystem, one.version, one.licence) == ("Amazon Linux:2023", "1:3.0.8-1.amzn2023", "ASL 2.0")


def test_a_hostile_or_unknown_rpm_database_is_told(tmp_path: Path) -> None:
    endless = "create view Packages as with recursive t(n) as (select 1 union all select n + 1 from t) select n as blob from t where n < 0"  # noqa: E501
    found = read({"/var/lib/rpm/rpmdb.sqlite": database(tmp_path, endless), "/usr/lib/sysimage/rpm/rpmdb.sqlite": b"SQLite format 3\0junk",  # noqa: E501
                  "/var/lib/rpm/Packages": b"x"})  # fmt: skip
    assert not found.components
    assert len(found.limits) == 3
    assert any("this form of the rpm database is not read" in text for text in found.limits)


@pytest.mark.parametrize(
    ("name", "release", "ecosystem"),
    [
        ("debian", "12", "Debian:12"), ("ubuntu", "22.04", "Ubuntu:22.04:LTS"), ("ubuntu", "23.10", "Ubuntu:23.10"),
        ("almalinux", "9.3", "AlmaLinux:9"), ("rocky", "9.3", "Rocky Linux:9"), ("opensuse-leap", "15.6", "openSUSE:Leap 15.6"),
        ("sles", "15.5", "SUSE:Linux Enterprise Server 15 SP5"), ("rhel", "9.3", "RHEL:9.3"), ("wolfi", "20230201", "Wolfi"),
        ("amzn", "2023", "Amazon Linux:2023"), ("alpine", "3.19.1", "Alpine:v3.19"), ("unknown", "1", "RPM:1"),
    ],
)  # fmt: skip
def test_distributions_have_the_names_that_advisories_use(name: str, release: str, ecosystem: str) -> None:
    assert ecosystem_of(Found(distribution=(name, release)), "RPM") == ecosystem
