"""Writing down people: contacts, their identities and addresses, a batch at a time."""

from collections.abc import Sequence
from enum import StrEnum
from operator import attrgetter

from onelane.storage import contacts, emails, identities, unions
from onelane.storage.bulk import Values, insert_rows, update_rows
from onelane.storage.contacts import Contact
from onelane.storage.database import Session
from onelane.storage.emails import ContactEmail
from onelane.storage.identities import Identity
from onelane.tools.intake.directory import Directory
from onelane.tools.intake.mailboxes import is_shared
from onelane.tools.intake.matching import Candidate, shares_address, who_is
from onelane.tools.intake.names import is_made_up
from onelane.tools.intake.person import (
    Facts,
    Held,
    Person,
    absorb_person,
    add_first_email,
    facts_of,
    fill,
    person_of,
    text_of,
    united,
)
from onelane.tools.intake.proposals import Proposals
from onelane.tools.intake.references import is_own_id, linked_references, user_ids, x_handle, x_url
from onelane.tools.intake.scoring import enrichment_score
from onelane.tools.platforms.records import Email, PersonRecord

_CONTACT_COLUMNS = (*contacts.CARRIED, "enrichment_score", "created_at", "updated_at")
_FILLED = tuple(name for name in contacts.CARRIED if name not in {"id", "platform", "is_organisation", "is_self"})
_IDENTITY_COLUMNS = (*identities.CARRIED, "is_primary", "last_synced_at", "created_at", "updated_at")
_EMAIL_COLUMNS = ("id", "contact_id", "address", "normalized", "label", "source", "is_verified", "created_at")
_carried = attrgetter(*contacts.CARRIED)
_filled = attrgetter(*_FILLED)


class Change(StrEnum):
    """What an item of an import brought."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class People:
    """The people of one batch. What `absorb` learns, `write` writes.

    Args:
        session: a session that writes
        records: everyone whom the batch speaks of
        proposals: takes who may be the same
    """

    def __init__(self, session: Session, records: Sequence[PersonRecord], proposals: Proposals) -> None:
        self._session = session
        self._directory = Directory(session, records)
        self._proposals = proposals
        self._new: list[Person] = []
        self._changed: dict[Person, None] = {}
        self._identities: list[Held] = []
        self._emails: list[tuple[Person, Email, str]] = []
        self._vouched: list[tuple[Person, str]] = []
        self._merged: list[tuple[str, Person]] = []
        self.taken_back = 0
        """How many that were added in this batch turned out to be one with someone else."""

    def absorb(self, record: PersonRecord) -> tuple[Person | None, Change]:
        """Find or make the contact that a record is about, and let it gain what the record says.

        Returns:
            the person, null where the record says nothing by which anybody can be told; and what changed
        """
        match = who_is(self._directory, record)
        if match.person is not None:
            return self._add_to(match.person, record, match.rivals)
        if not user_ids(record):
            return None, Change.UNCHANGED
        person = person_of(record)
        self._new.append(person)
        self._directory.add_person(person)
        self._keep_identity(person, record, facts_of(record))
        if record.emails or record.website:
            self._keep_addresses(person, record.emails, record.platform)
            self._keep_links(person, record)
        for rival, reason in match.rivals:
            self._proposals.add(person, rival, reason)
        return person, Change.ADDED

    def touch(self, person: Person, at: int) -> None:
        """Something passed between us and a person at an instant (Unix seconds)."""
        if person.last_interaction_at is None or person.last_interaction_at < at:
            person.last_interaction_at = at
            self._mark(person)

    def write(self) -> list[str]:
        """Write all that was learned; the ids of the contacts that are new, changed or gone."""
        now = int(self._session.now().timestamp())
        for gone_id, kept in self._merged:
            unions.unite_contacts(self._session, kept_id=kept.final.id, gone_id=gone_id)
            self._proposals.settle(gone_id, kept.final.id)
        self._new = [person for person in self._new if person.merged_into is None]
        changed = [person for person in self._changed if person.id and person.merged_into is None]
        for person, id in zip(self._new, self._session.new_ids("con", len(self._new)), strict=True):
            person.id = id
        insert_rows(self._session, Contact, _CONTACT_COLUMNS, [(*_carried(p), _score(p), now, now) for p in self._new])
        update_rows(
            self._session,
            Contact,
            (*_FILLED, "enrichment_score", "updated_at"),
            [(*_filled(person), _score(person), now, person.id) for person in changed],
        )
        self._write_identities(now)
        self._write_emails(now)
        return [*(p.id for p in self._new), *(p.id for p in changed), *(gone_id for gone_id, _ in self._merged)]

    def _add_to(self, person: Person, record: PersonRecord, rivals: Sequence[Candidate]) -> tuple[Person, Change]:
        was_changed, person.is_changed = person.is_changed, False
        others = fill(person, record)
        for rival, reason in rivals:
            person = self._settle(person, rival, reason)
        facts = facts_of(record)
        if others:
            facts["also"] = others
        contested = [email for email in record.emails if shares_address(self._directory, email, person, record.name or "")]
        if contested:
            facts["emails"] = [email.address for email in contested]
        self._keep_identity(person, record, facts)
        if record.emails or record.website:
            self._keep_addresses(person, [email for email in record.emails if email not in contested], record.platform)
            self._keep_links(person, record)
        change = Change.UPDATED if person.is_changed else Change.UNCHANGED
        if person.is_changed or was_changed:
            self._mark(person)
        return person, change

    def _settle(self, person: Person, rival: Person, reason: str) -> Person:
        """Two who are certainly one: where one of them is but an account number they become one, else it is asked."""
        if not (person.is_shell or rival.is_shell):
            self._proposals.add(person, rival, reason)
            return person
        kept, gone = (rival, person) if person.is_shell and not rival.is_shell else (person, rival)
        if kept.is_new and not gone.is_new:
            kept, gone = gone, kept
        absorb_person(kept, gone)
        self._directory.replace(gone, kept)
        gone.merged_into = kept
        if gone.is_new:
            self.taken_back += 1
        else:
            self._merged.append((gone.id, kept))
        return kept

    def _keep_identity(self, person: Person, record: PersonRecord, facts: Facts) -> None:
        held = self._identity_of(person, record)
        handle = record.handle
        url = x_url(handle) if handle and record.platform == "x" else record.url
        if held is None:
            self._add_identity(person, record.platform, self._free_id(record), handle, url, text_of(facts) if facts else "{}")
            return
        data = united(held.data, facts) if facts else held.data
        if data != held.data or (handle and not held.handle) or (url and handle and held.url != url and not held.handle):
            ...

    def _write_identities(self, now: int) -> None: ...
    def _write_emails(self, now: int) -> None: ...
    def _mark(self, person: Person) -> None:
        person.is_changed = True
        self._changed[person] = None


def _score(person: Person) -> int:
    return enrichment_score(person, is_named=not is_made_up(person.name))
