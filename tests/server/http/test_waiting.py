"""What takes its time keeps nobody else from writing, in the server and in other processes."""

import json
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.acceptance.processes import WAIT_S, Home
from tests.acceptance.serving import serving
from tests.proof import FULL

ENTRIES = 60_000 if FULL else 10_000
LONGEST_WAIT_S, MOST_TIMES = 0.05, 4
"""How long a write may take, or how many times as long as without a look on a machine that is that busy."""
BEFORE = 25
NAMES = ("csv", "js", "vcf", "xml", "mbox")

Waits = Mapping[str, list[float]]


def test_others_write_while_a_zip_of_many_files_is_looked_at(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as container:
        for number in range(ENTRIES):
            container.writestr(f"{number}.{NAMES[number % len(NAMES)]}", "a")
    home = Home(tmp_path / "home", settings={"ONELANE_IMPORT_DIRS": str(tmp_path)})
    statuses: list[int] = []
    with serving(home) as url, closing(other_writer(home)) as other:
        undisturbed = waits(url, other, lambda numbers: numbers < BEFORE)
        body = {"subType": "linkedin_contacts", "file": "export.zip"}
        looker = threading.Thread(target=lambda: statuses.append(posted(f"{url}/api/workflows/sync", body)))
        looker.start()
        meanwhile = waits(url, other, lambda numbers: looker.is_alive())
        looker.join()
    assert statuses == [400]
    for who, times in meanwhile.items():
        before = undisturbed[who]
        sys.stdout.write(
            f"{who}: {in_words(before)} undisturbed, {in_words(times)} while {ENTRIES} entries are looked at\n"
        )
        # Whoever waited for the look would have made one write meanwhile, however busy the machine is.
        assert len(times) > 5
        # What else the machine does holds up single writes, with a look or without one.
        assert not FULL or middle(times) < max(LONGEST_WAIT_S, MOST_TIMES * middle(before)), who


def other_writer(home: Home) -> sqlite3.Connection:
    """Another process than the server that writes into its database."""
    return sqlite3.connect(home.folder / "onelane.db", timeout=WAIT_S, isolation_level=None)


def waits(url: str, other: sqlite3.Connection, goes_on: Callable[[int], bool]) -> Waits:
    """How long each write takes, by who makes it, for as long as it goes on."""
    taken: dict[str, list[float]] = {"through the server": [], "in another process": []}
    while goes_on(len(taken["through the server"])):
        name = f"Template {time.monotonic_ns()}"
        began = time.perf_counter()
        assert posted(f"{url}/api/workflows/templates", {"name": name, "templateType": "outreach"}) == 201
        written = time.perf_counter()
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE workflow_templates SET description = ? WHERE name = ?", (name, name))
        other.execute("COMMIT")
        taken["through the server"].append(written - began)
        taken["in another process"].append(time.perf_counter() - written)
    return taken


def posted(url: str, body: Mapping[str, str]) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def middle(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2]


def in_words(times: Sequence[float]) -> str:
    return f"{middle(times) * 1000:.1f} ms, {max(times) * 1000:.0f} ms at most ({len(times)} writes)"
