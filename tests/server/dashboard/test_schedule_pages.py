"""Schedules in the dashboard: the person switches them, starts them at once, sets and deletes them."""

from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import Trigger, get_workflow_run
from onelane.storage.workflows.schedules import get_schedule, list_schedules
from tests.server.dashboard.dashboards import dashboard
from tests.server.dashboard.filled import fill

LIST = "/dashboard/schedules"


def test_the_person_switches_a_schedule_off_and_starts_its_run_all_the_same(sqlite_database: Database) -> None:
    filled = fill(sqlite_database)
    with dashboard(sqlite_database) as served:
        served.enter()
        assert "at 09:00 every day" in served.page(LIST)
        assert "at 09:00 every day" in served.page("/dashboard")
        served.press(LIST, "switch", {"id": filled.schedule, "enabled": "no"})
        text = served.page(LIST)
        assert "Ada Example of Example Bank is off." in text
        assert 'aria-checked="false"' in text
        begun = served.press(LIST, "run", {"id": filled.schedule}).headers["location"]
        with sqlite_database.read() as session:
            schedule = get_schedule(session, filled.schedule)
            run = get_workflow_run(session, begun.rsplit("/", 1)[-1])
        assert schedule is not None
        assert not schedule.enabled
        assert run is not None
        assert (run.schedule_id, run.trigger, run.config) == (schedule.id, Trigger.USER, schedule.payload)


def test_the_person_sets_a_schedule_changes_when_it_starts_and_deletes_it(sqlite_database: Database) -> None:
    with dashboard(sqlite_database) as served:
        served.enter()
        web = served.web
        template = web.post("/api/workflows/templates", {"name": "Fresh facts", "templateType": "enrichment"})["id"]
        neither = served.press(LIST, "create", {"cron": "daily"})
        assert "one of the two. Nothing was set." in served.shown_after(neither)
        served.press(LIST, "create", {"template": template, "cron": "daily", "timezone": "Europe/Berlin"})
        with sqlite_database.read() as session:
            (schedule,) = list_schedules(session).data
        page = f"{LIST}/{schedule.id}"
        assert (schedule.name, schedule.template_id) == ("Fresh facts", template)
        served.press(page, "change", {"name": "On weekdays", "cron": "30 8 * * mon-fri"})
        text = served.page(page)
        assert "Saved: at 08:30 on weekdays." in text
        assert text.count("<time") >= 10
        assert served.press(page, "delete", {}).headers["location"] == LIST
        assert "There is no schedule" in served.page(page, 404)


def test_a_template_that_people_are_put_into_is_not_carried_out_by_itself(sqlite_database: Database) -> None:
    filled = fill(sqlite_database)
    with dashboard(sqlite_database) as served:
        served.enter()
        assert filled.sequence not in served.page("/dashboard/start")
        pressed = served.press("/dashboard/start", "run", {"template": filled.sequence})
        assert "people are put into it. Nothing was started." in served.shown_after(pressed)
