"""A preview and an explanation show what the planner says, and change nothing."""

from datetime import timedelta
from typing import Any

import pytest

from onelane.storage.database.engine import Database, Session
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.explanation import explanation_of
from onelane.tools.outreach.preview.preview import preview_people
from onelane.tools.registry.context import Caller, Context, Face
from onelane.tools.registry.errors import NotFound
from onelane.tools.workflows import enrollments as enrollment_tools
from tests import messages
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}

LETTERS = (
    {"subject": "About {{ company or 'you' }}", "text": "Hello {{ first_name }}"},
    {"sameThread": True, "text": "Again"},
)


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, enrollment_tools)


def asked(tools: Toolbox, session: Session) -> Context:
    return Context(session, tools.services, Caller(Face.CLI))


def sequence(session: Session) -> Template:
    """An active sequence of two letters that go in office hours."""
    return messages.sequence(session, letters=LETTERS, window=OFFICE)


def people(session: Session, count: int, **fields: Any) -> list[str]:
    return [
        contacts.create_contact(session, name=f"Ada Number{'abcdefghij'[n % 10]}", email=f"a{n}@x.test", **fields).id
        for n in range(count)
    ]


def active(session: Session, template: Template, contact_id: str) -> str:
    enrollment = enrollments.enroll_contact(session, template_id=template.id, contact_id=contact_id)
    assert enrollment is not None
    enrollment.status = EnrollmentStatus.ACTIVE
    session.flush()
    return enrollment.id


def test_a_preview_shows_what_each_would_be_sent_and_when_and_who_would_be_blocked(
    tools: Toolbox, clock: Clock
) -> None:
    with tools.database.write() as session:
        template = sequence(session)
        (ada,) = people(session, 1, time_zone="Asia/Tokyo", company="Engines")
        nobody = contacts.create_contact(session, name="X", email=None).id
        found = preview_people(asked(tools, session), template, [ada, nobody, "con_gone"], None)
    assert [(each.outcome, each.reason) for each in found.data] == [
        ("planned", None),
        ("blocked", "no_channel"),
        ("blocked", "not_found"),
    ]
    first, second = found.data[0].steps
    assert (found.template_version, found.data[0].time_zone, found.data[0].time_zone_from) == (
        1,
        "Asia/Tokyo",
        "contact",
    )
    # It is Monday, 18:00, in Tokyo.
    assert (first.local, first.subject) == ("2026-11-03T09:00+09:00", "About Engines")
    assert (first.text or "").splitlines()[0] == "Hello Ada"
    assert "unsubscribe" in (first.text or "")
    assert (second.local, second.subject) == ("2026-11-06T09:00+09:00", "Re: About Engines")
    assert found.finishes_at == second.at
    assert found.counts == {"planned": 1, "blocked": 2}


def test_an_explanation_names_every_gate_in_order_and_is_the_same_six_times(tools: Toolbox, clock: Clock) -> None:
    with tools.database.write() as session:
        template = sequence(session)
        ids = people(session, 2, time_zone="Europe/Berlin")
        enrollment_id, waiting = active(session, template, ids[0]), ids[1]
    with tools.database.read() as session:
        ctx = asked(tools, session)
        found = [explanation_of(ctx, enrollment_id) for _ in range(6)]
        with pytest.raises(NotFound, match="in no sequence"):
            explanation_of(ctx, waiting)
    assert all(each == found[0] for each in found)
    assert (found[0].about, found[0].verdict) == ("enrollment", "waits")
    closed = [(each.gate, each.detail) for each in found[0].gates if not each.passes]
    assert closed == [("approval", "A person has to approve the message.")]
    assert found[0].next_at == clock()
    assert len(found[0].gates) == 18


def test_an_explanation_of_a_contact_is_about_the_sequence_that_they_are_in(tools: Toolbox) -> None:
    with tools.database.write() as session:
        template = sequence(session)
        (ada,) = people(session, 1)
        enrollments.enroll_contact(session, template_id=template.id, contact_id=ada)
        found = explanation_of(asked(tools, session), ada)
        contacts.archive_contacts(session, [ada], "left")
        archived = explanation_of(asked(tools, session), ada)
    assert (found.about, found.verdict) == ("contact", "waits")
    assert next(each.gate for each in found.gates if not each.passes) == "state"
    assert (archived.verdict, archived.next_at) == ("stopped", None)


def test_a_preview_of_fifty_starts_at_the_time_that_is_asked_for(tools: Toolbox, clock: Clock) -> None:
    with tools.database.write() as session:
        template = sequence(session)
        ids = people(session, 50)
        ctx = asked(tools, session)
        found = preview_people(ctx, template, ids, clock() + timedelta(days=7))
    instants = sorted(step.at for each in found.data for step in each.steps)
    assert len(instants) == 100
    assert instants[0] >= clock() + timedelta(days=7)
    assert found.counts == {"planned": 50}
