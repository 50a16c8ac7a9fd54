"""What left between a backup and its restore is sent to nobody a second time."""

import json
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import Template
from tests.commands import Terminal
from tests.databases import Clock
from tests.messages import message, sequence
from tests.server.houses import KEY
from tests.tools.outreach.content.posting import X_POSTS, Posting


@pytest.mark.parametrize("status", [ActionStatus.SENT, ActionStatus.SENDING, ActionStatus.UNCERTAIN])
def test_whoever_got_a_letter_since_a_backup_is_out_of_its_sequence_after_the_restore(
    terminal: Terminal, home_database: Database, status: ActionStatus
) -> None:
    with home_database.write() as session:
        template = sequence(session)
        ada, alan = message(session, template, "Ada Byron"), message(session, template, "Alan T")
        grace = contacts.create_contact(session, name="Grace H", email="grace@example.com").id
        template_id = template.id
    terminal.json("backup", terminal.folder / "kept.zip")
    with home_database.write() as session:
        leave(session, ada, status)
        leave(session, enrolled(session, template_id, grace, "grace@example.com"), status)

    since = restored(terminal)["since"]

    assert since == {"departures": 2, "taken_out": 1, "unknown": 0}
    assert stays(terminal) == {
        "Ada Byron": [("removed", None, left(status))],
        "Alan T": [("active", None, "awaiting_approval")],
        "Grace H": [("removed", None, left(status))],
    }
    again = terminal.json("enroll", template_id, grace)
    assert [each["reason"] for each in again["data"]] == ["entered_before"]
    assert terminal.json("outbound", "show", alan)["status"] == "awaiting_approval"


def test_somebody_who_came_in_after_a_backup_is_known_by_their_address(
    terminal: Terminal, home_database: Database
) -> None:
    with home_database.write() as session:
        template_id = sequence(session).id
    terminal.json("backup", terminal.folder / "kept.zip")
    with home_database.write() as session:
        template = templates.get_template(session, template_id)
        assert template is not None
        new = message(session, template, "Ada Byron", to_address="Ada@example.com")
        leave(session, new, ActionStatus.SENT)

    done = terminal.type("restore", terminal.folder / "kept.zip", "--yes")

    assert "1 message left since the backup" in done.err
    assert "the backup does not know 1 contact" in done.err
    assert terminal.json("outbound", "show", new)["status"] == "sent"
    ada = terminal.json("contacts", "save", "--name", "Ada", "--email", "ada@example.com")["id"]
    assert [each["reason"] for each in terminal.json("enroll", template_id, ada)["data"]] == ["entered_before"]


def test_a_letter_that_left_since_a_backup_counts_for_its_account_and_stands_with_its_person(
    terminal: Terminal, home_database: Database
) -> None:
    with home_database.write() as session:
        ada = message(session, sequence(session))
    terminal.json("backup", terminal.folder / "kept.zip")
    with home_database.write() as session:
        leave(session, ada, ActionStatus.SENT)

    restored(terminal)

    [row] = rows(terminal, "SELECT sending_at IS NOT NULL, platform_account_id IS NOT NULL FROM outbound_actions")
    assert row == (1, 1)
    assert rows(terminal, "SELECT outbound_action_id FROM engagements") == [(ada,)]


def test_a_database_of_an_older_version_knows_what_left_as_well(terminal: Terminal, home_database: Database) -> None:
    with home_database.write() as session:
        ada = message(session, sequence(session), "Ada Byron")
    terminal.json("backup", terminal.folder / "kept.zip")
    with home_database.write() as session:
        leave(session, ada, ActionStatus.SENT)
    home_database.close()
    with closing(sqlite3.connect(terminal.home / "onelane.db")) as database:
        database.executescript(_TO_0018)

    back = restored(terminal)

    assert back["since"] == {"departures": 1, "taken_out": 1, "unknown": 0}
    assert stays(terminal) == {"Ada Byron": [("removed", None, "sent")]}
    with closing(sqlite3.connect(back["before"])) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == ("0018",)


_TO_0018 = """
DROP INDEX ix_workflow_templates_name; DROP TABLE made_up_addresses; DROP TRIGGER trg_run_weeks_insert;
DROP TRIGGER trg_run_weeks_delete; DROP TRIGGER trg_run_weeks_update; DROP TABLE workflow_run_weekly_counts;
DROP INDEX ix_outbound_actions_content; ALTER TABLE outbound_actions DROP COLUMN content_item_id;
UPDATE alembic_version SET version_num = '0018'
"""


@pytest.mark.parametrize("status", [ActionStatus.SENT, ActionStatus.UNCERTAIN])
def test_a_post_that_left_since_a_backup_waits_for_no_yes(
    terminal: Terminal, home_database: Database, clock: Clock, status: ActionStatus
) -> None:
    terminal.set(ONELANE_SECRET_KEY=b64encode(b"k" * 32).decode(), ONELANE_PERSON_KEY=KEY)
    Posting(home_database, clock).connect(Platform.X, X_POSTS)
    with home_database.write() as session:
        sequence(session)
    draft = terminal.json("call", "save_draft", json.dumps({"body": "Ledgers", "platform": "x"}))["id"]
    terminal.json("backup", terminal.folder / "kept.zip")
    shown = terminal.json("content", "show", draft)
    terminal.json("content", "approve", draft, "--hash", shown["hash"])
    [(action_id,)] = rows(terminal, "SELECT id FROM outbound_actions")
    with home_database.write() as session:
        leave(session, action_id, status)

    assert restored(terminal)["since"]["departures"] == 1

    assert terminal.type("content", "approve", draft, "--hash", shown["hash"]).code == 1
    state = "published" if status is ActionStatus.SENT else "approved"
    assert rows(terminal, f"SELECT status FROM content_items WHERE id = '{draft}'") == [(state,)]
    assert terminal.json("tasks", "list")["data"] == []


@pytest.mark.parametrize("here", [b"no database\n" * 99, None])
def test_where_nothing_says_what_left_since_a_backup_its_person_is_told(
    terminal: Terminal, home_database: Database, here: bytes | None
) -> None:
    with home_database.write() as session:
        message(session, sequence(session))
    terminal.json("backup", terminal.folder / "kept.zip")
    if here is None:
        terminal.set(ONELANE_HOME=str(terminal.folder / "other"))
    else:
        home_database.close()
        (terminal.home / "onelane.db").write_bytes(here)

    done = terminal.type("restore", terminal.folder / "kept.zip", "--yes")

    assert "Nothing here says what left since the backup" in done.err


def enrolled(session: Session, template_id: str, contact_id: str, address: str) -> str:
    """The id of a message of somebody who is enrolled now."""
    template = session.get(Template, template_id)
    assert template is not None
    action_id = message(session, template, "Grace Double", to_address=address)
    action = outbound_actions.get_action(session, action_id)
    assert action is not None
    stay = {"id": action.enrollment_id, "contact": contact_id}
    session.sql(sa.text("UPDATE workflow_enrollments SET contact_id = :contact WHERE id = :id"), stay)
    session.sql(sa.text("UPDATE outbound_actions SET contact_id = :contact WHERE enrollment_id = :id"), stay)
    return action_id


def leave(session: Session, action_id: str, status: ActionStatus) -> None:
    """Let a message have left, or be about to."""
    session.flush()
    now = session.now()
    values: dict[str, Any] = {"status": status, "sending_at": now, "sending_claim": "claim"}
    values["sent_at"] = now if status is ActionStatus.SENT else None
    account = sa.text("(SELECT id FROM platform_accounts LIMIT 1)")
    statement = sa.update(OutboundAction).where(sa.column("id") == action_id)
    session.sql(statement.values(**values, platform_account_id=account))


def left(status: ActionStatus) -> str:
    """How a message stands after a restore that had left so."""
    return "sent" if status is ActionStatus.SENT else "uncertain"


def restored(terminal: Terminal) -> Any:
    return terminal.json("restore", terminal.folder / "kept.zip", "--yes")


def stays(terminal: Terminal) -> dict[str, list[tuple[Any, ...]]]:
    """Everybody's stays, each with why it is over and its message."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    query = (
        "SELECT c.name, e.status, e.state_reason, a.status FROM workflow_enrollments e "
        "JOIN contacts c ON c.id = e.contact_id LEFT JOIN outbound_actions a ON a.enrollment_id = e.id ORDER BY e.id"
    )
    for name, *rest in rows(terminal, query):
        found.setdefault(name, []).append(tuple(rest))
    return found


def rows(terminal: Terminal, query: str) -> list[tuple[Any, ...]]:
    file: Path = terminal.home / "onelane.db"
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()
