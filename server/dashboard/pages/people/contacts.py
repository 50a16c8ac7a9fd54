"""The people whom one knows: searched, listed by key, and those who may be there twice side by side."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from onelane.server.dashboard.addresses import address_with
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.people.contact_forms import form_fields, new_values
from onelane.server.dashboard.pages.people.pairs import pairs_of
from onelane.server.dashboard.template_choices import enrollable
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.people import contacts
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskQuery, TaskState, TaskType
from onelane.tools.registry.errors import BadRequest

PATH = "/dashboard/contacts"
PAGE_SIZE, PAIRS = 50, 10
WHO = {"due": "Due to be in touch", "email": "Has an e-mail", "noemail": "Has no e-mail", "archived": "Archived"}
_WHO_WORDS = {
    "due": "is due to be in touch with",
    "email": "has an e-mail address",
    "noemail": "is without an e-mail address",
    "archived": "is archived",
}
_WHO_FILTERS: Mapping[str, Mapping[str, bool]] = {
    "": {},
    "due": {"due": True},
    "email": {"has_email": True},
    "noemail": {"has_email": False},
    "archived": {"archived": True},
}
_QUERY_NAMES = ("query", "funnelStage", "platform", "company", "tag", "who")


def read(visit: Visit) -> Mapping[str, object]:
    """The page of the list that is asked for, the pairs, or the form for somebody new."""
    query = visit.given(*_QUERY_NAMES)
    around = {
        "given": {name: query.get(name, "") for name in _QUERY_NAMES},
        "address": partial(address_with, PATH, query),
        "who_choices": WHO,
        "who_words": _WHO_WORDS,
        "questions": _count_questions(visit),
        "view": "twice" if visit.query.get("twice") else "new" if visit.query.get("new") else "list",
    }
    if around["view"] == "twice":
        return {**around, **_pairs(visit)}
    if around["view"] == "new":
        return {**around, "fields": form_fields()}
    found = _search(visit, query)
    # Counting reads an index from end to end; whoever finds somebody does not ask.
    people = None if found["data"] else _count_people(visit)
    return {**around, "found": found, "templates": enrollable(visit), "people": people}


def _count_people(visit: Visit) -> int:
    """How many people there are who are not archived, whatever the filter."""
    with visit.onelane.toolbox.database.read() as session:
        return contacts.count_contacts(session).live


def add(visit: Visit, form: Form) -> Done:
    """Add somebody."""
    contact = visit.call("save_contact", **new_values(form))
    return Done(f"{contact['name']} is in your contacts.", f"{PATH}/{contact['id']}")


def enroll(visit: Visit, form: Form) -> Done:
    """Enroll whoever is ticked."""
    return Done(enroll_into(visit, form, _ticked_ids(form)), _back(visit))


def archive(visit: Visit, form: Form) -> Done:
    """Put aside whoever is ticked."""
    answer = visit.call("archive_contacts", contact_ids=_ticked_ids(form), reason=form.text("reason"))
    return Done(f"{answer['counts'].get('archived', 0):,} archived.", _back(visit))


def restore(visit: Visit, form: Form) -> Done:
    """Bring back whoever is ticked."""
    answer = visit.call("restore_contacts", contact_ids=_ticked_ids(form))
    return Done(f"{answer['counts'].get('restored', 0):,} restored.", _back(visit))


def merge(visit: Visit, form: Form) -> Done:
    """Make two contacts one."""
    return Done(merge_two(visit, form), f"{PATH}?twice=1")


def keep_apart(visit: Visit, form: Form) -> Done:
    """Keep two contacts apart."""
    return Done(kept_apart(visit, form), f"{PATH}?twice=1")


def merge_two(visit: Visit, form: Form) -> str:
    """Make the two contacts of a form one; a sentence about it.

    Raises:
        BadRequest: the form does not say which of the two stays
    """
    contact_id, other_id = _two(form)
    kept_id = form.text("kept")
    if kept_id not in (contact_id, other_id):
        raise BadRequest("Say which of the two stays. Nothing was changed.")
    answer = visit.call("merge_contacts", other_id=other_id if kept_id == contact_id else contact_id, kept_id=kept_id)
    return f"{answer['contactName']} now also has what {answer['goneName']} had."


def kept_apart(visit: Visit, form: Form) -> str:
    """Keep the two contacts of a form apart; a sentence about it."""
    contact_id, other_id = _two(form)
    visit.call("keep_contacts_apart", contact_id=contact_id, other_id=other_id)
    return "They are two people; nobody asks again."


def enroll_into(visit: Visit, form: Form, contact_ids: Sequence[str]) -> str:
    """Put contacts into the template that a form names; a sentence about what became of each kind."""
    if not form.text("template"):
        raise BadRequest("Choose a template. Nobody was enrolled.")
    answer = visit.call("enroll_contacts", template_id=form.text("template"), contact_ids=list(contact_ids))
    outcomes = [f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in answer["counts"].items() if count]
    reasons = [f"{reason.replace('_', ' ')}: {count:,}" for reason, count in answer["blocked"].items() if count]
    reasons_text = f" ({', '.join(reasons)})" if reasons else ""
    return f"{answer['templateName']}: {', '.join(outcomes)}{reasons_text}."


def _search(visit: Visit, query: Mapping[str, str]) -> Mapping[str, Any]:
    filters = _WHO_FILTERS.get(query.get("who", ""))
    if filters is None:
        raise BadRequest(f"There is no filter {query['who'][:40]!r}; there are: {', '.join(WHO)}.")
    return visit.call(
        "search_contacts",
        query=query.get("query"),
        funnel_stage=query.get("funnelStage"),
        platform=query.get("platform"),
        company=query.get("company"),
        tags=[query["tag"]] if query.get("tag") else None,
        cursor=visit.query.get("cursor") or None,
        page_size=PAGE_SIZE,
        **filters,
    )


def _pairs(visit: Visit) -> dict[str, object]:
    after = visit.query.get("cursor") or None
    if after and not re.fullmatch(r"tsk_\w+", after, re.ASCII):
        raise BadRequest("That cursor is not from a list of pairs. Leave it out to begin at the oldest one.")
    with visit.onelane.toolbox.database.read() as session:
        questions = tasks.list_tasks(session, _QUESTIONS, after_id=after, limit=PAIRS + 1)
        more = questions[PAIRS - 1].id if len(questions) > PAIRS else None
        return {"pairs": pairs_of(session, questions[:PAIRS]), "next_cursor": more}


def _count_questions(visit: Visit) -> int:
    with visit.onelane.toolbox.database.read() as session:
        return tasks.count_tasks(session, _QUESTIONS)


def _two(form: Form) -> tuple[str, str]:
    ids = form.all("contact")
    if len(ids) != 2:
        raise BadRequest("That form names no two contacts. Load the page again; nothing was changed.")
    return ids[0], ids[1]


def _ticked_ids(form: Form) -> list[str]:
    ids = list(form.all("contact"))
    if not ids:
        raise BadRequest("Tick somebody first. Nothing was changed.")
    return ids


def _back(visit: Visit) -> str:
    return address_with(PATH, visit.given(*_QUERY_NAMES))


_QUESTIONS = TaskQuery(TaskState.OPEN, TaskType.MERGE_PROPOSAL)

PAGE = Page(
    PATH,
    "contacts.html",
    read,
    section="contacts",
    acts={
        "add": add,
        "enroll": enroll,
        "archive": archive,
        "restore": restore,
        "merge": merge,
        "apart": keep_apart,
    },
)
