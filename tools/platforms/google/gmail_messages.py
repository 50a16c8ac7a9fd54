"""A mail of Gmail's as a record; the same mail gives the same record from a mailbox file and from the API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.tools.platforms.formats.contact_details import is_nobodys
from onelane.tools.platforms.formats.instants import header_instant
from onelane.tools.platforms.formats.records import Email, MessageRecord, PersonRecord, Relation
from onelane.tools.platforms.google.correspondents import Correspondent, correspondents
from onelane.tools.platforms.google.gmail_labels import GmailLabels

_CLOCKS_APART = timedelta(days=2)
"""So much later than a mail arrived may its own date be: clocks are wrong by hours, not by years."""
_CORRESPONDENT: tuple[Relation, ...] = ("correspondent",)
_FIRST_YEAR = 1982
"""Mail is no older than RFC 822; a clock that was never set says 1970 or 1980."""


@dataclass(frozen=True, slots=True)
class MailHead:
    """What is known of a mail without its text.

    Args:
        line: where it stands
        message_id: what Gmail calls it, in hexadecimal
        thread_id: the same for its thread
        values: its headers, by name in lower case
        arrived_at: when it came
        is_gmails_time: whether Gmail itself says when it came, and not some other program
    """

    line: int
    message_id: str
    thread_id: str
    values: Mapping[str, str]
    arrived_at: datetime | None
    is_gmails_time: bool


def message_of(
    head: MailHead,
    labels: GmailLabels,
    writers: tuple[Correspondent, ...],
    own_addresses: frozenset[str],
    *,
    is_sent: bool,
) -> MessageRecord:
    """The record of a mail.

    Args:
        head: the mail
        labels: its labels
        writers: who stands in its From
        own_addresses: the owner's addresses
        is_sent: whether its labels say that the owner sent it
    """
    is_outbound = is_sent or writers[0].normalized in own_addresses
    own_addresses = own_addresses | {writers[0].normalized} if is_outbound else own_addresses
    people_by_address: dict[str, Correspondent] = {}
    for person in (*writers, *_recipients(head)):
        if not (person.normalized in people_by_address and people_by_address[person.normalized].name):
            people_by_address[person.normalized] = person
    other_people = [person for address, person in people_by_address.items() if address not in own_addresses]
    people = other_people if is_outbound else [person for person in writers if person.normalized not in own_addresses]
    return MessageRecord(
        line=head.line,
        platform="gmail",
        message_id=head.message_id,
        thread_id=head.thread_id,
        sent_at=_sent_at(head),
        direction="outbound" if is_outbound else "inbound",
        people=tuple(_person(head.line, person) for person in people),
        is_bulk=_is_bulk(head, labels, people),
        is_group=len(other_people) > 1,
        kind="message" if "Chat" in labels.names else "email",
        labels=labels.names,
    )


def _recipients(head: MailHead) -> Iterator[Correspondent]:
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


def _sent_at(head: MailHead) -> datetime | None:
    """The Date header; where that is broken, or later than the mail reached Gmail, the instant when it came."""
    moment = header_instant(head.values.get("date", ""))
    if moment is None or (moment.year < _FIRST_YEAR and head.arrived_at is not None):
        return head.arrived_at
    is_later = head.arrived_at is not None and moment - head.arrived_at > _CLOCKS_APART
    return head.arrived_at if is_later and head.is_gmails_time else moment


def _is_bulk(head: MailHead, labels: GmailLabels, people: list[Correspondent]) -> bool:
    values = head.values
    if labels.is_unwanted or "list-unsubscribe" in values or "list-id" in values:
        return True
    if values.get("precedence", "").lower() in {"bulk", "list", "junk"}:
        return True
    if values.get("auto-submitted", "no").lower().split(";")[0].strip() != "no":
        return True
    return bool(people) and all(is_nobodys(person.normalized) for person in people)
