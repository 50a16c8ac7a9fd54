"""A letter: what is sent by e-mail, byte for byte the same on every attempt (docs/mail.md, "Letters")."""

import re
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.quoprimime import body_encode
from email.utils import format_datetime
from urllib.parse import quote

from onelane.tools.outreach.mail.header_text import (
    address_line,
    is_message_id,
    message_ids,
    one_line,
    text_line,
    wire_address,
    words_line,
)
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.vault import Vault

ACTION_HEADER = "X-Onelane-Action"
_SEVEN_BIT = SMTP.clone(cte_type="7bit")
_LONGEST_LINE = 78
_CHANCE_CHARS = 16
"""So many characters of a Message-ID nobody can guess."""
_LOOKED_AT = 10
"""By so many lines the library chooses how a text is encoded."""
_MOST_REFERENCES = 20
_REPLY = re.compile(r"(?i)\s*re\s*(?:\[\d+\])?\s*:")


class BadLetter(BadRequest):
    """This can't be sent as an e-mail. Correct the address, then try again."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to one person.

    Args:
        action_id: the outbound action
        message_id: see `new_message_id`; the same on every attempt
        date: the instant of the first attempt
        from_address: the account's address
        sender_name: who writes
        to_address: whom it goes to
        to_name: their name, if it shall stand there
        subject: the subject; follow-ups have that of `reply_subject`
        text: the plain text
        html: the same with markup, if there is any
        in_reply_to: the id of the letter that this one follows
        references: the ids of all earlier letters, oldest first
        thread_id: what the server calls the thread of the earlier letters, where it has a name for it
        unsubscribe_token: names the recipient for whoever holds the key; None for letters that need no way out
        public_url: where the server is reached from outside, if it is
    """

    action_id: str
    message_id: str
    date: datetime
    from_address: str
    sender_name: str | None
    to_address: str
    subject: str
    text: str
    to_name: str | None = None
    html: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread_id: str | None = None
    unsubscribe_token: str | None = None
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class WireLetter:
    """A letter as it is handed to a mail server.

    Args:
        sender: the envelope's sender
        recipient: the envelope's recipient
        content: header and body in 7-bit lines that end with CRLF, unless an address needs more
        thread_id: see `Letter`
    """

    sender: str
    recipient: str
    content: bytes
    thread_id: str | None = None

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the server must know SMTPUTF8, because an address is not ASCII."""
        return not (self.sender.isascii() and self.recipient.isascii())


def new_message_id(action_id: str, from_address: str, chance: str) -> str:
    """The Message-ID of an action's letter, at the sender's own domain.

    Args:
        action_id: the outbound action
        from_address: the account's address
        chance: letters and digits that nobody can guess

    Raises:
        BadLetter: the sender's address is none
    """
    domain = _address(from_address).rpartition("@")[2]
    return f"<{action_id}.{chance}@{domain}>"


def letter_chance(vault: Vault, action_id: str) -> str:
    """What makes the Message-ID of an action's letter one that only this home can have made."""
    return vault.token(f"letter {action_id}")[:_CHANCE_CHARS]


def is_own_letter(vault: Vault, message_id: str) -> bool:
    """Whether this home made a letter with this Message-ID, also where its action is in no row any more."""
    action_id = action_id_of(message_id)
    return action_id is not None and message_id.startswith(f"<{action_id}.{letter_chance(vault, action_id)}@")


def action_id_of(message_id: str) -> str | None:
    """The action whose letter has this Message-ID; None where we did not make it."""
    match = re.fullmatch(r"<([a-z]+_[0-9a-v]+)\.[0-9A-Za-z_-]+@[^<>\s@]+>", message_id)
    return None if match is None else match[1]


def reply_subject(first_subject: str) -> str:
    """The subject of a follow-up: that of the first letter after `Re: `, so that it stays in the thread."""
    subject = one_line(first_subject)
    return subject if _REPLY.match(subject) else f"Re: {subject}"


def to_wire(letter: Letter) -> WireLetter:
    """The letter as it goes out.

    Raises:
        BadLetter: an address or the Message-ID can't stand in a header
    """
    # The headers are written here and not by the library's folding, which encodes ids that are longer than a line.
    head = "\r\n".join([*_headers(letter), ""])
    return WireLetter(
        sender=_address(letter.from_address),
        recipient=_address(letter.to_address),
        content=head.encode() + (_plain_body(letter) or _body(letter).as_bytes(policy=_SEVEN_BIT)),
        thread_id=letter.thread_id,
    )


def unsubscribe_addresses(from_address: str, token: str, public_url: str | None) -> list[str]:
    """Where a recipient unsubscribes: by mail always, with a click where the server has an https address."""
    by_mail = f"mailto:{quote(_address(from_address), safe='@')}?subject=unsubscribe%20{token}"
    if public_url is None or not public_url.startswith("https://"):
        return [by_mail]
    return [by_mail, f"{public_url.rstrip('/')}/u/{token}"]


def _headers(letter: Letter) -> Iterator[str]:
    if not is_message_id(letter.message_id):
        raise BadLetter(f"{letter.message_id!r} is no Message-ID.")
    yield words_line("Message-ID", [letter.message_id])
    yield f"Date: {format_datetime(letter.date.astimezone(UTC))}"
    yield address_line("From", _address(letter.from_address), letter.sender_name)
    yield address_line("To", _address(letter.to_address), letter.to_name)
    yield text_line("Subject", letter.subject)
    yield f"{ACTION_HEADER}: {one_line(letter.action_id)}"
    yield from _thread_headers(letter)
    yield from _unsubscribe_headers(letter)


def _thread_headers(letter: Letter) -> Iterator[str]:
    # Ids of others come from their mail: only what is one may stand here.
    earlier = [*letter.references, letter.in_reply_to or ""]
    ids = message_ids(" ".join(earlier))
    if letter.in_reply_to and is_message_id(letter.in_reply_to):
        yield words_line("In-Reply-To", [letter.in_reply_to])
    if ids:
        yield words_line("References", [ids[0], *ids[1:][-(_MOST_REFERENCES - 1) :]])


def _unsubscribe_headers(letter: Letter) -> Iterator[str]:
    if letter.unsubscribe_token is None:
        return
    ways = unsubscribe_addresses(letter.from_address, letter.unsubscribe_token, letter.public_url)
    addresses = ",\r\n ".join(f"<{way}>" for way in ways)
    yield f"List-Unsubscribe: {addresses}"
    if len(ways) > 1:
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _plain_body(letter: Letter) -> bytes | None:
    """What `_body` gives for a plain text, byte for byte and in a fraction of its time; None where it has to be asked.

    The library parses the headers again that it has just written, for each letter.
    """
    text = _lines(letter.text).encode()
    lines = text.splitlines()
    if letter.html is not None:
        return None
    if max(map(len, lines), default=0) <= _LONGEST_LINE and text.isascii():
        return _with_head("7bit", b"\r\n".join(lines) + b"\r\n")
    first = b"\r\n".join(lines[:_LOOKED_AT]) + b"\r\n"
    encoded = body_encode(first.decode("latin-1"), _LONGEST_LINE)
    if len(encoded) > len(b2a_base64(first)):
        return None
    if len(lines) > _LOOKED_AT:
        encoded = body_encode(b"".join(line + b"\n" for line in lines).decode("latin-1"), _LONGEST_LINE)
    return _with_head("quoted-printable", re.sub(rb"\r?\n", b"\r\n", encoded.encode()))


def _with_head(encoding: str, body: bytes) -> bytes:
    head = f'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}'
    return f"{head}\r\n\r\n".encode() + body


def _body(letter: Letter) -> EmailMessage:
    body = EmailMessage(policy=_SEVEN_BIT)
    body["MIME-Version"] = "1.0"
    body.set_content(_lines(letter.text))
    if letter.html is not None:
        body.add_alternative(_lines(letter.html), subtype="html")
        body.set_boundary(_boundary(letter, body))
    return body


def _boundary(letter: Letter, body: EmailMessage) -> str:
    """A boundary that stands in no part, and is the same on every attempt."""
    parts = b"".join(part.as_bytes(policy=_SEVEN_BIT) for part in body.iter_parts())
    boundary = f"=_{one_line(letter.action_id)[:40]}"
    while boundary.encode() in parts:
        boundary += "_"
    return boundary


def _lines(text: str) -> str:
    """A text with plain line ends, and without what no mail may hold."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return plain.encode(errors="replace").decode()


def _address(address: str) -> str:
    wire = wire_address(address)
    if wire is None:
        raise BadLetter(f"{one_line(address)[:100]!r} is no address that a letter can have.")
    return wire
