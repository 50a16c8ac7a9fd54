"""What Gmail's API answers, read so that unknown and missing fields do no harm (docs/platforms.md, "Gmail's mail")."""

from dataclasses import dataclass
from datetime import UTC, datetime

from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of, texts_of
from onelane.tools.platforms.formats.records import BadLine, MessageRecord, SkippedLine
from onelane.tools.platforms.google.correspondents import correspondents
from onelane.tools.platforms.google.gmail_labels import labels_of_ids
from onelane.tools.platforms.google.gmail_messages import MailHead, message_of


@dataclass(frozen=True, slots=True)
class GmailProfile:
    """Whose mailbox it is, and how far its history has come.

    Args:
        address: the owner's, as Google writes it
        history_id: the place in the history at which the mailbox is now; empty where the answer has none
        messages_total: so many mails there are, where that is told
    """

    address: str
    history_id: str
    messages_total: int | None


@dataclass(frozen=True, slots=True)
class ListedMails:
    """A page of the list of mails, newest first.

    Args:
        ids: of the mails
        next_page_token: of the next page; empty at the end
        estimate: about how many there are in all
    """

    ids: tuple[str, ...]
    next_page_token: str
    estimate: int | None


@dataclass(frozen=True, slots=True)
class GmailHistory:
    """A page of what changed.

    Args:
        mail_ids: the mails that came, oldest first, drafts left out
        next_page_token: of the next page; empty at the end
        history_id: where the mailbox is now; empty where the answer does not say
    """

    mail_ids: tuple[str, ...]
    next_page_token: str
    history_id: str


@dataclass(frozen=True, slots=True)
class GmailMail:
    """A mail without its text: `format=metadata`.

    Args:
        mail_id: what Gmail calls it
        thread_id: its thread
        label_ids: such as SENT
        headers: as they came, names as the sender wrote them
        arrived_at: when Gmail took it
    """

    mail_id: str
    thread_id: str
    label_ids: frozenset[str]
    headers: tuple[tuple[str, str], ...]
    arrived_at: datetime | None

    @property
    def values(self) -> dict[str, str]:
        """The headers by name in lower case; of one that is repeated, the first counts."""
        return {name.lower(): value.strip() for name, value in reversed(self.headers)}

    @property
    def writers(self) -> frozenset[str]:
        """The addresses in its From, in lower case."""
        return frozenset(writer.normalized for writer in correspondents(self.values.get("from", "")))

    @property
    def head(self) -> bytes:
        """Its headers as they would stand in the mail."""
        lines = (f"{name}: {' '.join(value.splitlines())}\r\n" for name, value in self.headers)
        return "".join(lines).encode() + b"\r\n"


def read_profile(body: JsonObject) -> GmailProfile:
    """The answer of `users.getProfile`."""
    return GmailProfile(text_of(body, "emailAddress"), text_of(body, "historyId"), _number(body, "messagesTotal"))


def read_list(body: JsonObject) -> ListedMails:
    """The answer of `users.messages.list`; an empty mailbox has no `messages`."""
    ids = (text_of(each, "id") for each in objects_of(body, "messages"))
    return ListedMails(
        tuple(dict.fromkeys(filter(None, ids))), text_of(body, "nextPageToken"), _number(body, "resultSizeEstimate")
    )


def read_history(body: JsonObject) -> GmailHistory:
    """The answer of `users.history.list`; also a page that promises more may come without `history`."""
    messages = (
        object_of(each, "message")
        for change in objects_of(body, "history")
        for each in objects_of(change, "messagesAdded")
    )
    ids = (text_of(mail, "id") for mail in messages if "DRAFT" not in texts_of(mail, "labelIds"))
    return GmailHistory(
        tuple(dict.fromkeys(filter(None, ids))), text_of(body, "nextPageToken"), text_of(body, "historyId")
    )


def read_mail(body: JsonObject) -> GmailMail:
    """The answer of `users.messages.get`; what it has of the text is left where it is."""
    headers = objects_of(body, "payload", "headers")
    mail_id = text_of(body, "id")
    return GmailMail(
        mail_id=mail_id,
        thread_id=text_of(body, "threadId") or mail_id,
        label_ids=frozenset(texts_of(body, "labelIds")),
        headers=tuple((name, text_of(each, "value")) for each in headers if (name := text_of(each, "name"))),
        arrived_at=_instant(text_of(body, "internalDate")),
    )


def record_of(mail: GmailMail, line: int, own_addresses: frozenset[str]) -> MessageRecord | BadLine | SkippedLine:
    """The record of a mail.

    Args:
        mail: the mail
        line: its place among those that were asked for
        own_addresses: the owner's addresses
    """
    labels, values = labels_of_ids(mail.label_ids), mail.values
    if labels.is_draft:
        return SkippedLine(line, "a draft, never sent")
    writers = correspondents(values.get("from", ""))
    if not mail.mail_id or not writers:
        return BadLine(line, "a message without a sender that can be read", "a message without a sender")
    head = MailHead(line, mail.mail_id, mail.thread_id, values, mail.arrived_at, is_gmails_time=True)
    return message_of(head, labels, writers, own_addresses, is_sent=labels.is_sent)


def _number(body: JsonObject, key: str) -> int | None:
    text = text_of(body, key)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _instant(milliseconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
