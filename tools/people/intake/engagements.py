"""Messages, and what else passed between the owner and others, as engagements: each event once with each person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.engagements import Engagement, EngagementType, read_recorded
from onelane.storage.platforms.accounts import Account
from onelane.tools.people.intake.facts import text_of
from onelane.tools.people.intake.owners import is_owner
from onelane.tools.people.intake.people import Change, People
from onelane.tools.people.intake.person import Person
from onelane.tools.platforms.formats.contact_details import is_nobodys
from onelane.tools.platforms.formats.records import MessageRecord, PersonRecord

_INSERTED = (
    "id", "contact_id", "platform_account_id", "engagement_type", "direction", "workflow_run_id", "content_post_id",
    "platform", "platform_engagement_id", "thread_id", "source", "platform_data", "occurred_at", "created_at",
)  # fmt: skip
GROUP = "group"
"""The source of what passed among several."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a platform: a message, a post."""

    platform: str
    event_id: str
    at: datetime | None
    direction: Literal["inbound", "outbound"] = "outbound"
    thread_id: str | None = None
    source: str | None = None
    data: str = "{}"

    @property
    def occurred_at(self) -> int | None:
        """The instant in Unix seconds."""
        return int(self.at.timestamp()) if self.at else None


class Engagements:
    """The engagements of one batch.

    Args:
        session: a session that writes
        events: platform and id of the events that the batch speaks of
        people: finds and makes the people in them
        account: whose import it is
    """

    def __init__(self, session: Session, events: Iterable[tuple[str, str]], people: People, account: Account) -> None:
        self._people = people
        self._account = account
        ids: dict[str, set[str]] = {}
        for platform, event_id in events:
            ids.setdefault(platform, set()).add(event_id)
        self._recorded = {
            (platform, *row)
            for platform, event_ids in ids.items()
            for row in read_recorded(session, platform, event_ids)
        }
        self._new: dict[tuple[str, str, Person], tuple[Event, str]] = {}
        self._post_ids: Mapping[str, str] = {}

    def absorb(self, event: Event, others: Iterable[tuple[PersonRecord, str]]) -> set[Change]:
        """Record an event with everyone else who had a part in it, and what kind of engagement it is with each.

        Returns:
            what changed: ADDED for a new engagement, else what was learned of the people; empty when nobody can be told
        """
        meetings = (self.meet(event, other, kind) for other, kind in others)
        return {change for person, change in meetings if person is not None}

    def meet(self, event: Event, other: PersonRecord, kind: str) -> tuple[Person | None, Change]:
        """Record an event with somebody else who had a part in it.

        Returns:
            who that is, null where nobody can be told or it is the owner; and what changed
        """
        if not can_be_told(other) or is_owner(other, self._account):
            return None, Change.UNCHANGED
        person, change = self._people.absorb(other)
        if person is None or person.is_self:
            return None, change
        return person, Change.ADDED if self._record(event, person, kind) else change

    def absorb_message(self, record: MessageRecord) -> Change | None:
        """Take in a message. Null for bulk mail, and where nobody on the other side can be told."""
        if record.is_bulk:
            return None
        kind = EngagementType.CONNECTION_REQUEST if record.kind == "invitation" else EngagementType.MESSAGE
        event = Event(
            record.platform,
            record.message_id,
            record.sent_at,
            record.direction,
            record.thread_id,
            GROUP if record.is_group else record.kind,
            text_of({"labels": record.labels}) if record.labels else "{}",
        )
        changes = self.absorb(event, ((person, kind.value) for person in record.people))
        return next((change for change in Change if change in changes), None)

    def refer(self, post_ids: Mapping[str, str]) -> None:
        """Events with these ids are posts; the values are the ids of their rows."""
        self._post_ids = post_ids

    def write(self, session: Session, run_id: str) -> None:
        """Write the engagements; people and posts must have been written."""
        now = int(session.now().timestamp())
        rows: list[tuple[object, ...]] = []
        ids = session.new_ids("eng", len(self._new))
        for (_, _, person), (event, kind), engagement_id in zip(self._new, self._new.values(), ids, strict=True):
            rows.append((
                engagement_id, person.final.id, self._account.id, kind, event.direction, run_id,
                self._post_ids.get(event.event_id), event.platform, event.event_id, event.thread_id, event.source,
                event.data, event.occurred_at, now,
            ))  # fmt: skip
        # Where two people became one in this batch, both may have had a part in the same event.
        insert_rows(session, Engagement, _INSERTED, rows, pass_over_doubles=True)

    def _record(self, event: Event, person: Person, kind: str) -> bool:
        key = (event.platform, event.event_id, person)
        ids = (person.id, *person.former_ids)
        if key in self._new or any((event.platform, event.event_id, person_id) in self._recorded for person_id in ids):
            return False
        self._new[key] = event, kind
        if event.occurred_at is not None:
            self._people.touch(person, event.occurred_at)
        return True


def can_be_told(record: PersonRecord) -> bool:
    """Whether a record tells who someone is: a name alone does not, and an address that nobody reads is nobody's."""
    if record.platform_user_id or record.handle:
        return True
    return bool(record.emails) and not all(is_nobodys(email.normalized) for email in record.emails)


def people_in_messages(records: Sequence[MessageRecord]) -> Iterator[PersonRecord]:
    """Everyone whom the messages will be looked up for."""
    for record in records:
        if not record.is_bulk:
            yield from record.people
