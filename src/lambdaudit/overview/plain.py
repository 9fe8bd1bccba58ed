"""Assets as plain values (dict, list, text, number) with every field written out, also those at their default."""

import enum
from collections.abc import Collection
from typing import Any

import msgspec

from lambdaudit.model.unknown import Unknown

_PLAIN = frozenset((str, int, bool, float, type(None)))
"""What is plain already: most of what there is, so it is asked for before anything is called."""


def plain(value: object) -> Any:
    """A value of the model as JSON-like data.

    A structure becomes a dict of all its fields, an Unknown ``{"unknown": reason, "need": action}``, a tuple a list. Nothing is
    left out, so that a page shows "not read" where nothing was read.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, msgspec.Struct):
        return unknown(value) if isinstance(value, Unknown) else fields(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [item if type(item) in _PLAIN else plain(item) for item in value]
    return value


def fields(value: msgspec.Struct, without: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a structure by name, each as by :func:`plain`, but for those that the caller fills in."""
    view = msgspec.structs.asdict(value)
    for name in without:
        del view[name]
    for name, item in view.items():
        if type(item) not in _PLAIN:
            view[name] = plain(item)
    return view


def unknown(value: Unknown) -> dict[str, str]:
    """An Unknown as plain data."""
    return {"unknown": value.reason, "need": value.need}
