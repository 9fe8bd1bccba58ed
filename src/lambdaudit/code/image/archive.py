"""Images as files: what ``docker save`` writes, and OCI layouts in a tar. Read in place, nothing is unpacked."""

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from lambdaudit.code.package import MIB
from lambdaudit.code.tar import CHUNK, TarError, members, unpacked

_MOST = 12 * 1024 * MIB
_MOST_JSON = 8 * MIB
_MOST_NAMES = 5000
_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""Lambda's name of an architecture and that of image indexes."""


class ImageError(Exception):
    """An image cannot be read: one line that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Image:
    """The configuration file of an image, and its layers, lowest first: how each is packed, and an open file."""

    config: bytes
    layers: tuple[tuple[str, BinaryIO], ...]
    digest: str = ""


class _Stretch(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextmanager
def opened(path: Path, architecture: str = "x86_64") -> Iterator[Image]:
    """The image in an archive, packed or not; of an index the one for an architecture. Raises ImageError, OSError."""
    with path.open("rb") as file, tempfile.SpooledTemporaryFile(max_size=8 * MIB, prefix="lambdaudit-") as plain:
        try:
            store = _plain(file, plain)
            places = _places(store)
        except TarError as error:
            raise ImageError(f"{path} is not an image archive: {error}") from error
        yield _image(store, places, architecture, str(path))


def _plain(file: BinaryIO, plain: IO[bytes]) -> IO[bytes]:
    """The archive without packing: itself, or a copy in a file without a name."""
    head = file.read(2)
    file.seek(0)
    if head not in (b"\x1f\x8b", b"\x28\xb5"):
        return file
    read = unpacked(file, _MOST)
    while data := read(CHUNK):
        plain.write(data)
    plain.seek(0)
    return plain


def _places(store: IO[bytes]) -> dict[str, tuple[int, int]]:
    """Start and size of each file in the archive, by its name; links as the file they point at."""
    places: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        store.seek(at)
        data = store.read(size)
        at += len(data)
        return data

    for member, _ in members(read):
        if len(places) + len(links) > _MOST_NAMES:
            raise TarError("it holds too many files for an image")
        name = member.name.removeprefix("./")
        if member.kind == "file":
            places[name] = (at, member.size)
        elif member.kind in ("link", "hard link"):
            links[name] = member.target.removeprefix("../").removeprefix("./")
    for name, target in links.items():
        if target in places:
            places.setdefault(name, places[target])
    return places


def _image(store: IO[bytes], places: dict[str, tuple[int, int]], architecture: str, name: str) -> Image:
    def blob(path: str, most: int = _MOST_JSON) -> bytes:
        start, size = places.get(path, (0, -1))
        if size < 0 or size > most:
            raise ImageError(f"{name} is not a whole image archive: {path[:120]!r} is missing or too large")
        store.seek(start)
        return store.read(size)

    def layer(path: str) -> BinaryIO:
        start, size = places.get(path, (0, -1))
        if size < 0:
            raise ImageError(f"{name} is not a whole image archive: layer {path[:120]!r} is missing")
        return cast(BinaryIO, io.BufferedReader(_Stretch(store, start, size), CHUNK))

    if "manifest.json" in places:
        saved = _json(blob("manifest.json"), name)
        first = saved[0] if isinstance(saved, list) and saved and isinstance(saved[0], dict) else {}
        config, layers = first.get("Config"), first.get("Layers")
        if isinstance(config, str) and isinstance(layers, list):
            return Image(blob(config), tuple(("", layer(str(p))) for p in layers))
    if "index.json" not in places:
        raise ImageError(f"{name} is not an image archive: it holds neither manifest.json nor index.json")
    manifest = _json(blob("index.json"), name)
    for _ in range(3):
        if not isinstance(manifest, dict) or "manifests" not in manifest:
            break
        digest = chosen(manifest, architecture)
        manifest = _json(blob(_blob_path(digest)), name)
    config, digests = parts(manifest)
    return Image(blob(_blob_path(config)), tuple((media, layer(_blob_path(d))) for media, d, _ in digests), config)


def _blob_path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/", 1)


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{name} holds a manifest that is no JSON") from error


def chosen(index: dict[str, Any], architecture: str) -> str:
    """The digest of the manifest for an architecture (Lambda's name) in an image index. Raises ImageError when there is none."""
    rows = index.get("manifests")
    found = []
    for row in rows[:200] if isinstance(rows, list) else ():
        digest = row.get("digest") if isinstance(row, dict) else None
        if not isinstance(digest, str):
            continue
        if row.get("mediaType") in _INDEXES:
            found.append((1, digest))
            continue
        platform = row.get("platform")
        place = platform if isinstance(platform, dict) else {}
        system, machine = place.get("os", "linux"), place.get("architecture", ARCHITECTURES.get(architecture, architecture))
        if system == "linux" and machine == ARCHITECTURES.get(architecture, architecture):
            found.append((0, digest))
    if not found:
        raise ImageError(f"the image index has no manifest for linux and {architecture}")
    return min(found, key=lambda row: row[0])[1]


def parts(manifest: Any) -> tuple[str, list[tuple[str, str, int]]]:
    """The configuration's digest, and (media type, digest, size) of each layer, lowest first. Raises ImageError."""
    if isinstance(manifest, dict):
        config, layers = manifest.get("config"), manifest.get("layers")
        if isinstance(config, dict) and isinstance(config.get("digest"), str) and isinstance(layers, list) and len(layers) <= 200:
            rows = [row for row in layers if isinstance(row, dict) and isinstance(row.get("digest"), str)]
            if len(rows) == len(layers):
                sizes = [row["size"] if isinstance(row.get("size"), int) else 0 for row in rows]
                return config["digest"], [
                    (str(row.get("mediaType", "")), row["digest"], size) for row, size in zip(rows, sizes, strict=True)
                ]
    raise ImageError("the image's manifest is of no known form")


__all__ = ["ARCHITECTURES", "Image", "ImageError", "chosen", "opened", "parts"]
