"""The command `onelane`, typed in this process: quicker than a new one, and the same code from the first word on."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.entry_point import main


@dataclass(frozen=True)
class Typed:
    """What came of typing a command."""

    code: int | str | None
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Where one types; it sees only what the test put there.

    Args:
        folder: holds everything: Onelane's home and the person's own
        monkeypatch: sets the environment for the length of the test
        capsys: reads what is printed
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        for name in list(os.environ):
            if name.startswith(("ONELANE_", "ANTHROPIC_", "XDG_", "CLAUDE_")):
                self.monkeypatch.delenv(name)
        self.set(HOME=str(self.folder), ONELANE_HOME=str(self.home), PATH="/usr/bin:/bin", NO_COLOR="1")

    @property
    def home(self) -> Path:
        """Onelane's home."""
        return self.folder / "home"

    def set(self, **environment: str) -> None:
        """Change the environment."""
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)

    def type(self, *arguments: str | Path) -> Typed:
        """Type `onelane` and these arguments."""
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        return Typed(ended.value.code or 0, printed.out, printed.err)

    def json(self, *arguments: str | Path) -> Any:
        """The JSON that a command prints, which has to go well."""
        done = self.type(*arguments, "--json")
        assert done.code == 0, done.err
        return done.json
