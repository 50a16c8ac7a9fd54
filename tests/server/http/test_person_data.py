"""A person's data and their tasks over HTTP."""

from collections.abc import Iterator

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskType
from tests.server.houses import KEY, house, with_person
from tests.server.http.web_servers import Web, serving

PERSON = {"x-onelane-person": KEY}


@pytest.fixture
def web(sqlite_database: Database) -> Iterator[Web]:
    with serving(with_person(house(sqlite_database))) as served:
        yield served


@pytest.fixture
def ada(sqlite_database: Database) -> str:
    with sqlite_database.write() as session:
        return contacts.create_contact(session, name="Ada Example", email="ada@example.com").id


def test_a_person_is_exported_and_erased_by_whoever_has_the_key(web: Web, ada: str) -> None:
    path = f"/api/contacts/{ada}"
    assert web.get(f"{path}/export")["tables"]["contacts"][0]["email"] == "ada@example.com"
    refused = web.client.delete(f"{path}?erase=true")
    assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
    for query in ("", "?erase=yes", "?erase=true&archive=true"):
        assert web.client.delete(f"{path}{query}", headers=PERSON).status_code == 400
    assert web.get(path)["name"] == "Ada Example"
    erased = web.client.delete(f"{path}?erase=true", headers=PERSON)
    assert (erased.status_code, erased.json()) == (200, {"id": ada, "erased": True, "suppressed": 1})
    assert web.client.get(path).status_code == 404
    assert web.client.delete(f"{path}?erase=true", headers=PERSON).status_code == 404
    assert web.client.put(path).status_code == 405


def test_a_task_is_listed_put_off_and_done(web: Web, sqlite_database: Database, ada: str) -> None:
    with sqlite_database.write() as session:
        task = tasks.create_task(
            session, title="Look", description="Dear Ada", task_type=TaskType.CONTENT_REVIEW, related_contact_id=ada
        )
    (listed,) = web.get("/api/tasks")["data"]
    assert (listed["text"], listed["url"], listed["contactName"]) == ("Dear Ada", None, "Ada Example")
    later = int(sqlite_database.clock().timestamp()) + 3600
    put_off = web.client.post(f"/api/tasks/{task.id}/snooze", json={"until": later})
    assert (put_off.status_code, put_off.json()["snoozedUntil"]) == (200, later)
    assert web.get("/api/tasks")["total"] == 0
    done = [web.client.post(f"/api/tasks/{task.id}/done").json() for _ in range(2)]
    assert (done[0]["outcome"], done[0] == done[1]) == ("done", True)
    assert web.client.post(f"/api/tasks/{task.id}/skip").status_code == 409
