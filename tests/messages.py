"""Messages of a sequence that wait for a person."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Channel, Platform, Transport
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus
from onelane.storage.workflows.templates import Template, TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.outreach.moving.content import content_hash
from onelane.tools.outreach.versions import freeze_sequence
from tests.connected_mail import connect_mail

Letter = Mapping[str, Any]
"""What a step says that sends a message."""

LETTER: Letter = {"subject": "Hello", "text": "Hello {{ first_name }}"}


def sequence(
    session: Session, name: str = "First hello", letters: Sequence[Letter] = (LETTER, LETTER), **config: Any
) -> Template:
    """An active sequence of these letters, three days apart, and an account that can send them."""
    connect_mail(session)
    return active_sequence(session, name, letters, hours_apart=72, **config)


def active_sequence(
    session: Session, name: str, letters: Sequence[Letter], *, hours_apart: int = 0, **config: Any
) -> Template:
    """An active sequence of these letters, in its first version."""
    template = templates.create_template(
        session,
        name=name,
        template_type=TemplateType.OUTREACH,
        status=TemplateStatus.ACTIVE,
        platform=Platform.GMAIL,
        config=orjson.dumps(config).decode(),
    )
    steps = [
        {
            "step_type": TemplateStepType.MESSAGE,
            "config": orjson.dumps(letter).decode(),
            "delay_hours": hours_apart if index else 0,
        }
        for index, letter in enumerate(letters)
    ]
    templates.add_template_steps(session, template.id, steps)
    freeze_sequence(session, template)
    return template


def message(
    session: Session, template: Template, name: str = "Ada Lovelace", *, text: str = "Hello Ada", **columns: Any
) -> str:
    """The id of a message of this sequence that waits; `columns` are others than usual."""
    address = f"{name.split(maxsplit=1)[0].lower()}.{session.new_id('m')}@example.com"
    contact = contacts.create_contact(session, name=name, email=address)
    enrollment = enrollments.enroll_contact(session, template_id=template.id, contact_id=contact.id)
    assert enrollment is not None
    enrollment.status, enrollment.step_began_at = EnrollmentStatus.ACTIVE, session.now()
    session.flush()
    said: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "transport": Transport.SMTP,
        "step_type": TemplateStepType.MESSAGE,
        "from_address": "me@example.com",
        "to_address": address,
        "subject": "Hello",
        "body_text": text,
        "body_html": None,
        "in_reply_to": None,
    }
    said |= {name: value for name, value in columns.items() if name in said}
    action = outbound_actions.create_action(
        session,
        **{
            "action_key": outbound_actions.action_key(enrollment.id, 0, 0),
            "enrollment_id": enrollment.id,
            "contact_id": contact.id,
            "template_id": template.id,
            "template_version_id": enrollment.template_version_id,
            "step_index": 0,
            "content_hash": content_hash(sender_name=None, **said),
            **said,
            **columns,
        },
    )
    assert action is not None
    return action.id


def waiting_message(database: Database, **columns: Any) -> str:
    """The id of a message that waits, of a sequence of its own."""
    with database.write() as session:
        return message(session, sequence(session), **columns)


def read_action(database: Database, action_id: str) -> OutboundAction:
    """The message's row."""
    with database.read() as session:
        found = outbound_actions.get_action(session, action_id)
        assert found is not None
        session.expunge(found)
    return found


def enrollment_of(database: Database, action_id: str) -> Enrollment:
    """The row of whom the message is for, in the sequence."""
    with database.read() as session:
        action = outbound_actions.get_action(session, action_id)
        assert action is not None
        found = enrollments.get_enrollment(session, str(action.enrollment_id))
        assert found is not None
        session.expunge(found)
    return found


def status_of(database: Database, action_id: str) -> ActionStatus:
    """Where the message is."""
    return read_action(database, action_id).status
