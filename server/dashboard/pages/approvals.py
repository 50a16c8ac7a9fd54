"""What waits for the person's yes or no, each word of it: questions of runs and chats, versions, messages."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach.waiting import take_answer, waiting_for_person
from onelane.server.dashboard.visit import Done, Form, Visit

PATH = "/dashboard/approvals"


def read(visit: Visit) -> Mapping[str, object]:
    """All that waits; it holds codes that chats take for the person's word."""
    return {"waiting": list(waiting_for_person(visit.onelane.toolbox.services))}


def answer(visit: Visit, form: Form) -> Done:
    """Let what they pressed count."""
    values = {name: form.text(name) for name in ("kind", "id", "hash", "answer", "reason")}
    return Done(take_answer(visit.onelane.toolbox.services, values).text(), PATH)


PAGE = Page(PATH, "approvals.html", read, section="workflows", acts={"answer": answer}, is_secret=True)
