"""Answers in a mailbox file: its heads are looked through, and only what may concern us is read."""

from collections.abc import Iterator
from pathlib import Path

from onelane.storage.database.engine import Database
from onelane.storage.outreach import correspondence
from onelane.tools.outreach.inbound.inbound import concerning
from onelane.tools.outreach.mail.mail_facts import MOST_BYTES, READ_HEADERS, MailFacts, read_head, read_mail
from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.mbox import Headers, is_mbox, read_headers
from onelane.tools.platforms.formats.mbox_messages import LineRange, read_messages
from onelane.tools.registry.gate.vault import Vault

HEADS_AT_ONCE, MAILS_AT_ONCE = 1000, 50
_WANTED = frozenset({
    "from", "to", "cc", "delivered-to", "subject", "date", "message-id", "in-reply-to", "references", "content-type",
    *READ_HEADERS,
})  # fmt: skip


def read_answers(database: Database, vault: Vault, path: Path) -> Iterator[list[MailFacts]]:
    """The mails of an export that may concern us, some dozens at once, in an order that depends on the file alone.

    Args:
        database: knows who was written to
        vault: knows the tokens of unsubscribing
        path: a mailbox, or a zip or folder with some
    """
    with database.read() as session:
        if not correspondence.has_anything_left(session):
            return
    with Archive(path) as archive:
        for mailbox in _mailboxes(archive):
            ranges = _ranges(database, vault, mailbox)
            messages = read_messages(mailbox, ranges, most_bytes=MOST_BYTES)
            yield from _some_at_once(messages)


def _mailboxes(archive: Archive) -> list[Member]:
    return [member for member in archive.members_named(r".*\.(mbox|mbx)|mbox")[:MOST_LOOKED_INTO] if is_mbox(member)]


def _ranges(database: Database, vault: Vault, mailbox: Member) -> list[LineRange]:
    """Where the mails stand that may concern us."""
    starts: list[int] = []
    flags: list[bool] = []
    heads: list[MailFacts] = []
    for head in read_headers(mailbox, _WANTED):
        if not isinstance(head, Headers):
            continue
        starts.append(head.line)
        heads.append(_facts(head))
        if len(heads) == HEADS_AT_ONCE:
            flags += _concerning(database, vault, heads)
            heads = []
    flags += _concerning(database, vault, heads)
    ends = [*starts[1:], None]
    return [(start, end) for start, end, is_ours in zip(starts, ends, flags, strict=True) if is_ours]


def _concerning(database: Database, vault: Vault, heads: list[MailFacts]) -> list[bool]:
    with database.read() as session:
        return concerning(session, vault, heads)


def _facts(head: Headers) -> MailFacts:
    lines = [f"{name}: {value}" for name, value in head.values.items()]
    return read_head("\n".join(lines).encode(errors="replace") + b"\n\n")


def _some_at_once(messages: Iterator[bytes]) -> Iterator[list[MailFacts]]:
    page: list[MailFacts] = []
    for message in messages:
        page.append(read_mail(message))
        if len(page) == MAILS_AT_ONCE:
            yield page
            page = []
    if page:
        yield page
