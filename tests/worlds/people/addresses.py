"""Addresses at domains in other scripts: as people read them, and as mail carries them (RFC 5890)."""

import idna


def readable(address: str) -> str:
    """An address in lower case and in its own letters, so that two spellings of one are the same."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local}{at}{idna.decode(domain)}" if "xn--" in domain else address.lower()


def wire(address: str) -> str:
    """An address as a header or an envelope carries it where nobody speaks SMTPUTF8."""
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
