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
        identity = self._begin(person, record, user_ids(record), facts)
        if identity is not None:
            self._take_counts(identity, record)

    def earlier(self, person: Person, record: PersonRecord) -> Earlier:
        """What the record's platform said of a person before."""
        own = self._find_identity(person, record)
        others = (identity.data for identity in self._on_platform(person, record) if identity is not own)
        return earlier_of(own and own.data, others, is_live=record.is_live)

    def keep(self, person: Person, record: PersonRecord, facts: Facts) -> None:
        """Keep what a record calls a person and says of them; the person counts as changed if that is news."""
        identity = self._find_identity(person, record)
        if record.is_live and ALSO in facts:
            self._leave_to_exports(person, identity, record, facts)
        if identity is None:
            self.start(person, record, facts)
            return
        self._keep_made_id(person, record)
        self._unite_ids(identity, record)
        self._take_handle(identity, record, facts)
        data = united(identity.data, facts, is_live=record.is_live) if facts else identity.data
        if data != identity.data:
            identity.data = data
            self._change(identity)
        self._take_counts(identity, record)
        self._note_relations(identity, record)

    def lose(self, identity: KnownIdentity) -> bool:
        """The platform no longer has a user; whether that is news."""
        if identity.is_active:
            identity.is_active = False
            self._change(identity)
            return True
        return False

    def keep_links(self, person: Person, record: PersonRecord) -> None:
        """Keep the profiles that the address book has for a person, but for those that are somebody's already."""
        for reference in linked_references(record):
            identity = self._directory.find_identity(reference.platform, reference.user_id)
            if identity is None and self._directory.find_identity_at(reference.url or "") is None:
                self._add(
                    KnownIdentity(person, "", reference.platform, reference.user_id, reference.handle, reference.url)
                )

    def write(self, session: Session, now: int) -> None:
        """Write the identities; their people must have been written. The first of a new contact is the primary one."""
        new = [identity for identity in self._new if identity not in self._replaced]
        changed_identities = [identity for identity in self._changed if identity.id and identity not in self._replaced]
        for identity, identity_id in zip(new, session.new_ids("idn", len(new)), strict=True):
            identity.id = identity_id
        insert_rows(session, Identity, _IDENTITY, [self._row(identity, now) for identity in new])
        update_rows(session, Identity, _IDENTITY_CHANGES, [_changes(identity, now) for identity in changed_identities])
        for old, by in self._replaced.items():
            if old.id:
                replace_identity(session, old.id, by.id)

    def related(self) -> Iterator[tuple[str, PersonRecord]]:
        """Who was named as one of a list, such as a follower: the id of the identity, which was written, and how."""
        for identity, record in self._related:
            yield self._final(identity).id, record

    def _row(self, identity: KnownIdentity, now: int) -> Values:
        is_primary = self._directory.identities_of(identity.person)[0] is identity
        return (
            identity.id, identity.person.final.id, identity.platform, identity.user_id, identity.handle, identity.url,
            identity.data, identity.is_active, identity.followers, identity.following, identity.posts, is_primary,
            now, now, now,
        )  # fmt: skip

    def _find_identity(self, person: Person, record: PersonRecord) -> KnownIdentity | None:
        """The identity of a person that a record speaks of."""
        ids = user_ids(record)
        for user_id in ids:
            identity = self._directory.find_identity(record.platform, user_id)
            if identity is not None and identity.person is person:
                return identity
        others = self._on_platform(person, record)
        if not (ids and is_own_id(ids[0])):
            if record.platform == "gmail":  # the API's word and an export's are kept apart
                others = [identity for identity in others if not is_own_id(identity.user_id)]
            return others[0] if others else None
        return self._find_earlier_identity(person, record, others)

    def _find_earlier_identity(
        self, person: Person, record: PersonRecord, others: Sequence[KnownIdentity]
    ) -> KnownIdentity | None:
        """The identity by which a person was known until the platform's own id, or another one of those, was told."""
        own = record.platform_user_id or ""
        for identity in others:
            is_by_handle = identity.user_id[0] == "@" and (record.handle or "").lower() == identity.user_id[1:]
            is_free = self._directory.find_identity(record.platform, own) is None
            if is_by_handle or (is_free and identity.user_id in record.former_user_ids):
                self._directory.rename_identity(identity, own)
                self._change(identity)
                return identity
        return None

    def _on_platform(self, person: Person, record: PersonRecord) -> list[KnownIdentity]:
        return [identity for identity in self._directory.identities_of(person) if identity.platform == record.platform]

    def _keep_made_id(self, person: Person, record: PersonRecord) -> None:
        """Where an export of the address book knows a person by another id than its API, both ids lead to them."""
        if has_made_id_too(record) and all(
            is_own_id(identity.user_id) for identity in self._on_platform(person, record)
        ):
            self._begin(person, record, ids_without_own(record), {})

    def _begin(self, person: Person, record: PersonRecord, ids: Sequence[str], facts: Facts) -> KnownIdentity | None:
        """Keep somebody by the best of these ids that is nobody else's."""
        for user_id in ids:
            if self._directory.find_identity(record.platform, user_id) is None:
                identity = KnownIdentity(
                    person, "", record.platform, user_id, record.handle, _url(record), kept_text(facts)
                )
                self._take_over_handle(identity, record)
                self._add(identity)
                self._note_relations(identity, record)
                return identity
        return None

    def _unite_ids(self, identity: KnownIdentity, record: PersonRecord) -> None:
        """What this user was called before is one of theirs no longer."""
        if record.platform == "x" and record.handle and is_own_id(identity.user_id):
            self._take_over(identity, f"@{record.handle.lower()}")
        for former in record.former_user_ids:
            self._take_over(identity, former)

    def _leave_to_exports(
        self, person: Person, identity: KnownIdentity | None, record: PersonRecord, facts: Facts
    ) -> None:
        """What an export said, and the platform says otherwise, is another value of the export's identity."""
        for other in self._on_platform(person, record):
            export_values = said_otherwise(other.data, facts) if other is not identity else {}
            if export_values:
                other.data = united(other.data, {ALSO: export_values})
                self._change(other)
                facts[ALSO] = {name: values for name, values in values_of(facts).items() if name not in export_values}
        if not values_of(facts):
            del facts[ALSO]

    def _take_handle(self, identity: KnownIdentity, record: PersonRecord, facts: Facts) -> None:
        """Take a handle where none is known, and the platform's own word for it always; another one is remembered."""
        new, old = record.handle, identity.handle
        if not new:
            return
        is_other = old is not None and old.lower() != new.lower()
        if record.is_live and (is_other or old != new):
            follow_handle(identity.person, old, record)
            self._take_over_handle(identity, record)
        elif old:
            _remember(facts, "handle", new if is_other else None)
            return
        if old != new:
            _remember(facts, "handle", old if is_other else None)
            self._directory.learn_handle(identity, new, _url(record))
            self._change(identity)

    def _take_over_handle(self, identity: KnownIdentity, record: PersonRecord) -> None:
        """Whoever had this handle on X has another one now, which is not known."""
        other = (
            self._directory.find_identity_at(_url(record) or "") if record.is_live and record.platform == "x" else None
        )
        if other is None or other is identity or not is_own_id(other.user_id) or other.user_id == identity.user_id:
            return
        forget_handle(other.person, other.handle, other.user_id)
        other.data = united(other.data, {ALSO: {"handle": [other.handle]}})
        self._directory.lose_handle(other)
        self._change(other)
        self.bystanders[other.person] = None

    def _take_counts(self, identity: KnownIdentity, record: PersonRecord) -> None:
        """Follow the platform's numbers. They change every day, so that they alone make nobody count as changed."""
        if not record.is_live:
            return
        counts = [_count(each) for each in (record.followers_count, record.following_count, record.posts_count)]
        followers, following, posts = counts
        news = (
            identity.followers if followers is None else followers,
            identity.following if following is None else following,
            identity.posts if posts is None else posts,
        )
        if news != (identity.followers, identity.following, identity.posts):
            identity.followers, identity.following, identity.posts = news
            self._changed[identity] = None
        if not identity.is_active:
            identity.is_active = True
            self._change(identity)

    def _note_relations(self, identity: KnownIdentity, record: PersonRecord) -> None:
        if record.platform == "x" and record.relations:
            self._related.append((identity, record))

    def _take_over(self, identity: KnownIdentity, other_id: str) -> None:
        """An account that was known by its handle, or by an earlier id, is one that is known by its id too."""
        other = self._directory.find_identity(identity.platform, other_id)
        if other is None or other is identity or other.person is not identity.person:
            return
        self._directory.replace_identity(other, identity)
        self._replaced[other] = identity
        identity.data = united(identity.data, cast("Facts", orjson.loads(other.data)))
        self._change(identity)

    def _final(self, identity: KnownIdentity) -> KnownIdentity:
        by = self._replaced.get(identity)
        return identity if by is None else self._final(by)

    def _change(self, identity: KnownIdentity) -> None:
        self._changed[identity] = None
        identity.person.is_changed = True

    def _add(self, identity: KnownIdentity) -> None:
        self._directory.add_identity(identity)
        self._new.append(identity)
        identity.person.is_changed = True


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


def _changes(identity: KnownIdentity, now: int) -> Values:
    return (
        identity.user_id, identity.handle, identity.url, identity.data, identity.is_active,
        identity.followers, identity.following, identity.posts, now, now, identity.id,
    )  # fmt: skip


def _count(number: int | None) -> int | None:
    """A number that can be one of followers or posts."""
    return number if number is not None and 0 <= number <= _LARGEST_COUNT else None


def _remember(facts: Facts, name: str, value: str | None) -> None:
    if value is not None:
        facts[ALSO] = {**values_of(facts), name: [value]}
