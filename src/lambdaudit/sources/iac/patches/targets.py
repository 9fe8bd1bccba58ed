"""From a finding to what its author wrote: the resources that a mend changes, and the values that depend on them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from lambdaudit.model.finding import Finding
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import Ref

from .nodes import Unfit
from .table import SENDS_ACCOUNT, SIX_TIMES, SUCCESSOR, Mend
from .values import Put

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

_IMAGE: Final = re.compile(r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z.]+/([^:@]+)")


@dataclass
class World:
    """What was read, by what findings name."""

    inventory: Inventory
    lifted: "Lifted"
    successor: Callable[[str], str]
    addresses: dict[str, str] = field(init=False)
    resources: dict[str, Resource] = field(init=False)
    of_type: dict[str, list[Resource]] = field(init=False)

    def __post_init__(self) -> None:
        self.addresses = {}
        for address, identifier in self.lifted.ids.items():
            self.addresses.setdefault(identifier, address)
        self.resources = {resource.address: resource for resource in self.lifted.resources}
        self.of_type = {}
        for resource in self.lifted.resources:
            self.of_type.setdefault(resource.type, []).append(resource)

    def resource(self, identifier: str) -> Resource | None:
        """The resource that an asset was made of: by its id, or for parts of an API by its place."""
        if found := self.resources.get(self.addresses.get(identifier, "")):
            return found
        asset = self.inventory.get(identifier)
        return next((one for one in self.lifted.resources if one.where == asset.where), None) if asset else None

    def targets(self, finding: Finding, mend: Mend) -> Iterator[Resource]:
        """The resources that a mend of a finding changes."""
        for way in mend.at.split(" or "):
            if way == "own":
                yield from self._one(finding.asset)
            elif way == "function":
                asset = self.inventory.get(finding.asset)
                yield from self._one(asset.function if isinstance(asset, Alias) else finding.asset)
            elif way == "queue":
                mapping = self.inventory.get(finding.asset)
                yield from self._one(mapping.source if isinstance(mapping, EventSourceMapping) else "")
            elif way == "image":
                yield from self._one(self._image(finding.asset))
            elif way == "deputy":
                yield from self._deputies(finding)
            else:
                kind, _, by = way.partition(" by ")
                yield from self._hanging(finding.asset, kind, by)

    def _one(self, identifier: str) -> Iterator[Resource]:
        if found := self.resource(identifier):
            yield found

    def _image(self, identifier: str) -> str:
        function = self.inventory.get(identifier)
        image = getattr(function, "image", None)
        found = _IMAGE.match(getattr(image, "uri", "") or "")
        partition = identifier.split(":")[1] if identifier.startswith("arn:") else "aws"
        return f"arn:{partition}:ecr:{found[2]}:{found[1]}:repository/{found[3]}" if found else ""

    def _hanging(self, identifier: str, kind: str, by: str) -> Iterator[Resource]:
        """The resources of a kind that name an asset; of a function those without, of an alias those with its name."""
        asset = self.inventory.get(identifier)
        alias = asset.name if isinstance(asset, Alias) else ""
        named = asset.function if isinstance(asset, Alias) else identifier
        for resource in self.of_type.get(kind, ()):
            value = resource.properties.get(by)
            if self._means(value, named) or self._means(value, identifier):
                qualifier = resource.properties.get("Qualifier")
                if "Qualifier" not in resource.properties or str(qualifier) == alias or not isinstance(qualifier, str):
                    yield resource

    def _means(self, value: Any, identifier: str) -> bool:
        parts = getattr(value, "parts", ())
        first = parts[0] if parts else value
        if isinstance(first, Ref):
            return first.address == self.addresses.get(identifier, " ")
        if not isinstance(value, str) or not value:
            return False
        return str(value) in (identifier, identifier.rpartition(":")[2])

    def _deputies(self, finding: Finding) -> Iterator[Resource]:
        """The permissions of a service that the finding is about."""
        caller = finding.key.rpartition(":")[0]
        if caller not in SENDS_ACCOUNT:
            raise Unfit(f"{caller} may not say for which account it calls: name the resource in SourceArn")
        proved = {(one.where.source, one.where.line) for one in finding.evidence}
        for resource in self._hanging(finding.asset, "AWS::Lambda::Permission", "FunctionName"):
            is_open = resource.properties.get("Principal") == caller and "SourceAccount" not in resource.properties
            if is_open and (resource.where.source, resource.where.line) in proved:
                yield resource

    def settled(self, finding: Finding, one: Put) -> Put:
        """A row with the value that depends on the finding. Raises Unfit when there is none."""
        if one.value == SUCCESSOR:
            function = self.inventory.get(finding.asset)
            runtime = function.runtime if isinstance(function, Function) else None
            following = self.successor(runtime) if isinstance(runtime, str) else ""
            if not following or finding.key:
                raise Unfit("there is no successor")
            return replace(one, value=following)
        if one.value == SIX_TIMES:
            return replace(one, value=self._visibility(finding.asset))
        return one

    def _visibility(self, identifier: str) -> int:
        """Six times the longest timeout of the functions that read a queue."""
        mapping = self.inventory.get(identifier)
        longest = self._longest.get(mapping.source, 0) if isinstance(mapping, EventSourceMapping) else 0
        if not longest:
            raise Unfit("no timeout is known")
        return 6 * longest

    @cached_property
    def _longest(self) -> dict[str, int]:
        """The longest timeout of the functions behind each source."""
        found: dict[str, int] = {}
        for mapping in self.inventory.of(EventSourceMapping):
            function = self.inventory.get(mapping.function)
            if isinstance(function, Function) and isinstance(function.timeout, int):
                found[mapping.source] = max(found.get(mapping.source, 0), function.timeout)
        return found
