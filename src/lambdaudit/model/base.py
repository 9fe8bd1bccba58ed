"""What all assets share."""

from typing import Any

import msgspec

from .unknown import Maybe, Unknown
from .where import Where

Tags = tuple[tuple[str, str], ...]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an asset, immutable."""


class Asset(Record, frozen=True, kw_only=True):
    """A thing in an account. `id` is its ARN where it has one, otherwise an ARN-like text that is unique in the inventory.

    `extra` keeps what the source said beyond the model (new fields of AWS, odd values), so that nothing vanishes.
    """

    id: str
    name: str
    where: Where
    account: str = ""
    region: str = ""
    tags: Maybe[Tags] = ()
    extra: dict[str, Any] = {}


class Policy(Record, frozen=True, kw_only=True, tag="policy"):
    """A policy document and where it hangs.

    `kind`: ``inline``, ``aws-managed``, ``customer-managed``, ``boundary``, ``trust`` or ``resource``. `document` is the parsed
    JSON as AWS returned it; only :mod:`lambdaudit.iam` reads its statements. `raw` holds the text when it was not valid JSON.
    """

    name: str
    kind: str
    document: dict[str, Any]
    where: Where
    arn: str = ""
    raw: str = ""


def not_read(need: str, reason: str = "not read") -> Unknown:
    """An Unknown for a field that a source did not ask for, naming the IAM action that would fill it."""
    return Unknown(reason=reason, need=need)
