"""Taking items in, and looking at what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.engagements import Engagement
from onelane.storage.people.identities import Identity
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import Task
from onelane.tools.people.intake.batch import BatchOutcome, absorb
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import Email, Item, Owner, PersonRecord, PlatformName

MARCH_15 = datetime(2023, 3, 15, tzinfo=UTC)
_PASSING = {"id", "contact_id", "created_at", "updated_at", "last_synced_at"}
JULY_1 = datetime(2026, 7, 1, 12, tzinfo=UTC)


def linkedin(name: str, slug: str | None = None, *emails: str, **more: Any) -> PersonRecord:
    """A connection; the slug is derived from the name unless given, empty for an older file that has none."""
    slug = name.lower().replace(" ", "-") if slug is None else slug
    first, _, last = name.partition(" ")
    values: dict[str, Any] = {
        "line": 1,
        "platform": "linkedin",
        "platform_user_id": slug or None,
        "handle": slug or None,
        "url": f"https://www.linkedin.com/in/{slug}" if slug else None,
        "name": name,
        "first_name": first,
        "last_name": last or None,
        "emails": addresses(*emails),
        "connected_at": MARCH_15,
        "relations": ("connection",),
    }
    values.update(more)
    return PersonRecord(**values)


def google(name: str | None, *emails: str, **more: Any) -> PersonRecord:
    """An entry of an address book."""
    values: dict[str, Any] = {"line": 1, "platform": "gmail", "name": name, "emails": addresses(*emails)}
    values.update(more)
    return PersonRecord(**values)


def x(user_id: str | None, handle: str | None = None, name: str | None = None, **more: Any) -> PersonRecord:
    """Someone on X."""
    url = f"https://x.com/{handle}" if handle else f"https://x.com/i/user/{user_id}"
    values: dict[str, Any] = {"line": 1, "platform": "x", "platform_user_id": user_id, "handle": handle, "url": url}
    values.update(name=name, **more)
    return PersonRecord(**values)


def addresses(*emails: str) -> tuple[Email, ...]:
    return tuple(Email(email, email.lower()) for email in emails)


@dataclass
class Taking:
    """Takes items into a database, each batch in a transaction of its own."""

    database: Database

    def take(self, *items: Item, platform: PlatformName | None = None, owner: Owner | None = None) -> BatchOutcome:
        """Take in one batch."""
        with self.database.write() as session:
            return take_in_session(session, items, platform=platform, owner=owner)

    def take_file(self, sub_type: str, path: Path, *, batch: int = 1000) -> BatchOutcome:
        """Take in a file in batches."""
        export = open_export(sub_type, path)
        items = list(export.items())
        total = BatchOutcome()
        for start in range(0, len(items), batch):
            page = items[start : start + batch]
            outcome = self.take(*page, platform=export.platform, owner=export.owner)
            for name in ("added", "updated", "unchanged", "skipped", "proposals"):
                setattr(total, name, getattr(total, name) + getattr(outcome, name))
            total.bad += outcome.bad
        return total

    def rows(self, row: type[Row]) -> list[dict[str, Any]]:
        """All rows of a table, oldest first."""
        with self.database.read() as session:
            return rows_of(session, row)

    def contact(self, name: str) -> dict[str, Any]:
        """The one contact of this name."""
        (found,) = [contact for contact in self.contacts() if contact["name"] == name]
        return found

    def contacts(self) -> list[dict[str, Any]]:
        return self.rows(Contact)

    def names(self) -> list[str]:
        return sorted(contact["name"] for contact in self.contacts())

    def identities(self, contact_id: str | None = None) -> list[tuple[str, str]]:
        """Platform and user id, of one contact or of all."""
        return sorted(
            (row["platform"], row["platform_user_id"])
            for row in self.rows(Identity)
            if contact_id in (None, row["contact_id"])
        )

    def emails(self, contact_id: str) -> list[str]:
        return sorted(row["normalized"] for row in self.rows(ContactEmail) if row["contact_id"] == contact_id)

    def engagements(self) -> list[dict[str, Any]]:
        return self.rows(Engagement)

    def proposals(self) -> list[dict[str, Any]]:
        return self.rows(Task)


def take_in_session(
    session: Session, items: Sequence[Item], *, platform: PlatformName | None = None, owner: Owner | None = None
) -> BatchOutcome:
    """Take in one batch in a transaction that is the caller's."""
    found = [platform or "linkedin", *(str(getattr(item, "platform", "")) for item in items)]
    account = ensure_account(session, platform or found[-1] or found[0], owner)
    run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    return absorb(session, items, account=account, run_id=run.id, sub_type="linkedin_contacts")


def rows_of(session: Session, row: type[Row]) -> list[dict[str, Any]]:
    table = table_of(row)
    return [dict(found) for found in session.sql(sa.select(table).order_by(table.c.id)).mappings()]


def counts(outcome: BatchOutcome) -> tuple[int, int, int, int, int]:
    """Added, updated, unchanged, skipped, bad."""
    return outcome.added, outcome.updated, outcome.unchanged, outcome.skipped, len(outcome.bad)


def who_is_who(session: Session) -> set[frozenset[tuple[str, str]]]:
    """The contacts as sets of their identities: the same whatever their ids are."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows_of(session, Identity):
        found.setdefault(row["contact_id"], set()).add((row["platform"], row["platform_user_id"]))
    return {frozenset(identities) for identities in found.values()}


def in_batches(items: Sequence[Item], size: int) -> Iterable[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def logical_rows(database: Database, items: Sequence[Item], size: int) -> dict[str, list[str]]:
    """All that is known after these were taken in, in batches of this size, without ids and times; it is all undone."""
    with database.read() as session:
        for batch in in_batches(items, size):
            take_in_session(session, batch)
        people = {row["id"]: row["name"] for row in rows_of(session, Contact)}
        tables = {"contacts": Contact, "identities": Identity, "emails": ContactEmail}
        return {
            name: sorted(repr(_logical(row, people)) for row in rows_of(session, table))
            for name, table in tables.items()
        }


def _logical(row: dict[str, Any], people: dict[str, str]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if name not in _PASSING}
    return known if "contact_id" not in row else {**known, "of": people[row["contact_id"]]}
