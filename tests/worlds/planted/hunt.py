"""Plants one fault at a time into a copy of the tree and lets worlds find it: `python -m tests.worlds.planted.hunt`.

With names, or parts of them, only these faults. A line for each says whether it was found, by which promise, of which
seed and in how long.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.worlds.planted.fault import Fault, read_faults
from tests.worlds.planted.search import DAYS

PROJECT = Path(__file__).resolve().parents[3]
PACKAGES, BESIDE = ("server", "tools", "storage", "prompts"), ("tests", "pyproject.toml")
MINUTES = 30.0
AT_ONCE = int(os.environ.get("ONELANE_HUNTS_AT_ONCE", "2"))


@dataclass(frozen=True)
class Hunted:
    """What came of one fault.

    Args:
        fault: which
        found: whether a promise was broken
        by: the promises
        said: the first sentence
        seed: of the world
        seconds: machine time until then
    """

    fault: Fault
    found: bool
    by: tuple[str, ...]
    said: str
    seed: int
    seconds: float

    def __str__(self) -> str:
        how = "found" if self.found else "NOT FOUND"
        by = ", ".join(self.by)
        return f"{how:<9} {self.seconds:>7.1f} s  seed {self.seed:<4} {self.fault.name}  [{by}] {self.said[:160]}"


def hunt(fault: Fault, *, minutes: float = MINUTES, days: float = DAYS) -> Hunted:
    """Plant a fault and search for it."""
    with TemporaryDirectory(prefix="onelane-planted-") as folder:
        root = planted_tree(Path(folder) / "tree", fault)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.worlds.planted.search",
                "--minutes",
                str(minutes),
                "--days",
                str(days),
                "--storm",
                fault.storm,
                "--promises",
                *fault.seen_by,
            ],
            cwd=root,
            # The installed package is the checkout itself: the copy has to come first.
            env={
                **os.environ,
                "PYTHONPATH": f"{root / '.ci' / 'imports'}{os.pathsep}{root}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    report: dict[str, Any] = json.loads(lines[-1]) if lines else {"found": False, "said": [done.stderr[-500:]]}
    said: Sequence[str] = report["said"]
    by = tuple(dict.fromkeys(each.partition(":")[0] for each in said))
    seed, seconds = int(report.get("seed", 0)), float(report.get("seconds", 0))
    return Hunted(fault, bool(report["found"]), by, (said[0] if said else "").partition("\n")[0], seed, seconds)


def planted_tree(to: Path, fault: Fault) -> Path:
    """A tree that is the checkout but for the files of a fault: all else in it is a link, and it is there at once."""
    imports = to / ".ci" / "imports" / "onelane"
    imports.mkdir(parents=True)
    for name in PACKAGES:
        (to / name).symlink_to(PROJECT / name)
        (imports / name).symlink_to(to / name)
    for name in BESIDE:
        (to / name).symlink_to(PROJECT / name)
    for file, text in fault.patched(PROJECT).items():
        place = _own_folder(to, Path(file).parent) / Path(file).name
        place.unlink()
        place.write_text(text, encoding="utf-8")
    return to


def _own_folder(to: Path, folder: Path) -> Path:
    """A folder of the tree that is its own, with links to all that is in it."""
    here = to
    for part in folder.parts:
        here /= part
        if here.is_symlink():
            source = here.resolve()
            here.unlink()
            here.mkdir()
            for each in source.iterdir():
                # What was compiled is not what stands there now.
                if each.name != "__pycache__":
                    (here / each.name).symlink_to(each)
    return here


def hunt_all(faults: Sequence[Fault], *, minutes: float = MINUTES, days: float = DAYS) -> Iterator[Hunted]:
    """Hunt for each, some at once; what is found first comes first."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        hunts = [pool.submit(hunt, each, minutes=minutes, days=days) for each in faults]
        for done in as_completed(hunts):
            yield done.result()


def main(words: Sequence[str]) -> None:
    """Hunt for the faults whose names have one of the words, or for all."""
    faults = [each for each in read_faults() if not words or any(word in each.name for word in words)]
    minutes = float(os.environ.get("ONELANE_HUNT_MINUTES", MINUTES))
    found = 0
    for hunted in hunt_all(faults, minutes=minutes):
        found += hunted.found
        sys.stdout.write(f"{hunted}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{found} of {len(faults)} planted faults found\n")


if __name__ == "__main__":
    main(sys.argv[1:])
