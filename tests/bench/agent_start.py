"""How soon a run that is started asks the model, for `bench_agent.py`, in a process of its own:

    python -m tests.bench.agent_start --url URL --rounds 20

The first run finds the process as it is after the start; all after it find everything imported. What runs is the
product with all its tools.
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.agent_contestants import carried_out, opened_house, taken_times


def main() -> None:
    """Start one run after the other, and say how many seconds each took to its first request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    given = parser.parse_args()
    taken_times(given.url)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        house = opened_house(given.url, Path(folder), stack)
        started = [carried_out(house, 0) for _ in range(given.rounds + 1)]
    asked = [arrived for arrived, _ in taken_times(given.url)]
    print(json.dumps([arrived - start for start, arrived in zip(started, asked, strict=True)]))


if __name__ == "__main__":
    main()
