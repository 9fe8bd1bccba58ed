"""Which asset of an account is which of a configuration: by id, by the tags of CloudFormation, by the names that it makes up."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.arn import unqualified
from lambdaudit.model.assets import AnyAsset, kind_of
from lambdaudit.model.functions import Alias, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Account, RegionSettings
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.model.unknown import Unknown

_LOGICAL, _STACK = "aws:cloudformation:logical-id", "aws:cloudformation:stack-name"
_DEPENDENT = (EventSourceMapping, Route, Authorizer, Stage, Alias)
_LEFT_OUT = (Account, RegionSettings, FunctionVersion)
_RANDOM = re.compile(r"[A-Za-z0-9]{6,32}")


@dataclass(slots=True)
class Match:
    """Ids of the code's assets → ids of the account's; `unknown` are sentences about those that may be one of several."""

    pairs: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def match(code: Inventory, live: Inventory, stack: str = "") -> Match:
    """Match the assets of a configuration with those of an account; each is matched at most once.

    With `stack` only assets that CloudFormation made for this stack count, where names or tags tell.
    """
    found = Match()
    taken: set[str] = set()
    by_kind: dict[str, list[AnyAsset]] = defaultdict(list)
    for asset in live.assets:
        by_kind[kind_of(asset)].append(asset)
    first = [a for a in code.assets if not isinstance(a, (*_DEPENDENT, *_LEFT_OUT))]
    for search in (_same, _tagged, _made_up):
        for asset in first:
            if asset.id in found.pairs:
                continue
            candidates = [c for c in search(asset, by_kind[kind_of(asset)], stack) if c.id not in taken]
            if len(candidates) == 1:
                found.pairs[asset.id] = candidates[0].id
                taken.add(candidates[0].id)
            elif candidates and search is not _same:
                names = ", ".join(sorted(c.name for c in candidates)[:4])
                found.unknown.append(
                    f"{kind_of(asset)} {asset.name} may be one of several in the account (--stack NAME chooses): {names}"
                )
    for asset in code.assets:
        if isinstance(asset, _DEPENDENT):
            key = _key(asset, found.pairs)
            others = [c for c in by_kind[kind_of(asset)] if c.id not in taken and _key(c, {}) == key]
            if others:
                found.pairs[asset.id] = others[0].id
                taken.add(others[0].id)
    return found


def _same(asset: AnyAsset, others: Iterable[AnyAsset], _stack: str) -> Iterator[AnyAsset]:
    for other in others:
        layers = isinstance(asset, LayerVersion) and isinstance(other, LayerVersion) and other.layer == asset.layer
        if other.id == asset.id or layers:
            yield other


def _tagged(asset: AnyAsset, others: Iterable[AnyAsset], stack: str) -> Iterator[AnyAsset]:
    """Assets that CloudFormation tagged with the logical id."""
    logical = _logical(asset)
    for other in others:
        tags = {} if isinstance(other.tags, Unknown) else dict(other.tags)
        if logical and tags.get(_LOGICAL) == logical and stack in ("", tags.get(_STACK, "")):
            yield other


def _made_up(asset: AnyAsset, others: Iterable[AnyAsset], stack: str) -> Iterator[AnyAsset]:
    """Assets with a name as CloudFormation makes them: stack, logical id, random characters. APIs by their name alone."""
    logical = _logical(asset).lower()
    for other in others:
        if isinstance(asset, Api):
            if other.name == asset.name:
                yield other
            continue
        name, _, random = other.name.rpartition("-")
        own, _, middle = name.rpartition("-")
        if logical and middle.lower() == logical and _RANDOM.fullmatch(random) and stack.lower() in ("", own.lower()):
            yield other


def _logical(asset: AnyAsset) -> str:
    """The logical id at the end of a name that nobody gave; it has no hyphens."""
    return asset.name.rpartition("-")[2]


def _key(asset: AnyAsset, pairs: dict[str, str]) -> tuple[str, ...]:
    """What tells a trigger, route or alias apart among those of the same thing."""

    def theirs(identity: object) -> str:
        return pairs.get(str(identity), str(identity))

    if isinstance(asset, EventSourceMapping):
        return theirs(unqualified(asset.function)), asset.qualifier, theirs(asset.source)
    if isinstance(asset, Route):
        return theirs(asset.api), asset.method, asset.path
    if isinstance(asset, Authorizer | Stage):
        return theirs(asset.api), asset.name
    if isinstance(asset, Alias):
        return theirs(asset.function), asset.name
    return (asset.id,)
