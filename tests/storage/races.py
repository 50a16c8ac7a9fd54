"""Races between processes: each does the same thing to one database, all from the same moment."""

import subprocess
import sys
from pathlib import Path

from onelane.storage.database.engine import Database

RACER = Path(__file__).with_name("racer.py")


def race(database: Database, what: str, *arguments: str, processes: int) -> list[str]:
    """Let `processes` processes do `what`; what each of them said."""
    url = database.url.render_as_string(hide_password=False)
    racers = [
        subprocess.Popen(
            [sys.executable, RACER, url, what, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.communicate()[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * processes
    return said
