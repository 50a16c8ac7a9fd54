"""Looks whether an account works: signs in, sends a message to itself, and reads what its own server says of it."""

from collections.abc import Callable
from datetime import datetime

from onelane.tools.outreach.mail.authentication import Authentication, authentication_of
from onelane.tools.outreach.mail.imap import ImapFailed, ImapSession
from onelane.tools.outreach.mail.letter import Letter, new_message_id, to_wire
from onelane.tools.outreach.mail.mail_accounts import NotSignedIn
from onelane.tools.outreach.mail.mail_server import tls_context
from onelane.tools.outreach.mail.providers import provider_of
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.outreach.mail.smtp import Outcome, SmtpSession
from onelane.tools.outreach.mail.smtp_answers import SmtpRefused
from onelane.tools.registry.result import Result

LOOKS = 20
"""So often the mailbox is looked into for the message."""


class AccountChecked(Result):
    """What came of checking an account."""

    id: str
    address: str
    smtp: bool
    imap: bool | None
    """Null where answers come by import only."""
    arrived: bool | None
    """Whether the message to itself arrived while we waited; null where nobody could look."""
    authentication: Authentication | None

    def text(self) -> str:
        """What is right and what is not, a line each."""
        lines = [f"{self.address}: sending works."]
        if self.imap is None:
            lines.append("No IMAP server is known, so look yourself whether the message arrived.")
        elif not self.arrived:
            lines.append("The mailbox opens, and the message to yourself has not arrived yet. Look again later.")
        else:
            lines.append("The message to yourself arrived.")
        if self.authentication is not None:
            lines += _about(self.authentication)
        return "\n".join(lines)


def check_account(
    account_id: str,
    address: str,
    sign_in: MailSignIn,
    *,
    now: datetime,
    chance: str,
    timeout_seconds: float,
    wait: Callable[[], object],
) -> AccountChecked:
    """Send a message to the account's own address and look for it.

    Args:
        account_id: the account
        address: its address
        sign_in: how it signs in
        now: the current instant
        chance: letters and digits that nobody can guess
        timeout_seconds: so long a server may take
        wait: waits between two looks

    Raises:
        NotSignedIn: a server lets it not in, or does not take the message
    """
    letter = _letter(address, now, chance)
    tls = tls_context()
    try:
        with SmtpSession(sign_in.smtp, sign_in.key, timeout_seconds=timeout_seconds, tls=tls) as smtp:
            transmission = smtp.send(to_wire(letter), before_final_dot=lambda: None)
        if transmission.outcome is not Outcome.SENT:
            raise NotSignedIn(f"The server did not take a message to {address} itself: {transmission.answer}")
        if sign_in.imap is None:
            return AccountChecked(
                id=account_id, address=address, smtp=True, imap=None, arrived=None, authentication=None
            )
        with ImapSession(sign_in.imap, sign_in.key, timeout_seconds=timeout_seconds, tls=tls) as imap:
            head = _await_arrival(imap, letter, wait)
    except (SmtpRefused, ImapFailed) as error:
        provider = provider_of(address, sign_in.smtp.host)
        raise NotSignedIn(f"{error} {'' if provider is None else provider.advice}".strip()) from error
    return AccountChecked(
        id=account_id,
        address=address,
        smtp=True,
        imap=True,
        arrived=head is not None,
        authentication=None if head is None else authentication_of(head),
    )


def _letter(address: str, now: datetime, chance: str) -> Letter:
    return Letter(
        action_id=f"check_{chance}",
        message_id=new_message_id(f"check_{chance}", address, chance),
        date=now,
        from_address=address,
        sender_name="Onelane",
        to_address=address,
        subject="Onelane checks this account",
        text="Onelane sent this message to yourself, to see that sending and reading work. You can delete it.\n",
        unsubscribe_token=chance,
        # Only so that both headers are there: whether they are signed is what is looked for.
        public_url="https://onelane.invalid",
    )


def _await_arrival(imap: ImapSession, letter: Letter, wait: Callable[[], object]) -> bytes | None:
    for look in range(LOOKS):
        if look:
            wait()
        for folder in imap.inbound_folders():
            head = imap.find_head(folder, letter.action_id)
            if head is not None:
                return head
    return None


def _about(authentication: Authentication) -> list[str]:
    names = {"SPF": authentication.spf, "DKIM": authentication.dkim, "DMARC": authentication.dmarc}
    text = ", ".join(f"{name} {word}" for name, word in names.items() if word)
    lines = [f"Its own server says: {text}." if text else "Its own server says nothing of SPF, DKIM and DMARC."]
    if authentication.dkim_covers_unsubscribe is False:
        lines.append("The signature leaves out List-Unsubscribe, so that receivers don't offer it with one click.")
    return lines
