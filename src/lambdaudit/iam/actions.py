"""The catalogue: every IAM action with its level, resource types and condition keys, and the policies that AWS manages.

The data is package data made by ``lambdaudit/data/make_iam.py``; nothing is read before the first question, and the
details of a service only when that service is asked for.
"""

import enum
import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from lambdaudit.iam.patterns import action_pattern

STALE_AFTER_DAYS: Final = 90


class AccessLevel(enum.Enum):
    """What an action does, as the service authorization reference classes it."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS = "Permissions management"


class ActionResource(msgspec.Struct, frozen=True):
    """A resource type that an action works on, with the keys and further actions that come with it."""

    type: str
    required: bool
    keys: tuple[str, ...]
    needs: tuple[str, ...]


class Action(msgspec.Struct, frozen=True):
    """An action: ``service:Name``, its level, its resource types (none: it takes only ``*``), its condition keys."""

    name: str
    level: AccessLevel
    resources: tuple[ActionResource, ...]
    keys: tuple[str, ...]
    needs: tuple[str, ...]


class ResourceType(msgspec.Struct, frozen=True):
    """A resource type: the shape of its ARN (with ``${Region}`` and the like) and its condition keys."""

    name: str
    arn: str
    keys: tuple[str, ...]


class ManagedPolicy(msgspec.Struct, frozen=True):
    """A policy that AWS manages: its default version, the day of its last change, its document."""

    arn: str
    name: str
    version: str
    changed: str
    document: Mapping[str, Any]


class Source(msgspec.Struct, frozen=True):
    """Where a part of the catalogue comes from: package, its version, and the day that its content is of."""

    content: str
    package: str
    version: str
    date: str


_PACKAGE_DATA: Final = Path(__file__).parents[1] / "data"
_folder: Path = _PACKAGE_DATA


def use_folder(folder: Path | None) -> None:
    """Read the catalogue from another folder (the option ``--iam-data``); None goes back to the package's own.

    Raises FileNotFoundError when the folder does not hold the three files.
    """
    global _folder
    wanted = folder or _PACKAGE_DATA
    for name in ("iam_index.json.gz", "iam_services.json.gz", "iam_managed.json.gz"):
        if not (wanted / name).is_file():
            raise FileNotFoundError(f"{wanted} holds no {name}; make it with lambdaudit/data/make_iam.py")
    _folder = wanted
    for cached in (
        _index,
        _names,
        _service,
        _expand_one,
        _member,
        action,
        all_actions,
        arn_services,
        rcp_services,
        resource_types,
    ):
        cached.cache_clear()


def _read(name: str, place: tuple[int, int] | None = None) -> Any:
    """A whole file, or one gzip member of it given by offset and length."""
    with (_folder / name).open("rb") as file:
        if place is None:
            packed = file.read()
        else:
            file.seek(place[0])
            packed = file.read(place[1])
    return json.loads(gzip.decompress(packed))


@cache
def _index() -> Any:
    return _read("iam_index.json.gz")


@cache
def _names() -> dict[str, tuple[str, int]]:
    """Action in lower case → its proper name and the number of its level."""
    return {
        f"{prefix}:{name}".lower(): (f"{prefix}:{name}", level)
        for prefix, service in _index()["services"].items()
        for name, level in service["actions"].items()
    }


@lru_cache(maxsize=128)
def _service(prefix: str) -> Any:
    offset, length = _index()["services"][prefix]["at"]
    return _read("iam_services.json.gz", (offset, length))


def sources() -> tuple[Source, ...]:
    """Where the catalogue comes from and of which day it is."""
    return tuple(Source(content, **row) for content, row in _index()["sources"].items())


def is_stale(today: date) -> bool:
    """Whether the actions in the catalogue are more than 90 days old."""
    made = date.fromisoformat(next(source.date for source in sources() if source.content == "actions"))
    return (today - made).days > STALE_AFTER_DAYS


def services() -> Mapping[str, str]:
    """The service prefixes (``s3``) with the names of the services."""
    return {prefix: service["name"] for prefix, service in _index()["services"].items()}


@cache
def rcp_services() -> frozenset[str]:
    """The services that resource control policies cover."""
    return frozenset(_index()["rcp"])


def key_families() -> Mapping[str, tuple[str, ...]]:
    """Prefixes of condition keys that are no service prefix (identity providers …), with the services that know them."""
    return {prefix: tuple(known) for prefix, known in _index()["key_families"].items()}


@cache
def all_actions() -> frozenset[str]:
    """Every known action."""
    return frozenset(name for name, _ in _names().values())


def action_names() -> tuple[str, ...]:
    """Every known action in a fixed order, service by service."""
    return tuple(name for name, _ in _names().values())


def actions_of(service: str) -> frozenset[str]:
    """The actions of a service prefix, in any letter case; empty for an unknown one."""
    prefix = service.lower()
    found = _index()["services"].get(prefix)
    return frozenset(f"{prefix}:{name}" for name in found["actions"]) if found else frozenset()


def find_action(name: str) -> str | None:
    """The proper spelling of an action, or None when it is not known."""
    found = _names().get(name.lower())
    return found[0] if found else None


def access_level(name: str) -> AccessLevel | None:
    """The level of an action, the strongest one where the reference names two; None for an unknown action."""
    found = _names().get(name.lower())
    if found is None:
        return None
    return AccessLevel(_index()["levels"][found[1]].partition(",")[0])


@lru_cache(maxsize=4096)
def action(name: str) -> Action | None:
    """All that is known of an action, or None."""
    found = _names().get(name.lower())
    if found is None:
        return None
    prefix, _, short = found[0].partition(":")
    row = _service(prefix)["actions"][short]
    return Action(
        name=found[0],
        level=AccessLevel(_index()["levels"][found[1]].partition(",")[0]),
        resources=tuple(
            ActionResource(kind, required, tuple(keys), tuple(needs)) for kind, required, keys, needs in row["resources"]
        ),
        keys=tuple(row["keys"]),
        needs=tuple(row["needs"]),
    )


@cache
def arn_services() -> frozenset[str]:
    """Everything that stands in the service part of a resource's ARN, service prefixes included."""
    return frozenset(_index()["arn_services"]) | frozenset(_index()["services"])


@lru_cache(maxsize=128)
def resource_types(service: str) -> Mapping[str, ResourceType]:
    """The resource types of a service; empty for an unknown one."""
    if service not in _index()["services"]:
        return {}
    rows = _service(service)["resources"]
    return {name: ResourceType(name, arn, tuple(keys)) for name, (arn, keys) in rows.items()}


def condition_keys(service: str) -> Mapping[str, str]:
    """The condition keys that a service defines, with their types; empty for an unknown service."""
    found: Mapping[str, str] = _service(service)["keys"] if service in _index()["services"] else {}
    return found


def expand(patterns: Iterable[str]) -> frozenset[str]:
    """The known actions that any of the action patterns (``s3:Get*``, ``*``) matches."""
    found: frozenset[str] = frozenset()
    for pattern in patterns:
        found |= _expand_one(pattern.lower())
    return found


@lru_cache(maxsize=4096)
def _expand_one(pattern: str) -> frozenset[str]:
    names = _names()
    if "*" not in pattern and "?" not in pattern:
        return frozenset({names[pattern][0]}) if pattern in names else frozenset()
    if not pattern.strip("*"):
        return all_actions()
    prefix = pattern.partition(":")[0]
    among = actions_of(prefix) if ":" in pattern and not {"*", "?"} & set(prefix) else all_actions()
    match = action_pattern(pattern)
    return frozenset(name for name in among if match(name))


@lru_cache(maxsize=8)
def _member(offset: int, length: int) -> Any:
    return _read("iam_managed.json.gz", (offset, length))


def managed_policies() -> Mapping[str, str]:
    """The ARNs of the policies that AWS manages, with their names."""
    return {arn: name for arn, (_, _, name) in _index()["managed"].items()}


def managed_policy(arn: str) -> ManagedPolicy | None:
    """A policy that AWS manages, by its ARN in any partition; None when it is not in the catalogue."""
    parts = arn.split(":", 2)
    plain = f"arn:aws:{parts[2]}" if len(parts) == 3 else arn
    found = _index()["managed"].get(plain)
    if found is None:
        return None
    offset, length, name = found
    row = _member(offset, length)[plain]
    return ManagedPolicy(arn=plain, name=name, **row)
