"""Enrolling people in a template: by ids, by a tag, by words; with an answer for each of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.templates import gallery as listed
from onelane.server.dashboard.refusals import for_person
from onelane.server.dashboard.visit import Form, Reshown, Visit
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.names import ids_in

PATH = f"{listed.PATH}/{{template_id}}/enroll"
_MOST_OF_A_KIND = 40
_FIELDS = ("ids", "tag", "query")


def read(visit: Visit) -> Mapping[str, object]:
    """The form."""
    return _page(visit, {name: visit.query.get(name, "") for name in _FIELDS})


def enroll(visit: Visit, form: Form) -> Reshown:
    """Enroll them, and show what became of each."""
    values = {name: form.text(name) for name in _FIELDS}
    try:
        enrollment = visit.call("enroll_contacts", template_id=visit.places["template_id"], **_people(values))
    except ToolError as error:
        return Reshown(for_person(error, visit.onelane.toolbox.registry), _page(visit, values), HTTPStatus(422))
    return Reshown("", {**_page(visit, values), "enrolled": enrollment, "answers": _examples(enrollment["data"])})


def _page(visit: Visit, values: Mapping[str, str]) -> dict[str, object]:
    template = visit.call("get_template", template_id=visit.places["template_id"])
    return {"template": template, "typed": values, "enrolled": None, "answers": ()}


def _people(values: Mapping[str, str]) -> dict[str, Any]:
    ids, filters = ids_in(values["ids"]), {name: values[name] for name in ("tag", "query") if values[name]}
    if bool(ids) == bool(filters):
        raise BadRequest("Say whom: by their ids, or by a tag and words, and not by both. Nobody was enrolled.")
    return {"contact_ids": ids} if ids else {"where": filters}


def _examples(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Some people of each outcome and reason, those first for whom something stood in the way."""
    counts, examples = Counter[tuple[str, str | None]](), list[Mapping[str, Any]]()
    for answer in sorted(answers, key=lambda each: each["outcome"]):
        kind = (answer["outcome"], answer["reason"])
        counts[kind] += 1
        if counts[kind] <= _MOST_OF_A_KIND:
            examples.append(answer)
    return examples


PAGE = Page(PATH, "enroll.html", read, section="workflows", acts={"enroll": enroll})
