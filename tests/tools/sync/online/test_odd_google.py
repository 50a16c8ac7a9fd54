"""What Google's APIs answer now and then, and no document says: odd places in a history, twisted pages, odd entries."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from onelane.server.cli.doubles.google_people import person_fields
from onelane.storage.database.engine import Database
from onelane.storage.platforms import cursors
from onelane.storage.workflows.runs import Run, RunStatus
from onelane.tools.sync.cursor_parts import keep_part
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online.google_world import GoogleWorld, mail_ids

MAILS, PROFILE = "GET /gmail/v1/users/me/messages", "GET /gmail/v1/users/me/profile"
HISTORY, BOOK = "GET /gmail/v1/users/me/history", "GET /v1/people/me/connections"
NOT_FOUND = DoubleAnswer(404, {"error": {"code": 404, "status": "NOT_FOUND", "message": "Not found."}})


@pytest.fixture
def world(sqlite_database: Database, clock: Clock, tmp_path: Path) -> GoogleWorld:
    world = GoogleWorld(sqlite_database, clock, tmp_path)
    world.connect()
    return world


def deliver(world: GoogleWorld, *numbers: int) -> None:
    for number in numbers:
        headers = {"From": f"Ada N{number} <p{number}@example.com>", "To": "me@example.com"}
        world.google.mailbox.deliver(f"18f{number:013x}", headers, at=world.clock())


def change(world: GoogleWorld, route: str, changed: Callable[[DoubleAnswer], DoubleAnswer]) -> None:
    """Let Google answer otherwise from now on."""
    asked = world.at_google.routes[route]

    def answer(request: DoubleRequest, **parts: str) -> DoubleAnswer:
        return changed(asked(request, **parts))

    world.at_google.routes = {**world.at_google.routes, route: answer}


def mails(world: GoogleWorld) -> int:
    return len(world.rows("SELECT id FROM engagements"))


def result(run: Run) -> dict[str, Any]:
    assert run.status is RunStatus.COMPLETED, run.result
    return json.loads(run.result)


def status(world: GoogleWorld) -> tuple[str, str]:
    """How the account stands, and its cursor."""
    (found,) = world.rows(
        "SELECT a.status, sync_status FROM platform_accounts a JOIN sync_cursors c ON platform_account_id = a.id"
    )
    return found


def at_history(world: GoogleWorld, history_id: object) -> None:
    """Let the last sync have come to this place."""
    (account_id,) = world.rows("SELECT id FROM platform_accounts")[0]
    with world.database.write() as session:
        cursor = cursors.ensure_cursor(session, account_id, "gmail_metadata")
        keep_part(
            cursor, "messages", {**world.position(account_id, "gmail_metadata", "messages"), "history_id": history_id}
        )


def test_a_place_in_the_history_that_gmail_does_not_know_leads_to_the_list(world: GoogleWorld) -> None:
    deliver(world, 1, 2)
    assert result(world.sync("gmail_metadata"))["added"] == 2
    world.google.mailbox.oldest_history_id = 9000
    places: list[object] = ["abc", "9" * 18, 1, *(["-5", "9001.5", "", None, [9001]] if FULL else [])]
    for number, place in enumerate(places, 3):
        deliver(world, number)
        at_history(world, place)
        asked = len(mail_ids(world))
        assert result(world.sync("gmail_metadata"))["added"] == 1, place
        assert (len(mail_ids(world)) - asked, status(world)) == (1, ("active", "completed"))
    assert result(world.sync("gmail_metadata"))["requests"] == 1


def test_whatever_the_profile_says_of_the_history_all_mails_come_once(world: GoogleWorld) -> None:
    world.google.mailbox.page_size = 2
    deliver(world, 1, 2, 3)
    items: list[object] = [None, "abc", *(["", 9003, "9" * 18] if FULL else [])]
    profile = world.at_google.routes[PROFILE]
    for number, history_id in enumerate(items):
        world.at_google.routes = {**world.at_google.routes, PROFILE: profile}
        change(world, PROFILE, lambda answer, place=history_id: DoubleAnswer(200, {**answer.body, "historyId": place}))
        at_history(world, "")
        added = [result(world.sync("gmail_metadata"))["added"] for _ in range(2)]
        assert added == [1 if number else 3, 0], history_id
        assert status(world) == ("active", "completed")
        deliver(world, 4 + number)
    assert sorted(mail_ids(world)) == sorted({*mail_ids(world)})


def test_a_history_that_is_unknown_for_days_is_no_error_and_costs_no_mail_twice(world: GoogleWorld) -> None:
    deliver(world, 1, 2)
    change(world, HISTORY, lambda answer: NOT_FOUND)
    for number, added in ((3, 2), (4, 1), (5, 1)):
        assert result(world.sync("gmail_metadata"))["added"] == added
        assert status(world) == ("active", "completed")
        deliver(world, number)
    assert sorted(mail_ids(world)) == sorted({*mail_ids(world)})


def test_a_history_that_goes_backward_brings_each_mail_once(world: GoogleWorld) -> None:
    deliver(world, 1, 2, 3)
    world.sync("gmail_metadata")
    change(world, HISTORY, lambda answer: DoubleAnswer(200, {**answer.body, "historyId": "9001"}))
    deliver(world, 4)
    assert [result(world.sync("gmail_metadata"))["added"] for _ in range(3)] == [1, 0, 0]
    assert len(mail_ids(world)) == 4


def test_pages_that_overlap_and_shrink_while_they_are_read_lose_nobody_and_double_nobody(world: GoogleWorld) -> None:
    world.google.book.page_size = 2
    for number in range(1, 6):
        world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com"))
    seen: list[int] = []

    def shrink(answer: DoubleAnswer) -> DoubleAnswer:
        seen.append(len(seen))
        if len(seen) == 2:
            del world.google.book.people["people/c1"]
        entries = answer.body.get("connections", [])
        return DoubleAnswer(200, {**answer.body, "connections": [*entries, *entries[:1]]})

    change(world, BOOK, shrink)
    # The last one moved up to a page that was read.
    assert [result(world.sync("gmail_contacts", full=True))["added"] for _ in range(2)] == [4, 1]
    gone = world.rows("SELECT platform_user_id FROM contact_identities WHERE is_active = 0")
    assert (gone, world.rows("SELECT count(*) FROM contacts")) == ([("people/c1",)], [(5,)])


@pytest.mark.parametrize("body", [{}, {"totalItems": 2}, {"totalItems": 2, "nextSyncToken": "9"}, {"hello": "world"}])
def test_an_answer_that_does_not_say_that_the_address_book_is_empty_takes_nobody_away(
    world: GoogleWorld, body: dict[str, Any]
) -> None:
    for number in (1, 2):
        world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com"))
    result(world.sync("gmail_contacts"))
    good = world.at_google.routes
    change(world, BOOK, lambda answer: DoubleAnswer(200, body))
    assert result(world.sync("gmail_contacts", full=True))["updated"] == 0
    world.at_google.routes = good
    del world.google.book.people["people/c1"]
    result(world.sync("gmail_contacts", full=True))
    gone = world.rows("SELECT platform_user_id FROM contact_identities WHERE NOT is_active")
    assert gone == [("people/c1",)]


def test_a_mail_that_gmail_refuses_to_give_holds_up_no_other(world: GoogleWorld) -> None:
    world.google.mailbox.page_size = 2
    deliver(world, *range(1, 7))
    (route,) = (each for each in world.at_google.routes if each.startswith(f"{MAILS}/"))
    asked = world.at_google.routes[route]

    def refuse(request: DoubleRequest, **parts: str) -> DoubleAnswer:
        refused = DoubleAnswer(400, {"error": {"code": 400, "message": "Invalid id value"}})
        return refused if request.path.endswith("3") else asked(request, **parts)

    world.at_google.routes = {**world.at_google.routes, route: refuse}
    came = result(world.sync("gmail_metadata"))
    assert (came["added"], came["errorCount"], "refuses to give" in came["message"]) == (5, 1, True)
    world.at_google.routes = {**world.at_google.routes, route: lambda *_, **__: DoubleAnswer(400, {})}
    deliver(world, 7)
    assert world.sync("gmail_metadata").status is RunStatus.FAILED


def test_an_address_that_two_people_share_leaves_both(world: GoogleWorld) -> None:
    for number, name in ((1, "Ada Example"), (2, "Grace Sample")):
        world.google.book.put(number, **person_fields(name, "family@example.com"))
    result(world.sync("gmail_contacts"))
    before = world.rows("SELECT name FROM contacts ORDER BY name")
    assert result(world.sync("gmail_contacts", full=True))["updated"] == 0
    assert world.rows("SELECT name FROM contacts ORDER BY name") == before
    assert ("Ada Example",) in before


ODD_NAMES = [
    "N" * 4000,
    "nul\0inside",
    "half \ud83d",
    "\u202egnirts",
    " ",
    "<script>alert(1)</script>",
    "'; DROP TABLE x",
]


def test_an_odd_name_is_kept_as_text_and_comes_again_unchanged(world: GoogleWorld) -> None:
    for number, name in enumerate(ODD_NAMES):
        address = [{"value": f"p{number}@example.com"}]
        world.google.book.put(number, names=[{"displayName": name, "givenName": name}], emailAddresses=address)
    # As Google would send it: a lone half is written as an escape.
    change(world, BOOK, lambda answer: DoubleAnswer(200, json.dumps(answer.body).encode()))
    assert result(world.sync("gmail_contacts"))["added"] == len(ODD_NAMES)
    assert result(world.sync("gmail_contacts", full=True))["updated"] == 0
    names = {name for (name,) in world.rows("SELECT name FROM contacts")}
    assert {"nulinside", "<script>alert(1)</script>", "'; DROP TABLE x"} <= names


ODD_ANSWERS: dict[str, DoubleAnswer] = {
    "without saying anything": DoubleAnswer(204),
    "no JSON": DoubleAnswer(200, b"<html>Sign in</html>"),
    "can't be read": DoubleAnswer(200, [1, 2]),
    "is no JSON": DoubleAnswer(200, b'{"connections": [{"resourceName": "people/c1"'),
    "leads elsewhere": DoubleAnswer(302, b"", {"Location": "https://elsewhere.example"}),
    "does not let this account do that": DoubleAnswer(402, {"error": {"message": "Pay first"}}),
    "refused a request": DoubleAnswer(418, b"short and stout"),
    "did not manage to answer": DoubleAnswer(500, b"<html>Oops</html>"),
}
"""What is said of each, in part."""


def test_an_answer_that_is_none_ends_the_run_with_a_sentence_and_the_next_goes_on(world: GoogleWorld) -> None:
    world.google.book.page_size = 1
    good = world.at_google.routes
    for number, (said, answer) in enumerate(ODD_ANSWERS.items()):
        for each in (2 * number, 2 * number + 1):
            world.google.book.put(each, **person_fields(f"Ada N{each}", f"p{each}@example.com"))
        pages = iter([False])
        change(world, BOOK, lambda page, odd=answer, pages=pages: odd if next(pages, True) else page)
        run = world.sync("gmail_contacts")
        assert run.status is RunStatus.FAILED
        assert said in (run.status_reason or "")
        assert status(world) == ("active", "failed")
        world.at_google.routes = good
        assert result(world.sync("gmail_contacts"))["added"] == 1
        assert status(world) == ("active", "completed")
