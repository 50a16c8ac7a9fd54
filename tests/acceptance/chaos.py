"""A load of runs on a PostgreSQL server that is disturbed: runs arrive steadily, and one sees how many end."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from onelane.server.app import Onelane, open_onelane
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows.dispatches import executing_since
from onelane.tools.registry.context import Caller, Face
from tests.acceptance.processes import WAIT_S, Home
from tests.databases import PostgresqlServer
from tests.samples.linkedin import linkedin_connections

PEOPLE_A_RUN = 3
LOOK_S = 0.5
WINDOW_S = 15.0
ENOUGH = 0.95
"""So much of the undisturbed rate must end in a window before the processes count as recovered."""
MOST_A_SECOND, PART_OF_CAPACITY = 4.0, 0.5
"""So many runs arrive a second: what this machine does now with ease, so that what is measured is the coming back."""
SAMPLE = 24


@dataclass
class Arrivals:
    """Imports that are handed in, at once or at a steady rate; what an absent database refuses is tried again."""

    onelane: Onelane
    folder: Path
    handed_in: int = 0
    refused: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def coming(self, a_second: float) -> Generator[None]:
        """Let them come while this lasts."""
        thread = threading.Thread(target=self._come, args=(a_second,), name="arrivals")
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def hand_in(self, number: int) -> None:
        """Hand in so many at once."""
        until = self.handed_in + number
        while self.handed_in < until:
            self._hand_in_one()

    def _come(self, a_second: float) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._hand_in_one()
            # What could not come while the database was away does not come all at once afterwards.
            due = max(due + 1 / a_second, time.monotonic() - 1)

    def _hand_in_one(self) -> None:
        path = self.folder / f"{self.handed_in}.csv"
        linkedin_connections(path, PEOPLE_A_RUN, first=self.handed_in * PEOPLE_A_RUN, preamble="")
        try:
            self.onelane.call("start_sync", {"sub_type": "linkedin_contacts", "file": str(path)}, Caller(Face.CLI))
        except DatabaseUnavailable:
            self.refused += 1
            self._over.wait(LOOK_S)
        else:
            self.handed_in += 1


class Workshop:
    """Two workers and a server on one database, and what they get done.

    Args:
        home: where they work
        server: the PostgreSQL server
    """

    def __init__(self, home: Home, server: PostgresqlServer) -> None:
        self.home = home
        self.server = server
        self.commands: Sequence[Sequence[str]] = (("worker",), ("worker",), ("serve", "--port", "0"))
        self.processes = [home.start(*command) for command in self.commands]
        self.database = Database(home.database_url or "")
        self.url = self.database.url
        self._never = threading.Event()

    def kill_and_start_again(self, place: int) -> None:
        """End a process without a warning, and start another in its place, as a supervisor does."""
        self.processes[place].kill()
        self.processes[place].communicate()
        self.processes[place] = self.home.start(*self.commands[place])

    def dead(self) -> list[str]:
        """The processes that ended by themselves, with what they complained about."""
        ended = [(place, each) for place, each in enumerate(self.processes) if each.poll() is not None]
        return [f"{self.commands[place]}: {each.communicate()[1][-2000:]}" for place, each in ended]

    def let_pass(self, seconds: float) -> None:
        """Let time pass while the processes work."""
        self._never.wait(seconds)

    def completed(self) -> int:
        """How many runs have ended well; as far as known while the database is away."""
        try:
            self._completed = int(self.answer("SELECT count(*) FROM workflow_runs WHERE status = 'completed'")[0])
        except DatabaseUnavailable:
            return self._completed
        return self._completed

    _completed = 0

    def answer(self, sql: str) -> tuple[Any, ...]:
        """The one row that the database answers."""
        with self.database.read() as session:
            return tuple(session.sql(sa.text(sql)).one())

    def wait_until_all_execute(self) -> None:
        """Wait until each process has begun to execute."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            with self.database.read() as session:
                if len(executing_since(session)) == len(self.commands):
                    return
            self.let_pass(LOOK_S)
        raise AssertionError(self.dead() or "not every process executes")

    def easy_rate(self, arrivals: Arrivals) -> float:
        """So many runs a second as the processes do with ease on this machine as it is now."""
        began, before = time.monotonic(), self.completed()
        arrivals.hand_in(SAMPLE)
        self.wait_for_all(before + SAMPLE)
        return min(MOST_A_SECOND, PART_OF_CAPACITY * SAMPLE / (time.monotonic() - began))

    def rate(self, seconds: float) -> float:
        """How many runs a second end while this time passes."""
        began, before = time.monotonic(), self.completed()
        self.let_pass(seconds)
        return (self.completed() - before) / (time.monotonic() - began)

    def seconds_until_rate(self, a_second: float, *, within_s: float) -> float:
        """How long it takes until so many a second end again, over a window; within_s when it does not happen."""
        began = time.monotonic()
        seen = [(began, self.completed())]
        while time.monotonic() - began < within_s + WINDOW_S:
            self.let_pass(LOOK_S)
            seen.append((time.monotonic(), self.completed()))
            window = [each for each in seen if each[0] >= seen[-1][0] - WINDOW_S - LOOK_S]
            passed = window[-1][0] - window[0][0]
            if passed >= WINDOW_S and (window[-1][1] - window[0][1]) / passed >= a_second:
                return window[0][0] - began
        return within_s

    def wait_for_all(self, handed_in: int) -> float:
        """Wait until so many have ended, for as long as one after the other does; how long it took."""
        began = moved = time.monotonic()
        ended = self.completed()
        while ended < handed_in and time.monotonic() - moved < WAIT_S:
            self.let_pass(LOOK_S)
            if (now := self.completed()) > ended:
                ended, moved = now, time.monotonic()
        return time.monotonic() - began

    def close(self) -> None:
        """End the processes."""
        for each in self.processes:
            each.terminate()
        for each in self.processes:
            each.communicate(timeout=WAIT_S)
        self.database.close()

    def assert_each_was_done_once(self, handed_in: int) -> None:
        """Every run has ended well, and nothing of it happened twice."""
        states = "SELECT string_agg(DISTINCT status, ' '), count(*) FROM workflow_runs"
        assert self.answer(states) == ("completed", handed_in)
        people = "SELECT count(*), count(DISTINCT platform_user_id) FROM contact_identities"
        assert self.answer(people) == (handed_in * PEOPLE_A_RUN,) * 2
        assert self.answer("SELECT count(*) FROM contacts") == (handed_in * PEOPLE_A_RUN,)
        assert self.answer("SELECT count(*) FROM workflow_steps WHERE status = 'running'") == (0,)
        wrong = "SELECT count(*) FROM workflow_runs r WHERE r.step_count <> "
        assert self.answer(wrong + "(SELECT count(*) FROM workflow_steps WHERE workflow_run_id = r.id)") == (0,)


@contextmanager
def workshop(home: Home, server: PostgresqlServer) -> Generator[Workshop]:
    """Two workers and a server, ended afterwards."""
    made = Workshop(home, server)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def submitting(home: Home) -> Generator[Onelane]:
    """An Onelane that hands in and carries out nothing."""
    onelane = open_onelane(Settings(home=home.folder, database_url=home.database_url))
    try:
        yield onelane
    finally:
        onelane.close()
