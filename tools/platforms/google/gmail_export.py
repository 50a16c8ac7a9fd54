"""Gmail's messages from a Takeout: who wrote to whom, when, in which thread. Never what a message says.

Format: docs/formats.md. A message's and a thread's id are what Gmail's API calls them (the mailbox has the same
numbers in decimal), so that an import and a later sync by API know the same messages.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.instants import x_instant
from onelane.tools.platforms.formats.mailboxes import is_nobodys
from onelane.tools.platforms.formats.mbox import Headers, PassedOver, is_mbox, read_headers
from onelane.tools.platforms.formats.records import (
    BadLine,
    Email,
    Item,
    MessageRecord,
    Owner,
    PersonRecord,
    Relation,
    SkippedLine,
)
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.google.correspondents import Correspondent, correspondents
from onelane.tools.platforms.google.gmail_labels import GmailLabels, labels_of
from onelane.tools.platforms.google.gmail_survey import Survey, survey

_WANTED = frozenset({
    "from", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references", "delivered-to", "x-gm-thrid",
    "x-gmail-labels", "list-unsubscribe", "list-id", "precedence", "auto-submitted",
})  # fmt: skip
_GMAIL_NUMBER = re.compile(r"[0-9]{1,20}")
_CLOCKS_APART = timedelta(days=2)
"""So much later than a mail arrived may its own date be: clocks are wrong by hours, not by years."""
_CORRESPONDENT: tuple[Relation, ...] = ("correspondent",)


@export_format(
    "gmail_metadata",
    label="Gmail messages: who and when",
    platform="gmail",
    expected="a mailbox (.mbox), or a Takeout zip with Mail",
    advice="At takeout.google.com choose Mail and import the zip that Google makes; a .tgz is not read, choose .zip.",
)
def look_for_messages(archive: Archive) -> Contents | None:
    """The mailboxes of a Takeout, or one by itself."""
    mailboxes = _mailboxes(archive)
    if not mailboxes:
        return None
    found = survey(mailboxes, is_probe=True)
    owner = found.owner
    return Contents(
        label="Gmail messages",
        platform="gmail",
        read=partial(_read, found),
        members=tuple(mailboxes),
        owner=Owner(name=owner.name, email=owner.address) if owner else None,
    )


def _read(probe: Survey, archive: Archive) -> Iterator[Item]:
    mailboxes = _mailboxes(archive)
    # An alias may be first met far behind the mail that names it, so that the owner's addresses come first of all.
    found = probe if probe.is_whole else survey(mailboxes, is_probe=False)
    seen: set[int] = set()
    for mailbox in mailboxes:
        for head in read_headers(mailbox, _WANTED):
            if isinstance(head, PassedOver):
                yield SkippedLine(head.line, "part of a message that looks like the beginning of another one")
                continue
            item = _item(mailbox, head, found)
            if isinstance(item, MessageRecord) and len(mailboxes) > 1:
                # A Takeout by labels holds a message once per label.
                known = len(seen)
                seen.add(hash(item.message_id))
                if len(seen) == known:
                    continue
            yield item


def _mailboxes(archive: Archive) -> list[Member]:
    return [member for member in archive.named(r".*\.(mbox|mbx)|mbox")[:MOST_LOOKED_INTO] if is_mbox(member)]


def _item(mailbox: Member, head: Headers, found: Survey) -> MessageRecord | BadLine | SkippedLine:
    labels = labels_of(mailbox, head.values.get("x-gmail-labels", ""))
    if not head.is_whole:
        return BadLine(head.line, f"{mailbox.basename}: a message whose headers are longer than 1 MB")
    if found.is_draft(labels):
        return SkippedLine(head.line, "a draft, never sent")
    writers = correspondents(head.values.get("from", ""))
    if not writers:
        return BadLine(head.line, f"{mailbox.basename}: a message without a sender that can be read")
    return _message(head, labels, writers, found)


def _message(head: Headers, labels: GmailLabels, writers: tuple[Correspondent, ...], found: Survey) -> MessageRecord:
    own = found.own
    is_outbound = found.is_sent(labels) or writers[0].normalized in own
    own = own | {writers[0].normalized} if is_outbound else own
    everyone: dict[str, Correspondent] = {}
    for person in (*writers, *_recipients(head)):
        if not (person.normalized in everyone and everyone[person.normalized].name):
            everyone[person.normalized] = person
    others = [person for address, person in everyone.items() if address not in own]
    people = others if is_outbound else [person for person in writers if person.normalized not in own]
    message_id = _message_id(head)
    return MessageRecord(
        line=head.line,
        platform="gmail",
        message_id=message_id,
        thread_id=_thread_id(head) or message_id,
        sent_at=_sent_at(head),
        direction="outbound" if is_outbound else "inbound",
        people=tuple(_person(head.line, person) for person in people),
        is_bulk=_is_bulk(head, labels, people),
        is_group=len(others) > 1,
        kind="message" if "Chat" in labels.names else "email",
        labels=labels.names,
    )


def _recipients(head: Headers) -> Iterator[Correspondent]:
    for name in ("to", "cc", "bcc"):
        yield from correspondents(head.values.get(name, ""))


def _person(line: int, person: Correspondent) -> PersonRecord:
    return PersonRecord(
        line=line,
        platform="gmail",
        name=person.name,
        emails=(Email(person.address, person.normalized),),
        relations=_CORRESPONDENT,
    )


def _message_id(head: Headers) -> str:
    number = "".join(head.separator.split()[1:2]).removesuffix("@xxx")
    if _GMAIL_NUMBER.fullmatch(number):
        return f"{int(number):x}"
    values = head.values
    made = ":".join([number, *(values.get(name, "") for name in ("date", "from", "to"))])
    return values.get("message-id", "").strip("<> ") or made


def _thread_id(head: Headers) -> str | None:
    thread = head.values.get("x-gm-thrid", "")
    if _GMAIL_NUMBER.fullmatch(thread):
        return f"{int(thread):x}"
    earlier = f"{head.values.get('references', '')} {head.values.get('in-reply-to', '')}".split()
    return earlier[0].strip("<>") if earlier else None


def _sent_at(head: Headers) -> datetime | None:
    """The Date header; where that is broken, or later than the mail reached Gmail, the separator's date."""
    arrived_at = _arrived_at(head.separator)
    try:
        written = parsedate_to_datetime(head.values.get("date", ""))
        moment = written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return arrived_at
    is_later = arrived_at is not None and moment - arrived_at > _CLOCKS_APART
    return arrived_at if is_later and "@xxx" in head.separator else moment


def _arrived_at(separator: str) -> datetime | None:
    """The separator's date. A year before the time is moved to where others have it."""
    words = separator.split()[2:]
    if len(words) == 5 and len(words[3]) == 4 and ":" in words[4]:
        words = [*words[:3], words[4], words[3]]
    return x_instant(" ".join(words))


def _is_bulk(head: Headers, labels: GmailLabels, people: list[Correspondent]) -> bool:
    values = head.values
    if labels.is_unwanted or "list-unsubscribe" in values or "list-id" in values:
        return True
    if values.get("precedence", "").lower() in {"bulk", "list", "junk"}:
        return True
    if values.get("auto-submitted", "no").lower().split(";")[0].strip() != "no":
        return True
    return bool(people) and all(is_nobodys(person.normalized) for person in people)
