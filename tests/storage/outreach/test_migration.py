"""The migration that brings outreach keeps what is there, and puts old enrollments under the new keys."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from onelane.storage import metadata
from onelane.storage.database.engine import Database, Session
from tests.databases import Clock
from tests.storage.filled_rows import insert_least
from tests.storage.older_databases import empty_database, upgrade

TABLES = ("workflow_templates", "contacts", "workflow_runs", "tasks", "engagements", "platform_accounts")


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """A database of version 0005, in which one contact is in two sequences and has left one of them once."""
    with closing(empty_database(request, tmp_path, clock)) as database:
        upgrade(database, "0005")
        with database.write() as session:
            for number in (1, 2):
                for name in TABLES:
                    insert_least_of_old(session, name, number)
            for enrollment_id, template_id, status in (
                ("enr_1", "tpl_1", "removed"),
                ("enr_2", "tpl_1", "pending"),
                ("enr_3", "tpl_2", "pending"),
            ):
                session.sql(
                    sa.text(
                        "INSERT INTO workflow_enrollments (id, template_id, contact_id, status) "
                        "VALUES (:id, :t, :c, :s)"
                    ),
                    {"id": enrollment_id, "t": template_id, "c": "con_1", "s": status},
                )
        yield database


def insert_least_of_old(session: Session, name: str, number: int) -> None:
    values = {
        "workflow_templates": {"id": f"tpl_{number}", "name": "T", "template_type": "outreach"},
        "contacts": {"id": f"con_{number}", "name": "C"},
        "workflow_runs": {"id": f"run_{number}", "workflow_type": "sync"},
        "tasks": {"id": f"tsk_{number}", "title": "T"},
        "engagements": {"id": f"eng_{number}", "engagement_type": "message", "direction": "inbound"},
        "platform_accounts": {
            "id": f"acc_{number}",
            "platform": "x",
            "display_name": "A",
            "auth_type": "file",
            "account_key": str(number),
        },
    }[name]
    columns, places = ", ".join(values), ", ".join(f":{column}" for column in values)
    session.sql(sa.text(f"INSERT INTO {name} ({columns}) VALUES ({places})"), values)


def test_an_entry_is_counted_and_the_oldest_sequence_of_a_contact_keeps_further_ones_away(older: Database) -> None:
    upgrade(older, "0006")
    with older.read() as session:
        rows = session.sql(
            sa.text("SELECT id, entry, is_exclusive, epoch, seed FROM workflow_enrollments ORDER BY id")
        ).all()
    assert [(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows] == [
        ("enr_1", 1, False, 0, 0),
        ("enr_2", 2, True, 0, 0),
        ("enr_3", 1, False, 0, 0),
    ]


def test_every_row_stays_and_references_hold_after_the_migration(older: Database) -> None:
    upgrade(older, "0006")
    with older.write() as session:
        for name in TABLES:
            assert session.sql(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() == 2
        session.sql(sa.text("UPDATE workflow_runs SET driver = 'mover', status = 'failed'"))
        session.sql(sa.text("UPDATE tasks SET task_type = 'outreach'"))
        session.sql(sa.text("DELETE FROM workflow_templates WHERE id = 'tpl_1'"))
        left = session.sql(sa.text("SELECT id FROM workflow_enrollments")).scalars().all()
        assert left == ["enr_3"]
        if older.path is not None:
            counted = "SELECT sum(run_count) FROM workflow_run_counts WHERE template_id = '' AND status = 'failed'"
            assert session.sql(sa.text(counted)).scalar_one() == 2
            assert session.sql(sa.text("PRAGMA foreign_key_check")).all() == []


def test_what_was_sent_outlives_all_that_it_refers_to(database: Database) -> None:
    tables = metadata.METADATA.tables
    with database.write() as session:
        insert_least(session, tables["platform_accounts"])
        insert_least(session, tables["outbound_actions"])
        insert_least(session, tables["workflow_enrollments"])
        insert_least(session, tables["template_versions"])
        insert_least(session, tables["workflow_runs"])
        referring = [key.parent.name for key in tables["outbound_actions"].foreign_keys]
        session.sql(sa.update(tables["outbound_actions"]).values(dict.fromkeys(referring, "id_1")))
        for name in ("contacts", "workflow_templates", "workflow_runs", "platform_accounts"):
            session.sql(sa.delete(tables[name]))
        row = session.sql(sa.select(*(tables["outbound_actions"].c[name] for name in referring))).one()
    assert set(row) == {None}
    assert len(referring) == 6
