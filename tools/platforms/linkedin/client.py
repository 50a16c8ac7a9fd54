"""Asks LinkedIn's Member Snapshot API for what its export holds (docs/platforms.md, "LinkedIn's snapshot")."""

from typing import Literal

from onelane.tools.platforms.linkedin.answers import SnapshotPage, read_snapshot
from onelane.tools.platforms.online.answer_objects import object_answer
from onelane.tools.platforms.online.failures import NothingThere, PlatformFailure
from onelane.tools.platforms.online.http_client import PlatformClient

_VERSION = {"LinkedIn-Version": "202312"}
Domain = Literal["CONNECTIONS", "PROFILE"]


class NotPreparedYet(PlatformFailure):
    """LinkedIn has not put this account's data together yet, which begins when permission is given. Start the sync again in some hours."""  # noqa: E501 - it is the message

    code = "not_prepared_yet"


class SnapshotClient:
    """The snapshot of one LinkedIn account.

    Args:
        client: asks LinkedIn's API as this account
    """

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    def page(self, domain: Domain, number: int = 0) -> SnapshotPage | None:
        """A page of a part of the snapshot; None behind the last one, which may itself have promised more.

        Args:
            domain: the part
            number: of the page; the first one is 0

        Raises:
            NotPreparedYet: there is nothing at all
            PlatformFailure: see tools/platforms/online/failures.py
        """
        params: dict[str, str | int] = {"q": "criteria", "domain": domain, "start": number}
        try:
            answer = self._client.get("linkedin.snapshot", "/rest/memberSnapshotData", params, headers=_VERSION)
        except NothingThere:
            if number == 0:
                raise NotPreparedYet from None
            return None
        body = object_answer(answer, "elements")
        if number and "elements" not in body:
            from onelane.tools.platforms.online.answers import unreadable

            raise unreadable("has no list of rows", dict(body))
        page = read_snapshot(body)
        if number == 0 and not page.rows:
            # Whoever has an account long enough for an application of their own has a connection.
            raise NotPreparedYet
        return page
