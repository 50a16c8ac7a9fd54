"""Merge proposals as tasks: whether two contacts are one person; each pair is asked once."""

from enum import StrEnum
from typing import Any

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import Task, TaskStatus
from onelane.tools.people.intake.matching import merge_key, merge_question


class Answer(StrEnum):
    """What a person said."""

    SAME = "same"
    DIFFERENT = "different"


def ask(session: Session, one: Contact, other_id: str, reason: str, *, run_id: str | None) -> bool:
    """Ask whether two contacts are one, unless that was asked before, whatever became of it.

    The caller holds the identities (`identities.hold_identities`), so that nobody else asks the same meanwhile.

    Args:
        session: a session that writes
        one: the contact that gave the reason to ask
        other_id: the other contact
        reason: why they may be one: "they have the same address ada@example.com"
        run_id: the run that asks
    """
    other = contacts.get_contact(session, other_id)
    key = merge_key(one.id, other_id)
    if other is None or one.id == other_id or tasks.read_task_keys(session, [key]):
        return False
    tasks.create_task(session, **merge_question(one, other, reason), workflow_run_id=run_id)
    return True


def answer(session: Session, one: Contact, other: Contact, reply: Answer) -> None:
    """Keep what a person said of two contacts, so that nobody asks again."""
    key = merge_key(one.id, other.id)
    task = tasks.find_task(session, key)
    if task is None:
        task = tasks.create_task(session, **merge_question(one, other, "a person has said whether they are"))
    task.payload = _json_text({**orjson.loads(task.payload), "answer": reply.value})
    task.status, task.completed_at, task.updated_at = TaskStatus.DONE, session.now(), session.now()
    session.flush()


def move_questions(session: Session, *, kept_id: str, gone_id: str) -> None:
    """What was asked of a contact that is another one now was asked of that one, so that it is not asked anew."""
    for task in tasks.list_merge_questions(session, gone_id):
        about: dict[str, Any] = orjson.loads(task.payload)
        ids = [kept_id if each == gone_id else each for each in about.get("contact_ids", [])]
        key = merge_key(*ids) if len(set(ids)) == 2 else None
        if key is None:
            continue
        if tasks.read_task_keys(session, [key]):
            _close(session, task)
            continue
        task.task_key, task.payload = key, _json_text({**about, "contact_ids": ids})
        session.flush()


def _close(session: Session, task: Task) -> None:
    if task.status is not TaskStatus.DONE:
        task.status, task.completed_at, task.updated_at = TaskStatus.DONE, session.now(), session.now()
        session.flush()


def _json_text(about: dict[str, Any]) -> str:
    return orjson.dumps(about).decode()
