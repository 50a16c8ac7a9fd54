"""What is approved goes exactly once, in order, and what came up meanwhile keeps it."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import outbound_actions
from onelane.storage.outreach.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound_switch import SwitchState
from onelane.storage.outreach.suppressions import SuppressionReason, find_suppressions
from onelane.storage.people.contacts import archive_contacts, update_contact
from onelane.storage.platforms.accounts import AccountStatus, PauseReason
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.outreach.inbound.stops import stop_people, suppress_address
from tests.databases import Clock
from tests.tools.outreach.mail.mail_servers import Postbox
from tests.tools.outreach.sending.post_office import PostOffice, opened


@pytest.fixture
def office_and_postbox(database: Database, clock: Clock) -> Iterator[tuple[PostOffice, Postbox]]:
    with opened(database, clock) as both:
        yield both


def test_three_letters_go_in_order_in_one_thread(office_and_postbox: tuple[PostOffice, Postbox]) -> None:
    office, postbox = office_and_postbox
    enrolled = office.enroll()
    for number in range(3):
        assert office.send() == 1
        office.clock.advance(minutes=1)
        assert office.write_next_letters() == (number < 2)
    first, *others = [message_from_bytes(each.content) for each in postbox.letters]
    assert first["Subject"] == "Compilers"
    assert [each["Subject"] for each in others] == ["Re: Compilers"] * 2
    assert others[1]["References"].split() == [first["Message-ID"], others[0]["Message-ID"]]
    assert office.action(enrolled).status is ActionStatus.SENT
    run = office.run()
    assert (run.processed_items, run.success_items, run.step_count) == (3, 3, 3)
