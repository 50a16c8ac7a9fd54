r"""Posts on LinkedIn in a member's own name (docs/platforms.md, "Posts").

Source: https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api, and of the text's form
https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format, as of November 2026.
"""

import re

from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failures import WordsRefused
from onelane.tools.platforms.online.http_client import PlatformClient

_HEADERS = {"LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}
_RESERVED = re.compile(r"[\\|{}@\[\]()<>*_~]|#(?!\w)")
"""What means something in LinkedIn's text; a # before a word begins a hashtag there as here."""
_COPY_OF = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+")


class LinkedInPosts:
    """Posts as one member.

    Args:
        client: asks LinkedIn's API as this account
        member: LinkedIn's id of the member
    """

    def __init__(self, client: PlatformClient, member: str) -> None:
        self._client = client
        self._member = member

    def create(self, text: str) -> str:
        """Post a text for everybody, once; its name at LinkedIn, empty where LinkedIn does not tell it.

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        body: dict[str, Json] = {
            "author": f"urn:li:person:{self._member}",
            "commentary": little_text(text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        answer = self._client.post("linkedin.post", "/rest/posts", body, headers=_HEADERS)
        return answer.headers.get("x-restli-id", "")


def little_text(text: str) -> str:
    """A text in LinkedIn's own form, so that it appears as it was written."""
    return _RESERVED.sub(r"\\\g<0>", text)


def copied_post(refused: WordsRefused) -> str | None:
    """Which post a text is a copy of, where LinkedIn refuses it as one and says so."""
    found = _COPY_OF.search(refused.message) if "duplicate" in refused.message.lower() else None
    return None if found is None else found[0]


def post_url(name: str) -> str:
    """Where a post is seen."""
    return f"https://www.linkedin.com/feed/update/{name}/"
