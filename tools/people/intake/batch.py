"""Imports a batch of records in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from onelane.storage.database.engine import Session
from onelane.storage.people.identities import hold_identities
from onelane.storage.platforms.accounts import Account
from onelane.storage.search.contact_index import index_contacts
from onelane.tools.people.intake import messages, posts
from onelane.tools.people.intake.engagements import Engagements
from onelane.tools.people.intake.gc_pause import collector_at_rest
from onelane.tools.people.intake.people import Change, People
from onelane.tools.people.intake.person import Person
from onelane.tools.people.intake.storable import storable
from onelane.tools.platforms.formats.records import BadLine, Item, MessageRecord, PersonRecord, PostRecord


@dataclass(slots=True)
class BatchOutcome:
    """Counts of a batch's items. Each is exactly one of added, updated, unchanged, skipped and bad."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    bad: list[BadLine] = field(default_factory=list[BadLine])
    proposals: int = 0
    """How many pairs of contacts were newly proposed to be one person."""
    newest_at: datetime | None = None
    oldest_at: datetime | None = None


def absorb(session: Session, items: Sequence[Item], *, account: Account, run_id: str, sub_type: str) -> BatchOutcome:
    """Write down what a batch of items says.

    Existing values stay, gaps are filled, nothing is erased; absorbing the same items again changes nothing. It never
    commits: rows, the caller's cursor and step are one transaction.

    Args:
        session: a session that writes; on PostgreSQL it waits here until no other intake is at work
        items: what a reader gave, in its order
        account: whose export it is (`ensure_account`)
        run_id: the run that imports
        sub_type: its sub-type, which proposals name (docs/sync.md, "Sub-types")
    """
    outcome, contact_ids = take_in(session, items, account=account, run_id=run_id, sub_type=sub_type)
    index_contacts(session, contact_ids)
    return outcome


def take_in(
    session: Session, items: Sequence[Item], *, account: Account, run_id: str, sub_type: str
) -> tuple[BatchOutcome, list[str]]:
    """What `absorb` does, but for letting people be found: that is left to do for the contact ids that are returned."""
    hold_identities(session)
    with collector_at_rest():
        batch = _Batch(session, storable(items), account)
        return batch.run(run_id, sub_type)


class _Batch:
    def __init__(self, session: Session, items: Sequence[Item], account: Account) -> None:
        self._session = session
        self._items = items
        sent = [item for item in items if isinstance(item, MessageRecord)]
        written = [item for item in items if isinstance(item, PostRecord)]
        people = [item for item in items if isinstance(item, PersonRecord)]
        self._people = People(session, [*people, *messages.people_in(sent), *posts.people_in(written)])
        events = [(each.platform, each.message_id) for each in sent]
        events += [(each.platform, each.post_id) for each in written]
        self._engagements = Engagements(session, events, self._people, account)
        self._posts = posts.Posts(session, written, account, self._engagements)
        self._outcome = BatchOutcome()
        self._added: list[Person] = []

    def run(self, run_id: str, sub_type: str) -> tuple[BatchOutcome, list[str]]:
        """Match all, then write all."""
        changes = [self._absorb(item) for item in self._items]
        contact_ids = self._people.write()
        self._posts.write(self._session)
        self._engagements.write(self._session, run_id)
        self._outcome.proposals = self._people.proposals.write(self._session, run_id=run_id, sub_type=sub_type)
        return self._count(changes), contact_ids

    def _absorb(self, item: Item) -> Change | None:
        if isinstance(item, PersonRecord):
            return self._absorb_person(item)
        if isinstance(item, MessageRecord):
            return messages.absorb_message(item, self._engagements)
        if isinstance(item, PostRecord):
            return self._posts.absorb(item)
        if isinstance(item, BadLine):
            self._outcome.bad.append(item)
        return None

    def _absorb_person(self, record: PersonRecord) -> Change | None:
        person, change = self._people.absorb(record)
        if person is None:
            return None
        if change is Change.ADDED:
            self._added.append(person)
        return change

    def _count(self, changes: Sequence[Change | None]) -> BatchOutcome:
        outcome = self._outcome
        # Who was added by one item and by a later one found to be somebody else was no new person after all.
        mistaken = sum(person.merged_into is not None for person in self._added)
        outcome.added = changes.count(Change.ADDED) - mistaken
        outcome.updated = changes.count(Change.UPDATED) + mistaken
        outcome.unchanged = changes.count(Change.UNCHANGED)
        outcome.skipped = changes.count(None) - len(outcome.bad)
        instants = list(filter(None, map(_instant, self._items)))
        outcome.newest_at, outcome.oldest_at = max(instants, default=None), min(instants, default=None)
        return outcome


def _instant(item: Item) -> datetime | None:
    if isinstance(item, PersonRecord):
        return item.connected_at
    if isinstance(item, MessageRecord):
        return item.sent_at
    return item.created_at if isinstance(item, PostRecord) else None
