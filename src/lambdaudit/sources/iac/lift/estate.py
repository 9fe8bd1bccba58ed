"""All resources of a configuration together: their identities, and values with every reference between them settled."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lambdaudit.model.arn import PLACEHOLDER_ACCOUNT, unqualified
from lambdaudit.model.unknown import Unknown
from lambdaudit.secrets import run_key
from lambdaudit.sources.iac.lift.identity import (
    MAKERS,
    NAMES,
    UNIQUE,
    Identity,
    Named,
    Place,
    hashed,
    not_before_deployment,
    other,
)
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import NO_VALUE, List, Map, OneOf, Ref, Span, Str, Text, Value, located, span_of

PLACEHOLDER_REGION: Final = "us-east-1"
"""Stands for the region when none is given."""
JSON_TEXTS: Final = frozenset(
    [
        "AssumeRolePolicyDocument",
        "Body",
        "Definition",
        "DefinitionString",
        "EventPattern",
        "KeyPolicy",
        "Policy",
        "PolicyDocument",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "RepositoryPolicyText",
        "ResourcePolicy",
    ]
)
"""Properties whose text is JSON."""
GRANTS: Final = frozenset(("ManagedPolicyArns", "Policies", "Statement"))
"""Properties that hold policies or statements: what is added only under a condition can be judged one by one there."""
_MAX_DEPTH: Final = 250


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A policy or statement that a condition decides on, which nobody decided."""

    value: Value
    why: Unknown
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a configuration would be deployed. `fingerprint_key` keys the hashes of environment values."""

    account: str = PLACEHOLDER_ACCOUNT
    region: str = PLACEHOLDER_REGION
    partition: str = "aws"
    fingerprint_key: bytes = field(default_factory=run_key, repr=False)


class Estate:
    """The resources by address, with their identities and settled properties, each worked out when it is asked for."""

    def __init__(self, resources: Sequence[Resource], settings: Settings) -> None:
        self.settings = settings
        self.resources = {resource.address: resource for resource in resources}
        self._identities: dict[str, Identity] = {}
        self._taken: dict[str, str] = {}
        self._pending: set[str] = set()
        self._properties: dict[str, Map] = {}
        self._by_text: dict[str, str] | None = None
        self._versions: dict[str, int] = {}
        self.renamed: list[Resource] = []
        counts: dict[str, int] = {}
        for resource in resources:
            if resource.type == "AWS::Lambda::Version":
                function = resource.properties.get("FunctionName")
                key = function.address if isinstance(function, Ref) else str(function)
                counts[key] = counts.get(key, 0) + 1
                self._versions[resource.address] = counts[key]
        # In the order of the files, so that equal configurations give equal names.
        for resource in resources:
            self.identity(resource.address)

    def of_type(self, *types: str) -> Iterable[Resource]:
        """The resources of some types, in their order."""
        return (resource for resource in self.resources.values() if resource.type in types)

    def place(self, resource: Resource) -> Place:
        """Where a resource stands."""
        s = self.settings
        return Place(s.partition, resource.region or s.region, resource.account or s.account)

    def identity(self, address: str) -> Identity:
        """The identity of a resource of this configuration."""
        found = self._identities.get(address)
        if found is None:
            resource = self.resources[address]
            self._pending.add(address)
            found = self._make(resource)
            self._pending.discard(address)
            self._identities[address] = found
            self._taken.setdefault(found.id, address)
        return found

    def _make(self, resource: Resource) -> Identity:
        property_name = NAMES.get(resource.type, "")
        own = self._text(resource, property_name) if property_name else ""
        maker = MAKERS.get(resource.type, other)
        found = maker(self._named(resource, own or resource.name))
        if self._taken.get(found.id, resource.address) != resource.address and resource.type in UNIQUE:
            self.renamed.append(resource)
            found = maker(self._named(resource, f"{own or resource.name}-{hashed(resource.address, 6)}"))
        return found

    def _named(self, resource: Resource, name: str) -> Named:
        return Named(
            resource,
            self.place(resource),
            name,
            lambda wanted: self._text(resource, wanted),
            lambda wanted, _: self._function_arn(resource, wanted),
            self._versions.get(resource.address, 1),
        )

    def _text(self, resource: Resource, name: str) -> str:
        value = self.concrete(resource.properties.get(name))
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int) else ""

    def _function_arn(self, resource: Resource, name: str) -> str:
        found = self.function_arn(self.concrete(resource.properties.get(name)), self.place(resource))
        return unqualified(found) if isinstance(found, str) else self.place(resource).arn("lambda", f"function:{resource.name}")

    def function_arn(self, value: Value, place: Place) -> str | Unknown:
        """The ARN, qualified or not, of a function given in any form that Lambda takes (ARN, partial ARN, name, qualifier)."""
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, str) or not value:
            return Unknown("no function is named")
        text = str(value)
        if text.startswith("arn:"):
            return text
        parts = text.split(":")
        if len(parts) >= 3 and parts[1] == "function":
            return f"arn:{place.partition}:lambda:{place.region}:{text}"
        return place.arn("lambda", f"function:{text}")

    def attribute(self, address: str, attribute: str) -> str | Unknown:
        """The text of an attribute of a resource; Unknown for one that only a deployment gives."""
        resource = self.resources.get(address)
        if resource is None:
            return Unknown(f"{address.rpartition('#')[2]} was not read")
        if address in self._pending:
            return Unknown(f"the name of {resource.where.subject or address} refers to itself")
        found = self.identity(address).attributes.get(attribute)
        if found is not None:
            return found
        inner = resource.properties.get(attribute)
        if isinstance(inner, str) and resource.type.startswith("AWS::"):
            return inner
        return not_before_deployment(resource, attribute)

    def properties(self, resource: Resource) -> Map:
        """The properties of a resource with every reference settled: plain values and Unknowns only."""
        found = self._properties.get(resource.address)
        if found is None:
            value = self.concrete(resource.properties)
            found = value if isinstance(value, Map) else Map()
            if resource.unknown:
                found = Map((), resource.properties.span, rest=resource.unknown)
            self._properties[resource.address] = found
        return found

    def concrete(self, value: Value, depth: int = 0) -> Value:
        """A value as plain ones and Unknowns; places are kept."""
        if isinstance(value, dict):
            if depth > _MAX_DEPTH:
                return Unknown("values nest too deep")
            made = Map((), span_of(value), getattr(value, "keys_at", None), getattr(value, "rest", None))
            for key, inner in value.items():
                if inner is not NO_VALUE and inner is not None:
                    made[str(key)] = self._member(str(key), inner, depth + 1)
            return made
        if isinstance(value, list):
            if depth > _MAX_DEPTH:
                return Unknown("values nest too deep")
            members = [self.concrete(inner, depth + 1) for inner in value if inner is not NO_VALUE]
            return List(members, span_of(value), getattr(value, "rest", None))
        if isinstance(value, Ref):
            found = self.attribute(value.address, value.attribute)
            return found if isinstance(found, Unknown) else Str(found, value.span)
        if isinstance(value, Text):
            return self._joined(value)
        if isinstance(value, OneOf):
            return self._one(value, depth)
        return value

    def _member(self, key: str, value: Value, depth: int) -> Value:
        if isinstance(value, Text) and key in JSON_TEXTS:
            return self._json(value)
        if key in GRANTS and isinstance(value, OneOf | list):
            return self._granted(value, depth)
        return self.concrete(value, depth)

    def _granted(self, value: OneOf | list[Any], depth: int) -> Value:
        """A list of policies or statements, with those that only some conditions give as `Perhaps`."""
        made = List((), span_of(value), rest=getattr(value, "rest", None))
        for one in [value] if isinstance(value, OneOf) else value:
            if not isinstance(one, OneOf):
                made.append(self.concrete(one, depth + 1))
                continue
            settled = self._one(one, depth + 1)
            if not isinstance(settled, Unknown):
                made += settled if isinstance(settled, list) else [settled]
                continue
            why = Unknown(one.reason)
            for _, option in one.options:
                for inner in option if isinstance(option, list) else [option]:
                    if inner is not NO_VALUE:
                        made.append(Perhaps(self.concrete(inner, depth + 1), why, span_of(inner) or one.span))
        return made

    def _joined(self, text: Text) -> Value:
        parts = [self.concrete(part) for part in text.parts]
        for part in parts:
            if isinstance(part, Unknown):
                return part
        return Str("".join(str(part) for part in parts), text.span)

    def _json(self, text: Text) -> Value:
        """A text that holds JSON as a tree, so that what is open in it costs one leaf; Unknown when that is not possible."""
        parts = [self.concrete(part) for part in text.parts]
        holes = [part for part in parts if isinstance(part, Unknown)]
        if not holes:
            return Str("".join(map(str, parts)), text.span)
        numbers = iter(range(len(holes)))
        whole = "".join(f"\ue000{next(numbers)}\ue001" if isinstance(part, Unknown) else str(part) for part in parts)
        try:
            tree = json.loads(whole)
            return self._filled(located(tree, text.span) if text.span else tree, holes)
        except (ValueError, RecursionError):
            return holes[0]

    def _filled(self, value: Any, holes: list[Unknown]) -> Value:
        if isinstance(value, dict):
            made = Map((), span_of(value), getattr(value, "keys_at", None))
            for key, inner in value.items():
                if "\ue000" in key:
                    made.rest = holes[0]
                else:
                    made[key] = self._filled(inner, holes)
            return made
        if isinstance(value, list):
            return List([self._filled(inner, holes) for inner in value], span_of(value))
        found = re.search("\ue000(\\d+)\ue001", value) if isinstance(value, str) else None
        return holes[int(found[1])] if found and int(found[1]) < len(holes) else value

    def _one(self, choice: OneOf, depth: int) -> Value:
        """The value that all conditions give; else Unknown."""
        values = [self.concrete(inner, depth + 1) for _, inner in choice.options]
        if values and all(value == values[0] and type(value) is type(values[0]) for value in values):
            return values[0]
        return Unknown(choice.reason)

    def address_of(self, text: str) -> str:
        """The address of the resource that has this text as its id, name or ARN; an empty text when none has."""
        if self._by_text is None:
            self._by_text = {}
            for address, identity in self._identities.items():
                for shown in (identity.id, *identity.attributes.values()):
                    self._by_text.setdefault(shown, address)
        return self._by_text.get(text, "")
