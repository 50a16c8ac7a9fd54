"""`onelane install`: a working configuration, and nothing lost."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.clients.jsonc import parsed
from tests.commands import Terminal

FILES = {
    "claude-desktop": ".config/Claude/claude_desktop_config.json",
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".config/Code/User/mcp.json",
}
CLIENTS = pytest.mark.parametrize("client", list(FILES))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folders named here are those of Linux")


@CLIENTS
def test_a_client_without_a_configuration_gets_one_that_starts_this_onelane(terminal: Terminal, client: str) -> None:
    done = terminal.type("install", client)
    assert done.code == 0
    entry = servers(terminal, client)["onelane"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-1] == "mcp"
    assert entry["env"] == {"ONELANE_HOME": str(terminal.home)}
    assert entry.get("type") == {"vscode": "stdio", "claude-code": "stdio"}.get(client)


@CLIENTS
def test_installing_twice_changes_nothing_and_says_so(terminal: Terminal, client: str) -> None:
    terminal.type("install", client)
    before = state_of(file_of(terminal, client))
    again = terminal.type("install", client)
    assert again.code == 0
    assert "connected already" in again.out
    assert state_of(file_of(terminal, client)) == before


def state_of(file: Path) -> tuple[int, int, bytes]:
    """Which file it is, when it was last written, and what it says; reading it changes none of these."""
    about = file.stat()
    return about.st_ino, about.st_mtime_ns, file.read_bytes()


@CLIENTS
def test_the_other_content_of_the_file_stays_and_a_copy_is_kept(terminal: Terminal, client: str) -> None:
    name = "servers" if client == "vscode" else "mcpServers"
    text = json.dumps({"theme": "dark", name: {"other": {"command": "x", "args": []}}, "last": [1, 2]}, indent=4)
    file = written(terminal, client, text)
    file.chmod(0o600)
    assert terminal.type("install", client).code == 0
    assert {key: value for key, value in json.loads(file.read_text()).items() if key != name} == {
        "theme": "dark",
        "last": [1, 2],
    }
    assert set(servers(terminal, client)) == {"other", "onelane"}
    assert file.with_name(f"{file.name}.before-onelane").read_text() == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [left.name for left in file.parent.iterdir() if left.name.startswith(f".{file.name}.")] == []


def test_a_key_that_the_person_added_to_the_entry_stays(terminal: Terminal) -> None:
    terminal.type("install", "cursor")
    file = file_of(terminal, "cursor")
    data = json.loads(file.read_text())
    entry = data["mcpServers"]["onelane"]
    entry["args"] += ["--toolsets", "runs"]
    entry["env"]["ONELANE_READ_ONLY"] = "1"
    entry["disabled"] = False
    file.write_text(json.dumps(data))
    assert "connected already" in terminal.type("install", "cursor").out
    terminal.set(ONELANE_HOME=str(terminal.folder / "moved"))
    assert terminal.type("install", "cursor").code == 0
    moved = servers(terminal, "cursor")["onelane"]
    assert moved["env"] == {"ONELANE_READ_ONLY": "1", "ONELANE_HOME": str(terminal.folder / "moved")}
    assert moved["args"] == entry["args"]
    assert moved["disabled"] is False


def test_comments_in_vs_codes_file_stay(terminal: Terminal) -> None:
    file = written(terminal, "vscode", '{\n  // mine\n  "servers": {\n    "a": {"command": "a"}, // keep\n  },\n}\n')
    assert terminal.type("install", "vscode").code == 0
    assert "// mine" in file.read_text()
    assert '"a": {"command": "a"}, // keep' in file.read_text()


@pytest.mark.parametrize("text", [b'{"mcpServers": ', b"\xff\xfe{", b'{"mcpServers": ["a"]}', b"[]"])
def test_a_file_that_can_not_be_understood_is_left_alone_and_the_entry_is_shown(
    terminal: Terminal, text: bytes
) -> None:
    file = written(terminal, "claude-desktop", "")
    file.write_bytes(text)
    done = terminal.type("install", "claude-desktop")
    assert done.code == 1
    assert "was left alone" in done.err
    assert '"onelane"' in done.err
    assert file.read_bytes() == text
    assert list(file.parent.iterdir()) == [file]


@CLIENTS
def test_print_shows_the_configuration_and_writes_nothing(terminal: Terminal, client: str) -> None:
    done = terminal.type("install", client, "--print")
    assert done.code == 0
    assert "onelane" in done.json["servers" if client == "vscode" else "mcpServers"]
    assert FILES[client] in done.err
    assert list(terminal.folder.iterdir()) == []


def test_a_link_to_the_file_stays_a_link(terminal: Terminal) -> None:
    real = terminal.folder / "dotfiles.json"
    real.write_text("{}")
    link = file_of(terminal, "cursor")
    link.parent.mkdir()
    link.symlink_to(real)
    assert terminal.type("install", "cursor").code == 0
    assert link.is_symlink()
    assert "onelane" in json.loads(real.read_text())["mcpServers"]


def test_claude_code_is_asked_to_change_its_own_file(terminal: Terminal) -> None:
    asked = claude_that(terminal, "exit 0")
    assert terminal.type("install", "claude-code").code == 0
    first, *words = asked.read_text().splitlines()
    assert first == "mcp add-json --scope user onelane"
    assert json.loads(words[0])["args"][-1] == "mcp"
    assert not file_of(terminal, "claude-code").exists()


def test_a_claude_code_that_refuses_is_quoted(terminal: Terminal) -> None:
    claude_that(terminal, "echo 'Not today' >&2; exit 3")
    done = terminal.type("install", "claude-code")
    assert done.code == 1
    assert "Claude Code refused: Not today." in done.err


def test_a_client_that_nobody_knows_is_wrong_use(terminal: Terminal) -> None:
    done = terminal.type("install", "emacs")
    assert done.code == 2
    assert "claude-desktop" in done.err


def test_a_database_address_is_not_written_and_that_is_said(terminal: Terminal) -> None:
    terminal.set(ONELANE_DATABASE_URL="postgresql://ada:secret@db.example.com/onelane")
    done = terminal.type("install", "cursor")
    assert "ONELANE_DATABASE_URL" in done.err
    assert "secret" not in done.out + done.err + file_of(terminal, "cursor").read_text()


def file_of(terminal: Terminal, client: str) -> Path:
    return terminal.folder / FILES[client]


def servers(terminal: Terminal, client: str) -> dict[str, Any]:
    data = json.loads(file_of(terminal, client).read_text())
    return data["servers" if client == "vscode" else "mcpServers"]


def written(terminal: Terminal, client: str, text: str) -> Path:
    file = file_of(terminal, client)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def claude_that(terminal: Terminal, does: str) -> Path:
    """A `claude` on the PATH that writes down what it was asked; the file with its words."""
    folder, asked = terminal.folder / "bin", terminal.folder / "asked.txt"
    folder.mkdir()
    script = folder / "claude"
    script.write_text(f"""#!/bin/sh\nprintf '%s %s %s %s %s\\n%s\\n' "$@" > '{asked}'\n{does}\n""")
    script.chmod(0o755)
    terminal.set(PATH=f"{folder}:/usr/bin:/bin")
    return asked


@pytest.mark.parametrize("client", ["claude-desktop", "claude-code"])
@pytest.mark.parametrize(
    "text",
    ['\ufeff{"mcpServers": {}}', '{\n  // mine\n  "theme": "dark",\n  "mcpServers": {"a": {"command": "a"},},\n}\n'],
)
def test_claude_gets_a_file_that_it_reads_and_the_copy_keeps_what_was_there(
    terminal: Terminal, client: str, text: str
) -> None:
    file = written(terminal, client, text)
    before = parsed(text.removeprefix("\ufeff"))
    done = terminal.type("install", client)
    assert (done.code, "only in that copy now" in done.out) == (0, True)
    after = json.loads(file.read_text())
    assert "onelane" in after["mcpServers"]
    del after["mcpServers"]["onelane"]
    assert after == before
    assert file.with_name(f"{file.name}.before-onelane").read_text() == text
    assert "connected already" in terminal.type("install", client).out


def test_an_entry_in_a_file_that_claude_does_not_read_is_seen_and_mended(terminal: Terminal) -> None:
    terminal.type("install", "claude-desktop")
    file = file_of(terminal, "claude-desktop")
    file.write_text(f"\ufeff{file.read_text()}")
    (finding,) = [each for each in terminal.json("doctor")["findings"] if each["name"] == "claude-desktop"]
    assert finding["next"] == "onelane install claude-desktop"
    assert "does not read" in finding["what"]
    assert terminal.type("install", "claude-desktop").code == 0
    assert "onelane" in json.loads(file.read_text())["mcpServers"]


@CLIENTS
def test_uninstalling_takes_out_onelane_and_nothing_else(terminal: Terminal, client: str) -> None:
    name = "servers" if client == "vscode" else "mcpServers"
    before: dict[str, Any] = {"theme": "dark", name: {"other": {"command": "x", "args": []}}}
    file = written(terminal, client, json.dumps(before, indent=2))
    terminal.type("install", client)
    done = terminal.type("uninstall", client)
    assert (done.code, json.loads(file.read_text())) == (0, before)
    assert "is not connected" in terminal.type("uninstall", client).out


def test_connecting_to_another_home_is_said(terminal: Terminal) -> None:
    terminal.type("install", "cursor")
    terminal.set(ONELANE_HOME=str(terminal.folder / "elsewhere"))
    assert f"It opened {terminal.home} until now" in terminal.type("install", "cursor").err
