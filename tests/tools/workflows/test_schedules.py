"""Schedules are set, changed, listed and deleted; each says when it fires next and what became of its run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, schedules, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, Schedule, ScheduleStatus
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden, NotFound
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Registry
from onelane.tools.sync import sync_run
from onelane.tools.workflows import schedules as schedule_tools
from onelane.tools.workflows.schedule_views import SchedulePage, ScheduleView
from onelane.tools.workflows.templates import Deleted
from tests.databases import Clock
from tests.engines import equipped
from tests.samples.linkedin import linkedin_connections
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, schedule_tools)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def sync_tools(sqlite_database: Database, folder: Path) -> Toolbox:
    engine = equipped(sqlite_database, RunTypes(sync_run.sync), dirs=[folder])
    return Toolbox(Registry(schedule_tools), Services(sqlite_database, engine, [folder]))


def set_schedule(tools: Toolbox, **arguments: object) -> ScheduleView:
    return tools.call(ScheduleView, "set_schedule", **arguments)


def daily(tools: Toolbox, **arguments: object) -> ScheduleView:
    return set_schedule(tools, **{"workflow_type": "prune", "cron": "daily", "timezone": "Europe/Berlin", **arguments})


def schedule_of(tools: Toolbox, schedule_id: str) -> Schedule:
    with tools.database.read() as session:
        schedule = schedules.get_schedule(session, schedule_id)
        assert schedule is not None
        return schedule


def template(tools: Toolbox, template_type: TemplateType = TemplateType.OUTREACH) -> str:
    with tools.database.write() as session:
        return templates.create_template(session, name="Welcome", template_type=template_type).id


def test_a_schedule_shows_its_next_five_instants_in_its_own_time_zone(tools: Toolbox) -> None:
    view = set_schedule(tools, workflow_type="prune", cron="30 8 * * 1-5", timezone="America/New_York")
    assert view.next_runs == [
        "2026-11-02T08:30:00-05:00",
        "2026-11-03T08:30:00-05:00",
        "2026-11-04T08:30:00-05:00",
        "2026-11-05T08:30:00-05:00",
        "2026-11-06T08:30:00-05:00",
    ]
    assert view.text().splitlines()[1:] == view.next_runs
    assert view.next_run_at == datetime(2026, 11, 2, 13, 30, tzinfo=UTC)
    assert (view.cron, view.at, view.timing) == ("30 8 * * 1-5", None, "at 08:30 on weekdays")


def test_the_next_instants_keep_their_time_on_the_clock_when_the_clocks_are_put_forward(
    tools: Toolbox, clock: Clock
) -> None:
    clock.instant = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert daily(tools, cron="30 2 * * *").next_runs[:3] == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_an_omitted_setting_of_a_schedule_gets_a_sensible_default(tools: Toolbox) -> None:
    view = daily(tools)
    assert view.name == "Contact Pruning"
    assert (view.enabled, view.status, view.max_retries) == (True, ScheduleStatus.PENDING, 3)
    assert (view.jitter_seconds, view.misfire_policy, view.misfire_grace_seconds) == (0, MisfirePolicy.RUN_ONCE, 300)


def test_a_schedule_without_a_zone_has_that_of_the_machine(tools: Toolbox) -> None:
    view = set_schedule(tools, workflow_type="prune", cron="daily")
    assert schedule_of(tools, view.id).timezone == view.timezone != ""


def test_a_one_off_fires_at_its_instant_and_no_more(tools: Toolbox) -> None:
    at = "2026-11-05T18:00:00+01:00"
    view = set_schedule(tools, workflow_type="search", at=at, timezone="Europe/Berlin")
    assert view.next_runs == [at]
    assert view.at == datetime.fromisoformat(at)
    assert view.timing == f"once at {at}"


def test_an_instant_may_be_given_in_unix_seconds(tools: Toolbox, clock: Clock) -> None:
    tomorrow = clock() + timedelta(days=1)
    assert set_schedule(tools, workflow_type="search", at=int(tomorrow.timestamp())).next_run_at == tomorrow


@pytest.mark.parametrize("template_type", TemplateType)
def test_any_template_may_be_scheduled_and_its_type_says_what_runs(
    sqlite_database: Database, template_type: TemplateType
) -> None:
    tools = toolbox(sqlite_database, schedule_tools)
    view = set_schedule(tools, template_id=template(tools, template_type), cron="weekly", timezone="UTC")
    assert view.workflow_type is all_run_types().carrying_out(template_type).workflow_type
    assert view.name == "Welcome"


def test_the_run_type_of_a_template_can_not_be_another_one(tools: Toolbox) -> None:
    with pytest.raises(BadRequest, match="carried out by sequence runs"):
        set_schedule(tools, template_id=template(tools), workflow_type="agent", cron="daily")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"workflow_type": "prune"}, "Say when, in one way"),
        ({"workflow_type": "prune", "cron": "daily", "at": "2026-12-01T00:00:00Z"}, "Say when, in one way"),
        ({"cron": "daily"}, "Say what to run"),
        ({"workflow_type": "prune", "cron": "0 25 * * *"}, "The hour of cron can't be '25'"),
        ({"workflow_type": "prune", "cron": "0 0 30 2 *"}, "never fires"),
        ({"workflow_type": "prune", "at": "2026-11-02T08:59:59Z"}, "at is in the past"),
        ({"workflow_type": "prune", "at": "2026-11-02T10:00:00"}, "must carry a time zone"),
        ({"workflow_type": "prune", "at": "9999-12-31T23:59:59Z"}, "more than ten years away"),
        ({"workflow_type": "prune", "cron": "daily", "timezone": "Berlin"}, "Did you mean 'Europe/Berlin'"),
        ({"workflow_type": "prune", "cron": "daily", "jitter_seconds": 3601}, "must be at most 3600"),
        ({"workflow_type": "prune", "cron": "daily", "max_retries": 11}, "must be at most 10"),
        ({"workflow_type": "prune", "cron": "daily", "misfire_policy": "often"}, "'skip' or 'run_once'"),
        ({"workflow_type": "prune", "cron": "daily", "config": "[1]"}, "must be a JSON object"),
        ({"workflow_type": "walk", "cron": "daily"}, "workflow_type"),
        ({"workflow_type": "prune", "crontab": "daily"}, "Did you mean 'cron'"),
        ({"workflow_type": "prune", "cron": "daily", "config": {"allowed": None}}, "not for a config to say"),
    ],
)
def test_a_run_that_can_not_be_scheduled_is_refused_and_nothing_is_kept(
    tools: Toolbox, arguments: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        set_schedule(tools, **arguments)
    assert tools.call(SchedulePage, "list_schedules").total == 0


@pytest.mark.parametrize(
    ("arguments", "noun"),
    [
        ({"template_id": "tpl_gone", "cron": "daily"}, "list_templates"),
        ({"schedule_id": "sch_gone", "cron": "daily"}, "list_schedules"),
        ({"workflow_type": "prune", "cron": "daily", "config": {"platformAccountId": "acc_gone"}}, "list_accounts"),
        ({"workflow_type": "prune", "cron": "daily", "config": {"platformAccountId": ["acc"]}}, "list_accounts"),
    ],
)
def test_an_unknown_template_or_account_is_named(tools: Toolbox, arguments: dict[str, object], noun: str) -> None:
    with pytest.raises(NotFound, match=noun):
        set_schedule(tools, **arguments)


def test_a_change_leaves_alone_what_it_does_not_name(tools: Toolbox, clock: Clock) -> None:
    before = daily(tools, config={"olderThanDays": 400}, jitter_seconds=60)
    clock.advance(minutes=5)
    after = set_schedule(tools, schedule_id=before.id, name="Tidy up", max_retries=0)
    assert after == before.model_copy(update={"name": "Tidy up", "max_retries": 0, "updated_at": clock()})


def test_another_time_or_zone_begins_anew_from_now(tools: Toolbox, clock: Clock) -> None:
    schedule_id = daily(tools).id
    assert set_schedule(tools, schedule_id=schedule_id, cron="0 12 * * *").next_runs[0] == "2026-11-02T12:00:00+01:00"
    moved = set_schedule(tools, schedule_id=schedule_id, timezone="Asia/Kolkata")
    assert moved.next_runs[0] == "2026-11-03T12:00:00+05:30"
    once = set_schedule(tools, schedule_id=schedule_id, at="2026-11-04T00:00:00Z")
    assert (once.cron, once.next_runs) == (None, ["2026-11-04T05:30:00+05:30"])


def test_a_schedule_is_also_found_by_its_name_unless_two_have_it(tools: Toolbox) -> None:
    schedule_id = daily(tools, name="Tidy up").id
    assert set_schedule(tools, schedule_id="tidy UP", max_retries=1).id == schedule_id
    with pytest.raises(Conflict, match=rf"starts the same already.*schedule_id='{schedule_id}'"):
        daily(tools, name="TIDY up")
    daily(tools, name="Tidy up", cron="weekly")
    with pytest.raises(Conflict, match="Several schedules"):
        set_schedule(tools, schedule_id="Tidy up", max_retries=1)


def test_a_disabled_schedule_has_no_next_instant_and_starts_anew_when_enabled(tools: Toolbox, clock: Clock) -> None:
    schedule_id = daily(tools).id
    off = set_schedule(tools, schedule_id=schedule_id, enabled=False)
    assert (off.next_run_at, off.next_runs) == (None, [])
    assert "switched off" in off.text()
    clock.advance(days=30)
    on = set_schedule(tools, schedule_id=schedule_id, enabled=True)
    assert on.next_runs[0] == "2026-12-03T09:00:00+01:00"


def test_a_one_off_whose_instant_has_passed_needs_a_new_one_to_be_switched_on(tools: Toolbox, clock: Clock) -> None:
    schedule_id = set_schedule(tools, workflow_type="search", at="2026-11-03T00:00:00Z", enabled=False).id
    clock.advance(days=2)
    with pytest.raises(BadRequest, match="has passed"):
        set_schedule(tools, schedule_id=schedule_id, enabled=True)
    assert set_schedule(tools, schedule_id=schedule_id, enabled=True, at="2026-11-06T00:00:00Z").next_run_at is not None


def test_another_type_of_run_does_not_keep_the_config_of_the_first(tools: Toolbox) -> None:
    schedule = daily(tools, config={"olderThanDays": 400})
    assert set_schedule(tools, schedule_id=schedule.id, workflow_type="prune").config == schedule.config
    changed = set_schedule(tools, schedule_id=schedule.id, workflow_type="search")
    assert (changed.workflow_type, changed.config) == (WorkflowType.SEARCH, "{}")


def test_lists_are_paged_and_the_cursor_goes_on(tools: Toolbox, clock: Clock) -> None:
    made: list[str] = []
    for number in range(5):
        clock.advance(seconds=1)
        made.append(daily(tools, name=f"number {number}", enabled=number != 2).id)
    first = tools.call(SchedulePage, "list_schedules", page_size=2)
    rest = tools.call(SchedulePage, "list_schedules", page_size=3, cursor=first.next_cursor)
    assert [view.id for view in (*first.data, *rest.data)] == made[::-1]
    assert rest.next_cursor is None
    assert [view.id for view in tools.call(SchedulePage, "list_schedules", page=2, page_size=2).data] == made[1:3][::-1]
    assert tools.call(SchedulePage, "list_schedules", enabled=False).total == 1


def test_a_line_says_what_and_when_and_next_and_what_became_of_it(tools: Toolbox) -> None:
    view = daily(tools, name="Tidy up")
    assert tools.call(SchedulePage, "list_schedules").text().splitlines() == [
        f"{view.id}\tTidy up\tprune\tat 09:00 every day\tEurope/Berlin\tnext 2026-11-03T09:00:00+01:00\tnot run yet",
        "1 of 1 schedules.",
    ]


def test_a_schedule_says_what_became_of_its_run_and_when_it_is_tried_again(tools: Toolbox, clock: Clock) -> None:
    schedule_id = daily(tools).id
    assert outcome(tools, schedule_id, RunStatus.COMPLETED, None) == "completed 2026-11-02 09:00Z"
    reason = "The file is gone."
    assert outcome(tools, schedule_id, RunStatus.FAILED, reason) == (
        "failed: The file is gone. Tried again at 2026-11-02 09:01Z."
    )
    assert outcome(tools, schedule_id, RunStatus.CANCELLED, None) == "failed: The run was cancelled."


def outcome(tools: Toolbox, schedule_id: str, status: RunStatus, reason: str | None) -> str:
    with tools.database.write() as session:
        schedules.update_schedule(session, schedule_id, last_run_id="run_1")
        schedules.note_outcome(session, schedule_id=schedule_id, run_id="run_1", status=status, reason=reason)
    return tools.call(SchedulePage, "list_schedules").data[0].outcome()


def test_a_deleted_schedule_is_gone_and_its_runs_stay(tools: Toolbox) -> None:
    schedule_id = daily(tools).id
    with tools.database.write() as session:
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.PRUNE, schedule_id=schedule_id).id

    assert tools.call(Deleted, "delete_schedule", schedule_id=schedule_id).text() == f"Deleted schedule {schedule_id}."

    with tools.database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
        assert run.schedule_id is None
    with pytest.raises(NotFound):
        tools.call(Deleted, "delete_schedule", schedule_id=schedule_id)


def test_the_same_idempotency_key_makes_one_schedule(tools: Toolbox) -> None:
    first, second = (daily(tools, idempotency_key="tidy") for _ in range(2))
    assert first.id == second.id
    assert tools.call(SchedulePage, "list_schedules").total == 1


def test_a_scheduled_file_is_looked_for_in_the_allowed_folders(sync_tools: Toolbox, folder: Path) -> None:
    file = linkedin_connections(folder / "Connections.csv", 3)
    view = scheduled_sync(sync_tools, file="Connections.csv")
    shown: dict[str, Any] = orjson.loads(view.config)
    assert shown == {"syncSubType": "linkedin_contacts", "file": str(file)}
    # What is shown can be given back, and is sealed anew.
    assert set_schedule(sync_tools, schedule_id=view.id, config=shown).config == view.config
    assert orjson.loads(schedule_of(sync_tools, view.id).payload)["allowed"] == [str(folder)]


def test_a_scheduled_file_outside_the_allowed_folders_is_refused(sync_tools: Toolbox, tmp_path: Path) -> None:
    outside = linkedin_connections(tmp_path / "Connections.csv", 3)
    for file in (outside, "../Connections.csv"):
        with pytest.raises(Forbidden, match="outside the folders"):
            scheduled_sync(sync_tools, file=str(file))
    # At the command line it is the person's own machine.
    view = sync_tools.call_as(
        Caller(Face.CLI),
        ScheduleView,
        "set_schedule",
        workflow_type="sync",
        cron="daily",
        config={"syncSubType": "linkedin_contacts", "file": str(outside)},
    )
    assert str(outside) in view.config


@pytest.mark.parametrize("sub_type", ["linkedin", None, ["linkedin_contacts"]])
def test_a_scheduled_sync_must_say_which(sync_tools: Toolbox, folder: Path, sub_type: object) -> None:
    linkedin_connections(folder / "Connections.csv", 3)
    with pytest.raises(BadRequest, match="syncSubType"):
        scheduled_sync(sync_tools, file="Connections.csv", syncSubType=sub_type)


def test_a_scheduled_sync_may_name_its_file_alone_when_that_holds_one_thing(sync_tools: Toolbox, folder: Path) -> None:
    linkedin_connections(folder / "Connections.csv", 3)
    view = set_schedule(sync_tools, workflow_type="sync", cron="daily", config={"file": "Connections.csv"})
    assert orjson.loads(view.config)["syncSubType"] == "linkedin_contacts"


def test_wrong_arguments_of_a_schedule_are_refused_together(sync_tools: Toolbox) -> None:
    wrong: dict[str, Any] = {"workflow_type": "sync", "timezone": "Berlin", "cron": "every now and then", "config": {}}
    for expected in ("syncSubType", "no time zone 'Berlin'", "five fields|cron"):
        with pytest.raises(BadRequest, match=expected):
            set_schedule(sync_tools, **wrong)


def scheduled_sync(tools: Toolbox, **config: object) -> ScheduleView:
    return set_schedule(
        tools, workflow_type="sync", cron="daily", config={"syncSubType": "linkedin_contacts", **config}
    )


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        ("2026-12-01T09:00:00", "2026-12-01T08:00:00+00:00"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00+00:00"),
        # The hour that the clocks skip there; the first instant after it.
        ("2027-03-28T02:30:00", "2027-03-28T01:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_one_on_the_clock_of_the_zone_that_is_given(
    tools: Toolbox, at: str, instant: str
) -> None:
    kept = set_schedule(tools, workflow_type="prune", at=at, timezone="Europe/Berlin")
    assert kept.at is not None
    assert kept.at.isoformat() == instant


@pytest.mark.parametrize("zone", ["localtime", "Factory"])
def test_a_zone_that_is_another_one_on_each_machine_is_refused(tools: Toolbox, zone: str) -> None:
    with pytest.raises(BadRequest, match="There is no time zone"):
        set_schedule(tools, workflow_type="prune", cron="daily", timezone=zone)
