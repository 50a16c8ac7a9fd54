"""Sequences move: what is due is decided, written and ended, once, and nobody is forgotten or looked at for ever."""

from datetime import timedelta

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound_actions import ActionStatus
from tests.databases import Clock
from tests.tools.outreach.moving.moved import Moved, mail, moved, wait

AWAITING, APPROVED = ActionStatus.AWAITING_APPROVAL, ActionStatus.APPROVED
THREE = (
    mail(),
    wait(days=3),
    mail(text="Again", sameThread=True),
    wait(days=3),
    mail(text="A last time", sameThread=True),
)


@pytest.fixture
def world(database: Database, clock: Clock) -> Moved:
    return moved(database, clock)


def test_a_sequence_of_three_mails_goes_from_activation_to_its_end(world: Moved) -> None:
    world.begins(*THREE)
    world.enrolls(2)
    assert world.stands() == ("pending", None, 0)
    world.look()
    assert [(each.status, each.to_address, each.body_text[:9]) for each in world.actions() if each.body_text] == [
        (AWAITING, "ada0@example.com", "Hello Ada"),
        (AWAITING, "ada1@example.com", "Hello Ada"),
    ]
    assert world.stands() == ("active", None, 0)
    world.approve()
    world.send()
    world.look()
    assert world.stands() == ("active", None, 1)
    # The second one is written a day before it goes, so that there is time to approve it.
    world.look(hours=47)
    assert len(world.actions()) == 2
    world.look(hours=1)
    (second, _) = world.actions(AWAITING)
    assert (second.subject, second.not_before) == ("Re: About engines", world.now + timedelta(days=1))
    assert second.in_reply_to == f"<{world.actions()[0].id}.x@example.com>"
    world.approve()
    world.look(days=1)
    world.send()
    world.look(days=3)
    world.approve()
    world.send()
    world.look()
    assert world.stands() == ("completed", None, 5)
    assert world.story().count("engagement_action") == 6
    assert world.story().count("decision") == 2 * (2 + 1)
    run = world.run()
    assert (run.status, run.processed_items, run.success_items) == ("running", 6, 6)
