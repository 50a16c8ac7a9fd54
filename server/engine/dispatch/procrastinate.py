"""Dispatch by Procrastinate, for PostgreSQL and any number of workers (docs/engine.md, "Dispatch")."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from onelane.server.engine.dispatch import Work
from onelane.storage.database.engine import Database, Session

LOG = logging.getLogger(__name__)

TASK = "onelane.work"
_SCHEMA_LOCK = 7_163_252
_STALLED_SECONDS = 30


class ProcrastinateDispatcher:
    """Work is handed in with the caller's transaction; whichever worker is free takes it.

    Args:
        database: a PostgreSQL database; Procrastinate's own tables are made in it when they are missing
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        conninfo = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        # An application that serves takes the caller's connection, by which work is handed in, for one of its own.
        self._handing_in = App(connector=SyncPsycopgConnector(conninfo=conninfo))
        self._serving = App(connector=PsycopgConnector(conninfo=conninfo))
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._has_schema = False

    def submit(
        self, session: Session, *, job_id: str, kind: str, arguments: Mapping[str, Any], queue: str, priority: int
    ) -> None:
        """Hand in work with the caller's transaction."""
        self._ensure_schema()
        connection = session.connection()
        task = self._handing_in.configure_task(
            TASK,
            queue=queue,
            priority=priority,
            queueing_lock=job_id,
            connection=connection.connection.driver_connection,
        )
        try:
            # A refused insert would end the caller's transaction, were it not in a savepoint of its own.
            with connection.begin_nested():
                task.defer(kind=kind, arguments=dict(arguments))
        except AlreadyEnqueued:
            LOG.debug("%s is handed in already", job_id)

    def cancel(self, session: Session, job_id: str) -> None:
        """Nothing to do: a job whose run is not waiting for that attempt ends as soon as it begins."""

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Begin executing; every process that does is a worker of its own."""
        if self._thread is not None:
            return
        self._ensure_schema()
        # It is no coroutine, so that Procrastinate gives each call a thread.
        self._serving.task(name=TASK)(work)
        on_lead()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(queues)), name="onelane-dispatch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more work and wait for what is under way to notice."""
        if self._loop is not None and self._worker is not None:
            self._loop.call_soon_threadsafe(self._worker.cancel)
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    async def _serve(self, queues: Mapping[str, int]) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._serving.open_async():
            await self._forget_stalled()
            self._worker = asyncio.create_task(
                self._serving.run_worker_async(
                    queues=list(queues),
                    concurrency=sum(queues.values()),
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=8.0,
                    delete_jobs="always",
                )
            )
            try:
                await self._worker
            except asyncio.CancelledError:
                LOG.debug("the worker has stopped")

    async def _forget_stalled(self) -> None:
        """Jobs of dead workers: their runs are taken up by the sweep, with a job of their own."""
        manager = self._serving.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
            await manager.finish_job(job, Status.FAILED, delete_job=True)

    def _ensure_schema(self) -> None:
        if self._has_schema:
            return
        with self._database.connection() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            if connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar_one() is None:
                schema = SchemaManager.get_schema()
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute(schema)
        self._has_schema = True
