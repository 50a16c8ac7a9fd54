"""A person's yes is for what they were shown, and every other decision ends where it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import action_moves, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason, Via
from onelane.storage.workflows.run_changes import RunChanges
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.outbound import outbound as outbound_tools
from onelane.tools.outreach.outbound.approval import ApprovalOutcome, NotWaiting, SwitchedOff
from onelane.tools.outreach.outbound.views import OutboundDetail, OutboundPage
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Forbidden, NotFound
from onelane.tools.registry.gate.shown_hash import HashConflict
from tests.databases import Clock
from tests.messages import enrollment_of, message, read_action, sequence, status_of, waiting_message
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(sqlite_database: Database) -> Toolbox:
    return toolbox(sqlite_database, outbound_tools)


@pytest.fixture
def on_each(database: Database) -> Toolbox:
    """The same on both databases, for what the database itself decides."""
    return toolbox(database, outbound_tools)


def approve(tools: Toolbox, *items: tuple[str, str]) -> list[ApprovalOutcome]:
    return [each.outcome for each in decisions.approve_messages(tools.services, items, via=Door.CLI).data]


def shown(tools: Toolbox, action_id: str) -> OutboundDetail:
    return tools.call_as(Caller(Face.REST), OutboundDetail, "get_outbound", action_id=action_id)


def test_a_yes_to_what_was_shown_counts_once_and_looks_at_once(on_each: Toolbox, clock: Clock) -> None:
    action_id = waiting_message(on_each.database)
    before = shown(on_each, action_id)
    assert approve(on_each, (action_id, before.hash), (action_id, before.hash), ("out_gone", "x")) == [
        "approved",
        "not_waiting",
        "not_found",
    ]
    row, after = read_action(on_each.database, action_id), shown(on_each, action_id)
    assert (row.status, row.approved_via, row.approved_hash) == (ActionStatus.APPROVED, Door.CLI, before.hash)
    assert row.approved_at == clock()
    assert after.undo_until == clock() + timedelta(seconds=60)
    assert enrollment_of(on_each.database, action_id).next_step_at == clock()


@pytest.mark.parametrize("decision", ["approve", "edit", "reject"])
def test_whoever_looks_at_what_waits_is_told_of_a_decision_made_elsewhere(
    tools: Toolbox, clock: Clock, decision: str
) -> None:
    with tools.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type="sequence", status=RunStatus.RUNNING, driver="mover")
    action_id = waiting_message(tools.database, workflow_run_id=run.id)
    changes = RunChanges()
    with tools.database.read() as session:
        changes.list_changed(session)
        changes.list_changed(session)
    clock.advance(seconds=1)
    if decision == "approve":
        approve(tools, (action_id, shown(tools, action_id).hash))
    elif decision == "edit":
        decisions.edit_message(tools.services, action_id, subject=None, text="Other words", via=Door.CLI)
    else:
        decisions.reject_message(tools.services, action_id, skip=False, reason=None, via=Door.CLI)
    with tools.database.read() as session:
        assert [row["id"] for row in changes.list_changed(session)] == [run.id]


def test_a_late_yes_counts_where_time_stands_still_because_the_sequence_is_paused(
    on_each: Toolbox, clock: Clock
) -> None:
    action_id = waiting_message(on_each.database, expires_at=clock() - timedelta(days=1))
    before = shown(on_each, action_id)
    assert approve(on_each, (action_id, before.hash)) == [ApprovalOutcome.NOT_WAITING]
    template_id = read_action(on_each.database, action_id).template_id
    with on_each.database.write() as session:
        templates.update_template(session, str(template_id), status=TemplateStatus.PAUSED)
    assert approve(on_each, (action_id, before.hash)) == [ApprovalOutcome.APPROVED]


def test_a_yes_to_something_else_is_a_conflict_and_says_what_it_is_now(tools: Toolbox) -> None:
    action_id = waiting_message(tools.database)
    (outcome,) = decisions.approve_messages(tools.services, [(action_id, "0" * 64)], via=Door.REST).data
    assert (outcome.outcome, outcome.status, outcome.hash) == (
        ApprovalOutcome.CONFLICT,
        ActionStatus.AWAITING_APPROVAL,
        shown(tools, action_id).hash,
    )
    with pytest.raises(HashConflict):
        decisions.approve_message(tools.services, action_id, "0" * 64, via=Door.REST)
    assert status_of(tools.database, action_id) is ActionStatus.AWAITING_APPROVAL


def test_an_edited_message_has_another_hash_and_tells_what_it_said(on_each: Toolbox) -> None:
    action_id = waiting_message(on_each.database)
    before = shown(on_each, action_id)
    edited = decisions.edit_message(on_each.services, action_id, subject=None, text="Dear Ada", via=Door.CLI)
    assert (edited.message_text, edited.previous_text, edited.subject) == ("Dear Ada", "Hello Ada", "Hello")
    assert edited.hash != before.hash
    assert approve(on_each, (action_id, before.hash)) == [ApprovalOutcome.CONFLICT]
    assert approve(on_each, (action_id, edited.hash)) == [ApprovalOutcome.APPROVED]
    with pytest.raises(NotWaiting):
        decisions.edit_message(on_each.services, action_id, subject="Now", text=None, via=Door.CLI)


@pytest.mark.parametrize(("subject", "text"), [(None, None), ("", None), (None, " \n"), (None, "x" * 50_001)])
def test_a_message_is_not_edited_to_nothing(tools: Toolbox, subject: str | None, text: str | None) -> None:
    action_id = waiting_message(tools.database)
    with pytest.raises(BadRequest):
        decisions.edit_message(tools.services, action_id, subject=subject, text=text, via=Door.CLI)
    assert read_action(tools.database, action_id).body_text == "Hello Ada"


def test_a_rejected_message_ends_the_sequence_for_its_person(tools: Toolbox) -> None:
    action_id = waiting_message(tools.database)
    outcome = decisions.reject_message(tools.services, action_id, skip=False, reason="Too soon.", via=Door.CLI)
    enrollment = enrollment_of(tools.database, action_id)
    assert (outcome.status, outcome.reason) == (ActionStatus.REJECTED, "Too soon.")
    assert (enrollment.status, enrollment.state_reason) == (EnrollmentStatus.REMOVED, StateReason.REJECTED)
    with pytest.raises(NotWaiting):
        decisions.reject_message(tools.services, action_id, skip=True, reason=None, via=Door.CLI)


def test_a_message_that_is_left_out_lets_its_person_go_on(tools: Toolbox, clock: Clock) -> None:
    action_id = waiting_message(tools.database)
    decisions.reject_message(tools.services, action_id, skip=True, reason=None, via=Door.CLI)
    enrollment = enrollment_of(tools.database, action_id)
    assert (enrollment.status, enrollment.current_step_index) == (EnrollmentStatus.ACTIVE, 1)
    assert enrollment.next_step_at == clock()


def test_an_undone_message_waits_as_long_as_at_first(tools: Toolbox, clock: Clock) -> None:
    action_id = waiting_message(tools.database, expires_at=clock() + timedelta(hours=10))
    approve(tools, (action_id, shown(tools, action_id).hash))
    clock.advance(hours=9)
    undone = decisions.undo_message(tools.services, action_id, via=Door.REST)
    assert (undone.status, undone.approved_at, undone.approved_via, undone.approved_hash) == (
        ActionStatus.AWAITING_APPROVAL,
        None,
        None,
        None,
    )
    assert undone.expires_at == clock() + timedelta(hours=10)
    with pytest.raises(NotWaiting):
        decisions.undo_message(tools.services, action_id, via=Door.REST)


def test_what_nobody_answered_in_time_is_not_approved_any_more(tools: Toolbox, clock: Clock) -> None:
    action_id = waiting_message(tools.database, expires_at=clock() + timedelta(hours=1))
    hash_now = shown(tools, action_id).hash
    clock.advance(hours=1)
    assert approve(tools, (action_id, hash_now)) == [ApprovalOutcome.NOT_WAITING]
    with tools.database.write() as session:
        action_moves.move_action(session, action_id, from_any=[ActionStatus.AWAITING_APPROVAL], to=ActionStatus.EXPIRED)
    assert approve(tools, (action_id, hash_now)) == [ApprovalOutcome.NOT_WAITING]
    decisions.undo_message(tools.services, action_id, via=Door.CLI)
    assert approve(tools, (action_id, hash_now)) == [ApprovalOutcome.APPROVED]


@pytest.mark.parametrize("status", [each for each in ActionStatus if each is not ActionStatus.AWAITING_APPROVAL])
def test_a_yes_moves_nothing_but_what_waits(tools: Toolbox, status: ActionStatus) -> None:
    action_id = waiting_message(tools.database, status=status)
    assert approve(tools, (action_id, shown(tools, action_id).hash)) == [ApprovalOutcome.NOT_WAITING]
    assert status_of(tools.database, action_id) is status


def test_a_task_needs_no_yes_and_is_not_undone(tools: Toolbox) -> None:
    action_id = waiting_message(tools.database, transport=Transport.TASK, status=ActionStatus.APPROVED)
    with pytest.raises(NotWaiting, match="task"):
        decisions.undo_message(tools.services, action_id, via=Door.CLI)


def test_nothing_is_approved_while_outbound_is_stopped(tools: Toolbox) -> None:
    action_id = waiting_message(tools.database)
    hash_now = shown(tools, action_id).hash
    with tools.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.CLI, reason=SwitchReason.MANUAL)
    with pytest.raises(SwitchedOff):
        approve(tools, (action_id, hash_now))
    assert status_of(tools.database, action_id) is ActionStatus.AWAITING_APPROVAL


@pytest.mark.parametrize("via", Door)
def test_in_read_only_mode_no_door_decides(tools: Toolbox, via: Door) -> None:
    action_id = waiting_message(tools.database)
    services, hash_now = replace(tools.services, read_only=True), shown(tools, action_id).hash
    for decide in (
        lambda: decisions.approve_messages(services, [(action_id, hash_now)], via=via),
        lambda: decisions.reject_message(services, action_id, skip=False, reason=None, via=via),
        lambda: decisions.edit_message(services, action_id, subject="X", text=None, via=via),
        lambda: decisions.undo_message(services, action_id, via=via),
    ):
        with pytest.raises(Forbidden, match="read-only"):
            decide()


def test_a_version_is_approved_by_what_it_says(on_each: Toolbox) -> None:
    with on_each.database.write() as session:
        template = sequence(session, approval="version")
        template_id, version = template.id, template_versions.latest_version(session, template.id)
        assert version is not None
        action_id = message(session, template, template_version_id=version.id)
    with pytest.raises(HashConflict):
        decisions.approve_template(on_each.services, template_id, None, "0" * 64, via=Door.CLI)
    with pytest.raises(NotFound):
        decisions.approve_template(on_each.services, template_id, 2, None, via=Door.CLI)
    read = decisions.read_version(on_each.services, "First hello", None)
    assert "Hello {{ first_name }}" in read.words
    assert [each.version.version for each in decisions.waiting_versions(on_each.services)] == [1]
    for _ in range(2):
        outcome = decisions.approve_template(on_each.services, template_id, 1, read.version.content_hash, via=Door.REST)
        assert (outcome.version, outcome.approved_via) == (1, Door.REST)
    assert decisions.waiting_versions(on_each.services) == []
    assert status_of(on_each.database, action_id) is ActionStatus.AWAITING_APPROVAL


def test_a_list_shows_messages_with_their_gates_and_a_chat_only_what_is_closed(on_each: Toolbox) -> None:
    with on_each.database.write() as session:
        template, other = sequence(session), sequence(session, "Second hello")
        ids = [message(session, template, f"Ada {name}") for name in ("Byron", "King", "Lovelace")]
        message(session, other, "Grace Hopper")
    first = on_each.call(OutboundPage, "list_outbound", template_id="First hello", page_size=2)
    rest = on_each.call(OutboundPage, "list_outbound", template_id=template.id, page_size=2, cursor=first.next_cursor)
    assert [each.id for each in (*first.data, *rest.data)] == ids[::-1]
    assert (first.total, rest.total, rest.next_cursor) == (3, 3, None)
    assert (first.data[0].contact_name, first.data[0].template_version) == ("Ada Lovelace", None)
    assert [gate.gate for gate in first.data[0].gates] == ["approval"]
    assert "Hello Ada" in first.text()
    assert "onelane outbound approve ID" in first.text()
    whole = shown(on_each, ids[0])
    assert len(whole.gates) == 18
    assert whole.model_dump(mode="json")["text"] == "Hello Ada"
    assert on_each.call(OutboundPage, "list_outbound", status="sent").total == 0
    with pytest.raises(NotFound):
        shown(on_each, "out_gone")


def test_a_message_shows_what_nobody_would_see(tools: Toolbox) -> None:
    action_id = waiting_message(tools.database, text="Pay \u202eevil", body_html="<p>Pay <b>me</b></p>")
    letter = shown(tools, action_id).letter()
    assert "\u202e" not in letter
    assert "U+202E" in letter
    assert "<p>Pay <b>me</b></p>" in letter
