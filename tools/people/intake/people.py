"""Writes contacts with their identities and addresses, a batch at a time."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from operator import attrgetter

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import insert_sparse_rows, update_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.tasks import close_task
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.facts import ALSO, facts_of, last_words
from onelane.tools.people.intake.identities import Addresses, Profiles
from onelane.tools.people.intake.matching import Candidate, Proposals, merge_key, who_is
from onelane.tools.people.intake.person import CARRIED, Person, fill, fill_from, person_of
from onelane.tools.people.intake.scoring import enrichment_score
from onelane.tools.people.intake.user_ids import user_ids
from onelane.tools.platforms.formats.records import PersonRecord

_INSERTED = (*CARRIED, "enrichment_score", "created_at", "updated_at")
_FILLED = tuple(name for name in CARRIED if name not in {"id", "platform", "is_organisation", "is_self"})
_carried = attrgetter(*CARRIED)
_filled = attrgetter(*_FILLED)


class Change(StrEnum):
    """The change that an imported item caused."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class People:
    """The people of one batch. What `absorb` learns, `write` writes.

    Args:
        session: a session that writes
        records: everyone whom the batch speaks of
    """

    def __init__(self, session: Session, records: Sequence[PersonRecord]) -> None:
        self._session = session
        self._directory = Directory(session, records)
        self._profiles = Profiles(self._directory)
        self._addresses = Addresses(self._directory)
        self._new: list[Person] = []
        self._changed: dict[Person, None] = {}
        self._gone: list[Person] = []
        self.proposals = Proposals()
        self.added = 0
        """How many contacts are new, once they are written."""

    def absorb(self, record: PersonRecord, *, is_entry: bool = False) -> tuple[Person | None, Change]:
        """Find or make the contact that a record is about, and let it gain what the record says.

        Args:
            record: what is said of somebody
            is_entry: whether it is an entry of an export, and did not pass by in a message: its later word is
                followed, as the platform's own is

        Returns:
            the person, null where the record says nothing by which anybody can be told; and what changed
        """
        is_followed = is_entry or record.is_live
        person, rivals = who_is(self._directory, record)
        if person is not None:
            return self._add_to(person, record, rivals, is_followed=is_followed)
        if not user_ids(record):
            return None, Change.UNCHANGED
        return self._add(record, rivals, is_followed=is_followed), Change.ADDED

    def lose(self, record: PersonRecord) -> Change | None:
        """Take in that a platform no longer has a user, who stays a contact; None where nobody was known as that."""
        identity = self._directory.find_identity(record.platform, record.platform_user_id or "")
        if identity is None:
            return None
        if not self._profiles.lose(identity):
            return Change.UNCHANGED
        self._changed[identity.person] = None
        return Change.UPDATED

    def related(self) -> Iterator[tuple[str, PersonRecord]]:
        """See `Profiles.related`."""
        return self._profiles.related()

    def touch(self, person: Person, at: int) -> None:
        """Something passed between us and a person at an instant (Unix seconds)."""
        if person.last_interaction_at is None or person.last_interaction_at < at:
            person.last_interaction_at = at
            self._changed[person] = None

    def write(self) -> list[str]:
        """Write all that was learned; the ids of the contacts that are new, changed or gone."""
        now = int(self._session.now().timestamp())
        self._unite()
        new = [person for person in self._new if person.merged_into is None]
        self.added = len(new)
        touched_people = {**self._changed, **self._profiles.bystanders}
        changed_people = [person for person in touched_people if person.id and person.merged_into is None]
        self._insert(new, now)
        rows = [(*_filled(person), enrichment_score(person), now, person.id) for person in changed_people]
        update_rows(self._session, Contact, (*_FILLED, "enrichment_score", "updated_at"), rows)
        self._profiles.write(self._session, now)
        self._addresses.write(self._session, now)
        return [person.id for person in (*new, *changed_people, *self._gone)]

    def _insert(self, new: Sequence[Person], now: int) -> None:
        for person, contact_id in zip(new, self._session.new_ids("con", len(new)), strict=True):
            person.id = contact_id
        rows = [(*_carried(person), enrichment_score(person), now, now) for person in new]
        insert_sparse_rows(self._session, Contact, _INSERTED, rows)

    def _add(self, record: PersonRecord, rivals: Sequence[Candidate], *, is_followed: bool) -> Person:
        person = person_of(record)
        self._new.append(person)
        if not record.platform_user_id:  # two ids of one platform are two people, whatever they are called
            self._directory.add_person(person)
        facts = facts_of(record)
        if is_followed:
            facts |= last_words(record)
        self._profiles.start(person, record, facts)
        if record.emails:
            self._addresses.keep(person, record.emails, record.platform)
        if record.website or "profiles" in record.extra:
            self._profiles.keep_links(person, record)
        for rival, reason in rivals:
            self.proposals.add(person, rival, reason)
        return person

    def _add_to(
        self, person: Person, record: PersonRecord, rivals: Sequence[Candidate], *, is_followed: bool
    ) -> tuple[Person, Change]:
        person.is_changed = False
        for rival, reason in rivals:
            person = self._settle(person, rival, reason)
        facts = facts_of(record)
        earlier = self._profiles.earlier(person, record) if is_followed else None
        if others := fill(person, record, earlier):
            facts[ALSO] = others
        if earlier is not None:
            facts |= last_words(record, earlier)
        if record.emails:
            contested = self._addresses.contested(person, record)
            if contested:
                facts["emails"] = [email.address for email in contested]
            self._addresses.keep(person, [email for email in record.emails if email not in contested], record.platform)
        self._profiles.keep(person, record, facts)
        if record.website or "profiles" in record.extra:
            self._profiles.keep_links(person, record)
        if not person.is_changed:
            return person, Change.UNCHANGED
        self._changed[person] = None
        return person, Change.UPDATED

    def _settle(self, person: Person, rival: Person, reason: str) -> Person:
        """Two who are certainly one: where one of them is but an account's number they become one, else it is asked."""
        if not (person.is_shell or rival.is_shell):
            self.proposals.add(person, rival, reason)
            return person
        kept_person, gone_person = (rival, person) if person.is_shell and not rival.is_shell else (person, rival)
        if kept_person.is_new and not gone_person.is_new:
            kept_person, gone_person = gone_person, kept_person
        fill_from(kept_person, gone_person)
        self._directory.replace(gone_person, kept_person)
        gone_person.merged_into = kept_person
        if not gone_person.is_new:
            self._gone.append(gone_person)
            kept_person.former_ids += (gone_person.id, *gone_person.former_ids)
        return kept_person

    def _unite(self) -> None:
        for gone_person in self._gone:
            unite_contacts(self._session, kept_id=gone_person.final.id, gone_id=gone_person.id)
            close_task(self._session, merge_key(gone_person.id, gone_person.final.id))
