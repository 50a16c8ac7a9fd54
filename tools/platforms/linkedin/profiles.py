"""LinkedIn's profile addresses: many ways to write one, and one canonical form."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote, unquote

# What nearly every row has: nothing to decode, nothing to rewrite.
_CANONICAL = re.compile(r"https://www\.linkedin\.com/in/([a-z0-9-]+)")
_PROFILE = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)*linkedin\.com/(?:mwlite/|comm/)?(?P<kind>in|pub)/(?P<path>[^?#]+)", re.IGNORECASE
)
# An opaque member id in place of a name. Upper and lower case tell these apart.
_OPAQUE = re.compile(r"ACo[A-Za-z0-9_-]{20,}")


class Profile(NamedTuple):
    """A profile: its slug (decoded, in lower case) and its canonical address."""

    slug: str
    url: str


def parse_profile(url: str) -> Profile | None:
    """The profile that an address names, whatever the scheme, country, language, case or tracking; else None.

    `http://de.linkedin.com/in/Zo%C3%AB-x/de?trk=a` is `zoë-x`. The old `/pub/ada-x/a7/576/b50` is `ada-x-b50576a7`, to
    which LinkedIn itself forwards it.
    """
    if plain := _CANONICAL.fullmatch(url):
        return Profile(plain[1], url)
    match = _PROFILE.match(url.strip())
    if match is None:
        return None
    parts = [part for part in match["path"].split("/") if part.strip()]
    if not parts:
        return None
    slug = _slug(parts[0])
    if match["kind"].lower() == "pub" and len(parts) == 4:
        first, second, third = parts[1:]
        slug = f"{slug}-{third:0>3}{second:0>3}{first}".lower()
    return Profile(slug, f"https://www.linkedin.com/in/{quote(slug)}")


def _slug(part: str) -> str:
    text = unicodedata.normalize("NFC", unquote(part).replace("\0", "").strip())
    return text if _OPAQUE.fullmatch(text) else text.lower()
