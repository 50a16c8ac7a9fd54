"""Races between processes: each does the same thing to one database, all from the same moment."""

import subprocess
import sys
from pathlib import Path

from onelane.storage.database.engine import Database

RACERS = Path(__file__).with_name("racers.py")
LONGEST_S = 300


def race(database: Database, what: str, *arguments: str, processes: int) -> list[str]:
    """Let `processes` processes do `what`; what each of them said."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(RACERS), url, str(processes), what, *arguments]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=LONGEST_S).stdout.splitlines()
    assert len(said) == processes
    return said
