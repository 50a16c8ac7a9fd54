"""A good end: a small world in which all went as promised, to plant broken rows and records into."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.server.app import Onelane, open_onelane
from onelane.server.settings import Settings
from onelane.storage.database.engine import Session
from onelane.storage.outreach import inbound_messages
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people import contacts, emails, identities
from onelane.storage.platforms import cursors
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_index import index_new_contacts
from onelane.storage.workflows import budgets, runs, steps
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import StateReason
from onelane.storage.workflows.run_ends import RunEnd, end_run
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import Counted, NewStep, StepResult, StepType
from onelane.tools.outreach.inbound.stops import stop_people
from onelane.tools.outreach.moving.outcomes import finish_step
from onelane.tools.outreach.moving.sequence_runs import running_run
from tests.messages import message, sequence
from tests.worlds.clock import WorldClock
from tests.worlds.outside import Dot, LetterSeen, MailInbox, Outside
from tests.worlds.view import WorldView
from tests.worlds.yeses import Said, Yes, Yeses

WINDOW = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "06:00", "to": "17:00"}
TEXT = "Hello Ada"
ME = "me@example.com"
_NAMES = ("Ada", "Bob", "Cy", "Dora")
"""The first three got a letter. Bob answered it; Dora has a message that waits for a yes."""


@dataclass
class GoodEnd:
    """A world's end, with the product open in it.

    Args:
        product: Onelane
        clock: its clock
        outside: what was seen
        yeses: what was said
        actions: the messages, by the names of whom they are for
        kept: a copy of the database as it was
    """

    product: Onelane
    clock: WorldClock
    outside: Outside
    yeses: Yeses
    actions: dict[str, str]
    kept: Path

    def view(self) -> WorldView:
        """What invariants are given."""
        began = self.clock() - timedelta(days=1)
        return WorldView(7, began, self.clock(), True, self.outside, self.yeses, [], self.product)

    def execute(self, sql: str, **values: object) -> None:
        """Plant something into the database."""
        with self.product.database.write() as session:
            session.sql(sa.text(sql), values)

    def restore(self, outside: Outside, yeses: Yeses) -> None:
        """Let all be as it was."""
        self.outside, self.yeses = outside, yeses
        file = self.product.database.path
        assert file is not None
        with closing(sqlite3.connect(self.kept)) as kept, closing(sqlite3.connect(file)) as here:
            kept.backup(here)

    @property
    def first(self) -> LetterSeen:
        """The letter to Ada."""
        return self.outside.letters[0]


def good_end(folder: Path) -> GoodEnd:
    """A small world that has come to its end."""
    clock = WorldClock()
    product = open_onelane(Settings(home=folder / "home"), clock=clock)
    end = GoodEnd(product, clock, Outside(), Yeses(), {}, folder / "kept.db")
    with product.database.write() as session:
        template = sequence(session, window=WINDOW, undoSeconds=60, timeZone="UTC")
        run = running_run(session, template)
        for name in _NAMES:
            end.actions[name] = message(session, template, name, text=TEXT, workflow_run_id=run.id)
        version = session.sql(sa.text("SELECT id FROM template_versions")).scalar_one()
        for table in ("workflow_enrollments", "outbound_actions"):
            statement = sa.text(f"UPDATE {table} SET workflow_run_id = :run, template_version_id = :version")
            session.sql(statement, {"run": run.id, "version": version})
        account = session.sql(sa.text("SELECT id FROM platform_accounts")).scalar_one()
        session.sql(sa.text("UPDATE outbound_actions SET platform_account_id = :account"), {"account": account})
        session.sql(sa.text("UPDATE workflow_enrollments SET next_step_at = :later"), {"later": _later(clock, 7)})
    for name in _NAMES[:3]:
        _send(end, name)
    clock.pass_by(timedelta(hours=1))
    with product.database.write() as session:
        _answer(session, end)
        _sync(session)
        _pay(session)
        index_new_contacts(session)
    _copy(end)
    return end


def _later(clock: WorldClock, days: int) -> int:
    return int((clock() + timedelta(days=days)).timestamp())


def _send(end: GoodEnd, name: str) -> None:
    """The person says yes, and a minute later it goes."""
    action_id, clock, database = end.actions[name], end.clock, end.product.database
    with database.write() as session:
        action = outbound_actions.get_action(session, action_id)
        assert action is not None
        said: dict[str, Any] = {"approved_at": clock(), "approved_via": Door.CLI, "approved_hash": action.content_hash}
        waiting = [ActionStatus.AWAITING_APPROVAL]
        assert action_moves.move_action(session, action_id, from_any=waiting, to=ActionStatus.APPROVED, **said)
        to, subject, text = str(action.to_address), str(action.subject), str(action.body_text)
        shown = action.content_hash
    end.yeses.messages.append(Yes(clock(), action_id, to, ME, subject, text, shown))
    end.yeses.wishes.append(Said(clock(), to))
    clock.pass_by(timedelta(minutes=3))
    message_id = f"<{action_id}.x@example.com>"
    with database.write() as session:
        sent: dict[str, Any] = {"sending_at": clock(), "sent_at": clock(), "message_id": message_id}
        action_moves.move_action(session, action_id, from_any=[ActionStatus.APPROVED], to=ActionStatus.SENT, **sent)
        action = outbound_actions.get_action(session, action_id)
        assert action is not None
        finish_step(session, action, "sent", at=clock())
        session.sql(sa.text("UPDATE workflow_enrollments SET next_step_at = :later"), {"later": _later(clock, 7)})
    headers = {"list-unsubscribe": f"<https://example.com/u/{end.product.toolbox.services.vault.token(action_id)}>"}
    end.outside.letters.append(LetterSeen(clock(), ME, to, message_id, action_id, subject, text, Dot.KEPT, headers, 1))


def _answer(session: Session, end: GoodEnd) -> None:
    """Bob answers."""
    action = outbound_actions.get_action(session, end.actions["Bob"])
    assert action is not None
    mail = EmailMessage()
    mail["Message-ID"], mail["From"], mail["In-Reply-To"] = "<bob.1@example.net>", "Bob", str(action.message_id)
    account = session.sql(sa.text("SELECT id FROM platform_accounts")).scalar_one()
    inbound_messages.create_message(
        session, platform_account_id=account, message_id="<bob.1@example.net>", in_reply_to=action.message_id,
        from_address=action.to_address, subject="Re: Hello", kind=MessageKind.REPLY, rule="reply",
        contact_id=action.contact_id, outbound_action_id=action.id,
    )  # fmt: skip
    stop_people(session, [str(action.contact_id)], StateReason.REPLY)
    cursor = cursors.ensure_cursor(session, account, cursors.MAILBOX)
    cursor.cursor = orjson.dumps({"folders": {"INBOX": [1, 5]}}).decode()
    session.add(cursor)
    end.outside.mailbox.append(MailInbox(end.clock(), 5, "INBOX", mail, "reply", str(action.to_address)))


def _sync(session: Session) -> None:
    """An import has brought in two people, each with a profile and an address."""
    run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING, total_items=2)
    run.platform_account_id = account = session.sql(sa.text("SELECT id FROM platform_accounts")).scalar_one()
    run.config = orjson.dumps({"syncSubType": "linkedin_contacts"}).decode()
    session.add(run)
    session.flush()
    for number in range(2):
        name = f"Imported Person{number}"
        contact = contacts.create_contact(session, name=name, platform=Platform.LINKEDIN).id
        identities.create_identity(
            session, contact_id=contact, platform=Platform.LINKEDIN, platform_user_id=f"person-{number}"
        )
        address = f"person{number}@example.org"
        emails.keep_email(session, contact, address=address, normalized=address, source="linkedin", is_verified=True)
    page = {"items": 2, "added": 2, "updated": 0, "counted": {"processed": 2, "success": 2, "skipped": 0, "error": 0}}
    done = StepResult(page, Counted(processed=2, success=2))
    steps.append_counted(session, run.id, NewStep("page:0", StepType.SYNC_PAGE, done))
    cursor = cursors.ensure_cursor(session, account, "linkedin_contacts")
    cursor.total_items_synced = 2
    cursors.complete_cursor(session, cursor)
    session.add(cursor)
    end_run(session, run.id, RunEnd(RunStatus.COMPLETED))


def _pay(session: Session) -> None:
    """An agent has spent a little of its budget."""
    run = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT, status=RunStatus.RUNNING)
    run.config = orjson.dumps({"goal": "Look", "budget": {"turns": 3}}).decode()
    session.add(run)
    session.flush()
    scopes = [budgets.Scope(f"run:{run.id}", {}), budgets.Scope(f"day:{session.now():%Y-%m-%d}", {})]
    budgets.spend(session, scopes, budgets.Amounts(turns=2, tokens=900, usd=0.01))
    end_run(session, run.id, RunEnd(RunStatus.COMPLETED))


def _copy(end: GoodEnd) -> None:
    file = end.product.database.path
    assert file is not None
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(end.kept)) as kept:
        here.backup(kept)
