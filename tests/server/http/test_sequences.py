"""Sequences over REST: paths, names, statuses and codes (docs/routes.md, "Templates")."""

from collections.abc import Iterator
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from tests.databases import Clock
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving

NOTE = {"stepType": "connect", "config": {"note": "Hello {{ first_name or 'there' }}"}}
BAD = {"stepType": "connect", "config": {"note": "Hello {{ frist_name }}"}}
SPRING = {"name": "Spring", "templateType": "outreach", "platform": "linkedin"}


@pytest.fixture
def web(sqlite_database: Database) -> Iterator[Web]:
    with serving(house(sqlite_database)) as running:
        yield running


def place(made: dict[str, Any]) -> str:
    return f"/api/workflows/templates/{made['id']}"


def test_what_lint_refuses_is_a_400_with_its_problems_and_changes_nothing(web: Web) -> None:
    draft = web.post("/api/workflows/templates", {**SPRING, "steps": [BAD]})
    found = web.post(f"{place(draft)}/lint", status=200)["problems"]
    assert [(each["step"], each["code"], each["severity"]) for each in found] == [(0, "unknown_variable", "error")]
    before = web.everything()
    for path, method, body in (
        (f"{place(draft)}/activate", "POST", {}),
        (place(draft), "PATCH", {"status": "active"}),
        ("/api/workflows/templates", "POST", {**SPRING, "status": "active", "steps": [BAD]}),
    ):
        refused = web.client.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, "lint"), path
        assert refused.json()["details"]["problems"] == found
    assert web.everything() == before


def test_a_sequence_is_previewed_explained_counted_and_moved(web: Web, clock: Clock) -> None:
    made = web.post("/api/workflows/templates", {**SPRING, "status": "active", "steps": [NOTE]})
    with web.database.write() as session:
        ada = contacts.create_contact(
            session, name="Ada Young", profile_url="https://www.linkedin.com/in/ada", time_zone="Asia/Tokyo"
        ).id
    shown = web.post(f"{place(made)}/preview", {"contactIds": [ada]}, status=200)
    (person,) = shown["data"]
    assert (shown["templateVersion"], shown["counts"], person["timeZoneFrom"]) == (1, {"planned": 1}, "contact")
    now = int(clock().timestamp())
    assert person["steps"] == [
        {
            "stepIndex": 0,
            "stepType": "connect",
            "at": now,
            "local": "2026-11-02T18:00+09:00",
            "accountId": None,
            "subject": None,
            "text": "Hello Ada",
            "gate": None,
        }
    ]
    web.post(f"{place(made)}/enrollments", {"contactIds": [ada]})
    explanation = web.get(f"/api/explain/{ada}")
    assert (explanation["about"], explanation["id"], explanation["nextAt"]) == ("contact", ada, now)
    assert explanation["gates"][0] == {"gate": "switch", "passes": True, "detail": None, "until": None}
    assert [web.get(f"/api/explain/{explanation['enrollmentId']}")["gates"] for _ in range(6)] == [
        explanation["gates"]
    ] * 6
    changed = web.client.patch(place(made), json={"steps": [{**NOTE, "config": {"note": "Good day"}}]})
    assert changed.status_code == 200
    versions = web.get(f"{place(made)}/versions")["data"]
    assert [(each["version"], each["enrolled"], each["approvedAt"]) for each in versions] == [
        (2, 0, None),
        (1, 1, None),
    ]
    moved = web.post(f"{place(made)}/migrate", {"to": 2, "dryRun": True}, status=200)
    assert (moved["dryRun"], moved["counts"], moved["data"][0]["next"]["text"]) == (True, {"moves": 1}, "Good day")
    assert web.post(f"{place(made)}/migrate", {"to": 2}, status=200)["counts"] == {"moves": 1}
    figures = web.get(f"{place(made)}/stats")
    assert [(each["version"], each["steps"][0]["planned"]) for each in figures["data"]] == [(2, 1), (1, 0)]
    assert figures["replyRate"] == {"numerator": 0, "denominator": 0, "value": None}
    assert figures["people"]["enrolled"] == 1


def test_policies_say_what_is_possible_where_and_where_that_was_read(web: Web) -> None:
    found = {(each["platform"], each["stepType"]): each for each in web.get("/api/policies")["data"]}
    assert found["linkedin", "message"]["mode"] == "task"
    assert found["gmail", "connect"]["mode"] == "forbidden"
    assert found["gmail", "message"]["source"].startswith("https://")


@pytest.mark.parametrize("path", ["explain/con_gone", "explain/x", "workflows/templates/gone/stats"])
def test_what_there_is_not_is_a_404(web: Web, path: str) -> None:
    answer = web.client.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
