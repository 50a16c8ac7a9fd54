"""Contacts in templates."""

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import TemplateType
from tests.proof import FULL
from tests.storage.filled_rows import insert_least
from tests.storage.races import race

MANY = 8 if FULL else 4


def test_enrolling_twice_is_enrolling_once(database: Database) -> None:
    with database.write() as session:
        template, contact = template_and_contact(session)
        first = enrollments.enroll_contact(session, template_id=template, contact_id=contact)
        second = enrollments.enroll_contact(session, template_id=template, contact_id=contact)
    assert first is not None
    assert second is None
    assert enrolled(database, template) == [first.id]


def test_of_many_who_enroll_the_same_contact_at_once_one_does(database: Database) -> None:
    with database.write() as session:
        template, contact = template_and_contact(session)

    said = race(database, "enroll", template, contact, processes=MANY)

    assert sorted(said) == ["already there"] * (MANY - 1) + ["enrolled"]
    assert len(enrolled(database, template)) == 1


def test_a_contact_who_has_finished_may_be_enrolled_again(database: Database) -> None:
    with database.write() as session:
        template, contact = template_and_contact(session)
        first = enrollments.enroll_contact(session, template_id=template, contact_id=contact)
        assert first is not None
        finished = enrollments.get_enrollment(session, first.id)
        assert finished is not None
        finished.status = EnrollmentStatus.COMPLETED
        session.flush()
        assert enrollments.enroll_contact(session, template_id=template, contact_id=contact) is not None
    assert len(enrolled(database, template)) == 2


def test_an_enrollment_is_listed_with_the_name_and_address_of_its_contact(database: Database) -> None:
    with database.write() as session:
        template, contact = template_and_contact(session)
        person = session.get(Contact, contact)
        assert person is not None
        person.name, person.email = "Grace Sample", "grace@sample.test"
        session.flush()
        enrollments.enroll_contact(session, template_id=template, contact_id=contact)
    with database.read() as session:
        (row,) = enrollments.list_enrollments(session, template_id=template)
        assert enrollments.count_enrollments(session, contact_id=contact) == 1
    assert (row["contact_name"], row["contact_email"], row["status"]) == (
        "Grace Sample",
        "grace@sample.test",
        "pending",
    )


def template_and_contact(session: Session) -> tuple[str, str]:
    template = templates.create_template(session, name="Welcome", template_type=TemplateType.NURTURE)
    return template.id, insert_least(session, table_of(Contact))["id"]


def enrolled(database: Database, template_id: str) -> list[str]:
    with database.read() as session:
        return [row["id"] for row in enrollments.list_enrollments(session, template_id=template_id)]
