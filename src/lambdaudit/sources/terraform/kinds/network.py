"""VPCs, as far as they decide what functions reach."""

from typing import TYPE_CHECKING

from lambdaudit.sources.iac.values import List, Map, Ref, Value

from ..shape import As, Fields, Kind, document, put, resource, shaped

if TYPE_CHECKING:
    from ..collect import Collector, Source
    from ..shape import Convert, Finish

_ROUTE: Fields = {
    "cidr_block": "DestinationCidrBlock",
    "destination_cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
    "gateway_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_endpoint_id": "VpcEndpointId",
    "network_interface_id": "NetworkInterfaceId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "route_table_id": "RouteTableId",
}


def _routes(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """The routes inside a table."""
    value = settings.get("route")
    for number, one in enumerate(value if isinstance(value, list) else [value] if value is not None else []):
        if isinstance(one, Map):
            made = shaped(_ROUTE, Map({k: v for k, v in one.items() if v != ""}, one.span, one.keys_at))
            put(made, "RouteTableId", Ref(source.address, "Ref", one.span), one.span)
            collector.add(resource(source, "AWS::EC2::Route", made, f"/{number}"))


_RULE = {
    "from_port": "FromPort",
    "to_port": "ToPort",
    "protocol": "IpProtocol",
    "ip_protocol": "IpProtocol",
    "description": "Description",
}


def _rules(direction: str, block: Map, own: Value = None) -> list[Value]:
    """One rule for each peer of a block."""
    base = shaped(_RULE, block)
    peer = "Source" if direction == "ingress" else "Destination"
    names = (
        ("cidr_blocks", "CidrIp"),
        ("ipv6_cidr_blocks", "CidrIpv6"),
        ("prefix_list_ids", f"{peer}PrefixListId"),
        ("security_groups", f"{peer}SecurityGroupId"),
        ("source_security_group_id", f"{peer}SecurityGroupId"),
        ("cidr_ipv4", "CidrIp"),
        ("cidr_ipv6", "CidrIpv6"),
        ("prefix_list_id", f"{peer}PrefixListId"),
        ("referenced_security_group_id", f"{peer}SecurityGroupId"),
    )
    found: list[Value] = []
    for argument, name in names:
        value = block.get(argument)
        members = value if isinstance(value, list) else [value] if value not in (None, "") else []
        rest = getattr(value, "rest", None)
        for one in [*members, *([rest] if rest else [])]:
            made = base.copy()
            put(made, name, one, block.at(argument) or block.span)
            found.append(made)
    if block.get("self") is True and own is not None:
        made = base.copy()
        put(made, f"{peer}SecurityGroupId", own, block.at("self"))
        found.append(made)
    return found


def _inline_rules(direction: str) -> "Convert":
    def convert(value: Value) -> Value:
        if not isinstance(value, list):
            return value
        found = List((), getattr(value, "span", None), getattr(value, "rest", None))
        for block in value:
            if isinstance(block, Map):
                found.extend(_rules(direction, block))
            else:
                found.append(block)
        return found

    return convert


def _group(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
    """Terraform takes the rule away that lets everything out, unless the configuration has it."""
    properties.setdefault("SecurityGroupEgress", List((), settings.span))
    for direction, name in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        value = settings.get(direction)
        for block in value if isinstance(value, list) else []:
            if isinstance(block, Map) and block.get("self") is True and isinstance(properties.get(name), list):
                inner = Map({k: v for k, v in block.items() if k in ("self", "from_port", "to_port", "protocol")}, block.span)
                properties[name].extend(_rules(direction, inner, Ref(source.address, "GroupId", block.span)))


def _rule(direction: str) -> "Finish":
    """A rule that stands for itself."""

    def finish(source: "Source", settings: Map, properties: Map, collector: "Collector") -> None:
        way = direction or settings.get("type")
        if not isinstance(way, str) or way not in ("ingress", "egress"):
            return
        group = settings.get("security_group_id")
        for number, made in enumerate(_rules(str(way), settings, group)):
            put(made, "GroupId", group, settings.at("security_group_id"))
            collector.add(resource(source, f"AWS::EC2::SecurityGroup{way.capitalize()}", made, f"/{number}"))

    return finish


_DEFAULT = {"vpc_id": "VpcId", "tags": "Tags"}
_GROUP: Fields = {
    "name": "GroupName",
    "description": "GroupDescription",
    "vpc_id": "VpcId",
    "ingress": As("SecurityGroupIngress", _inline_rules("ingress")),
    "egress": As("SecurityGroupEgress", _inline_rules("egress")),
    "tags": "Tags",
}

KINDS = {
    "aws_vpc": Kind("AWS::EC2::VPC", {"cidr_block": "CidrBlock", "tags": "Tags"}, tags="Tags"),
    "aws_subnet": Kind(
        "AWS::EC2::Subnet",
        {
            "vpc_id": "VpcId",
            "cidr_block": "CidrBlock",
            "availability_zone": "AvailabilityZone",
            "map_public_ip_on_launch": "MapPublicIpOnLaunch",
            "tags": "Tags",
        },
        tags="Tags",
    ),
    "aws_route_table": Kind("AWS::EC2::RouteTable", _DEFAULT, _routes, tags="Tags"),
    "aws_route": Kind("AWS::EC2::Route", _ROUTE),
    "aws_route_table_association": Kind(
        "AWS::EC2::SubnetRouteTableAssociation", {"subnet_id": "SubnetId", "route_table_id": "RouteTableId"}
    ),
    "aws_internet_gateway": Kind("AWS::EC2::InternetGateway", _DEFAULT, tags="Tags"),
    "aws_egress_only_internet_gateway": Kind("AWS::EC2::EgressOnlyInternetGateway", {"vpc_id": "VpcId"}),
    "aws_nat_gateway": Kind(
        "AWS::EC2::NatGateway", {"subnet_id": "SubnetId", "connectivity_type": "ConnectivityType", "tags": "Tags"}, tags="Tags"
    ),
    "aws_security_group": Kind("AWS::EC2::SecurityGroup", _GROUP, _group, tags="Tags"),
    "aws_default_security_group": Kind("AWS::EC2::SecurityGroup", _GROUP, _group),
    "aws_security_group_rule": Kind("", {}, _rule("")),
    "aws_vpc_security_group_ingress_rule": Kind("", {}, _rule("ingress")),
    "aws_vpc_security_group_egress_rule": Kind("", {}, _rule("egress")),
    "aws_vpc_endpoint": Kind(
        "AWS::EC2::VPCEndpoint",
        {
            "vpc_id": "VpcId",
            "service_name": "ServiceName",
            "vpc_endpoint_type": "VpcEndpointType",
            "subnet_ids": "SubnetIds",
            "route_table_ids": "RouteTableIds",
            "security_group_ids": "SecurityGroupIds",
            "private_dns_enabled": "PrivateDnsEnabled",
            "policy": As("PolicyDocument", document),
            "tags": "Tags",
        },
        tags="Tags",
    ),
}
