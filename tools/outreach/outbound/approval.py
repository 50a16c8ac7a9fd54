"""Approval: what a person decides about a message before it goes (docs/sequences.md, "Approval").

None of this is a tool: whatever the registry holds can be called by a model. Doors for people call it.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import (
    action_moves,
    outbound_actions,
    outbound_lists,
    outbound_state,
    outbound_switch,
)
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.runs import tell_of_change
from onelane.tools.outreach.content.publication import withdraw
from onelane.tools.outreach.moving.drafting import redraft
from onelane.tools.outreach.moving.outcomes import finish_step, look_again
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.gate.shown_hash import HashConflict, is_as_shown
from onelane.tools.registry.result import Result

_AWAITING = ActionStatus.AWAITING_APPROVAL
_UNANSWERED = (_AWAITING, ActionStatus.EXPIRED)
"""What a person may still decide about; what nobody answered in time can't be approved, but sent back or dropped."""
_UNAPPROVED = {"approved_at": None, "approved_via": None, "approved_hash": None}
_USUAL_LIFE = timedelta(hours=168)
MOST_CHARS = 50_000
"""So long a text may be."""


class NotWaiting(Conflict):
    """Nobody has to decide about that message any more. Look at it again: onelane outbound show ID."""

    code: ClassVar[str] = "not_waiting"


class SwitchedOff(Conflict):
    """Outbound is stopped, so nothing is approved. Start it first: onelane outbound start."""

    code: ClassVar[str] = "switched_off"


class ApprovalOutcome(StrEnum):
    """What became of a person's yes to a message."""

    APPROVED = "approved"
    CONFLICT = "conflict"
    """It says something else than what they were shown."""
    NOT_WAITING = "not_waiting"
    NOT_FOUND = "not_found"
    LEFT = "left"
    """They were asked and did not say yes; it goes on waiting."""


class ActionOutcome(Result):
    """What became of a person's yes to one message."""

    id: str
    outcome: ApprovalOutcome
    status: ActionStatus | None
    hash: str | None
    """Of what the message says now."""
    reason: str | None = None
    """What the person said against it, if they did."""

    def text(self) -> str:
        """One line."""
        stands = "" if self.status is None else f", it is {self.status.replace('_', ' ')}"
        now = "" if self.outcome is ApprovalOutcome.APPROVED else stands
        reason_note = "" if self.reason is None else f". The person said: {self.reason}"
        way_on = "; list_outbound shows those that there are" if self.outcome is ApprovalOutcome.NOT_FOUND else ""
        return f"{self.id}: {self.outcome.replace('_', ' ')}{now}{reason_note}{way_on}"


def approve_action(
    session: Session, services: Services, action_id: str, shown_hash: str, *, via: Door
) -> ActionOutcome:
    """Let a message go, if it says what the person was shown.

    Args:
        session: a writing one
        services: the vault, by which a message is rendered as it would go now
        action_id: which message
        shown_hash: the hash of what they were shown
        via: where they said yes

    Raises:
        SwitchedOff: nothing may go at all
    """
    check_switch(session)
    action = _find_action(session, action_id)
    if action is None:
        return ActionOutcome(id=action_id[:100], outcome=ApprovalOutcome.NOT_FOUND, status=None, hash=None)
    if not _is_waiting(session, action):
        return _outcome_of(action, ApprovalOutcome.NOT_WAITING)
    if not is_as_shown(shown_hash, action.content_hash):
        return _outcome_of(action, ApprovalOutcome.CONFLICT)
    changes = {"approved_at": session.now(), "approved_via": via, "approved_hash": action.content_hash}
    if not action_moves.move_action(
        session,
        action.id,
        from_any=[_AWAITING],
        to=ActionStatus.APPROVED,
        content_hash=action.content_hash,
        **changes,
    ):
        raise Conflict("Somebody else has just decided about that message. Look at it again.")
    _look_again(session, action)
    _tell(session, action)
    return _outcome_of(action, ApprovalOutcome.APPROVED)


def reject_action(
    session: Session, action_id: str, *, skip: bool, reason: str | None, shown_hash: str | None = None
) -> None:
    """Let a message never go.

    Args:
        session: a writing one
        action_id: which message
        skip: go on with the next step; without it the person is out of the sequence
        reason: why, in the person's own words
        shown_hash: the hash of what they were shown, where the door knows it

    Raises:
        NotFound: there is no such message
        NotWaiting: it is decided already
        HashConflict: it says something else than what they were shown
    """
    action = _known_action(session, action_id)
    _check_shown(action, shown_hash)
    _move(session, action, _UNANSWERED, ActionStatus.REJECTED, reason=reason or StateReason.REJECTED)
    if skip:
        finish_step(session, action, "skipped", at=session.now())
    elif action.enrollment_id is not None:
        end_enrollment(session, action.enrollment_id, EnrollmentStatus.REMOVED, StateReason.REJECTED, at=session.now())


def edit_action(
    session: Session, action_id: str, *, subject: str | None, text: str | None, shown_hash: str | None = None
) -> None:
    """Give a message another text; it waits for a yes to that.

    Args:
        session: a writing one
        action_id: which message
        subject: its new subject; None leaves it
        text: its new text; None leaves it
        shown_hash: the hash of what they were shown, where the door knows it

    Raises:
        BadRequest: nothing is said, or nothing would be left of it
        NotFound: there is no such message
        NotWaiting: it is decided already
        HashConflict: it says something else than what they were shown
    """
    _check_words(subject, text)
    action = _known_action(session, action_id)
    _check_shown(action, shown_hash)
    _move(session, action, _UNANSWERED, _AWAITING, expires_at=session.now() + _life(action))
    redraft(session, action, subject=subject, text=text)
    session.refresh(action)
    _look_again(session, action)


def undo_action(session: Session, action_id: str) -> None:
    """Take a yes back: the message waits again. So does one that nobody answered in time.

    Raises:
        NotFound: there is no such message
        NotWaiting: it has left, or was never approved
    """
    action = _known_action(session, action_id)
    if action.transport is Transport.TASK:
        raise NotWaiting("That is a task for you, which needs no approval. onelane tasks list shows it.")
    if action.content_item_id is not None:
        _undo_draft(session, action)
        return
    expires_at = session.now() + _life(action)
    _move(
        session, action, (ActionStatus.APPROVED, ActionStatus.EXPIRED), _AWAITING, expires_at=expires_at, **_UNAPPROVED
    )
    _look_again(session, action)


def _undo_draft(session: Session, action: OutboundAction) -> None:
    if not withdraw(session, action):
        raise NotWaiting(f"{action.id} has left, or was taken back already.")
    session.refresh(action)


def approve_version(
    session: Session, template_id: str, number: int | None, shown_hash: str | None, *, via: Door
) -> TemplateVersion:
    """Let a version of a sequence be sent to whoever is in it, if it says what the person was shown.

    Args:
        session: a writing one
        template_id: the template's id
        number: which version; None is the latest
        shown_hash: the hash of what they were shown, where the door knows it
        via: where they said yes

    Raises:
        NotFound: there is no such version
        HashConflict: it says something else
    """
    version = version_of(session, template_id, number)
    if shown_hash is not None and not is_as_shown(shown_hash, version.content_hash):
        raise HashConflict(
            f"Version {version.version} says something else than what was shown. Read it again, then decide.",
            details={"version": version.version, "hash": version.content_hash},
        )
    if version.approved_at is None:
        template_versions.approve_version(session, version.id, content_hash=version.content_hash, via=via)
        session.refresh(version)
    look_again(session, outbound_lists.enrollments_awaiting(session, version_id=version.id))
    return version


def version_of(session: Session, template_id: str, number: int | None) -> TemplateVersion:
    """A version of a template; the latest one if none is named.

    Raises:
        NotFound: there is none
    """
    if number is None:
        version = template_versions.latest_version(session, template_id)
    else:
        version = template_versions.find_version(session, template_id, number)
    if version is None:
        version_words = "no version yet; it gets one when it is activated" if number is None else f"no version {number}"
        raise NotFound(f"That template has {version_words}.")
    return version


def check_switch(session: Session) -> None:
    """See whether anything may go.

    Raises:
        SwitchedOff: nothing may
    """
    if outbound_switch.read_switch(session).state is not SwitchState.ON:
        raise SwitchedOff


def check_approved(action: ActionOutcome) -> None:
    """See whether a yes counted.

    Raises:
        NotFound: there is no such message
        NotWaiting: it is decided already
        HashConflict: it says something else by now
    """
    match action.outcome:
        case ApprovalOutcome.NOT_FOUND:
            raise NotFound(f"There is no message {action.id!r}. list_outbound shows those that there are.")
        case ApprovalOutcome.NOT_WAITING:
            status = "gone" if action.status is None else action.status.label.lower()
            raise NotWaiting(f"Message {action.id} is {status} and waits for no approval.", details=_details(action))
        case ApprovalOutcome.CONFLICT:
            raise HashConflict(
                f"Message {action.id} says something else by now. Read it again, then decide.", details=_details(action)
            )
        case _:
            return


def _find_action(session: Session, action_id: str) -> OutboundAction | None:
    return outbound_actions.get_action(session, action_id) if action_id.isprintable() else None


def _known_action(session: Session, action_id: str) -> OutboundAction:
    action = _find_action(session, action_id)
    if action is None:
        raise NotFound(f"There is no message {action_id[:100]!r}. list_outbound shows those that there are.")
    return action


def _check_shown(action: OutboundAction, shown_hash: str | None) -> None:
    if shown_hash is not None and not is_as_shown(shown_hash, action.content_hash):
        check_approved(_outcome_of(action, ApprovalOutcome.CONFLICT))


def _is_waiting(session: Session, action: OutboundAction) -> bool:
    """Whether a yes may still count: what nobody answered in time stays where it is, also before that is noted."""
    is_late = action.expires_at is not None and action.expires_at <= session.now()
    return action.status is _AWAITING and not (is_late and not outbound_state.time_stands_still(session, action))


def _move(
    session: Session, action: OutboundAction, from_any: tuple[ActionStatus, ...], to: ActionStatus, **changes: Any
) -> None:
    if not action_moves.move_action(session, action.id, from_any=from_any, to=to, **changes):
        session.refresh(action)
        raise NotWaiting(
            f"Message {action.id} is {action.status.label.lower()}, so that this can't be decided any more.",
            details={"status": action.status},
        )
    session.refresh(action)
    _tell(session, action)


def _tell(session: Session, action: OutboundAction) -> None:
    """Pages that show what waits follow the runs of sequences, wherever somebody decides."""
    if action.workflow_run_id is not None:
        tell_of_change(session, action.workflow_run_id)


def _life(action: OutboundAction) -> timedelta:
    """How long it may wait, which its template said when it was written."""
    return _USUAL_LIFE if action.expires_at is None else max(action.expires_at - action.created_at, timedelta(hours=1))


def _look_again(session: Session, action: OutboundAction) -> None:
    if action.enrollment_id is not None:
        look_again(session, [action.enrollment_id])


def _check_words(subject: str | None, text: str | None) -> None:
    if subject is None and text is None:
        raise BadRequest("Say what shall be another: the subject, the text, or both.")
    if (subject is not None and not subject.strip()) or (text is not None and not text.strip()):
        raise BadRequest("A message goes out with a subject and a text, or not at all. Reject it instead.")
    if text is not None and len(text) > MOST_CHARS:
        raise BadRequest(f"The text has more than {MOST_CHARS:,} characters.")


def _outcome_of(action: OutboundAction, outcome: ApprovalOutcome) -> ActionOutcome:
    return ActionOutcome(id=action.id, outcome=outcome, status=action.status, hash=action.content_hash)


def _details(action: ActionOutcome) -> dict[str, object]:
    return {"id": action.id, "status": action.status, "hash": action.hash}
