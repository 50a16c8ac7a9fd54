"""What nobody knows the outcome of is never sent again on a guess."""

from collections.abc import Iterator

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import action_moves
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms import accounts
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.tools.outreach.inbound.inbound import take_mail
from onelane.tools.outreach.mail.mail_facts import read_mail
from onelane.tools.outreach.sending.recovery import take_over
from onelane.tools.outreach.sending.settling import SettleChoice, settle, settle_uncertain
from onelane.tools.registry.errors import Conflict
from tests.databases import Clock
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox
from tests.tools.outreach.mail.mail_servers import ScriptedSmtp, cut
from tests.tools.outreach.sending.post_office import PostOffice, open_office, post_office


@pytest.fixture
def uncertain(sqlite_database: Database, clock: Clock) -> Iterator[tuple[PostOffice, str, ScriptedSmtp]]:
    """A letter after whose final dot the connection broke."""
    with ScriptedSmtp({"dot": cut}) as smtp:
        office = post_office(sqlite_database, clock, smtp.server)
        office.open()
        enrolled = office.enroll()
        assert office.send() == 0
        yield office, enrolled, smtp


def status_after(office: PostOffice, enrolled: str, said: SettleChoice) -> ActionStatus:
    with office.database.write() as session:
        return settle(session, office.action(enrolled).id, said, via=Door.CLI)


def test_a_letter_without_an_answer_to_its_final_dot_is_uncertain_and_stays_so(
    uncertain: tuple[PostOffice, str, ScriptedSmtp],
) -> None:
    office, enrolled, smtp = uncertain
    assert office.action(enrolled).status is ActionStatus.UNCERTAIN
    office.clock.advance(days=1)
    assert office.send() == settle_uncertain(office.database, office.services) == 0
    assert office.action(enrolled).status is ActionStatus.UNCERTAIN
    assert len(smtp.bodies) == 1
    assert office.enrollment(enrolled).current_step_index == 0


def test_a_person_says_what_became_of_it(uncertain: tuple[PostOffice, str, ScriptedSmtp]) -> None:
    office, enrolled, smtp = uncertain
    began = office.action(enrolled)
    office.clock.advance(hours=1)
    assert status_after(office, enrolled, "again") is ActionStatus.APPROVED
    assert office.send() == 0
    again = office.action(enrolled)
    assert (again.status, again.message_id, again.dated_at) == (
        ActionStatus.UNCERTAIN,
        began.message_id,
        began.dated_at,
    )
    assert smtp.bodies[0] == smtp.bodies[1]
    assert status_after(office, enrolled, "sent") is ActionStatus.SENT
    assert office.enrollment(enrolled).current_step_index == 1
    assert office.run().success_items == 1
    with pytest.raises(Conflict):
        status_after(office, enrolled, "again")


def test_a_person_gives_it_up(uncertain: tuple[PostOffice, str, ScriptedSmtp]) -> None:
    office, enrolled, _ = uncertain
    assert status_after(office, enrolled, "give_up") is ActionStatus.FAILED
    enrollment = office.enrollment(enrolled)
    assert (enrollment.status, enrollment.state_reason) == (EnrollmentStatus.REMOVED, StateReason.MANUAL)


def test_a_mail_that_names_it_proves_that_it_arrived(uncertain: tuple[PostOffice, str, ScriptedSmtp]) -> None:
    office, enrolled, _ = uncertain
    answer = (
        "From: grace1@example.net\r\nSubject: Out of office\r\nMessage-ID: <a@example.net>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        f"In-Reply-To: {office.action(enrolled).message_id}\r\n\r\nI am back on Monday.\r\n"
    )
    with office.database.write() as session:
        account = accounts.get_account(session, office.account_id)
        assert account is not None
        take_mail(
            session, office.services.vault, account, [read_mail(answer.encode())], workspace=office.services.workspace
        )
    assert settle_uncertain(office.database, office.services) == 1
    assert office.action(enrolled).status is ActionStatus.SENT
    assert office.enrollment(enrolled).current_step_index == 1


@pytest.mark.parametrize("provider_files", [False, True])
def test_the_sent_folder_proves_presence_and_absence_only_where_the_server_files(
    sqlite_database: Database, clock: Clock, imap_box: ImapBox, provider_files: bool
) -> None:
    with ScriptedSmtp({"dot": cut}) as smtp:
        office = post_office(sqlite_database, clock, smtp.server)
        office.imap, office.password = imap_box.server, IMAP_PASSWORD
        office.open()
        if provider_files:
            office.change_account(account_key="ada@gmail.com")
        found, absent = office.enroll(1), office.enroll(2)
        assert office.send() == 0
        office.clock.advance(minutes=10)
        action = office.action(found)
        imap_box.deliver(
            f"X-Onelane-Action: {action.id}\r\nMessage-ID: <kept@mail.example>\r\nSubject: C\r\n\r\nx".encode(),
            folder="Sent",
        )
        assert settle_uncertain(office.database, office.services) == 1 + provider_files
        action = office.action(found)
        assert (action.status, action.message_id) == (ActionStatus.SENT, "<kept@mail.example>")
        assert office.action(absent).status is (ActionStatus.APPROVED if provider_files else ActionStatus.UNCERTAIN)


def test_what_a_crash_cut_off_goes_again_only_before_its_final_dot(sqlite_database: Database, clock: Clock) -> None:
    with open_office(sqlite_database, clock) as (office, postbox):
        before, after = office.enroll(1), office.enroll(2)
        for enrolled, dot in ((before, None), (after, clock())):
            with office.database.write() as session:
                action_moves.move_action(
                    session, office.action(enrolled).id, from_any=[ActionStatus.APPROVED], to=ActionStatus.SENDING,
                    sending_at=clock(), sending_claim="gone", final_dot_at=dot,
                )  # fmt: skip
        assert office.send() == 0
        assert take_over(office.database) == 2
        assert office.action(before).status is ActionStatus.APPROVED
        assert office.action(after).status is ActionStatus.UNCERTAIN
        assert office.send() == 1
        assert [each.rcpt_tos[0] for each in postbox.letters] == ["grace1@example.net"]
