"""Which IP addresses are on the public internet; private, link-local and metadata addresses are not.

See docs/web.md, "Public addresses".
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

# IANA's registries of special-purpose addresses (RFC 6890 and what came later), so that nothing hangs on how new
# Python's own list is. Where a cloud keeps its metadata is inside: link-local, shared, unique local.
_SPECIAL_IPV4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own; Alibaba's metadata is 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, from inside; the address looks public
        "169.254.0.0/16",  # most clouds' metadata is 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # Oracle's metadata was 192.0.0.192
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
_SPECIAL_IPV6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarks, ORCHID and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in other clothes, given up by everybody (RFC 7526)
        "3fff::/20",
    )
]
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the public internet; what is no IP address, or has a zone, is not."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return _is_public_ipv4(address) if isinstance(address, IPv4Address) else _is_public_ipv6(address)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _SPECIAL_IPV4)


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    inner = _hidden_ipv4(address)
    if inner is not None:
        return _is_public_ipv4(inner)
    if address not in _GLOBAL_UNICAST or any(address in network for network in _SPECIAL_IPV6):
        return False
    # ISATAP leads into the private IPv4 network behind a public prefix.
    return address.is_global and int(address) >> 32 & 0xFFFFFFFF not in _ISATAP


def _hidden_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a socket or a gateway would really go to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
