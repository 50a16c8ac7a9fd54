"""The words that names are made of: from these a mistyped name is put right.

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

from onelane.storage.bulk import insert_rows
from onelane.storage.database import Session
from onelane.storage.rows import Row, table_of
from onelane.storage.words import words_of

SHORTEST = 3
"""Shorter words are not put right, and nothing is put right to them."""
LONGEST = 40
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
    raw = set(names.split())
    plain = words_of(" ".join(filter(str.isascii, raw)))
    others = [word for name in raw if not name.isascii() for word in words_of(name)]
    told = sorted({word for word in (*plain, *others) if SHORTEST <= len(word) <= LONGEST})
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    asked = {"words": orjson.dumps(told).decode() if is_sqlite else told}
    new = connection.execute(_unknown(is_sqlite=is_sqlite), asked)
    rows = [(key, len(text), text) for text in (new.scalar_one() or "").split() for key in _keys(text)]
    insert_rows(session, NameWordKey, ("key", "length", "word"), rows, pass_over_doubles=True)


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
    from rapidfuzz.distance import OSA

    near = sa.select(sa.func.aggregate_strings(KEYS.c.word, " ")).where(
        KEYS.c.key.in_(set(_asked_keys(word))), KEYS.c.length.between(len(word) - slips, len(word) + slips)
    )
    candidates = sorted(set((session.sql(near).scalar_one() or "").split()))
    found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=slips, limit=MOST_MEANT)
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
