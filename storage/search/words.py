"""Search words: how texts are split into them, and which words of names a mistyped one may mean.

Words are the same for documents and queries, on both databases. Case, accents and the width of letters make no
difference, and letters that have no plain form of their own get one (ø, ß, ł). Writing that has no spaces is cut into
pairs of characters, so that 公司 is found in 示例公司.

The words of names are kept, each under three keys: its first letter, two letters in its middle, and its last two. One
slip (a letter too many, too few, another one, or two that changed places) leaves the first or the last key as it was;
two slips leave one of the three. So the words that a mistyped one may mean are read off an index, and only those are
compared.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_rows, table_of

WHOLE_NAME = "¶"
"""Marks the token that is a whole name without its spaces; no text that anybody types yields it."""
MARK = "§"
"""Marks a token that is no word of a text: a platform, a stage, a tag."""

OTHER_NAMES = (
    "nickname", "maiden_name", "phonetic_first_name", "phonetic_middle_name", "phonetic_last_name", "phonetic_name",
)  # fmt: skip
"""By what else somebody is called, as exports say it: these are kept with the identity."""
_LONGEST_KEPT = 2_000

LONGEST_WORD = 200
"""Characters of a word that count; PostgreSQL refuses words much longer."""

SHORTEST_CORRECTED = 3
"""Shorter words are not put right, and nothing is put right to them."""
LONGEST_CORRECTED = 40
MOST_MET = 50_000
"""How many words are kept in mind to be in the database already."""
MOST_MEANT = 12
"""How many words one mistyped word may mean."""

_SPECIAL = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h", "ŧ": "t",
}  # fmt: skip
_JOINTS = re.compile(r"(?<=\w)['’`.\-‐](?=\w)")
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af"  # kana, Hangul
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
_UNSPACED = re.compile(f"[{_NO_SPACES}]")
_RUNS = re.compile(f"[{_NO_SPACES}]+|[^{_NO_SPACES}]+")


def words_of(text: str) -> list[str]:
    """The words of a text as they are kept, in order."""
    return _split(folded(text), keep_last=True)


def asked_words_of(text: str) -> list[str]:
    """The words that a text must have to be found: like `words_of`, without the lone last character of a run."""
    return [word[:LONGEST_WORD] for word in _split(folded(text), keep_last=False)]


def squeezed(text: str) -> str:
    """The text as one word: `O'Neil-Smith` is `oneilsmith`."""
    return folded(text).replace(" ", "")


def folded(text: str) -> str:
    """The text in small plain letters, everything between words being a space."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)


def text_words(text: str) -> str:
    """`words_of` a text, joined by spaces."""
    return " ".join(words_of(text))


def name_words(name: str) -> str:
    """The words of a name, those with hyphens and the like also as one, and the mark of the whole name."""
    plain = folded(name)
    words = _split(plain, keep_last=True)
    together = _JOINTS.sub("", name)
    if together != name:
        words += words_of(together)
    return " ".join([*words, whole_name(name)])


def whole_name(name: str) -> str:
    """The mark of a whole name, however its words are held together."""
    return (WHOLE_NAME + squeezed(name))[:LONGEST_WORD]


def tag_words(tags: str) -> str:
    """The words of tags, given as a JSON list, and the mark of each."""
    tag_list = [str(tag) for tag in orjson.loads(tags)]
    return " ".join([*map(text_words, tag_list), *map(tag_mark, tag_list)])


def kept_words(data: str) -> str:
    """The words of what an identity keeps beside the contact's own values: other names, and what was said otherwise."""
    document: dict[str, Any] = orjson.loads(data)
    also: dict[str, list[Any]] = document.get("also", {})
    texts = [document.get(name) for name in OTHER_NAMES]
    texts += chain.from_iterable(also.values())
    return " ".join(name_words(text[:_LONGEST_KEPT]) for text in texts if isinstance(text, str))


def tag_mark(tag: str) -> str:
    """What finds exactly this tag, whatever its case."""
    return f"{MARK}t{tag.strip().casefold().encode().hex()}"[:LONGEST_WORD]


class _Letters(dict[int, str]):
    """What becomes of each character; found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


_LETTERS = _Letters()


def _plain(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character)
    bare = "".join(_SPECIAL.get(part, part) for part in decomposed if not _is_accent(part))
    # Syllables of Hangul and voiced kana are put together again.
    text = unicodedata.normalize("NFC", bare)
    return text if not text or all(map(_belongs_to_a_word, text)) else " "


def _is_accent(character: str) -> bool:
    """Whether it may be left out: accents, Hebrew points, Arabic vowels; not the vowels of Indian scripts."""
    place = unicodedata.combining(character)
    return 10 <= place <= 36 or place >= 200


def _belongs_to_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _split(plain: str, *, keep_last: bool) -> list[str]:
    words = plain.split()
    return words if plain.isascii() else [piece for word in words for piece in _pieces(word, keep_last=keep_last)]


def _pieces(word: str, *, keep_last: bool) -> list[str]:
    """The word, or the pairs of characters of those runs in it that are written without spaces."""
    pieces: list[str] = []
    for run in _RUNS.findall(word):
        if len(run) == 1 or not _UNSPACED.match(run):
            pieces.append(run)
        else:
            pairs = [run[place : place + 2] for place in range(len(run))]
            pieces += pairs if keep_last else pairs[:-1]
    return pieces


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
    known_words: set[str] = connection.info.setdefault("name_words_met", set())
    words = _words_of_names(names) - known_words
    if not words:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    params = {"words": orjson.dumps(sorted(words)).decode() if is_sqlite else sorted(words)}
    new: str = connection.execute(_unknown(is_sqlite=is_sqlite), params).scalar_one() or ""
    rows = [(key, len(word), word) for word in sorted(new.split()) for key in _keys(word)]
    insert_rows(session, NameWordKey, ("key", "length", "word"), rows, pass_over_doubles=True)
    session.after_commit(lambda: _remember_words(known_words, words))


def forget_names(session: Session, names: str) -> None:
    """Forget the words of names that nobody's name has any more; a process that has met them learns them no more."""
    for word in sorted(_words_of_names(names)):
        if not _is_in_a_name(session, word):
            session.sql(sa.delete(KEYS).where(KEYS.c.word == word))
    session.connection().info.pop("name_words_met", None)


def forget_unused_names(session: Session) -> None:
    """Forget all words that nobody's name has: on SQLite those of a name from before a merge or a change stay else.

    What the index holds is read from it: https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    session.sql(sa.text("CREATE VIRTUAL TABLE temp.words_there USING fts5vocab(main, contact_words, col)"))
    session.sql(
        sa.text("DELETE FROM contact_name_keys WHERE word NOT IN (SELECT term FROM words_there WHERE col = 'name')")
    )
    session.sql(sa.text("DROP TABLE temp.words_there"))
    session.connection().info.pop("name_words_met", None)


def _is_in_a_name(session: Session, word: str) -> bool:
    if session.get_bind().dialect.name == "sqlite":
        query = sa.text("SELECT 1 FROM contact_words WHERE contact_words MATCH :asked LIMIT 1")
        search_text = f'{{name}} : "{word}"'
    else:
        query = sa.text("SELECT 1 FROM contact_words WHERE words @@ CAST(:asked AS tsquery) LIMIT 1")
        search_text = f"'{word}':A"
    return session.sql(query, {"asked": search_text}).first() is not None


def _words_of_names(names: str) -> set[str]:
    raw = set(names.split())
    # Together where it is quick, one by one where a single letter would make all of them slow.
    words = set(words_of(" ".join(filter(str.isascii, raw))))
    words.update(*(words_of(name) for name in raw if not name.isascii()))
    return {word for word in words if SHORTEST_CORRECTED <= len(word) <= LONGEST_CORRECTED}


def _remember_words(known_words: set[str], words: set[str]) -> None:
    """Keep in mind what is surely in the database, so that an import does not ask for it with each batch."""
    if len(known_words) > MOST_MET:
        known_words.clear()
    known_words.update(words)


@cache
def _unknown(*, is_sqlite: bool) -> sa.Select[*tuple[Any, ...]]:
    """Those of the words that are not known yet, in one text."""
    words = "SELECT value FROM json_each(:words)" if is_sqlite else "SELECT unnest(CAST(:words AS text[])) AS value"
    word = sa.text(words).columns(sa.column("value", sa.Text())).subquery().c.value
    first_key = sa.literal("^") + sa.func.substr(word, 1, 1)
    is_known = sa.exists().where(KEYS.c.key == first_key, KEYS.c.length == sa.func.length(word), KEYS.c.word == word)
    return sa.select(sa.func.aggregate_strings(word, " ")).where(~is_known)


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
    nearest = process.extract(
        word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=MOST_MEANT
    )
    return {candidate: int(distance) for candidate, distance, _ in nearest}


def slips_forgiven(word: str) -> int:
    """How many slips a word of this length may hold."""
    if len(word) <= SHORTEST_CORRECTED or len(word) > LONGEST_CORRECTED:
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
