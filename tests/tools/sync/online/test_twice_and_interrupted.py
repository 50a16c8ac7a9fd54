"""Every sync leaves the same rows done once or twice, in either order with its file, and interrupted anywhere."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.doubles.double_server import Fault
from onelane.server.cli.doubles.google_people import person_fields
from onelane.server.cli.doubles.x_entries import post
from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.proof import FULL
from tests.tools.sync.online.google_world import GoogleWorld
from tests.tools.sync.online.x_world import XWorld, people_of, posts_of

TABLES = (
    "contacts", "contact_emails", "contact_identities", "content_items", "content_posts", "engagements",
    "account_relations",
)  # fmt: skip
OF_THE_TIME = ("id", "created_at", "updated_at", "last_synced_at", "seen_in", "platform_account_id", "raw_import")
SEEDS = range(20 if FULL else 1)
Sync = Callable[[], RunStatus]


def everything(database: Database) -> dict[str, list[str]]:
    """All rows but for ids and times."""
    with database.read() as session:
        return {table: _rows(session.connection(), table) for table in TABLES}


def _rows(connection: Any, table: str) -> list[str]:
    rows = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()
    kept = ({name: value for name, value in row.items() if not _is_passing(name)} for row in rows)
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in kept)


def _is_passing(column: str) -> bool:
    is_own = column in ("platform_user_id", "platform_post_id", "platform_engagement_id", "thread_id")
    return column in OF_THE_TIME or (column.endswith("_id") and not is_own)


def database_of(path: Path, migrated: Path, clock: Clock) -> Database:
    path.write_bytes(migrated.read_bytes())
    return Database(f"sqlite:///{path}", clock=clock)


def x_world(database: Database, clock: Clock) -> tuple[XWorld, dict[str, Sync], Any]:
    """An account at X that has something for each of its syncs."""
    world = XWorld(database, clock)
    world.x.page_size = 5
    world.x.followers += people_of(world.x, range(2000, 2012))
    world.x.following += [*people_of(world.x, range(3000, 3007)), "2001"]
    named = {"mentions": [{"start": 0, "end": 5, "username": "kay", "id": "4000"}]}
    people_of(world.x, range(4000, 4001))
    world.x.posts += [post("9000", "12", "hello kay", clock(), entities=named), *posts_of(clock, range(1000, 1011))]
    world.x.mentions += posts_of(clock, range(6000, 6007), author_id="2003")
    syncs = ("x_contacts", "x_tweets", "x_mentions", "x_enrich")
    return world, {name: lambda name=name: world.sync(SyncSubType(name)).status for name in syncs}, world.double


def google_world(database: Database, clock: Clock, folder: Path) -> tuple[GoogleWorld, dict[str, Sync], Any]:
    """An account at Google, and one at LinkedIn, that have something for each of their syncs."""
    world = GoogleWorld(database, clock, folder)
    world.connect()
    world.connect(Platform.LINKEDIN, "default")
    world.google.book.page_size = world.google.mailbox.page_size = 3
    for number in range(8):
        world.google.book.put(number, **person_fields(f"Ada N{number}", f"p{number}@example.com", company="Engines"))
        at = clock() + timedelta(days=-1, minutes=number)
        headers = {"From": f"Ada N{number} <p{number}@example.com>", "To": "me@example.com"}
        headers["Date"] = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        world.google.mailbox.deliver(f"18f{number:013x}", headers, at=at)
    world.linkedin.page_size = 3
    world.linkedin.connections = connections(7)
    syncs = ("gmail_contacts", "gmail_metadata", "linkedin_contacts")
    return world, {name: lambda name=name: world.sync(name).status for name in syncs}, world.at_google


def connections(count: int) -> list[dict[str, str]]:
    """Rows as LinkedIn has them in its export and in its snapshot."""
    return [
        {"First Name": f"Grace{number}", "Last Name": "Sample", "URL": f"https://www.linkedin.com/in/grace-{number}",
         "Email Address": "", "Company": "Looms, Inc.", "Position": "VP", "Connected On": "15 Mar 2023"}
        for number in range(count)
    ]  # fmt: skip


def carried_out(syncs: Sequence[Sync]) -> None:
    for sync in syncs:
        assert sync() is RunStatus.COMPLETED


def interrupted(syncs: Sequence[Sync], doubles: Sequence[Any], seed: int) -> int:
    """Carry out each until it is whole, with faults drawn from a seed; how often one failed."""
    drawn, failures = random.Random(seed), 0
    for sync in syncs:
        for double in doubles:
            double.faults.update(_faults(drawn, len(double.requests)))
        while sync() is not RunStatus.COMPLETED:
            failures += 1
            assert failures < 100
        for double in doubles:
            double.faults.clear()
    return failures


def _faults(drawn: random.Random, asked: int) -> dict[int, Fault]:
    """The platform does not answer for so long that a run gives up, twice."""
    begins = [asked + drawn.randrange(1, 4), asked + drawn.randrange(6, 9)]
    return {at + more: Fault.UNAVAILABLE for at in begins for more in range(4)}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("platform", ["x", "google"])
def test_each_sync_leaves_the_same_once_twice_and_interrupted(
    tmp_path: Path, migrated_sqlite: Path, platform: str, seed: int
) -> None:
    def world(name: str) -> tuple[Database, list[Sync], Sequence[Any]]:
        clock = Clock()
        database = database_of(tmp_path / f"{name}.db", migrated_sqlite, clock)
        if platform == "x":
            _, syncs, double = x_world(database, clock)
            return database, list(syncs.values()), [double]
        made, syncs, double = google_world(database, clock, tmp_path)
        return database, list(syncs.values()), [double, made.at_linkedin]

    once, syncs, doubles = world("once")
    carried_out(syncs)
    answer = everything(once)
    assert sum(map(len, answer.values())) > 30
    carried_out(syncs)
    assert everything(once) == answer
    broken, syncs, doubles = world("broken")
    assert interrupted(syncs, doubles, seed) >= 3
    assert everything(broken) == answer
    for database in (once, broken):
        database.close()


def address_book(folder: Path) -> Path:
    """Google's export of the people that the double has."""
    head = "First Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value"
    rows = [f"Ada,N{number},Engines,* Work,p{number}@example.com" for number in range(8)]
    return _written(folder / "contacts.csv", [head, *rows])


def connections_file(folder: Path) -> Path:
    """LinkedIn's export of the connections that the double has."""
    rows = [",".join(f'"{value}"' for value in row.values()) for row in connections(7)]
    return _written(folder / "Connections.csv", [",".join(connections(1)[0]), *rows])


def _written(file: Path, lines: Sequence[str]) -> Path:
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize(
    ("sub_type", "file_of"), [("gmail_contacts", address_book), ("linkedin_contacts", connections_file)]
)
def test_a_file_and_the_platform_itself_leave_the_same_in_either_order(
    tmp_path: Path, migrated_sqlite: Path, sub_type: str, file_of: Callable[[Path], Path]
) -> None:
    left: list[dict[str, list[str]]] = []
    for order in (("file", "online"), ("online", "file")):
        clock = Clock()
        database = database_of(tmp_path / f"{order[0]}.db", migrated_sqlite, clock)
        world, _, _ = google_world(database, clock, tmp_path)
        is_linkedin = sub_type == "linkedin_contacts"
        account = world.connect(Platform.LINKEDIN, "default") if is_linkedin else world.connect()
        for way in (*order, *order) if FULL else order:
            given = {"file": str(file_of(tmp_path))} if way == "file" else {}
            assert world.sync(sub_type, platform_account_id=account, **given).status is RunStatus.COMPLETED
        left.append(everything(database))
        database.close()
    assert left[0] == left[1]
    assert len(left[0]["contacts"]) in (7, 8)
