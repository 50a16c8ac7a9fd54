"""A letter or a task as its page shows it: the whole of it, to whom, from where, and what holds it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from onelane.server.dashboard.pages.outreach.changed_text import changed_text
from onelane.server.dashboard.visit import Visit
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows import tasks, templates
from onelane.storage.workflows.enrollments import Gate
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.outbound.views import mailbox
from onelane.tools.outreach.tasks.task_views import view_of_task
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.gate.shown_text import shown_text

_THAT_MATTER = (Gate.REPLY, Gate.WINDOW, Gate.CAP)
"""The open gates that a person asks about first."""


def letter_of(visit: Visit, letter_id: str) -> dict[str, object]:
    """What the page of a letter or task shows; `letter_id` is the id of either.

    Raises:
        NotFound: there is no such letter or task
    """
    with visit.onelane.toolbox.database.read() as session:
        is_task = letter_id.startswith("tsk_")
        task = tasks.get_task(session, letter_id) if is_task else tasks.task_of_action(session, letter_id)
        action_id = letter_id if task is None else task.outbound_action_id
        shown_task = None if task is None else orjson.loads(view_of_task(session, task).contract_json())
        if is_task and shown_task is None:
            raise NotFound(f"There is no task {letter_id[:100]!r}. It may be gone by now.")
    message = None if action_id is None else visit.call("get_outbound", action_id=action_id)
    return {
        "task": shown_task,
        "message": message,
        **_words(message or {}, shown_task or {}),
        **_belongs_to(visit, message or shown_task or {}),
        **_gates(message),
    }


def _words(message: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, object]:
    """The words of it, in which nothing is invisible."""
    text, before = message.get("text") or task.get("text") or "", message.get("previousText")
    before = text if before is None else before
    name = message.get("contactName") or task.get("contactName") or message.get("toAddress") or _addressee(message)
    return {
        "subject": shown_text(message.get("subject") or ""),
        "text": shown_text(_lines(text)),
        "html": shown_text(_lines(message.get("html") or "")),
        "changes": changed_text(shown_text(_lines(before)), shown_text(_lines(text))) if before != text else (),
        "to": shown_text(message.get("toAddress") or ""),
        "sender": shown_text(mailbox(message.get("senderName"), message.get("fromAddress") or "")),
        "name": shown_text(name),
    }


def _addressee(message: Mapping[str, Any]) -> str:
    """A post is to nobody."""
    is_post = message.get("stepType") == TemplateStepType.POST
    return f"Post on {Channel(message['channel']).label}" if is_post else "Nobody"


def _belongs_to(visit: Visit, of: Mapping[str, Any]) -> dict[str, object]:
    with visit.onelane.toolbox.database.read() as session:
        contact = contacts.get_contact(session, of["contactId"]) if of["contactId"] else None
        template = templates.get_template(session, of["templateId"]) if of["templateId"] else None
        account_id = of.get("platformAccountId")
        account = accounts.get_account(session, account_id) if account_id else None
        about = (contact.title, contact.company) if contact is not None else ()
        return {
            "about": ", ".join(each for each in about if each),
            "template": None if template is None else template.name,
            "account": None if account is None else account.display_name,
        }


def _gates(message: Mapping[str, Any] | None) -> dict[str, object]:
    """The closed ones first, then those that matter, then the rest."""
    gates: Sequence[Mapping[str, Any]] = [] if message is None else message["gates"]
    is_open = [each for each in gates if each["passes"]]
    shut = [each for each in gates if not each["passes"]]
    names = {each["gate"] for each in shut}
    return {
        "shut": shut,
        "open_gates": [each for each in is_open if each["gate"] in _THAT_MATTER],
        "other_gates": [each for each in is_open if each["gate"] not in _THAT_MATTER],
        "lacks_data": Gate.MISSING_DATA in names,
        "is_late": message is not None and message["status"] == ActionStatus.EXPIRED,
    }


def _lines(text: str) -> str:
    """The text with each end of a line written in one way, so that none of them is shown as a strange letter."""
    return text.replace("\r\n", "\n")
