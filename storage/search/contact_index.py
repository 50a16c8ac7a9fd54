"""The search index: what of each contact can be found, and in which order (docs/storage.md, "Search").

Every indexed contact has a row in `contact_search` and a document in `contact_words`: a full-text table on SQLite
(FTS5), a `tsvector` on PostgreSQL. A document has four columns: the name, the company, other short details, free text.

On SQLite a document's rowid is its `place`: enrichment score first, then the order in which contacts came in. So the
full text gives the best of any number of hits without sorting them, which is what keeps searching fast.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import Field

from onelane.storage.database.columns import flag_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, insert_on, table_of
from onelane.storage.people.contact_field import Weight
from onelane.storage.people.contacts import Contact, fields_by_place
from onelane.storage.search import words
from onelane.storage.search.words import learn_names

SCORE_UNIT = 1 << 40
"""What a point of the enrichment score adds to a place; below it is room for the contact's number."""

HIGHEST_SCORE = 100
LONGEST_TEXT = 20_000
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


def place() -> sa.ColumnElement[int]:
    """Where a contact stands among all: a higher score is further out, archived contacts are below zero."""
    sign = sa.case((INDEXED.c.is_archived, -1), else_=1)
    return sign * (INDEXED.c.score * sa.literal(SCORE_UNIT, sa.BigInteger()) + INDEXED.c.number)


def number_at(spot: int) -> int:
    """The number of the contact at a place."""
    return abs(spot) % SCORE_UNIT


def index_contacts(session: Session, contact_ids: Collection[str]) -> None:
    """Let these contacts be found by what the tables say of them now.

    Whoever inserts contacts, or changes what can be found of them (texts, tags, funnel stage, enrichment score,
    identities, addresses, archiving), calls this afterwards in the same transaction. Doing it again changes nothing.
    """
    if not contact_ids:
        return
    session.flush()
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    ids = {"ids": orjson.dumps(list(contact_ids)).decode() if is_sqlite else list(contact_ids)}
    index = _index_in_sqlite if is_sqlite else _index_in_postgresql
    index(connection, ids)
    learn_names(session, connection.execute(_statements(is_sqlite=is_sqlite).names, ids).scalar_one() or "")


def forget_contacts(session: Session, contact_ids: Collection[str]) -> None:
    """Let these contacts be found no more. Deleting a contact does it by itself."""
    session.sql(sa.delete(INDEXED).where(among(session, INDEXED.c.contact_id, contact_ids)))


def rewrite_words(session: Session) -> None:
    """Write the full-text table anew: SQLite only crosses out what is deleted from it, and keeps the words.

    Its manual: https://www.sqlite.org/fts5.html#the_optimize_command
    """
    if session.get_bind().dialect.name == "sqlite":
        session.sql(sa.text("INSERT INTO contact_words (contact_words) VALUES ('optimize')"))


def index_new_contacts(session: Session) -> None:
    """Index all contacts that are not indexed yet: those of a database from before there was an index."""
    people = table_of(Contact)
    unknown = sa.select(people.c.id).where(~sa.exists().where(INDEXED.c.contact_id == people.c.id))
    unknown = unknown.order_by(people.c.id).limit(_ALL_AT_ONCE)
    while ids := list(session.sql(unknown).scalars()):
        index_contacts(session, ids)


class _Statements:
    """What is the same on both databases but for how ids are given. Made once, for that takes longer than running."""

    def __init__(self, *, is_sqlite: bool) -> None:
        people = table_of(Contact)
        list_of_ids = (
            "SELECT value FROM json_each(:ids)" if is_sqlite else "SELECT unnest(CAST(:ids AS text[])) AS value"
        )
        is_in_ids = people.c.id.in_(sa.text(list_of_ids).columns(sa.column("value", sa.Text())))
        self.names = sa.select(sa.func.aggregate_strings(people.c.name, " ")).where(is_in_ids)
        score = sa.case((people.c.enrichment_score.between(0, HIGHEST_SCORE), people.c.enrichment_score), else_=0)
        rows = sa.select(people.c.id, score, people.c.archived_at.is_not(None), people.c.created_at)
        entered = insert_on("sqlite" if is_sqlite else "postgresql", INDEXED).from_select(
            ["contact_id", "score", "is_archived", "created_at"], rows.where(is_in_ids).order_by(people.c.id)
        )
        changes = {name: entered.excluded[name] for name in ("score", "is_archived", "created_at")}
        self.enter = entered.on_conflict_do_update(index_elements=["contact_id"], set_=changes)
        """Gives contacts their rows in `contact_search`."""


@cache
def _statements(*, is_sqlite: bool) -> _Statements:
    return _Statements(is_sqlite=is_sqlite)


def _fields(weight: Weight | None = None) -> list[str]:
    """The columns whose words are in one column of the index, or in any."""
    return [field.name for field in fields_by_place() if field.weight and weight in (None, field.weight)]


# --- SQLite: one statement reads the tables and writes the documents ---


def _index_in_sqlite(connection: Connection, ids: dict[str, Any]) -> None:
    _teach_words(connection)
    connection.execute(_DELETE_DOCUMENTS, ids)
    connection.execute(_statements(is_sqlite=True).enter, ids)
    connection.execute(_INSERT_DOCUMENTS, ids)


def _teach_words(connection: Connection) -> None:
    """Let the SQL of this connection call the functions that make words."""
    driver = connection.connection.driver_connection
    if "knows_words" in connection.info or not isinstance(driver, sqlite3.Connection):
        return
    for function in (words.text_words, words.name_words, words.tag_words, words.kept_words):
        driver.create_function(function.__name__, 1, function, deterministic=True)
    connection.info["knows_words"] = True


def _sql_after(name: str) -> str:
    """What a short text adds behind others."""
    return (
        f" || CASE WHEN c.{name} IS NULL THEN '' WHEN c.{name} GLOB '*[^ -~]*' THEN ' ' || text_words(c.{name})"
        f" ELSE ' ' || c.{name} END"
    )


def _sql_texts(names: Sequence[str]) -> str:
    """The words of one short text, or of several together; null where all of them are."""
    if len(names) == 1:
        return f"CASE WHEN c.{names[0]} GLOB '*[^ -~]*' THEN text_words(c.{names[0]}) ELSE c.{names[0]} END"
    together = " || ".join(f"coalesce(c.{name} || ' ', '')" for name in names)
    columns = ", ".join(f"c.{name}" for name in names)
    return f"CASE WHEN coalesce({columns}) IS NOT NULL THEN text_words(substr({together}, 1, {LONGEST_TEXT})) END"


_KEPT_UNDER = ("also", *words.OTHER_NAMES)
_SQL_KEEPS_WORDS = " OR ".join(f"instr(platform_data, '\"{name}\":')" for name in _KEPT_UNDER)
"""Most identities keep no words, which is seen quickly. A colon in front would be the mark of a parameter."""

_DELETE_DOCUMENTS = sa.text("""
    DELETE FROM contact_words WHERE rowid IN (
        SELECT CASE WHEN is_archived THEN -1 ELSE 1 END * (score * 1099511627776 + number)
        FROM contact_search WHERE contact_id IN (SELECT value FROM json_each(:ids)))
""")

# Plain text needs no function, for the index splits it the same way: GLOB looks whether it is plain. Documents come in
# the order of their places, because going back makes FTS5 write out what it has collected so far.
_INSERT_DOCUMENTS = sa.text(f"""
    INSERT INTO contact_words (rowid, name, company, details, notes)
    SELECT
        CASE WHEN s.is_archived THEN -1 ELSE 1 END * (s.score * 1099511627776 + s.number),
        CASE WHEN c.name GLOB '*[^A-Za-z0-9 ]*' THEN name_words(c.name)
             ELSE c.name || ' ¶' || replace(c.name, ' ', '') END{"".join(map(_sql_after, _fields("A")[1:]))},
        {_sql_texts(_fields("B"))},
        '§f' || c.funnel_stage || coalesce(' §p' || c.platform, '')
            {"".join(map(_sql_after, _fields("C")))}
            || CASE WHEN c.tags = '[]' THEN '' ELSE ' ' || tag_words(c.tags) END
            || coalesce((
                SELECT group_concat(' §p' || platform
                    || CASE WHEN platform_handle IS NULL THEN ''
                            WHEN platform_handle GLOB '*[^ -~]*' THEN ' ' || text_words(platform_handle)
                            ELSE ' ' || platform_handle END
                    || CASE WHEN {_SQL_KEEPS_WORDS} THEN ' ' || kept_words(platform_data) ELSE '' END, '')
                FROM contact_identities WHERE contact_id = c.id), '')
            || coalesce((
                SELECT ' §e ' || group_concat(
                    CASE WHEN address GLOB '*[^ -~]*' THEN text_words(address) ELSE address END, ' ')
                FROM contact_emails WHERE contact_id = c.id),
                CASE WHEN c.email IS NULL THEN ' §n' ELSE ' §e ' || text_words(c.email) END),
        {_sql_texts(_fields("D"))}
    FROM contact_search AS s JOIN contacts AS c ON c.id = s.contact_id
    WHERE s.contact_id IN (SELECT value FROM json_each(:ids))
    ORDER BY 1
""")  # noqa: S608 - the names are those of our own columns


# --- PostgreSQL: documents are put together here and written at once ---


def _index_in_postgresql(connection: Connection, ids: dict[str, Any]) -> None:
    connection.execute(_statements(is_sqlite=False).enter, ids)
    rows = connection.execute(_READ_FIELDS, {**ids, "keeps_words": f'"({"|".join(_KEPT_UNDER)})":'}).mappings()
    documents = {row["number"]: _document(row) for row in rows}
    connection.execute(_UPSERT_DOCUMENTS, {"numbers": list(documents), "words": list(documents.values())})


_READ_FIELDS = sa.text(f"""
    SELECT s.number, c.tags, c.funnel_stage, c.platform, c.email, {", ".join(f"c.{name}" for name in _fields())},
        ARRAY(SELECT platform FROM contact_identities WHERE contact_id = c.id) AS platforms,
        ARRAY(SELECT platform_handle FROM contact_identities WHERE contact_id = c.id AND platform_handle IS NOT NULL)
            AS handles,
        ARRAY(SELECT platform_data FROM contact_identities WHERE contact_id = c.id AND platform_data ~ :keeps_words)
            AS kept,
        ARRAY(SELECT address FROM contact_emails WHERE contact_id = c.id) AS addresses
    FROM contact_search AS s JOIN contacts AS c ON c.id = s.contact_id
    WHERE s.contact_id = ANY(:ids)
""")  # noqa: S608 - the names are those of our own columns
_UPSERT_DOCUMENTS = sa.text("""
    INSERT INTO contact_words (number, words)
    SELECT number, words::tsvector FROM unnest(CAST(:numbers AS bigint[]), CAST(:words AS text[])) AS d (number, words)
    ON CONFLICT (number) DO UPDATE SET words = excluded.words
""")


def _document(row: RowMapping) -> str:
    """A contact's document as PostgreSQL reads a `tsvector`: each word with the weight of its column."""
    name, *others = _fields("A")
    columns = (
        " ".join([words.name_words(row[name]), *_words(row, others)]),
        words.text_words(_together(row, _fields("B"))),
        " ".join(_details(row)),
        words.text_words(_together(row, _fields("D"))),
    )
    return " ".join(
        f"'{word[: words.LONGEST_WORD]}':{position}{weight}"
        for position, (weight, text) in enumerate(zip("ABCD", columns, strict=True), start=1)
        for word in dict.fromkeys(text.split())
    )


def _together(row: RowMapping, names: Sequence[str]) -> str:
    return " ".join(filter(None, (row[name] for name in names)))[:LONGEST_TEXT]


def _words(row: RowMapping, names: Sequence[str]) -> Iterator[str]:
    return (words.text_words(row[name] or "") for name in names)


def _details(row: RowMapping) -> Iterator[str]:
    yield f"{words.MARK}f{row['funnel_stage']}"
    yield from (f"{words.MARK}p{platform}" for platform in {row["platform"], *row["platforms"]} if platform)
    yield from _words(row, _fields("C"))
    yield words.tag_words(row["tags"])
    yield from map(words.text_words, row["handles"])
    yield from map(words.kept_words, row["kept"])
    addresses = row["addresses"] or [address for address in (row["email"],) if address]
    yield words.MARK + ("e" if addresses else "n")
    yield from map(words.text_words, addresses)
