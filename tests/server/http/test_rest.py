"""REST as docs/routes.md has it: paths, names, defaults, statuses."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments, runs, steps
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.context import Services
from onelane.tools.registry.toolbox import Toolbox
from tests.databases import Clock
from tests.engines import idle_engine
from tests.server.houses import House, house
from tests.server.http.web_servers import Web, serving


@pytest.fixture
def web(database: Database) -> Iterator[Web]:
    with serving(house(database)) as running:
        yield running


def test_a_template_is_made_with_the_fields_of_the_specification(web: Web, clock: Clock) -> None:
    made = web.post(
        "/api/workflows/templates", {"name": "Spring", "templateType": "outreach", "startsAt": 1_800_000_000}
    )
    now = int(clock().timestamp())
    assert made.pop("id").startswith("tpl_")
    assert made == {
        "name": "Spring",
        "description": None,
        "platform": None,
        "templateType": "outreach",
        "status": "draft",
        "config": "{}",
        "goalMetrics": "{}",
        "startsAt": 1_800_000_000,
        "endsAt": None,
        "sourceTemplateId": None,
        "createdAt": now,
        "updatedAt": now,
        "steps": [],
        "enrollmentCount": 0,
    }


def test_null_empties_a_field_and_what_is_left_out_stays(web: Web) -> None:
    kept = {"description": "Hello.", "platform": "linkedin"}
    made = web.post(
        "/api/workflows/templates", {"name": "Spring", "templateType": "outreach", "startsAt": 1_800_000_000, **kept}
    )
    path = f"/api/workflows/templates/{made['id']}"
    emptied = web.client.patch(path, json={"description": None, "startsAt": None, "name": None}).json()
    assert (emptied["description"], emptied["startsAt"]) == (None, None)
    assert (emptied["platform"], emptied["name"]) == ("linkedin", "Spring")


@pytest.mark.parametrize("given", ['{"dailyLimit": 20}', {"dailyLimit": 20}])
def test_a_json_column_is_taken_as_a_string_or_an_object_and_answered_as_a_string(web: Web, given: Any) -> None:
    made = web.post("/api/workflows/templates", {"name": "Spring", "templateType": "outreach", "config": given})
    assert isinstance(made["config"], str)
    assert json.loads(made["config"]) == {"dailyLimit": 20}


def test_names_are_also_taken_in_snake_case(web: Web) -> None:
    made = web.post(
        "/api/workflows/templates", {"name": "Spring", "template_type": "outreach", "ends_at": 1_800_000_000}
    )
    assert made["endsAt"] == 1_800_000_000
    assert web.get("/api/workflows/templates", template_type="outreach", pageSize=1)["total"] == 1


def test_a_field_that_a_patch_leaves_out_stays_as_it_is(web: Web) -> None:
    made = web.post("/api/workflows/templates", {"name": "Spring", "templateType": "content", "config": {"a": 1}})
    patched = web.client.patch(f"/api/workflows/templates/{made['id']}", json={"status": "active"})
    assert patched.status_code == 200
    assert patched.json() == made | {"status": "active"}


def test_a_template_is_deleted_without_a_question_and_its_runs_stay(web: Web) -> None:
    template = web.post("/api/workflows/templates", {"name": "Spring", "templateType": "outreach"})["id"]
    with web.database.write() as session:
        contact = contacts.create_contact(session, name="Ada Lovelace")
        enrollments.enroll_contacts(session, template_id=template, contact_ids=[contact.id])
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SEQUENCE, template_id=template)
    gone = web.client.delete(f"/api/workflows/templates/{template}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert web.client.get(f"/api/workflows/templates/{template}").status_code == 404
    assert web.get(f"/api/workflows/{run.id}")["templateId"] is None


def test_runs_are_listed_newest_first_with_their_total_and_filters(web: Web, clock: Clock) -> None:
    made = add_runs(web.database, clock, 30)
    page = web.get("/api/workflows")
    assert (len(page["data"]), page["total"]) == (25, 30)
    assert page["data"][0]["id"] == made[-1]
    assert [run["id"] for run in web.get("/api/workflows", page=3, pageSize=10)["data"]] == made[9::-1]
    failed = web.get("/api/workflows", status="failed", workflowType="sync")
    assert (failed["total"], {run["status"] for run in failed["data"]}) == (10, {"failed"})


def test_runs_of_a_template_are_filtered_further(web: Web, clock: Clock) -> None:
    add_runs(web.database, clock, 5)
    template = web.post("/api/workflows/templates", {"name": "Spring", "templateType": "outreach"})["id"]
    of_it = [web.post("/api/workflows", {"workflowType": "search", "templateId": template})["id"] for _ in range(3)]
    web.post(f"/api/workflows/{of_it[0]}/cancel", status=200)
    pending = {"templateId": template, "status": "pending", "workflowType": "search"}
    first = web.get("/api/workflows", **pending, pageSize=1)
    rest = web.get("/api/workflows", **pending, cursor=first["nextCursor"])
    assert [run["id"] for run in (*first["data"], *rest["data"])] == of_it[:0:-1]
    assert (first["total"], web.get("/api/workflows", templateId=template)["total"]) == (2, 3)


def test_a_list_goes_on_behind_its_cursor(web: Web, clock: Clock) -> None:
    made = add_runs(web.database, clock, 5)
    first = web.get("/api/workflows", pageSize=3)
    rest = web.get("/api/workflows", pageSize=3, cursor=first["nextCursor"])
    assert [run["id"] for run in (*first["data"], *rest["data"])] == made[::-1]
    assert rest["nextCursor"] is None


def test_a_run_is_shown_with_its_steps_in_order(web: Web) -> None:
    run = add_run_with_steps(web.database, 3)
    shown = web.get(f"/api/workflows/{run}")
    assert [step["stepIndex"] for step in shown["steps"]] == [0, 1, 2]
    step = shown["steps"][0]
    assert (step["workflowRunId"], step["stepType"], step["output"]) == (run, "sync_page", '{"added": 0}')
    assert shown["config"] == "{}"
    assert isinstance(shown["createdAt"], int)


def test_no_answer_holds_more_than_a_thousand_steps_unasked(web: Web) -> None:
    run = add_run_with_steps(web.database, 1_005)
    shown = web.get(f"/api/workflows/{run}")
    assert (len(shown["steps"]), shown["stepCount"]) == (1_000, 1_005)
    rest = web.get(f"/api/workflows/{run}/steps", cursor=shown["nextStepsCursor"])
    assert [step["stepIndex"] for step in rest["data"]] == [1_000, 1_001, 1_002, 1_003, 1_004]


def test_a_run_is_started_paused_resumed_cancelled_and_retried(web: Web) -> None:
    started = web.post("/api/workflows", {"workflowType": "search", "config": {"maxResults": 3}})
    assert (started["status"], started["trigger"], json.loads(started["config"])) == (
        "pending",
        "user",
        {"maxResults": 3},
    )
    path = f"/api/workflows/{started['id']}"
    for action, status in (("pause", "paused"), ("resume", "pending"), ("cancel", "cancelled"), ("retry", "pending")):
        assert web.post(f"{path}/{action}", status=200)["status"] == status
    assert web.get(f"{path}/progress")["status"] == "pending"


def test_an_action_needs_no_body(web: Web) -> None:
    run = web.post("/api/workflows", {"workflowType": "search"})["id"]
    assert web.client.post(f"/api/workflows/{run}/pause").json()["status"] == "paused"


def test_a_fork_begins_with_the_first_steps_of_another_run(web: Web) -> None:
    run = add_run_with_steps(web.database, 3)
    fork = web.post(f"/api/workflows/{run}/fork", {"steps": 2})
    assert (fork["forkedFromId"], fork["stepCount"]) == (run, 2)


def test_the_same_idempotency_key_makes_one_template(web: Web) -> None:
    body = {"name": "Spring", "templateType": "outreach", "idempotencyKey": "once"}
    assert web.post("/api/workflows/templates", body) == web.post("/api/workflows/templates", body)
    assert web.get("/api/workflows/templates")["total"] == 1
    other = web.client.post("/api/workflows/templates", json=body | {"name": "Autumn"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_repeated_key_is_said_in_a_header(web: Web) -> None:
    body = {"name": "Spring", "templateType": "outreach", "idempotencyKey": "once"}
    first, again = (web.client.post("/api/workflows/templates", json=body) for _ in range(2))
    assert "idempotent-replayed" not in first.headers
    assert (again.headers["idempotent-replayed"], again.json()) == ("true", first.json())
    assert "nothing was done now" in again.headers["onelane-note"]


def test_an_unknown_key_of_a_templates_settings_is_named_in_a_header(web: Web) -> None:
    body: dict[str, Any] = {"name": "Spring", "templateType": "outreach", "config": {"windów": {}}}
    made = web.client.post("/api/workflows/templates", json=body)
    assert made.status_code == 201, made.text
    assert "wind\\xf3w" in made.headers["onelane-note"]


def test_fixed_words_of_a_path_come_before_ids(web: Web) -> None:
    for path in ("templates", "schedule"):
        assert set(web.get(f"/api/workflows/{path}")) == {"data", "total", "nextCursor"}


def test_a_list_in_a_query_is_given_by_repeating_its_name(web: Web) -> None:
    web.post("/api/contacts", {"name": "Ada Lovelace", "tags": ["fintech", "london"]})
    web.post("/api/contacts", {"name": "Grace Hopper", "tags": ["fintech"]})
    found = web.client.get("/api/contacts?tags=fintech&tags=london").json()
    assert [contact["name"] for contact in found["data"]] == ["Ada Lovelace"]


def test_head_answers_like_get_without_the_body(web: Web) -> None:
    answer = web.client.head("/api/workflows")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "body", "label"),
    [
        ("x/sync", {}, "X Contacts"),
        ("x/sync", {"type": "tweets"}, "X Tweets"),
        ("x/sync", {"type": "mentions"}, "X Mentions"),
        ("x/sync", {"subType": "x_mentions"}, "X Mentions"),
        ("x/enrich", {}, "X Profile Enrichment"),
        ("gmail/sync", {}, "Gmail Contacts"),
        ("gmail/sync", {"type": "metadata"}, "Gmail Email Metadata"),
        ("linkedin/sync", {}, "LinkedIn Connections"),
        ("substack/sync", {}, "Substack Subscribers"),
    ],
)
def test_the_sync_routes_of_the_specification_bring_in_what_it_says(
    web: Web, path: str, body: dict[str, str], label: str
) -> None:
    # Without a file and an account the tool says what it would bring in, and how the person gets it.
    answer = web.client.post(f"/api/platforms/{path}", json=body)
    refused = (400, "bad_request") if path.startswith("substack") else (409, "not_connected")
    assert (answer.status_code, answer.json()["code"]) == refused
    assert answer.json()["error"].startswith(label)


def test_a_sync_route_starts_a_run_for_a_file(sqlite_database: Database, tmp_path: Path) -> None:
    export = tmp_path / "Connections.csv"
    export.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Lovelace,https://www.linkedin.com/in/ada,,Analytical Engines,Engineer,02 Nov 2026\n"
    )
    with serving(with_imports(house(sqlite_database), tmp_path)) as web:
        run = web.post("/api/platforms/linkedin/sync", {"file": "Connections.csv"})
    assert (run["workflowType"], run["totalItems"]) == ("sync", 1)
    assert json.loads(run["config"])["syncSubType"] == "linkedin_contacts"


def test_a_sub_type_of_another_platform_is_refused(web: Web) -> None:
    answer = web.client.post("/api/platforms/gmail/sync", json={"type": "linkedin_contacts"})
    assert answer.status_code == 400
    assert "gmail_metadata" in answer.json()["error"]


def add_runs(database: Database, clock: Clock, count: int) -> list[str]:
    """Runs a second apart, every third of them failed; their ids, oldest first."""
    made: list[str] = []
    with database.write() as session:
        for number in range(count):
            clock.advance(seconds=1)
            status = RunStatus.FAILED if number % 3 == 0 else RunStatus.COMPLETED
            made.append(runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=status).id)
    return made


def add_run_with_steps(database: Database, count: int) -> str:
    with database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.COMPLETED)
        for number in range(count):
            output = json.dumps({"added": number})
            steps.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.SYNC_PAGE, output=output)
    return run.id


def with_imports(onelane: House, folder: Path) -> House:
    """The same, allowed to read files in this folder."""
    services = Services(onelane.database, idle_engine(onelane.database, dirs=[folder]), [folder])
    return House(onelane.settings, Toolbox(onelane.registry, services))


@pytest.mark.parametrize(("query", "is_at_once"), [({}, True), ({"pageSize": 5}, True), ({"q": "ada"}, False)])
def test_what_an_index_finds_is_answered_without_waiting_for_a_thread(
    sqlite_database: Database, query: dict[str, Any], is_at_once: bool
) -> None:
    with serving(house(sqlite_database)) as web:
        readers: set[str] = set()
        event.listen(
            sqlite_database.engine, "before_cursor_execute", lambda *_: readers.add(threading.current_thread().name)
        )
        web.get("/api/workflows", **query)
    assert ("AnyIO worker thread" not in readers) is is_at_once
