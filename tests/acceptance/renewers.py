"""Processes that need an account's token at the same moment, for `test_renewing.py`.

usage: python -m tests.acceptance.renewers

Each line on stdin is a JSON list, which a fork carries out; then a line says how that ended, and what it told.

    [URL, PLATFORM, ACCOUNT, PROCESSES, ROUNDS] tells what each process was given, round by round
    [URL, PLATFORM, ACCOUNT, POINT] dies at one point of a renewal: as the answer begins (`answered`), once it was read
    (`read`), or as the new tokens are about to be committed (`written`)
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from multiprocessing.synchronize import Barrier

import httpx2
from sqlalchemy import event

from onelane.storage.database.engine import Database, utc_now
from onelane.tools.platforms.online.account_bearer import AccountBearer
from onelane.tools.registry.context import Services
from onelane.tools.registry.ports.online import Online
from tests.online_accounts import client_of_this_machine, services_at
from tests.storage.racers import born

_SEALING = ("cryptography.hazmat.primitives.ciphers.aead", "onelane.tools.platforms.online.answers")
_HOURS_A_ROUND = 3
"""Longer than a token lasts."""


class MortalClient(httpx2.Client):
    """Ends its process as an answer begins, or once it was read."""

    point = "read"

    def send(self, *args: object, **named: object) -> httpx2.Response:
        """Send a request, and perhaps die."""
        answer = super().send(*args, **named)  # pyright: ignore[reportArgumentType] - handed on as it is
        if self.point == "answered":
            die()
        return answer

    def close(self) -> None:
        """Die, for the answer was read."""
        if self.point == "read":
            die()
        super().close()

    def __exit__(self, *args: object) -> None:
        self.close()


def die(*_: object) -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def renew_until(point: str, services: Services, account_id: str) -> None:
    """Renew, and die at a point of it."""
    MortalClient.point = point
    mortal = replace(services, online=Online(services.online.settings, lambda: MortalClient(timeout=30)))
    if point == "written":
        event.listen(services.database.engine, "commit", die)
    AccountBearer(mortal, account_id).token()


@contextmanager
def open_services(database_url: str, platform_url: str, hours: list[int]) -> Generator[Services]:
    """What tools work with, so many hours later than it is."""
    database = Database(database_url, clock=lambda: utc_now() + timedelta(hours=hours[0]))
    yield replace(services_at(platform_url, database))
    database.close()


def tokens(database_url: str, platform_url: str, account_id: str, rounds: int, together: Barrier) -> list[str]:
    """What one process is given, round by round, each a little later than the last token ends."""
    given: list[str] = []
    hours = [_HOURS_A_ROUND]
    with open_services(database_url, platform_url, hours) as services:
        bearer = AccountBearer(services, account_id)
        for _ in range(rounds):
            together.wait()
            given.append(bearer.token())
            together.wait()
            hours[0] += _HOURS_A_ROUND
    return given


def compete(database_url: str, platform_url: str, account_id: str, processes: int, rounds: int) -> list[list[str]]:
    """Run so many processes so many rounds; what each was given."""
    # From a process without threads, so that a fork is safe and quick.
    fork = multiprocessing.get_context("fork")
    together, queue = fork.Barrier(processes), fork.SimpleQueue()

    def run() -> None:
        queue.put(tokens(database_url, platform_url, account_id, rounds, together))

    started = [fork.Process(target=run) for _ in range(processes)]
    for process in started:
        process.start()
    given = [queue.get() for _ in started]
    for process in started:
        process.join()
    return given


def carry_out(database_url: str, platform_url: str, account_id: str, *rest: str) -> list[list[str]]:
    """Compete, or die."""
    if len(rest) == 1:
        with open_services(database_url, platform_url, [_HOURS_A_ROUND]) as services:
            renew_until(rest[0], services, account_id)
        return []
    processes, rounds = map(int, rest)
    return compete(database_url, platform_url, account_id, processes, rounds)


def forked(asked: list[str]) -> tuple[int, str]:
    """Carry out in a fork what was asked; how that ended, and what it told."""
    reads, writes = os.pipe()

    def run() -> None:
        os.write(writes, json.dumps(carry_out(*asked)).encode())

    pid = born(run)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), pipe.read()


def main() -> None:
    # All that a renewal needs, so that forks need not load it again.
    for module in ("onelane.storage.metadata", "authlib.integrations.httpx_client", "authlib.oauth2.client", *_SEALING):
        import_module(module)
    client_of_this_machine().close()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
