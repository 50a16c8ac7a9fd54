"""Being in touch again with somebody who is due, as a task: its id is the contact's, until it is done.

What the person did about it is a task of its own, which counts as being in touch (docs/sequences.md, "Tasks").
"""

from datetime import datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.outreach.contact_rhythms import Rhythm
from onelane.storage.people import contacts
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskOutcome, TaskPriority, TaskStatus, TaskType
from onelane.tools.outreach.tasks.finishing import Finish, check_until
from onelane.tools.outreach.tasks.task_views import TaskView, view_of_task
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_views import rhythm_words
from onelane.tools.registry.errors import Conflict


def title_of(rhythm: Rhythm) -> str:
    """What is to be done."""
    return f"Be in touch with {one_line(rhythm.name)}"


def why_of(rhythm: Rhythm) -> str:
    """Why now."""
    at = rhythm.last_at
    last = "nothing is known of the last time" if at is None else f"the last time was on {at:%-d %B %Y}"
    return f"you want to be in touch {rhythm_words(rhythm.days)}; {last}"


def closing_call(rhythm: Rhythm) -> str:
    """The call that closes it."""
    return f"finish_task(task_id={rhythm.contact_id!r}, outcome='done'), 'skip', or 'snooze' with until"


def view_of_rhythm(rhythm: Rhythm) -> TaskView:
    """It as a task that waits."""
    return TaskView(
        id=rhythm.contact_id,
        title=title_of(rhythm),
        task_type=TaskType.FOLLOW_UP,
        status=TaskStatus.TODO,
        outcome=None,
        priority=TaskPriority.MEDIUM,
        contact_id=rhythm.contact_id,
        contact_name=rhythm.name,
        template_id=None,
        workflow_run_id=None,
        outbound_action_id=None,
        channel=None,
        step_type=None,
        text=None,
        url=None,
        why=why_of(rhythm),
        sides=[],
        next=closing_call(rhythm),
        due_at=rhythm.due_at,
        snoozed_until=None,
        completed_at=None,
        created_at=rhythm.due_at,
    )


def finish_rhythm(session: Session, rhythm: Rhythm, outcome: Finish, until: datetime | None) -> TaskView:
    """Let what a person says of it count: done, left out this time, or put off.

    Args:
        session: a writing one
        rhythm: with whom they want to be in touch
        outcome: what they did
        until: till when they put it off

    Raises:
        BadRequest: it is put off and nobody knows until when, or the other way round
        Conflict: it is not due, and was done or left out already
    """
    check_until(session, outcome, until)
    if until is not None:
        contacts.update_contact(session, rhythm.contact_id, rhythm_from=until - timedelta(days=rhythm.days))
        return view_of_rhythm(rhythm).model_copy(update={"snoozed_until": until})
    now, is_done = session.now(), outcome is Finish.DONE
    # Whoever was in touch earlier than planned may say so, once a day.
    is_early = is_done and (rhythm.last_at is None or rhythm.last_at < now - timedelta(days=1))
    if rhythm.due_at > now and not is_early:
        raise Conflict(
            f"{one_line(rhythm.name)} is not due before {rhythm.due_at:%-d %B %Y}: "
            "you were in touch, or left it out. Nothing was changed."
        )
    if not is_done:
        contacts.update_contact(session, rhythm.contact_id, rhythm_from=now)
    return _note(session, rhythm, TaskOutcome.DONE if is_done else TaskOutcome.SKIPPED)


def _note(session: Session, rhythm: Rhythm, outcome: TaskOutcome) -> TaskView:
    task = tasks.create_task(
        session,
        title=title_of(rhythm),
        task_type=TaskType.FOLLOW_UP,
        status=TaskStatus.DONE,
        outcome=outcome,
        related_contact_id=rhythm.contact_id,
        completed_at=session.now(),
    )
    return view_of_task(session, task)
