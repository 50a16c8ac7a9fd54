"""Aliases: other words that people type for a command. Help shows the command's own name only."""

from collections.abc import Collection, Mapping, Sequence

import typer

COMMANDS: Mapping[str, str] = {
    "account": "accounts",
    "approval": "approvals",
    "approve": "outbound approve",
    "archive": "contacts archive",
    "connect": "accounts connect",
    "contact": "contacts",
    "erase": "contacts erase",
    "find": "contacts search",
    "import": "sync",
    "message": "outbound",
    "messages": "outbound",
    "people": "contacts",
    "run": "runs",
    "schedule": "schedules",
    "search": "contacts search",
    "status": "doctor",
    "suppression": "suppressions",
    "task": "tasks",
    "template": "templates",
}
WITHIN_GROUPS: Mapping[str, Sequence[str]] = {
    "add": ("create", "save", "set"),
    "copy": ("clone",),
    "edit": ("update",),
    "find": ("search",),
    "get": ("show",),
    "list": ("search",),
    "ls": ("list", "search"),
    "new": ("create", "save", "set"),
    "remove": ("delete",),
    "rm": ("delete",),
    "stop": ("cancel",),
    "view": ("show",),
}
"""Each means the first of these that the group has, unless the group has a command of this very name."""


def with_own_name(words: Sequence[str]) -> list[str]:
    """What was typed, with the command's own name."""
    place = next((number for number, word in enumerate(words) if not word.startswith("-")), None)
    if place is None:
        return list(words)
    return [*words[:place], *COMMANDS.get(words[place], words[place]).split(), *words[place + 1 :]]


def add_aliases(group: typer.Typer, words: Collection[str]) -> None:
    """Let a group's commands be found by the other words that were typed; neither help nor advice names these."""
    commands = {command.name: command for command in group.registered_commands}
    for word, names in WITHIN_GROUPS.items():
        meant = next((commands[name] for name in names if name in commands), None)
        if word in words and word not in commands and meant is not None and meant.callback is not None:
            group.command(word, help=meant.help, hidden=True)(meant.callback)
