"""Google as a double: an address book, a mailbox, and who is signed in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, for_signed_in
from onelane.server.cli.doubles.gmail import Mailbox
from onelane.server.cli.doubles.google_errors import google_error
from onelane.server.cli.doubles.google_people import AddressBook

_REFUSED = google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "authError")


@dataclass
class Google:
    """One person at Google.

    Args:
        book: the address book
        mailbox: the mails
        knows: whether an access token is good
    """

    book: AddressBook = field(default_factory=AddressBook)
    mailbox: Mailbox = field(default_factory=Mailbox)
    knows: Callable[[str], bool] = lambda token: True

    def double(self) -> Double:
        """What answers in Google's name."""
        routes = {**self.book.routes, **self.mailbox.routes, "GET /v1/userinfo": self._userinfo}
        return Double(for_signed_in(routes, self.knows, _REFUSED), refused=_REFUSED)

    def _userinfo(self, request: DoubleRequest) -> DoubleAnswer:
        return DoubleAnswer(200, {"sub": "100000000000000000001", "name": "Me Owner", "email": self.mailbox.owner})
