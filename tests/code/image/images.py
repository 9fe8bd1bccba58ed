"""Builds layers, manifests and archives of container images, and serves them as ECR does."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zstandard

Row = tuple[str, str, bytes | str]
"""(path, kind, content or target); kinds: file, link, hard, folder, fifo."""
_TYPES = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "folder": tarfile.DIRTYPE, "fifo": tarfile.FIFOTYPE}


def layer(*rows: Row, packing: str = "gzip", form: int = tarfile.PAX_FORMAT) -> bytes:
    """One layer as a packed tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for path, kind, content in rows:
            info = tarfile.TarInfo(path)
            if kind == "file":
                data = content.encode() if isinstance(content, str) else content
                info.size, info.mode = len(data), 0o755
                archive.addfile(info, io.BytesIO(data))
            else:
                info.type = _TYPES[kind]
                info.linkname = content if isinstance(content, str) else ""
                archive.addfile(info)
    return packed(buffer.getvalue(), packing)


def packed(data: bytes, packing: str) -> bytes:
    return gzip.compress(data, mtime=0) if packing == "gzip" else zstandard.ZstdCompressor().compress(data) if packing else data


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def manifest_of(config: bytes, layers: list[bytes]) -> bytes:
    rows = [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": sha(x), "size": len(x)} for x in layers]
    kind = "application/vnd.oci.image.manifest.v1+json"
    place = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": sha(config), "size": len(config)}
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": place, "layers": rows}).encode()


def index_of(**manifests: bytes) -> bytes:
    """An index: one manifest for each architecture (``amd64``, ``arm64``), and an attestation, which is no image."""
    rows: list[dict[str, Any]] = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": sha(data),
            "platform": {"os": "linux", "architecture": a},
        }
        for a, data in manifests.items()
    ]
    rows.insert(0, {"digest": sha(b"attestation"), "platform": {"os": "unknown", "architecture": "unknown"}})
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": rows}).encode()


def docker_save(config: bytes, layers: list[bytes]) -> bytes:
    plain = [gzip.decompress(x) if x[:2] == b"\x1f\x8b" else x for x in layers]
    rows: list[Row] = [("config.json", "file", config), *((f"l{i}/layer.tar", "file", x) for i, x in enumerate(plain))]
    manifest = [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": [f"l{i}/layer.tar" for i in range(len(plain))]}]
    return layer(*rows, ("manifest.json", "file", json.dumps(manifest)), packing="")


def oci_layout(blobs: list[bytes], top: bytes, packing: str = "") -> bytes:
    rows: list[Row] = [("oci-layout", "file", '{"imageLayoutVersion": "1.0.0"}'), ("index.json", "file", top)]
    rows += [("blobs/" + sha(blob).replace(":", "/"), "file", blob) for blob in blobs]
    return layer(*rows, packing=packing)


class Ecr:
    """A registry: manifests by tag and digest, blobs by digest; `denied` names an operation that is refused."""

    def __init__(self) -> None:
        self.manifests: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.denied = ""
        self.asked: list[str] = []
        self.address = ""

    def push(self, tag: str, manifest: bytes, *blobs: bytes) -> str:
        self.manifests[tag] = self.manifests[sha(manifest)] = manifest
        self.blobs.update({sha(blob): blob for blob in blobs})
        return sha(manifest)

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(operation)
        if operation == self.denied:
            return 400, {"__type": "AccessDeniedException", "message": "no"}
        if operation == "BatchGetImage":
            wanted = body["imageIds"][0]
            found = self.manifests.get(wanted.get("imageDigest") or wanted.get("imageTag"))
            if found is None:
                return 200, {"images": [], "failures": [{"imageId": wanted, "failureCode": "ImageNotFound"}]}
            return 200, {"images": [{"imageId": wanted, "imageManifest": found.decode()}], "failures": []}
        return 200, {
            "downloadUrl": f"{self.address}/blob/{body['layerDigest']}?X-Amz-Signature=5e41d00d",
            "layerDigest": body["layerDigest"],
        }


@contextmanager
def served(ecr: Ecr) -> Iterator[str]:
    """The registry behind an HTTP server; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = ecr.answer(self.headers["X-Amz-Target"].rpartition(".")[2], body)
            self._send(status, json.dumps(answer).encode())

        def do_GET(self) -> None:
            blob = ecr.blobs.get(self.path.split("?")[0].rpartition("/")[2])
            self._send(404 if blob is None else 200, blob or b"")

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    ecr.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield ecr.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
