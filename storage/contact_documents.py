"""Contacts as documents: all that is kept of who somebody is, to write into a file and to read back.

Instants are ISO 8601 in UTC, JSON columns are what they say. See docs/backups.md, "Exports".
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, bare, each, read_rows, table_of
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
    session: Session, *, archived: bool = True, contact_ids: Collection[str] | None = None
) -> Iterator[Document]:
    """Contacts in the order of their ids, a few thousand of them in memory at a time.

    Args:
        session: a session
        archived: whether those that are archived come as well
        contact_ids: the ids of those that come; None for all
    """
    table, last = bare(Contact), ""
    live = table.c.archived_at.is_(None)
    rest = None if contact_ids is None else sorted(contact_ids)
    while True:
        query = sa.select(table).where(table.c.id > last, sa.true() if archived else live).order_by(table.c.id)
        if rest is not None:
            query, rest = query.where(among(session, table.c.id, rest[:_AT_ONCE])), rest[_AT_ONCE:]
        rows = read_rows(session, query.limit(_AT_ONCE))
        if rows:
            last = rows[-1][_columns(Contact).index("id")]
            yield from _with_parts(session, list(_documents(Contact, _columns(Contact), rows)))
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


def _with_parts(session: Session, documents: Sequence[Document]) -> Iterator[Document]:
    by_id = {document["id"]: document for document in documents}
    for document in documents:
        document.update({part: [] for part in PARTS})
    for part, kind in PARTS.items():
        table, names = bare(kind), [name for name in _columns(kind) if name not in _LEFT_OUT]
        # Whose it is comes last, behind what the document shows.
        query = sa.select(*(table.c[name] for name in names), table.c.contact_id)
        query = query.where(among(session, table.c.contact_id, list(by_id))).order_by(table.c.id)
        rows = read_rows(session, query)
        for row, document in zip(rows, _documents(kind, names, rows), strict=True):
            by_id[row[-1]][part].append(document)
    yield from documents


def _columns(kind: type[Row]) -> list[str]:
    return _names(kind.__tablename__)


@cache
def _names(table: str) -> list[str]:
    # The names are of a class of SQLAlchemy's own, which JSON does not take.
    return [str(column.name) for column in SQLModel.metadata.tables[table].columns]


def _documents(kind: type[Row], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Document]:
    """Rows that begin with these columns, each as a document shows it."""
    converters = [each for each in shown_otherwise(kind.__tablename__, as_text=False) if each[0] in names]
    for row in rows:
        document = dict(zip(names, row, strict=False))
        for name, show in converters:
            if (value := document[name]) is not None:
                document[name] = show(value)
        yield document


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
