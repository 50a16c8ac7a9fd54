"""Messages: who wrote to whom, when and in which thread; never what they say."""

from collections.abc import Iterator, Sequence

from onelane.storage.people.engagements import EngagementType
from onelane.tools.people.intake.engagements import Engagements, Event
from onelane.tools.people.intake.people import Change
from onelane.tools.people.intake.person import text_of
from onelane.tools.platforms.formats.records import MessageRecord, PersonRecord

GROUP = "group"
"""The source of what passed among several."""


def absorb_message(record: MessageRecord, engagements: Engagements) -> Change | None:
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
    changes = engagements.absorb(event, ((person, kind.value) for person in record.people))
    return next((change for change in Change if change in changes), None)


def people_in(records: Sequence[MessageRecord]) -> Iterator[PersonRecord]:
    """Everyone whom the messages will be looked up for."""
    for record in records:
        if not record.is_bulk:
            yield from record.people
