"""Saves by what people are known: the platform identities and the e-mail addresses of a batch."""

from collections.abc import Iterator, Sequence
from typing import cast

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values, insert_rows, update_rows
from onelane.storage.people.emails import ContactEmail, vouch_for_emails
from onelane.storage.people.identities import CARRIED, Identity, replace_identity
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.facts import (
    ALSO,
    Earlier,
    Facts,
    earlier_of,
    kept_text,
    said_otherwise,
    united,
    values_of,
)
from onelane.tools.people.intake.names import names_contradict
from onelane.tools.people.intake.person import KnownIdentity, Person, follow_handle, forget_handle
from onelane.tools.people.intake.user_ids import (
    has_made_id_too,
    ids_without_own,
    is_own_id,
    linked_references,
    user_ids,
    x_url,
)
from onelane.tools.platforms.formats.contact_details import is_shared
from onelane.tools.platforms.formats.records import Email, PersonRecord

_IDENTITY = (*CARRIED, "is_primary", "last_synced_at", "created_at", "updated_at")
_EMAIL = ("id", "contact_id", "address", "normalized", "label", "source", "is_verified", "created_at")
_IDENTITY_CHANGES = (*CARRIED[3:], "last_synced_at", "updated_at")
_LARGEST_COUNT = (1 << 31) - 1


class Profiles:
    """The identities that a batch adds and changes."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._new: list[KnownIdentity] = []
        self._changed: dict[KnownIdentity, None] = {}
        self._replaced: dict[KnownIdentity, KnownIdentity] = {}
        self._related: list[tuple[KnownIdentity, PersonRecord]] = []
        self.bystanders: dict[Person, None] = {}
        """Whom a record changed that is about somebody else."""

    def start(self, person: Person, record: PersonRecord, facts: Facts) -> None:
        """Keep what a record calls somebody new."""
        self._keep_made_id(person, record)
        held = self._begin(person, record, user_ids(record), facts)
        if held is not None:
            self._take_counts(held, record)

    def earlier(self, person: Person, record: PersonRecord) -> Earlier:
        """What the record's platform said of a person before."""
        own = self._held(person, record)
        others = (held.data for held in self._on_platform(person, record) if held is not own)
        return earlier_of(own and own.data, others, is_live=record.is_live)

    def keep(self, person: Person, record: PersonRecord, facts: Facts) -> None:
        """Keep what a record calls a person and says of them; the person counts as changed if that is news."""
        held = self._held(person, record)
        if record.is_live and ALSO in facts:
            self._leave_to_exports(person, held, record, facts)
        if held is None:
            self.start(person, record, facts)
            return
        self._keep_made_id(person, record)
        self._unite_ids(held, record)
        self._take_handle(held, record, facts)
        data = united(held.data, facts, is_live=record.is_live) if facts else held.data
        if data != held.data:
            held.data = data
            self._change(held)
        self._take_counts(held, record)
        self._note_relations(held, record)

    def lose(self, held: KnownIdentity) -> bool:
        """The platform no longer has a user; whether that is news."""
        if held.is_active:
            held.is_active = False
            self._change(held)
            return True
        return False

    def keep_links(self, person: Person, record: PersonRecord) -> None:
        """Keep the profiles that the address book has for a person, but for those that are somebody's already."""
        for reference in linked_references(record):
            known = self._directory.held(reference.platform, reference.user_id)
            if known is None and self._directory.held_at(reference.url or "") is None:
                self._add(
                    KnownIdentity(person, "", reference.platform, reference.user_id, reference.handle, reference.url)
                )

    def write(self, session: Session, now: int) -> None:
        """Write the identities; their people must have been written. The first of a new contact is the primary one."""
        new = [held for held in self._new if held not in self._replaced]
        changed = [held for held in self._changed if held.id and held not in self._replaced]
        for held, identity_id in zip(new, session.new_ids("idn", len(new)), strict=True):
            held.id = identity_id
        insert_rows(session, Identity, _IDENTITY, [self._row(held, now) for held in new])
        update_rows(session, Identity, _IDENTITY_CHANGES, [_changes(held, now) for held in changed])
        for gone, by in self._replaced.items():
            if gone.id:
                replace_identity(session, gone.id, by.id)

    def related(self) -> Iterator[tuple[str, PersonRecord]]:
        """Who was named as one of a list, such as a follower: the id of the identity, which was written, and how."""
        for held, record in self._related:
            yield self._final(held).id, record

    def _row(self, held: KnownIdentity, now: int) -> Values:
        is_primary = self._directory.identities_of(held.person)[0] is held
        return (
            held.id, held.person.final.id, held.platform, held.user_id, held.handle, held.url, held.data,
            held.is_active, held.followers, held.following, held.posts, is_primary, now, now, now,
        )  # fmt: skip

    def _held(self, person: Person, record: PersonRecord) -> KnownIdentity | None:
        """The identity of a person that a record speaks of."""
        ids = user_ids(record)
        for user_id in ids:
            held = self._directory.held(record.platform, user_id)
            if held is not None and held.person is person:
                return held
        others = self._on_platform(person, record)
        if not (ids and is_own_id(ids[0])):
            if record.platform == "gmail":  # the API's word and an export's are kept apart
                others = [held for held in others if not is_own_id(held.user_id)]
            return others[0] if others else None
        return self._held_before(person, record, others)

    def _held_before(
        self, person: Person, record: PersonRecord, others: Sequence[KnownIdentity]
    ) -> KnownIdentity | None:
        """The identity by which a person was known until the platform's own id, or another one of those, was told."""
        own = record.platform_user_id or ""
        for held in others:
            is_by_handle = held.user_id[0] == "@" and (record.handle or "").lower() == held.user_id[1:]
            is_free = self._directory.held(record.platform, own) is None
            if is_by_handle or (is_free and held.user_id in record.former_user_ids):
                self._directory.rename_identity(held, own)
                self._change(held)
                return held
        return None

    def _on_platform(self, person: Person, record: PersonRecord) -> list[KnownIdentity]:
        return [held for held in self._directory.identities_of(person) if held.platform == record.platform]

    def _keep_made_id(self, person: Person, record: PersonRecord) -> None:
        """Where an export of the address book knows a person by another id than its API, both ids lead to them."""
        if has_made_id_too(record) and all(is_own_id(held.user_id) for held in self._on_platform(person, record)):
            self._begin(person, record, ids_without_own(record), {})

    def _begin(self, person: Person, record: PersonRecord, ids: Sequence[str], facts: Facts) -> KnownIdentity | None:
        """Keep somebody by the best of these ids that is nobody else's."""
        for user_id in ids:
            if self._directory.held(record.platform, user_id) is None:
                held = KnownIdentity(
                    person, "", record.platform, user_id, record.handle, _url(record), kept_text(facts)
                )
                self._take_over_handle(held, record)
                self._add(held)
                self._note_relations(held, record)
                return held
        return None

    def _unite_ids(self, held: KnownIdentity, record: PersonRecord) -> None:
        """What this user was called before is one of theirs no longer."""
        if record.platform == "x" and record.handle and is_own_id(held.user_id):
            self._take_over(held, f"@{record.handle.lower()}")
        for former in record.former_user_ids:
            self._take_over(held, former)

    def _leave_to_exports(self, person: Person, held: KnownIdentity | None, record: PersonRecord, facts: Facts) -> None:
        """What an export said, and the platform says otherwise, is another value of the export's identity."""
        for other in self._on_platform(person, record):
            theirs = said_otherwise(other.data, facts) if other is not held else {}
            if theirs:
                other.data = united(other.data, {ALSO: theirs})
                self._change(other)
                facts[ALSO] = {name: values for name, values in values_of(facts).items() if name not in theirs}
        if not values_of(facts):
            del facts[ALSO]

    def _take_handle(self, held: KnownIdentity, record: PersonRecord, facts: Facts) -> None:
        """Take a handle where none is known, and the platform's own word for it always; another one is remembered."""
        new, known = record.handle, held.handle
        if not new:
            return
        is_other = known is not None and known.lower() != new.lower()
        if record.is_live and (is_other or known != new):
            follow_handle(held.person, known, record)
            self._take_over_handle(held, record)
        elif known:
            _remember(facts, "handle", new if is_other else None)
            return
        if known != new:
            _remember(facts, "handle", known if is_other else None)
            self._directory.learn_handle(held, new, _url(record))
            self._change(held)

    def _take_over_handle(self, held: KnownIdentity, record: PersonRecord) -> None:
        """Whoever had this handle on X has another one now, which is not known."""
        other = self._directory.held_at(_url(record) or "") if record.is_live and record.platform == "x" else None
        if other is None or other is held or not is_own_id(other.user_id) or other.user_id == held.user_id:
            return
        forget_handle(other.person, other.handle, other.user_id)
        other.data = united(other.data, {ALSO: {"handle": [other.handle]}})
        self._directory.lose_handle(other)
        self._change(other)
        self.bystanders[other.person] = None

    def _take_counts(self, held: KnownIdentity, record: PersonRecord) -> None:
        """Follow the platform's numbers. They change every day, so that they alone make nobody count as changed."""
        if not record.is_live:
            return
        counts = [_count(each) for each in (record.followers_count, record.following_count, record.posts_count)]
        followers, following, posts = counts
        news = (
            held.followers if followers is None else followers,
            held.following if following is None else following,
            held.posts if posts is None else posts,
        )
        if news != (held.followers, held.following, held.posts):
            held.followers, held.following, held.posts = news
            self._changed[held] = None
        if not held.is_active:
            held.is_active = True
            self._change(held)

    def _note_relations(self, held: KnownIdentity, record: PersonRecord) -> None:
        if record.platform == "x" and record.relations:
            self._related.append((held, record))

    def _take_over(self, held: KnownIdentity, other_id: str) -> None:
        """An account that was known by its handle, or by an earlier id, is one that is known by its id too."""
        other = self._directory.held(held.platform, other_id)
        if other is None or other is held or other.person is not held.person:
            return
        self._directory.replace_identity(other, held)
        self._replaced[other] = held
        held.data = united(held.data, cast("Facts", orjson.loads(other.data)))
        self._change(held)

    def _final(self, held: KnownIdentity) -> KnownIdentity:
        by = self._replaced.get(held)
        return held if by is None else self._final(by)

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


def _changes(held: KnownIdentity, now: int) -> Values:
    return (
        held.user_id, held.handle, held.url, held.data, held.is_active, held.followers, held.following, held.posts,
        now, now, held.id,
    )  # fmt: skip


def _count(number: int | None) -> int | None:
    """A number that can be one of followers or posts."""
    return number if number is not None and 0 <= number <= _LARGEST_COUNT else None


def _remember(facts: Facts, name: str, value: str | None) -> None:
    if value is not None:
        facts[ALSO] = {**values_of(facts), name: [value]}
