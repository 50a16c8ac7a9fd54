"""Who is asked, what a sync may be asked for, and that there is one at a time for each account and kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy.exc import IntegrityError

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.people.identities import create_identity
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus, AuthType, InboundSource, Platform
from onelane.storage.workflows import runs, schedules
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.sync.estimates import SyncEstimate
from onelane.tools.sync.online.connected_accounts import NotConnected, SignInFirst
from onelane.tools.sync.online.online_lists import ONLINE
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.firing import fire_due
from onelane.tools.workflows.run_reading.run_views import RunView, StartedRun
from onelane.tools.workflows.schedule_views import SetSchedule
from tests.databases import Clock
from tests.samples.x import x_archive
from tests.tools.sync.online.lists import Lists, limited
from tests.tools.sync.online.online_world import World, online_world

LIMITED = {2: limited(900)}


@pytest.fixture
def world(sqlite_database: Database, clock: Clock) -> Iterator[World]:
    with online_world(sqlite_database, clock, Lists({"followers": 2})) as world:
        yield world


def file_account(world: World, platform: Platform = Platform.X) -> str:
    with world.database.write() as session:
        account = accounts.ensure_account(
            session, platform=platform, display_name="Old export", auth_type=AuthType.FILE, account_key="default"
        )
        return account.id


def signed_out(world: World, account_id: str) -> str:
    with world.database.write() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        account.status = AccountStatus.NEEDS_REAUTH
    return account_id


def test_one_connected_account_needs_no_name_and_of_several_one_is_named(world: World) -> None:
    file_account(world)
    first = world.connect("1815")
    assert world.run(world.start()).platform_account_id == first
    second = world.connect("1852")
    with pytest.raises(Conflict, match=r"@1815: acc_.*@1852: acc_") as several:
        world.start()
    assert several.value.details == {"account_ids": [first, second]}
    assert world.run(world.start(platform_account_id=second)).platform_account_id == second
    signed_out(world, second)
    assert world.run(world.start()).platform_account_id == first


def test_an_account_that_can_not_be_asked_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(NotConnected, match=r"no account of X is connected.*accounts connect x.*Or import a file"):
        world.start()
    of_file, of_google = file_account(world), file_account(world, Platform.GMAIL)
    with pytest.raises(NotConnected, match="Old export is known from its export files only"):
        world.start(platform_account_id=of_file)
    with pytest.raises(BadRequest, match="is an account of E-mail"):
        world.start(platform_account_id=of_google)
    with pytest.raises(NotFound, match="no account 'acc_nobody'"):
        world.start(platform_account_id="acc_nobody")
    out = signed_out(world, world.connect())
    for asked in ({}, {"platform_account_id": out}):
        with pytest.raises(SignInFirst, match=r"must sign in again .* onelane accounts connect x"):
            world.start(**asked)
    assert world.lists.asked == []


@pytest.mark.parametrize(
    ("sub_type", "asked", "said"),
    [
        ("x_contacts", {"max_pages": 0}, "max_pages"),
        ("x_contacts", {"max_pages": -3}, "max_pages"),
        ("x_contacts", {"max_pages": "many"}, "max_pages"),
        ("x_contacts", {"max_pages": 10**9}, "max_pages"),
        ("x_enrich", {"max_profiles": 0}, "max_profiles"),
        ("x_contacts", {"max_profiles": 5}, "take no max_profiles: that is for x_enrich"),
        ("x_contacts", {"contact_ids": ["con_1"]}, "take no contact_ids"),
        ("x_enrich", {"full": True}, "take no full: it takes max_profiles and contact_ids"),
        ("x_enrich", {"contact_ids": ["con_x"] * 10_001}, "contact_ids"),
        ("x_enrich", {"contact_ids": [f"con_{at}" for at in range(10_000)]}, "con_0, con_1, con_2 and 9,997 more"),
        ("x_contacts", {"since": "1/2/2026"}, "since"),
        ("x_contacts", {"since": "2027-01-01"}, "since lies in the future"),
        # A day without its signs, which is no number of seconds.
        ("x_contacts", {"since": "20270101"}, "since lies in the future"),
        ("x_contacts", {"since": 20270101}, "since lies in the future"),
        ("x_contacts", {"since": 20261345}, "since"),
        ("x_contacts", {"since": "tomorrow"}, "since"),
        ("x_contacts", {"since": "2026-10-01"}, "take no since: X lists people without dates.*max_pages"),
        ("x_tweets", {}, "X Tweets can't be asked for here"),
        (
            "substack_posts",
            {},
            "come from an export file.*onelane sync substack_posts FILE, for chats may read no folder",
        ),
    ],
)
def test_what_a_sync_can_not_be_asked_is_refused_by_its_name(
    world: World, sub_type: str, asked: dict[str, Any], said: str
) -> None:
    world.connect()
    with pytest.raises(BadRequest, match=said) as refused:
        world.start(sub_type, **asked)
    assert len(refused.value.message) < 500
    assert world.lists.asked == []


def test_what_is_asked_for_stands_in_the_run_and_a_file_is_asked_for_nothing(world: World, tmp_path: Path) -> None:
    account_id = world.connect()
    run = world.run(world.start(full=True, max_pages=7))
    assert orjson.loads(run.config) == {
        "syncSubType": "x_contacts",
        "platformAccountId": account_id,
        "full": True,
        "maxPages": 7,
    }
    file = str(x_archive(tmp_path / "x.zip", posts=1))
    with pytest.raises(BadRequest, match="maxPages: that is for a sync which asks the platform"):
        world.tools.call_as(Caller(Face.CLI), RunView, "start_sync", sub_type="x_tweets", file=file, max_pages=3)


def test_all_that_can_be_asked_for_has_lists_of_its_own() -> None:
    assert set(ONLINE) == {sub_type for sub_type in SyncSubType if sub_type.is_online}
    assert len({found() for found in ONLINE.values()}) == len(ONLINE)


def test_a_mailbox_that_is_read_by_imap_is_asked_for_no_pages(world: World) -> None:
    account_id = file_account(world, Platform.GMAIL)
    with world.database.write() as session:
        account = accounts.get_account(session, account_id)
        assert account is not None
        account.inbound = InboundSource.IMAP
    with pytest.raises(BadRequest, match="maxPages: a mailbox is read by IMAP"):
        world.start("gmail_metadata", max_pages=3)


def test_looking_people_up_at_x_is_a_run_that_enriches(world: World) -> None:
    world.connect()
    run = world.run(world.start("x_enrich", max_pages=2, max_profiles=150))
    assert (run.workflow_type, run.status) == (WorkflowType.ENRICH, RunStatus.COMPLETED)
    assert orjson.loads(run.config)["maxProfiles"] == 150
    assert world.tools.call(RunView, "get_run", run_id=run.id).title == "Look up people at X"


def test_whom_x_does_not_know_by_number_is_not_asked_about_and_a_list_of_nobody_is_not_everybody(world: World) -> None:
    world.connect()
    with world.database.write() as session:
        ada, grace = (contacts.create_contact(session, name=name, platform=Platform.X).id for name in ("Ada", "Grace"))
        create_identity(session, contact_id=ada, platform=Platform.X, platform_user_id="ada_by_handle")
        create_identity(session, contact_id=grace, platform=Platform.X, platform_user_id="2002")
    for asked in ({"estimate": True}, {}):
        with pytest.raises(BadRequest, match="X can't be asked about Ada: X's number of them is not known"):
            world.tools.call(
                SyncEstimate if asked else RunView, "start_sync", sub_type="x_enrich", contact_ids=[ada], **asked
            )
    config: dict[str, object] = {"syncSubType": "x_enrich", "contactIds": list[str]()}
    with pytest.raises(BadRequest, match="names nobody"):
        world.tools.call(StartedRun, "start_run", workflow_type="enrich", config=config)
    assert world.lists.asked == []
    assert world.run(world.start("x_enrich", contact_ids=[ada, grace])).status is RunStatus.COMPLETED


def test_an_estimate_starts_nothing_and_asks_nobody(world: World, tmp_path: Path) -> None:
    world.connect()
    estimate = world.tools.call(SyncEstimate, "start_sync", sub_type="x_contacts", estimate=True, max_pages=3)
    assert (estimate.spent_usd_this_month, estimate.cap_usd) == (0, 10)
    assert estimate.usd_at_least <= estimate.usd_at_most
    assert estimate.prices_of is not None
    assert "of this month's $10.00" in estimate.text()
    for wrong in ({"sub_type": "x_contacts", "max_profiles": 3}, {"sub_type": "x_enrich", "contact_ids": ["con_1"]}):
        with pytest.raises(BadRequest):
            world.tools.call(SyncEstimate, "start_sync", estimate=True, **wrong)
    file = str(x_archive(tmp_path / "x.zip", posts=1))
    given = {"sub_type": "x_contacts", "file": file, "estimate": True}
    with pytest.raises(BadRequest, match="A file costs nothing"):
        world.tools.call_as(Caller(Face.CLI), SyncEstimate, "start_sync", **given)
    assert world.lists.asked == []
    with world.database.read() as session:
        assert runs.count_workflow_runs(session) == 0


def test_a_second_sync_of_the_same_is_refused_with_the_id_of_the_first(database: Database, clock: Clock) -> None:
    with online_world(database, clock, Lists({"followers": 3}, answers=dict(LIMITED))) as world:
        account_id, other = world.connect("1815"), world.connect("1852")
        waiting = world.start(platform_account_id=account_id)
        with pytest.raises(Conflict, match=f"Run {waiting} is at work on the same already") as refused:
            world.start(platform_account_id=account_id)
        assert refused.value.details == {"run_id": waiting}
        assert world.run(world.start(platform_account_id=other)).status is RunStatus.COMPLETED
        assert world.run(world.start("x_enrich", platform_account_id=account_id)).status is RunStatus.COMPLETED

        world.control(waiting, "pause")
        world.lists.answers[len(world.lists.asked) + 2] = limited(900)
        newer = world.start(platform_account_id=account_id)
        assert world.run(newer).status is RunStatus.PENDING
        with pytest.raises(Conflict, match=newer):
            world.control(waiting, "resume")
        world.control(newer, "cancel")
        world.control(waiting, "resume")
        assert world.run(waiting).status is RunStatus.COMPLETED


def test_the_database_itself_has_no_second_run_of_the_same(database: Database) -> None:
    def add(status: RunStatus) -> None:
        with database.write() as session:
            runs.create_workflow_run(
                session, workflow_type=WorkflowType.SYNC, status=status, exclusive_key="acc_1:x_contacts"
            )

    for status in (RunStatus.COMPLETED, RunStatus.PAUSED, RunStatus.RUNNING):
        add(status)
    with pytest.raises(IntegrityError):
        add(RunStatus.PENDING)


def test_a_file_comes_in_while_a_sync_waits_and_leaves_its_place_alone(
    sqlite_database: Database, clock: Clock, tmp_path: Path
) -> None:
    with online_world(sqlite_database, clock, Lists({"followers": 3}, answers=dict(LIMITED))) as world:
        account_id = world.connect()
        waiting = world.start()
        file = str(x_archive(tmp_path / "x.zip", posts=1))
        given = {"sub_type": "x_contacts", "file": file, "platform_account_id": account_id}
        imported = world.tools.call_as(Caller(Face.CLI), RunView, "start_sync", **given)
        assert world.run(imported.id).status is RunStatus.COMPLETED
        parts = world.parts(account_id)
        assert (parts["followers"], "position" in parts["file"]) == ({"token": "1"}, True)
        world.pass_time(minutes=15)
        assert world.run(waiting).status is RunStatus.COMPLETED
        assert world.lists.twice == {"followers:1": 2}
        assert world.parts(account_id)["file"] == parts["file"]


def test_a_schedule_without_a_file_asks_as_the_account_that_was_there_when_it_was_set(
    world: World, clock: Clock
) -> None:
    config = {"syncSubType": "x_contacts"}
    with pytest.raises(NotConnected):
        world.tools.call(SetSchedule, "set_schedule", workflow_type="sync", config=config, cron="daily")
    account_id = world.connect()
    made = world.tools.call(SetSchedule, "set_schedule", workflow_type="sync", config=config, cron="daily")
    with world.database.read() as session:
        schedule = schedules.get_schedule(session, made.id)
    assert schedule is not None
    assert orjson.loads(schedule.payload) == {**config, "platformAccountId": account_id}
    world.connect("1852")

    assert [run.status for run in _fired(world, clock, days=1)] == [RunStatus.COMPLETED]
    signed_out(world, account_id)
    newest = _fired(world, clock, days=1)[0]
    assert newest.status is RunStatus.FAILED
    assert "must sign in again" in (newest.status_reason or "")


def _fired(world: World, clock: Clock, *, days: int) -> list[runs.Run]:
    """Let the schedule fire; all of its runs, the newest first."""
    clock.advance(days=days)
    assert fire_due(world.database, world.engine, clock()) == 1
    with world.database.read() as session:
        rows = runs.list_workflow_runs(session).data
    return [world.run(row["id"]) for row in rows]
