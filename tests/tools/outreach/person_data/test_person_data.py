"""A person's data: all of it is given in one document; once erased, nothing is left and nobody writes again."""

from typing import Any

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.metadata import METADATA
from onelane.storage.outreach import inbound_messages, suppressions
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts, emails, identities
from onelane.storage.platforms.accounts import Channel, Platform
from onelane.storage.platforms.content import ContentItem
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.outreach.person_data import exporting
from onelane.tools.outreach.person_data.erasing import erase_person
from onelane.tools.outreach.person_data.exporting import ContactExport
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.workflows import activation, drafts, runs, templates
from onelane.tools.workflows import enrollments as enrollment_tools
from onelane.tools.workflows.drafts import SavedDraft
from onelane.tools.workflows.enroll_batches import Enrolled
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.connected_mail import with_mail
from tests.databases import Clock
from tests.toolbox import toolbox
from tests.tools.outreach.moving.moved import MovingSequence, mail

NAME, ADDRESS, OTHER = "Zenobia Quaxley", "zenobia@quaxley.example", "z.quaxley@other.example"
PROFILE = "https://www.linkedin.com/in/zenobia-quaxley"
TRACES = ("quaxley", "zenobia", "private words")


@pytest.fixture
def moved(database: Database, clock: Clock) -> MovingSequence:
    """Zenobia was written to, has answered, and her next letter waits."""
    tools = toolbox(with_mail(database), templates, activation, enrollment_tools, runs, drafts, exporting)
    made = MovingSequence(tools, clock)
    made.begins(mail(), mail(48, sameThread=True))
    return made


def zenobia(moved: MovingSequence) -> str:
    with moved.database.write() as session:
        made = contacts.create_contact(session, name=NAME, email=ADDRESS, notes="private words", profile_url=PROFILE)
        for address in (ADDRESS, OTHER):
            emails.keep_email(session, made.id, address=address, normalized=address, source="hand", is_verified=True)
        identities.create_identity(
            session,
            contact_id=made.id,
            platform=Platform.LINKEDIN,
            platform_user_id="zenobia-quaxley",
            platform_url=PROFILE,
        )
        index_contacts(session, [made.id])
    return made.id


def lived_through(moved: MovingSequence) -> str:
    contact_id = zenobia(moved)
    enrolled = moved.tools.call(Enrolled, "enroll_contacts", template_id=moved.template_id, contact_ids=[contact_id])
    moved.enrollment_ids.append(enrolled.data[0].enrollment_id or "")
    moved.look()
    moved.approve()
    moved.send()
    moved.look(hours=48)
    (action,) = moved.actions(ActionStatus.SENT)
    moved.tools.call(SavedDraft, "save_draft", body="Dear Zenobia", kind="email", contact_id=contact_id)
    with moved.database.write() as session:
        inbound_messages.create_message(
            session,
            message_id="<answer@quaxley.example>",
            from_address=ADDRESS.upper(),
            subject="Re: engines",
            own_text="private words",
            contact_id=contact_id,
            outbound_action_id=action.id,
            kind=MessageKind.AUTO_REPLY,
        )
        tasks.create_task(
            session,
            title=f"Is {NAME} somebody else?",
            task_type=TaskType.MERGE_PROPOSAL,
            payload=f'{{"contact_ids": ["con_other", "{contact_id}"]}}',
        )
    return contact_id


def traces(database: Database) -> list[tuple[str, str, str]]:
    """Every text in any table that tells of her, but for the Message-ID of her answer, by which it is known again."""
    found: list[tuple[str, str, str]] = []
    with database.read() as session:
        for table in METADATA.sorted_tables:
            for row in session.sql(sa.select(table)).mappings():
                texts = ((name, str(value)) for name, value in row.items() if name != "message_id")
                found += [(table.name, n, v) for n, v in texts if any(each in v.casefold() for each in TRACES)]
    return found


def test_an_export_holds_everything_that_is_kept_of_a_person(moved: MovingSequence) -> None:
    contact_id = lived_through(moved)
    export = moved.tools.call(ContactExport, "export_contact", contact_id=contact_id).model_dump(mode="json")
    tables: dict[str, list[dict[str, Any]]] = export["tables"]
    assert {name: len(rows) for name, rows in tables.items()} == {
        "contacts": 1,
        "contact_emails": 2,
        "contact_identities": 1,
        "content_items": 1,
        "engagements": 1,
        "inbound_messages": 1,
        "outbound_actions": 2,
        "tasks": 1,
        "workflow_enrollments": 1,
        "workflow_steps": len(tables["workflow_steps"]),
    }
    assert tables["contacts"][0]["notes"] == "private words"
    assert tables["inbound_messages"][0]["headers"] == {}
    assert [row["to_address"] for row in tables["outbound_actions"]] == [ADDRESS] * 2


def test_of_whom_was_erased_nothing_is_left_but_that_something_was_sent(moved: MovingSequence) -> None:
    contact_id = lived_through(moved)
    assert traces(moved.database)
    erased = erase_person(moved.tools.services, contact_id)
    assert (erased.id, erased.erased) == (contact_id, True)
    assert traces(moved.database) == []
    with moved.database.read() as session:
        rows = session.sql(sa.select(table_of(OutboundAction)).order_by("step_index")).mappings().all()
        drafts_left = session.sql(sa.select(sa.func.count()).select_from(ContentItem)).scalar_one()
    assert [(row["status"], row["reason"], row["contact_id"]) for row in rows] == [
        (ActionStatus.SENT, None, None),
        (ActionStatus.CANCELLED, "contact_erased", None),
    ]
    assert (rows[0]["sent_at"] is not None, drafts_left) == (True, 0)
    assert moved.look(days=10) == 0
    with pytest.raises(NotFound):
        erase_person(moved.tools.services, contact_id)


def test_an_erased_address_is_not_written_to_after_a_later_import(moved: MovingSequence) -> None:
    erased = erase_person(moved.tools.services, zenobia(moved))
    assert erased.suppressed == 4
    with moved.database.write() as session:
        again = [
            contacts.create_contact(session, name="Zoe Quick", email=address).id
            for address in (OTHER, ADDRESS.upper(), "somebody@else.example")
        ]
        listed = suppressions.list_suppressions(session, limit=10)
    assert {(row.address, row.contact_id, row.reason) for row in listed} == {(None, None, "erased")}
    assert {row.channel for row in listed} == {Channel.ALL, Channel.LINKEDIN}
    answer = moved.tools.call(Enrolled, "enroll_contacts", template_id=moved.template_id, contact_ids=again)
    assert [each.reason for each in answer.data] == ["suppressed", "suppressed", None]


def test_an_erased_profile_is_known_again_however_it_ends(moved: MovingSequence) -> None:
    saved = {"name": "Zoe Quick", "profile_url": "https://x.com/zoe/"}
    template = moved.tools.call(
        TemplateWithSteps,
        "create_template",
        name="Follow",
        template_type="outreach",
        platform="x",
        steps=[{"step_type": "follow"}],
    )
    with moved.database.write() as session:
        gone = contacts.create_contact(session, **saved).id
    assert erase_person(moved.tools.services, gone).suppressed == 1
    with moved.database.write() as session:
        again = contacts.create_contact(session, **saved).id
    answer = moved.tools.call(Enrolled, "enroll_contacts", template_id=template.id, contact_ids=[again])
    assert [each.reason for each in answer.data] == ["suppressed"]


def test_the_user_is_not_erased(moved: MovingSequence) -> None:
    with moved.database.write() as session:
        me = contacts.create_contact(session, name="Me", is_self=True).id
    with pytest.raises(Conflict, match="you"):
        erase_person(moved.tools.services, me)
