"""Sequences move: what is due is decided, written and ended, once, and nobody is forgotten or looked at for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from onelane.server.run_types import all_run_types
from onelane.storage import saved_settings
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.outreach.template_versions import approve_version, latest_version
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.people.engagements import Engagement
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.workflows import due_enrollments, tasks
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import StateReason, Via
from onelane.storage.workflows.runs import WorkflowType, create_workflow_run
from onelane.tools.outreach import explanation
from onelane.tools.outreach.inbound.stops import stop_people
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.moving.outcomes import begin_step_again, finish_step
from onelane.tools.people.intake.batch import absorb
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.contact_details import parse_email
from onelane.tools.platforms.formats.records import PersonRecord
from onelane.tools.registry.context import Caller, Context, Face
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.workflows.enrollments import Enrolled
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.connected_mail import connect_mail
from tests.databases import Clock
from tests.tools.outreach.moving.moved import MovingSequence, mail, moved, wait

AWAITING, APPROVED = ActionStatus.AWAITING_APPROVAL, ActionStatus.APPROVED
THREE = (
    mail(),
    wait(days=3),
    mail(text="Again", sameThread=True),
    wait(days=3),
    mail(text="A last time", sameThread=True),
)


CONDITION = {"step_type": "condition", "config": {"if": {"tag": "hot"}, "then": "hot", "else": "cold"}}
SKIPPED = {"if": {"step": "first", "outcome": "skipped"}, "then": "yes", "else": "end"}
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def world(sqlite_database: Database, clock: Clock) -> MovingSequence:
    return moved(sqlite_database, clock)


@pytest.fixture
def either(database: Database, clock: Clock) -> MovingSequence:
    """On each kind of database."""
    return moved(database, clock)


def change(world: MovingSequence, number: int = 0, **fields: Any) -> None:
    """Change somebody's contact, and have them looked at."""
    with world.database.write() as session:
        contact_id = world.enrollment(number).contact_id
        contacts.update_contact(session, contact_id, **fields)
        due_enrollments.look_again(session, contact_ids=[contact_id])


def explained(world: MovingSequence, number: int = 0) -> Any:
    with world.database.read() as session:
        return explanation.explanation_of(
            Context(session, world.tools.services, Caller(Face.CLI)), world.enrollment_ids[number]
        )


def test_a_sequence_of_three_mails_goes_from_activation_to_its_end(either: MovingSequence) -> None:
    world = either
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
    with world.database.read() as session:
        noted = session.sql(sa.select(sa.func.count()).select_from(table_of(Engagement))).scalar_one()
    assert noted == 6


def test_conditions_lead_on_and_what_was_decided_is_told(world: MovingSequence) -> None:
    world.begins(CONDITION, mail(text="Cold", label="cold"), mail(text="Hot", label="hot"))
    world.enrolls()
    world.enrolls(tags='["hot"]')
    world.look()
    assert [each.body_text[:4] for each in world.actions() if each.body_text] == ["Cold", "Hot\n"]
    decisions = [step for step in world.steps() if step["step_type"] == "decision"]
    assert [orjson.loads(step["output"])["decision"] for step in decisions] == ["no", "yes"]
    assert all(step["contact_id"] for step in decisions)


def test_a_gate_that_begins_to_hold_somebody_is_told_once(world: MovingSequence) -> None:
    world.begins(mail(text="At {{ company }}"), config={"onMissing": "block"})
    world.enrolls(company="Navy")
    change(world, company=None)
    for _ in range(5):
        world.look(hours=7)
    assert world.stands() == ("active", "missing_field", 0)
    assert world.enrollment().waiting_for == "missing_data"
    assert world.story().count("routing_decision") == 1
    change(world, company="Navy")
    world.look()
    assert world.stands() == ("active", None, 0)
    assert world.enrollment().waiting_for == "approval"
    assert len(world.actions(AWAITING)) == 1


def test_whoever_an_import_gives_what_was_missing_goes_on_at_once(world: MovingSequence) -> None:
    world.begins(mail(text="At {{ company }}"))
    taken_in(world, company="Army")
    with world.database.read() as session:
        (ada,) = session.sql(sa.select(table_of(Contact).c.id)).scalars()
    (entry,) = world.tools.call(Enrolled, "enroll_contacts", template_id=world.template_id, contact_ids=[ada]).data
    world.enrollment_ids.append(str(entry.enrollment_id))
    change(world, company=None)
    world.look()
    assert world.stands() == ("active", "missing_field", 0)
    taken_in(world, company="Navy")
    world.look()
    assert len(world.actions(AWAITING)) == 1


def taken_in(world: MovingSequence, company: str) -> None:
    """Import an address book in which one person stands."""
    address = parse_email("ada@example.com")
    assert address is not None
    ada = PersonRecord(line=1, platform="gmail", name="Ada Lovelace", emails=(address,), company=company)
    with world.database.write() as session:
        account = ensure_account(session, "gmail", None)
        run = create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        absorb(session, [ada], account=account, run_id=run.id, sub_type="gmail_contacts")


@pytest.mark.parametrize(
    ("then", "stands", "left"),
    [("skip_step", ("active", None, 1), "cancelled"), ("remove", ("removed", "missing_field", 0), None)],
)
def test_what_lacks_a_value_is_left_out_or_ends_as_the_template_says(
    world: MovingSequence, then: str, stands: tuple[str, str | None, int], left: str | None
) -> None:
    world.begins(mail(text="At {{ company }}"), mail(text="Bye"), config={"onMissing": then})
    world.enrolls()
    world.look()
    assert world.stands() == stands
    first = next((each.status.value for each in world.actions() if each.step_index == 0), None)
    assert first == left


def test_pausing_the_run_holds_everybody_resuming_frees_them_and_cancelling_ends_them(either: MovingSequence) -> None:
    world = either
    world.begins(mail(), wait(days=1), mail(text="Again"))
    world.enrolls(2)
    world.look()
    assert world.control("pause").status == "paused"
    shown = world.tools.call(TemplateWithSteps, "get_template", template_id=world.template_id)
    assert shown.status == "paused"
    world.look(days=3)
    assert (len(world.actions()), world.enrollment().next_step_at) == (2, None)
    assert next(each for each in explained(world).gates if not each.passes).gate == "state"
    assert world.control("resume").status == "running"
    world.look()
    world.approve()
    world.send()
    world.look(hours=12)
    assert len(world.actions(AWAITING)) == 2
    assert world.control("cancel").status == "cancelled"
    assert world.stands() == ("removed", "template_ended", 2)
    assert not world.actions(AWAITING, APPROVED)
    assert world.look(days=30) == 0
    with pytest.raises(Conflict, match="can't be retried"):
        world.control("retry")
    with pytest.raises(BadRequest, match="activate_template"):
        all_run_types().to_start(WorkflowType.SEQUENCE)


def test_a_template_that_is_paused_or_completed_holds_or_ends_its_run(world: MovingSequence) -> None:
    world.begins(mail())
    world.enrolls()
    for status, run in (("paused", "paused"), ("active", "running"), ("completed", "completed")):
        world.tools.call(TemplateWithSteps, "update_template", template_id=world.template_id, status=status)
        assert world.run().status == run
    assert world.stands() == ("removed", "template_ended", 0)
    first = world.run_id
    assert world.begins(mail()) != first


def test_whoever_entered_with_a_version_is_sent_that_one_while_the_run_goes_on(world: MovingSequence) -> None:
    world.begins(mail(2, text="Old"))
    world.enrolls()
    world.tools.call(TemplateWithSteps, "update_template", template_id=world.template_id, steps=[mail(2, text="New")])
    world.enrolls()
    world.look()
    assert [each.body_text[:3] for each in world.actions() if each.body_text] == ["Old", "New"]
    assert world.run().status == "running"


def test_a_version_that_a_person_approved_needs_no_approval_of_each_message(world: MovingSequence) -> None:
    world.begins(mail(), wait(days=2), mail(text="Again"), config={"approval": "version"})
    world.enrolls()
    world.look()
    assert len(world.actions(AWAITING)) == 1
    world.clock.advance(seconds=1)
    with world.database.write() as session:
        version = latest_version(session, world.template_id)
        assert version is not None
        assert approve_version(session, version.id, content_hash=version.content_hash, via=Door.CLI)
        due_enrollments.look_again(session, world.enrollment_ids)
    world.look()
    (first,) = world.actions(APPROVED)
    assert (first.approved_hash, first.approved_via) == (first.content_hash, None)
    world.send()
    world.look(days=2)
    assert len(world.actions(APPROVED)) == 1


def test_what_nobody_approves_expires_and_waits_for_a_person_but_not_while_nothing_may_leave(
    world: MovingSequence,
) -> None:
    world.begins(mail(), config={"expiresHours": 48})
    world.enrolls()
    world.look()
    with world.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.CLI)
    world.look(days=10)
    assert (len(world.actions(AWAITING)), world.enrollment().waiting_for) == (1, "switch")
    with world.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.ON, via=Via.CLI)
    world.look(hours=47)
    assert (len(world.actions(AWAITING)), world.enrollment().waiting_for) == (1, "approval")
    world.look(hours=2)
    assert [each.status for each in world.actions()] == [ActionStatus.EXPIRED]
    assert world.enrollment().next_step_at is None
    assert world.look(days=30) == 0
    with world.database.write() as session:
        assert begin_step_again(session, world.enrollment_ids[0])
    world.look()
    assert [each.action_key.rpartition(":")[2] for each in world.actions(AWAITING)] == ["1"]


def test_a_message_of_a_paused_sequence_may_be_answered_all_the_time_and_a_day_after_it_goes_on(
    world: MovingSequence,
) -> None:
    world.begins(mail(), config={"expiresHours": 48})
    world.enrolls(2)
    world.look()
    world.control("pause")
    world.look(days=10)
    first, _ = world.actions(AWAITING)
    world.approve(first)
    assert [each.id for each in world.actions(APPROVED)] == [first.id]
    world.control("resume")
    world.look(hours=23)
    assert len(world.actions(AWAITING)) == 1
    world.look(hours=2)
    assert len(world.actions(ActionStatus.EXPIRED)) == 1


def test_a_text_whose_contact_changed_is_rendered_anew_and_needs_a_new_approval(world: MovingSequence) -> None:
    world.begins(mail())
    world.enrolls()
    world.look()
    before = world.actions()[0].content_hash
    change(world, name="Grace Hopper", first_name="Grace")
    world.look()
    (now,) = world.actions(AWAITING)
    assert now.content_hash != before
    assert (now.body_text or "").startswith("Hello Grace")
    world.approve()
    change(world, email="grace@example.com")
    world.look()
    (again,) = world.actions(AWAITING)
    assert (again.to_address, again.approved_hash, again.approved_at) == ("grace@example.com", None, None)


def test_a_task_is_asked_of_the_person_and_the_sequence_waits_for_it(world: MovingSequence) -> None:
    connect = {"step_type": "connect", "config": {"note": "Hello {{ first_name }}"}}
    world.begins(connect, wait(days=2), {"step_type": "message", "config": {"text": "Thanks"}}, platform="linkedin")
    world.enrolls(profile_url="https://www.linkedin.com/in/ada")
    world.look()
    (action,) = world.actions(APPROVED)
    with world.database.read() as session:
        (task,) = tasks.list_open_tasks(session, limit=9)
    assert (task.task_type, task.title, task.description) == (
        "outreach",
        "Connect with Ada Lovelace on LinkedIn",
        "Hello Ada",
    )
    assert (task.outbound_action_id, orjson.loads(task.payload)["url"]) == (
        action.id,
        "https://www.linkedin.com/in/ada",
    )
    world.look(days=5)
    assert world.stands() == ("active", None, 0)
    with world.database.write() as session:
        finish_step(session, action, "done", at=session.now())
        finish_step(session, action, "done", at=session.now())
    assert world.run().success_items == 1
    world.look(hours=23)
    assert world.stands() == ("active", None, 1)
    world.look(hours=1)
    assert world.stands() == ("active", None, 2)


@pytest.mark.parametrize(
    ("config", "fields", "stands"),
    [
        ({"goal": {"tag": "won"}}, {"tags": '["won"]'}, ("completed", "goal_reached", 0)),
        ({}, {"archived_at": MONDAY}, ("removed", "contact_archived", 0)),
        ({}, {"consent_basis": "refused"}, ("removed", "suppressed", 0)),
    ],
)
def test_whoever_has_nothing_more_to_get_leaves(
    world: MovingSequence, config: dict[str, Any], fields: dict[str, Any], stands: tuple[str, str, int]
) -> None:
    world.begins(mail(), config=config)
    world.enrolls()
    world.look()
    change(world, **fields)
    world.look()
    assert world.stands() == stands
    assert not world.actions(AWAITING, APPROVED)


def test_what_is_too_late_is_left_out_where_the_template_says_so(world: MovingSequence) -> None:
    late = {"maxLateness": {"hours": 10, "then": "skip"}}
    world.begins(mail(48, label="first"), {**CONDITION, "config": SKIPPED}, mail(label="yes"), config=late)
    world.enrolls()
    world.look()
    world.look(days=5)
    assert world.stands() == ("active", None, 2)
    assert [(each.step_index, each.status.value, each.reason) for each in world.actions()] == [
        (0, "cancelled", "too_late"),
        (2, "awaiting_approval", None),
    ]


def test_a_template_that_has_ended_lets_everybody_go_at_its_end(world: MovingSequence) -> None:
    world.begins(mail(), wait(days=20), mail(text="Again"), ends_at=(world.now + timedelta(days=30)).isoformat())
    world.enrolls()
    world.look(days=9)
    world.look(days=22)
    assert world.stands() == ("removed", "template_ended", 0)
    assert [each.status.value for each in world.actions()] == ["cancelled"]


def test_an_account_that_is_signed_out_holds_its_people_until_it_is_back(world: MovingSequence) -> None:
    world.begins(mail())
    world.enrolls()
    with world.database.write() as session:
        connect_mail(session).status = AccountStatus.NEEDS_REAUTH
    world.look()
    assert (world.stands(), world.actions()) == (("active", "account_needs_reauth", 0), [])
    with world.database.write() as session:
        connect_mail(session).status = AccountStatus.ACTIVE
    world.look(hours=6)
    assert (world.stands()[1], len(world.actions(AWAITING))) == (None, 1)


def test_what_is_explained_six_times_is_when_it_goes(world: MovingSequence) -> None:
    office = {"days": ["tue", "thu"], "from": "14:00", "to": "15:00"}
    world.begins(mail(5), config={"window": office, "timeZone": "Europe/Berlin", "undoSeconds": 0})
    world.enrolls()
    world.look()
    world.look(hours=12)
    world.approve()
    explanations = [explained(world) for _ in range(6)]
    assert all(each == explanations[0] for each in explanations)
    goes_at = explanations[0].next_at
    assert goes_at == world.actions()[0].not_before
    world.clock.instant = goes_at - timedelta(seconds=1)
    assert explained(world).verdict == "waits"
    world.clock.instant = goes_at
    assert explained(world).verdict == "goes"


def test_the_windows_of_the_workspace_hold_where_a_template_has_none(world: MovingSequence) -> None:
    office = {"days": "mon", "from": "08:00", "to": "09:00"}
    configs: list[dict[str, Any]] = [{}, {"window": {}}, {"window": office}]
    instants: list[datetime] = []
    for config in configs:
        world.begins(mail(), config={"timeZone": "UTC", "undoSeconds": 0, **config})
        world.enrolls()
        with world.database.write() as session:
            saved_settings.save_setting(session, "send_window", '"tue to thu 14:00 to 15:30"', via=Via.CLI)
        found = explained(world, len(world.enrollment_ids) - 1).next_at
        assert found is not None
        instants.append(found)
    closed, always, monday = instants
    assert (closed.strftime("%a %H:%M"), always, monday.strftime("%a %H:%M")) == ("Tue 14:00", world.now, "Mon 08:00")


def test_after_a_week_of_downtime_five_of_thirty_go_in_the_first_hour(world: MovingSequence) -> None:
    world.begins(mail(), config={"undoSeconds": 0})
    with world.database.write() as session:
        connect_mail(session, per_hour=5, per_day=100, new_per_day=100, spacing_seconds=0, jitter_seconds=0)
    world.enrolls(30)
    world.look(days=7)
    assert len(world.actions(AWAITING)) == 30
    world.approve()
    gone: list[int] = []
    for _ in range(3):
        went = 0
        for number, action in enumerate(world.actions()):
            if action.status is not APPROVED:
                continue
            if explained(world, number).verdict != "goes":
                break
            world.send(action)
            went += 1
        gone.append(went)
        world.look(minutes=61)
    assert gone == [5, 5, 5]


def test_a_mover_that_is_gone_leaves_its_people_due_again(either: MovingSequence) -> None:
    world = either
    world.begins(mail())
    world.enrolls(3)
    with world.database.write() as session:
        assert len(due_enrollments.claim_due(session, seconds=60, limit=2).enrollment_ids) == 2
    assert world.look() == 1
    assert len(world.actions()) == 1
    assert world.look(seconds=61) == 2
    assert len(world.actions()) == 3


def test_somebody_who_can_not_be_moved_keeps_nobody_from_moving(world: MovingSequence) -> None:
    world.begins(mail(text="Old"))
    world.enrolls()
    world.begins(mail())
    world.enrolls(2)
    with world.database.write() as session:
        session.connection().exec_driver_sql("UPDATE template_versions SET steps = '[{}]' WHERE steps LIKE '%Old%'")
    assert move_due(world.database, world.tools.services) == 3
    assert len(world.actions(AWAITING)) == 2
    assert world.enrollment().next_step_at == world.now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("then", "stands"),
    [
        ("ignore", ("active", None, 0)),
        ("pause", ("active", "reply", 0)),
        ("stop", ("removed", "reply", 0)),
    ],
)
def test_colleagues_of_whoever_answered_go_on_rest_or_leave_as_the_template_says(
    world: MovingSequence, then: str, stands: tuple[str, str | None, int]
) -> None:
    world.begins(mail(), config={"onAccountReply": then})
    world.enrolls(2)
    world.enrolls(email="eve@gmail.com")
    world.look()
    with world.database.write() as session:
        stop_people(session, [world.enrollment().contact_id], StateReason.REPLY)
    world.look(hours=30)
    assert [world.stands(each) for each in range(3)] == [("replied", "reply", 0), stands, ("active", None, 0)]
    if then == "pause":
        assert explained(world, 1).verdict == "waits"
        with world.database.write() as session:
            assert begin_step_again(session, world.enrollment_ids[1])
        world.look()
        assert world.stands(1) == ("active", None, 0)


def test_a_colleague_of_whoever_answered_rests_before_anybody_has_looked_at_them(world: MovingSequence) -> None:
    world.begins(mail(), config={"onAccountReply": "pause"})
    world.enrolls()
    world.look()
    world.enrolls()
    with world.database.write() as session:
        stop_people(session, [world.enrollment().contact_id], StateReason.REPLY)
    world.look(hours=30)
    assert (world.stands(1), world.actions(AWAITING)) == (("pending", "reply", 0), [])
    assert explained(world, 1).verdict == "waits"
    with world.database.write() as session:
        assert begin_step_again(session, world.enrollment_ids[1])
    world.look()
    assert world.stands(1) == ("active", None, 0)
    assert len(world.actions(AWAITING)) == 1
