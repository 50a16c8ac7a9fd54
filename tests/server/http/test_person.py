"""The person's doors over HTTP: their key, and their page. Nothing else answers for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from onelane.server.http.person.entrance import entry_link
from onelane.storage.database.engine import Database
from onelane.storage.workflows import approvals
from onelane.storage.workflows.approvals import Answer, Door
from tests.databases import Clock
from tests.server.houses import KEY, House, house, with_person
from tests.server.http.web_servers import Web, serving_pages, with_token

APPROVALS = "/dashboard/approvals"
NAME = "Spring \u202egnirpS"


@dataclass(frozen=True)
class Asking:
    """A server, and a program's run that asks to delete a template."""

    web: Web
    onelane: House
    run_id: str
    template_id: str
    approval_id: str

    @property
    def place(self) -> str:
        """The template."""
        return f"/api/workflows/templates/{self.template_id}"

    def delete(self) -> httpx2.Response:
        """What the run does, as often as it likes."""
        return self.web.client.delete(self.place, headers={"x-onelane-run": self.run_id})

    def answer(self, key: str | None = KEY, **body: Any) -> httpx2.Response:
        """An answer over REST."""
        headers = {} if key is None else {"x-onelane-person": key}
        given = {"approvalId": self.approval_id, "allow": True, **body}
        return self.web.client.post(f"/api/workflows/{self.run_id}/answer", json=given, headers=headers)

    def row(self) -> approvals.Approval:
        """The question's row."""
        with self.onelane.database.read() as session:
            found = approvals.get_approval(session, self.approval_id)
            assert found is not None
            session.expunge(found)
        return found

    def link(self) -> str:
        """A link as a terminal prints it."""
        return entry_link(self.web.url, self.onelane.toolbox.services.person_key, self.onelane.database.clock())

    def enter(self) -> httpx2.Response:
        """The page, in a browser in which the person followed the link."""
        entered = self.web.client.get(self.link(), follow_redirects=False)
        assert entered.status_code == 303
        return self.web.client.get(APPROVALS)

    def press(self, page: str, answer: str = "yes", **changes: str) -> httpx2.Response:
        """Press a button of the page."""
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        fields |= {"answer": answer, **changes}
        # A script is told what came of it, where a browser is sent on to the page that says it.
        headers = {"origin": changes.get("from_origin", self.web.url), "accept": "application/json"}
        return self.web.client.post(APPROVALS, data=fields, headers=headers)


@pytest.fixture
def asking(sqlite_database: Database) -> Iterator[Asking]:
    onelane = with_person(house(sqlite_database))
    with serving_pages(onelane) as web:
        run_id = web.post("/api/workflows/agent-runs", {"goal": "Clean up"})["id"]
        template_id = web.post("/api/workflows/templates", {"name": NAME, "templateType": "outreach"})["id"]
        refused = web.client.delete(f"/api/workflows/templates/{template_id}", headers={"x-onelane-run": run_id})
        assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
        yield Asking(web, onelane, run_id, template_id, refused.json()["details"]["approvalId"])


def test_the_key_says_yes_once_and_the_call_uses_it_once(asking: Asking) -> None:
    answered = asking.answer()
    assert (answered.status_code, answered.json()["allowed"]) == (200, True)
    assert asking.answer().status_code == 409
    assert asking.delete().status_code == 204
    row = asking.row()
    assert (row.answer, row.answered_via) == (Answer.ALLOWED, Door.REST)
    assert row.used_at is not None


def test_a_second_post_answers_no_second_question(asking: Asking) -> None:
    other = asking.web.post("/api/workflows/templates", {"name": "Autumn", "templateType": "outreach"})["id"]
    place = f"/api/workflows/templates/{other}"
    assert asking.web.client.delete(place, headers={"x-onelane-run": asking.run_id}).status_code == 403
    assert asking.answer().status_code == 200
    assert asking.answer().status_code == 409
    assert asking.web.client.delete(place, headers={"x-onelane-run": asking.run_id}).status_code == 403
    assert asking.web.client.get(place).status_code == 200


@pytest.mark.parametrize("key", [None, "", "x" * 40, f"{KEY}x"])
def test_nobody_answers_without_the_key(asking: Asking, key: str | None) -> None:
    refused = asking.answer(key)
    assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
    assert asking.row().answer is None
    assert asking.delete().status_code == 403


def test_an_answer_must_name_the_question(asking: Asking) -> None:
    assert asking.answer(approvalId="apr_gone").status_code == 404
    without = asking.web.client.post(
        f"/api/workflows/{asking.run_id}/answer", json={"allow": True}, headers={"x-onelane-person": KEY}
    )
    assert without.status_code == 400
    other = asking.web.post("/api/workflows/agent-runs", {"goal": "Something else"})["id"]
    elsewhere = asking.web.client.post(
        f"/api/workflows/{other}/answer",
        json={"approvalId": asking.approval_id, "allow": True},
        headers={"x-onelane-person": KEY},
    )
    assert elsewhere.status_code == 409
    assert asking.row().answer is None


def test_a_no_is_told_to_who_asked(asking: Asking) -> None:
    assert asking.answer(allow=False, reason="I need it.").status_code == 200
    refused = asking.delete()
    assert refused.status_code == 403
    assert "The person did not allow this" in refused.json()["error"]
    assert "They said: I need it." in refused.json()["error"]
    assert asking.web.client.get(asking.place).status_code == 200


def test_what_changes_after_the_yes_is_not_covered_by_it(asking: Asking) -> None:
    assert asking.answer().status_code == 200
    renamed = asking.web.client.patch(asking.place, json={"name": "Summer"})
    assert renamed.status_code == 200
    assert asking.delete().status_code == 403
    assert asking.web.client.get(asking.place).status_code == 200


def test_open_questions_are_listed_with_what_is_invisible_in_them(asking: Asking) -> None:
    listed = asking.web.get("/api/approvals")
    assert listed["total"] == 1
    (question,) = listed["data"]
    assert question["id"] == asking.approval_id
    assert "U+202E" in question["question"] or "u202e" in question["question"]
    assert "\u202e" not in question["question"]
    assert KEY not in str(listed)


def test_the_page_shows_the_whole_question_and_takes_a_yes(asking: Asking) -> None:
    page = asking.enter()
    assert page.status_code == 200
    assert "Delete template" in page.text
    assert "0 enrollments" in page.text
    assert "\u202e" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    pressed = asking.press(page.text)
    assert (pressed.status_code, pressed.json()["said"]) == (200, "Allowed. Its run goes on.")
    assert asking.row().answered_via is Door.DASHBOARD
    assert asking.press(page.text).status_code == 409
    assert asking.delete().status_code == 204


def test_a_no_on_the_page_is_a_no(asking: Asking) -> None:
    assert asking.press(asking.enter().text, "no").json()["said"] == "Refused. Its run goes on without."
    assert asking.row().answer is Answer.REFUSED


def test_a_link_opens_the_page_once_and_within_a_minute(asking: Asking, clock: Clock) -> None:
    link, late = asking.link(), asking.link()
    assert asking.web.client.get(link, follow_redirects=False).status_code == 303
    asking.web.client.cookies.clear()
    assert asking.web.client.get(link, follow_redirects=False).status_code == 403
    clock.advance(seconds=62)
    assert asking.web.client.get(late, follow_redirects=False).status_code == 403
    assert asking.web.client.get(APPROVALS).status_code == 403


def test_the_cookie_is_for_the_browser_and_this_page_alone(asking: Asking) -> None:
    entered = asking.web.client.get(asking.link(), follow_redirects=False)
    cookie = entered.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/dashboard"))


@pytest.mark.parametrize("other", ["a/b=1", 'seen={"page": 1}', "a,b=1"])
def test_the_page_knows_its_browser_whatever_cookies_its_neighbours_set(asking: Asking, other: str) -> None:
    session = asking.web.client.get(asking.link(), follow_redirects=False).headers["set-cookie"].partition(";")[0]
    asking.web.client.cookies.clear()
    shown = asking.web.client.get(APPROVALS, headers={"cookie": f"{other}; {session}"})
    assert shown.status_code == 200
    assert asking.approval_id in shown.text


@pytest.mark.parametrize(
    "changes", [{"csrf": ""}, {"csrf": "x"}, {"from_origin": "http://localhost:3000"}, {"from_origin": "null"}]
)
def test_a_form_of_another_page_is_refused(asking: Asking, changes: dict[str, str]) -> None:
    refused = asking.press(asking.enter().text, **changes)
    assert refused.status_code == 403
    assert asking.row().answer is None


def test_a_form_for_what_was_not_shown_is_a_conflict(asking: Asking) -> None:
    assert asking.press(asking.enter().text, hash="0" * 64).status_code == 409
    assert asking.row().answer is None


def test_without_the_session_the_page_says_how_to_get_one_and_takes_nothing(asking: Asking) -> None:
    refused = asking.web.client.get(APPROVALS)
    assert refused.status_code == 403
    assert "onelane dashboard" in refused.text
    assert asking.approval_id not in refused.text
    posted = asking.web.client.post(
        APPROVALS,
        data={"id": asking.approval_id, "answer": "yes", "hash": asking.row().content_hash},
        headers={"origin": asking.web.url, "x-onelane-person": KEY},
    )
    assert posted.status_code == 403
    assert asking.row().answer is None


def test_the_api_token_is_not_the_person(sqlite_database: Database) -> None:
    token = "t" * 40
    onelane = with_token(with_person(house(sqlite_database)), token)
    with serving_pages(onelane) as web:
        web.client.headers["authorization"] = f"Bearer {token}"
        run_id = web.post("/api/workflows/agent-runs", {"goal": "Clean up"})["id"]
        answer = {"approvalId": "apr_1", "allow": True}
        refused = web.client.post(f"/api/workflows/{run_id}/answer", json=answer)
        assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
        assert web.client.get(APPROVALS).status_code == 403
        del web.client.headers["authorization"]
        assert web.client.get("/api/approvals").status_code == 401
        link = entry_link(web.url, onelane.toolbox.services.person_key, sqlite_database.clock())
        assert web.client.get(link, follow_redirects=True).status_code == 200
