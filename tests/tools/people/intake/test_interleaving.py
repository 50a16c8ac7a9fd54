"""Importing a file and syncing the same people online, in any order and in any batches, gives the same rows."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelane.storage.database.engine import Database
from onelane.tools.platforms.formats.records import Item, PersonRecord, PostRecord, Relation
from tests.tools.people.intake.takings import JULY_1, google, logical_rows, x

MANY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NUMBERS = st.integers(0, 2)
LISTS: list[tuple[Relation, ...]] = [(), ("follower",), ("following",)]


FILED = [("handle_0", None), ("handle_1", "Old Name1"), ("old_2", None)]
"""What archives know of each: the last one by a handle that was given up since."""


@st.composite
def of_an_archive(draw: st.DrawFn) -> Item:
    """Somebody whom an archive of X knows by number or by handle, or a post about them."""
    number, way = draw(NUMBERS), draw(st.sampled_from(["id", "both", "handle", "post"]))
    handle, name = FILED[number]
    if way in {"id", "both"}:
        known = (handle, name) if way == "both" else (None, None)
        return x(f"{2000 + number}", *known, relations=draw(st.sampled_from(LISTS)))
    person = x(None, f"handle_{number}")
    return person if way == "handle" else PostRecord(1, "x", f"{number}", "Hi", JULY_1, mentions=(person,))


@st.composite
def of_x_itself(draw: st.DrawFn) -> PersonRecord:
    """The same people as X shows them in its lists."""
    number, has_bio = draw(NUMBERS), draw(st.booleans())
    return x(
        f"{2000 + number}", f"handle_{number}", f"Name{number} Last", relations=draw(st.sampled_from(LISTS)),
        is_live=True, bio=f"Bio {number}" if has_bio else None, location="London", followers_count=7, is_verified=False,
    )  # fmt: skip


@st.composite
def entries(draw: st.DrawFn) -> PersonRecord:
    """An entry of an address book: two share an address, one has none; from an export or from the API."""
    number, is_live, has_more = draw(st.integers(0, 3)), draw(st.booleans()), draw(st.booleans())
    address = [
        ["p0@example.com", "shared@example.com"],
        ["p1@example.com", "shared@example.com"],
        ["office@example.com"],
        [],
    ]
    more = {"company": "Acme", "extra": {"department": "Engines"}} if has_more and number != 3 else {}
    own = {"platform_user_id": f"people/c{number}", "is_live": True} if is_live else {}
    old = {"title": "Founder" if is_live else "CTO"}
    return google(f"First{number} Last{number}", *address[number], **more, **own, **old)


@MANY
@given(items=st.lists(st.one_of(of_an_archive(), of_x_itself()), max_size=8), seed=st.randoms(), size=st.integers(1, 8))
def test_an_archive_of_x_and_its_api_give_the_same_rows(
    sqlite_database: Database, items: list[Item], seed: random.Random, size: int
) -> None:
    shuffled = seed.sample(items, len(items))
    assert logical_rows(sqlite_database, shuffled, size) == logical_rows(sqlite_database, items, len(items) or 1)


@MANY
@given(items=st.lists(entries(), max_size=8), seed=st.randoms(), size=st.integers(1, 8))
def test_exports_of_an_address_book_and_its_api_give_the_same_rows(
    sqlite_database: Database, items: list[PersonRecord], seed: random.Random, size: int
) -> None:
    shuffled = seed.sample(items, len(items))
    assert logical_rows(sqlite_database, shuffled, size) == logical_rows(sqlite_database, items, len(items) or 1)
