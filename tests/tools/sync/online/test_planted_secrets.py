"""What is secret, and what a mail says, is nowhere as text: not in files, logs, steps or errors, nor on any face."""

import json
import logging
from collections.abc import Iterator
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
from tests.server.dashboard.dashboards import dashboard
from tests.server.houses import house, with_services
from tests.tools.sync.online.google_world import SCOPES, GoogleWorld

PLANTED = ("planted-access", "planted-refresh", "planted subject", "must never be kept")
CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("list_accounts", {}),
    ("overview", {}),
    ("list_runs", {}),
    ("connect_account", {"platform": "gmail"}),
    ("start_sync", {"sub_type": "gmail_metadata"}),
)


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


def told_by_pages(world: GoogleWorld, run_ids: list[str]) -> Iterator[str]:
    """What pages and REST say of accounts and runs."""
    with dashboard(world.database, vault=world.vault) as served:
        served.enter()
        for path in ("/dashboard", "/dashboard/settings", "/dashboard/workflows"):
            yield served.page(path)
        for path in ("/api/accounts", "/api/overview", "/api/workflows/runs"):
            yield served.web.client.get(path).text
        for run_id in run_ids:
            yield served.page(f"/dashboard/workflows/{run_id}")
            yield served.web.client.get(f"/api/workflows/runs/{run_id}").text
            yield served.web.client.get(f"/api/workflows/runs/{run_id}/steps").text


def kept_in(folder: Path) -> list[str]:
    """What the database's files hold, that of the write-ahead log among them."""
    return [file.read_bytes().decode(errors="replace") for file in folder.glob("onelane.db*")]


async def test_nothing_that_was_planted_is_anywhere(
    world: GoogleWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    whole = world.sync("gmail_metadata")
    world.at_google.routes = {**world.at_google.routes, "GET /v1/people/me/connections": echoing}
    failed = world.sync("gmail_contacts")
    assert (whole.status, failed.status) == (RunStatus.COMPLETED, RunStatus.FAILED)
    ids = [whole.id, failed.id]
    texts = await anyio.to_thread.run_sync(lambda: list(told_by_pages(world, ids)))
    async with Client(build_mcp(with_services(house(world.database), vault=world.vault))) as client:
        steps = [(name, {"run_id": each}) for each in ids for name in ("get_run", "list_run_steps")]
        texts += [str(await client.call_tool(name, arguments)) for name, arguments in (*CALLS, *steps)]
    files = kept_in(tmp_path)
    assert any("ada@example.com" in text for text in files), "what is kept is found"
    assert any("gmail_contacts" in text for text in texts)
    everything = [*texts, *files, caplog.text]
    assert [secret for secret in PLANTED for text in everything if secret in text] == []
    (status,) = world.rows("SELECT status FROM platform_accounts")
    assert status == (AccountStatus.ACTIVE,)
