"""Keys that are given once: who reads them, where they are, and that nobody sees them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onelane.server.kept_keys import KeptKeys, KeyPlace
from onelane.server.settings import read_settings
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.vault import Keyring
from tests.commands import Terminal, Typed

KEY = "sk-ant-hidden-1"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for name in ("ANTHROPIC_API_KEY", "BRAVE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(tmp_path, monkeypatch, capsys)


def set_key(terminal: Terminal, name: str, key: str) -> Typed:
    """Pipe a key into the real command."""
    typed = [sys.executable, "-m", "onelane.server.cli", "keys", "set", name]
    environment = {**os.environ, "ONELANE_HOME": str(terminal.home)}
    done = subprocess.run(typed, input=f"{key}\n", capture_output=True, text=True, env=environment, check=False)
    return Typed(done.returncode, done.stdout, done.stderr)


def test_a_kept_key_is_read_by_every_process_and_the_environment_wins(terminal: Terminal) -> None:
    assert read_settings().anthropic_api_key is None
    assert set_key(terminal, "anthropic", KEY).code == 0
    kept = read_settings().anthropic_api_key
    assert kept is not None
    assert kept.get_secret_value() == KEY
    terminal.set(ANTHROPIC_API_KEY="sk-other")
    assert read_settings().anthropic_api_key != kept
    terminal.set(ANTHROPIC_API_KEY="")
    assert read_settings().anthropic_api_key == kept, "an empty variable counts as not set"


def test_no_command_shows_a_key(terminal: Terminal) -> None:
    shown = [
        set_key(terminal, "anthropic", KEY),
        terminal.type("keys", "list"),
        terminal.type("keys", "list", "--json"),
        terminal.type("keys", "set", "anthropic", KEY),
        terminal.type("keys", "set", KEY),
        terminal.type("doctor"),
        terminal.type("install", "cursor"),
        terminal.type("keys", "remove", "anthropic"),
    ]
    assert [each for each in shown if KEY in each.out + each.err] == []
    assert KEY not in (terminal.folder / ".cursor" / "mcp.json").read_text()


def test_a_key_that_is_typed_as_an_argument_is_refused_and_not_kept(terminal: Terminal) -> None:
    refused = terminal.type("keys", "set", "anthropic", KEY)
    assert (refused.code, "Nothing was kept" in refused.err) == (1, True)
    assert terminal.json("keys", "list")["keys"][0] == {
        "name": "anthropic",
        "variable": "ANTHROPIC_API_KEY",
        "place": None,
    }


@pytest.mark.parametrize("key", ["", "two words", "clé"])
def test_what_is_no_key_is_refused_and_the_old_one_stays(tmp_path: Path, key: str) -> None:
    kept = KeptKeys(tmp_path)
    kept.put("BRAVE_API_KEY", KEY)
    with pytest.raises(BadRequest, match="othing was changed"):
        kept.put("BRAVE_API_KEY", key)
    assert kept.read("BRAVE_API_KEY") == KEY


def test_a_removed_key_is_gone_and_removing_it_twice_says_so(terminal: Terminal) -> None:
    KeptKeys(terminal.home).put("BRAVE_API_KEY", KEY)
    assert terminal.type("keys", "remove", "brave").code == 0
    assert read_settings().brave_api_key is None
    assert list((terminal.home / "keys").iterdir()) == []
    assert "No key of brave" in terminal.type("keys", "remove", "brave").err


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX here")
def test_without_a_keyring_its_owner_alone_may_read_the_file(tmp_path: Path) -> None:
    kept = KeptKeys(tmp_path / "home", lambda: None)
    assert kept.put("BRAVE_API_KEY", KEY) is KeyPlace.FILE
    assert stat.S_IMODE((tmp_path / "home" / "keys" / "BRAVE_API_KEY").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home" / "keys").stat().st_mode) == 0o700


def test_with_a_keyring_the_home_holds_no_key(tmp_path: Path) -> None:
    keyring = Drawer()
    kept = KeptKeys(tmp_path, lambda: keyring)
    assert kept.put("BRAVE_API_KEY", "old") is KeyPlace.KEYRING
    kept.put("BRAVE_API_KEY", KEY)
    assert kept.read("BRAVE_API_KEY") == KEY
    assert list(keyring.passwords.values()) == [KEY], "the one before is not left behind"
    assert KEY not in (tmp_path / "keys" / "BRAVE_API_KEY").read_text()
    assert KeptKeys(tmp_path, lambda: None).place("BRAVE_API_KEY") is KeyPlace.CLOSED_KEYRING
    assert kept.remove("BRAVE_API_KEY")
    assert keyring.passwords == {}


class Drawer(Keyring):
    """A keyring in memory."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.passwords.get(username)

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.passwords[username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.passwords[username]
