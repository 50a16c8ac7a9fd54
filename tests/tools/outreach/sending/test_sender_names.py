"""A yes is to a letter under one name: under another one it waits for its person anew."""

from collections.abc import Iterator
from email import message_from_bytes

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.mail.account_care import change_account
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.outbound import decisions
from tests.databases import Clock
from tests.tools.outreach.mail.mail_servers import USER
from tests.tools.outreach.sending.post_office import MoodyPostbox, PostOffice, open_office

Both = tuple[PostOffice, MoodyPostbox]


@pytest.fixture
def both(sqlite_database: Database, clock: Clock) -> Iterator[Both]:
    with open_office(sqlite_database, clock) as made:
        yield made


@pytest.mark.parametrize("is_edited", [False, True])
@pytest.mark.parametrize("is_in_version", [False, True])
def test_a_letter_under_another_name_than_was_approved_waits_for_its_person_anew(
    both: Both, is_in_version: bool, is_edited: bool
) -> None:
    office, postbox = both
    enrolled = office.enroll()
    action_id, via = office.action(enrolled).id, Door.CLI
    if is_edited:
        decisions.undo_message(office.services, action_id, via=via)
        decisions.edit_message(office.services, action_id, subject=None, text="My own words", via=via)
        office.write_letters()
    if is_in_version:
        office.move_on(enrolled, sender="Bank")
    else:
        office.change_account(sender_name="Bank")
    assert office.send() == 0
    shown = decisions.read_message(office.services, action_id, via=via)
    assert shown is not None
    assert shown.is_awaiting
    assert f"From: Bank <{USER}>" in shown.letter()
    assert office.write_letters() == office.send() == 1
    assert message_from_bytes(postbox.letters[0].content)["From"] == f"Bank <{USER}>"


def test_what_waits_is_written_anew_when_its_sender_takes_another_name(both: Both) -> None:
    office, _ = both
    enrolled = office.put_in(1)
    while move_due(office.database, office.services):
        pass
    before = office.action(enrolled).content_hash
    change_account(office.services, office.account_id, limits={}, sender_name="Countess", signature=None)
    while move_due(office.database, office.services):
        pass
    assert office.action(enrolled).content_hash != before
    assert office.write_letters() == office.send() == 1
