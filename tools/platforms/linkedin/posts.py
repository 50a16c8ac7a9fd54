r"""Posts on LinkedIn in a member's own name (docs/platforms.md, "Posts").

Source: https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api, and of the text's form
https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format (li-lms-2026-05), of the
versions https://learn.microsoft.com/linkedin/marketing/versioning: one each month, which lasts a year at least.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failures import VersionRetired, WordsRefused
from onelane.tools.platforms.online.http_client import PlatformAnswer, PlatformClient

_VERSION = "202610"
"""Of the API as it was read; it is asked for as long as LinkedIn knows it."""
_MONTHS_BACK = 3
"""So old a version is taken instead: LinkedIn publishes some of them late."""
_RESERVED_SIGNS = re.compile(r"[\\|{}@\[\]()<>*_~]|#(?!\w)")
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
        try:
            answer = self._post(body, _VERSION)
        except VersionRetired:
            # What a version refuses has not been posted.
            answer = self._post(body, version_before(self._client.now))
        return answer.headers.get("x-restli-id", "")

    def _post(self, body: Mapping[str, Json], version: str) -> PlatformAnswer:
        headers = {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}
        return self._client.post("linkedin.post", "/rest/posts", body, headers=headers)


def version_before(now: datetime) -> str:
    """A version of LinkedIn's API that is known at an instant, and will be for months."""
    year, month = divmod(now.year * 12 + now.month - 1 - _MONTHS_BACK, 12)
    return f"{year}{month + 1:02}"


def little_text(text: str) -> str:
    """A text in LinkedIn's own form, so that it appears as it was written."""
    return _RESERVED_SIGNS.sub(r"\\\g<0>", text)


def copied_post(refusal: WordsRefused) -> str | None:
    """Which post a text is a copy of, where LinkedIn refuses it as one and says so."""
    match = _COPY_OF.search(refusal.message) if "duplicate" in refusal.message.lower() else None
    return None if match is None else match[0]


def post_url(name: str) -> str:
    """Where a post is seen."""
    return f"https://www.linkedin.com/feed/update/{name}/"
