"""A person: why they are (not) written to, everything that happened, what is known, and what can be done."""

from collections.abc import Mapping
from typing import Any

from onelane.server.components.numbers import number_of
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach.outbound_letter import finish_task
from onelane.server.dashboard.pages.people.contact_events import past_of
from onelane.server.dashboard.pages.people.contact_forms import changed_values, form_fields, known_fields, other_sources
from onelane.server.dashboard.pages.people.contacts import PATH as LIST
from onelane.server.dashboard.pages.people.contacts import enroll_into, kept_apart, merge_two
from onelane.server.dashboard.pages.people.pairs import Pair, pairs_of
from onelane.server.dashboard.refusals import for_person
from onelane.server.dashboard.template_choices import enrollable
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.contact_timeline import EventFilter
from onelane.storage.workflows import tasks
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.outreach.person_data.erasing import erase_person
from onelane.tools.outreach.tasks.finishing import Finish
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.errors import BadRequest, NotFound, ToolError
from onelane.tools.registry.ports.text_cleanup import visible_text

PATH = f"{LIST}/{{contact_id}}"
_TASKS, _QUESTIONS = 20, 10
_TOUCH_SENTENCES = {Finish.DONE: "Noted. The days count from now.", Finish.SKIP: "Left out this time."}


def read(visit: Visit) -> Mapping[str, object]:
    """The person with all that stands around them."""
    contact_id = visit.places["contact_id"]
    person = visit.call("get_contact", contact_id=contact_id)
    return {
        "person": person,
        "is_due": person.get("nextContactAt") is not None and person["nextContactAt"] <= visit.now.timestamp(),
        "edits": bool(visit.query.get("edit")),
        "fields": form_fields(person),
        "known": known_fields(person),
        "other_sources": other_sources(person),
        "past": past_of(visit, contact_id),
        "event_filters": {each.value: each.label for each in EventFilter},
        "show": visit.query.get("show") or "",
        "tasks": _tasks(visit, contact_id),
        "pairs": _pairs(visit, contact_id),
        "templates": enrollable(visit),
        **_explanation(visit, contact_id),
    }


def save(visit: Visit, form: Form) -> Done:
    """Save what was changed."""
    contact_id = visit.places["contact_id"]
    values = changed_values(form, visit.call("get_contact", contact_id=contact_id))
    if not values:
        return Done("Nothing was changed.", visit.path)
    contact = visit.call("save_contact", contact_id=contact_id, **values)
    return Done(f"{contact['name']} is saved.", visit.path)


def enroll(visit: Visit, form: Form) -> Done:
    """Enroll the person."""
    return Done(enroll_into(visit, form, [visit.places["contact_id"]]), visit.path)


def enrich(visit: Visit, form: Form) -> Done:
    """Start a run that looks on their pages for what is missing, and keeps where each value stands."""
    config = {"contactIds": [visit.places["contact_id"]]}
    run = visit.call("start_run", workflow_type=WorkflowType.ENRICH, config=config)
    return Done("Started: what their pages say is kept with its page.", f"/dashboard/workflows/{run['id']}")


def set_rhythm(visit: Visit, form: Form) -> Done:
    """Say how often the person wants to be in touch; without days there is no rhythm any more."""
    visit.call("save_contact", contact_id=visit.places["contact_id"], rhythm_days=form.text("days") or 0)
    return Done("Saved.", visit.path)


def touch(visit: Visit, form: Form) -> Done:
    """Say that they are in touch again, not this time, or later."""
    outcome, delay_text = finish_task(visit, form, visit.places["contact_id"])
    return Done(_TOUCH_SENTENCES.get(outcome, delay_text), visit.path)


def archive(visit: Visit, form: Form) -> Done:
    """Put the person aside."""
    visit.call("archive_contacts", contact_ids=[visit.places["contact_id"]], reason=form.text("reason"))
    return Done("Archived. What they were enrolled in has ended.", visit.path)


def restore(visit: Visit, form: Form) -> Done:
    """Bring the person back."""
    visit.call("restore_contacts", contact_ids=[visit.places["contact_id"]])
    return Done("Restored.", visit.path)


def suppress(visit: Visit, form: Form) -> Done:
    """Never write to the person again."""
    answer = visit.call("suppress_contact", contact_id=visit.places["contact_id"])
    ended_text = number_of(answer["ended"], "enrollment")
    return Done(f"They are not written to any more; {ended_text} ended.", visit.path)


def erase(visit: Visit, form: Form) -> Done:
    """Remove everything that is kept of the person, once their name is typed."""
    contact_id = visit.places["contact_id"]
    name = one_line(visit.call("get_contact", contact_id=contact_id)["name"])
    if _as_typed(form.text("name")) != _as_typed(name):
        raise BadRequest(f"To erase them, type the name as it stands here: {name}. Nothing was changed.")
    erasure = erase_person(visit.onelane.toolbox.services, contact_id)
    addresses = number_of(erasure.suppressed, "address", "addresses")
    return Done(f"Everything of {name} is erased, and nobody writes to {addresses} again.", LIST)


def _as_typed(name: str) -> str:
    """A name without what nobody sees or can type in it; all of it where it is nothing else."""
    return one_line(visible_text(name)) or name


def merge(visit: Visit, form: Form) -> Done:
    """Make them one with somebody."""
    sentence = merge_two(visit, form)
    return Done(sentence, f"{LIST}/{form.text('kept')}")


def keep_apart(visit: Visit, form: Form) -> Done:
    """Keep them apart from somebody."""
    return Done(kept_apart(visit, form), visit.path)


def _explanation(visit: Visit, contact_id: str) -> dict[str, object]:
    """Why the next message has not gone yet; a sentence where there is none."""
    try:
        return {"explanation": visit.call("explain", id=contact_id), "why_not": ""}
    except NotFound:
        return {"explanation": None, "why_not": "They are in no sequence, so that nothing is planned for them."}
    except ToolError as error:
        return {"explanation": None, "why_not": for_person(error, visit.onelane.toolbox.registry)}


def _tasks(visit: Visit, contact_id: str) -> list[Mapping[str, Any]]:
    found = [
        task
        for state in ("open", "later")
        for task in visit.call("list_tasks", contact_id=contact_id, state=state, page_size=_TASKS)["data"]
    ]
    # Whether they are due stands on a card of its own.
    return [task for task in found if task["taskType"] != "merge_proposal" and task["id"] != contact_id]


def _pairs(visit: Visit, contact_id: str) -> list[Pair]:
    with visit.onelane.toolbox.database.read() as session:
        return pairs_of(session, tasks.list_merge_proposals(session, contact_id, limit=_QUESTIONS))


PAGE = Page(
    PATH,
    "contact.html",
    read,
    section="contacts",
    acts={
        "save": save,
        "enroll": enroll,
        "enrich": enrich,
        "rhythm": set_rhythm,
        "touch": touch,
        "archive": archive,
        "restore": restore,
        "suppress": suppress,
        "erase": erase,
        "merge": merge,
        "apart": keep_apart,
    },
)
