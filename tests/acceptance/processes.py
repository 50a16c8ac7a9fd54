"""Real processes on a real home, for tests that look at the whole product."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.forks import COMMAND, ForkedProcess, take_terminal
from tests.proof import FULL

WAIT_S = 120
LONGEST_S = 1200 if FULL else 300
_FORKS = sys.platform == "linux"


@dataclass(frozen=True)
class Home:
    """A folder that `onelane` keeps everything in, and the command that works on it."""

    folder: Path
    database_url: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """More that the environment says."""

    @property
    def environment(self) -> dict[str, str]:
        """What the command sees: nothing of the person's own settings."""
        kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        chosen = {"ONELANE_HOME": str(self.folder), "NO_COLOR": "1"}
        database = {"ONELANE_DATABASE_URL": self.database_url} if self.database_url else {}
        return kept | chosen | database | dict(self.settings)

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        """Start the command and leave it running."""
        return begun(arguments, env=self.environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end.

        Args:
            given: what comes out of the pipe that is its stdin; None for no pipe
        """
        with self.start(*arguments, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE) as process:
            try:
                out, err = process.communicate(given, timeout=WAIT_S)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def answer(self, *arguments: str) -> Any:
        """What the command answers as JSON; it has to go well."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the SQLite database, read past the product."""
        connection = sqlite3.connect(f"file:{self.folder / 'onelane.db'}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def until(is_so: Callable[[], bool], process: "subprocess.Popen[str]", *, every_s: float = 0.25) -> None:
    """Wait for something while a process works; it fails when that ends first, or when it takes too long."""
    for _ in range(round(WAIT_S / every_s)):
        if is_so():
            return
        try:
            process.wait(timeout=every_s)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate())
    raise AssertionError("it does not come to that")


def _is_ours(name: str) -> bool:
    """Whether the product reads this variable, so that a test must not depend on the person's own."""
    return name.startswith(("ONELANE_", "ANTHROPIC_")) or name in ("TAVILY_API_KEY", "SERPER_API_KEY", "BRAVE_API_KEY")


def begun(arguments: Sequence[str], **more: Any) -> "subprocess.Popen[str]":
    """The command, just started. Where that can be done it is forked, which takes half the time of `onelane`.

    Args:
        arguments: what is typed after `onelane`
        more: as for `subprocess.Popen`
    """
    return begun_module(COMMAND, arguments, **more)


def begun_module(module: str, arguments: Sequence[str], **more: Any) -> "subprocess.Popen[str]":
    """A module as `python -m` carries it out, just started; forked where that can be done.

    Args:
        module: which one
        arguments: what is typed after it
        more: as for `subprocess.Popen`
    """
    if _FORKS:
        return ForkedProcess(module, arguments, **more)
    prepare = take_terminal if more.get("start_new_session") else None
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, text=True, preexec_fn=prepare, **more)  # noqa: PLW1509 - see there


def run_module(module: str, arguments: Sequence[str], **more: Any) -> str:
    """What a module prints that is carried out to its end; it has to go well.

    Args:
        module: which one
        arguments: what is typed after it
        more: as for `subprocess.Popen`
    """
    piped = subprocess.PIPE
    with begun_module(module, arguments, stdin=subprocess.DEVNULL, stdout=piped, stderr=piped, **more) as process:
        try:
            out, err = process.communicate(timeout=LONGEST_S)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0, err
    return out


def onelane() -> Sequence[str]:
    """The command, in the interpreter that runs the tests, from nothing."""
    return [sys.executable, "-m", COMMAND]
