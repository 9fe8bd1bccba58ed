"""The inventory: every asset that a source found, what it could not list, and indexes over them."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar, cast

from .arn import account_of, parse_arn, unqualified
from .assets import AnyAsset, kind_of
from .base import Asset, Record
from .finding import Coverage
from .functions import Alias, Function, FunctionVersion
from .neighbours import Edge, edges_of
from .unknown import NotKnown, Unknown

A = TypeVar("A", bound=Asset)


class Missing(Record, frozen=True, kw_only=True):
    """Assets of a kind that exist or may exist but could not be listed or read.

    `subject` is the id of the asset, or of the thing they belong to (a function whose aliases were denied), or empty for all of
    the account and region; an empty `region` means every region.
    """

    kind: str
    unknown: Unknown
    subject: str = ""
    account: str = ""
    region: str = ""

    def covers(self, account: str, region: str) -> bool:
        """Whether an asset of this account and region could be among the missing ones."""
        return (not self.account or not account or self.account == account) and (
            not self.region or not region or self.region == region
        )


class Listed(Record, frozen=True, kw_only=True):
    """A kind that was listed completely in an account and region: what is not in the inventory does not exist there."""

    kind: str
    account: str
    region: str = ""


class Inventory:
    """Immutable set of assets with indexes.

    `assets` are sorted by id; two assets with one id keep the first. `missing`, `listed` and `absent` (ids that were asked
    for and do not exist) tell what silence means: see :meth:`find`.
    """

    def __init__(
        self,
        assets: Iterable[AnyAsset],
        *,
        missing: Iterable[Missing] = (),
        listed: Iterable[Listed] = (),
        absent: Iterable[str] = (),
        coverage: Coverage | None = None,
        created: str = "",
    ) -> None:
        self._by_id: dict[str, AnyAsset] = {}
        for asset in sorted(assets, key=lambda a: (a.id, kind_of(a))):
            self._by_id.setdefault(asset.id, asset)
        self.missing = tuple(sorted(missing, key=lambda m: (m.kind, m.account, m.region, m.subject, m.unknown.need)))
        self.listed = tuple(sorted(set(listed), key=lambda x: (x.kind, x.account, x.region)))
        self.absent = frozenset(absent)
        self.coverage = coverage or Coverage()
        self.created = created
        self._listed = {(x.kind, x.account, x.region) for x in self.listed}

    def changed(self, *, assets: Iterable[AnyAsset] | None = None, coverage: Coverage | None = None) -> "Inventory":
        """The same inventory with other assets or another coverage; what silence means stays."""
        return Inventory(
            self.assets if assets is None else assets,
            missing=self.missing,
            listed=self.listed,
            absent=self.absent,
            coverage=coverage or self.coverage,
            created=self.created,
        )

    @property
    def assets(self) -> tuple[AnyAsset, ...]:
        """Every asset, sorted by id."""
        return tuple(self._by_id.values())

    def get(self, asset_id: str) -> AnyAsset | None:
        """The asset with this id if it is in the inventory. To decide anything on its absence, use :meth:`find`."""
        return self._by_id.get(asset_id)

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[AnyAsset, ...]]:
        kinds: dict[str, list[AnyAsset]] = {}
        for asset in self._by_id.values():
            kinds.setdefault(kind_of(asset), []).append(asset)
        return {kind: tuple(assets) for kind, assets in kinds.items()}

    def of(self, cls: type[A]) -> tuple[A, ...]:
        """All known assets of a class, sorted by id. Says nothing of those that could not be listed."""
        return cast(tuple[A, ...], self._by_kind.get(kind_of(cls), ()))

    def every(self, cls: type[A], *, account: str = "", region: str = "") -> tuple[A, ...]:
        """All assets of a class in an account and region; raises NotKnown when the list is not complete there."""
        for missing in self.missing_of(cls):
            if missing.covers(account, region):
                raise NotKnown(missing.unknown)
        return tuple(
            a for a in self.of(cls) if (not account or a.account in ("", account)) and (not region or a.region in ("", region))
        )

    def missing_of(self, cls: type[Asset]) -> tuple[Missing, ...]:
        """What is missing of a class."""
        return self._missing_by_kind.get(kind_of(cls), ())

    @cached_property
    def _missing_by_kind(self) -> Mapping[str, tuple[Missing, ...]]:
        kinds: dict[str, list[Missing]] = {}
        for missing in self.missing:
            kinds.setdefault(missing.kind, []).append(missing)
        return {kind: tuple(rows) for kind, rows in kinds.items()}

    def find(self, cls: type[A], asset_id: str) -> A | None | Unknown:
        """The asset, None when it is certain that it does not exist, or Unknown when nobody looked or could look."""
        asset = self._by_id.get(asset_id)
        if isinstance(asset, cls):
            return asset
        if asset_id in self.absent:
            return None
        arn = parse_arn(asset_id)
        account, region = (arn.account, arn.region) if arn else (account_of(asset_id), "")
        rows = self.missing_of(cls)
        for missing in (*(m for m in rows if m.subject == asset_id), *(m for m in rows if not m.subject)):
            if missing.subject or missing.covers(account, region):
                return missing.unknown
        kind = kind_of(cls)
        if (kind, account, region) in self._listed or (kind, account, "") in self._listed:
            return None
        if account and account not in self.coverage.accounts:
            return Unknown(f"{asset_id} belongs to account {account}, which was not read")
        return Unknown(f"{asset_id} was not read")

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every relation between assets that the configuration states, source before dependent."""
        return tuple(sorted({edge for asset in self._by_id.values() for edge in edges_of(asset)}))

    @cached_property
    def _following(self) -> Mapping[str, tuple[Edge, ...]]:
        return _group(self.edges, "source")

    @cached_property
    def _preceding(self) -> Mapping[str, tuple[Edge, ...]]:
        return _group(self.edges, "target")

    def from_(self, asset_id: str) -> tuple[Edge, ...]:
        """Relations that leave an asset: what it triggers, gives rights to, encrypts."""
        return self._following.get(asset_id, ())

    def to(self, asset_id: str) -> tuple[Edge, ...]:
        """Relations that arrive at an asset: what triggers a function, its role, layers, keys."""
        return self._preceding.get(asset_id, ())

    def functions_of(self, asset_id: str) -> tuple[str, ...]:
        """Ids of the functions that depend on an asset, directly or through others (key → queue → function), sorted."""
        found: set[str] = set()
        seen = {asset_id}
        queue = [asset_id]
        while queue:
            current = queue.pop()
            asset = self._by_id.get(current)
            if isinstance(asset, Function | FunctionVersion | Alias):
                found.add(unqualified(current))
                continue
            for edge in self.from_(current):
                if edge.target not in seen:
                    seen.add(edge.target)
                    queue.append(edge.target)
        return tuple(sorted(found))


def _group(edges: tuple[Edge, ...], end: str) -> dict[str, tuple[Edge, ...]]:
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(getattr(edge, end), []).append(edge)
    return {key: tuple(rows) for key, rows in groups.items()}
