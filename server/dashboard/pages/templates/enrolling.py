"""Enrolling people in a template: by ids, by a tag, by words; with an answer for each of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.templates import gallery as listed
from onelane.server.dashboard.visit import Form, Reshown, Visit
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.names import ids_in

PATH = f"{listed.PATH}/{{template_id}}/enroll"
_SHOWN_OF_EACH = 40
_FIELDS = ("ids", "tag", "query")


def read(visit: Visit) -> Mapping[str, object]:
    """The form."""
    return _page(visit, {name: visit.query.get(name, "") for name in _FIELDS})


def enroll(visit: Visit, form: Form) -> Reshown:
    """Enroll them, and show what became of each."""
    typed = {name: form.text(name) for name in _FIELDS}
    try:
        enrolled = visit.call("enroll_contacts", template_id=visit.places["template_id"], **_whom(typed))
    except ToolError as error:
        return Reshown(error.message, _page(visit, typed), HTTPStatus(422))
    return Reshown("", {**_page(visit, typed), "enrolled": enrolled, "answers": _some_of_each(enrolled["data"])})


def _page(visit: Visit, typed: Mapping[str, str]) -> dict[str, object]:
    template = visit.call("get_template", template_id=visit.places["template_id"])
    return {"template": template, "typed": typed, "enrolled": None, "answers": ()}


def _whom(typed: Mapping[str, str]) -> dict[str, Any]:
    ids, where = ids_in(typed["ids"]), {name: typed[name] for name in ("tag", "query") if typed[name]}
    if bool(ids) == bool(where):
        raise BadRequest("Say whom: by their ids, or by a tag and words, and not by both. Nobody was enrolled.")
    return {"contact_ids": ids} if ids else {"where": where}


def _some_of_each(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Some people of each outcome and reason, those first for whom something stood in the way."""
    seen, some = Counter[tuple[str, str | None]](), list[Mapping[str, Any]]()
    for each in sorted(answers, key=lambda each: each["outcome"]):
        kind = (each["outcome"], each["reason"])
        seen[kind] += 1
        if seen[kind] <= _SHOWN_OF_EACH:
            some.append(each)
    return some


PAGE = Page(PATH, "enroll.html", read, section="workflows", acts={"enroll": enroll})
