"""`onelane outbound stop` and `onelane suppressions`: anybody holds, and only the person lets go again."""

import json
import os
import subprocess
import sys

from tests.commands import Terminal
from tests.server.houses import KEY


def test_outbound_is_stopped_by_anybody_and_started_by_the_person(terminal: Terminal) -> None:
    stopped = terminal.json("outbound", "stop", "--note", "Wrong list")
    assert (stopped["state"], stopped["reason"], stopped["note"]) == ("stopped", "manual", "Wrong list")
    refused = terminal.type("outbound", "start")
    assert (refused.code, refused.out) == (1, "")
    assert "ONELANE_PERSON_KEY" in refused.err
    assert terminal.json("outbound", "status") == stopped
    assert "Only the person starts it again" in terminal.type("outbound", "status").out
    terminal.set(ONELANE_PERSON_KEY=KEY)
    started = terminal.json("outbound", "start")
    assert (started["state"], started["changed_via"], started["waiting"]) == ("on", "cli", 0)


def test_an_address_is_suppressed_by_anybody_and_lifted_by_the_person(terminal: Terminal) -> None:
    added = terminal.json("suppressions", "add", "Ada@Example.com", "--channel", "email")
    assert (added["address"], added["channel"], added["reason"], added["source"]) == (
        "ada@example.com",
        "email",
        "manual",
        "cli",
    )
    assert added.pop("ended") == 0
    assert terminal.json("suppressions", "list")["data"] == [added]
    assert terminal.type("suppressions", "lift", "ada@example.com").code == 1
    terminal.set(ONELANE_PERSON_KEY=KEY)
    assert terminal.json("suppressions", "lift", "ADA@example.com")["data"][0]["id"] == added["id"]
    assert terminal.json("suppressions", "list")["total"] == 0


def test_a_suppressed_address_is_said_with_the_way_back_and_a_handle_as_such(terminal: Terminal) -> None:
    assert terminal.type("suppressions", "add", "ada@example.com").out == (
        "ada@example.com is not written to at all any more; 0 enrollments ended. "
        "Only the person lifts it: onelane suppressions lift ada@example.com\n"
    )
    assert "ada, taken for a handle since it has no @domain," in terminal.type("suppressions", "add", "ada").out


def test_what_runs_on_names_a_variable_that_is_no_setting(terminal: Terminal) -> None:
    terminal.set(ONELANE_OUTBUND="off", ONELANE_DATABASE_URL="postgresql://ada@127.0.0.1:1/none")
    done = terminal.type("serve", "--port", "0")
    assert done.code == 1
    assert "ONELANE_OUTBUND is no setting of Onelane. Did you mean ONELANE_OUTBOUND?" in done.err


def test_an_account_is_held_let_go_on_and_disconnected(terminal: Terminal) -> None:
    terminal.set(ONELANE_PERSON_KEY=KEY)
    typed = ["connect", "smtp", "--address", "ada@example.com", "--host", "smtp.example.com", "--no-check"]
    piped = [sys.executable, "-m", "onelane.server.cli", "accounts", *typed, "--password-stdin", "--json"]
    done = subprocess.run(piped, input="a password\n", env=os.environ, capture_output=True, text=True, check=True)
    account_id = json.loads(done.stdout)["id"]
    listed = terminal.json("accounts", "pause", account_id)
    assert (listed["status"], listed["transport"], listed["limits"]["per_day"]) == ("paused", "smtp", 50)
    assert "ada@example.com" in terminal.type("accounts", "list").out
    assert terminal.json("accounts", "resume", account_id)["status"] == "active"
    assert "Say so with --yes" in terminal.type("accounts", "disconnect", account_id).err
    terminal.type("outbound", "stop")
    gone = terminal.json("accounts", "disconnect", account_id, "--yes")
    found = {each["name"]: (each["state"], each["next"]) for each in terminal.json("doctor")["findings"]}
    assert found["outbound"] == ("todo", "onelane outbound start")
    assert found["account"] == ("todo", gone["next_step"])
    attention = terminal.json("call", "overview")["needs_attention"]
    assert [(each["kind"], each["next"]) for each in attention] == [
        ("stopped", "onelane outbound start"),
        ("account", gone["next_step"]),
    ]
    assert "Connect it again" in terminal.type("accounts", "resume", account_id).err
    assert "is not connected" in terminal.type("accounts", "disconnect", account_id, "--yes").err
