"""Resources of one root: translated by the type table, and joined with the resources that only change others."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.lift.identity import NAMES
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import NO_VALUE, List, Map, OneOf, Ref, Span, Text, Value

from .kinds import KINDS, WITHOUT_EFFECT
from .partial import equal, reason
from .shape import address_of, resource, shaped

Change = Callable[[Map], None]
_PREFIXES = ("name_prefix", "bucket_prefix")


@dataclass(slots=True)
class Source:
    """One resource as Terraform has it, from a configuration, a plan or a state.

    `settings` are its arguments and nested blocks by Terraform's names. `locate` finds a file that it names, `archives` tells
    what an archive of a given path is built from, `objects` the local file behind an S3 object.
    """

    address: str
    type: str
    at: Span
    settings: Map
    own_name: str
    undecided: Unknown | None = None
    account: str = ""
    region: str = ""
    locate: Callable[[str], Path | None] = lambda _: None
    archive: Callable[[Value], Map | None] = lambda _: None
    object_source: Callable[[Value, Value], Value] = lambda _bucket, _key: None


@dataclass(slots=True)
class _Later:
    source: Source
    find: Callable[[], Resource | str]
    change: Change


@dataclass(slots=True)
class Collector:
    """The resources of one root. :meth:`take` every source, then :meth:`finish`."""

    settings: Settings
    resources: dict[str, Resource] = field(default_factory=dict)
    locations: dict[str, CodeLocation] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)
    account_block: tuple[Source, Map] | None = None
    grants: list[tuple[Source, Map]] = field(default_factory=list)
    changes: list[_Later] = field(default_factory=list)
    names: dict[str, dict[str, Resource]] = field(default_factory=dict)
    indexes: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], Resource]] = field(default_factory=dict)
    last: list[_Later] = field(default_factory=list)

    def take(self, source: Source) -> None:
        """Translate one resource."""
        kind = KINDS.get(source.type)
        if kind is None:
            if source.type not in WITHOUT_EFFECT:
                self.unread[source.type] = self.unread.get(source.type, 0) + 1
            if source.type.startswith("aws_"):
                self.add(_something(source))
            return
        properties = shaped(kind.fields, source.settings, Map((), source.at))
        for name, value in kind.constants.items():
            properties.setdefault(name, value)
        if kind.type:
            self.add(resource(source, kind.type, properties))
        if kind.finish:
            kind.finish(source, source.settings, properties, self)

    def add(self, made: Resource) -> None:
        """Keep a resource."""
        self.resources.setdefault(made.address, made)

    def later(self, source: Source, target: Value, types: tuple[str, ...], change: Change, *, last: bool = False) -> None:
        """Change the properties of another resource when all are there; what cannot be found is noted."""
        row = _Later(source, lambda: self.resolve(target, types), change)
        (self.last if last else self.changes).append(row)

    def matching(self, source: Source, kind: str, wanted: dict[str, Value], change: Change) -> None:
        """Change the resource of a type whose properties are the wanted ones."""

        def find() -> Resource | str:
            names = tuple(wanted)
            if (kind, names) not in self.indexes:
                rows = [r for r in self.resources.values() if r.type == kind]
                self.indexes[kind, names] = {_key(r.properties, names): r for r in reversed(rows)}
            found = self.indexes[kind, names].get(_key(wanted, names))
            return found or "belongs to something that is not in the configuration"

        self.changes.append(_Later(source, find, change))

    def resolve(self, target: Value, types: tuple[str, ...]) -> Resource | str:
        """The resource that a value names by reference, name or ARN; otherwise why there is none."""
        address = address_of(target)
        if address:
            found = self.resources.get(address)
            if found is not None and found.type in types:
                return found
        if isinstance(target, str) and target:
            arn = parse_arn(str(target))
            name = arn.name if arn else str(target)
            for kind in types:
                made = self._named(kind).get(name)
                if made is not None:
                    return made
            return f"is about {str(target)[:100]}, which is not in the configuration"
        why = reason(target) if target is not None else None
        return f"is about something that is not known{f': {why.reason}' if why else ''}"

    def _named(self, kind: str) -> dict[str, Resource]:
        """The resources of a type by their own names."""
        if kind not in self.names:
            by = NAMES.get(kind, "")
            rows = [(r.properties.get(by), r) for r in self.resources.values() if r.type == kind]
            self.names[kind] = {str(name): r for name, r in reversed(rows) if isinstance(name, str)}
        return self.names[kind]

    def note(self, source: Source, text: str) -> None:
        """A sentence about a resource, for the coverage."""
        if len(self.notes) < 500:
            self.notes.append(f"{source.at.source}:{source.at.line}: {source.address}: {text}")

    def finish(self) -> None:
        """Make all changes."""
        self.names.clear()
        for row in (*self.changes, *self.last):
            found = row.find()
            if isinstance(found, str):
                self.note(row.source, found)
                continue
            before = deepcopy(dict(found.properties)) if row.source.undecided else {}
            row.change(found.properties)
            if row.source.undecided:
                _conditional(found.properties, before, row.source.undecided)
        self.changes.clear()
        self.last.clear()

    def code(self, source: Source, settings: Map) -> None:
        """Keep where the code of a function or layer is."""
        from .code import code_location

        self.locations[source.address] = code_location(source, settings)


def _something(source: Source) -> Resource:
    """A resource of a type that is not modelled: others may refer to it, so that it needs an identity."""
    words = source.type.split("_")[1:]
    kind = "".join(word.capitalize() for word in words[1:]) or words[0].capitalize()
    made = resource(source, f"AWS::{words[0].capitalize()}::{kind}", Map((), source.at))
    name = source.settings.get("name")
    if isinstance(name, str) and name:
        made.name = str(name)
    return made


def _conditional(properties: Map, before: dict[str, Value], why: Unknown) -> None:
    """Properties that a resource sets which may not exist: one of two values."""
    label = why.reason.removeprefix("exists only when ")
    for name, value in list(properties.items()):
        old = before.get(name, NO_VALUE)
        if old is not NO_VALUE and equal(old, value) is True:
            continue
        known = [] if old is NO_VALUE else old
        if isinstance(value, List) and isinstance(known, list) and len(value) > len(known):
            for number in range(len(known), len(value)):
                value[number] = OneOf(((label, value[number]), (f"not {label}", NO_VALUE)), getattr(value[number], "span", None))
        else:
            properties[name] = OneOf(((label, value), (f"not {label}", old)), getattr(value, "span", None))


def _key(values: Mapping[str, Value], names: tuple[str, ...]) -> tuple[Any, ...]:
    """Properties as something to compare by: references by what they name, wherever they are written."""
    return tuple(_comparable(values.get(name)) for name in names)


def _comparable(value: Value) -> Any:
    if isinstance(value, Ref):
        return (value.address, value.attribute)
    if isinstance(value, Text):
        return tuple(_comparable(part) for part in value.parts)
    return str(value) if isinstance(value, str | int) else repr(value)


def own_name(address: str, settings: Map) -> str:
    """The name that a resource gets when its own is not known: its prefix or its address in short."""
    short = re.sub(r"(^|\.)module\.", r"\1", re.sub(r"[\[\]\"]+", "-", address))
    pieces = [p.strip("-") for p in short.split(".") if not p.startswith("aws_")]
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(pieces)).strip("-")[-48:] or "unnamed"
    for prefix in _PREFIXES:
        value = settings.get(prefix)
        if isinstance(value, str) and value:
            return f"{str(value)[:38]}{name}"[:63]
    return name
