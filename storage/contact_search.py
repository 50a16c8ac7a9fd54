"""Searching contacts: by name, company, title, address, handle, tag and free text, the best first (DESIGN 4)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from onelane.storage.accounts import Platform
from onelane.storage.contact_index import INDEXED, forget_contacts, index_contacts, number_at
from onelane.storage.contacts import Contact, FunnelStage
from onelane.storage.database import Session
from onelane.storage.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.search_cursors import Position, read_cursor, write_cursor
from onelane.storage.search_hits import Bounds, Hits
from onelane.storage.search_terms import AllOf, But, Term, Word
from onelane.storage.search_tiers import MatchedBy, Tier, forgiving_tiers_of, is_forgiving, tiers_of
from onelane.storage.words import MARK, asked_words_of, tag_mark

__all__ = ["ContactQuery", "FoundContacts", "MatchedBy", "forget_contacts", "index_contacts", "search"]

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
    if not query.text.strip():
        found, total = _newest(session, query, after)
    elif after is None:
        found, total = _best(session, query)
    else:
        found, total = _going_on(session, query, after), after.total
    return _page(session, query, found, total)


_Found: TypeAlias = tuple[int, int, MatchedBy | None]
"""The rank of a tier, a place, and how it was found."""


def _identity(query: ContactQuery) -> str:
    """What all pages of one search have in common."""
    return repr({name: value for name, value in asdict(query).items() if name not in ("limit", "cursor")})


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
    return [*(Word(mark, "C") for mark in marks), *(Word(word, "B", begins=True) for word in company)]


def _newest(session: Session, query: ContactQuery, after: Position | None) -> tuple[list[_Found], int]:
    conditions = _conditions(query)
    hits = Hits(session, AllOf(conditions) if conditions else None, _bounds(query))
    numbers = hits.newest(before=after.place if after else None, limit=query.limit + 1)
    return [(0, number, None) for number in numbers], after.total if after else hits.count(MOST_COUNTED + 1)


def _best(session: Session, query: ContactQuery) -> tuple[list[_Found], int]:
    """The first page of a text and the total: what is looked through for the one is enough for the other."""
    tiers = tiers_of(query.text)
    found = _gathered(session, query, tiers)
    if tiers and not found and not _is_anywhere(session, tiers[-1].term):
        found = _gathered(session, query, forgiving_tiers_of(session, query.text))
    return found, len(found)


def _gathered(session: Session, query: ContactQuery, tiers: Sequence[Tier]) -> list[_Found]:
    """What the tiers find, each place once, up to one more than is counted."""
    conditions, bounds = _conditions(query), _bounds(query)
    enough = MOST_COUNTED + 1
    places: dict[Tier, list[int]] = {}
    if tiers and (conditions or bounds != Bounds()):
        # What the last tier finds is all there is; where that is little or nothing, the others need not be looked through.
        places[tiers[-1]] = Hits(session, AllOf([tiers[-1].term, *conditions]), bounds).best(limit=enough)
        enough = len(places[tiers[-1]])
    found: dict[int, _Found] = {}
    for tier in tiers:
        if len(found) < enough:
            known = places.get(tier)
            hits = Hits(session, AllOf([tier.term, *conditions]), bounds)
            for place in hits.best(limit=MOST_COUNTED + 1) if known is None else known:
                found.setdefault(place, (tier.rank, place, tier.matched_by))
    return list(found.values())


def _is_anywhere(session: Session, term: Term) -> bool:
    """Whether anybody has it, archived or not: then nothing was mistyped."""
    return any(Hits(session, term, Bounds(archived=archived)).count(1) for archived in (False, True))


def _going_on(session: Session, query: ContactQuery, after: Position) -> list[_Found]:
    """What comes behind a position, tier by tier, without what an earlier tier has found."""
    tiers = forgiving_tiers_of(session, query.text) if is_forgiving(after.rank) else tiers_of(query.text)
    found: list[_Found] = []
    for better, tier in zip([None, *tiers], tiers, strict=False):
        if tier.rank < after.rank or len(found) > query.limit:
            continue
        term = tier.term if better is None else But(tier.term, better.term)
        hits = Hits(session, AllOf([term, *_conditions(query)]), _bounds(query))
        before = after.place if tier.rank == after.rank else None
        places = hits.best(before=before, limit=query.limit + 1 - len(found))
        found += [(tier.rank, place, tier.matched_by) for place in places]
    return found


def _bounds(query: ContactQuery) -> Bounds:
    return Bounds(
        archived=query.archived,
        lowest_score=query.min_enrichment_score,
        highest_score=query.max_enrichment_score,
        created_after=query.created_after,
        created_before=query.created_before,
    )


def _page(session: Session, query: ContactQuery, found: Sequence[_Found], total: int) -> FoundContacts:
    kept = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        rank, place, _ = kept[-1]
        cursor = write_cursor(Position(rank, place, total), _identity(query))
    return FoundContacts(
        rows=_rows(session, kept),
        next_cursor=cursor,
        total=min(total, MOST_COUNTED),
        total_is_exact=total <= MOST_COUNTED,
    )


def _rows(session: Session, found: Sequence[_Found]) -> list[PlainRow]:
    numbers = [number_at(place) for _, place, _ in found]
    by_number = {row.pop("number"): row for row in plain_rows(session, _NUMBERED, {"numbers": numbers})}
    return [by_number[number_at(place)] | {"matched_by": matched_by} for _, place, matched_by in found]


_NUMBERED = (
    sa.select(*plain(table_of(Contact)), INDEXED.c.number)
    .join(INDEXED, INDEXED.c.contact_id == table_of(Contact).c.id)
    .where(INDEXED.c.number.in_(sa.bindparam("numbers", expanding=True)))
)
