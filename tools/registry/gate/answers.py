"""Asking, answering and using: a question becomes a row, a person's door answers it, the call uses the yes up."""

from datetime import datetime, timedelta
from functools import partial

from onelane.storage.database.engine import Session
from onelane.storage.workflows import approvals
from onelane.storage.workflows.approvals import Answer, Approval, Door
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.gate.question import Question, is_of_chat
from onelane.tools.registry.gate.used_approvals import UsedYeses

RUN_WAITS = timedelta(hours=168)
CHAT_WAITS = timedelta(minutes=10)
_NOTHING = "The question is answered, used or withdrawn by now. Look at what is open: onelane approvals."


def ask(session: Session, key: PersonKey, question: Question) -> Approval:
    """The open question of this call; a new one where there is none that says exactly this."""
    found = find(session, question)
    if found is not None and _is_waiting(session, found):
        return found
    approval_id = session.new_id("apr")
    lifetime = CHAT_WAITS if question.run_id is None else RUN_WAITS
    seal = key.seal("asked", approval_id, question.content_hash)
    return approvals.create_approval(session, approval_id, question.asked, seal=seal, lifetime=lifetime)


def answer(
    session: Session,
    key: PersonKey,
    approval_id: str,
    *,
    allow: bool,
    via: Door,
    reason: str | None = None,
    content_hash: str | None = None,
) -> Approval:
    """Let a person's answer count, once.

    Args:
        session: the transaction
        key: the person's key
        approval_id: which question it is
        allow: what they say
        via: where they say it
        reason: why, if they say so
        content_hash: of what they were shown, where the door knows it

    Raises:
        NotFound: there is no such question
        Conflict: it is not open any more, is about something else by now, or was asked with another key
    """
    approval = approvals.get_approval(session, approval_id)
    if approval is None:
        raise NotFound(f"There is no question {approval_id[:100]!r}. onelane approvals shows what is open.")
    if approval.seal != key.seal("asked", approval.id, approval.content_hash) and approval.answer is None:
        raise Conflict(
            "This question was asked with another person's key. Set the same ONELANE_PERSON_KEY for all processes."
        )
    if content_hash is not None and content_hash != approval.content_hash:
        raise Conflict("The question says something else by now. Read it again, then answer.")
    said, now = Answer.ALLOWED if allow else Answer.REFUSED, session.now().replace(microsecond=0)
    seal = _answered_seal(key, approval, said, now)
    if not approvals.answer_approval(session, approval, said, via=via, reason=reason, answered_at=now, seal=seal):
        raise Conflict(_NOTHING)
    return approval


def find(session: Session, question: Question) -> Approval | None:
    """The latest row of this call that says exactly this."""
    found = approvals.latest_of_call(session, question.run_id, question.call_key)
    return found if found is not None and found.content_hash == question.content_hash else None


def use_up(session: Session, key: PersonKey, used: UsedYeses, question: Question) -> bool:
    """Use the yes for exactly this call up, in the call's own transaction. False when there is none."""
    found = find(session, question)
    if found is None or found.answer is not Answer.ALLOWED or found.answered_at is None or used.holds(found.id):
        return False
    seal = _answered_seal(key, found, Answer.ALLOWED, found.answered_at)
    if not approvals.use_approval(session, found.id, question.asked, seal=seal):
        return False
    session.after_commit(partial(used.add, found.id))
    return True


def code_of(key: PersonKey, approval: Approval, door: Door) -> str | None:
    """The one-time code of a chat's question, as this door shows it; a model never sees it. None for other askers."""
    return key.code(door.value, approval.id, approval.content_hash) if is_of_chat(approval.call_key) else None


def door_of_code(key: PersonKey, approval: Approval, code: str) -> Door | None:
    """At which door a code was read; None when it is no code of this question."""
    given = code.strip().upper()
    return next((door for door in (Door.DASHBOARD, Door.CLI) if code_of(key, approval, door) == given), None)


def _answered_seal(key: PersonKey, approval: Approval, said: Answer, at: datetime) -> str:
    return key.seal(said.value, approval.id, approval.content_hash, str(int(at.timestamp())))


def _is_waiting(session: Session, approval: Approval) -> bool:
    return approval.answer is None and approval.expires_at > session.now()
