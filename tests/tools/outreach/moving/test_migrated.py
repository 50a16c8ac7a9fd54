"""Whoever goes on in another version is moved, explained and sent to as one of its people, and gets nothing twice."""

from datetime import datetime, timedelta

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Platform
from onelane.tools.outreach import sequences
from onelane.tools.outreach.sequence_views import Explanation, Moves
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox
from tests.tools.outreach.moving.moved import MovingSequence, mail, moved, wait

AWAITING, SENT, CANCELLED = ActionStatus.AWAITING_APPROVAL, ActionStatus.SENT, ActionStatus.CANCELLED


@pytest.fixture
def world(database: Database, clock: Clock) -> MovingSequence:
    return moved(database, clock)


@pytest.fixture
def tools(world: MovingSequence) -> Toolbox:
    return toolbox(world.database, sequences)


def read_mailbox(world: MovingSequence) -> None:
    """Somebody has just looked for answers: follow-ups wait for that."""
    with world.database.write() as session:
        for account in accounts.list_accounts(session, Platform.GMAIL):
            account.inbox_read_at = session.now()
            session.add(account)


def test_whoever_moves_is_written_to_anew_and_what_they_got_before_still_counts(
    world: MovingSequence, tools: Toolbox
) -> None:
    world.begins(mail(label="a"), wait(days=3), mail(text="Again", sameThread=True, label="b"))
    world.enrolls()
    world.look()
    world.approve()
    world.send()
    world.look(hours=60)
    (waiting,) = world.actions(AWAITING)
    explanation = tools.call(Explanation, "explain", id=world.enrollment_ids[0])
    assert (explanation.verdict, explanation.next_at) == ("waits", waiting.not_before)
    has_first = {"if": {"step": "a", "outcome": "sent"}, "then": "end", "else": "c"}
    world.tools.call(
        TemplateWithSteps,
        "update_template",
        template_id=world.template_id,
        steps=[
            mail(label="new", subject="News"),
            mail(label="a"),
            wait(days=3),
            mail(text="Otherwise", sameThread=True, label="b"),
            {"step_type": "condition", "config": has_first},
            mail(text="To those who came late", sameThread=True, label="c"),
        ],
    )
    moves = tools.call(Moves, "migrate_template", template_id=world.template_id, to=2)
    assert [(each.from_step, each.to_step, each.cancels) for each in moves.data] == [("b", "b", True)]
    world.look()
    assert [(each.status, each.step_index) for each in world.actions()] == [(SENT, 0), (CANCELLED, 2), (AWAITING, 3)]
    (anew,) = world.actions(AWAITING)
    assert (anew.body_text or "").startswith("Otherwise")
    assert anew.template_version_id != waiting.template_version_id
    world.approve()
    world.look(hours=12)
    read_mailbox(world)
    assert tools.call(Explanation, "explain", id=anew.id).verdict == "goes"
    world.send()
    gone = tools.call(Explanation, "explain", id=anew.id)
    assert (gone.verdict, gone.next_at) == ("stopped", None)
    world.look()
    # The condition knows of the step that was sent in the first version.
    assert world.stands() == ("completed", None, 6)
    assert len(world.actions(SENT)) == 2


def test_what_is_explained_is_when_it_goes(world: MovingSequence, tools: Toolbox) -> None:
    window = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "12:00"}
    world.begins(mail(), wait(businessDays=3), mail(text="Again", sameThread=True), config={"window": window})
    world.enrolls(time_zone="America/New_York")
    for letter in range(2):
        # At each look on the way to it, it is the same instant.
        seen = set[datetime | None]()
        world.look()
        while not seen or not world.actions(AWAITING):
            seen.add(tools.call(Explanation, "explain", id=world.enrollment_ids[0]).next_at)
            if not world.actions(AWAITING):
                world.look(hours=6)
        (instant,) = seen
        world.approve()
        assert instant is not None
        world.look(seconds=(instant - world.now - timedelta(seconds=1)).total_seconds())
        assert tools.call(Explanation, "explain", id=world.enrollment_ids[0]).verdict == "waits", letter
        world.look(seconds=1)
        read_mailbox(world)
        explanation = tools.call(Explanation, "explain", id=world.enrollment_ids[0])
        assert (explanation.verdict, explanation.next_at) == ("goes", instant), [
            g for g in explanation.gates if not g.passes
        ]
        world.send()
        world.look()
