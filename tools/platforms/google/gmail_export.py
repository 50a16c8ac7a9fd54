"""Gmail's messages from a Takeout: who wrote to whom, when, in which thread. Never what a message says.

Format: docs/formats.md. A message's and a thread's id are what Gmail's API calls them (the mailbox has the same
numbers in decimal), so that an import and a later sync by API know the same messages.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contact_details import is_nobodys
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.instants import x_instant
from onelane.tools.platforms.formats.mbox import Headers, PassedOver, is_mbox, read_headers
from onelane.tools.platforms.formats.records import (
    BadLine,
    Item,
    MessageRecord,
    Owner,
    SkippedLine,
)
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.google.correspondents import correspondents
from onelane.tools.platforms.google.gmail_labels import labels_of
from onelane.tools.platforms.google.gmail_messages import MailHead, message_of
from onelane.tools.platforms.google.gmail_survey import Survey, survey

_HEADER_NAMES = frozenset({
    "from", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references", "delivered-to", "x-gm-thrid",
    "x-gmail-labels", "list-unsubscribe", "list-id", "precedence", "auto-submitted",
    "x-mozilla-status", "x-status",
})  # fmt: skip
_MOZILLA_STATUS, _EXPUNGED_BIT = re.compile(r"[0-9a-fA-F]{4}"), 0x0008
_GMAIL_NUMBER = re.compile(r"[0-9]{1,20}")


@export_format(
    "gmail_metadata",
    label="Gmail messages: who and when",
    platform="gmail",
    expectation="a mailbox (.mbox), or a Takeout zip with Mail",
    advice="At takeout.google.com choose Mail and import the zip that Google makes; a .tgz is not read, choose .zip.",
)
def look_for_messages(archive: Archive) -> Contents | None:
    """The mailboxes of a Takeout, or one by itself."""
    mailboxes = _mailboxes(archive)
    if not mailboxes:
        return None
    probe = survey(mailboxes, is_probe=True)
    owner = probe.owner
    return Contents(
        label="Gmail messages",
        platform="gmail",
        read=partial(_read, probe),
        members=tuple(mailboxes),
        owner=Owner(name=owner.name, email=owner.address, other_emails=_other_addresses(probe)) if owner else None,
    )


def _other_addresses(probe: Survey) -> tuple[str, ...]:
    """The owner's further addresses; one of them may be that of an account that sends."""
    return tuple(sorted(probe.own_addresses - ({probe.owner.normalized} if probe.owner else set())))


def _read(probe: Survey, archive: Archive) -> Iterator[Item]:
    mailboxes = _mailboxes(archive)
    # An alias may be first met far behind the mail that names it, so that the owner's addresses come first of all.
    mailbox_survey = probe if probe.is_whole else survey(mailboxes, is_probe=False)
    message_hashes: set[int] = set()
    for mailbox in mailboxes:
        for head in read_headers(mailbox, _HEADER_NAMES):
            if isinstance(head, PassedOver):
                yield SkippedLine(head.line, "part of a message that looks like the beginning of another one")
                continue
            item = _item(mailbox, head, mailbox_survey)
            if isinstance(item, MessageRecord) and len(mailboxes) > 1:
                # A Takeout by labels holds a message once per label.
                count_before = len(message_hashes)
                message_hashes.add(hash(item.message_id))
                if len(message_hashes) == count_before:
                    continue
            yield item


def _mailboxes(archive: Archive) -> list[Member]:
    return [member for member in archive.members_named(r".*\.(mbox|mbx)|[^.]+")[:MOST_LOOKED_INTO] if is_mbox(member)]


def _item(mailbox: Member, head: Headers, mailbox_survey: Survey) -> MessageRecord | BadLine | SkippedLine:
    labels = labels_of(mailbox, head.values.get("x-gmail-labels", ""))
    if not head.is_whole:
        return _bad(mailbox, head, "a message whose headers are longer than 1 MB")
    if mailbox_survey.is_draft(labels):
        return SkippedLine(head.line, "a draft, never sent")
    if _is_deleted(head):
        return SkippedLine(head.line, "deleted, but not cleared away by the mail program")
    writers = correspondents(head.values.get("from", ""))
    if not writers:
        if is_nobodys(head.values.get("from", "").rpartition("<")[2]):
            return SkippedLine(head.line, "what a mail program keeps for itself")
        return _bad(mailbox, head, "a message without a sender that can be read")
    return message_of(
        _mail_head(head), labels, writers, mailbox_survey.own_addresses, is_sent=mailbox_survey.is_sent(labels)
    )


def _bad(mailbox: Member, head: Headers, fault: str) -> BadLine:
    return BadLine(head.line, f"{mailbox.basename}: {fault}", fault)


def _is_deleted(head: Headers) -> bool:
    """Thunderbird and the programs of Unix mark what was deleted, and take it out of the file later."""
    mozilla = head.values.get("x-mozilla-status", "").strip()
    is_marked = _MOZILLA_STATUS.fullmatch(mozilla) is not None and bool(int(mozilla, 16) & _EXPUNGED_BIT)
    return is_marked or "D" in head.values.get("x-status", "")


def _mail_head(head: Headers) -> MailHead:
    message_id = _message_id(head)
    return MailHead(
        line=head.line,
        message_id=message_id,
        thread_id=_thread_id(head) or message_id,
        values=head.values,
        arrived_at=_arrived_at(head.separator),
        is_gmails_time="@xxx" in head.separator,
    )


def _message_id(head: Headers) -> str:
    number = "".join(head.separator.split()[1:2]).removesuffix("@xxx")
    if _GMAIL_NUMBER.fullmatch(number):
        return f"{int(number):x}"
    values = head.values
    substitute = ":".join([number, *(values.get(name, "") for name in ("date", "from", "to"))])
    return values.get("message-id", "").strip("<> ") or substitute


def _thread_id(head: Headers) -> str | None:
    thread = head.values.get("x-gm-thrid", "")
    if _GMAIL_NUMBER.fullmatch(thread):
        return f"{int(thread):x}"
    earlier = f"{head.values.get('references', '')} {head.values.get('in-reply-to', '')}".split()
    return earlier[0].strip("<>") if earlier else None


def _arrived_at(separator: str) -> datetime | None:
    """The separator's date. A year before the time is moved to where others have it."""
    words = separator.split()[2:]
    if len(words) == 5 and len(words[3]) == 4 and ":" in words[4]:
        words = [*words[:3], words[4], words[3]]
    return x_instant(" ".join(words))
