"""`onelane content`: drafts are read by everybody and decided about by the person alone."""

import json
from base64 import b64encode

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import content_actions
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import ContentStatus
from onelane.storage.platforms.publishing import get_item
from onelane.tools.catalogue import all_tools
from tests.commands import Terminal
from tests.databases import Clock
from tests.server.houses import KEY
from tests.tools.outreach.content.posting import X_POSTS, Posting

TEXT = "Ledgers: https://example.com"


@pytest.fixture
def draft(terminal: Terminal, home_database: Database, clock: Clock) -> str:
    """A draft for X, whose account may post."""
    terminal.set(ONELANE_SECRET_KEY=b64encode(b"k" * 32).decode())
    posting = Posting(home_database, clock)
    posting.connect(Platform.X, X_POSTS)
    return str(terminal.json("call", "save_draft", json.dumps({"body": TEXT, "platform": "x"}))["id"])


def status_of(database: Database, draft_id: str) -> ContentStatus | None:
    with database.read() as session:
        item = get_item(session, draft_id)
        return None if item is None else item.status


def test_nobody_approves_a_draft_without_a_terminal_or_the_key(
    terminal: Terminal, home_database: Database, draft: str
) -> None:
    for typed in (
        ["content", "approve", draft],
        ["content", "approve", draft, "--by-hand"],
        ["content", "reject", draft],
        ["content", "edit", draft, "--text", "Buy now"],
    ):
        done = terminal.type(*typed)
        assert (done.code, "ONELANE_PERSON_KEY" in done.err) == (1, True), typed
    assert terminal.type("content", "approve", draft, "--yes").code == 2
    assert terminal.type("call", "approve_draft", json.dumps({"draft_id": draft}), "--yes").code == 1
    task = terminal.json("tasks", "list")["data"][0]["id"]
    assert terminal.type("call", "request_approval", json.dumps({"action_ids": [draft]}), "--yes").code == 1
    assert terminal.type("tasks", "done", task).code == 0
    assert status_of(home_database, draft) is ContentStatus.DRAFT
    with home_database.read() as session:
        assert content_actions.list_of_item(session, draft) == []


def test_no_tool_that_a_model_can_call_decides_about_drafts() -> None:
    about = {tool.name for tool in all_tools() if "draft" in tool.name or "content" in tool.name}
    assert about == {"save_draft", "list_drafts", "get_draft"}


def test_with_the_key_a_draft_is_approved_as_it_was_shown_and_taken_back(
    terminal: Terminal, home_database: Database, draft: str
) -> None:
    terminal.set(ONELANE_PERSON_KEY=KEY)
    shown = terminal.json("content", "show", draft)
    assert (shown["characters"], shown["most_characters"], shown["usd"]) == (32, 280, 0.2)
    assert terminal.type("content", "approve", draft, "--hash", "0" * 64).code == 1
    done = terminal.type("content", "approve", draft, "--hash", shown["hash"], "--json")
    assert (done.code, done.json["state"], done.json["approved_via"]) == (0, "waits", "cli")
    assert TEXT in done.err
    assert terminal.json("outbound", "list", "--status", "approved")["data"][0]["step_type"] == "post"
    assert "says when it goes" in terminal.type("explain", done.json["action_id"]).err
    assert terminal.json("content", "undo", draft)["state"] == "draft"
    edited = terminal.json("content", "edit", draft, "--text", "Another")
    assert (edited["body"], edited["hash"] == shown["hash"]) == ("Another", False)
    assert terminal.json("content", "approve", draft, "--by-hand")["state"] == "by_hand"
    assert terminal.json("tasks", "list", "--type", "outreach")["data"][0]["text"] == "Another"
    assert terminal.json("content", "undo", draft)["state"] == "draft"
    assert terminal.type("content", "reject", draft).code == 0
    assert status_of(home_database, draft) is None
    assert KEY not in done.out + done.err
