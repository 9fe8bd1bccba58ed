"""The VPC parts that decide what a function can reach."""

from typing import Any, Final

from lambdaudit.model.network import NatGateway, RouteEntry, RouteTable, SecurityGroup, SecurityRule, Subnet, VpcEndpoint
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.props import Props, sure
from lambdaudit.sources.iac.resources import Resource

_TARGETS: Final = (
    "GatewayId",
    "NatGatewayId",
    "VpcEndpointId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)
_DESTINATIONS: Final = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_PEERS: Final = {
    "ingress": ("CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName"),
    "egress": ("CidrIp", "CidrIpv6", "DestinationPrefixListId", "DestinationSecurityGroupId"),
}
_OPEN: Final = SecurityRule(direction="egress", protocol="-1", peers=("0.0.0.0/0",))
"""What EC2 gives a group without egress rules."""


def network(b: Builder) -> None:
    """Add subnets, route tables, security groups, VPC endpoints and NAT gateways."""
    for resource, identity, props in b.each("AWS::EC2::Subnet"):
        plain = b.opener(resource, "subnet")
        b.add(
            Subnet(
                **b.common(resource, identity),
                vpc=plain(props.text("VpcId", ""), ""),
                cidr=plain(props.text("CidrBlock", ""), ""),
                zone=plain(props.text("AvailabilityZone", ""), ""),
            )
        )
    _route_tables(b)
    _security_groups(b)
    for resource, identity, props in b.each("AWS::EC2::VPCEndpoint"):
        plain = b.opener(resource, "vpc-endpoint")
        b.add(
            VpcEndpoint(
                **b.common(resource, identity),
                vpc=plain(props.text("VpcId", ""), ""),
                service=plain(props.text("ServiceName", ""), ""),
                kind=plain(props.text("VpcEndpointType", "Gateway"), "Gateway"),
                subnets=plain(props.texts("SubnetIds", ()), ()),
                route_tables=plain(props.texts("RouteTableIds", ()), ()),
                policy=b.resource_policy(props, "PolicyDocument", identity.name),
                private_dns=plain(props.flag("PrivateDnsEnabled", False), False),
            )
        )
    for resource, identity, props in b.each("AWS::EC2::NatGateway"):
        plain = b.opener(resource, "nat-gateway")
        subnet = plain(props.text("SubnetId", ""), "")
        target = b.estate.resources.get(b.estate.address_of(subnet))
        vpc = b.props(target).text("VpcId", "") if target is not None else ""
        b.add(
            NatGateway(
                **b.common(resource, identity),
                vpc=vpc if isinstance(vpc, str) else "",
                subnet=subnet,
                connectivity=plain(props.text("ConnectivityType", "public"), "public"),
            )
        )


def _by_text(b: Builder, kind: str, name: str) -> dict[str, list[tuple[Resource, Props]]]:
    """Resources of a type by the text of the property that names what they belong to."""
    found: dict[str, list[tuple[Resource, Props]]] = {}
    for resource, _, props in b.each(kind):
        value = props.text(name, "")
        if isinstance(value, str):
            found.setdefault(value, []).append((resource, props))
        else:
            b.note(resource.where, f"belongs to something that is not known: {value.reason}")
    return found


def _route_tables(b: Builder) -> None:
    routes = _by_text(b, "AWS::EC2::Route", "RouteTableId")
    associations = _by_text(b, "AWS::EC2::SubnetRouteTableAssociation", "RouteTableId")
    for resource, identity, props in b.each("AWS::EC2::RouteTable"):
        plain = b.opener(resource, "route-table")
        subnets = [plain(one.text("SubnetId", ""), "") for _, one in associations.get(identity.name, ())]
        entries = [plain(one.attempt(_route), None) for _, one in routes.get(identity.name, ())]
        b.add(
            RouteTable(
                **b.common(resource, identity),
                vpc=plain(props.text("VpcId", ""), ""),
                subnets=tuple(subnet for subnet in subnets if subnet),
                routes=tuple(entry for entry in entries if entry),
            )
        )


def _route(props: Props) -> RouteEntry:
    destination = next((text for name in _DESTINATIONS if (text := sure(props.text(name, "")))), "")
    target = next((text for name in _TARGETS if (text := sure(props.text(name, "")))), "")
    return RouteEntry(destination=destination, target=target)


def _security_groups(b: Builder) -> None:
    rules = {
        direction: _by_text(b, f"AWS::EC2::SecurityGroup{direction.title()}", "GroupId") for direction in ("ingress", "egress")
    }
    for resource, identity, props in b.each("AWS::EC2::SecurityGroup"):
        plain = b.opener(resource, "security-group")
        found: list[SecurityRule] = []
        for direction, name in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
            own = plain(props.each(name, lambda p, d=direction: _rule(p, d), ()), ())  # type: ignore[misc]
            hung = [plain(one.attempt(lambda p, d=direction: _rule(p, d)), None) for _, one in _hung(rules, direction, identity)]  # type: ignore[misc]
            if direction == "egress" and not own and not props.has(name):
                own = (_OPEN,)
            found += [*own, *(rule for rule in hung if rule)]
        label = plain(props.text("GroupName", resource.name), resource.name)
        common: dict[str, Any] = b.common(resource, identity)
        b.add(SecurityGroup(**common, vpc=plain(props.text("VpcId", ""), ""), rules=tuple(found), label=redacted(label)))


def _hung(
    rules: dict[str, dict[str, list[tuple[Resource, Props]]]], direction: str, identity: Any
) -> list[tuple[Resource, Props]]:
    return rules[direction].get(identity.name, [])


def _rule(props: Props, direction: str) -> SecurityRule:
    peers = [text for name in _PEERS[direction] if (text := sure(props.text(name, "")))]
    return SecurityRule(
        direction=direction,
        protocol=sure(props.text("IpProtocol", Unknown("IpProtocol is not set"))),
        from_port=sure(props.integer("FromPort", None)),
        to_port=sure(props.integer("ToPort", None)),
        peers=tuple(peers),
    )
