"""What a mail server answers decides what comes next: again later, never, or a person has to look."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass
from onelane.storage.outreach.suppressions import SuppressionReason, list_suppressions
from onelane.storage.platforms.accounts import AccountStatus, PauseReason
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from tests.databases import Clock
from tests.tools.outreach.mail.mail_servers import LOOPBACK, USER, ScriptedSmtp, cut
from tests.tools.outreach.sending.post_office import LETTER, MoodyPostbox, PostOffice, open_office, post_office

Both = tuple[PostOffice, MoodyPostbox]


@pytest.fixture
def both(sqlite_database: Database, clock: Clock) -> Iterator[Both]:
    with open_office(sqlite_database, clock, steps=[LETTER]) as made:
        yield made


def test_a_letter_is_tried_four_times_the_same_each_time_and_then_waits_for_a_person(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    postbox.answers["DATA"] = ["451 4.3.0 busy"] * 4
    for number, wait in enumerate((5, 30, 120), start=1):
        assert office.send() == 0
        action = office.action(enrolled)
        assert (action.status, action.attempts, action.error_class) == (
            ActionStatus.APPROVED,
            number,
            ErrorClass.RETRY_LATER,
        )
        assert action.final_dot_at is None
        assert action.not_before == office.clock() + timedelta(minutes=wait)
        office.clock.advance(minutes=wait - 1)
        assert office.send() == 0
        office.clock.advance(minutes=1)
    office.send()
    assert len(postbox.seen) == 4
    letters = [message_from_bytes(each) for each in postbox.seen]
    assert len({(each["Message-ID"], each["Date"], each.as_string()) for each in letters}) == 1
    assert office.action(enrolled).status is ActionStatus.FAILED
    enrollment = office.enrollment(enrolled)
    assert (enrollment.status, enrollment.next_step_at) == (EnrollmentStatus.ACTIVE, None)
    assert (office.run().error_items, office.run().success_items) == (1, 0)


def test_a_letter_that_is_taken_at_the_second_attempt_is_sent(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    postbox.answers["RCPT"] = ["450 4.2.0 greylisted"]
    assert office.send() == 0
    office.clock.advance(minutes=5)
    assert office.send() == 1
    action = office.action(enrolled)
    assert (action.status, action.error, action.error_class) == (ActionStatus.SENT, None, None)
    assert action.provider_id == "250 2.0.0 Ok: queued as 1"


@pytest.mark.parametrize(("answer", "is_suppressed"), [("550 5.1.1 no such user", True), ("554 5.6.0 no", False)])
def test_a_refusal_for_good_ends_the_sequence_at_once(both: Both, answer: str, is_suppressed: bool) -> None:
    office, postbox = both
    enrolled = office.enroll()
    postbox.answers["RCPT"] = [answer]
    assert office.send() == 0
    assert office.action(enrolled).status is ActionStatus.FAILED
    enrollment = office.enrollment(enrolled)
    assert (enrollment.status, enrollment.state_reason) == (EnrollmentStatus.REMOVED, StateReason.BOUNCE_HARD)
    with office.database.read() as session:
        found = [(each.address, each.reason) for each in list_suppressions(session, limit=9)]
    assert found == ([("grace1@example.net", SuppressionReason.BOUNCE_HARD)] if is_suppressed else [])
    assert office.account().pause_reason is None


def test_the_refusal_of_one_letter_lets_the_others_go_once(both: Both) -> None:
    office, postbox = both
    for number in range(5):
        office.enroll(number)
    postbox.answers["RCPT"] = ["451 later", "550 5.1.1 nobody"]
    assert office.send() == 3
    office.clock.advance(minutes=5)
    assert office.send() == 1
    assert len({each.rcpt_tos[0] for each in postbox.letters}) == len(postbox.letters) == 4


def test_a_limit_of_the_provider_lets_the_account_rest_until_it_is_free(both: Both) -> None:
    office, postbox = both
    office.enroll(1)
    assert office.send() == 1
    began = office.clock()
    office.clock.advance(hours=2)
    enrolled, other = office.enroll(2), office.enroll(3)
    postbox.answers["RCPT"] = ["550 5.4.5 Daily user sending limit exceeded"]
    assert office.send() == 0
    account = office.account()
    assert (account.pause_reason, account.paused_until) == (PauseReason.QUOTA, began + timedelta(days=1))
    assert [office.action(each).status for each in (enrolled, other)] == [ActionStatus.APPROVED] * 2
    assert office.action(enrolled).attempts == 0
    office.clock.advance(hours=22)
    assert office.send() == 2


def test_an_account_that_is_blocked_waits_for_a_person_and_suppresses_nobody(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    postbox.answers["DATA"] = ["550 5.7.515 not signed"]
    assert office.send() == 0
    account = office.account()
    assert (account.pause_reason, account.paused_until) == (PauseReason.BLOCKED, None)
    assert office.action(enrolled).status is ActionStatus.APPROVED
    assert office.enrollment(enrolled).status is EnrollmentStatus.ACTIVE
    office.clock.advance(days=1)
    assert office.send() == 0
    assert len(postbox.seen) == 1


def test_an_account_that_is_signed_out_waits_until_it_is_connected_again(both: Both) -> None:
    office, postbox = both
    enrolled = office.enroll()
    right, office.password = office.password, "wrong"
    office.connect(USER)
    assert office.send() == 0
    assert office.account().status is AccountStatus.NEEDS_REAUTH
    assert (office.action(enrolled).status, office.action(enrolled).attempts) == (ActionStatus.APPROVED, 0)
    office.password = right
    office.connect(USER)
    assert office.send() == 1
    assert len(postbox.letters) == 1


def test_a_server_that_is_not_there_is_tried_with_one_letter(sqlite_database: Database, clock: Clock) -> None:
    office = post_office(sqlite_database, clock, MailServer(LOOPBACK, 1, Security.NONE, USER))
    office.open()
    enrolled = [office.enroll(number) for number in range(3)]
    assert office.send() == 0
    assert sorted(office.action(each).attempts for each in enrolled) == [0, 0, 1]
    assert office.account().paused_until == clock() + timedelta(minutes=5)


def test_a_server_that_closes_after_each_letter_takes_all(sqlite_database: Database, clock: Clock) -> None:
    def take_and_close(connection: socket.socket) -> None:
        connection.sendall(b"250 kept\r\n421 enough for one connection\r\n")
        cut(connection)

    with ScriptedSmtp({"dot": take_and_close}) as smtp:
        office = post_office(sqlite_database, clock, smtp.server)
        office.open()
        for number in range(3):
            office.enroll(number)
        assert office.send() == 3
        assert len(smtp.bodies) == 3


def test_a_template_whose_letters_fail_too_often_holds_and_says_so(both: Both) -> None:
    office, postbox = both
    for number in range(20):
        office.enroll(number)
    postbox.answers["RCPT"] = ["550 5.1.1 nobody"]
    assert office.send() == 19
    assert office.run().status is RunStatus.RUNNING
    postbox.answers["RCPT"] = ["554 5.6.0 no", "554 5.6.0 no"]
    for number in (21, 22, 23):
        office.enroll(number)
    assert office.send() == 0
    run = office.run()
    assert run.status is RunStatus.PAUSED
    assert (run.status_reason or "").startswith("Messages to 3 of the last 22 contacts failed or bounced")
    assert len(postbox.letters) == 19
