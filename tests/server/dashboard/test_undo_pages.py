"""Taking back on the dashboard: what it would do is shown first, and is done only if it still does that."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from onelane.storage.database.change_log import Origin, changing
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact, get_contact, update_contact
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run
from onelane.tools.registry.context import Caller, Face
from tests.server.dashboard.dashboards import Dashboard, dashboard


@pytest.fixture
def run_id(sqlite_database: Database) -> str:
    """A run that is over, which brought in two people."""
    with sqlite_database.write() as session:
        run = create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.COMPLETED)
    with changing(Origin("chg_000000000000000000000001", "sync", run.id)), sqlite_database.write() as session:
        for name in ("Ada", "Bob"):
            create_contact(session, name=name)
    return run.id


@pytest.fixture
def served(sqlite_database: Database, run_id: str) -> Iterator[Dashboard]:
    with dashboard(sqlite_database) as served:
        served.enter()
        yield served


def seen_on(served: Dashboard, path: str) -> str:
    """What the form of a page says that its person saw."""
    found = re.search(r'name="seen" value="(\w+)"', served.page(path))
    assert found is not None
    return found[1]


def test_a_run_is_taken_back_from_its_page(served: Dashboard, run_id: str) -> None:
    path = f"/dashboard/undo/{run_id}"
    assert f'href="{path}"' in served.page(f"/dashboard/workflows/{run_id}")
    listed = served.page("/dashboard/undo")
    assert f'href="{path}"' in listed
    assert f'href="/dashboard/workflows/{run_id}">Platform Sync</a>' in listed
    text = served.page(path)
    assert '<h1 class="clip">Take back Platform Sync</h1>' in text
    assert "Take back Platform Sync</h1>" in served.page(f"/dashboard/undo/run_{run_id[-8:]}")
    assert re.findall(r'<span class="title clip">(\w+)</span>', text) == ["Ada", "Bob"]
    answer = served.press(path, "undo", {"seen": seen_on(served, path)})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/dashboard/undo")
    assert "Taken back: 2 entries." in served.page("/dashboard/undo")
    assert f'href="{path}"' not in served.page(f"/dashboard/workflows/{run_id}")


def test_nothing_is_taken_back_that_the_person_did_not_see(
    served: Dashboard, run_id: str, sqlite_database: Database
) -> None:
    path = f"/dashboard/undo/{run_id}"
    seen = seen_on(served, path)
    ada = re.findall(r"con_\w+", served.web.client.get(f"/api/undo/{run_id}").text)[0]
    served.onelane.toolbox.call("save_contact", {"contact_id": ada, "company": "Acme"}, Caller(Face.DASHBOARD))
    answer = served.press(path, "undo", {"seen": seen})
    assert "Something was changed since you looked." in served.shown_after(answer)
    with sqlite_database.read() as session:
        assert get_contact(session, ada) is not None
    text = served.page(path)
    assert "changed since: company (save_contact)" in text


def test_an_instant_that_comes_back_is_told_as_people_read_it(served: Dashboard, sqlite_database: Database) -> None:
    day, change = (
        datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
        Origin("chg_000000000000000000000002", "save_contact", None),
    )
    with sqlite_database.write() as session:
        ada = create_contact(session, name="Cleo", consent_at=day).id
    with changing(change), sqlite_database.write() as session:
        update_contact(session, ada, consent_at=day + timedelta(days=1))
    assert "consent at: 2026-11-26 09:30Z" in served.page(f"/dashboard/undo/{change.change_id}")
