"""Reads and edits a client's configuration file; other content stays as it is."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onelane.server.cli.clients.client import NAME, Client
from onelane.server.cli.clients.command import Command
from onelane.server.cli.clients.jsonc import NotJson, parsed, with_member, without_member
from onelane.tools.registry.errors import ToolError

_CLAUDE_SECONDS = 60


@dataclass(frozen=True)
class Connected:
    """The result of connecting a client."""

    changed: bool
    path: Path
    backup: Path | None = None
    by_claude: bool = False
    """Whether Claude Code's own command did it."""
    made_plain: bool = False
    """Whether comments and the like were taken out, which the client does not read."""


def connect(client: Client, command: Command) -> Connected:
    """Make a client start this Onelane; what else its configuration says stays as it is.

    Claude Code is asked to do it by its own command where that is installed, since it may be writing its file at the
    same moment; otherwise the file is changed here, as with every other client. It is the person's own file in both
    cases (`--scope user`), so that Onelane is there in every project.

    Raises:
        ToolError: the file can't be changed safely, so that nothing was
        OSError: it can't be read or written
    """
    path, text = client.path, _text(client.path)
    present = _present(client, text)
    new_entry = _merged_entry(present, client.entry(command))
    if present == new_entry and _is_read(client, text):
        return Connected(changed=False, path=path)
    claude = shutil.which("claude") if client is Client.CLAUDE_CODE else None
    if claude is not None:
        _ask_claude(claude, new_entry, is_there=present is not None)
        return Connected(changed=True, path=path, by_claude=True)
    changed = _with_entry(client, text, new_entry)
    is_plain = _is_read(client, changed)
    backup = _write(path, changed if is_plain else _plain(changed))
    return Connected(changed=True, path=path, backup=backup, made_plain=not is_plain)


def disconnect(client: Client) -> Connected:
    """Take Onelane's entry out of a client's configuration; what else it says stays as it is.

    Raises:
        ToolError: the file can't be changed safely, so that nothing was
        OSError: it can't be read or written
    """
    path, text = client.path, _text(client.path)
    if _present(client, text) is None:
        return Connected(changed=False, path=path)
    claude = shutil.which("claude") if client is Client.CLAUDE_CODE else None
    if claude is not None:
        _run([claude, "mcp", "remove", "--scope", "user", NAME])
        return Connected(changed=True, path=path, by_claude=True)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    try:
        rest = mark + without_member(text.removeprefix(mark), client.servers, NAME)
    except NotJson as error:
        raise _unsafe(path, str(error)) from error
    return Connected(changed=True, path=path, backup=_write(path, rest))


def home_in_entry(client: Client) -> str | None:
    """The home that a client's entry names; None where it has no entry or names none.

    Raises:
        ToolError: its file can't be understood
        OSError: it can't be read
    """
    present = _present(client, _text(client.path))
    env: Any = None if present is None else present.get("env")
    home: Any = env.get("ONELANE_HOME") if isinstance(env, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    return home if isinstance(home, str) else None


def is_connected(client: Client, command: Command) -> bool:
    """Whether a client starts this Onelane already.

    Raises:
        ToolError: its file can't be understood
        OSError: it can't be read
    """
    present = _present(client, _text(client.path))
    return present is not None and present == _merged_entry(present, client.entry(command))


def is_unreadable(client: Client) -> bool:
    """Whether a client's file has what that client does not read, though others do.

    Raises:
        ToolError: it can't be understood at all
        OSError: it can't be read
    """
    text = _text(client.path)
    _present(client, text)
    return not _is_read(client, text)


def _is_read(client: Client, text: str) -> bool:
    """Whether the client reads this text."""
    if client.takes_comments or not text.strip():
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    """The same data without comments, spare commas and byte order mark."""
    return json.dumps(parsed(text.removeprefix("\ufeff")), indent=2, ensure_ascii=False) + "\n"


def _text(path: Path) -> str:
    try:
        # Line ends stay as they are.
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise _unsafe(path, "it is not UTF-8 text") from error


def _present(client: Client, text: str) -> dict[str, Any] | None:
    try:
        data: Any = parsed(text.removeprefix("\ufeff")) if text.strip("\ufeff \t\r\n") else {}
    except (NotJson, RecursionError) as error:
        raise _unsafe(client.path, str(error)) from error
    servers: Any = data.get(client.servers) if isinstance(data, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    entry: Any = servers.get(NAME) if isinstance(servers, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON
    return entry if isinstance(entry, dict) else None  # pyright: ignore[reportUnknownVariableType] - JSON


def _merged_entry(present: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry, with what the person has added to it: more arguments, more environment, other members."""
    if present is None:
        return dict(entry)
    entry_with_ours = {**present, **entry}
    if isinstance(present.get("args"), list) and present["args"][: len(entry["args"])] == entry["args"]:
        entry_with_ours["args"] = present["args"]
    env: dict[str, Any] = {**(present.get("env") or {}), **entry.get("env", {})}
    return {**entry_with_ours, "env": env} if env else entry_with_ours


def _with_entry(client: Client, text: str, entry: Mapping[str, Any]) -> str:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    try:
        return mark + with_member(text.removeprefix(mark), client.servers, NAME, entry)
    except NotJson as error:
        raise _unsafe(client.path, str(error)) from error


def _unsafe(path: Path, reason: str) -> ToolError:
    return ToolError(f"{path} was left alone, because it can't be changed safely: {reason}.")


def _write(path: Path, text: str) -> Path | None:
    """Put the text in the file's place, whole or not at all; the copy of what was there before, if anything was."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    backup = _backup_of(target)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new_file = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a handle, no path
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if backup is not None:
            shutil.copymode(target, new_file)
        new_file.replace(target)
    finally:
        new_file.unlink(missing_ok=True)
    return backup


def _backup_of(target: Path) -> Path | None:
    if not target.exists():
        return None
    return Path(shutil.copy2(target, target.with_name(f"{target.name}.before-onelane")))


def _ask_claude(claude: str, entry: Mapping[str, Any], *, is_there: bool) -> None:
    """Let Claude Code change its own file (`claude mcp add-json`)."""
    if is_there:
        _run([claude, "mcp", "remove", "--scope", "user", NAME])
    _run([claude, "mcp", "add-json", "--scope", "user", NAME, json.dumps(entry)])


def _run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=_CLAUDE_SECONDS, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ToolError(f"Claude Code refused: {lines[-1] if lines else done.returncode}.")
