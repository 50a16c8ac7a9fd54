"""The contacts that the records of a batch may refer to, read with a few queries."""

from collections.abc import Iterable, Sequence
from functools import partial

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values
from onelane.storage.people import contacts, emails, identities
from onelane.storage.people.identities import find_namesakes
from onelane.tools.people.intake.names import spellings
from onelane.tools.people.intake.person import CARRIED, KnownIdentity, Person
from onelane.tools.people.intake.user_ids import (
    MADE,
    has_made_id_too,
    ids_without_own,
    is_own_id,
    linked_references,
    made_id,
    user_ids,
    x_url,
)
from onelane.tools.platforms.formats.records import PersonRecord

MOST_NAMESAKES = 10
"""A name that more contacts bear tells nothing, not even together with a company."""


class Directory:
    """Known and new people of a batch by identity, address and name."""

    def __init__(self, session: Session, records: Sequence[PersonRecord]) -> None:
        self.owners: dict[str, list[Person]] = {}
        """Whose an address is, where that is vouched for."""
        self.unvouched: set[tuple[str, str]] = set()
        """Contact ids and addresses that somebody entered, but that prove nothing yet."""
        self.made_ids_on: set[str] = set()
        """The platforms where some are known by an id that an import made."""
        self._by_id: dict[tuple[str, str], KnownIdentity] = {}
        self._by_url: dict[str, KnownIdentity] = {}
        # Not in the people themselves: what refers to each other in a circle waits for the garbage collector.
        self._identities: dict[Person, list[KnownIdentity]] = {}
        self._by_name: dict[str, list[Person]] = {}
        _Loading(session, self).run(records)

    def find_identity(self, platform: str, user_id: str) -> KnownIdentity | None:
        """The identity with this id."""
        return self._by_id.get((platform, user_id))

    def find_identity_at(self, url: str) -> KnownIdentity | None:
        """The X identity with this address."""
        return self._by_url.get(url)

    def identities_of(self, person: Person) -> Sequence[KnownIdentity]:
        """The identities of a person that are known here: all, unless the platform's own id led to that person."""
        return self._identities.get(person, ())

    def find_identity_by_made_id(self, record: PersonRecord) -> KnownIdentity | None:
        """The identity that an older file, which knew less, gave to the person of a record."""
        if record.platform not in self.made_ids_on:
            return None
        user_id = made_id(record)
        return self._by_id.get((record.platform, user_id)) if user_id else None

    def has_more_to_tell(self, platform: str) -> bool:
        """Whether someone may be found by something else than ids of the platform's own, addresses and links."""
        return bool(self._by_name) or platform in self.made_ids_on

    def namesakes(self, record: PersonRecord) -> list[Person]:
        """People of the same name, unless there are very many."""
        if not self._by_name:
            return []
        people = {person: None for name in spellings(record) for person in self._by_name.get(name, ())}
        return list(people) if len(people) <= MOST_NAMESAKES else []

    def add_person(self, person: Person) -> None:
        """Let someone be found by name."""
        self._by_name.setdefault(person.name, []).append(person)

    def add_identity(self, identity: KnownIdentity) -> None:
        """Let someone be found by an identity, and by its address if it has one on X."""
        self._by_id[identity.platform, identity.user_id] = identity
        self._identities.setdefault(identity.person, []).append(identity)
        if identity.url and identity.platform == "x":
            self._by_url[identity.url] = identity
        if identity.user_id.startswith(MADE):
            self.made_ids_on.add(identity.platform)

    def replace_identity(self, old: KnownIdentity, by: KnownIdentity) -> None:
        """An identity turned out to be another one of the same person."""
        del self._by_id[old.platform, old.user_id]
        self._identities[old.person].remove(old)
        if old.url:
            self._by_url[old.url] = by

    def learn_handle(self, identity: KnownIdentity, handle: str, url: str | None) -> None:
        """Give an identity a handle, and let it be found by the address that is made of it."""
        if identity.url and self._by_url.get(identity.url) is identity:
            del self._by_url[identity.url]
        identity.handle, identity.url = handle, url
        if url and identity.platform == "x":
            self._by_url[url] = identity

    def lose_handle(self, identity: KnownIdentity) -> None:
        """A handle is somebody else's now."""
        if identity.url and self._by_url.get(identity.url) is identity:
            del self._by_url[identity.url]
        identity.handle = identity.url = None

    def rename_identity(self, identity: KnownIdentity, user_id: str) -> None:
        """Give an identity the platform's own id in place of a made one, or of an earlier one."""
        del self._by_id[identity.platform, identity.user_id]
        identity.user_id = user_id
        self._by_id[identity.platform, user_id] = identity

    def add_address(self, address: str, person: Person) -> None:
        """Let someone be found by an address."""
        self.owners.setdefault(address, []).append(person)

    def replace(self, old: Person, new: Person) -> None:
        """Two were found to be one: whatever led to the one leads to the other."""
        for identity in self._identities.pop(old, []):
            identity.person = new
            self._identities.setdefault(new, []).append(identity)
        for people in (*self.owners.values(), *self._by_name.values()):
            if old in people:
                people[:] = [new, *(each for each in people if each is not old and each is not new)]


class _Loading:
    """Fills a directory: with those to whom ids and addresses lead, then with those to whom names lead."""

    def __init__(self, session: Session, directory: Directory) -> None:
        self._session = session
        self._directory = directory
        self._identities: dict[str, Values] = {}
        self._owners: list[Values] = []

    def run(self, records: Sequence[PersonRecord]) -> None:
        by_platform: dict[str, list[PersonRecord]] = {}
        for record in records:
            by_platform.setdefault(record.platform, []).append(record)
        for platform, platform_records in by_platform.items():
            self._find_identities(platform, platform_records)
        self._find_linked(records)
        self._owners = self._find_owners(records)
        namesakes: set[str] = set()
        for platform, platform_records in by_platform.items():
            namesakes |= self._find_namesakes(platform, platform_records)
        self._find_all_identities(namesakes)
        self._fill(namesakes)

    def _find_identities(self, platform: str, records: Sequence[PersonRecord]) -> None:
        wanted_ids = {record.platform_user_id for record in records if record.platform_user_id}
        for record in records:
            if not record.platform_user_id or "@" in record.platform_user_id:
                wanted_ids.update(user_ids(record))
            elif has_made_id_too(record):
                wanted_ids.update(ids_without_own(record))
            if record.former_user_ids:
                wanted_ids.update(record.former_user_ids)
        if identities.may_begin_with(self._session, platform, MADE):
            self._directory.made_ids_on.add(platform)
            wanted_ids.update(user_id for record in records if (user_id := made_id(record)))
        self._take(identities.read_identities(self._session, platform, wanted_ids))
        if platform == "x":
            urls = {x_url(record.handle) for record in records if record.handle}
            self._take(identities.read_x_identities_at(self._session, urls) if urls else ())

    def _find_linked(self, records: Sequence[PersonRecord]) -> None:
        references = [
            reference
            for record in records
            if record.website or "profiles" in record.extra
            for reference in linked_references(record)
        ]
        for platform in {reference.platform for reference in references}:
            ids = {reference.user_id for reference in references if reference.platform == platform}
            self._take(identities.read_identities(self._session, platform, ids))
        urls = {reference.url for reference in references if reference.platform == "x" and reference.url}
        self._take(identities.read_x_identities_at(self._session, urls) if urls else ())

    def _find_owners(self, records: Iterable[PersonRecord]) -> list[Values]:
        addresses = {email.normalized for record in records for email in record.emails}
        return emails.read_owners(self._session, addresses) if addresses else []

    def _find_namesakes(self, platform: str, records: Sequence[PersonRecord]) -> set[str]:
        """Contacts with a stranger's name. Who has an id of the platform's own can't be one with another such id."""
        known_ids = {row[3] for row in self._identities.values() if row[2] == platform}
        with_id: set[str] = set()
        without: set[str] = set()
        for record in records:
            if record.name and record.platform_user_id not in known_ids and (record.company or record.connected_at):
                (with_id if record.platform_user_id else without).update(spellings(record))
        # Where no id was made, whoever came from the platform has an id of its own; looking at that first is quicker.
        came_not_from = None if platform in self._directory.made_ids_on else platform
        search = partial(find_namesakes, self._session, most=MOST_NAMESAKES)
        contact_ids = search(with_id, unknown_to=platform, came_not_from=came_not_from) if with_id else []
        return {*contact_ids, *(search(without) if without else ())}

    def _find_all_identities(self, namesakes: set[str]) -> None:
        """Whoever was not found by the platform's own id may have others, which tell whether it can be the same."""
        several = ("x", "gmail")
        indirect = {row[1] for row in self._identities.values() if row[2] in several or not is_own_id(row[3])}
        indirect.update(namesakes, (row[1] for row in self._owners))
        if indirect:
            self._take(identities.read_identities_of(self._session, indirect))

    def _fill(self, namesakes: set[str]) -> None:
        contact_ids = {row[1] for row in self._identities.values()} | {row[1] for row in self._owners} | namesakes
        rows = contacts.hold_for_import(self._session, contact_ids, CARRIED) if contact_ids else []
        people = {each.id: each for each in (Person(**dict(zip(CARRIED, row, strict=True))) for row in rows)}
        # On PostgreSQL someone may have been removed since the ids were read.
        for identity_id, contact_id, *values in self._identities.values():
            if contact_id in people:
                self._directory.add_identity(KnownIdentity(people[contact_id], identity_id, *values))
        for address, contact_id, is_vouched in self._owners:
            if contact_id in people and is_vouched:
                self._directory.add_address(address, people[contact_id])
            elif contact_id in people:
                self._directory.unvouched.add((contact_id, address))
        for contact_id in namesakes & people.keys():
            self._directory.add_person(people[contact_id])

    def _take(self, rows: Iterable[Values]) -> None:
        for row in rows:
            self._identities[row[0]] = row
