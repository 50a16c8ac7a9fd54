"""The person connects their mail account with the real command, and the password stays between them and the vault."""

import json
import subprocess
from pathlib import Path

from onelane.tools.outreach.mail.mail_server import Security
from tests.acceptance.processes import Home
from tests.acceptance.terminals import seated
from tests.tools.outreach.mail.mail_servers import PASSWORD, USER, Postbox, running_smtp

PERSON_KEY = "a key of the person's, long enough to be one"


def test_a_person_connects_an_account_at_a_terminal_and_a_pipe_without_their_key_can_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with running_smtp(Postbox(), security=Security.NONE) as server:
        typed = ["accounts", "connect", "smtp", "--address", USER, "--name", "Ada Example", "--host", server.host]
        typed += ["--port", str(server.port), "--security", "none"]
        with seated(home, *typed) as seat:
            seat.sees("Password of ada@example.com: ")
            seat.types(PASSWORD)
            seat.sees("is connected as acc_")
            assert seat.leaves() == 0
            assert PASSWORD not in seat.shown

        refused = piped(home, *typed, "--password-stdin")
        assert refused.returncode == 1
        assert "Only the person can do this" in refused.stderr

        as_person = Home(tmp_path, settings={"ONELANE_PERSON_KEY": PERSON_KEY})
        again = piped(as_person, *typed, "--password-stdin", "--json")
        assert again.returncode == 0, again.stderr
        connected = json.loads(again.stdout)
        account_id = connected.pop("id")
        assert connected == {
            "platform": "gmail",
            "transport": "smtp",
            "address": USER,
            "status": "active",
            "inbound": "import",
            "checked": {"smtp": True, "imap": None},
        }
        wrong = piped(as_person, *typed, "--password-stdin", password="hunter22")
        assert wrong.returncode == 1
        assert "535" in wrong.stderr
        assert "hunter22" not in wrong.stderr + wrong.stdout

    limits = as_person.run("accounts", "limits", account_id, "--per-day", "30", "--json")
    assert json.loads(limits.stdout)["per_day"] == 30
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [
        file.name for file in tmp_path.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()
    ] == []


def piped(home: Home, *arguments: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    """The command with the password in a pipe."""
    return home.run(*arguments, given=f"{password}\n")
