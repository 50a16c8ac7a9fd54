"""X's archive and X's API give the same rows, in either order and however often."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from onelane.server.cli.doubles.x_entries import post
from onelane.storage.database.engine import Database
from onelane.tools.people.intake.batch import absorb
from onelane.tools.platforms.exports import open_export
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.tools.sync.online.x_world import XWorld, people_of

SUB_TYPES = (SyncSubType.X_CONTACTS, SyncSubType.X_TWEETS)
TABLES = ("contacts", "contact_identities", "content_items", "content_posts", "engagements", "account_relations")
OF_THE_TIME = ("id", "created_at", "updated_at", "last_synced_at", "seen_in")
ADA = {"screen_name": "person_2001", "id_str": "2001", "name": "Person 2001"}
ADA_ONLINE = {"mentions": [{"start": 0, "end": 12, "username": "person_2001", "id": "2001"}]}


def at(second: int) -> datetime:
    return datetime(2026, 10, 1, 10, 0, second, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """What X lets the account of the double download."""

    def write(name: str, entries: list[Any]) -> None:
        (tmp_path / "archive" / f"{name}.js").write_text(f"window.YTD.{name}.part0 = {json.dumps(entries)}")

    def tweet(number: int, text: str, *named: Any, **fields: Any) -> Any:
        created = at(number - 100).strftime("%a %b %d %H:%M:%S +0000 %Y")
        about = {"id_str": str(number), "full_text": text, "created_at": created, "lang": "en", "favorite_count": "0"}
        return {"tweet": {**about, "entities": {"user_mentions": list(named)}, **fields}}

    (tmp_path / "archive").mkdir()
    answered = {"in_reply_to_status_id_str": "50", "in_reply_to_user_id_str": "2001"}
    write("account", [{"account": {"accountId": "12", "username": "me_owner", "accountDisplayName": "Me Owner"}}])
    write("follower", [{"follower": {"accountId": str(number)}} for number in (2002, 2001, 2000)])
    write("following", [{"following": {"accountId": "3000"}}, {"following": {"accountId": "2001"}}])
    write(
        "tweets",
        [
            tweet(103, "A &amp; B"),
            tweet(102, "@person_2001 yes", ADA, **answered, in_reply_to_screen_name="person_2001"),
            tweet(101, "RT @person_2001: hey", ADA),
        ],
    )
    return tmp_path / "archive"


def world_at(path: Path, migrated: Path) -> XWorld:
    """An account at X that has what is in the archive."""
    path.write_bytes(migrated.read_bytes())
    clock = Clock()
    world = XWorld(Database(f"sqlite:///{path}", clock=clock), clock)
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.x.following += [*people_of(world.x, range(3000, 3001)), "2001"]
    reposted = {"referenced_posts": [{"type": "retweeted", "id": "51"}], "entities": ADA_ONLINE}
    answers = {"in_reply_to_user_id": "2001", "referenced_posts": [{"type": "replied_to", "id": "50"}]}
    world.x.posts += [
        post("103", "12", "A &amp; B", at(3)),
        post("102", "12", "@person_2001 yes", at(2), **answers, entities=ADA_ONLINE),
        post("101", "12", "RT @person_2001: hey", at(1), **reposted),
    ]
    return world


def import_file(world: XWorld, archive: Path) -> None:
    run_id = world.sync(SyncSubType.X_MENTIONS).id
    for sub_type in SUB_TYPES:
        items = list(open_export(sub_type, archive).items())
        with world.database.write() as session:
            absorb(session, items, account=world.account, run_id=run_id, sub_type=sub_type)


def ask(world: XWorld) -> None:
    for sub_type in SUB_TYPES:
        world.sync(sub_type)


def everything(world: XWorld) -> dict[str, list[str]]:
    """All rows but for ids and instants of the import."""
    found: dict[str, list[str]] = {}
    with world.database.read() as session:
        for table in TABLES:
            rows = session.connection().exec_driver_sql(f"SELECT * FROM {table}").mappings()
            kept = ({name: value for name, value in row.items() if not is_passing(name)} for row in rows)
            found[table] = sorted(json.dumps(row, sort_keys=True) for row in kept)
    return found


def is_passing(column: str) -> bool:
    return column in OF_THE_TIME or (column.endswith("_id") and column not in ("platform_user_id", "platform_post_id"))


def test_the_archive_and_the_api_give_the_same_rows_in_either_order(
    tmp_path: Path, archive: Path, migrated_sqlite: Path
) -> None:
    file_first, api_first = (world_at(tmp_path / f"{name}.db", migrated_sqlite) for name in ("file", "api"))
    import_file(file_first, archive)
    ask(file_first)
    ask(api_first)
    import_file(api_first, archive)
    first = everything(file_first)
    assert first == everything(api_first)
    assert {table: len(rows) for table, rows in first.items()} == {
        "contacts": 4,
        "contact_identities": 4,
        "content_items": 3,
        "content_posts": 3,
        "engagements": 2,
        "account_relations": 5,
    }
    for world in (file_first, api_first):
        ask(world)
        import_file(world, archive)
        assert everything(world) == first
        world.database.close()
