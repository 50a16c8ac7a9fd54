"""Everyone whom the records of one batch may be about, read with a handful of queries."""

from collections.abc import Iterable, Sequence

from onelane.storage import contacts, emails, identities
from onelane.storage.bulk import Values
from onelane.storage.database import Session
from onelane.tools.intake.names import folded, folded_company, spellings
from onelane.tools.intake.person import Held, Person
from onelane.tools.intake.references import DERIVED, is_own_id, linked_references, made_id, user_ids, x_handle, x_url
from onelane.tools.platforms.records import PersonRecord

_MOST_NAMESAKES = 25
"""A name that more contacts bear tells nothing, not even together with a company."""


class Directory:
    """The people who are known already, and those whom this batch adds, by all that may tell who someone is."""

    def __init__(self, session: Session, records: Sequence[PersonRecord]) -> None:
        self.owners: dict[str, list[Person]] = {}
        """Whose an address is, where that is vouched for."""
        self.unvouched: set[tuple[str, str]] = set()
        """Contact ids and addresses that somebody entered, but that prove nothing yet."""
        self._by_id: dict[tuple[str, str], Held] = {}
        self._by_url: dict[str, Held] = {}
        self._by_name: dict[tuple[str, str], list[Person]] = {}
        self._made_ids_on: set[str] = set()
        _Loading(session, self).run(records)

    def held(self, platform: str, user_id: str) -> Held | None:
        """The identity with this id."""
        return self._by_id.get((platform, user_id))

    def held_at(self, url: str) -> Held | None:
        """The X identity with this address."""
        return self._by_url.get(url)

    def held_by_made_id(self, record: PersonRecord) -> Held | None:
        """The identity that an older file, which knew less, gave to the person of a record."""
        if record.platform not in self._made_ids_on:
            return None
        made = made_id(record)
        return self._by_id.get((record.platform, made)) if made else None

    def namesakes(self, record: PersonRecord) -> list[Person]:
        """People of the same name in the same company."""
        if not (record.company and self._by_name):
            return []
        keys = {_name_key(name, record.company): None for name in spellings(record)}
        return [person for key in keys for person in self._by_name.get(key, [])]

    def may_have_made_ids(self, platform: str) -> None:
        """Some people on a platform are known by an id that an import made."""
        self._made_ids_on.add(platform)

    def add_person(self, person: Person) -> None:
        """Let someone be found by name and company."""
        if person.company:
            self._by_name.setdefault(_name_key(person.name, person.company), []).append(person)

    def add_identity(self, held: Held) -> None:
        """Let someone be found by an identity, and by its address if it has one on X."""
        self._by_id[held.platform, held.user_id] = held
        held.person.identities.append(held)
        if held.url and held.platform == "x":
            self._by_url[held.url] = held
        if held.user_id[0] == "~":
            self.may_have_made_ids(held.platform)

    def rename_identity(self, held: Held, user_id: str) -> None:
        """Give an identity the platform's own id in place of a made one."""
        del self._by_id[held.platform, held.user_id]
        held.user_id, held.is_changed = user_id, True
        self._by_id[held.platform, user_id] = held

    def add_address(self, address: str, person: Person) -> None:
        """Let someone be found by an address."""
        self.owners.setdefault(address, []).append(person)

    def replace(self, gone: Person, kept: Person) -> None:
        """Two were found to be one: whatever led to the one leads to the other."""
        for held in gone.identities:
            held.person = kept
        kept.identities += gone.identities
        for people in (*self.owners.values(), *self._by_name.values()):
            if gone in people:
                people[:] = [kept, *(each for each in people if each is not gone and each is not kept)]


class _Loading:
    """Fills a directory: first what the records' ids and addresses lead to, then what names lead to, then those people."""

    def __init__(self, session: Session, directory: Directory) -> None:
        self._session = session
        self._directory = directory
        self._identities: dict[str, Values] = {}
        self._owners: list[Values] = []

    def run(self, records: Sequence[PersonRecord]) -> None:
        keyed = [(record, user_ids(record)) for record in records]
        self._find_identities(keyed)
        self._owners = self._find_owners(records)
        known = {(row[2], row[3]) for row in self._identities.values()}
        strangers = [record for record, ids in keyed if not any((record.platform, id) in known for id in ids)]
        namesakes = self._find_namesakes(strangers)
        self._find_all_identities(namesakes)
        self._fill(namesakes)

    def _find_identities(self, keyed: Sequence[tuple[PersonRecord, tuple[str, ...]]]) -> None:
        wanted, urls = self._keys(keyed)
        for platform, ids in wanted.items():
            self._take(identities.read_identities(self._session, platform, ids))
        if urls:
            self._take(identities.read_identities_at(self._session, urls))

    def _keys(self, keyed: Sequence[tuple[PersonRecord, tuple[str, ...]]]) -> tuple[dict[str, set[str]], set[str]]:
        wanted: dict[str, set[str]] = {}
        urls: set[str] = set()
        for platform in {record.platform for record, _ in keyed}:
            wanted[platform] = {id for record, ids in keyed if record.platform == platform for id in ids}
            if identities.has_identities_between(self._session, platform, *DERIVED):
                self._directory.may_have_made_ids(platform)
                made = (made_id(record) for record, _ in keyed if record.platform == platform)
                wanted[platform].update(id for id in made if id)
        for record, _ in keyed:
            if handle := x_handle(record):
                urls.add(x_url(handle))
            for reference in linked_references(record):
                wanted.setdefault(reference.platform, set()).add(reference.user_id)
                urls.update([reference.url] if reference.platform == "x" else [])
        return wanted, urls

    def _find_owners(self, records: Iterable[PersonRecord]) -> list[Values]:
        addresses = {email.normalized for record in records for email in record.emails}
        return emails.read_owners(self._session, addresses) if addresses else []

    def _find_namesakes(self, strangers: Sequence[PersonRecord]) -> set[str]:
        """Contacts with a stranger's name. Who has an id of the platform's own can't be one with another such id."""
        found: set[str] = set()
        for platform in {record.platform for record in strangers}:
            for has_own in (True, False):
                names = {
                    name
                    for record in strangers
                    if record.platform == platform and record.company and _has_own_id(record) is has_own
                    for name in spellings(record)
                }
                unknown_to = platform if has_own else None
                if names:
                    found.update(
                        identities.find_namesakes(self._session, names, unknown_to=unknown_to, most=_MOST_NAMESAKES)
                    )
        return found

    def _find_all_identities(self, namesakes: set[str]) -> None:
        """Whoever was not found by the platform's own id may have others, which tell whether it can be the same."""
        indirect = {row[1] for row in self._identities.values() if row[2] == "x" or not is_own_id(row[3])}
        indirect.update(namesakes, (row[1] for row in self._owners))
        if indirect:
            self._take(identities.read_identities_of(self._session, indirect))

    def _fill(self, namesakes: set[str]) -> None:
        wanted = {row[1] for row in self._identities.values()} | {row[1] for row in self._owners} | namesakes
        rows = contacts.hold_for_import(self._session, wanted) if wanted else []
        people: dict[str, Person] = {row[0]: Person(*row) for row in rows}
        for id, contact_id, *values in self._identities.values():
            self._directory.add_identity(Held(people[contact_id], id, *values))
        for address, contact_id, is_vouched in self._owners:
            if is_vouched:
                self._directory.add_address(address, people[contact_id])
            else:
                self._directory.unvouched.add((contact_id, address))
        for contact_id in namesakes:
            self._directory.add_person(people[contact_id])

    def _take(self, rows: Iterable[Values]) -> None:
        for row in rows:
            self._identities[row[0]] = row


def _has_own_id(record: PersonRecord) -> bool:
    return bool(record.platform_user_id) and is_own_id(record.platform_user_id or "")


def _name_key(name: str, company: str) -> tuple[str, str]:
    return folded(name), folded_company(company)
