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
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskQuery, TaskState, TaskType
from onelane.tools.registry.errors import BadRequest

PATH = "/dashboard/contacts"
PAGE_SIZE, PAIRS = 50, 10
WHO = {"due": "Due to be in touch", "email": "Has an e-mail", "noemail": "Has no e-mail", "archived": "Archived"}
_WHO: Mapping[str, Mapping[str, bool]] = {
    "": {},
    "due": {"due": True},
    "email": {"has_email": True},
    "noemail": {"has_email": False},
    "archived": {"archived": True},
}
_KEPT = ("query", "funnelStage", "platform", "company", "tag", "who")


def read(visit: Visit) -> Mapping[str, object]:
    """The page of the list that is asked for, the pairs, or the form for somebody new."""
    given = visit.given(*_KEPT)
    around = {
        "given": {name: given.get(name, "") for name in _KEPT},
        "address": partial(address_with, PATH, given),
        "who_choices": WHO,
        "questions": _count_questions(visit),
        "view": "twice" if visit.query.get("twice") else "new" if visit.query.get("new") else "list",
    }
    if around["view"] == "twice":
        return {**around, **_pairs(visit)}
    if around["view"] == "new":
        return {**around, "fields": form_fields()}
    return {**around, "found": _found(visit, given), "templates": enrollable(visit)}


def add(visit: Visit, form: Form) -> Done:
    """Add somebody."""
    saved = visit.call("save_contact", **new_values(form))
    return Done(f"{saved['name']} is in your contacts.", f"{PATH}/{saved['id']}")


def enroll(visit: Visit, form: Form) -> Done:
    """Enroll whoever is ticked."""
    return Done(enrolled(visit, form, _ticked(form)), _back(visit))


def archive(visit: Visit, form: Form) -> Done:
    """Put aside whoever is ticked."""
    done = visit.call("archive_contacts", contact_ids=_ticked(form), reason=form.text("reason"))
    return Done(f"{done['counts'].get('archived', 0):,} archived.", _back(visit))


def restore(visit: Visit, form: Form) -> Done:
    """Bring back whoever is ticked."""
    done = visit.call("restore_contacts", contact_ids=_ticked(form))
    return Done(f"{done['counts'].get('restored', 0):,} restored.", _back(visit))


def merge(visit: Visit, form: Form) -> Done:
    """Make two contacts one."""
    return Done(merged(visit, form), f"{PATH}?twice=1")


def keep_apart(visit: Visit, form: Form) -> Done:
    """Keep two contacts apart."""
    return Done(kept_apart(visit, form), f"{PATH}?twice=1")


def merged(visit: Visit, form: Form) -> str:
    """Make the two contacts of a form one; a sentence about it.

    Raises:
        BadRequest: the form does not say which of the two stays
    """
    one, other = _two(form)
    kept = form.text("kept")
    if kept not in (one, other):
        raise BadRequest("Say which of the two stays. Nothing was changed.")
    done = visit.call("merge_contacts", other_id=other if kept == one else one, kept_id=kept)
    return f"{done['contactName']} now also has what {done['goneName']} had."


def kept_apart(visit: Visit, form: Form) -> str:
    """Keep the two contacts of a form apart; a sentence about it."""
    one, other = _two(form)
    visit.call("keep_contacts_apart", contact_id=one, other_id=other)
    return "They are two people; nobody asks again."


def enrolled(visit: Visit, form: Form, contact_ids: Sequence[str]) -> str:
    """Put contacts into the template that a form names; a sentence about what became of each kind."""
    if not form.text("template"):
        raise BadRequest("Choose a template. Nobody was enrolled.")
    done = visit.call("enroll_contacts", template_id=form.text("template"), contact_ids=list(contact_ids))
    counted = [f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in done["counts"].items() if count]
    why = [f"{reason.replace('_', ' ')}: {count:,}" for reason, count in done["blocked"].items() if count]
    blocked = f" ({', '.join(why)})" if why else ""
    return f"{done['templateName']}: {', '.join(counted)}{blocked}."


def _found(visit: Visit, given: Mapping[str, str]) -> Mapping[str, Any]:
    who = _WHO.get(given.get("who", ""))
    if who is None:
        raise BadRequest(f"There is no filter {given['who'][:40]!r}; there are: {', '.join(WHO)}.")
    return visit.call(
        "search_contacts",
        query=given.get("query"),
        funnel_stage=given.get("funnelStage"),
        platform=given.get("platform"),
        company=given.get("company"),
        tags=[given["tag"]] if given.get("tag") else None,
        cursor=visit.query.get("cursor") or None,
        page_size=PAGE_SIZE,
        **who,
    )


def _pairs(visit: Visit) -> dict[str, object]:
    after = visit.query.get("cursor") or None
    if after and not re.fullmatch(r"tsk_\w+", after, re.ASCII):
        raise BadRequest("That cursor is not from a list of pairs. Leave it out to begin at the oldest one.")
    with visit.onelane.toolbox.database.read() as session:
        found = tasks.list_tasks(session, _QUESTIONS, after_id=after, limit=PAIRS + 1)
        more = found[PAIRS - 1].id if len(found) > PAIRS else None
        return {"pairs": pairs_of(session, found[:PAIRS]), "next_cursor": more}


def _count_questions(visit: Visit) -> int:
    with visit.onelane.toolbox.database.read() as session:
        return tasks.count_tasks(session, _QUESTIONS)


def _two(form: Form) -> tuple[str, str]:
    ids = form.all("contact")
    if len(ids) != 2:
        raise BadRequest("That form names no two contacts. Load the page again; nothing was changed.")
    return ids[0], ids[1]


def _ticked(form: Form) -> list[str]:
    ids = list(form.all("contact"))
    if not ids:
        raise BadRequest("Tick somebody first. Nothing was changed.")
    return ids


def _back(visit: Visit) -> str:
    return address_with(PATH, visit.given(*_KEPT))


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
