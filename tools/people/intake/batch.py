"""Imports a batch of records in the caller's transaction."""

import gc
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar, cast
from unicodedata import is_normalized, normalize

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.people.contacts import keep_refusals
from onelane.storage.people.identities import hold_identities
from onelane.storage.platforms.accounts import Account
from onelane.storage.search.contact_index import index_contacts
from onelane.storage.workflows import due_enrollments
from onelane.tools.people.intake.engagements import Engagements, people_in_messages
from onelane.tools.people.intake.instants import instant_of, with_possible_dates
from onelane.tools.people.intake.kept_contacts import KeptContacts
from onelane.tools.people.intake.owners import is_owner
from onelane.tools.people.intake.people import Change, People
from onelane.tools.people.intake.person import Person
from onelane.tools.people.intake.posts import Posts, people_in_posts
from onelane.tools.people.intake.relations import note_relations
from onelane.tools.platforms.formats.cells import has_entities, without_entities, without_marks
from onelane.tools.platforms.formats.records import (
    BadLine,
    Item,
    KeptContact,
    MessageRecord,
    PersonRecord,
    PostRecord,
    SkippedLine,
    Unread,
)

_NOBODY = "a person without a name, an address or a number to be known by"
_BULK = "newsletters, advertising, spam and what programs write"
_OWNER = "the owner of the account"
_UNKNOWN = "somebody whom the platform no longer has, and who was never known here"
_NOT_OTHERS = "posts to the owner by the owner, or by nobody who can be told"
_NOBODY_ELSE = "messages with nobody else in them who can be told"


@dataclass(slots=True)
class Counts:
    """What became of things of one kind."""

    added: int = 0
    updated: int = 0
    known: int = 0
    """What was there already, and brought nothing new."""


Thing = TypeVar("Thing")

_LARGEST = 1 << 63
_NAMES = frozenset({"name", "first_name", "last_name", "company", "title", "headline", "location"})
"""Fields of one line: marks that nobody sees would make one value two in them, and `&amp;` is how a page writes `&`."""
_texts = attrgetter(*(each.name for each in fields(PersonRecord) if each.type == str | None))


@dataclass(slots=True)
class BatchOutcome:
    """Counts of a batch's items. Each is exactly one of added, updated, unchanged, skipped and bad."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    bad: list[BadLine] = field(default_factory=list[BadLine])
    proposals: int = 0
    """How many pairs of contacts were newly proposed to be one person."""
    refusals: int = 0
    """Of how many people it was newly put on record that they want no letters."""
    people: Counts = field(default_factory=Counts)
    """Added are all new contacts, also those whom a message or a post brought."""
    messages: Counts = field(default_factory=Counts)
    invitations: Counts = field(default_factory=Counts)
    posts: Counts = field(default_factory=Counts)
    skips: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """The lines that were skipped, by reason."""
    unread: list[tuple[int, Unread]] = field(default_factory=list[tuple[int, Unread]])
    """The values that were not understood, each with its line."""
    newest_at: datetime | None = None
    oldest_at: datetime | None = None


def absorb(session: Session, items: Sequence[Item], *, account: Account, run_id: str, sub_type: str) -> BatchOutcome:
    """Write down what a batch of items says.

    Existing values stay, gaps are filled, nothing is erased; absorbing the same items again changes nothing. It never
    commits: rows, the caller's cursor and step are one transaction.

    Args:
        session: a session that writes; on PostgreSQL it waits here until no other intake is at work
        items: what a reader gave, in its order
        account: whose export it is (`ensure_account`)
        run_id: the run that imports
        sub_type: its sub-type, which proposals name (docs/sync.md, "Sub-types")
    """
    outcome, contact_ids = take_in(session, items, account=account, run_id=run_id, sub_type=sub_type)
    index_contacts(session, contact_ids)
    # What came in may open or close a gate of whoever is in a sequence.
    if contact_ids and due_enrollments.are_some_under_way(session):
        due_enrollments.look_again(session, contact_ids=contact_ids)
    return outcome


def take_in(
    session: Session, items: Sequence[Item], *, account: Account, run_id: str, sub_type: str
) -> tuple[BatchOutcome, list[str]]:
    """What `absorb` does, but for letting people be found: that is left to do for the contact ids that are returned."""
    hold_identities(session)
    with collector_at_rest():
        batch = _Batch(session, with_possible_dates(storable(items), session.now()), account)
        return batch.run(run_id, sub_type)


class _Batch:
    def __init__(self, session: Session, items: Sequence[Item], account: Account) -> None:
        self._session = session
        self._items = items
        self._account = account
        messages = [item for item in items if isinstance(item, MessageRecord)]
        posts = [item for item in items if isinstance(item, PostRecord)]
        people = [item for item in items if isinstance(item, PersonRecord)]
        self._records = [*people, *messages, *posts]
        self._has_others = bool(messages or posts)
        people += people_in_messages(messages) if messages else ()
        people += people_in_posts(posts) if posts else ()
        self._people = People(session, people)
        self._kept = KeptContacts(session, [item for item in items if isinstance(item, KeptContact)])
        self._engagements: Engagements | None = None
        self._posts: Posts | None = None
        if messages or posts:
            events = [(each.platform, each.message_id) for each in messages]
            events += [(each.platform, each.post_id) for each in posts]
            self._engagements = Engagements(session, events, self._people, account)
            self._posts = Posts(session, posts, account, self._engagements) if posts else None
        self._outcome = BatchOutcome()
        self._added: list[Person] = []
        self._refusing: list[Person] = []

    def run(self, run_id: str, sub_type: str) -> tuple[BatchOutcome, list[str]]:
        """Match all, then write all."""
        changes = [self._absorb(item) for item in self._items]
        contact_ids = self._people.write()
        refusing_ids = list(dict.fromkeys(person.final.id for person in self._refusing))
        self._outcome.refusals = keep_refusals(self._session, refusing_ids)
        if self._outcome.refusals:
            contact_ids = list(dict.fromkeys([*contact_ids, *refusing_ids]))
        note_relations(self._session, self._account, self._people.related())
        self._kept.write()
        contact_ids += self._kept.contact_ids
        self._outcome.people.added = self._people.added + self._kept.added
        if self._posts:
            self._posts.write(self._session)
        if self._engagements:
            self._engagements.write(self._session, run_id)
        self._outcome.proposals = self._people.proposals.write(self._session, run_id=run_id, sub_type=sub_type)
        return self._count(changes), contact_ids

    def _absorb(self, item: Item) -> Change | None:
        if isinstance(item, PersonRecord):
            return self._absorb_person(item)
        if isinstance(item, MessageRecord) and self._engagements:
            change = self._engagements.absorb_message(item)
            return change or self._skip(item.line, _BULK if item.is_bulk else _NOBODY_ELSE)
        if isinstance(item, PostRecord) and self._posts:
            return self._posts.absorb(item) or self._skip(item.line, _NOT_OTHERS)
        if isinstance(item, KeptContact):
            return self._absorb_kept(item)
        if isinstance(item, SkippedLine):
            return self._skip(item.line, item.reason)
        if isinstance(item, BadLine):
            self._outcome.bad.append(item)
        return None

    def _absorb_kept(self, item: KeptContact) -> Change | None:
        is_new = self._kept.absorb(item)
        if isinstance(is_new, BadLine):
            self._outcome.bad.append(is_new)
            return None
        if is_new is None:
            return Change.UNCHANGED
        return Change.ADDED if is_new else Change.UPDATED

    def _skip(self, line: int, reason: str) -> None:
        self._outcome.skips.setdefault(reason, []).append(line)

    def _absorb_person(self, record: PersonRecord) -> Change | None:
        if record.platform == "x" and is_owner(record, self._account):
            return self._skip(record.line, _OWNER)
        if record.is_gone:
            return self._people.lose(record) or self._skip(record.line, _UNKNOWN)
        person, change = self._people.absorb(record, is_entry=True)
        if person is None:
            return self._skip(record.line, _NOBODY)
        if change is Change.ADDED:
            self._added.append(person)
        if "email_disabled" in record.relations:
            self._refusing.append(person)
        return change

    def _count(self, changes: Sequence[Change | None]) -> BatchOutcome:
        outcome = self._outcome
        # Who was added by one item and by a later one found to be somebody else was no new person after all.
        mistaken = sum(person.merged_into is not None for person in self._added)
        outcome.added = changes.count(Change.ADDED) - mistaken
        outcome.updated = changes.count(Change.UPDATED) + mistaken
        outcome.unchanged = changes.count(Change.UNCHANGED)
        outcome.skipped = changes.count(None) - len(outcome.bad)
        self._count_kinds(changes)
        outcome.people.updated += mistaken
        outcome.unread = [(item.line, value) for item in self._records if item.unread for value in item.unread]
        outcome.unread += self._kept.unread
        instants = list(filter(None, map(instant_of, self._items)))
        outcome.newest_at, outcome.oldest_at = max(instants, default=None), min(instants, default=None)
        return outcome

    def _count_kinds(self, changes: Sequence[Change | None]) -> None:
        """People, who are nearly all there is, are what is left when the others are counted."""
        outcome = self._outcome
        others = {"invitation": outcome.invitations, "post": outcome.posts}
        people = Counter(changes)
        for item, change in zip(self._items, changes, strict=True) if self._has_others else ():
            if isinstance(item, MessageRecord | PostRecord):
                people[change] -= 1
                _add(others.get(_kind(item), outcome.messages), change)
        outcome.people.updated, outcome.people.known = people[Change.UPDATED], people[Change.UNCHANGED]


def storable(items: Sequence[Item]) -> Sequence[Item]:
    """The items themselves when all of them can be stored as they are, which is nearly always.

    Else � stands for what no database keeps, and letters with accents are one character each (NFC): files of a Mac take
    them apart, and the same name would be two. So it would be with marks that nobody sees.
    """
    people = [item for item in items if isinstance(item, PersonRecord)]
    others = people if len(people) == len(items) else [item for item in items if not isinstance(item, PersonRecord)]
    if _people_fit(people) and (others is people or _fits(others)):
        return items
    return [_cleaned(item) for item in items]


def _people_fit(people: Sequence[PersonRecord]) -> bool:
    # Joined and looked at as one text, for one by one it would cost as much as looking the people up.
    text = "".join(filter(None, chain.from_iterable(map(_texts, people))))
    if "\0" in text or has_entities(text):
        return False
    if not (text.isascii() or (_encodes(text) and is_normalized("NFC", text) and _is_bare(text))):
        return False
    more = [(each.phones, each.tags, each.extra, each.former_user_ids) for each in people if _has_more(each)]
    return _fits(more)


def _has_more(record: PersonRecord) -> bool:
    return bool(record.extra or record.tags or record.phones or record.former_user_ids)


def _is_bare(text: str) -> bool:
    return len(without_marks(text)) == len(text)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits(thing: object) -> bool:
    try:
        text = orjson.dumps(thing)
    except orjson.JSONEncodeError:
        return False
    if b"\\u0000" in text or (b"&" in text and has_entities(text.decode())):
        return False
    return text.isascii() or (is_normalized("NFC", whole := text.decode()) and _is_bare(whole))


def _cleaned(thing: Thing) -> Thing:
    return cast("Thing", _clean(thing))


def _clean(thing: Any) -> Any:
    if isinstance(thing, str):
        return normalize("NFC", thing.replace("\0", "\ufffd").encode("utf-8", "replace").decode())
    if isinstance(thing, int) and not -_LARGEST <= thing < _LARGEST:
        return str(thing)
    if isinstance(thing, Mapping):
        return {_clean(key): _clean(value) for key, value in cast("Mapping[str, Any]", thing).items()}
    if isinstance(thing, list | tuple):
        values = [_clean(value) for value in cast("list[Any]", thing)]
        return values if isinstance(thing, list) else tuple(values)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{each.name: _clean_field(thing, each.name) for each in fields(thing)})
    return thing


def _clean_field(thing: object, name: str) -> object:
    value = _clean(getattr(thing, name))
    if name not in _NAMES or not isinstance(value, str):
        return value
    return " ".join(without_marks(without_entities(value)).split()) or None


@contextmanager
def collector_at_rest() -> Generator[None]:
    """Let the collector rest for a page of an import.

    Thousands of objects live until the page is written and refer to nothing in a circle; looking through them, and
    through the whole program, again and again takes the collector a fifth of the time.
    """
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def _kind(item: MessageRecord | PostRecord) -> str:
    return item.kind if isinstance(item, MessageRecord) else "post"


def _add(counts: Counts, change: Change | None) -> None:
    counts.added += change is Change.ADDED
    counts.updated += change is Change.UPDATED
    counts.known += change is Change.UNCHANGED
