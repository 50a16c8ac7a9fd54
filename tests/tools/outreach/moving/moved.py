"""A sequence that moves: its tools, its people, and somebody who says what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.workflows import steps
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Enrollment
from onelane.tools.outreach.moving.mover import move_due
from onelane.tools.outreach.moving.outcomes import finish_step
from onelane.tools.workflows import activation, enrollments, runs, templates
from onelane.tools.workflows.activation import Activated
from onelane.tools.workflows.enrollments import Enrolled
from onelane.tools.workflows.run_reading.run_views import RunView
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.connected_mail import with_mail
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox


@dataclass
class MovingSequence:
    """A database with an account that sends, in which sequences move when `look` is called."""

    tools: Toolbox
    clock: Clock
    template_id: str = ""
    run_id: str = ""
    enrollment_ids: list[str] = field(default_factory=list[str])

    @property
    def database(self) -> Database:
        """Where all of it is."""
        return self.tools.database

    def begins(self, *steps: dict[str, Any], template_type: str = "outreach", **fields: Any) -> str:
        """Write a sequence and activate it; its run's id."""
        template = self.tools.call(
            TemplateWithSteps,
            "create_template",
            name="Spring",
            template_type=template_type,
            steps=list(steps),
            **fields,
        )
        activation_result = self.tools.call(Activated, "activate_template", template_id=template.id)
        assert activation_result.run is not None
        self.template_id, self.run_id = template.id, activation_result.run.id
        return activation_result.run.id

    def enrolls(self, count: int = 1, **fields: Any) -> list[str]:
        """Enroll so many new people; their enrollments' ids."""
        first = len(self.enrollment_ids)
        with self.database.write() as session:
            ids = [
                contacts.create_contact(
                    session, **{"name": "Ada Lovelace", "email": f"ada{first + n}@example.com", **fields}
                ).id
                for n in range(count)
            ]
        answer = self.tools.call(Enrolled, "enroll_contacts", template_id=self.template_id, contact_ids=ids)
        new_ids = [each.enrollment_id for each in answer.data if each.enrollment_id is not None]
        assert len(new_ids) == count, answer.text()
        self.enrollment_ids += new_ids
        return new_ids

    def look(self, **later: float) -> int:
        """Let time pass, then move whoever is due, until nobody is; how many looks that took."""
        self.clock.advance(**later)
        looks = 0
        while count := move_due(self.database, self.tools.services):
            looks += count
            assert looks < 10_000, "somebody is due again at once, for ever"
        return looks

    def approve(self, *actions: OutboundAction) -> None:
        """Let a person say yes to what waits; to all of it, where nothing is given."""
        with self.database.write() as session:
            for action in actions or self.actions(ActionStatus.AWAITING_APPROVAL):
                assert action_moves.move_action(
                    session,
                    action.id,
                    from_any=[ActionStatus.AWAITING_APPROVAL],
                    to=ActionStatus.APPROVED,
                    content_hash=action.content_hash,
                    approved_at=session.now(),
                    approved_via=Door.CLI,
                    approved_hash=action.content_hash,
                )

    def send(self, *actions: OutboundAction) -> None:
        """Say that these went out now; all that are approved, where none is given."""
        for action in actions or self.actions(ActionStatus.APPROVED):
            with self.database.write() as session:
                now = session.now()
                assert action_moves.move_action(
                    session,
                    action.id,
                    from_any=[ActionStatus.APPROVED],
                    to=ActionStatus.SENT,
                    sending_at=now,
                    sent_at=now,
                    message_id=f"<{action.id}.x@example.com>",
                )
                sent_action = outbound_actions.get_action(session, action.id)
                assert sent_action is not None
                finish_step(session, sent_action, "sent", at=now)

    def actions(self, *statuses: ActionStatus) -> list[OutboundAction]:
        """What is written for everybody, in order, of these states if any are given."""
        with self.database.read() as session:
            by_enrollment = outbound_actions.list_of_enrollments(session, self.enrollment_ids)
        all_actions = [action for each in self.enrollment_ids for action in by_enrollment.get(each, [])]
        return [action for action in all_actions if not statuses or action.status in statuses]

    def enrollment(self, number: int = 0) -> Enrollment:
        """Somebody's enrollment."""
        with self.database.read() as session:
            enrollment = session.get(Enrollment, self.enrollment_ids[number])
            assert enrollment is not None
            return enrollment

    def stands(self, number: int = 0) -> tuple[str, str | None, int]:
        """Where somebody is: state, reason, step."""
        enrollment = self.enrollment(number)
        return enrollment.status.value, enrollment.state_reason, enrollment.current_step_index

    def story(self) -> list[str]:
        """The types of the run's steps, in order."""
        return [step["step_type"] for step in self.steps()]

    def steps(self) -> Sequence[dict[str, Any]]:
        """The run's steps."""
        with self.database.read() as session:
            return list(steps.list_workflow_steps(session, self.run_id))

    def run(self) -> RunView:
        """The sequence's run."""
        return self.tools.call(RunView, "get_run", run_id=self.run_id)

    def control(self, action: str) -> RunView:
        """Pause, resume or cancel the run."""
        return self.tools.call(RunView, "control_run", run_id=self.run_id, action=action)

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.clock()


def moved(database: Database, clock: Clock) -> MovingSequence:
    """Such a database."""
    return MovingSequence(toolbox(with_mail(database), activation, enrollments, runs, templates), clock)


def mail(delay_hours: int = 0, text: str = "Hello {{ first_name }}", **config: Any) -> dict[str, Any]:
    """A step that sends a message."""
    step_config = {"text": text, **({} if config.get("sameThread") else {"subject": "About engines"}), **config}
    return {"step_type": "message", "config": step_config, "delay_hours": delay_hours}


def wait(**config: Any) -> dict[str, Any]:
    """A step that waits."""
    return {"step_type": "wait", "config": config}
