"""X's lists are read page by page: all once, then what is new; nothing twice, nothing above the cap."""

from datetime import timedelta

import pytest

from onelane.server.cli.doubles.double_server import DoubleAnswer, Fault
from onelane.server.cli.doubles.x import X
from onelane.server.cli.doubles.x_entries import post, user
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.platforms.x.ledger import XLedger
from onelane.tools.platforms.x.prices import x_prices
from onelane.tools.sync.sync_types import SyncSubType
from tests.databases import Clock
from tests.tools.sync.online.x_world import XWorld, people_of, posts_of, result_of

CONTACTS, TWEETS, MENTIONS = SyncSubType.X_CONTACTS, SyncSubType.X_TWEETS, SyncSubType.X_MENTIONS
ENRICH = SyncSubType.X_ENRICH


@pytest.fixture
def world(sqlite_database: Database, clock: Clock) -> XWorld:
    return XWorld(sqlite_database, clock)


def test_a_first_sync_reads_both_lists_and_who_is_in_both_is_mutual(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2250))
    world.x.following += ["2001", *people_of(world.x, range(3000, 3003))]
    world.x.page_size = 100
    run = world.sync(CONTACTS)
    assert run.status is RunStatus.COMPLETED
    assert [query["max_results"] for query in world.asked("/followers")] == ["1000"] * 3
    assert result_of(run)["resources"] == 254
    assert result_of(run)["usd"] == 2.54
    assert world.x.billed == {"follower": 250, "following": 4}
    assert world.relations("2001") == ["follower", "following", "mutual"]
    assert world.relations("3000") == ["following"]
    known = world.identity("2249")
    assert (known.platform_handle, known.platform_url, known.followers_count) == (
        "person_2249",
        "https://x.com/person_2249",
        0,
    )


def test_a_later_sync_is_over_where_it_meets_whom_it_knows(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2250))
    world.sync(CONTACTS)
    world.asked("/followers")
    world.x.followers[:0] = people_of(world.x, range(2250, 2253))
    world.sync(CONTACTS)
    assert [query["max_results"] for query in world.asked("/followers")] == ["100"]
    assert world.relations("2252") == ["follower"]
    world.x.followers[:0] = people_of(world.x, range(2253, 2403))
    world.sync(CONTACTS)
    assert len(world.asked("/followers")) == 2
    assert world.relations("2253") == ["follower"]


def test_who_follows_again_does_not_end_a_sync_too_early(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2250))
    world.sync(CONTACTS)
    world.x.followers.remove("2100")
    world.x.followers[:0] = ["2100", *people_of(world.x, range(2250, 2360))]
    world.sync(CONTACTS)
    assert world.relations("2250") == ["follower"]


def test_only_a_whole_pass_takes_a_relation_away(database: Database, clock: Clock) -> None:
    world = XWorld(database, clock)
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.x.following += ["2001"]
    world.sync(CONTACTS)
    world.x.followers.remove("2001")
    world.sync(CONTACTS)
    assert world.relations("2001") == ["follower", "following", "mutual"]
    world.clock.advance(hours=1)
    world.sync(CONTACTS, full=True)
    assert world.relations("2001") == ["following"]
    assert world.account.counts == '{"followers":2,"following":1}'


def test_a_pass_that_was_stopped_goes_on_and_then_takes_away(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2030))
    world.sync(CONTACTS)
    world.x.page_size = 10
    world.x.followers.remove("2029")
    world.clock.advance(days=1)
    first = world.sync(CONTACTS, full=True, max_pages=2)
    assert (first.status, result_of(first)["left"]) == (RunStatus.COMPLETED, ["followers", "following"])
    assert world.relations("2029") == ["follower"]
    world.asked("/followers")
    world.sync(CONTACTS, full=True)
    assert [query.get("pagination_token") for query in world.asked("/followers")] == ["page000000000020"]
    assert world.relations("2029") == []


def test_at_the_cap_a_sync_is_done_says_what_is_left_and_goes_on_next_month(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2250))
    world.cap_usd = 1.2
    run = world.sync(CONTACTS)
    assert run.status is RunStatus.COMPLETED
    assert (result_of(run)["usd"], world.x.billed) == (1.2, {"follower": 120})
    assert "ONELANE_X_MONTHLY_USD" in str(run.result)
    world.clock.advance(days=30)
    world.sync(CONTACTS)
    assert world.x.billed["follower"] == 240
    world.clock.advance(days=30)
    world.sync(CONTACTS)
    assert world.x.billed == {"follower": 250, "following": 0}


def test_without_credit_a_run_says_what_the_person_has_to_do(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.x.credits = 0
    run = world.sync(CONTACTS)
    assert run.status is RunStatus.FAILED
    assert "Buy credits" in run.errors
    assert world.rows("SELECT spent_micro_usd, reserved_micro_usd FROM platform_spending") == [(0, 0)]


def test_a_list_that_x_does_not_show_takes_nobody_away(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.sync(CONTACTS)
    world.clock.advance(days=1)
    refusal = DoubleAnswer(200, {"errors": [{"title": "Authorization Error", "detail": "Sorry."}]})
    world.double.routes = {**world.double.routes, "GET /2/users/{user_id}/followers": lambda *_, **__: refusal}
    run = world.sync(CONTACTS, full=True)
    assert (run.status, world.relations("2000")) == (RunStatus.FAILED, ["follower"])


def test_the_owner_among_the_followers_becomes_no_contact(world: XWorld) -> None:
    world.x.followers += ["12", *people_of(world.x, range(2000, 2001))]
    assert world.sync(CONTACTS).status is RunStatus.COMPLETED
    assert world.rows("SELECT platform_user_id FROM contact_identities") == [("2000",)]


def test_a_page_token_that_comes_back_fails_the_run(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2020))
    world.x.page_size, world.x.repeats_token = 10, True
    run = world.sync(CONTACTS)
    assert run.status is RunStatus.FAILED
    assert len(world.double.requests) <= 3


def test_a_limit_lets_the_run_wait_and_asks_nothing_meanwhile(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2050))
    world.x.page_size, world.x.limit = 10, 2
    run = world.sync(CONTACTS)
    while world.run_of(run.id).status is RunStatus.PENDING:
        assert world.run_of(run.id).waits_until == world.clock() + timedelta(minutes=15)
        world.clock.advance(minutes=14, seconds=59)
        world.dispatcher.look()
        world.clock.advance(seconds=1)
        world.dispatcher.look()
    assert world.run_of(run.id).status is RunStatus.COMPLETED
    assert world.double.complaints == []
    assert world.x.billed["follower"] == 50


def test_posts_are_read_back_to_the_oldest_and_then_forward_only(world: XWorld) -> None:
    world.x.posts += posts_of(world.clock, range(1000, 1250))
    world.sync(TWEETS)
    queries = world.asked("/tweets")
    assert len(queries) == 3
    assert world.rows("SELECT count(*) FROM content_posts") == [(250,)]
    world.x.posts[:0] = posts_of(world.clock, range(1250, 1360))
    world.sync(TWEETS)
    assert [query.get("since_id") for query in world.asked("/tweets")] == ["1249", "1249"]
    assert world.rows("SELECT count(*) FROM content_posts") == [(360,)]
    world.sync(TWEETS)
    assert [query.get("since_id") for query in world.asked("/tweets")] == ["1359"]
    assert world.x.billed == {"post": 360}


def test_a_forward_pass_that_was_stopped_leaves_no_hole(world: XWorld) -> None:
    world.x.posts += posts_of(world.clock, range(1000, 1010))
    world.sync(TWEETS)
    world.x.posts[:0] = posts_of(world.clock, range(1010, 1260))
    world.sync(TWEETS, max_pages=1)
    world.x.posts[:0] = posts_of(world.clock, range(1260, 1265))
    world.sync(TWEETS)
    world.sync(TWEETS)
    assert world.rows("SELECT count(*) FROM content_posts") == [(265,)]


def test_new_posts_come_while_the_first_pass_back_is_not_done_and_it_goes_on_behind_them(world: XWorld) -> None:
    world.x.posts += posts_of(world.clock, range(1000, 1350))
    world.sync(TWEETS, max_pages=1)
    world.x.posts[:0] = posts_of(world.clock, range(1350, 1500))
    world.asked("/tweets")
    world.sync(TWEETS, max_pages=1)
    assert world.rows("SELECT max(platform_post_id) FROM content_posts") == [("1499",)]
    world.x.posts[:0] = posts_of(world.clock, range(1500, 1503))
    world.sync(TWEETS, max_pages=2)
    assert [query.get("since_id") for query in world.asked("/tweets")] == ["1349"] * 2 + [None]
    world.sync(TWEETS)
    assert world.rows("SELECT count(*) FROM content_posts") == [(503,)]
    assert world.x.billed == {"post": 503}


def test_where_a_token_is_forgotten_reading_goes_on_below_the_oldest(world: XWorld) -> None:
    world.x.posts += posts_of(world.clock, range(1000, 1250))
    world.sync(TWEETS, max_pages=1)
    world.asked("/tweets")
    world.x.forgets_tokens = True
    world.sync(TWEETS, max_pages=2)
    assert [query.get("until_id") for query in world.asked("/tweets")] == [None, None, "1150"]
    world.x.forgets_tokens = False
    world.sync(TWEETS)
    assert world.rows("SELECT count(*) FROM content_posts") == [(250,)]
    assert world.x.billed == {"post": 250}


def test_since_asks_for_nothing_older(world: XWorld) -> None:
    world.x.posts += posts_of(world.clock, range(2000, 2010))
    since = world.clock()
    world.clock.advance(days=1)
    world.x.posts[:0] = posts_of(world.clock, range(2010, 2013))
    world.sync(TWEETS, since=since + timedelta(hours=1))
    assert world.x.billed == {"post": 3}


def test_a_mention_makes_its_author_a_contact(world: XWorld) -> None:
    world.x.people["2002"] = user("2002", "grace_sample", "Grace Sample")
    names = {"mentions": [{"start": 0, "end": 9, "username": "me_owner", "id": "12"}]}
    world.x.mentions.append(post("5000", "2002", "@me_owner is that you?", world.clock(), entities=names))
    run = world.sync(MENTIONS)
    assert run.status is RunStatus.COMPLETED
    assert world.identity("2002").platform_handle == "grace_sample"
    found = world.rows("SELECT direction, engagement_type FROM engagements")
    assert [direction for direction, _ in found] == ["inbound"]


def test_people_are_looked_up_who_were_never_asked_about(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2002))
    world.sync(CONTACTS)
    replied = {"in_reply_to_user_id": "4000", "entities": {"mentions": [{"username": "kay", "id": "4000"}]}}
    people_of(world.x, range(4000, 4001))
    world.x.posts.append(post("9000", "12", "@kay hello", world.clock(), **replied))
    world.sync(TWEETS)
    world.asked("/")
    run = world.sync(ENRICH)
    assert [query["ids"] for query in world.asked("/users")] == ["4000"]
    assert result_of(run)["usd"] == 0.01
    world.sync(ENRICH)
    assert world.asked("/users") == []


def test_named_people_are_looked_up_again_and_who_is_gone_becomes_inactive(database: Database, clock: Clock) -> None:
    world = XWorld(database, clock)
    world.x.followers += people_of(world.x, range(2000, 2003))
    world.sync(CONTACTS)
    world.x.people["2000"]["username"] = "renamed"
    world.x.suspended.add("2001")
    del world.x.people["2002"]
    named = tuple(world.identity(str(number)).contact_id for number in range(2000, 2003))
    assert world.sync(ENRICH).status is RunStatus.COMPLETED
    with database.write() as session:
        elsewhere = create_contact(session, name="Kay Pretend", platform=Platform.LINKEDIN).id
    answer = result_of(world.sync(ENRICH, contact_ids=(*named, elsewhere)))
    skipped = [(each["reason"], each["count"]) for each in answer["skippedBecause"]]
    assert skipped == [("a contact whose number at X is not known", 1)]
    assert world.identity("2000").platform_handle == "renamed"
    assert [world.identity(each).is_active for each in ("2000", "2001", "2002")] == [True, False, False]


def test_no_more_profiles_are_looked_up_than_asked_for(world: XWorld) -> None:
    names = [{"username": f"kay_{number}", "id": str(number)} for number in range(4000, 4150)]
    people_of(world.x, range(4000, 4150))
    world.x.posts.append(post("9000", "12", "hello all", world.clock(), entities={"mentions": names}))
    world.sync(TWEETS)
    world.asked("/")
    world.sync(ENRICH, max_profiles=120)
    assert [len(query["ids"].split(",")) for query in world.asked("/users")] == [100, 20]
    world.sync(ENRICH)
    assert [len(query["ids"].split(",")) for query in world.asked("/users")] == [30]


def test_a_lost_answer_is_asked_for_again_and_paid_for_once(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2100))
    world.double.faults |= {1: Fault.UNAVAILABLE}
    run = world.sync(CONTACTS)
    assert (run.status, result_of(run)["usd"]) == (RunStatus.COMPLETED, 1.0)
    assert world.rows("SELECT spent_micro_usd, reserved_micro_usd FROM platform_spending") == [(1_000_000, 0)]


def test_what_was_paid_for_before_a_crash_is_told_by_the_run_that_takes_it_in(world: XWorld) -> None:
    world.x.followers += people_of(world.x, range(2000, 2100))
    world.x.following += people_of(world.x, range(3000, 3020))
    with XLedger(world.database, world.account_id, x_prices(is_owned=False), 100).buying(
        "follower", "followers:before the crash:", most=1000, for_run=True
    ) as purchase:
        purchase.ids = world.x.followers
    assert result_of(world.sync(CONTACTS))["usd"] == 1.2
    assert world.rows("SELECT spent_micro_usd, reserved_micro_usd FROM platform_spending") == [(1_200_000, 0)]
    assert world.rows("SELECT * FROM platform_reservations") == []
    assert result_of(world.sync(CONTACTS, full=True))["usd"] == 0


def test_a_server_with_old_words_gives_the_same_rows(sqlite_database: Database, clock: Clock) -> None:
    world = XWorld(sqlite_database, clock, X(knows_old_words_only=True))
    world.x.posts += posts_of(clock, range(1000, 1003), in_reply_to_user_id="12")
    world.sync(TWEETS)
    world.sync(TWEETS)
    first, second, third = world.asked("/tweets")
    assert ("post.fields" in first, "tweet.fields" in second, "tweet.fields" in third) == (True, True, True)
    assert world.account.wants_old_words
    assert world.rows("SELECT count(*) FROM content_posts") == [(3,)]
