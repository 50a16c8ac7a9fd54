"""Who is who does not hang on the order in which files come, and nothing is counted that is not there."""

import random
from collections.abc import Sequence

import orjson
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.tools.platforms.formats.records import BadLine, Item, PersonRecord, SkippedLine
from tests.tools.people.intake.takings import google, in_batches, linkedin, rows_of, take_in_session, who_is_who, x

# Every example is rolled back, so that one database serves all.
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

FEW = settings(MANY, max_examples=4)

NUMBERS = st.integers(0, 3)


@st.composite
def x_sightings(draw: st.DrawFn) -> PersonRecord:
    """One of a few people on X, as one file or another knows them: by number, by handle, or by both."""
    number = draw(NUMBERS)
    user_id, handle = f"{2000 + number}", f"handle_{number}"
    knows_id, knows_handle = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    name = draw(st.sampled_from([None, f"Name{number} Last{number}"])) if knows_handle else None
    return x(user_id if knows_id else None, handle if knows_handle else None, name)


@st.composite
def connections(draw: st.DrawFn) -> PersonRecord:
    """One of a few connections: three of them bear one name, and each may come with or without company."""
    number = draw(NUMBERS)
    name = "Ada Smith" if number < 3 else "Bob Meyer"
    return linkedin(name, f"slug-{number}", company=draw(st.sampled_from([None, "Corp", f"Corp {number}"])))


@st.composite
def entries(draw: st.DrawFn) -> PersonRecord:
    """An entry of an address book, that may share its address with another."""
    number = draw(NUMBERS)
    address = draw(st.sampled_from([f"p{number}@example.com", "shared@example.com", "info@example.com"]))
    name = draw(st.sampled_from([None, f"First{number} Last{number}"]))
    return google(name, address, phones=draw(st.sampled_from([(), ("+1212",)])))


ANYBODY: st.SearchStrategy[Item] = st.one_of(
    x_sightings(), connections(), entries(), st.builds(SkippedLine, NUMBERS, st.just("nobody")),
    st.builds(BadLine, NUMBERS, st.just("broken")),
)  # fmt: skip


@MANY
@given(people=st.lists(st.one_of(x_sightings(), connections()), max_size=9), seed=st.randoms(), size=st.integers(1, 9))
def test_in_whichever_order_and_batches_people_come_the_same_identities_are_one_person(
    database: Database, people: list[PersonRecord], seed: random.Random, size: int
) -> None:
    shuffled = seed.sample(people, len(people))
    assert taken(database, shuffled, size) == taken(database, people, len(people) or 1)


NAMESAKES = [google(name, "shared@example.com") for name in (None, "First0 Last0", "First3 Last3")]
"""Two people share an address, and an entry has nothing but that."""


@MANY
@given(items=st.lists(ANYBODY, max_size=9), size=st.integers(1, 9))
@example(items=list(NAMESAKES), size=1)
def test_taking_the_same_items_in_twice_adds_and_updates_nothing(
    database: Database, items: list[Item], size: int
) -> None:
    with database.read() as session:
        for batch in in_batches(items, size):
            take_in_session(session, batch)
        before = rows_of(session, Contact), rows_of(session, Identity)
        for batch in in_batches(items, size):
            outcome = take_in_session(session, batch)
            assert (outcome.added, outcome.updated, outcome.proposals) == (0, 0, 0)
        assert (rows_of(session, Contact), rows_of(session, Identity)) == before


@MANY
@given(items=st.lists(ANYBODY, max_size=9))
def test_every_item_is_counted_once_and_as_many_are_added_as_there_are(database: Database, items: list[Item]) -> None:
    with database.read() as session:
        outcome = take_in_session(session, items)
        total = outcome.added + outcome.updated + outcome.unchanged + outcome.skipped + len(outcome.bad)
        assert total == len(items)
        assert outcome.added == len(rows_of(session, Contact))


FAMILY = (
    "A. Winter",
    "Ada Winter",
    "Winter Ada",
    "Alan Winter",
    "Chris Winter",
    "Christine Winter",
    "Christopher Winter",
    "Jan Winter",
    "Jan Peter Winter",
    "Winter, Jan",
    "Peter Winter",
    "Иван Winter",
    "Ivan Winter",
    "Winter",
    "愛川 翼",
    "翼 愛川",
    "愛川 恵",
)
"""Names of those who read one mailbox: some fit several of the others, or are written the other way round."""
ALIKE = (
    {"Jan Winter", "Jan Peter Winter", "Winter, Jan"},
    {"Иван Winter", "Ivan Winter"},
    {"Winter", "Winter Ada"},
    {"愛川 翼", "翼 愛川"},
)
"""Those of them who are one, whoever else there is."""
BESIDE: tuple[dict[str, str], ...] = ({}, {"website": "https://www.linkedin.com/in/winter"})


@FEW
@given(names=st.permutations(FAMILY).map(lambda names: names[:4]), seed=st.randoms(), beside=st.sampled_from(BESIDE))
@example(names=["A. Winter", "Ada Winter", "Alan Winter"], seed=random.Random(1), beside=BESIDE[0])
@example(names=["Chris Winter", "Christine Winter", "Christopher Winter"], seed=random.Random(2), beside=BESIDE[1])
@example(names=["Winter", "Winter Ada", "Ada Winter", "愛川 翼", "愛川 恵"], seed=random.Random(3), beside=BESIDE[0])
def test_in_whichever_order_a_family_with_one_mailbox_comes_it_is_the_same_people(
    database: Database, names: list[str], seed: random.Random, beside: dict[str, str]
) -> None:
    entries = [google(name, "home@example.com", tags=(name,), **beside) for name in names]
    people = told_apart(database, entries)
    assert told_apart(database, seed.sample(entries, len(entries))) == people
    assert [each for each in people if len(each) > 1 and not any(each <= alike for alike in ALIKE)] == []


def told_apart(database: Database, entries: Sequence[Item]) -> set[frozenset[str]]:
    """The tags of each contact after these were taken in one by one; then it is all undone."""
    with database.read() as session:
        for entry in entries:
            take_in_session(session, [entry])
        return {frozenset(orjson.loads(contact["tags"])) for contact in rows_of(session, Contact)}


def taken(database: Database, people: Sequence[Item], size: int) -> set[frozenset[tuple[str, str]]]:
    """Who is who after these were taken in, in batches of this size; then it is all undone."""
    with database.read() as session:
        for batch in in_batches(people, size):
            take_in_session(session, batch)
        return who_is_who(session)
