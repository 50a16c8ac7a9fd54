"""The page of what goes out: each letter is read whole, and the person alone decides, one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.platforms.accounts import AuthType, Channel, Platform, Transport, ensure_account
from onelane.storage.workflows import tasks
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus, Via
from onelane.storage.workflows.tasks import TaskType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.outbound import decisions
from tests.messages import enrollment_of, message, read_action, sequence, status_of
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.filled import HOSTILE

PATH = "/dashboard/outbound"
TEXT = "Dear Ada,\n\nnine of eleven banks decide in four seconds.\n\nShall I send the rest?"


@dataclass(frozen=True)
class Scene:
    """A dashboard, two letters that wait, one of which nobody knows whether it went, and a task."""

    served: Dashboard
    database: Database
    first: str
    second: str
    uncertain: str
    by_hand: str
    task: str

    def address(self, letter_id: str) -> str:
        """Where a letter is."""
        return f"{PATH}/{letter_id}"

    def hash_shown(self, letter_id: str) -> str:
        """The hash that stands in the letter's forms."""
        found = re.search(r'name="hash" value="([^"]+)"', self.served.page(self.address(letter_id)))
        assert found is not None
        return found[1]


@pytest.fixture
def scene(sqlite_database: Database) -> Iterator[Scene]:
    with sqlite_database.write() as session:
        template = sequence(session)
        first = message(session, template, text=TEXT)
        second = message(session, template, f"Grace {HOSTILE}", subject=HOSTILE, text=HOSTILE, body_html=HOSTILE)
        uncertain = message(session, template, "Jun Sato", status=ActionStatus.UNCERTAIN, error="It broke off.")
        by_hand = message(
            session,
            template,
            "Lin Wu",
            status=ActionStatus.APPROVED,
            transport=Transport.TASK,
            channel=Channel.LINKEDIN,
            step_type=TemplateStepType.CONNECT,
            subject=None,
        )
        task = tasks.create_task(
            session, title="Connect with Lin Wu", task_type=TaskType.OUTREACH, outbound_action_id=by_hand
        )
        ids = (first, second, uncertain, by_hand, task.id)
    with dashboard(sqlite_database) as served:
        served.enter()
        yield Scene(served, sqlite_database, *ids)


def test_a_letter_is_shown_whole_with_what_holds_it(scene: Scene) -> None:
    text = scene.served.page(scene.address(scene.first))
    assert TEXT in unescape(text)
    for words in ("First hello", " · step 1", "from me@example.com", "Ada Lovelace", "Approval.</b>"):
        assert words in text, words
    with scene.database.write() as session:
        key = "me@example.com"
        account = ensure_account(
            session, platform=Platform.GMAIL, display_name=key, auth_type=AuthType.API_KEY, account_key=key
        )
        account.sender_name = "Bank \u202eof"
        session.get_one(OutboundAction, scene.first).platform_account_id = account.id
    renamed = unescape(scene.served.page(scene.address(scene.first)))
    assert re.search(r"from Bank [^\u202e]*U\+202E.*of <me@example\.com>", renamed)
    assert text.index('class="shut"') < text.index("The other ")
    assert "They have not answered." in text
    inbox = scene.served.page(PATH)
    for words in ("Needs your approval", "Uncertain: you decide", "To do by hand", "Goes in a moment", "Sending is on"):
        assert words in inbox, words
    assert TEXT in unescape(inbox)
    assert "Approve all" not in inbox
    alone = scene.served.page(f"{PATH}?state=uncertain")
    assert scene.uncertain in alone
    assert scene.first not in alone
    assert "It broke off." in alone
    assert scene.task in scene.served.page(f"{PATH}?state=by_hand")
    assert "There is no state" in scene.served.page(f"{PATH}?state=pie", 400)
    empty = scene.served.page(f"{PATH}?state=expired")
    assert "No message was left without an answer" in empty
    assert re.search(r"There are \d+ messages in other states\.", empty)
    scene.served.page(f"{PATH}/out_gone", 404)


def test_what_others_wrote_is_text_in_a_letter(scene: Scene) -> None:
    for path in (PATH, scene.address(scene.second), scene.address(scene.task)):
        text = scene.served.page(path)
        assert "<img" not in text
        bare = re.sub(r'"[^"]*"', '""', text)
        assert re.findall(r"<script(?![^>]* src=)|<style|<[^>]*\s(?:style|on\w+)=", bare) == [], path
    assert scene.served.page(scene.address(scene.second)).count("&lt;img") >= 4


def test_a_yes_counts_for_what_was_shown_and_can_be_taken_back(scene: Scene) -> None:
    page, shown = scene.address(scene.first), scene.hash_shown(scene.first)
    services = scene.served.onelane.toolbox.services
    decisions.edit_message(
        services, scene.first, subject=None, text=TEXT.replace("four seconds", "a second"), via=Door.CLI
    )

    by_script = {"origin": scene.served.url, "accept": "application/json"}
    refused = scene.served.press(page, "approve", {"hash": shown}, headers=by_script)
    assert (refused.status_code, refused.json()["to"]) == (409, page)
    for act, fields in (("approve", {}), ("edit", {"text": "Mine"}), ("reject", {"then": "end"})):
        again = scene.served.press(page, act, {"hash": shown, **fields})
        assert again.status_code == 409, act
    changed = again.text
    assert "says something else by now" in changed
    assert "<del>four seconds.</del> <ins>a second.</ins>" in changed
    assert status_of(scene.database, scene.first) is ActionStatus.AWAITING_APPROVAL

    approved = scene.served.press(page, "approve", {"hash": scene.hash_shown(scene.first)})
    assert approved.headers["location"] == f"{scene.address(scene.second)}?approved={scene.first}"
    row = read_action(scene.database, scene.first)
    assert (row.status, row.approved_via) == (ActionStatus.APPROVED, Door.DASHBOARD)
    following = scene.served.shown_after(approved)
    assert "The message to <b>Ada Lovelace</b> is approved" in following
    assert f'action="{page}"' in following
    assert scene.served.press(page, "undo", {}).headers["location"] == page
    assert status_of(scene.database, scene.first) is ActionStatus.AWAITING_APPROVAL


def test_an_edited_letter_waits_for_a_yes_to_its_new_text(scene: Scene) -> None:
    page, shown = scene.address(scene.first), scene.hash_shown(scene.first)
    typed = TEXT.replace("nine", "ten").replace("\n", "\r\n")
    assert scene.served.press(page, "edit", {"hash": shown, "subject": "Hi", "text": typed}).status_code == 303
    row = read_action(scene.database, scene.first)
    assert (row.status, row.subject, row.body_text) == (
        ActionStatus.AWAITING_APPROVAL,
        "Hi",
        TEXT.replace("nine", "ten"),
    )
    assert "<del>nine</del> <ins>ten</ins>" in scene.served.page(page)


def test_a_letter_is_rejected_with_a_reason_or_its_step_is_skipped(scene: Scene) -> None:
    first = {"hash": scene.hash_shown(scene.first), "reason": "Not her.", "then": "end"}
    rejected = scene.served.press(scene.address(scene.first), "reject", first)
    assert rejected.headers["location"] == scene.address(scene.second)
    assert read_action(scene.database, scene.first).reason == "Not her."
    assert enrollment_of(scene.database, scene.first).status is EnrollmentStatus.REMOVED
    second = {"hash": scene.hash_shown(scene.second), "then": "skip"}
    assert scene.served.press(scene.address(scene.second), "reject", second).headers["location"] == PATH
    assert enrollment_of(scene.database, scene.second).current_step_index == 1


def test_the_person_settles_what_is_uncertain_and_what_they_did_by_hand(scene: Scene) -> None:
    unsure, by_hand = scene.address(scene.uncertain), scene.address(scene.task)
    assert scene.served.press(unsure, "settle", {"said": "perhaps"}).status_code == 409
    assert status_of(scene.database, scene.uncertain) is ActionStatus.UNCERTAIN
    scene.served.press(unsure, "settle", {"said": "sent"})
    assert status_of(scene.database, scene.uncertain) is ActionStatus.SENT

    given = {"task": scene.task, "days": "1"}
    for days in ("0", "31", "0305555555555", "soon"):
        pressed = scene.served.press(by_hand, "finish", {**given, "outcome": "snooze", "days": days})
        assert pressed.status_code == 409, days
    assert scene.served.press(by_hand, "finish", {**given, "outcome": "snooze"}).headers["location"] == PATH
    assert scene.task not in scene.served.page(f"{PATH}?state=by_hand")
    scene.served.press(scene.address(scene.by_hand), "finish", {**given, "outcome": "done"})
    assert status_of(scene.database, scene.by_hand) is ActionStatus.SENT


def test_no_letter_is_decided_without_the_persons_own_form(scene: Scene) -> None:
    page, shown = scene.address(scene.first), scene.hash_shown(scene.first)
    before = scene.served.web.everything()
    acts = {"approve": {}, "edit": {"text": "Buy"}, "reject": {"then": "end"}, "undo": {}, "settle": {"said": "again"}}
    for act, fields in (acts | {"finish": {"task": scene.task, "outcome": "done"}}).items():
        for headers in ({"origin": "http://localhost:3000"}, {}, {"authorization": "Bearer x"}):
            given = {"hash": shown, **fields}
            assert scene.served.press(page, act, given, headers=headers).status_code == 403, (act, headers)
        assert scene.served.press(page, act, {"hash": shown, **fields, "csrf": "x"}).status_code == 403
    assert scene.served.press(page, "approve", {}).status_code == 409
    assert scene.served.web.everything() == before


def test_a_letter_that_is_pressed_twice_is_decided_once_and_the_refusal_speaks_of_this_message(scene: Scene) -> None:
    page, shown = scene.address(scene.first), scene.hash_shown(scene.first)
    assert scene.served.press(page, "approve", {"hash": shown}).status_code == 303
    twice = scene.served.shown_after(scene.served.press(page, "approve", {"hash": shown}))
    assert "This message is approved and waits for no approval." in twice
    scene.served.press(page, "undo", {})
    again = scene.served.shown_after(scene.served.press(page, "undo", {}))
    assert "This message is awaiting approval, so that this can&#39;t be decided any more." in again


def test_while_sending_is_stopped_the_page_says_so_and_nothing_is_approved(scene: Scene) -> None:
    with scene.database.write() as session:
        outbound_switch.turn_switch(
            session, SwitchState.STOPPED, via=Via.CLI, reason=SwitchReason.MANUAL, note="Wrong list."
        )
    page = scene.address(scene.first)
    text = scene.served.page(page)
    assert "Nothing is sent" in text
    assert "Wrong list." in text
    assert re.search(r'data-key="a" disabled', text)
    scene.served.press(page, "approve", {"hash": scene.hash_shown(scene.first)})
    assert status_of(scene.database, scene.first) is ActionStatus.AWAITING_APPROVAL
