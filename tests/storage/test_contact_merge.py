"""Two contacts that are one."""

import sqlalchemy as sa

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.metadata import ADDED, SPECIFIED
from onelane.storage.people import contacts, emails, identities
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_index import IndexedContact, index_contacts
from onelane.storage.workflows import enrollments, tasks, templates
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.tasks import TaskStatus, TaskType, close_task
from onelane.storage.workflows.templates import TemplateType
from tests.storage.filled_rows import insert_least


def test_every_reference_to_the_duplicate_points_to_the_kept_contact_after_a_merge(database: Database) -> None:
    with database.write() as session:
        kept, gone = (contacts.create_contact(session, name=name).id for name in ("Kept", "Gone"))
        referring = [row for row in (*SPECIFIED, *ADDED) if _contact_column(row) is not None]
        assert len(referring) >= 7
        for number, row in enumerate(referring, 1):
            key = insert_least(session, table_of(row), number)
            column = _contact_column(row)
            assert column is not None
            session.sql(sa.update(column.table).where(column.table.c.id == key["id"]).values({column.name: gone}))
        unite_contacts(session, kept_id=kept, gone_id=gone)
    with database.read() as session:
        assert contacts.get_contact(session, gone) is None
        for row in referring:
            column = _contact_column(row)
            assert column is not None
            assert kept in session.sql(sa.select(column)).scalars()


def test_the_no_of_either_is_the_no_of_who_stays(database: Database) -> None:
    cases = {("own", "Refused"): "Refused", ("refused", "own"): "refused", (None, "refused"): "refused"}
    for (here, there), after in cases.items():
        with database.write() as session:
            kept, gone = (contacts.create_contact(session, name="A", consent_basis=each).id for each in (here, there))
            unite_contacts(session, kept_id=kept, gone_id=gone)
        with database.read() as session:
            assert session.get_one(Contact, kept).consent_basis == after


def test_a_row_that_both_contacts_have_is_there_once_after_a_merge(database: Database) -> None:
    with database.write() as session:
        kept, gone = (contacts.create_contact(session, name=name).id for name in ("Kept", "Gone"))
        template = templates.create_template(session, name="T", template_type=TemplateType.OUTREACH)
        for contact_id in (kept, gone):
            emails.keep_email(
                session, contact_id, address="a@b.test", normalized="a@b.test", source="person", is_verified=True
            )
            enrollments.enroll_contact(session, template_id=template.id, contact_id=contact_id)
        unite_contacts(session, kept_id=kept, gone_id=gone)
    with database.read() as session:
        assert [_count(session, row) for row in (ContactEmail, Enrollment, Contact)] == [1, 1, 1]


def test_a_merged_contact_has_one_primary_identity_and_one_document(database: Database) -> None:
    with database.write() as session:
        kept, gone = (contacts.create_contact(session, name=name).id for name in ("Kept", "Gone"))
        for number, contact_id in enumerate((kept, gone)):
            identity = identities.create_identity(
                session, contact_id=contact_id, platform=Platform.X, platform_user_id=str(number)
            )
            identity.is_primary = True
        session.flush()
        index_contacts(session, [kept, gone])
        unite_contacts(session, kept_id=kept, gone_id=gone)
        index_contacts(session, [kept, gone])
    with database.read() as session:
        found = identities.list_identities(session, kept)
        assert [identity.is_primary for identity in found] == [True, False]
        assert _count(session, IndexedContact) == 1


def test_the_question_whether_they_are_one_is_settled(database: Database) -> None:
    with database.write() as session:
        task = tasks.create_task(session, title="Same?", task_type=TaskType.MERGE_PROPOSAL, task_key="merge:a:b")
        close_task(session, "merge:a:b")
        close_task(session, "merge:a:c")
        session.refresh(task)
        assert (task.status, task.completed_at) == (TaskStatus.DONE, session.now())


def _contact_column(row: type[Row]) -> sa.Column[str] | None:
    for column in table_of(row).c:
        if any(key.column.table is table_of(Contact) for key in column.foreign_keys) and not column.unique:
            return column
    return None


def _count(session: Session, row: type[Row]) -> int:
    return session.sql(sa.select(sa.func.count()).select_from(table_of(row))).scalar_one()
