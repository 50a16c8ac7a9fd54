"""Workers that move and send sequences, killed again and again. Started by `test_kills_of_sending.py`.

usage: python -m tests.acceptance.senders SEED KILLS AT_ONCE BEGAN SPEED LONGEST_S

So many work at once, on a clock that runs SPEED times as fast since BEGAN. One of them is killed with SIGKILL, a random
moment of at most LONGEST_S after the last kill, and another is born, until there were so many kills; the last ones live
until the input ends.
"""

import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onelane.server.app import open_onelane
from tests.acceptance.workers import born, get_ready, kill

_NEEDED = (
    "apscheduler.schedulers.background",
    "apscheduler.triggers.interval",
    "cryptography.hazmat.primitives.ciphers.aead",
    "onelane.tools.outreach.moving.mover",
    "onelane.tools.outreach.sending.recovery",
    "onelane.tools.outreach.sending.settling",
    "onelane.tools.outreach.sending.transmission",
)
"""What workers import late."""
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
    get_ready(_NEEDED)
    chance, clock = random.Random(int(seed)), FastClock(float(began), float(speed))

    def sender() -> int:
        return born(lambda settings: open_onelane(settings, clock=clock))

    living = [sender() for _ in range(int(at_once))]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    for _ in range(int(kills)):
        # Between births nothing is done but waiting: a moment is what is left to chance.
        signal.sigtimedwait({signal.SIGALRM}, chance.uniform(SHORTEST_S, float(longest_s)))
        kill(living.pop(chance.randrange(len(living))))
        living.append(sender())
    sys.stdout.write("killed\n")
    sys.stdout.flush()
    sys.stdin.read()
    for pid in living:
        kill(pid)


if __name__ == "__main__":
    main()
