"""The supported chat clients, and where each keeps its configuration.

Sources: modelcontextprotocol.io/docs/develop/connect-local-servers (Claude Desktop), code.claude.com/docs/en/mcp
(Claude Code), docs.cursor.com/context/mcp (Cursor), code.visualstudio.com/docs/copilot/reference/mcp-configuration
(VS Code).
"""

import os
import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from onelane.server.cli.clients.command import Command


class Client(StrEnum):
    """A chat client: what it is called, under which name its configuration lists servers, and how it takes them up."""

    label: str
    servers: str
    names_transport: bool
    """Whether an entry says that it is started by the client (`stdio`)."""
    takes_comments: bool
    """Whether it reads a file with comments, spare commas or a byte order mark; one that does not drops all of it."""
    advice: str

    CLAUDE_DESKTOP = (
        "claude-desktop",
        "Claude Desktop",
        "mcpServers",
        False,
        False,
        "Quit Claude Desktop and open it again.",
    )
    CLAUDE_CODE = (
        "claude-code",
        "Claude Code",
        "mcpServers",
        True,
        False,
        "Start a new session and type /mcp to see it.",
    )
    CURSOR = (
        "cursor",
        "Cursor",
        "mcpServers",
        False,
        True,
        "Open Cursor's settings, Tools & MCP, and switch onelane on.",
    )
    VSCODE = (
        "vscode",
        "VS Code",
        "servers",
        True,
        True,
        "Run the command 'MCP: List Servers' and start onelane.",
    )

    def __new__(
        cls, value: str, label: str, servers: str, names_transport: bool, takes_comments: bool, advice: str
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.servers, member.advice = label, servers, advice
        member.names_transport, member.takes_comments = names_transport, takes_comments
        return member

    @property
    def path(self) -> Path:
        """The file of the person's own configuration on this system."""
        home = Path.home()
        match self:
            case Client.CLAUDE_DESKTOP:
                return _settings_folder() / "Claude" / "claude_desktop_config.json"
            case Client.CLAUDE_CODE:
                return Path(os.environ.get("CLAUDE_CONFIG_DIR") or home) / ".claude.json"
            case Client.CURSOR:
                return home / ".cursor" / "mcp.json"
            case Client.VSCODE:
                return _settings_folder() / "Code" / "User" / "mcp.json"

    @property
    def is_here(self) -> bool:
        """Whether the client seems to be installed on this machine."""
        if self is Client.CLAUDE_CODE:
            return self.path.exists() or shutil.which("claude") is not None
        return self.path.parent.is_dir()

    def entry(self, command: Command) -> dict[str, Any]:
        """The command as this client's configuration has it."""
        return {"type": "stdio", **command.entry()} if self.names_transport else command.entry()

    def configuration(self, command: Command, name: str = "onelane") -> Mapping[str, Any]:
        """What a person pastes into an empty configuration.

        Args:
            command: starts the server
            name: what the client calls it
        """
        return {self.servers: {name: self.entry(command)}}


NAME = "onelane"
"""What clients call this server."""


def _settings_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
