"""The VPC parts of regions in which a function is attached to one."""

from typing import Any

import msgspec

from lambdaudit.model.network import NatGateway, RouteEntry, RouteTable, SecurityGroup, SecurityRule, Subnet, VpcEndpoint
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.tags import tags_of_list
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.aws.raw import Key

_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)
_DULL = (
    "AssignIpv6AddressOnCreation",
    "AvailabilityZoneId",
    "BlockPublicAccessStates",
    "CreateTime",
    "CreationTimestamp",
    "DefaultForAz",
    "Description",
    "DnsEntries",
    "DnsOptions",
    "EnableDns64",
    "GroupId",
    "Groups",
    "IpAddressType",
    "Ipv6CidrBlockAssociationSet",
    "Ipv6Native",
    "MapCustomerOwnedIpOnLaunch",
    "MapPublicIpOnLaunch",
    "NatGatewayAddresses",
    "NatGatewayId",
    "NetworkInterfaceIds",
    "OwnerId",
    "PrivateDnsNameOptionsOnLaunch",
    "PropagatingVgws",
    "RequesterManaged",
    "RouteTableId",
    "SecurityGroupArn",
    "State",
    "SubnetArn",
    "SubnetId",
    "VpcEndpointId",
)
"""Properties that say nothing about what a function can reach, or are read elsewhere."""
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def network(b: Builder) -> None:
    """Add subnets, route tables, security groups, VPC endpoints and NAT gateways."""
    for kind, operation, field, identifier, build in (
        ("subnet", "DescribeSubnets", "Subnets", "SubnetId", _subnet),
        ("route-table", "DescribeRouteTables", "RouteTables", "RouteTableId", _route_table),
        ("security-group", "DescribeSecurityGroups", "SecurityGroups", "GroupId", _security_group),
        ("vpc-endpoint", "DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId", _endpoint),
        ("nat-gateway", "DescribeNatGateways", "NatGateways", "NatGatewayId", _nat_gateway),
    ):
        for key, record in b.records("ec2", operation, field, kind):
            name = record.text(identifier, "")
            if isinstance(name, str) and name and "/" not in name and ":" not in name:
                build(b, key, record, _common(b, key, record, kind, name))
            else:
                b.lost((kind,), key.account, key.region, record.where, f"odd record: a {kind} without an id")


def _common(b: Builder, key: Key, record: Fields, kind: str, name: str) -> dict[str, Any]:
    """The id stands in the account that was asked, also for subnets that another account shares: so functions name them."""
    arn = b.arn(key, "ec2", f"{kind.replace('nat-gateway', 'natgateway')}/{name}")
    record.about(arn)
    record.ignore(*_DULL)
    return {
        "id": arn,
        "name": name,
        "where": record.where,
        "account": key.account,
        "region": key.region,
        "tags": tags_of_list(record, "Tags"),
        "vpc": record.plain(record.text("VpcId", ""), ""),
    }


def _add(b: Builder, asset: Subnet | RouteTable | SecurityGroup | VpcEndpoint | NatGateway, record: Fields) -> None:
    b.add(msgspec.structs.replace(asset, extra=record.extra()), record)


def _subnet(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    subnet = Subnet(
        **common,
        cidr=record.plain(record.text("CidrBlock", ""), ""),
        zone=record.plain(record.text("AvailabilityZone", ""), ""),
        free_addresses=record.plain(record.integer("AvailableIpAddressCount", None), None),
    )
    _add(b, subnet, record)


def _route_table(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    associations = record.plain(record.each("Associations", _association, ()), ())
    table = RouteTable(
        **common,
        main=any(main for main, _ in associations),
        subnets=tuple(subnet for _, subnet in associations if subnet),
        routes=record.plain(record.each("Routes", _route, ()), ()),
    )
    _add(b, table, record)


def _association(association: Fields) -> tuple[bool, str]:
    association.ignore(*association.data)
    return sure(association.flag("Main", False)), sure(association.text("SubnetId", ""))


def _route(route: Fields) -> RouteEntry:
    route.ignore("Origin", "InstanceOwnerId")
    destination = next((text for name in _DESTINATIONS if (text := sure(route.text(name, "")))), "")
    # A NAT instance has both an instance and an interface; the interface is where packets go.
    target = next((text for name in _TARGETS if (text := sure(route.text(name, "")))), "")
    return RouteEntry(destination=destination, target=target, state=sure(route.text("State", "active")))


def _security_group(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    inbound = record.plain(record.each("IpPermissions", lambda f: _security_rule(f, "ingress"), ()), ())
    outbound = record.plain(record.each("IpPermissionsEgress", lambda f: _security_rule(f, "egress"), ()), ())
    group = SecurityGroup(**common, rules=inbound + outbound, label=redacted(record.plain(record.text("GroupName", ""), "")))
    _add(b, group, record)


def _security_rule(rule: Fields, direction: str) -> SecurityRule:
    peers: tuple[str, ...] = ()
    rule.ignore("UserIdGroupPairs")
    for field, name in (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId"),
    ):
        peers += sure(rule.each(field, lambda f, name=name: sure(f.text(name, f.unsaid)), ()))  # type: ignore[misc]
    return SecurityRule(
        direction=direction,
        protocol=sure(rule.text("IpProtocol", rule.unsaid)),
        from_port=sure(rule.integer("FromPort", None)),
        to_port=sure(rule.integer("ToPort", None)),
        peers=peers,
    )


def _endpoint(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    document = record.take("PolicyDocument")
    policy = None
    if document:
        where = record.where / "PolicyDocument"
        policy = b.documents.policy(document, name=common["name"], kind="resource", where=where)
    endpoint = VpcEndpoint(
        **common,
        service=record.plain(record.text("ServiceName", ""), ""),
        kind=record.plain(record.text("VpcEndpointType", "Interface"), "Interface"),
        subnets=record.plain(record.texts("SubnetIds", ()), ()),
        route_tables=record.plain(record.texts("RouteTableIds", ()), ()),
        policy=policy,
        private_dns=record.plain(record.flag("PrivateDnsEnabled", False), False),
    )
    _add(b, endpoint, record)


def _nat_gateway(b: Builder, key: Key, record: Fields, common: dict[str, Any]) -> None:
    gateway = NatGateway(
        **common,
        subnet=record.plain(record.text("SubnetId", ""), ""),
        connectivity=record.plain(record.text("ConnectivityType", "public"), "public"),
        state=record.plain(record.text("State", "available"), "available"),
    )
    _add(b, gateway, record)
