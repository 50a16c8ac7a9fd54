"""A program of the person's: it works in a run of its own, has read strangers' words, and needs a yes for each page."""

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.workflows.approvals import ask_unless_refused
from tests.worlds.people.strangers import COMPANIES
from tests.worlds.person.questions import answer_questions
from tests.worlds.yeses import CallYes

if TYPE_CHECKING:
    from tests.worlds.person.person import Person


def work_as_program(person: "Person", key: str, chance: Random) -> None:
    """Ask for a page; the person decides; it is asked for twice more, of which at most one may go through."""
    call = person.door().onelane.call
    run_id = call("begin_agent_run", {"goal": f"Read about {key}"}, Caller(Face.REST)).model_dump()["id"]
    program = Caller(Face.REST, run_id=run_id)
    call("search_contacts", {}, program)
    url = f"http://corp{chance.randrange(COMPANIES)}.example.com/team"
    approval_id = _fetch(person, program, url)
    answer_questions(person, key)
    for _ in range(2):
        if _fetch(person, program, url) is None:
            person.yeses.carried_out.append(CallYes(person.clock(), "url_fetch", {"url": url}, approval_id))
    person.door().post(f"/api/workflows/{run_id}/finish", summary="It is read.")
    person.happened(key, f"a program has read {url} in {run_id}")


def _fetch(person: "Person", program: Caller, url: str) -> str | None:
    """Ask for a page: None where it was let through, else the question that it became."""
    onelane = person.door().onelane
    try:
        onelane.call("url_fetch", {"url": url}, program)
    except PersonNeeded as needed:
        # As its doors do it: the question is laid before the person.
        services = onelane.toolbox.services
        with suppress(ToolError), services.database.write() as session:
            return ask_unless_refused(session, services, needed.question).id
        return "refused"
    except ToolError:
        return "failed"
    return None
