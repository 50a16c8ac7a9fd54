"""Addresses of servers, as a person writes them into settings."""

from urllib.parse import urlsplit

from onelane.tools.registry.loopback import is_loopback


def is_web_address(text: str) -> bool:
    """Whether this is where a server can be reached: scheme, host, perhaps a port and a path, and nothing else."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' <>"')
    bare = not (parts.query or parts.fragment or parts.username or parts.password) and port != 0
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain and bare


def is_guarded_address(text: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or http that stays on this machine."""
    return is_web_address(text) and (urlsplit(text).scheme == "https" or _is_on_this_machine(text))


def is_own_address(text: str) -> bool:
    """Whether this program itself can listen there for the person's browser: http on loopback, with a port."""
    return (
        is_web_address(text)
        and urlsplit(text).scheme == "http"
        and _is_on_this_machine(text)
        and urlsplit(text).port is not None
    )


def _is_on_this_machine(text: str) -> bool:
    return is_loopback(urlsplit(text).hostname or "")
