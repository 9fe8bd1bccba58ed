"""Packages of the operating system of an image: dpkg, apk and rpm."""

import re
import sqlite3
import struct

from .found import KIB, MIB, Found
from .tree import Tree

DPKG = re.compile(r"/?var/lib/dpkg/(?:status|status\.d/[^/]+)$")
APK = re.compile(r"/?(?:lib|usr/lib)/apk/db/installed$")
RPM_SQLITE = re.compile(r"/?(?:var/lib|usr/lib/sysimage)/rpm/rpmdb\.sqlite$")
RPM_OTHER = re.compile(r"/?(?:var/lib|usr/lib/sysimage)/rpm/Packages(?:\.db)?$")
OS_RELEASE = re.compile(r"/?(?:etc|usr/lib)/os-release$")
_VENDORS = {
    "debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "wolfi": "Wolfi", "chainguard": "Chainguard",
    "amzn": "Amazon Linux",
    "rhel": "RHEL", "almalinux": "AlmaLinux", "rocky": "Rocky Linux", "opensuse-leap": "openSUSE", "sles": "SUSE",
}  # fmt: skip
_RPM_STEPS = 20_000_000


def read_os_release(tree: Tree, path: str, found: Found) -> None:
    """Which distribution and release an image is made of."""
    rows = (line.partition("=") for line in (tree.read(path, 64 * KIB) or b"").decode("utf-8", "replace").splitlines())
    values = {name.strip(): value.strip().strip("\"'") for name, sign, value in rows if sign}
    if values.get("ID"):
        found.distribution = values["ID"][:40], values.get("VERSION_ID", "")[:40]


def ecosystem_of(found: Found, fallback: str) -> str:
    """OSV's name of the distribution, with the release as OSV writes it.

    Red Hat's advisories name products and streams, not releases, so nothing here can tell which are meant: its packages get a
    name that OSV does not have, and count as not looked up.
    """
    name, release = found.distribution
    base = _VENDORS.get(name, fallback)
    if not release or base in ("Wolfi", "Chainguard"):
        return base
    if base == "Alpine":
        return f"Alpine:v{'.'.join(release.split('.')[:2])}"
    if base == "Ubuntu":
        return f"Ubuntu:{release}{':LTS' if re.fullmatch(r'[0-9]*[02468][.]04', release) else ''}"
    if base == "openSUSE":
        return f"openSUSE:Leap {release}"
    if base == "SUSE":
        major, _, pack = release.partition(".")
        return f"SUSE:Linux Enterprise Server {major}{f' SP{pack}' if pack and pack != '0' else ''}"
    if base in ("Debian", "AlmaLinux", "Rocky Linux"):
        return f"{base}:{release.partition('.')[0]}"
    return f"{base}:{release}"


def _qualifiers(found: Found, kind: str, fallback: str, arch: str, upstream: str) -> dict[str, str]:
    name, release = found.distribution
    values = {"arch": arch, "distro": f"{name}-{release}" if name and release else "", "upstream": upstream}
    return {"type": kind, "namespace": name or fallback, **{k: v for k, v in values.items() if v}}


def read_dpkg(tree: Tree, path: str, found: Found) -> None:
    """The status file of dpkg, or one of the files that distroless images have in its place."""
    if path.endswith(".md5sums"):
        return
    data = tree.read(path, 64 * MIB)
    if data is None:
        found.limit(f"{path}: cannot be read")
        return
    ecosystem = ecosystem_of(found, "Debian")
    for stanza in data.decode("utf-8", "replace").split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version|Architecture|Source): *(.*)$", stanza, re.MULTILINE))
        if "Package" not in fields or "Version" not in fields or "not-installed" in fields.get("Status", ""):
            continue
        source, _, source_version = fields.get("Source", "").partition(" (")
        upstream = source if source != fields["Package"] else ""
        if source_version:
            upstream = f"{source}@{source_version.rstrip(')')}"
        found.add(
            ecosystem, fields["Package"], fields["Version"], path, tree.origin(path),
            qualifiers=_qualifiers(found, "deb", "debian", fields.get("Architecture", ""), upstream),
        )  # fmt: skip


def read_apk(tree: Tree, path: str, found: Found) -> None:
    """The list of packages that apk installed: one letter, a colon and the value a line."""
    data = tree.read(path, 64 * MIB)
    if data is None:
        found.limit(f"{path}: cannot be read")
        return
    ecosystem = ecosystem_of(found, "Alpine")
    for stanza in data.decode("utf-8", "replace").split("\n\n"):
        fields = dict(re.findall(r"^([PVAoL]):(.*)$", stanza, re.MULTILINE))
        if "P" in fields and "V" in fields:
            upstream = fields.get("o", "")
            found.add(
                ecosystem, fields["P"], fields["V"], path, tree.origin(path), licence=fields.get("L", ""),
                qualifiers=_qualifiers(found, "apk", "alpine", fields.get("A", ""), upstream if upstream != fields["P"] else ""),
            )  # fmt: skip


def read_rpm(tree: Tree, path: str, found: Found) -> None:
    """The database of rpm in its SQLite form: every row holds the header of one package."""
    data = tree.read(path, 128 * MIB)
    if data is None:
        found.limit(f"{path}: cannot be read")
        return
    connection = sqlite3.connect(":memory:")
    try:
        steps = 0

        def stop() -> int:
            nonlocal steps
            steps += 10_000
            return int(steps > _RPM_STEPS)

        connection.deserialize(data)
        connection.set_progress_handler(stop, 10_000)
        ecosystem = ecosystem_of(found, "RPM")
        for (blob,) in connection.execute("select blob from Packages limit 20000"):
            if isinstance(blob, bytes):
                _add_rpm(tree, path, rpm_header(blob), ecosystem, found)
    except (sqlite3.Error, OverflowError, MemoryError):
        found.limit(f"{path}: the database is damaged")
    finally:
        connection.close()


def _add_rpm(tree: Tree, path: str, tags: dict[int, str], ecosystem: str, found: Found) -> None:
    name, version = tags.get(1000, ""), tags.get(1001, "")
    if not name or not version or name == "gpg-pubkey":
        return
    full = f"{tags[1003] + ':' if tags.get(1003, '0') != '0' else ''}{version}-{tags.get(1002, '0')}"
    source = tags.get(1044, "").removesuffix(".src.rpm").rsplit("-", 2)[0]
    found.add(
        ecosystem, name, full, path, tree.origin(path), licence=tags.get(1014, ""),
        qualifiers=_qualifiers(found, "rpm", "redhat", tags.get(1022, ""), source if source != name else ""),
    )  # fmt: skip


def rpm_header(blob: bytes) -> dict[int, str]:
    """Name (1000), version (1001), release, epoch, licence, architecture and source of a header; what is damaged is left out."""
    tags: dict[int, str] = {}
    if len(blob) < 8:
        return tags
    count, length = struct.unpack_from(">II", blob)
    start = 8 + count * 16
    if count > 100_000 or start + length > len(blob):
        return tags
    for at in range(8, start, 16):
        tag, kind, offset, _ = struct.unpack_from(">IIII", blob, at)
        if tag not in (1000, 1001, 1002, 1003, 1014, 1022, 1044) or offset >= length:
            continue
        if kind in (6, 8, 9):
            end = blob.find(b"\0", start + offset, start + length)
            tags[tag] = blob[start + offset : end if end >= 0 else start + length].decode("utf-8", "replace")
        elif kind == 4 and offset + 4 <= length:
            tags[tag] = str(struct.unpack_from(">I", blob, start + offset)[0])
    return tags
