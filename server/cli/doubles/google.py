"""Google as a double: an address book, a mailbox, and people who sign in and untick what they like."""

from collections.abc import Callable
from dataclasses import dataclass, field

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, Handler, for_signed_in
from onelane.server.cli.doubles.gmail import Mailbox
from onelane.server.cli.doubles.google_errors import google_error
from onelane.server.cli.doubles.google_people import AddressBook
from onelane.server.cli.doubles.sign_in import SignIn

_REFUSED = google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "authError")
_LACKS_SCOPE = google_error(
    403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
)
_READS_MAIL = ("gmail.metadata", "gmail.readonly")
_SENDS = ("gmail.send", "gmail.compose")


@dataclass
class Google:
    """One person at Google.

    Args:
        book: the address book
        mailbox: the mails
        sign_in: how the person signs in; None where every token is good for everything
        knows: whether an access token is good, where nobody signs in
    """

    book: AddressBook = field(default_factory=AddressBook)
    mailbox: Mailbox = field(default_factory=Mailbox)
    sign_in: SignIn | None = None
    knows: Callable[[str], bool] = lambda token: True

    def double(self) -> Double:
        """What answers in Google's name."""
        api = {**self.book.routes, **self.mailbox.routes, "GET /v1/userinfo": self._userinfo}
        if self.sign_in is None:
            return Double(for_signed_in(api, self.knows, _REFUSED), refused=_REFUSED)
        scoped_routes = {route: self._check_scope(self.sign_in, route, answer) for route, answer in api.items()}
        routes = for_signed_in(scoped_routes, self.sign_in.knows, _REFUSED)
        return Double({**routes, **self.sign_in.routes}, refused=_REFUSED, complaints=self.sign_in.complaints)

    def _check_scope(self, sign_in: SignIn, route: str, answer: Handler) -> Handler:
        scopes = _scopes_of(route)

        def check(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            granted_scopes = {scope.rpartition("/")[2] for scope in sign_in.granted(request) or ()}
            return answer(request, **parts) if granted_scopes.intersection(scopes) else _LACKS_SCOPE

        return check

    def _userinfo(self, request: DoubleRequest) -> DoubleAnswer:
        return DoubleAnswer(200, {"sub": "100000000000000000001", "name": "Me Owner", "email": self.mailbox.owner})


def _scopes_of(route: str) -> tuple[str, ...]:
    """One of these scopes, without the address in front of them, lets a request in."""
    if "/v1/people/" in route:
        return ("contacts.readonly",)
    if "otherContacts" in route:
        return ("contacts.other.readonly",)
    if "/profile" in route:
        return (*_READS_MAIL, "gmail.compose")
    if "/gmail/" in route:
        return _SENDS if route.startswith("POST") else _READS_MAIL
    return ("openid", "email")
