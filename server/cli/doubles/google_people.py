"""An address book that answers as Google's People API does: sync tokens, what changed, what was merged or deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Handler
from onelane.server.cli.doubles.google_errors import google_error

_MOST_A_PAGE = 1000
_KEPT = ("personFields", "pageSize", "requestSyncToken")
"""What must be the same in every request that goes on from another one."""


@dataclass
class AddressBook:
    """The people, and in which order they changed.

    Args:
        page_size: at most so many people on a page, whatever is asked for
        expiry: how the end of a sync token is told: 400 or 410
        minute_is_full: of a full pass the first page is refused while this is true
    """

    page_size: int = _MOST_A_PAGE
    expiry: int = 400
    minute_is_full: bool = False
    people: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    others: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Whom one has only mailed."""
    _changed: list[str] = field(default_factory=list[str])
    _oldest: int = 0
    _parameters: dict[str, Mapping[str, str | None]] = field(default_factory=dict[str, Mapping[str, "str | None"]])

    @property
    def routes(self) -> dict[str, Handler]:
        """The addresses of the People API."""
        return {"GET /v1/people/me/connections": self._connections, "GET /v1/otherContacts": self._other_contacts}

    def put(self, number: int, *, former: tuple[int, ...] = (), **fields: Any) -> str:
        """Add a person or change one, and say how Google calls them.

        Args:
            number: the person's
            former: the numbers of those who were merged into this one
            fields: as the API has them, such as `names`
        """
        for each in former:
            self.people.pop(f"people/c{each}", None)
        name = f"people/c{number}"
        about = {"previousResourceNames": [f"people/c{each}" for each in former]} if former else {}
        self.people[name] = {**_entry(number, **about), **fields}
        self._changed.append(name)
        return name

    def delete(self, number: int) -> None:
        """Take a person out."""
        self.people[f"people/c{number}"] = _entry(number, deleted=True)
        self._changed.append(f"people/c{number}")

    def expire_tokens(self) -> None:
        """Forget what changed before now, as Google does after seven days."""
        self._changed.append("")
        self._oldest = len(self._changed)

    def _connections(self, request: DoubleRequest) -> DoubleAnswer:
        sync_token, page_token = request.first("syncToken"), request.first("pageToken")
        if request.first("personFields") is None:
            return google_error(400, "INVALID_ARGUMENT", "personFields mask is required.", "badRequest")
        if sync_token is None and page_token is None and self.minute_is_full:
            return google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", "RATE_LIMIT_EXCEEDED")
        parameters = {name: request.first(name) for name in _KEPT}
        if any(
            self._parameters.get(each, parameters) != parameters
            for each in (sync_token, page_token)
            if each is not None
        ):
            return google_error(400, "INVALID_ARGUMENT", "Request parameters must match the first call.", "badRequest")
        since = None if sync_token is None else int(sync_token.removeprefix("ST-"))
        if since is not None and since < self._oldest:
            words = "Sync token is expired. Clear local cache and retry call without the sync token."
            return google_error(self.expiry, "FAILED_PRECONDITION", words, "EXPIRED_SYNC_TOKEN")
        return self._page(request, since, int((page_token or "PT-0").removeprefix("PT-")), parameters)

    def _page(
        self, request: DoubleRequest, since: int | None, start: int, parameters: Mapping[str, str | None]
    ) -> DoubleAnswer:
        if since is None:
            people = [each for each in self.people.values() if not each["metadata"].get("deleted")]
        else:
            names = dict.fromkeys(name for name in self._changed[since:] if name in self.people)
            people = [self.people[name] for name in names]
        end = start + min(self.page_size, int(request.first("pageSize") or 100), _MOST_A_PAGE)
        answer: dict[str, Any] = {"connections": people[start:end]} if people[start:end] else {}
        if since is None:
            answer |= {"totalPeople": len(people), "totalItems": len(people)}
        if end < len(people):
            answer["nextPageToken"] = f"PT-{end}"
        elif request.first("requestSyncToken") == "true":
            answer["nextSyncToken"] = f"ST-{len(self._changed)}"
        for token in (answer.get("nextPageToken"), answer.get("nextSyncToken")):
            if token is not None:
                self._parameters[token] = parameters
        return DoubleAnswer(200, answer)

    def _other_contacts(self, request: DoubleRequest) -> DoubleAnswer:
        if request.first("readMask") is None:
            return google_error(400, "INVALID_ARGUMENT", "readMask is required.", "badRequest")
        start = int((request.first("pageToken") or "OT-0").removeprefix("OT-"))
        end = start + min(self.page_size, int(request.first("pageSize") or 100))
        contacts: dict[str, Any] = {"otherContacts": self.others[start:end]} if self.others[start:end] else {}
        more = {"nextPageToken": f"OT-{end}"} if end < len(self.others) else {}
        return DoubleAnswer(200, {**contacts, **more, "totalSize": len(self.others)})


def _entry(number: int, **about: Any) -> dict[str, Any]:
    source = {"type": "CONTACT", "id": str(number)}
    return {
        "resourceName": f"people/c{number}",
        "etag": f"%{number}",
        "metadata": {"sources": [source], "objectType": "PERSON", **about},
    }


def person_fields(name: str, *addresses: str, company: str = "", title: str = "") -> dict[str, Any]:
    """The fields of a person as the API has them.

    Args:
        name: the given name and the family name
        addresses: of e-mail, the preferred one first
        company: where they work
        title: as what
    """
    given_name, _, family = name.partition(" ")
    emails = [
        {"metadata": {"primary": at == 0}, "value": each, "type": "work" if at == 0 else "home"}
        for at, each in enumerate(addresses)
    ]
    names = [{"metadata": {"primary": True}, "displayName": name, "givenName": given_name, "familyName": family}]
    work = [{"metadata": {"primary": True}, "name": company, "title": title, "current": True}]
    return {
        "names": names,
        **({"emailAddresses": emails} if emails else {}),
        **({"organizations": work} if company else {}),
    }
