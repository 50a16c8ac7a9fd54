"""Messages as engagements: who, when, which way and in which thread; never what they say."""

from collections.abc import Iterator, Sequence

from onelane.storage.accounts import Account
from onelane.storage.bulk import insert_rows
from onelane.storage.database import Session
from onelane.storage.engagements import Engagement, EngagementType, read_recorded
from onelane.tools.intake.mailboxes import is_nobodys
from onelane.tools.intake.owners import is_owner
from onelane.tools.intake.people import Change, People
from onelane.tools.intake.person import Person, text_of
from onelane.tools.platforms.records import MessageRecord, PersonRecord

_INSERTED = (
    "id", "contact_id", "platform_account_id", "engagement_type", "direction", "workflow_run_id", "platform",
    "platform_engagement_id", "thread_id", "source", "platform_data", "occurred_at", "created_at",
)  # fmt: skip
GROUP = "group"
"""The source of what passed among several."""


class Messages:
    """The messages of one batch.

    Args:
        session: a session that writes
        records: the messages
        people: finds and makes the people in them
        account: whose messages they are
    """

    def __init__(self, session: Session, records: Sequence[MessageRecord], people: People, account: Account) -> None:
        self._people = people
        self._account = account
        self._recorded: set[tuple[str, str]] = set()
        for platform in {record.platform for record in records}:
            ids = {record.message_id for record in records if record.platform == platform}
            self._recorded |= read_recorded(session, platform, ids)
        self._new: dict[tuple[str, Person], MessageRecord] = {}

    def absorb(self, record: MessageRecord) -> Change | None:
        """Take in a message. Null for bulk mail, and where nobody on the other side can be told."""
        changes: set[Change] = set()
        for other in () if record.is_bulk else record.people:
            if can_be_told(other) and not is_owner(other, self._account):
                person, change = self._people.absorb(other)
                if person is not None and not person.is_self:
                    changes.add(self._record(record, person) or change)
        if not changes:
            return None
        return Change.ADDED if Change.ADDED in changes else max(changes, key=_weight)

    def write(self, session: Session, run_id: str) -> None:
        """Write the engagements; their people must have been written."""
        now = int(session.now().timestamp())
        rows: list[tuple[object, ...]] = []
        for ((message_id, person), record), id in zip(self._new.items(), session.new_ids("eng", len(self._new)), strict=True):
            rows.append((
                id, person.final.id, self._account.id, _engagement_type(record), record.direction, run_id,
                record.platform, message_id, record.thread_id, GROUP if record.is_group else record.kind,
                text_of({"labels": record.labels}) if record.labels else "{}", instant(record), now,
            ))  # fmt: skip
        # Where two people became one in this batch, both may have had the same message.
        insert_rows(session, Engagement, _INSERTED, rows, pass_over_doubles=True)

    def _record(self, record: MessageRecord, person: Person) -> Change | None:
        key = (record.message_id, person)
        if key in self._new or (record.message_id, person.id) in self._recorded:
            return None
        self._new[key] = record
        at = instant(record)
        if at is not None:
            self._people.touch(person, at)
        return Change.ADDED


def people_in(records: Sequence[MessageRecord]) -> Iterator[PersonRecord]:
    """Everyone whom the messages will be looked up for."""
    for record in records:
        if not record.is_bulk:
            yield from record.people


def can_be_told(record: PersonRecord) -> bool:
    """Whether a record tells who someone is: a name alone does not, and an address that nobody reads is nobody."""
    if record.platform_user_id or record.handle:
        return True
    return bool(record.emails) and not all(is_nobodys(email.normalized) for email in record.emails)


def instant(record: MessageRecord) -> int | None:
    return int(record.sent_at.timestamp()) if record.sent_at else None


def _engagement_type(record: MessageRecord) -> str:
    return (EngagementType.CONNECTION_REQUEST if record.kind == "invitation" else EngagementType.MESSAGE).value


def _weight(change: Change) -> int:
    return list(Change)[::-1].index(change)
