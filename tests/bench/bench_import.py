"""An import as a person has it: `onelane sync linkedin_contacts` on a large file, twice, and the server meanwhile.

    python -m tests.bench.bench_import [--rows 100000] [--rounds 3]

Prints contacts a second by the run's own clock and by the whole command's, the command's processor time beside that of
the floor (the same rows by `executemany`, and the file read by `csv`), its peak memory, and how long
`GET /api/workflows` takes while the server itself carries the import out. Medians over the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from tests.acceptance.processes import Home, onelane
from tests.acceptance.serving import serving
from tests.bench import import_floor
from tests.bench.figures import Figure, tell
from tests.samples.linkedin import linkedin_connections


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commands-only", action="store_true", help="not what a server answers meanwhile")
    arguments = parser.parse_args(typed)
    with tempfile.TemporaryDirectory() as folder:
        file = linkedin_connections(Path(folder) / "Connections.csv", arguments.rows)
        rounds: list[list[dict[str, float]]] = []
        floors: list[float] = []
        for number in range(arguments.rounds):
            home = Path(folder) / f"home-{number}"
            rounds.append(commands(home, file))
            floors.append(floor(home, file))
        show_commands(rounds, arguments.rows, statistics.median(floors))
        cpu_s = statistics.median(first["cpu_s"] for first, _ in rounds)
        work = f"import of {arguments.rows:,} people, the whole command"
        figure = Figure(work, cpu_s, "s of CPU", statistics.median(floors), "the same rows inserted, and csv")
        if arguments.commands_only:
            return tell([figure])
        latencies = [served(Path(folder) / f"served-{n}", file) for n in range(arguments.rounds)]
    p95s = [sorted(each)[int(len(each) * 0.95)] * 1000 for each in latencies]
    answered = round(statistics.median(len(each) for each in latencies))
    print(f"GET /api/workflows meanwhile: p95 {statistics.median(p95s):.1f} ms (of {answered} requests)")
    return tell([figure, Figure("GET /api/workflows during that import, p95", statistics.median(p95s), "ms")])


def commands(home: Path, file: Path) -> list[dict[str, float]]:
    """The import and its repetition, each as a command of its own."""
    home.mkdir()
    return [command(Home(home), file) for _ in range(2)]


def floor(home: Path, file: Path) -> float:
    """The processor time of the floor, in seconds."""
    command = [sys.executable, import_floor.__file__, str(home / "onelane.db"), str(file)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def command(home: Home, file: Path) -> dict[str, float]:
    """One import: seconds by the run and by the command, and the command's peak memory in MB."""
    started = perf_counter()
    process = home.start("sync", "linkedin_contacts", str(file), "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as printed, process.stderr:
        run = json.loads(printed.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert status == 0, status
    result = run["result"]
    return {
        "command_s": perf_counter() - started,
        "run_s": result["durationMs"] / 1000,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
        "added": result["added"],
    }


def show_commands(rounds: Sequence[Sequence[dict[str, float]]], rows: int, floor_s: float) -> None:
    """The medians of the first imports and of the second ones, beside the floor's processor time."""
    for name, each in zip(("first import", "same again"), zip(*rounds, strict=True), strict=True):
        middle = {key: statistics.median(one[key] for one in each) for key in each[0]}
        print(
            f"{name:13} {rows / middle['run_s']:8.0f}/s by the run  {rows / middle['command_s']:8.0f}/s by the command "
            f"CPU {middle['cpu_s']:.2f} s, floor {floor_s:.2f} s, ratio {middle['cpu_s'] / floor_s:.2f}  "
            f"peak {middle['peak_mb']:.0f} MB  added {middle['added']:.0f}"
        )


def served(folder: Path, file: Path) -> list[float]:
    """How long each request took while the server carried out an import."""
    folder.mkdir()
    home = Home(folder)
    took: list[float] = []
    with serving(home) as address:
        importing = threading.Thread(target=home.run, args=("sync", "linkedin_contacts", str(file), "--json"))
        importing.start()
        while importing.is_alive():
            started = perf_counter()
            urllib.request.urlopen(f"{address}/api/workflows", timeout=60).read()
            took.append(perf_counter() - started)
        importing.join()
    return took


if __name__ == "__main__":
    print(f"{' '.join(onelane())} on {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    main()
