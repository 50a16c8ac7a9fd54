"""The search index: what of each contact can be found, and in which order (DESIGN 4).

Every indexed contact has a row in `contact_search` and a document in `contact_words`: a full-text table on SQLite (FTS5),
a `tsvector` on PostgreSQL. A document has four columns: the name, the company, other short details and free text.

On SQLite a document's rowid is its `place`: enrichment score first, then the order in which contacts came in. So the full
text gives the best of any number of hits without sorting them, which is what keeps searching fast.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping
from sqlmodel import Field

from onelane.storage import words
from onelane.storage.bulk import among
from onelane.storage.columns import flag_column, time_column
from onelane.storage.contacts import Contact
from onelane.storage.database import Session
from onelane.storage.emails import ContactEmail
from onelane.storage.identities import Identity
from onelane.storage.name_words import learn_names
from onelane.storage.rows import Row, table_of

COLUMNS = ("name", "company", "details", "notes")
"""The columns of a document. PostgreSQL knows them as the weights A, B, C and D."""

SCORE_SHIFT = 40
"""Bits of a place that hold the contact's number; the score is above them."""

_LONGEST_TEXT = 50_000
"""Characters of a free text that can be searched."""
_ALL_AT_ONCE = 5_000


class IndexedContact(Row, table=True):
    """A row of `contact_search`."""

    __tablename__ = "contact_search"

    number: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True),
    )
    """Counts up as contacts come in."""
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", unique=True, sa_type=sa.Text)
    score: int = Field(sa_column=sa.Column(sa.Integer(), nullable=False))
    """The enrichment score, 0 to 100."""
    is_archived: bool = Field(sa_column=flag_column(default=False))
    created_at: datetime = Field(sa_column=time_column(nullable=False))


INDEXED = table_of(IndexedContact)
DOCUMENTS = sa.table(
    "contact_words",
    sa.column("rowid", sa.BigInteger()),
    *(sa.column(name, sa.Text()) for name in COLUMNS),
    sa.column("number", sa.BigInteger()),
    sa.column("words", postgresql.TSVECTOR()),
)


def place() -> sa.ColumnElement[int]:
    """Where a contact stands among all: a higher score is further out, archived contacts are below zero."""
    sign = sa.case((INDEXED.c.is_archived, -1), else_=1)
    score = sa.cast(INDEXED.c.score, sa.BigInteger()).bitwise_lshift(SCORE_SHIFT)
    return sign * score.bitwise_or(INDEXED.c.number)


def index_contacts(session: Session, contact_ids: Collection[str]) -> None:
    """Let these contacts be found by what the tables say of them now.

    Whoever inserts contacts, or changes what can be found of them (texts, tags, funnel stage, enrichment score, identities,
    addresses, archiving), calls this afterwards in the same transaction. Doing it again changes nothing.
    """
    if not contact_ids:
        return
    if session.get_bind().dialect.name == "sqlite":
        _index_in_sqlite(session, contact_ids)
    else:
        _index_in_postgresql(session, contact_ids)
    learn_names(session, _names(session, contact_ids))


def forget_contacts(session: Session, contact_ids: Collection[str]) -> None:
    """Let these contacts be found no more. Deleting a contact does it by itself."""
    session.sql(sa.delete(INDEXED).where(among(session, INDEXED.c.contact_id, contact_ids)))


def index_new_contacts(session: Session) -> None:
    """Index all contacts that are not indexed yet: those of a database from before there was an index."""
    people = table_of(Contact)
    unknown = sa.select(people.c.id).where(~sa.exists().where(INDEXED.c.contact_id == people.c.id))
    unknown = unknown.order_by(people.c.id).limit(_ALL_AT_ONCE)
    while ids := list(session.sql(unknown).scalars()):
        index_contacts(session, ids)


def _names(session: Session, contact_ids: Collection[str]) -> str:
    people = table_of(Contact)
    query = sa.select(sa.func.aggregate_strings(people.c.name, " ")).where(among(session, people.c.id, contact_ids))
    return session.sql(query).scalar_one() or ""


def _enter(session: Session, contact_ids: Collection[str]) -> None:
    """Give the contacts their rows in `contact_search`."""
    people = table_of(Contact)
    score = sa.case((people.c.enrichment_score < 0, 0), (people.c.enrichment_score > 100, 100), else_=people.c.enrichment_score)
    known = sa.select(people.c.id, score, people.c.archived_at.is_not(None), people.c.created_at)
    known = known.where(among(session, people.c.id, contact_ids)).order_by(people.c.id)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    entered = insert(INDEXED).from_select(["contact_id", "score", "is_archived", "created_at"], known)
    changes = {name: entered.excluded[name] for name in ("score", "is_archived", "created_at")}
    session.sql(entered.on_conflict_do_update(index_elements=["contact_id"], set_=changes))


# --- SQLite: one statement reads the tables and writes the documents ---


def _index_in_sqlite(session: Session, contact_ids: Collection[str]) -> None:
    _teach_words(session)
    these = among(session, INDEXED.c.contact_id, contact_ids)
    session.sql(sa.delete(DOCUMENTS).where(DOCUMENTS.c.rowid.in_(sa.select(place()).where(these))))
    _enter(session, contact_ids)
    # In the order of their places: going back makes FTS5 write out what it has collected.
    documents = _documents().where(these).order_by(sa.literal_column("1"))
    session.sql(sa.insert(DOCUMENTS).from_select(["rowid", *COLUMNS], documents))


def _teach_words(session: Session) -> None:
    """Let this connection's SQL call the functions that make words."""
    pooled = session.connection().connection
    if pooled.info.setdefault("knows_words", False):
        return
    for name, function in _FUNCTIONS.items():
        pooled.driver_connection.create_function(name, 1, function, deterministic=True)
    pooled.info["knows_words"] = True


_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "text_words": words.text_words,
    "name_words": words.name_words,
    "email_words": words.email_words,
    "tag_words": words.tag_words,
}


def _documents() -> sa.Select[*tuple[Any, ...]]:
    people = table_of(Contact)
    details = _joined(
        _searchable(people.c.title),
        sa.case((people.c.tags == "[]", ""), else_=sa.func.tag_words(people.c.tags)),
        sa.func.coalesce(_of(Identity, _joined(_MARKED + "p" + people_platform, _searchable(handle)), " "), ""),
    )
    return sa.select(place(), details)
