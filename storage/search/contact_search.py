"""Searching contacts: by name, company, title, address, handle, tag and free text, the best first.

See docs/storage.md, "Search".
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.people.contacts import Contact, FunnelStage
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_index import INDEXED, forget_contacts, index_contacts, number_at
from onelane.storage.search.cursors import Position, read_cursor, write_cursor
from onelane.storage.search.matching import (
    WIDEST_IN_NAMES,
    AllOf,
    Bounds,
    But,
    DocumentHits,
    MatchedBy,
    SearchWord,
    Term,
    Tier,
    forgiving_tiers_of,
    is_forgiving,
    tiers_of,
)
from onelane.storage.search.words import MARK, asked_words_of, tag_mark

__all__ = [
    "ContactQuery",
    "FoundContacts",
    "MatchedBy",
    "forget_contacts",
    "index_contacts",
    "is_searchable",
    "list_matching",
    "search",
]

MOST_ROWS = 100
MOST_COUNTED = 1_000
"""Hits beyond these are not counted: nobody needs to know, and counting would take longer than searching."""


@dataclass(frozen=True, kw_only=True)
class ContactQuery:
    """What is looked for. All conditions must hold; without any, all contacts that are not archived are meant."""

    text: str = ""
    """Words or beginnings of words, an address, a handle: every one must be found. What is none of these is ignored."""
    tags: Sequence[str] = ()
    """All of these; case makes no difference."""
    platform: Platform | None = None
    """Where the contact came from, or where an identity is known."""
    funnel_stage: FunnelStage | None = None
    company: str | None = None
    """Words, or beginnings of words, of the company."""
    min_enrichment_score: int = 0
    max_enrichment_score: int = 100
    has_email: bool | None = None
    archived: bool = False
    """Archived contacts instead of the others."""
    created_after: datetime | None = None
    """At this instant or later."""
    created_before: datetime | None = None
    """Before this instant."""
    among_ids: Collection[str] | None = None
    """Only these contacts."""
    limit: int = 25
    """Rows at most, 1 to 100."""
    cursor: str | None = None
    """`next_cursor` of the page before."""


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """A page of what was found."""

    rows: Sequence[PlainRow]
    """Columns of `contacts`, and `matched_by`: how the text was found, None when there was none."""
    next_cursor: str | None
    """Where the next page begins; None on the last one."""
    total: int
    total_is_exact: bool
    """False when there are more than `total`."""

    @property
    def total_text(self) -> str:
        """`17`, or `1,000+`."""
        return f"{self.total:,}" if self.total_is_exact else f"{self.total:,}+"


def search(session: Session, query: ContactQuery) -> FoundContacts:
    """Find contacts: by how well the text matches, then by enrichment score, then the newest first.

    A whole name comes before words of a name, these before beginnings of such words, these before company, title,
    address, handle and tag, and these before free text. Only when a text is found nowhere at all are mistyped names
    forgiven. Without a text the newest come first.

    Raises:
        ValueError: the limit is not from 1 to 100, or the cursor is not one of this search
    """
    if not 1 <= query.limit <= MOST_ROWS:
        raise ValueError(f"limit is {query.limit}; it can be from 1 to {MOST_ROWS}.")
    after = None if query.cursor is None else read_cursor(query.cursor, _identity(query))
    look = _Look(session, query)
    if not query.text.strip():
        matches, total = look.newest(after)
    elif after is None:
        matches, total = look.best()
    else:
        matches, total = look.best_behind(after), after.total
    return _page(session, query, matches, total)


def is_searchable(text: str) -> bool:
    """Whether a text holds anything that can be looked for."""
    return bool(tiers_of(text))


def list_matching(
    session: Session,
    *,
    text: str = "",
    tags: Sequence[str] = (),
    company: str | None = None,
    changed_since: datetime | None = None,
    among_ids: Collection[str] | None = None,
) -> list[str]:
    """The ids of all live contacts with these tags and words, the oldest first: whom `search` finds but for typos.

    Args:
        session: a session
        text: words or beginnings of words; see `is_searchable`
        tags: all of these
        company: words of its name, or beginnings of them
        changed_since: only whose own row has changed since then
        among_ids: only these; None for any
    """
    tiers = tiers_of(text)
    terms = [*(tier.term for tier in tiers[-1:]), *_conditions(ContactQuery(tags=tags, company=company))]
    return DocumentHits(session, AllOf(terms) if terms else None, Bounds(among_ids=among_ids)).contacts(
        changed_since=changed_since
    )


_Found: TypeAlias = tuple[int, int, MatchedBy | None]
"""The rank of a tier, a place, and how it was found."""


class _Look:
    """A look into the index for what one query asks."""

    def __init__(self, session: Session, query: ContactQuery) -> None:
        self._session, self._query = session, query
        self._conditions = _conditions(query)
        self._bounds = Bounds(
            archived=query.archived,
            lowest_score=query.min_enrichment_score,
            highest_score=query.max_enrichment_score,
            created_after=query.created_after,
            created_before=query.created_before,
            among_ids=query.among_ids,
        )

    def newest(self, after: Position | None) -> tuple[list[_Found], int]:
        """A page in the order in which contacts came in, and the total."""
        hits = self._hits(None)
        numbers = hits.newest(before=after.place if after else None, limit=self._query.limit + 1)
        matches: list[_Found] = [(0, number, None) for number in numbers]
        return matches, after.total if after else hits.count(MOST_COUNTED + 1)

    def best(self) -> tuple[list[_Found], int]:
        """The first page of a text, and the total: what is looked through for the one is enough for the other."""
        tiers = tiers_of(self._query.text)
        matches = self._gather(tiers)
        if tiers and not matches and not self._is_anywhere(tiers[-1].term):
            matches = self._gather(forgiving_tiers_of(self._session, self._query.text))
        return matches, len(matches)

    def best_behind(self, after: Position) -> list[_Found]:
        """A later page of a text: tier by tier, without what an earlier tier has found."""
        text, size = self._query.text, self._query.limit + 1
        tiers = forgiving_tiers_of(self._session, text) if is_forgiving(after.rank) else tiers_of(text)
        matches: list[_Found] = []
        for better, tier in zip([None, *tiers], tiers, strict=False):
            if tier.rank < after.rank or len(matches) == size:
                continue
            hits = self._hits(tier.term if better is None else But(tier.term, better.term))
            places = hits.best(before=after.place if tier.rank == after.rank else None, limit=size - len(matches))
            matches.extend((tier.rank, place, tier.matched_by) for place in places)
        return matches

    def _gather(self, tiers: Sequence[Tier]) -> list[_Found]:
        """What the tiers find, each place once, until there is more than is counted."""
        everything = self._everything(tiers)
        enough = MOST_COUNTED + 1 if everything is None else len(everything)
        matches: dict[int, _Found] = {}
        places_by_rank = {} if everything is None else {tiers[-1].rank: everything}
        for tier in self._that_may_find(tiers, places_by_rank):
            if len(matches) >= enough:
                break
            places = places_by_rank[tier.rank] if tier.rank in places_by_rank else self._some(tier)
            for place in places:
                matches.setdefault(place, (tier.rank, place, tier.matched_by))
        return list(matches.values())

    def _that_may_find(self, tiers: Sequence[Tier], places_by_rank: dict[int, list[int]]) -> Sequence[Tier]:
        """The tiers without those of names where no name begins so: that is asked first, and its places are kept."""
        names = next((tier for tier in tiers if tier.rank == WIDEST_IN_NAMES), None)
        if names is None or names.rank in places_by_rank:
            return tiers
        places_by_rank[names.rank] = self._some(names)
        return tiers if places_by_rank[names.rank] else [tier for tier in tiers if tier.rank > names.rank]

    def _everything(self, tiers: Sequence[Tier]) -> list[int] | None:
        """What the last tier finds, asked first under conditions: where it is nothing, the others need no look."""
        is_narrow = bool(self._conditions) or self._bounds != Bounds()
        return self._some(tiers[-1]) if tiers and is_narrow else None

    def _some(self, tier: Tier) -> list[int]:
        return self._hits(tier.term).best(limit=MOST_COUNTED + 1)

    def _is_anywhere(self, term: Term) -> bool:
        """Whether anybody has it, archived or not, whatever the conditions: then nothing was mistyped."""
        return any(DocumentHits(self._session, term, Bounds(archived=archived)).count(1) for archived in (False, True))

    def _hits(self, term: Term | None) -> DocumentHits:
        terms = [*([] if term is None else [term]), *self._conditions]
        return DocumentHits(self._session, AllOf(terms) if terms else None, self._bounds)


def _identity(query: ContactQuery) -> str:
    """What all pages of one search have in common."""
    values = {name: value for name, value in asdict(query).items() if name not in ("limit", "cursor")}
    # Who these are may change from page to page.
    return repr({**values, "among_ids": query.among_ids is not None})


def _conditions(query: ContactQuery) -> Sequence[Term]:
    """Those conditions that documents know."""
    marks = [tag_mark(tag) for tag in query.tags]
    if query.platform is not None:
        marks.append(f"{MARK}p{query.platform}")
    if query.funnel_stage is not None:
        marks.append(f"{MARK}f{query.funnel_stage}")
    if query.has_email is not None:
        marks.append(MARK + ("e" if query.has_email else "n"))
    company = asked_words_of(query.company or "")
    if query.company and not company:
        marks.append(MARK)  # A company without a letter is nobody's.
    return [*(SearchWord(mark, "C") for mark in marks), *(SearchWord(word, "B", begins=True) for word in company)]


def _page(session: Session, query: ContactQuery, matches: Sequence[_Found], total: int) -> FoundContacts:
    page_matches = matches[: query.limit]
    cursor = None
    if len(matches) > query.limit:
        rank, place, _ = page_matches[-1]
        cursor = write_cursor(Position(rank, place, total), _identity(query))
    return FoundContacts(
        rows=_rows(session, page_matches),
        next_cursor=cursor,
        total=min(total, MOST_COUNTED),
        total_is_exact=total <= MOST_COUNTED,
    )


def _rows(session: Session, matches: Sequence[_Found]) -> list[PlainRow]:
    numbers = [number_at(place) for _, place, _ in matches]
    by_number = {row.pop("number"): row for row in plain_rows(session, _NUMBERED, {"numbers": numbers})}
    return [by_number[number_at(place)] | {"matched_by": matched_by} for _, place, matched_by in matches]


_NUMBERED = (
    sa.select(*plain(table_of(Contact)), INDEXED.c.number)
    .join(INDEXED, INDEXED.c.contact_id == table_of(Contact).c.id)
    .where(INDEXED.c.number.in_(sa.bindparam("numbers", expanding=True)))
)
