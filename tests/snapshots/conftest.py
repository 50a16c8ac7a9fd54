"""Snapshots: what Onelane told and did when somebody last looked, in files, so that a change is seen as a difference.

`ONELANE_UPDATE_SNAPSHOTS=1 pytest tests/snapshots` writes what it tells and does now; look at the difference.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Snapshots:
    """The files that are kept.

    Args:
        is_update: write them instead of comparing with them
    """

    is_update: bool

    def compare(self, name: str, text: str) -> None:
        """Say whether this file has this text."""
        self.compare_all(name, {name: text})

    def compare_all(self, pattern: str, texts: Mapping[str, str]) -> None:
        """Say whether these texts by name are the files that the pattern finds, and no others."""
        if self.is_update:
            _write(pattern, texts)
        kept = {file.relative_to(DATA).as_posix(): file.read_text(encoding="utf-8") for file in DATA.glob(pattern)}
        assert sorted(texts) == sorted(kept)
        for name, text in texts.items():
            # Of lists the first difference is shown at once, of long texts only after minutes.
            assert text.splitlines() == kept[name].splitlines(), name


@pytest.fixture(scope="session")
def snapshots() -> Snapshots:
    """Asks for the environment before a test sets its own."""
    return Snapshots(os.environ.get("ONELANE_UPDATE_SNAPSHOTS") == "1")


def _write(pattern: str, texts: Mapping[str, str]) -> None:
    for file in DATA.glob(pattern):
        file.unlink()
    for name, text in texts.items():
        (DATA / name).parent.mkdir(parents=True, exist_ok=True)
        (DATA / name).write_text(text, encoding="utf-8", newline="\n")
