"""Sends by Gmail's API, as an account that signs in at Google (docs/mail.md, "Gmail's API")."""

from collections.abc import Callable

from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.storage.platforms.accounts import Account
from onelane.tools.outreach.mail.header_text import one_line
from onelane.tools.outreach.mail.letter import WireLetter
from onelane.tools.outreach.mail.smtp import Outcome, Transmission
from onelane.tools.outreach.mail.smtp_answers import Refusal
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.platforms.google.gmail_answers import GmailMail
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    NothingLeft,
    NothingThere,
    OurFault,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
)
from onelane.tools.registry.context import Services

_UNCERTAIN = (AgainNow, UnreadableAnswer)
"""After these nobody knows whether Gmail has taken a letter."""
_MEANS: dict[type[PlatformFailure], ErrorClass] = {
    AgainAt: ErrorClass.QUOTA,
    SignInAgain: ErrorClass.SIGNED_OUT,
    PersonMustAct: ErrorClass.BLOCKED,
    OurFault: ErrorClass.REFUSED,
}


class GmailCarrier:
    """Hands letters to Gmail, each with one request.

    Args:
        services: the database, the vault, and where Gmail's API is
        account: as which account
    """

    def __init__(self, services: Services, account: Account) -> None:
        self._client = account_client(services, account, services.online.settings.google_api_url)
        self._gmail = GmailClient(self._client)

    def carry(self, letter: WireLetter, *, before_final_byte: Callable[[], None]) -> Delivery:
        """Hand a letter over; it is whole with its first byte, so that Gmail is seen to answer before it is marked."""
        silence = self._silence()
        if silence is not None:
            return Delivery(_not_sent(silence), was_reached=False)
        before_final_byte()
        try:
            receipt = self._send(letter)
        except NothingLeft as failure:
            return Delivery(_not_sent(failure))
        except _UNCERTAIN as failure:
            why = "Gmail did not answer" if isinstance(failure, AgainNow) else "Gmail's answer can't be read"
            return Delivery(Transmission(Outcome.UNCERTAIN, f"{why}, so that nobody knows whether it has gone."))
        except PlatformFailure as failure:
            return Delivery(_not_sent(failure))
        if not receipt.mail_id:
            return Delivery(Transmission(Outcome.UNCERTAIN, "Gmail took the letter and does not say its id."))
        return Delivery(Transmission(Outcome.SENT, receipt.mail_id), thread_id=receipt.thread_id)

    def _silence(self) -> PlatformFailure | None:
        """Why Gmail does not answer; None when it does."""
        try:
            self._gmail.profile()
        except PersonMustAct:
            return None  # it answers, and need not let us see whose it is
        except PlatformFailure as failure:
            return failure
        return None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _send(self, letter: WireLetter) -> GmailMail:
        try:
            return self._gmail.send(letter.content, thread_id=letter.thread_id or "")
        except NothingThere:
            if letter.thread_id is None:
                raise
        # The person has deleted the thread. By its headers the letter still follows the earlier ones.
        return self._gmail.send(letter.content)


def _not_sent(failure: PlatformFailure) -> Transmission:
    message = one_line(failure.message)
    means = next((means for kind, means in _MEANS.items() if isinstance(failure, kind)), ErrorClass.RETRY_LATER)
    return Transmission(Outcome.NOT_SENT, message, Refusal(means, message))
