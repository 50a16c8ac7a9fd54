"""The sender's own mailbox: read up to now before a follow-up, and given a copy of what was sent."""

from email import message_from_bytes

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows.enrollments import EnrollmentStatus
from tests.databases import Clock
from tests.tools.outreach.mail.imap_server import IMAP_PASSWORD, ImapBox
from tests.tools.outreach.sending.post_office import open_office


def test_an_answer_that_has_just_come_in_keeps_the_follow_up_and_copies_lie_in_sent(
    sqlite_database: Database, clock: Clock, imap_box: ImapBox
) -> None:
    with open_office(sqlite_database, clock, imap=imap_box.server, password=IMAP_PASSWORD) as (office, postbox):
        answers, waits = office.enroll(1), office.enroll(2)
        assert office.send() == 2
        copies = sorted((imap_box.base / "mail" / ".Sent").glob("*/*:2,*S*"))
        ids = {message_from_bytes(each.read_bytes())["Message-ID"] for each in copies}
        assert ids == {office.action(each).message_id for each in (answers, waits)}
        clock.advance(minutes=1)
        assert office.write_letters() == 2
        imap_box.deliver(
            f"From: private@example.org\r\nSubject: Re: Compilers\r\nMessage-ID: <a@example.org>\r\n"
            f"In-Reply-To: {office.action(answers).message_id}\r\n\r\nYes, gladly.\r\n".encode()
        )
        assert office.send() == 1
        assert [each.rcpt_tos[0] for each in postbox.letters[2:]] == ["grace2@example.net"]
        assert office.enrollment(answers).status is EnrollmentStatus.REPLIED
        assert office.action(answers, 1).status is ActionStatus.CANCELLED


def test_a_follow_up_waits_while_the_mailbox_can_not_be_read(
    sqlite_database: Database, clock: Clock, imap_box: ImapBox
) -> None:
    with open_office(sqlite_database, clock, imap=imap_box.server, password=IMAP_PASSWORD) as (office, postbox):
        enrolled = office.enroll()
        assert office.send() == 1
        clock.advance(minutes=1)
        assert office.write_letters() == 1
        office.imap = type(imap_box.server)("127.0.0.1", 1, imap_box.server.security, imap_box.server.user)
        office.connect(imap_box.server.user)
        assert office.send() == 0
        assert office.action(enrolled, 1).status is ActionStatus.APPROVED
        office.imap = imap_box.server
        office.connect(imap_box.server.user)
        clock.advance(minutes=1)
        assert office.send() == 1
        assert len(postbox.letters) == 2
