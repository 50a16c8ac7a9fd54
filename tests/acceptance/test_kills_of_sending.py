"""Sequences of three letters survive `kill -9` at any moment and a server in bad moods: each letter arrives once."""

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from onelane.server.app import open_onelane
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.transmissions import list_uncertain
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.sending.settling import settle
from tests.acceptance.moody_smtp import MoodySmtp
from tests.acceptance.processes import WAIT_S, Home, begun_module
from tests.acceptance.senders import FastClock
from tests.databases import Clock, PostgresqlServer
from tests.proof import FULL
from tests.tools.outreach.sending.post_office import PostOffice, approve_all

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are born by fork")

PEOPLE, KILLS, TROUBLES = (1_000, 200, 2) if FULL else (12, 4, 1)
LIFE_S = 2.0 if FULL else 1.2
"""So long a sender lives at most before it is killed."""
SPEED = 300.0
"""A clock that runs so much faster lets the five minutes before another attempt be a second."""
LONGEST_S = 3_600 if FULL else WAIT_S
STEPS = [
    {"subject": "Compilers", "text": "Letter 1 for {{ first_name }}. {{ unsubscribe }}"},
    {"sameThread": True, "text": "Letter 2 for {{ first_name }}. {{ unsubscribe }}"},
    {"sameThread": True, "text": "Letter 3 for {{ first_name }}. {{ unsubscribe }}"},
]
SEED = 20261126


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder, settings={"ONELANE_SMTP_TIMEOUT_SECONDS": "1"})


def test_each_letter_arrives_once_however_often_its_sender_is_killed(
    home: Home, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = send_and_kill(home, project, at_once=1)
    with capsys.disabled():
        sys.stdout.write(report)


@pytest.mark.skipif(not FULL, reason="one of the long proofs: make proof")
def test_two_workers_on_postgresql_send_each_letter_once(
    home: Home, project: Path, postgresql: PostgresqlServer, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgresql.new_database().render_as_string(hide_password=False)
    report = send_and_kill(Home(home.folder, url, home.settings), project, at_once=2)
    with capsys.disabled():
        sys.stdout.write(report)


def send_and_kill(home: Home, project: Path, *, at_once: int) -> str:
    """Let three letters go to everybody, and see that each has all three; what is to be told of it."""
    clock, began = FastClock(time.time(), SPEED), time.monotonic()
    refused = frozenset(f"grace{number}@example.net" for number in range(7, PEOPLE, 40))
    with MoodySmtp(SEED, TROUBLES, refused=refused) as smtp, open_office(home, clock, smtp) as office:
        for number in range(PEOPLE):
            office.put_in(number)
        with workers(home, project, clock, at_once) as process:
            person = Person(office.database, smtp)
            person.acts_until_all_is_over(process)
        assert_everybody_has_all_three(office, smtp, refused)
        if FULL:
            assert person.never_left <= 0.02 * KILLS, "so many were uncertain whose final dot never left"
        return (
            f"\n{KILLS} kills of {at_once} sender(s), {PEOPLE} people: {len(smtp.delivered)} letters delivered, "
            f"{person.settled} uncertain ({person.never_left} of them never saw their dot), "
            f"{time.monotonic() - began:.0f} s\n"
        )


@contextmanager
def open_office(home: Home, clock: FastClock, smtp: MoodySmtp) -> Generator[PostOffice]:
    """A home with a sequence and an account on the moody server."""
    onelane = open_onelane(Settings(home=home.folder, database_url=home.database_url), clock=clock)
    with closing(onelane):
        office = PostOffice(onelane.toolbox.services, smtp.server, Clock())
        office.open(STEPS)
        yield office


@contextmanager
def workers(home: Home, project: Path, clock: FastClock, at_once: int) -> Generator["subprocess.Popen[str]"]:
    """Workers that are killed again and again, until this ends."""
    arguments = [str(each) for each in (SEED, KILLS, at_once, clock.began, clock.speed, LIFE_S)]
    process = begun_module(
        "tests.acceptance.senders",
        arguments,
        cwd=project,
        env=home.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
        _, complaints = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, complaints
    finally:
        # Its workers too, which would keep its pipes open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class Person:
    """Approves each letter by itself, and says what became of those of which nobody knows.

    Args:
        database: where they are
        smtp: knows what arrived
    """

    def __init__(self, database: Database, smtp: MoodySmtp) -> None:
        self._database = database
        self._smtp = smtp
        self.settled = 0
        self.never_left = 0

    def acts_until_all_is_over(self, process: "subprocess.Popen[str]") -> None:
        """Do what a person does until nobody is in the sequence any more and all kills are done."""
        until = time.monotonic() + LONGEST_S
        while self._are_some_left() or not _all_are_killed(process):
            assert time.monotonic() < until, f"it does not come to an end: {self._standing()}"
            approve_all(self._database)
            self._settle()
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(process.communicate())

    def _settle(self) -> None:
        with self._database.read() as session:
            uncertain = list_uncertain(session)
        for action in uncertain:
            assert action.final_dot_at is not None
            self.settled += 1
            self.never_left += action.id not in self._smtp.seen_dots
            said = "sent" if self._smtp.has_accepted(action.id) else "again"
            with self._database.write() as session:
                settle(session, action.id, said, via=Door.CLI)

    def _are_some_left(self) -> bool:
        return (
            answer(self._database, "SELECT count(*) FROM workflow_enrollments WHERE status IN ('pending', 'active')")
            > 0
        )

    def _standing(self) -> list[tuple[object, ...]]:
        with self._database.read() as session:
            query = "SELECT status, step_index, error_class, count(*) FROM outbound_actions GROUP BY 1, 2, 3"
            return [tuple(row) for row in session.sql(sa.text(query))]


def _all_are_killed(process: "subprocess.Popen[str]") -> bool:
    """Whether the last kill is over, which is told on a line."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def assert_everybody_has_all_three(office: PostOffice, smtp: MoodySmtp, refused: frozenset[str]) -> None:
    order: dict[str, list[int]] = defaultdict(list)
    for letter in smtp.delivered:
        number = re.search(r"Letter (\d)", str(letter.get_payload()))
        assert number is not None
        order[letter["To"]].append(int(number[1]))
    people = {f"grace{number}@example.net" for number in range(PEOPLE)} - refused
    assert order == {address: [1, 2, 3] for address in people}
    assert {len(each) for each in smtp.attempts.values()} == {1}, "a letter was not the same at every attempt"
    database = office.database
    delivered = len(smtp.delivered)
    assert answer(database, "SELECT count(*) FROM outbound_actions WHERE status = 'sent'") == delivered
    assert answer(database, "SELECT count(*) FROM engagements WHERE outbound_action_id IS NOT NULL") == delivered
    assert answer(database, "SELECT count(*) FROM outbound_actions WHERE status = 'failed'") == len(refused)
    with database.read() as session:
        states = Counter(session.sql(sa.text("SELECT status, state_reason FROM workflow_enrollments")).all())
    assert states == {("completed", None): len(people), ("removed", "bounce_hard"): len(refused)}
    run = office.run()
    assert (run.success_items, run.error_items, run.processed_items) == (
        delivered,
        len(refused),
        delivered + len(refused),
    )


def answer(database: Database, sql: str) -> int:
    with database.read() as session:
        return session.sql(sa.text(sql)).scalar_one()
