"""Images in Amazon ECR: manifest and addresses of layers by two calls, the layers themselves by plain downloads.

Needs ecr:BatchGetImage and ecr:GetDownloadUrlForLayer. The addresses are signed, and treated as :mod:`lambdaudit.code.download`
treats them.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from lambdaudit.code.download import DownloadError, Limits, fetched
from lambdaudit.code.package import MIB
from lambdaudit.model.code_link import CodeLink

from .archive import Image, ImageError, chosen, parts

_REFERENCE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[a-z0-9._/-]{2,256})"
    r"(?::(?P<tag>[\w.-]{1,128}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_MEDIA = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
]
MOST_BYTES = 4 * 1024 * MIB
"""Bytes of all layers of an image, as they come."""


def reference(uri: str) -> dict[str, str] | None:
    """Account, region, repository, tag and digest of an image in ECR; None for images elsewhere."""
    match = _REFERENCE.fullmatch(uri.strip())
    return {name: value or "" for name, value in match.groupdict().items()} if match else None


@contextmanager
def image(client: Any, uri: str, architecture: str = "x86_64", limits: Limits | None = None) -> Iterator[Image]:
    """An image with its layers as open files, which are gone afterwards. `client` is boto3's for ECR in the image's region.

    `uri` with a digest is what runs; a tag may have moved since. Raises ImageError, in one line without any address; calls that
    are denied raise botocore's exceptions.
    """
    found = reference(uri)
    if found is None:
        raise ImageError("it is not an image in Amazon ECR")
    where = {"registryId": found["account"], "repositoryName": found["repository"]}
    manifest = _manifest(
        client, where, {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    )
    if isinstance(manifest, dict) and "manifests" in manifest:
        manifest = _manifest(client, where, {"imageDigest": chosen(manifest, architecture)})
    config, layers = parts(manifest)
    if sum(size for _, _, size in layers) > MOST_BYTES:
        raise ImageError(f"its layers are larger than {MOST_BYTES // MIB} MiB together")
    limits = limits or Limits(size=MOST_BYTES, total=900)
    with ExitStack() as stack:
        settings = stack.enter_context(_blob(client, where, config, Limits(size=4 * MIB))).read()
        files: list[tuple[str, BinaryIO]] = []
        left = MOST_BYTES
        for media, digest, _ in layers:
            file = stack.enter_context(_blob(client, where, digest, limits))
            left -= file.seek(0, 2)
            file.seek(0)
            if left < 0:
                raise ImageError(f"its layers are larger than {MOST_BYTES // MIB} MiB together")
            files.append((media, file))
        yield Image(settings, tuple(files), found["digest"])


def _manifest(client: Any, where: dict[str, str], image_id: dict[str, str]) -> Any:
    answer = client.batch_get_image(**where, imageIds=[image_id], acceptedMediaTypes=_MEDIA)
    images = answer.get("images") or []
    if not images:
        failures = answer.get("failures") or [{}]
        raise ImageError(f"the registry does not have it any more ({failures[0].get('failureCode', 'no reason given')})")
    text = images[0].get("imageManifest", "")
    try:
        return json.loads(text) if len(text) < 4 * MIB else None
    except (ValueError, RecursionError) as error:
        raise ImageError("the image's manifest is no JSON") from error


@contextmanager
def _blob(client: Any, where: dict[str, str], digest: str, limits: Limits) -> Iterator[BinaryIO]:
    """A layer or configuration by its digest, which is checked."""
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ImageError("the image's manifest names a part by another digest than SHA-256")
    answer = client.get_download_url_for_layer(**where, layerDigest=digest)
    expected = base64.b64encode(bytes.fromhex(digest.partition(":")[2])).decode()
    try:
        with fetched(CodeLink(answer.get("downloadUrl", ""), expected), limits) as file:
            yield file
    except DownloadError as error:
        raise ImageError(f"a layer of it could not be downloaded: {error}") from error


__all__ = ["MOST_BYTES", "image", "reference"]
