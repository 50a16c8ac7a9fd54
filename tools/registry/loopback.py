"""Which hosts are this machine itself."""

from functools import lru_cache
from ipaddress import ip_address


@lru_cache(256)
def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on this host."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
