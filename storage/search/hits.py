"""The contacts whose documents hold a term, by their places in the search index."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from onelane.storage.database.engine import Session
from onelane.storage.search.contact_index import HIGHEST_SCORE, INDEXED, SCORE_UNIT, place
from onelane.storage.search.terms import Term, written_for


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked of a contact besides its document."""

    archived: bool = False
    lowest_score: int = 0
    highest_score: int = HIGHEST_SCORE
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def places(self) -> tuple[int, int]:
        """The lowest and the highest place that may be found."""
        nearest, furthest = self.lowest_score * SCORE_UNIT, (self.highest_score + 1) * SCORE_UNIT - 1
        return (-furthest, -nearest) if self.archived else (nearest, furthest)


class DocumentHits:
    """Those indexed contacts within bounds whose documents hold a term; all within bounds when there is none."""

    def __init__(self, session: Session, term: Term | None, bounds: Bounds) -> None:
        self._session = session
        self._archived = bounds.archived
        self._place, self._number = place(), INDEXED.c.number
        self._source: sa.FromClause = INDEXED
        self._conditions = [*_about_score(bounds), *_about_creation(bounds)]
        if term is not None and session.get_bind().dialect.name == "sqlite":
            self._look_into_sqlite_documents(term, bounds)
        elif term is not None:
            self._source = _DOCUMENT.join(INDEXED, INDEXED.c.number == _DOCUMENT.c.number)
            match = _DOCUMENT.c.words.bool_op("@@")(sa.cast(written_for("postgresql", term), TSQUERY))
            self._conditions.append(match)

    def _look_into_sqlite_documents(self, term: Term, bounds: Bounds) -> None:
        """A place is a document's rowid, so that `contact_search` is needed only for when a contact was created."""
        self._place = _DOCUMENT.c.rowid
        self._number = sa.func.abs(_DOCUMENT.c.rowid) % SCORE_UNIT
        creation = _about_creation(bounds)
        self._source = _DOCUMENT.join(INDEXED, INDEXED.c.number == self._number) if creation else _DOCUMENT
        table: sa.ColumnClause[str] = sa.literal_column("contact_words", sa.Text())
        match = table.bool_op("MATCH")(written_for("sqlite", term))
        self._conditions = [match, self._place.between(*bounds.places), *creation]

    def best(self, *, before: int | None = None, limit: int) -> list[int]:
        """Places, the best first, beginning behind `before`."""
        order = self._place.asc() if self._archived else self._place.desc()
        query = sa.select(self._place).select_from(self._source).where(*self._conditions)
        if before is not None:
            query = query.where(self._place > before if self._archived else self._place < before)
        return list(self._session.sql(query.order_by(order).limit(limit)).scalars())

    def newest(self, *, before: int | None = None, limit: int) -> list[int]:
        """Numbers, the newest first, beginning behind `before`."""
        query = sa.select(self._number).select_from(self._source).where(*self._conditions)
        if before is not None:
            query = query.where(self._number < before)
        return list(self._session.sql(query.order_by(self._number.desc()).limit(limit)).scalars())

    def count(self, most: int) -> int:
        """How many there are; counting ends at `most`."""
        some = sa.select(sa.literal(1)).select_from(self._source).where(*self._conditions).limit(most)
        return self._session.sql(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()


def _about_score(bounds: Bounds) -> list[sa.ColumnElement[bool]]:
    conditions = [INDEXED.c.is_archived if bounds.archived else ~INDEXED.c.is_archived]
    if (bounds.lowest_score, bounds.highest_score) != (0, HIGHEST_SCORE):
        conditions.append(INDEXED.c.score.between(bounds.lowest_score, bounds.highest_score))
    return conditions


def _about_creation(bounds: Bounds) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if bounds.created_after is not None:
        conditions.append(INDEXED.c.created_at >= bounds.created_after)
    if bounds.created_before is not None:
        conditions.append(INDEXED.c.created_at < bounds.created_before)
    return conditions


_DOCUMENT = sa.table(
    "contact_words",
    sa.column("rowid", sa.BigInteger()),
    sa.column("number", sa.BigInteger()),
    sa.column("words", TSVECTOR()),
)
