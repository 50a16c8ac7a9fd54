"""The words of names, for correcting mistyped names.

A word has three keys: its first letter, two letters in its middle, and its last two. One slip (a letter too many, too
few, another one, or two that changed places) leaves the first or the last key as it was; two slips leave one of the
three. So the words that a mistyped one may mean are read off an index, and only those are compared.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.bulk import insert_rows
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.search.words import words_of

SHORTEST = 3
"""Shorter words are not put right, and nothing is put right to them."""
LONGEST = 40
MOST_MET = 50_000
MOST_MEANT = 12
"""How many words one mistyped word may mean."""


class NameWordKey(Row, table=True):
    """A row of `contact_name_keys`."""

    __tablename__ = "contact_name_keys"
    __table_args__ = (sa.PrimaryKeyConstraint("key", "length", "word"), {"sqlite_with_rowid": False})

    key: str = Field(sa_type=sa.Text)
    length: int
    """Of the word, in characters."""
    word: str = Field(sa_type=sa.Text)


KEYS = table_of(NameWordKey)


def learn_names(session: Session, names: str) -> None:
    """Remember the words of these names, which may be many in one text."""
    connection = session.connection()
    met: set[str] = connection.info.setdefault("name_words_met", set())
    words = _words_of_names(names) - met
    if not words:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    asked = {"words": orjson.dumps(sorted(words)).decode() if is_sqlite else sorted(words)}
    new: str = connection.execute(_unknown(is_sqlite=is_sqlite), asked).scalar_one() or ""
    rows = [(key, len(word), word) for word in sorted(new.split()) for key in _keys(word)]
    insert_rows(session, NameWordKey, ("key", "length", "word"), rows, pass_over_doubles=True)
    session.after_commit(lambda: _met(met, words))


def _words_of_names(names: str) -> set[str]:
    raw = set(names.split())
    # Together where it is quick, one by one where a single letter would make all of them slow.
    words = set(words_of(" ".join(filter(str.isascii, raw))))
    words.update(*(words_of(name) for name in raw if not name.isascii()))
    return {word for word in words if SHORTEST <= len(word) <= LONGEST}


def _met(met: set[str], words: set[str]) -> None:
    """Keep in mind what is surely in the database, so that an import does not ask for it with each batch."""
    if len(met) > MOST_MET:
        met.clear()
    met.update(words)


@cache
def _unknown(*, is_sqlite: bool) -> sa.Select[*tuple[Any, ...]]:
    """Those of the words that are not known yet, in one text."""
    words = "SELECT value FROM json_each(:words)" if is_sqlite else "SELECT unnest(CAST(:words AS text[])) AS value"
    word = sa.text(words).columns(sa.column("value", sa.Text())).subquery().c.value
    first_key = sa.literal("^") + sa.func.substr(word, 1, 1)
    known = sa.exists().where(KEYS.c.key == first_key, KEYS.c.length == sa.func.length(word), KEYS.c.word == word)
    return sa.select(sa.func.aggregate_strings(word, " ")).where(~known)


def meant_words(session: Session, word: str) -> dict[str, int]:
    """The words of names that this one, mistyped, may mean, and how many slips away each is; the nearest first."""
    slips = slips_forgiven(word)
    if slips == 0:
        return {}
    # Comparing is needed only when somebody mistyped; the library would make every start slower.
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = sa.select(sa.func.aggregate_strings(KEYS.c.word, " ")).where(
        KEYS.c.key.in_(set(_asked_keys(word))), KEYS.c.length.between(len(word) - slips, len(word) + slips)
    )
    candidates = sorted(set((session.sql(near).scalar_one() or "").split()))
    found = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=MOST_MEANT)
    return {meant: int(distance) for meant, distance, _ in found}


def slips_forgiven(word: str) -> int:
    """How many slips a word of this length may hold."""
    if len(word) <= SHORTEST or len(word) > LONGEST:
        return 0
    return 1 if len(word) < 8 else 2


def _keys(word: str) -> Iterator[str]:
    yield "^" + word[0]
    yield "$" + word[-2:]
    if len(word) >= 6:
        yield "-" + word[2:4]


def _asked_keys(word: str) -> Iterator[str]:
    """The keys of a word, the middle also where a letter too many or too few would have moved it."""
    yield "^" + word[0]
    yield "$" + word[-2:]
    if slips_forgiven(word) == 2:
        yield from ("-" + word[start : start + 2] for start in (1, 2, 3))
