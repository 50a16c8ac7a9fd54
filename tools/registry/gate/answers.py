"""Asking, answering and using: a question becomes a row, a person's door answers it, the call uses the yes up."""

from datetime import datetime, timedelta
from functools import partial

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.storage_identity import place_of
from onelane.storage.workflows import approvals
from onelane.storage.workflows.approvals import Answer, Approval, Door
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.gate.question import Question, is_of_chat
from onelane.tools.registry.gate.shown_hash import HashConflict, is_as_shown
from onelane.tools.registry.gate.used_approvals import UsedYeses

RUN_WAITS = timedelta(hours=168)
CHAT_WAITS = timedelta(minutes=10)
_NOTHING = "The question is answered, used or withdrawn by now. Look at what is open: onelane approvals."


def ask(session: Session, key: PersonKey, question: Question) -> Approval:
    """The open question of this call; a new one where there is none that says exactly this."""
    approval = find(session, question)
    if approval is not None and _is_waiting(session, approval):
        return approval
    approval_id = session.new_id("apr")
    lifetime = CHAT_WAITS if question.run_id is None else RUN_WAITS
    seal = key.seal("asked", approval_id, question.content_hash)
    return approvals.create_approval(session, approval_id, question.asked, seal=seal, lifetime=lifetime)


def answer(
    session: Session,
    services: Services,
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
        services: the person's key, and what is known of used yeses
        approval_id: which question it is
        allow: what they say
        via: where they say it
        reason: why, if they say so
        content_hash: of what they were shown, where the door knows it

    Raises:
        NotFound: there is no such question
        Conflict: it is not open any more, is about something else by now, or was asked with another key
    """
    key, used_yeses = services.person_key, services.used_yeses
    _void_what_was_put_back(session, used_yeses)
    approval = approvals.get_approval(session, approval_id)
    if approval is None:
        raise NotFound(f"There is no question {approval_id[:100]!r}. onelane approvals shows what is open.")
    if approval.seal != key.seal("asked", approval.id, approval.content_hash) and approval.answer is None:
        raise Conflict(
            "This question was asked with another person's key. Set the same ONELANE_PERSON_KEY for all processes."
        )
    if content_hash is not None and not is_as_shown(content_hash, approval.content_hash):
        raise HashConflict("The question says something else by now. Read it again, then answer.")
    decision, now = Answer.ALLOWED if allow else Answer.REFUSED, session.now().replace(microsecond=0)
    seal, number = _answered_seal(session, key, approval, decision, now), 1 + _last_change(session, used_yeses)
    if not approvals.answer_approval(
        session, approval, decision, via=via, reason=reason, answered_at=now, seal=seal, change_number=number
    ):
        raise Conflict(_NOTHING)
    session.after_commit(partial(used_yeses.saw, number))
    return approval


def find(session: Session, question: Question) -> Approval | None:
    """The latest row of this call that says exactly this."""
    approval = approvals.latest_of_call(session, question.run_id, question.call_key)
    return approval if approval is not None and approval.content_hash == question.content_hash else None


def is_asked(session: Session, question: Question) -> bool:
    """Whether exactly this was asked, and the question or its answer is not used up yet."""
    approval = find(session, question)
    return approval is not None and approval.used_at is None and approval.expires_at > session.now()


def is_good(session: Session, services: Services, approval: Approval) -> bool:
    """Whether this is a yes that can be used here and now.

    It must have been given in this very database, not in one that this one is a copy of.
    """
    used_yeses = services.used_yeses
    if approval.answer is not Answer.ALLOWED or approval.answered_at is None or approval.used_at is not None:
        return False
    if used_yeses.holds(approval.id) or approvals.last_change(session) < used_yeses.last_change:
        return False
    seal = _answered_seal(session, services.person_key, approval, Answer.ALLOWED, approval.answered_at)
    return approval.seal == seal and approval.expires_at > session.now()


def use_up(session: Session, services: Services, question: Question) -> bool:
    """Use the yes for exactly this call up, in the call's own transaction. False when there is none."""
    approval, used_yeses = find(session, question), services.used_yeses
    if approval is None or not is_good(session, services, approval):
        return False
    if not approvals.use_approval(session, approval.id, question.asked, seal=approval.seal):
        return False
    number = approvals.last_change(session)
    session.after_commit(partial(used_yeses.add, approval.id))
    session.after_commit(partial(used_yeses.saw, number))
    return True


def count_on(database: Database, used_yeses: UsedYeses) -> None:
    """Number what is allowed and not used anew, so that a copy from before is known as one."""
    with database.read() as session:
        if not approvals.has_allowed(session):
            return
    with database.write() as session:
        _void_what_was_put_back(session, used_yeses)
        approvals.count_on(session)
        session.after_commit(partial(used_yeses.saw, approvals.last_change(session)))


def code_of(key: PersonKey, approval: Approval, door: Door) -> str | None:
    """The one-time code of a chat's question, as this door shows it; a model never sees it. None for other askers."""
    return key.code(door.value, approval.id, approval.content_hash) if is_of_chat(approval.call_key) else None


def door_of_code(key: PersonKey, approval: Approval, code: str) -> Door | None:
    """At which door a code was read; None when it is no code of this question."""
    plain_code = code.strip().upper()
    return next((door for door in (Door.DASHBOARD, Door.CLI) if code_of(key, approval, door) == plain_code), None)


def _answered_seal(session: Session, key: PersonKey, approval: Approval, decision: Answer, at: datetime) -> str:
    place = place_of(session, approvals.Approval.__tablename__)
    return key.seal(decision.value, approval.id, approval.content_hash, str(int(at.timestamp())), place)


def _last_change(session: Session, used_yeses: UsedYeses) -> int:
    return max(approvals.last_change(session), used_yeses.last_change)


def _void_what_was_put_back(session: Session, used_yeses: UsedYeses) -> None:
    """Void what was allowed in a database that knows fewer changes than were seen here: it is an older copy."""
    seen_change = used_yeses.last_change
    if approvals.last_change(session) < seen_change:
        approvals.void_allowed(session, change_number=seen_change + 1)


def _is_waiting(session: Session, approval: Approval) -> bool:
    return approval.answer is None and approval.expires_at > session.now()
