"""One step: its input and output, and what can be done from here."""

from collections.abc import Mapping

from onelane.server.components.steps import read_steps
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.errors import BadRequest, NotFound


def read(visit: Visit) -> Mapping[str, object]:
    """The step, and of an agent's call what it did and what was answered."""
    index = whole_number(visit.places["index"])
    if index is None:
        raise BadRequest("A step is named by its index.")
    run_id = visit.places["run_id"]
    cursor = None if index == 0 else str(index - 1)
    steps = read_steps(visit.call("list_run_steps", run_id=run_id, cursor=cursor, limit=1)["data"])
    if not steps or steps[0]["stepIndex"] != index:
        raise NotFound(f"Run {run_id} has no step {index}.")
    run = visit.call("get_run", run_id=run_id, steps_limit=0)
    archived = steps[0]["stepType"] == StepType.CONTACT_ARCHIVE and steps[0]["contactId"] is not None
    return {"run": run, "step": steps[0], "can_restore": archived}


def restore(visit: Visit, form: Form) -> Done:
    """Bring back the one person whom this step archived."""
    outcome = visit.call("restore_contacts", contact_ids=[form.text("contact")])["outcomes"][0]["outcome"]
    back = f"/dashboard/workflows/{visit.places['run_id']}"
    return Done("Restored." if outcome == "restored" else "That person is not archived.", back)


PAGE = Page(
    "/dashboard/workflows/{run_id}/steps/{index}",
    "run_step.html",
    read,
    section="workflows",
    acts={"restore": restore},
)
