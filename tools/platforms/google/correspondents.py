"""Who stands in a From, To or Cc header."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import lru_cache
from typing import NamedTuple

from onelane.tools.platforms.formats.addresses import parse_email

_MAX_PEOPLE = 500
_MAX_CHARS = 1 << 16
_SIMPLE = re.compile(r'(?:"?([^"<>,;:@\\()=]*?)"?\s*)<([^<>\s",;:()]+@[^<>\s",;:()]+)>|([^<>\s",;:()]+@[^<>\s",;:()]+)')


class Correspondent(NamedTuple):
    """A name, if the header has one, and a valid address: as written, and in lower case."""

    name: str | None
    address: str
    normalized: str


@lru_cache(maxsize=1 << 14)
def correspondents(header: str) -> tuple[Correspondent, ...]:
    """The people in a header, each once. Invalid addresses, and what is in front of them, are left out."""
    if simple := _SIMPLE.fullmatch(header):
        pairs = [(simple[1] or "", simple[2] or simple[3])]
    else:
        pairs = _pairs(header[:_MAX_CHARS])
    people: dict[str, Correspondent] = {}
    for name, address in pairs[:_MAX_PEOPLE]:
        if email := parse_email(address):
            plain = plain_text(name).strip("'\" ") if name else ""
            named = plain if plain and plain.lower() != email.normalized else None
            people.setdefault(email.normalized, Correspondent(named, email.address, email.normalized))
    return tuple(people.values())


def _pairs(header: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([header])
    except RecursionError:
        return []  # comments inside of comments, a thousand deep: nobody wrote that


def plain_text(header: str) -> str:
    """A header with its encoded words decoded (RFC 2047); as it stands where they are broken."""
    if "=?" not in header:
        return header
    try:
        return str(make_header(decode_header(header))).replace("\0", "").encode(errors="ignore").decode()
    except (HeaderParseError, LookupError, ValueError):
        return header
