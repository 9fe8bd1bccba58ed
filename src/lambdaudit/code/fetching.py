"""The packages of one function as open files: function and layers through links, images through ECR; each layer fetched once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import msgspec

from lambdaudit.model.code_link import CodeLink
from lambdaudit.model.functions import Function, ImageConfig
from lambdaudit.model.unknown import Unknown

from .download import DownloadError, fetched

Locate = Callable[[str], CodeLink | Unknown]
"""Gives the link to the code of a function or layer version, by ARN, when it is needed: links live for minutes only."""
Registry = Callable[[str, str], Any]
"""Gives boto3's ECR client for an account and region."""


class NotFetched(Exception):
    """The code of a function cannot be looked at, and why."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Fetched(msgspec.Struct, frozen=True):
    """Open files for :class:`lambdaudit.code.pool.Work`: the package first, then layers; or the layers of an image.

    `missing` are sentences about layers that could not be had.
    """

    files: tuple[BinaryIO, ...]
    package: bool = False
    layers: tuple[str, ...] = ()
    config: bytes = b""
    missing: tuple[str, ...] = ()

    @property
    def handles(self) -> list[int]:
        """Handles of the files; what was held in memory goes to its file without a name for that."""
        return [file.fileno() for file in self.files]


class _Layer:
    """A layer that several functions use: fetched by the first, closed after the last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stack = ExitStack()
        self.file: BinaryIO | None = None
        self.problem = ""


class Fetcher:
    """Fetches packages for several threads. `uses` counts how often each layer is going to be asked for."""

    def __init__(self, locate: Locate, registry: Registry | None, uses: Counter[str]) -> None:
        self._locate = locate
        self._registry = registry
        self._left = Counter(uses)
        self._layers: dict[str, _Layer] = {}
        self._lock = threading.Lock()

    @contextmanager
    def package(self, function: Function) -> Iterator[Fetched]:
        """All files of a function; they are gone afterwards. Raises NotFetched."""
        with ExitStack() as stack:
            if function.package_type == "Image":
                yield self._image(function, stack)
            else:
                yield self._zip(function, stack)

    def _zip(self, function: Function, stack: ExitStack) -> Fetched:
        link = self._locate(function.id)
        if isinstance(link, Unknown):
            raise NotFetched(link)
        known = function.code_sha256
        if isinstance(known, str) and known and link.sha256 and link.sha256 != known:
            raise NotFetched(Unknown("its code was changed while the audit ran"))
        if isinstance(function.layers, Unknown):
            raise NotFetched(Unknown(f"its layers were not read: {function.layers.reason}", function.layers.need))
        try:
            files = [stack.enter_context(fetched(link))]
        except DownloadError as error:
            raise NotFetched(Unknown(f"its code could not be downloaded: {error}")) from None
        layers: list[str] = []
        missing: list[str] = []
        for use in function.layers:
            file, problem = self._layer(use.arn, stack)
            if file is None:
                missing.append(f"layer {':'.join(use.arn.split(':')[6:])} was not looked at: {problem}")
            else:
                files.append(file)
                layers.append(use.arn)
        return Fetched(tuple(files), True, tuple(layers), missing=tuple(missing))

    def _layer(self, arn: str, stack: ExitStack) -> tuple[BinaryIO | None, str]:
        with self._lock:
            layer = self._layers.setdefault(arn, _Layer())
        stack.callback(self._done, arn, layer)
        with layer.lock:
            if layer.file is None and not layer.problem:
                link = self._locate(arn)
                if isinstance(link, Unknown):
                    layer.problem = link.reason + (f" (needs {link.need})" if link.need else "")
                else:
                    try:
                        layer.file = layer.stack.enter_context(fetched(link))
                        layer.file.fileno()  # moves it out of memory now, because several threads ask for its handle later
                    except DownloadError as error:
                        layer.problem = str(error)
            return layer.file, layer.problem

    def _done(self, arn: str, layer: _Layer) -> None:
        """Close a layer that nobody needs any more."""
        with self._lock:
            self._left[arn] -= 1
            last = self._left[arn] <= 0
            if last:
                self._layers.pop(arn, None)
        if last:
            with layer.lock:
                layer.stack.close()
                layer.file = None

    def _image(self, function: Function, stack: ExitStack) -> Fetched:
        from botocore.exceptions import BotoCoreError, ClientError

        from .image import ImageError
        from .image.ecr import image, reference

        settings = function.image
        uri = (settings.resolved or settings.uri) if isinstance(settings, ImageConfig) else ""
        found = reference(uri)
        if found is None:
            raise NotFetched(settings if isinstance(settings, Unknown) else Unknown("which image it runs was not read"))
        if self._registry is None:
            raise NotFetched(Unknown("images are not looked into without access to their registry", "ecr:BatchGetImage"))
        architectures = function.architectures if isinstance(function.architectures, tuple) else ()
        try:
            client = self._registry(found["account"], found["region"])
            one = stack.enter_context(image(client, uri, architectures[0] if architectures else "x86_64"))
        except ImageError as error:
            raise NotFetched(Unknown(f"its image could not be read: {error}")) from None
        except ClientError as error:
            raise NotFetched(_refused(error.operation_name, str(error.response.get("Error", {}).get("Code", "")))) from None
        except BotoCoreError as error:
            raise NotFetched(_refused("the registry", type(error).__name__)) from None
        notes = (
            () if found["digest"] else ("the image was read by its tag, which may have moved since the function was deployed",)
        )
        return Fetched(tuple(file for _, file in one.layers), config=one.config, missing=notes)

    def close(self) -> None:
        """Close what is still open."""
        with self._lock:
            layers, self._layers = list(self._layers.values()), {}
        for layer in layers:
            layer.stack.close()


def _refused(operation: str, code: str) -> Unknown:
    """Why ECR did not answer, without what the library writes into its errors."""
    denied = "AccessDenied" in code or "NotAuthorized" in code
    return Unknown(f"its image could not be read: {operation} answered {code[:80]}", f"ecr:{operation}" if denied else "")


def layer_uses(functions: Sequence[Function]) -> Counter[str]:
    """How often each layer is used by functions with a zip package."""
    zipped = [fn for fn in functions if fn.package_type != "Image" and not isinstance(fn.layers, Unknown)]
    return Counter(use.arn for fn in zipped for use in (fn.layers if isinstance(fn.layers, tuple) else ()))


__all__ = ["Fetched", "Fetcher", "Locate", "NotFetched", "Registry", "layer_uses"]
