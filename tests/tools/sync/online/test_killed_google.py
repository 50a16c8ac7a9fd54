"""A delta of the address book and a full pass of a mailbox are killed with `kill -9`, and nothing of it is seen."""

import os
import random
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import sleep

import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Handler, serve_double
from onelane.server.cli.doubles.google_people import person_fields
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online import google_lives
from tests.tools.sync.online.google_world import GoogleWorld
from tests.tools.sync.online.test_killed_syncs import lives_of

PEOPLE, MAILS, PAGE_SIZE = (4_000, 2_000, 20) if FULL else (60, 40, 10)
KILLS = 50 if FULL else 2
KINDS = ("sqlite", "postgresql") if FULL else ("sqlite",)
WAIT_S = 120


class Moment:
    """Comes with a request of a double.

    Args:
        routes: the double's, each of which is counted
        is_held: whether that request gets no answer until the moment is over
    """

    def __init__(self, routes: Mapping[str, Handler], *, is_held: bool) -> None:
        self._come, self._over, self._left, self._is_held = threading.Event(), threading.Event(), 0, is_held
        self.routes = {route: self._counted(handler) for route, handler in routes.items()}

    def after(self, requests: int) -> None:
        """It comes with so many more requests."""
        self._come.clear()
        self._over.clear()
        self._left = requests

    def wait(self) -> None:
        """Wait until it has come."""
        assert self._come.wait(WAIT_S)

    def end(self) -> None:
        """It is over."""
        self._over.set()

    def _counted(self, handler: Handler) -> Handler:
        def counted(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            self._left -= 1
            if self._left == 0:
                self._come.set()
                if self._is_held:
                    self._over.wait(WAIT_S)
            return handler(request, **parts)

        return counted


def put(world: GoogleWorld, company: str) -> None:
    for number in range(1, PEOPLE + 1):
        world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com", company=company))


def killed(world: GoogleWorld, sub_type: str, before: int, requests: Callable[[random.Random], int]) -> None:
    """A sync over real HTTP that is killed at random moments, and then goes on to its end."""
    chance, moment = random.Random(14), Moment(world.at_google.routes, is_held=not FULL)
    world.at_google.routes = moment.routes
    with (
        serve_double(world.at_google) as running,
        lives_of(world.database, running.url, google_lives.__name__, f"{sub_type}:{before}") as sync,
    ):
        for _ in range(KILLS):
            moment.after(requests(chance))
            life = sync.begin()
            moment.wait()
            if FULL:
                # Before the answer has come, while the page is written, or behind its commit.
                sleep(chance.uniform(0, 0.04))
            os.kill(life, signal.SIGKILL)
            assert sync.end() == -signal.SIGKILL
            moment.end()
        sync.begin()
        assert sync.end() == 0


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> GoogleWorld:
    return GoogleWorld(request.getfixturevalue(f"{request.param}_database"), clock, tmp_path)


def test_a_killed_delta_of_the_address_book_asks_for_no_page_twice_but_the_one_in_flight(world: GoogleWorld) -> None:
    world.connect()
    world.google.book.page_size = PAGE_SIZE
    put(world, "Engines")
    world.sync("gmail_contacts")
    put(world, "Looms")
    world.at_google.requests.clear()
    pages = PEOPLE // PAGE_SIZE
    killed(world, "gmail_contacts", 1, lambda chance: chance.randint(1, max(1, pages // (KILLS + 1))))
    assert world.rows("SELECT company, count(*) FROM contacts GROUP BY company") == [("Looms", PEOPLE)]
    assert world.rows("SELECT status, count(*) FROM workflow_runs GROUP BY status") == [("completed", 2)]
    asked = [request.first("pageToken") for request in world.at_google.requests]
    assert len(set(asked)) == pages
    assert len(asked) - pages <= KILLS
    assert {request.first("syncToken") for request in world.at_google.requests} == {f"ST-{PEOPLE}"}


def test_a_killed_pass_over_a_mailbox_asks_for_no_mail_twice_but_those_in_flight(world: GoogleWorld) -> None:
    world.connect()
    mailbox = world.google.mailbox
    mailbox.page_size, mailbox.units_a_minute = PAGE_SIZE, 10**9
    for number in range(MAILS):
        headers = {"From": f"Ada N{number} <p{number}@example.com>", "To": "Me <me@example.com>"}
        mailbox.deliver(f"18f{number:013x}", headers, at=world.clock())
    killed(world, "gmail_metadata", 0, lambda chance: chance.randint(1, MAILS // (KILLS + 1)))
    assert world.rows("SELECT count(*), count(DISTINCT platform_engagement_id) FROM engagements") == [(MAILS, MAILS)]
    assert world.rows("SELECT status, count(*) FROM workflow_runs GROUP BY status") == [("completed", 1)]
    mails = [request.path for request in world.at_google.requests if "/messages/" in request.path]
    lists = [request for request in world.at_google.requests if request.path.endswith("/messages")]
    assert len(set(mails)) == MAILS
    assert len(mails) - MAILS <= KILLS * PAGE_SIZE
    assert len(lists) - len({request.first("pageToken") for request in lists}) <= KILLS
