"""All asset kinds by name, and the union that snapshots are decoded with."""

from .apis import Api, Authorizer, Route, Stage
from .base import Asset, Policy, Record
from .code import Code
from .dockerfile import Dockerfile
from .external import ExternalReport
from .files import RepositoryFile, Template
from .functions import Alias, CodeSigningConfig, Function, FunctionVersion, LayerVersion
from .identity import Account, Group, ManagedPolicy, RegionSettings, Role, User
from .invokers import Invoker
from .measured import ExtensionTime
from .network import NatGateway, RouteTable, SecurityGroup, Subnet, VpcEndpoint
from .repository import Repository
from .resources import (
    Bucket,
    Bus,
    ContainerImage,
    EventRule,
    EventSourceMapping,
    ImageRepository,
    InspectedFunction,
    Inspector,
    Key,
    LogGroup,
    Parameter,
    Queue,
    Secret,
    Stream,
    Table,
    Topic,
)

AnyAsset = (
    Account
    | Alias
    | Api
    | Authorizer
    | Bucket
    | Bus
    | Code
    | CodeSigningConfig
    | ContainerImage
    | Dockerfile
    | EventRule
    | EventSourceMapping
    | ExtensionTime
    | ExternalReport
    | Function
    | FunctionVersion
    | Group
    | ImageRepository
    | InspectedFunction
    | Inspector
    | Invoker
    | Key
    | LayerVersion
    | LogGroup
    | ManagedPolicy
    | NatGateway
    | Parameter
    | Queue
    | RegionSettings
    | Repository
    | RepositoryFile
    | Role
    | Route
    | RouteTable
    | Secret
    | SecurityGroup
    | Stage
    | Stream
    | Subnet
    | Table
    | Template
    | Topic
    | User
    | VpcEndpoint
)

KINDS: dict[str, type[Asset]] = {str(cls.__struct_config__.tag): cls for cls in AnyAsset.__args__}
"""Asset classes by their kind name, as snapshots, findings and tests spell it."""


def kind_of(asset: Asset | type[Asset]) -> str:
    """The kind name of an asset or an asset class (``function``, ``event-source-mapping`` …)."""
    return str(asset.__struct_config__.tag)


__all__ = ["KINDS", "AnyAsset", "Asset", "Policy", "Record", "kind_of", *sorted(c.__name__ for c in KINDS.values())]
