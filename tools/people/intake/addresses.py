"""Saves the e-mail addresses of a batch."""

from collections.abc import Sequence

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.emails import ContactEmail, vouch_for_emails
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.names import names_contradict
from onelane.tools.people.intake.person import Person
from onelane.tools.platforms.formats.mailboxes import is_shared
from onelane.tools.platforms.formats.records import Email, PersonRecord

_INSERTED = ("id", "contact_id", "address", "normalized", "label", "source", "is_verified", "created_at")


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
        insert_rows(
            session,
            ContactEmail,
            _INSERTED,
            [
                (
                    email_id,
                    person.final.id,
                    email.address,
                    email.normalized,
                    email.label,
                    source,
                    not is_shared(email.normalized),
                    now,
                )
                for (person, email, source), email_id in zip(self._new, ids, strict=True)
            ],
        )
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
