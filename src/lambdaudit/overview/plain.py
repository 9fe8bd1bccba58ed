"""Assets as plain values (dict, list, text, number) with every field written out, also those at their default."""

import enum
from typing import Any

import msgspec

from lambdaudit.model.unknown import Unknown


def plain(value: object) -> Any:
    """A value of the model as JSON-like data.

    A structure becomes a dict of all its fields, an Unknown ``{"unknown": reason, "need": action}``, a tuple a list. Nothing is
    left out, so that a page shows "not read" where nothing was read.
    """
    if isinstance(value, Unknown):
        return unknown(value)
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def unknown(value: Unknown) -> dict[str, str]:
    """An Unknown as plain data."""
    return {"unknown": value.reason, "need": value.need}
