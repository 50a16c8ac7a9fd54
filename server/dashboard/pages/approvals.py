"""What waits for the person's yes or no, each word of it: questions of runs and chats, versions, messages."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach.waiting import Waiting, take_answer, waiting_for_person
from onelane.server.dashboard.visit import Done, Form, Visit

PATH = "/dashboard/approvals"


def read(visit: Visit) -> Mapping[str, object]:
    """All that waits; it holds codes that chats take for the person's word."""
    waiting = list(waiting_for_person(visit.onelane.toolbox.services))
    return {"waiting": waiting, "was": _hash(waiting)}


def read_changed(visit: Visit, run_ids: Sequence[str]) -> Mapping[str, object]:
    """Whether something else waits than what is shown, which stays as it is: whoever reads it is about to answer."""
    now = _hash(waiting_for_person(visit.onelane.toolbox.services))
    return {"has_changed": visit.query.get("was") not in (None, now), "was": now}


def answer(visit: Visit, form: Form) -> Done:
    """Let what they pressed count."""
    values = {name: form.text(name) for name in ("kind", "id", "hash", "answer", "reason")}
    return Done(take_answer(visit.onelane.toolbox.services, values), PATH)


def _hash(waiting: Iterable[Waiting]) -> str:
    return hashlib.sha256("\n".join(f"{each.id} {each.hash}" for each in waiting).encode()).hexdigest()[:16]


PAGE = Page(
    PATH,
    "approvals.html",
    read,
    section="workflows",
    acts={"answer": answer},
    is_secret=True,
    changed=read_changed,
    fragment="approvals_changed.html",
)
