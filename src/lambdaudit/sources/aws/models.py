"""What the SDK is told of a service: the operations of the call table with their shapes.

The SDK's models describe every operation (EC2's: 4 MB, more than 700 operations). Reading them whole, and making methods of all
of them for each region, takes longer than judging some hundred functions; and a client that knows read calls only has no others.
"""

import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec
from botocore.loaders import JSONFileLoader
from botocore.session import Session

from lambdaudit.sources.aws.calls import BY_NAME, CODE_CALLS, CREDENTIAL_CALLS

_SERVICE_MODEL: Final = "service-2"
_BY_THE_SDK: Final = ("s3:HeadBucket",)
"""What the SDK asks on its own (after a redirect): left in, so that the guard says what was not sent."""


_Parts: TypeAlias = dict[str, msgspec.Raw]


@cache
def _operations() -> dict[str, frozenset[str]]:
    """The operations that may be sent, by service."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in (*BY_NAME, *CODE_CALLS, *CREDENTIAL_CALLS, *_BY_THE_SDK):
        service, _, operation = name.partition(":")
        found[service].add(operation)
    return {service: frozenset(names) for service, names in found.items()}


class Models(JSONFileLoader):
    """Reads the SDK's data files; of a service's model only what the call table names. Everything else as the SDK does."""

    def load_file(self, file_path: str) -> Any:
        """The content of a data file, given without its ending; None when there is none."""
        folder, name = os.path.split(file_path)
        wanted = _operations().get(os.path.basename(os.path.dirname(folder)))
        if name != _SERVICE_MODEL or wanted is None:
            return super().load_file(file_path)
        raw = _read(file_path)
        if raw is None:
            return None
        try:
            return _trimmed(raw, wanted)
        except (msgspec.MsgspecError, KeyError):  # a model of the user's own that is none: the SDK says so in its words
            return super().load_file(file_path)


def _read(file_path: str) -> bytes | None:
    for ending, opened in ((".json", open), (".json.gz", gzip.open)):
        if os.path.isfile(file_path + ending):
            with opened(file_path + ending, "rb") as file:
                return bytes(file.read())
    return None


def _trimmed(raw: bytes, wanted: frozenset[str]) -> dict[str, Any]:
    """A model with the wanted operations and the shapes that they reach.

    Raises msgspec.MsgspecError or KeyError for what is no model.
    """
    model = msgspec.json.decode(raw, type=_Parts)
    described = msgspec.json.decode(model.pop("operations"), type=_Parts)
    formed = msgspec.json.decode(model.pop("shapes"), type=_Parts)
    operations = {name: msgspec.json.decode(value) for name, value in described.items() if name in wanted}
    shapes: dict[str, Any] = {}
    waiting = [name for operation in operations.values() for name in _named(operation)]
    while waiting:
        name = waiting.pop()
        if name not in shapes and name in formed:
            shapes[name] = msgspec.json.decode(formed[name])
            waiting += _named(shapes[name])
    rest = {name: msgspec.json.decode(value) for name, value in model.items()}
    return {**rest, "operations": operations, "shapes": shapes}


def _named(value: Any) -> Iterator[str]:
    """The shapes that an operation or a shape refers to."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        shape = value.get("shape")
        if isinstance(shape, str):
            yield shape
        for one in value.values():
            if isinstance(one, dict | list):
                yield from _named(one)


def trim(session: Session) -> Session:
    """Make a session's clients know the operations of the call table only; services that are not in it stay whole."""
    session.get_component("data_loader").file_loader = Models()
    return session
