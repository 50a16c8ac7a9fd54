"""Addresses of feeds that people import: which ones may be asked for, and by whom.

An address can carry what somebody has read to whoever answers there. So chat, REST and the dashboard name publications
of Substack, of which nothing but the name is kept; whoever works at this machine's command line names any address.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.registry.runs.run_config import FEED

_SUBSTACK = re.compile(r"[a-z0-9-]{1,63}\.substack\.com")
_MAX_CHARS = 2000
_PLACES = ("", "/", "/feed", "/feed/")


def is_address(file: str) -> bool:
    """Whether what was given as a file is an address on the web."""
    return file.strip().lower().startswith(("https://", "http://"))


def feed_address(text: str, by: Caller) -> str:
    """The address at which a publication's feed is asked for.

    Args:
        text: the address of a publication or of its feed
        by: who names it

    Raises:
        BadRequest: it is no address that can be asked
        Forbidden: this caller may only name publications of Substack
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        is_plain = parts.username is None and parts.port in (None, 443)
    except ValueError:
        raise _no_address() from None
    if parts.scheme.lower() != "https" or not host or not is_plain or len(address) > _MAX_CHARS:
        raise _no_address()
    if parts.path in _PLACES and not parts.query:
        is_substack = _SUBSTACK.fullmatch(host) is not None
        if is_substack or by.face is Face.CLI:
            return f"https://{host}/feed"
    if by.face is not Face.CLI:
        raise Forbidden(
            "From here only the feed of a publication on Substack is read, such as https://NAME.substack.com. One at "
            "another address is read on the command line: onelane sync substack_posts ADDRESS"
        )
    return parts._replace(fragment="").geturl()


def publication_at(feed: str) -> str | None:
    """The name of the publication at Substack whose feed this is; None where it has a domain of its own."""
    host = _host(feed)
    return host.removesuffix(".substack.com") if _SUBSTACK.fullmatch(host) else None


def feed_spellings(session: Session, config: Mapping[str, Any]) -> Sequence[str]:
    """How the address may be written of the feed that a run of this config asks for, as it is asked for first.

    An empty list where it asks for no feed, or for that of a publication that was read before, whose name tells nobody
    anything.
    """
    text = config.get(FEED)
    if not isinstance(text, str):
        return ()
    address = text.strip()
    name = publication_at(address)
    if name is None:
        return [address]
    root = f"https://{name}.substack.com"
    is_known = accounts.find_account(session, Platform.SUBSTACK, name) is not None
    return [] if is_known else [f"{root}/feed", root, address]


def _host(address: str) -> str:
    """The host of an address in lower case; empty where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _no_address() -> BadRequest:
    return BadRequest("Give the address of a publication or of its feed, such as https://NAME.substack.com/feed.")
