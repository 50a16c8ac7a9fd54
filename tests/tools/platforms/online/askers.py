"""Processes that ask one platform at once, for `test_limits.py`: each by a clock of its own, and a server that counts.

usage: python -m tests.tools.platforms.online.askers URL ACCOUNT PROCESSES AHEAD_SECONDS DATE

The processes' clock is as far ahead of the server's as is said; they hear its dates, or (DATE is `undated`) do not. In
each of some windows they ask until they must wait, then once more in its last second. It tells as JSON how many
requests came in all, how many of them in a last second, and how many though nothing was left.
"""

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx2

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.storage.database.engine import Database
from tests.tools.platforms.online.limited_server import WINDOW, LimitedServer, ask_until_closed

BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC).timestamp()
WINDOWS, LIMIT = 2, 7


class Together:
    """What the processes share: the time, the server's address, and when to go on."""

    def __init__(self, processes: int) -> None:
        fork = multiprocessing.get_context("fork")
        self.now, self.port = fork.Value("d", BEGAN), fork.Value("i", 0)
        self.barrier = fork.Barrier(processes + 1)

    def clock(self, ahead_seconds: float) -> Callable[[], datetime]:
        """The time, by a clock that is so far ahead."""
        return lambda: datetime.fromtimestamp(self.now.value, UTC) + timedelta(seconds=ahead_seconds)

    def pass_time(self, seconds: float) -> None:
        """Move all clocks on; nobody asks meanwhile."""
        with self.now.get_lock():
            self.now.value += seconds


def ask(together: Together, url: str, account_id: str, ahead_seconds: float, unheard: str) -> None:
    """What one process does, which does not hear one of the headers."""
    database = Database(url, clock=together.clock(ahead_seconds))
    together.barrier.wait()
    with httpx2.Client(verify=False) as client:

        def answering(request: httpx2.Request) -> httpx2.Response:
            answer = client.get(f"http://127.0.0.1:{together.port.value}/")
            headers = {name: value for name, value in answer.headers.items() if name != unheard}
            return httpx2.Response(answer.status_code, content=answer.content, headers=headers)

        for _ in range(WINDOWS):
            ask_until_closed(database, answering, account_id)
            together.barrier.wait()
            together.barrier.wait()
            ask_until_closed(database, answering, account_id, most=1)
            together.barrier.wait()
            together.barrier.wait()
    database.close()


def lead(together: Together) -> Sequence[int]:
    """Be the platform, and let time pass when all wait."""
    server, too_soon = LimitedServer(together.clock(0), limit=LIMIT), 0

    def counted(_: DoubleRequest) -> DoubleAnswer:
        answer = server(httpx2.Request("GET", "http://127.0.0.1/"))
        # Written as the double writes its own, so that there is one date.
        headers = {name.title(): value for name, value in answer.headers.items() if name != "content-length"}
        return DoubleAnswer(answer.status_code, answer.content, headers)

    with serve_double(Double({"GET /": counted})) as running:
        together.port.value = int(running.url.rpartition(":")[2])
        together.barrier.wait()
        for _ in range(WINDOWS):
            together.barrier.wait()
            asked = server.asked
            together.pass_time(WINDOW.total_seconds() - 1)
            together.barrier.wait()
            together.barrier.wait()
            too_soon += server.asked - asked
            together.pass_time(1)
            together.barrier.wait()
    return server.asked, too_soon, server.early


def main(url: str, account_id: str, processes: str, ahead_seconds: str, date: str) -> None:
    together = Together(int(processes))
    fork = multiprocessing.get_context("fork")
    asked = (together, url, account_id, float(ahead_seconds), "date" if date == "undated" else "")
    started = [fork.Process(target=ask, args=asked) for _ in range(int(processes))]
    for process in started:
        process.start()
    # Only now, for a process with threads is not forked.
    answer = lead(together)
    for process in started:
        process.join()
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
