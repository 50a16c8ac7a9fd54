"""Matching documents: search terms, match tiers (exact, prefix, text, typo), and the hits of a term.

A text is cut at its spaces, and everything in it must be found. A word with a hyphen, an apostrophe or the like may
also be written without it (`O'Neil`, `Anne-Marie`).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from onelane.storage.database.engine import DialectName, Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.search.contact_index import HIGHEST_SCORE, INDEXED, SCORE_UNIT, place
from onelane.storage.search.words import asked_words_of, meant_words, squeezed, whole_name

Columns: TypeAlias = Literal["A", "B", "C", "ABC", "ABCD"]
"""Columns of a document, by their weights in PostgreSQL: name, company, details, notes."""

_FTS5_NAMES = {"A": "name", "B": "company", "C": "details", "D": "notes"}


@dataclass(frozen=True, slots=True)
class SearchWord:
    """A word in one of these columns, or a word that begins so. Letters, digits and marks only."""

    text: str
    columns: Columns
    begins: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything of this."""

    terms: Sequence["Term"]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of this."""

    terms: Sequence["Term"]


@dataclass(frozen=True, slots=True)
class But:
    """The one, and not the other."""

    wanted: "Term"
    unwanted: "Term"


Term: TypeAlias = SearchWord | AllOf | AnyOf | But


def written_for(dialect: DialectName, term: Term) -> str:
    """The term in the language of FTS5 or of a `tsquery`.

    Manuals: https://www.sqlite.org/fts5.html#full_text_query_syntax,
    https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY
    """
    return _fts5(term) if dialect == "sqlite" else _tsquery(term)


def _fts5(term: Term) -> str:
    match term:
        case SearchWord(text, columns, begins):
            names = " ".join(_FTS5_NAMES[column] for column in columns)
            return f'{{{names}}} : "{text}"{" *" if begins else ""}'
        case AllOf(terms):
            return f"({' AND '.join(map(_fts5, terms))})"
        case AnyOf(terms):
            return f"({' OR '.join(map(_fts5, terms))})"
        case But(positive, negative):
            return f"({_fts5(positive)} NOT {_fts5(negative)})"


def _tsquery(term: Term) -> str:
    match term:
        case SearchWord(text, columns, begins):
            return f"'{text}':{'*' if begins else ''}{columns}"
        case AllOf(terms):
            return f"({' & '.join(map(_tsquery, terms))})"
        case AnyOf(terms):
            return f"({' | '.join(map(_tsquery, terms))})"
        case But(positive, negative):
            return f"({_tsquery(positive)} & !{_tsquery(negative)})"


MatchedBy: TypeAlias = Literal["exact", "prefix", "text", "typo"]

MOST_WORDS = 16
"""So many words of a text count; the rest would only make the question longer."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Some way to match, and what a document must hold for it. A tier finds all that those of a lower rank do."""

    rank: int
    matched_by: MatchedBy
    term: Term


def tiers_of(text: str) -> Sequence[Tier]:
    """The ways in which a text may match, the best first; none when it holds nothing that can be searched."""
    chunks = _chunks(text)
    if not chunks:
        return []
    name = SearchWord(whole_name(text), "A")

    def all_in(columns: Columns, *, begins: bool) -> Term:
        return AnyOf([name, AllOf([_as_term(chunk, columns, begins=begins) for chunk in chunks])])

    in_names = [
        Tier(0, "exact", name),
        Tier(1, "prefix", all_in("A", begins=False)),
        Tier(WIDEST_IN_NAMES, "prefix", all_in("A", begins=True)),
    ]
    in_details = [Tier(3, "text", all_in("ABC", begins=True)), Tier(4, "text", all_in("ABCD", begins=True))]
    return in_details if _ADDRESS.search(text) else in_names + in_details


def forgiving_tiers_of(session: Session, text: str) -> Sequence[Tier]:
    """The ways in which a text may match with words of names mistyped; fewer slips first."""
    chunks = _chunks(text)
    words_by_typo = {word: meant_words(session, word) for chunk in chunks for word in chunk[-1]}
    slips = sorted({distance for words in words_by_typo.values() for distance in words.values() if distance})

    def forgiven(word: str, most: int) -> Term:
        as_typed = SearchWord(word, "ABCD", begins=True)
        return AnyOf(
            [as_typed, *(SearchWord(other, "A") for other, distance in words_by_typo[word].items() if distance <= most)]
        )

    def tier(most: int) -> Tier:
        everything = AllOf([forgiven(word, most) for chunk in chunks for word in chunk[-1]])
        return Tier(_FORGIVING_RANK + most, "typo", everything)

    return [tier(most) for most in slips]


def is_forgiving(rank: int) -> bool:
    """Whether a tier of this rank puts mistyped words right."""
    return rank >= _FORGIVING_RANK


_Chunk: TypeAlias = list[list[str]]
"""The ways to write what stood between two spaces, each as its words; the last is the one as it was written."""


def _chunks(text: str) -> list[_Chunk]:
    chunks = [_ways_to_write(chunk) for chunk in text.split()]
    return [chunk for chunk in chunks if chunk][:MOST_WORDS]


def _ways_to_write(chunk: str) -> _Chunk:
    words = asked_words_of(chunk)[:MOST_WORDS]
    if len(words) > 1 and _JOINT.search(chunk):
        return [asked_words_of(squeezed(chunk))[:MOST_WORDS], words]
    if not chunk.isascii() and _KANA.search(chunk):
        texts = dict.fromkeys([chunk.translate(_HIRAGANA), chunk.translate(_KATAKANA), chunk])
        return [found for text in texts if (found := asked_words_of(text)[:MOST_WORDS])]
    return [words] if words else []


def _as_term(chunk: _Chunk, columns: Columns, *, begins: bool) -> Term:
    return AnyOf([AllOf([SearchWord(word, columns, begins) for word in words]) for words in chunk])


_FORGIVING_RANK = 5
WIDEST_IN_NAMES = 2
"""The rank of the tier that finds all that is found in names."""
_ADDRESS = re.compile(r"\S@\S")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30f6]")
_KATAKANA = {letter: letter + 0x60 for letter in range(0x3041, 0x3097)}
_HIRAGANA = {katakana: hiragana for hiragana, katakana in _KATAKANA.items()}
"""Each sound of Japanese has a letter in either; a name is typed in one and kept in the other."""
_JOINT = re.compile(r"\w['’`.\-‐]\w")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked of a contact besides its document."""

    archived: bool = False
    lowest_score: int = 0
    highest_score: int = HIGHEST_SCORE
    created_after: datetime | None = None
    created_before: datetime | None = None
    among_ids: Collection[str] | None = None
    """Only these contacts; None for any."""

    @property
    def places(self) -> tuple[int, int]:
        """The lowest and the highest place that may be found."""
        nearest, furthest = self.lowest_score * SCORE_UNIT, (self.highest_score + 1) * SCORE_UNIT - 1
        return (-furthest, -nearest) if self.archived else (nearest, furthest)


class DocumentHits:
    """Those indexed contacts within bounds whose documents hold a term; all within bounds when there is none."""

    def __init__(self, session: Session, term: Term | None, bounds: Bounds) -> None:
        self._session, self._term, self._bounds = session, term, bounds
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"

    @cached_property
    def _parts(self) -> "_Parts":
        term, bounds = self._term, self._bounds
        if term is not None and self._is_sqlite:
            return _parts_in_sqlite(term, bounds, self._about_row())
        conditions = [*_about_score(bounds), *self._about_row()]
        if term is None:
            return _Parts(place(), INDEXED.c.number, INDEXED, conditions)
        match = _DOCUMENT.c.words.bool_op("@@")(sa.cast(written_for("postgresql", term), TSQUERY))
        source = _DOCUMENT.join(INDEXED, INDEXED.c.number == _DOCUMENT.c.number)
        return _Parts(place(), INDEXED.c.number, source, [*conditions, match])

    def best(self, *, before: int | None = None, limit: int) -> list[int]:
        """Places, the best first, beginning behind `before`."""
        is_archived = self._bounds.archived
        if self._term is not None and self._is_sqlite and not self._about_row():
            return self._best_words(self._term, before, limit)
        parts = self._parts
        order = parts.place.asc() if is_archived else parts.place.desc()
        query = parts.select(parts.place)
        if before is not None:
            query = query.where(parts.place > before if is_archived else parts.place < before)
        return list(self._session.sql(query.order_by(order).limit(limit)).scalars())

    def _best_words(self, term: Term, before: int | None, limit: int) -> list[int]:
        """The same for the usual search, whose statement is made once: to build it takes longer than to search."""
        lowest, highest = self._bounds.places
        if before is not None:
            lowest, highest = (before + 1, highest) if self._bounds.archived else (lowest, before - 1)
        statement = _ARCHIVED_PLACES if self._bounds.archived else _PLACES
        params = {"words": written_for("sqlite", term), "lowest": lowest, "highest": highest, "most": limit}
        return list(self._session.sql(statement, params).scalars())

    def newest(self, *, before: int | None = None, limit: int) -> list[int]:
        """Numbers, the newest first, beginning behind `before`."""
        number, query = self._parts.number, self._parts.select(self._parts.number)
        if before is not None:
            query = query.where(number < before)
        return list(self._session.sql(query.order_by(number.desc()).limit(limit)).scalars())

    def contacts(self, *, changed_since: datetime | None = None) -> list[str]:
        """The ids of all contacts that there are, in the order in which they came in."""
        numbers = self._parts.select(self._parts.number)
        query = sa.select(INDEXED.c.contact_id).where(INDEXED.c.number.in_(numbers))
        if changed_since is not None:
            people = table_of(Contact)
            query = query.join(people, people.c.id == INDEXED.c.contact_id).where(people.c.updated_at >= changed_since)
        return list(self._session.sql(query.order_by(INDEXED.c.number)).scalars())

    def _about_row(self) -> list[sa.ColumnElement[bool]]:
        """What only the row of an entry knows, and neither its place nor its document."""
        conditions, ids = _about_creation(self._bounds), self._bounds.among_ids
        return conditions if ids is None else [*conditions, among(self._session, INDEXED.c.contact_id, ids)]

    def count(self, most: int) -> int:
        """How many there are; counting ends at `most`."""
        some = self._parts.select(sa.literal(1)).limit(most)
        return self._session.sql(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the statements about some hits are made of."""

    place: sa.ColumnElement[int]
    number: sa.ColumnElement[int]
    source: sa.FromClause
    conditions: Sequence[sa.ColumnElement[bool]]

    def select(self, column: sa.ColumnElement[int]) -> sa.Select[int]:
        return sa.select(column).select_from(self.source).where(*self.conditions)


def _parts_in_sqlite(term: Term, bounds: Bounds, about_row: Sequence[sa.ColumnElement[bool]]) -> _Parts:
    """A place is a document's rowid, so that `contact_search` is needed only for what its own row knows."""
    row = _DOCUMENT.c.rowid
    number = sa.func.abs(row) % SCORE_UNIT
    source = _DOCUMENT.join(INDEXED, INDEXED.c.number == number) if about_row else _DOCUMENT
    table: sa.ColumnClause[str] = sa.literal_column("contact_words", sa.Text())
    match = table.bool_op("MATCH")(written_for("sqlite", term))
    return _Parts(row, number, source, [match, row.between(*bounds.places), *about_row])


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
_PLACES_OF_WORDS = (
    "SELECT rowid FROM contact_words WHERE contact_words MATCH :words AND rowid BETWEEN :lowest AND :highest "
    "ORDER BY rowid {order} LIMIT :most"
)
_PLACES = sa.text(_PLACES_OF_WORDS.format(order="DESC"))
_ARCHIVED_PLACES = sa.text(_PLACES_OF_WORDS.format(order="ASC"))
