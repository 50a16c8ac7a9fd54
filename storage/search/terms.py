"""What a search asks of documents: words that must be there, put together, and written for either database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from onelane.storage.database.engine import DialectName

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
        case But(wanted, unwanted):
            return f"({_fts5(wanted)} NOT {_fts5(unwanted)})"


def _tsquery(term: Term) -> str:
    match term:
        case SearchWord(text, columns, begins):
            return f"'{text}':{'*' if begins else ''}{columns}"
        case AllOf(terms):
            return f"({' & '.join(map(_tsquery, terms))})"
        case AnyOf(terms):
            return f"({' | '.join(map(_tsquery, terms))})"
        case But(wanted, unwanted):
            return f"({_tsquery(wanted)} & !{_tsquery(unwanted)})"
