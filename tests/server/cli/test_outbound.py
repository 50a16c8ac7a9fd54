"""`onelane outbound`: messages are read by everybody and decided about by the person alone."""

import json

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows.approvals import Door
from tests.commands import Terminal
from tests.messages import message, read_action, sequence, status_of
from tests.server.houses import KEY

WAITS = ActionStatus.AWAITING_APPROVAL


@pytest.fixture
def waiting(home_database: Database) -> list[str]:
    """Four messages that wait; the last one of another template."""
    with home_database.write() as session:
        template, other = sequence(session, approval="version"), sequence(session, "Second hello")
        return [
            *(message(session, template, name, text=f"Dear {name}") for name in ("Ada Byron", "Alan T", "Grace H")),
            message(session, other, "Edsger D"),
        ]


def test_nobody_decides_without_a_terminal_or_the_key(
    terminal: Terminal, home_database: Database, waiting: list[str]
) -> None:
    first = waiting[0]
    for typed in (
        ["outbound", "approve", first],
        ["outbound", "approve", "--all"],
        ["outbound", "reject", first],
        ["outbound", "edit", first, "--text", "Buy now"],
        ["outbound", "settle", first, "--again"],
        ["templates", "approve", "First hello"],
    ):
        done = terminal.type(*typed)
        assert (done.code, "ONELANE_PERSON_KEY" in done.err) == (1, True), typed
    assert terminal.type("outbound", "approve", first, "--yes").code == 2
    assert terminal.type("call", "request_approval", json.dumps({"action_ids": [first]}), "--yes").code == 1
    assert {status_of(home_database, each) for each in waiting} == {WAITS}
    assert read_action(home_database, first).body_text == "Dear Ada Byron"


def test_with_the_key_what_waits_is_approved_as_it_is_at_that_moment(
    terminal: Terminal, home_database: Database, waiting: list[str]
) -> None:
    terminal.set(ONELANE_PERSON_KEY=KEY)
    first, second, third, last = waiting
    stale = terminal.type("outbound", "approve", first, "--hash", "0" * 64, "--json")
    assert (stale.code, stale.json["data"][0]["outcome"]) == (1, "conflict")
    shown = terminal.json("outbound", "show", first)
    done = terminal.type("outbound", "approve", first, "--hash", shown["hash"], "--json")
    assert (done.code, done.json["data"]) == (
        0,
        [{"id": first, "outcome": "approved", "status": "approved", "hash": shown["hash"], "reason": None}],
    )
    assert "Dear Ada Byron" in done.err
    assert read_action(home_database, first).approved_via is Door.CLI
    assert terminal.json("outbound", "undo", first)["status"] == "awaiting_approval"

    edited = terminal.json("outbound", "edit", second, "--subject", "Hi", "--text", "Dear Alan")
    assert (edited["subject"], edited["text"], edited["previous_text"]) == ("Hi", "Dear Alan", "Dear Alan T")
    assert terminal.json("outbound", "reject", third, "--skip", "--reason", "Later.")["reason"] == "Later."
    of_template = terminal.json("outbound", "approve", "--template", "First hello")
    assert [(each["id"], each["outcome"]) for each in of_template["data"]] == [
        (first, "approved"),
        (second, "approved"),
    ]
    assert of_template["counts"] == {"approved": 2}
    mixed = terminal.type("outbound", "approve", first, last, "out_gone", "--json")
    assert (mixed.code, [each["outcome"] for each in mixed.json["data"]]) == (
        1,
        ["not_waiting", "approved", "not_found"],
    )
    assert terminal.json("outbound", "approve", "--all")["total"] == 0
    assert KEY not in str([read_action(home_database, each) for each in waiting])


def test_a_version_is_shown_whole_and_approved(terminal: Terminal, waiting: list[str]) -> None:
    terminal.set(ONELANE_PERSON_KEY=KEY)
    done = terminal.type("templates", "approve", "First hello", "--version", "1", "--json")
    assert (done.code, done.json["version"], done.json["approved_via"]) == (0, 1, "cli")
    assert "Hello {{ first_name }}" in done.err
    assert terminal.type("templates", "approve", "First hello", "--version", "2").code == 1


def test_a_message_is_listed_and_read_by_everybody(terminal: Terminal, waiting: list[str]) -> None:
    listed = terminal.json("outbound", "list", "--status", "awaiting_approval", "--template", "Second hello")
    assert [each["id"] for each in listed["data"]] == [waiting[3]]
    screen = terminal.type("outbound", "show", waiting[0]).out
    assert "Dear Ada Byron" in screen
    assert "A person has to approve the message." in screen


def test_what_is_approved_is_said_in_one_way(terminal: Terminal) -> None:
    for typed in ([], ["ID", "--all"], ["A", "B", "--hash", "x"]):
        assert terminal.type("outbound", "approve", *typed).code == 2
