"""How a chat client starts this Onelane: the command, its arguments and its environment."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Command:
    """What a client runs; its output and input are the connection."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    def entry(self) -> dict[str, Any]:
        """As it stands in a client's configuration."""
        entry: dict[str, Any] = {"command": self.command, "args": list(self.args)}
        return {**entry, "env": dict(self.env)} if self.env else entry


def command_of_this_process(*, home: Path | None = None) -> Command:
    """The command that starts the Onelane that is running, from any folder and without the person's PATH.

    Args:
        home: the home folder to use; by default what ONELANE_HOME says, if it says anything
    """
    chosen = str(home) if home is not None else os.environ.get("ONELANE_HOME")
    env = {"ONELANE_HOME": str(Path(chosen).expanduser().absolute())} if chosen else {}
    command, *args = _words()
    return Command(command, (*args, "mcp"), env)


def _words() -> list[str]:
    if _is_run_by_uvx():
        # Its environment lies in a cache that is emptied some day; uvx makes it anew.
        return [shutil.which("uvx") or "uvx", "onelane"]
    started = Path(sys.argv[0])
    if started.stem == "onelane" and started.is_file():
        return [str(started.absolute())]
    beside = Path(sys.executable).with_name("onelane")
    found = str(beside) if beside.is_file() else shutil.which("onelane")
    return [found] if found else [sys.executable, "-c", "from onelane.server.cli import main; main()"]


def _is_run_by_uvx() -> bool:
    return "archive-v0" in Path(sys.prefix).parts
