"""Texts of posts: how many characters a platform counts, whether there is a link in one, and whether two are one.

X counts as https://docs.x.com/fundamentals/counting-characters says: a link is 23, an emoji 2, letters of wide scripts
2. LinkedIn counts UTF-16 units, at most 3,000 of them.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from onelane.storage.platforms.accounts import Platform

MOST_CHARACTERS: Mapping[Platform, int] = MappingProxyType({Platform.X: 280, Platform.LINKEDIN: 3000})
"""So long a post may be; X takes longer ones only of who pays for that."""
_LINK_COUNTS = 23
_DOMAINS = "com|org|net|edu|gov|io|ai|app|dev|info|biz|news|blog|tech|online|site|xyz|me|tv|co"
_LINK = re.compile(
    rf"https?://[^\s<>]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_DOMAINS})(?![\w.-]*@)(?:/[^\s<>]*)?(?![\w-])", re.IGNORECASE
)
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Letters that count as one; all others count as two."""
_PICTURE = "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299]"
_PICTURE_WITH_TONE = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE_WITH_TONE}(?:[\U000e0020-\U000e007f]+|(?:\u200d{_PICTURE_WITH_TONE})*)"
)
_BLANKS = re.compile(r"\s+")


def count_characters(platform: Platform, text: str) -> int:
    """How long a platform says that a text is."""
    if platform is not Platform.X:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    plain, links = _LINK.subn("", unicodedata.normalize("NFC", text))
    letters, emoji = _EMOJI.subn("", plain)
    return links * _LINK_COUNTS + emoji * 2 + sum(map(_weight, letters))


def has_link(text: str) -> bool:
    """Whether X makes a link of anything in a text, and so charges for one."""
    return _LINK.search(text) is not None


def is_same_text(own_text: str, platform_text: str) -> bool:
    """Whether a platform shows what was written; X puts a short address in the place of each link.

    Args:
        own_text: as it was sent
        platform_text: as the platform tells it
    """
    pieces = [re.escape(_plain(piece)) for piece in _LINK.split(own_text.strip())]
    if len(pieces) == 1:
        return _plain(own_text) == _plain(platform_text)
    return re.fullmatch(r"\s*\S+?\s*".join(pieces), _plain(platform_text)) is not None


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", html.unescape(text))).strip()


def _weight(letter: str) -> int:
    return 1 if any(first <= ord(letter) <= last for first, last in _LIGHT) else 2
