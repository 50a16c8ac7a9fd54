"""What is shown of a task besides its title, and the call that closes it: both sides of a pair, a draft's text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms import content
from onelane.storage.workflows.tasks import Task, TaskType
from onelane.tools.people.contact_fields import one_line


@dataclass(frozen=True, slots=True)
class TaskCall:
    """What a task is about, and how it is closed.

    Args:
        why: the reason why it is asked
        sides: whom it is about, one a line, where it is about two
        text: the words that it is about
        next: the exact calls that close it
    """

    next: str
    why: str | None = None
    sides: Sequence[str] = ()
    text: str | None = None


def calls_of(session: Session, rows: Sequence[Task]) -> dict[str, TaskCall]:
    """What each of these tasks is about, by its id."""
    payloads = {each.id: _read(each.payload) for each in rows}
    ids = {contact_id for payload in payloads.values() for contact_id in _pair(payload)}
    contacts_by_id = {each.id: each for each in contacts.list_contacts(session, ids)} if ids else {}
    return {each.id: _call(session, each, payloads[each.id], contacts_by_id) for each in rows}


def _call(session: Session, task: Task, payload: Mapping[str, Any], contacts_by_id: Mapping[str, Contact]) -> TaskCall:
    if task.task_type is TaskType.MERGE_PROPOSAL and len(pair := _pair(payload)) == 2:
        return _merge_call(task, pair, _text(payload, "reason"), contacts_by_id)
    if task.task_type is TaskType.AGENT_REVIEW:
        return TaskCall(f"answer_run(run_id={task.workflow_run_id!r})", task.description)
    finish_call = f"finish_task(task_id={task.id!r}, outcome='done')"
    if task.task_type is TaskType.CONTENT_REVIEW and (draft_id := _text(payload, "content_item_id")):
        draft = content.get_draft(session, draft_id)
        return TaskCall(
            f"{finish_call} once the person has read it", task.description, text=None if draft is None else draft.body
        )
    return TaskCall(f"{finish_call}, or 'skip'")


def _merge_call(task: Task, pair: Sequence[str], reason: str | None, contacts_by_id: Mapping[str, Contact]) -> TaskCall:
    # The one that was there first stays: notes, tags and enrollments are most likely on it.
    since = {each: contacts_by_id[each].created_at if each in contacts_by_id else task.created_at for each in pair}
    kept_id, other = sorted(pair, key=lambda each: (since[each], each))
    return TaskCall(
        f"merge_contacts(other_id={other!r}, kept_id={kept_id!r}) or "
        f"keep_contacts_apart(contact_id={kept_id!r}, other_id={other!r})",
        reason,
        [_side(contacts_by_id[each]) for each in pair if each in contacts_by_id],
    )


def _side(contact: Contact) -> str:
    work = " at ".join(part for part in (contact.title, contact.company) if part)
    since = contact.created_at.date().isoformat()
    parts = (contact.id, contact.name, work, contact.email, contact.profile_url, f"since {since}")
    return ", ".join(one_line(part) for part in parts if part)


def _pair(payload: Mapping[str, Any]) -> list[str]:
    ids: object = payload.get("contact_ids")
    return [str(each) for each in cast("list[object]", ids)] if isinstance(ids, list) else []


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) else None


def _read(payload: str) -> dict[str, Any]:
    return cast("dict[str, Any]", orjson.loads(payload))
