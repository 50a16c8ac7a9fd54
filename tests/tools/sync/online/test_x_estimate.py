"""What a sync of X will cost is said beforehand, by what is known, and comes true."""

from pathlib import Path

import orjson
import pytest

from onelane.server.cli.doubles.x_entries import post
from onelane.storage.database.engine import Database
from onelane.tools.platforms.x.estimate import Estimate
from onelane.tools.platforms.x.prices import x_prices
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.online.x.x_sources import estimate_x
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.tools.sync.online.x_world import XWorld, people_of, posts_of, result_of
from tests.vendor_documents import VendorDocument, fitting

CONTACTS, TWEETS, MENTIONS = SyncSubType.X_CONTACTS, SyncSubType.X_TWEETS, SyncSubType.X_MENTIONS
ENRICH = SyncSubType.X_ENRICH


@pytest.fixture
def world(sqlite_database: Database, clock: Clock) -> XWorld:
    """An account that has just signed in, when X said how much there is of it."""
    world = XWorld(sqlite_database, clock)
    world.x.page_size = 50
    world.x.followers += people_of(world.x, range(2000, 2130))
    world.x.following += people_of(world.x, range(3000, 3020))
    world.x.posts += posts_of(clock, range(1000, 1120))
    counts = {"followers": 130, "following": 20, "posts": 120}
    account = world.account
    account.counts = orjson.dumps(counts).decode()
    with sqlite_database.write() as session:
        session.add(account)
    return world


def estimated(world: XWorld, sub_type: SyncSubType, *, max_pages: int | None = None, full: bool = False) -> Estimate:
    found = estimate_x(world.services, world.account, sub_type, SyncOptions(full=full), max_pages)
    assert world.double.requests == []
    return found


def billed_usd(world: XWorld) -> float:
    """What X puts on the bill."""
    prices = x_prices(is_owned=False).micro_usd
    return sum(count * prices[kind] for kind, count in world.x.billed.items()) / 1_000_000  # type: ignore[index] - any word of the double


@pytest.mark.parametrize("sub_type", [CONTACTS, TWEETS])
def test_a_first_sync_costs_what_was_estimated(world: XWorld, sub_type: SyncSubType) -> None:
    found = estimated(world, sub_type)
    run = world.sync(sub_type)
    assert found.usd_at_least == found.usd_at_most == billed_usd(world) == result_of(run)["usd"]
    assert found.items == result_of(run)["resources"]
    assert (found.cap_usd, found.spent_usd_this_month, found.prices_of) == (100, 0, "2026-08-22")
    world.double.requests.clear()
    assert estimated(world, sub_type).spent_usd_this_month == found.usd_at_most


def test_a_later_sync_of_contacts_costs_a_page_or_all(world: XWorld) -> None:
    world.sync(CONTACTS)
    world.double.requests.clear()
    later = estimated(world, CONTACTS)
    assert (later.usd_at_least, later.usd_at_most) == (1.2, 1.5)
    assert estimated(world, CONTACTS, full=True).usd_at_least == 1.5
    world.clock.advance(days=1)
    world.x.page_size = 1000
    run = world.sync(CONTACTS)
    assert result_of(run)["usd"] == later.usd_at_least


def test_looking_people_up_costs_what_was_estimated(world: XWorld) -> None:
    names = [{"username": f"kay_{number}", "id": str(number)} for number in range(4000, 4150)]
    people_of(world.x, range(4000, 4150))
    world.x.posts[:] = [post("9000", "12", "hello all", world.clock(), entities={"mentions": names})]
    world.sync(TWEETS)
    world.double.requests.clear()
    world.x.billed.clear()
    found = estimated(world, ENRICH)
    world.sync(ENRICH)
    assert (found.items, found.requests, found.usd_at_most) == (150, 2, billed_usd(world))
    world.double.requests.clear()
    assert (estimated(world, ENRICH).requests, estimated(world, ENRICH).usd_at_most) == (0, 0.0)


def test_of_mentions_only_the_most_is_known(world: XWorld) -> None:
    found = estimated(world, MENTIONS)
    assert (found.usd_at_least, found.usd_at_most, found.requests) == (0.0, 4.0, 8)


def test_where_pages_are_limited_only_those_are_estimated(world: XWorld) -> None:
    world.x.page_size = 1000
    found = estimated(world, TWEETS, max_pages=1)
    assert (found.items, found.requests, found.usd_at_most) == (100, 1, 0.5)
    world.sync(TWEETS, max_pages=1)
    assert billed_usd(world) == 0.5


def test_what_syncs_ask_and_the_double_answers_fits_the_vendor_s_document(
    sqlite_database: Database, clock: Clock, contracts: Path
) -> None:
    document = VendorDocument(contracts / "x-openapi.json")
    world = XWorld(sqlite_database, clock, through=lambda answering: fitting(document, answering))
    world.x.page_size = 5
    world.x.followers += people_of(world.x, range(2000, 2006))
    world.x.posts += posts_of(clock, range(1000, 1003), in_reply_to_user_id="2000")
    world.x.mentions += posts_of(clock, range(1100, 1102), author_id="2001")
    world.sync(CONTACTS)
    world.sync(CONTACTS)
    world.sync(TWEETS)
    world.sync(TWEETS)
    world.sync(MENTIONS)
    gone = world.identity("2005").contact_id
    del world.x.people["2005"]
    run = world.sync(ENRICH, contact_ids=(gone, world.identity("2000").contact_id))
    assert result_of(run)["requests"] == 1
    assert [request.path for request in world.double.requests] == [
        "/2/users/12/followers",
        "/2/users/12/followers",
        "/2/users/12/following",
        "/2/users/12/followers",
        "/2/users/12/following",
        "/2/users/12/tweets",
        "/2/users/12/tweets",
        "/2/users/12/mentions",
        "/2/users",
    ]
