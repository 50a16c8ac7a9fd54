"""Clients that watch a resource are told when it changes, whoever changed it; in both eras of the protocol."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp import Client
from mcp.client.session import IncomingMessage
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import (
    EmptyResult,
    ResourceUpdatedNotification,
    SubscribeRequest,
    SubscribeRequestParams,
    UnsubscribeRequest,
    UnsubscribeRequestParams,
)

from onelane.server.mcp import build_mcp
from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from tests.server.houses import House, house

TOLD_WITHIN_SECONDS = 30.0
SILENT_SECONDS = 1.2
"""Longer than two looks at the database."""


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def run_id(onelane: House) -> str:
    with onelane.database.write() as session:
        return runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC).id


class Notices:
    """What a client is told, in order."""

    def __init__(self, stream: MemoryObjectReceiveStream[str]) -> None:
        self._stream = stream

    async def next(self) -> str:
        """The next resource that has changed."""
        with anyio.fail_after(TOLD_WITHIN_SECONDS):
            return await self._stream.receive()

    async def nothing(self) -> bool:
        """Whether it stays silent."""
        with anyio.move_on_after(SILENT_SECONDS):
            await self._stream.receive()
            return False
        return True


async def subscribe(client: Client, uri: str) -> None:
    """As clients of 2025-11-25 do; the SDK's own method warns that it is of that time."""
    await client.session.send_request(SubscribeRequest(params=SubscribeRequestParams(uri=uri)), EmptyResult)


async def unsubscribe(client: Client, uri: str) -> None:
    await client.session.send_request(UnsubscribeRequest(params=UnsubscribeRequestParams(uri=uri)), EmptyResult)


@asynccontextmanager
async def watching_modern(onelane: House, *uris: str) -> AsyncGenerator[Notices]:
    send, receive = anyio.create_memory_object_stream[str](100)
    async with (
        Client(build_mcp(onelane)) as client,
        client.listen(resource_subscriptions=list(uris)) as subscription,
        anyio.create_task_group() as tasks,
        send,
        receive,
    ):

        async def pass_on() -> None:
            async for event in subscription:
                assert isinstance(event, ResourceUpdated)
                await send.send(event.uri)

        tasks.start_soon(pass_on)
        yield Notices(receive)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def watching_legacy(onelane: House, *uris: str) -> AsyncGenerator[Notices]:
    send, receive = anyio.create_memory_object_stream[str](100)

    async def handle(message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            await send.send(str(message.params.uri))

    async with send, receive, Client(build_mcp(onelane), mode="legacy", message_handler=handle) as client:
        for uri in uris:
            await subscribe(client, uri)
        yield Notices(receive)


Watching = Callable[..., AbstractAsyncContextManager[Notices]]
both_eras = pytest.mark.parametrize("watching", [watching_modern, watching_legacy], ids=["modern", "legacy"])


@both_eras
async def test_a_change_of_a_run_is_told_to_who_watches_it(onelane: House, run_id: str, watching: Watching) -> None:
    async with watching(onelane, f"onelane://runs/{run_id}") as notices:
        with onelane.database.write() as session:
            runs.update_workflow_run(session, run_id, status=RunStatus.RUNNING)
        assert await notices.next() == f"onelane://runs/{run_id}"
        with onelane.database.write() as session:
            runs.update_workflow_run(session, run_id, processed_items=5)
        assert await notices.next() == f"onelane://runs/{run_id}"
        assert await notices.nothing()


@both_eras
async def test_a_new_step_is_told_to_who_watches_the_steps(onelane: House, run_id: str, watching: Watching) -> None:
    async with watching(onelane, f"onelane://runs/{run_id}/steps") as notices:
        with onelane.database.write() as session:
            steps.create_workflow_step(session, workflow_run_id=run_id, step_type=StepType.SYNC_PAGE)
        assert await notices.next() == f"onelane://runs/{run_id}/steps"


@both_eras
async def test_a_new_run_is_told_to_who_watches_the_overview(onelane: House, watching: Watching) -> None:
    async with watching(onelane, "onelane://overview") as notices:
        with onelane.database.write() as session:
            runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        assert await notices.next() == "onelane://overview"


@both_eras
async def test_a_change_by_another_process_is_notified(
    onelane: House, run_id: str, watching: Watching, sqlite_database: Database
) -> None:
    other = Database(sqlite_database.url)
    async with watching(onelane, f"onelane://runs/{run_id}") as notices:
        with other.write() as session:
            runs.update_workflow_run(session, run_id, status=RunStatus.FAILED)
        assert await notices.next() == f"onelane://runs/{run_id}"
    other.close()


@both_eras
async def test_a_change_of_another_resource_is_not_notified(onelane: House, run_id: str, watching: Watching) -> None:
    async with watching(onelane, f"onelane://runs/{run_id}") as notices:
        with onelane.database.write() as session:
            runs.create_workflow_run(session, workflow_type=WorkflowType.PRUNE)
        assert await notices.nothing()


@both_eras
async def test_a_run_that_is_watched_before_it_exists_is_told_when_it_does(onelane: House, watching: Watching) -> None:
    async with watching(onelane, "onelane://runs/run_later") as notices:
        with onelane.database.write() as session:
            runs.create_workflow_run(session, run_id="run_later", workflow_type=WorkflowType.SYNC)
        assert await notices.next() == "onelane://runs/run_later"


async def test_a_client_that_unsubscribed_is_not_notified(onelane: House, run_id: str) -> None:
    uri = f"onelane://runs/{run_id}"
    send, receive = anyio.create_memory_object_stream[str](100)

    async def handle(message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            await send.send(str(message.params.uri))

    async with send, receive, Client(build_mcp(onelane), mode="legacy", message_handler=handle) as client:
        await subscribe(client, uri)
        await subscribe(client, uri)
        await unsubscribe(client, uri)
        await unsubscribe(client, uri)
        with onelane.database.write() as session:
            runs.update_workflow_run(session, run_id, status=RunStatus.RUNNING)
        assert await Notices(receive).nothing()


async def test_the_second_of_two_clients_is_still_told_when_the_first_has_left(onelane: House, run_id: str) -> None:
    uri = f"onelane://runs/{run_id}"
    server = build_mcp(onelane)
    async with Client(server) as second:
        async with Client(server) as first, first.listen(resource_subscriptions=[uri]):
            pass
        async with second.listen(resource_subscriptions=[uri]) as subscription:
            with onelane.database.write() as session:
                runs.update_workflow_run(session, run_id, status=RunStatus.RUNNING)
            with anyio.fail_after(TOLD_WITHIN_SECONDS):
                assert await anext(aiter(subscription)) == ResourceUpdated(uri=uri)


async def test_both_eras_are_told_that_resources_can_be_watched(onelane: House) -> None:
    for mode in ("auto", "legacy"):
        async with Client(build_mcp(onelane), mode=mode) as client:
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.resources.subscribe


def test_a_commit_is_noticed_once_and_a_look_costs_no_lock(sqlite_database: Database, tmp_path: Path) -> None:
    changes = Changes(sqlite_database)
    assert changes.happened()
    assert not changes.happened()
    with sqlite_database.write() as session:
        runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        assert not changes.happened()
    assert changes.happened()
    assert not changes.happened()
    changes.close()
