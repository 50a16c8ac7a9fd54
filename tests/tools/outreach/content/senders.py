"""A process that forks senders: each looks after what one before it may have left behind, and sends what is due.

usage: senders.py DATABASE_URL X_URL

For each number of minutes on stdin it forks one that lives so long after the beginning, says its process id, waits for
its end, and says how that was.
"""

import sys
from os import waitpid, waitstatus_to_exitcode, write

import httpx2

from onelane.storage.database.engine import Database
from onelane.tools.outreach.sending.recovery import take_over
from onelane.tools.outreach.sending.settling import settle_uncertain
from onelane.tools.outreach.sending.transmission import send_due
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import Online, OnlineSettings
from tests.databases import Clock
from tests.engines import idle_engine
from tests.storage.racers import born


def live(database_url: str, x_url: str, minutes: int) -> None:
    """Give what was cut off an outcome, look up what is uncertain, and send."""
    clock = Clock()
    clock.advance(minutes=minutes)
    database = Database(database_url, clock=clock)
    # Certificates take long to read, and nothing is encrypted here.
    online = Online(OnlineSettings(x_api_url=x_url), lambda: httpx2.Client(verify=False), pause=lambda seconds: None)
    services = Services(database, idle_engine(database), (), vault=Vault(lambda: b"k" * 32), online=online)
    take_over(database)
    settle_uncertain(database, services)
    send_due(database, services)
    database.close()


def main() -> None:
    database_url, x_url = sys.argv[1:]
    for line in sys.stdin:
        minutes = int(line)
        pid = born(lambda: live(database_url, x_url, minutes))  # noqa: B023 - it lives before the next line is read
        write(1, f"{pid}\n".encode())
        write(1, f"{waitstatus_to_exitcode(waitpid(pid, 0)[1])}\n".encode())


if __name__ == "__main__":
    main()
