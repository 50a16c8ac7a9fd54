"""What a turn of an agent costs beside the model: ours, with every step recorded, and what others take for it.

    python -m tests.bench.bench_agent [--turns 200] [--rounds 3] [--only bare onelane]

A turn is a thought and one call of a tool that does nothing. Each contestant is a process of its own and asks, over
real HTTP, the same stand-in, which is another. A turn's time is what passes between the stand-in's answer and the next
request in full, so that the stand-in's own time is not in it; what that is, is printed as well. The conversation grows
with the turns, and with it what the SDK has to send: beside each figure stands how much of it comes on top of the bare
SDK loop at the same turn of the same round. Contestants take turns; figures are medians over the rounds.

Nothing is asserted: machines are noisy, so compare within one run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.bench.figures import Figure, tell

NAMES = {
    "bare": "bare SDK loop, nothing kept",
    "runner": "SDK's tool_runner, nothing kept",
    "onelane": "onelane, every step in SQLite",
    "langgraph": "LangGraph + SQLite, written beside",
    "langgraph-sync": "LangGraph + SQLite, written first",
    "pydantic-ai": "pydantic-ai, nothing kept",
}
FLOOR = "bare"
EARLY, LATE = slice(0, 20), slice(-20, None)
IMPORTS = "import time; t = time.perf_counter(); import anthropic, genai_prices; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Conversation:
    """One conversation of a contestant, in milliseconds."""

    turns_ms: Sequence[float]
    stand_in_ms: Sequence[float]
    cpu_ms: float
    """Of the processor, for each turn."""


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns-only", action="store_true", help="not how soon a run begins")
    parser.add_argument("--only", nargs="+", choices=list(NAMES), default=list(NAMES))
    arguments = parser.parse_args(typed)
    names = [name for name in NAMES if name == FLOOR or name in arguments.only]
    with stand_in() as url:
        played = play(names, url, arguments.turns, arguments.rounds)
        show_turns(played, arguments.turns, arguments.rounds)
        begins = [] if arguments.turns_only else [show_start(url, arguments.rounds)]
    return tell([*(turn_figure(each, played) for each in ("onelane",) if each in played), *begins])


def turn_figure(name: str, played: dict[str, list[Conversation]]) -> Figure:
    """A turn at the median, beside the bare loop."""
    turns = len(played[FLOOR][0].turns_ms)
    ours, floor = (middle([one.turns_ms for one in played[each]], slice(None)) for each in (name, FLOOR))
    return Figure(f"a turn of an agent outside the model, of {turns}, every step kept", ours, "ms", floor, NAMES[FLOOR])


@contextmanager
def stand_in() -> Generator[str]:
    """The address of the stand-in while it runs."""
    command = [sys.executable, "-m", "tests.bench.quick_messages"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def play(names: Sequence[str], url: str, turns: int, rounds: int) -> dict[str, list[Conversation]]:
    """All conversations, by contestant; who is not installed is left out, and it is said so."""
    played: dict[str, list[Conversation]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in list(played):
            said: dict[str, Any] = answered("agent_contestants", name, "--url", url, "--turns", str(turns))
            if "missing" in said:
                print(f"{NAMES[name]}: left out, for {said['missing']} is not installed; `make bench` installs it")
                del played[name]
            else:
                played[name].append(conversation(said, turns))
    return played


def answered(module: str, *arguments: str) -> Any:
    """What a process of ours prints."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def conversation(said: dict[str, Any], turns: int) -> Conversation:
    """From when the stand-in was asked and had answered."""
    times: list[tuple[float, float]] = said["times"]
    assert len(times) == turns + 1, f"{len(times)} requests for {turns} turns"
    between = pairwise(times)
    return Conversation(
        turns_ms=[(following[0] - this[1]) * 1000 for this, following in between],
        stand_in_ms=[(sent - arrived) * 1000 for arrived, sent in times],
        cpu_ms=said["cpu_s"] * 1000 / turns,
    )


def show_turns(played: dict[str, list[Conversation]], turns: int, rounds: int) -> None:
    """A line for each contestant."""
    first, last = f"turns 1-{EARLY.stop}", f"turns {turns + LATE.start + 1}-{turns}"
    print(f"a turn with one tool call outside the model's time, ms; {turns} turns x {rounds} rounds")
    print(f"{'':36}{'p50':>7}{'p95':>7}  {first:>12}  {last:>13}{'CPU':>7} | above the bare loop: p50, first, last")
    for name, conversations in played.items():
        pairs = list(zip(conversations, played[FLOOR], strict=True))
        own = [middle([one.turns_ms for one in conversations], part) for part in (slice(None), EARLY, LATE)]
        above = [middle([over(one, floor) for one, floor in pairs], part) for part in (slice(None), EARLY, LATE)]
        p95 = statistics.median(late(one.turns_ms) for one in conversations)
        cpu = statistics.median(one.cpu_ms for one in conversations)
        print(
            f"{NAMES[name]:36}{own[0]:7.2f}{p95:7.2f}  {own[1]:12.2f}  {own[2]:13.2f}{cpu:7.2f} | "
            f"{above[0]:+6.2f} {above[1]:+6.2f} {above[2]:+6.2f}"
        )
    stood = [one.stand_in_ms for one in played[FLOOR]]
    print(f"the stand-in, not counted: {middle(stood, EARLY):.3f} ms at first, {middle(stood, LATE):.3f} ms at last")


def late(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[min(len(times) - 1, round(0.95 * len(times)))]


def over(one: Conversation, floor: Conversation) -> list[float]:
    """How much longer each turn took than the same one of the bare loop."""
    return [mine - least for mine, least in zip(one.turns_ms, floor.turns_ms, strict=True)]


def middle(rounds: Sequence[Sequence[float]], part: slice) -> float:
    """The median over the rounds of the medians of a part of the turns."""
    return statistics.median(statistics.median(each[part]) for each in rounds)


def show_start(url: str, rounds: int) -> Figure:
    """From `start_run` to the first request at the provider."""
    took = [answered("agent_start", "--url", url, "--rounds", "20") for _ in range(rounds)]
    first, later = [each[0] * 1000 for each in took], [one * 1000 for each in took for one in each[1:]]
    command = [sys.executable, "-c", IMPORTS]
    imports = [float(subprocess.check_output(command, text=True)) * 1000 for _ in range(rounds)]
    print("from start_run to the first request at the provider, all tools")
    p95 = late(later)
    cold, alone = statistics.median(first), statistics.median(imports)
    print(f"  first run of a process {cold:7.0f} ms; imports alone {alone:.0f} ms")
    print(f"  every later one        {statistics.median(later):7.1f} ms; p95 {p95:.1f} ms")
    return Figure("from start_run to the first request, first run of a process", cold, "ms", alone, "its imports alone")


if __name__ == "__main__":
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}")
    main()
