"""What is known of a mail that came in: its head, its own text and what it reports, read from its bytes once.

Nothing else of a mail is kept, and what it is can be judged again from these facts (docs/mail.md, "What an answer is").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from typing import Any, cast

from onelane.tools.outreach.mail.header_text import message_ids, one_line
from onelane.tools.outreach.mail.letter import ACTION_HEADER
from onelane.tools.outreach.mail.own_text import decoded, own_text
from onelane.tools.platforms.formats.instants import header_instant

MOST_BYTES = 256 << 10
"""So much of a mail is read; what follows are attachments."""
READ_HEADERS = (
    "auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress", "precedence", "return-path",
    "x-failed-recipients", "list-id", "list-unsubscribe",
)  # fmt: skip
"""The headers that classifying reads, beside those that have a column."""
_DELIVERY_STATUS = ("message/delivery-status", "message/global-delivery-status")
_MOST_HEADER_CHARS, _MOST_ADDRESSES, _MOST_REPORTED = 1000, 50, 50
_LINES = re.IGNORECASE | re.MULTILINE
_RETURNED_ID = re.compile(r"^[>\s]*(?:message-id|x-original-message-id)\s*:\s*(<[^<>\s]{3,250}>)", _LINES)
_RETURNED_ACTION = re.compile(rf"^[>\s]*{ACTION_HEADER}\s*:\s*([a-z]+_[0-9a-z]{{5,60}})\b", _LINES)
_DAEMON = re.compile(
    r"(?i)^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|microsoftexchange[0-9a-f]{8,}|bounces?)\b"
)


@dataclass(frozen=True, slots=True)
class Reported:
    """What a delivery report says of one recipient."""

    address: str
    action: str
    status: str
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail reports about another one, as far as it does.

    Args:
        kind: the report's type: delivery-status, feedback-report, disposition-notification, or what a calendar's
            answer is: calendar
        recipients: what became of each recipient
        returned_ids: the Message-IDs of the mail that comes back
        returned_action: our own header of it
        feedback_type: of a complaint: abuse, fraud, not-spam...
        guessed_failed: whom a text that no standard describes seems to report as failed
        guessed_delayed: the same as late
    """

    kind: str = ""
    recipients: tuple[Reported, ...] = ()
    returned_ids: tuple[str, ...] = ()
    returned_action: str | None = None
    feedback_type: str = ""
    guessed_failed: tuple[str, ...] = ()
    guessed_delayed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What is kept of it: only what it has."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Report":
        """The report that was kept."""
        recipients = tuple(Reported(**each) for each in kept.get("recipients", ()))
        lists = {name: tuple(kept.get(name, ())) for name in ("returned_ids", "guessed_failed", "guessed_delayed")}
        return cls(
            kind=kept.get("kind", ""),
            recipients=recipients,
            returned_action=kept.get("returned_action"),
            feedback_type=kept.get("feedback_type", ""),
            **lists,
        )


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What is known of a mail that came in."""

    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    from_address: str | None = None
    to_addresses: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    own_text: str = ""
    report: Report = field(default_factory=Report)

    @property
    def earlier_ids(self) -> tuple[str, ...]:
        """All ids that it names: what it answers, the thread, and the mail that comes back with it."""
        answered = () if self.in_reply_to is None else (self.in_reply_to,)
        return tuple(dict.fromkeys((*answered, *reversed(self.references), *self.report.returned_ids)))

    @property
    def is_from_daemon(self) -> bool:
        """Whether a mail server wrote it."""
        return self.headers.get("return-path", "").strip() == "<>" or bool(_DAEMON.match(self.from_address or ""))


def read_head(content: bytes) -> MailFacts:
    """What the head of a mail tells, without its text: enough to see whether it may concern us."""
    head = content[:MOST_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _facts_of_head(message_from_bytes(head + b"\n\n"))


def read_mail(content: bytes) -> MailFacts:
    """The facts of a mail, however it is damaged.

    Args:
        content: the mail; of a long one the beginning
    """
    try:
        message = message_from_bytes(content[:MOST_BYTES])
        head = _facts_of_head(message)
        return _with_body(message, head)
    except RecursionError:
        # Parts in parts in parts, a thousand deep: nobody wrote that, but its head still tells who it is from.
        return read_head(content)


def _facts_of_head(message: Message) -> MailFacts:
    own_id = next(iter(message_ids(_header(message, "message-id"))), None)
    answered = message_ids(_header(message, "in-reply-to"))
    named = ((name, _header(message, name)) for name in READ_HEADERS)
    return MailFacts(
        message_id=own_id,
        in_reply_to=answered[0] if answered else None,
        references=tuple(message_ids(_whole(message, "references")))[-_MOST_REPORTED:],
        from_address=next(iter(_addresses(message, "from")), None),
        to_addresses=tuple(
            dict.fromkeys(address for name in ("to", "cc", "delivered-to") for address in _addresses(message, name))
        )[:_MOST_ADDRESSES],
        subject=_text(_header(message, "subject")),
        sent_at=_instant(_header(message, "date")),
        headers={name: value for name, value in named if value},
        report=Report(kind=_report_kind(message)),
    )


def _with_body(message: Message, head: MailFacts) -> MailFacts:
    report = _report(message, head)
    return MailFacts(
        message_id=head.message_id,
        in_reply_to=head.in_reply_to,
        references=head.references,
        from_address=head.from_address,
        to_addresses=head.to_addresses,
        subject=head.subject,
        sent_at=head.sent_at,
        headers=head.headers,
        own_text=own_text(message),
        report=report,
    )


def _report(message: Message, head: MailFacts) -> Report:
    # A person may well pass a report on: it is one only where a mail server wrote it.
    kind = _report_kind(message) or _kind_by_parts(message, is_from_daemon=head.is_from_daemon)
    recipients = tuple(_recipients(message))[:_MOST_REPORTED] if kind == "delivery-status" else ()
    failed, delayed = _guessed(message) if head.is_from_daemon and not recipients else ((), ())
    concerns_another = head.is_from_daemon or kind in ("delivery-status", "feedback-report", "disposition-notification")
    returned = "\n".join(_returned(message)) if concerns_another else ""
    action = _RETURNED_ACTION.search(returned)
    return Report(
        kind=kind,
        recipients=recipients,
        returned_ids=tuple(dict.fromkeys(_RETURNED_ID.findall(returned)))[:_MOST_REPORTED],
        returned_action=None if action is None else action[1],
        feedback_type=_feedback_type(message) if kind == "feedback-report" else "",
        guessed_failed=failed,
        guessed_delayed=delayed,
    )


def _report_kind(message: Message) -> str:
    if message.get_content_type() != "multipart/report":
        return ""
    kind = message.get_param("report-type", "")
    return kind.lower() if isinstance(kind, str) else ""


def _kind_by_parts(message: Message, *, is_from_daemon: bool) -> str:
    """What a mail reports that does not say so in its head."""
    for part in message.walk():
        content_type = part.get_content_type()
        if content_type in _DELIVERY_STATUS and is_from_daemon:
            return "delivery-status"
        if content_type == "text/calendar":
            return "calendar"
    return ""


def _recipients(message: Message) -> Iterator[Reported]:
    for part in message.walk():
        if part.get_content_type() not in _DELIVERY_STATUS:
            continue
        for block in _blocks(part):
            address = _after_type(_header(block, "final-recipient") or _header(block, "original-recipient"))
            if address:
                yield Reported(
                    address=_normalized(address),
                    action=_header(block, "action").split("(")[0].strip().lower()[:20],
                    status="".join(_header(block, "status").split()[:1])[:12],
                    diagnostic=one_line(_header(block, "diagnostic-code"))[:300],
                )


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a report, which the parser reads as messages."""
    payload: object = part.get_payload()
    blocks = cast("list[object]", payload) if isinstance(payload, list) else []
    return [block for block in blocks if isinstance(block, Message)]


def _after_type(field_value: str) -> str:
    return field_value.partition(";")[2].strip() or field_value.strip()


def _returned(message: Message) -> Iterator[str]:
    """All texts in which the head of the mail that comes back may stand."""
    for part in message.walk():
        if part.get_content_maintype() == "message" or part is not message:
            yield "\n".join(f"{name}: {value}" for name, value in part.items())
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers", "text/plain"):
            yield decoded(part)


def _feedback_type(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            fields = next(iter(_blocks(part)), part)
            if _header(fields, "feedback-type"):
                return _header(fields, "feedback-type").lower()
            found = re.search(r"(?im)^feedback-type:\s*([\w-]+)", decoded(part))
            return "abuse" if found is None else found[1].lower()
    return "abuse"


def _guessed(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whom a mail server's own words seem to report as failed, and as late."""
    from flufl.bounce import all_failures  # pyright: ignore[reportUnknownVariableType] - its argument has no type

    try:
        late, failed = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return (), ()  # a mail that is damaged so that the heuristics stumble
    return tuple(map(_normalized, _plain(failed))), tuple(map(_normalized, _plain(late)))


def _plain(addresses: frozenset[bytes]) -> list[str]:
    return sorted(address.decode(errors="replace") for address in addresses)[:_MOST_REPORTED]


def _addresses(message: Message, name: str) -> list[str]:
    written = _text(_whole(message, name))
    try:
        pairs = getaddresses([written])
    except (RecursionError, IndexError, ValueError):
        return []  # comments inside of comments, a thousand deep
    return [_normalized(address) for _, address in pairs[:_MOST_ADDRESSES] if "@" in address]


def _normalized(address: str) -> str:
    return one_line(address).strip("<> ").lower()[:320]


def _header(message: Message, name: str) -> str:
    return _whole(message, name)[:_MOST_HEADER_CHARS]


def _whole(message: Message, name: str) -> str:
    """A header as it stands, on one line; of a repeated one the first."""
    values = (str(value) for header, value in message.raw_items() if header.lower() == name)
    # A head should be ASCII; what is not, was meant as UTF-8 or as Windows-1252.
    raw = next(values, "").replace("\0", "").encode(errors="surrogateescape")
    try:
        written = raw.decode()
    except UnicodeDecodeError:
        written = raw.decode("cp1252", errors="replace")
    return " ".join(written.split())[: 1 << 14]


def _text(header: str) -> str:
    """A header with its encoded words decoded (RFC 2047)."""
    if "=?" not in header:
        return one_line(header)
    try:
        parts = decode_header(header)
    except (HeaderParseError, ValueError):
        return one_line(header)
    return one_line("".join(_word(content, charset) for content, charset in parts))


def _word(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode(charset or "utf-8", errors="replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", errors="replace")


def _instant(header: str) -> datetime | None:
    moment = header_instant(header)
    return moment if moment is not None and moment.year >= 1971 else None
