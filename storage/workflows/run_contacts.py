"""Which contacts a run made, and which of others it changed (docs/agent.md, "Lasting effects")."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import Vocabulary, enum_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, bare
from onelane.storage.workflows import run_trees


class Touch(Vocabulary):
    """What a run did to a contact."""

    CREATED = "created"
    FILLED = "filled", "Gaps filled"
    CHANGED = "changed"


class RunContact(Row, table=True):
    """A row of `run_contacts`: a contact that a run, or one that it started, has made or changed."""

    __tablename__ = "run_contacts"

    workflow_run_id: str = Field(foreign_key="workflow_runs.id", ondelete="CASCADE", primary_key=True, sa_type=sa.Text)
    """The run at the top, which nobody started."""
    contact_id: str = Field(primary_key=True, sa_type=sa.Text)
    touch: Touch = Field(sa_column=enum_column(Touch, name="ck_run_contacts_touch"))


def lineage(session: Session, run_id: str) -> list[str]:
    """A run and those above it, itself first: who started it, or planted the schedule that did."""
    return [row["id"] for row in run_trees.lineage(session, run_id)]


def note_contacts(session: Session, run_id: str, contact_ids: Collection[str], touch: Touch) -> None:
    """Keep what a run did to contacts, for the run at the top; a change counts for more than a gap that was filled."""
    top = lineage(session, run_id)[-1]
    touches = of_run(session, top, contact_ids)
    new = [contact_id for contact_id in dict.fromkeys(contact_ids) if contact_id not in touches]
    table = bare(RunContact)
    if new:
        rows = [{"workflow_run_id": top, "contact_id": contact_id, "touch": touch.value} for contact_id in new]
        session.sql(sa.insert(table), rows)
    filled = [contact_id for contact_id, before in touches.items() if before is Touch.FILLED]
    if filled and touch is Touch.CHANGED:
        of_top = (table.c.workflow_run_id == top) & among(session, table.c.contact_id, filled)
        session.sql(sa.update(table).where(of_top).values(touch=touch.value))


def of_run(session: Session, top: str, contact_ids: Collection[str]) -> dict[str, Touch]:
    """What the run at the top, or one below it, did to those of these contacts that it had to do with."""
    table = bare(RunContact)
    query = sa.select(table.c.contact_id, table.c.touch)
    query = query.where(table.c.workflow_run_id == top, among(session, table.c.contact_id, contact_ids))
    return {contact_id: Touch(touch) for contact_id, touch in session.sql(query)}


def count_changed(session: Session, top: str) -> int:
    """How many contacts of others it has changed."""
    table = bare(RunContact)
    query = sa.select(sa.func.count()).where(table.c.workflow_run_id == top, table.c.touch == Touch.CHANGED.value)
    return session.sql(query).scalar_one()
