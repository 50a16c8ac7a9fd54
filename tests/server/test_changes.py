"""One process asks the database once whether anything changed, for all who listen in it."""

import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import anyio.to_thread
from mcp import Client
from mcp.shared.subscriptions import ResourceUpdated
from sqlalchemy import event

from onelane.server.changes import POLL_SECONDS, ChangeWatcher
from onelane.server.http.asgi import create_web_app
from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from tests.server.houses import house
from tests.server.http.web_servers import serving

WAIT_S = 30.0
SHORTEST_PAUSE_S = POLL_SECONDS["sqlite"] * 0.9


class Polls:
    """When the database was asked whether anything was committed, and over which connections."""

    def __init__(self) -> None:
        self.instants: list[float] = []
        self.connections: set[int] = set()
        self._count = threading.Semaphore(0)

    def note(self, connection: int, statement: str) -> None:
        if "data_version" in statement:
            self.instants.append(time.monotonic())
            self.connections.add(connection)
            self._count.release()

    def wait_for(self, count: int) -> None:
        """Until it was asked so often from now on."""
        while self._count.acquire(blocking=False):
            pass
        for _ in range(count):
            assert self._count.acquire(timeout=WAIT_S), "the database is asked no longer"

    @property
    def shortest_pause_s(self) -> float:
        return min(later - earlier for earlier, later in zip(self.instants, self.instants[1:], strict=False))


@contextmanager
def polls_of(database: Database) -> Generator[Polls]:
    """What the database is asked during a block."""
    polls = Polls()

    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(lambda statement: polls.note(id(connection), statement))

    event.listen(database.engine, "checkout", trace)
    yield polls
    event.remove(database.engine, "checkout", trace)


async def test_a_stream_of_events_and_a_subscription_ask_the_database_once(sqlite_database: Database) -> None:
    onelane = house(sqlite_database)
    app = create_web_app(onelane, lambda: build_mcp(onelane))
    with (
        polls_of(sqlite_database) as polls,
        serving(onelane, app=app) as web,
        web.client.stream("GET", "/api/events") as events,
    ):
        lines = events.iter_lines()
        assert next(lines).startswith("retry:")
        async with (
            Client(f"{web.url}/mcp") as client,
            client.listen(resource_subscriptions=["onelane://overview"]) as subscription,
        ):
            await anyio.to_thread.run_sync(polls.wait_for, 6)
            with sqlite_database.write() as session:
                run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
            with anyio.fail_after(WAIT_S):
                assert await anext(subscription) == ResourceUpdated(uri="onelane://overview")
            assert run.id in next(line for line in lines if line.startswith("data:"))
    assert len(polls.connections) == 1
    assert polls.shortest_pause_s > SHORTEST_PAUSE_S


async def test_the_database_is_asked_no_longer_when_the_last_listener_has_left(sqlite_database: Database) -> None:
    watcher = ChangeWatcher(lambda: sqlite_database)
    with polls_of(sqlite_database) as polls:
        async with (
            watcher.listening() as first,
            watcher.listening() as second,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(first.changed_runs)
            tasks.start_soon(second.changed_runs)
            await anyio.to_thread.run_sync(polls.wait_for, 2)
            tasks.cancel_scope.cancel()
        asked = len(polls.instants)
        await anyio.sleep(3 * POLL_SECONDS["sqlite"])
        assert len(polls.instants) == asked


async def test_a_listener_that_leaves_while_it_asks_takes_no_news_with_it(sqlite_database: Database) -> None:
    watcher = ChangeWatcher(lambda: sqlite_database)
    async with watcher.listening() as staying:
        for _ in range(5):
            with sqlite_database.write() as session:
                run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
            async with watcher.listening() as leaving:
                with anyio.move_on_after(POLL_SECONDS["sqlite"] + 0.001):
                    await leaving.changed_runs()
            with anyio.fail_after(WAIT_S):
                assert [row["id"] for row in await staying.changed_runs()] == [run.id]


async def test_a_listener_hears_the_latest_of_each_run_only(sqlite_database: Database) -> None:
    watcher = ChangeWatcher(lambda: sqlite_database)
    async with watcher.listening() as slow, watcher.listening() as quick:
        with sqlite_database.write() as session:
            run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        assert [row["processed_items"] for row in await quick.changed_runs()] == [0]
        with sqlite_database.write() as session:
            runs.update_workflow_run(session, run.id, processed_items=7)
        assert [row["processed_items"] for row in await quick.changed_runs()] == [7]
        assert [row["processed_items"] for row in await slow.changed_runs()] == [7]


async def test_listening_begins_once_a_database_that_could_not_be_opened_can_be(sqlite_database: Database) -> None:
    attempts: list[int] = []

    def open_database() -> Database:
        attempts.append(1)
        if len(attempts) == 1:
            raise DatabaseUnavailable("not now")
        return sqlite_database

    async with ChangeWatcher(open_database).listening() as listener:
        with sqlite_database.write() as session:
            runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        assert len(await listener.changed_runs()) == 1
