"""Functions on addresses and networks."""

import ipaddress
from collections.abc import Callable
from typing import Any

from lambdaudit.sources.iac.values import List

from ..partial import Invalid, to_number


def _network(prefix: str) -> Any:
    return ipaddress.ip_network(str(prefix), strict=False)


def cidrsubnet(prefix: str, bits: int, number: int) -> str:
    """A network inside a network."""
    outer = _network(prefix)
    bits, number = int(to_number(bits)), int(to_number(number))
    length = outer.prefixlen + bits
    if bits < 0 or length > outer.max_prefixlen or not -(2**bits) <= number < 2**bits:
        raise Invalid("cidrsubnet(): does not fit into the network")
    number %= 2**bits
    first = int(outer.network_address) + (number << (outer.max_prefixlen - length))
    return f"{type(outer.network_address)(first)}/{length}"


def cidrhost(prefix: str, number: int) -> str:
    """An address of a network."""
    outer = _network(prefix)
    number = int(to_number(number))
    size = outer.num_addresses
    if not -size <= number < size:
        raise Invalid("cidrhost(): does not fit into the network")
    return str(type(outer.network_address)(int(outer.network_address) + number % size))


def cidrnetmask(prefix: str) -> str:
    """The mask of a network."""
    outer = _network(prefix)
    if outer.version != 4:
        raise Invalid("cidrnetmask(): IPv4 only")
    return str(outer.netmask)


def cidrsubnets(prefix: str, *bits: int) -> List:
    """Networks inside a network, one after the other."""
    outer = _network(prefix)
    position = int(outer.network_address)
    found = []
    for extra in bits:
        length = outer.prefixlen + int(to_number(extra))
        if length > outer.max_prefixlen:
            raise Invalid("cidrsubnets(): does not fit into the network")
        size = 1 << (outer.max_prefixlen - length)
        position = -(-position // size) * size
        if position + size > int(outer.network_address) + outer.num_addresses:
            raise Invalid("cidrsubnets(): does not fit into the network")
        found.append(f"{type(outer.network_address)(position)}/{length}")
        position += size
    return List(found)


PLAIN: dict[str, Callable[..., Any]] = {
    "cidrsubnet": cidrsubnet,
    "cidrhost": cidrhost,
    "cidrnetmask": cidrnetmask,
    "cidrsubnets": cidrsubnets,
}
