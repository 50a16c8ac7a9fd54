"""Races between processes: each does the same thing to one database, all from the same moment."""

from pathlib import Path

from onelane.storage.database.engine import Database
from tests.acceptance.processes import run_module

PROJECT = Path(__file__).parents[2]


def race(database: Database, what: str, *arguments: str, processes: int) -> list[str]:
    """Let `processes` processes do `what`; what each of them said."""
    url = database.url.render_as_string(hide_password=False)
    lines = run_module("tests.storage.racers", [url, str(processes), what, *arguments], cwd=PROJECT).splitlines()
    assert len(lines) == processes
    return lines
