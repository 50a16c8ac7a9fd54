"""Erases a contact: rows and texts everywhere, but for the bare record that something was sent."""

from collections.abc import Collection, Sequence

import orjson
import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.contact_references import columns_that_refer_to_contacts
from onelane.storage.database.change_log import TRACKED
from onelane.storage.database.engine import Session
from onelane.storage.database.idempotency import KeptAnswer
from onelane.storage.database.recorded_changes import ChangedRow, RowChange
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.inbound_messages import InboundMessage
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.outreach.suppressions import Suppression
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.content import ContentItem
from onelane.storage.platforms.spending import PlatformRead
from onelane.storage.search.contact_index import forget_contacts, rewrite_words
from onelane.storage.search.words import forget_names, forget_unused_names
from onelane.storage.workflows.approvals import Approval
from onelane.storage.workflows.runs import Driver, Run, RunStatus
from onelane.storage.workflows.steps import Step
from onelane.storage.workflows.tasks import Task

_ERASED = "(erased)"
_OVER = [status for status in RunStatus if status.is_over]


def find_mentions(session: Session, contact_id: str, addresses: Collection[str]) -> Sequence[str]:
    """The ids of steps that are about a contact, or whose payload names it or one of its addresses.

    It reads all steps there are, so that it is done before anything is written.
    """
    table = table_of(Step)
    names_them = table.c.output.contains(contact_id, autoescape=True)
    for address in addresses:
        for column in (table.c.input, table.c.output, table.c.error):
            names_them |= column.icontains(address, autoescape=True)
    about = sa.select(table.c.id).where(table.c.contact_id == contact_id)
    return list(session.sql(about.union(sa.select(table.c.id).where(names_them))).scalars())


def erase_contact(
    session: Session,
    contact_id: str,
    *,
    addresses: Collection[str],
    address_hashes: Collection[str],
    mentions: Collection[str],
) -> None:
    """Remove a contact, its rows, and what others say of it.

    Args:
        session: a writing one
        contact_id: the contact, whose sequences have ended
        addresses: all of its addresses, in lower case
        address_hashes: their hashes, whose suppressions lose the address and stay
        mentions: what `find_mentions` has found
    """
    if session.get_bind().dialect.name == "sqlite":
        # What is deleted is overwritten, and not only given free.
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    name = session.sql(sa.select(col(Contact.name)).where(col(Contact.id) == contact_id)).scalar_one()
    _blank_messages(session, contact_id, addresses)
    _blank_steps(session, mentions)
    _forget_questions(session, contact_id, addresses)
    _forget_suppressed(session, contact_id, address_hashes)
    _forget_changes(session, contact_id, addresses)
    session.sql(sa.delete(ContentItem).where(col(ContentItem.contact_id) == contact_id))
    _forget_reads(session, contact_id)
    forget_contacts(session, [contact_id])
    session.sql(sa.delete(Contact).where(col(Contact.id) == contact_id))
    forget_names(session, name)
    rewrite_words(session)
    forget_unused_names(session)


def _blank_messages(session: Session, contact_id: str, addresses: Collection[str]) -> None:
    """What was sent is no more than that it was, by which step and when; what came back, that it did."""
    actions, messages = table_of(OutboundAction), table_of(InboundMessage)
    of_theirs = sa.select(actions.c.id).where(actions.c.contact_id == contact_id)
    from_them = (
        (messages.c.contact_id == contact_id)
        | messages.c.outbound_action_id.in_(of_theirs)
        | among(session, sa.func.lower(messages.c.from_address), addresses)
    )
    blanks = dict.fromkeys(("from_address", "to_address", "subject", "own_text", "contact_id"))
    session.sql(_quick(sa.update(InboundMessage).where(from_them).values(**blanks, headers="{}", dsn="{}")))
    texts = ("to_address", "subject", "body_text", "body_html", "previous_text", "provider_id", "thread_id", "error")
    statement = sa.update(OutboundAction).where(actions.c.contact_id == contact_id)
    session.sql(_quick(statement.values(**dict.fromkeys(texts), contact_id=None)))


def _blank_steps(session: Session, mentions: Collection[str]) -> None:
    """What steps say of them, in runs that don't read it any more."""
    steps, runs = table_of(Step), table_of(Run)
    unread = sa.select(runs.c.id).where(runs.c.status.in_(_OVER) | (runs.c.driver == Driver.MOVER))
    names_them = among(session, steps.c.id, mentions) & steps.c.workflow_run_id.in_(unread)
    blank = {"input": "{}", "output": "{}", "url": None, "error": None, "contact_id": None}
    session.sql(_quick(sa.update(Step).where(names_them).values(**blank)))


def _forget_changes(session: Session, contact_id: str, addresses: Collection[str]) -> None:
    """What could be taken back of them: the images of their rows, and of those that were merged into them."""
    table = table_of(ChangedRow)
    ids = [contact_id, *_merged_into(session, contact_id)]
    names_them = _says(table.c.data, [*ids, *addresses]) | table.c.row_id.in_(ids)
    of_theirs = sa.select(table.c.row_id).where(names_them, table.c.row_id != "")
    present = [
        sa.select(each.table.c.id).where(each == contact_id)
        for each in columns_that_refer_to_contacts()
        if each.table.name in TRACKED
    ]
    is_about_them = names_them | table.c.row_id.in_(sa.union(of_theirs, *present))
    # Of inserts the log has ids alone.
    is_image = sa.type_coerce(table.c.kind, sa.Text()) != RowChange.INSERT.value
    session.sql(sa.delete(table).where(is_about_them, is_image))


def _merged_into(session: Session, contact_id: str) -> list[str]:
    """The ids of the contacts that became one with this one."""
    table = table_of(Contact)
    metadata = session.sql(sa.select(table.c.metadata).where(table.c.id == contact_id)).scalar_one()
    return [each["id"] for each in orjson.loads(metadata).get("merged", [])]


def _forget_questions(session: Session, contact_id: str, addresses: Collection[str]) -> None:
    """What was asked or answered about them, or is kept for a call that is made again."""
    words = [contact_id, *addresses]
    tasks, approvals, kept_answers = table_of(Task), table_of(Approval), table_of(KeptAnswer)
    session.sql(sa.delete(Task).where(_says(tasks.c.payload, words) | _says(tasks.c.description, addresses)))
    is_answered = approvals.c.answer.is_not(None) & (
        _says(approvals.c.arguments, words) | _says(approvals.c.shown, words)
    )
    session.sql(_quick(sa.update(Approval).where(is_answered).values(shown=_ERASED, arguments="{}", reason=None)))
    session.sql(sa.delete(KeptAnswer).where(_says(kept_answers.c.answer, words)))
    for name in ("errors", "result", "status_reason"):
        column = table_of(Run).c[name]
        for address in addresses:
            naming = sa.update(Run).where(column.contains(address, autoescape=True))
            session.sql(_quick(naming.values({name: sa.func.replace(column, address, _ERASED)})))


def _forget_suppressed(session: Session, contact_id: str, address_hashes: Collection[str]) -> None:
    """What they are recognised by stays, and is all that stays."""
    table = table_of(Suppression)
    of_contact = (table.c.contact_id == contact_id) | among(session, table.c.address_hash, address_hashes)
    session.sql(_quick(sa.update(Suppression).where(of_contact).values(address=None, contact_id=None)))


def _forget_reads(session: Session, contact_id: str) -> None:
    """That a platform was paid today for telling of them."""
    user_ids = sa.select(col(Identity.platform_user_id)).where(col(Identity.contact_id) == contact_id)
    session.sql(sa.delete(PlatformRead).where(col(PlatformRead.resource_id).in_(user_ids)))


def _says(column: sa.ColumnElement[str], words: Collection[str]) -> sa.ColumnElement[bool]:
    condition: sa.ColumnElement[bool] = sa.false()
    for word in words:
        # As it stands within JSON.
        condition |= column.icontains(orjson.dumps(word).decode()[1:-1], autoescape=True)
    return condition


def _quick(statement: sa.Update) -> sa.Update:
    return statement.execution_options(synchronize_session=False)
