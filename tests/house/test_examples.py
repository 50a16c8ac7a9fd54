"""What the pages, the help and the texts of Onelane tell people to type is read by the very commands that they name."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer.main
from typer._click import Command
from typer._click.exceptions import UsageError
from typer.core import TyperGroup

from onelane.server.cli.aliases import with_own_name
from onelane.server.cli.menu import MENU, app_for
from tests.house.conftest import ProjectFile

TYPED = re.compile(r"^ +(?:[A-Z_]+=\S+ )*(?P<line>(?:.+\| )?onelane .+?)(?:  +#.*)?$", re.MULTILINE)
NAMED = re.compile(r"(?<![\w/.*-])onelane(?! onelane)(?P<words> (?:--)?[a-z]\w*(?:-\w+)*(?: (?:--)?\w+(?:-\w+)*)*)")
NOT_COMMANDS = {"server", "json", "holds", "executes", "on", "signs", "sign-in"}
"""What follows the product's own name where a sentence speaks of it and of no command."""

OPEN = "X"
"""Stands for what a text fills in."""


@dataclass(frozen=True)
class Found:
    """A command.

    Args:
        path: its names
        help: what it says of itself
        is_group: whether it only holds others
    """

    path: list[str]
    help: str
    is_group: bool


@pytest.fixture(scope="module")
def menu() -> dict[str, Command]:
    """Each command of the menu with its own parameters."""
    apps = {entry.name: typer.main.get_command(app_for([entry.name])) for entry in MENU}
    return {name: app.commands[name] for name, app in apps.items() if isinstance(app, TyperGroup)}


def test_each_command_shows_an_example_of_itself(menu: dict[str, Command]) -> None:
    commands = [each for name, command in menu.items() for each in all_below([name], command) if not each.is_group]
    assert len(commands) > 70
    assert [each.path for each in commands if f"onelane {' '.join(each.path)}" not in each.help] == []


def test_what_help_and_pages_show_is_read_by_its_command(menu: dict[str, Command], project: Path) -> None:
    pages = [project / "README.md", project / "CONTRIBUTING.md", project / "SECURITY.md", *project.glob("docs/*.md")]
    helps = [each.help for name, command in menu.items() for each in all_below([name], command)]
    texts = [*(page.read_text(encoding="utf-8") for page in pages), *helps]
    lines = [found["line"] for text in texts for found in TYPED.finditer(text.replace("\\\n", ""))]
    assert len(lines) > 120
    assert [said for line in lines for said in refusals(menu, line)] == []


def test_no_text_names_a_command_or_an_option_that_is_not_there(
    menu: dict[str, Command], project_files: list[ProjectFile]
) -> None:
    texts = [(file.name, text) for file in project_files for text in texts_of(file)]
    named = [(name, found["words"].split()) for name, text in texts for found in NAMED.finditer(" ".join(text.split()))]
    assert len(named) > 400
    lost = [f"{name}: {' '.join(words)}" for name, words in named if not is_there(menu, words)]
    assert lost == []


def all_below(path: list[str], command: Command) -> Iterator[Found]:
    """A command and, of a group, all of its commands."""
    commands = dict(command.commands) if isinstance(command, TyperGroup) else dict[str, Command]()
    yield Found(path, command.help or "", is_group=bool(commands))
    for name, each in commands.items():
        yield from all_below([*path, name], each)


def refusals(menu: dict[str, Command], line: str) -> Iterator[str]:
    """What commands would say against a line that is shown; nothing of it is carried out."""
    for part in re.split(r" \| |; ", line):
        words = shlex.split(re.split(r" [<>] ", part)[0])
        if words[0] != "onelane":
            continue
        try:
            command, rest = command_of(menu, words[1:])
            command.make_context("onelane", rest)
        except (UsageError, KeyError, SystemExit) as error:
            yield f"{line}: {error!r}"


def texts_of(file: ProjectFile) -> Iterator[str]:
    """What people may read of a file."""
    if file.ships and file.name.endswith(".py"):
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else OPEN for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    elif file.name.endswith((".html", ".md")) and file.name != "CHANGELOG.md":
        yield file.text


def is_there(menu: dict[str, Command], words: list[str]) -> bool:
    """Whether there is a command of these names with these options; a group's name may stand alone."""
    if words[0] in NOT_COMMANDS or words[0].startswith("--"):
        return True
    try:
        command, rest = command_of(menu, words)
    except KeyError as error:
        return error.args[0].startswith(OPEN)
    options = {word for each in command.params for word in (*each.opts, *each.secondary_opts)} | {"--help"}
    return options >= {word for word in rest if word.startswith("--")}


def command_of(menu: dict[str, Command], words: list[str]) -> tuple[Command, list[str]]:
    """The command that is called by the first of these words, and the others.

    Raises:
        KeyError: there is none of this name
    """
    rest = with_own_name(words)
    command, rest = menu[rest[0]], rest[1:]
    while isinstance(command, TyperGroup) and rest:
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest
