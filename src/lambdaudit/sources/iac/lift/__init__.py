"""The lift: from resources in CloudFormation's shape to the typed inventory of a live account, one module for each topic.

What a configuration states is known; what only a deployment gives is Unknown. The configuration is judged as if it were the
whole account: a list of what hangs on a resource is complete, but what it names and does not hold may exist elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lambdaudit.model.arn import PLACEHOLDER_ACCOUNT
from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.finding import Coverage
from lambdaudit.model.functions import Configured
from lambdaudit.model.identity import Account, ManagedPolicy
from lambdaudit.model.inventory import Inventory, Missing
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.choices import Decisions, Opening
from lambdaudit.sources.iac.lift.apis import apis
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.estate import PLACEHOLDER_REGION, Estate, Settings
from lambdaudit.sources.iac.lift.events import events
from lambdaudit.sources.iac.lift.functions import functions
from lambdaudit.sources.iac.lift.invokers import invokers
from lambdaudit.sources.iac.lift.keys_secrets import keys_secrets
from lambdaudit.sources.iac.lift.network import network
from lambdaudit.sources.iac.lift.places import Places
from lambdaudit.sources.iac.lift.principals import principals
from lambdaudit.sources.iac.lift.stores import stores
from lambdaudit.sources.iac.resources import CodeLocation, Resource

__all__ = ["PLACEHOLDER_ACCOUNT", "PLACEHOLDER_REGION", "Lifted", "Settings", "lift"]


@dataclass(slots=True)
class Lifted:
    """What a configuration gives.

    `resources` are what was lifted, `ids` the ids of the assets by the address of the resource, `code` the place of the code
    by the function's or layer version's id, `places` finds the line of any pointer into an asset, `notes` are sentences for
    the coverage and `errors` one line for each file that could not be read. `openings` give the choices that the configuration
    leaves open, and `again` reads it once more with some of them decided (None: its reader cannot). `effort` measures
    the reading, as that of a `Read`.
    """

    assets: list[AnyAsset] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    code: dict[str, CodeLocation] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    openings: list[Opening] = field(default_factory=list)
    effort: int = 0
    again: "Callable[[Decisions], Lifted] | None" = None

    def take(self, other: "Lifted") -> None:
        """Add what another configuration gives. Of two assets with one id the first is judged, and the second noted."""
        known = {asset.id for asset in self.assets}
        for asset in other.assets:
            if asset.id not in known:
                self.assets.append(asset)
            elif not isinstance(asset, Account | ManagedPolicy):
                self.notes.append(f"{asset.where}: has the id {asset.id} of another configuration, the first one is judged")
        self.resources += other.resources
        self.missing += other.missing
        self.absent |= other.absent
        self.ids = {**other.ids, **self.ids}
        self.code = {**other.code, **self.code}
        self.places.merge(other.places)
        self.notes += other.notes
        self.errors += other.errors
        self.openings += other.openings
        self.accounts = tuple(sorted({*self.accounts, *other.accounts}))
        self.regions = tuple(sorted({*self.regions, *other.regions}))

    def inventory(self, *, source: str, created: str = "") -> Inventory:
        """The inventory. `source` is named in the coverage, `created` is the day (ISO 8601) that life cycles are judged by."""
        return Inventory(
            self.assets,
            missing=self.missing,
            absent=self.absent - {asset.id for asset in self.assets},
            coverage=Coverage(
                source=source,
                accounts=self.accounts,
                regions=self.regions,
                notes=tuple(dict.fromkeys([*self.errors, *self.notes])),
                complete=not self.errors,
            ),
            created=created,
        )


def lift(resources: Sequence[Resource], settings: Settings | None = None) -> Lifted:
    """The assets that resources make. Never raises for what they hold.

    Addresses must be unique. References between resources are exact, also across the files that they come from.
    """
    estate = Estate(resources, settings or Settings())
    b = Builder(estate)
    functions(b)
    principals(b)
    apis(b)
    stores(b)
    keys_secrets(b)
    events(b)
    invokers(b)
    network(b)
    for resource in estate.renamed:
        b.note(resource.where, "has a name that another resource has too and is judged under a name of its own")
    for resource in resources:
        if resource.undecided:
            b.note(resource.where, f"is judged as if it were created: {resource.undecided.reason}")
        if resource.unknown:
            b.note(resource.where, f"is not known: {resource.unknown.reason}")
    _accounts(b, resources)
    _log_groups_of_functions(b)
    return Lifted(
        assets=list(b.assets.values()),
        resources=list(resources),
        missing=b.missing,
        absent=b.absent,
        ids={address: estate.identity(address).id for address in estate.resources},
        places=b.places,
        notes=list(dict.fromkeys(b.notes)),
        accounts=tuple(sorted({estate.place(resource).account for resource in resources})) or (estate.settings.account,),
        regions=tuple(sorted({estate.place(resource).region for resource in resources})) or (estate.settings.region,),
    )


def _accounts(b: Builder, resources: Sequence[Resource]) -> None:
    """The accounts, judged as if nothing but the configuration were in them."""
    outside = Unknown("a configuration does not say it")
    for resource in resources:
        place = b.estate.place(resource)
        identifier = place.arn("iam", "root", region=False)
        if identifier not in b.assets:
            b.add(
                Account(
                    id=identifier,
                    name=place.account,
                    where=Where(resource.where.source),
                    account=place.account,
                    organization=outside,
                    management_account=outside,
                    public_access_block=None,
                    scps=outside,
                )
            )


def _log_groups_of_functions(b: Builder) -> None:
    """A log group that is not stated does not exist until its function first runs."""
    for asset in list(b.assets.values()):
        if isinstance(asset, Configured) and not isinstance(asset.logging, Unknown) and asset.logging:
            partition = asset.id.split(":")[1]
            b.absent.add(f"arn:{partition}:logs:{asset.region}:{asset.account}:log-group:{asset.logging.group}")
