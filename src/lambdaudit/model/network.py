"""The VPC parts that decide what a function can reach."""

from .base import Asset, Policy, Record
from .unknown import Maybe, Unknown

_UNREAD = Unknown("not read")


class Subnet(Asset, frozen=True, kw_only=True, tag="subnet"):
    """A subnet. `id` is its ARN, `name` the subnet id; `free_addresses` as EC2 counts them."""

    vpc: str
    cidr: str = ""
    zone: str = ""
    free_addresses: int | None = None


class RouteEntry(Record, frozen=True, kw_only=True):
    """One route: destination (CIDR or prefix list) and target id (igw-, nat-, vpce-, tgw-, eni- …, ``local``)."""

    destination: str
    target: str
    state: str = "active"


class RouteTable(Asset, frozen=True, kw_only=True, tag="route-table"):
    """A route table. `main`: it serves every subnet of the VPC that has no table of its own."""

    vpc: str
    main: bool = False
    subnets: tuple[str, ...] = ()
    routes: tuple[RouteEntry, ...] = ()


class SecurityRule(Record, frozen=True, kw_only=True):
    """One rule of a security group. `protocol` ``-1`` means all; `peers` are CIDRs, prefix lists or group ids."""

    direction: str
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    peers: tuple[str, ...] = ()


class SecurityGroup(Asset, frozen=True, kw_only=True, tag="security-group"):
    """A security group. `id` is its ARN, `name` the group id."""

    vpc: str
    rules: tuple[SecurityRule, ...] = ()
    label: str = ""


class VpcEndpoint(Asset, frozen=True, kw_only=True, tag="vpc-endpoint"):
    """A VPC endpoint. `kind`: ``Gateway``, ``Interface`` …; `service` e.g. ``com.amazonaws.eu-west-1.s3``."""

    vpc: str
    service: str
    kind: str = "Interface"
    subnets: tuple[str, ...] = ()
    route_tables: tuple[str, ...] = ()
    policy: Maybe[Policy | None] = _UNREAD
    private_dns: bool = False


class NatGateway(Asset, frozen=True, kw_only=True, tag="nat-gateway"):
    """A NAT gateway. `connectivity`: ``public`` or ``private``."""

    vpc: str
    subnet: str
    connectivity: str = "public"
    state: str = "available"
