"""What is secret, and what a mail says, is nowhere as text: not in files, logs, steps or errors, nor on any face."""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import product
from pathlib import Path

import anyio.to_thread
import pytest
from mcp import Client

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest
from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.platforms.online.grants import Grant, keep_grant
from tests.databases import Clock
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.houses import house, with_services
from tests.tools.sync.online.google_world import SCOPES, GoogleWorld

PLANTED = ("planted-access", "planted-refresh", "planted subject", "must never be kept")
CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("connect_account", {"platform": "gmail"}),
    ("start_sync", {"sub_type": "gmail_metadata"}),
)
_ID = re.compile(r"(?<=/)[\w-]{12,}(?=/|$)")


@pytest.fixture
def world(sqlite_database: Database, clock: Clock, tmp_path: Path) -> GoogleWorld:
    """A mailbox whose texts and tokens are known again, and a Google that repeats what it was sent."""
    world = GoogleWorld(sqlite_database, clock, tmp_path)
    account_id = world.connect()
    with world.database.write() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        keep_grant(world.vault, account, Grant("planted-access", "planted-refresh", scopes=SCOPES))
        session.add(account)
    headers = {"From": "Ada <ada@example.com>", "To": "Me <me@example.com>", "Subject": "planted subject"}
    world.google.mailbox.deliver(f"18f{1:013x}", headers, at=clock())
    return world


def echoing(request: DoubleRequest) -> DoubleAnswer:
    """An answer that can't be read, with all that was sent."""
    return DoubleAnswer(200, f"<p>{json.dumps(dict(request.headers))}</p>".encode())


def told_by_pages(world: GoogleWorld, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What all pages say that lead to each other, and all that REST gives."""
    with dashboard(world.database, vault=world.vault) as served:
        served.enter()
        pages = pages_from(served, "/dashboard")
        assert len(pages) > 15, list(pages)
        yield from pages.values()
        for path in rest_paths(served, ids):
            yield served.web.client.get(path).text


def pages_from(served: Dashboard, first: str) -> dict[str, str]:
    """What pages say, from one on: of those that differ by an id or a query only, the first."""
    texts: dict[str, str] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        shape = _ID.sub("*", path)
        if shape not in texts:
            texts[shape] = served.web.client.get(path).text
            waiting += [unescape(each) for each in re.findall(r'href="(/dashboard[^"#?]*)', texts[shape])]
    return texts


def rest_paths(served: Dashboard, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every address that can be read, with the ids that are known."""
    for path, methods in served.web.client.get("/openapi.json").json()["paths"].items():
        parameters = re.findall(r"{(\w+)}", path)
        streams = "text/event-stream" in json.dumps(methods.get("get", {}))
        if "get" in methods and not streams and set(parameters) <= set(ids):
            yield from (
                path.format(**dict(zip(parameters, values, strict=True)))
                for values in product(*(ids[each] for each in parameters))
            )


def kept_in(folder: Path) -> list[str]:
    """What the database's files hold, that of the write-ahead log among them."""
    return [file.read_bytes().decode(errors="replace") for file in folder.glob("onelane.db*")]


async def readable(client: Client, ids: Mapping[str, Sequence[str]]) -> list[tuple[str, dict[str, str]]]:
    """A call of each tool that reads and needs nothing else than ids that are known."""
    tools = [tool for tool in (await client.list_tools()).tools if tool.annotations and tool.annotations.read_only_hint]
    needs = {tool.name: list[str](tool.input_schema.get("required", [])) for tool in tools}
    return [
        (name, dict(zip(required, values, strict=True)))
        for name, required in needs.items()
        if set(required) <= set(ids)
        for values in product(*(ids[each] for each in required))
    ]


async def test_nothing_that_was_planted_is_anywhere(
    world: GoogleWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    whole = world.sync("gmail_metadata")
    world.at_google.routes = {**world.at_google.routes, "GET /v1/people/me/connections": echoing}
    failed = world.sync("gmail_contacts")
    assert (whole.status, failed.status) == (RunStatus.COMPLETED, RunStatus.FAILED)
    ids = {
        "run_id": [whole.id, failed.id],
        "contact_id": [row[0] for row in world.rows("SELECT id FROM contacts")],
        "account_id": [row[0] for row in world.rows("SELECT id FROM platform_accounts")],
    }
    texts = await anyio.to_thread.run_sync(lambda: list(told_by_pages(world, ids)))
    async with Client(build_mcp(with_services(house(world.database), vault=world.vault))) as client:
        texts += [str(await client.call_tool(*call)) for call in [*await readable(client, ids), *CALLS]]
    files = kept_in(tmp_path)
    assert any("ada@example.com" in text for text in files), "what is kept is found"
    assert any("gmail_contacts" in text for text in texts)
    everything = [*texts, *files, caplog.text]
    assert [secret for secret in PLANTED for text in everything if secret in text] == []
    (status,) = world.rows("SELECT status FROM platform_accounts")
    assert status == (AccountStatus.ACTIVE,)
