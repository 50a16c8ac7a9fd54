"""Workers that move and send sequences, killed again and again. Started by `test_kills_of_sending.py`.

usage: python -m tests.acceptance.senders SEED KILLS AT_ONCE BEGAN SPEED LONGEST_S

So many work at once, on a clock that runs SPEED times as fast since BEGAN. One of them is killed with SIGKILL, a random
moment of at most LONGEST_S after the last kill, and another is born, until there were so many kills; the last ones live
until the input ends.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module

from onelane.server.app import open_onelane
from onelane.server.logs import logging_into
from onelane.server.settings import read_settings

_NEEDED = (
    "apscheduler.schedulers.background",
    "apscheduler.triggers.interval",
    "cryptography.hazmat.primitives.ciphers.aead",
    "onelane.tools.outreach.moving.mover",
    "onelane.tools.outreach.sending.recovery",
    "onelane.tools.outreach.sending.settling",
    "onelane.tools.outreach.sending.transmission",
)
"""What workers import late; whoever is short-lived imports nothing."""
SHORTEST_S = 0.2


@dataclass(frozen=True)
class FastClock:
    """A clock that runs faster than others.

    Args:
        began: since when, in seconds since 1970
        speed: how much faster
    """

    began: float
    speed: float

    def __call__(self) -> datetime:
        passed = (time.time() - self.began) * self.speed
        return datetime.fromtimestamp(self.began, UTC) + timedelta(seconds=passed)


def main() -> None:
    seed, kills, at_once, began, speed, longest_s = sys.argv[1:]
    for module in _NEEDED:
        import_module(module)
    assert threading.active_count() == 1, "a process with threads can't be forked safely"
    chance, clock = random.Random(int(seed)), FastClock(float(began), float(speed))
    living = [born(clock) for _ in range(int(at_once))]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    for _ in range(int(kills)):
        # Between births nothing is done but waiting: a moment is what is left to chance.
        signal.sigtimedwait({signal.SIGALRM}, chance.uniform(SHORTEST_S, float(longest_s)))
        kill(living.pop(chance.randrange(len(living))))
        living.append(born(clock))
    sys.stdout.write("killed\n")
    sys.stdout.flush()
    sys.stdin.read()
    for pid in living:
        kill(pid)


def born(clock: Callable[[], datetime]) -> int:
    """A new worker; its process."""
    pid = os.fork()
    if pid == 0:
        try:
            work(clock)
        finally:
            os._exit(1)
    return pid


def work(clock: Callable[[], datetime]) -> None:
    """Move and send for as long as one lives."""
    settings = read_settings()
    with logging_into(settings.home, on_stderr=False):
        open_onelane(settings, clock=clock).engine.serve()
        while True:
            signal.pause()


def kill(pid: int) -> None:
    """As a power cut would, but for the disk."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), f"a worker has ended by itself: {status}"


if __name__ == "__main__":
    main()
