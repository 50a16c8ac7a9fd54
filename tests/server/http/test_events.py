"""`GET /api/events`: what a client that watches the runs is told (docs/routes.md, "Events")."""

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import httpx2
import pytest

from onelane.server.dashboard import build_dashboard
from onelane.server.http.asgi import create_web_app
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from tests.databases import Clock
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving

WAIT_S = 30


@pytest.fixture
def web(database: Database) -> Iterator[Web]:
    with serving(house(database)) as running:
        yield running


def test_a_new_run_is_told(web: Web) -> None:
    with watching(web) as next_event:
        run = web.post("/api/workflows", {"workflowType": "search"})["id"]
        event = next_event()
    assert (event["id"], event["status"], event["processedItems"]) == (run, "pending", 0)


def test_a_run_that_moves_on_is_told_each_time_also_within_a_second(web: Web) -> None:
    # The clock of the test stands still: what changed can't be known by the time of the change.
    with watching(web) as next_event:
        run = web.post("/api/workflows", {"workflowType": "search"})["id"]
        next_event()
        for action, status in (("pause", "paused"), ("resume", "pending"), ("cancel", "cancelled")):
            web.post(f"/api/workflows/{run}/{action}", status=200)
            assert next_event()["status"] == status


def test_a_change_by_another_process_is_an_event(web: Web) -> None:
    other = Database(web.database.url)
    with watching(web) as next_event:
        with other.write() as session:
            run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING)
        assert next_event()["id"] == run.id
        with other.write() as session:
            runs.update_workflow_run(session, run.id, processed_items=7, total_items=10)
        assert next_event()["percent"] == 70.0
    other.close()


def test_a_run_that_waited_long_and_ends_is_told(web: Web, clock: Clock) -> None:
    run = web.post("/api/workflows", {"workflowType": "search"})["id"]
    clock.advance(days=3)
    with watching(web) as next_event:
        web.post(f"/api/workflows/{run}/cancel", status=200)
        assert next_event()["status"] == "cancelled"


def test_a_change_before_the_connection_is_no_event(web: Web) -> None:
    web.post("/api/workflows", {"workflowType": "search"})
    with watching(web) as next_event:
        later = web.post("/api/workflows", {"workflowType": "search"})["id"]
        assert next_event()["id"] == later


def test_everybody_who_watches_is_told(web: Web) -> None:
    with watching(web) as first, watching(web) as second:
        run = web.post("/api/workflows", {"workflowType": "search"})["id"]
        assert first()["id"] == second()["id"] == run


def test_watching_begins_anew_after_everybody_has_left(web: Web) -> None:
    for _ in range(2):
        with watching(web) as next_event:
            run = web.post("/api/workflows", {"workflowType": "search"})["id"]
            assert next_event()["id"] == run


def test_a_silent_stream_says_that_it_is_there(sqlite_database: Database) -> None:
    onelane = house(sqlite_database)
    running = serving(onelane, app=create_web_app(onelane, heartbeat_s=0.05))
    with running as web, web.client.stream("GET", "/api/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line.startswith(": still"))
        assert [next(lines), next(lines)] == [": still here"] * 2


def test_the_dashboard_hears_of_every_commit_and_programs_of_runs_alone(sqlite_database: Database) -> None:
    onelane = house(sqlite_database)
    app = create_web_app(onelane, build_dashboard=build_dashboard)
    with serving(onelane, app=app) as web, watching(web, "/dashboard/events") as page, watching(web) as program:
        web.post("/api/contacts", {"name": "Ada"})
        assert page() == {}
        run = web.post("/api/workflows", {"workflowType": "search"})["id"]
        assert page()["id"] == program()["id"] == run


@contextmanager
def watching(web: Web, path: str = "/api/events") -> Generator[Any]:
    """A client that watches; calling what it gives waits for the next event and gives its data."""
    events = Queue[dict[str, Any]]()
    with httpx2.Client(base_url=web.url, timeout=WAIT_S) as client, client.stream("GET", path) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        reader = threading.Thread(target=read, args=(lines, events), daemon=True)
        reader.start()
        yield lambda: events.get(timeout=WAIT_S)


def read(lines: Iterator[str], events: "Queue[dict[str, Any]]") -> None:
    try:
        for line in lines:
            if line.startswith("data: "):
                events.put(json.loads(line.removeprefix("data: ")))
    except (httpx2.HTTPError, httpx2.StreamError):
        return
