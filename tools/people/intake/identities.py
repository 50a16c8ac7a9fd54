"""Saves by what people are known: the platform identities and the e-mail addresses of a batch."""

from collections.abc import Sequence
from typing import cast

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values, insert_rows, update_rows
from onelane.storage.people.emails import ContactEmail, vouch_for_emails
from onelane.storage.people.identities import CARRIED, Identity, replace_identity
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.names import names_contradict
from onelane.tools.people.intake.person import (
    NOTHING_EARLIER,
    Earlier,
    Facts,
    KnownIdentity,
    Person,
    earlier_in,
    text_of,
    united,
)
from onelane.tools.people.intake.user_ids import is_own_id, linked_references, user_ids, x_url
from onelane.tools.platforms.formats.contact_details import is_shared
from onelane.tools.platforms.formats.records import Email, PersonRecord

_IDENTITY = (*CARRIED, "is_primary", "last_synced_at", "created_at", "updated_at")
_EMAIL = ("id", "contact_id", "address", "normalized", "label", "source", "is_verified", "created_at")
_IDENTITY_CHANGES = (
    "platform_user_id", "platform_handle", "platform_url", "platform_data", "last_synced_at", "updated_at",
)  # fmt: skip


class Profiles:
    """The identities that a batch adds and changes."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._new: list[KnownIdentity] = []
        self._changed: dict[KnownIdentity, None] = {}
        self._replaced: list[tuple[KnownIdentity, KnownIdentity]] = []

    def start(self, person: Person, record: PersonRecord, ids: Sequence[str], facts: Facts) -> None:
        """Keep what a record calls somebody new, by the best of these ids that is nobody else's."""
        for user_id in ids:
            if self._directory.held(record.platform, user_id) is None:
                handle, url = record.handle, _url(record)
                self._add(
                    KnownIdentity(person, "", record.platform, user_id, handle, url, text_of(facts) if facts else "{}")
                )
                return

    def earlier(self, person: Person, record: PersonRecord) -> Earlier:
        """What the record's platform said of a person before."""
        held = self._held(person, record, user_ids(record))
        return NOTHING_EARLIER if held is None else earlier_in(held.data)

    def keep(self, person: Person, record: PersonRecord, facts: Facts) -> None:
        """Keep what a record calls a person and says of them; the person counts as changed if that is news."""
        ids = user_ids(record)
        held = self._held(person, record, ids)
        if held is None:
            self.start(person, record, ids, facts)
            return
        if record.platform == "x" and record.handle and is_own_id(held.user_id):
            self._take_over(held, f"@{record.handle.lower()}")
        if record.handle and held.handle and record.handle.lower() != held.handle.lower():
            facts["also"] = {**cast("Facts", facts.get("also", {})), "handle": [record.handle]}
        data = united(held.data, facts) if facts else held.data
        if data != held.data:
            held.data = data
            self._change(held)
        if record.handle and not held.handle:
            self._directory.learn_handle(held, record.handle, _url(record))
            self._change(held)

    def keep_links(self, person: Person, record: PersonRecord) -> None:
        """Keep the profiles that the address book has for a person, but for those that are somebody's already."""
        for reference in linked_references(record):
            known = self._directory.held(reference.platform, reference.user_id)
            if known is None and self._directory.held_at(reference.url or "") is None:
                self._add(
                    KnownIdentity(
                        person, "", reference.platform, reference.user_id, reference.handle, reference.url, "{}"
                    )
                )

    def write(self, session: Session, now: int) -> None:
        """Write the identities; their people must have been written. The first of a new contact is the primary one."""
        replaced = {gone for gone, _ in self._replaced}
        new = [held for held in self._new if held not in replaced]
        changed = [held for held in self._changed if held.id and held not in replaced]
        for held, identity_id in zip(new, session.new_ids("idn", len(new)), strict=True):
            held.id = identity_id
        insert_rows(session, Identity, _IDENTITY, [self._row(held, now) for held in new])
        update_rows(
            session,
            Identity,
            _IDENTITY_CHANGES,
            [(held.user_id, held.handle, held.url, held.data, now, now, held.id) for held in changed],
        )
        for gone, by in self._replaced:
            if gone.id:
                replace_identity(session, gone.id, by.id)

    def _row(self, held: KnownIdentity, now: int) -> Values:
        is_primary = self._directory.identities_of(held.person)[0] is held
        return (
            held.id, held.person.final.id, held.platform, held.user_id, held.handle, held.url, held.data, is_primary,
            now, now, now,
        )  # fmt: skip

    def _held(self, person: Person, record: PersonRecord, ids: Sequence[str]) -> KnownIdentity | None:
        """The identity of a person that a record speaks of."""
        for user_id in ids:
            held = self._directory.held(record.platform, user_id)
            if held is not None and held.person is person:
                return held
        others = [held for held in self._directory.identities_of(person) if held.platform == record.platform]
        if not (ids and is_own_id(ids[0])):
            return others[0] if others else None
        for held in others:
            if held.user_id[0] == "@" and (record.handle or "").lower() == held.user_id[1:]:
                self._directory.rename_identity(held, ids[0])
                self._change(held)
                return held
        return None

    def _take_over(self, held: KnownIdentity, made_id: str) -> None:
        """An account that was known by its handle is one that is known by its number too."""
        other = self._directory.held(held.platform, made_id)
        if other is None or other.person is not held.person:
            return
        self._directory.replace_identity(other, held)
        self._replaced.append((other, held))
        held.data = united(held.data, cast("Facts", orjson.loads(other.data)))
        self._change(held)

    def _change(self, held: KnownIdentity) -> None:
        self._changed[held] = None
        held.person.is_changed = True

    def _add(self, held: KnownIdentity) -> None:
        self._directory.add_identity(held)
        self._new.append(held)
        held.person.is_changed = True


class Addresses:
    """The addresses that a batch adds. What an import says counts as vouched for, unless it is a role's address."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._new: list[tuple[Person, Email, str]] = []
        self._vouched: list[tuple[Person, str]] = []
        self._added: set[tuple[Person, str]] = set()

    def contested(self, person: Person, record: PersonRecord) -> list[Email]:
        """Those addresses of a record that belong to somebody else who may be the same person, and not to this one.

        They are not given to a second contact, or nobody could be told by them any more.
        """
        return [email for email in record.emails if self._is_contested(email.normalized, person, record.name or "")]

    def keep(self, person: Person, emails: Sequence[Email], source: str) -> None:
        """Keep a person's addresses; the person counts as changed if one is new."""
        for email in emails:
            if person in self._directory.owners.get(email.normalized, ()) or (person, email.normalized) in self._added:
                continue
            if (person.id, email.normalized) in self._directory.unvouched:
                self._vouch(person, email)
            else:
                self._add(person, email, source)

    def write(self, session: Session, now: int) -> None:
        """Write the addresses; their people must have been written."""
        ids = session.new_ids("eml", len(self._new))
        rows = [
            (email_id, person.final.id, email.address, email.normalized, email.label or _role(email), source,
             not is_shared(email.normalized), now)
            for (person, email, source), email_id in zip(self._new, ids, strict=True)
        ]  # fmt: skip
        insert_rows(session, ContactEmail, _EMAIL, rows)
        vouch_for_emails(session, [(person.final.id, address) for person, address in self._vouched])

    def _is_contested(self, address: str, person: Person, name: str) -> bool:
        owners = self._directory.owners.get(address, ())
        if is_shared(address) or person in owners:
            return False
        return any(not names_contradict(owner.name, name) for owner in owners)

    def _vouch(self, person: Person, email: Email) -> None:
        if not is_shared(email.normalized):
            self._vouched.append((person, email.normalized))
            self._directory.add_address(email.normalized, person)
            person.is_changed = True

    def _add(self, person: Person, email: Email, source: str) -> None:
        self._new.append((person, email, source))
        if is_shared(email.normalized):
            self._added.add((person, email.normalized))
        else:
            self._directory.add_address(email.normalized, person)
        if not person.email:
            person.email = email.address
        person.is_changed = True


def _role(email: Email) -> str | None:
    return "role" if is_shared(email.normalized) else None


def _url(record: PersonRecord) -> str | None:
    """The address of a profile; on X in the spelling by which it is found."""
    return x_url(record.handle) if record.handle and record.platform == "x" else record.url
