"""Messages over HTTP: the person's key and their page decide about them, and nothing else does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from onelane.server.http.person.entrance import entry_link
from onelane.server.http.person.operations import PERSON_OPERATIONS
from onelane.storage.database.engine import Database
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, Via
from onelane.tools.registry.gate.person_key import PersonKey
from tests.messages import enrollment_of, message, read_action, sequence, status_of
from tests.server.houses import KEY, House, house, with_person
from tests.server.http.web_servers import Web, serving_pages, with_token

APPROVALS = "/dashboard/approvals"
TOKEN = "t" * 40
NAMES = ("Ada Byron", "Grace Hopper", "Alan Turing", "Edsger Dijkstra")


@dataclass(frozen=True)
class Scene:
    """A server, and messages that wait."""

    web: Web
    onelane: House
    template_id: str
    ids: list[str]

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = KEY) -> httpx2.Response:
        """Send something as the person."""
        return self.send("POST", path, body, key=key)

    def send(self, method: str, path: str, body: dict[str, Any] | None, *, key: str | None) -> httpx2.Response:
        """Send something by any method."""
        headers = {} if key is None else {"x-onelane-person": key}
        return self.web.client.request(method, path, json=body or {}, headers=headers)

    def hash_of(self, action_id: str) -> str:
        """What the message says now."""
        return self.web.get(f"/api/outbound/{action_id}")["hash"]

    def body(self, path: str) -> dict[str, Any]:
        """A body with which the person's request would go through."""
        if path.endswith("/answer"):
            return {"approvalId": "apr_1", "allow": True}
        if path == "/api/outbound/approve":
            return {"items": [{"id": each, "hash": self.hash_of(each)} for each in self.ids]}
        if "/templates/" in path:
            return {"version": 1}
        bodies = {
            "approve": {"hash": self.hash_of(self.ids[0])},
            "edit": {"text": "Buy now"},
            "settle": {"as": "again"},
        }
        return bodies.get(path.rpartition("/")[2], {})


@pytest.fixture
def scene(sqlite_database: Database) -> Iterator[Scene]:
    onelane = with_token(with_person(house(sqlite_database)), TOKEN)
    with sqlite_database.write() as session:
        template = sequence(session, approval="version")
        ids = [message(session, template, name, text=f"Dear {name}") for name in NAMES]
        template_id = template.id
    with serving_pages(onelane) as web:
        web.client.headers["authorization"] = f"Bearer {TOKEN}"
        yield Scene(web, onelane, template_id, ids)


def test_no_route_of_the_persons_does_anything_without_their_key(scene: Scene) -> None:
    scene.web.client.get(entry_link(scene.web.url, PersonKey(KEY.encode), scene.onelane.database.clock()))
    decided = [each for each in PERSON_OPERATIONS if each.needs_key]
    assert len(decided) >= 7
    before = scene.web.everything()
    for operation in decided:
        contact_id = enrollment_of(scene.onelane.database, scene.ids[0]).contact_id
        path = operation.path.format(
            action_id=scene.ids[0],
            draft_id="cnt_1",
            template_id=scene.template_id,
            run_id="run_1",
            contact_id=contact_id,
            suppression_id="sup_1",
            account_id="acc_1",
        )
        path += "?erase=true" if operation.query else ""
        for key in (None, "", "x" * 40, f"{KEY}x", TOKEN):
            refused = scene.send(operation.method, path, scene.body(operation.path), key=key)
            assert (refused.status_code, refused.json()["code"]) == (403, "person_needed"), (path, key)
            assert KEY not in refused.text
    assert scene.web.everything() == before


def test_no_other_request_approves_a_message(scene: Scene) -> None:
    path = f"/api/outbound/{scene.ids[0]}"
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        changed = scene.web.client.request(method, path, json={"status": "approved"}, headers={"x-onelane-person": KEY})
        assert changed.status_code == 405
    assert scene.post(f"{path}/approve?hash=x", {}).status_code == 400
    assert status_of(scene.onelane.database, scene.ids[0]) is ActionStatus.AWAITING_APPROVAL


def test_the_key_decides_about_each_message_as_it_was_shown(scene: Scene) -> None:
    first, second, third, fourth = scene.ids
    database, shown = scene.onelane.database, scene.hash_of(first)
    listed = scene.web.get("/api/outbound", status="awaiting_approval", templateId=scene.template_id, pageSize=2)
    assert (listed["total"], [each["id"] for each in listed["data"]]) == (4, [fourth, third])
    assert listed["data"][0]["text"] == "Dear Edsger Dijkstra"
    assert listed["data"][0]["gates"][-3]["gate"] == "approval"

    conflict = scene.post(f"/api/outbound/{first}/approve", {"hash": "0" * 64})
    assert (conflict.status_code, conflict.json()["code"]) == (409, "hash_conflict")
    assert conflict.json()["details"]["hash"] == shown
    done = scene.post(f"/api/outbound/{first}/approve", {"hash": shown})
    assert (done.status_code, done.json()["status"], done.json()["approvedVia"]) == (200, "approved", "rest")
    assert done.json()["undoUntil"] == done.json()["approvedAt"] + 60
    again = scene.post(f"/api/outbound/{first}/approve", {"hash": shown})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    undone = scene.post(f"/api/outbound/{first}/undo", key=None)
    assert (undone.status_code, undone.json()["status"]) == (200, "awaiting_approval")

    edited = scene.post(f"/api/outbound/{first}/edit", {"subject": "Hi", "text": "Dear Ada"}).json()
    assert (edited["text"], edited["previousText"], edited["subject"]) == ("Dear Ada", "Dear Ada Byron", "Hi")
    items = [{"id": first, "hash": shown}, {"id": second, "hash": scene.hash_of(second)}, {"id": "out_1", "hash": "x"}]
    many = scene.post("/api/outbound/approve", {"items": items}).json()
    assert [each["outcome"] for each in many["data"]] == ["conflict", "approved", "not_found"]
    assert many["counts"] == {"conflict": 1, "approved": 1, "not_found": 1}
    assert many["data"][0]["hash"] == edited["hash"]

    rejected = scene.post(f"/api/outbound/{third}/reject", {"reason": "Not her."}).json()
    assert (rejected["status"], rejected["reason"]) == ("rejected", "Not her.")
    assert enrollment_of(database, third).status is EnrollmentStatus.REMOVED
    scene.post(f"/api/outbound/{fourth}/reject", {"skip": True})
    assert enrollment_of(database, fourth).current_step_index == 1
    assert scene.post("/api/outbound/out_gone/approve", {"hash": shown}).status_code == 404
    assert scene.post(f"/api/outbound/{first}/settle", {"as": "sent"}).status_code == 409
    assert KEY not in str(scene.web.everything())


def test_a_version_is_approved_by_its_number_or_its_hash(scene: Scene) -> None:
    path = f"/api/workflows/templates/{scene.template_id}/approve"
    assert scene.post(path).status_code == 400
    assert scene.post(path, {"version": 7}).status_code == 404
    assert scene.post(path, {"hash": "0" * 64}).json()["code"] == "hash_conflict"
    done = scene.post(path, {"version": 1}).json()
    assert (done["version"], done["approvedVia"]) == (1, "rest")


def test_while_outbound_is_stopped_nothing_is_approved(scene: Scene) -> None:
    with scene.onelane.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.CLI, reason=SwitchReason.MANUAL)
    stopped = scene.post(f"/api/outbound/{scene.ids[0]}/approve", {"hash": scene.hash_of(scene.ids[0])})
    assert (stopped.status_code, stopped.json()["code"]) == (409, "switched_off")


def test_the_page_shows_messages_and_versions_whole_and_takes_what_is_pressed(scene: Scene) -> None:
    client, database = scene.web.client, scene.onelane.database
    first, second, third, _ = scene.ids

    def press(action_id: str, answer: str | list[str], **changes: str | list[str]) -> httpx2.Response:
        section = next(each for each in page.text.split("<section")[1:] if f'value="{action_id}"' in each)
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', section))
        data = {**fields, "answer": answer, **changes}
        return client.post(APPROVALS, data=data, headers={"origin": scene.web.url, "accept": "application/json"})

    link = entry_link(scene.web.url, PersonKey(KEY.encode), database.clock())
    assert client.get(link, follow_redirects=True).status_code == 200
    page = client.get(APPROVALS)
    assert all(f"Dear {name}" in page.text for name in NAMES)
    assert "Hello {{ first_name }}" in page.text
    assert press(first, "yes", csrf="x").status_code == 403
    assert press(first, "yes", hash="0" * 64).status_code == 409
    assert press(first, "sent").status_code == 409
    for twice in ({"answer": ["no", "yes"]}, {"hash": ["0" * 64, scene.hash_of(first)]}):
        assert press(first, **{"answer": "yes", **twice}).status_code == 400
    assert status_of(database, first) is ActionStatus.AWAITING_APPROVAL
    assert re.fullmatch(
        r"Approved: the message to .{1,40} goes when its turn comes\.", press(first, "yes").json()["said"]
    )
    row = read_action(database, first)
    assert (row.status, row.approved_via, row.approved_hash) == (
        ActionStatus.APPROVED,
        Door.DASHBOARD,
        row.content_hash,
    )
    assert press(second, "no", hash="0" * 64).status_code == 409
    rejected = press(second, "no", reason="Not him.").json()["said"]
    assert rejected.endswith(" does not get this message, and the sequence has ended for them.")
    assert (read_action(database, second).reason, enrollment_of(database, second).status) == (
        "Not him.",
        EnrollmentStatus.REMOVED,
    )
    assert press(third, "skip").json()["said"].endswith(" goes on with the next step.")
    assert enrollment_of(database, third).current_step_index == 1
    assert press(scene.template_id, "yes").json()["said"].startswith("Approved: version 1 of ")
    with database.read() as session:
        version = template_versions.latest_version(session, scene.template_id)
        assert version is not None
        assert version.approved_via is Door.DASHBOARD
