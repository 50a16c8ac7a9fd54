"""The platforms of a world: Google's address book answers within the process, and goes wrong as the seed draws it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, for_signed_in
from onelane.server.cli.doubles.google_people import AddressBook, person_fields
from onelane.server.cli.doubles.sign_in import GOOGLE_RULES, Family, SignIn
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.outside import Outside, RequestSeen
from tests.worlds.people.strangers import stranger

if TYPE_CHECKING:
    import httpx2

URL = "http://127.0.0.1:9"
SCOPE = "https://www.googleapis.com/auth/contacts.readonly"
_FAULTS = ("unavailable", "cut", "silent", "limit", "signed out", "nonsense")


@dataclass
class Platforms:
    """Google, as far as Onelane asks it.

    Args:
        chance: draws its faults
        clock: the world's
        outside: remembers what was asked
        likely: how many of all requests go wrong
        on_fault: told of each
    """

    chance: Chance
    clock: WorldClock
    outside: Outside
    likely: float
    on_fault: Callable[[str, str], None]
    book: AddressBook = field(default_factory=lambda: AddressBook(page_size=10))
    sign_in: SignIn = field(default_factory=lambda: SignIn(GOOGLE_RULES))

    def __post_init__(self) -> None:
        refused = DoubleAnswer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "sign in"}})
        routes = for_signed_in(self.book.routes, self.sign_in.knows, refused)
        self._double = Double({**self.sign_in.routes, **routes})
        self._requests = 0

    def grant(self) -> Family:
        """What the person has granted to Onelane."""
        return self.sign_in.grant(SCOPE)

    def put(self, number: int, company: str | None = None) -> None:
        """Put somebody into the address book, or change where they work."""
        person = stranger(self.chance, number)
        fields = person_fields(person.name, person.address, company=company or person.company, title=person.role)
        self.book.put(number, **fields)

    def connect(self) -> "httpx2.Client":
        """The client that Onelane asks with."""
        import httpx2

        return httpx2.Client(transport=httpx2.MockTransport(self._answer), follow_redirects=False)

    def _answer(self, request: "httpx2.Request") -> "httpx2.Response":
        import httpx2

        self._requests += 1
        key = f"fault/google/{self._requests}"
        fault = ""
        if self.chance.happens(key, self.likely):
            fault = self.chance.of(f"{key}/kind").choice(_FAULTS)
            self.on_fault(key, f"{fault} {request.url.path}")
        answer = self._said(request, fault)
        seen = RequestSeen(
            self.clock(), "google", "1815", request.method, str(request.url.raw_path, "ascii"), answer.status,
            Decimal(0), changes=False,
        )  # fmt: skip
        self.outside.requests.append(seen)
        if fault == "cut":
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")
        if fault == "silent":
            self.clock.pass_by(timedelta(seconds=30))
            raise httpx2.ReadTimeout("timed out")
        headers = {
            "Date": format_datetime(self.clock(), usegmt=True),
            "Content-Type": "application/json; charset=utf-8",
            **answer.headers,
        }
        return httpx2.Response(answer.status, headers=headers, content=answer.content)

    def _said(self, request: "httpx2.Request", fault: str) -> DoubleAnswer:
        if fault == "unavailable":
            return DoubleAnswer(503, b"upstream connect error")
        if fault == "limit":
            return DoubleAnswer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow"}})
        if fault == "signed out":
            return DoubleAnswer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "sign in"}})
        if fault == "nonsense":
            return DoubleAnswer(200, b"<html>what</html>")
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = DoubleRequest(request.method, request.url.path, query, headers, request.content)
        return self._double.answer(asked)[0]
