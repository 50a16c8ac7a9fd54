"""Asks Google's People API for the address book: all of it, or what changed (docs/platforms.md)."""

from onelane.tools.platforms.google.people_answers import PeoplePage, read_people
from onelane.tools.platforms.online.answer_objects import object_answer
from onelane.tools.platforms.online.http_client import PlatformClient

PERSON_FIELDS = "names,emailAddresses,phoneNumbers,organizations,photos,urls,biographies,addresses"
"""What is asked of each person. A sync token is good only together with the same fields."""
_PAGE_SIZE = 1000
_MAILED_FIELDS = "names,emailAddresses"


class PeopleClient:
    """The address book of one Google account.

    Args:
        client: asks the People API as this account
    """

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    def connections(self, *, sync_token: str = "", page_token: str = "") -> PeoplePage:
        """A page of the address book, with a sync token of what changed since.

        Args:
            sync_token: of the last page of an earlier pass; empty for the whole address book
            page_token: of the page before; empty for the first one

        Raises:
            CursorExpired: Google no longer knows the sync token
            PlatformFailure: see tools/platforms/online/failures.py
        """
        params = {"personFields": PERSON_FIELDS, "pageSize": _PAGE_SIZE, "requestSyncToken": "true"}
        tokens = {name: token for name, token in (("syncToken", sync_token), ("pageToken", page_token)) if token}
        answer = self._client.get("people.connections", "/v1/people/me/connections", {**params, **tokens})
        return read_people(object_answer(answer, "connections"))

    def other_contacts(self, *, page_token: str = "") -> PeoplePage:
        """A page of those whom one has only mailed; they have a name and addresses.

        Args:
            page_token: of the page before; empty for the first one

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        params = {"readMask": _MAILED_FIELDS, "pageSize": _PAGE_SIZE}
        token = {"pageToken": page_token} if page_token else {}
        answer = self._client.get("people.other_contacts", "/v1/otherContacts", {**params, **token})
        return read_people(object_answer(answer, "otherContacts"))
