"""Sequences on the command line: what is wrong, what would be sent, why something waits, who moves."""

import json

from tests.commands import Terminal


def steps(text: str) -> str:
    return json.dumps([{"step_type": "connect", "config": {"note": text}}])


def test_people_move_only_after_they_are_shown_and_somebody_has_agreed(terminal: Terminal) -> None:
    spring = ("templates", "create", "Spring", "--type", "outreach", "--platform", "linkedin")
    terminal.json(*spring, "--status", "active", "--steps", steps("Hello {{ first_name or 'you' }}"))
    ada = terminal.json("contacts", "save", "--name", "Ada Young", "--profile-url", "https://www.linkedin.com/in/ada")
    enrolled = terminal.type("enroll", "Spring", ada["id"])
    assert "shows what waits for a person's yes" in enrolled.out
    assert "nothing runs that carries them on. Next: onelane worker" in enrolled.err
    assert "Hello Ada" in terminal.type("templates", "preview", "Spring").out
    summer = ("templates", "create", "Summer", *spring[3:], "--config", '{"exclusive": false}')
    lacking = [{"step_type": "message", "config": {"text": "Hello {{ title }}"}}]
    terminal.json(*summer, "--steps", json.dumps(lacking))
    blocked = terminal.type("templates", "preview", "Summer", "--contact", ada["id"])
    assert "blocked: missing field (title)" in blocked.out
    assert terminal.json("templates", "lint", "Spring") == {"problems": []}
    explained = terminal.json("explain", ada["id"])
    assert (explained["about"], explained["gates"][0]["gate"]) == ("contact", "switch")
    assert "contacts search 'Somebody Else' finds people" in terminal.type("explain", "Somebody Else").err
    terminal.json("templates", "update", "Spring", "--steps", steps("Good day"))
    refused = terminal.type("templates", "migrate", "Spring", "--to", "2")
    assert refused.code == 1
    assert "Ada Young" in refused.err
    assert "Good day" in refused.err
    assert "U+0009" not in refused.err
    before = terminal.json("templates", "versions", "Spring")["data"]
    assert [(each["version"], each["enrolled"]) for each in before] == [(2, 0), (1, 1)]
    assert terminal.json("templates", "migrate", "Spring", "--to", "2", "--yes")["counts"] == {"moves": 1}
    assert terminal.json("templates", "stats", "Spring")["people"]["enrolled"] == 1
    assert "1 moved to version 2" not in terminal.type("templates", "migrate", "Spring", "--to", "2", "--yes").out
