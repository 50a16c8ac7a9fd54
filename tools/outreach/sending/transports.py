"""Transports: how what was approved reaches a server; one interface for all (docs/sequences.md, "Sending")."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from onelane.storage.platforms.accounts import Account, Transport
from onelane.tools.outreach.mail.letter import WireLetter
from onelane.tools.outreach.mail.mail_accounts import sign_in_of
from onelane.tools.outreach.mail.mail_server import tls_context
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.outreach.mail.smtp import Outcome, SmtpSession, Transmission
from onelane.tools.outreach.mail.smtp_answers import SmtpRefused
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.machine import Dial


class Carrier(Protocol):
    """Carries letters of one account, one after the other."""

    def carry(self, letter: WireLetter, *, before_final_byte: Callable[[], None]) -> Delivery:
        """Hand a letter over.

        Args:
            letter: the letter
            before_final_byte: called when all was sent but what makes the server accept it; what it raises ends the
                attempt, and nothing was accepted
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class SmtpCarrier:
    """Hands letters to a mail server over one connection, which is made when the first letter comes.

    Args:
        sign_in: how the account signs in
        timeout_seconds: so long signing in may take, and so long each stage of a letter
        dial: makes the connection
    """

    def __init__(self, sign_in: MailSignIn, *, timeout_seconds: float, dial: Dial) -> None:
        self._sign_in = sign_in
        self._dial = dial
        self._timeout_seconds = timeout_seconds
        self._session: SmtpSession | None = None

    def carry(self, letter: WireLetter, *, before_final_byte: Callable[[], None]) -> Delivery:
        """Hand a letter over; a server that has closed the connection since the last one is connected to again."""
        try:
            session = self._open_session()
        except SmtpRefused as error:
            transmission = Transmission(Outcome.NOT_SENT, error.refusal.message, error.refusal)
            return Delivery(transmission, was_reached=False)
        return Delivery(session.send(letter, before_final_dot=before_final_byte))

    def close(self) -> None:
        """Let go of the connection."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _open_session(self) -> SmtpSession:
        if self._session is not None and self._session.is_alive():
            return self._session
        self.close()
        server, key = self._sign_in.smtp, self._sign_in.key
        session = SmtpSession(server, key, timeout_seconds=self._timeout_seconds, tls=tls_context(), dial=self._dial)
        self._session = session.__enter__()
        return self._session


def _smtp(services: Services, account: Account) -> Carrier:
    sign_in = sign_in_of(services, account)
    return SmtpCarrier(sign_in, timeout_seconds=services.mail_timeout_seconds, dial=services.machine.dial)


def _gmail(services: Services, account: Account) -> Carrier:
    # Most never send by it, and need not wait for what it brings.
    from onelane.tools.outreach.sending.gmail_carrier import GmailCarrier

    return GmailCarrier(services, account)


CARRIERS: Mapping[Transport, Callable[[Services, Account], Carrier]] = MappingProxyType(
    {Transport.SMTP: _smtp, Transport.GMAIL: _gmail}
)
"""Who carries what for an account; a task is carried out by the person, so that there is nothing to transmit."""
