"""The platforms of a world: Google, X and LinkedIn answer within the process, and go wrong as the seed draws it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, for_signed_in
from onelane.server.cli.doubles.google_people import AddressBook, person_fields
from onelane.server.cli.doubles.linkedin import MEMBER
from onelane.server.cli.doubles.sign_in import GOOGLE_RULES, Family, SignIn
from onelane.server.cli.doubles.x import OWNER_ID
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.online.social import Social
from tests.worlds.outside import Outside, PostSeen, RequestSeen
from tests.worlds.people.strangers import stranger

if TYPE_CHECKING:
    import httpx2

GOOGLE, X, LINKEDIN = 9, 10, 11
"""The ports at which they answer."""
NAMES = {GOOGLE: ("google", "1815"), X: ("x", OWNER_ID), LINKEDIN: ("linkedin", MEMBER)}
SCOPE = "https://www.googleapis.com/auth/contacts.readonly"
_REFUSED = DoubleAnswer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "sign in"}})
_SIGN_INS = ("/token", "/accessToken")
"""How addresses end at which sign-ins are renewed."""
_TEXTS = {"POST /2/tweets": "text", "POST /rest/posts": "commentary"}
"""What changes something at a platform, and where its text is."""
_FAULTS = ("unavailable", "cut", "silent", "limit", "signed out", "nonsense", "answer lost")
_WRONG = {
    "unavailable": DoubleAnswer(503, b"upstream connect error"),
    "limit": DoubleAnswer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow"}}),
    "signed out": _REFUSED,
    "nonsense": DoubleAnswer(200, b"<html>what</html>"),
}


def url_of(port: int) -> str:
    """Where a platform is."""
    return f"http://127.0.0.1:{port}"


@dataclass
class Platforms:
    """The platforms, as far as Onelane asks them.

    Args:
        chance: draws their faults
        clock: the world's
        outside: remembers what was asked
        likely: how many of all requests go wrong
        on_fault: told of each
        meanwhile: lets something happen while one answers, by the request's key; and whether a sign-in is renewed by it
    """

    chance: Chance
    clock: WorldClock
    outside: Outside
    likely: float
    on_fault: Callable[[str, str], None]
    meanwhile: Callable[[str, bool], None]
    book: AddressBook = field(default_factory=lambda: AddressBook(page_size=10))
    sign_in: SignIn = field(default_factory=lambda: SignIn(GOOGLE_RULES))

    def __post_init__(self) -> None:
        routes = for_signed_in(self.book.routes, self.sign_in.knows, _REFUSED)
        self.social = Social(self.chance, self.clock)
        self._doubles = {
            GOOGLE: Double({**self.sign_in.routes, **routes}),
            X: self.social.x.double(),
            LINKEDIN: self.social.linkedin.double(),
        }
        self._requests = dict.fromkeys(self._doubles, 0)

    def grant(self) -> Family:
        """What the person has granted to Onelane at Google."""
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

        port = request.url.port or GOOGLE
        fault = self._drawn(port, request.url.path)
        answer = _WRONG.get(fault) or self._said(port, request)
        self._remember(port, request, answer)
        self.meanwhile(f"meanwhile/{NAMES[port][0]}/{self._requests[port]}", request.url.path.endswith(_SIGN_INS))
        if fault in ("cut", "answer lost"):
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

    def _drawn(self, port: int, path: str) -> str:
        """How this request goes wrong; empty when it doesn't."""
        self._requests[port] += 1
        key = f"fault/{NAMES[port][0]}/{self._requests[port]}"
        if not self.chance.happens(key, self.likely):
            return ""
        fault = self.chance.of(f"{key}/kind").choice(_FAULTS)
        self.on_fault(key, f"{fault} {path}")
        return fault

    def _said(self, port: int, request: "httpx2.Request") -> DoubleAnswer:
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = DoubleRequest(request.method, request.url.path, query, headers, request.content)
        return self._doubles[port].answer(asked)[0]

    def _remember(self, port: int, request: "httpx2.Request", answer: DoubleAnswer) -> None:
        platform, account = NAMES[port]
        usd = self.social.billed_since() if port == X else Decimal(0)
        text_of = _TEXTS.get(f"{request.method} {request.url.path}")
        if text_of is not None and answer.status == 201:
            text = orjson.loads(request.content)[text_of]
            self.outside.posts.append(PostSeen(self.clock(), platform, text))
        address, is_post = str(request.url.raw_path, "ascii"), text_of is not None
        self.outside.requests.append(
            RequestSeen(self.clock(), platform, account, request.method, address, answer.status, usd, is_post)
        )
