"""Contacts as documents: all that is kept of who somebody is, to write into a file and to read back.

Instants are ISO 8601 in UTC, JSON columns are what they say. See docs/backups.md, "Exports".
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, among, bare, each, read_rows, table_of
from onelane.storage.people.contact_sources import ContactSource
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity

Document = dict[str, Any]
PARTS: Mapping[str, type[Row]] = {"identities": Identity, "emails": ContactEmail, "sources": ContactSource}
"""The lists in a contact's document, each of rows of one table."""
_LEFT_OUT = frozenset({"contact_id", "workflow_run_id"})
"""Of a part: what the document says already, and what is of this database alone."""
_AT_ONCE = 2_000
_JSON_COLUMNS = frozenset({"tags", "metadata", "platform_data"})


def contact_documents(
    session: Session, *, archived: bool = True, contact_ids: Collection[str] | None = None, parts: Collection[str] = ()
) -> Iterator[Document]:
    """Contacts in the order of their ids, a few thousand of them in memory at a time.

    Args:
        session: a session
        archived: whether those that are archived come as well
        contact_ids: the ids of those that come; None for all
        parts: which lists of `PARTS` come with them
    """
    columns = list(bare(Contact).c)
    for rows in _pages(session, columns, archived=archived, contact_ids=contact_ids):
        documents = _documents(Contact, _columns(Contact), rows)
        _add_parts(session, documents, parts)
        yield from documents


def contact_texts(session: Session, contact_ids: Collection[str] | None = None) -> Iterator[str]:
    """The whole documents of contacts as JSON, in the order of their ids, archived ones as well.

    The database writes them: to read its cells and write them here takes twice the time.

    Args:
        session: a session
        contact_ids: the ids of those that come; None for all
    """
    written = _json_object(session, Contact, _columns(Contact))
    whole = "".join(["%s", *(f',"{part}":[%s]' for part in PARTS), "}"])
    for rows in _pages(session, [bare(Contact).c.id, written], archived=True, contact_ids=contact_ids):
        parts = _part_texts(session, [contact_id for contact_id, _ in rows])
        for contact_id, text in rows:
            yield whole % (text[:-1], *[texts.get(contact_id, "") for texts in parts])


def _pages(
    session: Session, columns: Sequence[sa.ColumnElement[Any]], *, archived: bool, contact_ids: Collection[str] | None
) -> Iterator[list[Values]]:
    """Rows of contacts, of which the id comes first."""
    table, last = bare(Contact), ""
    live = table.c.archived_at.is_(None)
    rest = None if contact_ids is None else sorted(contact_ids)
    while True:
        query = sa.select(*columns).where(table.c.id > last, sa.true() if archived else live).order_by(table.c.id)
        if rest is not None:
            query, rest = query.where(among(session, table.c.id, rest[:_AT_ONCE])), rest[_AT_ONCE:]
        if rows := read_rows(session, query.limit(_AT_ONCE)):
            last = rows[-1][0]
            yield rows
        if not (rows if rest is None else rest):
            return


def known_ids(session: Session, contact_ids: Collection[str]) -> set[str]:
    """Those of these ids that contacts have."""
    table = bare(Contact)
    return {row[0] for row in read_rows(session, sa.select(table.c.id).where(among(session, table.c.id, contact_ids)))}


def holders(session: Session, keys: Collection[tuple[str, str]], addresses: Collection[str]) -> dict[Any, str]:
    """Whose these identities (platform and id) and verified addresses are, where they are one contact's."""
    identities, emails = bare(Identity), bare(ContactEmail)
    owners: dict[Any, str] = {}
    query = sa.select(identities.c.platform, identities.c.platform_user_id, identities.c.contact_id)
    query = query.where(among(session, identities.c.platform_user_id, {user_id for _, user_id in keys}))
    owners |= {(platform, user_id): contact_id for platform, user_id, contact_id in read_rows(session, query)}
    owned = sa.select(emails.c.normalized, sa.func.min(emails.c.contact_id)).where(
        emails.c.normalized.in_(sa.select(each(session, addresses))), sa.type_coerce(emails.c.is_verified, sa.Boolean())
    )
    owned = owned.group_by(emails.c.normalized).having(sa.func.count() == 1)
    return owners | dict(read_rows(session, owned))


def row_of(kind: type[Row], document: Mapping[str, Any]) -> dict[str, Any]:
    """A document's values as the columns of a row keep them; what it has no columns for is left out.

    Raises:
        ValueError: a value is of another kind than its column
    """
    columns = table_of(kind).columns
    return {name: _column_value(columns[name], document[name]) for name in _columns(kind) if name in document}


def _add_parts(session: Session, documents: Sequence[Document], parts: Collection[str]) -> None:
    by_id = {document["id"]: document for document in documents}
    for part in parts:
        for document in documents:
            document[part] = []
        kind = PARTS[part]
        names = _part_columns(kind)
        rows = _part_rows(session, kind, list(by_id), [bare(kind).c[name] for name in names])
        for row, document in zip(rows, _documents(kind, names, rows), strict=True):
            by_id[row[-1]][part].append(document)


def _part_texts(session: Session, contact_ids: Sequence[str]) -> list[dict[str, str]]:
    """What stands in each list of each contact that has something in it."""
    parts = list[dict[str, str]]()
    for kind in PARTS.values():
        columns = [bare(kind).c.id, _json_object(session, kind, _part_columns(kind))]
        texts = dict[str, str]()
        for _, text, contact_id in _part_rows(session, kind, contact_ids, columns):
            texts[contact_id] = f"{texts[contact_id]},{text}" if contact_id in texts else text
        parts.append(texts)
    return parts


def _part_rows(
    session: Session, kind: type[Row], contact_ids: Sequence[str], columns: Sequence[sa.ColumnElement[Any]]
) -> list[Values]:
    """What is kept in a list of these contacts: its id comes first, and whose it is last."""
    table = bare(kind)
    query = sa.select(*columns, table.c.contact_id).where(among(session, table.c.contact_id, contact_ids))
    # The database would carry the whole rows along as it puts them in order.
    return sorted(read_rows(session, query), key=itemgetter(0))


def _part_columns(kind: type[Row]) -> list[str]:
    return [name for name in _columns(kind) if name not in _LEFT_OUT]


def _columns(kind: type[Row]) -> list[str]:
    return _names(kind.__tablename__)


@cache
def _names(table: str) -> list[str]:
    # The names are of a class of SQLAlchemy's own, which JSON does not take.
    return [str(column.name) for column in SQLModel.metadata.tables[table].columns]


def _documents(kind: type[Row], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Document]:
    """Rows that begin with these columns, each as a document shows it."""
    # Column by column: asking each row for each of its columns takes twice as long.
    columns = list[Sequence[Any]](zip(*rows, strict=True))[: len(names)]
    for name, show in shown_otherwise(kind.__tablename__, as_text=False):
        if rows and name in names:
            number = names.index(name)
            columns[number] = [None if value is None else show(value) for value in columns[number]]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


@cache
def shown_otherwise(table: str, *, as_text: bool) -> list[tuple[str, Callable[[Any], Any]]]:
    """The columns that a document does not show as the driver gives them, each with how it does.

    Args:
        table: the table's name
        as_text: leave JSON columns as the text that they are
    """
    converters: list[tuple[str, Callable[[Any], Any]]] = []
    for column in SQLModel.metadata.tables[table].columns:
        if isinstance(column.type, UnixTime):
            converters.append((str(column.name), _instant))
        elif isinstance(column.type, sa.Boolean):
            converters.append((str(column.name), bool))
        elif column.name in _JSON_COLUMNS and not as_text:
            converters.append((str(column.name), _parse_json))
    return converters


def _json_object(session: Session, kind: type[Row], names: Sequence[str]) -> sa.ColumnElement[str]:
    """A row as the text of a JSON object, with its columns as a document shows them."""
    table, types = bare(kind), table_of(kind).columns
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    shows = _in_sqlite if is_sqlite else _in_postgresql
    parts: list[sa.ColumnElement[Any]] = []
    for name in names:
        parts += [sa.literal_column(f"'{name}'", sa.Text()), shows(table.c[name], types[name])]
    write = sa.func.json_object if is_sqlite else sa.func.json_build_object
    return sa.cast(write(*parts), sa.Text())


def _in_sqlite(cell: sa.ColumnElement[Any], column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, UnixTime):
        return sa.func.strftime("%Y-%m-%dT%H:%M:%SZ", cell, "unixepoch")
    if isinstance(column.type, sa.Boolean):
        return sa.func.json(sa.case((cell.is_(None), "null"), (cell == 0, "false"), else_="true"))
    return sa.func.json(cell) if column.name in _JSON_COLUMNS else cell


def _in_postgresql(cell: sa.ColumnElement[Any], column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, UnixTime):
        at = sa.func.timezone("UTC", sa.func.to_timestamp(cell))
        return sa.func.to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return sa.cast(cell, sa.JSON()) if column.name in _JSON_COLUMNS else cell


@lru_cache(maxsize=4_096)
def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _parse_json(text: str) -> Any:
    return {} if text == "{}" else [] if text == "[]" else orjson.loads(text)


def _column_value(column: sa.Column[Any], value: Any) -> Any:
    if value is None and column.nullable:
        return None
    if column.name in _JSON_COLUMNS:
        if isinstance(value, list) is not (column.name == "tags") or not isinstance(value, list | dict):
            raise ValueError(f"{column.name} is {type(value).__name__}")
        return orjson.dumps(value).decode()
    if isinstance(column.type, UnixTime):
        return _seconds(column.name, value)
    expected_type = bool if isinstance(column.type, sa.Boolean) else int if isinstance(column.type, sa.Integer) else str
    if type(value) is not expected_type:
        raise ValueError(f"{column.name} is {type(value).__name__}")
    return value


def _seconds(name: str, value: object) -> int:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{name} is no instant") from None
    if at.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return int(at.timestamp())
