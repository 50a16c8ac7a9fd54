"""A letter or task: read whole, then approved, changed, rejected, taken back, settled or done, each by itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach.letters import letter_of
from onelane.server.dashboard.pages.outreach.outbound import CHANGED, PATH, read_changed, read_inbox
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.sending.settling import SettleChoice
from onelane.tools.outreach.tasks.finishing import Finish
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.shown_text import shown_text

_MOST_REASON = 1000
_SETTLE_SENTENCES = {
    "sent": "Noted as sent; its sequence goes on.",
    "again": "It goes again as soon as it may.",
    "give_up": "Given up; the sequence ends for this person.",
}
_FINISH_SENTENCES = {Finish.DONE: "Done; its sequence goes on.", Finish.SKIP: "Skipped; its sequence goes on."}
_MOST_DAYS = 30


def read(visit: Visit) -> Mapping[str, object]:
    """The list, and the letter that the address names."""
    letter_id = visit.places["letter_id"]
    return {**read_inbox(visit, ""), "chosen": letter_id, "is_open": True, "letter": letter_of(visit, letter_id)}


def approve(visit: Visit, form: Form) -> Done:
    """Let it go, as it was shown."""
    message = decisions.approve_message(visit.onelane.toolbox.services, _letter(visit), _hash(form), via=Door.DASHBOARD)
    # The next page says it, with Undo beside it.
    return Done("", _following(visit, approved_id=message.id))


def edit(visit: Visit, form: Form) -> Done:
    """Give it another text, which is to be read and approved like any other."""
    decisions.edit_message(
        visit.onelane.toolbox.services,
        _letter(visit),
        subject=_text(form, "subject"),
        text=_text(form, "text"),
        via=Door.DASHBOARD,
        shown_hash=_hash(form),
    )
    return Done("Changed. Read what it says now, then approve it.", visit.path)


def reject(visit: Visit, form: Form) -> Done:
    """Let it never go; the person leaves the sequence, or goes on with its next step."""
    message = decisions.reject_message(
        visit.onelane.toolbox.services,
        _letter(visit),
        skip=form.text("then") == "skip",
        reason=form.text("reason")[:_MOST_REASON] or None,
        via=Door.DASHBOARD,
        shown_hash=_hash(form),
    )
    then = "goes on with the next step" if form.text("then") == "skip" else "is out of the sequence"
    return Done(f"Rejected; {_person_name(message.contact_name)} {then}.", _following(visit))


def undo(visit: Visit, form: Form) -> Done:
    """Take a yes back, or let what nobody answered in time wait again."""
    decisions.undo_message(visit.onelane.toolbox.services, _letter(visit), via=Door.DASHBOARD)
    return Done("It waits for your approval again.", visit.path)


def settle(visit: Visit, form: Form) -> Done:
    """Say what became of a message of which nobody knows whether it went."""
    word = form.text("said")
    verdict: SettleChoice | None = next((each for each in get_args(SettleChoice) if each == word), None)
    if verdict is None:
        raise BadRequest("Say whether it arrived, goes again or is given up. Nothing was changed.")
    decisions.settle_message(visit.onelane.toolbox.services, _letter(visit), verdict, via=Door.DASHBOARD)
    return Done(_SETTLE_SENTENCES[verdict], visit.path)


def finish(visit: Visit, form: Form) -> Done:
    """Say that a task is done or left out, or put it off."""
    outcome, delay_text = finish_task(visit, form, form.text("task"))
    return Done(_FINISH_SENTENCES.get(outcome, delay_text), PATH)


def finish_task(visit: Visit, form: Form, task_id: str) -> tuple[Finish, str]:
    """Let what a form says of a task count: what that is, and a sentence where the task is put off.

    Raises:
        BadRequest: it says nothing of the kind
    """
    outcome = form.text("outcome")
    if outcome in (Finish.DONE, Finish.SKIP):
        visit.call("finish_task", task_id=task_id, outcome=outcome)
        return Finish(outcome), ""
    days = whole_number(form.text("days")) or 0
    if outcome != Finish.SNOOZE or not 0 < days <= _MOST_DAYS:
        raise BadRequest("Say that it is done or left out, or for how many days it is put off. Nothing was changed.")
    until = int((visit.now + timedelta(days=days)).timestamp())
    visit.call("finish_task", task_id=task_id, outcome=outcome, until=until)
    return Finish.SNOOZE, f"Put off for {days} day{'' if days == 1 else 's'}."


def _letter(visit: Visit) -> str:
    return visit.places["letter_id"]


def _hash(form: Form) -> str:
    shown_hash = form.text("hash")
    if not shown_hash:
        raise BadRequest("That form says nothing of what was shown. Read the message again; nothing was changed.")
    return shown_hash


def _text(form: Form, name: str) -> str | None:
    """A text as it was typed, with the blanks around it."""
    values = form.all(name)
    return values[-1] if values else None


def _person_name(name: str | None) -> str:
    return shown_text(name or "somebody")


def _following(visit: Visit, approved_id: str | None = None) -> str:
    """The next letter that waits, else the list; what was approved can be taken back there."""
    waits = ActionStatus.AWAITING_APPROVAL
    with visit.onelane.toolbox.database.read() as session:
        behind = outbound_lists.list_in_state(session, waits, oldest_first=True, after_id=_letter(visit), limit=1)
        rows = [*(behind or outbound_lists.list_in_state(session, waits, oldest_first=True, limit=1))]
    place = f"{PATH}/{rows[0]['id']}" if rows else PATH
    return place if approved_id is None else f"{place}?approved={approved_id}"


PAGE = Page(
    f"{PATH}/{{letter_id}}",
    "outbound.html",
    read,
    section="workflows",
    changed=read_changed,
    fragment=CHANGED,
    acts={"approve": approve, "edit": edit, "reject": reject, "undo": undo, "settle": settle, "finish": finish},
)
