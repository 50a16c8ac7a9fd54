"""A folder of odd exports: each is read as it was meant, twice, and in whichever order they come."""

import shutil
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from onelane.server.engine.engine import RunEngine
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import Row, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.engagements import Engagement
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.content import ContentPost
from onelane.storage.search.contact_search import ContactQuery, search
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.sync import sync_run
from tests.databases import Clock, database_at
from tests.engines import equipped
from tests.samples.odd import Odd, write_odd
from tests.tools.sync.test_sync_run import sync


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Odd]:
    return write_odd(tmp_path)


@pytest.fixture
def engine(sqlite_database: Database) -> RunEngine:
    engine = equipped(sqlite_database, RunTypes(sync_run.sync))
    engine.serve()
    return engine


def column(database: Database, row: type[Row], *names: str) -> set[tuple[object, ...]]:
    table = table_of(row)
    with database.read() as session:
        return {tuple(found) for found in session.sql(sa.select(*(table.c[name] for name in names)))}


def found(database: Database, words: str) -> list[str]:
    with database.read() as session:
        return [str(row["name"]) for row in search(session, ContactQuery(text=words)).rows]


def everything(database: Database) -> dict[str, set[tuple[object, ...]]]:
    """All that was imported, but for ids and times, which tell the order."""
    contacts = ("name", "first_name", "last_name", "company", "title", "email", "phone", "website", "notes",
                "last_interaction_at", "tags", "enrichment_score")  # fmt: skip
    return {
        "contacts": column(database, Contact, *contacts),
        "identities": column(database, Identity, "platform", "platform_user_id", "platform_handle", "platform_data"),
        "emails": column(database, ContactEmail, "normalized", "label", "is_verified"),
        "engagements": column(database, Engagement, "platform_engagement_id", "direction", "occurred_at"),
        "posts": column(database, ContentPost, "platform_post_id", "platform_url"),
    }


def test_each_odd_file_is_read_as_it_was_meant_and_again_changes_nothing(
    engine: RunEngine, sqlite_database: Database, odd: dict[str, Odd], tmp_path: Path
) -> None:
    for name, each in odd.items():
        before = {found for (found,) in column(sqlite_database, Contact, "name")}
        events = events_in(sqlite_database)
        run = sync(engine, sqlite_database, tmp_path / name, each.sub_type)
        assert run.status is RunStatus.COMPLETED, (name, run.status_reason)
        assert orjson.loads(run.result)["errorCount"] == each.errors, (name, run.result)
        assert {found for (found,) in column(sqlite_database, Contact, "name")} - before == set(each.people), name
        assert events_in(sqlite_database) - events == each.events, name
        rows = everything(sqlite_database)
        again = orjson.loads(sync(engine, sqlite_database, tmp_path / name, each.sub_type).result)
        assert (again["added"], again["updated"], everything(sqlite_database)) == (0, 0, rows), name
    check_people(sqlite_database, odd)
    assert not [
        address for (address,) in column(sqlite_database, ContactEmail, "normalized") if "robots" in str(address)
    ]


def events_in(database: Database) -> int:
    mail = column(database, Engagement, "platform_engagement_id", "platform")
    return len({each for each, platform in mail if platform == "gmail"}) + len(column(database, ContentPost, "id"))


def check_people(database: Database, odd: dict[str, Odd]) -> None:
    """The values, addresses, handles and words of all files at once."""
    for name, values in [pair for each in odd.values() for pair in each.people.items()]:
        kept = column(database, Contact, "name", *values)
        assert (name, *values.values()) in kept, (name, values)
    addresses = {address for (address,) in column(database, ContactEmail, "normalized")}
    handles = column(database, Identity, "platform", "platform_user_id")
    for each in odd.values():
        assert each.addresses <= addresses
        assert each.handles <= handles
        for words, name in each.words.items():
            assert found(database, words) == [name], words
    assert ("service@shop.example", "role", False) in column(
        database, ContactEmail, "normalized", "label", "is_verified"
    )


def test_odd_files_come_to_the_same_in_whichever_order(
    odd: dict[str, Odd], tmp_path: Path, migrated_sqlite: Path, clock: Clock
) -> None:
    names, middle = list(odd), len(odd) // 2
    outcomes: list[dict[str, set[tuple[object, ...]]]] = []
    for order in (names, names[::-1], names[middle:] + names[:middle]):
        database = database_at(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / f'{order[0]}.db')}", clock)
        engine = equipped(database, RunTypes(sync_run.sync))
        engine.serve()
        for name in order:
            sync(engine, database, tmp_path / name, odd[name].sub_type)
        outcomes.append(everything(database))
        database.close()
    assert outcomes[1] == outcomes[0]
    assert outcomes[2] == outcomes[0]
