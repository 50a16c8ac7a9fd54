"""What the world outside saw of Onelane: it outlives every crash, and no fault of Onelane's can change it.

`Outside.letters` has each attempt at a letter whose text came in, `requests` those to platforms, `model_calls`
those to models, `addresses_fetched` each web address that was asked for, `mailbox` what lies in the person's own
mailbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from enum import StrEnum


class Dot(StrEnum):
    """How far a letter's final dot came."""

    NEVER_SEEN = "never_seen"
    """The connection was cut before it."""
    REFUSED = "refused"
    """It came in, and the server said that it does not take the letter."""
    DROPPED = "dropped"
    """It came in, and the server lost the letter without an answer."""
    KEPT_SILENTLY = "kept_silently"
    """The server has the letter; its answer never arrived."""
    KEPT = "kept"
    """The server has the letter, and said so."""


@dataclass(frozen=True, slots=True)
class LetterSeen:
    """An attempt at a letter, as the mail server saw it.

    Args:
        at: when its text came in, by the world's clock
        sender: the account's address
        recipient: who gets it
        message_id: its Message-ID
        action_id: the header that names Onelane's action; empty where it has none
        subject: its subject
        body: its plain text
        dot: how far its final dot came
        headers: all headers, by their names in lower case
        attempt: which attempt at this action it is, from 1
    """

    at: datetime
    sender: str
    recipient: str
    message_id: str
    action_id: str
    subject: str
    body: str
    dot: Dot
    headers: Mapping[str, str]
    attempt: int

    @property
    def arrived(self) -> bool:
        """Whether the server has taken it, whatever it answered."""
        return self.dot in (Dot.KEPT, Dot.KEPT_SILENTLY)


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request to a platform.

    Args:
        at: when
        platform: which
        account: whose token it bore
        method: GET or another
        address: path with query
        status: what was answered; 0 where nothing was
        usd: what the platform bills for it
        changes: whether it changes something at the platform
    """

    at: datetime
    platform: str
    account: str
    method: str
    address: str
    status: int
    usd: Decimal
    changes: bool


@dataclass(frozen=True, slots=True)
class ModelCallSeen:
    """A call of a model.

    Args:
        at: when
        run_id: the run that made it, where its text names it
        prompt: all that the model was given, as text
        answer: what it said
        usd: what it costs
    """

    at: datetime
    run_id: str | None
    prompt: str
    answer: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class MailInbox:
    """A mail in the person's own mailbox.

    Args:
        at: when it came in
        uid: its number in the folder
        folder: where it lies
        message: the mail
        kind: what the world meant by it, such as `reply`, `away`, `bounce_hard`, `unsubscribe`
        about: the recipient whose letter it is about
    """

    at: datetime
    uid: int
    folder: str
    message: EmailMessage
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class LinkVisit:
    """Somebody, or a program of theirs, opened the link to unsubscribe.

    Args:
        at: when
        method: POST is a person's button, or a mail program's one click; GET is a look, which asks for nothing
        recipient: whose letter it was
        answered: whether Onelane has answered; else it ended meanwhile
    """

    at: datetime
    method: str
    recipient: str
    answered: bool


@dataclass(frozen=True, slots=True)
class PostSeen:
    """A post that a platform has taken.

    Args:
        at: when
        platform: which
        text: what it says
    """

    at: datetime
    platform: str
    text: str


@dataclass
class Outside:
    """All that was seen from outside, in order."""

    letters: list[LetterSeen] = field(default_factory=list[LetterSeen])
    requests: list[RequestSeen] = field(default_factory=list[RequestSeen])
    model_calls: list[ModelCallSeen] = field(default_factory=list[ModelCallSeen])
    addresses_fetched: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])
    mailbox: list[MailInbox] = field(default_factory=list[MailInbox])
    visits: list[LinkVisit] = field(default_factory=list[LinkVisit])
    posts: list[PostSeen] = field(default_factory=list[PostSeen])

    @property
    def arrived(self) -> list[LetterSeen]:
        """The letters that a server has taken, in order."""
        return [each for each in self.letters if each.arrived]
