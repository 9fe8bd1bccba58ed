"""Programs: what Go and Rust leave in them, and the version strings of well-known tools and libraries."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from .found import MIB, Found
from .tree import Tree

MOST = 160 * MIB
_GO_MARK = b"\xff Go buildinf:"
_GO_TEXT = re.compile(r"go[0-9]+\.[0-9]+[^\s]*")
_AUDIT = 8 * MIB
_RELEASE = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+")
_CRATE = re.compile(rb"registry/src/[^/\x00]{1,80}/([A-Za-z0-9_-]{1,64}?)-([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]{1,40})?)/")
_DATE = rb"[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}"
PROGRAMS: tuple[tuple[re.Pattern[str], str, re.Pattern[bytes]], ...] = tuple(
    (re.compile(name), product, re.compile(pattern))
    for name, product, pattern in (
        (r"ffmpeg|ffprobe|libavutil[\w.-]*\.so[\w.]*", "ffmpeg", rb"FFmpeg version n?([0-9]+(?:\.[0-9]+){1,2})"),
        (r"git|git-remote-https?", "git", rb"git/([0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)?)\x00"),
        (r"curl|libcurl[\w.-]*\.so[\w.]*", "curl", rb"(?:lib)?curl[/ ]([0-9]+\.[0-9]+\.[0-9]+)[\x00 ]"),
        (r"(?:openssl|lib(?:ssl|crypto)[\w.-]*\.so[\w.]*|_ssl[\w.-]*\.so|_rust\.abi3\.so|_openssl\.abi3\.so)", "openssl",
         rb"OpenSSL ([0-9]+\.[0-9]+\.[0-9]+[a-z]*)(?:-fips)? {1,2}(?:FIPS )?" + _DATE),
        (r"convert|magick|identify|libMagickCore[\w.-]*\.so[\w.]*", "imagemagick",
         rb"ImageMagick ([0-9]+\.[0-9]+\.[0-9]+-[0-9]+)"),
        (r"chrome|chromium|headless[-_]?(?:shell|chromium)|headless_chrome", "chromium",
         rb"(?:Headless)?Chrome/([0-9]{2,3}\.[0-9]+\.[0-9]+\.[0-9]+)"),
        (r"wkhtmltopdf|wkhtmltoimage|libwkhtmltox[\w.-]*\.so[\w.]*", "wkhtmltopdf", rb"wkhtmltopdf ([0-9]+\.[0-9]+\.[0-9]+)"),
        (r"gs|libgs[\w.-]*\.so[\w.]*", "ghostscript", rb"GPL Ghostscript ([0-9]+\.[0-9]+(?:\.[0-9]+)?)"),
        (r"libz[\w.-]*\.so[\w.]*", "zlib", rb"(?:deflate|inflate) ([0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)?) Copyright"),
        (r"libpq[\w.-]*\.so[\w.]*|psql|pg_dump", "postgresql", rb"PostgreSQL\) ([0-9]+\.[0-9]+(?:\.[0-9]+)?)"),
        (r"libpng[\w.-]*\.so[\w.]*", "libpng", rb"libpng version ([0-9]+\.[0-9]+\.[0-9]+)"),
        (r"busybox", "busybox", rb"BusyBox v([0-9]+\.[0-9]+\.[0-9]+)"),
        (r"bash", "bash", rb"Bash version ([0-9]+\.[0-9]+\.[0-9]+)"),
    )
)  # fmt: skip
"""File names, the product that they belong to, and the text in them that states the version."""


def is_program_name(name: str) -> bool:
    """Whether a file name may be a Go or Rust program: nothing but a dot-free name tells one from data."""
    return "." not in name or name.endswith((".bin", ".exe", ".x86_64", ".amd64", ".arm64"))


_ANY_PRODUCT = re.compile("|".join(f"(?:{names.pattern})" for names, _, _ in PROGRAMS))


def product_of(name: str) -> tuple[str, re.Pattern[bytes]] | None:
    """The well-known product that a file name may be of, and how to find its version."""
    if not _ANY_PRODUCT.fullmatch(name):
        return None
    return next(((product, version) for names, product, version in PROGRAMS if names.fullmatch(name)), None)


def read_program(tree: Tree, path: str, found: Found) -> None:
    """An ELF file: Go's build information, Rust's audit data or source paths, or a version string."""
    name = path.rpartition("/")[2]
    product = product_of(name)
    if tree.head(path, 4) != b"\x7fELF":
        return
    data = tree.read(path, MOST)
    if data is None:
        found.limit(f"{path}: the program cannot be read, or is larger than {MOST // MIB} MiB")
        return
    if product:
        version = product[1].search(data)
        if version:
            found.add("", product[0], version[1].decode("ascii"), path, tree.origin(path), how="content")
    if _GO_MARK in data:
        _go(tree, path, data, found)
    elif not _rust(tree, path, data, found):
        _crates(tree, path, data, found)


# Go


def _go(tree: Tree, path: str, data: bytes, found: Found) -> None:
    """Modules and toolchain of a Go program. Layout: package debug/buildinfo of Go's standard library."""
    try:
        version, modules = go_build_info(data)
    except (ValueError, struct.error, IndexError, UnicodeDecodeError):
        found.limit(f"{path}: its Go build information is damaged")
        return
    origin = tree.origin(path)
    toolchain = _GO_TEXT.search(version)
    if toolchain:
        found.add("Go", "stdlib", toolchain[0].removeprefix("go"), path, origin, how="build info")
    for module, number in go_modules(modules):
        if number and number != "(devel)":
            found.add("Go", module, number, path, origin, how="build info")
    found.owners.setdefault(path, "")


def go_build_info(data: bytes) -> tuple[str, str]:
    """(version of Go, text about modules) in a Go program. Raises ValueError, struct.error or IndexError for damaged data."""
    at = data.find(_GO_MARK)
    while at >= 0:
        pointer, flags = data[at + 14], data[at + 15]
        if flags & 2:
            version, after = _string(data, at + 32)
            modules, _ = _string(data, after)
            if version.startswith(b"go") or b"go1" in version or b"devel" in version:
                return version.decode(), _unwrapped(modules)
        elif pointer in (4, 8):
            order = ">" if flags & 1 else "<"
            form = f"{order}{'I' if pointer == 4 else 'Q'}"
            texts = [_pointed(data, struct.unpack_from(form, data, at + 16 + n * pointer)[0], form) for n in (0, 1)]
            if texts[0].startswith(b"go"):
                return texts[0].decode(), _unwrapped(texts[1])
        at = data.find(_GO_MARK, at + 1)
    raise ValueError("no build information")


def _unwrapped(modules: bytes) -> str:
    """Go puts 16 bytes before and after the text, to find it again."""
    return modules[16:-16].decode("utf-8", "replace") if len(modules) >= 33 and modules[-17:-16] == b"\n" else ""


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    length = shift = 0
    while True:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift > 35:
            raise ValueError("a length without end")
    if length > 16 * MIB or at + length > len(data):
        raise ValueError("a text longer than the file")
    return data[at : at + length], at + length


def _pointed(data: bytes, address: int, form: str) -> bytes:
    """The string that a Go string header at a virtual address points to."""
    header = _offset(data, address)
    size = struct.calcsize(form)
    start, length = struct.unpack_from(form, data, header)[0], struct.unpack_from(form, data, header + size)[0]
    if length > 16 * MIB:
        raise ValueError("a text longer than the file")
    where = _offset(data, start) if length else 0
    return data[where : where + length]


def _offset(data: bytes, address: int) -> int:
    """The place in an ELF file that is loaded at a virtual address. Raises ValueError when none is."""
    wide, order = data[4] == 2, ">" if data[5] == 2 else "<"
    table, size, count = (
        (*struct.unpack_from(f"{order}Q", data, 32), *struct.unpack_from(f"{order}HH", data, 54))
        if wide
        else (*struct.unpack_from(f"{order}I", data, 28), *struct.unpack_from(f"{order}HH", data, 42))
    )
    for at in range(table, table + size * min(count, 256), size or 1):
        if wide:
            kind, _, offset, virtual, _, length = struct.unpack_from(f"{order}IIQQQQ", data, at)
        else:
            kind, offset, virtual, _, length = struct.unpack_from(f"{order}IIIII", data, at)
        if kind == 1 and virtual <= address < virtual + length:
            return int(offset + address - virtual)
    raise ValueError("an address that is not in the file")


def go_modules(text: str) -> Iterator[tuple[str, str]]:
    """(path, version) of every module that went in; a replaced module counts as what replaces it.

    The main module counts when it was built from a release: then the program is somebody's product, not a build of a work tree.
    """
    current: tuple[str, str] | None = None
    for line in text.splitlines()[:20_000]:
        fields = line.split("\t")
        if fields[0] == "mod" and len(fields) >= 3 and _RELEASE.fullmatch(fields[2]):
            yield fields[1], fields[2]
        elif fields[0] == "dep" and len(fields) >= 3:
            if current:
                yield current
            current = fields[1], fields[2]
        elif fields[0] == "=>" and len(fields) >= 3 and current:
            current = (fields[1], fields[2]) if fields[2] else current
    if current:
        yield current


# Rust


def _rust(tree: Tree, path: str, data: bytes, found: Found) -> bool:
    """The list that cargo-auditable puts into section .dep-v0; False when there is none."""
    section = elf_section(data, b".dep-v0")
    if section is None:
        return False
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(section, _AUDIT)
        document: Any = msgspec.json.decode(text)
        packages = document["packages"]
        rows = [p for p in packages if isinstance(p, dict)]
    except (zlib.error, msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
        found.limit(f"{path}: its list of crates is damaged")
        return False
    roots = {d for p in rows if p.get("root") is True for d in p.get("dependencies") or () if isinstance(d, int)}
    for number, package in enumerate(rows[:20_000]):
        name, version = package.get("name"), package.get("version")
        if isinstance(name, str) and isinstance(version, str) and not package.get("root") and package.get("kind") != "build":
            registry = package.get("source") in ("crates.io", "registry", None)
            found.add(
                "crates.io" if registry else "", name, version, path, tree.origin(path), how="build info",
                direct=number in roots if roots else None,
            )  # fmt: skip
    found.owners.setdefault(path, "")
    return True


def _crates(tree: Tree, path: str, data: bytes, found: Found) -> None:
    """Paths of source files that a Rust program keeps for its messages; they name crates with their versions."""
    seen = {(m[1].decode(), m[2].decode()) for m in _CRATE.finditer(data)}
    for name, version in sorted(seen)[:5000]:
        found.add("crates.io", name, version, path, tree.origin(path), how="content")


def elf_section(data: bytes, wanted: bytes) -> bytes | None:
    """The content of a section of an ELF file by name; None when there is none or the file is damaged."""
    try:
        wide, order = data[4] == 2, ">" if data[5] == 2 else "<"
        if wide:
            (table,) = struct.unpack_from(f"{order}Q", data, 40)
            size, count, names = struct.unpack_from(f"{order}HHH", data, 58)
        else:
            (table,) = struct.unpack_from(f"{order}I", data, 32)
            size, count, names = struct.unpack_from(f"{order}HHH", data, 46)
        form = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
        rows = [struct.unpack_from(form, data, table + n * size) for n in range(count)]
        strings = rows[names][4]
        for row in rows:
            start = strings + row[0]
            if data[start : start + len(wanted) + 1] == wanted + b"\0":
                return data[row[4] : row[4] + min(row[5], 64 * MIB)]
    except (struct.error, IndexError, OverflowError, MemoryError):
        return None
    return None
