"""Proposes contacts that may be one person, once an import is in.

While records come, those are found whom an id, an address, a profile or the very same name leads to (`matching`). What
is left are names that are written in two ways: with a slip, among friends, in other letters. Two contacts are asked
about when their names may be one, and they have the same employer or telephone number as well. Nobody is merged by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values
from onelane.storage.people import contacts, identities
from onelane.storage.people.workplaces import read_other_workplaces, read_workplaces, sole_origin
from onelane.tools.people.intake.directory import MOST_NAMESAKES
from onelane.tools.people.intake.matching import MOST_PROPOSED, Proposals
from onelane.tools.people.intake.names import folded_company, is_joint, is_short_for, name_words, names_agree
from onelane.tools.people.intake.person import CARRIED, Person
from onelane.tools.people.intake.sounds import latin_words, skeleton
from onelane.tools.people.intake.user_ids import MADE, is_own_id

_OWN_IDS_ONLY = ("linkedin", "x")
"""Platforms of which every row has the platform's own id, but for files of long ago: two ids are two people."""
_FEW = 4
"""So many share a telephone at home; a number of more is an office's."""

_FEWEST_LETTERS = 4
"""A word of fewer letters with another letter is another word."""

_Key = tuple[str, str]
"""`("company", "amber works")` or `("phone", "+4930123")`."""
Doubles: TypeAlias = Mapping[tuple[str, str], str]
"""The ids of two contacts, and why they may be one person."""
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Writing:
    """A name as it was written, and what it is compared by."""

    name: str
    words: tuple[str, ...]
    """In Latin letters, without initials."""
    skeletons: tuple[str, ...]
    letters: str

    def known_by(self) -> Iterator[str]:
        """By one of these at least whoever may be the same is known too."""
        yield self.letters
        yield from self.skeletons


def find_doubles(session: Session, *, since: datetime) -> Doubles:
    """Everyone who was changed and may be somebody else who is known. It takes seconds with very many contacts.

    Args:
        session: a session that reads, so that nobody who writes has to wait
        since: when the import began
    """
    if not _may_have_doubles(session):
        return {}
    rows = read_workplaces(session)
    changed_ids = {row[0] for row in rows if row[4] >= int(since.timestamp())}
    if not changed_ids:
        return {}
    return _without_two_ids(session, dict(_alike(_groups(session, rows, changed_ids), changed_ids)))


def propose_doubles(session: Session, doubles: Doubles, *, run_id: str, sub_type: str) -> int:
    """Ask about those who still are two, each pair once.

    Args:
        session: a session that writes
        doubles: what `find_doubles` found
        run_id: the run that imports
        sub_type: its sub-type, which proposals name

    Returns:
        how many pairs are newly proposed
    """
    if not doubles:
        return 0
    identities.hold_identities(session)
    people = _people(session, {contact_id for pair in doubles for contact_id in pair})
    proposals = Proposals()
    for (one, other), reason in doubles.items():
        if one in people and other in people:
            proposals.add(people[one], people[other], reason)
    return proposals.write(session, run_id=run_id, sub_type=sub_type)


def _may_have_doubles(session: Session) -> bool:
    origin = sole_origin(session)
    return origin not in _OWN_IDS_ONLY or identities.may_begin_with(session, origin, MADE)


def _groups(session: Session, rows: Sequence[Values], changed_ids: set[str]) -> Mapping[_Key, Mapping[str, str]]:
    """Id and name of all who share an employer or a number with somebody who was changed."""
    others: dict[str, list[_Key]] = defaultdict(list)
    for contact_id, name, value in read_other_workplaces(session):
        others[contact_id].append(_key(name, value))
    keys = {row[0]: [*_keys(row[2], row[3]), *others.get(row[0], ())] for row in rows}
    changed_keys = {key for contact_id in changed_ids for key in keys[contact_id]}
    groups: dict[_Key, dict[str, str]] = defaultdict(dict)
    for contact_id, name, *_ in rows:
        for key in keys[contact_id]:
            if key in changed_keys:
                groups[key][contact_id] = name
    return groups


def _keys(company: str | None, phone: str | None) -> Iterator[_Key]:
    if company:
        yield _key("company", company)
    if phone:
        yield _key("phone", phone)


def _key(name: str, value: str) -> _Key:
    return name, folded_company(value) if name == "company" else value


def _alike(groups: Mapping[_Key, Mapping[str, str]], changed_ids: set[str]) -> Iterator[tuple[_Pair, str]]:
    for key, members in groups.items():
        if len(members) > 1 and not changed_ids.isdisjoint(members):
            yield from _alike_in(key, members, changed_ids)


def _alike_in(key: _Key, members: Mapping[str, str], changed_ids: set[str]) -> Iterator[tuple[_Pair, str]]:
    """Everyone in a group whose names may be one. Only names that have a word in common are compared."""
    writings = {contact_id: writing for contact_id, name in members.items() if (writing := writing_of(name))}
    with_word: dict[str, list[str]] = defaultdict(list)
    for contact_id, writing in writings.items():
        for word in writing.known_by():
            with_word[word].append(contact_id)
    may_share = key[0] == "phone" and len(members) <= _FEW
    for contact_id in writings.keys() & changed_ids:
        writing = writings[contact_id]
        near = {other for word in writing.known_by() for other in with_word[word] if other != contact_id}
        doubles = [other for other in sorted(near) if _are_one(writing, writings[other], may_share=may_share)]
        if len(doubles) <= MOST_NAMESAKES:
            reason = f"their names may be one, and they have the same {_WORDS[key[0]]}"
            yield from (((min(contact_id, other), max(contact_id, other)), reason) for other in doubles[:MOST_PROPOSED])


_WORDS = {"company": "company", "phone": "telephone number"}


def _are_one(one: Writing, other: Writing, *, may_share: bool) -> bool:
    return are_alike(one, other) or (may_share and names_agree(one.name, other.name))


def _without_two_ids(session: Session, pairs: Mapping[_Pair, str]) -> dict[_Pair, str]:
    """Two whom one platform knows by ids of its own are two."""
    concerned = {contact_id for pair in pairs for contact_id in pair}
    platforms: dict[str, set[str]] = defaultdict(set)
    for row in identities.read_identities_of(session, concerned) if concerned else ():
        if is_own_id(row[3]):
            platforms[row[1]].add(row[2])
    return {pair: reason for pair, reason in pairs.items() if platforms[pair[0]].isdisjoint(platforms[pair[1]])}


def _people(session: Session, contact_ids: Iterable[str]) -> Mapping[str, Person]:
    rows = contacts.hold_for_import(session, list(contact_ids), CARRIED)
    people = (Person(**dict(zip(CARRIED, row, strict=True))) for row in rows)
    return {person.id: person for person in people}


# --- whether two names may be one that was written in two ways ---


def writing_of(name: str) -> Writing | None:
    """A name as it is compared; null where it names nobody, or several."""
    words = latin_words(name_words(name))
    if not words or is_joint(name):
        return None
    whole = tuple(word for word in words if len(word) > 1) or tuple(words)
    letters = "".join(sorted("".join(whole)))
    return Writing(name, whole, tuple(map(skeleton, whole)), f"={letters}")


def are_alike(one: Writing, other: Writing) -> bool:
    """Whether two names may be one: with a slip, among friends, in other letters, with a middle name, turned round.

    Given name and family name must both be there, and each must have its fellow; one slip at most is forgiven.
    """
    if one.letters == other.letters:
        return True
    short, long = sorted((one, other), key=lambda writing: len(writing.words))
    if len(short.words) < 2:
        return False
    free_places = list(range(len(long.words)))
    slips = 0
    for word, sound in zip(short.words, short.skeletons, strict=True):
        fellow = next((at for at in free_places if long.skeletons[at] == sound), None)
        if fellow is None:
            fellow = next((at for at in free_places if _is_called(word, long.words[at])), None)
        if fellow is None:
            fellow = next((at for at in free_places if _is_slip(word, long.words[at])), None)
            slips += 1
        if fellow is None or slips > 1:
            return False
        free_places.remove(fellow)
    return True


def _is_called(word: str, other: str) -> bool:
    return is_short_for(word, other) or is_short_for(other, word)


def _is_slip(word: str, other: str) -> bool:
    """One letter is missing, doubled, another one or in the wrong place; not the last, by which names of men and women
    differ, and none beside a number, for a number is no slip of another."""
    from rapidfuzz.distance import OSA

    if min(len(word), len(other)) < _FEWEST_LETTERS or word[-1] != other[-1] or not (word + other).isalpha():
        return False
    return OSA.distance(word, other, score_cutoff=1) <= 1
