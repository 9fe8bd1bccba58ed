"""What the metadata of resources says for the reader of a report: which tool made them, which findings their author accepts."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.lift.builder import plain_json
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import Map

GENERATED: Final = "lambdaudit:generated-by"
"""The key of a resource's metadata that says which tool made it for its own purposes."""
_SUPPRESSIONS: Final = ("cdk_nag", "cfn_nag", "checkov", "guard", "cfn-lint")
_MAX_CHARACTERS: Final = 20_000


def extra_of(metadata: Map) -> dict[str, Any]:
    """What an asset keeps of a resource's metadata: ``generated_by`` and ``suppressions`` by tool; empty for most."""
    found: dict[str, Any] = {}
    if maker := metadata.get(GENERATED):
        found["generated_by"] = str(maker)
    kept = {tool: plain_json(metadata[tool]) for tool in _SUPPRESSIONS if isinstance(metadata.get(tool), dict)}
    if kept and len(str(kept)) <= _MAX_CHARACTERS:
        found["suppressions"] = kept
    return found


def mark(lifted: Lifted, resources: Iterable[Resource]) -> None:
    """Put `extra_of` each resource on the asset that was made of it."""
    wanted = {lifted.ids[one.address]: extra_of(one.metadata) for one in resources if one.metadata and one.address in lifted.ids}
    for number, asset in enumerate(lifted.assets):
        extra = wanted.get(asset.id)
        if extra:
            lifted.assets[number] = msgspec.structs.replace(asset, extra={**asset.extra, **extra})
