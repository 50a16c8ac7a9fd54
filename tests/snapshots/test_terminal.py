"""What a person sees at a terminal of 60, 80 and 120 columns, as the snapshots of each width have it."""

import io
import re
import shlex
import shutil
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from onelane.server.cli.display.wrapping import width_of
from onelane.server.cli.entry_point import main
from onelane.server.cli.menu import MENU
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.suppressions import SuppressionReason, suppress
from onelane.storage.platforms.accounts import Account, Channel
from onelane.storage.schema import ensure_schema
from onelane.storage.short_ids import TABLES
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.tasks import Task
from onelane.tools.workflows.ready_templates import load_ready_templates
from tests.commands import Terminal
from tests.databases import Clock, database_at, repeatable_ids
from tests.server.dashboard.filled import fill
from tests.snapshots.conftest import DATA, Snapshots

pytestmark = pytest.mark.xdist_group("terminal")

WIDTHS = (60, 80, 120)
AT = datetime(2024, 3, 4, 9, tzinfo=UTC)
"""So long ago that a day is shown, whenever the test runs."""
ELSEWHERE = {
    "demo", "serve", "dashboard", "mcp", "worker", "chat", "sync", "enroll", "install", "doctor", "backup", "restore",
    "runs watch", "contacts export", "export", "keys list", "keys set", "keys remove", "service install",
    "service uninstall", "uninstall",
}  # fmt: skip
"""These go on until something ends, ask the world outside, tell of this very machine and folder, or print JSON."""
LIKE_OTHERS = {
    "accounts check", "accounts limits", "accounts resume", "accounts disconnect", "outbound undo", "outbound settle",
    "outbound approve", "outbound reject", "outbound edit", "outbound start", "suppressions lift", "tasks skip",
    "content approve", "content reject", "content edit", "content undo",
    "templates clone", "templates migrate", "templates approve", "runs refuse", "runs resume",
}  # fmt: skip
"""These say one line as others do that are shown; tests/server/cli has them."""
TYPED = """
contacts search
contacts list ada
contacts show {contact}
contacts save --contact-id {contact} --title "Head of Example"
contacts archive {twin} --reason "Somebody else"
contacts restore {twin}
contacts erase {twin}
accounts list
accounts pause {account}
accounts rejudge --dry-run
suppressions list
suppressions add eve@example.com
runs list
runs show {sync}
runs show {agent}
runs show {asking}
runs show run_zzzzz
runs start dance
runs pause {agent}
runs cancel {agent}
runs retry {agent}
runs fork {sync} --steps 999
runs allow {sync}
templates list
templates show {sequence}
templates create "First hello" --type outreach --platform linkedin
templates update {sequence} --description "To whom we say hello"
templates activate {template}
templates copy {sequence} --name "Second hello"
templates lint {sequence}
templates preview {sequence}
templates versions {sequence}
templates stats {sequence}
templates delete {sequence}
explain {contact}
outbound list
outbound show out_zzzzz
content list
content show cnt_zzzzz
outbound stop
outbound status
tasks list
tasks done {task}
tasks snooze {task} --until 2100-01-01T09:00:00Z
approvals
schedules list
schedules set --id {schedule} --no-enabled
schedules delete {schedule}
undo last --dry-run
undo chg_zzzzz
prune-history --days 36000 --dry-run
call overview --text
"""

SEEDED = repeatable_ids(Clock(AT)).new("run")[4:13]
NEW_ID = re.compile(rf"\b([a-z]{{3}}_)(?!{SEEDED})[0-9a-v]{{24}}\b")
NEW_SHORT_ID = re.compile(rf"\b((?:{'|'.join(TABLES)})_)(?!0{{5}})[0-9a-v]{{8}}\b")
NEW_INSTANT = re.compile(r"(?!2024|2100)20\d\d-\d\d-\d\d(\s+|T)\d\d:\d\d(:\d\d(\.\d+)?)?(Z?)")
NEW_DAY = re.compile(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} 20\d\d, \d\d:\d\d \(.*?\)")
STYLE = re.compile(r"\x1b\[[0-9;]*m")
IN_TABLES, IN_TEXTS, WHOLE = 9, 12, 28
PARTS = set("·…─")
MOST_WORDS_OF_A_LONG_LINE = 2


class Screen(io.StringIO):
    """A terminal's screen."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with a row of everything, and the short ids of some."""
    home = tmp_path_factory.mktemp("seeded")
    clock = Clock(AT)
    database = database_at(f"sqlite:///{home / 'onelane.db'}", clock)
    ensure_schema(database)
    load_ready_templates(database)
    filled = fill(database, "Ada Example of Example Bank")
    with database.write() as session:
        suppress(
            session,
            channel=Channel.EMAIL,
            address_hash="0" * 64,
            address="bob@example.com",
            reason=SuppressionReason.MANUAL,
        )
        account, task = (
            str(session.sql(sa.select(sa.func.min(table_of(kind).c.id))).scalar_one()) for kind in (Account, Task)
        )
    database.close()
    named = {
        "contact": filled.contact,
        "twin": filled.twin,
        "template": filled.template,
        "sequence": filled.sequence,
        "schedule": filled.schedule,
        "sync": filled.runs[WorkflowType.SYNC],
        "agent": filled.agent,
        "asking": filled.asking,
        "account": account,
        "task": task,
    }
    return home, {name: f"{whole[:4]}{whole[-6:]}" for name, whole in named.items()}


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    terminal = Terminal(tmp_path, monkeypatch, capsys)
    terminal.set(TERM="xterm", ONELANE_TIME_ZONE="UTC", ONELANE_PERSON_KEY="k" * 40)
    return terminal


@pytest.mark.parametrize("width", WIDTHS)
def test_every_command_is_shown_as_its_snapshot_has_it(
    seat: Terminal, seeded: tuple[Path, dict[str, str]], snapshots: Snapshots, width: int
) -> None:
    home, named = seeded
    shutil.copytree(home, seat.home)
    seat.set(COLUMNS=str(width))
    shown = [screen_after(seat, line.format(**named)) for line in TYPED.strip().splitlines()]
    snapshots.compare(f"terminal/{width}.txt", "\n".join(shown))


def test_each_command_is_in_the_snapshots_or_named_as_one_that_is_not() -> None:
    typed = [" ".join(shlex.split(line)[:2]) for line in TYPED.strip().splitlines()]
    shown = {line if line in groups_commands() else line.split()[0] for line in typed}
    assert commands() - shown == ELSEWHERE | LIKE_OTHERS


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal_but_for_one_long_word(width: int) -> None:
    for line in outputs(width):
        assert width_of(line) <= width or len(line.split()) <= MOST_WORDS_OF_A_LONG_LINE, line


@pytest.mark.parametrize("width", WIDTHS[:-1])
def test_no_id_is_cut_and_no_word_is_broken(width: int) -> None:
    assert words_in(width) - words_in(WIDTHS[-1]) == set()
    ids = re.findall(rf"\b(?:{'|'.join(TABLES)})_(?!ids?\b)[0-9a-v]+", "\n".join(outputs(width)))
    assert ids
    assert {len(each) for each in ids} <= {IN_TABLES, IN_TEXTS, WHOLE}


def screen_after(seat: Terminal, line: str) -> str:
    """What stands on the screen after a command was typed."""
    screen = Screen()
    with seat.monkeypatch.context() as at_screen:
        at_screen.setattr(sys, "stdout", screen)
        at_screen.setattr(sys, "stderr", screen)
        with pytest.raises(SystemExit):
            main(shlex.split(line))
    shown = NEW_ID.sub(rf"\g<1>{'0' * 24}", STYLE.sub("", screen.getvalue()))
    shown = NEW_SHORT_ID.sub(rf"\g<1>{'0' * 8}", shown)
    shown = NEW_INSTANT.sub(r"2024-03-04\g<1>09:00\g<4>", shown)
    shown = NEW_DAY.sub("Mon 4 Mar 2024, 09:00 (just now)", shown)
    return "\n".join([f"$ onelane {line}", *(f"  {each}".rstrip() for each in shown.splitlines()), ""])


def outputs(width: int) -> list[str]:
    """What was shown at a width, without what was typed."""
    lines = (DATA / "terminal" / f"{width}.txt").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("  ") for line in lines if not line.startswith("$")]


def words_in(width: int) -> set[str]:
    """All words, whatever stands beside them."""
    return {word.strip(":;,") for line in outputs(width) for word in line.split() if not set(word) & PARTS}


def commands() -> set[str]:
    """All that can be typed, and is no alias."""
    return {entry.name for entry in MENU if not entry.is_group} | groups_commands()


def groups_commands() -> set[str]:
    """The commands of groups, each behind its group's name."""
    found: set[str] = set()
    for entry in MENU:
        if entry.is_group:
            group = typer.Typer()
            import_module(entry.module).add_to(group)
            found |= {f"{entry.name} {command.name}" for command in group.registered_commands}
    return found
