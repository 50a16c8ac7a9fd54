"""What of contacts stands in what leaves, so that a question can name it (docs/agent.md, "What leaves")."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, bare
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail

_LEAST_CHARS = 4
_MOST_NAMED = 5
_MOST_WORDS = 100
_NOTE_WORDS = 4
"""So many words in a row that stand in a note are from the note."""
_LEAST_DIGITS, _TELLING_DIGITS = 7, 9
_SPELLED = (
    (re.compile(r"\s*[\[({]\s*at\s*[\])}]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s*[\[({]\s*dot\s*[\])}]\s*", re.IGNORECASE), "."),
)
_BETWEEN = re.compile(r"[/?&=;,:#]+")
"""What separates words in an address."""
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_NAME_WORDS = range(2, 5)
"""So many words are a name; one alone may be any word."""
_EMAIL = re.compile(r"[^\s\"'<>(){}\[\],;:=&?/]+@[^\s\"'<>(){}\[\],;:=&?/@]+")
_NUMBER = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")


def in_address(session: Session, url: str) -> list[str]:
    """What of contacts stands in an address."""
    long = [word for word in _words_in(url) if len(word) >= _LEAST_CHARS][:50]
    table = bare(Contact)
    columns = (table.c.name, table.c.email, table.c.phone, table.c.first_name, table.c.last_name, table.c.company)
    mentions = [
        f"{word!r}, which is the {column.name.replace('_', ' ')} of a contact"
        for word in sorted(long)
        for column in columns
        if session.sql(sa.select(column).where(sa.func.lower(column) == word.lower()).limit(1)).first() is not None
    ]
    text = unquote_plus(url)
    within = [*in_words(session, _BETWEEN.sub(" ", text), ()), *_names(session, text)]
    quoted_words = tuple(repr(word.lower()) for word in long)
    return [*mentions, *(each for each in within if not each.lower().startswith(quoted_words))][:_MOST_NAMED]


def _words_in(url: str) -> set[str]:
    """What stands in an address behind and before its host, each part by itself and unquoted."""
    parts = urlsplit(url)
    values = [word for text in (parts.query, parts.fragment) for pair in parse_qsl(text, True) for word in pair]
    return {*values, *map(unquote_plus, (*parts.path.split("/"), parts.username or "", parts.password or ""))}


def in_words(session: Session, text: str, known_texts: Collection[str]) -> list[str]:
    """What of contacts stands in words that is not for everybody: addresses, numbers and notes.

    Names, companies and places are what people are looked for by.

    Args:
        session: the transaction
        text: the words
        known_texts: what the person said themselves, which is theirs to tell
    """
    plain = _plain(text)
    known_text = "\n".join(map(_plain, known_texts))
    emails = [
        f"{each!r}, the e-mail address of a contact"
        for each in _emails(session, plain)
        if each not in known_text.lower()
    ]
    digits = _digits(known_text)
    phones = [f"{each!r}, the phone number of a contact" for each in _phones(session, plain) if each not in digits]
    notes = [f"{each!r}, from the notes on a contact" for each in _notes(session, plain) if each not in known_text]
    return [*emails, *phones, *notes][:_MOST_NAMED]


def _plain(text: str) -> str:
    """Text as it is compared: however its letters are written, with one space between words."""
    plain = unicodedata.normalize("NFKC", unquote_plus(text))
    for pattern, letter in _SPELLED:
        plain = pattern.sub(letter, plain)
    return " ".join(plain.split())


def _emails(session: Session, text: str) -> list[str]:
    addresses = sorted({match.strip(".").lower() for match in _EMAIL.findall(text)})[:_MOST_WORDS]
    if not addresses:
        return []
    contacts, emails = bare(Contact), bare(ContactEmail)
    query = sa.select(emails.c.normalized).where(among(session, emails.c.normalized, addresses))
    query = query.union(sa.select(contacts.c.email).where(among(session, sa.func.lower(contacts.c.email), addresses)))
    return sorted({address.lower() for address in session.sql(query).scalars()})


def _phones(session: Session, text: str) -> list[str]:
    """The digits of numbers that end like a contact's: their beginning is written in many ways."""
    numbers = {_digits(match).lstrip("0") for match in _NUMBER.findall(text)}
    column = bare(Contact).c.phone
    digits_column = column
    for letter in " -()./+":
        digits_column = sa.func.replace(digits_column, letter, "")
    # Behind a number may stand that of a desk: `+12025550100 ext. 12`.
    digits_column = digits_column + "ext"
    return [
        number
        for number in sorted(numbers)
        if len(number) >= _LEAST_DIGITS
        and session.sql(
            sa.select(column)
            .where(column.is_not(None), digits_column.like(f"%{number[-_TELLING_DIGITS:]}ext%"))
            .limit(1)
        ).first()
    ]


def _notes(session: Session, text: str) -> list[str]:
    column = bare(Contact).c.notes
    in_a_line = sa.func.replace(column, "\n", " ")
    stands = [in_a_line.icontains(window, autoescape=True) for window in _windows(text.split()[:_MOST_WORDS])]
    if not stands:
        return []
    note = session.sql(sa.select(column).where(column.is_not(None), sa.or_(*stands)).limit(1)).scalar()
    from_note = (
        [] if note is None else [each for each in _windows(text.split()) if each.lower() in _plain(note).lower()]
    )
    return from_note[:1]


def _names(session: Session, text: str) -> list[str]:
    """The names of contacts that stand between other words, however these are separated."""
    words = _WORD.findall(_plain(text))[:_MOST_WORDS]
    windows = {window for length in _NAME_WORDS for window in _windows(words, length)}
    spellings = {spelling for each in windows for spelling in (each, each.lower(), each.title(), each.upper())}
    if not spellings:
        return []
    column = bare(Contact).c.name
    # A database may know capitals of plain letters alone.
    is_there = among(session, column, spellings) | among(session, sa.func.lower(column), spellings)
    names = session.sql(sa.select(column).where(is_there).distinct().limit(_MOST_NAMED)).scalars()
    return [f"{name!r}, the name of a contact" for name in sorted(names)]


def _windows(words: list[str], length: int = _NOTE_WORDS) -> Iterator[str]:
    for start in range(len(words) - length + 1):
        yield " ".join(words[start : start + length])


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())
