"""Migration: people who are on their way in one version go on in another (docs/sequences.md, "Migrating").

Nothing is sent twice: whoever has been sent a step goes on behind it, and what is written and has not left is cancelled
and written anew from the version that they go on in.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions, version_moves
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import LEFT, UNSENT, ActionStatus, OutboundAction
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.workflows import tasks
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from onelane.storage.workflows.tasks import TaskOutcome
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.preview.journeys import Journey
from onelane.tools.outreach.preview.preview import next_steps
from onelane.tools.outreach.reading.enrollment_facts import MOVED, enrollment_facts, version_places
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.outreach.sequence_views import Moves, MoveView, StepPreview
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.step_places import VersionPlaces
from onelane.tools.outreach.template.template_steps import END
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound

_MOST_SHOWN = 1000
_UNDER_WAY = (ActionStatus.SENDING, ActionStatus.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class _Move:
    """Somebody's move.

    Args:
        enrollment: their row
        actions: what was written for them
        step_index: the step that comes next there
        reason: why they stay; None when they move
        labels: what their step is called before and after
        waiting: what is written and has not left
    """

    enrollment: Enrollment
    actions: Sequence[OutboundAction]
    step_index: int
    reason: str | None
    labels: tuple[str, str]
    waiting: Sequence[OutboundAction]


def migrate(ctx: Context, template: Template, to: int, *, dry_run: bool) -> Moves:
    """Let everybody who is on their way in another version go on in this one.

    Args:
        ctx: the call
        template: the template
        to: the version's number
        dry_run: only show who would move

    Raises:
        NotFound: there is no such version
    """
    session, now = ctx.session, ctx.now()
    version = _version(session, template, to)
    sequence = sequence_of(session, template, version.id)
    places = version_places(session, template.id)
    moves = _plan_moves(session, template, version, places, now)
    contact_ids = [each.enrollment.contact_id for each in moves]
    people = read_people(session, contact_ids, sequence, template_id=template.id, vault=ctx.services.vault)
    journeys = _journeys(moves[:_MOST_SHOWN], people, sequence, places, version.id, now)
    coming = next_steps(ctx, template, journeys)
    numbers = {each.id: each.version for each in template_versions.list_versions(session, template.id)}
    before = {each.enrollment.id: numbers.get(each.enrollment.template_version_id or "") for each in moves}
    results = moves if dry_run else [_carry_out(session, each, version.id) for each in moves]
    views = [_view(each, people[each.enrollment.contact_id], before[each.enrollment.id], coming) for each in results]
    return Moves(
        template_id=template.id,
        to_version=to,
        dry_run=dry_run,
        data=views[:_MOST_SHOWN],
        total=len(views),
        counts=dict(Counter(each.outcome for each in views)),
    )


def _version(session: Session, template: Template, number: int) -> TemplateVersion:
    version = template_versions.find_version(session, template.id, number)
    if version is None:
        versions = [str(each.version) for each in template_versions.list_versions(session, template.id)]
        choices = (
            f"There are: {', '.join(reversed(versions))}." if versions else "It has none: activate_template makes one."
        )
        raise NotFound(f"Template {template.name!r} has no version {number}. {choices}")
    return version


def _plan_moves(
    session: Session, template: Template, version: TemplateVersion, places: VersionPlaces, now: datetime
) -> list[_Move]:
    rows = version_moves.list_elsewhere(session, template.id, version.id)
    actions = outbound_actions.list_of_enrollments(session, [row.id for row in rows])
    return [_move(row, actions.get(row.id, []), places, version.id, now) for row in rows]


def _move(
    row: Enrollment, actions: Sequence[OutboundAction], places: VersionPlaces, version_id: str, now: datetime
) -> _Move:
    left_actions = [each for each in actions if each.status in LEFT]
    behind = [places.between(each.template_version_id, version_id).of(each.step_index) + 1 for each in left_actions]
    target_steps = places.steps(version_id, version_id)
    at = places.between(row.template_version_id, version_id).of(row.current_step_index)
    index = min(max([at, *behind]), len(target_steps))
    reason = None
    if any(each.status in _UNDER_WAY for each in actions):
        reason = "a message to them is being sent, or it is uncertain whether it was"
    elif row.claimed_until is not None and row.claimed_until > now:
        reason = "their next step is being worked on; migrate again in a minute"
    source_steps = places.steps(row.template_version_id, version_id)
    waiting = [each for each in actions if each.status in UNSENT]
    return _Move(
        row,
        actions,
        index,
        reason,
        (_label(source_steps, row.current_step_index), _label(target_steps, index)),
        waiting,
    )


def _carry_out(session: Session, move: _Move, version_id: str) -> _Move:
    """The move as it was made: whoever has gone on since they were read stays."""
    if move.reason is not None:
        return move
    if not version_moves.move_to_version(session, move.enrollment, version_id, step_index=move.step_index):
        return replace(move, reason="they have gone on a moment ago; migrate again")
    for action in move.waiting:
        action_moves.move_action(session, action.id, from_any=[action.status], to=ActionStatus.CANCELLED, reason=MOVED)
    tasks.close_actions(session, [action.id for action in move.waiting], TaskOutcome.SKIPPED)
    _record(session, move, version_id)
    return move


def _record(session: Session, move: _Move, version_id: str) -> None:
    row = move.enrollment
    output = {"decision": "moved", "templateVersionId": version_id, "goesTo": move.step_index}
    result = StepResult(output, contact_id=row.contact_id)
    record_step(session, row.workflow_run_id, NewStep(None, StepType.DECISION, result, None, {"enrollmentId": row.id}))


def _journeys(
    moves: Sequence[_Move],
    people: Mapping[str, ContactFacts],
    sequence: OutreachSequence,
    places: VersionPlaces,
    version_id: str,
    now: datetime,
) -> dict[str, Journey]:
    """The ways of those who move, from where they go on."""
    journeys: dict[str, Journey] = {}
    for move in moves:
        row = move.enrollment
        if move.reason is not None or row.contact_id not in people:
            continue
        facts = enrollment_facts(row, move.actions, began=now, places=places, version_id=version_id)
        facts = replace(facts, step_index=move.step_index, epoch=row.epoch + 1, status=EnrollmentStatus.ACTIVE)
        journeys[row.id] = Journey(facts, replace(people[row.contact_id], in_other_sequence=False), sequence)
    return journeys


def _view(move: _Move, person: ContactFacts, from_version: int | None, coming: Mapping[str, StepPreview]) -> MoveView:
    row, stays = move.enrollment, move.reason is not None
    return MoveView(
        contact_id=row.contact_id,
        contact_name=person.name,
        enrollment_id=row.id,
        outcome="stays" if stays else "moves",
        reason=move.reason,
        from_version=from_version,
        from_step=move.labels[0],
        to_step=None if stays else move.labels[1],
        cancels=not stays and bool(move.waiting),
        next=None if stays else coming.get(row.id),
    )


def _label(steps: Sequence[Mapping[str, Any]], index: int) -> str:
    """What a step is called: by its label, else its number; `end` behind the last one."""
    if index >= len(steps):
        return END
    label = steps[index]["config"].get("label")
    return label if isinstance(label, str) and label else str(index)
