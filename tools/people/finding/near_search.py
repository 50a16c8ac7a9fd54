"""Searches in a person's language: where not all words occur, those that do are looked for, and the rest is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onelane.storage.database.engine import Session
from onelane.storage.search.contact_search import ContactQuery, FoundContacts, is_searchable, search

_MOST_WORDS = 12
_JOINING = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "people",
        "person",
        "that",
        "the",
        "their",
        "them",
        "these",
        "they",
        "those",
        "to",
        "we",
        "what",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "with",
        "work",
        "working",
        "works",
    ]
)
"""Words that say nothing about anybody; they are left out first."""


@dataclass(frozen=True, slots=True)
class NearMatches:
    """What was found with some of the words.

    Args:
        found: the first page
        words: the words that were found together
        missing: those that were left out
    """

    found: FoundContacts
    words: str
    missing: Sequence[str]


def near_matches(session: Session, query: ContactQuery) -> NearMatches | None:
    """The best that there is where nobody has all words: as many of the rare ones as occur together.

    Args:
        session: a session
        query: a search that found nobody

    Returns:
        None where there is nothing to leave out, or nothing is left then.
    """
    words = [word for word in dict.fromkeys(query.text.split()) if is_searchable(word)][:_MOST_WORDS]
    telling = [word for word in words if word.lower().strip("?!.,:;\"'") not in _JOINING]
    counts = {word: _search(session, query, [word]).total for word in telling}
    matching_words: list[str] = []
    # The rarest first: it says most about who is meant.
    for word in sorted((each for each in telling if counts[each]), key=counts.__getitem__):
        if _search(session, query, [*matching_words, word]).total:
            matching_words.append(word)
    in_order = [word for word in words if word in matching_words]
    if not in_order or len(in_order) == len(words):
        return None
    matches = search(session, replace(query, text=" ".join(in_order)))
    return NearMatches(matches, " ".join(in_order), [word for word in telling if word not in matching_words])


def _search(session: Session, query: ContactQuery, words: Sequence[str]) -> FoundContacts:
    return search(session, replace(query, text=" ".join(words), limit=1))
