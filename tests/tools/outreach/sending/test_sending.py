"""What is approved goes exactly once, in order, and what came up meanwhile keeps it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes
from threading import Thread

import pytest
import sqlalchemy as sa

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people.contacts import Contact, archive_contacts, update_contact
from onelane.storage.platforms.accounts import Account, AccountStatus
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.explanation import explanation_of
from onelane.tools.outreach.inbound.stops import stop_people, suppress_address
from onelane.tools.outreach.moving.drafting import redraft
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.preview.preview import preview_people
from onelane.tools.outreach.sending.transmission import send_due
from onelane.tools.registry.context import Caller, Context, Face, Services
from tests.databases import Clock
from tests.messages import active_sequence
from tests.tools.outreach.sending.post_office import (
    FOLLOW_UP,
    LETTER,
    MoodyPostbox,
    PostOffice,
    limits_json,
    open_office,
)

Both = tuple[PostOffice, MoodyPostbox]


@pytest.fixture
def both(sqlite_database: Database, clock: Clock) -> Iterator[Both]:
    with open_office(sqlite_database, clock) as made:
        yield made


def test_a_follow_up_has_the_subject_of_the_letter_that_left(sqlite_database: Database, clock: Clock) -> None:
    named = [{"name": name, "subject": f"About {name}"} for name in ("compilers", "engines")]
    steps = ({**LETTER, "subject": None, "sameThread": True, "variants": named}, FOLLOW_UP, LETTER, FOLLOW_UP)
    with open_office(sqlite_database, clock, steps=steps) as (office, postbox):
        enrolled = office.enroll()
        for _ in steps:
            office.send()
            office.clock.advance(minutes=1)
            office.write_letters()
        first, *rest = [message_from_bytes(each.content)["Subject"] for each in postbox.letters]
        assert first == f"About {office.action(enrolled).variant}"
        assert rest == [f"Re: {first}", "Compilers", "Re: Compilers"]


def test_a_letter_that_says_nothing_for_somebody_is_not_written(sqlite_database: Database, clock: Clock) -> None:
    words = {"subject": "Engines", "text": "{% if company %}At {{ company }}.{% endif %}"}
    with open_office(sqlite_database, clock, steps=(words,)) as (office, postbox):
        enrolled = office.put_in(1)
        assert office.write_letters() == office.send() == len(postbox.letters) == 0
        assert office.enrollment(enrolled).waiting_for == "missing_data"


def test_every_form_of_a_letter_says_how_to_unsubscribe_for_whomever_it_is(both: Both) -> None:
    office, postbox = both
    only_companies = "Hello.{% if company %} {{ unsubscribe }}{% endif %}"
    letter = {"subject": "Hi", "text": only_companies, "html": "<html><body><p>Hello</p></body></html>"}
    with office.database.write() as session:
        template = active_sequence(session, "Asked", (letter,), undoSeconds=0, unsubscribeLine=only_companies)
        office.template_id = template.id
    office.enroll()
    assert office.send() == 1
    parts = [part.get_payload(decode=True) for part in message_from_bytes(postbox.letters[0].content).walk()]
    text, html = (part.decode().replace("\r", "") for part in parts if isinstance(part, bytes))
    assert "again: mailto:ada@example.com" in text
    assert '<p>Hello</p><p>If you would rather not hear from me again: <a href="mailto:' in html
    assert html.rstrip().endswith("</a></p>\n</body></html>")


def test_three_letters_go_in_order_in_one_thread(database: Database, clock: Clock) -> None:
    with open_office(database, clock) as (office, postbox):
        # Clocks show fractions of seconds.
        clock.advance(seconds=0.4)
        enrolled = office.enroll()
        for number in range(3):
            assert office.send() == 1
            office.clock.advance(minutes=1)
            assert office.write_letters() == (number < 2)
        first, second, third = (message_from_bytes(each.content) for each in postbox.letters)
        assert (first["Subject"], second["Subject"], third["Subject"]) == ("Compilers", *["Re: Compilers"] * 2)
        assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
        assert third["In-Reply-To"] == second["Message-ID"]
        assert first["List-Unsubscribe"].startswith("<mailto:ada@example.com?subject=unsubscribe%20")
        assert office.action(enrolled).status is ActionStatus.SENT
        run = office.run()
        assert (run.processed_items, run.success_items) == (3, 3)
        assert office.send() == 0


STOPS: dict[str, Callable[[Session, PostOffice, Enrollment], object]] = {
    "reply": lambda s, o, e: stop_people(s, [e.contact_id], StateReason.REPLY),
    "bounce_hard": lambda s, o, e: stop_people(s, [e.contact_id], StateReason.BOUNCE_HARD),
    "unsubscribed": lambda s, o, e: stop_people(s, [e.contact_id], StateReason.UNSUBSCRIBED),
    "suppressed": lambda s, o, e: suppress_address(
        s, o.services.vault, "Grace1@example.net", reason=SuppressionReason.ERASED, contact_id=None, source="test"
    ),
    "contact_archived": lambda s, o, e: archive_contacts(s, [e.contact_id], "test"),
    "manual": lambda s, o, e: end_enrollment(s, e.id, EnrollmentStatus.REMOVED, StateReason.MANUAL, at=s.now()),
    "template_ended": lambda s, o, e: templates.update_template(s, o.template_id, status=TemplateStatus.COMPLETED),
}


@pytest.mark.parametrize("reason", STOPS)
def test_what_stops_a_person_after_the_approval_keeps_the_letter(both: Both, reason: str) -> None:
    office, postbox = both
    enrolled = office.enroll()
    with office.database.write() as session:
        STOPS[reason](session, office, office.enrollment(enrolled))
    assert office.send() == 0
    assert postbox.seen == []
    action, enrollment = office.action(enrolled), office.enrollment(enrolled)
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, reason)
    over = EnrollmentStatus.REPLIED if reason == "reply" else EnrollmentStatus.REMOVED
    assert (enrollment.status, enrollment.state_reason) == (over, reason)


@pytest.mark.parametrize("reason", [SuppressionReason.UNSUBSCRIBED, SuppressionReason.BOUNCE_HARD])
def test_whoever_gets_an_address_that_must_not_be_written_to_leaves_for_the_reason_of_that(
    both: Both, reason: SuppressionReason
) -> None:
    office, postbox = both
    enrolled = office.enroll()
    with office.database.write() as session:
        suppress_address(
            session, office.services.vault, "grace1@example.net", reason=reason, contact_id=None, source="test"
        )
    assert office.send() == 0
    assert postbox.seen == []
    action, enrollment = office.action(enrolled), office.enrollment(enrolled)
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, reason)
    assert (enrollment.status, enrollment.state_reason) == (EnrollmentStatus.REMOVED, reason)


def test_two_who_turn_out_to_be_one_after_the_approval_get_one_letter(both: Both) -> None:
    office, postbox = both
    stays, goes = (office.enrollment(office.enroll(number)) for number in (1, 2))
    action_ids = [office.action(each.id).id for each in (stays, goes)]
    with office.database.write() as session:
        unite_contacts(session, kept_id=stays.contact_id, gone_id=goes.contact_id)
    assert office.send() == 1
    assert [each.rcpt_tos for each in postbox.letters] == [["grace1@example.net"]]
    with office.database.read() as session:
        found = outbound_actions.get_actions(session, action_ids)
    assert {each.id: (each.status, each.reason) for each in found} == {
        action_ids[0]: (ActionStatus.SENT, None),
        action_ids[1]: (ActionStatus.CANCELLED, "manual"),
    }


@pytest.mark.parametrize("reason", [StateReason.REPLY, StateReason.UNSUBSCRIBED])
def test_whoever_turns_out_to_be_somebody_who_said_stop_gets_nothing(both: Both, reason: StateReason) -> None:
    office, postbox = both
    stays, goes = (office.enrollment(office.enroll(number)) for number in (1, 2))
    with office.database.write() as session:
        stop_people(session, [goes.contact_id], reason)
        unite_contacts(session, kept_id=stays.contact_id, gone_id=goes.contact_id)
    assert office.send() == 0
    assert postbox.seen == []
    assert office.enrollment(stays.id).state_reason is reason


@pytest.mark.parametrize(("reenroll", "letters"), [(None, 3), ({"afterDays": 1}, 6)])
def test_whoever_turns_out_to_be_somebody_who_had_all_letters_gets_none_again(
    sqlite_database: Database, clock: Clock, reenroll: dict[str, int] | None, letters: int
) -> None:
    with open_office(sqlite_database, clock, reenroll=reenroll) as (office, postbox):

        def let_go() -> None:
            for _ in range(3):
                office.write_letters()
                office.send()
                clock.advance(minutes=1)
            office.write_letters()

        had_all = office.enrollment(office.put_in(1))
        let_go()
        double = office.enrollment(office.put_in(2))
        with office.database.write() as session:
            unite_contacts(session, kept_id=double.contact_id, gone_id=had_all.contact_id)
        let_go()
        assert len(postbox.letters) == letters


def test_nothing_goes_to_somebody_who_was_erased(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    with office.database.write() as session:
        action_id = outbound_actions.list_of_enrollment(session, enrolled)[0].id
        session.sql(sa.delete(table_of(Contact)))
    assert office.send() == 0
    with office.database.read() as session:
        action = outbound_actions.get_action(session, action_id)
    assert action is not None
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, "contact_erased")
    assert postbox.seen == []


def _pause_template(session: Session, office: PostOffice, *, is_on: bool) -> None:
    templates.update_template(
        session, office.template_id, status=TemplateStatus.ACTIVE if is_on else TemplateStatus.PAUSED
    )


def _take_template_back(session: Session, office: PostOffice, *, is_on: bool) -> None:
    templates.update_template(
        session, office.template_id, status=TemplateStatus.ACTIVE if is_on else TemplateStatus.DRAFT
    )


def _pause_run(session: Session, office: PostOffice, *, is_on: bool) -> None:
    runs.update_workflow_run(session, office.run_id, status=RunStatus.RUNNING if is_on else RunStatus.PAUSED)


def _archive(session: Session, office: PostOffice, *, is_on: bool) -> None:
    archive_contacts(session, _people(session), "left")


def _refuse(session: Session, office: PostOffice, *, is_on: bool) -> None:
    for contact_id in _people(session):
        update_contact(session, contact_id, consent_basis="Refused")


def _pause_account(session: Session, office: PostOffice, *, is_on: bool) -> None:
    session.get_one(Account, office.account_id).status = AccountStatus.PAUSED


def _people(session: Session) -> list[str]:
    return list(session.sql(sa.select(table_of(Enrollment).c.contact_id)).scalars())


@pytest.mark.parametrize("hold", [_pause_template, _take_template_back, _pause_run])
def test_what_is_held_waits_untouched_and_goes_once_it_is_let_go(both: Both, hold: Callable[..., None]) -> None:
    office, postbox = both
    enrolled = office.enroll()
    with office.database.write() as session:
        hold(session, office, is_on=False)
    before = office.action(enrolled).model_dump()
    assert before["status"] is ActionStatus.APPROVED
    for _ in range(3):
        office.clock.advance(minutes=1)
        assert office.send() == 0
        assert move_due(office.database, office.services) == 0
    assert office.action(enrolled).model_dump() == before
    with office.database.write() as session:
        hold(session, office, is_on=True)
    assert office.send() == 1
    assert len(postbox.letters) == 1


def test_the_switch_holds_what_is_approved_and_what_has_not_ended(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    office.turn_switch(SwitchState.STOPPED)
    assert office.send() == 0
    office.turn_switch(SwitchState.ON)
    postbox.at_rcpt = lambda: office.turn_switch(SwitchState.STOPPED)
    assert office.send() == 0
    assert postbox.seen == []
    action = office.action(enrolled)
    assert (action.status, action.final_dot_at, action.attempts) == (ActionStatus.APPROVED, None, 0)
    postbox.at_rcpt = lambda: None
    office.turn_switch(SwitchState.ON)
    assert office.send() == 1
    assert office.action(enrolled).message_id == action.message_id


def test_a_reply_that_comes_in_while_a_letter_is_handed_over_keeps_its_last_byte(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()

    def reply() -> None:
        with office.database.write() as session:
            stop_people(session, [office.enrollment(enrolled).contact_id], StateReason.REPLY)

    postbox.at_rcpt = reply
    assert office.send() == 0
    assert postbox.seen == []
    action = office.action(enrolled)
    assert (action.status, action.reason) == (ActionStatus.CANCELLED, "reply")


_COME_UP = (_pause_template, _take_template_back, _pause_run, _archive, _refuse, _pause_account)


@pytest.mark.parametrize("change", _COME_UP)
def test_what_is_held_or_refused_while_a_letter_is_handed_over_keeps_its_last_byte(
    both: Both, change: Callable[..., None]
) -> None:
    office, postbox = both
    enrolled = office.enroll()

    def come_up() -> None:
        with office.database.write() as session:
            change(session, office, is_on=False)

    postbox.at_rcpt = come_up
    assert office.send() == 0
    action = office.action(enrolled)
    assert (action.status, action.final_dot_at, action.attempts) == (ActionStatus.APPROVED, None, 0)
    assert postbox.seen == []


def test_a_letter_whose_words_have_changed_waits_for_its_person_anew(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    before = office.action(enrolled)
    with office.database.write() as session:
        update_contact(session, before.contact_id or "", first_name="Rear Admiral Grace")
    assert office.send() == 0
    assert postbox.seen == []
    action = office.action(enrolled)
    assert (action.status, action.approved_at, action.approved_hash) == (ActionStatus.AWAITING_APPROVAL, None, None)
    assert "Rear Admiral Grace" in (action.body_text or "")
    assert action.content_hash != before.content_hash


@pytest.mark.parametrize("is_edited", [False, True])
def test_a_letter_whose_address_has_changed_tells_its_person_which_it_was(both: Both, is_edited: bool) -> None:
    office, postbox = both
    enrolled = office.enroll()
    before = office.action(enrolled)
    with office.database.write() as session:
        update_contact(session, before.contact_id or "", email="thief@example.org")
        session.get_one(OutboundAction, before.id).edited_at = session.now() if is_edited else None
    assert office.send() == 0
    with office.database.write() as session:
        update_contact(session, before.contact_id or "", first_name="Rear Admiral Grace")
    while move_due(office.database, office.services):
        pass
    action = office.action(enrolled)
    assert (action.status, action.to_address) == (ActionStatus.AWAITING_APPROVAL, "thief@example.org")
    assert ("Rear" in (action.body_text or "")) is not is_edited
    assert action.previous_text == f"To: grace1@example.net\n\n{before.body_text}"
    assert postbox.seen == []


def test_what_a_person_wrote_goes_as_they_wrote_it(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    action_id = office.action(enrolled).id
    with office.database.write() as session:
        action_moves.move_action(
            session, action_id, from_any=[ActionStatus.APPROVED], to=ActionStatus.AWAITING_APPROVAL
        )
        action = outbound_actions.get_action(session, action_id)
        assert action is not None
        changed = redraft(session, action, subject="Mine", text="My own words")
        action_moves.move_action(
            session,
            action_id,
            from_any=[ActionStatus.AWAITING_APPROVAL],
            to=ActionStatus.APPROVED,
            approved_hash=changed,
        )
    assert office.send() == 1
    sent = message_from_bytes(postbox.letters[0].content)
    assert (sent["Subject"], str(sent.get_payload()).strip()) == ("Mine", "My own words")


def test_what_is_shown_of_a_thread_is_what_goes_also_where_a_person_changed_its_first_letter(
    sqlite_database: Database, clock: Clock
) -> None:
    steps = ({**LETTER, "subject": "About {{ company }}"}, FOLLOW_UP, FOLLOW_UP)
    with open_office(sqlite_database, clock, steps=steps, onMissing="remove") as (office, postbox):
        enrolled = office.put_in(1)
        contact_id = office.enrollment(enrolled).contact_id
        with office.database.write() as session:
            update_contact(session, contact_id, company="Engines")
        assert shown_subjects(office, contact_id) == ["About Engines", *["Re: About Engines"] * 2]
        move_due(office.database, office.services)
        with office.database.write() as session:
            redraft(session, outbound_actions.list_of_enrollment(session, enrolled)[0], subject="Mine", text=None)
            update_contact(session, contact_id, company=None)
        # What a person wrote lacks nothing, whatever the template asks for.
        office.clock.advance(days=1)
        subjects = ["Mine", "Re: Mine", "Re: Mine"]
        for count in range(3):
            assert shown_subjects(office, contact_id) == subjects[count:]
            assert office.write_letters() == office.send() == 1
            office.clock.advance(minutes=1)
        assert [message_from_bytes(each.content)["Subject"] for each in postbox.letters] == subjects


def shown_subjects(office: PostOffice, contact_id: str) -> list[str | None]:
    """The subjects that a preview shows of somebody's letters; an explanation finds nothing missing."""
    with office.database.read() as session:
        ctx = Context(session, office.services, Caller(Face.CLI))
        gates = explanation_of(ctx, contact_id).gates
        assert all(each.passes for each in gates if each.gate is Gate.MISSING_DATA), gates
        template = session.get_one(Template, office.template_id)
        return [each.subject for each in preview_people(ctx, template, [contact_id], None).data[0].steps]


def test_an_account_sends_no_more_and_no_faster_than_it_may(sqlite_database: Database, clock: Clock) -> None:
    with open_office(sqlite_database, clock) as (office, postbox):
        office.change_account(limits=limits_json(spacing_seconds=60, jitter_seconds=0, per_hour=3))
        for number in range(5):
            office.enroll(number)
        sent: list[int] = []
        for _ in range(5):
            sent.append(office.send())
            sent.append(office.send())
            clock.advance(minutes=1)
        assert sent == [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
        clock.advance(minutes=56)
        assert office.send() == 1
        assert len(postbox.letters) == 4


def test_follow_ups_go_before_first_letters(both: Both) -> None:
    office, postbox = both
    office.enroll(1)
    assert office.send() == 1
    office.clock.advance(minutes=1)
    office.enroll(2)
    assert office.send() == 2
    assert [each.rcpt_tos[0] for each in postbox.letters[1:]] == ["grace1@example.net", "grace2@example.net"]


def test_two_senders_at_once_send_each_letter_once(database: Database, clock: Clock) -> None:
    with open_office(database, clock) as (office, postbox):
        for number in range(6):
            office.enroll(number)
        # Ids of its own: those of the tests' databases repeat.
        with closing(Database(database.url, clock=clock)) as other:
            services = Services(other, office.services.engine, (), vault=office.services.vault)
            threads = [Thread(target=office.send), Thread(target=send_due, args=[other, services])]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert office.send() + len(postbox.letters) == 6
        assert len({each.rcpt_tos[0] for each in postbox.letters}) == 6
