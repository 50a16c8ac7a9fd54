"""A schedule: its next instants, how it went the last time, and changing or deleting it."""

from collections.abc import Mapping

import orjson

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs import schedules as listed
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.workflows import schedules
from onelane.tools.registry.errors import NotFound
from onelane.tools.workflows.schedule_views import ScheduleView, values_of


def read(visit: Visit) -> Mapping[str, object]:
    """The schedule as REST gives it."""
    with visit.onelane.toolbox.database.read() as session:
        schedule = schedules.get_schedule(session, visit.places["schedule_id"])
        if schedule is None:
            raise NotFound(f"There is no schedule {visit.places['schedule_id']}. It may have been deleted.")
        view = ScheduleView.model_validate(values_of(schedule)).contract_json()
    return {"schedule": orjson.loads(view)}


def change(visit: Visit, form: Form) -> Done:
    """Change its name and when it starts."""
    timing = listed.when_of(form)
    schedule = visit.call(
        "set_schedule", schedule_id=visit.places["schedule_id"], name=form.text("name") or None, **timing
    )
    return Done(f"Saved: {schedule['timing']}.", visit.path)


def delete(visit: Visit, form: Form) -> Done:
    """Delete it; its runs stay."""
    visit.call("delete_schedule", schedule_id=visit.places["schedule_id"])
    return Done("Deleted. Its runs stay.", listed.PATH)


PAGE = Page(
    f"{listed.PATH}/{{schedule_id}}",
    "schedule.html",
    read,
    section="workflows",
    acts={"switch": listed.switch, "run": listed.run, "change": change, "delete": delete},
)
